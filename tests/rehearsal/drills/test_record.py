"""The drill record: servers that each write their access log wrong in one way, and trails that lose what they hold."""

import json
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from botocore.exceptions import ClientError
from tests.rehearsal.drills.support import CONTRACT, ended, outcome_of
from tests.support.projects import write_project

from mcp_ops.rehearsal.drills import processes
from mcp_ops.rehearsal.drills.drill import Outcome
from mcp_ops.rehearsal.drills.record import trail as record_trail

PROGRAM = """
    import json
    import pulumi
    import pulumi_aws as aws

    config = pulumi.Config()
    servers = {}
    for name, fault in config.require_object("servers").items():
        group = f"/shop/{name}"
        if fault != "no-log-group":
            retention = None if fault == "kept-for-ever" else 30
            aws.cloudwatch.LogGroup(name, name=group, retention_in_days=retention)
        environment = {
            "FAULT": fault,
            "MCP_CANONICAL_URL": "https://tools.example.com/mcp",
            "MCP_DRAIN_SECONDS": "1",
            "MCP_PORT": "8342",
        }
        container = {
            "name": name, "image": "example/server:1", "memory": 128,
            "environment": [{"name": key, "value": value} for key, value in environment.items()],
            "logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": group}},
        }
        definition = aws.ecs.TaskDefinition(
            name, family=name, container_definitions=pulumi.Output.json_dumps([container])
        )
        servers[name] = {
            "command": ["python", config.require("contract")],
            "url": "https://tools.example.com/mcp",
            "taskDefinition": definition.arn,
            "probes": [{"tool": "double", "arguments": {"value": 4}, "expect": {"result": 8}}],
        }
    pulumi.export("rehearsal", {"servers": servers})

    ACCOUNT = "123456789012"
    lacking = config.get_object("lacking")
    if lacking is not None:
        bucket = aws.s3.Bucket("files", bucket="trail-files-4711", object_lock_enabled="locks" not in lacking)
        versions = aws.s3.BucketVersioning(
            "files", bucket=bucket.id,
            versioning_configuration={"status": "Suspended" if "versions" in lacking else "Enabled"},
        )
        options = pulumi.ResourceOptions(depends_on=[versions])
        if "locks" not in lacking:
            mode = "COMPLIANCE" if "mercy" in lacking else "GOVERNANCE"
            aws.s3.BucketObjectLockConfiguration(
                "files", bucket=bucket.id, rule={"default_retention": {"mode": mode, "days": 30}}, opts=options
            )
        deny = {
            "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::trail-files-4711/*",
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [deny]})
        aws.s3.BucketPolicy("files", bucket=bucket.id, policy=policy)
        aws.cloudtrail.Trail(
            "trail", name="trail", s3_bucket_name=bucket.id, opts=options,
            enable_logging="logging" not in lacking,
            enable_log_file_validation="validation" not in lacking,
            is_multi_region_trail="regions" not in lacking,
            kms_key_id=None if "key" in lacking else f"arn:aws:kms:us-east-1:{ACCOUNT}:key/trail",
            cloud_watch_logs_group_arn=None if "search" in lacking else f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:t",
            cloud_watch_logs_role_arn=None if "search" in lacking else f"arn:aws:iam::{ACCOUNT}:role/t",
        )
"""

pytestmark = pytest.mark.timeout(300)


def drilled(directory: Path, servers: dict[str, str], lacking: list[str] | None = None) -> Outcome:
    """Rehearses servers by their faults, and a trail without what is lacking, and returns how the drill ended."""
    config = f"  shop:servers: {json.dumps(servers)}\n  shop:contract: {CONTRACT}\n"
    if lacking is not None:
        config += f"  shop:lacking: {json.dumps(lacking)}\n"
    write_project(directory, PROGRAM, config)
    return outcome_of(directory, "record")


FAULTS = {
    "no-line": "access lines none; expected double ok, double rejected, * rejected, double ok",
    "two-lines": "access lines double ok, double ok, double rejected",
    "prints-arguments": "what a caller sent is printed",
    "prints-text": "a line is no JSON object",
    "lacks-a-field": "the line of double lacks subject",
    "own-request-id": "the line of double does not name the request as the load balancer numbered it",
    "crashes": "ended with exit code 3 before it was healthy",
    "no-log-group": "/shop/no-log-group: keeps access lines for ever, or is not registered",
    "kept-for-ever": "/shop/kept-for-ever: keeps access lines for ever, or is not registered",
}


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """One drill over servers with one fault each, one without, and a sound trail."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(processes, "GIVE_UP_SECONDS", 20)
        servers = {fault: fault for fault in FAULTS} | {"flawless": ""}
        return drilled(tmp_path_factory.mktemp("record"), servers, lacking=[])


@pytest.mark.parametrize("fault", FAULTS)
def test_a_server_that_keeps_no_proper_record_fails(outcome: Outcome, fault: str) -> None:
    assert not outcome.passed
    prefix = "" if FAULTS[fault].startswith("/") else f"{fault}: "
    assert any(line.startswith(f"{prefix}{FAULTS[fault]}") for line in outcome.evidence.facts["problems"])


def test_a_call_leaves_one_line_and_nothing_of_what_was_sent(outcome: Outcome) -> None:
    facts: dict[str, Any] = outcome.evidence.facts["servers"]["flawless"]
    once = ["double ok", "double rejected", "* rejected"]
    assert facts == {"requests": 7, "access_lines": tuple(once * 2)}
    assert outcome.evidence.facts["log_groups"]["/shop/flawless"] == 30
    assert not any("flawless" in problem for problem in outcome.evidence.facts["problems"])


def test_a_sound_trail_is_told(outcome: Outcome) -> None:
    trail = outcome.evidence.facts["trails"]["trail"]
    assert (trail["logging"], trail["locked"], trail["mode"], trail["days"]) == (True, True, "GOVERNANCE", 30)
    (line,) = [line for line in outcome.evidence.summary if line.startswith("trail: ")]
    assert line.endswith("; files are locked for 30 days (governance)")


@pytest.mark.parametrize(
    ("lacking", "problems"),
    [
        (["logging"], ["is not logging"]),
        (["validation", "regions"], ["is not validated", "is not of every region"]),
        (["key", "search"], ["is not encrypted with a key of its own", "is not searchable in CloudWatch Logs"]),
        (["locks"], ["its bucket does not lock files"]),
        (["locks", "versions"], ["its bucket keeps no versions"]),
        (["mercy"], []),
    ],
)
def test_a_trail_that_can_lose_something_fails(tmp_path: Path, lacking: list[str], problems: list[str]) -> None:
    outcome = drilled(tmp_path, {}, lacking)
    assert outcome.evidence.facts["problems"] == [f"trail: {problem}" for problem in problems]
    assert outcome.passed == (not problems)


def test_a_bucket_that_gives_files_back_is_told() -> None:
    s3 = mock.Mock()
    s3.list_object_versions.return_value = {"DeleteMarkers": [{"VersionId": "marker"}]}
    told = list(record_trail._deletions(s3, "files", "x", "1", "COMPLIANCE"))
    assert told == [
        "a version of a file can be deleted",
        "its bucket can be deleted with files in it",
        "a version locked for compliance can be deleted",
    ]
    s3.get_object.side_effect = ClientError({"Error": {"Code": "NoSuchKey"}}, "GetObject")
    assert next(record_trail._deletions(s3, "files", "x", "1", "GOVERNANCE")).startswith("a file is gone after")


def test_servers_that_cannot_be_started_leave_nothing_proven(tmp_path: Path) -> None:
    program = """
        import pulumi
        server = {"command": ["x"], "needs": ["rehearsal-no-such-program"], "url": "https://tools.example.com/mcp"}
        pulumi.export("rehearsal", {"servers": {"tools": server}})
    """
    outcome = outcome_of(write_project(tmp_path, program), "record")
    assert outcome.evidence.facts["problems"] == ["no server of the stack was started"]


def test_without_servers_and_trail_there_is_nothing_to_drill(tmp_path: Path) -> None:
    without = write_project(tmp_path, PROGRAM, f"  shop:servers: {{}}\n  shop:contract: {CONTRACT}\n")
    assert ended(without, "record") == "no server of the stack can be started here, and it has no trail"
