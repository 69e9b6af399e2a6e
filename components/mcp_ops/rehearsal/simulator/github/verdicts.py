"""Decides attempts the way GitHub does: pushes, merges, deployments, and the use of an action.

GitHub Docs, "Available rules for rulesets", "About rulesets" (rules of several rulesets add up, the strictest wins),
"Deployments and environments", "About protected branches" for what dismisses an approval.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from mcp_ops.rehearsal.simulator.github.protection import Given, Protection, ref_matches

ROLE_IDS = {"read": 0, "triage": 0, "write": 4, "maintain": 2, "admin": 5}
_RANKS = ("read", "triage", "write", "maintain", "admin")
FULL_SHA = 40
"""Characters of a commit's SHA."""


@dataclass(frozen=True)
class Actor:
    """Somebody who tries."""

    name: str
    role: str = "write"
    """`read`, `triage`, `write`, `maintain` or `admin`, in the repository."""
    organization_admin: bool = False
    teams: frozenset[int] = frozenset()
    user_id: int = 0
    app_id: int = 0
    deploy_key: bool = False

    def is_named_by(self, bypass: Given) -> bool:
        """Whether an entry of a bypass list means this actor; a role means the higher ones, too."""
        kind, number = bypass["actorType"], bypass.get("actorId")
        if kind == "RepositoryRole":
            least = next((rank for rank in _RANKS if ROLE_IDS[rank] == number), None)
            return least is not None and _RANKS.index(self.role) >= _RANKS.index(least)
        checks = {
            "OrganizationAdmin": self.organization_admin,
            "EnterpriseOwner": False,
            "Team": number in self.teams,
            "User": bool(self.user_id) and number == self.user_id,
            "Integration": bool(self.app_id) and number == self.app_id,
            "DeployKey": self.deploy_key,
        }
        return checks[kind]


@dataclass(frozen=True)
class Push:
    """A push to one ref."""

    ref: str
    actor: Actor
    signed: bool = True
    force: bool = False
    deletes: bool = False
    creates: bool = False
    files: Mapping[str, int] = field(default_factory=dict)
    """Megabytes by path."""
    holds_secret: bool = False


@dataclass(frozen=True)
class Approval:
    """One approval of a pull request."""

    by: str
    stale: bool = False
    """Whether commits were pushed afterwards."""


@dataclass(frozen=True)
class Merge:
    """The merge of a pull request into the default branch."""

    actor: Actor
    author: str
    approvals: tuple[Approval, ...]
    checks: Mapping[str, int]
    """Checks that passed, with the id of the app that posted each."""
    files: tuple[str, ...] = ("README.md",)
    last_pusher: str = ""
    """Empty: the author."""
    signed: bool = True
    resolved: bool = True
    current: bool = True
    """Whether the branch has everything of the default branch."""
    method: str = "merge"
    deployed_to: frozenset[str] = frozenset()
    teams: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Members of the teams that CODEOWNERS names, by `@organization/team`."""


@dataclass(frozen=True)
class Deployment:
    """A job that wants to run in an environment."""

    environment: str
    ref: str
    starter: str
    approved_by: str = ""
    """Empty: nobody."""
    approver_is_reviewer: bool = True


Refusals = list[str]
"""Why GitHub refuses; empty when it does not."""


def push(protection: Protection, attempt: Push) -> Refusals:
    """Decides a push."""
    target = "tag" if attempt.ref.startswith("refs/tags/") else "branch"
    found: Refusals = []
    if attempt.actor.role in ("read", "triage"):
        found.append("the actor cannot write")
    if attempt.holds_secret and _push_protection(protection):
        found.append("push protection found a secret")
    for ruleset in protection.rulesets_for(target, attempt.ref):
        if not _bypasses(ruleset, attempt.actor, merging=False):
            found.extend(_of_push(ruleset["rules"], attempt))
    for ruleset in protection.rulesets_for("push", attempt.ref):
        if not _bypasses(ruleset, attempt.actor, merging=False):
            found.extend(_of_files(ruleset["rules"], attempt))
    return found


def _push_protection(protection: Protection) -> bool:
    security = protection.repository.get("securityAndAnalysis") or {}
    return bool((security.get("secretScanningPushProtection") or {}).get("status") == "enabled")


def _bypasses(ruleset: Given, actor: Actor, *, merging: bool) -> bool:
    modes = {"always", "exempt", "pull_request"} if merging else {"always", "exempt"}
    return any(entry["bypassMode"] in modes and actor.is_named_by(entry) for entry in ruleset.get("bypassActors") or ())


def _of_push(rules: Given, attempt: Push) -> Iterator[str]:
    if attempt.deletes:
        yield from ["deletion is restricted"] if rules.get("deletion") else []
        return
    if attempt.creates:
        yield from ["creation is restricted"] if rules.get("creation") else []
    elif rules.get("update"):
        yield "updates are restricted"
    if attempt.force and rules.get("nonFastForward"):
        yield "force pushes are blocked"
    if not attempt.signed and rules.get("requiredSignatures"):
        yield "commits must have verified signatures"
    if rules.get("pullRequest") and not attempt.creates:
        yield "changes must be made through a pull request"
    if rules.get("requiredStatusChecks") and not attempt.creates:
        yield "required status checks are expected"


def _of_files(rules: Given, attempt: Push) -> Iterator[str]:
    extensions = (rules.get("fileExtensionRestriction") or {}).get("restrictedFileExtensions") or ()
    largest = (rules.get("maxFileSize") or {}).get("maxFileSize")
    for path, megabytes in attempt.files.items():
        if any(path.endswith(extension.lstrip("*")) for extension in extensions):
            yield f"files like {path} are restricted"
        if largest and megabytes > largest:
            yield f"{path} is larger than {largest} MB"


def merge(protection: Protection, attempt: Merge) -> Refusals:
    """Decides a merge."""
    found: Refusals = []
    if attempt.actor.role in ("read", "triage"):
        found.append("the actor cannot write")
    flags = {"merge": "allowMergeCommit", "squash": "allowSquashMerge", "rebase": "allowRebaseMerge"}
    if protection.repository.get(flags[attempt.method]) is False:
        found.append(f"the repository does not allow to {attempt.method}")
    for ruleset in protection.rulesets_for("branch", f"refs/heads/{protection.default_branch}"):
        if not _bypasses(ruleset, attempt.actor, merging=True):
            found.extend(_of_merge(protection, ruleset["rules"], attempt))
    return found


def _of_merge(protection: Protection, rules: Given, attempt: Merge) -> Iterator[str]:
    if rules.get("requiredSignatures") and not attempt.signed:
        yield "commits must have verified signatures"
    if rules.get("pullRequest"):
        yield from _of_review(protection, rules["pullRequest"], attempt)
    if rules.get("requiredStatusChecks"):
        yield from _of_checks(rules["requiredStatusChecks"], attempt)
    needed = (rules.get("requiredDeployments") or {}).get("requiredDeploymentEnvironments") or ()
    yield from (f"must be deployed to {name} first" for name in needed if name not in attempt.deployed_to)


def _of_review(protection: Protection, rule: Given, attempt: Merge) -> Iterator[str]:
    methods = rule.get("allowedMergeMethods")
    if methods and attempt.method not in methods:
        yield f"merge method {attempt.method} is not allowed"
    counting = {
        approval.by
        for approval in attempt.approvals
        if approval.by != attempt.author and not (approval.stale and rule.get("dismissStaleReviewsOnPush"))
    }
    if len(counting) < rule.get("requiredApprovingReviewCount", 0):
        yield f"{rule['requiredApprovingReviewCount']} approving review is required, {len(counting)} count"
    pusher = attempt.last_pusher or attempt.author
    if rule.get("requireLastPushApproval") and not counting - {pusher}:
        yield "somebody other than the last pusher must approve"
    if rule.get("requireCodeOwnerReview"):
        yield from _of_owners(protection, counting, attempt)
    if rule.get("requiredReviewThreadResolution") and not attempt.resolved:
        yield "all threads must be resolved"


def _of_owners(protection: Protection, counting: set[str], attempt: Merge) -> Iterator[str]:
    for path in attempt.files:
        owners = protection.owners_of(path)
        people = {name for owner in owners for name in attempt.teams.get(owner, (owner.removeprefix("@"),))}
        if owners and not people & counting:
            yield f"a code owner of {path} must approve"


def _of_checks(rule: Given, attempt: Merge) -> Iterator[str]:
    for check in rule["requiredChecks"]:
        name, app = check["context"], check.get("integrationId")
        if name not in attempt.checks:
            yield f"required status check {name} is expected"
        elif app and attempt.checks[name] != app:
            yield f"status check {name} is not from app {app}"
    if rule.get("strictRequiredStatusChecksPolicy") and not attempt.current:
        yield "the branch is out of date"


def deploy(protection: Protection, attempt: Deployment) -> Refusals:
    """Decides whether a job may run in an environment."""
    environment = protection.environments.get(attempt.environment)
    if environment is None:
        # GitHub makes an unknown environment, without any protection.
        return []
    found: Refusals = []
    if not environment.lets_in(attempt.ref):
        found.append(f"{attempt.ref} may not deploy to {attempt.environment}")
    if environment.reviewers:
        found.extend(_of_approval(environment.given, attempt))
    return found


def _of_approval(given: Mapping[str, Any], attempt: Deployment) -> Iterator[str]:
    if not attempt.approved_by or not attempt.approver_is_reviewer:
        yield "waits for a reviewer"
    elif attempt.approved_by == attempt.starter and given.get("preventSelfReview"):
        yield "whoever started a deployment cannot approve it"


def use(protection: Protection, action: str) -> Refusals:
    """Decides whether a workflow may use an action such as `actions/checkout@<ref>`."""
    given = protection.actions
    name, _, ref = action.partition("@")
    found: Refusals = []
    if given.get("shaPinningRequired") and len(ref) != FULL_SHA:
        found.append("actions must be pinned to a full-length commit SHA")
    if given.get("allowedActions") == "local_only":
        found.append("only actions of this repository may run")
    if given.get("allowedActions") == "selected" and not _selected(
        given.get("allowedActionsConfig") or {}, name, action
    ):
        found.append(f"{name} is not among the actions that may run")
    return found


def _selected(config: Given, name: str, action: str) -> bool:
    if config.get("githubOwnedAllowed") and name.split("/", maxsplit=1)[0] in ("actions", "github"):
        return True
    return any(
        ref_matches(pattern.replace("*", "**"), action if "@" in pattern else name)
        for pattern in config.get("patternsAlloweds") or ()
    )
