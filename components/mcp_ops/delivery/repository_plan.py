"""Decides on the protection of a repository. Pure: refuses what is not enforced or locks people out."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from mcp_ops.delivery import code_owners
from mcp_ops.delivery.environment_plan import EnvironmentPlan, plan_environments, variable_names
from mcp_ops.delivery.github_limits import MODES, OWNERS, PLANS, VISIBILITIES, Limits, Subscription
from mcp_ops.delivery.github_names import BRANCH_RULE, OWNER, OWNER_RULE, REFS, REPOSITORY, REPOSITORY_RULE
from mcp_ops.delivery.repository_args import BypassArgs, ProtectedRepositoryArgs
from mcp_ops.inputs import Inputs

REPOSITORY_WIDE = ("managed", "adopt", "new", "elsewhere")
GATE = "gate"
"""The aggregate job of the workflows that come with mcp-ops."""
GITHUB_ACTIONS = 15368
"""Id of the app that posts the checks of workflows (GitHub Docs, "About rulesets")."""
MERGE_METHODS = ("merge", "squash", "rebase")
RESTRICTED_EXTENSIONS = (".pem", ".key", ".p12", ".pfx", ".env")
ALLOWED_ACTIONS = ("pulumi/actions@*", "aws-actions/*", "astral-sh/setup-uv@*", "ossf/scorecard-action@*")
"""What the workflows that come with mcp-ops use besides GitHub's own actions."""

ACTOR_TYPES = ("OrganizationAdmin", "RepositoryRole", "Team", "Integration", "DeployKey", "User")
BYPASS_MODES = ("pull_request", "always")
ADMIN_ROLE = 5
"""Id of the role admin of a repository."""

_CHECK = re.compile(r"\S(.{0,253}\S)?")
_EXTENSION = re.compile(r"\.[A-Za-z0-9]{1,20}")
_ACTION = re.compile(r"[A-Za-z0-9._-]+/[A-Za-z0-9._/*-]+(@[A-Za-z0-9._/*-]+)?")


@dataclass(frozen=True)
class Bypass:
    """Somebody whom the rules do not hold."""

    actor_type: str
    actor_id: int | None
    mode: str


@dataclass(frozen=True)
class Review:
    """What a pull request needs."""

    approvals: int
    checks: tuple[str, ...]
    checks_app_id: int
    signed_commits: bool
    merge_methods: tuple[str, ...]
    required_deployments: tuple[str, ...]


@dataclass(frozen=True)
class PushRules:
    """What no push may contain. GitHub enforces it for private repositories of organizations."""

    extensions: tuple[str, ...]
    max_megabytes: int


@dataclass(frozen=True)
class ProtectedRepositoryPlan:
    """What a ProtectedRepository registers."""

    owner: str
    repository: str
    visibility: str
    repository_wide: str
    default_branch: str
    release_tags: str
    review: Review | None
    """None: GitHub would not enforce rules here."""
    push_rules: PushRules | None
    secret_scanning: bool
    allowed_actions: tuple[str, ...]
    bypass: tuple[Bypass, ...]
    environments: Mapping[str, EnvironmentPlan]
    variables: tuple[str, ...]
    code_owners: str
    """Text of CODEOWNERS; empty for none."""
    unenforced: tuple[str, ...]
    """What is wanted and not enforced, one line each."""


def plan_protected_repository(name: str, args: ProtectedRepositoryArgs) -> ProtectedRepositoryPlan:
    """Decides on the protection. Raises `InputError` with every offence."""
    inputs = Inputs(name, args, ProtectedRepositoryArgs)
    limits = Limits(_subscription(inputs), inputs.choice("unenforced", "strict", MODES), inputs.offences)
    wide = inputs.choice("repository_wide", "managed", REPOSITORY_WIDE)
    branch = inputs.text("default_branch", REFS, BRANCH_RULE, "main")
    inputs.offences.check("*" not in branch, "default_branch", branch, "is a pattern; name one branch")
    maintainers = inputs.integer("maintainers", 2, 1, 1000)
    environments = plan_environments(inputs, limits, branch, maintainers)
    here = wide != "elsewhere"
    if limits.subscription.visibility == "internal":
        limits.enforces("internal repositories", "visibility", "internal")
    plan = ProtectedRepositoryPlan(
        owner=inputs.text("owner", OWNER, OWNER_RULE),
        repository=inputs.text("repository", REPOSITORY, REPOSITORY_RULE),
        visibility=limits.subscription.visibility,
        repository_wide=wide,
        default_branch=branch,
        release_tags=inputs.text("release_tags", REFS, "is not a tag name, with or without *", "v*"),
        review=_review(inputs, limits, environments) if here else None,
        push_rules=_push_rules(inputs, limits) if here else None,
        secret_scanning=_secret_scanning(inputs, limits) if here else False,
        allowed_actions=inputs.entries(
            "allowed_actions", _ACTION, "is not a pattern of actions such as pulumi/actions@*", ALLOWED_ACTIONS
        ),
        bypass=_bypass(inputs, limits, maintainers),
        environments=environments,
        variables=variable_names(inputs),
        code_owners=code_owners.rendered(inputs),
        unenforced=tuple(limits.unenforced),
    )
    if not here:
        _check_elsewhere(inputs)
    inputs.offences.refuse()
    return plan


def _subscription(inputs: Inputs) -> Subscription:
    return Subscription(
        plan=inputs.choice("plan", PLANS[0], PLANS),
        visibility=inputs.choice("visibility", VISIBILITIES[0], VISIBILITIES),
        owner_type=inputs.choice("owner_type", OWNERS[0], OWNERS),
        secret_protection=inputs.flag("secret_protection", default=False),
    )


def _review(inputs: Inputs, limits: Limits, environments: Mapping[str, EnvironmentPlan]) -> Review | None:
    checks = inputs.entries("checks", _CHECK, "is not the name of a status check", (GATE,))
    inputs.offences.check(checks, "checks", list(checks), "is empty; a pull request must pass at least one check")
    review = Review(
        approvals=inputs.integer("approvals", 1, 1, 10),
        checks=checks,
        checks_app_id=inputs.integer("checks_app_id", GITHUB_ACTIONS, 1, 2**31),
        signed_commits=inputs.flag("signed_commits", default=True),
        merge_methods=_merge_methods(inputs),
        required_deployments=inputs.texts("required_deployments"),
    )
    for needed in review.required_deployments:
        _check_deadlock(inputs, needed, environments.get(needed))
    return review if limits.enforces("rulesets", "repository", "wanted") else None


def _merge_methods(inputs: Inputs) -> tuple[str, ...]:
    signed = inputs.flag("signed_commits", default=True)
    methods = inputs.texts("merge_methods", ("merge",))
    for method in methods:
        inputs.offences.check(
            method in MERGE_METHODS, "merge_methods", method, f"is not one of {', '.join(MERGE_METHODS)}"
        )
    inputs.offences.check(methods, "merge_methods", [], "is empty; nothing could be merged")
    others = [method for method in methods if method in ("squash", "rebase")]
    rule = "would write commits without their author's signature; use merge, or signed_commits: false"
    inputs.offences.check(not (signed and others), "merge_methods", ", ".join(others), rule)
    return methods


def _check_deadlock(inputs: Inputs, name: str, environment: EnvironmentPlan | None) -> None:
    if environment is None:
        rule = "is not an environment of this component, so whether a pull request can deploy to it is not known"
        inputs.offences.add("required_deployments", name, rule)
        return
    rule = (
        "takes no deployment from a pull request's branch, so that nothing could ever be merged; "
        "require an environment with any_branch and without reviewers"
    )
    free = environment.any_source and not environment.reviewed
    inputs.offences.check(free, "required_deployments", name, rule)


def _push_rules(inputs: Inputs, limits: Limits) -> PushRules | None:
    rule = "is not a file extension such as .pem"
    extensions = inputs.entries("restricted_extensions", _EXTENSION, rule, RESTRICTED_EXTENSIONS)
    megabytes = inputs.integer("max_file_megabytes", 10, 1, 100)
    asked = inputs.has("restricted_extensions") or inputs.has("max_file_megabytes")
    offered = not limits.subscription.public or asked
    # GitHub has no push rules for public repositories; nobody is told unless they were asked for.
    if not extensions or not offered or not limits.enforces("push rules", "restricted_extensions", list(extensions)):
        return None
    return PushRules(extensions, megabytes)


def _secret_scanning(inputs: Inputs, limits: Limits) -> bool:
    wanted = inputs.flag("secret_scanning", default=True)
    return wanted and limits.enforces("secret scanning", "secret_scanning", wanted)


def _bypass(inputs: Inputs, limits: Limits, maintainers: int) -> tuple[Bypass, ...]:
    found = []
    for index, args in enumerate(inputs.sequence("bypass")):
        if not isinstance(args, Mapping):
            inputs.offences.add(f"bypass[{index}]", args, "is not a group of inputs")
            continue
        entry = Inputs("", args, BypassArgs, inputs.offences.below(f"bypass[{index}]"))
        kind = entry.choice("actor_type", "", ACTOR_TYPES)
        number = entry.integer("actor_id", 1 if kind == "OrganizationAdmin" else 0, 0, 2**53)
        rule = f"is missing; {kind} needs the id of the actor"
        entry.offences.check(number or kind in ("", "DeployKey"), "actor_id", None, rule)
        if kind in ("Team", "OrganizationAdmin"):
            limits.enforces("teams", f"bypass[{index}].actor_type", kind)
        found.append(Bypass(kind, number or None, entry.choice("mode", BYPASS_MODES[0], BYPASS_MODES)))
    if maintainers == 1:
        found.append(Bypass("RepositoryRole", ADMIN_ROLE, "pull_request"))
        limits.unenforced.append(
            "maintainers: 1 person alone cannot have changes reviewed; administrators merge theirs"
        )
    return tuple(dict.fromkeys(found))


_WIDE = (
    "approvals", "bypass", "checks", "checks_app_id", "code_owners", "max_file_megabytes", "merge_methods",
    "required_deployments", "restricted_extensions", "secret_scanning", "signed_commits",
)  # fmt: skip


def _check_elsewhere(inputs: Inputs) -> None:
    for key in _WIDE:
        rule = "has no effect with repository_wide elsewhere; give it to the stack that manages the repository"
        inputs.offences.check(not inputs.has(key), key, "given", rule)
    rule = "is missing; with repository_wide elsewhere there is nothing else to manage"
    inputs.offences.check(inputs.has("environments"), "environments", None, rule)
