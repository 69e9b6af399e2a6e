"""The inputs of a state store."""

from collections.abc import Mapping
from typing import NotRequired, TypedDict

import pulumi


class TableArgs(TypedDict):
    """A DynamoDB table: on demand, point-in-time recovery over 35 days.

    About 0.625 USD a million writes, 0.125 USD a million reads, and 0.45 USD a GB and month with its recovery
    (us-east-1).
    """

    partition_key: NotRequired[str]
    """Attribute of type string. Default `pk`."""
    sort_key: NotRequired[str]
    """Attribute. Default: none; then one heartbeat is kept, not one a day."""
    sort_key_type: NotRequired[str]
    """`S` (string) or `N` (number). Default `S`."""
    ttl_attribute: NotRequired[str]
    """Attribute with the epoch second after which an item goes. Default: items stay."""


class BucketArgs(TypedDict):
    """An S3 bucket: versioned, encrypted, private, TLS only. About 0.023 USD a GB and month (us-east-1)."""

    noncurrent_days: NotRequired[int]
    """Days that a version is kept after it was overwritten or deleted, 1 to 3650. Default 35."""


class FilesArgs(TypedDict):
    """An EFS file system. About 0.30 USD a GB and month (us-east-1)."""

    vpc_id: pulumi.Input[str]
    """VPC of the mount targets."""
    subnet_ids: Mapping[str, pulumi.Input[str]]
    """Zone letter -> private subnet with a mount target."""
    servers: list[str]
    """Servers that use it; each gets an access point, and sees its own directory only."""


class DatabaseArgs(TypedDict):
    """An Aurora PostgreSQL cluster, Serverless v2, with Data API.

    About 0.12 USD a capacity unit and hour while it works, and 0.10 USD a GB and month (us-east-1).
    """

    vpc_id: pulumi.Input[str]
    """VPC of the cluster."""
    subnet_ids: Mapping[str, pulumi.Input[str]]
    """Zone letter -> private subnet, two at least."""
    database: NotRequired[str]
    """Name of the database. Default `app`."""
    engine_version: NotRequired[str]
    """Version of Aurora PostgreSQL. Default `16.6`."""
    min_capacity: NotRequired[float]
    """Fewest capacity units, 0 to 256 in halves; 0 lets an idle cluster sleep. Default 0.5, about 43 USD a month."""
    max_capacity: NotRequired[float]
    """Most capacity units, 1 to 256 in halves. Default 4."""
    multi_az: NotRequired[bool]
    """Whether a second instance stands by in another zone; it costs the same again. Default false."""


class StateStoreArgs(TypedDict):
    """Inputs of a StateStore: exactly one of `table`, `bucket`, `files` and `database`."""

    account_id: str
    """Account of the store, 12 digits."""
    region: str
    """Region of the store."""
    backup_plan: str
    """Name of the BackupPolicy that covers it; a store without one cannot be made."""
    key_arn: pulumi.Input[str]
    """Key that encrypts the store. One key serves all stores of a kind: restore tests encrypt with it."""
    table: NotRequired[TableArgs]
    """A DynamoDB table."""
    bucket: NotRequired[BucketArgs]
    """An S3 bucket."""
    files: NotRequired[FilesArgs]
    """An EFS file system."""
    database: NotRequired[DatabaseArgs]
    """An Aurora PostgreSQL cluster."""
    replica_region: NotRequired[str]
    """Region to which a table or bucket is replicated within seconds; needs `replica_key_arn`. Default: none. Storage
    and writes cost twice, and the transfer about 0.02 USD a GB."""
    replica_key_arn: NotRequired[pulumi.Input[str]]
    """Key of the replica, in its region."""
    permissions_boundary_arn: NotRequired[pulumi.Input[str]]
    """Boundary of the role that replicates a bucket."""
    protect: NotRequired[bool]
    """Whether AWS and Pulumi refuse to delete the store. Without it, deleting takes the data along. Default true."""
    tags: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Tags of everything that takes tags."""
