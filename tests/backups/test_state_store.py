"""State stores: what each kind is, who may use it, how it gets into the backups, and which inputs are refused."""

import json
from typing import Any

import pytest

from mcp_ops import InputError, StateStore
from mcp_ops.backups.stores import KINDS
from mcp_ops.rehearsal.findings import check_policy
from tests.backups.programs import BOUNDARY, KEY, REPLICA, REPLICA_KEY, SHAPES, store
from tests.support.recording import ACCOUNT_ID, REGION, Recording, record, unknown

HOLDERS = {
    "table": "dynamodb/table:Table",
    "bucket": "s3/bucket:Bucket",
    "files": "efs/fileSystem:FileSystem",
    "database": "rds/cluster:Cluster",
}
"""Type of the resource that holds the state, by kind."""


def registered(kind: str = "table", **changes: Any) -> Recording:
    return record(lambda: StateStore("notes", store(kind, **changes)))


def statements(document: str) -> dict[str, dict[str, Any]]:
    return {item["Sid"]: item for item in json.loads(document)["Statement"]}


def outputs(run: Recording) -> dict[str, Any]:
    return run.one("StateStore").outputs


# --- Every kind ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_what_holds_the_state_is_selected_into_the_backups(kind: str) -> None:
    tags = registered(kind, tags={"team": "x", "Backup": "none"}).one(HOLDERS[kind]).inputs["tags"]
    assert tags["Backup"] == "mcp-dev", "nobody tags a store out of its backups"
    assert tags["Store"] == "notes"
    assert tags["team"] == "x"
    assert ("ContinuousBackup" in tags) == KINDS[kind].continuous


@pytest.mark.parametrize("kind", KINDS)
def test_what_holds_the_state_refuses_to_go_unless_a_word_says_otherwise(kind: str) -> None:
    kept, gone = registered(kind).one(HOLDERS[kind]), registered(kind, protect=False).one(HOLDERS[kind])
    assert kept.protect
    assert kept.retain_on_delete
    assert not gone.protect
    assert not gone.retain_on_delete


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_missing_in_a_preview(kind: str) -> None:
    run = record(lambda: StateStore("notes", store(kind)), preview=True)
    assert len(run.resources) == len(registered(kind).resources)
    assert outputs(run)["kind"] == kind
    assert unknown(outputs(run)["arn"])


@pytest.mark.parametrize("kind", ["table", "bucket", "database"])
def test_a_servers_policy_names_its_store_alone(kind: str) -> None:
    run = registered(kind)
    document = outputs(run)["access_policy"]
    found = check_policy(document, "identity", "policy", account=ACCOUNT_ID)
    assert [finding for finding in found if finding.level == "error"] == []
    for statement in json.loads(document)["Statement"]:
        assert statement["Resource"] != "*", statement["Sid"]
        assert "notes" in statement["Resource"] or statement["Resource"] == KEY


def test_what_a_server_needs_can_be_joined_with_what_it_needs_of_other_stores() -> None:
    made: list[StateStore] = []
    run = record(lambda: made.append(StateStore("notes", store())))
    sids = [statement["Sid"] for statement in made[0].statements()]
    assert sids == list(statements(outputs(run)["access_policy"]))


def test_a_file_system_is_admitted_to_by_mounting_it() -> None:
    assert outputs(registered("files")).get("access_policy") is None


# --- Table ---------------------------------------------------------------------------------------------------------


def test_a_table_can_be_restored_to_any_second_of_35_days() -> None:
    table = registered().one("dynamodb/table:Table").inputs
    assert table["billingMode"] == "PAY_PER_REQUEST"
    assert table["pointInTimeRecovery"] == {"enabled": True, "recoveryPeriodInDays": 35}
    assert table["serverSideEncryption"] == {"enabled": True, "kmsKeyArn": KEY}
    assert table["deletionProtectionEnabled"] is True
    assert (table["hashKey"], table["rangeKey"]) == ("pk", "sk")
    assert table["attributes"] == [{"name": "pk", "type": "S"}, {"name": "sk", "type": "S"}]
    assert table["ttl"] == {"attributeName": "expires", "enabled": True}


def test_a_table_says_what_a_copy_must_be_like() -> None:
    assert json.loads(outputs(registered())["expectations"]) == {
        "partition_key": {"name": "pk", "type": "S"},
        "sort_key": {"name": "sk", "type": "S"},
        "ttl_attribute": "expires",
    }
    plain = registered(table={"partition_key": "id"})
    assert json.loads(outputs(plain)["expectations"])["sort_key"] is None
    assert "ttl" not in plain.one("dynamodb/table:Table").inputs


def test_a_server_uses_items_and_the_key_through_dynamodb() -> None:
    found = statements(outputs(registered())["access_policy"])
    assert "dynamodb:DeleteTable" not in found["Items"]["Action"]
    assert "dynamodb:PutItem" in found["Items"]["Action"]
    assert found["KeyDynamodb"]["Condition"] == {"StringEquals": {"kms:ViaService": f"dynamodb.{REGION}.amazonaws.com"}}


def test_a_table_is_replicated_with_a_key_of_the_other_region() -> None:
    (replica,) = registered(replica_region=REPLICA, replica_key_arn=REPLICA_KEY).one("Table").inputs["replicas"]
    assert (replica["regionName"], replica["kmsKeyArn"]) == (REPLICA, REPLICA_KEY)
    assert replica["pointInTimeRecovery"] is replica["deletionProtectionEnabled"] is True


# --- Bucket --------------------------------------------------------------------------------------------------------


def test_a_bucket_keeps_versions_and_lets_nobody_in_without_tls() -> None:
    run = registered("bucket")
    assert run.one("BucketVersioning").inputs["versioningConfiguration"] == {"status": "Enabled"}
    (rule,) = run.one("BucketServerSideEncryptionConfiguration").inputs["rules"]
    assert rule["applyServerSideEncryptionByDefault"] == {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": KEY}
    assert rule["bucketKeyEnabled"] is True
    assert all(
        run.one("BucketPublicAccessBlock").inputs[key]
        for key in ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
    )
    assert statements(run.one("BucketPolicy").inputs["policy"])["TlsOnly"]["Effect"] == "Deny"
    (tidy,) = run.one("BucketLifecycleConfiguration").inputs["rules"]
    assert tidy["noncurrentVersionExpiration"] == {"noncurrentDays": 35}
    assert "expiration" not in tidy, "objects stay"
    assert run.one("BucketNotification").inputs["eventbridge"] is True


def test_a_server_cannot_touch_the_heartbeats_of_its_bucket() -> None:
    found = statements(outputs(registered("bucket"))["access_policy"])["HeartbeatsAreNotTheServers"]
    assert found["Effect"] == "Deny"
    assert found["Resource"].endswith("/.mcp-ops/*")


def test_a_bucket_is_replicated_and_its_replica_is_as_hard() -> None:
    run = registered("bucket", replica_region=REPLICA, replica_key_arn=REPLICA_KEY, permissions_boundary_arn=BOUNDARY)
    replica = run.one("s3/bucket:Bucket", "notes-replica")
    assert replica.inputs["region"] == REPLICA
    assert "Backup" not in replica.inputs["tags"], "what it holds is in the backups of the original"
    for kind in ("BucketVersioning", "BucketPolicy", "BucketPublicAccessBlock", "BucketLifecycleConfiguration"):
        made = {item.name.startswith("notes-replica"): item.inputs.get("region") for item in run.all(kind)}
        assert made == {True: REPLICA, False: None}, kind
    (rule,) = run.one("BucketReplicationConfig").inputs["rules"]
    assert rule["destination"]["encryptionConfiguration"] == {"replicaKmsKeyId": REPLICA_KEY}
    assert rule["deleteMarkerReplication"] == {"status": "Disabled"}
    role, policy = run.one("iam/role:Role").inputs, run.one("RolePolicy").inputs["policy"]
    assert role["permissionsBoundary"] == BOUNDARY
    assert check_policy(policy, "identity", "policy", account=ACCOUNT_ID) == []
    assert {"notes-versions", "notes-replica-versions", "notes-replication-policy"} <= run.one(
        "BucketReplicationConfig"
    ).dependencies


# --- Files ---------------------------------------------------------------------------------------------------------


def test_each_server_sees_its_own_directory() -> None:
    run = registered("files")
    assert run.one("FileSystem").inputs["encrypted"] is True
    assert run.one("FileSystem").inputs["kmsKeyId"] == KEY
    assert run.names("MountTarget") == {"notes-mount-a", "notes-mount-b"}
    paths = {point.name: point.inputs["rootDirectory"]["path"] for point in run.all("AccessPoint")}
    assert paths == {"notes-maps": "/maps", "notes-weather": "/weather"}
    assert all(point.inputs["posixUser"] == {"uid": 1000, "gid": 1000} for point in run.all("AccessPoint"))
    assert set(outputs(run)["access_point_ids"]) == {"maps", "weather"}
    assert json.loads(outputs(run)["expectations"]) == {"access_points": 2}


def test_a_file_system_is_mounted_with_tls_through_an_access_point_only() -> None:
    run = registered("files")
    policy = run.one("FileSystemPolicy").inputs["policy"]
    found = statements(policy)
    assert {item["Effect"] for item in found.values()} == {"Deny"}
    assert set(found) == {"TlsOnly", "AccessPointsOnly"}
    assert run.all("SecurityGroupIngressRule") == []
    assert "ingress" not in run.one("SecurityGroup").inputs


# --- Database ------------------------------------------------------------------------------------------------------


def test_a_database_is_encrypted_and_its_password_is_nobodys() -> None:
    run = registered("database")
    cluster = run.one("rds/cluster:Cluster")
    assert cluster.inputs["manageMasterUserPassword"] is cluster.inputs["storageEncrypted"] is True
    assert cluster.inputs["kmsKeyId"] == cluster.inputs["masterUserSecretKmsKeyId"] == KEY
    assert "masterPassword" not in cluster.inputs
    assert cluster.inputs["enableHttpEndpoint"] is True
    assert cluster.inputs["serverlessv2ScalingConfiguration"] == {"minCapacity": 0.5, "maxCapacity": 4.0}
    assert cluster.inputs["finalSnapshotIdentifier"] == "notes-last"
    assert cluster.ignore_changes == ["backupRetentionPeriod", "preferredBackupWindow"]
    assert run.names("ClusterInstance") == {"notes-writer"}
    assert not run.one("ClusterInstance").inputs["publiclyAccessible"]
    assert outputs(run)["address"].endswith(":5432/app")


def test_a_second_instance_is_a_setting() -> None:
    run = registered("database", database={**SHAPES["database"], "multi_az": True, "min_capacity": 0}, protect=False)
    assert run.names("ClusterInstance") == {"notes-writer", "notes-standby"}
    cluster = run.one("rds/cluster:Cluster").inputs
    assert cluster["skipFinalSnapshot"] is True
    assert cluster["deletionProtection"] is False


# --- What is refused -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "changes", "line"),
    [
        ("table", {"table": None}, "notes.kind: None is missing; give exactly one of table, bucket, files, database"),
        (
            "table",
            {"bucket": {}},
            "notes.kind: 'table, bucket' is too much; give exactly one of table, bucket, files, ",
        ),
        ("table", {"table": "pk"}, "notes.table: pk is not a group of inputs"),
        ("table", {"key_arn": None}, "notes.key_arn: None is missing; it is required"),
        ("table", {"backup_plan": None}, "notes.backup_plan: None is missing; it is required"),
        ("table", {"backup_plan": "-"}, "notes.backup_plan: - is not the name of a backup policy"),
        (
            "table",
            {"replica_region": REGION, "replica_key_arn": KEY},
            f"notes.replica_region: {REGION} is the region of",
        ),
        ("table", {"replica_region": REPLICA}, "notes.replica_key_arn: None goes with replica_region; give both"),
        ("files", {"replica_region": REPLICA, "replica_key_arn": KEY}, "is not offered for files, only for table and"),
        ("table", {"table": {"sort_key": "pk"}}, "notes.table.sort_key: pk is the partition key already"),
        ("table", {"table": {"sort_key_type": "N"}}, "notes.table.sort_key_type: N has no effect without sort_key"),
        ("table", {"table": {"ttl_attribute": "pk"}}, "notes.table.ttl_attribute: pk is a key of the table"),
        (
            "table",
            {"table": {"sort_keys": "sk"}},
            "notes.table.sort_keys: sk is no input of this component; did you mean",
        ),
        ("bucket", {"bucket": {"noncurrent_days": 0}}, "notes.bucket.noncurrent_days: 0 is not a plain integer from 1"),
        ("files", {"files": {**SHAPES["files"], "servers": []}}, "notes.files.servers: [] has 0 entries"),
        (
            "files",
            {"files": {**SHAPES["files"], "servers": ["A"]}},
            "notes.files.servers: A is not the name of a server",
        ),
        (
            "files",
            {"files": {**SHAPES["files"], "subnet_ids": {}}},
            "subnet_ids: [] has 0 entries; it needs a subnet in 1",
        ),
        (
            "database",
            {"database": {"vpc_id": "v", "subnet_ids": {"a": "s"}}},
            "subnet_ids: ['a'] has 1 entry; it needs",
        ),
        (
            "database",
            {"database": {**SHAPES["database"], "min_capacity": 5}},
            "min_capacity: 5.0 exceeds max_capacity 4.0",
        ),
        ("database", {"database": {**SHAPES["database"], "min_capacity": 0.3}}, "min_capacity: 0.3 is no capacity"),
        ("database", {"database": {**SHAPES["database"], "engine_version": "16"}}, "16 is not a version such as 16.6"),
        (
            "database",
            {"database": {**SHAPES["database"], "database": "A"}},
            "notes.database.database: A is not the name",
        ),
    ],
)
def test_wrong_input_is_refused_before_anything_is_registered(kind: str, changes: Any, line: str) -> None:
    with pytest.raises(InputError) as refused:
        StateStore("notes", store(kind, **changes))
    assert line in str(refused.value)


def test_a_name_that_aws_would_not_take_is_refused() -> None:
    with pytest.raises(InputError, match=r"Notes\.name: Notes is not the name of a store"):
        StateStore("Notes", store())
