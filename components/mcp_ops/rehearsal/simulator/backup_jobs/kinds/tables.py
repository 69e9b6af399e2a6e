"""Backups of DynamoDB tables: moto's own backup and restore."""

from collections.abc import Iterator, Mapping
from typing import Any

from moto.dynamodb.models import dynamodb_backends

from mcp_ops.rehearsal.simulator.backup_jobs.kinds import chosen
from mcp_ops.rehearsal.simulator.places import Place


class TableSnapshot:
    """One backup of a table."""

    def __init__(self, backup: Any) -> None:
        self._backup = backup
        self.size = sum(item.size() for item in backup.table.all_items())
        self.key_arn = _key(backup.table)

    def restored(self, place: Place, metadata: Mapping[str, str], name: str) -> str:
        """Makes a table; without `encryptionType` AWS's own key encrypts it, whatever encrypted the source."""
        backend = _backend(place)
        backend.backups[self._backup.arn] = self._backup  # a copy of the backup may lie in another region
        table = backend.restore_table_from_backup(chosen(metadata, "targetTableName") or name, self._backup.arn)
        key = chosen(metadata, "kmsMasterKeyArn")
        if chosen(metadata, "encryptionType") == "KMS" and key:
            table.sse_specification = {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key}
        table.billing_mode = self._backup.table.billing_mode
        return str(table.table_arn)


def tagged(place: Place) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Yields every table."""
    for table in _backend(place).tables.values():
        yield table.table_arn, {tag["Key"]: tag["Value"] for tag in table.tags}


def taken(arn: str, place: Place) -> TableSnapshot:
    """Returns a backup of a table."""
    name = arn.rsplit("/", maxsplit=1)[-1]
    return TableSnapshot(_backend(place).create_backup(name, f"awsbackup-{name}"))


def tag(arn: str, tags: Mapping[str, str], place: Place) -> None:
    """Gives a table tags."""
    name = arn.rsplit("/", maxsplit=1)[-1]
    _backend(place).tables[name].tags = [{"Key": key, "Value": value} for key, value in tags.items()]


def removed(arn: str, place: Place) -> None:
    """Deletes a table."""
    _backend(place).tables.pop(arn.rsplit("/", maxsplit=1)[-1], None)


def _key(table: Any) -> str:
    return str((table.sse_specification or {}).get("KMSMasterKeyId") or "")


def _backend(place: Place) -> Any:
    return dynamodb_backends[place.account][place.region]
