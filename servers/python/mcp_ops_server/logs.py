"""Logs of the server contract: one JSON object a line on standard output, and never data of a request in it."""

import json
import logging
import sys
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final, TextIO

from mcp_ops_server.calls import ACCESS_LOGGER
from mcp_ops_server.emf import FIELD, Metrics
from mcp_ops_server.settings import Settings
from mcp_ops_server.telemetry import METRICS_LOGGER
from mcp_ops_server.trace_context import trace_fields

LIBRARIES: Final = (
    "mcp", "mcp_types", "uvicorn", "starlette", "sse_starlette", "httpx2", "httpcore2", "asyncio",
    "opentelemetry", "urllib3", "requests",
)  # fmt: skip
"""Loggers of the SDK, of what it brings, and of the span exporter."""

_STANDARD: Final = frozenset(vars(logging.makeLogRecord({}))) | {
    "message",
    "asctime",
    "taskName",
    "color_message",
    FIELD,
}
_ENCODER: Final = json.JSONEncoder(default=str, allow_nan=False)
_MAX_FRAMES: Final = 20
_MAX_EXCEPTIONS: Final = 8


class JsonFormatter(logging.Formatter):
    """Writes a record as one JSON object: the contract's fields, the event's (`extra=`), the exception, the metrics.

    Exceptions are written as type and place, without their text, and library messages without the values filled into
    them: both carry arguments of requests.
    """

    def __init__(self, server: str, environment: str, *, metrics: bool = True) -> None:
        super().__init__()
        self._server = server
        self._environment = environment
        self._metrics = metrics

    def format(self, record: logging.LogRecord) -> str:
        """Returns the line, ASCII only, without the line end."""
        line: dict[str, Any] = {
            "time": f"{datetime.fromtimestamp(record.created, UTC):%Y-%m-%dT%H:%M:%S}.{int(record.msecs):03}Z",
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": _message(record),
            "server": self._server,
            "environment": self._environment,
            **trace_fields(),
        }
        reserved = _STANDARD | line.keys()
        fields = {name: value for name, value in vars(record).items() if name not in reserved}
        if _is_library(record):
            fields = {}
        if record.exc_info and record.exc_info[1] is not None:
            fields["exceptions"] = [_place(each) for each in _chain(record.exc_info[1])][:_MAX_EXCEPTIONS]
        try:
            text = _ENCODER.encode(line | fields)
        except (TypeError, ValueError):
            text = json.dumps(line | {name: str(value) for name, value in fields.items()})
        metrics = getattr(record, FIELD, None)
        if not self._metrics or not isinstance(metrics, Metrics):
            return text
        members = metrics.members(self._server, self._environment, int(record.created * 1000))
        return f"{text[:-1]}, {members}}}"


def configure_logging(settings: Settings, stream: TextIO | None = None) -> None:
    """Makes the root logger write JSON lines to `stream` (default: standard output), and nothing else."""
    handler = logging.StreamHandler(stream or sys.stdout)
    handler.setFormatter(JsonFormatter(settings.server, settings.environment, metrics=settings.metrics))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    level = getattr(logging, settings.log_level.upper())
    root.setLevel(level)
    logging.getLogger(ACCESS_LOGGER).setLevel(logging.INFO)  # a record, whatever the level of the rest
    logging.getLogger(METRICS_LOGGER).setLevel(logging.INFO if settings.metrics else logging.CRITICAL)
    warnings.showwarning = _log_warning
    for name in LIBRARIES:
        library = logging.getLogger(name)
        library.handlers.clear()
        # Below warning the SDK logs request data (argument names, error texts, at debug whole messages).
        library.setLevel(max(level, logging.WARNING))


def _log_warning(
    message: Warning | str,  # noqa: ARG001 - pydantic's quote values
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,  # noqa: ARG001
    line: str | None = None,  # noqa: ARG001
) -> None:
    """Logs kind and place of a Python warning."""
    fields = {"category": category.__name__, "at": f"{filename}:{lineno}"}
    logging.getLogger("warnings").warning("Python warning", extra=fields)


def _is_library(record: logging.LogRecord) -> bool:
    return record.name.split(".", 1)[0] in LIBRARIES


def _message(record: logging.LogRecord) -> str:
    """Returns the message; for a library its first line, with the placeholders in place of the values."""
    if not _is_library(record):
        return record.getMessage()
    return str(record.msg).strip().split("\n", 1)[0]


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Yields the exception, the members of a group, then what caused it."""
    yield error
    if isinstance(error, BaseExceptionGroup):
        for member in error.exceptions:
            yield from _chain(member)
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None:
        yield from _chain(cause)


def _place(error: BaseException) -> dict[str, Any]:
    """Returns the type of an exception and its innermost frames, innermost last."""
    frames = []
    step = error.__traceback__
    while step is not None:
        code = step.tb_frame.f_code
        frames.append(f"{code.co_filename}:{step.tb_lineno} {code.co_name}")
        step = step.tb_next
    kind = type(error)
    return {"type": f"{kind.__module__}.{kind.__qualname__}", "frames": frames[-_MAX_FRAMES:]}
