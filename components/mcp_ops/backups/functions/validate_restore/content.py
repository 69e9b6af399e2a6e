"""A digest over everything in a store that needs no order and keeps nothing in memory."""

import base64
import hashlib
import json
from typing import Any

_SETS = ("SS", "NS", "BS")
_SPACE = 1 << 256


class Content:
    """Sums the SHA-256 digests of parts. Equal contents have equal sums in whatever order their parts come.

    It finds what went wrong, not what somebody with time forged: sums of digests can be forged with effort.
    """

    def __init__(self) -> None:
        self.count = 0
        self._sum = 0

    def add(self, part: bytes) -> None:
        """Adds one item or object."""
        self.count += 1
        self._sum = (self._sum + int.from_bytes(hashlib.sha256(part).digest())) % _SPACE

    @property
    def digest(self) -> str:
        """64 hexadecimal digits."""
        return f"{self._sum:064x}"

    def __str__(self) -> str:
        """Returns count and digest, for people."""
        return f"{self.count} with digest {self.digest[:16]}"


def canonical(item: Any) -> bytes:
    """Returns one text for an item of DynamoDB, however its sets and members are ordered."""
    return json.dumps(_sorted(item), sort_keys=True, separators=(",", ":"), default=_text).encode()


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: sorted(member) if key in _SETS and isinstance(member, list) else _sorted(member)
            for key, member in value.items()
        }
    return [_sorted(member) for member in value] if isinstance(value, list) else value


def _text(value: bytes) -> str:
    return base64.b64encode(value).decode()
