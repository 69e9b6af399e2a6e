"""AWS Certificate Manager."""

import hashlib
from collections.abc import Mapping
from typing import Any

from moto.backends import get_backend

from mcp_ops.rehearsal.simulator.context import Context
from mcp_ops.rehearsal.simulator.errors import Refusal
from mcp_ops.rehearsal.simulator.places import Place
from mcp_ops.rehearsal.simulator.spec import Spec, Specs

IMPORTED = {
    "certificateBody": "Certificate",
    "privateKey": "PrivateKey",
    "privateKeyWo": "PrivateKey",
    "certificateChain": "CertificateChain",
    "tags": "Tags",
}


def validation_record(domain: str, account: str) -> dict[str, str]:
    """Returns the record that proves a domain, as ACM forms it; a wildcard and its parent share one."""
    parent = domain.removeprefix("*.")
    label, value, host = (
        hashlib.sha256(f"{account}/{parent}/{part}".encode()).hexdigest() for part in ("name", "value", "host")
    )
    letters = "".join(chr(ord("a") + int(digit, 16)) for digit in host[:10])
    return {
        "domainName": domain,
        "resourceRecordName": f"_{label[:32]}.{parent}.",
        "resourceRecordType": "CNAME",
        "resourceRecordValue": f"_{value[:32]}.{letters}.acm-validations.aws.",
    }


def domains_of(inputs: Mapping[str, Any]) -> list[str]:
    """Returns a certificate's domains, each once, its own first."""
    names = [inputs.get("domainName"), *(inputs.get("subjectAlternativeNames") or ())]
    return list(dict.fromkeys(str(name) for name in names if name))


def _certificate(context: Context) -> dict[str, Any]:
    """Imports a certificate, or requests one."""
    given = context.inputs
    context.taken.update(given)
    if given.get("certificateBody") is not None:
        if given.get("domainName") is not None and not context.previewing:
            raise Refusal("certificateBody: cannot be combined with domainName; import a certificate or request one")
        imported = {name: value for name, value in given.items() if name in IMPORTED}
        parameters = context.fitted("acm.ImportCertificate", imported, IMPORTED)
        context.call("acm.ImportCertificate", parameters)
        return {"Status": "ISSUED", "Type": "IMPORTED"}
    context.call("acm.RequestCertificate", context.fitted("acm.RequestCertificate", given))
    private = given.get("certificateAuthorityArn")
    return {"Status": "ISSUED" if private else "PENDING_VALIDATION", "Type": "PRIVATE" if private else "AMAZON_ISSUED"}


def _records(context: Context) -> dict[str, Any]:
    if context.inputs.get("validationMethod") != "DNS":
        return {}
    domains = domains_of(context.inputs)
    return {"Records": [validation_record(domain, context.place.account) for domain in domains], "Names": domains}


def _validation(context: Context) -> dict[str, Any]:
    """Waits, as the provider does, until the certificate is issued; refused where a proving record is missing."""
    arn, given = context.take("certificateArn"), context.take("validationRecordFqdns")
    if context.previewing:
        return {}
    found = context.call("acm.DescribeCertificate", {"CertificateArn": arn})["Certificate"]
    domains = [found["DomainName"], *found.get("SubjectAlternativeNames", ())]
    wanted = {validation_record(domain, context.place.account)["resourceRecordName"].rstrip(".") for domain in domains}
    missing = sorted(wanted - {str(name).rstrip(".") for name in given or wanted})
    if missing and found.get("Status") != "ISSUED":
        raise Refusal(f"validationRecordFqdns: lacks {', '.join(missing)}, which the certificate waits for")
    issue(str(arn), context.place)
    return {}


def issue(arn: str, place: Place) -> None:
    """Marks a certificate as issued; moto leaves every requested one pending."""
    certificate = get_backend("acm")[place.account][arn.split(":")[3]]._certificates.get(arn)  # noqa: SLF001 - moto has no public way
    if certificate is not None:
        certificate.status = "ISSUED"


SPECS: Specs = {
    "aws:acm/certificate:Certificate": Spec(
        create=_certificate,
        id="CertificateArn",
        then=(_records,),
        outputs={
            "arn": "{id}",
            "domainValidationOptions": "Records || `[]`",
            "status": "Status",
            "type": "Type",
            "renewalEligibility": "'INELIGIBLE'",
            "subjectAlternativeNames": "Names || input.subjectAlternativeNames",
        },
        ignored={
            "earlyRenewalDuration": "when the provider imports again",
            "privateKeyWoVersion": "when the provider sends the key again",
        },
        reshape=lambda inputs: {
            ("domainValidationOptions" if key == "validationOptions" else key): value for key, value in inputs.items()
        },
    ),
    "aws:acm/certificateValidation:CertificateValidation": Spec(
        create=_validation, id="'2026-01-01 00:00:00 +0000 UTC'"
    ),
}
