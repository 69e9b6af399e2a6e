"""Functions run in a rehearsal: the registered code, in the registered environment, under the registered role."""

import json
import os
from collections.abc import Callable
from typing import Any

import pulumi
import pytest

from mcp_ops.rehearsal.simulator.cloud import Cloud
from mcp_ops.rehearsal.simulator.event_router import routed, run_schedule
from mcp_ops.rehearsal.simulator.places import Place

Create = Callable[..., Any]
Client = Callable[[str], Any]
HERE = Place("123456789012", "eu-central-1")

HANDLER = """
import logging, os
import boto3
from . import rules

logging.getLogger().setLevel(logging.INFO)

def handle(event, context):
    logging.getLogger().info("started", extra={"kind": event.get("kind")})
    print("printed")
    if event.get("kind") == "read":
        return boto3.client("s3").get_object(Bucket=os.environ["BUCKET"], Key=event["key"])["ContentLength"]
    if event.get("kind") == "list":
        return boto3.Session().client("s3").list_objects_v2(Bucket=os.environ["BUCKET"])["KeyCount"]
    if event.get("kind") == "environment":
        left = context.get_remaining_time_in_millis()
        return {"mine": os.environ.get("BUCKET"), "theirs": os.environ.get("LAPTOP"), "left": left}
    if event.get("kind") == "resource":
        boto3.resource("s3")
    if event.get("kind") == "fail":
        raise rules.Broken("on purpose")
    return {"rule": rules.NAME, "name": context.function_name}
"""
RULES = 'NAME = "tidy"\nclass Broken(Exception): ...\n'
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
)


def code(**files: str) -> pulumi.AssetArchive:
    sources = {"__init__": "", "handler": HANDLER, "rules": RULES, **files}
    return pulumi.AssetArchive({f"tidy/{name}.py": pulumi.StringAsset(text) for name, text in sources.items()})


@pytest.fixture
def function(create: Create, client: Client, request: pytest.FixtureRequest) -> Callable[..., str]:
    """Registers a function whose role may read one object and write its logs; returns its name."""
    case = request.node.callspec.indices if hasattr(request.node, "callspec") else {}
    name = f"{request.node.originalname[:24]}-{'-'.join(map(str, case.values()))}".strip("-")

    def made(code: pulumi.AssetArchive = code(), **changes: Any) -> str:  # noqa: B008 - assets are never changed
        bucket = create("aws:s3/bucket:Bucket", f"{name[:30].replace('_', '-')}").id
        client("s3").put_object(Bucket=bucket, Key="one", Body=b"four")
        role = create("aws:iam/role:Role", f"{name}-r", assumeRolePolicy=TRUST)
        statements = [
            {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/one"},
            {"Effect": "Allow", "Action": ["logs:CreateLogStream", "logs:PutLogEvents"], "Resource": "*"},
            {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"},
        ]
        create(
            "aws:iam/rolePolicy:RolePolicy",
            role=role.id,
            policy=json.dumps({"Version": "2012-10-17", "Statement": statements}),
        )
        create("aws:cloudwatch/logGroup:LogGroup", f"{name}-l", name=f"/functions/{name}")
        given = {
            "role": role.outputs["arn"],
            "runtime": "python3.13",
            "handler": "tidy.handler.handle",
            "code": code,
            "environment": {"variables": {"BUCKET": bucket}},
            "loggingConfig": {"logFormat": "JSON", "logGroup": f"/functions/{name}"},
        }
        return str(create("aws:lambda/function:Function", name[:40], **{**given, **changes}).id)

    return made


def invoked(client: Client, name: str, **event: Any) -> tuple[Any, str]:
    answer = client("lambda").invoke(FunctionName=name, Payload=json.dumps(event).encode())
    return json.loads(answer["Payload"].read()), answer.get("FunctionError", "")


def test_the_registered_code_runs(function: Callable[..., str], client: Client) -> None:
    name = function()
    assert invoked(client, name) == ({"rule": "tidy", "name": name}, "")


def test_its_calls_are_those_of_its_role(function: Callable[..., str], client: Client) -> None:
    name = function()
    assert invoked(client, name, kind="read", key="one") == (4, "")
    answer, error = invoked(client, name, kind="list")
    assert error == "Unhandled"
    assert answer["errorType"] == "AccessDenied"
    assert "not authorized to perform: s3:ListBucket" in answer["errorMessage"]


def test_its_environment_is_what_was_registered(
    function: Callable[..., str], client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAPTOP", "mine")
    answer, _ = invoked(client, function(timeout=9), kind="environment")
    assert answer["mine"].startswith("test-its-env")
    assert answer["theirs"] is None
    assert 8000 < answer["left"] <= 9000
    assert os.environ["LAPTOP"] == "mine"


def test_what_it_logs_is_json_in_its_log_group(function: Callable[..., str], client: Client) -> None:
    name = function()
    invoked(client, name, kind="x")
    group = client("logs").describe_log_groups(logGroupNamePrefix="/functions/test_what_it_logs")["logGroups"][0]
    events = client("logs").filter_log_events(logGroupName=group["logGroupName"])["events"]
    first, printed = (event["message"] for event in events)
    assert json.loads(first) | {"timestamp": "", "requestId": ""} == {
        "timestamp": "",
        "requestId": "",
        "level": "INFO",
        "message": "started",
        "logger": "root",
        "kind": "x",
    }
    assert printed == "printed"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"handler": "tidy.nothing.handle"}, "Runtime.ImportModuleError"),
        ({"handler": "tidy.handler.nothing"}, "Runtime.HandlerNotFound"),
        ({"code": code(handler="import not_there")}, "Runtime.ImportModuleError"),
        ({"code": code(handler="import time\ndef handle(e, c): time.sleep(1.1)"), "timeout": 1}, "Sandbox.Timedout"),
        ({"code": code(handler="def handle(e, c): return object()")}, "TypeError"),
    ],
)
def test_code_that_does_not_start_or_end_is_an_error_of_the_function(
    function: Callable[..., str], client: Client, changes: dict[str, Any], error: str
) -> None:
    answer, kind = invoked(client, function(**changes))
    assert (answer["errorType"], kind) == (error, "Unhandled")


def test_resources_of_boto3_are_refused(function: Callable[..., str], client: Client) -> None:
    assert "use boto3.client" in invoked(client, function(), kind="resource")[0]["errorMessage"]


def test_other_runtimes_are_refused(function: Callable[..., str], client: Client) -> None:
    with pytest.raises(NotImplementedError, match=r"runs Python functions, not nodejs22\.x"):
        invoked(client, function(runtime="nodejs22.x"))


def test_an_event_that_no_attempt_handles_becomes_a_dead_letter(
    function: Callable[..., str], create: Create, client: Client, cloud: Cloud
) -> None:
    queue = create("aws:sqs/queue:Queue", "letters")
    name = function(deadLetterConfig={"targetArn": queue.outputs["arn"]})
    before = len(cloud.invocations)
    client("lambda").invoke(FunctionName=name, InvocationType="Event", Payload=b'{"kind": "fail"}')
    assert [run.error for run in cloud.invocations[before:]] == ["Broken: on purpose"] * 3
    letters = client("sqs").receive_message(QueueUrl=queue.id)["Messages"]
    assert [json.loads(letter["Body"]) for letter in letters] == [{"kind": "fail"}]


PATTERN = json.dumps({"source": ["attic"], "detail": {"level": ["full"]}})


def rule(create: Create, logical_name: str, target_arn: str, **target: Any) -> Any:
    made = create("aws:cloudwatch/eventRule:EventRule", logical_name, eventPattern=PATTERN)
    create("aws:cloudwatch/eventTarget:EventTarget", logical_name, rule=made.id, arn=target_arn, **target)
    return made


def test_an_event_reaches_the_function_that_admits_its_rule(
    function: Callable[..., str], create: Create, client: Client, cloud: Cloud
) -> None:
    name = function()
    arn = client("lambda").get_function(FunctionName=name)["Configuration"]["FunctionArn"]
    made = rule(create, "admitted", arn, inputPath="$.detail")
    event = {"source": "attic", "detail-type": "State", "detail": {"level": "full", "kind": "read", "key": "none"}}
    refused = [item for item in routed(cloud, HERE, event) if item.target == arn]
    assert [item.error.split(" because")[0] for item in refused] == [
        f"events.amazonaws.com is not authorized to perform lambda:InvokeFunction on {arn}"
    ]
    create(
        "aws:lambda/permission:Permission",
        function=name,
        action="lambda:InvokeFunction",
        principal="events.amazonaws.com",
        sourceArn=made.outputs["arn"],
    )
    failed = next(item for item in routed(cloud, HERE, event) if item.target == arn)
    assert failed.error.startswith("AccessDenied")
    well = {**event, "detail": {"level": "full"}}
    assert next(item for item in routed(cloud, HERE, well) if item.target == arn).error == ""
    assert not [item for item in routed(cloud, HERE, {**event, "source": "cellar"}) if item.target == arn]


def test_an_event_reaches_topics_and_queues_that_admit_it(create: Create, client: Client, cloud: Cloud) -> None:
    key = create("aws:kms/key:Key", "sealing")
    queue = create("aws:sqs/queue:Queue", "events", kmsMasterKeyId=key.outputs["arn"])
    made = rule(create, "queued", queue.outputs["arn"])
    event = {"source": "attic", "detail-type": "State", "detail": {"level": "full"}}

    def outcome() -> str:
        return next(item.error for item in routed(cloud, HERE, event) if item.target == queue.outputs["arn"])

    assert "is not authorized to perform sqs:SendMessage" in outcome()
    admit = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": queue.outputs["arn"],
        "Condition": {"ArnEquals": {"aws:SourceArn": made.outputs["arn"]}},
    }
    policy = {"Version": "2012-10-17", "Statement": [admit]}
    create("aws:sqs/queuePolicy:QueuePolicy", queueUrl=queue.id, policy=json.dumps(policy))
    assert "is not authorized to perform kms:GenerateDataKey" in outcome()
    grant = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": ["kms:GenerateDataKey", "kms:Decrypt"],
        "Resource": "*",
    }
    opened = json.dumps({**policy, "Statement": [grant]})
    client("kms").put_key_policy(KeyId=key.id, PolicyName="default", Policy=opened)
    assert outcome() == ""
    assert json.loads(client("sqs").receive_message(QueueUrl=queue.id)["Messages"][0]["Body"])["source"] == "attic"


def test_a_target_of_another_kind_is_an_error(create: Create, cloud: Cloud) -> None:
    rule(create, "odd", "arn:aws:states:eu-central-1:123456789012:stateMachine:x")
    found = routed(cloud, HERE, {"source": "attic", "detail-type": "State", "detail": {"level": "full"}})
    assert any("does not deliver to" in item.error for item in found)


def test_a_schedule_runs_its_function_under_its_own_role(
    function: Callable[..., str], create: Create, client: Client, cloud: Cloud
) -> None:
    name = function()
    arn = client("lambda").get_function(FunctionName=name)["Configuration"]["FunctionArn"]
    trust = TRUST.replace("lambda.amazonaws.com", "scheduler.amazonaws.com")
    role = create("aws:iam/role:Role", "starter", assumeRolePolicy=trust)
    made = create(
        "aws:scheduler/schedule:Schedule",
        "nightly",
        scheduleExpression="rate(1 day)",
        flexibleTimeWindow={"mode": "OFF"},
        target={"arn": arn, "roleArn": role.outputs["arn"], "input": '{"kind": "x"}'},
    )
    schedule = made.id.rsplit("/", 1)[-1]
    assert "is not authorized to perform: lambda:InvokeFunction" in run_schedule(cloud, HERE, schedule).error
    allowed = [{"Effect": "Allow", "Action": "lambda:InvokeFunction", "Resource": arn}]
    create(
        "aws:iam/rolePolicy:RolePolicy",
        role=role.id,
        policy=json.dumps({"Version": "2012-10-17", "Statement": allowed}),
    )
    assert run_schedule(cloud, HERE, schedule).error == ""
    assert cloud.invocations[-1].event == {"kind": "x"}
