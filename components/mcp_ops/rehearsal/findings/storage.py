"""Warns of storage that is public or not encrypted."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from mcp_ops.rehearsal import wire
from mcp_ops.rehearsal.findings.finding import Finding
from mcp_ops.rehearsal.record import Run

PUBLIC_ACLS = ("public-read", "public-read-write", "authenticated-read")
"""Canned ACLs that let everybody, or every AWS account, in."""
_BLOCKS = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")

_EBS_BY_DEFAULT = "aws:ebs/encryptionByDefault:EncryptionByDefault"
_DATABASES = ("aws:rds/instance:Instance", "aws:rds/clusterInstance:ClusterInstance")
_BUCKETS = (
    "aws:s3/bucket:Bucket",
    "aws:s3/bucketV2:BucketV2",
    "aws:s3/bucketAcl:BucketAcl",
    "aws:s3/bucketAclV2:BucketAclV2",
)
_ACCESS_BLOCKS = (
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
    "aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock",
)
# An instance made from one of these takes over its encryption.
_INHERITED = ("replicateSourceDb", "snapshotIdentifier", "restoreToPointInTime", "s3Import", "clusterIdentifier")


@dataclass(frozen=True)
class Rule:
    """A rule on the inputs of some types."""

    name: str
    types: tuple[str, ...]
    broken: Callable[[Mapping[str, Any]], str]
    """Returns the input that breaks the rule, or nothing."""
    message: str


def _public_acl(inputs: Mapping[str, Any]) -> str:
    return "acl" if inputs.get("acl") in PUBLIC_ACLS else ""


def _open_block(inputs: Mapping[str, Any]) -> str:
    # A block that leaves an entry out turns it off; a bucket without any block has AWS's default: all on.
    return next((name for name in _BLOCKS if inputs.get(name, False) is False), "")


def _public_database(inputs: Mapping[str, Any]) -> str:
    return "publiclyAccessible" if inputs.get("publiclyAccessible") is True else ""


def _plain_instance(inputs: Mapping[str, Any]) -> str:
    inherited = any(inputs.get(name) for name in _INHERITED)
    return "" if inherited or inputs.get("storageEncrypted", False) is not False else "storageEncrypted"


def _plain_cluster(inputs: Mapping[str, Any]) -> str:
    # Aurora Serverless v1 clusters are always encrypted.
    return "" if inputs.get("engineMode") == "serverless" else _plain_instance(inputs)


def _plain_volume(inputs: Mapping[str, Any]) -> str:
    inherited = bool(inputs.get("snapshotId"))
    return "" if inherited or inputs.get("encrypted", False) is not False else "encrypted"


RULES = (
    Rule("public-bucket", _BUCKETS, _public_acl, "lets everybody read the bucket; serve it through CloudFront instead"),
    Rule(
        "public-bucket",
        _ACCESS_BLOCKS,
        _open_block,
        "is off, so a policy or ACL can make the bucket public; turn it on",
    ),
    Rule(
        "public-database",
        _DATABASES,
        _public_database,
        "gives the database a public address; keep it in private subnets",
    ),
    Rule("unencrypted-storage", _DATABASES[:1], _plain_instance, "is off; the choice cannot be changed later"),
    Rule(
        "unencrypted-storage",
        ("aws:rds/cluster:Cluster",),
        _plain_cluster,
        "is off; the choice cannot be changed later",
    ),
    Rule(
        "unencrypted-storage", ("aws:ebs/volume:Volume",), _plain_volume, "is off; the choice cannot be changed later"
    ),
    Rule(
        "unencrypted-storage",
        ("aws:efs/fileSystem:FileSystem",),
        _plain_volume,
        "is off; the choice cannot be changed later",
    ),
)


def storage_findings(run: Run) -> list[Finding]:
    """Returns warnings about public buckets and databases, and storage without encryption.

    Volumes are spared where the stack turns on EBS encryption by default.
    """
    by_default = any(wire.reveal(item.inputs).get("enabled", True) is True for item in run.of_type(_EBS_BY_DEFAULT))
    found = []
    for rule in RULES:
        if by_default and rule.broken is _plain_volume and rule.types == ("aws:ebs/volume:Volume",):
            continue
        for item in run.of_type(*rule.types):
            inputs = wire.reveal(item.inputs)
            name = rule.broken(inputs)
            if name:
                found.append(Finding("warning", rule.name, name, rule.message, str(inputs.get(name, "")), item.urn))
    return found
