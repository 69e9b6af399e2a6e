"""Compares one value of a request with one value of a policy, per condition operator.

IAM User Guide, "IAM JSON policy elements: Condition operators".
"""

import base64
import binascii
import ipaddress
import operator
import re
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from mcp_ops.rehearsal.simulator.authorization.request import CannotDecide
from mcp_ops.rehearsal.simulator.authorization.variables import arn_matches, shielded, wildcard_matches

Comparison = Callable[[str, str], bool]
"""Takes the request's value and the policy's (variables replaced), in that order."""

NEGATED = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "NumericNotEquals": "NumericEquals",
    "DateNotEquals": "DateEquals",
    "NotIpAddress": "IpAddress",
    "ArnNotEquals": "ArnEquals",
    "ArnNotLike": "ArnLike",
}
"""Operators that hold where another one does not."""

WITH_VARIABLES = ("String", "Arn")
"""Prefixes of the operators whose values may contain policy variables."""

_EPOCH = re.compile(r"-?\d{5,}(\.\d+)?")


def _string_equals(given: str, wanted: str) -> bool:
    return shielded(given) == shielded(wanted)


def _string_equals_ignore_case(given: str, wanted: str) -> bool:
    return shielded(given).lower() == shielded(wanted).lower()


def _string_like(given: str, wanted: str) -> bool:
    return wildcard_matches(wanted, given)


def _arn(given: str, wanted: str) -> bool:
    found = arn_matches(wanted, given)
    if found is None:
        raise CannotDecide(f"condition value {wanted!r} is no ARN")
    return found


def _bool(given: str, wanted: str) -> bool:
    return bool(_parsed(_boolean, given, "boolean") == _parsed(_boolean, wanted, "boolean"))


def _boolean(text: str) -> bool:
    return {"true": True, "false": False}[text.lower()]


def _binary(given: str, wanted: str) -> bool:
    return bool(_parsed(_bytes, given, "base64 text") == _parsed(_bytes, wanted, "base64 text"))


def _bytes(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


def _ip(given: str, wanted: str) -> bool:
    address = _parsed(ipaddress.ip_address, given, "IP address")
    return bool(address in _parsed(_network, wanted, "IP address range"))


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    return ipaddress.ip_network(text, strict=False)


def _date(text: str) -> datetime:
    if _EPOCH.fullmatch(text):
        return datetime.fromtimestamp(float(text), UTC)
    # Years and months alone are dates of ISO 8601 that Python does not read.
    full = text + "-01-01"[3 * text.count("-") :] if "T" not in text and text.count("-") < 2 else text  # noqa: PLR2004
    found = datetime.fromisoformat(full)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _parsed(reader: Callable[[str], Any], text: str, what: str) -> Any:
    try:
        return reader(text)
    except (ValueError, KeyError, InvalidOperation, binascii.Error, OverflowError) as error:
        raise CannotDecide(f"condition value {text!r} is no {what}") from error


def _ordered(reader: Callable[[str], Any], what: str, compare: Callable[[Any, Any], bool]) -> Comparison:
    def compared(given: str, wanted: str) -> bool:
        return compare(_parsed(reader, given, what), _parsed(reader, wanted, what))

    return compared


_ORDERS: dict[str, Callable[[Any, Any], bool]] = {
    "Equals": operator.eq,
    "LessThan": operator.lt,
    "LessThanEquals": operator.le,
    "GreaterThan": operator.gt,
    "GreaterThanEquals": operator.ge,
}

COMPARISONS: dict[str, Comparison] = {
    "StringEquals": _string_equals,
    "StringEqualsIgnoreCase": _string_equals_ignore_case,
    "StringLike": _string_like,
    "ArnEquals": _arn,
    "ArnLike": _arn,
    "Bool": _bool,
    "BinaryEquals": _binary,
    "IpAddress": _ip,
    **{f"Numeric{name}": _ordered(Decimal, "number", order) for name, order in _ORDERS.items()},
    **{f"Date{name}": _ordered(_date, "date", order) for name, order in _ORDERS.items()},
}
"""By operator, without the negated ones and `Null`."""
