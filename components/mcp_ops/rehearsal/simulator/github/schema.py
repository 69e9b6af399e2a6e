"""The parameters of each type, as GitHub's REST API documents them (version 2022-11-28, read in November 2026)."""

from collections.abc import Mapping

from mcp_ops.rehearsal.simulator.github.shapes import Flag, Group, Many, Text, Whole

NAME = Text(r"[A-Za-z0-9._-]{1,100}")
ENVIRONMENT = Text(r"[^'\"`,;\\\n]{1,255}")
VARIABLE = Text(r"(?!(?i:GITHUB_))[A-Za-z_][A-Za-z0-9_]{0,254}")
PATTERN = Text(r"[^\s~^:\\]{1,255}")
MAX_VALUE = 48 * 1024
"""Bytes of a variable or secret."""

_STATUS = Group({"status": Text(choices=("enabled", "disabled"))}, ("status",))

REPOSITORY = Group(
    {
        "name": NAME,
        "description": Text(r"[^\n]{0,350}"),
        "homepageUrl": Text(),
        "visibility": Text(choices=("public", "private", "internal")),
        "autoInit": Flag(),
        "archived": Flag(),
        "archiveOnDestroy": Flag(),
        "allowAutoMerge": Flag(),
        "allowForking": Flag(),
        "allowMergeCommit": Flag(),
        "allowRebaseMerge": Flag(),
        "allowSquashMerge": Flag(),
        "allowUpdateBranch": Flag(),
        "deleteBranchOnMerge": Flag(),
        "gitignoreTemplate": Text(),
        "hasDiscussions": Flag(),
        "hasIssues": Flag(),
        "hasProjects": Flag(),
        "hasWiki": Flag(),
        "isTemplate": Flag(),
        "licenseTemplate": Text(),
        "mergeCommitMessage": Text(choices=("PR_BODY", "PR_TITLE", "BLANK")),
        "mergeCommitTitle": Text(choices=("PR_TITLE", "MERGE_MESSAGE")),
        "squashMergeCommitMessage": Text(choices=("PR_BODY", "COMMIT_MESSAGES", "BLANK")),
        "squashMergeCommitTitle": Text(choices=("PR_TITLE", "COMMIT_OR_PR_TITLE")),
        "topics": Many(Text(r"[a-z0-9][a-z0-9-]{0,49}"), most=20),
        "webCommitSignoffRequired": Flag(),
        "securityAndAnalysis": Group(
            {
                "advancedSecurity": _STATUS,
                "codeSecurity": _STATUS,
                "secretScanning": _STATUS,
                "secretScanningAiDetection": _STATUS,
                "secretScanningNonProviderPatterns": _STATUS,
                "secretScanningPushProtection": _STATUS,
            }
        ),
    },
    ("name",),
    {"pages": "no drill needs pages", "template": "templates are not simulated", "fork": "forks are not simulated"},
)

_METADATA = Group(
    {
        "operator": Text(choices=("starts_with", "ends_with", "contains", "regex")),
        "pattern": Text(),
        "name": Text(),
        "negate": Flag(),
    },
    ("operator", "pattern"),
)
_CHECK = Group({"context": Text(r"[\s\S]+"), "integrationId": Whole(1)}, ("context",))
_PULL_REQUEST = Group(
    {
        "allowedMergeMethods": Many(Text(choices=("merge", "squash", "rebase")), least=1, most=3),
        "dismissStaleReviewsOnPush": Flag(),
        "requireCodeOwnerReview": Flag(),
        "requireLastPushApproval": Flag(),
        "requiredApprovingReviewCount": Whole(0, 10),
        "requiredReviewThreadResolution": Flag(),
    },
    unsupported={"requiredReviewers": "which team reviews which paths is a preview of GitHub's"},
)
_RULES = Group(
    {
        "creation": Flag(),
        "update": Flag(),
        "deletion": Flag(),
        "nonFastForward": Flag(),
        "requiredLinearHistory": Flag(),
        "requiredSignatures": Flag(),
        "pullRequest": _PULL_REQUEST,
        "requiredStatusChecks": Group(
            {
                "requiredChecks": Many(_CHECK, least=1),
                "strictRequiredStatusChecksPolicy": Flag(),
                "doNotEnforceOnCreate": Flag(),
            },
            ("requiredChecks",),
        ),
        "requiredDeployments": Group(
            {"requiredDeploymentEnvironments": Many(ENVIRONMENT)}, ("requiredDeploymentEnvironments",)
        ),
        "fileExtensionRestriction": Group(
            {"restrictedFileExtensions": Many(Text(r"\*?\.[^\s/]+"), least=1)}, ("restrictedFileExtensions",)
        ),
        "filePathRestriction": Group({"restrictedFilePaths": Many(Text(), least=1)}, ("restrictedFilePaths",)),
        "maxFilePathLength": Group({"maxFilePathLength": Whole(1, 32767)}, ("maxFilePathLength",)),
        "maxFileSize": Group({"maxFileSize": Whole(1, 100)}, ("maxFileSize",)),
        "branchNamePattern": _METADATA,
        "tagNamePattern": _METADATA,
        "commitMessagePattern": _METADATA,
        "commitAuthorEmailPattern": _METADATA,
        "committerEmailPattern": _METADATA,
    },
    unsupported={
        "mergeQueue": "queues are not simulated",
        "copilotCodeReview": "reviews by Copilot decide nothing",
        "requiredCodeScanning": "scans are not simulated",
        "updateAllowsFetchAndMerge": "GitHub does not keep it",
    },
)
_ACTORS = ("RepositoryRole", "Team", "Integration", "OrganizationAdmin", "DeployKey", "EnterpriseOwner", "User")

RULESET = Group(
    {
        "name": Text(r"[\s\S]{1,100}"),
        "repository": NAME,
        "target": Text(choices=("branch", "tag", "push")),
        "enforcement": Text(choices=("active", "disabled", "evaluate")),
        "conditions": Group(
            {
                "refName": Group(
                    {
                        "includes": Many(Text(r"refs/(heads|tags)/\S+|~DEFAULT_BRANCH|~ALL")),
                        "excludes": Many(Text(r"refs/(heads|tags)/\S+|~DEFAULT_BRANCH")),
                    },
                    ("includes", "excludes"),
                )
            },
            ("refName",),
        ),
        "rules": _RULES,
        "bypassActors": Many(
            Group(
                {
                    "actorId": Whole(1),
                    "actorType": Text(choices=_ACTORS),
                    "bypassMode": Text(choices=("always", "pull_request", "exempt")),
                },
                ("actorType", "bypassMode"),
            )
        ),
    },
    ("repository", "target", "enforcement", "rules"),
)

ENVIRONMENT_OF = Group(
    {
        "repository": NAME,
        "environment": ENVIRONMENT,
        "canAdminsBypass": Flag(),
        "preventSelfReview": Flag(),
        "waitTimer": Whole(0, 43_200),
        "reviewers": Many(Group({"teams": Many(Whole(1), most=6), "users": Many(Whole(1), most=6)})),
        "deploymentBranchPolicy": Group(
            {"protectedBranches": Flag(), "customBranchPolicies": Flag()}, ("protectedBranches", "customBranchPolicies")
        ),
    },
    ("repository", "environment"),
)

DEPLOYMENT_POLICY = Group(
    {"repository": NAME, "environment": ENVIRONMENT, "branchPattern": PATTERN, "tagPattern": PATTERN},
    ("repository", "environment"),
)

ACTIONS_PERMISSIONS = Group(
    {
        "repository": NAME,
        "enabled": Flag(),
        "allowedActions": Text(choices=("all", "local_only", "selected")),
        "allowedActionsConfig": Group(
            {"githubOwnedAllowed": Flag(), "verifiedAllowed": Flag(), "patternsAlloweds": Many(Text(r"\S+"))},
            ("githubOwnedAllowed",),
        ),
        "shaPinningRequired": Flag(),
    },
    ("repository",),
)
WORKFLOW_PERMISSIONS = Group(
    {
        "repository": NAME,
        "defaultWorkflowPermissions": Text(choices=("read", "write")),
        "canApprovePullRequestReviews": Flag(),
    },
    ("repository",),
)
SWITCH = Group({"repository": NAME, "enabled": Flag()}, ("repository",))
VALUE_OF = Group(
    {"repository": NAME, "variableName": VARIABLE, "value": Text()}, ("repository", "variableName", "value")
)
ENVIRONMENT_VALUE = Group({**VALUE_OF.fields, "environment": ENVIRONMENT}, (*VALUE_OF.required, "environment"))
_SECRET = {
    "repository": NAME,
    "secretName": VARIABLE,
    "value": Text(),
    "valueEncrypted": Text(),
    "keyId": Text(),
    "plaintextValue": Text(),
    "encryptedValue": Text(),
}
SECRET = Group(_SECRET, ("repository", "secretName"))
ENVIRONMENT_SECRET = Group({**_SECRET, "environment": ENVIRONMENT}, ("repository", "secretName", "environment"))
FILE = Group(
    {
        "repository": NAME,
        "branch": PATTERN,
        "file": Text(r"[^/\s][^\n]*"),
        "content": Text(),
        "commitAuthor": Text(),
        "commitEmail": Text(),
        "commitMessage": Text(),
        "overwriteOnCreate": Flag(),
    },
    ("repository", "file", "content"),
)

SHAPES: Mapping[str, Group] = {
    "github:index/repository:Repository": REPOSITORY,
    "github:index/repositoryRuleset:RepositoryRuleset": RULESET,
    "github:index/repositoryEnvironment:RepositoryEnvironment": ENVIRONMENT_OF,
    "github:index/repositoryEnvironmentDeploymentPolicy:RepositoryEnvironmentDeploymentPolicy": DEPLOYMENT_POLICY,
    "github:index/actionsRepositoryPermissions:ActionsRepositoryPermissions": ACTIONS_PERMISSIONS,
    "github:index/workflowRepositoryPermissions:WorkflowRepositoryPermissions": WORKFLOW_PERMISSIONS,
    "github:index/repositoryVulnerabilityAlerts:RepositoryVulnerabilityAlerts": SWITCH,
    "github:index/repositoryDependabotSecurityUpdates:RepositoryDependabotSecurityUpdates": SWITCH,
    "github:index/actionsVariable:ActionsVariable": VALUE_OF,
    "github:index/actionsEnvironmentVariable:ActionsEnvironmentVariable": ENVIRONMENT_VALUE,
    "github:index/actionsSecret:ActionsSecret": SECRET,
    "github:index/actionsEnvironmentSecret:ActionsEnvironmentSecret": ENVIRONMENT_SECRET,
    "github:index/repositoryFile:RepositoryFile": FILE,
}
"""Shape of a resource's inputs, by type token."""
