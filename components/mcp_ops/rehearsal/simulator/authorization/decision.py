"""AWS's policy evaluation logic.

IAM User Guide, "Policy evaluation logic", "Policy evaluation for requests within a single account", "Cross-account
policy evaluation logic", "Permissions boundaries", "Session policies"; KMS Developer Guide, "Key policies".
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from mcp_ops.rehearsal.findings.document import Statement
from mcp_ops.rehearsal.simulator.authorization.policy import Policies
from mcp_ops.rehearsal.simulator.authorization.principals import Reach
from mcp_ops.rehearsal.simulator.authorization.request import IDENTITIES, CannotDecide, Request
from mcp_ops.rehearsal.simulator.authorization.statements import Applying, applying

Source = Literal[
    "identity-based policy",
    "resource-based policy",
    "permissions boundary",
    "session policy",
    "service control policy",
    "role trust policy",
]
"""Kinds of policies, as AWS's messages call them."""

_TRUST_ACTIONS = frozenset(
    {
        "sts:assumerole",
        "sts:assumerolewithsaml",
        "sts:assumerolewithwebidentity",
        "sts:tagsession",
        "sts:setsourceidentity",
    }
)


@dataclass(frozen=True)
class Decision:
    """Whether a call is allowed, and why."""

    allowed: bool
    reason: str
    """As AWS ends its messages: `because no identity-based policy allows the s3:GetObject action`."""
    statements: tuple[str, ...] = ()
    """Where the deciding statements stand: `<policy>.Statement[0]`."""
    source: Source | None = None
    """Kind of the policy that decided; None where AWS always allows."""
    explicit: bool = False
    """Whether a Deny refused it."""


def decide(request: Request, policies: Policies) -> Decision:
    """Returns AWS's decision.

    Raises:
        CannotDecide: it depends on something that is not known.
    """
    found = _Found(request, policies)
    return found.explicit_deny() or found.outcome()


class _Found:
    """What each kind of policy says of one request."""

    def __init__(self, request: Request, policies: Policies) -> None:
        self.request, self.policies = request, policies
        self.is_identity = request.principal.kind in IDENTITIES
        self.is_trust = request.action.lower() in _TRUST_ACTIONS
        self.resource_kind: Source = "role trust policy" if self.is_trust else "resource-based policy"
        bounded = policies.boundary is not None
        self.resource = applying(
            [policies.resource] if policies.resource else [], request, has_principals=True, bounded=bounded
        )
        self.identity = applying(policies.identity if self.is_identity else (), request)
        self.limits = list(self._limits()) if self.is_identity else []
        """What an allow must also pass, except one that the resource policy gives the principal directly."""
        self.organization = [applying(level, request) for level in policies.service_control] if self.is_identity else []

    def _limits(self) -> Iterator[tuple[Source, Applying]]:
        if self.policies.boundary:
            yield "permissions boundary", applying([self.policies.boundary], self.request)
        if self.policies.session:
            yield "session policy", applying(self.policies.session, self.request)

    def _all(self) -> Iterator[tuple[Source, Applying]]:
        yield from (("service control policy", level) for level in self.organization)
        yield self.resource_kind, self.resource
        yield "identity-based policy", self.identity
        yield from self.limits

    def explicit_deny(self) -> Decision | None:
        """Returns the refusal by a Deny in any policy."""
        for source, item in self._all():
            if item.denies:
                article = "the" if source == "role trust policy" else _article(source)
                reason = f"with an explicit deny in {article} {source}"
                return Decision(
                    allowed=False, reason=reason, statements=_where(item.denies), source=source, explicit=True
                )
        for _, item in self._all():
            if item.unsure_denies:
                raise CannotDecide("; ".join(item.unsure_denies))
        return None

    def outcome(self) -> Decision:
        """Returns the decision of the Allow statements."""
        for level in self.organization:
            if not _allows(level):
                return self._refused("service control policy", level)
        if not self.is_identity:
            return self._granted(self.resource_kind, self.resource) or self._refused(self.resource_kind, self.resource)
        own_account = self.request.principal.account == self.policies.resource_account
        return self._within_account() if own_account else self._across_accounts()

    def _within_account(self) -> Decision:
        grants = self.resource.allows
        if Reach.DIRECT in grants:
            return self._allowed(self.resource_kind, grants[Reach.DIRECT])
        if Reach.ROLE in grants:
            return self._limited() or self._allowed(self.resource_kind, grants[Reach.ROLE])
        # Without a grant of the resource's own, whatever else it may hold, the account's policies decide.
        if self.resource.unsure_allows:
            raise CannotDecide("; ".join(self.resource.unsure_allows))
        if self._needs_resource_policy() and not grants:
            return self._refused(self.resource_kind, self.resource)
        return self._by_identity()

    def _across_accounts(self) -> Decision:
        if not _allows(self.resource):
            return self._refused(self.resource_kind, self.resource)
        return self._by_identity()

    def _by_identity(self) -> Decision:
        if not _allows(self.identity):
            return self._refused("identity-based policy", self.identity)
        return self._limited() or self._allowed("identity-based policy", self.identity.allows[Reach.DIRECT])

    def _limited(self) -> Decision | None:
        for source, item in self.limits:
            if not _allows(item):
                return self._refused(source, item)
        return None

    def _needs_resource_policy(self) -> bool:
        """Tells whether the identity's policies count only if the resource's own policy says so: keys and roles."""
        return self.is_trust or (self.request.action.lower().startswith("kms:") and ":key/" in self.request.resource)

    def _granted(self, source: Source, item: Applying) -> Decision | None:
        statements = [one for found in item.allows.values() for one in found]
        return self._allowed(source, statements) if statements else None

    def _allowed(self, source: Source, statements: list[Statement]) -> Decision:
        reason = f"because {_article(source)} {source} allows the {self.request.action} action"
        return Decision(allowed=True, reason=reason, statements=_where(statements), source=source)

    def _refused(self, source: Source, item: Applying) -> Decision:
        if item.unsure_allows:
            raise CannotDecide("; ".join(item.unsure_allows))
        reason = f"because no {source} allows the {self.request.action} action"
        return Decision(allowed=False, reason=reason, source=source)


def _allows(item: Applying) -> bool:
    return bool(item.allows)


def _where(statements: list[Statement]) -> tuple[str, ...]:
    return tuple(item.where for item in statements)


def _article(source: Source) -> str:
    return "an" if source[0] in "aeiou" else "a"
