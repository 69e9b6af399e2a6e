"""Policies in every form in which a program may give them."""

import json
from typing import Any

import pytest

from mcp_ops.rehearsal.drills.policies_given import document_of, principals_of, statements_of

STATEMENT = {"Effect": "Allow", "Principal": {"Service": "ecs.amazonaws.com"}, "Action": "sts:AssumeRole"}


@pytest.mark.parametrize("form", [dict, json.dumps])
@pytest.mark.parametrize("statements", [STATEMENT, [STATEMENT]])
def test_text_or_mapping_one_statement_or_several(form: Any, statements: Any) -> None:
    given = form({"Version": "2012-10-17", "Statement": statements})
    assert document_of(given)["Version"] == "2012-10-17"
    assert statements_of(given) == [STATEMENT]


@pytest.mark.parametrize("given", [None, "", {}])
def test_no_policy_has_no_statement(given: Any) -> None:
    assert statements_of(given) == []


@pytest.mark.parametrize(
    ("principal", "found"),
    [
        ({"Service": "ecs.amazonaws.com"}, {"Service": ["ecs.amazonaws.com"]}),
        ({"AWS": ["111111111111"], "Federated": "x"}, {"AWS": ["111111111111"], "Federated": ["x"]}),
        ("*", {"AWS": ["*"]}),
        (None, {}),
    ],
)
def test_principals_by_kind(principal: Any, found: dict[str, list[str]]) -> None:
    assert principals_of({"Principal": principal} if principal else {}) == found
