"""What the program registers for given settings."""

import json
import runpy
from collections.abc import Callable
from typing import Any

import pulumi
import pytest

from program import build
from settings import Settings
from settings_load import load
from tests.infra.documents import (
    ALONE,
    DIGEST,
    GONE,
    PROJECT,
    REGISTRY,
    SECRET,
    STACKS,
    as_pulumi,
    changed,
    settings,
    stack_file,
)
from tests.infra.stacks import registered, stack
from tests.support.recording import Recorded, record

CALLS = [("servers.weather.calls", ["maps"]), ("servers.zoo", {"image": "ghcr.io/example/zoo:1"})]
SUBNETS = ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"]
KEY = "arn:aws:kms:eu-central-1:111111111111:key/12345678-1234-1234-1234-123456789012"


@pytest.fixture
def exported(monkeypatch: pytest.MonkeyPatch) -> Callable[..., dict[str, Any]]:
    """Runs the program and returns what it exports."""

    def run(*changes: tuple[str, Any], found: Settings | None = None) -> dict[str, Any]:
        outputs: dict[str, Any] = {}

        def export(name: str, value: object) -> None:
            pulumi.Output.from_input(value).apply(lambda known: outputs.__setitem__(name, known))

        monkeypatch.setattr(pulumi, "export", export)
        chosen = found or settings(*changes)
        record(lambda: build(chosen))
        return outputs

    return run


def environment_of(definition: Recorded) -> dict[str, str]:
    (container,) = json.loads(definition.inputs["containerDefinitions"])
    return {item["name"]: item["value"] for item in container["environment"]}


# --- The project's own stacks ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", STACKS)
def test_stacks_build_with_and_without_known_outputs(name: str) -> None:
    real, preview = stack(name), stack(name, preview=True)

    assert {item.urn for item in real} == {item.urn for item in preview}
    assert real.names("McpServer") == {"reference", "reference-node"}


@pytest.mark.parametrize("name", STACKS)
def test_everything_uses_the_one_provider_that_is_bound_to_the_account(name: str) -> None:
    found = stack(name)
    config = stack_file(name)
    provider = found.one("pulumi:providers:aws")

    assert provider.name == "aws"
    assert provider.inputs["region"] == "eu-central-1"
    assert json.loads(provider.inputs["allowedAccountIds"]) == [config["mcp-ops:account"]]
    assert json.loads(provider.inputs["defaultTags"]) == {
        "tags": {
            "Environment": name,
            "Owner": config["mcp-ops:owner"],
            "CostCentre": config["mcp-ops:costCentre"],
            "Repository": "example/mcp-ops",
            "ManagedBy": "mcp-ops",
        }
    }
    assert {item.provider.split("::")[-2] for item in found if item.type.startswith("aws:")} == {"aws"}


def test_prod_keeps_what_dev_lets_go() -> None:
    kept = {(item.type, item.protect, item.retain_on_delete) for item in stack("prod") if item.protect}
    let_go = [item for item in stack("dev") if item.protect or item.retain_on_delete]

    assert {kind for kind, _, _ in kept} >= {"aws:kms/key:Key", "aws:s3/bucket:Bucket", "aws:ecr/repository:Repository"}
    assert let_go == []
    assert stack("prod").one("LoadBalancer").inputs["enableDeletionProtection"] is True
    assert stack("dev").one("LoadBalancer").inputs["enableDeletionProtection"] is False


def test_main_loads_and_builds() -> None:
    program = str(PROJECT / "infra" / "__main__.py")

    found = record(lambda: runpy.run_path(program, run_name="__main__"), config=as_pulumi(stack_file("dev")))

    assert found.names("McpServer") == {"reference", "reference-node"}


# --- Network and gateway -----------------------------------------------------------------------------------------


def test_an_existing_network_is_used_and_not_changed() -> None:
    existing = {"vpcId": "vpc-0123456789abcdef0", "publicSubnetIds": SUBNETS, "privateSubnetIds": SUBNETS[::-1]}
    found = registered(("network", {"existing": existing}))

    assert found.all("Vpc") == found.all("Subnet") == found.all("NatGateway") == []
    assert found.one("LoadBalancer").inputs["subnets"] == SUBNETS
    (service, _) = found.all("ecs/service:Service")
    assert service.inputs["networkConfiguration"]["subnets"] == SUBNETS[::-1]


def test_an_internal_gateway_stands_in_the_private_subnets_and_admits_the_network() -> None:
    found = registered(ALONE, ("network.internal", True), ("network.cidrBlock", "10.7.0.0/16"), ("signIn", GONE))

    balancer = found.one("LoadBalancer").inputs
    assert balancer["internal"] is True
    assert all("private" in subnet for subnet in balancer["subnets"])
    assert {rule.inputs["cidrIpv4"] for rule in found.all("SecurityGroupIngressRule") if "cidrIpv4" in rule.inputs} == {
        "10.7.0.0/16"
    }


def test_a_given_certificate_needs_no_zone_and_then_no_record_is_made() -> None:
    certificate = "arn:aws:acm:eu-central-1:111111111111:certificate/12345678-1234-1234-1234-123456789012"
    found = registered(ALONE, ("domain.hostedZoneId", GONE), ("domain.certificateArn", certificate))

    assert found.all("acm/certificate:Certificate") == found.all("route53/record:Record") == []
    assert certificate in {listener.inputs.get("certificateArn") for listener in found.all("lb/listener:Listener")}


def test_network_settings_reach_the_network() -> None:
    found = registered(
        ALONE,
        ("network.nat", "none"),
        ("network.internal", True),
        ("signIn", {"mode": "none"}),
        ("network.interfaceEndpoints", ["ecr.api", "ecr.dkr", "logs", "secretsmanager"]),
        ("network.ingressCidrs", ["192.0.2.0/24"]),
        ("retention.logsDays", 90),
        ("retention.accessLogsDays", 400),
    )

    assert found.all("NatGateway") == []
    assert len(found.all("VpcEndpoint")) == 2 + 4
    assert {group.inputs["retentionInDays"] for group in found.all("LogGroup")} == {90}
    assert {rule.inputs["cidrIpv4"] for rule in found.all("SecurityGroupIngressRule") if "cidrIpv4" in rule.inputs} >= {
        "192.0.2.0/24"
    }
    expiry = found.one("BucketLifecycleConfiguration").inputs["rules"][0]["expiration"]
    assert expiry["days"] == 400


# --- Servers -----------------------------------------------------------------------------------------------------


def test_settings_of_a_server_reach_its_task_service_and_autoscaling() -> None:
    found = registered(
        ("servers.maps", GONE),
        (
            "servers.weather",
            {
                "image": f"ghcr.io/example/weather{DIGEST}",
                "cpu": 512,
                "memory": 1024,
                "architecture": "x86_64",
                "tasks": {"min": 3, "max": 7},
                "targetLoad": 80,
                "requestsPerTask": 20,
                "host": "meteo.dev.example.com",
                "path": "/tools",
                "ruleBlock": 2000,
                "allowedOrigins": ["https://app.example.com"],
                "environment": {"UNITS": "metric"},
                "secrets": {"API_TOKEN": SECRET},
                "secretKeys": [KEY],
            },
        ),
        ("deployment", {"healthCheckGraceSeconds": 90, "deregistrationDelaySeconds": 200, "drainSeconds": 100}),
    )

    definition = found.one("TaskDefinition")
    variables = environment_of(definition)
    (container,) = json.loads(definition.inputs["containerDefinitions"])
    assert (definition.inputs["cpu"], definition.inputs["memory"]) == ("512", "1024")
    assert definition.inputs["runtimePlatform"]["cpuArchitecture"] == "X86_64"
    assert container["image"] == f"ghcr.io/example/weather{DIGEST}"
    assert container["secrets"] == [{"name": "API_TOKEN", "valueFrom": SECRET}]
    assert variables["UNITS"] == "metric"
    assert variables["MCP_CANONICAL_URL"] == "https://meteo.dev.example.com/tools"
    assert variables["MCP_ALLOWED_ORIGINS"] == "https://meteo.dev.example.com,https://app.example.com"
    assert variables["MCP_DRAIN_SECONDS"] == "100"
    target = found.one("appautoscaling/target:Target").inputs
    assert (target["minCapacity"], target["maxCapacity"]) == (3, 7)
    assert found.one("ecs/service:Service").inputs["healthCheckGracePeriodSeconds"] == 90
    assert found.one("TargetGroup").inputs["deregistrationDelay"] == 200
    assert found.one("ListenerRule", "weather-refuse").inputs["priority"] == 2009
    policies = " ".join(str(policy.inputs["policy"]) for policy in found.all("RolePolicy"))
    assert KEY in policies
    assert SECRET in policies


def test_servers_that_share_a_host_share_its_record() -> None:
    found = registered(("servers.maps.host", "weather.dev.example.com"), ("servers.maps.path", "/maps"))

    hosts = [item for item in found.all("route53/record:Record") if item.inputs["type"] == "A"]
    assert [(item.name, item.inputs["name"]) for item in hosts] == [("maps-record", "weather.dev.example.com")]


def test_a_server_may_call_another_inside_the_network() -> None:
    found = registered(*CALLS)

    rules = found.names("SecurityGroupIngressRule") | found.names("SecurityGroupEgressRule")
    connected = {
        item.parent for item in found.all("ecs/service:Service") if item.inputs.get("serviceConnectConfiguration")
    }
    assert "maps-from-weather" in rules
    assert not {"weather-from-maps", "zoo-from-weather"} & rules
    assert connected == {"weather", "maps"}
    assert len(found.all("HttpNamespace")) == 1


def test_servers_that_call_nobody_have_no_namespace() -> None:
    assert registered().all("HttpNamespace") == []


def test_the_server_accepts_the_name_under_which_others_call_it() -> None:
    found = registered(*CALLS)

    maps = environment_of(found.one("TaskDefinition", "maps-task"))
    assert maps["MCP_ALLOWED_HOSTS"].split(",") == ["maps.dev.example.com", "maps:8000"]


# --- Images ------------------------------------------------------------------------------------------------------


def test_only_the_environments_own_repositories_are_made() -> None:
    found = registered(
        ("servers.weather.image", f"{REGISTRY}/dev/team/weather:1"),
        ("servers.maps.image", f"{REGISTRY}/shared/maps:1"),
        ("servers.twin", {"image": f"{REGISTRY}/dev/team/weather{DIGEST}"}),
    )

    assert [item.inputs["name"] for item in found.all("ecr/repository:Repository")] == ["dev/team/weather"]
    assert found.all("ReplicationConfiguration") == []


def test_images_are_copied_to_the_replica_region() -> None:
    (rule,) = (
        registered(ALONE, ("regions.replica", "eu-west-1"))
        .one("ReplicationConfiguration")
        .inputs["replicationConfiguration"]["rules"]
    )

    assert rule["destinations"] == [{"region": "eu-west-1", "registryId": "111111111111"}]
    assert rule["repositoryFilters"] == [{"filter": "dev/", "filterType": "PREFIX_MATCH"}]


def test_nothing_is_copied_without_own_repositories() -> None:
    found = registered(("regions.replica", "eu-west-1"), ("servers.weather.image", "ghcr.io/example/weather:1"))

    assert found.all("ReplicationConfiguration") == found.all("ecr/repository:Repository") == []


# --- Alerts ------------------------------------------------------------------------------------------------------


def test_addresses_hear_of_the_budget_through_encrypted_topics() -> None:
    found = registered(ALONE, ("notifications.emails", ["a@example.com", "b@example.com"]), ("budget.monthlyUsd", 250))

    assert {topic.inputs["kmsMasterKeyId"].rpartition("-")[2] for topic in found.all("sns/topic:Topic")} == {
        "notifications"
    }
    mail = [item.inputs for item in found.all("TopicSubscription") if item.inputs["protocol"] == "email"]
    assert {item["endpoint"] for item in mail} == {"a@example.com", "b@example.com"}
    budget = found.one("Budget")
    assert (budget.inputs["limitAmount"], budget.inputs["limitUnit"]) == ("250", "USD")
    assert "mcp-dev-critical-policy" in budget.dependencies


def test_without_a_budget_none_is_registered() -> None:
    assert registered().all("Budget") == []


# --- Outputs -----------------------------------------------------------------------------------------------------


def test_outputs_tell_people_and_tools_how_to_use_the_servers(exported: Callable[..., dict[str, Any]]) -> None:
    rehearsal = {
        "command": ["python", "-m", "weather"],
        "workingDirectory": "servers/weather",
        "probes": [{"tool": "forecast", "arguments": {"city": "Ulm"}, "expect": {"days": 3}}, {"tool": "now"}],
    }
    outputs = exported(("servers.weather.rehearsal", rehearsal))

    weather = outputs["servers"]["weather"]
    url = "https://weather.dev.example.com/mcp"
    assert outputs["gatewayDnsName"].endswith(".elb.amazonaws.com")
    assert list(outputs["repositories"]) == ["dev/weather"]
    assert sorted(outputs["servers"]) == ["maps", "weather"]
    assert weather["url"] == url
    assert weather["clientConfiguration"]["claude-code"]["mcpServers"]["weather"]["url"] == url
    assert list(outputs["rehearsal"]["servers"]) == ["weather"]
    (definition,) = [outputs["rehearsal"]["servers"]["weather"].pop("taskDefinition")]
    assert ":task-definition/dev-weather:1" in definition
    assert outputs["rehearsal"]["servers"]["weather"] == {
        "command": ["python", "-m", "weather"],
        "workingDirectory": "servers/weather",
        "url": url,
        "needs": [],
        "probes": [
            {"tool": "forecast", "arguments": {"city": "Ulm"}, "expect": {"days": 3}},
            {"tool": "now", "arguments": {}},
        ],
    }


def test_the_probes_of_a_rehearsal_may_hold_any_json(exported: Callable[..., dict[str, Any]]) -> None:
    probe = {"tool": "t", "arguments": {"list": [1, 2.5, None], "object": {"deep": True}}, "expect": {"none": None}}
    outputs = exported(ALONE, ("servers.weather.rehearsal", {"command": ["x"], "probes": [probe]}))

    assert outputs["rehearsal"]["servers"]["weather"]["probes"] == [probe]


def test_nothing_is_registered_when_a_setting_is_wrong() -> None:
    config = as_pulumi({f"mcp-ops:{key}": value for key, value in changed(("servers.weather.cpu", 300)).items()})
    reached: list[Settings] = []

    with pytest.raises(ValueError, match=r"Pulumi\.dev\.yaml: servers\.weather\.cpu: 300 is not a Fargate size"):
        record(lambda: reached.append(load()), config=config)

    assert reached == []
