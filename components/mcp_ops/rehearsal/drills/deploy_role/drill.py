"""Drill **deploy-role**: the roles that GitHub's workflows take.

Whose token takes which; whether the deploy role may make every call that the stack is made of, and none on what is
another environment's; whether the others can change nothing. Some calls are made for real, with IAM enforced.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from mcp_ops.rehearsal.drills.deploy_role.calls import TAG, Ask, Estate, moved
from mcp_ops.rehearsal.drills.deploy_role.probes import probe_problems
from mcp_ops.rehearsal.drills.deploy_role.trust import Trusted, token_problems, trusted_roles
from mcp_ops.rehearsal.drills.drill import Drill, Evidence, Stage
from mcp_ops.rehearsal.findings.patterns import matches
from mcp_ops.rehearsal.simulator.authorization.decision import Decision, decide
from mcp_ops.rehearsal.simulator.authorization.policy import Policies, Policy, read_policy
from mcp_ops.rehearsal.simulator.authorization.request import Principal, Request, Value, account_of, role_session
from mcp_ops.rehearsal.simulator.authorization.stored_policies import RolePolicies, role_policies, trust_policy
from mcp_ops.rehearsal.simulator.places import Place

OTHER = "another-environment"
SHOWN = 12
"""Problems of one kind that are told; the rest is counted."""


def _missing(stage: Stage) -> str:
    return "" if any(trusted_roles(stage.run)) else "no role of the stack is taken by GitHub's workflows"


@dataclass
class _Tally:
    """How one role did."""

    purpose: str
    tokens: int = 0
    may: int = 0
    guarded: list[str] = field(default_factory=list)
    """Calls that a Deny of the role's own keeps for an administrator."""
    unbound: list[str] = field(default_factory=list)
    """Calls that AWS binds to nothing."""
    problems: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """Returns the role's entry in the report."""
        return {
            "purpose": self.purpose,
            "tokens": self.tokens,
            "mayMake": self.may,
            "keptForAdministrators": self.guarded,
            "unbound": self.unbound,
            "problems": self.problems,
        }


class _Judge:
    """Decides calls under one role."""

    def __init__(self, stage: Stage, trusted: Trusted) -> None:
        self.account = account_of(trusted.arn)
        iam = stage.cloud.client("iam", Place(self.account))
        stored: RolePolicies = role_policies(iam, trusted.arn)
        self.trust = trust_policy(iam, trusted.arn)
        self._identity, self._boundary = stored.identity, stored.boundary
        self._about: dict[str, tuple[list[Policy], Policy | None]] = {}
        self._decided: dict[tuple[object, ...], Decision] = {}
        self._principal: Principal = role_session(trusted.arn, "workflow", stored.tags)

    def one(self, action: str, resource: str, context: Mapping[str, Value], key_policy: str = "") -> Decision:
        """Decides one call; what is not in the context is not there."""
        key = (action, resource, tuple(sorted(context.items())), key_policy)
        if key not in self._decided:
            request = Request(self._principal, action, resource, context, frozenset({"*"}))
            own = read_policy(key_policy, "key policy", "resource", "kms") if key_policy else None
            identity, boundary = self._policies_about(action)
            self._decided[key] = decide(request, Policies(self.account, identity, boundary, resource=own))
        return self._decided[key]

    def _policies_about(self, action: str) -> tuple[list[Policy], Policy | None]:
        """Returns the policies with only what they say of one action: each names hundreds and is asked often."""
        if action not in self._about:
            boundary = _about(self._boundary, action) if self._boundary else None
            self._about[action] = [_about(policy, action) for policy in self._identity], boundary
        return self._about[action]

    def best(self, ask: Ask) -> Decision:
        """Returns the best decision of the ways in which IAM may see a call; a Deny in any of them counts."""
        name, policy = ask.action.full_name, ask.key_policy
        decisions = [self.one(name, ask.resource, context, policy) for context in ask.contexts()]
        denied = next((item for item in decisions if item.explicit), None)
        return denied or next((item for item in decisions if item.allowed), decisions[0])


def _about(policy: Policy, action: str) -> Policy:
    wanted = action.lower()
    found = []
    for statement in policy.statements:
        named = tuple(entry for entry in statement.actions if matches(entry.lower(), wanted))
        if named or statement.not_actions:
            found.append(replace(statement, actions=named))
    return replace(policy, statements=tuple(found))


def _run(stage: Stage) -> Evidence:
    asks = list(Estate(stage.run).asks())
    trusted = list(trusted_roles(stage.run))
    judges = {role.arn: _Judge(stage, role) for role in trusted}
    may = {arn: sum(judge.best(ask).allowed for ask in asks if ask.action.writes) for arn, judge in judges.items()}
    deployer = max(may, key=lambda arn: may[arn])
    tallies = {}
    for role in trusted:
        judge, name = judges[role.arn], str(role.role.outputs.get("name") or role.role.name)
        tally = tallies[name] = _Tally(_purpose(role, deployer), may=may[role.arn])
        tally.tokens, tally.problems = token_problems(role, judge.trust)
        if role.arn == deployer:
            _deploys(stage, judge, asks, tally)
        else:
            _changes_little(judge, asks, tally, reads_only=not role.environment)
        tally.problems += probe_problems(stage, role, deploys=role.arn == deployer)
    problems = [f"{name}: {problem}" for name, tally in tallies.items() for problem in _shortened(tally.problems)]
    summary = (*(_line(name, tally, len(asks)) for name, tally in tallies.items()), *problems)
    facts = {"calls": len(asks), "roles": {name: tally.as_json() for name, tally in tallies.items()}}
    return Evidence(not problems, summary, facts)


def _purpose(role: Trusted, deployer: str) -> str:
    if role.arn == deployer:
        return "deploys"
    return f"acts for {role.environment}" if role.environment else "looks"


def _line(name: str, tally: _Tally, calls: int) -> str:
    kept = f", {len(tally.guarded)} kept for administrators" if tally.guarded else ""
    changes = f"may make {tally.may} of the changes among the stack's {calls} calls{kept}"
    return f"{name} {tally.purpose}: {tally.tokens} tokens tried; {changes}"


def _deploys(stage: Stage, judge: _Judge, asks: list[Ask], tally: _Tally) -> None:
    """What deploys must be able to make what the stack is made of, and nothing of another environment's."""
    for ask in asks:
        decision = judge.best(ask)
        call = f"{ask.action.full_name} for {ask.item.name}"
        if decision.explicit:
            tally.guarded.append(call)
        elif not decision.allowed:
            tally.problems.append(f"may not call {call}, which the stack needs")
    for role, service in Estate(stage.run).passed_roles():
        context = {"iam:PassedToService": service}
        decision = judge.one("iam:PassRole", str(role.outputs["arn"]), context)
        if not decision.allowed and not decision.explicit:
            tally.problems.append(f"may not pass {role.name} to {service}")
    for ask in asks:
        _reaches_over(judge, ask, tally)
    tally.problems += _reaches_counterpart(stage, judge)


def _reaches_over(judge: _Judge, ask: Ask, tally: _Tally) -> None:
    """Notes a change that the role could make to the same thing, were it another environment's."""
    if not ask.action.writes or "aws:resourcetag/*" not in ask.action.condition_keys:
        if ask.action.writes and not ask.bindable:
            tally.unbound.append(ask.action.full_name)
        return
    foreign = {**ask.existing, f"aws:ResourceTag/{TAG}": OTHER}
    requested = {key: value for key, value in ask.requested.items() if key.startswith("aws:RequestTag/")}
    for context in (foreign, {**foreign, **requested}):
        if judge.one(ask.action.full_name, ask.resource, context, ask.key_policy).allowed:
            tally.problems.append(f"may call {ask.action.full_name} on what another environment owns")
            return


def _reaches_counterpart(stage: Stage, judge: _Judge) -> Iterator[str]:
    """Yields changes to what another stack really has that the role could make, as if both were in one account."""
    name = stage.counterpart
    if not name:
        return
    run = stage.beside(name)
    for ask in Estate(run).asks():
        if ask.action.writes and ask.bindable:
            own = ask.elsewhere(ask.item.account, judge.account)
            if judge.best(own).allowed and ask.action.supports_resource_level:
                yield f"may call {ask.action.full_name} on {ask.item.name} of {name}"
    for role, service in Estate(run).passed_roles():
        arn = moved(str(role.outputs["arn"]), role.account, judge.account)
        if judge.one("iam:PassRole", arn, {"iam:PassedToService": service}).allowed:
            yield f"may pass {role.name} of {name} to {service}"


def _changes_little(judge: _Judge, asks: list[Ask], tally: _Tally, *, reads_only: bool) -> None:
    """What does not deploy makes nothing and removes nothing; what looks changes nothing at all."""
    for ask in asks:
        if ask.action.writes and judge.best(ask).allowed:
            tally.problems.append(f"may call {ask.action.full_name} for {ask.item.name}")
    role, iam = f"arn:aws:iam::{judge.account}:role/any", ("iam:CreateRole", "iam:PassRole", "iam:PutRolePolicy")
    actions = [*iam, *(("ecs:UpdateService", "ecs:StopServiceDeployment") if reads_only else ("ecs:DeleteService",))]
    for action in actions:
        if judge.one(action, role if action.startswith("iam:") else "*", {}).allowed:
            tally.problems.append(f"may call {action}")


def _shortened(problems: list[str]) -> list[str]:
    distinct = list(dict.fromkeys(problems))
    rest = len(distinct) - SHOWN
    return [*distinct[:SHOWN], *([f"and {rest} more"] if rest > 0 else [])]


DRILL = Drill(
    "deploy-role",
    "workflows take only their roles, and the roles reach only what the stack owns",
    _missing,
    _run,
    beside=True,
)
