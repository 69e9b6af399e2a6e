"""Backups of S3 buckets: their current objects."""

from collections.abc import Iterator, Mapping
from typing import Any

from moto.s3.models import FakeDeleteMarker, s3_backends

from mcp_ops.rehearsal.simulator.backup_jobs.kinds import chosen
from mcp_ops.rehearsal.simulator.places import Place


class BucketSnapshot:
    """One backup of a bucket, with every object in memory."""

    def __init__(self, bucket: Any) -> None:
        current = ((name, bucket.keys[name]) for name in bucket.keys)
        self._objects = {name: key.value for name, key in current if not isinstance(key, FakeDeleteMarker)}
        self.size = sum(len(value) for value in self._objects.values())
        rule = (bucket.encryption or {}).get("Rule", {}).get("ApplyServerSideEncryptionByDefault", {})
        self.key_arn = str(rule.get("KMSMasterKeyID", ""))

    def restored(self, place: Place, metadata: Mapping[str, str], name: str) -> str:
        """Makes a versioned bucket; without `kmsKey` Amazon S3's own key encrypts its objects."""
        backend, target = _backend(place), chosen(metadata, "DestinationBucketName") or name
        bucket = backend.create_bucket(target, place.region)
        backend.put_bucket_versioning(target, "Enabled")
        key = chosen(metadata, "kmsKey") if chosen(metadata, "encryptionType") == "SSE-KMS" else ""
        for item, value in self._objects.items():
            backend.put_object(target, item, value, encryption="aws:kms" if key else "AES256", kms_key_id=key or None)
        return str(bucket.arn)


def tagged(place: Place) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Yields every bucket of the region."""
    backend = _backend(place)
    for bucket in backend.buckets.values():
        if bucket.region_name == place.region:
            yield bucket.arn, backend.tagger.get_tag_dict_for_resource(bucket.arn)


def taken(arn: str, place: Place) -> BucketSnapshot:
    """Returns a backup of a bucket."""
    bucket = _backend(place).get_bucket(arn.rsplit(":", maxsplit=1)[-1])
    if not bucket.is_versioned:
        raise ValueError(f"{bucket.name}: AWS Backup needs S3 Versioning on the bucket")
    return BucketSnapshot(bucket)


def tag(arn: str, tags: Mapping[str, str], place: Place) -> None:
    """Gives a bucket tags."""
    _backend(place).put_bucket_tagging(arn.rsplit(":", maxsplit=1)[-1], dict(tags))


def removed(arn: str, place: Place) -> None:
    """Deletes a bucket with everything in it."""
    name = arn.rsplit(":", maxsplit=1)[-1]
    _backend(place).buckets.pop(name, None)
    s3_backends.bucket_accounts.pop(name, None)


def _backend(place: Place) -> Any:
    return s3_backends[place.account][place.partition]
