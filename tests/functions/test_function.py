"""A function of the library: what is registered around it, and which inputs are refused."""

import json
from pathlib import Path
from typing import Any

import pulumi
import pytest

from mcp_ops.errors import InputError
from mcp_ops.functions import Function, code_of, on_event, on_schedule
from mcp_ops.policies import allow
from mcp_ops.rehearsal.findings import check_policy
from tests.support.recording import ACCOUNT_ID, REGION, Recording, record

BOUNDARY = f"arn:aws:iam::{ACCOUNT_ID}:policy/dev-boundary"
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT_ID}:key/functions"


@pytest.fixture
def package(tmp_path: Path) -> str:
    """The folder of a package with a handler, and with byte code that must stay behind."""
    folder = tmp_path / "tidy"
    (folder / "__pycache__").mkdir(parents=True)
    (folder / "__init__.py").write_text("")
    (folder / "handler.py").write_text("def handle(event, context):\n    return event\n")
    (folder / "__pycache__" / "handler.pyc").write_text("")
    return str(folder)


def args(package: str, **changes: Any) -> Any:
    return {
        "code": code_of(package),
        "handler": "tidy.handler.handle",
        "description": "Tidies up",
        "account_id": ACCOUNT_ID,
        "region": REGION,
        "permissions_boundary_arn": BOUNDARY,
        "statements": [allow("Tidy", ["s3:DeleteObject"], "arn:aws:s3:::attic/*")],
        **changes,
    }


def registered(package: str, *, preview: bool = False, **changes: Any) -> Recording:
    return record(lambda: Function("tidy", args(package, **changes)), preview=preview)


def test_only_sources_are_uploaded_under_the_packages_name(package: str) -> None:
    assert sorted(code_of(package).assets) == ["tidy/__init__.py", "tidy/handler.py"]


def test_a_folder_that_is_no_package_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"code: .* is not the folder of a Python package"):
        code_of(str(tmp_path))


def test_a_function_is_small_bounded_and_logs_json(package: str) -> None:
    run = registered(package, key_arn=KEY, variables={"ATTIC": "attic"})
    function = run.one("lambda/function:Function").inputs
    assert function["architectures"] == ["arm64"]
    assert function["runtime"] == "python3.13"
    assert function["environment"] == {"variables": {"ATTIC": "attic"}}
    assert function["kmsKeyArn"] == KEY
    assert function["loggingConfig"]["logFormat"] == "JSON"
    assert run.one("cloudwatch/logGroup:LogGroup").inputs["name"] == "/mcp-ops/functions/tidy"
    assert run.one("iam/role:Role").inputs["permissionsBoundary"] == BOUNDARY


def test_its_role_may_write_its_own_logs_and_dead_letters_and_what_it_was_given(package: str) -> None:
    policy = registered(package, key_arn=KEY).one("iam/rolePolicy:RolePolicy").inputs["policy"]
    found = {item["Sid"]: item for item in json.loads(policy)["Statement"]}
    assert set(found) == {"WriteOwnLogs", "KeepDeadLetters", "Tidy", "OwnVariablesAndDeadLetters"}
    assert not any(item["Resource"] == "*" for item in found.values())
    assert [found.rule for found in check_policy(policy, "identity", "policy") if found.level == "error"] == []


def test_in_a_network_it_may_attach_to_subnets_and_nothing_more(package: str) -> None:
    run = registered(package, subnet_ids=["subnet-1"], security_group_ids=["sg-1"])
    policy = json.loads(run.one("iam/rolePolicy:RolePolicy").inputs["policy"])
    assert [item["Sid"] for item in policy["Statement"]][-3:] == [
        "AttachToSubnets",
        "DetachFromSubnets",
        "FindInterfaces",
    ]
    assert run.one("lambda/function:Function").inputs["vpcConfig"]["subnetIds"] == ["subnet-1"]


def test_a_preview_registers_the_same(package: str) -> None:
    assert {item.type for item in registered(package, preview=True)} == {item.type for item in registered(package)}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"handler": "handle"}, "tidy.handler: handle is no handler"),
        ({"description": ""}, "tidy.description: '' is no description"),
        ({"timeout_seconds": 901}, "tidy.timeout_seconds: 901 is not a plain integer from 1 to 900"),
        ({"memory_mib": 64}, "tidy.memory_mib: 64 is not a plain integer from 128 to 10240"),
        ({"reserved_concurrency": -2}, "tidy.reserved_concurrency: -2 is not a plain integer from -1 to 1000"),
        ({"log_retention_days": 31}, "tidy.log_retention_days: 31 is no retention"),
        ({"subnet_ids": ["subnet-1"]}, "tidy.security_group_ids: None goes with subnet_ids"),
        ({"account_id": "1"}, "tidy.account_id: 1 is not an AWS account id"),
    ],
)
def test_wrong_inputs_are_refused(package: str, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        registered(package, **changes)


def test_an_event_and_a_schedule_may_start_it_and_nobody_else(package: str) -> None:
    def program() -> None:
        function = Function("tidy", args(package))
        opts = pulumi.ResourceOptions()
        on_event("attic-full", function, {"source": ["attic"]}, "The attic is full", opts)
        on_schedule(
            "nightly", function, "cron(0 3 * * ? *)", opts, account_id=ACCOUNT_ID, region=REGION, payload={"deep": True}
        )

    run = record(program)
    permission = run.one("lambda/permission:Permission").inputs
    assert permission["principal"] == "events.amazonaws.com"
    assert permission["sourceArn"]
    schedule = run.one("scheduler/schedule:Schedule").inputs
    assert json.loads(schedule["target"]["input"]) == {"deep": True}
    assert schedule["target"]["deadLetterConfig"]["arn"]
