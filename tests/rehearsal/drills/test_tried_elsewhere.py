"""What drill least-privilege says of roles that other drills try, and whether those drills do try them."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.rehearsal.drills.support import CONTRACT
from tests.rehearsal.drills.test_restore import PROGRAM as BACKED_UP
from tests.rehearsal.drills.test_roll_back import PROGRAM as RELEASED
from tests.support.projects import write_project

from mcp_ops.rehearsal.drills.deploy_role.drill import DRILL as DEPLOY_ROLE
from mcp_ops.rehearsal.drills.drill import Evidence, Stage
from mcp_ops.rehearsal.drills.least_privilege.drill import DRILL as LEAST_PRIVILEGE
from mcp_ops.rehearsal.drills.restore import bad_copies
from mcp_ops.rehearsal.drills.restore import drill as restore
from mcp_ops.rehearsal.rehearse import Options, rehearsed

pytestmark = pytest.mark.timeout(120)


@contextmanager
def stage_of(directory: Path, program: str) -> Iterator[Stage]:
    """Gives a stack that was deployed and not drilled."""
    project = write_project(directory, program, region="eu-west-1")
    with rehearsed(project, "dev", Options(drilled=False, previewed=False)) as (found, stage):
        assert found.run.errors == []
        yield stage


def taken(stage: Stage) -> set[str]:
    """Returns the names of the roles under which drills have made calls, or tried to, as the program calls them."""
    arns = {session.role_arn for session in stage.cloud.sessions}
    return {role.name for role in stage.run.of_type("aws:iam/role:Role") if role.outputs["arn"] in arns}


def told(evidence: Evidence, drill: str) -> set[str]:
    """Returns the roles that the line about a drill names."""
    (names,) = [line.partition(": ")[2] for line in evidence.summary if line.startswith(f"tried by drill {drill}: ")]
    assert names.split(", ") == evidence.facts["tried_elsewhere"][drill]
    return set(names.split(", "))


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Evidence, Stage]]:
    """A stack with roles for workflows, a gate, and a role with which ECS shifts traffic, which no drill tries."""
    program = RELEASED.replace("CONTRACT", repr(CONTRACT)).replace("# changes", "roles = True")
    with stage_of(tmp_path_factory.mktemp("released"), program) as stage:
        yield LEAST_PRIVILEGE.timed(stage).evidence, stage


def test_roles_of_workflows_are_tried_by_the_drill_that_is_named(released: tuple[Evidence, Stage]) -> None:
    evidence, stage = released
    roles = told(evidence, "deploy-role")
    assert roles == {"dev-preview", "dev-deploy", "dev-rollback"}
    assert not roles & taken(stage)
    DEPLOY_ROLE.timed(stage)
    assert roles <= taken(stage)


def test_the_role_of_a_gate_is_tried_where_releases_are_played(released: tuple[Evidence, Stage]) -> None:
    # That the drill finds a role that may not ask: test_roll_back.py, test_a_hook_role_that_may_not_ask_is_found.
    assert told(released[0], "roll-back") == {"weather-gate"}


def test_a_role_that_no_drill_tries_is_said_to_be_tried_by_none(released: tuple[Evidence, Stage]) -> None:
    evidence, _ = released
    assert evidence.facts["not_tried"] == ["weather-shift"]
    assert "tried by no drill, nothing says what they are for: weather-shift" in evidence.summary


def test_roles_of_backups_are_tried_by_the_drill_that_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(restore, "ITEMS", 10)
    monkeypatch.setattr(restore, "LATER", 1)
    monkeypatch.setattr(bad_copies, "BAD", bad_copies.BAD[:1])
    with stage_of(tmp_path, BACKED_UP.replace("# changes", 'del kinds["papers"]')) as stage:
        roles = told(LEAST_PRIVILEGE.timed(stage).evidence, "restore")
        assert roles == {"mcp-dev-backup", "mcp-dev-restore"}
        assert not roles & taken(stage)
        assert restore.DRILL.timed(stage).passed
        assert roles <= taken(stage)


def test_a_drill_that_does_not_apply_is_not_named(tmp_path: Path) -> None:
    """Roles of backups, as above, and no restore test: nothing restores, so nothing tries them."""
    program = """
        import json
        import pulumi_aws as aws

        trust = {"Effect": "Allow", "Principal": {"Service": "backup.amazonaws.com"}, "Action": "sts:AssumeRole"}
        role = aws.iam.Role(
            "backup", assume_role_policy=json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        )
        vault = aws.backup.Vault("vault")
        rule = {"rule_name": "daily", "target_vault_name": vault.name, "schedule": "cron(0 3 * * ? *)"}
        plan = aws.backup.Plan("plan", rules=[rule])
        aws.backup.Selection("all", plan_id=plan.id, iam_role_arn=role.arn, resources=["*"])
    """
    with stage_of(tmp_path, program) as stage:
        facts = LEAST_PRIVILEGE.timed(stage).evidence.facts
    assert (facts["tried_elsewhere"], facts["not_tried"]) == ({}, ["backup"])
