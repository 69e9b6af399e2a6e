"""The rehearsal for people: a tree by component, findings, drills, totals, and what to do next."""

from collections import Counter
from collections.abc import Iterable

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from mcp_ops.rehearsal.drills.drill import Outcome
from mcp_ops.rehearsal.record import Registration, Run
from mcp_ops.rehearsal.rehearse import Rehearsal, peak_rss_mb, told
from mcp_ops.rehearsal.report.documents import resource_counts

MARKS = {
    "executed": ("✓", "green"),
    "checked": ("○", "cyan"),
    "unknown": ("?", "yellow"),
    "failed": ("✗", "red"),
    "skipped": ("·", "dim"),
    "read": ("→", "blue"),
    "provider": ("⚙", "dim"),
}
"""A mark and its colour per fidelity."""

MOST_SHOWN = 150
"""Resources above which the tree shows components with counts instead of every resource."""

Children = dict[str, list[Registration]]


def print_report(console: Console, found: Rehearsal) -> None:
    """Prints everything."""
    console.print(resource_tree(found.run, f"{found.project.name} · {found.project.stack}"))
    _print_reasons(console, found.run)
    _print_lines(console, "Taken to exist outside the stack", found.run.assumptions, "blue")
    _print_lines(console, "The program's warnings", found.run.warnings, "yellow")
    _print_findings(console, found)
    _print_drills(console, found)
    _print_lines(console, "Errors", found.errors, "red")
    _print_totals(console, found)
    _print_next(console, found)


def resource_tree(run: Run, title: str) -> Tree:
    """Returns the resources as a tree by component, each with the mark of its fidelity."""
    children: Children = {}
    for item in run.registrations:
        children.setdefault(item.parent, []).append(item)
    tree = Tree(Text(title, style="bold"), guide_style="dim")
    _grow(tree, "", children, collapsed=len(run.registrations) > MOST_SHOWN)
    return tree


def _grow(tree: Tree, parent: str, children: Children, *, collapsed: bool) -> None:
    for item in children.get(parent, ()):
        if item.fidelity == "component":
            below = list(_below(item.urn, children))
            branch = tree.add(_component_line(item, below))
            if not collapsed or any(resource.fidelity in {"failed", "unknown"} for resource in below):
                _grow(branch, item.urn, children, collapsed=collapsed)
        elif not collapsed or item.fidelity != "executed":
            branch = tree.add(_resource_line(item))
            _grow(branch, item.urn, children, collapsed=collapsed)


def _below(urn: str, children: Children) -> Iterable[Registration]:
    for item in children.get(urn, ()):
        if item.custom:
            yield item
        yield from _below(item.urn, children)


def _component_line(item: Registration, below: list[Registration]) -> Text:
    counts: Counter[str] = Counter(resource.fidelity for resource in below)
    line = Text.assemble((short_type(item.type), "bold"), " ", item.name, ("  ", ""))
    for fidelity, (mark, style) in MARKS.items():
        if counts[fidelity]:
            line.append(f"{mark}{counts[fidelity]} ", style)
    return line


def _resource_line(item: Registration) -> Text:
    mark, style = MARKS.get(item.fidelity, ("", ""))
    line = Text.assemble((f"{mark} ", style), (short_type(item.type), "dim"), " ", item.name)
    if item.error:
        line.append(f"  {item.error}", "red")
    return line


def short_type(type_: str) -> str:
    """Returns the readable part of a type token: `lb.Listener` of `aws:lb/listener:Listener`."""
    parts = type_.split(":")
    module = parts[1].split("/")[0] if len(parts) > 1 else ""
    return parts[-1] if module in {"", "index"} else f"{module}.{parts[-1]}"


def _print_lines(console: Console, title: str, lines: Iterable[str], style: str) -> None:
    shown = list(lines)
    if shown:
        console.print(f"\n[bold]{title}[/bold]")
    for line in shown:
        _print_point(console, Text(line), style)


def _print_point(console: Console, line: Text, style: str) -> None:
    """Prints a line under a bullet: wrapped for eyes, on one line for other programs."""
    if console.is_terminal or console.record:
        grid = Table.grid()
        grid.add_row(Text("  • ", style), line)
        console.print(grid)
    else:
        console.print(Text.assemble(("  • ", style), line), soft_wrap=True)


def _print_reasons(console: Console, run: Run) -> None:
    """Prints why resources were only checked, one line a reason."""
    reasons: Counter[str] = Counter()
    for item in run.resources():
        reasons.update({call.reason for call in item.operations if call.reason})
    _print_lines(
        console,
        "Checked against AWS's API model only",
        (f"{reason} ({count})" for reason, count in reasons.most_common()),
        "cyan",
    )


def _print_findings(console: Console, found: Rehearsal) -> None:
    if not found.findings:
        return
    console.print("\n[bold]Findings[/bold]")
    for finding in found.findings:
        style = "dim" if finding.waived else {"error": "red", "warning": "yellow"}[finding.level]
        _print_point(console, Text.assemble((f"{finding.level}: ", style), told(finding)), style)


def _print_drills(console: Console, found: Rehearsal) -> None:
    if not found.drills and not found.not_applicable:
        return
    table = Table(
        title="Drills", title_justify="left", title_style="bold", show_edge=False, pad_edge=False, header_style="dim"
    )
    for column in ("", "drill", "seconds", "evidence"):
        table.add_column(column, justify="right" if column == "seconds" else "left", vertical="top")
    for outcome in found.drills:
        table.add_row(*_drill_row(outcome))
    for name, lacking in found.not_applicable.items():
        table.add_row("[dim]-[/dim]", f"[dim]{name}[/dim]", "", f"[dim]does not apply: {escape(lacking)}[/dim]")
    console.print()
    console.print(table)


def _drill_row(outcome: Outcome) -> tuple[str, str, str, str]:
    mark = "[green]✓[/green]" if outcome.passed else "[red]✗[/red]"
    return mark, outcome.name, f"{outcome.seconds:.1f}", escape("\n".join(outcome.evidence.summary))


def _print_totals(console: Console, found: Rehearsal) -> None:
    counts = resource_counts(found.run)
    parts = [f"{counts['total']} resources"]
    parts += [
        f"{counts[name]} {name}" for name in ("executed", "checked", "unknown", "failed", "skipped") if counts[name]
    ]
    passed = sum(outcome.passed for outcome in found.drills)
    parts += [f"{passed} of {len(found.drills)} drills passed" if found.drills else "no drill ran"]
    parts += [f"{found.seconds:.1f} s", f"{peak_rss_mb():.0f} MB"]
    verdict = "[bold green]passed[/bold green]" if found.passed else "[bold red]failed[/bold red]"
    console.print(f"\n{verdict}  {' · '.join(parts)}")


def _print_next(console: Console, found: Rehearsal) -> None:
    _print_lines(console, "Next", next_steps(found), "green")


def next_steps(found: Rehearsal) -> list[str]:
    """Returns what a person would do now."""
    stack = found.project.stack
    if found.run.unknown_types:
        total = sum(found.run.unknown_types.values())
        return [
            f"{total} resources of {len(found.run.unknown_types)} types have no specification: "
            + ", ".join(f"{type_} ({count})" for type_, count in sorted(found.run.unknown_types.items())),
            "add them (docs/adding-a-resource-type.md), or go on without them: --allow-unknown",
        ]
    if found.errors:
        return ["mend the errors above; nothing has reached AWS"]
    if not found.passed:
        failed = next(outcome.name for outcome in found.drills if not outcome.passed)
        return [f"mend what the drill names, then run it alone: mcp-ops rehearse {stack} --only {failed}"]
    undrilled = [] if found.drills or found.not_applicable else [f"drill it: mcp-ops rehearse {stack}"]
    return [
        *undrilled,
        f"look around in the rehearsed environment: mcp-ops rehearse {stack} --keep",
        f"deploy it: pulumi up --stack {stack}",
    ]
