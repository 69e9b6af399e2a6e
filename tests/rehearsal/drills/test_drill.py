"""A drill that goes wrong fails on its own, whatever went wrong."""

from typing import Any

import pytest

from mcp_ops.rehearsal.drills.drill import Drill, Evidence, Failed
from mcp_ops.rehearsal.simulator.errors import Refusal


def drill(error: Exception) -> Drill:
    def run(_: Any) -> Evidence:
        raise error

    return Drill("sample", "goes wrong", lambda _: "", run)


@pytest.mark.parametrize("error", [Failed("no answer\nin 2 s"), Refusal("no answer\nin 2 s")])
def test_a_failed_expectation_is_told_line_by_line(error: Exception) -> None:
    outcome = drill(error).timed(None)  # type: ignore[arg-type] # no stage is looked at
    assert (outcome.passed, outcome.evidence.summary) == (False, ("no answer", "in 2 s"))


def test_a_defect_of_a_drill_is_told_with_its_place() -> None:
    outcome = drill(KeyError("servers")).timed(None)  # type: ignore[arg-type] # as above
    assert not outcome.passed
    (line,) = outcome.evidence.summary
    assert line.startswith("the drill itself failed at test_drill.py:")
    assert line.endswith("KeyError: 'servers'")
