"""Amazon RDS and Aurora: instances and clusters."""

from collections.abc import Mapping
from typing import Any

from mcp_ops.rehearsal.simulator import model
from mcp_ops.rehearsal.simulator.context import Context
from mcp_ops.rehearsal.simulator.fit import member_for
from mcp_ops.rehearsal.simulator.spec import Call, Spec, Specs, step
from mcp_ops.rehearsal.simulator.values import given

PROVIDER_ONLY = {
    "allowMajorVersionUpgrade": "whether the provider may change the major version later",
    "applyImmediately": "when the provider's later changes take effect",
    "blueGreenUpdate": "how the provider's later changes take effect",
    "deleteAutomatedBackups": "how the provider deletes it",
    "finalSnapshotIdentifier": "how the provider deletes it",
    "forceDestroy": "how the provider deletes it",
    "skipFinalSnapshot": "how the provider deletes it",
    "timeouts": "how long the provider waits",
    "upgradeStorageConfig": "what the provider does with a replica's storage",
    "warningEventCategories": "which events the provider shows as warnings",
    "passwordWoVersion": "tells the provider that the write-only password changed",
    "masterPasswordWoVersion": "tells the provider that the write-only password changed",
}


def _ignored(*names: str) -> dict[str, str]:
    return {name: PROVIDER_ONLY[name] for name in names}


COMMON = {
    "caCertIdentifier": "CACertificateIdentifier",
    "caCertificateIdentifier": "CACertificateIdentifier",
    "customerOwnedIpEnabled": "EnableCustomerOwnedIp",
    "enabledCloudwatchLogsExports": "EnableCloudwatchLogsExports",
    "iamDatabaseAuthenticationEnabled": "EnableIAMDatabaseAuthentication",
    "performanceInsightsEnabled": "EnablePerformanceInsights",
    "performanceInsightsKmsKeyId": "PerformanceInsightsKMSKeyId",
}

INSTANCE_NAMES = {
    **COMMON,
    "backupWindow": "PreferredBackupWindow",
    "dbParameterGroupName": "DBParameterGroupName",
    "domainIamRoleName": "DomainIAMRoleName",
    "identifier": "DBInstanceIdentifier",
    "instanceClass": "DBInstanceClass",
    "maintenanceWindow": "PreferredMaintenanceWindow",
    "parameterGroupName": "DBParameterGroupName",
    "password": "MasterUserPassword",
    "passwordWo": "MasterUserPassword",
    "username": "MasterUsername",
}

CLUSTER_NAMES = {
    **COMMON,
    "clusterIdentifier": "DBClusterIdentifier",
    "dbClusterInstanceClass": "DBClusterInstanceClass",
    "domainIamRoleName": "DomainIAMRoleName",
    "masterPassword": "MasterUserPassword",
    "masterPasswordWo": "MasterUserPassword",
}

Source = tuple[str, Mapping[str, str]]

INSTANCE_SOURCES: Mapping[str, Source] = {
    "snapshotIdentifier": ("RestoreDBInstanceFromDBSnapshot", {"snapshotIdentifier": "DBSnapshotIdentifier"}),
    "replicateSourceDb": ("CreateDBInstanceReadReplica", {"replicateSourceDb": "SourceDBInstanceIdentifier"}),
    "restoreToPointInTime": ("RestoreDBInstanceToPointInTime", {}),
    "s3Import": ("RestoreDBInstanceFromS3", {}),
}
"""Inputs that make an instance from something that exists, with the operation that does."""

CLUSTER_SOURCES: Mapping[str, Source] = {
    "snapshotIdentifier": ("RestoreDBClusterFromSnapshot", {}),
    "restoreToPointInTime": ("RestoreDBClusterToPointInTime", {}),
    "s3Import": ("RestoreDBClusterFromS3", {}),
}

SOURCE_MEMBERS = {
    "restoreTime": "RestoreTime",
    "restoreToTime": "RestoreToTime",
    "restoreType": "RestoreType",
    "sourceClusterIdentifier": "SourceDBClusterIdentifier",
    "sourceClusterResourceId": "SourceDbClusterResourceId",
    "sourceDbInstanceAutomatedBackupsArn": "SourceDBInstanceAutomatedBackupsArn",
    "sourceDbInstanceIdentifier": "SourceDBInstanceIdentifier",
    "sourceDbiResourceId": "SourceDbiResourceId",
    "useLatestRestorableTime": "UseLatestRestorableTime",
    "bucketName": "S3BucketName",
    "bucketPrefix": "S3Prefix",
    "ingestionRole": "S3IngestionRoleArn",
    "sourceEngine": "SourceEngine",
    "sourceEngineVersion": "SourceEngineVersion",
}


def _flattened(inputs: dict[str, Any]) -> dict[str, Any]:
    """Takes the members of `restoreToPointInTime` and `s3Import`, which AWS has at the top, out of their objects."""
    blocks = ("restoreToPointInTime", "s3Import")
    lifted = {SOURCE_MEMBERS[key]: value for block in blocks for key, value in (inputs.get(block) or {}).items()}
    return {**inputs, **lifted}


def _accepted(context: Context, operation: str, rename: Mapping[str, str]) -> tuple[str, ...]:
    """Returns the inputs that an operation takes."""
    shape: Any = model.operation_model("rds", operation).input_shape
    return tuple(name for name in context.inputs if (rename.get(name) or member_for(shape, name)) in shape.members)


def _made(context: Context, kind: str, names: Mapping[str, str], sources: Mapping[str, Source]) -> None:
    """Makes a database anew, or from its source; what the restore does not take is a modification."""
    source = next((name for name in sources if context.inputs.get(name)), None)
    if source is None:
        context.run(Call(f"rds.Create{kind}", rename=names), frozenset({"iamRoles"}), "")
        return
    operation, extra = sources[source]
    rename, reason = {**names, **extra}, "its source lies outside the stack"
    taken = _accepted(context, operation, rename)
    context.run(Call(f"rds.{operation}", rename=rename, inputs=taken, checked=reason), frozenset(), "")
    identifier = "identifier" if kind == "DBInstance" else "clusterIdentifier"
    later = tuple(name for name in _accepted(context, f"Modify{kind}", names) if name not in taken)
    call = Call(f"rds.Modify{kind}", rename=names, inputs=(identifier, *later), when=later, checked=reason)
    reply = context.find(kind)
    if later:
        context.run(call, frozenset(), "")
        context.merge({kind: reply} if reply else {})
    # What neither takes (engine, user, first database) comes from the source.
    context.taken.update({*context.inputs} - {"iamRoles"})


@step()
def _create_instance(context: Context) -> Mapping[str, Any]:
    _made(context, "DBInstance", INSTANCE_NAMES, INSTANCE_SOURCES)
    described = context.find("DBInstance") or {}
    endpoint = described.get("Endpoint") or {}
    name, region = context.inputs.get("identifier"), context.place.region
    address = endpoint.get("Address") or f"{name}.cq0rehearsal.{region}.rds.amazonaws.com"
    port = endpoint.get("Port") or context.inputs.get("port")
    return {
        "address": address,
        "endpoint": f"{address}:{port}" if port else address,
        "port": port,
        **_secret(described),
    }


@step()
def _create_cluster(context: Context) -> Mapping[str, Any]:
    _made(context, "DBCluster", CLUSTER_NAMES, CLUSTER_SOURCES)
    return _secret(context.find("DBCluster") or {})


def _secret(described: Mapping[str, Any]) -> dict[str, Any]:
    """The secret that RDS keeps the master password in, as the provider's output has it: a list of one."""
    secret = described.get("MasterUserSecret")
    if not secret:
        return {}
    members = {"kmsKeyId": "KmsKeyId", "secretArn": "SecretArn", "secretStatus": "SecretStatus"}
    return {"masterUserSecrets": [given(**{name: secret.get(member) for name, member in members.items()})]}


@step("iamRoles")
def _associate_roles(context: Context) -> None:
    for role in context.take("iamRoles") or []:
        context.call(
            "rds.AddRoleToDBCluster", given(DBClusterIdentifier=context.inputs.get("clusterIdentifier"), RoleArn=role)
        )


SPECS: Specs = {
    "aws:rds/instance:Instance": Spec(
        create=_create_instance,
        id="join('', [DBInstance.DbiResourceId || join('-', ['db', input.identifier])])",
        autoname="identifier",
        lowercase_name=True,
        reshape=_flattened,
        outputs={
            "arn": "arn:{partition}:rds:{region}:{account}:db:{input.identifier}",
            "address": "address",
            "endpoint": "endpoint",
            "port": "port",
            "engineVersion": "input.engineVersion || DBInstance.EngineVersion",
            "engineVersionActual": "DBInstance.EngineVersion",
            "hostedZoneId": "DBInstance.Endpoint.HostedZoneId || 'Z1RLNUO7B9Q6NB'",
            "masterUserSecrets": "masterUserSecrets",
            "resourceId": "DBInstance.DbiResourceId",
            "status": "'available'",
        },
        ignored=_ignored(
            "allowMajorVersionUpgrade",
            "applyImmediately",
            "blueGreenUpdate",
            "deleteAutomatedBackups",
            "finalSnapshotIdentifier",
            "passwordWoVersion",
            "skipFinalSnapshot",
            "timeouts",
            "upgradeStorageConfig",
            "warningEventCategories",
        ),
    ),
    "aws:rds/cluster:Cluster": Spec(
        create=_create_cluster,
        then=(_associate_roles,),
        id="{input.clusterIdentifier}",
        autoname="clusterIdentifier",
        lowercase_name=True,
        reshape=_flattened,
        outputs={
            "arn": "arn:{partition}:rds:{region}:{account}:cluster:{input.clusterIdentifier}",
            "clusterResourceId": "DBCluster.DbClusterResourceId",
            "endpoint": "DBCluster.Endpoint",
            "readerEndpoint": "DBCluster.ReaderEndpoint",
            "engineVersionActual": "DBCluster.EngineVersion",
            "hostedZoneId": "DBCluster.HostedZoneId",
            "masterUserSecrets": "masterUserSecrets",
            "port": "DBCluster.Port",
        },
        ignored={
            **_ignored(
                "allowMajorVersionUpgrade",
                "applyImmediately",
                "deleteAutomatedBackups",
                "finalSnapshotIdentifier",
                "masterPasswordWoVersion",
                "skipFinalSnapshot",
                "timeouts",
                "warningEventCategories",
            ),
            "clusterMembers": "an output that the SDK also takes",
            "dbInstanceParameterGroupName": "what the provider gives the instances at a major upgrade",
        },
    ),
    "aws:rds/clusterInstance:ClusterInstance": Spec(
        create=Call("rds.CreateDBInstance", rename={**INSTANCE_NAMES, "clusterIdentifier": "DBClusterIdentifier"}),
        id="{input.identifier}",
        autoname="identifier",
        lowercase_name=True,
        outputs={
            "arn": "arn:{partition}:rds:{region}:{account}:db:{input.identifier}",
            "dbiResourceId": "DBInstance.DbiResourceId",
            "endpoint": "DBInstance.Endpoint.Address",
            "port": "DBInstance.Endpoint.Port",
            "engineVersionActual": "DBInstance.EngineVersion",
        },
        ignored=_ignored("applyImmediately", "forceDestroy", "timeouts", "warningEventCategories"),
    ),
}
