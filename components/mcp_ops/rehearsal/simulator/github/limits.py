"""What GitHub answers where a plan does not include what is asked for, and where two parts do not fit together."""

from collections.abc import Iterator, Mapping
from typing import Any

from mcp_ops.rehearsal.simulator.github.state import GitHub, Repository

_UPGRADE = "Upgrade to GitHub Team or make this repository public to enable this feature"
_PATTERNS = ("branchNamePattern", "tagNamePattern", "commitMessagePattern", "commitAuthorEmailPattern",
             "committerEmailPattern")  # fmt: skip
_PUSH_RULES = ("fileExtensionRestriction", "filePathRestriction", "maxFilePathLength", "maxFileSize")


def repository_limits(github: GitHub, given: Mapping[str, Any]) -> Iterator[str]:
    """Yields why GitHub refuses a repository."""
    security = given.get("securityAndAnalysis") or {}
    visibility = given.get("visibility", "public")
    if given["name"] in github.repositories and given["name"] not in github.outside:
        yield f"422 name {given['name']} already exists on this account"
    if "advancedSecurity" in security and visibility == "public":
        yield "422 advanced security is always available for public repositories"
    if visibility == "internal" and github.plan not in ("", "enterprise"):
        yield "422 only enterprises have internal repositories"
    if visibility == "private" and security and github.plan == "free":
        yield f"403 secret scanning: {_UPGRADE}"


def ruleset_limits(github: GitHub, repository: Repository, given: Mapping[str, Any]) -> Iterator[str]:
    """Yields why GitHub refuses a ruleset."""
    rules = {name: value for name, value in given["rules"].items() if value not in (None, False)}
    if repository.visibility == "private" and github.plan == "free":
        yield f"403 {_UPGRADE}"
    if given.get("name") in repository.rulesets:
        yield f"422 Name must be unique: {given['name']}"
    metadata = sorted(set(_PATTERNS) & set(rules))
    if metadata and github.plan not in ("", "enterprise"):
        yield f"422 {', '.join(metadata)}: only GitHub Enterprise has rules about metadata"
    if given["enforcement"] == "evaluate" and github.plan not in ("", "enterprise"):
        yield "422 enforcement evaluate: only GitHub Enterprise tries rules out"
    yield from _target(github, repository, given, rules)


def _target(
    github: GitHub, repository: Repository, given: Mapping[str, Any], rules: Mapping[str, Any]
) -> Iterator[str]:
    of_push = sorted(set(_PUSH_RULES) & set(rules))
    if given["target"] != "push":
        if of_push:
            yield f"422 {', '.join(of_push)}: only rulesets with the target push have it"
        if not given.get("conditions"):
            yield "422 conditions: a ruleset of branches or tags must say for which"
        return
    if given.get("conditions"):
        yield "422 conditions: push rules hold for every ref"
    if set(rules) - set(of_push):
        yield f"422 {', '.join(sorted(set(rules) - set(of_push)))}: not in a ruleset with the target push"
    if repository.visibility == "public" or github.plan == "free":
        yield "422 push rulesets need a private or internal repository on GitHub Team"


def environment_limits(github: GitHub, repository: Repository, given: Mapping[str, Any]) -> Iterator[str]:
    """Yields why GitHub refuses an environment."""
    hidden = repository.visibility in ("private", "internal")
    if hidden and github.plan == "free":
        yield f"403 environments: {_UPGRADE}"
    named = [entry for group in given.get("reviewers") or () for entry in (*_of(group, "teams"), *_of(group, "users"))]
    if len(named) > 6:  # noqa: PLR2004 - the number that GitHub documents
        yield f"422 {len(named)} reviewers; GitHub takes 6"
    for wanted, what in ((named, "required reviewers"), (given.get("waitTimer"), "wait timer")):
        if wanted and hidden and github.plan == "team":
            yield f"422 ensure the billing plan supports the {what} protection rule"
    policy = given.get("deploymentBranchPolicy")
    if policy and policy["protectedBranches"] == policy["customBranchPolicies"]:
        yield "422 protected_branches and custom_branch_policies cannot have the same value"


def _of(group: Mapping[str, Any], kind: str) -> list[Any]:
    return group.get(kind) or []


def policy_limits(repository: Repository, given: Mapping[str, Any]) -> Iterator[str]:
    """Yields why GitHub refuses a branch or tag of an environment."""
    environment = repository.environments.get(given["environment"])
    if environment is None:
        yield f"404 Not Found: environment {given['environment']}"
        return
    policy = environment.get("deploymentBranchPolicy") or {}
    if not policy.get("customBranchPolicies"):
        yield f"404 Not Found: environment {given['environment']} takes no custom branch policies"
    if bool(given.get("branchPattern")) == bool(given.get("tagPattern")):
        yield "422 give a branch pattern or a tag pattern"


def file_limits(repository: Repository, given: Mapping[str, Any]) -> Iterator[str]:
    """Yields why GitHub refuses to write a file."""
    blocking = [
        name
        for name, ruleset in repository.rulesets.items()
        if ruleset["target"] == "branch" and ruleset["enforcement"] == "active" and ruleset["rules"].get("pullRequest")
    ]
    if blocking:
        yield f"409 Repository rule violations found: changes must be made through a pull request ({blocking[0]})"
    if (given.get("branch", ""), given["file"]) in repository.files and not given.get("overwriteOnCreate"):
        yield f"422 {given['file']} exists; overwriteOnCreate is not set"
