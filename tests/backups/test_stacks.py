"""The stacks: nothing that holds state escapes its backups, and which settings of stores and backups are refused."""

import json
from typing import Any

import pytest

from tests.infra.documents import STACKS, errors, stack_file
from tests.infra.stacks import registered, stack
from tests.support.recording import Recorded, Recording

HOLDERS = {
    "aws:dynamodb/table:Table": "DynamoDB",
    "aws:s3/bucket:Bucket": "S3",
    "aws:efs/fileSystem:FileSystem": "EFS",
    "aws:rds/cluster:Cluster": "Aurora",
    "aws:rds/instance:Instance": "RDS",
}
"""What holds state, with AWS Backup's name for it."""

EVIDENCE = {
    "AuditTrail": "the trail's archive is locked, and nothing is restored from it",
    "Gateway": "access logs expire, and nothing is restored from them",
}
"""Components whose buckets are no state, each with the reason."""

ALL_KINDS = {
    "files": {"servers": {"weather": "FILES"}, "files": {}},
    "notes": {"servers": {"weather": "NOTES", "maps": "NOTES"}, "table": {"sortKey": "sk"}},
    "orders": {"servers": {"weather": "ORDERS"}, "database": {"maxCapacity": 2}},
    "papers": {"servers": {"weather": "PAPERS"}, "bucket": {}, "replicated": True},
}
REPLICA = ("regions.replica", "eu-west-1")
TABLE = {"servers": {"weather": "NOTES"}, "table": {}}
PROD = [
    ("environment", "prod"),
    ("notifications.emails", ["ops@example.com"]),
    ("access.audit", {}),
    ("servers", {"weather": {"image": "ghcr.io/example/weather@sha256:" + "0" * 64}}),
    ("deployment.requireDigest", True),
    ("stores", {"notes": TABLE}),
]


@pytest.fixture(scope="module")
def everything() -> Recording:
    return registered(("stores", ALL_KINDS), REPLICA)


def unprotected(run: Recording) -> list[str]:
    """Returns what holds state but is not backed up and restored to prove it."""
    (selection,) = [item.inputs for item in run.all("Selection") if not item.name.endswith("-continuous-tagged")]
    (tag,) = selection["selectionTags"]
    tested = {item.inputs["protectedResourceType"] for item in run.all("RestoreTestingSelection")}
    for item in run.all("RestoreTestingSelection"):
        (condition,) = item.inputs["protectedResourceConditions"]["stringEquals"]
        assert (condition["key"], condition["value"]) == (f"aws:ResourceTag/{tag['key']}", tag["value"])
    return [
        item.name
        for item in run
        if item.type in HOLDERS and not _excused(item)
        if item.inputs.get("tags", {}).get(tag["key"]) != tag["value"] or HOLDERS[item.type] not in tested
    ]


def _excused(item: Recorded) -> bool:
    """Whether it is no state, or a replica: what a replica holds is in the backups of the original."""
    evidence = any(f"mcp-ops:index:{component}$" in item.urn for component in EVIDENCE)
    return evidence or item.name.endswith("-replica")


# --- What is registered --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", STACKS)
def test_no_state_escapes_its_backups(name: str) -> None:
    assert unprotected(stack(name)) == []
    assert {item.type for item in stack(name)} & set(HOLDERS) >= {"aws:dynamodb/table:Table"}


def test_no_state_of_any_kind_escapes_its_backups(everything: Recording) -> None:
    assert unprotected(everything) == []
    kinds = {item.type for item in everything if item.type in HOLDERS}
    assert kinds == set(HOLDERS) - {"aws:rds/instance:Instance"}


def test_the_check_finds_what_escapes(everything: Recording) -> None:
    table = everything.one("dynamodb/table:Table")
    tags = table.inputs["tags"]
    table.inputs["tags"] = {}
    try:
        assert unprotected(everything) == ["notes"]
    finally:
        table.inputs["tags"] = tags


@pytest.mark.parametrize("name", STACKS)
def test_backups_of_a_stack_are_kept_as_promised(name: str) -> None:
    run = stack(name)
    (daily,) = run.one("backup/plan:Plan", f"mcp-{name}").inputs["rules"]
    copies = {"prod": 1}.get(name, 0)
    assert len(daily.get("copyActions") or []) == copies
    assert len(run.all("VaultLockConfiguration")) == {"dev": 0, "staging": 1, "prod": 2}[name]
    protect = stack_file(name)["mcp-ops:retention"]["protect"]
    assert all(vault.protect == protect for vault in run.all("backup/vault:Vault"))
    emergency = f"role/mcp-{name}-emergency"
    (statement,) = json.loads(run.one("VaultPolicy", f"mcp-{name}-policy").inputs["policy"])["Statement"]
    exempt = statement["Condition"]["ArnNotEquals"]["aws:PrincipalArn"]
    assert sum(arn.endswith(emergency) for arn in exempt) == 1


@pytest.mark.parametrize("name", STACKS)
def test_people_restore_as_the_restore_test_does(name: str) -> None:
    run = stack(name)
    policy = json.loads(run.one("RolePolicy", f"mcp-{name}-emergency-policy").inputs["policy"])["Statement"]
    (passing,) = [item for item in policy if item["Sid"] == "RestoreAs"]
    assert passing["Resource"] == [run.one("RestoreTest").outputs["restore_role_arn"]]


def test_a_server_is_told_where_its_stores_are_and_admitted_to_them_alone(everything: Recording) -> None:
    definition = everything.one("TaskDefinition", "weather-task").inputs["containerDefinitions"]
    variables = {item["name"]: item["value"] for item in json.loads(definition)[0]["environment"]}
    assert variables["NOTES"] == "notes-1234567"
    assert variables["PAPERS"] == "papers-1234567"
    assert variables["FILES"] == "/mnt/files"
    assert variables["ORDERS"].endswith(":5432/app")
    assert variables["ORDERS_SECRET_ARN"].startswith("arn:aws:secretsmanager:")
    policy = json.loads(everything.one("RolePolicy", "weather-task-policy").inputs["policy"])["Statement"]
    assert {"NotesItems", "OrdersDatabasePassword", "PapersObjects"} <= {item["Sid"] for item in policy}
    other = json.loads(everything.one("RolePolicy", "maps-task-policy").inputs["policy"])["Statement"]
    assert {item["Sid"] for item in other} == {"NotesItems", "NotesKeyDynamodb"}


def test_a_server_reaches_its_database_and_no_other_does(everything: Recording) -> None:
    ingress = [rule.inputs for rule in everything.all("SecurityGroupIngressRule") if rule.inputs["fromPort"] == 5432]
    assert [rule["description"] for rule in ingress] == ["PostgreSQL from weather"]
    egress = everything.one("SecurityGroupEgressRule", "weather-to-orders").inputs
    assert egress["referencedSecurityGroupId"] == ingress[0]["securityGroupId"]


def test_replicas_have_a_key_in_their_region(everything: Recording) -> None:
    key = everything.one("kms/key:Key", "mcp-dev-state-replica").inputs
    assert key["region"] == "eu-west-1"
    assert everything.one("s3/bucket:Bucket", "papers-replica").inputs["region"] == "eu-west-1"


def test_without_stores_there_is_nothing_to_back_up_and_nothing_to_pay() -> None:
    run = registered()
    for kind in ("StateStore", "BackupPolicy", "RestoreTest", "backup/vault:Vault"):
        assert run.all(kind) == []
    assert "mcp-dev-state" not in run.names("kms/key:Key")


# --- What is refused -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        (
            [("stores", {"notes": {"servers": {"weather": "NOTES"}}})],
            "stores.notes: null gives 0 entries of table, bucket, files, database; give exactly one",
        ),
        (
            [("stores", {"notes": {**TABLE, "bucket": {}}})],
            "gives 2 entries of table, bucket, files, database; give exactly one",
        ),
        (
            [("stores", {"notes": {"servers": {"wether": "NOTES"}, "table": {}}})],
            "stores.notes.servers.wether: wether is not a server; did you mean weather?",
        ),
        (
            [("stores", {"notes": TABLE, "other": TABLE})],
            "stores.notes.servers.weather: NOTES is a variable of weather already; take another name",
        ),
        (
            [("stores", {"notes": {**TABLE, "replicated": True}})],
            "regions: replica is missing; notes is to be replicated there; or set replicated: false",
        ),
        (
            [("stores", {"notes": {"servers": {"weather": "N"}, "files": {}, "replicated": True}}), REPLICA],
            "stores.notes.replicated: true is not offered for files; its backups are copied instead",
        ),
        (
            [("stores", {"notes": {"servers": {"weather": "N"}, "table": {"ttlAttribute": "pk"}}})],
            "stores.notes.table.ttlAttribute: pk is a key of the table",
        ),
        (
            [("stores", {"Notes": TABLE})],
            "Notes is not the name of a store",
        ),
        (
            [("stores", {"notes": TABLE}), ("backups", {"completionWindowMinutes": 60})],
            "backups.completionWindowMinutes: 60 is not longer than startWindowMinutes 60",
        ),
        (
            [("stores", {"notes": TABLE}), ("backups", {"copies": {}})],
            "regions: replica is missing; backups.copies is to be there; or set copies.replica: false",
        ),
        (
            [("stores", {"notes": TABLE}), ("backups", {"lock": {"mode": "compliance"}})],
            "backups.lock.mode: compliance can be lifted by nobody from 30 days after the deployment on",
        ),
        (
            [("stores", {"notes": TABLE}), ("backups", {"lock": {"mode": "governance", "minRetentionDays": 60}})],
            "backups.lock.minRetentionDays: 60 exceeds the 35 days that daily backups are kept",
        ),
        (
            [("stores", {"notes": TABLE}), ("backups", {"monthlyRetentionDays": 60, "coldStorageAfterDays": 30})],
            "backups.monthlyRetentionDays: 60 ends before 90 days of cold storage",
        ),
        (
            [*PROD, REPLICA],
            "backups: copies is missing; prod needs its backups in a second region; {} takes regions.replica",
        ),
        (
            [*PROD, REPLICA, ("backups", {"copies": {}, "lock": {"mode": "none"}})],
            "backups.lock.mode: none is not for prod, whose backups nobody may shorten",
        ),
    ],
)
def test_wrong_settings_are_refused(changes: list[tuple[str, Any]], line: str) -> None:
    assert any(line in found for found in errors(*changes)), errors(*changes)


def test_prod_locks_and_copies_its_backups() -> None:
    run = registered(*PROD, REPLICA, ("backups", {"copies": {"retentionDays": 90}}), ("signIn", SIGN_IN))
    assert run.names("VaultLockConfiguration") == {"mcp-prod-lock", "mcp-prod-copy-lock"}
    (rule,) = run.one("backup/plan:Plan", "mcp-prod").inputs["rules"]
    assert rule["copyActions"][0]["lifecycle"] == {"deleteAfter": 90}


SIGN_IN = {"mode": "jwt", "preset": "keycloak", "issuer": "https://login.example.com/realms/mcp"}
