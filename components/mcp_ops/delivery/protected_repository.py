"""A repository through which everything must go that reaches an environment.

Not managed here: its members and teams, the licence of GitHub Secret Protection, and the content of its files; the
one exception is CODEOWNERS of a repository that the component creates.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import pulumi
import pulumi_github as github

from mcp_ops.delivery import code_owners
from mcp_ops.delivery.environment_plan import EnvironmentPlan
from mcp_ops.delivery.repository_args import ProtectedRepositoryArgs
from mcp_ops.delivery.repository_plan import Bypass, ProtectedRepositoryPlan, plan_protected_repository
from mcp_ops.delivery.rulesets import Ruleset, rulesets_of
from mcp_ops.errors import InputError, Offence

TOKEN = "mcp-ops:index:ProtectedRepository"  # noqa: S105 - a resource type, not a password

_ADOPTED = [
    "allowAutoMerge", "allowMergeCommit", "allowRebaseMerge", "allowSquashMerge", "allowUpdateBranch",
    "archiveOnDestroy", "autoInit", "deleteBranchOnMerge", "description", "hasIssues", "hasProjects", "hasWiki",
    "securityAndAnalysis", "topics", "visibility", "webCommitSignoffRequired",
]  # fmt: skip
"""Left as they are by the update that takes a repository in: Pulumi refuses an import that would change something."""


class ProtectedRepository(pulumi.ComponentResource):
    """Rules, checks, environments and scanners of a GitHub repository; lists what GitHub's plan does not enforce."""

    repository: pulumi.Output[str]
    """Name of the repository."""
    unenforced: pulumi.Output[list[str]]
    """What is wanted and not enforced, one line each; empty when everything is."""
    code_owners: pulumi.Output[str]
    """Text that `.github/CODEOWNERS` must have; empty when no owners are given."""

    def __init__(self, name: str, args: ProtectedRepositoryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        plan = plan_protected_repository(name, args)
        super().__init__(TOKEN, name, {}, opts)
        for line in plan.unenforced:
            pulumi.log.warn(f"not enforced by GitHub: {line}", self)
        at = _Place(name, plan, pulumi.ResourceOptions(parent=self))
        first = None
        if plan.repository_wide == "elsewhere":
            _check_exists(at, self)
        else:
            first = _Settings(at).registered()
        _variables(at, args.get("variables") or {}, first)
        for environment, planned in plan.environments.items():
            variables = (args.get("environments") or {})[environment].get("variables") or {}
            _environment(at, environment, planned, variables, first)
        self.repository = pulumi.Output.from_input(plan.repository)
        self.unenforced = pulumi.Output.from_input(list(plan.unenforced))
        self.code_owners = pulumi.Output.from_input(plan.code_owners)
        self.register_outputs(
            {"repository": self.repository, "unenforced": self.unenforced, "code_owners": self.code_owners}
        )


NOT_FOUND = "404"
"""How GitHub's provider tells that a repository is not there."""


class _Place(NamedTuple):
    """Where children are registered."""

    name: str
    plan: ProtectedRepositoryPlan
    child: pulumi.ResourceOptions


def _check_exists(at: _Place, component: ProtectedRepository) -> None:
    """Refuses a repository that the token cannot see: GitHub would otherwise say 404 for every child.

    A look-up that fails for another reason proves nothing; it is told, and GitHub decides on the children.
    """
    full_name = f"{at.plan.owner}/{at.plan.repository}"
    try:
        github.get_repository(full_name=full_name, opts=pulumi.InvokeOptions(parent=component))
    except NotImplementedError:
        raise
    except Exception as error:  # the SDK raises plain Exception for whatever the provider says
        told = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        if NOT_FOUND not in str(error):
            pulumi.log.warn(f"{full_name} could not be looked up: {told}", component)
            return
        rule = f"does not exist, or the token cannot see it: {told}"
        raise InputError(Offence(f"{at.name}.repository", full_name, rule)) from error


class _Settings:
    """Registers what exists once in a repository."""

    def __init__(self, at: _Place) -> None:
        self._at, self._plan = at, at.plan

    def registered(self) -> github.Repository:
        """Returns the repository, after which everything else comes."""
        repository = self._repository()
        after = pulumi.ResourceOptions.merge(self._at.child, pulumi.ResourceOptions(depends_on=[repository]))
        files = [self._code_owners(after)] if self._plan.repository_wide == "new" and self._plan.code_owners else []
        # A file cannot be written past the rules, so it comes first.
        ruled = pulumi.ResourceOptions.merge(after, pulumi.ResourceOptions(depends_on=files))
        for ruleset in rulesets_of(self._plan):
            self._ruleset(ruleset, ruled)
        self._actions(after)
        self._alerts(after)
        return repository

    def _repository(self) -> github.Repository:
        plan = self._plan
        adopt = plan.repository_wide == "adopt"
        opts = pulumi.ResourceOptions(
            # Whatever becomes of the stack, the repository stays.
            protect=True,
            retain_on_delete=True,
            import_=plan.repository if adopt else None,
            ignore_changes=_ADOPTED if adopt else ["autoInit", "description", "topics"],
        )
        methods = plan.review.merge_methods if plan.review else ("merge",)
        return github.Repository(
            f"{self._at.name}-repository",
            name=plan.repository,
            visibility=plan.visibility,
            auto_init=plan.repository_wide == "new",
            archive_on_destroy=True,
            has_issues=True,
            allow_merge_commit="merge" in methods,
            allow_squash_merge="squash" in methods,
            allow_rebase_merge="rebase" in methods,
            allow_auto_merge=False,
            allow_update_branch=True,
            delete_branch_on_merge=True,
            web_commit_signoff_required=False,
            security_and_analysis=self._scanning(),
            opts=pulumi.ResourceOptions.merge(self._at.child, opts),
        )

    def _scanning(self) -> github.RepositorySecurityAndAnalysisArgs | None:
        # advanced_security is left out: GitHub refuses it for public repositories, where it is always on.
        if not self._plan.secret_scanning:
            return None
        return github.RepositorySecurityAndAnalysisArgs(
            secret_scanning=github.RepositorySecurityAndAnalysisSecretScanningArgs(status="enabled"),
            secret_scanning_push_protection=github.RepositorySecurityAndAnalysisSecretScanningPushProtectionArgs(
                status="enabled"
            ),
        )

    def _code_owners(self, opts: pulumi.ResourceOptions) -> github.RepositoryFile:
        return github.RepositoryFile(
            f"{self._at.name}-code-owners",
            repository=self._plan.repository,
            branch=self._plan.default_branch,
            file=code_owners.FILE,
            content=self._plan.code_owners,
            commit_message="Say who owns which files",
            # Afterwards it changes by pull request, like every other file.
            opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(ignore_changes=["content"])),
        )

    def _ruleset(self, ruleset: Ruleset, opts: pulumi.ResourceOptions) -> None:
        github.RepositoryRuleset(
            f"{self._at.name}-{ruleset.name}",
            name=ruleset.name,
            repository=self._plan.repository,
            target=ruleset.target,
            enforcement="active",
            conditions=ruleset.conditions,
            rules=ruleset.rules,
            # Always given: the provider leaves actors in place that are merely no longer named.
            bypass_actors=[_actor(one) for one in ruleset.bypass],
            opts=opts,
        )

    def _actions(self, opts: pulumi.ResourceOptions) -> None:
        name, repository = self._at.name, self._plan.repository
        github.ActionsRepositoryPermissions(
            f"{name}-actions",
            repository=repository,
            enabled=True,
            allowed_actions="selected",
            allowed_actions_config=github.ActionsRepositoryPermissionsAllowedActionsConfigArgs(
                github_owned_allowed=True, verified_allowed=False, patterns_alloweds=list(self._plan.allowed_actions)
            ),
            sha_pinning_required=True,
            opts=opts,
        )
        github.WorkflowRepositoryPermissions(
            f"{name}-workflow-token",
            repository=repository,
            default_workflow_permissions="read",
            can_approve_pull_request_reviews=False,
            opts=opts,
        )

    def _alerts(self, opts: pulumi.ResourceOptions) -> None:
        name, repository = self._at.name, self._plan.repository
        alerts = github.RepositoryVulnerabilityAlerts(
            f"{name}-vulnerability-alerts", repository=repository, enabled=True, opts=opts
        )
        github.RepositoryDependabotSecurityUpdates(
            f"{name}-security-updates",
            repository=repository,
            enabled=True,
            # GitHub refuses updates where alerts are off.
            opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[alerts])),
        )


def _actor(bypass: Bypass) -> Any:
    actor: dict[str, Any] = {"actor_type": bypass.actor_type, "bypass_mode": bypass.mode}
    return actor if bypass.actor_id is None else {**actor, "actor_id": bypass.actor_id}


def _environment(
    at: _Place,
    name: str,
    planned: EnvironmentPlan,
    variables: Mapping[str, pulumi.Input[str]],
    after: github.Repository | None,
) -> None:
    """Registers one environment with its sources and variables."""
    prefix, repository = f"{at.name}-{name}", at.plan.repository
    policy = None
    if not planned.any_source:
        policy = github.RepositoryEnvironmentDeploymentBranchPolicyArgs(
            protected_branches=False, custom_branch_policies=True
        )
    reviewers = github.RepositoryEnvironmentReviewerArgs(
        teams=list(planned.reviewer_team_ids), users=list(planned.reviewer_user_ids)
    )
    environment = github.RepositoryEnvironment(
        f"{prefix}-environment",
        repository=repository,
        environment=name,
        can_admins_bypass=False,
        prevent_self_review=planned.prevent_self_review,
        wait_timer=planned.wait_minutes or None,
        reviewers=[reviewers] if planned.reviewed else None,
        deployment_branch_policy=policy,
        opts=pulumi.ResourceOptions.merge(at.child, _after(after)),
    )
    below = pulumi.ResourceOptions.merge(at.child, pulumi.ResourceOptions(depends_on=[environment]))
    for kind, patterns in (("branch", planned.branches), ("tag", planned.tags)):
        for pattern in patterns:
            github.RepositoryEnvironmentDeploymentPolicy(
                f"{prefix}-{kind}-{pattern}",
                repository=repository,
                environment=name,
                branch_pattern=pattern if kind == "branch" else None,
                tag_pattern=pattern if kind == "tag" else None,
                opts=below,
            )
    for variable, value in variables.items():
        github.ActionsEnvironmentVariable(
            f"{prefix}-{_kebab(variable)}",
            repository=repository,
            environment=name,
            variable_name=variable,
            value=value,
            opts=below,
        )


def _variables(at: _Place, variables: Mapping[str, pulumi.Input[str]], after: github.Repository | None) -> None:
    for variable, value in variables.items():
        github.ActionsVariable(
            f"{at.name}-{_kebab(variable)}",
            repository=at.plan.repository,
            variable_name=variable,
            value=value,
            opts=pulumi.ResourceOptions.merge(at.child, _after(after)),
        )


def _after(first: github.Repository | None) -> pulumi.ResourceOptions:
    return pulumi.ResourceOptions(depends_on=[first] if first else [])


def _kebab(variable: str) -> str:
    return variable.lower().replace("_", "-")
