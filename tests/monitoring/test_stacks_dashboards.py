"""The dashboards of the project's own stacks show metrics that something emits, of resources that the stack has."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from mcp_ops.dashboard.body import AlarmList, Body, Chart, body_of
from tests.infra.documents import STACKS
from tests.infra.stacks import stack
from tests.monitoring.emitted import Metric, emitted
from tests.monitoring.test_stacks import OWNERS, alarms, physical
from tests.support.recording import Recording

SEARCH = re.compile(r"SEARCH\('\{([^}]+)\} MetricName=\"(\w+)\"([^']*)', '\w+', \d+\)")
TERM = re.compile(r' (\w+)="([^"]+)"')


def bodies(run: Recording) -> list[Body]:
    """The dashboards, as `mcp-ops dashboard` reads them."""
    made = [item.inputs for item in run.all("cloudwatch/dashboard:Dashboard")]
    return [body_of(each["dashboardName"], each["dashboardBody"], "eu-central-1") for each in made]


def queries(run: Recording) -> Iterator[Mapping[str, Any]]:
    for body in bodies(run):
        for placed in body.widgets:
            if isinstance(placed.panel, Chart):
                yield from (line.query for line in placed.panel.lines)


def read(run: Recording) -> Iterator[tuple[Metric, dict[str, str]]]:
    """Every metric that a dashboard names, and the values of the dimensions that it names with it."""
    for query in queries(run):
        if "MetricStat" in query:
            metric = query["MetricStat"]["Metric"]
            values = {each["Name"]: each["Value"] for each in metric["Dimensions"]}
            yield (metric["Namespace"], metric["MetricName"], frozenset(values)), values
        elif query["Expression"].startswith("SEARCH"):
            found = SEARCH.fullmatch(query["Expression"])
            assert found, query
            namespace, *dimensions = found[1].split(",")
            yield (namespace, found[2], frozenset(dimensions)), dict(TERM.findall(found[3]))


@pytest.mark.parametrize("name", STACKS)
def test_every_metric_that_a_dashboard_shows_is_emitted_with_those_dimensions(name: str) -> None:
    run = stack(name)
    shown = {metric for metric, _ in read(run)}
    assert ("mcp-ops/secrets", "DaysSinceRotation", frozenset({"Store", "Secret"})) in shown
    assert shown - emitted(run) == set()


@pytest.mark.parametrize("name", STACKS)
def test_what_a_dashboard_shows_belongs_to_the_stack(name: str) -> None:
    run = stack(name)
    owners = {
        dimension: {physical(item) for item in run.all(kind)} | run.names(kind) for dimension, kind in OWNERS.items()
    }
    owners["Server"] = run.names("McpServer")
    for (_, metric, names), values in read(run):
        assert values.keys() <= names, metric
        assert values.get("Environment") in {None, name}, metric
        for dimension in owners.keys() & values.keys():
            assert any(owner in values[dimension] for owner in owners[dimension]), (metric, values)


def listed(body: Body) -> set[str]:
    """The alarms that a dashboard lists; the ARNs that the mocks make of composites end with a number."""
    arns = {name for each in body.widgets if isinstance(each.panel, AlarmList) for name in each.panel.names}
    return {arn.rpartition(":")[2].removesuffix("-1234567") for arn in arns}


@pytest.mark.parametrize("name", STACKS)
def test_every_alarm_that_tells_somebody_stands_on_the_environments_dashboard(name: str) -> None:
    run = stack(name)
    environment, overview = sorted(bodies(run), key=lambda body: len(body.name))
    acting = {alarm for alarm, inputs in alarms(run).items() if inputs.get("alarmActions")}
    # What has no action acts through a composite, mutes one, or rolls a deployment back: test_stacks shows which.
    assert listed(environment) == acting
    waking = {alarm for alarm in acting if "critical" in str(alarms(run)[alarm]["alarmActions"])}
    assert waking <= listed(overview) <= acting
    for item in run.all("cloudwatch/dashboard:Dashboard"):
        widgets = json.loads(item.inputs["dashboardBody"])["widgets"]
        assert all(len(each["properties"]["alarms"]) <= 100 for each in widgets if each["type"] == "alarm")


@pytest.mark.parametrize("name", STACKS)
def test_a_dashboard_shows_the_secrets_of_its_own_store(name: str) -> None:
    run = stack(name)
    stores = {values.get("Store") for (namespace, *_), values in read(run) if namespace == "mcp-ops/secrets"}
    assert stores == run.names("SecretStore")
