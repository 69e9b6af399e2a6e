"""Condition operators, as the IAM User Guide defines them ("Condition operators", "Multivalued context keys")."""

from typing import Any

import pytest

from mcp_ops.rehearsal.simulator.authorization import request as iam
from mcp_ops.rehearsal.simulator.authorization.decision import decide
from mcp_ops.rehearsal.simulator.authorization.policy import Policies, read_policy

ACCOUNT = "111111111111"
ADA = iam.user(f"arn:aws:iam::{ACCOUNT}:user/ada")


def holds(operator: str, wanted: Any, *given: iam.Value, version: str = "2012-10-17", **others: iam.Value) -> bool:
    """Tells whether a condition on one key holds; without a value the request lacks the key."""
    statement = {
        "Effect": "Allow",
        "Action": "s3:GetObject",
        "Resource": "*",
        "Condition": {operator: {"aws:Key": wanted}},
    }
    policy = read_policy({"Version": version, "Statement": [statement]}, "p")
    context: dict[str, iam.Value] = {f"aws:{key}": value for key, value in others.items()}
    if given:
        context["AWS:KEY"] = given[0]
    request = iam.Request(ADA, "s3:GetObject", "arn:aws:s3:::b/k", context, frozenset({"*"}))
    return decide(request, Policies(ACCOUNT, identity=[policy])).allowed


@pytest.mark.parametrize(
    ("operator", "wanted", "given", "expected"),
    [
        # String operators: exact, case-insensitive, wildcards
        ("StringEquals", "a", "a", True),
        ("StringEquals", "a*", "ab", False),
        ("StringEquals", ["a", "b"], "b", True),
        ("StringEquals", "A", "a", False),
        ("StringNotEquals", ["a", "b"], "b", False),
        ("StringNotEquals", ["a", "b"], "c", True),
        ("StringEqualsIgnoreCase", "A", "a", True),
        ("StringNotEqualsIgnoreCase", "A", "a", False),
        ("StringLike", "a?c*", "abcde", True),
        ("StringLike", "a?c", "ac", False),
        ("StringLike", "A*", "abc", False),
        ("StringNotLike", "a*", "abc", False),
        ("stringlike", "a*", "abc", True),
        # Numeric operators
        ("NumericEquals", "10", "10.0", True),
        ("NumericEquals", 10, "10", True),
        ("NumericNotEquals", "10", "11", True),
        ("NumericLessThan", "10", "9.5", True),
        ("NumericLessThan", "10", "10", False),
        ("NumericLessThanEquals", "10", "10", True),
        ("NumericGreaterThan", "10", "9", False),
        ("NumericGreaterThanEquals", "10", "100", True),
        # Date operators: ISO 8601 or seconds since 1970
        ("DateEquals", "2026-07-28T00:00:00Z", "2026-07-28T02:00:00+02:00", True),
        ("DateEquals", "2026-07-28", "2026-07-28T00:00:00Z", True),
        ("DateEquals", "2026-07", "2026-07-01", True),
        ("DateEquals", "2026", "2026-01-01T00:00:00Z", True),
        ("DateLessThan", "2026-07-28T00:00:00Z", "1700000000", True),
        ("DateGreaterThan", "1700000000", "2026-07-28T00:00:00Z", True),
        ("DateNotEquals", "2026-07-28", "2026-07-28", False),
        ("DateLessThanEquals", "2026-07-28", "2026-07-29", False),
        ("DateGreaterThanEquals", "2026-07-28", "2026-07-28", True),
        # Bool, Binary
        ("Bool", "true", "True", True),
        ("Bool", True, "true", True),
        ("Bool", "false", "true", False),
        ("BinaryEquals", "QmluYXJ5", "QmluYXJ5", True),
        ("BinaryEquals", "QmluYXJ5", "QmluYXJ6", False),
        # IP addresses: ranges, single addresses, both versions
        ("IpAddress", "203.0.113.0/24", "203.0.113.9", True),
        ("IpAddress", "203.0.113.9", "203.0.113.9", True),
        ("IpAddress", "2001:db8::/32", "203.0.113.9", False),
        ("IpAddress", ["10.0.0.0/8", "2001:db8::/32"], "2001:db8::1", True),
        ("NotIpAddress", "203.0.113.0/24", "203.0.113.9", False),
        # ARNs: part by part; ArnEquals and ArnLike behave alike
        ("ArnLike", "arn:aws:sns:*:111111111111:a*", "arn:aws:sns:eu-central-1:111111111111:alerts", True),
        ("ArnEquals", "arn:aws:sns:*:111111111111:a*", "arn:aws:sns:eu-central-1:111111111111:alerts", True),
        ("ArnLike", "arn:aws:*:alerts:*:*", "arn:aws:sns:eu-central-1:111111111111:alerts", False),
        ("ArnLike", "arn:aws:sns:*", "arn:aws:sns:eu-central-1:111111111111:alerts", True),
        ("ArnLike", "*", "arn:aws:sns:eu-central-1:111111111111:alerts", True),
        ("ArnLike", "arn:aws:sns:*:*:*", "no-arn", False),
        ("ArnNotLike", "arn:aws:sns:*:*:*", "arn:aws:sqs:eu-central-1:111111111111:q", True),
        ("ArnNotEquals", "arn:aws:sns:*:*:*", "arn:aws:sns:eu-central-1:111111111111:q", False),
        # Null
        ("Null", "true", "a", False),
        ("Null", "false", "a", True),
        ("Null", ["true", "false"], "a", True),
        # Sets: all of the request's values, or any
        ("ForAllValues:StringEquals", ["a", "b"], ("a", "b"), True),
        ("ForAllValues:StringEquals", ["a", "b"], ("a", "c"), False),
        ("ForAllValues:StringNotEquals", ["a", "b"], ("c", "a"), False),
        ("ForAnyValue:StringEquals", ["a", "b"], ("c", "a"), True),
        ("ForAnyValue:StringLike", "a*", ("b", "c"), False),
        ("ForAnyValue:StringNotEquals", "a", ("a", "b"), True),
        ("ForAnyValue:StringEquals", "a", "a", True),
        ("StringEquals", "a", ("a",), True),
    ],
)
def test_operator(operator: str, wanted: Any, given: iam.Value, *, expected: bool) -> None:
    assert holds(operator, wanted, given) is expected


@pytest.mark.parametrize("given", [[], [()]], ids=["absent", "empty"])
@pytest.mark.parametrize(
    ("operator", "wanted", "expected"),
    [
        ("StringEquals", "a", False),
        ("StringNotEquals", "a", True),
        ("StringNotLike", "a", True),
        ("NumericNotEquals", "1", True),
        ("DateNotEquals", "2026-07-28", True),
        ("NotIpAddress", "10.0.0.0/8", True),
        ("ArnNotLike", "arn:aws:sns:*:*:*", True),
        ("NumericLessThan", "1", False),
        ("Bool", "false", False),
        ("BoolIfExists", "true", True),
        ("StringEqualsIfExists", "a", True),
        ("ForAllValues:StringEquals", "a", True),
        ("ForAnyValue:StringEquals", "a", False),
        ("ForAnyValue:StringNotEquals", "a", False),
        ("ForAnyValue:StringEqualsIfExists", "a", True),
        ("Null", "true", True),
        ("Null", "false", False),
    ],
)
def test_key_that_the_request_lacks(operator: str, wanted: Any, given: list[iam.Value], *, expected: bool) -> None:
    assert holds(operator, wanted, *given) is expected


@pytest.mark.parametrize(
    ("wanted", "given", "expected"),
    [
        ("${aws:tag}", "blue", True),
        ("${aws:tag}-*", "blue-1", True),
        ("${ aws:tag }", "blue", True),
        ("${aws:other}", "blue", False),
        ("${aws:other, 'blue'}", "blue", True),
        ("${aws:wild}", "anything", False),
        ("${aws:wild}", "b*", True),
        ("a${*}b", "axb", False),
        ("a${*}b", "a*b", True),
        ("a${?}${$}", "a?$", True),
    ],
)
def test_policy_variables(wanted: str, given: str, *, expected: bool) -> None:
    """IAM User Guide, "Variables and tags": values are no wildcards, defaults stand in single quotes."""
    assert holds("StringLike", wanted, given, tag="blue", wild="b*") is expected


def test_variables_are_text_before_version_2012() -> None:
    assert not holds("StringEquals", "${aws:tag}", "blue", tag="blue", version="2008-10-17")
    assert holds("StringEquals", "${aws:tag}", "${aws:tag}", tag="blue", version="2008-10-17")


@pytest.mark.parametrize(
    ("operator", "wanted", "given", "message"),
    [
        ("StringMatches", "a", "a", "StringMatches is no condition operator"),
        ("NullIfExists", "true", "a", "NullIfExists is no condition operator"),
        ("NumericEquals", "ten", "10", "'ten' is no number"),
        ("NumericEquals", "10", "ten", "'ten' is no number"),
        ("DateEquals", "yesterday", "2026-07-28", "'yesterday' is no date"),
        ("Bool", "yes", "true", "'yes' is no boolean"),
        ("Null", "yes", "true", "'yes' is no boolean"),
        ("BinaryEquals", "?", "QmluYXJ5", "'[?]' is no base64 text"),
        ("IpAddress", "10.0.0.0/99", "10.0.0.1", "'10.0.0.0/99' is no IP address range"),
        ("IpAddress", "10.0.0.0/8", "here", "'here' is no IP address"),
        ("ArnLike", "sns", "arn:aws:sns:::a", "'sns' is no ARN"),
        ("ArnLike", "arn:aws:sns:*:alerts", "arn:aws:sns:::a", "is no ARN"),
        ("StringEquals", "a", ("a", "b"), "has 2 values; only ForAllValues: and ForAnyValue: can compare them"),
        ("StringNotEquals", "${aws:other}", "a", "has no value in this request"),
        ("StringEquals", "${aws:many}", "a", "aws:many is multivalued"),
    ],
)
def test_what_cannot_be_evaluated_is_an_error(operator: str, wanted: Any, given: iam.Value, message: str) -> None:
    with pytest.raises(iam.CannotDecide, match=message):
        holds(operator, wanted, given, many=("a",))


def test_unknown_key_is_an_error_only_where_it_matters() -> None:
    statements = [
        {
            "Effect": "Allow",
            "Action": "s3:*",
            "Resource": "*",
            "Condition": {"Bool": {"aws:Known": "false", "aws:Unknown": "true"}},
        },
        {"Effect": "Allow", "Action": "sqs:*", "Resource": "*", "Condition": {"Bool": {"aws:Unknown": "true"}}},
    ]
    policies = Policies(ACCOUNT, identity=[read_policy({"Version": "2012-10-17", "Statement": statements}, "p")])
    context = {"aws:Known": "true"}

    assert not decide(iam.Request(ADA, "s3:GetObject", "arn:aws:s3:::b/k", context), policies).allowed
    with pytest.raises(iam.CannotDecide, match="sqs:SendMessage: the value of condition key aws:Unknown is not known"):
        decide(iam.Request(ADA, "sqs:SendMessage", "arn:aws:sqs:::q", context), policies)
