"""The inputs of ProtectedRepository."""

from collections.abc import Mapping
from typing import NotRequired, TypedDict

import pulumi


class BypassArgs(TypedDict):
    """Somebody whom the rules of the default branch and of release tags do not hold."""

    actor_type: str
    """`OrganizationAdmin`, `RepositoryRole`, `Team`, `Integration` (an app), `DeployKey` or `User`."""
    actor_id: NotRequired[int]
    """Id of the actor; for `RepositoryRole` 2 maintain, 4 write, 5 admin. Not for `DeployKey`; for
    `OrganizationAdmin` 1."""
    mode: NotRequired[str]
    """`pull_request` (default): only by merging a pull request. `always`: also by pushing."""


class DeploymentEnvironmentArgs(TypedDict):
    """One GitHub environment: who may deploy to it, from where."""

    production: NotRequired[bool]
    """Whether it serves users: then it needs reviewers, nobody approves their own deployment, and administrators
    cannot skip that. Default: true for the name `prod`."""
    any_branch: NotRequired[bool]
    """Lets every branch and tag deploy. Default false."""
    branches: NotRequired[list[str]]
    """Branches that may deploy, patterns with `*`. Default: the default branch. Named one by one, because GitHub's
    choice `protected branches` looks at classic protection and lets all branches pass where only rulesets protect."""
    tags: NotRequired[list[str]]
    """Tags that may deploy, patterns with `*`. Default none."""
    reviewer_team_ids: NotRequired[list[int]]
    """Teams of which one member approves each deployment; with users at most 6."""
    reviewer_user_ids: NotRequired[list[int]]
    """People of whom one approves each deployment; with teams at most 6."""
    prevent_self_review: NotRequired[bool]
    """Whether whoever started a deployment cannot approve it. Default: true in production with two maintainers."""
    wait_minutes: NotRequired[int]
    """Minutes between start and deployment, 0 to 43,200. Default 0."""
    variables: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Variables of the environment, such as the ARN of its deployment role. No secrets: roles are taken by OIDC."""


class ProtectedRepositoryArgs(TypedDict):
    """Inputs of a ProtectedRepository."""

    owner: str
    """Organization or person."""
    repository: str
    """Name of the repository."""
    plan: str
    """`free`, `team` (for a person: Pro) or `enterprise`: decides what GitHub enforces."""
    visibility: str
    """`public`, `private` or `internal`."""
    owner_type: NotRequired[str]
    """`organization` (default) or `user`."""
    secret_protection: NotRequired[bool]
    """Whether a private repository has GitHub Secret Protection; 19 USD per active committer and month. Default
    false."""
    unenforced: NotRequired[str]
    """What becomes of a protection that GitHub would not enforce: `strict` (default) refuses it, `report` warns,
    leaves it out and lists it in the output of the same name."""
    repository_wide: NotRequired[str]
    """Who manages what exists once in a repository. `managed` (default): this stack. `adopt`: this stack, which takes
    an existing repository in, changing nothing of it; set `managed` for the next update. `new`: this stack, which
    creates it. `elsewhere`: another stack; this one manages its environments only."""
    default_branch: NotRequired[str]
    """Branch that everything goes through. Default `main`."""
    maintainers: NotRequired[int]
    """People who can review, 1 to 1000. With 1, administrators may merge their own pull requests: nobody else could.
    Default 2."""
    approvals: NotRequired[int]
    """Approvals of a pull request, 1 to 10. Default 1."""
    checks: NotRequired[list[str]]
    """Status checks that must pass. Default `gate`, the job that needs all others."""
    checks_app_id: NotRequired[int]
    """App that must have posted them; without it, whoever can write could. Default 15368, GitHub Actions."""
    signed_commits: NotRequired[bool]
    """Whether every commit on the default branch carries a verified signature. Default true."""
    merge_methods: NotRequired[list[str]]
    """`merge`, `squash`, `rebase`. With signed commits only `merge`, which is the default: the others write commits
    that their author has not signed."""
    release_tags: NotRequired[str]
    """Pattern of the tags that nobody moves or deletes once they exist. Default `v*`."""
    restricted_extensions: NotRequired[list[str]]
    """Files that no push may contain, on any branch. Default .pem .key .p12 .pfx .env; an empty list: all may."""
    max_file_megabytes: NotRequired[int]
    """Largest file of a push, 1 to 100. Default 10."""
    secret_scanning: NotRequired[bool]
    """Whether GitHub looks for secrets and refuses pushes that contain one. Default true."""
    required_deployments: NotRequired[list[str]]
    """Environments that a pull request must have been deployed to before it is merged. Default none."""
    allowed_actions: NotRequired[list[str]]
    """Actions that workflows may use besides GitHub's own, patterns such as `pulumi/actions@*`, always by commit
    SHA. Default: those of the workflows that come with mcp-ops."""
    bypass: NotRequired[list[BypassArgs]]
    """Whom the rules do not hold. Default nobody."""
    environments: NotRequired[Mapping[str, DeploymentEnvironmentArgs]]
    """Environments by name. Default none."""
    variables: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Variables of the whole repository; a name that several stacks give is refused by GitHub. Default none."""
    code_owners: NotRequired[Mapping[str, list[str]]]
    """Who must approve changes of which files: path pattern to `@user`, `@organization/team` or address, in the
    order of CODEOWNERS, in which the last match decides. Workflows need an owner."""
