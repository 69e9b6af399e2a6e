"""Dashboards of few servers stay as they are; those of many go on in further ones, each within CloudWatch's quotas."""

import functools
import hashlib
import json
import re
from typing import Any

import pulumi
import pytest

from mcp_ops import Dashboard, InputError
from mcp_ops.monitoring import widgets
from tests.monitoring.programs import dashboard
from tests.support.recording import Recorded, Recording, record

COUNTS = (1, 60, 100, 103, 104, 192, 193, 1000)
LINK = re.compile(r"\[([^\]]+)\]\(#dashboards:name=([A-Za-z0-9_-]+)\)")
ABOUT_THE_ENVIRONMENT = {
    "Alarms", "Calls by tool", "Deployments", "Lead time", "Time to detect", "Third parties", "Age of backups",
    "Age of secrets", "CostPrevented", "AI providers: requests left", "Cost of the account",
}  # fmt: skip


def names(count: int) -> list[str]:
    """Names of servers in an order of their own."""
    return [f"s{number}" for number in reversed(range(count))]


def registered(count: int, name: str = "mcp-dev", **changes: Any) -> Recording:
    given = dashboard()["servers"]["weather"]
    return record(lambda: Dashboard(name, dashboard(servers=dict.fromkeys(names(count), given), **changes)))


def texts(run: Recording) -> dict[str, str]:
    made: list[Recorded] = [each for each in run.all("Dashboard") if each.custom]
    return {each.inputs["dashboardName"]: each.inputs["dashboardBody"] for each in made}


def bodies(count: int, **changes: Any) -> dict[str, Any]:
    """The dashboards by name, the environment's before the overviews, in the order of their pages."""
    found = texts(registered(count, **changes))
    return {name: json.loads(found[name]) for name in sorted(found, key=lambda name: (len(name), name))}


@functools.cache
def shown(count: int) -> dict[str, Any]:
    return bodies(count)


def read(widget: dict[str, Any]) -> int:
    """The metrics of a widget as CloudWatch's quotas have them: what metric math reads counts, shown or not."""
    return len(widget["properties"].get("metrics", ()))


def titles(body: dict[str, Any]) -> list[str]:
    return [widget["properties"].get("title", "") for widget in body["widgets"]]


def servers(body: dict[str, Any]) -> list[str]:
    """The servers of a page, by the gauges of their budgets."""
    suffix = ": error budget left"
    return [title.removesuffix(suffix) for title in titles(body) if title.endswith(suffix)]


def own(found: dict[str, Any], *, overview: bool) -> dict[str, Any]:
    return {name: body for name, body in found.items() if ("overview" in name) is overview}


@pytest.mark.parametrize("count", COUNTS)
def test_no_dashboard_is_beyond_the_quotas(count: int) -> None:
    for name, body in shown(count).items():
        assert len(body["widgets"]) <= 500, name
        assert sum(map(read, body["widgets"])) <= 2500, name
        assert max(map(read, body["widgets"])) <= 500, name
        assert all(0 < widget["width"] <= widgets.COLUMNS - widget["x"] for widget in body["widgets"]), name


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("overview", [False, True])
def test_every_server_is_on_one_page_in_the_order_given(count: int, overview: bool) -> None:
    found = own(shown(count), overview=overview)
    assert [server for body in found.values() for server in servers(body)] == names(count)


@pytest.mark.parametrize(
    ("count", "environment", "overview"),
    [(1, 1, 1), (100, 1, 1), (103, 1, 1), (104, 2, 1), (192, 2, 1), (193, 2, 2), (1000, 10, 6)],
)
def test_a_page_holds_as_many_servers_as_fit(count: int, environment: int, overview: int) -> None:
    def expected(name: str, pages: int) -> list[str]:
        return [name, *(f"{name}-{number}" for number in range(2, pages + 1))]

    found = shown(count)
    assert list(own(found, overview=False)) == expected("mcp-dev", environment)
    assert list(own(found, overview=True)) == expected("mcp-dev-overview", overview)
    for pages in (own(found, overview=False), own(found, overview=True)):
        *full, last = pages.values()
        each = sum(map(read, last["widgets"])) / len(servers(last))
        assert all(sum(map(read, body["widgets"])) + each > 2500 for body in full)


@pytest.mark.parametrize("count", [60, 100, 193])
def test_every_series_of_every_server_is_drawn_once(count: int) -> None:
    labels: dict[str, list[str]] = {}
    for body in own(shown(count), overview=False).values():
        for widget in body["widgets"]:
            chart = re.sub(r" \(\d of \d\)$", "", widget["properties"].get("title", ""))
            rows = [row[-1] for row in widget["properties"].get("metrics", ())]
            labels.setdefault(chart, []).extend(row["label"] for row in rows if "label" in row)
    for chart in ("Tool calls", "CPU", "Memory", "Running tasks", "Healthy tasks"):
        assert labels[chart] == names(count)
    assert labels["Latency"] == [f"{name} {what}" for name in names(count) for what in ("average", "p95")]
    assert labels["Failed"] == [f"{name} {what}" for name in names(count) for what in ("requests", "tool calls")]


def test_a_chart_beyond_its_quota_goes_on_in_the_next_with_what_its_expressions_read() -> None:
    body = shown(100)["mcp-dev"]
    parts = [widget for widget in body["widgets"] if widget["properties"].get("title", "").startswith("Failed (")]
    assert [part["properties"]["title"] for part in parts] == ["Failed (1 of 2)", "Failed (2 of 2)"]
    assert parts[0]["y"] == parts[1]["y"]
    for part in parts:
        assert [mark["value"] for mark in part["properties"]["annotations"]["horizontal"]] == [1, 5]
        rows = [row[-1] for row in part["properties"]["metrics"]]
        ids = {row["id"] for row in rows}
        assert len(ids) == len(rows)
        for row in rows:
            assert set(re.findall(r"\b[a-z]\w*", row.get("expression", ""))) <= ids


def span(shown_here: list[str]) -> str:
    return shown_here[0] if len(shown_here) == 1 else f"{shown_here[0]} to {shown_here[-1]}"


@pytest.mark.parametrize("count", [193, 1000])
def test_each_page_says_which_servers_it_shows_and_leads_to_the_others(count: int) -> None:
    for pages in (own(shown(count), overview=False), own(shown(count), overview=True)):
        spans = {name: span(servers(body)) for name, body in pages.items()}
        before = 0
        for name, body in pages.items():
            text = body["widgets"][0]["properties"]["markdown"]
            here = f"Servers {before + 1} to {before + len(servers(body))} of {count}: {spans[name]}."
            assert text.startswith("# dev\n")
            assert here in text
            assert {target: label for label, target in LINK.findall(text)} == {
                other: each for other, each in spans.items() if other != name
            }
            before += len(servers(body))


@pytest.mark.parametrize("count", [1, 60, 103])
def test_a_page_that_shows_every_server_says_nothing_of_pages(count: int) -> None:
    for body in shown(count).values():
        assert body["widgets"][0]["properties"]["markdown"] == (
            "# dev\nError budgets count over the time that is shown; choose 30 days for the objective's own."
        )


def test_what_is_about_the_environment_stays_on_the_first_page() -> None:
    given = {"critical_alarm_arns": ["arn:c"], "warning_alarm_arns": ["arn:w"]}
    found = bodies(193, **given)
    first, further = own(found, overview=False).values()
    assert set(titles(first)) >= ABOUT_THE_ENVIRONMENT | {"Critical alarms", "Warnings"}
    charts = {re.sub(r" \(\d of \d\)$", "", title) for title in titles(further) if "budget" not in title}
    assert charts == {"", "Tool calls", "Latency", "Failed", "CPU", "Memory", "Running tasks", "Healthy tasks"}
    kinds = [{widget["type"] for widget in body["widgets"]} for body in own(found, overview=True).values()]
    assert kinds == [{"text", "alarm", "metric"}, {"text", "metric"}]
    assert [body["start"] for body in found.values()] == ["-PT6H", "-PT6H", "-P30D", "-P30D"]


@pytest.mark.parametrize(
    ("count", "digest"),
    [(1, "a240c2810a6ae6d7"), (60, "93ded50918eefd83"), (71, "acda7d5cda3349da")],
)
def test_dashboards_of_few_servers_are_what_they_were_before_there_were_pages(count: int, digest: str) -> None:
    """The digests are of the bodies before; whoever changes what a dashboard shows writes new ones."""
    found = texts(registered(count))
    text = found["mcp-dev"] + found["mcp-dev-overview"]
    assert hashlib.sha256(text.encode()).hexdigest()[:16] == digest


def test_values_that_are_known_later_are_in_the_bodies() -> None:
    def later() -> Any:
        given = {key: pulumi.Output.from_input(value) for key, value in dashboard()["servers"]["weather"].items()}
        arns = [pulumi.Output.from_input(arn) for arn in dashboard()["alarm_arns"]]
        return dashboard(servers={"weather": given}, alarm_arns=arns)

    found = texts(record(lambda: Dashboard("mcp-dev", later())))
    assert found == texts(record(lambda: Dashboard("mcp-dev", dashboard())))


def test_the_number_of_dashboards_follows_from_the_number_of_servers() -> None:
    """Environments differ in alarms, region and store; `mcp-ops parity` wants as many resources in each."""
    arns = [f"arn:{number}" for number in range(2600)]
    other = {"environment": "prod", "region": "us-east-1", "critical_alarm_arns": arns, "secret_store": "mcp-prod"}
    for count in (100, 193):
        assert bodies(count, **other).keys() == shown(count).keys()


def test_alarms_take_the_room_of_servers() -> None:
    found = bodies(100, critical_alarm_arns=[f"arn:{number}" for number in range(40_000)])
    pages = own(found, overview=False)
    assert len(pages) > 1
    assert [server for body in pages.values() for server in servers(body)] == names(100)
    assert max(len(body["widgets"]) for body in found.values()) <= 500


def test_names_of_all_dashboards_are_outputs() -> None:
    (component,) = [each for each in registered(193).all("Dashboard") if not each.custom]
    assert component.outputs["dashboard_names"] == {
        "environment": "mcp-dev",
        "environment-2": "mcp-dev-2",
        "overview": "mcp-dev-overview",
        "overview-2": "mcp-dev-overview-2",
    }


def lines(count: int, name: str = "mcp-dev", **changes: Any) -> list[str]:
    with pytest.raises(InputError) as raised:
        registered(count, name, **changes)
    return str(raised.value).splitlines()


def test_more_servers_than_anybody_looks_through_are_refused() -> None:
    rule = "servers are too many; a Dashboard shows 1 to 1000, so make one for each part of them"
    assert lines(1001) == [f"mcp-dev.servers: 1001 {rule}"]


def test_alarms_that_leave_no_room_for_a_server_are_refused() -> None:
    rule = "alarms are too many; a dashboard has 500 widgets, and one lists 100"
    given = {"critical_alarm_arns": ["arn:c"] * 48_000, "alarm_arns": ["arn:x"] * 100}
    assert lines(1, **given) == [f"mcp-dev.critical_alarm_arns: 48000 {rule}"]


def test_more_business_metrics_than_a_row_has_columns_are_refused() -> None:
    given = [f"Metric{number}" for number in range(25)]
    assert registered(1, business_metrics=given[:24])
    rule = "metrics are too many; they share a row of 24 columns"
    assert lines(1, business_metrics=given) == [f"mcp-dev.business_metrics: 25 {rule}"]


def test_the_longest_name_of_a_page_has_to_fit() -> None:
    name = "m" * 246
    assert f"{name}-overview" in texts(registered(192, name))
    (line,) = lines(193, name)
    assert line.endswith("is 257 characters long; a dashboard name has room for 255")
