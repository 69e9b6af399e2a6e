"""How each secret is to be rotated: the function's own environment says it, so that no tag of a secret can."""

import json
import os
from collections.abc import Mapping
from typing import Any

from .vault import Refused

NAME_TAG = "mcp-secret"
"""Tag of a secret that holds its name in the store."""


def store() -> str:
    """Returns the name of the store."""
    return os.environ["STORE"]


def settings_of(tags: Mapping[str, str]) -> tuple[str, Mapping[str, Any]]:
    """Returns the name of a secret in the store, and its settings."""
    name = tags.get(NAME_TAG, "")
    known = json.loads(os.environ["SECRETS"])
    if name not in known:
        raise Refused(f"{name or 'a secret without name'} is no secret of the store {store()}")
    return name, known[name]
