"""Backups of EFS file systems. moto keeps no files, so a backup is a file system's description."""

from collections.abc import Iterator, Mapping
from typing import Any

from moto.efs.models import efs_backends

from mcp_ops.rehearsal.simulator.backup_jobs.kinds import chosen
from mcp_ops.rehearsal.simulator.places import Place


class FileSystemSnapshot:
    """One backup of a file system."""

    def __init__(self, source: Any) -> None:
        self.size = int(source.size_in_bytes["Value"])
        self.key_arn = str(source.kms_key_id or "")

    def restored(self, place: Place, metadata: Mapping[str, str], name: str) -> str:
        """Makes an encrypted file system; without `kmsKeyId` with Amazon EFS's own key."""
        key = chosen(metadata, "kmsKeyId") or f"arn:{place.partition}:kms:{place.region}:{place.account}:key/aws-efs"
        made = _backend(place).create_file_system(
            creation_token=chosen(metadata, "CreationToken") or name,
            performance_mode=chosen(metadata, "PerformanceMode"),
            encrypted=True,
            kms_key_id=key,
            throughput_mode="",
            provisioned_throughput_in_mibps=0,
            availability_zone_name="",
            backup=False,
            tags=[],
        )
        return str(made.file_system_arn)


def tagged(place: Place) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Yields every file system."""
    backend = _backend(place)
    for item in backend.file_systems_by_id.values():
        yield item.file_system_arn, backend.tagging_service.get_tag_dict_for_resource(item.file_system_id)


def taken(arn: str, place: Place) -> FileSystemSnapshot:
    """Returns a backup of a file system."""
    return FileSystemSnapshot(_backend(place).file_systems_by_id[arn.rsplit("/", maxsplit=1)[-1]])


def tag(arn: str, tags: Mapping[str, str], place: Place) -> None:
    """Gives a file system tags."""
    _backend(place).tag_resource(arn.rsplit("/", maxsplit=1)[-1], dict(tags))


def removed(arn: str, place: Place) -> None:
    """Deletes a file system."""
    made = _backend(place).file_systems_by_id.pop(arn.rsplit("/", maxsplit=1)[-1], None)
    if made:
        _backend(place).creation_tokens.discard(made.creation_token)


def _backend(place: Place) -> Any:
    return efs_backends[place.account][place.region]
