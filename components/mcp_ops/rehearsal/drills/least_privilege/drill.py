"""Drill **least-privilege**.

Every role of the stack is tried with what it must be able to do and with what it must not, and so is the boundary;
nothing is carried out. What its policies allow and nothing ever uses is listed.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mcp_ops.rehearsal import wire
from mcp_ops.rehearsal.drills.drill import Drill, Evidence, Failed, Stage
from mcp_ops.rehearsal.drills.least_privilege.asks import Ask, Estate, Expected, Taking
from mcp_ops.rehearsal.drills.least_privilege.boundary import boundary_problems
from mcp_ops.rehearsal.drills.least_privilege.declared import declared
from mcp_ops.rehearsal.drills.least_privilege.elsewhere import tried_elsewhere
from mcp_ops.rehearsal.drills.least_privilege.people import people
from mcp_ops.rehearsal.drills.least_privilege.workloads import workloads
from mcp_ops.rehearsal.findings.patterns import matches
from mcp_ops.rehearsal.record import Registration
from mcp_ops.rehearsal.simulator.authorization.policy import Policy
from mcp_ops.rehearsal.simulator.authorization.questions import Questions
from mcp_ops.rehearsal.simulator.authorization.request import CannotDecide
from mcp_ops.rehearsal.simulator.authorization.trust import Attempt

VAULT = "aws:backup/vault:Vault"
VAULT_POLICY = "aws:backup/vaultPolicy:VaultPolicy"


@dataclass
class _Tried:
    """How one role did."""

    purpose: str
    allowed: int = 0
    refused: int = 0
    unused: list[str] = field(default_factory=list)
    complete: bool = False

    def as_json(self) -> dict[str, Any]:
        return {
            "purpose": self.purpose,
            "allowed": self.allowed,
            "refused": self.refused,
            "unused": self.unused,
            "complete": self.complete,
        }


def _missing(stage: Stage) -> str:
    estate = Estate(stage.run)
    bounded = any(_boundary(role) for role in estate.roles)
    return "" if bounded or declared(stage, estate) else "no role of the stack carries a permissions boundary"


def _run(stage: Stage) -> Evidence:
    estate = Estate(stage.run)
    questions = Questions(stage.cloud.client, _vault_policies(estate))
    roles: dict[str, _Tried] = {}
    problems = [f"{role.name}: carries no permissions boundary" for role in estate.roles if not _boundary(role)]
    expectations = merged([*workloads(estate), *people(estate), *declared(stage, estate)])
    done = _done(stage)
    for expected in expectations:
        problems += [f"{expected.role.name}: {problem}" for problem in _try(questions, expected)]
        tried = roles[expected.role.name] = _Tried(expected.purpose, complete=expected.complete)
        tried.allowed, tried.refused = len(expected.may) + len(expected.takes), len(expected.must_not)
        tried.refused += len(expected.refused)
        used = {ask.action for ask in expected.may} | done.get(expected.arn, set())
        tried.unused = unused(questions.role(expected.arn).identity, used)
    known = {expected.arn for expected in expectations}
    rest = [role for role in estate.roles if role.outputs["arn"] not in known]
    elsewhere = _elsewhere(stage, rest)
    told = {name for names in elsewhere.values() for name in names}
    unknown = [role.name for role in rest if role.name not in told]
    asked, found = boundary_problems(estate)
    problems += found
    summary = [
        *_lines(roles),
        *_lines_of_others(elsewhere, unknown),
        f"the boundary itself: {asked} actions tried",
        *problems,
    ]
    facts = {
        "roles": {name: tried.as_json() for name, tried in roles.items()},
        "tried_elsewhere": elsewhere,
        "not_tried": unknown,
        "boundary": asked,
        "problems": problems,
    }
    return Evidence(not problems, tuple(summary), facts)


def _elsewhere(stage: Stage, rest: Sequence[Registration]) -> dict[str, list[str]]:
    """Returns the roles that are not tried here by the name of each drill that tries them."""
    found = {}
    for drill, arns in tried_elsewhere(stage).items() if rest else ():
        names = [role.name for role in rest if role.outputs["arn"] in arns]
        if names:
            found[drill] = names
    return found


def merged(expectations: Sequence[Expected]) -> list[Expected]:
    """Returns the expectations by role: what several resources and the program say of one counts together."""
    found: dict[str, Expected] = {}
    for item in expectations:
        first = found.setdefault(item.arn, item)
        if first is item:
            continue
        own = {(ask.action, ask.resource) for ask in (*first.may, *item.may)}
        first.purpose = f"{first.purpose}; {item.purpose}"
        first.may += item.may
        first.takes += item.takes
        first.refused += item.refused
        first.must_not = [ask for ask in (*first.must_not, *item.must_not) if (ask.action, ask.resource) not in own]
        first.complete = first.complete and item.complete
    return list(found.values())


def _try(questions: Questions, expected: Expected) -> Iterator[str]:
    """Yields every expectation that does not hold."""
    for ask in expected.may:
        refused = _refusal(questions, expected, ask)
        if refused:
            yield f"cannot {ask}: {refused}"
    for ask in expected.must_not:
        if not _refusal(questions, expected, ask):
            yield f"can {ask}"
    for taking in expected.takes:
        refused = _refusal(questions, expected, taking)
        if refused:
            yield f"cannot be taken by {taking}: {refused}"
    for taking in expected.refused:
        if not _refusal(questions, expected, taking):
            yield f"can be taken by {taking}"


def _refusal(questions: Questions, expected: Expected, tried: Ask | Taking) -> str:
    """Returns why something is refused; empty when it is allowed."""
    try:
        if isinstance(tried, Ask):
            decision = questions.allows(expected.arn, tried.action, tried.resource, tried.keys, expected.role.region)
        else:
            decision = questions.may_take(expected.arn, Attempt(tried.principal, tried.context))
    except CannotDecide as error:
        raise Failed(f"{expected.role.name}: whether IAM allows {tried} cannot be told: {error}") from error
    return "" if decision.allowed else decision.reason


def _done(stage: Stage) -> dict[str, set[str]]:
    """Returns the actions that earlier drills did under roles, here and in copies, by the role's ARN."""
    here, copies = stage.cloud.used_actions(), stage.used
    return {arn: here.get(arn, set()) | copies.get(arn, set()) for arn in (*here, *copies)}


def unused(policies: Sequence[Policy], used: set[str]) -> list[str]:
    """Returns the actions in Allow statements, wildcards as they stand, that none of the used ones needs; sorted."""
    allowing = (statement for policy in policies for statement in policy.statements if statement.allows)
    granted = {action for statement in allowing for action in statement.actions}
    return sorted(item for item in granted if not any(matches(item.lower(), action.lower()) for action in used))


def _boundary(role: Registration) -> str:
    return str(wire.reveal(role.inputs).get("permissionsBoundary") or "")


def _vault_policies(estate: Estate) -> Mapping[str, str]:
    """Returns the registered policies of backup vaults by ARN, which simulated AWS does not store."""
    policies = {
        str(inputs.get("backupVaultName")): str(inputs.get("policy")) for _, inputs in _raw(estate, VAULT_POLICY)
    }
    vaults = {str(item.outputs["arn"]): str(item.outputs.get("name")) for item, _ in estate.of_type(VAULT)}
    made_up = estate.arn("backup", "backup-vault:rehearsal")
    return {made_up: "", **{arn: policies.get(name, "") for arn, name in vaults.items()}}


def _raw(estate: Estate, type_: str) -> list[tuple[Registration, Mapping[str, Any]]]:
    return [(item, wire.reveal(item.inputs)) for item in estate.run.of_type(type_)]


def _lines(roles: Mapping[str, _Tried]) -> Iterator[str]:
    allowed, refused = (sum(getattr(tried, name) for tried in roles.values()) for name in ("allowed", "refused"))
    yield f"{len(roles)} roles tried: {allowed} calls that they must be able to make, {refused} that they must not"
    for name, tried in roles.items():
        if tried.unused:
            since = "nothing needs" if tried.complete else "no drill so far has used"
            yield f"{name}: {since} {', '.join(tried.unused)}"


def _lines_of_others(elsewhere: Mapping[str, Sequence[str]], unknown: Sequence[str]) -> Iterator[str]:
    for drill, names in elsewhere.items():
        yield f"tried by drill {drill}: {', '.join(names)}"
    if unknown:
        yield f"tried by no drill, nothing says what they are for: {', '.join(unknown)}"


DRILL = Drill("least-privilege", "every role can do what it is for, and nothing else", _missing, _run, alone=True)
