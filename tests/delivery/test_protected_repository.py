"""What the component registers, in which order, and what it never does to an existing repository."""

from typing import Any

import pytest

from mcp_ops import InputError, ProtectedRepository
from mcp_ops.delivery.code_owners import as_mapping
from tests.delivery.programs import environments, repository
from tests.support.recording import Recording, record


def registered(*, preview: bool = False, **changes: Any) -> Recording:
    return record(lambda: ProtectedRepository("mcp", repository(**changes)), preview=preview)


def elsewhere() -> Recording:
    dev = {"dev": {"any_branch": True, "variables": {"DEPLOY_ROLE_ARN": "arn"}}}
    return registered(repository_wide="elsewhere", code_owners=None, environments=dev, variables={"REGION": "eu"})


def test_an_existing_repository_stays_whatever_becomes_of_the_stack() -> None:
    found = registered().one("Repository")
    assert found.protect
    assert found.retain_on_delete
    assert found.inputs["archiveOnDestroy"] is True
    assert found.inputs["allowMergeCommit"] is True
    assert found.inputs["allowSquashMerge"] is found.inputs["allowRebaseMerge"] is False
    assert "advancedSecurity" not in found.inputs["securityAndAnalysis"]
    assert found.inputs["securityAndAnalysis"]["secretScanningPushProtection"] == {"status": "enabled"}


def test_adopting_changes_nothing_yet() -> None:
    adopted = registered(repository_wide="adopt").one("Repository")
    assert {"securityAndAnalysis", "visibility", "allowSquashMerge"} <= set(adopted.ignore_changes)
    managed = registered().one("Repository")
    assert "securityAndAnalysis" not in managed.ignore_changes


def test_a_new_repository_gets_its_owners_before_its_rules() -> None:
    run = registered(repository_wide="new")
    assert run.one("Repository").inputs["autoInit"] is True
    file = run.one("RepositoryFile")
    assert file.inputs["file"] == ".github/CODEOWNERS"
    assert file.ignore_changes == ["content"]
    assert file.name in run.one("RepositoryRuleset", "mcp-main").dependencies
    assert registered().all("RepositoryFile") == []


def test_actions_are_few_pinned_and_read_only() -> None:
    run = registered()
    actions = run.one("ActionsRepositoryPermissions").inputs
    assert actions["allowedActions"] == "selected"
    assert actions["shaPinningRequired"] is True
    assert "pulumi/actions@*" in actions["allowedActionsConfig"]["patternsAlloweds"]
    token = run.one("WorkflowRepositoryPermissions").inputs
    assert token["defaultWorkflowPermissions"] == "read"
    assert token["canApprovePullRequestReviews"] is False
    updates = run.one("RepositoryDependabotSecurityUpdates")
    assert "mcp-vulnerability-alerts" in updates.dependencies


def test_bypass_actors_are_always_said() -> None:
    assert registered().one("RepositoryRuleset", "mcp-main").inputs["bypassActors"] == []
    app = [{"actor_type": "Integration", "actor_id": 7, "mode": "always"}, {"actor_type": "DeployKey"}]
    found = registered(bypass=app).one("RepositoryRuleset", "mcp-main").inputs["bypassActors"]
    assert found == [
        {"actorType": "Integration", "bypassMode": "always", "actorId": 7},
        {"actorType": "DeployKey", "bypassMode": "pull_request"},
    ]


def test_environments_name_their_sources_and_reviewers() -> None:
    run = registered(environments=environments(staging={"wait_minutes": 5, "variables": {"ROLE_ARN": "arn"}}))
    prod = run.one("RepositoryEnvironment", "mcp-prod-environment").inputs
    assert prod["canAdminsBypass"] is False
    assert prod["preventSelfReview"] is True
    assert prod["reviewers"] == [{"teams": [11], "users": []}]
    assert prod["deploymentBranchPolicy"] == {"protectedBranches": False, "customBranchPolicies": True}
    assert "deploymentBranchPolicy" not in run.one("RepositoryEnvironment", "mcp-dev-environment").inputs
    assert run.one("RepositoryEnvironmentDeploymentPolicy", "mcp-prod-tag-v*").inputs["tagPattern"] == "v*"
    assert run.one("RepositoryEnvironment", "mcp-staging-environment").inputs["waitTimer"] == 5
    variable = run.one("ActionsEnvironmentVariable")
    assert (variable.name, variable.inputs["variableName"]) == ("mcp-staging-role-arn", "ROLE_ARN")
    assert "mcp-staging-environment" in variable.dependencies


def test_a_stack_beside_the_owner_manages_its_environments_only() -> None:
    run = elsewhere()
    kinds = {item.type.rsplit(":", 1)[-1] for item in run if item.custom}
    assert kinds == {"RepositoryEnvironment", "ActionsEnvironmentVariable", "ActionsVariable"}


def test_a_repository_that_does_not_exist_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(**_: object) -> None:
        raise Exception("invoke of github:index/getRepository:getRepository failed: 404")  # noqa: TRY002 - as the SDK does

    monkeypatch.setattr("pulumi_github.get_repository", missing)
    with pytest.raises(InputError, match=r"mcp.repository: example/mcp-ops does not exist, or the token cannot see it"):
        elsewhere()


def test_a_look_up_that_cannot_be_made_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def limited(**_: object) -> None:
        raise Exception("403 API rate limit exceeded")  # noqa: TRY002 - as the SDK does

    monkeypatch.setattr("pulumi_github.get_repository", limited)
    assert elsewhere().all("RepositoryEnvironment")


def test_what_is_not_enforced_is_an_output() -> None:
    run = registered(plan="free", visibility="private", unenforced="report")
    outputs = run.one("ProtectedRepository").outputs
    assert any("rulesets need a public repository, or plan team" in line for line in outputs["unenforced"])
    assert run.all("RepositoryRuleset") == run.all("RepositoryEnvironment") == []
    assert "securityAndAnalysis" not in run.one("Repository").inputs


def test_code_owners_are_an_output_to_compare_with() -> None:
    text = registered().one("ProtectedRepository").outputs["code_owners"]
    assert as_mapping(text) == {"*": ["@example/platform"], "/.github/": ["@example/platform"]}


def test_a_preview_works_while_nothing_is_known() -> None:
    assert registered(preview=True).all("RepositoryRuleset")
