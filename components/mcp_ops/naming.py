"""Names that people or other systems look up, planned in one place with AWS's length limits.

Every other physical name is Pulumi's (`<logical name>-<7 hex digits>`), so that replacement works.
"""

import re
import zlib

from mcp_ops.errors import Offences

AUTONAME_SUFFIX = 8
"""Characters that Pulumi's auto-naming appends: a hyphen and seven hex digits."""

LIMITS = {
    "alarm": 255,
    "cluster": 255,
    "dashboard": 255,
    "function": 64,
    "load balancer": 32,
    "log group": 512,
    "policy": 128,
    "repository": 256,
    "role": 64,
    "role prefix": 38,
    "target group": 32,
    "trail": 128,
    "vault": 50,
}
"""Longest physical name in characters, by kind of resource; each from the AWS API reference of its service."""

SERVER_NAME = re.compile(r"[a-z]([a-z0-9-]{0,18}[a-z0-9])?")
"""Lower case, digits and hyphens, at most 20 characters.

What the 32 of a target group leave after `-tg` and auto-naming.
"""


def check_length(offences: Offences, where: str, kind: str, name: str, *, autonamed: bool = False) -> None:
    """Notes an offence when the physical name of `kind` that `name` leads to would exceed AWS's limit."""
    room = LIMITS[kind] - (AUTONAME_SUFFIX if autonamed else 0)
    offences.check(len(name) <= room, where, name, f"is {len(name)} characters long; a {kind} name has room for {room}")


def log_group(prefix: str, *parts: str) -> str:
    """Returns the name of a log group: `<prefix>/<part>/<part>`."""
    return "/".join((prefix.rstrip("/"), *parts))


def stable_slot(key: str, slots: int) -> int:
    """Returns a slot from 0 to `slots` - 1 that depends on `key` alone, so that neighbours may come and go."""
    return zlib.crc32(key.encode()) % slots
