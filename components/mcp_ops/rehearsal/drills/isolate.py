"""Drill **isolate**: two environments built side by side.

Nothing of one may name, trust, reach or collide with anything of the other.
"""

import fnmatch
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mcp_ops.rehearsal import wire
from mcp_ops.rehearsal.drills.drill import Drill, Evidence, Failed, Stage
from mcp_ops.rehearsal.record import Registration, Run

KINDS: Mapping[str, tuple[str, ...]] = {
    "security-group rules": (
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
        "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
        "aws:ec2/securityGroupRule:SecurityGroupRule",
        "aws:ec2/securityGroup:SecurityGroup",
    ),
    "routes": (
        "aws:ec2/route:Route",
        "aws:ec2/routeTable:RouteTable",
        "aws:ec2/vpcPeeringConnection:VpcPeeringConnection",
    ),
    "role trusts": ("aws:iam/role:Role",),
    "key policies": ("aws:kms/key:Key", "aws:kms/keyPolicy:KeyPolicy"),
    "bucket policies": ("aws:s3/bucketPolicy:BucketPolicy", "aws:s3/bucket:Bucket"),
}
"""What is counted by name in the evidence; every other resource is compared as well."""

SHARED = frozenset({"aws:iam/openIdConnectProvider:OpenIdConnectProvider"})
"""Exists once in an account, whatever environments are in it."""

SHORTEST_NAME = 8
"""Names below this many characters say too little to prove a reference."""

PROSE = frozenset({"comment", "description", "tags", "tagsAll"})
"""Inputs that tell people something: a word in them reaches nothing."""


@dataclass(frozen=True)
class Identity:
    """What one environment is known by."""

    stack: str
    account: str
    tokens: frozenset[str]
    """Ids, ARNs and physical names of its resources."""
    arns: frozenset[str]
    places: frozenset[tuple[str, str, str, str]]
    """Account, region, type and name of each named resource: what would collide."""


def _missing(stage: Stage) -> str:
    return "" if stage.counterpart else "the project has one stack only"


def _run(stage: Stage) -> Evidence:
    other_name = stage.counterpart
    other = stage.beside(other_name)
    if other.errors:
        raise Failed(f"{other_name} cannot be built beside {stage.project.stack}: {other.errors[0]}")
    here, there = _identity(stage.run), _identity(other)
    crossings = [*_crossings(stage.run, there), *_crossings(other, here), *_collisions(here, there)]
    counts = {kind: _count(stage.run, types) + _count(other, types) for kind, types in KINDS.items()}
    resources = len(stage.run.resources()) + len(other.resources())
    compared = ", ".join(f"{count} {kind}" for kind, count in counts.items())
    shared = (
        f"one account {here.account}"
        if here.account == there.account
        else f"accounts {here.account} and {there.account}"
    )
    sought = f"{len(here.tokens)} and {len(there.tokens)} ids, ARNs and names"
    summary = (
        f"{here.stack} and {there.stack} side by side in {shared}: {resources} resources, {compared}",
        f"{sought} looked for in each other's inputs: {len(crossings)} references",
        *crossings,
    )
    facts = {"stacks": [here.stack, there.stack], "resources": resources, "compared": counts, "crossings": crossings}
    return Evidence(not crossings, summary, facts)


def _count(run: Run, types: tuple[str, ...]) -> int:
    return len(run.of_type(*types))


def _apart(run: Run) -> list[Registration]:
    """Returns the resources that environments must not share.

    One repository deploys them all, and an account has one provider of its tokens.
    """
    return [item for item in run.resources() if not item.type.startswith("github:") and item.type not in SHARED]


def _identity(run: Run) -> Identity:
    resources = _apart(run)
    tokens: set[str] = set()
    arns: set[str] = set()
    for item in resources:
        arn = item.outputs.get("arn")
        if isinstance(arn, str):
            arns.add(arn)
        tokens.update(
            value for value in (item.id, arn, _name(item)) if isinstance(value, str) and len(value) >= SHORTEST_NAME
        )
    account = next((item.account for item in resources if item.account), "")
    places = {(item.account, item.region, item.type, str(_name(item))) for item in resources if _name(item)}
    return Identity(run.stack, account, frozenset(tokens), frozenset(arns), frozenset(places))


def _name(item: Registration) -> Any:
    return item.outputs.get("bucket") or item.outputs.get("name")


def _crossings(run: Run, other: Identity) -> Iterator[str]:
    """Yields every place in a run's inputs that names something of the other environment."""
    own = _identity(run)
    foreign = other.tokens - own.tokens
    if other.account != own.account:
        foreign |= {other.account}
    for item in _apart(run):
        for where, text in _texts(item.inputs):
            hits = _named(text, foreign) or _matched(text, other.arns)
            if hits:
                reached = ", ".join(sorted(hits))
                yield f"{run.stack}: {item.type} {item.name}: {where} reaches {reached} of {other.stack}"


def _named(text: str, foreign: Iterable[str]) -> set[str]:
    """Returns what a text names as a whole: `orders` in `arn:aws:s3:::orders/x`, not in `orders-dlq` or `my.orders`."""
    return {
        token for token in foreign if token in text and re.search(rf"(?<![\w.@-]){re.escape(token)}(?![\w-])", text)
    }


def _matched(text: str, arns: frozenset[str]) -> set[str]:
    """Returns the other environment's resources that a wildcard ARN in an allowing policy statement covers."""
    if '"Statement"' not in text:
        return set()
    try:
        statements = json.loads(text)["Statement"]
    except (ValueError, TypeError, KeyError):
        return set()
    found: set[str] = set()
    for statement in statements if isinstance(statements, list) else [statements]:
        resources = statement.get("Resource", []) if statement.get("Effect") == "Allow" else []
        for pattern in [resources] if isinstance(resources, str) else resources:
            if "*" in pattern.removeprefix("*"):
                found |= {arn for arn in arns if fnmatch.fnmatchcase(arn, pattern)}
    return found


def _collisions(here: Identity, there: Identity) -> Iterator[str]:
    for account, region, type_, name in sorted(here.places & there.places):
        yield f"{here.stack} and {there.stack} both hold {type_} {name} in {account} {region}"


def _texts(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Yields every text in a decoded value with the place that it stands in."""
    value = wire.reveal(value)
    if isinstance(value, Mapping):
        for key, item in value.items():
            if key not in PROSE:
                yield from _texts(item, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item, path)
    elif isinstance(value, str):
        yield path, value


DRILL = Drill("isolate", "no environment names, trusts, reaches or collides with another", _missing, _run, beside=True)
