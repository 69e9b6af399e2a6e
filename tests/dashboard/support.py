"""A client of CloudWatch that answers from a few lines, and a dashboard that has every kind of widget."""

import json
from datetime import UTC, datetime
from typing import Any

NOW = 1_795_104_000.0
"""2026-11-19 16:00 UTC."""

CALLS = ["McpOps", "ToolCalls", "Environment", "dev", "Server", "weather", {"stat": "Sum", "label": "weather"}]
TEXT = "# dev\nSee [the **runbooks**](https://example.com/r) or `make`"
WIDGETS: list[dict[str, Any]] = [
    {"type": "text", "width": 24, "y": 0, "properties": {"markdown": TEXT}},
    {"type": "alarm", "width": 24, "y": 1, "properties": {"alarms": ["arn:aws:cloudwatch:x:1:alarm:a"]}},
    {
        "type": "metric", "width": 8, "x": 8, "y": 2,
        "properties": {
            "title": "Tool calls", "region": "eu-central-1", "period": 300, "metrics": [CALLS],
            "yAxis": {"left": {"min": 0, "label": "in five minutes"}},
            "annotations": {"horizontal": [{"label": "warning", "value": 5}, {"label": "critical", "value": 5.1}]},
        },
    },
    {
        "type": "metric", "width": 12, "x": 0, "y": 2,
        "properties": {
            "title": "Error budget left", "view": "gauge", "setPeriodToTimeRange": True,
            "yAxis": {"left": {"min": 0, "max": 100}}, "annotations": {"horizontal": [{"value": 25}]},
            "metrics": [[{"expression": "100 * m1", "id": "e1", "label": "errors"}],
                        [{"expression": "m2", "id": "e2", "label": "latency"}]],
        },
    },
    {
        "type": "metric", "width": 6, "y": 3,
        "properties": {"title": "Numbers", "view": "singleValue",
                       "metrics": [["McpOps", "Cost", {"label": "saved", "id": "n1"}]]},
    },
    {"type": "metric", "width": 6, "y": 4, "properties": {"title": "Nothing", "metrics": [["McpOps", "Nothing"]]}},
    {"type": "metric", "width": 6, "y": 5, "properties": {"title": "Refused", "metrics": [["McpOps", "Refused"]]}},
    {"type": "log", "width": 9, "y": 6, "properties": {"title": "Log lines"}},
    {"type": "explorer", "width": 5, "y": 7},
]  # fmt: skip
BODY = json.dumps({"start": "-PT6H", "widgets": WIDGETS})

SERIES: dict[str, list[float]] = {
    "m0": [4.0, 5.0, 6.5, 5.0],
    "e1": [-300.0],
    "e2": [99.5],
}
ALARM = {
    "AlarmName": "a",
    "AlarmDescription": "Calls <fail>.\nSeverity: critical\nRunbook: https://example.com/r/a.md",
    "StateValue": "ALARM",
    "StateUpdatedTimestamp": datetime.fromtimestamp(NOW - 600, UTC),
}


class CloudWatch:
    """Answers in pages of one."""

    def __init__(self, body: str = BODY, alarms: tuple[dict[str, Any], ...] = (ALARM,)) -> None:
        self.bodies = {"mcp-dev": body}
        self.alarms = alarms
        self.asked: list[dict[str, Any]] = []

    def list_dashboards(self, **asked: Any) -> dict[str, Any]:
        names = [*self.bodies, "mcp-device"]
        position = int(asked.get("NextToken", 0))
        more = {"NextToken": str(position + 1)} if position + 1 < len(names) else {}
        return {"DashboardEntries": [{"DashboardName": names[position]}], **more}

    def get_dashboard(self, **asked: Any) -> dict[str, Any]:
        return {"DashboardBody": self.bodies[asked["DashboardName"]]}

    def describe_alarms(self, **asked: Any) -> dict[str, Any]:
        found = [each for each in self.alarms if each["AlarmName"] in asked["AlarmNames"]]
        position = int(asked.get("NextToken", 0))
        more = {"NextToken": str(position + 1)} if position + 1 < len(found) else {}
        return {"MetricAlarms": found[position : position + 1], "CompositeAlarms": [], **more}

    def get_metric_data(self, **asked: Any) -> dict[str, Any]:
        self.asked.append(asked)
        queries = asked["MetricDataQueries"]
        if any("Refused" in str(query) for query in queries):
            raise RuntimeError("AccessDenied")
        step = 300
        position = int(asked.get("NextToken", 0))
        results = []
        for query in queries[position : position + 1]:
            values = [] if "Nothing" in str(query) else SERIES.get(query["Id"], [1234.0])
            start = NOW - step * len(values)
            stamps = [datetime.fromtimestamp(start + step * index, UTC) for index in range(len(values))]
            results.append({"Id": query["Id"], "Label": "x", "Timestamps": stamps, "Values": values})
        more = {"NextToken": str(position + 1)} if position + 1 < len(queries) else {}
        return {"MetricDataResults": results, **more}
