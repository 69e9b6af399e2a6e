# ruff: noqa: N803, ARG001, ARG002 - the parameters of clients have the names that AWS gives them
"""The function that restarts: the services of a rotated secret, one at a time, until each has the new value."""

import json
import logging
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest import mock

import boto3
import pytest

from mcp_ops.secrets.functions.restart_services import handler

ROTATED = datetime(2026, 11, 21, 12, 0, 0, tzinfo=UTC)
BEFORE, AFTER = ROTATED - timedelta(days=1), ROTATED + timedelta(seconds=90)
ONE = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:mcp-dev-one-1234567-AbCdEf"
TWO = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:mcp-dev-two-1234567-AbCdEf"
QUEUE = "https://sqs.eu-west-1.amazonaws.com/111122223333/failures"


class Cluster:
    """ECS as the function sees it."""

    def __init__(self) -> None:
        self.services: dict[str, dict[str, Any]] = {}
        self.secrets: dict[str, list[str]] = {}
        self.restarted: list[str] = []
        self.failures: list[dict[str, Any]] = []
        self.now = AFTER

    def add(self, name: str, *secrets: str, started: datetime = BEFORE, state: str | None = "COMPLETED") -> None:
        newest: dict[str, Any] = {"status": "PRIMARY", "createdAt": started, "taskDefinition": name}
        if state:
            newest["rolloutState"] = state
        self.services[name] = {"serviceArn": name, "deployments": [newest]}
        self.secrets[name] = list(secrets)

    def finish(self, name: str, state: str = "COMPLETED") -> None:
        self.services[name]["deployments"][0]["rolloutState"] = state

    def client(self, service: str, **_: Any) -> Any:
        return {"ecs": self, "sqs": self}[service]

    def get_paginator(self, operation: str) -> "Cluster":
        assert operation == "list_services"
        return self

    def paginate(self, cluster: str) -> list[dict[str, Any]]:
        assert cluster == "mcp-dev"
        names = list(self.services)
        return [{"serviceArns": names[:3]}, {"serviceArns": names[3:]}]

    def describe_services(self, cluster: str, services: list[str]) -> dict[str, Any]:
        assert len(services) <= 10
        return {"services": [self.services[name] for name in services]}

    def describe_task_definition(self, taskDefinition: str) -> dict[str, Any]:
        secrets = [{"name": "A", "valueFrom": value} for value in self.secrets[taskDefinition]]
        return {"taskDefinition": {"containerDefinitions": [{"name": "log"}, {"name": "a", "secrets": secrets}]}}

    def update_service(self, cluster: str, service: str, forceNewDeployment: bool) -> None:
        assert forceNewDeployment
        self.restarted.append(service)
        deployments = self.services[service]["deployments"]
        old = {**deployments[0], "status": "ACTIVE"}
        new = {**old, "status": "PRIMARY", "createdAt": self.now, "rolloutState": "IN_PROGRESS"}
        self.services[service]["deployments"] = [new, old]

    def send_message(self, QueueUrl: str, MessageBody: str) -> None:
        assert QueueUrl == QUEUE
        self.failures.append(json.loads(MessageBody))


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    made = Cluster()
    environment = {"CLUSTER": "mcp-dev", "FAILURES_URL": QUEUE}
    with mock.patch.object(boto3, "client", made.client), mock.patch.dict("os.environ", environment):
        yield made


@pytest.fixture
def look(cluster: Cluster) -> Callable[..., list[str]]:
    """Hands messages on rotations to the function; returns those that come again."""

    def looked(*secrets: str) -> list[str]:
        bodies = {
            str(number): {
                "time": ROTATED.strftime("%Y-%m-%dT%H:%M:%SZ"),
                "detail": {"additionalEventData": {"SecretId": secret}},
            }
            for number, secret in enumerate(secrets)
        }
        records = [{"messageId": number, "body": json.dumps(body)} for number, body in bodies.items()]
        answer = handler.handle({"Records": records}, None)
        return [item["itemIdentifier"] for item in answer["batchItemFailures"]]

    return looked


def test_exactly_the_services_that_use_the_secret_are_restarted_one_after_the_other(
    cluster: Cluster, look: Callable[..., list[str]]
) -> None:
    cluster.add("b", ONE)
    cluster.add("a", f"{ONE}:key::", TWO)
    cluster.add("c", TWO)
    cluster.add("d")
    assert look(ONE) == ["0"]
    assert cluster.restarted == ["a"]
    assert look(ONE) == ["0"]
    assert cluster.restarted == ["a"], "the next one waits until the first has its deployment behind it"
    cluster.finish("a")
    assert look(ONE) == ["0"]
    assert cluster.restarted == ["a", "b"]
    cluster.finish("b")
    assert look(ONE) == []
    assert cluster.restarted == ["a", "b"]


def test_rotations_that_come_together_lead_to_one_restart(cluster: Cluster, look: Callable[..., list[str]]) -> None:
    cluster.add("a", ONE, TWO)
    assert look(ONE, TWO) == ["0", "1"]
    cluster.finish("a")
    assert look(ONE, TWO) == []
    assert cluster.restarted == ["a"]


def test_a_deployment_by_somebody_else_is_waited_for(cluster: Cluster, look: Callable[..., list[str]]) -> None:
    cluster.add("a", ONE)
    cluster.add("b", started=BEFORE, state="IN_PROGRESS")
    assert look(ONE) == ["0"]
    assert cluster.restarted == []
    cluster.finish("b")
    look(ONE)
    assert cluster.restarted == ["a"]


def test_a_service_that_was_deployed_after_the_rotation_has_the_value(
    cluster: Cluster, look: Callable[..., list[str]]
) -> None:
    cluster.add("a", ONE, started=AFTER, state=None)
    assert look(ONE) == []
    assert cluster.restarted == []


def test_a_secret_that_nobody_uses_is_done_at_once(cluster: Cluster, look: Callable[..., list[str]]) -> None:
    cluster.add("a", TWO)
    cluster.services["gone"] = {"serviceArn": "gone", "deployments": []}
    assert look(ONE) == []


def test_a_restart_that_fails_is_told_and_stops_the_others(
    cluster: Cluster, look: Callable[..., list[str]], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    cluster.add("a", ONE)
    cluster.add("b", ONE)
    look(ONE)
    cluster.finish("a", "FAILED")
    assert look(ONE) == []
    assert cluster.restarted == ["a"]
    (told,) = cluster.failures
    assert (told["failed"], told["secret"]) == ("a", ONE)
    assert {record.message for record in caplog.records} >= {"service restarts", "restart failed"}


def test_a_deployment_that_is_rolled_back_has_failed(cluster: Cluster, look: Callable[..., list[str]]) -> None:
    cluster.add("a", ONE)
    look(ONE)
    deployments = cluster.services["a"]["deployments"]
    failed = {**deployments[0], "status": "ACTIVE", "rolloutState": "FAILED"}
    cluster.services["a"]["deployments"] = [{**deployments[0], "createdAt": AFTER}, failed]
    assert look(ONE) == []
    assert len(cluster.failures) == 1


def test_a_failure_of_before_the_rotation_does_not_count(cluster: Cluster, look: Callable[..., list[str]]) -> None:
    cluster.add("a", ONE)
    old = {**cluster.services["a"]["deployments"][0], "status": "ACTIVE", "rolloutState": "FAILED"}
    cluster.services["a"]["deployments"].append(old)
    look(ONE)
    assert cluster.restarted == ["a"]
    assert cluster.failures == []


def test_many_services_are_read_ten_at_a_time(cluster: Cluster, look: Callable[..., list[str]]) -> None:
    for number in range(23):
        cluster.add(f"s{number:02}", ONE if number == 22 else TWO)
    assert look(ONE) == ["0"]
    assert cluster.restarted == ["s22"]
