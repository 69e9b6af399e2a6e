"""The settings that a bucket's own resource may hold inline, as S3's API takes them, and the places that S3 knows."""

from collections.abc import Mapping
from typing import Any

from mcp_ops.rehearsal.simulator.values import given

OWNER = "75aa57f09aa0c8caeab4f8c24e99d10f8e7faeebf76c078efc7c6caea54ba06a"
"""The canonical user id that simulated S3 gives to every account."""

WEBSITE_ZONES: Mapping[str, str] = {
    "af-south-1": "Z83WF9RJE8B12",
    "ap-east-1": "ZNB98KWMFR0R6",
    "ap-northeast-1": "Z2M4EHUR26P7ZW",
    "ap-northeast-2": "Z3W03O7B5YMIYP",
    "ap-northeast-3": "Z2YQB5RD63NC85",
    "ap-south-1": "Z11RGJOFQNVJUP",
    "ap-southeast-1": "Z3O0J2DXBE1FTB",
    "ap-southeast-2": "Z1WCIGYICN2BYD",
    "ca-central-1": "Z1QDHH18159H29",
    "eu-central-1": "Z21DNDUVLTQW6Q",
    "eu-north-1": "Z3BAZG2TWCNX0D",
    "eu-south-1": "Z30OZKI7KPW7MI",
    "eu-west-1": "Z1BKCTXD74EZPE",
    "eu-west-2": "Z3GKZC51ZF0DB4",
    "eu-west-3": "Z3R1K369G5AVDG",
    "me-south-1": "Z1MPMWCPA7YB62",
    "sa-east-1": "Z7KQH4QJS55SO",
    "us-east-1": "Z3AQBSTGFYJSTF",
    "us-east-2": "Z2O1EMRO9K5GLX",
    "us-west-1": "Z2F56UZL2M1ACD",
    "us-west-2": "Z3BJ6K6RIION7M",
}
"""Route 53 hosted zones of S3's website endpoints, by region (AWS General Reference, Amazon S3 endpoints)."""

WITH_DASH = frozenset(
    {
        "us-east-1",
        "us-west-1",
        "us-west-2",
        "ap-southeast-1",
        "ap-southeast-2",
        "ap-northeast-1",
        "eu-west-1",
        "sa-east-1",
        "us-gov-west-1",
    }
)
"""Regions whose website endpoint is `s3-website-<region>`; in all others it is `s3-website.<region>`."""

SINGULAR: Mapping[str, str] = {
    "accessControlTranslations": "accessControlTranslation",
    "applyServerSideEncryptionByDefaults": "applyServerSideEncryptionByDefault",
    "defaultRetentions": "defaultRetention",
    "destinations": "destination",
    "expirations": "expiration",
    "filters": "filter",
    "loggings": "logging",
    "metrics": "metrics",
    "noncurrentVersionExpirations": "noncurrentVersionExpiration",
    "replicationConfigurations": "replicationConfiguration",
    "replicationTimes": "replicationTime",
    "serverSideEncryptionConfigurations": "serverSideEncryptionConfiguration",
    "sourceSelectionCriterias": "sourceSelectionCriteria",
    "sseKmsEncryptedObjects": "sseKmsEncryptedObjects",
    "versionings": "versioning",
    "websites": "website",
}
"""`BucketV2` wraps what `Bucket` holds as one object into a list of one, under the plural name."""


def website_domain(region: str) -> str:
    """Returns the domain of a region's website endpoints."""
    return f"s3-website{'-' if region in WITH_DASH else '.'}{region}.amazonaws.com"


def unwrapped(value: Any) -> Any:
    """Returns `BucketV2`'s inputs in the form of `Bucket`'s."""
    if isinstance(value, list):
        return [unwrapped(item) for item in value]
    if not isinstance(value, Mapping):
        return value
    return {SINGULAR.get(key, key): _first(item) if key in SINGULAR else unwrapped(item) for key, item in value.items()}


def _first(value: Any) -> Any:
    return unwrapped(value[0] if isinstance(value, list) and value else value)


def inline(inputs: dict[str, Any]) -> dict[str, Any]:
    """Returns a bucket's inputs with each inline setting under the API member that carries it."""
    kept = {key: value for key, value in inputs.items() if key not in SETTINGS}
    for key, (member, convert) in SETTINGS.items():
        converted = convert(inputs[key]) if inputs.get(key) else None
        if converted:
            kept[member] = converted
    lock = inputs.get("objectLockConfiguration") or {}
    if lock.get("objectLockEnabled"):
        kept["objectLockEnabled"] = True
    return kept


def filter_of(prefix: str | None, tags: Mapping[str, str] | None, **more: Any) -> dict[str, Any]:
    """Returns an S3 filter: one condition alone, several under `And`."""
    conditions: dict[str, Any] = {
        name: value for name, value in {"Prefix": prefix, **more}.items() if value is not None
    }
    if not tags:
        return conditions if len(conditions) <= 1 else {"And": conditions}
    if not conditions and len(tags) == 1:
        key, value = next(iter(tags.items()))
        return {"Tag": {"Key": key, "Value": value}}
    return {"And": {**conditions, "Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}}


def _versioning(value: Mapping[str, Any]) -> dict[str, Any]:
    if not value.get("enabled"):
        return {}
    return {"Status": "Enabled", **({"MFADelete": "Enabled"} if value.get("mfaDelete") else {})}


def _lifecycle(rules: list[Mapping[str, Any]]) -> dict[str, Any]:
    return {"Rules": [_lifecycle_rule(rule) for rule in rules]}


def _lifecycle_rule(rule: Mapping[str, Any]) -> dict[str, Any]:
    abort, noncurrent = rule.get("abortIncompleteMultipartUploadDays"), rule.get("noncurrentVersionExpiration")
    moves = [
        given(NoncurrentDays=item.get("days"), StorageClass=item.get("storageClass"))
        for item in rule.get("noncurrentVersionTransitions") or ()
    ]
    return given(
        id=rule.get("id"),
        status="Enabled" if rule.get("enabled") else "Disabled",
        Filter=filter_of(rule.get("prefix") or (None if rule.get("tags") else ""), rule.get("tags")),
        expiration=rule.get("expiration"),
        transitions=rule.get("transitions"),
        NoncurrentVersionExpiration=given(NoncurrentDays=noncurrent.get("days")) if noncurrent else None,
        NoncurrentVersionTransitions=moves or None,
        AbortIncompleteMultipartUpload={"DaysAfterInitiation": abort} if abort else None,
    )


def _encryption(value: Mapping[str, Any]) -> dict[str, Any]:
    rules = value.get("rule") or value.get("rules") or []
    return {"Rules": [encryption_rule(rule) for rule in (rules if isinstance(rules, list) else [rules])]}


def encryption_rule(rule: Mapping[str, Any]) -> dict[str, Any]:
    """Returns an encryption rule whose blocked encryption types stand where S3 wants them."""
    blocked = rule.get("blockedEncryptionTypes")
    kept = {key: value for key, value in rule.items() if key != "blockedEncryptionTypes"}
    return {**kept, **({"BlockedEncryptionTypes": {"EncryptionType": blocked}} if blocked else {})}


def website(value: Mapping[str, Any]) -> dict[str, Any]:
    """Returns an inline website configuration as S3's API takes it."""
    redirect = value.get("redirectAllRequestsTo")
    scheme, _, host = redirect.rpartition("://") if redirect else ("", "", "")
    return given(
        IndexDocument={"Suffix": value["indexDocument"]} if value.get("indexDocument") else None,
        ErrorDocument={"Key": value["errorDocument"]} if value.get("errorDocument") else None,
        RedirectAllRequestsTo=given(HostName=host, Protocol=scheme or None) if redirect else None,
        RoutingRules=value.get("routingRules"),
    )


def logging(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Returns access log settings as S3's API takes them, beside the bucket that they belong to."""
    grants = [
        {"Grantee": _api_named(item.get("grantee") or {}), "Permission": item.get("permission")}
        for item in inputs.get("targetGrants") or ()
    ]
    form = inputs.get("targetObjectKeyFormat") or {}
    partitioned = form.get("partitionedPrefix")
    key_format = (
        {"PartitionedPrefix": {"PartitionDateSource": partitioned.get("partitionDateSource")}}
        if partitioned
        else {"SimplePrefix": {}}
    )
    enabled = given(
        TargetBucket=inputs.get("targetBucket"),
        TargetPrefix=inputs.get("targetPrefix", ""),
        TargetGrants=grants or None,
        TargetObjectKeyFormat=key_format if form else None,
    )
    kept = {key: value for key, value in inputs.items() if key in {"bucket", "expectedBucketOwner"}}
    return {**kept, "BucketLoggingStatus": {"LoggingEnabled": enabled}}


def _api_named(grantee: Mapping[str, Any]) -> dict[str, Any]:
    names = {"displayName": "DisplayName", "emailAddress": "EmailAddress", "id": "ID", "type": "Type", "uri": "URI"}
    return {names[key]: value for key, value in grantee.items()}


def _replication(value: Mapping[str, Any]) -> dict[str, Any]:
    rules = value.get("rules") or []
    return given(Role=value.get("role"), Rules=[_replication_rule(rule) for rule in rules])


def _replication_rule(rule: Mapping[str, Any]) -> dict[str, Any]:
    target, chosen = rule.get("destination") or {}, rule.get("filter")
    keys = ((rule.get("sourceSelectionCriteria") or {}).get("sseKmsEncryptedObjects") or {}).get("enabled")
    marker = rule.get("deleteMarkerReplicationStatus")
    return given(
        id=rule.get("id"),
        priority=rule.get("priority"),
        prefix=rule.get("prefix") if chosen is None else None,
        Filter=filter_of(chosen.get("prefix"), chosen.get("tags")) if chosen is not None else None,
        status=rule.get("status"),
        SourceSelectionCriteria=None
        if keys is None
        else {"SseKmsEncryptedObjects": {"Status": "Enabled" if keys else "Disabled"}},
        DeleteMarkerReplication={"Status": marker} if marker else None,
        Destination=_replication_target(target),
    )


def _replication_target(target: Mapping[str, Any]) -> dict[str, Any]:
    key, metrics, time = target.get("replicaKmsKeyId"), target.get("metrics"), target.get("replicationTime")
    return given(
        bucket=target.get("bucket"),
        account=target.get("accountId"),
        storageClass=target.get("storageClass"),
        accessControlTranslation=target.get("accessControlTranslation"),
        EncryptionConfiguration={"ReplicaKmsKeyID": key} if key else None,
        Metrics=_timed(metrics, "EventThreshold"),
        ReplicationTime=_timed(time, "Time"),
    )


def _timed(value: Mapping[str, Any] | None, member: str) -> dict[str, Any] | None:
    if not value:
        return None
    minutes = value.get("minutes")
    return given(Status=value.get("status", "Enabled"), **{member: {"Minutes": minutes} if minutes else None})


def _lock(value: Mapping[str, Any]) -> dict[str, Any]:
    rules = value.get("rule") or (value.get("rules") or [None])[0]
    return {"ObjectLockEnabled": "Enabled", "Rule": rules} if rules else {}


def _grants(value: list[Mapping[str, Any]]) -> dict[str, Any]:
    grants = [
        {"Grantee": given(ID=grant.get("id"), Type=grant.get("type"), URI=grant.get("uri")), "Permission": permission}
        for grant in value
        for permission in grant.get("permissions") or ()
    ]
    return {"Owner": {"ID": OWNER}, "Grants": grants}


SETTINGS: Mapping[str, tuple[str, Any]] = {
    "accelerationStatus": ("AccelerateConfiguration", lambda value: {"Status": value}),
    "corsRules": ("CORSConfiguration", lambda value: {"CORSRules": value}),
    "grants": ("AccessControlPolicy", _grants),
    "lifecycleRules": ("LifecycleConfiguration", _lifecycle),
    "logging": ("BucketLoggingStatus", lambda value: logging(value)["BucketLoggingStatus"]),
    "objectLockConfiguration": ("ObjectLockConfiguration", _lock),
    "policy": ("Policy", lambda value: value),
    "replicationConfiguration": ("ReplicationConfiguration", _replication),
    "requestPayer": ("RequestPaymentConfiguration", lambda value: {"Payer": value}),
    "serverSideEncryptionConfiguration": ("ServerSideEncryptionConfiguration", _encryption),
    "tags": ("Tagging", lambda value: {"TagSet": value}),
    "versioning": ("VersioningConfiguration", _versioning),
    "website": ("WebsiteConfiguration", website),
}
"""Inline input to the API member that carries it, and how its value is converted."""
