"""`mcp-ops dashboard`, rehearsed and against (simulated) AWS."""

import argparse
from datetime import UTC, datetime
from pathlib import Path

import boto3
import pytest
from moto import mock_aws

from mcp_ops.commands import dashboard
from mcp_ops.errors import InputError
from tests.dashboard.support import BODY
from tests.support.projects import write_project

pytestmark = pytest.mark.timeout(180)

WIDGETS = [
    {"type": "alarm", "properties": {"alarms": ["arn:aws:cloudwatch:eu-central-1:123456789012:alarm:errors"]}},
    {
        "type": "metric",
        "properties": {
            "title": "Errors", "region": "eu-central-1",
            "metrics": [["AWS/Lambda", "Errors", "FunctionName", "f", {"id": "a", "stat": "Sum", "label": "f"}],
                        [{"expression": "100 * a", "id": "b", "label": "percent"}]],
        },
    },
    {"type": "metric", "properties": {"title": "Found", "metrics": [
        [{"expression": "SEARCH('{AWS/Lambda,FunctionName} MetricName=\"Errors\"', 'Sum', 300)", "id": "s"}]]}},
    {"type": "metric", "properties": {"title": "Lost", "metrics": [
        [{"expression": "SEARCH('x', 'Sum', 300)", "id": "s"}]]}},
    {"type": "metric", "properties": {"title": "Lonely", "metrics": [[{"expression": "1 + 1", "id": "s"}]]}},
]  # fmt: skip
PROGRAM = f"""
    import json
    import pulumi_aws as aws

    role = aws.iam.Role("r", assume_role_policy=json.dumps({{"Version": "2012-10-17", "Statement": [{{
        "Effect": "Allow", "Principal": {{"Service": "lambda.amazonaws.com"}}, "Action": "sts:AssumeRole"}}]}}))
    aws.lambda_.Function("f", name="f", role=role.arn, package_type="Image", image_uri="x:1")
    aws.cloudwatch.MetricAlarm(
        "errors", name="errors", namespace="AWS/Lambda", metric_name="Errors", dimensions={{"FunctionName": "f"}},
        statistic="Sum", period=60, evaluation_periods=1, threshold=0, comparison_operator="GreaterThanThreshold",
        alarm_description="The function fails.", treat_missing_data="notBreaching")
    aws.cloudwatch.Dashboard("d", dashboard_name="mcp-dev", dashboard_body=json.dumps({{"widgets": {WIDGETS!r}}}))
"""


def run(*arguments: str) -> int:
    parser = argparse.ArgumentParser()
    dashboard.add(parser.add_subparsers())
    options = parser.parse_args(["dashboard", *arguments])
    code: int = options.command(options)
    return code


def test_a_rehearsed_page_shows_what_the_stack_registers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_project(tmp_path, PROGRAM)
    file = tmp_path / "page.html"
    assert run("dev", "--rehearse", "--project", str(tmp_path), "--output", str(file)) == 0
    html = file.read_text()
    for expected in (
        "no alarm rings, 1 watched",
        "rehearsed: made-up traffic",
        "f <b>0</b>",
        "percent <b>0</b>",
        "Found",
    ):
        assert expected in html
    assert "no answer: Refusal: expression SEARCH(&#x27;x&#x27;" in html
    assert "no answer: Refusal: expression 1 + 1: a metric is not among the queries" in html
    assert capsys.readouterr().out == f"{file}: mcp-dev, rehearsed\n"
    fault = ("--fault", "burst of 404s")
    lacking = "no service of the stack runs a server that can be started here"
    with pytest.raises(InputError, match=f"--fault: 'burst of 404s' cannot befall this stack: {lacking}"):
        run("dev", "--rehearse", "--project", str(tmp_path), "--output", str(file), *fault)


def test_a_stack_that_fails_has_no_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_project(tmp_path, "raise ValueError('no')\n")
    assert run("dev", "--rehearse", "--project", str(tmp_path), "--output", str(tmp_path / "page.html")) == 1
    assert "ValueError: no" in capsys.readouterr().out
    assert not (tmp_path / "page.html").exists()


def test_servers_that_cannot_be_used_have_no_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_project(tmp_path, PROGRAM + "    import pulumi\n    pulumi.export('rehearsal', 'all')\n")
    assert run("dev", "--rehearse", "--project", str(tmp_path), "--output", str(tmp_path / "page.html")) == 1
    assert capsys.readouterr().out == 'the output rehearsal: all is not of the form {"servers": {NAME: {...}}}\n'


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["../dev"], "stack: ../dev is no name of a stack"),
        (["dev", "--fault", "slow tool"], "--fault: 'slow tool' goes with --rehearse only"),
        (["dev", "--rehearse", "--fault", "rain"], "--fault: rain is no fault; use one of: slow tool, failing tool"),
        (["dev", "--output", "/proc/no/page.html"], "--output: /proc/no/page.html cannot be written"),
        (["dev", "--rehearse"], "dashboard: mcp-dev is the name of no dashboard: the stack registers none"),
        (["dev"], "--region: '' is missing, and the AWS environment names none"),
    ],
)
def test_bad_input_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], message: str
) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    write_project(tmp_path, "import pulumi\n")
    output = [] if "--output" in arguments else ["--output", str(tmp_path / "page.html")]
    with pytest.raises(InputError) as refusal:
        run(*arguments, *output, "--project", str(tmp_path))
    assert message in str(refusal.value)


def test_a_live_page_comes_from_cloudwatch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    file = tmp_path / "page.html"
    with mock_aws():
        client = boto3.client("cloudwatch", region_name="eu-central-1")
        client.put_dashboard(DashboardName="mcp-dev", DashboardBody=BODY)
        dimensions = [{"Name": "Environment", "Value": "dev"}, {"Name": "Server", "Value": "weather"}]
        datum = {"MetricName": "ToolCalls", "Dimensions": dimensions, "Timestamp": datetime.now(UTC), "Value": 42}
        client.put_metric_data(Namespace="McpOps", MetricData=[datum])
        assert run("dev", "--region", "eu-central-1", "--output", str(file)) == 0
        with pytest.raises(InputError, match="mcp-prod is the name of no dashboard in eu-central-1"):
            run("prod", "--region", "eu-central-1", "--output", str(file))
    html = file.read_text()
    assert "live from CloudWatch" in html
    assert "weather <b>42</b>" in html


def test_what_aws_refuses_is_said_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(InputError, match="AWS: eu-central-1 did not answer: Unable to locate credentials"):
        run("dev", "--region", "eu-central-1", "--output", str(tmp_path / "page.html"))
