"""What GitHub enforces, by plan, visibility and kind of owner. What it cannot is refused or reported, never dropped.

GitHub Docs, "About rulesets", "Creating rulesets for a repository", "Managing environments for deployment", "About
secret scanning": as of November 2026.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from mcp_ops.errors import Offences

PLANS = ("free", "team", "enterprise")
"""GitHub Free, Team (for a person: Pro) and Enterprise Cloud."""
VISIBILITIES = ("public", "private", "internal")
OWNERS = ("organization", "user")
MODES = ("strict", "report")
"""What becomes of a protection that GitHub would not enforce: an error, or a warning and an entry in an output."""


@dataclass(frozen=True)
class Subscription:
    """What the repository's owner pays for."""

    plan: str
    visibility: str
    owner_type: str
    secret_protection: bool

    @property
    def public(self) -> bool:
        """Whether everybody sees the repository."""
        return self.visibility == "public"

    def __str__(self) -> str:
        """`plan free with a private repository of an organization`."""
        article = "an" if self.owner_type == "organization" else "a"
        return f"plan {self.plan} with a {self.visibility} repository of {article} {self.owner_type}"


class Feature(NamedTuple):
    """One protection."""

    offered: Callable[[Subscription], bool]
    needs: str


def _paid_or_public(subscription: Subscription) -> bool:
    return subscription.public or subscription.plan != "free"


def _enterprise_or_public(subscription: Subscription) -> bool:
    return subscription.public or subscription.plan == "enterprise"


def _of_organization(subscription: Subscription) -> bool:
    return subscription.owner_type == "organization"


FEATURES: Mapping[str, Feature] = {
    "rulesets": Feature(_paid_or_public, "a public repository, or plan team"),
    "push rules": Feature(
        lambda it: it.plan != "free" and not it.public and _of_organization(it),
        "plan team and a private repository of an organization",
    ),
    "environments": Feature(_paid_or_public, "a public repository, or plan team"),
    "reviewers": Feature(_enterprise_or_public, "a public repository, or plan enterprise"),
    "wait timers": Feature(_enterprise_or_public, "a public repository, or plan enterprise"),
    "secret scanning": Feature(
        lambda it: it.public or (it.plan != "free" and it.secret_protection),
        "a public repository, or plan team with GitHub Secret Protection (19 USD per committer and month)",
    ),
    "teams": Feature(_of_organization, "an organization as owner"),
    "internal repositories": Feature(lambda it: it.plan == "enterprise", "plan enterprise"),
}
"""Protections that not everybody gets, by name."""


@dataclass
class Limits:
    """Asks for each wanted protection whether GitHub would enforce it."""

    subscription: Subscription
    mode: str
    offences: Offences
    unenforced: list[str] = field(default_factory=list)
    """What is wanted and not enforced, one line each; only in the mode `report`."""

    def enforces(self, feature: str, where: str, value: object) -> bool:
        """Returns whether GitHub enforces `feature`; notes it as an offence or in the report otherwise."""
        offered, needs = FEATURES[feature]
        if offered(self.subscription):
            return True
        rule = f"cannot be enforced on {self.subscription}: {feature} need {needs}"
        if self.mode == "report":
            self.unenforced.append(f"{where}: {rule}")
        else:
            self.offences.add(where, value, f'{rule}; or set unenforced to "report"')
        return False
