"""The project's own stacks: everything that runs is watched, and every alarm reads what something emits, and acts."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.infra.documents import STACKS
from tests.infra.stacks import stack
from tests.monitoring.emitted import Metric, emitted
from tests.support.recording import Recorded, Recording

PROJECT = Path(__file__).parents[2]

OWNERS = {
    "ClusterName": "ecs/cluster:Cluster",
    "FunctionName": "lambda/function:Function",
    "LoadBalancer": "lb/loadBalancer:LoadBalancer",
    "QueueName": "sqs/queue:Queue",
    "ServiceName": "ecs/service:Service",
    "TableName": "dynamodb/table:Table",
    "TargetGroup": "lb/targetGroup:TargetGroup",
}
"""Type of the resource that a dimension names."""


class Read(NamedTuple):
    """One metric that an alarm reads."""

    alarm: str
    namespace: str
    name: str
    dimensions: dict[str, str]

    @property
    def metric(self) -> Metric:
        return self.namespace, self.name, frozenset(self.dimensions)


def alarms(run: Recording) -> dict[str, dict[str, Any]]:
    """Inputs of every alarm by its name in CloudWatch."""
    metric = {item.inputs["name"]: item.inputs for item in run.all("MetricAlarm")}
    return {**metric, **{item.inputs["alarmName"]: item.inputs for item in run.all("CompositeAlarm")}}


def reads(run: Recording) -> Iterator[Read]:
    for name, inputs in alarms(run).items():
        if "metricName" in inputs:
            yield Read(name, inputs["namespace"], inputs["metricName"], inputs.get("dimensions", {}))
        for query in inputs.get("metricQueries", []):
            if "metric" in query:
                metric = query["metric"]
                yield Read(name, metric["namespace"], metric["metricName"], metric.get("dimensions", {}))


def physical(item: Recorded) -> str:
    return str(item.inputs.get("name", f"{item.name}-1234567"))


def watched(run: Recording, dimension: str) -> set[str]:
    return {read.dimensions[dimension] for read in reads(run) if dimension in read.dimensions}


@pytest.mark.parametrize("name", STACKS)
def test_every_server_is_watched_from_each_side(name: str) -> None:
    run = stack(name)
    servers = run.names("McpServer")
    by_server: dict[str, set[str]] = {server: set() for server in servers}
    for read in reads(run):
        if read.dimensions.get("Environment") == name and "Server" in read.dimensions:
            by_server[read.dimensions["Server"]].add(f"{read.namespace} {read.name}")
    for found in by_server.values():
        assert {
            "McpOps ToolErrors",
            "McpOps ToolLatency",
            "McpOps/Probe ProbeSuccess",
            "McpOps/Logs LogErrors",
        } <= found
    assert {physical(item) for item in run.all("ecs/service:Service")} <= watched(run, "ServiceName")
    groups = {group.split("/")[1].removesuffix("-tg") for group in watched(run, "TargetGroup")}
    assert servers <= groups


@pytest.mark.parametrize("name", STACKS)
def test_every_server_is_probed(name: str) -> None:
    run = stack(name)
    payloads = [json.loads(item.inputs["target"]["input"]) for item in run.all("scheduler/schedule:Schedule")]
    targets = {target["server"] for payload in payloads for target in payload.get("targets", []) if "server" in target}
    assert targets == run.names("McpServer")


@pytest.mark.parametrize("name", STACKS)
@pytest.mark.parametrize(
    ("kind", "dimension"),
    [
        ("lambda/function:Function", "FunctionName"),
        ("sqs/queue:Queue", "QueueName"),
        ("dynamodb/table:Table", "TableName"),
    ],
)
def test_every_function_queue_and_table_is_watched(name: str, kind: str, dimension: str) -> None:
    run = stack(name)
    # Work waits in a queue with a redrive policy; what nobody could do goes to its dead letters, which are watched.
    found = {physical(item) for item in run.all(kind) if "redrivePolicy" not in item.inputs}
    assert found - watched(run, dimension) == set()


@pytest.mark.parametrize("name", STACKS)
def test_every_store_and_its_backups_are_watched(name: str) -> None:
    run = stack(name)
    read = {(each.name, each.dimensions["Store"]) for each in reads(run) if each.namespace == "McpOps/Backups"}
    wanted = ("BackupAgeHours", "RecoveryPointAgeHours", "RestoreMinutes", "ValidationFailures")
    for store in run.names("StateStore"):
        assert {(metric, store) for metric in wanted} <= read


@pytest.mark.parametrize("name", STACKS)
def test_every_secret_that_rotates_is_watched(name: str) -> None:
    run = stack(name)
    rotated = {item.name for item in run.all("SecretRotation")}
    seen = watched(run, "Secret")
    assert {rotation for rotation in rotated if not any(secret in rotation for secret in seen)} == set()


@pytest.mark.parametrize("name", STACKS)
def test_the_certificate_the_firewall_and_the_cost_are_watched(name: str) -> None:
    run = stack(name)
    assert watched(run, "WebACL") == {run.one("wafv2/webAcl:WebAcl").inputs["visibilityConfig"]["metricName"]}
    assert watched(run, "CertificateArn")
    assert {item["threshold"] for item in run.one("Budget").inputs["notifications"]} == {100, 120}


@pytest.mark.parametrize("name", STACKS)
def test_every_alarm_describes_itself_and_names_a_runbook_that_exists(name: str) -> None:
    for alarm, inputs in alarms(stack(name)).items():
        description = inputs.get("alarmDescription") or ""
        assert len(description.split()) >= 5, alarm
        places = re.findall(r"docs/[\w./-]+\.md(?:#[\w-]+)?", description)
        assert places, f"{alarm} names no runbook"
        path, _, anchor = places[0].partition("#")
        text = (PROJECT / path).read_text()
        headings = {
            re.sub(r"[^\w -]", "", line.lower()).replace(" ", "-")
            for line in re.findall(r"^#+ (.+)$", text, re.MULTILINE)
        }
        assert not anchor or anchor in headings, f"{alarm}: {places[0]}"


@pytest.mark.parametrize("name", STACKS)
def test_every_alarm_leads_to_an_action(name: str) -> None:
    run = stack(name)
    found = alarms(run)
    topics = {physical(item) for item in run.all("sns/topic:Topic")}
    acting = {alarm for alarm, inputs in found.items() if inputs.get("alarmActions")}
    rules = [inputs for alarm, inputs in found.items() if alarm in acting and "alarmRule" in inputs]
    through = {child for inputs in rules for child in re.findall(r'ALARM\("([^"]+)"\)', inputs["alarmRule"])}
    muting = {inputs["actionsSuppressor"]["alarm"] for inputs in rules if inputs.get("actionsSuppressor")}
    rolling = {
        alarm
        for item in run.all("ecs/service:Service")
        for alarm in (item.inputs.get("alarms") or {}).get("alarmNames", [])
    }
    assert found.keys() - acting - through - muting - rolling == set()
    for alarm in acting:
        assert all(action.rpartition(":")[2] in topics for action in found[alarm]["alarmActions"]), alarm


@pytest.mark.parametrize("name", STACKS)
def test_every_metric_alarm_says_what_silence_means(name: str) -> None:
    for item in stack(name).all("MetricAlarm"):
        assert item.inputs.get("treatMissingData") in {"breaching", "notBreaching", "ignore"}, item.name


@pytest.mark.parametrize("name", STACKS)
def test_nothing_alarms_on_4xx(name: str) -> None:
    assert [read for read in reads(stack(name)) if "4xx" in read.name.lower()] == []


# --- Everything that is read is emitted ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", STACKS)
def test_every_metric_that_an_alarm_reads_is_emitted_with_those_dimensions(name: str) -> None:
    run = stack(name)
    assert {read.metric for read in reads(run)} - emitted(run) == set()


@pytest.mark.parametrize("name", STACKS)
def test_dimensions_name_resources_of_the_stack(name: str) -> None:
    run = stack(name)
    for read in reads(run):
        for dimension, kind in OWNERS.items():
            value = read.dimensions.get(dimension)
            if value is not None:
                owners = {physical(item) for item in run.all(kind)} | {item.name for item in run.all(kind)}
                assert any(owner in value for owner in owners), read


def test_container_insights_counts_tasks_wherever_tasks_are_watched() -> None:
    for name in STACKS:
        settings = stack(name).one("ecs/cluster:Cluster").inputs["settings"]
        assert settings == [{"name": "containerInsights", "value": "enhanced"}]


def test_staging_and_prod_have_somebody_who_hears() -> None:
    for name in ("staging", "prod"):
        assert any(item.inputs["protocol"] == "email" for item in stack(name).all("TopicSubscription"))
