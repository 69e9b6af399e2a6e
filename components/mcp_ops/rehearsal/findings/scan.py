"""Walks what a program registered and returns every finding."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from mcp_ops.rehearsal import wire
from mcp_ops.rehearsal.findings.document import Kind
from mcp_ops.rehearsal.findings.finding import Finding
from mcp_ops.rehearsal.findings.network import network_findings
from mcp_ops.rehearsal.findings.policy import check_policy, size
from mcp_ops.rehearsal.findings.storage import storage_findings
from mcp_ops.rehearsal.findings.where import INLINE_LIMITS, PLACES, Place, documents
from mcp_ops.rehearsal.record import Registration, Run

_MANAGED = "aws:iam/policy:Policy"
_ROLE = "aws:iam/role:Role"
_ATTACHED = ("policyArn", "policyArns", "managedPolicyArns")
"""Inputs that attach managed policies."""
_INLINE = {
    "aws:iam/rolePolicy:RolePolicy": "role",
    "aws:iam/userPolicy:UserPolicy": "user",
    "aws:iam/groupPolicy:GroupPolicy": "group",
}
"""Inputs that name the owner of an inline policy, by type."""


def findings_of(run: Run) -> list[Finding]:
    """Returns the findings of a run, in the order of its registrations; waivers are not applied yet.

    Use the run whose outputs are known: what is unknown is passed over.
    """
    found = [*_policy_findings(run), *_inline_findings(run), *network_findings(run), *storage_findings(run)]
    order = {item.urn: index for index, item in enumerate(run.registrations)}
    return sorted(found, key=lambda finding: order[finding.urn])


def _policy_findings(run: Run) -> Iterator[Finding]:
    boundaries = _boundaries(run)
    for item in run.resources():
        for place in PLACES.get(item.type, ()):
            kind: Kind = "boundary" if item.type == _MANAGED and _arn(item) in boundaries else place.kind
            for path, document in _documents(item, place):
                for finding in check_policy(
                    document, kind, path, resource_type=place.service, limit=place.limit, account=item.account
                ):
                    yield replace(finding, urn=item.urn)


def _documents(item: Registration, place: Place) -> Iterator[tuple[str, str | Mapping[str, Any]]]:
    for path, document in documents(wire.reveal(item.inputs), place):
        if not wire.has_unknown(document):
            yield path, document


def _arn(item: Registration) -> str:
    return str(wire.reveal(item.outputs).get("arn", ""))


def _boundaries(run: Run) -> set[str]:
    """Returns the ARNs of policies that are boundaries and attached nowhere: they grant nothing themselves."""
    bounds: set[str] = set()
    attached: set[str] = set()
    for item in run.resources():
        inputs = wire.reveal(item.inputs)
        bounds.add(str(inputs.get("permissionsBoundary", "")))
        attached.update(*(_texts(inputs.get(name)) for name in _ATTACHED))
    return bounds - attached - {""}


def _texts(value: Any) -> list[str]:
    return [item for item in (value if isinstance(value, list) else [value]) if isinstance(item, str)]


def _inline_findings(run: Run) -> Iterator[Finding]:
    """Yields an error where the inline policies of one identity exceed AWS's limit together, though none does alone."""
    sizes: dict[tuple[str, str], list[int]] = defaultdict(list)
    last: dict[tuple[str, str], Registration] = {}
    for item in run.resources():
        owner = _owner(item)
        if owner is None:
            continue
        for place in PLACES[item.type]:
            if place.kind == "identity":
                sizes[owner] += [_size(document) for _, document in _documents(item, place)]
                last[owner] = item
    for owner, characters in sizes.items():
        limit = INLINE_LIMITS[owner[0]]
        if sum(characters) > limit >= max(characters):
            message = (
                f"all inline policies of {owner[0]} {owner[1]}: {sum(characters):,} characters; AWS allows {limit:,}"
            )
            yield Finding("error", "policy-too-long", "policy", message, urn=last[owner].urn)


def _owner(item: Registration) -> tuple[str, str] | None:
    if item.type == _ROLE:
        return "role", item.id
    kind = _INLINE.get(item.type)
    return (kind, str(wire.reveal(item.inputs).get(kind))) if kind else None


def _size(document: str | Mapping[str, Any]) -> int:
    try:
        return size(document)
    except ValueError:
        return 0
