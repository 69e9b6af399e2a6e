"""Tells whether the conditions of a statement hold for a request.

IAM User Guide, "Condition operators", "Multivalued context keys" and "Evaluation logic for multiple context keys".
"""

from collections.abc import Sequence

from mcp_ops.rehearsal.findings.conditions import SETS, Operator, operator_of
from mcp_ops.rehearsal.findings.document import Statement
from mcp_ops.rehearsal.simulator.authorization.request import CannotDecide, Request, Value
from mcp_ops.rehearsal.simulator.authorization.values import COMPARISONS, NEGATED, WITH_VARIABLES
from mcp_ops.rehearsal.simulator.authorization.variables import expanded

_ALL, _ANY = SETS


def conditions_hold(statement: Statement, request: Request, *, has_variables: bool) -> bool:
    """Tells whether every condition holds. One that certainly does not settles it, whatever the others are.

    Raises:
        CannotDecide: none fails for certain, and one cannot be evaluated.
    """
    unknown: list[str] = []
    for text, keys in statement.conditions.items():
        for key, wanted in keys.items():
            try:
                if not _holds(text, key, wanted, request, has_variables=has_variables):
                    return False
            except CannotDecide as error:
                unknown.append(f"{statement.where}.Condition.{text}.{key}: {error}")
    if unknown:
        raise CannotDecide("; ".join(unknown))
    return True


def _holds(text: str, key: str, wanted: Sequence[str], request: Request, *, has_variables: bool) -> bool:
    operator = operator_of(text)
    if operator is None:
        raise CannotDecide(f"{text} is no condition operator")
    value = request.value_of(key)
    if operator.base == "Null":
        return any(_is_true(item) == (value is None) for item in wanted)
    if value is None:
        return _absent_holds(operator)
    if has_variables and operator.base.startswith(WITH_VARIABLES):
        wanted = _filled(operator, wanted, request)
    return _compared(operator, value, wanted)


def _is_true(text: str) -> bool:
    if text.lower() not in {"true", "false"}:
        raise CannotDecide(f"condition value {text!r} is no boolean")
    return text.lower() == "true"


def _absent_holds(operator: Operator) -> bool:
    if operator.if_exists or operator.qualifier == _ALL:
        return True
    return operator.qualifier != _ANY and operator.base in NEGATED


def _filled(operator: Operator, wanted: Sequence[str], request: Request) -> list[str]:
    filled = [(item, expanded(item, lambda key: text_of(request, key))) for item in wanted]
    missing = [item for item, value in filled if value is None]
    # A value that cannot be built matches nothing; what that means for a negated operator AWS leaves open.
    if missing and operator.base in NEGATED:
        raise CannotDecide(f"{missing[0]} has no value in this request")
    return [value for _, value in filled if value is not None]


def text_of(request: Request, key: str) -> str | None:
    """Returns the value of a key for a policy variable.

    Raises:
        CannotDecide: it is unknown or multivalued; the latter cannot be used as variables.
    """
    value = request.value_of(key)
    if isinstance(value, tuple):
        raise CannotDecide(f"{key} is multivalued and no policy variable")
    return value


def _compared(operator: Operator, value: Value, wanted: Sequence[str]) -> bool:
    given = value if isinstance(value, tuple) else (value,)
    if not operator.qualifier and len(given) != 1:
        raise CannotDecide(f"the key has {len(given)} values; only {_ALL} and {_ANY} can compare them")
    compare = COMPARISONS[NEGATED.get(operator.base, operator.base)]
    negated = operator.base in NEGATED
    # Several values of a policy are one OR; under a negated operator that is "none of them".
    each = (any(compare(item, one) for one in wanted) != negated for item in given)
    return any(each) if operator.qualifier == _ANY else all(each)
