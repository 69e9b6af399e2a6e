"""The restore test: what is restored when, what the functions may do, who hears of what, and what is refused."""

import json
import re
from typing import Any

import pytest

from mcp_ops import InputError, RestoreTest
from mcp_ops.backups.backup_alarms import ALARMS
from mcp_ops.backups.restore_functions import RESTORE_ENDED
from mcp_ops.rehearsal.findings import check_policy
from tests.backups.programs import (
    ALL_STORES,
    BOUNDARY,
    BUCKET,
    CLUSTER,
    KEY,
    SECRET,
    TABLE,
    TOPIC,
    VAULT,
    restore_test,
    restored,
)
from tests.support.recording import ACCOUNT_ID, REGION, Recording, record

FUNCTIONS = ("heartbeat", "validate-restore", "watch-backups")


def registered(**changes: Any) -> Recording:
    return record(lambda: RestoreTest("mcp-dev", restore_test(**changes)))


@pytest.fixture(scope="module")
def run() -> Recording:
    return registered(stores=ALL_STORES, tags={"team": "x"})


def statements(run: Recording, function: str) -> dict[str, dict[str, Any]]:
    policy = run.one("RolePolicy", f"mcp-dev-{function}-policy").inputs["policy"]
    return {item["Sid"]: item for item in json.loads(policy)["Statement"]}


def plain(value: Any) -> str:
    """Returns the value of a parameter, which the SDK wraps as a secret."""
    text: str = value["value"]
    return text


# --- What is restored ----------------------------------------------------------------------------------------------


def test_the_latest_backup_of_the_week_is_restored_every_week(run: Recording) -> None:
    plan = run.one("RestoreTestingPlan").inputs
    assert plan["name"] == "mcp_dev_restores", "hyphens are translated"
    assert plan["scheduleExpression"] == "cron(0 6 ? * SUN *)"
    assert plan["recoveryPointSelection"] == {
        "algorithm": "LATEST_WITHIN_WINDOW",
        "includeVaults": [VAULT],
        "recoveryPointTypes": ["SNAPSHOT"],
        "selectionWindowDays": 7,
    }


def test_each_kind_of_store_is_selected_by_the_same_tag_as_for_its_backup(run: Recording) -> None:
    selections = {item.inputs["protectedResourceType"]: item.inputs for item in run.all("RestoreTestingSelection")}
    assert set(selections) == {"DynamoDB", "S3", "EFS", "Aurora"}
    for selection in selections.values():
        assert re.fullmatch(r"\w{1,50}", selection["name"])
        assert selection["protectedResourceArns"] == ["*"]
        condition = {"key": "aws:ResourceTag/Backup", "value": "mcp-dev"}
        assert selection["protectedResourceConditions"] == {"stringEquals": [condition]}
    assert [item.name for item in registered().all("RestoreTestingSelection")] == ["mcp-dev-restores-table"]


def test_copies_are_encrypted_like_their_stores_and_need_no_default_vpc(run: Recording) -> None:
    overrides = {
        item.inputs["protectedResourceType"]: item.inputs["restoreMetadataOverrides"]
        for item in run.all("RestoreTestingSelection")
    }
    assert overrides["DynamoDB"] == {"encryptionType": "KMS", "kmsMasterKeyArn": KEY}
    assert overrides["S3"] == {"encryptionType": "SSE-KMS", "kmsKey": KEY}
    assert overrides["EFS"] == {"kmsKeyId": KEY}
    assert overrides["Aurora"] == {"dbSubnetGroupName": "orders", "vpcSecurityGroupIds": '["sg-1"]'}


def test_the_functions_are_told_what_to_look_for(run: Recording) -> None:
    (notes,) = [item.inputs for item in run.all("ssm/parameter:Parameter") if item.name == "mcp-dev-notes"]
    assert notes["name"] == "/mcp-ops/dev/stores/notes"
    assert json.loads(plain(notes["value"])) == {
        "kind": "table",
        "arn": TABLE,
        "name": "notes-1234567",
        "key_arn": KEY,
        "tolerance_percent": 20,
        "full_comparison": False,
        "expectations": {},
    }
    exact = registered(stores={"notes": restored("table", TABLE, tolerance_percent=0, full_comparison=True)})
    value = json.loads(plain(exact.one("ssm/parameter:Parameter").inputs["value"]))
    assert (value["tolerance_percent"], value["full_comparison"]) == (0, True)


# --- The functions -------------------------------------------------------------------------------------------------


def test_the_functions_run_when_they_should() -> None:
    run = registered(backup_hour=0)
    schedules = {item.name: item.inputs for item in run.all("Schedule")}
    heartbeat = schedules["mcp-dev-heartbeat-schedule"]
    assert heartbeat["scheduleExpression"] == "cron(30 23 * * ? *)", "half an hour before the backup, across midnight"
    assert schedules["mcp-dev-watch-backups-schedule"]["scheduleExpression"] == "rate(1 hour)"
    rule = run.one("EventRule", "mcp-dev-restore-ended").inputs
    assert json.loads(rule["eventPattern"]) == RESTORE_ENDED
    assert {"status", "state"} == {key for way in RESTORE_ENDED["detail"]["$or"] for key in way}  # type: ignore[index]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_knows_its_environment_and_no_secret(run: Recording, function: str) -> None:
    inputs = run.one("lambda/function:Function", f"mcp-dev-{function}").inputs
    variables = inputs["environment"]["variables"]
    assert variables["ENVIRONMENT"] == "dev"
    assert variables["STORES_PATH"] == "/mcp-ops/dev/stores"
    assert inputs["handler"] == f"{function.replace('-', '_')}.handler.handle"
    assert run.one("iam/role:Role", f"mcp-dev-{function}-role").inputs["permissionsBoundary"] == BOUNDARY


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_functions_policy_is_sound_and_writes_nowhere_else(run: Recording, function: str) -> None:
    policy = run.one("RolePolicy", f"mcp-dev-{function}-policy").inputs["policy"]
    found = check_policy(policy, "identity", "policy", account=ACCOUNT_ID)
    assert [finding for finding in found if finding.level == "error"] == []
    everywhere = {
        action for item in json.loads(policy)["Statement"] if item["Resource"] == "*" for action in item["Action"]
    }
    assert everywhere <= {
        "backup:DescribeRestoreJob",
        "backup:ListRecoveryPointsByResource",
        "backup:ListRestoreJobsByProtectedResource",
        "backup:PutRestoreValidationResult",
        "cloudwatch:PutMetricData",
    }, "actions that know no resource"


def test_the_heartbeat_writes_into_the_stores_and_reads_no_copy(run: Recording) -> None:
    found = statements(run, "heartbeat")
    assert found["Tables"]["Resource"] == [TABLE]
    assert found["Beats"]["Resource"] == [f"{BUCKET}/.mcp-ops/*"]
    assert found["Databases"]["Resource"] == [CLUSTER]
    assert found["Passwords"]["Resource"] == [SECRET]
    assert not any(action.startswith("dynamodb:Delete") for action in found["Tables"]["Action"])


def test_validation_reads_copies_and_changes_nothing(run: Recording) -> None:
    found = statements(run, "validate-restore")
    prefix = f"arn:aws:dynamodb:{REGION}:{ACCOUNT_ID}:table"
    assert found["Tables"]["Resource"] == [TABLE, f"{prefix}/awsbackup-restore-test-*", f"{prefix}/dev-restored-*"]
    assert f"{BUCKET}/*" in found["Objects"]["Resource"]
    assert "arn:aws:s3:::awsbackup-restore-test-*/*" in found["Objects"]["Resource"]
    copies = f"arn:aws:rds:{REGION}:{ACCOUNT_ID}:cluster:awsbackup-restore-test-*"
    assert copies in found["Databases"]["Resource"]
    assert copies in found["Clusters"]["Resource"]
    assert found["Publish"]["Condition"] == {"StringEquals": {"cloudwatch:namespace": "McpOps/Backups"}}
    assert not any("Put" in action or "Delete" in action for action in found["Tables"]["Action"])


def test_kinds_that_are_not_in_use_are_not_in_the_policies() -> None:
    run = registered()
    for function in FUNCTIONS:
        assert {"Buckets", "Objects", "Databases", "FileSystems"}.isdisjoint(statements(run, function)), function
    files = registered(stores={"files": ALL_STORES["files"]})
    assert "Keys" not in statements(files, "validate-restore")
    assert "FileSystems" in statements(files, "validate-restore")


def test_the_restoring_role_is_aws_backups_and_has_the_stores_keys(run: Recording) -> None:
    policies = {item.inputs["policyArn"] for item in run.all("RolePolicyAttachment")}
    assert policies == {
        "arn:aws:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForRestores",
        "arn:aws:iam::aws:policy/AWSBackupServiceRolePolicyForS3Restore",
    }
    keys = json.loads(run.one("RolePolicy", "mcp-dev-restore-keys").inputs["policy"])["Statement"]
    assert {resource for item in keys for resource in item["Resource"]} == {KEY}
    role = run.one("RestoreTest").outputs["restore_role_arn"]
    assert {item.inputs["iamRoleArn"] for item in run.all("RestoreTestingSelection")} == {role}


def test_who_watches_functions_finds_them_on_the_component() -> None:
    found: list[RestoreTest] = []
    record(lambda: found.append(RestoreTest("mcp-dev", restore_test(key_arn=KEY, log_key_arn=KEY))))
    assert set(found[0].functions) == {"heartbeat", "validate", "watch"}


# --- Who hears -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("store", ALL_STORES)
@pytest.mark.parametrize("key", ALARMS)
def test_every_store_has_every_alarm(run: Recording, store: str, key: str) -> None:
    alarm = run.one("MetricAlarm", f"mcp-dev-{store}-{key}").inputs
    assert alarm["name"] == f"mcp-dev-{store}-{key}"
    assert alarm["namespace"] == "McpOps/Backups"
    assert alarm["dimensions"] == {"Environment": "dev", "Store": store}
    assert alarm["alarmActions"] == alarm["okActions"] == [TOPIC]
    assert f"docs/recovery/alarms.md#{key}" in alarm["alarmDescription"]


def test_limits_are_those_that_were_promised_or_set(run: Recording) -> None:
    limits = {key: run.one("MetricAlarm", f"mcp-dev-notes-{key}").inputs["threshold"] for key in ALARMS}
    assert limits == {
        "backup-age": 26,
        "recovery-point-age": 24,
        "restore-time": 30,
        "validation": 1,
        "restore-test-age": 8,
    }
    own = registered(recovery_minutes=10, recovery_point_hours=1)
    assert own.one("MetricAlarm", "mcp-dev-notes-restore-time").inputs["threshold"] == 10
    assert own.one("MetricAlarm", "mcp-dev-notes-recovery-point-age").inputs["threshold"] == 1


def test_silence_of_the_hourly_watch_is_an_alarm_and_silence_of_the_weekly_test_is_none(run: Recording) -> None:
    missing = {key: run.one("MetricAlarm", f"mcp-dev-notes-{key}").inputs["treatMissingData"] for key in ALARMS}
    hourly = {"backup-age", "recovery-point-age", "restore-test-age"}
    assert missing == {key: "breaching" if key in hourly else "notBreaching" for key in ALARMS}


# --- What is refused -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"stores": {}}, "mcp-dev.stores: [] has 0 entries; give 1 to 100"),
        ({"stores": {"notes": "table"}}, "mcp-dev.stores.notes: table is not a group of inputs"),
        ({"stores": {"Notes": restored("table", TABLE)}}, "mcp-dev.stores: Notes is not the name of a store"),
        (
            {"stores": {"notes": restored("tabel", TABLE)}},
            "mcp-dev.stores.notes.kind: tabel is not one of table, bucket, files, database",
        ),
        (
            {"stores": {"notes": restored("table", TABLE, tolerance_percent=101)}},
            "mcp-dev.stores.notes.tolerance_percent: 101 is not a plain integer from 0 to 100",
        ),
        ({"schedule": "weekly"}, "mcp-dev.schedule: weekly is not a schedule such as cron(0 6 ? * SUN *)"),
        ({"selection_window_days": 0}, "mcp-dev.selection_window_days: 0 is not a plain integer from 1 to 365"),
        ({"start_window_hours": 169}, "mcp-dev.start_window_hours: 169 is not a plain integer from 1 to 168"),
        ({"environment": "a b"}, "mcp-dev.environment: 'a b' is not an environment"),
        ({"alarm_topic_arn": None}, "mcp-dev.alarm_topic_arn: None is missing; it is required"),
    ],
)
def test_wrong_input_is_refused_before_anything_is_registered(changes: Any, line: str) -> None:
    with pytest.raises(InputError) as refused:
        RestoreTest("mcp-dev", restore_test(**changes))
    assert line in str(refused.value)


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("m" * 42, "leads to " + "m" * 42 + "_restores, which has 51 characters; AWS Backup allows 50"),
        ("1st", "1st.name: 1st is not a name"),
    ],
)
def test_names_that_aws_backup_would_not_take_are_refused(name: str, line: str) -> None:
    with pytest.raises(InputError) as refused:
        RestoreTest(name, restore_test())
    assert line in str(refused.value)
