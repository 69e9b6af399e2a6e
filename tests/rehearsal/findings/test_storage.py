from typing import Any

import pytest
from tests.rehearsal.findings.support import registration, rules, run_of

from mcp_ops.rehearsal import wire
from mcp_ops.rehearsal.findings import findings_of

BUCKET = "aws:s3/bucket:Bucket"
ACL = "aws:s3/bucketAcl:BucketAcl"
BLOCK = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
DATABASE = "aws:rds/instance:Instance"
CLUSTER = "aws:rds/cluster:Cluster"
MEMBER = "aws:rds/clusterInstance:ClusterInstance"
VOLUME = "aws:ebs/volume:Volume"
FILES = "aws:efs/fileSystem:FileSystem"
DEFAULT = "aws:ebs/encryptionByDefault:EncryptionByDefault"

BLOCKED = {"blockPublicAcls": True, "blockPublicPolicy": True, "ignorePublicAcls": True, "restrictPublicBuckets": True}


@pytest.mark.parametrize(
    ("kind", "inputs", "rule", "where"),
    [
        (ACL, {"acl": "public-read"}, "public-bucket", "acl"),
        (BUCKET, {"acl": "authenticated-read"}, "public-bucket", "acl"),
        (BLOCK, {**BLOCKED, "blockPublicPolicy": False}, "public-bucket", "blockPublicPolicy"),
        (BLOCK, {"blockPublicAcls": True}, "public-bucket", "blockPublicPolicy"),
        (DATABASE, {"publiclyAccessible": True, "storageEncrypted": True}, "public-database", "publiclyAccessible"),
        (MEMBER, {"publiclyAccessible": True}, "public-database", "publiclyAccessible"),
        (DATABASE, {}, "unencrypted-storage", "storageEncrypted"),
        (CLUSTER, {"storageEncrypted": False}, "unencrypted-storage", "storageEncrypted"),
        (VOLUME, {}, "unencrypted-storage", "encrypted"),
        (FILES, {"encrypted": False}, "unencrypted-storage", "encrypted"),
    ],
)
def test_storage_that_is_public_or_plain(kind: str, inputs: dict[str, Any], rule: str, where: str) -> None:
    (finding,) = findings_of(run_of(registration(kind, "state", inputs)))
    assert (finding.level, finding.rule, finding.where) == ("warning", rule, where)


@pytest.mark.parametrize(
    ("kind", "inputs"),
    [
        (ACL, {"acl": "private"}),
        (ACL, {"acl": "log-delivery-write"}),
        (BUCKET, {}),
        (BLOCK, BLOCKED),
        (BLOCK, {**BLOCKED, "blockPublicPolicy": wire.UNKNOWN}),
        (DATABASE, {"storageEncrypted": True, "publiclyAccessible": False}),
        (DATABASE, {"snapshotIdentifier": "before"}),
        (CLUSTER, {"engineMode": "serverless"}),
        (CLUSTER, {"storageEncrypted": wire.Secret(True)}),
        (VOLUME, {"encrypted": True}),
        (VOLUME, {"snapshotId": "snap-1"}),
        (FILES, {"encrypted": True}),
    ],
)
def test_storage_that_is_sound(kind: str, inputs: dict[str, Any]) -> None:
    assert findings_of(run_of(registration(kind, "state", inputs))) == []


@pytest.mark.parametrize(("enabled", "expected"), [(True, []), (False, ["unencrypted-storage"])])
def test_encryption_by_default_covers_volumes(enabled: bool, expected: list[str]) -> None:
    run = run_of(registration(DEFAULT, "default", {"enabled": enabled}), registration(VOLUME, "data", {}))
    assert rules(findings_of(run)) == expected
