"""`mcp-ops secrets status`: over a rehearsed stack, and over an account as boto3 shows it."""

import argparse
import json
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mcp_ops.commands import secrets as command
from mcp_ops.secrets.status import Status, statuses

NOW = datetime.now(UTC)
ARN = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:mcp-dev-one-AbCdEf"


class Account:
    """AWS as the command sees it."""

    def __init__(self, age: float | None = 3, *, pending: bool = False, environment: str = "dev") -> None:
        self.age, self.pending, self.environment = age, pending, environment

    def __call__(self, service: str) -> "Account":
        assert service in {"ecs", "secretsmanager"}
        return self

    def get_paginator(self, operation: str) -> Any:
        tags = {"mcp-secret": "one", "mcp-secret-kind": "generated", "mcp-secret-days": "30"}
        listed = {
            "ARN": ARN,
            "Tags": [{"Key": key, "Value": value} for key, value in {**tags, "Environment": self.environment}.items()],
            "RotationEnabled": True,
            "RotationRules": {"ScheduleExpression": "rate(30 days)"},
            "NextRotationDate": NOW + timedelta(days=27),
        }
        pages = {
            "list_secrets": [{"SecretList": [listed]}],
            "list_clusters": [{"clusterArns": ["mcp-dev"]}],
            "list_services": [{"serviceArns": ["weather", "maps"]}],
        }
        return argparse.Namespace(paginate=lambda **_: pages[operation])

    def list_secret_version_ids(self, **_: str) -> dict[str, Any]:
        versions = []
        if self.age is not None:
            versions.append({"VersionId": "1", "VersionStages": ["AWSCURRENT"], "CreatedDate": _ago(self.age)})
        if self.pending:
            versions.append({"VersionId": "2", "VersionStages": ["AWSPENDING"], "CreatedDate": _ago(0)})
        return {"Versions": versions}

    def get_resource_policy(self, **_: str) -> dict[str, Any]:
        roles = ["arn:aws:iam::111122223333:role/weather-execution"]
        statement = {"Effect": "Deny", "Condition": {"ArnNotEquals": {"aws:PrincipalArn": roles}}}
        return {"ResourcePolicy": json.dumps({"Statement": [statement]})}

    def describe_services(self, services: list[str], **_: str) -> dict[str, Any]:
        return {"services": [{"serviceName": name, "taskDefinition": name} for name in services]}

    def describe_task_definition(self, taskDefinition: str) -> dict[str, Any]:  # noqa: N803 - boto3's name
        secrets = [{"name": "A", "valueFrom": f"{ARN}:key::"}] if taskDefinition == "weather" else []
        return {"taskDefinition": {"containerDefinitions": [{"secrets": secrets}, {}]}}


def _ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


def test_a_secret_is_told_with_age_readers_and_users() -> None:
    (found,) = statuses(Account(), "dev")
    assert (found.name, found.kind, found.readers, found.users) == (
        "one",
        "generated",
        ("weather-execution",),
        ("weather",),
    )
    assert found.age_days == pytest.approx(3, abs=0.01)
    assert not found.overdue
    assert not found.pending
    assert found.as_json()["schedule"] == "rate(30 days)"


def test_another_environment_is_none_of_its_business() -> None:
    assert statuses(Account(environment="prod"), "dev") == []


@pytest.mark.parametrize(("age", "overdue"), [(None, True), (31.9, False), (32.1, True)])
def test_what_is_too_old_or_missing_is_overdue(age: float | None, overdue: bool) -> None:
    (found,) = statuses(Account(age), "dev")
    assert found.overdue is overdue


def run(monkeypatch: pytest.MonkeyPatch, account: Account, *arguments: str) -> int:
    @contextmanager
    def environment(*_: object) -> Any:
        yield argparse.Namespace(client=account, name="dev")

    monkeypatch.setattr(command, "environment_of", environment)
    parser = argparse.ArgumentParser()
    command.add(parser.add_subparsers())
    options = parser.parse_args(["secrets", "status", "dev", *arguments])
    status: int = options.command(options)
    return status


@pytest.mark.parametrize(
    ("account", "code", "told"),
    [
        (Account(), 0, "3.0 of 30 days"),
        (Account(40), 1, "overdue"),
        (Account(None), 1, "no value"),
        (Account(pending=True), 1, "not"),
        (Account(environment="prod"), 0, "keeps no secrets"),
    ],
)
def test_the_table_and_the_exit_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], account: Account, code: int, told: str
) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    assert run(monkeypatch, account) == code
    assert told in capsys.readouterr().out


def test_machines_get_json(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(monkeypatch, Account(), "--json") == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["stack"], document["passed"]) == ("dev", True)
    assert document["secrets"][0]["next_rotation"].startswith(f"{NOW + timedelta(days=27):%Y-%m-%d}")


def test_what_is_rotated_elsewhere_says_so() -> None:
    known = {"age_days": 1.0, "most_days": 30, "pending": False, "readers": (), "users": ()}
    external = Status("one", "external", ARN, next_rotation=None, schedule="", **known)  # type: ignore[arg-type]
    cron = Status("one", "generated", ARN, next_rotation=None, schedule="cron(0 3 1 * ? *)", **known)  # type: ignore[arg-type]
    assert command._next(external) == "by somebody else"
    assert command._next(cron) == "cron(0 3 1 * ? *)"
