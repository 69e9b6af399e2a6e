"""What a server's tools promise, as one digest: a model reads descriptions, so these count as much as schemas."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

PROMISED = ("annotations", "description", "inputSchema", "name", "outputSchema", "title")
"""Members of a tool that callers and their models rely on; icons and `_meta` are not among them."""


def by_name(tools: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Returns the digest of each tool, by its name, sorted."""
    digests = {}
    for tool in tools:
        promised = {key: tool[key] for key in PROMISED if tool.get(key) is not None}
        digests[str(tool.get("name"))] = _digest(promised)
    return dict(sorted(digests.items()))


def digest_of(tools: Iterable[Mapping[str, Any]]) -> str:
    """Returns `sha256:<64 hex digits>` of all tools, whatever their order."""
    return _digest(by_name(tools))


def differences(released: Iterable[Mapping[str, Any]], tried: Iterable[Mapping[str, Any]]) -> str:
    """Returns what became of the released tools, such as `changed: search; new: delete`; empty where nothing did."""
    before, after = by_name(released), by_name(tried)
    found = {
        "changed": [name for name in before if name in after and before[name] != after[name]],
        "gone": [name for name in before if name not in after],
        "new": [name for name in after if name not in before],
    }
    return "; ".join(f"{what}: {', '.join(names)}" for what, names in found.items() if names)


def _digest(value: Any) -> str:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"
