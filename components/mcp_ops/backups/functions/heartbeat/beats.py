"""What a heartbeat says: the store, the moment, a nonce, what the store held, and a digest over all of it."""

import hashlib
import json
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

KEPT_DAYS = 40
"""Days that a heartbeat stays in its store: longer than a daily backup is kept by default."""


def moment(now: datetime) -> str:
    """Returns a moment as heartbeats write it: ISO 8601, UTC, seconds."""
    return now.strftime("%Y-%m-%dT%H:%M:%SZ")


def sealed(store: str, noted: Mapping[str, Any], now: datetime) -> str:
    """Returns the heartbeat as JSON. `noted` are the counts of what the store held, without heartbeats."""
    beat = {"store": store, "time": moment(now), "nonce": secrets.token_hex(16), "noted": dict(noted)}
    canonical = json.dumps(beat, sort_keys=True, separators=(",", ":"))
    return json.dumps({**beat, "digest": hashlib.sha256(canonical.encode()).hexdigest()})
