"""Log lines: the contract's fields first, the event's after, and no data of a request."""

import io
import json
import logging
import re
import sys
import warnings
from typing import Any

import kit
import pytest

from mcp_ops_server.logs import JsonFormatter, configure_logging

pytestmark = pytest.mark.usefixtures("restored_logging")


def lines(level: str = "debug") -> tuple[io.StringIO, Any]:
    stream = io.StringIO()
    configure_logging(kit.settings(MCP_LOG_LEVEL=level), stream)
    return stream, lambda: [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_starts_with_the_fields_of_the_contract() -> None:
    _, read = lines()
    logging.getLogger("weather").info("asked %s", "upstream", extra={"tries": 2, "level": "not mine"})
    (line,) = read()
    assert list(line) == ["time", "level", "logger", "message", "server", "environment", "tries"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line.pop("time"))
    assert line == {
        "level": "info",
        "logger": "weather",
        "message": "asked upstream",
        "server": "ref",
        "environment": "dev",
        "tries": 2,
    }


def test_one_line_whatever_is_in_it() -> None:
    stream, read = lines()
    logging.getLogger("weather").error("two\nlines \u2028 \ud800", extra={"n": float("nan"), "o": object})
    assert stream.getvalue().count("\n") == 1
    assert stream.getvalue().isascii()
    assert read()[0]["n"] == "nan"


def test_an_exception_is_written_as_type_and_place_without_its_text() -> None:
    stream, read = lines()

    def fail() -> None:
        raise ExceptionGroup(kit.SECRET, [KeyError(kit.SECRET)])

    try:
        try:
            fail()
        except ExceptionGroup as group:
            raise ValueError(kit.SECRET) from group
    except ValueError:
        logging.getLogger("weather").exception("failed")
    assert kit.SECRET not in stream.getvalue()
    found = read()[0]["exceptions"]
    assert [each["type"] for each in found] == ["builtins.ValueError", "builtins.ExceptionGroup", "builtins.KeyError"]
    assert found[1]["frames"][-1].endswith(" fail")


def test_a_suppressed_context_is_left_out_and_an_implicit_one_kept() -> None:
    _, read = lines()
    for suppress in (True, False):
        try:
            try:
                int("x")
            except ValueError:
                if suppress:
                    raise KeyError from None
                raise KeyError  # noqa: B904 - the context is what is tested
        except KeyError:
            logging.getLogger("weather").exception("failed")
    assert [len(line["exceptions"]) for line in read()] == [1, 2]


def test_libraries_speak_from_warning_on_and_without_values() -> None:
    stream, read = lines("debug")
    sdk = logging.getLogger("mcp.server.mcpserver.server")
    sdk.info("Tool %r failed: %r", "t", kit.SECRET)
    sdk.warning("Resource %r failed", kit.SECRET, extra={"uri": kit.SECRET})
    message = f"Task exception was never retrieved\nfuture: {kit.SECRET}"
    logging.getLogger("asyncio").error(message)
    assert kit.SECRET not in stream.getvalue()
    assert [line["message"] for line in read()] == ["Resource %r failed", "Task exception was never retrieved"]


def test_the_level_holds_for_libraries_too() -> None:
    _, read = lines("error")
    logging.getLogger("mcp").warning("quiet")
    logging.getLogger("weather").warning("quiet")
    assert read() == []


def test_python_warnings_are_lines() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        stream, read = lines()
        warnings.warn(kit.SECRET, stacklevel=1)
    (line,) = read()
    assert (line["logger"], line["category"]) == ("warnings", "UserWarning")
    assert __file__ in line["at"]
    assert kit.SECRET not in stream.getvalue()


def test_standard_output_is_the_default(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging(kit.settings())
    logging.getLogger("weather").info("here")
    sys.stdout.flush()
    assert json.loads(capsys.readouterr().out)["message"] == "here"


def test_an_empty_exc_info_adds_nothing() -> None:
    record = logging.makeLogRecord({"msg": "m", "levelname": "INFO", "name": "n", "exc_info": (None, None, None)})
    assert "exceptions" not in json.loads(JsonFormatter("ref", "dev").format(record))
