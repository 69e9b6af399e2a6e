"""What the settings of delivery register, and which are refused."""

import json
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

import pytest

from tests.infra.documents import ALONE, STACKS, errors, stack_file
from tests.infra.stacks import registered, stack
from tests.support.recording import Recording

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


def policies(run: Recording) -> dict[str, str]:
    """Returns the policies of the deploy role by the last part of their names."""
    found = {item.name.partition("-deploy-")[2]: item.inputs["policy"] for item in run.all("iam/policy:Policy")}
    return {part: policy for part, policy in found.items() if part}


def passes(run: Recording) -> list[str]:
    """Returns the ARNs, with wildcards, of the roles that the deploy role may pass to services."""
    (statement,) = (item for item in json.loads(policies(run)["names"])["Statement"] if item["Sid"] == "PassRoles")
    arns: list[str] = statement["Resource"]
    return arns


def passed(run: Recording, account: str) -> Iterator[str]:
    """Yields the ARN of every role of a stack that a service takes, as it would be in an account."""
    for role in run.all("iam/role:Role"):
        if '"Service"' in role.inputs["assumeRolePolicy"]:
            name = role.inputs.get("name", f"{role.name}-1234567")
            yield f"arn:aws:iam::{account}:role{role.inputs.get('path', '/')}{name}"


@pytest.mark.parametrize("name", STACKS)
def test_deployments_pass_every_role_of_their_environment_and_none_of_another(name: str) -> None:
    account = stack_file(name)["mcp-ops:account"]
    may, own = passes(stack(name)), list(passed(stack(name), account))
    servers = stack_file(name)["mcp-ops:servers"]
    assert {f"arn:aws:iam::{account}:role/mcp-{name}/{server}-task-1234567" for server in servers} <= set(own)
    assert [arn for arn in own if not any(fnmatchcase(arn, pattern) for pattern in may)] == []
    # As if they shared the account: their servers have the same names.
    others = [arn for other in STACKS if other != name for arn in passed(stack(other), account)]
    assert [arn for arn in others if any(fnmatchcase(arn, pattern) for pattern in may)] == []


def test_roles_that_shift_traffic_are_passed_too() -> None:
    found = registered(("delivery", {"roles": ROLES}), ("deployment.strategy", "canary"))
    own = list(passed(found, "111111111111"))
    assert {"shift", "gate"} <= {arn.rsplit("-", 2)[1] for arn in own if "/mcp-dev/" in arn}
    assert [arn for arn in own if not any(fnmatchcase(arn, pattern) for pattern in passes(found))] == []


def test_the_deploy_role_names_no_server_so_that_any_number_fits() -> None:
    both, one = (registered(("delivery", {"roles": ROLES}), *changes) for changes in ((), (ALONE,)))
    assert len(both.all("McpServer")) == len(one.all("McpServer")) + 1
    assert policies(both) == policies(one)
    assert not any("weather" in policy or "maps" in policy for policy in policies(both).values())


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
        (
            [("delivery.roles", {**ROLES, "furtherActions": [f"bedrock:CreateKind{n:03}" for n in range(300)]})],
            (
                "delivery.roles.furtherActions: [bedrock:CreateKind000,bedrock:CreateKind001,bedrock:CreateKind002,"
                "bedrock:Cr... lists 300, and the policy mcp-dev-deploy-operations has 9,"
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
