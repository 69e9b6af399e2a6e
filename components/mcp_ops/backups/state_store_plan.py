"""What a state store is. Pure."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from mcp_ops.arns import ACCOUNT_ID, ACCOUNT_ID_RULE, REGION, REGION_RULE
from mcp_ops.backups.state_store_args import BucketArgs, DatabaseArgs, FilesArgs, StateStoreArgs, TableArgs
from mcp_ops.backups.stores import KINDS, PLAN_NAME, PLAN_NAME_RULE, STORE_NAME, STORE_NAME_RULE, store_tags
from mcp_ops.errors import Offences
from mcp_ops.inputs import Inputs
from mcp_ops.naming import SERVER_NAME

ATTRIBUTE = re.compile(r"[A-Za-z0-9_.-]{1,255}")
_ATTRIBUTE_RULE = "is not the name of an attribute; use letters, digits, _ . and -, at most 255"
_DATABASE = re.compile(r"[a-z][a-z0-9_]{0,62}")
_VERSION = re.compile(r"\d{2}\.\d{1,2}")
REPLICATED = ("table", "bucket")
"""Kinds that can be replicated; the others are copied with their backups."""


@dataclass(frozen=True)
class TablePlan:
    """A table."""

    partition_key: str
    sort_key: str
    """Empty for none."""
    sort_key_type: str
    ttl_attribute: str
    """Empty for none."""

    @property
    def expectations(self) -> dict[str, object]:
        """What a restored table must be like."""
        sort_key = {"name": self.sort_key, "type": self.sort_key_type} if self.sort_key else None
        partition_key = {"name": self.partition_key, "type": "S"}
        return {"partition_key": partition_key, "sort_key": sort_key, "ttl_attribute": self.ttl_attribute or None}


@dataclass(frozen=True)
class BucketPlan:
    """A bucket."""

    noncurrent_days: int


@dataclass(frozen=True)
class FilesPlan:
    """A file system."""

    servers: tuple[str, ...]


@dataclass(frozen=True)
class DatabasePlan:
    """A cluster."""

    database: str
    engine_version: str
    min_capacity: float
    max_capacity: float
    instances: int


Shape = TablePlan | BucketPlan | FilesPlan | DatabasePlan


@dataclass(frozen=True)
class StateStorePlan:
    """What a StateStore registers."""

    kind: str
    shape: Shape
    account_id: str
    region: str
    replica_region: str
    """Empty for none."""
    protect: bool
    tags: Mapping[str, str]
    """By which backups and restore tests find the store."""


def plan_state_store(name: str, args: StateStoreArgs) -> StateStorePlan:
    """Decides on the store. Raises `InputError` with every offence."""
    inputs = Inputs(name, args, StateStoreArgs)
    inputs.offences.check(STORE_NAME.fullmatch(name), "name", name, STORE_NAME_RULE)
    given = [kind for kind in KINDS if inputs.has(kind)]
    rule = f"is {'missing' if not given else 'too much'}; give exactly one of {', '.join(KINDS)}"
    inputs.offences.check(len(given) == 1, "kind", ", ".join(given) or None, rule)
    kind = given[0] if given else "table"
    region = inputs.text("region", REGION, REGION_RULE)
    plan = StateStorePlan(
        kind=kind,
        shape=_shape(inputs, kind),
        account_id=inputs.text("account_id", ACCOUNT_ID, ACCOUNT_ID_RULE),
        region=region,
        replica_region=_replica(inputs, kind, region),
        protect=inputs.flag("protect", default=True),
        tags=store_tags(name, kind, inputs.text("backup_plan", PLAN_NAME, PLAN_NAME_RULE)),
    )
    inputs.offences.refuse()
    return plan


def check_replica_region(offences: Offences, key: str, replica: str, region: str) -> None:
    """Notes a replica that would go down with the region that it is to replace."""
    rule = "is the region of the original; name another one, or leave it out"
    offences.check(not replica or replica != region, key, replica, rule)


def _replica(inputs: Inputs, kind: str, region: str) -> str:
    replica = inputs.text("replica_region", REGION, REGION_RULE)
    check_replica_region(inputs.offences, "replica_region", replica, region)
    rule = f"is not offered for {kind}, only for {' and '.join(REPLICATED)}; its backups are copied instead"
    inputs.offences.check(not replica or kind in REPLICATED, "replica_region", replica, rule)
    both = inputs.has("replica_region") == inputs.has("replica_key_arn")
    inputs.offences.check(both, "replica_key_arn", None, "goes with replica_region; give both or neither")
    return replica


def _shape(inputs: Inputs, kind: str) -> Shape:
    shape, plan = _SHAPES[kind]
    group = inputs.group(kind, shape)
    return plan(group if group is not None else Inputs("", {}, TableArgs, Offences()))


def _table(inputs: Inputs) -> TablePlan:
    partition_key = inputs.text("partition_key", ATTRIBUTE, _ATTRIBUTE_RULE, "pk")
    sort_key = inputs.text("sort_key", ATTRIBUTE, _ATTRIBUTE_RULE)
    rule = "is the partition key already; name another attribute"
    inputs.offences.check(sort_key != partition_key, "sort_key", sort_key, rule)
    sort_key_type = inputs.choice("sort_key_type", "S", ("S", "N"))
    rule = "has no effect without sort_key; leave it out, or name a sort key"
    inputs.offences.check(sort_key or not inputs.has("sort_key_type"), "sort_key_type", sort_key_type, rule)
    ttl = inputs.text("ttl_attribute", ATTRIBUTE, _ATTRIBUTE_RULE)
    rule = "is a key of the table; the time to live needs an attribute of its own"
    inputs.offences.check(not ttl or ttl not in {partition_key, sort_key}, "ttl_attribute", ttl, rule)
    return TablePlan(partition_key, sort_key, sort_key_type, ttl)


def _bucket(inputs: Inputs) -> BucketPlan:
    return BucketPlan(inputs.integer("noncurrent_days", 35, 1, 3650))


def _files(inputs: Inputs) -> FilesPlan:
    servers = inputs.texts("servers")
    for server in servers:
        inputs.offences.check(SERVER_NAME.fullmatch(server), "servers", server, "is not the name of a server")
    inputs.offences.check(servers, "servers", list(servers), "has 0 entries; name the servers that use it")
    _check_subnets(inputs, 1)
    return FilesPlan(servers)


def _database(inputs: Inputs) -> DatabasePlan:
    rule = "is not the name of a database; use lower case, digits and _, first a letter, at most 63"
    _check_subnets(inputs, 2)
    least, most = _capacity(inputs, "min_capacity", 0.5, 0), _capacity(inputs, "max_capacity", 4.0, 1)
    inputs.offences.check(least <= most, "min_capacity", least, f"exceeds max_capacity {most}")
    return DatabasePlan(
        database=inputs.text("database", _DATABASE, rule, "app"),
        engine_version=inputs.text("engine_version", _VERSION, "is not a version such as 16.6", "16.6"),
        min_capacity=least,
        max_capacity=most,
        instances=2 if inputs.flag("multi_az", default=False) else 1,
    )


def _check_subnets(inputs: Inputs, fewest: int) -> None:
    zones = sorted(inputs.mapping("subnet_ids"))
    rule = f"has {len(zones)} {'entry' if len(zones) == 1 else 'entries'}; it needs a subnet in {fewest} zones at least"
    inputs.offences.check(len(zones) >= fewest, "subnet_ids", zones, rule)


def _capacity(inputs: Inputs, key: str, default: float, lowest: int) -> float:
    """Returns capacity units, which come in halves, up to 256 (Aurora user guide, Serverless v2)."""
    units = inputs.number(key, default, lowest, 256)
    inputs.offences.check(units % 0.5 == 0, key, units, "is no capacity; it comes in halves")
    return units


_SHAPES: Mapping[str, tuple[type, Callable[[Inputs], Shape]]] = {
    "table": (TableArgs, _table),
    "bucket": (BucketArgs, _bucket),
    "files": (FilesArgs, _files),
    "database": (DatabaseArgs, _database),
}
