"""What GitHub enforces, what would lock people out, and how each is refused."""

from typing import Any

import pytest

from mcp_ops import InputError
from mcp_ops.delivery.repository_plan import ProtectedRepositoryPlan, plan_protected_repository
from mcp_ops.delivery.rulesets import rulesets_of
from tests.delivery.programs import environments, repository


def plan(**changes: Any) -> ProtectedRepositoryPlan:
    return plan_protected_repository("mcp", repository(**changes))


def refused(**changes: Any) -> list[str]:
    with pytest.raises(InputError) as caught:
        plan(**changes)
    return [str(offence) for offence in caught.value.offences]


def rules(planned: ProtectedRepositoryPlan) -> dict[str, Any]:
    return {ruleset.name: ruleset for ruleset in rulesets_of(planned)}


def test_a_public_repository_is_protected_without_more_words() -> None:
    planned = plan()
    main = rules(planned)["main"].rules
    assert main["required_signatures"] is main["deletion"] is main["non_fast_forward"] is True
    review = main["pull_request"]
    assert review["required_approving_review_count"] == 1
    assert review["allowed_merge_methods"] == ["merge"]
    assert all(
        review[key]
        for key in (
            "require_code_owner_review",
            "dismiss_stale_reviews_on_push",
            "require_last_push_approval",
            "required_review_thread_resolution",
        )
    )
    checks = main["required_status_checks"]
    assert checks["required_checks"] == [{"context": "gate", "integration_id": 15368}]
    assert rules(planned)["release-tags"].conditions == {"ref_name": {"includes": ["refs/tags/v*"], "excludes": []}}
    assert "pushes" not in rules(planned)
    assert planned.secret_scanning
    assert planned.unenforced == planned.bypass == ()


def test_a_private_repository_of_a_team_has_push_rules() -> None:
    prod = {"prod": {"reviewer_team_ids": [1]}}
    planned = plan(plan="enterprise", visibility="private", secret_protection=True, environments=prod)
    pushes = rules(planned)["pushes"]
    assert pushes.conditions is None
    assert ".pem" in pushes.rules["file_extension_restriction"]["restricted_file_extensions"]
    assert pushes.rules["max_file_size"] == {"max_file_size": 10}


@pytest.mark.parametrize(
    ("changes", "features"),
    [
        (
            {"plan": "free", "visibility": "private"},
            {"rulesets", "environments", "secret scanning", "push rules"},
        ),
        (
            {"plan": "team", "visibility": "private", "secret_protection": True},
            {"reviewers"},
        ),
        ({"plan": "team", "visibility": "internal", "secret_protection": True}, {"internal repositories", "reviewers"}),
        ({"owner_type": "user"}, {"teams"}),
        ({"restricted_extensions": [".pem"]}, {"push rules"}),
        (
            {"visibility": "private", "secret_protection": True, "environments": {"e": {"wait_minutes": 5}}},
            {"wait timers"},
        ),
    ],
)
def test_what_the_plan_does_not_enforce_is_refused_or_reported(changes: dict[str, Any], features: set[str]) -> None:
    lines = refused(**changes)
    assert all('or set unenforced to "report"' in line for line in lines)
    named = {line.split(": ", 3)[2].split(" need")[0].strip() for line in lines}
    assert named == features
    reported = plan(unenforced="report", **changes)
    assert {line.split(": ", 2)[1].split(" need")[0] for line in reported.unenforced} == set() | {
        line.split(": ", 2)[1].split(" need")[0] for line in reported.unenforced
    }
    assert len(reported.unenforced) == len(lines)


def test_nothing_is_planned_that_the_plan_does_not_enforce() -> None:
    planned = plan(plan="free", visibility="private", unenforced="report")
    assert list(rulesets_of(planned)) == []
    assert planned.environments == {}
    assert not planned.secret_scanning
    private = plan(plan="team", visibility="private", unenforced="report", secret_protection=True)
    assert private.environments["prod"].reviewed is False
    assert private.environments["prod"].branches == ("main",)


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"plan": "pro"}, "mcp.plan: pro is not one of free, team, enterprise"),
        ({"visibility": "secret"}, "mcp.visibility: secret is not one of public, private, internal"),
        ({"checks": []}, "mcp.checks: [] is empty; a pull request must pass at least one check"),
        (
            {"merge_methods": ["squash"]},
            (
                "mcp.merge_methods: squash would write commits without their author's signature; use merge, or "
                "signed_commits: false"
            ),
        ),
        (
            {"merge_methods": ["merge", "rebase"]},
            (
                "mcp.merge_methods: rebase would write commits without their author's signature; use merge, or "
                "signed_commits: false"
            ),
        ),
        (
            {"merge_methods": ["fast"], "signed_commits": False},
            "mcp.merge_methods: fast is not one of merge, squash, rebase",
        ),
        ({"merge_methods": []}, "mcp.merge_methods: [] is empty; nothing could be merged"),
        ({"approvals": 11}, "mcp.approvals: 11 is not a plain integer from 1 to 10"),
        ({"default_branch": "release/*"}, "mcp.default_branch: release/* is a pattern; name one branch"),
        ({"restricted_extensions": ["pem"]}, "mcp.restricted_extensions: pem is not a file extension such as .pem"),
        ({"allowed_actions": ["all"]}, "mcp.allowed_actions: all is not a pattern of actions such as pulumi/actions@*"),
        (
            {"required_deployments": ["staging"]},
            (
                "mcp.required_deployments: staging takes no deployment from a pull request's branch, so "
                "that nothing could "
                "ever be merged; require an environment with any_branch and without reviewers"
            ),
        ),
        (
            {"required_deployments": ["preview"]},
            (
                "mcp.required_deployments: preview is not an environment of this component, so whether a "
                "pull request can "
                "deploy to it is not known"
            ),
        ),
        (
            {"bypass": [{"actor_type": "Team"}]},
            "mcp.bypass[0].actor_id: None is missing; Team needs the id of the actor",
        ),
        ({"bypass": ["admins"]}, "mcp.bypass[0]: admins is not a group of inputs"),
        ({"bypass": "admins"}, "mcp.bypass: admins is not a list"),
        (
            {"code_owners": {"/infra/": ["@example/platform"]}},
            "mcp.code_owners: /infra/ leaves workflows without an owner; add the pattern /.github/ or *",
        ),
        ({"code_owners": {"*": []}}, "mcp.code_owners.*: [] is not a list of owners"),
        (
            {"code_owners": {"*": ["platform"]}},
            "mcp.code_owners.*: platform is not @user, @organization/team or an address",
        ),
        (
            {"variables": {"GITHUB_X": "1"}},
            (
                "mcp.variables: GITHUB_X is not the name of a variable: letters, digits and _, "
                "not beginning with a digit or GITHUB_"
            ),
        ),
        (
            {"repository_wide": "elsewhere"},
            (
                "mcp.code_owners: given has no effect with repository_wide elsewhere; give it to the stack "
                "that manages the "
                "repository"
            ),
        ),
        ({"owner": "-x"}, "mcp.owner: -x is not the name of an organization or person on GitHub"),
        ({"repositry": "x"}, "mcp.repositry: x is no input of this component; did you mean repository"),
    ],
)
def test_wrong_protection_is_refused(changes: dict[str, Any], line: str) -> None:
    assert line in refused(**changes)


@pytest.mark.parametrize(
    ("environment", "line"),
    [
        ({}, "reviewer_team_ids: None is missing; a production environment needs somebody who approves"),
        (
            {"reviewer_team_ids": [1, 2, 3, 4], "reviewer_user_ids": [5, 6, 7]},
            "reviewer_team_ids: [1, 2, 3, 4] lists 7 with the people; GitHub takes 6 reviewers",
        ),
        (
            {"reviewer_team_ids": [1], "any_branch": True},
            "any_branch: True lets every branch deploy to production; name branches or tags instead",
        ),
        (
            {"reviewer_team_ids": [1], "branches": ["*"]},
            "branches: * lets everything deploy to production; name what may",
        ),
        ({"reviewer_team_ids": [1], "tags": ["v 1"]}, "tags: 'v 1' is not a branch or tag name, with or without *"),
        (
            {"reviewer_team_ids": [1], "prevent_self_review": False},
            "prevent_self_review: False must be true in production",
        ),
        ({"reviewer_team_ids": [0]}, "reviewer_team_ids: 0 is not an id of GitHub, a whole number above 0"),
        ({"reviewer_team_ids": [1, 1.0]}, "reviewer_team_ids: 1.0 is listed twice"),
        (
            {"reviewer_team_ids": [1], "wait_minutes": 50_000},
            "wait_minutes: 50000 is not a plain integer from 0 to 43200",
        ),
        (
            {"production": False, "any_branch": True, "tags": ["v*"]},
            "any_branch: True has no effect beside branches or tags",
        ),
    ],
)
def test_wrong_environments_are_refused(environment: dict[str, Any], line: str) -> None:
    assert f"mcp.environments.prod.{line}" in refused(environments={"prod": environment})


def test_environments_must_be_groups_with_names() -> None:
    lines = refused(environments={"pr od": {}, "dev": "open"})
    assert "mcp.environments.pr od: 'pr od' is not the name of an environment" in lines
    assert "mcp.environments.dev: open is not a group of inputs" in lines


def test_environments_take_the_default_branch_unless_told_otherwise() -> None:
    found = plan(environments=environments()).environments
    assert found["dev"].any_source
    assert found["staging"].branches == ("main",)
    assert (found["prod"].branches, found["prod"].tags) == (("main",), ("v*",))
    assert found["prod"].prevent_self_review
    assert not found["prod-rollback"].reviewed
    only_tags = plan(environments={"prod": {"tags": ["v*"], "reviewer_user_ids": [5.0]}}).environments["prod"]
    assert (only_tags.branches, only_tags.reviewer_user_ids) == ((), (5,))


def test_one_maintainer_can_still_merge_and_it_is_said() -> None:
    planned = plan(maintainers=1)
    (bypass,) = planned.bypass
    assert (bypass.actor_type, bypass.actor_id, bypass.mode) == ("RepositoryRole", 5, "pull_request")
    assert planned.unenforced == (
        "maintainers: 1 person alone cannot have changes reviewed; administrators merge theirs",
    )
    assert not planned.environments["prod"].prevent_self_review
    assert "leaves nobody to approve with 1 maintainer" in "\n".join(
        refused(maintainers=1, environments={"prod": {"reviewer_team_ids": [1], "prevent_self_review": True}})
    )


def test_bypasses_are_kept_apart_by_what_they_pass() -> None:
    who = [
        {"actor_type": "OrganizationAdmin"},
        {"actor_type": "Integration", "actor_id": 7.0, "mode": "always"},
        {"actor_type": "DeployKey"},
    ]
    found = rules(plan(bypass=who))
    assert [one.actor_type for one in found["main"].bypass] == ["OrganizationAdmin", "Integration", "DeployKey"]
    assert [one.actor_id for one in found["release-tags"].bypass] == [7]


def test_a_preview_environment_can_be_required() -> None:
    planned = plan(environments={"preview": {"any_branch": True}}, required_deployments=["preview"])
    required = rules(planned)["main"].rules["required_deployments"]
    assert required == {"required_deployment_environments": ["preview"]}


def test_elsewhere_needs_environments() -> None:
    lines = refused(repository_wide="elsewhere", environments=None, code_owners=None)
    assert lines == [
        "mcp.environments: None is missing; with repository_wide elsewhere there is nothing else to manage"
    ]
