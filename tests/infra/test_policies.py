"""No policy of a stack allows every action, or a change of everything; each exception carries its reason."""

import json
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

import pytest

from mcp_ops.rehearsal.findings.iam_data import actions_matching
from mcp_ops.rehearsal.findings.where import PLACES, documents
from tests.infra.documents import STACKS
from tests.infra.test_program import stack
from tests.support.recording import Recording

EXCEPTIONS: Mapping[tuple[str, str, str], str] = {
    ("aws:iam/policy:Policy", "*-boundary", "*:*"): "a boundary grants nothing: it bounds what other policies grant",
    ("aws:kms/key:Key", "*", "kms:*"): "AWS's default statement: without it nobody could ever change the key",
    ("aws:ec2/vpcEndpoint:VpcEndpoint", "*", "*"): "an endpoint grants nothing: it bounds what passes through it",
    ("*", "*", "ecr:GetAuthorizationToken"): "knows no resource",
    ("*", "*", "logs:StopQuery"): "knows no resource; a query belongs to whoever started it",
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
