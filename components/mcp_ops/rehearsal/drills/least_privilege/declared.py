"""What the stack's output `rehearsal` says of roles that the drill cannot judge by what uses them.

`{"roles": {name: {"role": ARN or name, "may": [...], "mustNot": [...]}}}`; an entry is `action` or
`{"action", "resource", "keys"}`.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from mcp_ops.errors import shown
from mcp_ops.rehearsal import wire
from mcp_ops.rehearsal.drills.declarations import OUTPUT
from mcp_ops.rehearsal.drills.drill import Failed, Stage
from mcp_ops.rehearsal.drills.least_privilege.asks import Ask, Estate, Expected

KEYS = frozenset({"complete", "mustNot", "may", "purpose", "role"})
ASK_KEYS = frozenset({"action", "keys", "resource"})


def declared(stage: Stage, estate: Estate) -> list[Expected]:
    """Returns the declared expectations.

    Raises:
        Failed: the output has another shape, or names a role that the stack does not register.
    """
    output = wire.reveal(stage.run.outputs.get(OUTPUT))
    roles = output.get("roles") if isinstance(output, Mapping) else None
    if not roles:
        return []
    if not isinstance(roles, Mapping):
        raise Failed(
            f'the output {OUTPUT}.roles: {shown(roles)} is not of the form {{NAME: {{"role", "may", "mustNot"}}}}'
        )
    return [_expected(estate, f"the output {OUTPUT}.roles.{name}", entry) for name, entry in sorted(roles.items())]


def _expected(estate: Estate, where: str, entry: Any) -> Expected:
    if not isinstance(entry, Mapping) or not entry.keys() <= KEYS:
        raise Failed(f"{where}: {shown(entry)} is not of the form {{{', '.join(sorted(KEYS))}}}")
    role = estate.role_at(entry.get("role"))
    if role is None:
        raise Failed(f"{where}.role: {shown(entry.get('role'))} is no role of the stack")
    may = list(_asks(f"{where}.may", entry.get("may") or []))
    must_not = list(_asks(f"{where}.mustNot", entry.get("mustNot") or []))
    purpose = str(entry.get("purpose") or "is declared")
    return Expected(role, purpose, may, must_not, complete=bool(entry.get("complete")))


def _asks(where: str, entries: Any) -> Iterator[Ask]:
    for index, entry in enumerate(entries if isinstance(entries, list) else [entries]):
        given: Any = {"action": entry} if isinstance(entry, str) else entry
        if not isinstance(given, Mapping) or not given.keys() <= ASK_KEYS or ":" not in str(given.get("action")):
            raise Failed(
                f"{where}[{index}]: {shown(entry)} is no action, and not of the form {{action, resource, keys}}"
            )
        keys = {str(key): str(value) for key, value in (given.get("keys") or {}).items()}
        yield Ask(str(given["action"]), str(given.get("resource") or "*"), keys)
