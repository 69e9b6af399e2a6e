"""What the settings of the store of secrets register, and which are refused."""

import copy
import json
from typing import Any

import pytest

from mcp_ops import InputError
from tests.infra.documents import GONE, errors
from tests.infra.stacks import registered

STORE = {"secrets": {"session-key": {"kind": "generated"}, "partner": {"kind": "external"}}}
USED = [("secretStore", STORE), ("servers.weather.secrets", {"SESSION_KEY": "session-key:part"})]


def test_without_settings_there_is_no_store() -> None:
    assert registered().all("SecretStore") == []


def test_a_server_is_given_a_secret_of_the_store_by_name() -> None:
    run = registered(*USED)
    containers = json.loads(run.one("ecs/taskDefinition:TaskDefinition", "weather-task").inputs["containerDefinitions"])
    (secret,) = containers[0]["secrets"]
    assert secret["name"] == "SESSION_KEY"
    assert ":secret:" in secret["valueFrom"] or "session-key" in secret["valueFrom"]
    assert secret["valueFrom"].endswith(":part::")
    role = json.loads(run.one("iam/rolePolicy:RolePolicy", "weather-execution-policy").inputs["policy"])
    allowed = {statement["Sid"]: statement for statement in role["Statement"]}
    assert "mcp-dev-session-key" in json.dumps(allowed["ReadSecrets"])
    assert "mcp-dev-secrets" in json.dumps(allowed["DecryptSecrets"])


def test_only_users_and_the_rotation_may_read() -> None:
    run = registered(*USED)

    def readers(name: str) -> str:
        return str(run.one("secretsmanager/secretPolicy:SecretPolicy", f"mcp-dev-{name}-policy").inputs["policy"])

    assert "weather-execution" in readers("session-key")
    assert "maps-execution" not in readers("session-key")
    assert "weather-execution" not in readers("partner")
    assert "mcp-dev-rotate" in readers("partner")


def test_restarts_come_with_the_first_user() -> None:
    assert len(registered(*USED).all("RotationRestart")) == 1
    assert registered(("secretStore", STORE)).all("RotationRestart") == []


def test_a_replica_region_gets_copies_unless_told_otherwise() -> None:
    region = ("regions.replica", "eu-west-1")
    assert len(registered(*USED, region).all("kms/replicaKey:ReplicaKey")) == 1
    assert registered(*USED, region, ("secretStore.replicate", False)).all("kms/replicaKey:ReplicaKey") == []


def test_a_given_first_value_comes_from_encrypted_configuration() -> None:
    given = ("secretStore.secrets.partner.given", True)
    with pytest.raises(InputError, match="mcp-ops-secrets:partner is missing; run: pulumi config set --secret"):
        registered(*USED, given)
    with pytest.raises(InputError, match="stands in plain text") as refused:
        registered(*USED, given, config={"mcp-ops-secrets:partner": "s3cr3t"})
    assert "s3cr3t" not in str(refused.value)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        (
            [("servers.weather.secrets", {"KEY": "sesion-key"})],
            "names no secret of secretStore, and is no ARN; did you",
        ),
        ([("secretStore", GONE)], "names no secret of secretStore, and is no ARN"),
        ([("secretStore.secrets.Key", {"kind": "generated"})], "is not the name of a secret"),
        ([("secretStore.secrets.session-key.kind", "random")], "is not offered"),
        ([("secretStore.secrets.session-key.rotationDays", 400)], "is too large; at most 365"),
        ([("secretStore.secrets.session-key.schedule", "cron(5 3 1 * ? *)")], "has minute 5"),
        ([("secretStore.secrets.session-key.given", True)], "has no effect with kind generated"),
        ([("secretStore.secrets.session-key.hookUrl", "https://x.example")], "has no effect with kind generated"),
        ([("secretStore.secrets.issuer", {"kind": "api-key"})], "hookUrl"),
        ([("secretStore.secrets.issuer", {"kind": "api-key", "hookUrl": "http://x.example"})], "https://"),
        ([("secretStore.secrets.session-key.value", "s3cr3t")], "is not a setting"),
    ],
)
def test_wrong_settings_are_refused(changes: list[tuple[str, Any]], told: str) -> None:
    found = errors(*copy.deepcopy(USED), *changes)  # documents change what they are given
    assert any(told in line for line in found), found
    assert not any("s3cr3t" in line for line in found)
