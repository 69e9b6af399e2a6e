"""Simulated GitHub: what it accepts, and what it answers where GitHub would refuse."""

from collections.abc import Callable
from typing import Any

import pytest

from mcp_ops import InputError
from mcp_ops.rehearsal.simulator.cloud import Cloud
from mcp_ops.rehearsal.simulator.errors import Refusal
from mcp_ops.rehearsal.simulator.github.state import PLAN_KEY, github_of, subscribe
from mcp_ops.rehearsal.simulator.invokes import invoked
from mcp_ops.rehearsal.simulator.places import Place
from mcp_ops.rehearsal.simulator.provider import Aws, Created, Request

Make = Callable[..., Created]

REFS = {"refName": {"includes": ["~DEFAULT_BRANCH"], "excludes": []}}
REVIEW = {"pullRequest": {"requiredApprovingReviewCount": 1}}
CUSTOM = {"protectedBranches": False, "customBranchPolicies": True}


def token(name: str) -> str:
    return f"github:index/{name[0].lower()}{name[1:]}:{name}"


@pytest.fixture
def cloud() -> Cloud:
    return Cloud()


@pytest.fixture
def make(cloud: Cloud) -> Make:
    def made(type_: str, **inputs: Any) -> Created:
        return Aws(cloud).create(Request(token(type_), "sample", inputs))

    return made


def ruleset(**changes: Any) -> dict[str, Any]:
    return {
        "repository": "shop", "name": "main", "target": "branch", "enforcement": "active", "conditions": REFS,
        "rules": REVIEW, **changes,
    }  # fmt: skip


def environment(**changes: Any) -> dict[str, Any]:
    return {"repository": "shop", "environment": "prod", **changes}


def test_a_repository_and_everything_in_it(make: Make, cloud: Cloud) -> None:
    repository = make("Repository", name="shop", visibility="private", topics=["mcp"])
    assert (repository.id, repository.outputs["name"]) == ("shop", "shop")
    assert [call.name for call in repository.operations] == ["github.Repository"]
    assert make("RepositoryRuleset", **ruleset()).id == "shop:main"
    assert make("RepositoryEnvironment", **environment(deploymentBranchPolicy=CUSTOM)).id == "shop:prod"
    policy = make("RepositoryEnvironmentDeploymentPolicy", **environment(branchPattern="main"))
    assert policy.id == "shop:prod:main"
    make("ActionsVariable", repository="shop", variableName="REGION", value="eu")
    make("ActionsEnvironmentVariable", **environment(variableName="ROLE", value="arn"))
    make("ActionsSecret", repository="shop", secretName="KEY", value="x")
    make("RepositoryVulnerabilityAlerts", repository="shop", enabled=True)
    make("RepositoryDependabotSecurityUpdates", repository="shop", enabled=True)
    make("WorkflowRepositoryPermissions", repository="shop", defaultWorkflowPermissions="read")
    assert github_of(cloud).outside == []


def test_a_name_that_nobody_gave_is_made_up(make: Make) -> None:
    assert make("Repository").id.startswith("sample-")


def test_a_preview_checks_what_is_known() -> None:
    aws = Aws(Cloud())
    aws.preview(Request(token("RepositoryRuleset"), "sample", ruleset()))
    with pytest.raises(Refusal, match="enforcement: 'on' is not one of active, disabled, evaluate"):
        aws.preview(Request(token("RepositoryRuleset"), "sample", ruleset(enforcement="on")))


@pytest.mark.parametrize(
    ("type_", "inputs", "message"),
    [
        ("Repository", {"name": "a b"}, "name: 'a b' does not match"),
        ("Repository", {"name": "shop", "visibility": "secret"}, "visibility: 'secret' is not one of public"),
        ("Repository", {"name": "shop", "pages": {}}, "pages: is not simulated: no drill needs pages"),
        ("Repository", {"name": "shop", "colour": "red"}, "colour: is no parameter of GitHub's"),
        ("RepositoryRuleset", ruleset(target=None), "target: is missing"),
        (
            "RepositoryRuleset",
            ruleset(rules={"pullRequest": {"requiredApprovingReviewCount": 11}}),
            "11 is not from 0 to 10",
        ),
        (
            "RepositoryRuleset",
            ruleset(rules={"requiredStatusChecks": {"requiredChecks": []}}),
            "has 0 entries; GitHub takes 1",
        ),
        ("RepositoryRuleset", ruleset(rules={"deletion": "yes"}), "rules.deletion: 'yes' is neither true nor false"),
        ("RepositoryRuleset", ruleset(rules="all"), "rules: 'all' is no structure"),
        ("RepositoryRuleset", ruleset(bypassActors={}), "bypassActors: {} is no list"),
        (
            "RepositoryRuleset",
            ruleset(bypassActors=[{"actorType": "Everybody", "bypassMode": "always"}]),
            "is not one of",
        ),
        (
            "RepositoryRuleset",
            ruleset(bypassActors=[{"actorType": "Team", "actorId": "x", "bypassMode": "always"}]),
            "'x' is no whole number",
        ),
        (
            "RepositoryRuleset",
            ruleset(conditions=None),
            "422 conditions: a ruleset of branches or tags must say for which",
        ),
        (
            "RepositoryRuleset",
            ruleset(rules={"maxFileSize": {"maxFileSize": 1}}),
            "only rulesets with the target push have it",
        ),
        (
            "RepositoryRuleset",
            ruleset(target="push"),
            "push rules hold for every ref; 422 pullRequest: not in a ruleset",
        ),
        (
            "RepositoryEnvironment",
            environment(reviewers=[{"teams": [1, 2, 3, 4], "users": [5, 6, 7]}]),
            "422 7 reviewers",
        ),
        ("RepositoryEnvironment", environment(environment=7), "environment: 7 is no text"),
        (
            "RepositoryEnvironment",
            environment(deploymentBranchPolicy={"protectedBranches": True, "customBranchPolicies": True}),
            "422 protected_branches and custom_branch_policies cannot have the same value",
        ),
        ("RepositoryEnvironmentDeploymentPolicy", environment(branchPattern="main"), "404 Not Found: environment prod"),
        ("ActionsEnvironmentVariable", environment(variableName="A", value="1"), "404 Not Found: environment prod"),
        ("ActionsVariable", {"repository": "shop", "variableName": "github_x", "value": "1"}, "does not match"),
        ("ActionsVariable", {"repository": "shop", "variableName": "A", "value": "x" * 50_000}, "is longer than 48 KB"),
        (
            "RepositoryDependabotSecurityUpdates",
            {"repository": "shop", "enabled": True},
            "alerts must be enabled first",
        ),
    ],
)
def test_what_github_refuses(make: Make, type_: str, inputs: dict[str, Any], message: str) -> None:
    with pytest.raises(Refusal) as caught:
        make(type_, **inputs)
    assert message in str(caught.value)


def test_the_owner_may_come_after_those_who_refer_to_it(make: Make, cloud: Cloud) -> None:
    make("RepositoryEnvironment", **environment())
    assert github_of(cloud).outside == ["shop"]
    make("Repository", name="shop", visibility="public")
    assert github_of(cloud).outside == []
    assert github_of(cloud).repositories["shop"].environments.keys() == {"prod"}


def test_names_are_taken_once(make: Make) -> None:
    make("Repository", name="shop")
    make("RepositoryRuleset", **ruleset())
    make("ActionsVariable", repository="shop", variableName="A", value="1")
    for type_, inputs, message in (
        ("Repository", {"name": "shop"}, "422 name shop already exists on this account"),
        ("RepositoryRuleset", ruleset(), "422 Name must be unique: main"),
        ("ActionsVariable", {"repository": "shop", "variableName": "a", "value": "1"}, "409 variable A already exists"),
    ):
        with pytest.raises(Refusal, match=message):
            make(type_, **inputs)


def test_policies_need_an_environment_that_takes_them(make: Make) -> None:
    make("RepositoryEnvironment", **environment())
    with pytest.raises(Refusal, match="takes no custom branch policies; 422 give a branch pattern or a tag pattern"):
        make("RepositoryEnvironmentDeploymentPolicy", **environment())


def test_files_come_before_the_rules(make: Make) -> None:
    file = {"repository": "shop", "branch": "main", "file": "CODEOWNERS", "content": "* @me"}
    make("RepositoryFile", **file)
    with pytest.raises(Refusal, match="422 CODEOWNERS exists"):
        make("RepositoryFile", **file)
    make("RepositoryRuleset", **ruleset())
    with pytest.raises(Refusal, match="409 Repository rule violations found"):
        make("RepositoryFile", **{**file, "overwriteOnCreate": True})


@pytest.mark.parametrize(
    ("plan", "visibility", "type_", "inputs", "message"),
    [
        ("free", "private", "RepositoryRuleset", ruleset(), "403 Upgrade to GitHub Team"),
        ("free", "private", "RepositoryEnvironment", environment(), "403 environments: Upgrade"),
        (
            "team",
            "private",
            "RepositoryEnvironment",
            environment(reviewers=[{"teams": [1]}]),
            "required reviewers protection",
        ),
        ("team", "private", "RepositoryEnvironment", environment(waitTimer=5), "wait timer protection rule"),
        (
            "team",
            "public",
            "RepositoryRuleset",
            ruleset(enforcement="evaluate"),
            "only GitHub Enterprise tries rules out",
        ),
        (
            "team",
            "public",
            "RepositoryRuleset",
            ruleset(rules={"commitMessagePattern": {"operator": "contains", "pattern": "x"}}),
            "rules about metadata",
        ),
        (
            "team",
            "public",
            "RepositoryRuleset",
            ruleset(target="push", conditions=None, rules={"maxFileSize": {"maxFileSize": 1}}),
            "need a private or internal",
        ),
    ],
)
def test_the_plan_limits_what_is_enforced(
    make: Make, cloud: Cloud, plan: str, visibility: str, type_: str, inputs: dict[str, Any], message: str
) -> None:
    subscribe(cloud, {PLAN_KEY: plan})
    make("Repository", name="shop", visibility=visibility)
    with pytest.raises(Refusal, match=message):
        make(type_, **inputs)


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({"visibility": "internal"}, "only enterprises have internal repositories"),
        (
            {"visibility": "private", "securityAndAnalysis": {"secretScanning": {"status": "enabled"}}},
            "403 secret scanning",
        ),
        (
            {"visibility": "public", "securityAndAnalysis": {"advancedSecurity": {"status": "enabled"}}},
            "always available for public repositories",
        ),
    ],
)
def test_the_plan_limits_repositories(make: Make, cloud: Cloud, inputs: dict[str, Any], message: str) -> None:
    subscribe(cloud, {PLAN_KEY: "free"})
    with pytest.raises(Refusal, match=message):
        make("Repository", name="shop", **inputs)


def test_an_unknown_plan_is_refused(cloud: Cloud) -> None:
    with pytest.raises(
        InputError, match="rehearsal:githubPlan: gold is no plan of GitHub's; use free, team, enterprise"
    ):
        subscribe(cloud, {PLAN_KEY: "gold"})
    subscribe(cloud, {})
    assert github_of(cloud).plan == ""


def test_a_repository_is_looked_up(make: Make, cloud: Cloud) -> None:
    make("Repository", name="shop", visibility="public")
    assumed: list[str] = []
    found = invoked(cloud, "github:index/getRepository:getRepository", {"fullName": "me/shop"}, Place(), assumed)
    assert (found["name"], found["visibility"], assumed) == ("shop", "public", [])
    other = invoked(cloud, "github:index/getRepository:getRepository", {"name": "other"}, Place(), assumed)
    assert (other["visibility"], assumed) == ("private", ["GitHub repository other exists"])
    with pytest.raises(Refusal, match="give fullName or name"):
        invoked(cloud, "github:index/getRepository:getRepository", {}, Place(), [])
