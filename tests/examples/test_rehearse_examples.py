"""The programs in examples/rehearse/, each run as `mcp-ops rehearse` runs it: a preview, then for real."""

from pathlib import Path
from typing import Any

import pytest

from mcp_ops.rehearsal import wire
from mcp_ops.rehearsal.backend import SimulatedBackend
from mcp_ops.rehearsal.project import load_project
from mcp_ops.rehearsal.record import Run
from mcp_ops.rehearsal.runner import run_program
from mcp_ops.rehearsal.simulator.cloud import Cloud
from mcp_ops.rehearsal.simulator.provider import Aws

EXAMPLES = Path(__file__).parents[2] / "examples" / "rehearse"
NETWORK = {
    "organization/web-server/dev": {
        "vpc_id": "vpc-0123456789abcdef0",
        "private_subnet_ids": ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"],
        "web_security_group_id": "sg-0123456789abcdef0",
    }
}


def rehearsed(name: str) -> tuple[Run, Run]:
    """Returns the preview and the real run of an example's dev stack."""
    project = load_project(EXAMPLES / name, "dev")
    with Cloud().open() as cloud:
        runs = []
        for preview in (True, False):
            backend = SimulatedBackend(Aws(cloud), project)
            run = run_program(project, backend, preview=preview, references=NETWORK, time_limit=50)
            backend.finish(run)
            runs.append(run)
    return runs[0], runs[1]


def inputs_of(run: Run, type_: str, name: str) -> dict[str, Any]:
    return next(item.inputs for item in run.of_type(type_) if item.name == name)


def assert_clean(preview: Run, run: Run) -> None:
    assert preview.errors == []
    assert run.errors == []
    assert run.unknown_types == {}
    assert {item.fidelity for item in run.resources()} == {"executed"}


def test_static_site() -> None:
    preview, run = rehearsed("static-site")
    assert_clean(preview, run)
    assert run.outputs["url"] == "https://www.example.com"
    assert run.outputs["distribution"].endswith(".cloudfront.net")
    assert run.assumptions == ["hosted zone Z0123456789ABCDEFGHIJ exists"]
    (certificate,) = run.of_type("aws:acm/certificate:Certificate")
    assert certificate.region == "us-east-1"
    assert {item.name for item in run.of_type("aws:s3/bucketObjectv2:BucketObjectv2")} == {
        "content/404.html",
        "content/assets/style.css",
        "content/index.html",
    }
    alias = inputs_of(run, "aws:route53/record:Record", "site-a")["aliases"][0]
    assert alias["zoneId"] == "Z2FDTNDATAQYW2"


def test_lambda_api() -> None:
    preview, run = rehearsed("lambda-api")
    assert_clean(preview, run)
    assert run.outputs["url"].startswith("https://")
    assert run.outputs["url"].endswith(".execute-api.eu-west-1.amazonaws.com/notes")
    (function,) = run.of_type("aws:lambda/function:Function")
    assert function.outputs["tags"] == {"team": "notes", "environment": "dev"}
    assert function.inputs["environment"] == {"variables": {"TABLE": run.outputs["table"]}}
    assert function.inputs["memorySize"] == 256


def test_queue_worker() -> None:
    preview, run = rehearsed("queue-worker")
    assert_clean(preview, run)
    assert run.outputs["queue"].startswith("https://sqs.eu-central-1.amazonaws.com/123456789012/jobs-")
    mapping = inputs_of(run, "aws:lambda/eventSourceMapping:EventSourceMapping", "jobs")
    assert mapping["scalingConfig"] == {"maximumConcurrency": 5}
    assert mapping["eventSourceArn"] == run.of_type("aws:sqs/queue:Queue")[1].outputs["arn"]


def test_web_server() -> None:
    preview, run = rehearsed("web-server")
    assert_clean(preview, run)
    assert run.outputs["url"].startswith("http://ec2-")
    assert len(run.outputs["private_subnet_ids"]) == 2
    (server,) = run.of_type("aws:ec2/instance:Instance")
    assert server.inputs["instanceType"] == "t4g.small"


def test_database() -> None:
    pytest.importorskip("pulumi_random")
    preview, run = rehearsed("database")
    assert_clean(preview, run)
    (instance,) = run.of_type("aws:rds/instance:Instance")
    assert instance.protect
    assert isinstance(instance.inputs["password"], wire.Secret)
    assert instance.parent.endswith("::app")
    (version,) = run.of_type("aws:secretsmanager/secretVersion:SecretVersion")
    assert instance.outputs["address"] in version.inputs["secretString"].value
    assert "VPC vpc-0123456789abcdef0 exists" in run.assumptions
    assert repr(inputs_of(run, "aws:ssm/parameter:Parameter", "api-token")["value"]) == "[secret]"
