"""What a function logs, in AWS Lambda's JSON log format."""

import contextlib
import io
import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime"}


class Lines(logging.Handler):
    """Collects log records, and what is printed, as lines."""

    def __init__(self, request_id: str) -> None:
        super().__init__()
        self.request_id = request_id
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Adds a record as AWS Lambda's runtime for Python writes it: `extra` becomes members of the object."""
        line: dict[str, Any] = {
            "timestamp": datetime.fromtimestamp(record.created, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "level": record.levelname,
            "message": record.getMessage(),
            "logger": record.name,
            "requestId": self.request_id,
            **{key: value for key, value in vars(record).items() if key not in _STANDARD},
        }
        if record.exc_info and record.exc_info[0] is not None:
            line["errorType"] = record.exc_info[0].__name__
            line["errorMessage"] = str(record.exc_info[1])
        self.lines.append(json.dumps(line, default=str))


@contextlib.contextmanager
def logged(request_id: str) -> Iterator[Lines]:
    """Collects what is logged at INFO and above, and what is printed, until the end of the `with` block."""
    collected, printed, root = Lines(request_id), io.StringIO(), logging.getLogger()
    before, handlers = root.level, root.handlers[:]
    root.handlers[:] = [collected]
    root.setLevel(logging.INFO)
    try:
        with contextlib.redirect_stdout(printed):
            yield collected
    finally:
        root.handlers[:] = handlers
        root.setLevel(before)
        collected.lines.extend(line for line in printed.getvalue().splitlines() if line)
