"""Small programs that are rehearsed for one drill."""

from pathlib import Path

from tests.support.projects import write_project

from mcp_ops.errors import InputError
from mcp_ops.rehearsal.drills.drill import Outcome
from mcp_ops.rehearsal.rehearse import Options, rehearsed

CONTRACT = str(Path(__file__).parent / "servers" / "contract.py")
"""A server that keeps the server contract, apart from a fault of one's choice."""
TELLING = str(Path(__file__).parent / "servers" / "telling.py")
"""A server that writes access lines with metrics."""

_CHANGE = """
    def changed_{what}(args):
        {statement}
        return pulumi.ResourceTransformResult(args.props, args.opts)

    {what}_opts = pulumi.ResourceOptions(provider=provider, transforms=[changed_{what}])
"""


def ended(project: Path, drill: str, stack: str = "dev", *, previewed: bool = False) -> Outcome | str:
    """Rehearses a project, which has to build; returns how its drill ended, or why it did not run.

    No drill asks about the preview; programs that refer to other stacks need one.
    """
    refused: list[str] = []
    try:
        with rehearsed(project, stack, Options(only=drill, previewed=previewed)) as (found, _):
            assert found.run.errors == []
            (outcome,) = found.drills
            return outcome
    except InputError as error:
        refused = str(error).split(f"--only: {drill} does not apply to {stack}: ")
    before, lacking = refused
    assert before == ""
    return lacking


def outcome_of(project: Path, drill: str, stack: str = "dev", *, previewed: bool = False) -> Outcome:
    """Rehearses a project, which has to build, and returns how its drill ended."""
    outcome = ended(project, drill, stack, previewed=previewed)
    assert isinstance(outcome, Outcome), outcome
    return outcome


def program_outcome(directory: Path, drill: str, program: str, changes: str = "", ending: str = "") -> Outcome:
    """Rehearses a program with something put in where it says `# changes` and `# the end`."""
    text = program.replace("    # changes\n", changes).replace("    # the end\n", ending)
    return outcome_of(write_project(directory, text), drill)


def changed(statement: str, what: str) -> str:
    """Returns lines for `# changes`: a statement about `args`, the resources below those made with `{what}_opts`."""
    return _CHANGE.format(statement=statement, what=what)


def told(outcome: Outcome) -> str:
    """Returns everything that a drill says that has to have failed."""
    assert not outcome.passed
    return "\n".join(outcome.evidence.summary)
