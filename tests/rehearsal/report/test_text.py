"""The report for people, printed from records made up for it."""

import io
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from mcp_ops.rehearsal.drills.drill import Evidence, Outcome
from mcp_ops.rehearsal.findings import Finding
from mcp_ops.rehearsal.project import Project
from mcp_ops.rehearsal.record import Operation, Registration, Run
from mcp_ops.rehearsal.rehearse import Rehearsal
from mcp_ops.rehearsal.report.progress import ProgressBar
from mcp_ops.rehearsal.report.text import MOST_SHOWN, next_steps, print_report, short_type

QUEUE = "aws:sqs/queue:Queue"


def item(name: str, fidelity: Any = "executed", parent: str = "", **rest: Any) -> Registration:
    custom = fidelity != "component"
    type_ = QUEUE if custom else "shop:index:Store"
    return Registration(f"urn:x::{type_}::{name}", type_, name, parent, custom=custom, fidelity=fidelity, **rest)


def rehearsal(*registrations: Registration, errors: list[str] | None = None, **rest: Any) -> Rehearsal:
    run = Run("shop", "dev", list(registrations), errors=errors or [])
    return Rehearsal(Project("shop", "dev", Path(), Path(), {}), run, seconds=1.25, **rest)


def printed(found: Rehearsal, width: int = 80, *, terminal: bool = False) -> str:
    stream = io.StringIO()
    print_report(Console(file=stream, width=width, force_terminal=terminal), found)
    return stream.getvalue()


def store(count: int, *extra: Registration) -> Rehearsal:
    parent = item("store", "component")
    children = [item(f"queue-{number}", parent=parent.urn) for number in range(count)]
    return rehearsal(parent, *children, *extra)


def test_every_resource_stands_in_the_tree_with_the_mark_of_its_fidelity() -> None:
    parent = item("store", "component")
    kinds = ("executed", "checked", "unknown", "skipped", "read", "provider")
    children = [item(f"a-{kind}", kind, parent.urn) for kind in kinds]
    text = printed(rehearsal(parent, *children, item("bad", "failed", parent.urn, error="name is too long")))
    assert "shop · dev\n└── Store store  ✓1 ○1 ?1 ✗1 ·1 →1 ⚙1" in text
    marks = {"executed": "✓", "checked": "○", "unknown": "?", "skipped": "·", "read": "→", "provider": "⚙"}
    for kind, mark in marks.items():
        assert f"─ {mark} sqs.Queue a-{kind}\n" in text
    assert "─ ✗ sqs.Queue bad  name is too long\n" in text


def test_a_large_tree_shows_components_with_counts_and_what_needs_a_look() -> None:
    parent = "urn:x::shop:index:Store::store"
    assert "queue-7" in printed(store(MOST_SHOWN - 1))
    collapsed = printed(store(MOST_SHOWN))
    assert f"Store store  ✓{MOST_SHOWN}" in collapsed
    assert "queue-7" not in collapsed
    with_failure = printed(store(MOST_SHOWN, item("bad", "failed", parent, error="refused")))
    assert "✗ sqs.Queue bad  refused" in with_failure
    assert "queue-7" not in with_failure
    with_checked = printed(store(MOST_SHOWN, item("plain", "checked")))
    assert "○ sqs.Queue plain" in with_checked


def test_reasons_are_counted_once_a_resource() -> None:
    call = Operation("sqs.CreateQueue", executed=False, reason="moto has no sqs.CreateQueue")
    text = printed(rehearsal(item("a", "checked", operations=[call, call]), item("b", "checked", operations=[call])))
    assert "Checked against AWS's API model only\n  • moto has no sqs.CreateQueue (2)\n" in text


def test_findings_drills_warnings_and_assumptions_are_told() -> None:
    finding = Finding("warning", "open-port", "cidrIpv4", "is open to the world", urn="urn:x::T::rule")
    waived = Finding("error", "other", "policy", "is odd", urn="urn:x::T::role", waived="known")
    outcomes = [
        Outcome("serve", passed=True, seconds=3.21, evidence=Evidence(passed=True, summary=("healthy", "quick"))),
        Outcome("isolate", passed=False, seconds=0.5, evidence=Evidence(passed=False, summary=("reaches prod",))),
    ]
    found = rehearsal(
        item("q"), findings=[finding, waived], drills=outcomes, not_applicable={"rotate": "there is no secret"}
    )
    found.run.assumptions.append("hosted zone Z1 exists")
    found.run.warnings.append("careful")
    text = printed(found)
    assert "Taken to exist outside the stack\n  • hosted zone Z1 exists\n" in text
    assert "The program's warnings\n  • careful\n" in text
    assert "• warning: open-port: rule cidrIpv4: is open to the world\n" in text
    assert "• error: other: role policy: is odd (accepted: known)\n" in text
    assert "✓ │ serve   │     3.2 │ healthy" in text
    assert "✗ │ isolate │     0.5 │ reaches prod" in text
    assert "- │ rotate  │         │ does not apply: there is no secret" in text
    assert "failed  1 resources · 1 executed · 1 of 2 drills passed · 1.2 s · " in text
    assert "mend what the drill names, then run it alone: mcp-ops rehearse dev --only isolate\n" in text


def test_the_drills_are_readable_at_80_columns() -> None:
    evidence = Evidence(passed=True, summary=("tools: " + ", ".join(f"tool_{number}" for number in range(40)),))
    found = rehearsal(item("q"), drills=[Outcome("least-privilege", passed=True, seconds=1, evidence=evidence)])
    text = printed(found, 80)
    assert max(len(line) for line in text.splitlines()) <= 80
    assert all(f"tool_{number}" in text for number in range(40))
    assert "least-privilege" in text
    assert "…" not in text


def test_off_a_terminal_there_is_no_escape_code_and_on_one_there_is() -> None:
    found = rehearsal(item("bad", "failed"), errors=["bad: no"])
    assert "\x1b" not in printed(found)
    assert "\x1b[31m" in printed(found, terminal=True)


def test_a_long_line_is_wrapped_under_its_bullet_for_eyes_and_whole_for_other_programs() -> None:
    error = " ".join(["word"] * 30)
    found = rehearsal(errors=[error])
    assert f"  • {error}\n" in printed(found)
    shown = printed(found, terminal=True).split("Errors")[1].splitlines()
    assert shown[2].startswith("    word")


def test_names_and_messages_are_never_read_as_markup() -> None:
    odd = "[red]odd[/red] [/] :smile:"
    parent = item(odd, "component")
    outcome = Outcome("serve", passed=False, seconds=1, evidence=Evidence(passed=False, summary=(odd,)))
    found = rehearsal(
        parent,
        item(f"{odd}1", "failed", parent.urn, error=odd),
        errors=[odd],
        findings=[Finding("error", "rule", odd, odd, urn=f"urn::{odd}")],
        drills=[outcome],
        not_applicable={"isolate": odd},
    )
    found.run.assumptions.append(odd)
    assert printed(found, 200).count(odd) >= 9


def test_the_next_steps_follow_from_how_it_went() -> None:
    further = [
        "look around in the rehearsed environment: mcp-ops rehearse dev --keep",
        "deploy it: pulumi up --stack dev",
    ]
    assert next_steps(rehearsal(item("q"))) == ["drill it: mcp-ops rehearse dev", *further]
    assert next_steps(rehearsal(item("q"), not_applicable={"serve": "no server"})) == further
    assert next_steps(rehearsal(errors=["x"])) == ["mend the errors above; nothing has reached AWS"]
    unknown = rehearsal(errors=["x"])
    unknown.run.unknown_types = {"aws:b:B": 2, "aws:a:A": 1}
    assert next_steps(unknown) == [
        "3 resources of 2 types have no specification: aws:a:A (1), aws:b:B (2)",
        "add them (docs/adding-a-resource-type.md), or go on without them: --allow-unknown",
    ]


@pytest.mark.parametrize(
    ("type_", "short"),
    [
        ("aws:lb/listener:Listener", "lb.Listener"),
        ("mcp-ops:index:Gateway", "Gateway"),
        ("pulumi:providers:aws", "providers.aws"),
        ("custom", "custom"),
    ],
)
def test_types_are_shortened(type_: str, short: str) -> None:
    assert short_type(type_) == short


def progress(*, terminal: bool) -> str:
    stream = io.StringIO()
    outcome = Outcome("serve", passed=False, seconds=1.26, evidence=Evidence(passed=False, summary=()))
    with ProgressBar(Console(file=stream, width=80, force_terminal=terminal)) as bar:
        bar.registered(item("early"))
        bar.phase("deploy [red]dev[/red]", 2)
        bar.registered(item("a"))
        bar.registered(item("b", "skipped"))
        bar.phase("drills", 1)
        bar.drilled(outcome)
    return stream.getvalue()


def test_progress_is_a_line_a_phase_off_a_terminal() -> None:
    text = progress(terminal=False)
    assert text.split("\n")[:3] == ["deploy [red]dev[/red] ...", "drills ...", "drill serve: failed in 1.3 s"]
    assert text.strip().count("\n") == 2


def test_progress_is_a_bar_on_a_terminal_and_goes_away() -> None:
    text = progress(terminal=True)
    assert "drills" in text
    assert " ..." not in text
    assert text.rstrip().endswith("\x1b[2K")
