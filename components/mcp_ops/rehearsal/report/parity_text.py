"""The parity of a project's stacks for people."""

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from mcp_ops.rehearsal.parity import Difference, Parity


def print_parity(console: Console, parity: Parity) -> None:
    """Prints every difference with both values, undeclared ones first."""
    undeclared = [item for item in parity.differences if not item.permitted]
    declared = [item for item in parity.differences if item.permitted]
    if undeclared:
        console.print(_table("Undeclared differences", undeclared, parity.stacks, "red"))
    if declared:
        console.print(_table("Declared differences", declared, parity.stacks, "green"))
    for where in parity.unused:
        console.print(f"[red]declared, but does not occur:[/red] {escape(where)}; take it out of parity.yaml")
    verdict = "[bold green]passed[/bold green]" if parity.passed else "[bold red]failed[/bold red]"
    console.print(
        f"\n{verdict}  {', '.join(parity.stacks)}: "
        f"{len(declared)} declared and {len(undeclared)} undeclared differences"
    )


def _table(title: str, differences: list[Difference], stacks: tuple[str, ...], style: str) -> Table:
    table = Table(title=title, title_justify="left", title_style=f"bold {style}", show_edge=False, header_style="dim")
    for column in ("where", *stacks, "reason"):
        table.add_column(column, overflow="fold")
    for item in differences:
        table.add_row(
            escape(item.where), *(escape(str(item.values[name])) for name in stacks), escape(item.reason or "-")
        )
    return table
