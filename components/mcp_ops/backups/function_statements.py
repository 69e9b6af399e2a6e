"""What each function of the restore test may do, for the kinds of stores in use."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import pulumi

from mcp_ops.arns import arn, partition
from mcp_ops.backups.backup_alarms import NAMESPACE
from mcp_ops.backups.restore_test_args import RestoredStoreArgs
from mcp_ops.backups.restore_test_plan import RestoreTestPlan
from mcp_ops.backups.stores import HEARTBEAT_PREFIX
from mcp_ops.policies import Statement, allow

TEST_COPIES = "awsbackup-restore-test-"
"""What the names of copies begin with that AWS Backup makes for a test."""


def restored_prefix(environment: str) -> str:
    """Returns what the names of copies begin with that `mcp-ops backups restore` makes."""
    return f"{environment}-restored-"


@dataclass(frozen=True)
class Stores:
    """The stores of a restore test, and where copies of them may appear."""

    plan: RestoreTestPlan
    args: Mapping[str, RestoredStoreArgs]

    def arns(self, kind: str) -> list[pulumi.Input[str]]:
        """ARNs of the stores of one kind."""
        return [self.args[store]["arn"] for store in self.plan.of_kind(kind)]

    def copies(self, service: str, kind: str) -> list[pulumi.Input[str]]:
        """ARNs of what tests and people restore, by the start of their names."""
        prefixes = (TEST_COPIES, restored_prefix(self.plan.environment))
        return [self._arn(service, f"{kind}{prefix}*") for prefix in prefixes]

    def _arn(self, service: str, resource: str) -> str:
        if service == "s3":
            return f"arn:{partition(self.plan.region)}:s3:::{resource}"
        return arn(service, self.plan.region, self.plan.account_id, resource)

    def any_of(self, service: str, resource: str) -> str:
        """ARN pattern of a kind of resource whose names AWS makes up."""
        return arn(service, self.plan.region, self.plan.account_id, f"{resource}*")


def heartbeat_statements(stores: Stores) -> list[Statement]:
    """Counts what stands in every store, and writes a heartbeat."""
    statements = list(_read_parameters(stores))
    tables, buckets = stores.arns("table"), stores.arns("bucket")
    if tables:
        statements.append(allow("Tables", ["dynamodb:PutItem", "dynamodb:Scan"], tables))
    if buckets:
        statements.append(allow("Buckets", ["s3:ListBucket"], buckets))
        statements.append(allow("Beats", ["s3:PutObject"], _below(buckets, f"{HEARTBEAT_PREFIX}*")))
    return [*statements, *_databases(stores, stores.arns("database")), *_keys(stores)]


def validate_statements(stores: Stores) -> list[Statement]:
    """Reads stores and their copies, and reports."""
    statements = [
        *_read_parameters(stores),
        # Restore jobs have no ARN that a policy could name.
        allow("Jobs", ["backup:DescribeRestoreJob", "backup:PutRestoreValidationResult"], "*"),
        _publish(),
    ]
    if "table" in stores.plan.kinds:
        read = ["DescribeTable", "GetItem", "Query", "Scan"]
        tables = [*stores.arns("table"), *stores.copies("dynamodb", "table/")]
        statements.append(allow("Tables", [f"dynamodb:{action}" for action in read], tables))
    if "bucket" in stores.plan.kinds:
        buckets = [*stores.arns("bucket"), *stores.copies("s3", "")]
        statements.append(allow("Buckets", ["s3:GetBucketVersioning", "s3:ListBucket"], buckets))
        statements.append(allow("Objects", ["s3:GetObject"], _below(buckets, "*")))
    if "files" in stores.plan.kinds:
        look = ["elasticfilesystem:DescribeFileSystems"]
        statements.append(allow("FileSystems", look, stores.any_of("elasticfilesystem", "file-system/")))
    clusters = [*stores.arns("database"), *stores.copies("rds", "cluster:")]
    if "database" in stores.plan.kinds:
        statements.append(allow("Clusters", ["rds:DescribeDBClusters"], clusters))
    return [*statements, *_databases(stores, clusters), *_keys(stores)]


def watch_statements(stores: Stores) -> list[Statement]:
    """Looks up how old backups and proofs are."""
    plan = stores.plan
    lists = ["backup:ListRecoveryPointsByResource", "backup:ListRestoreJobsByProtectedResource"]
    testing = arn("backup", plan.region, plan.account_id, f"restore-testing-plan:{plan.testing_plan}*")
    statements = [
        *_read_parameters(stores),
        # Lists know no resources.
        allow("Lists", lists, "*"),
        allow("Tests", ["backup:GetRestoreTestingPlan"], testing),
        _publish(),
    ]
    if "table" in plan.kinds:
        statements.append(allow("Tables", ["dynamodb:DescribeContinuousBackups"], stores.arns("table")))
    if "database" in plan.kinds:
        statements.append(allow("Databases", ["rds:DescribeDBClusters"], stores.arns("database")))
    return statements


def _read_parameters(stores: Stores) -> Iterable[Statement]:
    plan = stores.plan
    path = arn("ssm", plan.region, plan.account_id, f"parameter{plan.stores_path}")
    yield allow("Stores", ["ssm:GetParametersByPath"], [path, f"{path}/*"])


def _publish() -> Statement:
    # Metrics have no ARN; the namespace is what binds it.
    return allow("Publish", ["cloudwatch:PutMetricData"], "*", {"StringEquals": {"cloudwatch:namespace": NAMESPACE}})


def _below(buckets: Sequence[pulumi.Input[str]], what: str) -> list[pulumi.Input[str]]:
    return [pulumi.Output.concat(bucket, "/", what) for bucket in buckets]


def _databases(stores: Stores, clusters: Sequence[pulumi.Input[str]]) -> Iterable[Statement]:
    if "database" not in stores.plan.kinds:
        return
    yield allow("Databases", ["rds-data:ExecuteStatement"], clusters)
    secrets = [
        pulumi.Output.json_loads(stores.args[store]["expectations"]).apply(lambda found: str(found["secret_arn"]))
        for store in stores.plan.of_kind("database")
    ]
    yield allow("Passwords", ["secretsmanager:GetSecretValue"], secrets)


def _keys(stores: Stores) -> Iterable[Statement]:
    """Lets a function use the stores' keys, through the services that hold the stores."""
    services = {"table": "dynamodb", "bucket": "s3", "database": "secretsmanager"}
    via = [f"{services[kind]}.{stores.plan.region}.amazonaws.com" for kind in stores.plan.kinds if kind in services]
    if via:
        keys = [stores.args[store]["key_arn"] for store in stores.plan.stores]
        use = ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"]
        yield allow("Keys", use, keys, {"StringEquals": {"kms:ViaService": via}})
