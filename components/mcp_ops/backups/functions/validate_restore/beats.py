"""Heartbeats in a copy: there, unaltered, and recent enough for the recovery point."""

import hashlib
import hmac
import json
import os
from datetime import UTC, datetime
from typing import Any

from .findings import Findings
from .subjects import Job, Store


class Altered(Exception):
    """A heartbeat is not what was written; the message says what differs."""


def checked(findings: Findings, text: str | None, store: Store, job: Job) -> dict[str, Any]:
    """Checks the newest heartbeat of a copy and returns what it noted; nothing where it cannot be believed."""
    if text is None:
        findings.check("heartbeat", "none", "the heartbeat of the day", passed=False)
        return {}
    try:
        beat = opened(text, store.name)
        time = datetime.strptime(beat["time"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except (Altered, KeyError, TypeError, ValueError) as error:
        findings.check("heartbeat", f"altered: {error}", "as it was written", passed=False)
        return {}
    findings.check("heartbeat", f"{beat['time']} {beat['nonce']}", "as it was written", passed=True)
    limit = float(os.environ["MAX_RECOVERY_POINT_AGE_HOURS"])
    age = (job.point_created - time).total_seconds() / 3600
    found = f"{age:.1f} h before the recovery point"
    findings.check("heartbeat-age", found, f"at most {limit:g} h", passed=age <= limit)
    noted: dict[str, Any] = beat["noted"]
    return noted


def opened(text: str, store: str) -> dict[str, Any]:
    """Returns a heartbeat whose seal holds.

    Raises:
        Altered: its digest is that of something else, or it belongs to another store.
        KeyError, TypeError, ValueError: it is no heartbeat at all.
    """
    beat: dict[str, Any] = json.loads(text)
    digest = beat.pop("digest")
    canonical = json.dumps(beat, sort_keys=True, separators=(",", ":"))
    if not hmac.compare_digest(digest, hashlib.sha256(canonical.encode()).hexdigest()):
        raise Altered("its digest does not fit")
    if beat["store"] != store:
        raise Altered(f"it belongs to {beat['store']}")
    return beat
