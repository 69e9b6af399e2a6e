import json
import re
from html.parser import HTMLParser
from typing import Any

import pytest

from mcp_ops.dashboard import Source, page_of
from mcp_ops.dashboard.body import AlarmList, Chart, Other, Text, body_of, seconds_of
from mcp_ops.dashboard.data import step_of
from mcp_ops.errors import InputError
from mcp_ops.monitoring.dashboard_plan import plan_dashboards
from tests.dashboard.support import ALARM, NOW, CloudWatch
from tests.monitoring.programs import server


def page(client: CloudWatch | None = None, kind: str = "live") -> str:
    found = client or CloudWatch()
    return page_of(Source(lambda _service, _region: found, "eu-central-1", "mcp-dev", NOW, kind))


class Checked(HTMLParser):
    """Collects text and attributes, and notes tags that are not closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text: list[str] = []
        self.links: list[str] = []
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [value or "" for name, value in attrs if name in {"href", "src"}]
        if tag not in {"meta", "link", "br", "line", "rect", "circle", "path"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in {"line", "rect", "circle", "path"}:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def read(html: str) -> Checked:
    checked = Checked()
    checked.feed(html)
    assert checked.open == []
    return checked


def test_the_page_is_one_well_formed_document_that_fetches_nothing() -> None:
    found = read(page())
    assert "script" not in found.tags
    assert set(found.links) == {"data:,", "https://example.com/r", "https://example.com/r/a.md"}
    assert "url(" not in page().replace("@import", "url(")


def test_the_page_says_what_a_person_wants_to_know() -> None:
    text = " ".join(read(page()).text)
    for expected in (
        "1 alarm ringing, 1 critical",
        "live from CloudWatch",
        "as of 19 November 2026, 16:00 UTC",
        "mcp-dev, 10:00 to 16:00 UTC",
        "Last 6 hours",
        "Calls <fail>.",
        "since 19 Nov 15:50",
        "Error budget left",
        "used up",
        "99.5 %",
        "1.23 k",
        "saved",
        "No data in this time: Nothing",
        "no answer: RuntimeError: AccessDenied",
        "Log lines",
        "shown in the console only",
        "a widget of type explorer",
        "critical 5.1",
    ):
        assert expected in text, expected
    assert "mcp-device" not in text
    assert "warning 5" not in text  # two thresholds that nearly coincide have one label


def test_dashboards_that_lead_on_to_each_other_do_so_on_the_page() -> None:
    text = {"type": "text", "properties": {"markdown": "# dev\nServers a to b, [c to d](#dashboards:name=mcp-dev-2)"}}
    client = CloudWatch()
    client.bodies = {"mcp-dev": json.dumps({"widgets": [text]}), "mcp-dev-2": json.dumps({"widgets": [text]})}
    html = page(client)
    assert '<a href="#mcp-dev-2">c to d</a>' in html
    assert re.findall(r'<section id="([^"]+)"', html) == ["mcp-dev", "mcp-dev-2"]


def test_a_label_is_never_markup() -> None:
    evil = "<script>alert(1)</script>"
    widget = {"title": evil, "metrics": [["A", "B", {"label": evil}]], "yAxis": {"left": {"label": evil}}}
    body = json.dumps(
        {"widgets": [{"type": "metric", "properties": widget}, {"type": "text", "properties": {"markdown": evil}}]}
    )
    html = page(CloudWatch(body, ()))
    assert "<script" not in html
    read(html)


def test_quiet_is_said_too() -> None:
    quiet = {**ALARM, "StateValue": "OK"}
    unknown = {**ALARM, "AlarmName": "b", "StateValue": "INSUFFICIENT_DATA", "AlarmDescription": ""}
    arns = [f"arn:aws:cloudwatch:x:1:alarm:{name}" for name in "ab"]
    body = json.dumps({"widgets": [{"type": "alarm", "properties": {"alarms": arns}}]})
    text = " ".join(read(page(CloudWatch(body, (quiet, unknown)), "rehearsed")).text)
    for expected in (
        "no alarm rings, 2 watched",
        "none rings",
        "2 other alarms",
        "no data",
        "rehearsed: made-up traffic",
    ):
        assert expected in text


def test_parts_of_composites_and_runbooks_in_the_repository() -> None:
    part = {**ALARM, "AlarmDescription": "Part.\nSeverity: none; acts through\nRunbook: docs/runbooks/a.md"}
    text = " ".join(read(page(CloudWatch(alarms=(part,)))).text)
    assert "part of one" in text
    assert "what to do: docs/runbooks/a.md" in text
    assert "no alarm rings, 1 watched" in text


def test_an_alarm_that_acts_without_saying_how_urgent_it_is_counts_as_critical() -> None:
    told = "The value of key is older than 32 days. What to do: docs/secrets.md#overdue"
    bare = {**ALARM, "AlarmDescription": told, "AlarmActions": ["arn:aws:sns:x:1:t"]}
    text = " ".join(read(page(CloudWatch(alarms=(bare,)))).text)
    assert "1 alarm ringing, 1 critical" in text
    assert "The value of key is older than 32 days. what to do: docs/secrets.md#overdue" in " ".join(text.split())
    silent = {**bare, "AlarmActions": []}
    assert "part of one" in " ".join(read(page(CloudWatch(alarms=(silent,)))).text)


def test_an_environment_without_dashboard_is_refused() -> None:
    client = CloudWatch()
    client.bodies = {"other": "{}"}
    with pytest.raises(InputError, match="dashboard: mcp-dev is the name of no dashboard in eu-central-1"):
        page(client)


def test_what_an_earlier_dashboard_shows_is_not_repeated() -> None:
    client = CloudWatch()
    client.bodies["mcp-dev-overview"] = client.bodies["mcp-dev"]
    assert page(client).count("<h3>Alarms</h3>") == 1


@pytest.mark.parametrize(
    ("start", "seconds"),
    [("-PT6H", 21_600), ("-P30D", 2_592_000), ("-P1DT2H30M", 95_400), ("2026-01-01T00:00Z", 10_800)],
)
def test_how_much_time_a_dashboard_shows(start: str, seconds: int) -> None:
    assert seconds_of(start) == seconds


def test_rows_may_repeat_what_stands_above() -> None:
    metrics = [
        ["AWS/ECS", "CPUUtilization", "ClusterName", "a", "ServiceName", "b", {"stat": "Maximum"}],
        [".", "MemoryUtilization", ".", ".", ".", "c", {"period": 60}],
        ["...", "d", {"id": "other", "visible": False}],
    ]
    body = json.dumps({"widgets": [{"type": "metric", "properties": {"metrics": metrics, "stat": "Minimum"}}]})
    (placed,) = body_of("x", body, "eu-west-1").widgets
    assert isinstance(placed.panel, Chart)
    asked = [line.query["MetricStat"] for line in placed.panel.lines]
    assert [[each["Value"] for each in stat["Metric"]["Dimensions"]] for stat in asked] == [
        ["a", "b"],
        ["a", "c"],
        ["a", "d"],
    ]
    assert [(stat["Metric"]["MetricName"], stat["Stat"], stat["Period"]) for stat in asked] == [
        ("CPUUtilization", "Maximum", 300), ("MemoryUtilization", "Minimum", 60), ("MemoryUtilization", "Minimum", 300),
    ]  # fmt: skip
    assert [(line.id, line.label, line.shown) for line in placed.panel.lines][2] == (
        "other",
        "MemoryUtilization",
        False,
    )
    assert placed.panel.region == "eu-west-1"


def test_every_widget_of_our_own_dashboards_is_drawn() -> None:
    given: Any = {
        key: server()[key]
        for key in ("cluster_name", "service_name", "load_balancer_arn_suffix", "target_group_arn_suffix")
    }
    bodies = plan_dashboards(
        "mcp-dev",
        {
            "environment": "dev",
            "region": "eu-central-1",
            "servers": {"weather": given},
            "alarm_arns": ["arn:x:alarm:a"],
        },
    )
    panels = [each.panel for name, body in bodies.items() for each in body_of(name, json.dumps(body), "x").widgets]
    assert {type(panel) for panel in panels} == {Chart, Text, AlarmList}
    views = {panel.view for panel in panels if isinstance(panel, Chart)}
    assert views == {"timeSeries", "gauge", "singleValue"}
    assert not any(isinstance(panel, Other) for panel in panels)


@pytest.mark.parametrize(
    ("seconds", "expression", "step"),
    [
        (21_600, "", 300),
        (2_592_000, "", 21_600),
        (3_600, "", 300),
        (21_600, "SEARCH('{a} b=\"c\"', 'Sum', 3600)", 3_600),
    ],
)
def test_a_long_time_gets_long_periods(seconds: int, expression: str, step: int) -> None:
    row: Any = [{"expression": expression, "id": "e"}] if expression else ["A", "B"]
    client = CloudWatch(
        json.dumps(
            {"start": f"-PT{seconds // 3600}H", "widgets": [{"type": "metric", "properties": {"metrics": [row]}}]}
        )
    )
    (placed,) = body_of("x", client.bodies["mcp-dev"], "x").widgets
    assert isinstance(placed.panel, Chart)
    assert step_of(placed.panel, seconds) == step
    page(client)
    (query,) = client.asked[0]["MetricDataQueries"]
    if expression and seconds == 21_600:
        assert query["Expression"].endswith(f"'Sum', {step})")


def test_five_hundred_queries_are_asked_for_at_a_time() -> None:
    metrics = [["A", f"M{index}"] for index in range(501)]
    client = CloudWatch(
        json.dumps({"widgets": [{"type": "metric", "properties": {"metrics": metrics, "stacked": True}}]}), ()
    )
    html = page(client)
    assert {len(asked["MetricDataQueries"]) for asked in client.asked} == {500, 1}
    assert "and 489 more" in html
    assert len(re.findall(r'class="(?:line|dot)', html)) == 501
