"""Amazon EFS."""

from typing import Any

from mcp_ops.rehearsal.simulator.context import Context
from mcp_ops.rehearsal.simulator.spec import Call, Spec, Specs, step

FILE_SYSTEM_ARN = "arn:{partition}:elasticfilesystem:{region}:{account}:file-system/"


@step("protection")
def _protect(context: Context) -> None:
    wanted = (context.take("protection") or {}).get("replicationOverwrite")
    if wanted:
        parameters = {"FileSystemId": context.id or "fs-00000000", "ReplicationOverwriteProtection": wanted}
        context.call("efs.UpdateFileSystemProtection", parameters)


def _lifecycle(inputs: dict[str, Any]) -> dict[str, Any]:
    """AWS wants one transition in each policy."""
    policies = [{name: value} for policy in inputs.get("lifecyclePolicies") or () for name, value in policy.items()]
    return {**inputs, "lifecyclePolicies": policies} if policies else inputs


@step()
def _client_token(context: Context) -> None:
    context.inputs["ClientToken"] = context.subject.name[:64]
    context.run(Call("efs.CreateAccessPoint"), frozenset(), "")


@step("creationToken")
def _create_file_system(context: Context) -> None:
    context.inputs["creationToken"] = context.take("creationToken") or context.subject.name[:64]
    context.run(Call("efs.CreateFileSystem"), frozenset({"lifecyclePolicies", "protection"}), "")


SPECS: Specs = {
    "aws:efs/fileSystem:FileSystem": Spec(
        create=_create_file_system,
        then=(
            Call(
                "efs.PutLifecycleConfiguration",
                inputs=("lifecyclePolicies",),
                constant={"FileSystemId": "{id}"},
                when=("lifecyclePolicies",),
            ),
            _protect,
        ),
        id="{FileSystemId}",
        autoname="",
        reshape=_lifecycle,
        outputs={
            "arn": FILE_SYSTEM_ARN + "{id}",
            "dnsName": "{id}.efs.{region}.amazonaws.com",
            "name": "input.tags.Name",
            "ownerId": "account",
        },
    ),
    "aws:efs/mountTarget:MountTarget": Spec(
        create=Call("efs.CreateMountTarget"),
        id="{MountTargetId}",
        autoname="",
        outputs={
            "dnsName": "{input.fileSystemId}.efs.{region}.amazonaws.com",
            "fileSystemArn": FILE_SYSTEM_ARN + "{input.fileSystemId}",
            "mountTargetDnsName": "{AvailabilityZoneName}.{input.fileSystemId}.efs.{region}.amazonaws.com",
            "ownerId": "account",
        },
        ignored={"timeouts": "how long the provider waits"},
    ),
    "aws:efs/accessPoint:AccessPoint": Spec(
        create=_client_token,
        id="{AccessPointId}",
        autoname="",
        outputs={
            "arn": "AccessPointArn",
            "fileSystemArn": FILE_SYSTEM_ARN + "{input.fileSystemId}",
            "ownerId": "account",
        },
    ),
    "aws:efs/fileSystemPolicy:FileSystemPolicy": Spec(
        create=Call("efs.PutFileSystemPolicy"), id="{input.fileSystemId}", autoname=""
    ),
    "aws:efs/backupPolicy:BackupPolicy": Spec(
        create=Call("efs.PutBackupPolicy"), id="{input.fileSystemId}", autoname=""
    ),
}
