"""Drill **protect**: people and programs try to get past the rules of the repository that the stack registered.

Each attempt is decided by GitHub's documented rules and must have its end: what is forbidden is refused, what people
need still works.
"""

from collections.abc import Mapping
from typing import NamedTuple

from mcp_ops.rehearsal import wire
from mcp_ops.rehearsal.drills.drill import Drill, Evidence, Stage
from mcp_ops.rehearsal.drills.protect.attempts import PEOPLE, Attempt, attempts
from mcp_ops.rehearsal.simulator.github.protection import REPOSITORY, Protection, protection_of

OWNER_FILES = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")
"""Where GitHub looks for code owners, in its order."""
FILE = "github:index/repositoryFile:RepositoryFile"
COMPONENT = "mcp-ops:index:ProtectedRepository"
"""A component that says in its output `unenforced` what GitHub's plan leaves out; any other program just has none."""


def _missing(stage: Stage) -> str:
    return "" if stage.run.of_type(REPOSITORY) else "the stack manages no GitHub repository"


def _run(stage: Stage) -> Evidence:
    protection = protection_of(stage.run, _owners(stage))
    if protection is None:  # pragma: no cover - `missing` has seen the repository
        raise AssertionError
    tried = list(attempts(protection))
    unenforced = _unenforced(stage)
    ends = [_End(attempt, attempt.decide(protection)) for attempt in tried]
    may_pass = _may_pass(protection)
    wrong = [end for end in ends if end.is_wrong and not _declared(end.attempt, may_pass)]
    excused = [end for end in wrong if _feature_is_out(end.attempt, unenforced)]
    failures = [end.told for end in wrong if end not in excused]
    refused = sum(not attempt.allowed for attempt in tried)
    counted = f"{refused} to be refused and {len(tried) - refused} to succeed"
    summary = (
        f"{protection.name}: {len(tried)} attempts, {counted}: {len(failures)} ended otherwise",
        f"may pass the rules: {', '.join(sorted(may_pass)) or 'nobody'}",
        *(f"declared as not enforced by GitHub's plan: {line}" for line in unenforced),
        *failures,
    )
    facts = {
        "repository": protection.name,
        "attempts": {end.attempt.what: end.refusals or ["allowed"] for end in ends},
        "wrong": failures,
        "notEnforced": [end.attempt.what for end in excused],
        "mayPass": sorted(may_pass),
    }
    return Evidence(not failures, summary, facts)


class _End(NamedTuple):
    """How an attempt ended."""

    attempt: Attempt
    refusals: list[str]

    @property
    def is_wrong(self) -> bool:
        """Whether it should have ended otherwise."""
        return self.attempt.allowed == bool(self.refusals)

    @property
    def told(self) -> str:
        """What is wrong, for people."""
        if self.refusals:
            return f"{self.attempt.what}: refused ({'; '.join(self.refusals)}), although people need it"
        return f"{self.attempt.what}: nothing refuses it"


def _unenforced(stage: Stage) -> list[str]:
    """Returns what the component says that GitHub's plan does not enforce."""
    outputs = [wire.reveal(item.outputs) for item in stage.run.of_type(COMPONENT)]
    return [str(line) for found in outputs for line in found.get("unenforced") or ()]


def _feature_is_out(attempt: Attempt, unenforced: list[str]) -> bool:
    return bool(attempt.feature) and any(f": {attempt.feature} need " in line for line in unenforced)


def _owners(stage: Stage) -> str:
    """Returns CODEOWNERS as the program writes it, or as it stands in the project."""
    for item in stage.run.of_type(FILE):
        if item.inputs.get("file") in OWNER_FILES:
            return str(item.inputs["content"])
    files = (stage.project.directory / name for name in OWNER_FILES)
    return next((file.read_text(encoding="utf-8") for file in files if file.is_file()), "")


def _may_pass(protection: Protection) -> dict[str, tuple[str, ...]]:
    """Returns each entry of a bypass list with the attempts that it declares; those who can just write declare none."""
    found: dict[str, tuple[str, ...]] = {}
    for ruleset in protection.rulesets:
        for entry in ruleset.get("bypassActors") or ():
            roles = [role for role, actor in PEOPLE.items() if actor.is_named_by(entry) and role != "write"]
            declared = [f"merge: {role} merges own changes without approval" for role in roles]
            if entry["bypassMode"] != "pull_request":
                declared += [f"{role} pushes to the default branch" for role in roles]
            who = f"{entry['actorType']} {entry.get('actorId') or ''}".strip()
            found[f"{who} ({ruleset['name']}, {entry['bypassMode']})"] = tuple(declared)
    return found


def _declared(attempt: Attempt, may_pass: Mapping[str, tuple[str, ...]]) -> bool:
    return any(attempt.what in declared for declared in may_pass.values())


DRILL = Drill("protect", "the repository's rules hold against whoever tries to get past them", _missing, _run)
