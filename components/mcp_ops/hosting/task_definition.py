"""The hardened container of a server.

`/tmp` is a memory file system that belongs to the container's user. An empty Fargate volume would belong to root, so
that user 1000 could not write to it (aws/containers-roadmap issues 863 and 938); memory file systems exist on Fargate
since January 2026.
"""

from collections.abc import Mapping

import pulumi

from mcp_ops.errors import InputError, Offence
from mcp_ops.hosting import fargate
from mcp_ops.hosting.mcp_server_plan import McpServerPlan, image_by_digest
from mcp_ops.hosting.volumes import mount_points

USER_ID = 1000
PORT_NAME = "mcp"
"""Name of the port mapping, by which Service Connect finds it."""

LOG_BUFFER = "25m"
"""Log lines that wait in memory when CloudWatch is slow; then lines are lost instead of the server standing still."""


def log_configuration(group: pulumi.Input[str], region: str, prefix: str) -> dict[str, object]:
    """Returns the part of a container definition that sends standard output to a log group."""
    options = {
        "awslogs-group": group,
        "awslogs-region": region,
        "awslogs-stream-prefix": prefix,
        "mode": "non-blocking",
        "max-buffer-size": LOG_BUFFER,
    }
    return {"logDriver": "awslogs", "options": options}


def checked_image(name: str, image: pulumi.Input[str], *, require_digest: bool) -> pulumi.Output[str]:
    """Returns the image. Where it is known only while resources register, a missing digest is refused then."""

    def check(value: str) -> str:
        if require_digest and not image_by_digest(value):
            raise InputError(Offence(f"{name}.image", value, "names no digest"))
        return value

    return pulumi.Output.from_input(image).apply(check)


def container_definitions(
    name: str,
    plan: McpServerPlan,
    image: pulumi.Input[str],
    variables: Mapping[str, pulumi.Input[str]],
    secrets: Mapping[str, pulumi.Input[str]],
    log_group: pulumi.Input[str],
) -> pulumi.Output[str]:
    """Returns the container definitions as JSON, sorted: the same inputs give the same revision."""
    environment = {**variables, **plan.contract}
    tmp = {
        "containerPath": "/tmp",  # noqa: S108 - a path inside the container
        "size": plan.size.tmp_mib,
        "mountOptions": ["nosuid", "nodev", "noexec", f"uid={USER_ID}", f"gid={USER_ID}"],
    }
    container = {
        "name": name,
        "image": checked_image(name, image, require_digest=plan.require_digest),
        "essential": True,
        "user": f"{USER_ID}:{USER_ID}",
        "readonlyRootFilesystem": True,
        "linuxParameters": {"initProcessEnabled": True, "capabilities": {"drop": ["ALL"]}, "tmpfs": [tmp]},
        "stopTimeout": fargate.STOP_TIMEOUT_SECONDS,
        "portMappings": [{"name": PORT_NAME, "containerPort": plan.port, "protocol": "tcp", "appProtocol": "http"}],
        "environment": [{"name": key, "value": environment[key]} for key in sorted(environment)],
        "mountPoints": mount_points(plan.volumes),
        "secrets": [{"name": key, "valueFrom": secrets[key]} for key in sorted(secrets)],
        "logConfiguration": log_configuration(log_group, plan.region, name),
    }
    return pulumi.Output.json_dumps([container])
