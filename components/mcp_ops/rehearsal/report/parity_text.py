"""The parity of a project's stacks for people."""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from mcp_ops.rehearsal.parity import Difference, Parity

LONGEST_VALUE = 240
"""Characters of a value that are shown; `--json` has all of it."""


def print_parity(console: Console, parity: Parity) -> None:
    """Prints every difference with the value of each stack: declared ones by reason, then the others."""
    declared = [item for item in parity.differences if item.permitted]
    undeclared = [item for item in parity.differences if not item.permitted]
    for reason, items in _grouped(declared, lambda item: item.reason):
        _print_group(console, Text.assemble(("declared: ", "green"), (reason, "bold")), items)
    if undeclared:
        _print_group(console, Text("undeclared", "bold red"), undeclared)
    for where in parity.unused:
        console.print(Text.assemble(("declared without use: ", "bold red"), where, "; take it out of parity.yaml"))
    _print_state(console, parity)
    _print_verdict(console, parity, len(declared), len(undeclared))


def _print_state(console: Console, parity: Parity) -> None:
    """Prints, of each stack, how much of its state is backed up and proved by restore tests, and names the rest."""
    for stack, items in parity.state.items():
        open_ = [f"{item.kind} {item.name}" for item in items if not item.covered]
        counts = f"{len(items) - len(open_)} of {len(items)} backed up and restore-tested"
        rest = (f"; not: {', '.join(open_)}", "bold red") if open_ else ("", "")
        console.print(Text.assemble(("state of ", "dim"), stack, f": {counts}", rest))


def _print_group(console: Console, title: Text, items: list[Difference]) -> None:
    """Prints places that differ in the same way below one line of values."""
    console.print(title)
    for values, alike in _grouped(items, lambda item: _said(console, item.values)):
        console.print(Padding(Text(values, "cyan"), (0, 0, 0, 2)))
        for item in alike:
            console.print(Padding(Text(item.where), (0, 0, 0, 6)))
    console.print()


def _print_verdict(console: Console, parity: Parity, declared: int, undeclared: int) -> None:
    verdict = ("passed", "bold green") if parity.passed else ("failed", "bold red")
    counts = f"{declared} declared and {undeclared} undeclared differences"
    stale = f", {len(parity.unused)} declarations without use" if parity.unused else ""
    console.print(Text.assemble(verdict, f"  {', '.join(parity.stacks)}: {counts}{stale}"))
    if undeclared:
        console.print("Make the stacks equal there, or declare the place in parity.yaml with its reason.")


def _grouped(items: Iterable[Difference], key: Callable[[Difference], str]) -> list[tuple[str, list[Difference]]]:
    groups: dict[str, list[Difference]] = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    return list(groups.items())


def _said(console: Console, values: Mapping[str, Any]) -> str:
    """Returns the values on one line where they fit, else one line a stack."""
    parts = [f"{stack}: {_short(value)}" for stack, value in values.items()]
    line = "   ".join(parts)
    return line if len(line) <= console.width - 2 else "\n".join(parts)


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST_VALUE else f"{text[: LONGEST_VALUE - 3]}..."
