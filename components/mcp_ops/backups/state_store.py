"""What an MCP server keeps.

Not managed here: what stands in the store, and the servers' way to it (`variables`, `task_policy` and `volumes` of
McpServer; a rule of the security group for a database).
"""

from collections.abc import Mapping

import pulumi

from mcp_ops.backups.bucket import register_bucket
from mcp_ops.backups.database import register_database
from mcp_ops.backups.files import register_files
from mcp_ops.backups.registered_store import RegisteredStore
from mcp_ops.backups.state_store_args import StateStoreArgs
from mcp_ops.backups.state_store_plan import (
    BucketPlan,
    FilesPlan,
    StateStorePlan,
    TablePlan,
    plan_state_store,
)
from mcp_ops.backups.table import register_table
from mcp_ops.policies import Statement, document

TOKEN = "mcp-ops:index:StateStore"  # noqa: S105 - a resource type, not a password


class StateStore(pulumi.ComponentResource):
    """A table, bucket, file system or database that is encrypted, selected into the backups, and protected."""

    kind: pulumi.Output[str]
    """`table`, `bucket`, `files` or `database`."""
    arn: pulumi.Output[str]
    """ARN, as AWS Backup names the resource."""
    physical_name: pulumi.Output[str]
    """Name of the table or bucket, id of the file system, identifier of the cluster."""
    key_arn: pulumi.Output[str]
    """Key that encrypts it."""
    expectations: pulumi.Output[str]
    """What a restored copy must be like, JSON."""
    access_policy: pulumi.Output[str | None]
    """IAM policy, JSON: what a server needs that uses the store. None for files, which `volumes` of McpServer admit
    to."""
    address: pulumi.Output[str]
    """What a server is told: name of the table or bucket, id of the file system, `host:port/database`."""
    secret_arn: pulumi.Output[str | None]
    """Database: secret with user and password. RDS rotates it every week, so a server reads it when it connects."""
    security_group_id: pulumi.Output[str | None]
    """Database and files: group that lets nobody in until a rule says so."""
    access_point_ids: pulumi.Output[Mapping[str, str]]
    """Files: access point by server."""

    def __init__(self, name: str, args: StateStoreArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        plan = plan_state_store(name, args)
        super().__init__(TOKEN, name, {}, opts)
        made = _register(name, args, plan, pulumi.ResourceOptions(parent=self))
        self._statements = made.statements
        self.kind = pulumi.Output.from_input(plan.kind)
        self.arn, self.physical_name, self.address = made.arn, made.physical_name, made.address
        self.key_arn = pulumi.Output.from_input(args["key_arn"])
        self.expectations = pulumi.Output.json_dumps(made.expectations)
        self.access_policy = pulumi.Output.from_input(document(*made.statements) if made.statements else None)
        self.secret_arn = pulumi.Output.from_input(made.secret_arn)
        self.security_group_id = pulumi.Output.from_input(made.security_group_id)
        self.access_point_ids = pulumi.Output.all(**made.access_point_ids)
        self.register_outputs({key: getattr(self, key) for key in StateStore.__annotations__})

    def statements(self) -> tuple[Statement, ...]:
        """Returns what a server needs that uses the store, to be joined with what it needs of others."""
        return self._statements


def _register(name: str, args: StateStoreArgs, plan: StateStorePlan, child: pulumi.ResourceOptions) -> RegisteredStore:
    shape = plan.shape
    if isinstance(shape, TablePlan):
        return register_table(name, args, plan, shape, child)
    if isinstance(shape, BucketPlan):
        return register_bucket(name, args, plan, shape, child)
    if isinstance(shape, FilesPlan):
        return register_files(name, args, plan, shape, child)
    return register_database(name, args, plan, shape, child)
