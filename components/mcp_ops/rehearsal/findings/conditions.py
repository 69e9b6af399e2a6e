"""Checks the conditions of a statement: operators, keys and the form of their values."""

import ipaddress
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from mcp_ops.rehearsal.findings import iam_data
from mcp_ops.rehearsal.findings.actions import ALL_ACTIONS, Named
from mcp_ops.rehearsal.findings.document import Scope, Statement
from mcp_ops.rehearsal.findings.finding import Notes, nearest
from mcp_ops.rehearsal.findings.global_keys import GLOBAL_KEYS
from mcp_ops.rehearsal.findings.patterns import STAR, without_variables

OPERATORS = (
    "StringEquals",
    "StringNotEquals",
    "StringEqualsIgnoreCase",
    "StringNotEqualsIgnoreCase",
    "StringLike",
    "StringNotLike",
    "NumericEquals",
    "NumericNotEquals",
    "NumericLessThan",
    "NumericLessThanEquals",
    "NumericGreaterThan",
    "NumericGreaterThanEquals",
    "DateEquals",
    "DateNotEquals",
    "DateLessThan",
    "DateLessThanEquals",
    "DateGreaterThan",
    "DateGreaterThanEquals",
    "Bool",
    "BinaryEquals",
    "IpAddress",
    "NotIpAddress",
    "ArnEquals",
    "ArnLike",
    "ArnNotEquals",
    "ArnNotLike",
    "Null",
)
"""Condition operators (IAM User Guide, reference_policies_elements_condition_operators)."""

SETS = ("ForAllValues:", "ForAnyValue:")
_IF_EXISTS = "IfExists"
_BY_LOWER = {name.lower(): name for name in OPERATORS}
_GLOBAL_NAMES = [item.name for name, item in GLOBAL_KEYS.items() if name.startswith("aws:")]
_TAG_KEYS = ("requesttag", "resourcetag", "principaltag")


@dataclass(frozen=True)
class Operator:
    """A condition operator, taken apart."""

    base: str
    """One of `OPERATORS`."""
    qualifier: str
    """`ForAllValues:`, `ForAnyValue:` or nothing."""
    if_exists: bool

    @property
    def demands(self) -> bool:
        """Whether it holds only when the key is present with a listed value."""
        return not self.if_exists and self.qualifier != SETS[0] and "Not" not in self.base and self.base != "Null"


@dataclass(frozen=True)
class Condition:
    """One key under one operator."""

    operator: Operator
    key: str
    values: tuple[str, ...]


def operator_of(text: str) -> Operator | None:
    """Returns an operator taken apart, or None when IAM has no such operator. Letter case does not count."""
    rest, qualifier = text, ""
    for prefix in SETS:
        if rest.lower().startswith(prefix.lower()):
            rest, qualifier = rest[len(prefix) :], prefix
    if_exists = rest.lower().endswith(_IF_EXISTS.lower())
    base = _BY_LOWER.get(rest[: -len(_IF_EXISTS)].lower() if if_exists else rest.lower())
    return Operator(base, qualifier, if_exists) if base and not (if_exists and base == "Null") else None


def conditions_of(statement: Statement) -> Iterator[Condition]:
    """Yields every key of a statement under a known operator."""
    for text, keys in statement.conditions.items():
        operator = operator_of(text)
        if operator:
            yield from (Condition(operator, key, values) for key, values in keys.items())


def check_conditions(statement: Statement, scope: Scope, named: Sequence[Named], notes: Notes) -> None:
    """Notes unknown operators and keys, keys that none of the actions has, and values of the wrong form."""
    where = f"{statement.where}.Condition"
    for text in statement.conditions:
        if operator_of(text) is None:
            hint = nearest(text, OPERATORS)
            notes.error("invalid-condition-operator", f"{where}.{text}", f"is no condition operator{hint}", text)
    for condition in conditions_of(statement):
        place = f"{where}.{condition.operator.qualifier}{condition.operator.base}.{condition.key}"
        if _known(condition.key, named, place, notes) and not _applies(condition, statement, named):
            message = "none of the statement's actions has this key, so the condition never holds"
            # Amazon S3 refuses such a bucket policy; IAM stores it, and the reference omits a few keys.
            note = notes.error if scope.service == "s3" else notes.warning
            note("unsupported-condition-key", place, message, condition.key)
        _values(condition, place, notes)


def _known(key: str, named: Sequence[Named], where: str, notes: Notes) -> bool:
    prefix, colon, rest = key.partition(":")
    if not colon or not rest:
        notes.error("invalid-condition-key-format", where, "is no condition key; write <service>:<key>", key)
        return False
    # Keys of an identity provider carry its host: token.actions.githubusercontent.com:sub.
    if "." in prefix or iam_data.global_key(key):
        return True
    if rest.lower() in _TAG_KEYS:
        notes.error("missing-tag-key-in-condition", where, f"names no tag; write {key}/<tag>", key)
        return False
    if prefix.lower() == "aws":
        hint = nearest(key, _GLOBAL_NAMES)
        notes.error("invalid-global-condition-key", where, f"is no global condition key{hint}", key)
        return False
    return _known_to_service(key, prefix, named, where, notes)


def _known_to_service(key: str, prefix: str, named: Sequence[Named], where: str, notes: Notes) -> bool:
    homes = iam_data.services_of_key_prefix(prefix)
    if not homes:
        message = f"{prefix} is no prefix of condition keys{nearest(prefix, iam_data.services())}"
        notes.error("invalid-service-condition-key", where, message, key)
        return False
    known: dict[str, str] = {}
    for service in homes.union(entry.actions[0].service for entry in named):
        known.update(iam_data.condition_keys_of(service))
    if iam_data.key_is_known(key, known):
        return True
    message = f"{prefix} has no such condition key{nearest(key, known.values())}"
    notes.error("invalid-service-condition-key", where, message, key)
    return False


def _applies(condition: Condition, statement: Statement, named: Sequence[Named]) -> bool:
    key = condition.key
    every = statement.not_actions or any(entry in ALL_ACTIONS for entry in statement.actions)
    if every or not named or not condition.operator.demands or "." in key.split(":", 1)[0] or iam_data.global_key(key):
        return True
    return any(iam_data.key_is_known(key, item.condition_keys) for entry in named for item in entry.actions)


def _values(condition: Condition, where: str, notes: Notes) -> None:
    check = next((form for prefix, form in _FORMS.items() if condition.operator.base.startswith(prefix)), None)
    for value in condition.values:
        if check and "${" not in value and not check[0](value):
            notes.error("invalid-condition-data-type", where, f"is no {check[1]}", value)
        if (
            "Equals" in condition.operator.base
            and condition.operator.base.startswith("String")
            and STAR in without_escapes(value)
        ):
            like = condition.operator.base.replace("EqualsIgnoreCase", "Like").replace("Equals", "Like")
            message = f"contains a wildcard, which {condition.operator.base} takes literally; use {like}"
            notes.warning("wildcard-without-like-operator", where, message, value)


def without_escapes(value: str) -> str:
    """Returns a value without `${...}`, so that only its own wildcards are left."""
    return re.sub(r"\$\{[^{}]*\}", "", value)


def _is_boolean(value: str) -> bool:
    return value.lower() in {"true", "false"}


def _is_number(value: str) -> bool:
    return re.fullmatch(r"-?\d+(\.\d+)?", value) is not None


def _is_date(value: str) -> bool:
    return (
        re.fullmatch(r"\d{4}(-\d{2}(-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?)?)?|\d{5,}", value)
        is not None
    )


def _is_network(value: str) -> bool:
    try:
        ipaddress.ip_network(value, strict=False)
    except ValueError:
        return False
    return True


def _is_arn(value: str) -> bool:
    plain = without_variables(value)
    return plain.startswith(("arn:", STAR))


_FORMS: dict[str, tuple[Callable[[str], bool], str]] = {
    "Bool": (_is_boolean, "boolean; write true or false"),
    "Null": (_is_boolean, "boolean; write true or false"),
    "Numeric": (_is_number, "number"),
    "Date": (_is_date, "date of ISO 8601, nor seconds since 1970"),
    "IpAddress": (_is_network, "address range; write 203.0.113.0/24"),
    "NotIpAddress": (_is_network, "address range; write 203.0.113.0/24"),
    "Arn": (_is_arn, "ARN"),
}
