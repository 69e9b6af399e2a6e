from collections.abc import Callable
from typing import Any

import pulumi
import pytest

from mcp_ops.rehearsal.simulator.errors import Refusal

Create = Callable[..., Any]
Client = Callable[[str], Any]
CODE = pulumi.AssetArchive({"main.py": pulumi.StringAsset("def handler(event, context): ...")})
PYTHON = {
    "runtime": "python3.13",
    "handler": "main.handler",
    "role": "arn:aws:iam::123456789012:role/outside",
    "code": CODE,
}


def test_a_function_is_created_with_its_code_and_concurrency(create: Create, client: Client) -> None:
    made = create("aws:lambda/function:Function", "job", **PYTHON, reservedConcurrentExecutions=3, timeout=20)
    arn = f"arn:aws:lambda:eu-central-1:123456789012:function:{made.id}"
    assert made.outputs["arn"] == arn
    assert made.outputs["invokeArn"].endswith(f":lambda:path/2015-03-31/functions/{arn}/invocations")
    kept = client("lambda").get_function(FunctionName=made.id)
    assert kept["Configuration"]["Timeout"] == 20
    assert kept["Concurrency"]["ReservedConcurrentExecutions"] == 3


def test_a_queue_feeds_a_function(create: Create, client: Client) -> None:
    function = create("aws:lambda/function:Function", "fed", **PYTHON)
    queue = create("aws:sqs/queue:Queue", "feeding")
    made = create(
        "aws:lambda/eventSourceMapping:EventSourceMapping",
        functionName=function.outputs["arn"],
        eventSourceArn=queue.outputs["arn"],
        functionResponseTypes=["ReportBatchItemFailures"],
    )
    assert client("lambda").get_event_source_mapping(UUID=made.id)["EventSourceArn"] == queue.outputs["arn"]


def test_code_from_a_bucket_outside_the_stack_is_assumed(create: Create, cloud: Any) -> None:
    given = {name: value for name, value in PYTHON.items() if name != "code"}
    create("aws:lambda/function:Function", "elsewhere", **given, s3Bucket="builds-of-others", s3Key="job.zip")
    assert "object builds-of-others/job.zip exists" in cloud.assumptions


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"runtime": "python2.6"}, "'python2.6' is none of"),
        ({"memorySize": 64}, "MemorySize"),
        ({"role": "not-an-arn"}, "Role"),
        ({"code": pulumi.FileArchive("no-such-folder")}, "no-such-folder does not exist"),
    ],
)
def test_what_lambda_refuses(create: Create, change: dict[str, Any], told: str) -> None:
    with pytest.raises(Refusal, match=told):
        create("aws:lambda/function:Function", **{**PYTHON, **change})
