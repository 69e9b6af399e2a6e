"""The tools of the reference server."""

import asyncio
from typing import Any

import kit
import pytest

from mcp_ops_server import create_app, reference


def called(tool: str, **arguments: Any) -> dict[str, Any]:
    async def scenario() -> dict[str, Any]:
        async with kit.client_of(create_app(reference.mcp, kit.settings())) as client:
            return await kit.call(client, kit.MODERN, tool, **arguments)

    return asyncio.run(scenario())


@pytest.mark.parametrize(
    ("tool", "arguments", "result"),
    [
        ("convert_length", {"value": 26.2, "source": "mi", "target": "km"}, {"result": pytest.approx(42.1648128)}),
        ("convert_length", {"value": -1, "source": "km", "target": "m"}, {"result": -1000.0}),
        ("text_statistics", {"text": ""}, {"characters": 0, "words": 0, "lines": 0}),
        ("text_statistics", {"text": "one two\nthree"}, {"characters": 13, "words": 3, "lines": 2}),
        ("working_days", {"start": "2026-01-01", "end": "2026-01-31", "holidays": ["2026-01-01"]}, {"result": 21}),
        ("working_days", {"start": "2026-01-03", "end": "2026-01-04"}, {"result": 0}),
    ],
)
def test_right_input(tool: str, arguments: dict[str, Any], result: dict[str, Any]) -> None:
    answer = called(tool, **arguments)
    assert not answer["isError"]
    assert answer["structuredContent"] == result


@pytest.mark.parametrize(
    ("tool", "arguments", "argument"),
    [
        ("convert_length", {"value": "far", "source": "m", "target": "km"}, "value"),
        ("convert_length", {"value": 1, "source": "parsec", "target": "km"}, "source"),
        ("text_statistics", {"text": "x" * 100_001}, "text"),
        ("working_days", {"start": "2026-02-30", "end": "2026-03-01"}, "start"),
        ("working_days", {"start": "2026-01-02", "end": "2026-01-01"}, "end"),
        ("working_days", {"start": "2000-01-01", "end": "2026-01-01"}, "end"),
    ],
)
def test_wrong_input_names_the_argument(tool: str, arguments: dict[str, Any], argument: str) -> None:
    answer = called(tool, **arguments)
    assert answer["isError"]
    assert f"{argument}: " in answer["content"][0]["text"]
