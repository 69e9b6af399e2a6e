"""Backups of Aurora clusters. moto keeps no rows, and its own snapshots know no managed passwords."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from moto.rds.models import rds_backends

from mcp_ops.rehearsal.simulator.backup_jobs.kinds import chosen
from mcp_ops.rehearsal.simulator.places import Place

_KEPT = (
    "database_name",
    "engine",
    "engine_mode",
    "engine_version",
    "kms_key_id",
    "master_username",
    "storage_encrypted",
)
"""What a cluster is made of, and what a snapshot keeps of it."""


class ClusterSnapshot:
    """One snapshot of a cluster."""

    size = 0

    def __init__(self, cluster: Any) -> None:
        self._kept = {name: getattr(cluster, name) for name in _KEPT}
        self.key_arn = str(cluster.kms_key_id or "")
        self.metadata = {"Engine": cluster.engine, "EngineVersion": cluster.engine_version}

    def restored(self, place: Place, metadata: Mapping[str, str], name: str) -> str:
        """Makes a cluster without instances; its network is what the metadata say, or the default one."""
        groups = chosen(metadata, "vpcSecurityGroupIds")
        made = {
            **self._kept,
            "db_cluster_identifier": chosen(metadata, "DBClusterIdentifier") or name,
            "db_subnet_group_name": chosen(metadata, "dbSubnetGroupName") or None,
            "vpc_security_group_ids": json.loads(groups) if groups else [],
            # moto wants one; in AWS it is the one of the snapshot.
            "master_user_password": "of-the-snapshot",
        }
        return str(_backend(place).create_db_cluster(made).db_cluster_arn)


def tagged(place: Place) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Yields every cluster."""
    for cluster in _backend(place).clusters.values():
        yield cluster.db_cluster_arn, {tag["Key"]: tag["Value"] for tag in cluster.tags}


def taken(arn: str, place: Place) -> ClusterSnapshot:
    """Returns a snapshot of a cluster."""
    return ClusterSnapshot(_backend(place).clusters[arn.rsplit(":", maxsplit=1)[-1]])


def tag(arn: str, tags: Mapping[str, str], place: Place) -> None:
    """Gives a cluster tags."""
    cluster = _backend(place).clusters[arn.rsplit(":", maxsplit=1)[-1]]
    cluster.tags = [{"Key": key, "Value": value} for key, value in tags.items()]


def removed(arn: str, place: Place) -> None:
    """Deletes a cluster."""
    _backend(place).clusters.pop(arn.rsplit(":", maxsplit=1)[-1], None)


def _backend(place: Place) -> Any:
    return rds_backends[place.account][place.region]
