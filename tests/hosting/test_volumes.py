"""Files that outlive tasks: what a volume registers, and which volumes are refused."""

import json
from typing import Any

import pulumi
import pytest

from mcp_ops import InputError, McpServer
from mcp_ops.hosting.mcp_server_plan import plan_mcp_server
from tests.hosting.programs import server
from tests.support.recording import ACCOUNT_ID, REGION, Recording, record

SYSTEM = f"arn:aws:elasticfilesystem:{REGION}:{ACCOUNT_ID}:file-system/fs-1"


def volume(**changes: Any) -> Any:
    return {
        "file_system_id": "fs-1",
        "access_point_id": "fsap-1",
        "security_group_id": "sg-files",
        "path": "/data",
        **changes,
    }


def built(**volumes: Any) -> Recording:
    return record(lambda: McpServer("weather", server(volumes=volumes)))


def refusals(volumes: object) -> list[str]:
    with pytest.raises(InputError) as caught:
        plan_mcp_server("weather", server(volumes=volumes))
    return str(caught.value).splitlines()


def test_a_volume_is_mounted_with_tls_and_the_tasks_role() -> None:
    task = built(notes=volume()).one("TaskDefinition").inputs
    assert task["volumes"] == [
        {
            "name": "notes",
            "efsVolumeConfiguration": {
                "fileSystemId": "fs-1",
                "transitEncryption": "ENABLED",
                "authorizationConfig": {"accessPointId": "fsap-1", "iam": "ENABLED"},
            },
        }
    ]
    (container,) = json.loads(task["containerDefinitions"])
    assert container["mountPoints"] == [{"sourceVolume": "notes", "containerPath": "/data", "readOnly": False}]


def test_the_server_reaches_its_files_through_its_access_point_only() -> None:
    run = built(notes=volume(), maps=volume(path="/maps", read_only=True, access_point_id="fsap-2"))
    policy = json.loads(run.one("RolePolicy", "weather-volumes-policy").inputs["policy"])
    found = {statement["Sid"]: statement for statement in policy["Statement"]}
    assert found["MountNotes"]["Action"] == ["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"]
    assert found["MountMaps"]["Action"] == ["elasticfilesystem:ClientMount"]
    assert found["MountNotes"]["Resource"] == SYSTEM
    assert found["MountNotes"]["Condition"] == {
        "StringEquals": {
            "elasticfilesystem:AccessPointArn": f"arn:aws:elasticfilesystem:{REGION}:{ACCOUNT_ID}:access-point/fsap-1"
        }
    }
    assert run.one("RolePolicy", "weather-volumes-policy").inputs["role"] == "weather-task-1234567"


def test_tasks_and_mount_targets_let_nfs_pass_between_them() -> None:
    def program() -> None:
        files = pulumi.Output.from_input("sg-files")
        McpServer("weather", server(volumes={"notes": volume(security_group_id=files)}))

    run = record(program)
    out = run.one("SecurityGroupEgressRule", "weather-to-files-notes").inputs
    into = run.one("SecurityGroupIngressRule", "weather-mounts-notes").inputs
    assert (out["securityGroupId"], out["referencedSecurityGroupId"], out["fromPort"]) == (
        "weather-tasks-id",
        "sg-files",
        2049,
    )
    assert (into["securityGroupId"], into["referencedSecurityGroupId"], into["toPort"]) == (
        "sg-files",
        "weather-tasks-id",
        2049,
    )
    needed = {"weather-to-files-notes", "weather-mounts-notes", "weather-volumes-policy"}
    assert needed <= run.one("ecs/service:Service").dependencies


def test_without_volumes_nothing_is_mounted() -> None:
    run = record(lambda: McpServer("weather", server()))
    assert "volumes" not in run.one("TaskDefinition").inputs
    assert run.names("RolePolicy") == {"weather-execution-policy"}


def test_a_preview_works_while_nothing_is_known() -> None:
    def program() -> None:
        McpServer("weather", server(volumes={"notes": volume(file_system_id=pulumi.Output.from_input("fs-1"))}))

    assert record(program, preview=True).one("TaskDefinition")


def test_every_offence_is_listed_at_once() -> None:
    assert refusals({"Notes": volume(path="data"), "a": volume(path="/tmp/x"), "b": 5}) == [  # noqa: S108
        "weather.volumes: Notes is not the name of a volume; use lower case, digits and hyphens, at most 32",
        "weather.volumes.Notes.path: data is not a path in the container; write it like /data, without trailing slash",
        "weather.volumes.a.path: /tmp/x is taken; keep clear of /dev, /etc, /proc, /sys, /tmp",
        "weather.volumes.b: 5 is not a group of inputs",
    ]


def test_two_volumes_have_two_paths() -> None:
    assert refusals({"a": volume(), "b": volume()}) == ["weather.volumes.b.path: /data is also the path of volume a"]


def test_what_a_volume_needs_is_required() -> None:
    assert refusals({"a": {"path": "/data"}}) == [
        f"weather.volumes.a.{key}: None is missing; it is required"
        for key in ("access_point_id", "file_system_id", "security_group_id")
    ]
