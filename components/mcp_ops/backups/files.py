"""A store that is an EFS file system."""

import pulumi
import pulumi_aws as aws

from mcp_ops.backups.registered_store import RegisteredStore, stateful, tags_of
from mcp_ops.backups.state_store_args import StateStoreArgs
from mcp_ops.backups.state_store_plan import FilesPlan, StateStorePlan
from mcp_ops.policies import document
from mcp_ops.tags import merge_tags

USER = 1000
"""User and group of the servers' containers (docs/server-contract.md)."""


def register_files(
    name: str, args: StateStoreArgs, plan: StateStorePlan, shape: FilesPlan, child: pulumi.ResourceOptions
) -> RegisteredStore:
    """Registers the file system, a mount target a zone, and an access point a server."""
    files, tags = args["files"], merge_tags({}, args.get("tags"))
    system = aws.efs.FileSystem(
        name,
        encrypted=True,
        kms_key_id=args["key_arn"],
        throughput_mode="elastic",
        tags=tags_of(args, plan),
        opts=stateful(plan, child),
    )
    group = aws.ec2.SecurityGroup(
        f"{name}-mount", description=f"Mount targets of {name}", vpc_id=files["vpc_id"], tags=tags, opts=child
    )
    for zone, subnet in sorted(files["subnet_ids"].items()):
        aws.efs.MountTarget(
            f"{name}-mount-{zone}", file_system_id=system.id, subnet_id=subnet, security_groups=[group.id], opts=child
        )
    aws.efs.FileSystemPolicy(f"{name}-policy", file_system_id=system.id, policy=_policy(system), opts=child)
    points = {server: _access_point(name, server, system, tags, child) for server in sorted(shape.servers)}
    return RegisteredStore(
        arn=system.arn,
        physical_name=system.id,
        address=system.id,
        # McpServer's `volumes` bring the permission to mount.
        statements=(),
        expectations={"access_points": len(points)},
        security_group_id=group.id,
        access_point_ids={server: point.id for server, point in points.items()},
    )


def _access_point(
    name: str,
    server: str,
    system: aws.efs.FileSystem,
    tags: dict[str, pulumi.Input[str]],
    child: pulumi.ResourceOptions,
) -> aws.efs.AccessPoint:
    return aws.efs.AccessPoint(
        f"{name}-{server}",
        file_system_id=system.id,
        posix_user=aws.efs.AccessPointPosixUserArgs(uid=USER, gid=USER),
        root_directory=aws.efs.AccessPointRootDirectoryArgs(
            path=f"/{server}",
            creation_info=aws.efs.AccessPointRootDirectoryCreationInfoArgs(
                owner_uid=USER, owner_gid=USER, permissions="0750"
            ),
        ),
        tags=tags,
        opts=child,
    )


def _policy(system: aws.efs.FileSystem) -> pulumi.Output[str]:
    """No client without TLS, and none past an access point; with a policy, only IAM lets clients in."""
    client = ["elasticfilesystem:ClientMount", "elasticfilesystem:ClientRootAccess", "elasticfilesystem:ClientWrite"]
    refuse = {"Effect": "Deny", "Principal": {"AWS": "*"}, "Action": client, "Resource": system.arn}
    return document(
        {**refuse, "Sid": "TlsOnly", "Condition": {"Bool": {"aws:SecureTransport": "false"}}},
        {**refuse, "Sid": "AccessPointsOnly", "Condition": {"Null": {"elasticfilesystem:AccessPointArn": "true"}}},
    )
