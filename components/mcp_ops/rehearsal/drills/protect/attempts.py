"""What people and programs try with a repository, each with the end that it must have."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from mcp_ops.rehearsal.simulator.github import verdicts
from mcp_ops.rehearsal.simulator.github.protection import Protection
from mcp_ops.rehearsal.simulator.github.verdicts import Actor, Approval, Deployment, Merge, Push, Refusals

ACTIONS_APP = 15368
"""GitHub Actions."""
WORKFLOW = ".github/workflows/deploy.yml"
SHA = "0123456789abcdef0123456789abcdef01234567"
TAG = "refs/tags/v1.0.0"
PRODUCTION = ("prod", "production", "live")
"""Names of environments that serve users: whatever is registered, their deployments must be approved."""
ROLLBACK = "-rollback"
"""End of the names of environments that need no approval, and must be closed to branches."""
PEOPLE = {
    "write": Actor("ann", "write"),
    "maintain": Actor("mel", "maintain"),
    "admin": Actor("ada", "admin"),
    "owner of the organization": Actor("oda", "admin", organization_admin=True),
    "deploy key": Actor("key", "write", deploy_key=True),
    "app": Actor("bot", "write", app_id=1),
}
"""Who tries, by role."""


@dataclass(frozen=True)
class Attempt:
    """One attempt, and whether it must succeed."""

    what: str
    allowed: bool
    decide: Callable[[Protection], Refusals]
    feature: str = ""
    """Protection of GitHub's that decides it, where not every plan has it."""


def attempts(protection: Protection) -> Iterator[Attempt]:
    """Yields every attempt that makes sense for a repository."""
    yield from _pushes(protection)
    yield from _merges(protection)
    yield from _tags()
    yield from _uses()
    yield from _deployments(protection)


def _pushes(protection: Protection) -> Iterator[Attempt]:
    main, ann = f"refs/heads/{protection.default_branch}", PEOPLE["write"]
    topic = Push("refs/heads/topic", ann, creates=True)
    for role, actor in PEOPLE.items():
        yield _push(f"{role} pushes to the default branch", Push(main, actor), may=False)
    yield _push("force push to the default branch", Push(main, ann, force=True), may=False)
    yield _push("unsigned commit to the default branch", Push(main, ann, signed=False), may=False)
    yield _push("deletion of the default branch", Push(main, PEOPLE["admin"], deletes=True), may=False)
    yield _push("push to a branch of one's own", topic, may=True)
    yield _push("push by somebody who can only read", replace(topic, actor=Actor("rob", "read")), may=False)
    yield _push(
        "secret in a push to any branch", replace(topic, holds_secret=True), may=False, feature="secret scanning"
    )
    if any(ruleset["target"] == "push" for ruleset in protection.rulesets):
        yield _push("private key in a push", replace(topic, files={"deploy/tls.pem": 1}), may=False)
        yield _push("file of 200 MB in a push", replace(topic, files={"model.bin": 200}), may=False)


def _push(what: str, attempt: Push, *, may: bool, feature: str = "rulesets") -> Attempt:
    return Attempt(what, may, lambda protection: verdicts.push(protection, attempt), feature)


def _merges(protection: Protection) -> Iterator[Attempt]:
    owners = protection.owners_of("README.md")
    teams = dict.fromkeys((*owners, *protection.owners_of(WORKFLOW)), ("eve", "ann"))
    checks = {check: app or ACTIONS_APP for check, app in _required(protection)}
    good = Merge(PEOPLE["write"], "ann", (Approval("eve"), Approval("eli")), checks, teams=teams)
    method = _method(protection)
    good = replace(good, method=method, deployed_to=frozenset(_deployments_before_merge(protection)))
    cases = {
        "approved and checked": (good, True),
        "nobody approved": (replace(good, approvals=()), False),
        "approved by the author alone": (replace(good, approvals=(Approval("ann"),)), False),
        "approved before the last push": (replace(good, approvals=(Approval("eve", stale=True),)), False),
        "approved by the last pusher alone": (
            replace(good, approvals=(Approval("eve"),), last_pusher="eve"), False,
        ),
        "an open thread": (replace(good, resolved=False), False),
        "no check has run": (replace(good, checks={}), False),
        "check posted by another app": (replace(good, checks=dict.fromkeys(checks, 4711)), False),
        "branch is behind": (replace(good, current=False), False),
        "unsigned commit": (replace(good, signed=False), False),
        "workflow changed without its owner": (
            replace(good, files=(WORKFLOW,), approvals=(Approval("sam"), Approval("sue"))), False,
        ),
        "workflow changed with its owner": (replace(good, files=(WORKFLOW,)), True),
    }  # fmt: skip
    for what, (attempt, may) in cases.items():
        yield _merge(f"merge: {what}", attempt, may=may)
    if method == "merge":
        yield _merge("merge: squashed, which drops the signature", replace(good, method="squash"), may=False)
    for role, actor in PEOPLE.items():
        own = replace(good, actor=actor, author=actor.name, approvals=())
        yield _merge(f"merge: {role} merges own changes without approval", own, may=False)


def _merge(what: str, attempt: Merge, *, may: bool) -> Attempt:
    return Attempt(what, may, lambda protection: verdicts.merge(protection, attempt), "rulesets")


def _rules(protection: Protection) -> Iterator[dict[str, object]]:
    ref = f"refs/heads/{protection.default_branch}"
    return (ruleset["rules"] for ruleset in protection.rulesets_for("branch", ref))


def _required(protection: Protection) -> Iterator[tuple[str, int]]:
    for rules in _rules(protection):
        checks: dict[str, list[dict[str, object]]] = rules.get("requiredStatusChecks") or {}  # type: ignore[assignment] # plain JSON
        for check in checks.get("requiredChecks", ()):
            yield str(check["context"]), int(str(check.get("integrationId") or 0))


def _method(protection: Protection) -> str:
    for rules in _rules(protection):
        review: dict[str, list[str]] = rules.get("pullRequest") or {}  # type: ignore[assignment] # plain JSON
        if review.get("allowedMergeMethods"):
            return review["allowedMergeMethods"][0]
    return "merge"


def _deployments_before_merge(protection: Protection) -> Iterator[str]:
    for rules in _rules(protection):
        needed: dict[str, list[str]] = rules.get("requiredDeployments") or {}  # type: ignore[assignment] # plain JSON
        yield from needed.get("requiredDeploymentEnvironments", ())


def _tags() -> Iterator[Attempt]:
    admin = PEOPLE["admin"]
    yield _push("new release tag", Push(TAG, PEOPLE["write"], creates=True), may=True)
    yield _push("release tag moved", Push(TAG, admin, force=True), may=False)
    yield _push("release tag deleted", Push(TAG, admin, deletes=True), may=False)


def _uses() -> Iterator[Attempt]:
    cases = {
        f"actions/checkout@{SHA}": True,
        "actions/checkout@v7": False,
        f"stranger/deploy@{SHA}": False,
    }
    for action, may in cases.items():
        yield Attempt(f"workflow uses {action}", may, lambda protection, used=action: verdicts.use(protection, used))  # type: ignore[misc] # mypy infers no default of a lambda
    yield Attempt("workflow token can write without asking", allowed=False, decide=_token)


def _token(protection: Protection) -> Refusals:
    return ["the token only reads"] if protection.token.get("defaultWorkflowPermissions") == "read" else []


def _deployments(protection: Protection) -> Iterator[Attempt]:
    alone = any(
        entry["bypassMode"] == "pull_request" for rules in protection.rulesets for entry in rules["bypassActors"]
    )
    for name, environment in protection.environments.items():
        main = Deployment(name, f"refs/heads/{protection.default_branch}", "ann", approved_by="eve")
        production, rollback = name in PRODUCTION, name.endswith(ROLLBACK)
        closed = production or rollback or bool(environment.given.get("deploymentBranchPolicy"))
        yield _deploy(f"{name}: from a branch", replace(main, ref="refs/heads/topic"), not closed, "environments")
        if production or environment.reviewers:
            yield _deploy(f"{name}: nobody approved", replace(main, approved_by=""), may=False)
            yield _deploy(
                f"{name}: approved by somebody who is no reviewer", replace(main, approver_is_reviewer=False), may=False
            )
            if environment.given.get("preventSelfReview") or not alone:
                yield _deploy(f"{name}: approved by who started it", replace(main, approved_by="ann"), may=False)
        else:
            unasked = replace(main, approved_by="")
            yield _deploy(f"{name}: from the default branch, nobody asked", unasked, may=True)


def _deploy(what: str, attempt: Deployment, may: bool, feature: str = "reviewers") -> Attempt:  # noqa: FBT001 - keyword in most calls
    return Attempt(what, may, lambda protection: verdicts.deploy(protection, attempt), feature)
