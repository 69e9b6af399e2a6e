"""The types of pulumi_github: checked against GitHub's API, kept in simulated GitHub. No AWS call is made."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from mcp_ops.rehearsal import wire
from mcp_ops.rehearsal.record import Operation
from mcp_ops.rehearsal.simulator.context import Context
from mcp_ops.rehearsal.simulator.errors import Refusal
from mcp_ops.rehearsal.simulator.github import limits
from mcp_ops.rehearsal.simulator.github.schema import MAX_VALUE, SHAPES
from mcp_ops.rehearsal.simulator.github.shapes import checked
from mcp_ops.rehearsal.simulator.github.state import GitHub, Repository, github_of
from mcp_ops.rehearsal.simulator.spec import Spec, Specs, step

Given = Mapping[str, Any]
Keeper = Callable[[GitHub, Repository, Given], Iterator[str]]
"""Keeps what was given in simulated GitHub; yields why it cannot."""


def _ruleset(github: GitHub, repository: Repository, given: Given) -> Iterator[str]:
    problems = list(limits.ruleset_limits(github, repository, given))
    yield from problems
    if not problems:
        repository.rulesets[given["name"]] = given


def _environment(github: GitHub, repository: Repository, given: Given) -> Iterator[str]:
    yield from limits.environment_limits(github, repository, given)
    repository.environments[given["environment"]] = given


def _policy(_: GitHub, repository: Repository, given: Given) -> Iterator[str]:
    yield from limits.policy_limits(repository, given)


def _value(_: GitHub, repository: Repository, given: Given) -> Iterator[str]:
    environment = given.get("environment", "")
    if environment and environment not in repository.environments:
        yield f"404 Not Found: environment {environment}"
    kind = "variable" if "variableName" in given else "secret"
    name = str(given.get("variableName") or given.get("secretName")).upper()
    if (kind, environment, name) in repository.values:
        yield f"409 {kind} {name} already exists"
    else:
        repository.values.add((kind, environment, name))
    if len(str(given.get("value", "")).encode()) > MAX_VALUE:
        yield f"422 {kind} {name} is longer than 48 KB"


def _alerts(_: GitHub, repository: Repository, given: Given) -> Iterator[str]:
    repository.alerts = given.get("enabled", True)
    yield from ()


def _updates(_: GitHub, repository: Repository, given: Given) -> Iterator[str]:
    if given.get("enabled", True) and not repository.alerts:
        yield "422 vulnerability alerts must be enabled first"


def _file(_: GitHub, repository: Repository, given: Given) -> Iterator[str]:
    problems = list(limits.file_limits(repository, given))
    yield from problems
    if not problems:
        repository.files[(given.get("branch", ""), given["file"])] = given["content"]


def _accepted(_: GitHub, __: Repository, ___: Given) -> Iterator[str]:
    yield from ()


KEEPERS: Mapping[str, tuple[Keeper, str]] = {
    "github:index/repositoryRuleset:RepositoryRuleset": (_ruleset, "{repository}:{name}"),
    "github:index/repositoryEnvironment:RepositoryEnvironment": (_environment, "{repository}:{environment}"),
    "github:index/repositoryEnvironmentDeploymentPolicy:RepositoryEnvironmentDeploymentPolicy": (
        _policy,
        "{repository}:{environment}:{branchPattern}{tagPattern}",
    ),
    "github:index/actionsRepositoryPermissions:ActionsRepositoryPermissions": (_accepted, "{repository}"),
    "github:index/workflowRepositoryPermissions:WorkflowRepositoryPermissions": (_accepted, "{repository}"),
    "github:index/repositoryVulnerabilityAlerts:RepositoryVulnerabilityAlerts": (_alerts, "{repository}"),
    "github:index/repositoryDependabotSecurityUpdates:RepositoryDependabotSecurityUpdates": (_updates, "{repository}"),
    "github:index/actionsVariable:ActionsVariable": (_value, "{repository}:{variableName}"),
    "github:index/actionsEnvironmentVariable:ActionsEnvironmentVariable": (
        _value,
        "{repository}:{environment}:{variableName}",
    ),
    "github:index/actionsSecret:ActionsSecret": (_value, "{repository}:{secretName}"),
    "github:index/actionsEnvironmentSecret:ActionsEnvironmentSecret": (
        _value,
        "{repository}:{environment}:{secretName}",
    ),
    "github:index/repositoryFile:RepositoryFile": (_file, "{repository}:{branch}:{file}"),
}
"""What each type does to a repository, and the form of its id."""

REPOSITORY = "github:index/repository:Repository"


def _spec(type_: str) -> Spec:
    @step(*SHAPES[type_].fields)
    def made(context: Context) -> Mapping[str, Any]:
        given = dict(context.inputs)
        context.taken.update(given)
        problems = list(checked(SHAPES[type_], given, ""))
        if context.cloud is None:
            _refuse(type_, problems)
            return {}
        _refuse(type_, problems or list(_kept(type_, github_of(context.cloud), wire.known(given))))
        context.operations.append(Operation(f"github.{type_.rsplit(':', 1)[-1]}", executed=True))
        return {"MadeId": _identity(type_, given)}

    name = "name" if "name" in SHAPES[type_].fields else ""
    return Spec(create=made, id="{MadeId}", autoname=name)


def _kept(type_: str, github: GitHub, given: Given) -> Iterator[str]:
    if type_ == REPOSITORY:
        problems = list(limits.repository_limits(github, given))
        yield from problems
        if not problems:
            # Another stack may have referred to it before: then what it put there stays.
            github.repository(given["name"]).visibility = given.get("visibility", "public")
            github.outside.remove(given["name"])
        return
    keeper, _ = KEEPERS[type_]
    yield from keeper(github, github.repository(given["repository"]), given)


def _identity(type_: str, given: Given) -> str:
    if type_ == REPOSITORY:
        return str(given["name"])
    parts = {key: given.get(key, "") for key in SHAPES[type_].fields}
    return KEEPERS[type_][1].format(**parts)


def _refuse(type_: str, problems: list[str]) -> None:
    if problems:
        raise Refusal(f"github:{type_.rsplit(':', 1)[-1]}: {'; '.join(problems)}")


SPECS: Specs = {type_: _spec(type_) for type_ in SHAPES}
