"""Telemetry: metrics in CloudWatch's embedded format, and the trace that a request belongs to."""

import asyncio
import io
import json
import logging
import math
from collections.abc import Callable
from typing import Any

import httpx2
import kit
import pytest
from aws_lambda_powertools.metrics import EphemeralMetrics
from mcp.server import MCPServer

from mcp_ops_server import (
    ANTHROPIC,
    COST_PREVENTED,
    OPENAI,
    SATISFACTION,
    TIME_SAVED,
    AiProvider,
    BusinessMetric,
    Quota,
    create_app,
)
from mcp_ops_server.logs import configure_logging
from mcp_ops_server.trace_context import trace_of

pytestmark = pytest.mark.usefixtures("restored_logging")

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = f"00-{TRACE}-00f067aa0ba902b7-01"
OTHER = "00-ffffffffffffffffffffffffffffffff-00f067aa0ba902b7-01"
COMMON = {"Environment": "dev", "Server": "ref"}
Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def lines(restored_logging: None) -> Lines:  # noqa: ARG001 - before the loggers change
    """What has been logged."""
    stream = io.StringIO()
    configure_logging(kit.settings(), stream)
    return lambda: [json.loads(line) for line in stream.getvalue().splitlines()]


def by_powertools(line: dict[str, Any], *sets: dict[str, str], **metrics: tuple[str, float]) -> dict[str, Any]:
    """The members that AWS's own library writes for the same metrics."""
    theirs = EphemeralMetrics(namespace="McpOps")
    for name, value in sets[0].items():
        theirs.add_dimension(name, value)
    for more in sets[1:]:
        theirs.add_dimensions(**more)
    for name, (unit, value) in metrics.items():
        theirs.add_metric(name, unit, value)
    document: dict[str, Any] = json.loads(json.dumps(theirs.serialize_metric_set()))
    document["_aws"]["Timestamp"] = line["_aws"]["Timestamp"]
    return {name: value[0] if isinstance(value, list) else value for name, value in document.items()}


def asked(*calls: tuple[str, dict[str, Any]], era: str = kit.MODERN, **headers: str) -> list[httpx2.Response]:
    """Calls tools of the awkward server."""

    async def scenario() -> list[httpx2.Response]:
        async with kit.awkward_client() as client:
            return [
                await client.post(
                    "/mcp",
                    headers=kit.headers(era, "tools/call", params) | headers,
                    json=kit.message(era, "tools/call", params),
                )
                for params in ({"name": tool, "arguments": arguments} for tool, arguments in calls)
            ]

    return asyncio.run(scenario())


@pytest.mark.parametrize("era", kit.ERAS)
def test_each_call_has_its_metrics_for_the_server_and_for_the_tool(lines: Lines, era: str) -> None:
    (answer,) = asked(("wait", {"seconds": 0}), era=era)
    (line,) = lines()
    tool = {**COMMON, "Tool": "wait"}
    expected = by_powertools(
        line,
        COMMON,
        tool,
        ToolCalls=("Count", 1),
        ToolErrors=("Count", 0),
        ToolRejections=("Count", 0),
        ToolLatency=("Milliseconds", line["duration_ms"]),
        ToolInputBytes=("Bytes", len(answer.request.content)),
        ToolOutputBytes=("Bytes", len(answer.content)),
    )
    assert {name: line[name] for name in expected} == expected
    assert (line["input_bytes"], line["output_bytes"]) == (len(answer.request.content), len(answer.content))
    assert line["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [list(COMMON), [*COMMON, "Tool"]]


@pytest.mark.parametrize(
    ("tool", "arguments", "errors", "rejections"),
    [
        ("wait", {"seconds": 0}, 0, 0),
        ("crash", {"text": "x"}, 1, 0),
        ("refuse", {"text": "x"}, 1, 0),
        ("upstream", {"text": "x"}, 1, 0),
        ("mistake", {"text": "x"}, 0, 1),
        ("wait", {"seconds": "x"}, 0, 1),
        ("nothing", {}, 0, 1),
    ],
)
def test_failures_of_the_tool_are_errors_and_mistakes_of_the_caller_rejections(
    lines: Lines, tool: str, arguments: dict[str, Any], errors: int, rejections: int
) -> None:
    asked((tool, arguments))
    line = next(each for each in lines() if each["message"] == "tool called")
    assert (line["ToolCalls"], line["ToolErrors"], line["ToolRejections"]) == (1, errors, rejections)
    assert line.get("Tool") == (None if tool == "nothing" else tool)
    assert len(line["_aws"]["CloudWatchMetrics"][0]["Dimensions"]) == (1 if tool == "nothing" else 2)


def test_without_metrics_lines_carry_none() -> None:
    stream = io.StringIO()
    configure_logging(kit.settings(MCP_METRICS="off"), stream)
    asked(("wait", {"seconds": 0}))
    TIME_SAVED.record(3)
    (line,) = [json.loads(each) for each in stream.getvalue().splitlines()]
    assert line["event"] == "tool_call"
    assert not {"_aws", "ToolCalls"} & set(line)


def test_a_call_that_the_client_left_is_still_logged_once(lines: Lines) -> None:
    async def scenario() -> None:
        async with kit.awkward_client() as client:
            params = {"name": "wait", "arguments": {"seconds": 30}}
            sending = client.post(
                "/mcp",
                headers=kit.headers(kit.MODERN, "tools/call", params),
                json=kit.message(kit.MODERN, "tools/call", params),
            )
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(sending, 0.2)
            await asyncio.sleep(0.1)

    asyncio.run(scenario())
    found = [each for each in lines() if each["message"] == "tool called"]
    assert [(each["tool"], each["output_bytes"]) for each in found] == [("wait", 0)]


@pytest.mark.parametrize(
    ("metric", "unit", "value"),
    [(COST_PREVENTED, "None", 12.5), (TIME_SAVED, "Seconds", 90), (SATISFACTION, "None", 4),
     (BusinessMetric("TicketsResolved", "Count"), "Count", -1)],
)  # fmt: skip
def test_a_business_metric_is_written_for_the_server(
    lines: Lines, metric: BusinessMetric, unit: str, value: float
) -> None:
    metric.record(value)
    (line,) = lines()
    expected = by_powertools(line, COMMON, **{metric.name: (unit, value)})
    assert {name: line[name] for name in expected} == expected
    assert (line["event"], line["logger"]) == ("metrics", "mcp_ops.metrics")


@pytest.mark.parametrize(
    ("metric", "value"),
    [(SATISFACTION, 0.5), (SATISFACTION, 5.5), (TIME_SAVED, -1), (TIME_SAVED, math.nan), (TIME_SAVED, math.inf)],
)
def test_a_value_out_of_bounds_is_refused_without_being_shown(metric: BusinessMetric, value: float) -> None:
    with pytest.raises(ValueError, match=f"metric {metric.name}: a value is not a number from {metric.lowest:g} to"):
        metric.record(value)


@pytest.mark.parametrize(
    ("declaration", "rule"),
    [
        ({"name": "timeSaved"}, "use 1 to 64 letters and digits, the first a capital"),
        ({"name": 'A","B'}, "use 1 to 64 letters"),
        ({"name": "ToolCalls"}, "names with Tool or Provider in front are the kit's"),
        ({"name": "Tickets", "unit": "USD"}, "'USD' is not a unit of CloudWatch"),
        ({"name": "Tickets", "lowest": 2, "highest": 2}, "lowest 2 is not below highest 2"),
    ],
)
def test_a_wrong_declaration_is_refused(declaration: dict[str, Any], rule: str) -> None:
    with pytest.raises(ValueError, match=rule):
        BusinessMetric(**declaration)


@pytest.mark.parametrize(
    ("provider", "headers", "status", "values"),
    [
        (
            ANTHROPIC,
            {"Anthropic-RateLimit-Requests-Limit": "50", "Anthropic-RateLimit-Requests-Remaining": "5",
             "anthropic-ratelimit-tokens-limit": "40000", "anthropic-ratelimit-tokens-remaining": "39000",
             "anthropic-ratelimit-tokens-reset": "2026-11-21T12:00:00Z"},
            200,
            {"ProviderThrottles": 0, "ProviderRequestsRemaining": 5, "ProviderRequestsRemainingPercent": 10,
             "ProviderTokensRemaining": 39000, "ProviderTokensRemainingPercent": 97.5},
        ),
        (
            OPENAI,
            {"x-ratelimit-remaining-requests": "0", "x-ratelimit-limit-requests": "60", "retry-after": "1"},
            429,
            {"ProviderThrottles": 1, "ProviderRequestsRemaining": 0, "ProviderRequestsRemainingPercent": 0},
        ),
        (ANTHROPIC, {}, 529, {"ProviderThrottles": 1}),
        (OPENAI, {"x-ratelimit-remaining-requests": "many", "x-ratelimit-limit-requests": "0"}, 500,
         {"ProviderThrottles": 0}),
        (
            AiProvider("mistral", Quota("x-left", "x-most"), Quota("x-tokens-left", "x-tokens-most")),
            {"X-Left": "7", "x-tokens-left": "9", "x-tokens-most": "0"},
            200,
            {"ProviderThrottles": 0, "ProviderRequestsRemaining": 7, "ProviderTokensRemaining": 9},
        ),
    ],
)  # fmt: skip
def test_the_headroom_of_an_ai_provider_is_read_from_its_headers(
    lines: Lines, provider: AiProvider, headers: dict[str, str], status: int, values: dict[str, float]
) -> None:
    provider.note(httpx2.Headers(headers), status)
    (line,) = lines()
    units = {name: "Percent" if name.endswith("Percent") else "Count" for name in values}
    sets = {**COMMON, "Provider": provider.name}
    expected = by_powertools(line, sets, **{name: (units[name], value) for name, value in values.items()})
    assert {name: line[name] for name in expected} == expected
    assert {name for name in line if name.startswith("Provider")} == {"Provider", *values}


def test_a_provider_with_a_wrong_name_is_refused() -> None:
    with pytest.raises(ValueError, match="use 1 to 32 of a-z, 0-9 and -"):
        AiProvider("Open AI", OPENAI.requests, OPENAI.tokens)


@pytest.mark.parametrize("era", kit.ERAS)
@pytest.mark.parametrize(
    ("headers", "trace"),
    [
        ({"traceparent": PARENT}, TRACE),
        ({"traceparent": PARENT, "x-amzn-trace-id": "Root=1-67891233-abcdef012345678912345678"}, TRACE),
        ({"x-amzn-trace-id": "Root=1-67891233-abcdef012345678912345678"}, "67891233abcdef012345678912345678"),
        ({"traceparent": kit.SECRET, "x-amzn-trace-id": f"Root={kit.SECRET}"}, None),
        ({}, None),
    ],
)
def test_lines_of_a_request_carry_its_trace(lines: Lines, era: str, headers: dict[str, str], trace: str | None) -> None:
    asked(("progress", {}), era=era, **headers)
    logging.getLogger("after").info("another request's")
    worked, called, after = lines()
    assert [each.get("trace_id") for each in (worked, called)] == [trace] * 2
    assert worked["message"] == "worked"
    assert "trace_id" not in after
    assert kit.SECRET not in str((worked, called))


def test_the_trace_may_stand_in_the_message(lines: Lines) -> None:
    async def scenario() -> None:
        async with kit.awkward_client() as client:
            params = {"name": "progress", "arguments": {}}
            for headers in ({}, {"traceparent": OTHER}):
                body = kit.message(kit.MODERN, "tools/call", params)
                body["params"]["_meta"]["traceparent"] = PARENT
                given = kit.headers(kit.MODERN, "tools/call", params) | headers
                assert (await client.post("/mcp", headers=given, json=body)).status_code == 200

    asyncio.run(scenario())
    assert [each["trace_id"] for each in lines()] == [TRACE, TRACE, "f" * 32, "f" * 32]


@pytest.mark.parametrize(
    ("given", "found"),
    [
        (PARENT, TRACE),
        (f"01-{TRACE}-00f067aa0ba902b7-01-more", TRACE),
        (f"{PARENT}-more", None),
        (f"ff-{TRACE}-00f067aa0ba902b7-01", None),
        (f"00-{'0' * 32}-00f067aa0ba902b7-01", None),
        (f"00-{TRACE}-{'0' * 16}-01", None),
        (PARENT.upper(), None),
        ("", None),
    ],
)
def test_a_traceparent_is_taken_as_w3c_says(given: str, found: str | None) -> None:
    assert trace_of(given) == found


def test_a_call_without_http_is_logged_too(lines: Lines) -> None:
    from mcp.client import Client

    mcp = MCPServer("memory")
    mcp.tool(name="answer")(lambda: "42")
    create_app(mcp, kit.settings())

    async def scenario() -> None:
        async with Client(mcp) as client:
            await client.call_tool("answer", {})

    asyncio.run(scenario())
    (line,) = [each for each in lines() if each["message"] == "tool called"]
    assert (line["tool"], line["outcome"], line["input_bytes"]) == ("answer", "ok", 0)
