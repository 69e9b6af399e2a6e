"""Decides on the GitHub environments of a repository. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from mcp_ops.delivery.github_limits import Limits
from mcp_ops.delivery.github_names import ENVIRONMENT, ENVIRONMENT_RULE, REFS
from mcp_ops.delivery.repository_args import DeploymentEnvironmentArgs
from mcp_ops.inputs import Inputs

MAX_REVIEWERS = 6
"""Teams and people per environment (REST API, "Create or update an environment")."""
MAX_WAIT_MINUTES = 43_200
"""30 days, the longest wait timer (same source)."""

VARIABLE = re.compile(r"(?!GITHUB_)[A-Za-z_][A-Za-z0-9_]{0,254}")


@dataclass(frozen=True)
class EnvironmentPlan:
    """What one environment registers."""

    production: bool
    branches: tuple[str, ...]
    """Empty beside empty tags: every branch and tag may deploy."""
    tags: tuple[str, ...]
    reviewer_team_ids: tuple[int, ...]
    reviewer_user_ids: tuple[int, ...]
    prevent_self_review: bool
    wait_minutes: int
    variables: tuple[str, ...]

    @property
    def any_source(self) -> bool:
        """Whether every branch and tag may deploy."""
        return not self.branches and not self.tags

    @property
    def reviewed(self) -> bool:
        """Whether somebody approves each deployment."""
        return bool(self.reviewer_team_ids or self.reviewer_user_ids)


def plan_environments(
    inputs: Inputs, limits: Limits, default_branch: str, maintainers: int
) -> Mapping[str, EnvironmentPlan]:
    """Reads every environment; notes what is wrong with each."""
    found = {}
    for name, args in inputs.mapping("environments").items():
        where = f"environments.{name}"
        inputs.offences.check(ENVIRONMENT.fullmatch(name), where, name, ENVIRONMENT_RULE)
        if not isinstance(args, Mapping):
            inputs.offences.add(where, args, "is not a group of inputs")
            continue
        entry = Inputs("", args, DeploymentEnvironmentArgs, inputs.offences.below(where))
        if limits.enforces("environments", where, "wanted"):
            found[name] = _environment(name, entry, _Around(limits, where, default_branch, maintainers))
    return found


@dataclass(frozen=True)
class _Around:
    """What an environment is planned in."""

    limits: Limits
    where: str
    default_branch: str
    maintainers: int


def _environment(name: str, entry: Inputs, around: _Around) -> EnvironmentPlan:
    # nosemgrep: no-branch-on-environment-name - a default that fits the name; the input decides
    production = entry.flag("production", default=name == "prod")
    branches, tags = _sources(entry, around.default_branch, production=production)
    teams, users = ids(entry, "reviewer_team_ids"), ids(entry, "reviewer_user_ids")
    _check_reviewers(entry, teams, users, production=production)
    alone = around.maintainers == 1
    prevent = entry.flag("prevent_self_review", default=production and not alone)
    entry.offences.check(
        not (prevent and alone), "prevent_self_review", prevent, "leaves nobody to approve with 1 maintainer"
    )
    entry.offences.check(
        prevent or alone or not production, "prevent_self_review", prevent, "must be true in production"
    )
    reviewed = bool(teams or users)
    if teams and not around.limits.enforces("teams", f"{around.where}.reviewer_team_ids", list(teams)):
        teams = ()
    if reviewed and not around.limits.enforces("reviewers", f"{around.where}.reviewers", "wanted"):
        teams, users = (), ()
    return EnvironmentPlan(
        production=production,
        branches=branches,
        tags=tags,
        reviewer_team_ids=teams,
        reviewer_user_ids=users,
        prevent_self_review=prevent and bool(teams or users),
        wait_minutes=_wait(entry, around),
        variables=variable_names(entry),
    )


def _sources(entry: Inputs, default_branch: str, *, production: bool) -> tuple[tuple[str, ...], tuple[str, ...]]:
    any_branch = entry.flag("any_branch", default=False)
    branches, tags = entry.texts("branches"), entry.texts("tags")
    for key, patterns in (("branches", branches), ("tags", tags)):
        for pattern in patterns:
            rule = "is not a branch or tag name, with or without *"
            entry.offences.check(REFS.fullmatch(pattern), key, pattern, rule)
            everything = production and not pattern.strip("*/")
            entry.offences.check(not everything, key, pattern, "lets everything deploy to production; name what may")
    if any_branch:
        rule = "lets every branch deploy to production; name branches or tags instead"
        entry.offences.check(not production, "any_branch", any_branch, rule)
        named = bool(branches or tags)
        entry.offences.check(not named, "any_branch", any_branch, "has no effect beside branches or tags")
        return (), ()
    return branches or (() if tags else (default_branch,)), tags


def _check_reviewers(entry: Inputs, teams: tuple[int, ...], users: tuple[int, ...], *, production: bool) -> None:
    count = len(teams) + len(users)
    rule = f"lists {count} with the people; GitHub takes {MAX_REVIEWERS} reviewers"
    entry.offences.check(count <= MAX_REVIEWERS, "reviewer_team_ids", list(teams), rule)
    rule = "is missing; a production environment needs somebody who approves"
    entry.offences.check(count or not production, "reviewer_team_ids", None, rule)


def _wait(entry: Inputs, around: _Around) -> int:
    minutes = entry.integer("wait_minutes", 0, 0, MAX_WAIT_MINUTES)
    if minutes and not around.limits.enforces("wait timers", f"{around.where}.wait_minutes", minutes):
        return 0
    return minutes


def ids(inputs: Inputs, key: str) -> tuple[int, ...]:
    """Reads a list of ids of GitHub: whole numbers above zero, each once."""
    found = []
    for value in inputs.sequence(key):
        number = int(value) if isinstance(value, float) and value.is_integer() else value
        if isinstance(number, bool) or not isinstance(number, int) or number < 1:
            inputs.offences.add(key, value, "is not an id of GitHub, a whole number above 0")
        elif number in found:
            inputs.offences.add(key, value, "is listed twice")
        else:
            found.append(number)
    return tuple(found)


def variable_names(inputs: Inputs) -> tuple[str, ...]:
    """Reads the names of variables."""
    names = tuple(inputs.mapping("variables"))
    for name in names:
        rule = "is not the name of a variable: letters, digits and _, not beginning with a digit or GITHUB_"
        inputs.offences.check(VARIABLE.fullmatch(name), "variables", name, rule)
    return names
