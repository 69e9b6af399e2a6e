"""Drill **rotate**.

A secret of each kind is rotated twice by the stack's own function, under its own role, broken off at every step and
resumed; a value that fails its test must not become current; services that use the secret are restarted, and no others.
"""

from dataclasses import dataclass, field
from typing import Any

from mcp_ops.rehearsal.drills.drill import Drill, Evidence, Stage
from mcp_ops.rehearsal.drills.rotate.exercise import Exercise, exercised, tested_schedules
from mcp_ops.rehearsal.drills.rotate.readers import reader_problems
from mcp_ops.rehearsal.drills.rotate.restarts import restarts_after, users
from mcp_ops.rehearsal.drills.rotate.secrets import Rotated, one_of_each_kind, rotated_secrets
from mcp_ops.rehearsal.drills.rotate.servers import serving
from mcp_ops.rehearsal.simulator.authorization.holding import held


@dataclass
class _Report:
    """What the drill has found so far."""

    secrets: dict[str, dict[str, Any]] = field(default_factory=dict)
    summary: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def evidence(self) -> Evidence:
        facts = {"secrets": self.secrets, "problems": self.problems}
        return Evidence(not self.problems, (*self.summary, *self.problems), facts)


def _missing(stage: Stage) -> str:
    return "" if rotated_secrets(stage) else "no secret of the stack is rotated by a function of the stack"


def _run(stage: Stage) -> Evidence:
    report = _Report()
    secrets = rotated_secrets(stage)
    names = {secret.arn: secret.name for secret in secrets}
    served = False
    with held():
        refused = tested_schedules(stage)
        report.problems += [f"{names.get(arn, arn)}: its schedule was refused" for arn in refused]
        for secret in one_of_each_kind(secrets):
            served = _drill(stage, secret, report, serve=not served) or served
    return report.evidence()


def _drill(stage: Stage, secret: Rotated, report: _Report, *, serve: bool) -> bool:
    """Drills one secret; returns whether a server was up meanwhile."""
    facts: dict[str, Any] = {}
    if serve:
        with serving(stage, secret) as (servers, up):
            found = exercised(stage, secret)
        report.problems += [f"{secret.name}: {problem}" for problem in servers.problems]
        facts["servers"] = servers.answers
    else:
        found, up = exercised(stage, secret), False
    report.secrets[secret.name] = facts | found.as_json()
    report.problems += [f"{secret.name}: {problem}" for problem in found.problems]
    report.summary.append(_line(secret, found))
    if serve and up:
        report.summary.append(f"  {servers.line()}")
    _restart(stage, secret, found, report)
    _readers(stage, secret, report)
    return up


def _line(secret: Rotated, found: Exercise) -> str:
    current = next((str(item["AWSCURRENT"])[:8] for item in reversed(found.versions.history)), "none")
    told = f"{len(found.succeeded)} rotations, broken off at {', '.join(found.interruptions)}, each resumed"
    alert = (
        f"a bad value alerted {', '.join(sorted(set(found.alerts)))}" if found.alerts else "a bad value alerted nobody"
    )
    return f"{secret.name} ({secret.kind}): {told}; {alert}; version {current} is current ({found.seconds:.2f} s)"


def _restart(stage: Stage, secret: Rotated, found: Exercise, report: _Report) -> None:
    if not found.succeeded or not users(stage, secret.arn):
        return
    restarts = restarts_after(stage, secret, found.succeeded[-1])
    report.problems += [f"{secret.name}: {problem}" for problem in restarts.problems]
    names = [arn.rsplit("/", 1)[-1] for arn in restarts.restarted]
    report.secrets[secret.name]["restarted"] = names
    report.summary.append(f"  restarted one after the other: {', '.join(names) or 'no service'}")


def _readers(stage: Stage, secret: Rotated, report: _Report) -> None:
    readers, refused, problems = reader_problems(stage, secret)
    report.problems += [f"{secret.name}: {problem}" for problem in problems]
    report.secrets[secret.name] |= {"readers": readers, "refused": refused}
    report.summary.append(f"  read by {', '.join(readers) or 'no server'}; refused to {len(refused)} other roles")


DRILL = Drill("rotate", "secrets rotate under interruptions, and servers get the new value", _missing, _run)
