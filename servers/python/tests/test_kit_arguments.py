"""Wrong arguments: a tool error that names each argument and its rule, and never repeats a value."""

import asyncio
from typing import Any

import kit
import pytest


def refused(era: str = kit.MODERN, **arguments: Any) -> list[str]:
    """Calls `strict` and returns the lines of the tool error."""

    async def scenario() -> dict[str, Any]:
        async with kit.awkward_client() as client:
            return await kit.call(client, era, "strict", **arguments)

    result = asyncio.run(scenario())
    assert result["isError"]
    assert "structuredContent" not in result
    (part,) = result["content"]
    text: str = part["text"]
    first, *rest = text.splitlines()
    assert first == "Wrong arguments for tool strict:"
    return rest


@pytest.mark.parametrize("era", kit.ERAS)
@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ({"limited": kit.SECRET}, "- limited: Input should be a valid integer, unable to parse string as an integer"),
        ({"limited": 10}, "- limited: Input should be less than or equal to 9"),
        ({"even": [True, None]}, "- even: Input should be a valid integer"),
        ({"known": "\u00e9"}, "- known: is not accepted by this tool"),
        ({"limited": {"a": kit.SECRET}}, "- limited: Input should be a valid integer"),
        ({"even": 3}, "- even: must be even"),
        ({"known": kit.SECRET}, "- known: is not accepted by this tool"),
        ({"known": f"a\n{kit.SECRET}"}, "- known: is not accepted by this tool"),
        ({"key": kit.SECRET}, "- key: Input should be a valid UUID"),
        ({"pet": {"kind": kit.SECRET}}, "- pet: Input tag should be one of 'cat', 'dog'"),
        ({"order": {"items": [1, 10]}}, "- order.items[1]: Input should be less than or equal to 9"),
        ({"order": {"stock": {kit.SECRET: None}}}, "- order.stock.*: Input should be a valid integer"),
        ({"order": {"items": [7], "stock": {"exclude": 8}}}, "- order: is not accepted by this tool"),
        ({"order": {"items": [7], "stock": {"pens": True}}}, "- order: items and stock exclude each other"),
    ],
)
def test_the_argument_and_the_rule_are_named(era: str, arguments: dict[str, Any], line: str) -> None:
    lines = refused(era, **arguments)
    assert kit.SECRET not in "\n".join(lines)
    assert lines == [line]


def test_every_argument_is_named_at_once() -> None:
    assert [line.split(":")[0] for line in refused(even=1, limited=99)] == ["- even", "- limited"]


def test_a_long_list_of_problems_is_cut() -> None:
    lines = refused(many=["x"] * 1000)
    assert len(lines) == 21
    assert lines[-1] == "- and 980 more"


def test_a_missing_argument_is_named() -> None:
    async def scenario() -> dict[str, Any]:
        async with kit.awkward_client() as client:
            return await kit.call(client, kit.MODERN, "crash")

    assert asyncio.run(scenario())["content"][0]["text"].endswith("- text: Field required")
