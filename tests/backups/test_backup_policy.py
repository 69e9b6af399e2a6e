"""The backup policy: when, how long, where to and how firmly backups are kept, and which inputs are refused."""

import json
from typing import Any

import pytest

from mcp_ops import BackupPolicy, InputError
from mcp_ops.backups.vault import BACKUPS, VAULT
from mcp_ops.rehearsal.findings import check_policy
from tests.backups.programs import BOUNDARY, EMERGENCY, KEY, REPLICA, TOPIC, policy
from tests.support.recording import ACCOUNT_ID, REGION, Recording, record

COPY = {"region": REPLICA}
ELSEWHERE = "arn:aws:backup:eu-north-1:444455556666:backup-vault:vault"
SERVICE_ROLE = f"arn:aws:iam::{ACCOUNT_ID}:role/aws-service-role/backup.amazonaws.com/AWSServiceRoleForBackup"


def registered(**changes: Any) -> Recording:
    return record(lambda: BackupPolicy("mcp-dev", policy(**changes)))


@pytest.fixture(scope="module")
def run() -> Recording:
    return registered(copy=COPY, lock={"mode": "governance"}, tags={"team": "x"})


def kept(run: Recording, name: str = "mcp-dev") -> dict[str, Any]:
    (statement,) = json.loads(run.one("VaultPolicy", f"{name}-policy").inputs["policy"])["Statement"]
    found: dict[str, Any] = statement
    return found


# --- The plan ------------------------------------------------------------------------------------------------------


def test_everything_that_carries_the_tag_is_backed_up_each_day(run: Recording) -> None:
    (rule,) = run.one("backup/plan:Plan", "mcp-dev").inputs["rules"]
    assert rule["schedule"] == "cron(0 3 * * ? *)"
    assert (rule["startWindow"], rule["completionWindow"]) == (60, 480)
    assert rule["lifecycle"] == {"deleteAfter": 35}
    assert rule["targetVaultName"] == "mcp-dev"
    selection = run.one("Selection", "mcp-dev-tagged").inputs
    assert selection["selectionTags"] == [{"type": "STRINGEQUALS", "key": "Backup", "value": "mcp-dev"}]
    assert "resources" not in selection


def test_buckets_and_databases_are_backed_up_continuously(run: Recording) -> None:
    (rule,) = run.one("backup/plan:Plan", "mcp-dev-continuous").inputs["rules"]
    assert rule["enableContinuousBackup"] is True
    assert rule["lifecycle"] == {"deleteAfter": 35}
    (tag,) = run.one("Selection", "mcp-dev-continuous-tagged").inputs["selectionTags"]
    assert tag == {"type": "STRINGEQUALS", "key": "ContinuousBackup", "value": "mcp-dev"}
    assert registered(continuous=False).names("backup/plan:Plan") == {"mcp-dev"}


def test_weekly_and_monthly_backups_are_kept_for_longer_and_grow_cold() -> None:
    run = registered(weekly_retention_days=120, monthly_retention_days=365, cold_storage_after_days=30, hour=1)
    daily, weekly, monthly = run.one("backup/plan:Plan", "mcp-dev").inputs["rules"]
    assert [rule["schedule"] for rule in (daily, weekly, monthly)] == [
        "cron(0 1 * * ? *)",
        "cron(0 1 ? * SUN *)",
        "cron(0 1 1 * ? *)",
    ]
    assert weekly["lifecycle"] == {"deleteAfter": 120, "coldStorageAfter": 30}
    assert monthly["lifecycle"] == {"deleteAfter": 365, "coldStorageAfter": 30}
    assert "coldStorageAfter" not in daily["lifecycle"]


def test_copies_go_to_a_vault_of_the_other_region_and_to_other_accounts() -> None:
    run = registered(copy={**COPY, "vault_arns": [ELSEWHERE], "retention_days": 90})
    (rule,) = run.one("backup/plan:Plan", "mcp-dev").inputs["rules"]
    assert [copy["lifecycle"] for copy in rule["copyActions"]] == [{"deleteAfter": 90}] * 2
    assert rule["copyActions"][1]["destinationVaultArn"] == ELSEWHERE
    vault, key = run.one("backup/vault:Vault", "mcp-dev-copy"), run.one("kms/key:Key")
    assert vault.inputs["region"] == key.inputs["region"] == REPLICA
    assert vault.inputs["kmsKeyArn"].endswith("key/mcp-dev-copy-key")
    assert key.inputs["enableKeyRotation"] is True
    assert run.one("BackupPolicy").outputs["copy_vault_arn"]
    assert registered(copy={"vault_arns": [ELSEWHERE]}).names("backup/vault:Vault") == {"mcp-dev"}


def test_aws_backup_is_switched_on_before_the_first_plan(run: Recording) -> None:
    settings = run.one("RegionSettings")
    assert settings.inputs["resourceTypeOptInPreference"] == dict.fromkeys(("Aurora", "DynamoDB", "EFS", "S3"), True)
    assert "mcp-dev-region" in run.one("backup/plan:Plan", "mcp-dev").dependencies
    assert registered(region_settings=False).all("RegionSettings") == []


def test_the_role_is_aws_backups_and_bound(run: Recording) -> None:
    role = run.one("iam/role:Role").inputs
    (trust,) = json.loads(role["assumeRolePolicy"])["Statement"]
    assert trust["Principal"] == {"Service": "backup.amazonaws.com"}
    assert "Condition" not in trust, "AWS Backup documents none that it meets"
    assert role["permissionsBoundary"] == BOUNDARY
    assert {item.inputs["policyArn"] for item in run.all("RolePolicyAttachment")} == {
        "arn:aws:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForBackup",
        "arn:aws:iam::aws:policy/AWSBackupServiceRolePolicyForS3Backup",
    }
    assert check_policy(run.one("RolePolicy").inputs["policy"], "identity", "policy", account=ACCOUNT_ID) == []
    assert registered(store_key_arns=None).all("RolePolicy") == []


# --- What keeps backups --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("vault", ["mcp-dev", "mcp-dev-copy"])
def test_nobody_but_the_emergency_role_deletes_or_shortens_a_backup(run: Recording, vault: str) -> None:
    statement = kept(run, vault)
    assert (statement["Effect"], statement["Principal"]) == ("Deny", "*")
    assert set(statement["Action"]) == {*BACKUPS, *VAULT}
    role = run.one("BackupPolicy").outputs["role_arn"]
    assert statement["Condition"] == {"ArnNotEquals": {"aws:PrincipalArn": [SERVICE_ROLE, role, EMERGENCY]}}


def test_an_unprotected_environment_can_be_destroyed_but_its_backups_are_kept_from_people() -> None:
    run = registered(protect=False)
    assert set(kept(run)["Action"]) == set(BACKUPS)
    assert run.one("backup/vault:Vault").inputs["forceDestroy"] is True
    assert not any(item.protect or item.retain_on_delete for item in run)


def test_vaults_and_their_keys_refuse_to_go(run: Recording) -> None:
    for kind in ("backup/vault:Vault", "VaultLockConfiguration", "kms/key:Key"):
        assert all(item.protect and item.retain_on_delete for item in run.all(kind)), kind
    assert not run.one("backup/vault:Vault", "mcp-dev").inputs["forceDestroy"]
    assert run.one("backup/vault:Vault", "mcp-dev").inputs["kmsKeyArn"] == KEY


def test_a_governance_lock_can_be_lifted(run: Recording) -> None:
    locks = run.all("VaultLockConfiguration")
    assert {lock.inputs["backupVaultName"] for lock in locks} == {"mcp-dev", "mcp-dev-copy"}
    assert all(lock.inputs["minRetentionDays"] == 7 for lock in locks)
    assert not any("changeableForDays" in lock.inputs for lock in locks)


def test_a_compliance_lock_says_in_the_preview_from_when_on_nobody_lifts_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said: list[str] = []
    monkeypatch.setattr("pulumi.log.warn", lambda text, *_, **__: said.append(text))
    lock = {"mode": "compliance", "accept_irrevocable_lock": True, "cooling_off_days": 10, "max_retention_days": 400}
    run = record(lambda: BackupPolicy("mcp-dev", policy(lock=lock)), preview=True)
    assert run.one("VaultLockConfiguration").inputs["changeableForDays"] == 10
    assert run.one("VaultLockConfiguration").inputs["maxRetentionDays"] == 400
    (warning,) = said
    assert "from 10 days after this deployment on nobody can lift it" in warning


# --- Who hears -----------------------------------------------------------------------------------------------------


def test_failed_backups_and_changes_of_what_keeps_them_are_told(run: Recording) -> None:
    patterns = {rule.name: json.loads(rule.inputs["eventPattern"]) for rule in run.all("EventRule")}
    failed, touched = patterns["mcp-dev-backup-failed"], patterns["mcp-dev-backup-touched"]
    assert failed["detail-type"] == ["Backup Job State Change", "Copy Job State Change"]
    assert failed["detail"]["state"] == ["ABORTED", "EXPIRED", "FAILED", "PARTIAL"]
    named, plans = touched["detail"]["$or"]
    assert {f"backup:{name}" for name in named["eventName"]} == {*BACKUPS, *VAULT}
    assert "mcp-dev" in named["requestParameters"]["backupVaultName"]
    assert "DeleteBackupPlan" in plans["eventName"]
    assert {target.inputs["arn"] for target in run.all("EventTarget")} == {TOPIC}
    told = run.one("VaultNotifications").inputs
    assert told["snsTopicArn"] == TOPIC
    assert "COPY_JOB_FAILED" in told["backupVaultEvents"]


def test_without_a_topic_nobody_hears() -> None:
    run = registered(alarm_topic_arn=None)
    assert run.all("EventRule") == run.all("VaultNotifications") == []


def test_audit_manager_checks_and_reports_by_setting() -> None:
    run = registered(framework=True, report_bucket="reports")
    framework = run.one("Framework").inputs
    assert framework["name"] == "mcp_dev", "Audit Manager knows no hyphens"
    controls = {control["name"]: control for control in framework["controls"]}
    scope = controls["BACKUP_RESOURCES_PROTECTED_BY_BACKUP_PLAN"]["scope"]
    assert scope == {"tags": {"Backup": "mcp-dev"}}
    templates = {plan.inputs["reportSetting"]["reportTemplate"] for plan in run.all("ReportPlan")}
    assert templates == {"BACKUP_JOB_REPORT", "RESTORE_JOB_REPORT", "CONTROL_COMPLIANCE_REPORT"}
    assert len(registered(report_bucket="reports").all("ReportPlan")) == 2
    assert registered().all("Framework") == []


# --- What is refused -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        (
            {"completion_window_minutes": 60},
            "mcp-dev.completion_window_minutes: 60 is not longer than start_window_minutes 60; AWS Backup counts both",
        ),
        ({"start_window_minutes": 30}, "mcp-dev.start_window_minutes: 30 is not a plain integer from 60 to 1440"),
        (
            {"copy": {"region": REGION}},
            f"mcp-dev.copy.region: {REGION} is the region of the original; name another one",
        ),
        ({"copy": {}}, "mcp-dev.copy.region: None is missing; give region, vault_arns or both"),
        (
            {"lock": {"mode": "governance", "min_retention_days": 60}},
            "mcp-dev.lock.min_retention_days: 60 exceeds the 35 days that daily backups are kept; the vault would",
        ),
        (
            {"lock": {"mode": "governance", "min_retention_days": 20}, "copy": {**COPY, "retention_days": 10}},
            "mcp-dev.lock.min_retention_days: 20 exceeds the 10 days that copies are kept",
        ),
        (
            {"lock": {"mode": "governance", "max_retention_days": 30}},
            "mcp-dev.lock.max_retention_days: 30 is less than the 35 days that daily backups are kept",
        ),
        (
            {"lock": {"mode": "compliance"}},
            "mcp-dev.lock.mode: compliance can be lifted by nobody from 30 days after the deployment on; say so with",
        ),
        (
            {"lock": {"mode": "governance", "cooling_off_days": 5}},
            "mcp-dev.lock.cooling_off_days: 5 has no effect with mode governance",
        ),
        ({"lock": {"mode": "none"}}, "mcp-dev.lock.mode: none is not one of governance, compliance"),
        (
            {"lock": {"mode": "compliance", "accept_irrevocable_lock": True, "cooling_off_days": 2}},
            "mcp-dev.lock.cooling_off_days: 2 is not a plain integer from 3 to 36500",
        ),
        (
            {"monthly_retention_days": 100, "cold_storage_after_days": 30},
            "mcp-dev.monthly_retention_days: 100 ends before 90 days of cold storage, which begins after 30; AWS",
        ),
        ({"cold_storage_after_days": 30}, "mcp-dev.cold_storage_after_days: 30 has no effect without weekly_retention"),
        ({"weekly_retention_days": 35}, "mcp-dev.weekly_retention_days: 35 is no longer than retention_days 35"),
        ({"retention_days": 0}, "mcp-dev.retention_days: 0 is not a plain integer from 1 to 36500"),
        ({"hour": 24}, "mcp-dev.hour: 24 is not a plain integer from 0 to 23"),
        ({"key_arn": None}, "mcp-dev.key_arn: None is missing; it is required"),
    ],
)
def test_wrong_input_is_refused_before_anything_is_registered(changes: Any, line: str) -> None:
    with pytest.raises(InputError) as refused:
        BackupPolicy("mcp-dev", policy(**changes))
    assert line in str(refused.value)


def test_a_name_without_room_for_its_vaults_is_refused() -> None:
    with pytest.raises(InputError, match="is not the name of a backup policy"):
        BackupPolicy("m" * 50, policy())
