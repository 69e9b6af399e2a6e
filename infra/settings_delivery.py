"""The settings of delivery: the GitHub repository that everything goes through, and whom its workflows are in AWS."""

from typing import Annotated, Literal

from pydantic import Field

from mcp_ops.delivery.github_names import ID, ID_RULE
from settings_types import Group, Pattern

GitHubId = Annotated[str, Pattern(ID.pattern, ID_RULE)]
StateBucket = Annotated[str, Pattern(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", "is not the name of a bucket")]
KeyArn = Annotated[str, Pattern(r"arn:aws:kms:[a-z0-9-]+:\d{12}:key/[\w-]+", "is not the ARN of a KMS key")]
ProviderArn = Annotated[
    str,
    Pattern(
        r"arn:aws:iam::\d{12}:oidc-provider/token\.actions\.githubusercontent\.com",
        "is not the ARN of GitHub's OIDC provider",
    ),
]
Ids = Annotated[tuple[Annotated[int, Field(ge=1)], ...], Field(max_length=6)]
Texts = tuple[Annotated[str, Field(min_length=1, max_length=256)], ...]


class Roles(Group):
    """The roles of workflows in AWS: preview, deploy, rollback. Taken with GitHub's tokens, never with keys."""

    owner_id: GitHubId
    """Id of the repository's owner, in quotes."""
    repository_id: GitHubId
    """Id of the repository, in quotes: a repository that takes over its name gets nothing."""
    oidc_provider_arn: ProviderArn | None = None
    """GitHub's provider, where another stack in the account owns it. Default: this stack registers it."""
    state_bucket: StateBucket | None = None
    """Bucket that holds the environment's Pulumi state. Default none: it is in Pulumi Cloud."""
    state_key_arn: KeyArn | None = None
    """KMS key that encrypts secrets in the state. Default none."""
    further_actions: Texts = ()
    """Actions on what the stack owns, beyond those that the components need, such as bedrock:CreateAgent."""


class GitHubEnvironment(Group):
    """The environment's GitHub environment: who may deploy, from where."""

    any_branch: bool = False
    """True: every branch may deploy; not for prod."""
    branches: Texts = ()
    """Branches that may deploy. Default: the default branch."""
    tags: Texts = ()
    """Tags that may deploy."""
    reviewer_team_ids: Ids = ()
    """Teams of which one member approves each deployment; with people at most 6. Prod needs somebody."""
    reviewer_user_ids: Ids = ()
    """People of whom one approves each deployment."""
    wait_minutes: Annotated[int, Field(ge=0, le=43_200)] = 0
    """Minutes between start and deployment."""


class RepositoryWide(Group):
    """What exists once in the repository: rules, scanners, actions. One stack has it."""

    managed: Literal["adopt", "managed", "new"] = "managed"
    """adopt: take an existing repository in, changing nothing; then managed. new: create it."""
    maintainers: Annotated[int, Field(ge=1, le=1000)] = 2
    """People who can review. With 1, administrators may merge their own pull requests."""
    approvals: Annotated[int, Field(ge=1, le=10)] = 1
    """Approvals of a pull request."""
    checks: Texts = ("gate",)
    """Status checks that must pass."""
    code_owners: dict[str, tuple[str, ...]] | None = None
    """Who must approve changes of which files: path pattern to @user or @organization/team. Default: not checked."""
    allowed_actions: Texts | None = None
    """Actions that workflows may use besides GitHub's own. Default: those of the workflows that come with mcp-ops."""


class GitHub(Group):
    """The repository's protection. Needs a token of a GitHub App or person with the right Administration."""

    plan: Literal["free", "team", "enterprise"]
    """Plan of the owner; team is Pro for a person. Decides what GitHub enforces."""
    visibility: Literal["public", "private", "internal"]
    """Who sees the repository."""
    owner_type: Literal["organization", "user"] = "organization"
    """What the owner is; only organizations have teams."""
    secret_protection: bool = False
    """Whether a private repository has GitHub Secret Protection; 19 USD per active committer and month."""
    unenforced: Literal["strict", "report"] = "strict"
    """strict: a protection that the plan does not enforce is an error. report: a warning and a line in an output."""
    repository_wide: RepositoryWide | None = None
    """Rules, scanners and actions of the repository; exactly one stack has this."""
    environment: GitHubEnvironment = GitHubEnvironment()
    """The GitHub environment of this stack; beside it stands one for rollbacks, without approval."""


class Delivery(Group):
    """How changes reach the environment. Without it, people deploy it themselves."""

    roles: Roles | None = None
    """Roles of workflows."""
    github: GitHub | None = None
    """Protection of the repository, and its environment for this stack."""
