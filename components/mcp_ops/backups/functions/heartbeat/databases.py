"""Heartbeats in Aurora PostgreSQL: rows of a table of their own, written through the Data API."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from mcp_function_kit.clients import aws

from .beats import KEPT_DAYS, moment, sealed

CREATE = "create table if not exists mcp_ops_heartbeat (time timestamptz primary key, beat text not null)"
INSERT = "insert into mcp_ops_heartbeat (time, beat) values (cast(:time as timestamptz), :beat)"
PRUNE = "delete from mcp_ops_heartbeat where time < cast(:time as timestamptz) - make_interval(days => :days)"
COUNT = """\
select table_schema || '.' || table_name,
  (xpath('/row/c/text()', query_to_xml(
    format('select count(*) as c from %I.%I', table_schema, table_name), false, true, '')))[1]::text::bigint
from information_schema.tables
where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')
  and table_name <> 'mcp_ops_heartbeat'
order by 1"""
"""Rows of every table in one statement. The Data API ends statements after 45 seconds: where counting takes longer, the
heartbeat fails, and so says its alarm."""


def beat(store: str, described: Mapping[str, Any], now: datetime) -> None:
    """Counts the rows of every table of a database, writes the heartbeat and removes those past their time."""
    rows = _execute(described, COUNT)
    tables = {name["stringValue"]: count["longValue"] for name, count in rows}
    text = sealed(store, {"tables": tables}, now)
    time = {"name": "time", "value": {"stringValue": moment(now)}}
    _execute(described, CREATE)
    _execute(described, INSERT, time, {"name": "beat", "value": {"stringValue": text}})
    _execute(described, PRUNE, time, {"name": "days", "value": {"longValue": KEPT_DAYS}})


def _execute(described: Mapping[str, Any], sql: str, *parameters: dict[str, Any]) -> list[Any]:
    expected = described["expectations"]
    reply = aws("rds-data").execute_statement(
        resourceArn=described["arn"],
        secretArn=expected["secret_arn"],
        database=expected["database"],
        sql=sql,
        parameters=list(parameters),
    )
    rows: list[Any] = reply.get("records", [])
    return rows
