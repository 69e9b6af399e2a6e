"""No policy of a stack allows every action, or a change of everything; each exception carries its reason."""

import json
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

import pytest

from mcp_ops.rehearsal.findings.iam_data import actions_matching
from mcp_ops.rehearsal.findings.where import PLACES, documents
from tests.infra.documents import STACKS
from tests.infra.stacks import stack
from tests.support.recording import Recording

POLICY, ROLE = "aws:iam/policy:Policy", "aws:iam/rolePolicy:RolePolicy"
EXCEPTIONS: Mapping[tuple[str, str, str], str] = {
    (POLICY, "*-boundary", "*:*"): "a boundary grants nothing: it bounds what other policies grant",
    ("aws:kms/*", "*", "kms:*"): "AWS's default statement: without it nobody could ever change the key",
    ("aws:ec2/vpcEndpoint:VpcEndpoint", "*", "*"): "an endpoint grants nothing: it bounds what passes through it",
    ("*", "*", "ecr:GetAuthorizationToken"): "knows no resource",
    ("*", "*", "logs:StopQuery"): "knows no resource; a query belongs to whoever started it",
    (
        ROLE,
        "*-validate-restore-policy",
        "backup:PutRestoreValidationResult",
    ): "knows no resource; says a verdict",
    (POLICY, "*-deploy-names", "backup-storage:MountCapsule"): "knows no resource; a vault cannot be made without it",
    (
        POLICY,
        "*-deploy-names",
        "backup:UpdateRegionSettings",
    ): "knows no resource; what AWS Backup takes",
    (POLICY, "*-deploy-names", "ecr:PutReplicationConfiguration"): "knows no resource; the registry of the account",
    (POLICY, "*-deploy-names", "ecs:DeregisterTaskDefinition"): "knows no resource; what runs keeps running",
    (
        POLICY,
        "*-deploy-names",
        "elasticloadbalancing:SetWebACL",
    ): "knows no resource; its companion in WAF does",
    (POLICY, "*-deploy-names", "logs:*LogDelivery"): "knows no resource; the firewall's logs",
    (POLICY, "*-deploy-names", "logs:*QueryDefinition"): "knows no resource; saved queries hold no data",
    (POLICY, "*-deploy-names", "logs:PutResourcePolicy"): "knows no resource; lets a service write to log groups",
}
"""By type, name of the resource, and action; `*` is a wildcard."""


class Grant(NamedTuple):
    """One action that a statement allows."""

    type: str
    name: str
    action: str
    everywhere: bool
    """Whether on every resource, without a condition."""

    @property
    def reason(self) -> str:
        """Why it is an exception; empty when it is none."""
        mine = (self.type, self.name, self.action)
        matching = (reason for patterns, reason in EXCEPTIONS.items() if all(map(fnmatchcase, mine, patterns)))
        return next(matching, "")


def grants(run: Recording) -> Iterator[Grant]:
    """Yields every action in an Allow of every policy document that a stack registers."""
    for item in run:
        for place in PLACES.get(item.type, ()):
            for _, document in documents(item.inputs, place):
                for statement in _statements(document):
                    # A policy of a resource is about that resource, and a trust policy about its role.
                    everywhere = place.kind == "identity" and "*" in _list(statement.get("Resource"))
                    bound = everywhere and not statement.get("Condition")
                    for action in _list(statement.get("Action")):
                        yield Grant(item.type, item.name, action, bound)


def _statements(document: Any) -> list[dict[str, Any]]:
    found = json.loads(document) if isinstance(document, str) else document
    assert not any("NotAction" in item and item["Effect"] == "Allow" for item in _list(found["Statement"]))
    return [item for item in _list(found["Statement"]) if item["Effect"] == "Allow"]


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


@pytest.mark.parametrize("name", STACKS)
def test_no_policy_allows_every_action_of_anything(name: str) -> None:
    found = list(grants(stack(name)))
    assert len(found) > 100
    wide = [grant for grant in found if grant.action.split(":")[-1].strip("*") == "" and not grant.reason]
    assert wide == []


@pytest.mark.parametrize("name", STACKS)
def test_no_wildcard_stands_for_a_change(name: str) -> None:
    patterns = [grant for grant in grants(stack(name)) if "*" in grant.action and not grant.reason]
    changing = {grant.action: [action.full_name for action in actions_matching(grant.action) if action.writes]
                for grant in patterns}  # fmt: skip
    assert {pattern: found for pattern, found in changing.items() if found} == {}


@pytest.mark.parametrize("name", STACKS)
def test_no_change_is_allowed_on_everything(name: str) -> None:
    wide = [
        grant
        for grant in grants(stack(name))
        if grant.everywhere and not grant.reason and any(action.writes for action in actions_matching(grant.action))
    ]
    assert wide == []


def test_every_exception_has_a_reason() -> None:
    assert all(len(reason) > 10 for reason in EXCEPTIONS.values())


def test_what_is_said_to_know_no_resource_knows_none() -> None:
    said = [action for (_, _, action), reason in EXCEPTIONS.items() if reason.startswith("knows no resource")]
    known = {action.full_name: action.resource_types for pattern in said for action in actions_matching(pattern)}
    assert len(known) >= len(said)
    assert {name: types for name, types in known.items() if types} == {}
