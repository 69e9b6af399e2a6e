"""Amazon SES: identities that mail is sent from."""

from typing import Any

from mcp_ops.rehearsal.simulator.building import arn
from mcp_ops.rehearsal.simulator.context import Context
from mcp_ops.rehearsal.simulator.spec import Call, Spec, Specs
from mcp_ops.rehearsal.simulator.values import nested, without

COMPUTED = ("currentSigningKeyLength", "lastKeyGenerationTimestamp", "signingAttributesOrigin", "status", "tokens")


def _identity(inputs: dict[str, Any]) -> dict[str, Any]:
    return nested(inputs, "dkimSigningAttributes", lambda value: without(value, *COMPUTED))


def _configuration_set(inputs: dict[str, Any]) -> dict[str, Any]:
    return nested(inputs, "reputationOptions", lambda value: without(value, "lastFreshStart"))


def _signing(context: Context) -> dict[str, Any]:
    """Gathers what a program needs to publish the identity's DKIM records."""
    given = context.find("DkimAttributes") or {}
    return {"Signing": {"tokens": given.get("Tokens") or [], "status": given.get("Status")}}


SPECS: Specs = {
    "aws:ses/emailIdentity:EmailIdentity": Spec(
        create=Call("ses.VerifyEmailIdentity", rename={"email": "EmailAddress"}),
        id="{input.email}",
        outputs={"arn": arn("ses", "identity/{id}")},
    ),
    "aws:ses/domainIdentity:DomainIdentity": Spec(
        create=Call("ses.VerifyDomainIdentity"),
        id="{input.domain}",
        outputs={"arn": arn("ses", "identity/{id}"), "verificationToken": "VerificationToken"},
    ),
    "aws:ses/domainIdentityVerification:DomainIdentityVerification": Spec(
        create=Call("ses.GetIdentityVerificationAttributes", rename={"domain": "Identities"}),
        id="{input.domain}",
        outputs={"arn": arn("ses", "identity/{id}")},
        ignored={"timeouts": "how long the provider waits"},
    ),
    "aws:ses/domainDkim:DomainDkim": Spec(
        create=Call("ses.VerifyDomainDkim"), id="{input.domain}", outputs={"dkimTokens": "DkimTokens"}
    ),
    "aws:ses/mailFrom:MailFrom": Spec(
        create=Call(
            "ses.SetIdentityMailFromDomain",
            rename={"domain": "Identity"},
            constant={"BehaviorOnMXFailure": "UseDefaultValue"},
        ),
        id="{input.domain}",
    ),
    "aws:ses/identityPolicy:IdentityPolicy": Spec(
        create=Call("ses.PutIdentityPolicy", rename={"name": "PolicyName"}),
        id="{input.identity}|{input.name}",
    ),
    "aws:sesv2/emailIdentity:EmailIdentity": Spec(
        create=Call("sesv2.CreateEmailIdentity"),
        then=(_signing,),
        id="{input.emailIdentity}",
        outputs={
            "arn": arn("ses", "identity/{id}"),
            "dkimSigningAttributes": "Signing",
            "identityType": "IdentityType",
        },
        reshape=_identity,
    ),
    "aws:sesv2/configurationSet:ConfigurationSet": Spec(
        create=Call("sesv2.CreateConfigurationSet"),
        id="{input.configurationSetName}",
        outputs={"arn": arn("ses", "configuration-set/{id}")},
        autoname="",
        reshape=_configuration_set,
    ),
}
