"""Look-ups of secrets, parameters, buckets, tables and CloudFront's managed policies."""

from collections.abc import Callable
from typing import Any

import pytest

from mcp_ops.rehearsal.simulator.cloud import Cloud
from mcp_ops.rehearsal.simulator.errors import Refusal
from mcp_ops.rehearsal.simulator.invokes import invoked
from mcp_ops.rehearsal.simulator.places import Place

HERE = Place("123456789012", "eu-central-1")
Ask = Callable[..., tuple[dict[str, Any], list[str]]]


@pytest.fixture
def ask(cloud: Cloud) -> Ask:
    def asked(token: str, **arguments: Any) -> tuple[dict[str, Any], list[str]]:
        assumptions: list[str] = []
        return invoked(cloud, f"aws:{token}", arguments, HERE, assumptions), assumptions

    return asked


@pytest.mark.parametrize(
    ("token", "arguments", "output", "assumed"),
    [
        (
            "s3/getBucket:getBucket",
            {"bucket": "of-others"},
            ("arn", "arn:aws:s3:::of-others"),
            "bucket of-others exists",
        ),
        ("dynamodb/getTable:getTable", {"name": "theirs"}, ("hashKey", "id"), "table theirs exists"),
        (
            "sns/getTopic:getTopic",
            {"name": "news"},
            ("arn", "arn:aws:sns:eu-central-1:123456789012:news"),
            "topic news exists",
        ),
        (
            "sqs/getQueue:getQueue",
            {"name": "jobs"},
            ("arn", "arn:aws:sqs:eu-central-1:123456789012:jobs"),
            "queue jobs exists",
        ),
        (
            "ssm/getParameter:getParameter",
            {"name": "/their/key"},
            ("value", "rehearsal-value"),
            "parameter /their/key exists",
        ),
        (
            "secretsmanager/getSecretVersion:getSecretVersion",
            {"secretId": "s1"},
            ("secretString", "rehearsal-value"),
            "secret s1 exists",
        ),
        (
            "cloudwatch/getLogGroup:getLogGroup",
            {"name": "/their/log"},
            ("name", "/their/log"),
            "log group /their/log exists",
        ),
        ("lambda/getFunction:getFunction", {"functionName": "f"}, ("version", "$LATEST"), "function f exists"),
        (
            "s3/getObject:getObject",
            {"bucket": "of-others", "key": "k"},
            ("body", "outside the stack"),
            "object of-others/k exists",
        ),
        (
            "rds/getEngineVersion:getEngineVersion",
            {"engine": "mysql"},
            ("parameterGroupFamily", "mysql8.4"),
            "RDS offers mysql 8.4.6",
        ),
        ("cognito/getUserPools:getUserPools", {"name": "people"}, ("name", "people"), "user pool people exists"),
    ],
)
def test_what_lies_outside_the_stack_is_assumed(
    ask: Ask, token: str, arguments: dict[str, Any], output: tuple[str, str], assumed: str
) -> None:
    answer, assumptions = ask(token, **arguments)
    assert answer[output[0]] == output[1]
    assert assumptions[-1:] == [assumed]


def test_what_the_stack_made_is_found_without_an_assumption(ask: Ask, create: Callable[..., Any]) -> None:
    made = create("aws:sqs/queue:Queue", "mine")
    answer, assumptions = ask("sqs/getQueue:getQueue", name=made.outputs["name"])
    assert answer["url"] == made.id
    assert assumptions == []


def test_a_public_parameter_names_an_image(ask: Ask) -> None:
    name = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64"
    assert ask("ssm/getParameter:getParameter", name=name)[0]["value"].startswith("ami-")


def test_managed_policies_of_cloudfront_have_their_ids(ask: Ask) -> None:
    answer, assumptions = ask("cloudfront/getCachePolicy:getCachePolicy", name="Managed-CachingOptimized")
    assert answer["id"] == "658327ea-f89d-4fab-a63d-7e88639e58f6"
    assert assumptions == []
    with pytest.raises(Refusal, match="'Managed-Caching' is none of CloudFront's own"):
        ask("cloudfront/getCachePolicy:getCachePolicy", name="Managed-Caching")
