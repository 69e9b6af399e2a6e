"""Which workflow may take which role. Pure.

GitHub Docs, "OpenID Connect reference"; AWS STS checks these claims since January 2026. Repositories that were made or
renamed from 15 July 2026 on have subjects with ids (`repo:OWNER@ID/NAME@ID:...`), older ones without: both are
accepted, and the ids are demanded besides, so that a repository that takes over a freed name gets nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from mcp_ops.policies import Statement

ISSUER = "token.actions.githubusercontent.com"
AUDIENCE = "sts.amazonaws.com"


@dataclass(frozen=True)
class Origin:
    """The repository whose workflows are trusted."""

    owner: str
    owner_id: str
    repository: str
    repository_id: str

    def subjects(self, *contexts: str) -> list[str]:
        """Returns the subjects of a context such as `environment:prod`, in both forms."""
        named = f"repo:{self.owner}/{self.repository}"
        numbered = f"repo:{self.owner}@{self.owner_id}/{self.repository}@{self.repository_id}"
        return [f"{form}:{context}" for context in contexts for form in (named, numbered)]


def environment_trust(origin: Origin, provider_arn: object, environment: str) -> Statement:
    """Trusts jobs that run in one GitHub environment: its branch rules and reviewers have let them through."""
    claims = {f"{ISSUER}:environment": environment}
    return _statement(origin, provider_arn, [f"environment:{environment}"], claims)


def branch_trust(origin: Origin, provider_arn: object, branch: str) -> Statement:
    """Trusts pull requests of the repository and jobs on its default branch. Forks get no token from GitHub."""
    return _statement(origin, provider_arn, ["pull_request", f"ref:refs/heads/{branch}"], {})


def _statement(origin: Origin, provider_arn: object, contexts: Sequence[str], claims: dict[str, str]) -> Statement:
    # StringEquals with a list demands one of it; a ForAllValues operator would let tokens without the claim through.
    conditions: dict[str, object] = {
        f"{ISSUER}:aud": AUDIENCE,
        f"{ISSUER}:sub": origin.subjects(*contexts),
        f"{ISSUER}:repository_id": origin.repository_id,
        **claims,
    }
    return {
        "Effect": "Allow",
        "Principal": {"Federated": provider_arn},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringEquals": conditions},
    }
