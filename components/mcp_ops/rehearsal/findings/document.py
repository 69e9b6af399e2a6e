"""Reads a policy document: JSON, elements and their types. What passes here can be read without further care."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from mcp_ops.rehearsal.findings.finding import Notes, nearest, texts

Kind = Literal["identity", "resource", "trust", "boundary"]
"""What a document is for: permissions of an identity, of a resource, who may take a role, or an upper bound."""

VERSIONS = ("2012-10-17", "2008-10-17")
EFFECTS = ("Allow", "Deny")

_DOCUMENT_ELEMENTS = ("Version", "Id", "Statement")
_STATEMENT_ELEMENTS = (
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
)
_IAM_SID = re.compile(r"[A-Za-z0-9]*")

_WITHOUT_RESOURCE = {"ecr", "ecr-public", "elasticfilesystem"}
"""Services whose resource policies may leave `Resource` out: it is the repository or file system that carries them."""


@dataclass(frozen=True)
class Scope:
    """What is known about a document beside its text."""

    kind: Kind
    service: str = ""
    """Prefix of the service that carries a resource policy (`kms`, `s3`); `vpce` for an endpoint; empty if unknown."""
    account: str = ""
    """Account that owns the resource, 12 digits; empty if unknown."""


@dataclass(frozen=True)
class Statement:
    """One statement whose elements have the right types."""

    where: str
    effect: str
    actions: tuple[str, ...]
    not_actions: tuple[str, ...]
    resources: tuple[str, ...]
    not_resources: tuple[str, ...]
    principals: Mapping[str, tuple[str, ...]]
    """By kind (`AWS`, `Service`, `Federated`, `CanonicalUser`); the bare `*` stands as `AWS: *`."""
    not_principals: Mapping[str, tuple[str, ...]]
    conditions: Mapping[str, Mapping[str, tuple[str, ...]]]
    """Values as text, by operator and key."""

    @property
    def allows(self) -> bool:
        """Whether it is an Allow."""
        return self.effect == "Allow"


class _DuplicateKeyError(ValueError):
    """An element stands twice in one object."""


def parsed(document: str | Mapping[str, Any], where: str, notes: Notes) -> Mapping[str, Any] | None:
    """Returns a document as a mapping, or None when it is no JSON object."""
    if isinstance(document, Mapping):
        return document
    try:
        value = json.loads(document, object_pairs_hook=_unique)
    except _DuplicateKeyError as error:
        notes.error("duplicate-element", where, f"{error} stands twice in one object")
        return None
    except (ValueError, RecursionError) as error:
        notes.error("json-syntax", where, f"is not JSON: {error}", document)
        return None
    if isinstance(value, Mapping):
        return value
    notes.error("json-syntax", where, "is not a JSON object", document)
    return None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise _DuplicateKeyError(key)
        found[key] = value
    return found


def statements(document: Mapping[str, Any], scope: Scope, where: str, notes: Notes) -> Iterator[Statement]:
    """Yields the statements whose elements can be read; notes what is wrong with the others."""
    _known_elements(document, _DOCUMENT_ELEMENTS, where, notes)
    version = document.get("Version")
    if version is not None and version not in VERSIONS:
        notes.error("invalid-version", f"{where}.Version", f"is none of {', '.join(VERSIONS)}", version)
    raw = document.get("Statement")
    items = [raw] if isinstance(raw, Mapping) else raw
    if not isinstance(items, list) or not items:
        notes.error("missing-statement", f"{where}.Statement", "holds no statement", raw)
        return
    sids: set[str] = set()
    for index, item in enumerate(items):
        place = f"{where}.Statement[{index}]"
        if not isinstance(item, Mapping):
            notes.error("invalid-statement", place, "is not a JSON object", item)
            continue
        _sid(item, scope, sids, place, notes)
        before = len(notes.found)
        _structure(item, scope, place, notes)
        if len(notes.found) == before:
            yield _statement(item, place)


def _known_elements(item: Mapping[str, Any], known: tuple[str, ...], where: str, notes: Notes) -> None:
    for name in item:
        if name not in known:
            notes.error(
                "invalid-policy-element", f"{where}.{name}", f"is no policy element{nearest(name, known)}", name
            )


def _sid(item: Mapping[str, Any], scope: Scope, seen: set[str], where: str, notes: Notes) -> None:
    sid = item.get("Sid")
    if not sid:
        return
    # Only IAM restricts the characters; bucket, queue and key policies may contain spaces and hyphens.
    if not isinstance(sid, str) or (scope.kind != "resource" and not _IAM_SID.fullmatch(sid)):
        notes.error("unsupported-sid", f"{where}.Sid", "may contain letters and digits only", sid)
    elif sid in seen:
        notes.error("unique-sids-required", f"{where}.Sid", "is the Sid of two statements", sid)
    else:
        seen.add(sid)


def _structure(item: Mapping[str, Any], scope: Scope, where: str, notes: Notes) -> None:
    _known_elements(item, _STATEMENT_ELEMENTS, where, notes)
    effect = item.get("Effect")
    if effect is None:
        notes.error("missing-effect", f"{where}.Effect", "is missing; write Allow or Deny")
    elif effect not in EFFECTS:
        notes.error("invalid-effect", f"{where}.Effect", "is neither Allow nor Deny", effect)
    _one_of(item, "Action", where, notes, required=True)
    _resource_element(item, scope, where, notes)
    _principal_element(item, scope, where, notes)
    _condition_element(item, where, notes)


def _one_of(item: Mapping[str, Any], name: str, where: str, notes: Notes, *, required: bool) -> None:
    given = [element for element in (name, f"Not{name}") if element in item]
    if len(given) > 1:
        notes.error("unsupported-element-combination", where, f"has both {name} and Not{name}; keep one")
    elif not given and required:
        notes.error(
            f"missing-{name.lower()}", f"{where}.{name}", f"is missing; every statement needs {name} or Not{name}"
        )
    for element in given:
        value = item[element]
        if not texts(value) or (isinstance(value, list) and len(texts(value)) != len(value)):
            notes.error("data-type-mismatch", f"{where}.{element}", "is neither a text nor a list of texts", value)


def _resource_element(item: Mapping[str, Any], scope: Scope, where: str, notes: Notes) -> None:
    if scope.kind == "trust":
        for name in ("Resource", "NotResource"):
            if name in item:
                notes.error(
                    "unsupported-element-combination", f"{where}.{name}", "is not allowed in a trust policy; remove it"
                )
        return
    needed = scope.kind != "resource" or (bool(scope.service) and scope.service not in _WITHOUT_RESOURCE)
    _one_of(item, "Resource", where, notes, required=needed)


def _principal_element(item: Mapping[str, Any], scope: Scope, where: str, notes: Notes) -> None:
    given = [name for name in ("Principal", "NotPrincipal") if name in item]
    if scope.kind in {"identity", "boundary"}:
        message = "is not allowed in a policy of an identity; remove it"
        for name in given:
            notes.error("unsupported-principal", f"{where}.{name}", message)
        return
    if not given:
        notes.error("missing-principal", f"{where}.Principal", "is missing; a policy of a resource says whom it means")
    elif len(given) > 1:
        notes.error("unsupported-element-combination", where, "has both Principal and NotPrincipal; keep one")
    for name in given:
        if not _is_principal(item[name]):
            message = 'is neither "*" nor a map of principals'
            notes.error("invalid-principal-format", f"{where}.{name}", message, item[name])


def _is_principal(value: Any) -> bool:
    if not isinstance(value, Mapping):
        return bool(value == "*")
    return bool(value) and all(texts(part) for part in value.values())


def _condition_element(item: Mapping[str, Any], where: str, notes: Notes) -> None:
    conditions = item.get("Condition", {})
    if isinstance(conditions, Mapping) and all(isinstance(keys, Mapping) for keys in conditions.values()):
        return
    notes.error("data-type-mismatch", f"{where}.Condition", "is not a map of operators to maps of keys", conditions)


def _statement(item: Mapping[str, Any], where: str) -> Statement:
    return Statement(
        where=where,
        effect=item["Effect"],
        actions=tuple(texts(item.get("Action"))),
        not_actions=tuple(texts(item.get("NotAction"))),
        resources=tuple(texts(item.get("Resource"))),
        not_resources=tuple(texts(item.get("NotResource"))),
        principals=_principals(item.get("Principal", {})),
        not_principals=_principals(item.get("NotPrincipal", {})),
        conditions={
            operator: {key: _values(value) for key, value in keys.items()}
            for operator, keys in item.get("Condition", {}).items()
        },
    )


def _principals(value: Any) -> dict[str, tuple[str, ...]]:
    if isinstance(value, Mapping):
        return {str(kind): tuple(texts(items)) for kind, items in value.items()}
    return {"AWS": (value,)}


def _values(value: Any) -> tuple[str, ...]:
    items = value if isinstance(value, list) else [value]
    return tuple(item if isinstance(item, str) else json.dumps(item) for item in items)
