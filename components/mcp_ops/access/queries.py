"""Saved queries on the access lines of MCP servers: one JSON line per tool call (docs/server-contract.md)."""

from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

_CALLS = 'filter event = "tool_call"'

QUERIES = {
    "who-called-which-tool": f"""fields @timestamp, subject, client_id, tool, outcome, duration_ms, request_id
| {_CALLS}
| sort @timestamp desc
| limit 1000""",
    "calls-per-caller-and-tool": f"""{_CALLS}
| stats count(*) as calls, max(@timestamp) as last by subject, client_id, tool
| sort calls desc""",
    "failed-tool-calls": f"""fields @timestamp, subject, client_id, tool, outcome, request_id
| {_CALLS} and outcome != "ok"
| sort @timestamp desc
| limit 1000""",
    "slowest-tools": f"""{_CALLS}
| stats count(*) as calls, pct(duration_ms, 50) as p50_ms, pct(duration_ms, 99) as p99_ms by tool
| sort p99_ms desc""",
}
"""Logs Insights queries by name."""


def register_queries(name: str, log_groups: Sequence[pulumi.Input[str]], child: pulumi.ResourceOptions) -> None:
    """Registers the queries, in the folder `name` of Logs Insights."""
    for key, query in QUERIES.items():
        aws.cloudwatch.QueryDefinition(
            f"{name}-{key}", name=f"{name}/{key}", query_string=query, log_group_names=log_groups, opts=child
        )
