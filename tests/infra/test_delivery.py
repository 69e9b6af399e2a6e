"""What the settings of delivery register, and which are refused."""

from typing import Any

import pytest

from tests.infra.documents import STACKS, errors, stack_file
from tests.infra.stacks import registered, stack

ROLES = {"ownerId": "1", "repositoryId": "2"}
GITHUB: dict[str, Any] = {"plan": "team", "visibility": "public"}
WIDE = {**GITHUB, "repositoryWide": {}}


@pytest.mark.parametrize("name", STACKS)
def test_every_stack_has_roles_for_its_workflows(name: str) -> None:
    found = stack(name)
    outputs = found.one("DeploymentRole").outputs
    assert set(outputs["role_arns"]) == {"preview", "deploy", "rollback"}
    environments = {item.inputs["environment"] for item in found.all("RepositoryEnvironment")}
    assert environments == {name, f"{name}-rollback"}


def test_exactly_one_stack_has_what_exists_once() -> None:
    owners = [name for name in STACKS if "repositoryWide" in stack_file(name)["mcp-ops:delivery"]["github"]]
    assert owners == ["prod"]
    assert stack("prod").one("github:index/repository:Repository").protect
    assert stack("dev").all("github:index/repository:Repository") == []


def test_variables_lead_workflows_to_their_roles() -> None:
    found = registered(("delivery", {"roles": ROLES, "github": GITHUB}))
    variables = {item.inputs["variableName"] for item in found.all("ActionsVariable")}
    assert variables == {"AWS_REGION_DEV", "PREVIEW_ROLE_ARN_DEV"}
    of_environments = {item.inputs["variableName"] for item in found.all("ActionsEnvironmentVariable")}
    assert of_environments == {"AWS_REGION", "DEPLOY_ROLE_ARN", "ROLLBACK_ROLE_ARN"}


def test_code_owners_reach_the_component() -> None:
    wide = {**GITHUB, "repositoryWide": {"codeOwners": {"*": ["@example/team"]}, "approvals": 2}}
    found = registered(("delivery", {"github": wide}))
    assert "* @example/team" in found.one("ProtectedRepository").outputs["code_owners"]
    rules = found.one("RepositoryRuleset", "mcp-dev-main").inputs["rules"]
    assert rules["pullRequest"]["requiredApprovingReviewCount"] == 2


def test_without_settings_there_is_nothing() -> None:
    found = registered()
    assert found.all("DeploymentRole") == found.all("ProtectedRepository") == []


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        (
            [("delivery.roles", {**ROLES, "ownerId": "me"})],
            "delivery.roles.ownerId: me is not an id of GitHub; gh api repos/OWNER/NAME --jq",
        ),
        (
            [("delivery.roles", {**ROLES, "furtherActions": ["iam:CreateUser"]})],
            (
                "delivery.roles.furtherActions: iam:CreateUser would let the pipeline change who may do what; an "
                "administrator does that"
            ),
        ),
        ([("delivery.github", {**GITHUB, "plan": "gold"})], "delivery.github.plan: gold is not offered"),
        (
            [("delivery.github", {**WIDE, "plan": "free", "visibility": "private"})],
            "delivery.github.environment: wanted cannot be enforced on plan free with a private repository",
        ),
        (
            [("delivery.github", {**GITHUB, "repositoryWide": {"checks": []}})],
            "delivery.github.repositoryWide.checks: [] is empty; a pull request must pass at least one check",
        ),
        (
            [("delivery.github", {**GITHUB, "environment": {"anyBranch": True, "tags": ["v*"]}})],
            "delivery.github.environment.anyBranch: true has no effect beside branches or tags",
        ),
    ],
)
def test_wrong_settings_are_refused(changes: list[tuple[str, Any]], line: str) -> None:
    assert any(found.partition(": ")[2].startswith(line) for found in errors(*changes)), errors(*changes)
