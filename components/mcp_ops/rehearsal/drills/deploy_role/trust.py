"""Tokens of GitHub's, and which of them takes a role.

GitHub Docs, "OpenID Connect reference": claims of a workflow's token, and the two forms of its subject.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from mcp_ops.rehearsal.drills.trust_policies import trust_statements
from mcp_ops.rehearsal.record import Registration, Run
from mcp_ops.rehearsal.simulator.authorization.policy import Policy
from mcp_ops.rehearsal.simulator.authorization.request import Value, oidc
from mcp_ops.rehearsal.simulator.authorization.trust import Attempt, may_assume

ROLE = "aws:iam/role:Role"
ISSUER = "token.actions.githubusercontent.com"
AUDIENCE = "sts.amazonaws.com"

_OLD = re.compile(r"repo:(?P<owner>[^/@:]+)/(?P<name>[^/@:]+):(?P<context>.+)")
_NEW = re.compile(r"repo:(?P<owner>[^/@:]+)@(?P<owner_id>\d+)/(?P<name>[^/@:]+)@(?P<id>\d+):(?P<context>.+)")


@dataclass(frozen=True)
class Token:
    """The claims that decide."""

    owner: str
    owner_id: str
    name: str
    id: str
    context: str
    """`environment:prod`, `pull_request`, `ref:refs/heads/main`."""
    audience: str = AUDIENCE
    numbered: bool = False
    """Whether the subject has the form of repositories that are newer than July 2026."""

    @property
    def subject(self) -> str:
        """The claim `sub`."""
        if self.numbered:
            return f"repo:{self.owner}@{self.owner_id}/{self.name}@{self.id}:{self.context}"
        return f"repo:{self.owner}/{self.name}:{self.context}"

    def claims(self) -> Mapping[str, Value]:
        """The condition keys of the call."""
        found: dict[str, Value] = {
            f"{ISSUER}:aud": self.audience,
            f"{ISSUER}:sub": self.subject,
            f"{ISSUER}:repository": f"{self.owner}/{self.name}",
            f"{ISSUER}:repository_id": self.id,
            f"{ISSUER}:repository_owner_id": self.owner_id,
        }
        kind, _, rest = self.context.partition(":")
        if kind == "environment":
            found[f"{ISSUER}:environment"] = rest
        if kind == "ref":
            found[f"{ISSUER}:ref"] = rest
        return found


@dataclass(frozen=True)
class Trusted:
    """A role that GitHub's workflows take."""

    role: Registration
    provider: str
    token: Token
    """A token that takes it."""
    contexts: tuple[str, ...]

    @property
    def arn(self) -> str:
        """The role's ARN."""
        return str(self.role.outputs["arn"])

    @property
    def environment(self) -> str:
        """The environment whose jobs take the role; empty where others do."""
        kind, _, rest = self.token.context.partition(":")
        return rest if kind == "environment" else ""


def trusted_roles(run: Run) -> Iterator[Trusted]:
    """Yields the roles of a run that trust GitHub's provider."""
    for item in run.of_type(ROLE):
        for statement in trust_statements(item):
            for provider in statement.principals.get("Federated", ()):
                if provider.endswith(f"oidc-provider/{ISSUER}"):
                    yield _trusted(item, provider, statement.conditions)


def _trusted(item: Registration, provider: str, conditions: Mapping[str, Mapping[str, tuple[str, ...]]]) -> Trusted:
    claims = {key: value for each in conditions.values() for key, value in each.items()}
    listed = claims.get(f"{ISSUER}:sub", ())
    new = next(filter(None, map(_NEW.fullmatch, listed)), None)
    old = next(filter(None, map(_OLD.fullmatch, listed)), None)
    told = old or new
    found = told.groupdict() if told else {}
    numbers = new.groupdict() if new else {}
    token = Token(
        owner=found.get("owner", "owner"),
        owner_id=numbers.get("owner_id", "1"),
        name=found.get("name", "repository"),
        id=next(iter(claims.get(f"{ISSUER}:repository_id", ())), "") or numbers.get("id") or "2",
        context=found.get("context", "environment:production"),
    )
    contexts = tuple(sorted({match["context"] for each in listed if (match := _OLD.fullmatch(each))}))
    return Trusted(item, provider, token, contexts or (token.context,))


def token_problems(trusted: Trusted, trust: Policy) -> tuple[int, list[str]]:
    """Returns how many tokens were tried on a role, and which of them ended otherwise than they must."""
    cases = list(_tokens(trusted))
    wrong = []
    for what, token, may in cases:
        attempt = Attempt(oidc(trusted.provider), token.claims())
        if may_assume(trusted.arn, trust, attempt).allowed != may:
            wrong.append(f"{what} ({token.subject}) is {'refused' if may else 'let in'}")
    return len(cases), wrong


def _tokens(trusted: Trusted) -> Iterator[tuple[str, Token, bool]]:
    right = trusted.token
    for context in trusted.contexts:
        token = replace(right, context=context)
        yield "a job of the repository", token, True
        yield "a job of the repository, subject with ids", replace(token, numbered=True), True
    yield "a fork", replace(right, owner="stranger", owner_id="99", id="98"), False
    yield "a fork, subject with ids", replace(right, owner="stranger", owner_id="99", id="98", numbered=True), False
    yield "another repository of the owner", replace(right, name="other", id="97"), False
    yield "a repository that took over the name", replace(right, owner_id="99", id="98"), False
    yield "the same, subject with ids", replace(right, owner_id="99", id="98", numbered=True), False
    yield "a token for somebody else's audience", replace(right, audience="https://github.com/example"), False
    for context in ("environment:other", "ref:refs/heads/topic", "ref:refs/tags/v1", "pull_request"):
        if context not in trusted.contexts:
            yield f"a job of {context}", replace(right, context=context), False
            yield f"a job of {context}, subject with ids", replace(right, context=context, numbered=True), False
