"""What protects a repository, read from what a program registered."""

import fnmatch
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from mcp_ops.rehearsal import wire
from mcp_ops.rehearsal.record import Registration, Run

REPOSITORY = "github:index/repository:Repository"
RULESET = "github:index/repositoryRuleset:RepositoryRuleset"
ENVIRONMENT = "github:index/repositoryEnvironment:RepositoryEnvironment"
POLICY = "github:index/repositoryEnvironmentDeploymentPolicy:RepositoryEnvironmentDeploymentPolicy"
ACTIONS = "github:index/actionsRepositoryPermissions:ActionsRepositoryPermissions"
TOKEN = "github:index/workflowRepositoryPermissions:WorkflowRepositoryPermissions"  # noqa: S105 - a resource type

Given = Mapping[str, Any]


@dataclass(frozen=True)
class Environment:
    """One environment and where deployments to it may come from."""

    given: Given
    branches: tuple[str, ...]
    tags: tuple[str, ...]

    def lets_in(self, ref: str) -> bool:
        """Whether a deployment may come from a ref, `refs/heads/...` or `refs/tags/...`."""
        if not self.given.get("deploymentBranchPolicy"):
            return True
        kind, _, name = ref.removeprefix("refs/").partition("/")
        return any(ref_matches(pattern, name) for pattern in (self.branches if kind == "heads" else self.tags))

    @property
    def reviewers(self) -> frozenset[str]:
        """Who approves: `team:<id>` and `user:<id>`."""
        groups = self.given.get("reviewers") or ()
        teams = {f"team:{entry}" for group in groups for entry in group.get("teams") or ()}
        return frozenset(teams | {f"user:{entry}" for group in groups for entry in group.get("users") or ()})


@dataclass(frozen=True)
class Protection:
    """Everything that GitHub enforces on one repository."""

    name: str
    repository: Given
    rulesets: tuple[Given, ...]
    environments: Mapping[str, Environment]
    actions: Given
    token: Given
    owners: Mapping[str, list[str]] = field(default_factory=dict)
    """CODEOWNERS: pattern to owners, in the file's order."""
    default_branch: str = "main"

    def rulesets_for(self, target: str, ref: str) -> Iterator[Given]:
        """Yields the active rulesets of a target that hold for a ref."""
        for ruleset in self.rulesets:
            if ruleset["target"] == target and ruleset["enforcement"] == "active" and self._covers(ruleset, ref):
                yield ruleset

    def _covers(self, ruleset: Given, ref: str) -> bool:
        conditions = ruleset.get("conditions")
        if ruleset["target"] == "push" or not conditions:
            return bool(ruleset["target"] == "push")
        names = conditions["refName"]
        return any(self._is(pattern, ref) for pattern in names["includes"]) and not any(
            self._is(pattern, ref) for pattern in names["excludes"]
        )

    def _is(self, pattern: str, ref: str) -> bool:
        if pattern == "~DEFAULT_BRANCH":
            return ref == f"refs/heads/{self.default_branch}"
        return pattern == "~ALL" or ref_matches(pattern, ref)

    def owners_of(self, path: str) -> list[str]:
        """Returns the owners of a file: those of the last pattern that matches it."""
        found: list[str] = []
        for pattern, owners in self.owners.items():
            if path_matches(pattern, path):
                found = owners
        return found


def ref_matches(pattern: str, name: str) -> bool:
    """Tells whether a pattern of GitHub's matches a ref: `*` stops at a slash, `**` does not (Ruby's fnmatch)."""
    if "**" in pattern:
        return fnmatch.fnmatchcase(name, pattern)
    parts, names = pattern.split("/"), name.split("/")
    return len(parts) == len(names) and all(map(fnmatch.fnmatchcase, names, parts))


def path_matches(pattern: str, path: str) -> bool:
    """Tells whether a pattern of CODEOWNERS matches a file's path (gitignore's rules, without negation and ranges)."""
    anchored = "/" in pattern.rstrip("/")
    bare = pattern.strip("/")
    if anchored:
        return path == bare or path.startswith(f"{bare}/") or fnmatch.fnmatchcase(path, bare)
    if pattern.endswith("/"):
        return f"/{bare}/" in f"/{path}"
    return any(fnmatch.fnmatchcase(part, bare) for part in path.split("/"))


def owners_in(text: str) -> Mapping[str, list[str]]:
    """Returns the owners by pattern of a CODEOWNERS file, in its order."""
    lines = (line.split("#", 1)[0].split() for line in text.splitlines())
    return {parts[0]: parts[1:] for parts in lines if parts}


def protection_of(run: Run, owners: str) -> Protection | None:
    """Returns what a run registered for its repository; None when it manages no repository-wide part.

    `owners`: text of CODEOWNERS.
    """
    repositories = run.of_type(REPOSITORY)
    if not repositories:
        return None
    given = _given(repositories[0])
    name = str(given["name"])
    return Protection(
        name=name,
        repository=given,
        rulesets=tuple(_given(item) for item in run.of_type(RULESET) if _given(item)["repository"] == name),
        environments=environments_of(run),
        actions=_last(run, ACTIONS),
        token=_last(run, TOKEN),
        owners=owners_in(owners),
    )


def environments_of(run: Run) -> Mapping[str, Environment]:
    """Returns the environments that a run registered, by name."""
    policies = [_given(item) for item in run.of_type(POLICY)]
    found = {}
    for item in run.of_type(ENVIRONMENT):
        given = _given(item)
        own = [policy for policy in policies if policy["environment"] == given["environment"]]
        found[str(given["environment"])] = Environment(
            given,
            tuple(policy["branchPattern"] for policy in own if policy.get("branchPattern")),
            tuple(policy["tagPattern"] for policy in own if policy.get("tagPattern")),
        )
    return found


def _given(item: Registration) -> Given:
    given: Given = wire.reveal({**item.outputs, **item.inputs})
    return given


def _last(run: Run, type_: str) -> Given:
    found = run.of_type(type_)
    return _given(found[-1]) if found else {}
