"""The kinds of secrets, each with its strategy; a new kind is one more line."""

from collections.abc import Mapping
from typing import Any

from .api_key import ApiKey
from .database import Database
from .generated import Generated
from .signing_key import SigningKey
from .strategy import Strategy
from .vault import Vault

KINDS: Mapping[str, type[Strategy]] = {
    "api-key": ApiKey,
    "database": Database,
    "external": Strategy,
    "generated": Generated,
    "signing-key": SigningKey,
}
"""Strategy by kind. Of an `external` secret only the first value passes through here; somebody else rotates it."""


def strategy_for(vault: Vault, name: str, settings: Mapping[str, Any]) -> Strategy:
    """Returns the strategy of a secret."""
    return KINDS[settings["kind"]](vault, name, settings)
