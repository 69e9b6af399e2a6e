"""What simulated GitHub holds: repositories and what stands in them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mcp_ops.errors import InputError, Offence
from mcp_ops.rehearsal.simulator.cloud import Cloud

PLAN_KEY = "rehearsal:githubPlan"
"""Key of a stack file that says which plan the owner has; without it GitHub is taken to refuse nothing for the plan."""
PLANS = ("free", "team", "enterprise")
_NAME = "github"


@dataclass
class Repository:
    """One repository."""

    visibility: str = ""
    """Empty where it lies outside every stack."""
    rulesets: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    environments: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    values: set[tuple[str, str, str]] = field(default_factory=set)
    """Kind, environment (empty for the repository) and name of variables and secrets, in capitals."""
    alerts: bool = False
    files: dict[tuple[str, str], str] = field(default_factory=dict)


@dataclass
class GitHub:
    """Simulated GitHub, as one owner sees it."""

    plan: str = ""
    repositories: dict[str, Repository] = field(default_factory=dict)
    outside: list[str] = field(default_factory=list)
    """Repositories that were taken to exist outside every stack."""

    def repository(self, name: str) -> Repository:
        """Returns a repository; one that no stack made is taken to exist."""
        if name not in self.repositories:
            self.repositories[name] = Repository()
            self.outside.append(name)
        return self.repositories[name]


def github_of(cloud: Cloud) -> GitHub:
    """Returns the GitHub beside a simulated cloud."""
    found: GitHub = cloud.beside.setdefault(_NAME, GitHub())
    return found


def subscribe(cloud: Cloud, config: Mapping[str, str]) -> None:
    """Reads the owner's plan from a project's configuration.

    Raises:
        InputError: there is no such plan.
    """
    plan = config.get(PLAN_KEY, "")
    if plan not in ("", *PLANS):
        raise InputError(Offence(PLAN_KEY, plan, f"is no plan of GitHub's; use {', '.join(PLANS)}"))
    if plan:
        github_of(cloud).plan = plan
