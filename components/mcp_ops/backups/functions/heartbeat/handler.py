"""Runs every day, half an hour before the backup."""

import json
import logging
import os
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from mcp_function_kit.clients import aws

from . import buckets, databases, tables

LOG = logging.getLogger()

Beat = Callable[[str, Mapping[str, Any], datetime], None]

BEATS: Mapping[str, Beat] = {"table": tables.beat, "bucket": buckets.beat, "database": databases.beat}
"""How each kind of store gets its heartbeat. A file system gets none: a function that does not mount it cannot write to
it."""


def handle(_event: Mapping[str, Any], _context: object) -> dict[str, list[str]]:
    """Writes one heartbeat into each store; one store's failure does not stop the others.

    Returns:
        Stores by what happened: `written`, or `skipped` where the kind of store takes no heartbeat.

    Raises:
        RuntimeError: some stores got no heartbeat; the next restore test will miss it.
    """
    now = datetime.now(UTC)
    done: dict[str, list[str]] = {"written": [], "skipped": []}
    failed: list[str] = []
    for store, described in _stores(os.environ["STORES_PATH"]):
        beat = BEATS.get(described["kind"])
        if beat is None:
            done["skipped"].append(store)
            continue
        try:
            beat(store, described, now)
        except Exception:  # whatever it is, the other stores get theirs; what failed is logged, and raised at the end
            LOG.exception("A store got no heartbeat", extra={"store": store})
            failed.append(store)
        else:
            LOG.info("A store got its heartbeat", extra={"store": store})
            done["written"].append(store)
    if failed:
        raise RuntimeError(f"no heartbeat in {', '.join(failed)}")
    return done


def _stores(path: str) -> Iterator[tuple[str, dict[str, Any]]]:
    pages = aws("ssm").get_paginator("get_parameters_by_path").paginate(Path=path)
    for page in pages:
        for parameter in page["Parameters"]:
            yield parameter["Name"].rsplit("/", maxsplit=1)[-1], json.loads(parameter["Value"])
