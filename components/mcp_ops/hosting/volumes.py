"""Files that outlive tasks: access points of EFS, mounted with TLS and the task role.

Not managed here: the file system, its mount targets and access points. An access point decides which user its files
belong to: it has to be 1000:1000, the container's.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NotRequired, TypedDict

import pulumi
import pulumi_aws as aws

from mcp_ops.arns import arn
from mcp_ops.inputs import Inputs
from mcp_ops.policies import Statement, allow

NFS = 2049

_NAME = re.compile(r"[a-z]([a-z0-9-]{0,30}[a-z0-9])?")
_PATH = re.compile(r"(?=.{2,256}$)(/[A-Za-z0-9._-]+)+")
_PATH_RULE = "is not a path in the container; write it like /data, without trailing slash"
_TAKEN = ("/dev", "/etc", "/proc", "/sys", "/tmp")  # noqa: S108 - paths inside the container


class VolumeArgs(TypedDict):
    """An access point of EFS that is mounted into the container."""

    file_system_id: pulumi.Input[str]
    """The file system. EFS takes about 0.30 USD a GB and month (us-east-1)."""
    access_point_id: pulumi.Input[str]
    """The access point, whose POSIX user is 1000:1000."""
    security_group_id: pulumi.Input[str]
    """Security group of the file system's mount targets: both sides get a rule for NFS."""
    path: str
    """Where the container sees the files, such as `/data`."""
    read_only: NotRequired[bool]
    """Whether the server may read only. Default false."""


@dataclass(frozen=True)
class VolumePlan:
    """One mounted volume."""

    path: str
    read_only: bool


def plan_volumes(inputs: Inputs) -> dict[str, VolumePlan]:
    """Reads the volumes by name, or notes what is wrong with them."""
    volumes: dict[str, VolumePlan] = {}
    below = inputs.offences.below("volumes")
    for name, value in sorted(inputs.mapping("volumes").items()):
        rule = "is not the name of a volume; use lower case, digits and hyphens, at most 32"
        inputs.offences.check(_NAME.fullmatch(name), "volumes", name, rule)
        if not isinstance(value, Mapping):
            below.add(name, value, "is not a group of inputs")
            continue
        volume = Inputs("", value, VolumeArgs, below.below(name))
        path = volume.text("path", _PATH, _PATH_RULE)
        taken = any(path == root or path.startswith(f"{root}/") for root in _TAKEN)
        volume.offences.check(not taken, "path", path, f"is taken; keep clear of {', '.join(_TAKEN)}")
        for other, known in volumes.items():
            volume.offences.check(path != known.path, "path", path, f"is also the path of volume {other}")
        volumes[name] = VolumePlan(path, volume.flag("read_only", default=False))
    return volumes


def task_volumes(volumes: Mapping[str, VolumeArgs]) -> list[aws.ecs.TaskDefinitionVolumeArgs]:
    """Returns the volumes of a task definition."""
    return [
        aws.ecs.TaskDefinitionVolumeArgs(
            name=name,
            efs_volume_configuration=aws.ecs.TaskDefinitionVolumeEfsVolumeConfigurationArgs(
                file_system_id=volumes[name]["file_system_id"],
                transit_encryption="ENABLED",
                authorization_config=aws.ecs.TaskDefinitionVolumeEfsVolumeConfigurationAuthorizationConfigArgs(
                    access_point_id=volumes[name]["access_point_id"], iam="ENABLED"
                ),
            ),
        )
        for name in sorted(volumes)
    ]


def mount_points(plans: Mapping[str, VolumePlan]) -> list[dict[str, Any]]:
    """Returns the mount points of a container definition."""
    return [
        {"sourceVolume": name, "containerPath": plan.path, "readOnly": plan.read_only} for name, plan in plans.items()
    ]


def volume_statements(
    volumes: Mapping[str, VolumeArgs], plans: Mapping[str, VolumePlan], region: str, account_id: str
) -> Iterator[Statement]:
    """Yields what the task role needs: each file system through its access point only."""
    for name, plan in plans.items():
        volume = volumes[name]
        system = pulumi.Output.from_input(volume["file_system_id"]).apply(
            lambda known: arn("elasticfilesystem", region, account_id, f"file-system/{known}")
        )
        point = pulumi.Output.from_input(volume["access_point_id"]).apply(
            lambda known: arn("elasticfilesystem", region, account_id, f"access-point/{known}")
        )
        writing = [] if plan.read_only else ["elasticfilesystem:ClientWrite"]
        sid = "Mount" + "".join(part.capitalize() for part in name.split("-"))
        through = {"StringEquals": {"elasticfilesystem:AccessPointArn": point}}
        yield allow(sid, ["elasticfilesystem:ClientMount", *writing], system, through)
