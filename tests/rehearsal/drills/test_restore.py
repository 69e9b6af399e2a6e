"""The drill `restore` over a small program: it passes on a sound stack, and fails on each kind of damage."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.rehearsal.drills.support import changed, program_outcome, told

from mcp_ops.rehearsal.drills.drill import Outcome
from mcp_ops.rehearsal.drills.restore import bad_copies
from mcp_ops.rehearsal.drills.restore import drill as restore

PROGRAM = """
    import json
    import pulumi
    import pulumi_aws as aws
    from mcp_ops.backups import BackupPolicy, RestoreTest, StateStore

    ACCOUNT, REGION = "111111111111", "eu-central-1"
    provider = aws.Provider(
        "aws", region=REGION, allowed_account_ids=[ACCOUNT], default_tags={"tags": {"Environment": "dev"}}
    )
    opts = pulumi.ResourceOptions(provider=provider)
    root = f"arn:aws:iam::{ACCOUNT}:root"


    def document(*statements):
        return pulumi.Output.json_dumps({"Version": "2012-10-17", "Statement": list(statements)})


    def trust(principal):
        return document({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal})


    def person(name):
        role = aws.iam.Role(name, name=name, assume_role_policy=trust({"AWS": root}), opts=opts)
        everything = {"Effect": "Allow", "Action": "backup:*", "Resource": "*"}
        aws.iam.RolePolicy(name, role=role.name, policy=document(everything), opts=opts)
        return role.arn


    keyed = {"Effect": "Allow", "Principal": {"AWS": root}, "Action": "kms:*", "Resource": "*"}
    key = aws.kms.Key("state", policy=document(keyed), deletion_window_in_days=7, opts=opts)
    topic = aws.sns.Topic("alerts", opts=opts)
    services = {"Service": ["events.amazonaws.com", "cloudwatch.amazonaws.com", "backup.amazonaws.com"]}
    publish = {"Effect": "Allow", "Principal": services, "Action": "sns:Publish", "Resource": topic.arn}
    aws.sns.TopicPolicy("alerts", arn=topic.arn, policy=document(publish), opts=opts)
    place = {"account_id": ACCOUNT, "region": REGION}
    emergency, administrator = person("dev-emergency"), person("dev-administrator")
    own = {**place, "backup_plan": "mcp-dev", "key_arn": key.arn, "protect": False}
    kinds = {"notes": {"table": {"sort_key": "sk", "ttl_attribute": "expires"}}, "papers": {"bucket": {}}}
    store_opts, policy_opts, test_opts = opts, opts, opts
    policy_args = {
        **place, "key_arn": key.arn, "store_key_arns": [key.arn], "exempt_role_arns": [emergency],
        "alarm_topic_arn": topic.arn, "protect": False, "key_deletion_window_days": 7,
    }
    # changes
    stores = {name: StateStore(name, {**own, **shape}, store_opts) for name, shape in kinds.items()}
    policy = BackupPolicy("mcp-dev", policy_args, policy_opts)
    test = RestoreTest("mcp-dev", {
        **place, "environment": "dev", "backup_plan": "mcp-dev", "vault_arn": policy.vault_arn,
        "alarm_topic_arn": topic.arn,
        "stores": {
            name: {
                "kind": store.kind if isinstance(store.kind, str) else next(iter(kinds[name])), "arn": store.arn,
                "physical_name": store.physical_name, "key_arn": store.key_arn, "expectations": store.expectations,
            }
            for name, store in stores.items()
        },
    }, test_opts)
    task = aws.iam.Role("maps", assume_role_policy=trust({"Service": "ecs-tasks.amazonaws.com"}), opts=opts)
    aws.iam.RolePolicy("maps", role=task.name, policy=stores["notes"].access_policy.apply(str), opts=opts)
    variable = {"name": "MCP_STATE_TABLE", "value": stores["notes"].physical_name}
    container = {"name": "maps", "image": "maps:1", "essential": True, "environment": [variable]}
    aws.ecs.TaskDefinition(
        "maps", family="maps", cpu="256", memory="512", network_mode="awsvpc", task_role_arn=task.arn,
        requires_compatibilities=["FARGATE"], container_definitions=pulumi.Output.json_dumps([container]), opts=opts,
    )
    backups = {
        "vault": policy.vault_name, "exemptRoles": [emergency], "restoreTestingPlan": test.testing_plan_name,
        "heartbeatFunction": test.heartbeat_function_name, "validateFunction": test.validate_function_name,
        "watchFunction": test.watch_function_name,
        "stores": {
            name: {"kind": next(iter(kinds[name])), "arn": store.arn, "name": store.physical_name}
            for name, store in stores.items()
        },
    }
    # the end
    pulumi.export("backups", backups)
"""

FEW, LATER = 10, 1
"""Items where how many they are does not matter; of these, so many after the backup: a tenth, as in the drill."""


@pytest.fixture
def drilled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Outcome]:
    """Returns a function that drills the program with one store, few items, one bad copy, and something changed."""
    monkeypatch.setattr(restore, "ITEMS", FEW)
    monkeypatch.setattr(restore, "LATER", LATER)
    monkeypatch.setattr(bad_copies, "BAD", bad_copies.BAD[:1])  # all of them: the sound stack

    def run(changes: str = "", ending: str = "") -> Outcome:
        one = '    del kinds["papers"]\n'
        return program_outcome(tmp_path, "restore", PROGRAM, one + changes, ending)

    return run


def test_a_sound_stack_passes_with_evidence_of_everything(tmp_path: Path) -> None:
    outcome = program_outcome(tmp_path, "restore", PROGRAM)
    assert outcome.passed, "\n".join(outcome.evidence.summary)
    facts = outcome.evidence.facts
    notes, papers = facts["stores"]["notes"], facts["stores"]["papers"]
    assert notes["before"] == notes["afterRestore"] != notes["afterDamage"]
    assert notes["before"]["count"] == papers["before"]["count"] == 40
    assert notes["writtenBy"].startswith("maps")
    assert "then dropped" in notes["damage"]
    assert "overwritten" in papers["damage"]
    assert {name: list(found) for name, found in facts["refused"].items()} == {
        name: ["empty", "missing items", "altered heartbeat", "wrong schema", "wrong encryption", "old point"]
        for name in ("notes", "papers")
    }
    assert facts["deletion"]["allowed"] == ["dev-emergency"]
    assert facts["deletion"]["refusedByVaultPolicy"] == ["dev-administrator"]
    assert facts["secondsToRecovery"] > 0
    assert facts["ages"]["notes"]["DaysSinceProvedRestore"] == pytest.approx(0, abs=0.1)


def test_kinds_without_data_in_a_locked_vault(drilled: Callable[..., Outcome]) -> None:
    outcome = drilled(
        """
    vpc = aws.ec2.Vpc("net", cidr_block="10.0.0.0/16", opts=opts)
    subnets = {
        zone: aws.ec2.Subnet(
            zone, vpc_id=vpc.id, cidr_block=f"10.0.{n}.0/24", availability_zone=f"{REGION}{zone}", opts=opts
        )
        for n, zone in enumerate("ab")
    }
    net = {"vpc_id": vpc.id, "subnet_ids": {zone: subnet.id for zone, subnet in subnets.items()}}
    kinds |= {"orders": {"database": net}, "shared": {"files": {**net, "servers": ["maps"]}}}
    policy_args["lock"] = {"mode": "governance"}
"""
    )
    assert outcome.passed, "\n".join(outcome.evidence.summary)
    # They are restored and looked at from outside.
    assert set(outcome.evidence.facts["stores"]) == {"notes"}
    # Nobody deletes.
    (allowed,) = outcome.evidence.facts["deletion"]["allowed"]
    assert "dev-emergency (IAM lets it, Recovery point cannot be deleted: its backup vault is locked.)" in allowed


def only(condition: str, member: str, value: str) -> str:
    return f"if {condition}: args.props['{member}'] = {value!r}"


def document(**statement: str) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


HARMLESS = document(Effect="Allow", Action="s3:ListAllMyBuckets", Resource="*")
HARMLESS_IN_VAULT = document(Effect="Deny", Principal="*", Action="backup:StartCopyJob", Resource="*")

DAMAGED = {
    "backups under a role that may not use the key": (
        '    policy_args["store_key_arns"] = []\n',
        ["its backup failed: AccessDeniedException"],
    ),
    "a store without the tag": (
        changed('args.props.get("tags", {}).pop("Backup", None)', "store"),
        ["no plan backs it up"],
    ),
    "a vault that lets everybody delete, and copies under AWS's own key": (
        changed(only('args.type_.endswith(":VaultPolicy")', "policy", HARMLESS_IN_VAULT), "policy")
        + changed('args.props.pop("restoreMetadataOverrides", None)', "test"),
        [
            "dev-administrator could delete a recovery point",
            "a good copy, while its store went on changing, was refused: encryption",
        ],
    ),
    "an event pattern that matches nothing": (
        changed(only('args.type_.endswith(":EventRule")', "eventPattern", '{"source": ["aws.s3"]}'), "test"),
        ["its event did not reach the validation function"],
    ),
    "a validation function that may read nothing": (
        changed(only('args.type_.endswith(":RolePolicy") and "validate" in args.name', "policy", HARMLESS), "test"),
        ["the validation function failed"],
    ),
}


@pytest.mark.parametrize("what", DAMAGED)
def test_a_damaged_stack_fails(drilled: Callable[..., Outcome], what: str) -> None:
    changes, expected = DAMAGED[what]
    said = told(drilled(changes))
    for line in expected:
        assert line in said


def test_a_validation_that_takes_any_heartbeat_fails(
    drilled: Callable[..., Outcome], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mcp_ops.backups.restore_functions.BEAT_AGE_HOURS", 9999)
    assert "old point: the copy was accepted" in told(drilled())


def test_a_stack_that_does_not_say_where_its_backups_are_fails(drilled: Callable[..., Outcome]) -> None:
    lacks = "the stack has a restore testing plan, but its output backups lacks vault"
    assert lacks in told(drilled(ending='    backups.pop("vault")\n'))


def test_functions_that_nothing_runs_are_noticed(drilled: Callable[..., Outcome]) -> None:
    outcome = drilled(ending='    backups["heartbeatFunction"] = "nobody"\n')
    assert "no schedule of the stack runs the function nobody" in told(outcome)
