"""The drill `protect` over a small program: it passes for what holds, and names what does not."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.rehearsal.drills.support import ended, outcome_of
from tests.support.projects import write_project

from mcp_ops.rehearsal.drills.drill import Outcome
from mcp_ops.rehearsal.simulator.github.protection import path_matches, ref_matches

PROGRAM = """
    import json
    from pathlib import Path

    import pulumi
    import pulumi_github as github

    given = json.loads((Path(__file__).parent / "given.json").read_text())
    opts = pulumi.ResourceOptions(provider=github.Provider("github", owner="example"))
    shop = given["repository"]
    if shop:
        github.Repository("shop", **shop, opts=opts)
    for name, ruleset in given["rulesets"].items():
        github.RepositoryRuleset(name, name=name, repository="shop", enforcement="active", **ruleset, opts=opts)
    for name, environment in given["environments"].items():
        branches = environment.pop("branches", [])
        made = github.RepositoryEnvironment(name, repository="shop", environment=name, **environment, opts=opts)
        below = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[made]))
        for branch in branches:
            github.RepositoryEnvironmentDeploymentPolicy(
                f"{name}-{branch}", repository="shop", environment=name, branch_pattern=branch, opts=below
            )
    if given["actions"]:
        github.ActionsRepositoryPermissions("actions", repository="shop", **given["actions"], opts=opts)
    if given["token"]:
        github.WorkflowRepositoryPermissions("token", repository="shop", **given["token"], opts=opts)
"""

CUSTOM = {"protected_branches": False, "custom_branch_policies": True}
GIVEN: dict[str, Any] = {
    "repository": {
        "name": "shop",
        "visibility": "private",
        "allow_squash_merge": False,
        "allow_rebase_merge": False,
        "security_and_analysis": {
            "secret_scanning": {"status": "enabled"},
            "secret_scanning_push_protection": {"status": "enabled"},
        },
    },
    "rulesets": {
        "main": {
            "target": "branch",
            "conditions": {"ref_name": {"includes": ["~DEFAULT_BRANCH"], "excludes": []}},
            "bypass_actors": [],
            "rules": {
                "deletion": True,
                "non_fast_forward": True,
                "required_signatures": True,
                "pull_request": {
                    "allowed_merge_methods": ["merge"],
                    "required_approving_review_count": 1,
                    "require_code_owner_review": True,
                    "dismiss_stale_reviews_on_push": True,
                    "require_last_push_approval": True,
                    "required_review_thread_resolution": True,
                },
                "required_status_checks": {
                    "required_checks": [{"context": "gate", "integration_id": 15368}],
                    "strict_required_status_checks_policy": True,
                },
            },
        },
        "tags": {
            "target": "tag",
            "conditions": {"ref_name": {"includes": ["refs/tags/v*"], "excludes": []}},
            "bypass_actors": [],
            "rules": {"update": True, "deletion": True, "non_fast_forward": True},
        },
        "pushes": {
            "target": "push",
            "bypass_actors": [],
            "rules": {
                "file_extension_restriction": {"restricted_file_extensions": [".pem"]},
                "max_file_size": {"max_file_size": 10},
            },
        },
    },
    "environments": {
        "prod": {
            "branches": ["main"],
            "prevent_self_review": True,
            "reviewers": [{"teams": [1]}],
            "deployment_branch_policy": CUSTOM,
        },
        "prod-rollback": {"branches": ["main"], "deployment_branch_policy": CUSTOM},
        "dev": {},
    },
    "actions": {
        "allowed_actions": "selected",
        "allowed_actions_config": {"github_owned_allowed": True, "patterns_alloweds": ["pulumi/actions@*"]},
        "sha_pinning_required": True,
    },
    "token": {"default_workflow_permissions": "read"},
}

Drilled = Callable[..., Outcome]


@pytest.fixture
def drilled(tmp_path: Path) -> Drilled:
    """Returns a function that rehearses the program with values set at dotted paths."""

    def run(*changes: tuple[str, Any], owners: str = "* @example/platform\n") -> Outcome:
        given = json.loads(json.dumps(GIVEN))
        for path, value in changes:
            *parents, last = path.split(".")
            node = given
            for key in parents:
                node = node[key]
            node[last] = value
        directory = write_project(tmp_path, PROGRAM)
        (directory / "given.json").write_text(json.dumps(given))
        if owners:
            (directory / "CODEOWNERS").write_text(owners)
        return outcome_of(directory, "protect")

    return run


def wrong(outcome: Outcome) -> list[str]:
    found: list[str] = outcome.evidence.facts["wrong"]
    assert outcome.passed == (not found)
    return [line.rsplit(": nothing refuses it", 1)[0] for line in found]


REVIEW = "rulesets.main.rules.pull_request"
CHECKS = "rulesets.main.rules.required_status_checks"


def test_what_holds_passes_with_every_attempt_in_the_evidence(drilled: Drilled) -> None:
    outcome = drilled()
    assert wrong(outcome) == []
    attempts = outcome.evidence.facts["attempts"]
    assert len(attempts) >= 40
    assert attempts["merge: approved and checked"] == ["allowed"]
    assert attempts["private key in a push"] == ["files like deploy/tls.pem are restricted"]
    assert outcome.evidence.facts["mayPass"] == []


@pytest.mark.parametrize(
    ("change", "attempt"),
    [
        ((f"{REVIEW}.require_last_push_approval", False), "merge: approved by the last pusher alone"),
        ((f"{REVIEW}.required_review_thread_resolution", False), "merge: an open thread"),
        ((f"{REVIEW}.require_code_owner_review", False), "merge: workflow changed without its owner"),
        ((f"{CHECKS}.strict_required_status_checks_policy", False), "merge: branch is behind"),
        ((f"{CHECKS}.required_checks", [{"context": "gate"}]), "merge: check posted by another app"),
        (("rulesets.main.rules.required_signatures", False), "merge: unsigned commit"),
        (("rulesets.main.rules.deletion", False), "deletion of the default branch"),
        (("rulesets.tags.rules.deletion", False), "release tag deleted"),
        (("rulesets.pushes.rules.max_file_size", {"max_file_size": 100}), None),
        (("rulesets.pushes.rules.file_extension_restriction", {"restricted_file_extensions": [".p12"]}),
         "private key in a push"),
        (("repository.security_and_analysis", None), "secret in a push to any branch"),
        (("actions.sha_pinning_required", False), "workflow uses actions/checkout@v7"),
        (("actions.allowed_actions", "all"), None),
        (("actions", None), None),
        (("token", None), "workflow token can write without asking"),
        (("environments.prod.prevent_self_review", False), "prod: approved by who started it"),
        (("environments.prod.reviewers", None), "prod: nobody approved"),
        (("environments.prod.branches", ["main", "top*"]), "prod: from a branch"),
        (("environments.prod-rollback.branches", ["*"]), "prod-rollback: from a branch"),
    ],
)  # fmt: skip
def test_each_protection_that_is_missing_is_named(
    drilled: Drilled, change: tuple[str, Any], attempt: str | None
) -> None:
    found = wrong(drilled(change))
    if attempt is None:
        assert (found == []) == ("pushes" in change[0])
    else:
        assert attempt in found


def test_without_a_ruleset_everything_is_open(drilled: Drilled) -> None:
    found = wrong(drilled(("rulesets", {})))
    assert {"write pushes to the default branch", "merge: nobody approved", "release tag moved"} <= set(found)


def test_a_disabled_ruleset_or_an_excluded_branch_protects_nothing(drilled: Drilled) -> None:
    excluded = {"ref_name": {"includes": ["~ALL"], "excludes": ["refs/heads/main"]}}
    assert "force push to the default branch" in wrong(drilled(("rulesets.main.conditions", excluded)))


def test_without_owners_of_files_anybody_approves_workflows(drilled: Drilled) -> None:
    assert "merge: workflow changed without its owner" in wrong(drilled(owners=""))


def test_rollback_that_must_be_approved_is_too_slow(drilled: Drilled) -> None:
    outcome = drilled(("environments.prod-rollback.branches", []))
    (line,) = wrong(outcome)
    assert line.startswith(
        "prod-rollback: from the default branch, nobody asked: refused (refs/heads/main may not deploy"
    )


@pytest.mark.parametrize(
    ("actor", "declared"),
    [
        ({"actor_type": "OrganizationAdmin", "actor_id": 1, "bypass_mode": "always"}, True),
        ({"actor_type": "RepositoryRole", "actor_id": 5, "bypass_mode": "pull_request"}, True),
        ({"actor_type": "Integration", "actor_id": 1, "bypass_mode": "always"}, True),
        ({"actor_type": "DeployKey", "bypass_mode": "always"}, True),
        ({"actor_type": "RepositoryRole", "actor_id": 4, "bypass_mode": "always"}, False),
        ({"actor_type": "EnterpriseOwner", "bypass_mode": "always"}, True),
        ({"actor_type": "Team", "actor_id": 9, "bypass_mode": "always"}, True),
        ({"actor_type": "User", "actor_id": 9, "bypass_mode": "always"}, True),
    ],
)
def test_a_bypass_is_told_and_never_right_for_all_who_write(
    drilled: Drilled, actor: dict[str, Any], declared: bool
) -> None:
    outcome = drilled(("rulesets.main.bypass_actors", [actor]))
    if "RepositoryRole" in actor["actor_type"] and not declared:
        assert "write pushes to the default branch" in wrong(outcome)
    assert outcome.evidence.facts["mayPass"][0].startswith(actor["actor_type"])
    others = ("deletion", "push", "merge", "unsigned commit")
    assert [line for line in wrong(outcome) if not any(word in line for word in others)] == []


def test_a_stack_without_a_repository_is_not_drilled(tmp_path: Path) -> None:
    assert ended(write_project(tmp_path, "import pulumi\n"), "protect") == "the stack manages no GitHub repository"


@pytest.mark.parametrize(
    ("pattern", "name", "matches"),
    [("v*", "v1.0", True), ("v*", "v1/x", False), ("release/*", "release/1", True), ("**", "a/b", True)],
)
def test_refs_match_as_github_says(pattern: str, name: str, matches: bool) -> None:
    assert ref_matches(pattern, name) == matches


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        ("*", "a/b.py", True),
        ("*.py", "a/b.py", True),
        ("/.github/", ".github/workflows/ci.yml", True),
        ("/infra/*.py", "infra/x.py", True),
        ("docs/", "a/docs/x.md", True),
        ("docs/", "mydocs/x.md", False),
        ("/README.md", "README.md", True),
    ],
)
def test_owners_match_as_github_says(pattern: str, path: str, matches: bool) -> None:
    assert path_matches(pattern, path) == matches
