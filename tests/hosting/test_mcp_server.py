"""What an MCP server registers."""

import functools
import json
from typing import Any

import pulumi
import pytest

from mcp_ops import InputError, McpServer
from tests.hosting.programs import DIGEST, SECRET, server
from tests.support.recording import ACCOUNT_ID, Recording, record, unknown

URL = "https://weather.dev.example.com/mcp"


@functools.cache
def default() -> Recording:
    return record(lambda: McpServer("weather", server()))


def built(**changes: object) -> Recording:
    return record(lambda: McpServer("weather", server(**changes))) if changes else default()


def container(run: Recording) -> dict[str, Any]:
    definitions: list[dict[str, Any]] = json.loads(run.one("TaskDefinition").inputs["containerDefinitions"])
    assert len(definitions) == 1
    return definitions[0]


def environment(run: Recording) -> dict[str, str]:
    return {item["name"]: item["value"] for item in container(run)["environment"]}


def statements(run: Recording, name: str = "weather-execution-policy") -> dict[str, dict[str, Any]]:
    policy = json.loads(run.one("RolePolicy", name).inputs["policy"])
    return {statement["Sid"]: statement for statement in policy["Statement"]}


def test_the_container_is_hardened() -> None:
    found = container(built())
    assert found["user"] == "1000:1000"
    assert found["readonlyRootFilesystem"] is True
    assert found["linuxParameters"]["initProcessEnabled"] is True
    assert found["linuxParameters"]["capabilities"] == {"drop": ["ALL"]}
    assert found["stopTimeout"] == 120
    assert "privileged" not in found


def test_tmp_is_writable_for_the_containers_user() -> None:
    (tmp,) = container(built(tmp_mib=128))["linuxParameters"]["tmpfs"]
    assert (tmp["containerPath"], tmp["size"]) == ("/tmp", 128)  # noqa: S108 - a path inside the container
    assert {"uid=1000", "gid=1000", "noexec", "nosuid", "nodev"} <= set(tmp["mountOptions"])


def test_the_task_runs_on_arm64_in_the_smallest_size_by_default() -> None:
    task = built().one("TaskDefinition").inputs
    assert (task["cpu"], task["memory"], task["networkMode"]) == ("256", "512", "awsvpc")
    assert task["runtimePlatform"] == {"cpuArchitecture": "ARM64", "operatingSystemFamily": "LINUX"}
    assert task["requiresCompatibilities"] == ["FARGATE"]
    assert task["family"] == "dev-weather"


def test_the_server_is_told_what_the_contract_promises() -> None:
    assert environment(built()) == {
        "MCP_ALLOWED_HOSTS": "weather.dev.example.com",
        "MCP_ALLOWED_ORIGINS": "https://weather.dev.example.com",
        "MCP_CANONICAL_URL": URL,
        "MCP_DRAIN_SECONDS": "110",
        "MCP_ENVIRONMENT": "dev",
        "MCP_HOST": "0.0.0.0",  # noqa: S104 - inside the container
        "MCP_KEEPALIVE_SECONDS": "305",
        "MCP_LOG_LEVEL": "info",
        "MCP_MAX_BODY_BYTES": "1048576",
        "MCP_PORT": "8000",
        "MCP_SERVER_NAME": "weather",
    }


def test_settings_of_the_contract_reach_the_container() -> None:
    found = environment(
        built(
            port=9000,
            allowed_origins=["https://app.example.com", "http://localhost:3000"],
            drain_seconds=30,
            keepalive_seconds=605,
            log_level="debug",
            max_body_bytes=2048,
            path="/weather/mcp",
        )
    )
    assert found["MCP_PORT"] == "9000"
    assert found["MCP_ALLOWED_ORIGINS"] == "https://app.example.com,http://localhost:3000"
    assert found["MCP_DRAIN_SECONDS"] == "30"
    assert found["MCP_KEEPALIVE_SECONDS"] == "605"
    assert found["MCP_LOG_LEVEL"] == "debug"
    assert found["MCP_MAX_BODY_BYTES"] == "2048"
    assert found["MCP_CANONICAL_URL"] == "https://weather.dev.example.com/weather/mcp"


def test_variables_may_be_outputs_and_are_sorted() -> None:
    def program() -> None:
        McpServer("weather", server(variables={"ZONE": pulumi.Output.from_input("north"), "AREA": "sea"}))

    run = record(program)
    names = [item["name"] for item in container(run)["environment"]]
    assert names == sorted(names)
    assert environment(run)["ZONE"] == "north"


def test_the_canonical_url_is_one_and_the_same_everywhere() -> None:
    run = built()
    outputs = run.one("McpServer").outputs
    assert outputs["url"] == URL == environment(run)["MCP_CANONICAL_URL"]
    clients = json.loads(outputs["client_configuration"])
    assert set(clients) == {"claude-code", "claude-desktop", "cursor", "vscode"}
    assert all(URL in json.dumps(client) for client in clients.values())
    assert clients["vscode"]["servers"]["weather"] == {"type": "http", "url": URL}


def test_outputs_are_the_documented_ones() -> None:
    outputs = built().one("McpServer").outputs
    assert set(outputs) == set(McpServer.__annotations__) - {"alternate_target_group_arn_suffix"}
    assert outputs["log_group_name"] == "/mcp-ops/dev/weather"
    assert outputs["target_group_arn_suffix"] == "targetgroup/weather-tg/1"
    assert outputs["security_group_id"] == "weather-tasks-id"


def test_the_execution_role_reaches_its_own_logs_images_and_secrets_only() -> None:
    def program() -> None:
        secrets = {"TOKEN": f"{SECRET}:key::", "OTHER": pulumi.Output.from_input(SECRET)}
        McpServer("weather", server(secrets=secrets, secret_key_arns=["arn:aws:kms:key"]))

    run = record(program)
    found = statements(run)
    assert all(
        "log-group:/mcp-ops/dev/weather" in item or "/mcp-ops/dev/weather" in item
        for item in found["WriteLogs"]["Resource"]
    )
    assert found["ReadSecrets"]["Resource"] == [SECRET, SECRET]
    assert found["ReadSecrets"]["Action"] == ["secretsmanager:GetSecretValue"]
    assert found["DecryptSecrets"]["Resource"] == ["arn:aws:kms:key"]
    assert found["DecryptSecrets"]["Condition"] == {
        "StringEquals": {"kms:ViaService": "secretsmanager.eu-west-1.amazonaws.com"}
    }
    assert found["PullImage"]["Resource"] == f"arn:aws:ecr:eu-west-1:{ACCOUNT_ID}:repository/*"
    assert [sid for sid, statement in found.items() if statement["Resource"] == "*"] == ["SignInToRegistry"]
    assert not any("*" in action for statement in found.values() for action in statement["Action"])


def test_without_secrets_the_role_reads_none() -> None:
    assert not {"ReadSecrets", "DecryptSecrets"} & set(statements(built()))


def test_a_repository_narrows_what_can_be_pulled() -> None:
    assert statements(built(repository_arn="arn:repository"))["PullImage"]["Resource"] == "arn:repository"


def test_secrets_are_injected_by_reference() -> None:
    assert container(built(secrets={"TOKEN": f"{SECRET}:key::"}))["secrets"] == [
        {"name": "TOKEN", "valueFrom": f"{SECRET}:key::"}
    ]


def test_both_roles_trust_ecs_on_behalf_of_this_account_only() -> None:
    run = built(permissions_boundary_arn="arn:boundary")
    assert run.names("Role") == {"weather-execution", "weather-task"}
    for role in run.all("Role"):
        (trust,) = json.loads(role.inputs["assumeRolePolicy"])["Statement"]
        assert trust["Principal"] == {"Service": "ecs-tasks.amazonaws.com"}
        assert trust["Condition"] == {
            "StringEquals": {"aws:SourceAccount": ACCOUNT_ID},
            "ArnLike": {"aws:SourceArn": f"arn:aws:ecs:eu-west-1:{ACCOUNT_ID}:*"},
        }
        assert role.inputs["permissionsBoundary"] == "arn:boundary"


def test_the_roles_stand_below_the_path_that_is_given_and_below_none_otherwise() -> None:
    assert {role.inputs["path"] for role in built(role_path="/mcp-dev/").all("Role")} == {"/mcp-dev/"}
    assert not any("path" in role.inputs for role in built().all("Role"))


def test_the_server_itself_may_do_nothing_unless_told() -> None:
    assert built().names("RolePolicy") == {"weather-execution-policy"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": []})
    run = built(task_policy=policy)
    assert run.one("RolePolicy", "weather-task-policy").inputs["policy"] == policy
    assert "weather-task-policy" in run.one("ecs/service:Service").dependencies


def test_logs_are_encrypted_kept_and_do_not_block_the_server() -> None:
    run = built(log_key_arn="arn:key", log_retention_days=90)
    group = run.one("LogGroup").inputs
    assert (group["name"], group["kmsKeyId"], group["retentionInDays"]) == ("/mcp-ops/dev/weather", "arn:key", 90)
    options = container(run)["logConfiguration"]["options"]
    assert options["awslogs-group"] == "/mcp-ops/dev/weather"
    assert options["mode"] == "non-blocking"
    assert "max-buffer-size" in options


def test_only_the_servers_own_path_is_forwarded() -> None:
    rule = built().one("ListenerRule").inputs
    assert rule["conditions"] == [
        {"hostHeader": {"values": ["weather.dev.example.com"]}},
        {"pathPattern": {"values": ["/mcp"]}},
    ]
    assert rule["actions"][0]["type"] == "forward"
    assert rule["priority"] % 10 == 9


def test_priorities_stay_when_servers_come_and_go() -> None:
    def priorities(*names: str) -> dict[str, float]:
        def program() -> None:
            for name in names:
                McpServer(name, server(host=f"{name}.dev.example.com"))

        return {rule.name: rule.inputs["priority"] for rule in record(program).all("ListenerRule")}

    before = priorities("weather", "news", "sums")
    after = priorities("first", "weather", "sums")
    assert after["weather-forward"] == before["weather-forward"]
    assert after["sums-forward"] == before["sums-forward"]


def test_a_given_rule_block_decides_the_priority() -> None:
    assert built(rule_block=2000).one("ListenerRule").inputs["priority"] == 2009


def test_the_health_check_asks_the_contracts_path() -> None:
    group = built().one("TargetGroup").inputs
    check = group["healthCheck"]
    assert (check["path"], check["matcher"], check["interval"], check["timeout"]) == ("/health", "200", 10, 5)
    assert (check["healthyThreshold"], check["unhealthyThreshold"]) == (2, 3)
    assert (group["targetType"], group["port"], group["deregistrationDelay"]) == ("ip", 8000, 120)
    assert group["stickiness"]["enabled"] is False


def test_legacy_sessions_are_sticky_and_warned_about(caplog: pytest.LogCaptureFixture) -> None:
    run = built(legacy_sessions=True)
    assert run.one("TargetGroup").inputs["stickiness"] == {
        "type": "lb_cookie",
        "enabled": True,
        "cookieDuration": 86400,
    }
    assert "a session is lost when its task is replaced" in caplog.text


def test_the_service_replaces_tasks_without_losing_capacity() -> None:
    service = built().one("ecs/service:Service")
    inputs = service.inputs
    assert (inputs["deploymentMinimumHealthyPercent"], inputs["deploymentMaximumPercent"]) == (100, 200)
    assert inputs["deploymentCircuitBreaker"] == {"enable": True, "rollback": True}
    assert inputs["availabilityZoneRebalancing"] == "ENABLED"
    assert inputs["waitForSteadyState"] is True
    assert inputs["enableExecuteCommand"] is False
    assert inputs["networkConfiguration"]["assignPublicIp"] is False
    assert (inputs["propagateTags"], inputs["enableEcsManagedTags"]) == ("SERVICE", True)
    assert service.ignore_changes == ["desiredCount"]
    assert "deploymentConfiguration" not in inputs
    assert "serviceConnectConfiguration" not in inputs


def test_the_service_waits_for_its_route_and_its_permissions() -> None:
    needed = {"weather-forward", "weather-execution-policy", "weather-from-gateway", "weather-release-errors"}
    assert needed <= built().one("ecs/service:Service").dependencies


def test_alarms_roll_a_deployment_back() -> None:
    alarms = built(rollback_alarm_names=["weather-5xx"]).one("ecs/service:Service").inputs["alarms"]
    own = [f"dev-weather-release-{what}" for what in ("errors", "hosts", "latency")]
    assert alarms == {"alarmNames": [*own, "weather-5xx"], "enable": True, "rollback": True}
    assert "alarms" not in built(release={"alarms": False}).one("ecs/service:Service").inputs


def test_other_servers_find_this_one_by_name() -> None:
    run = built(namespace_arn="arn:namespace")
    connect = run.one("ecs/service:Service").inputs["serviceConnectConfiguration"]
    assert environment(run)["MCP_ALLOWED_HOSTS"].split(",") == ["weather.dev.example.com", "weather:8000"]
    (found,) = connect["services"]
    assert (connect["enabled"], connect["namespace"]) == (True, "arn:namespace")
    assert found["clientAlias"] == [{"dnsName": "weather", "port": 8000}]
    assert found["timeout"]["perRequestTimeoutSeconds"] == 0


def test_traffic_flows_from_the_gateway_and_the_callers_only() -> None:
    run = built(callers={"news": "sg-news"}, port=9000)
    ingress = {rule.name: rule.inputs for rule in run.all("SecurityGroupIngressRule")}
    assert {name: rule["referencedSecurityGroupId"] for name, rule in ingress.items()} == {
        "weather-from-gateway": "sg-gateway",
        "weather-from-news": "sg-news",
    }
    assert all((rule["fromPort"], rule["toPort"]) == (9000, 9000) for rule in ingress.values())
    assert not any("cidrIpv4" in rule for rule in ingress.values())
    egress = run.one("SecurityGroupEgressRule", "weather-reached-by-news").inputs
    assert (egress["securityGroupId"], egress["referencedSecurityGroupId"]) == ("sg-news", "weather-tasks-id")
    assert run.names("SecurityGroupEgressRule") == {"weather-reached-by-news", "weather-to-https"}
    network = run.one("ecs/service:Service").inputs["networkConfiguration"]
    assert network["securityGroups"] == ["weather-tasks-id", "sg-targets"]
    out = run.one("SecurityGroupEgressRule", "weather-to-https").inputs
    assert (out["fromPort"], out["toPort"], out["cidrIpv4"]) == (443, 443, "0.0.0.0/0")
    assert not {"ingress", "egress"} & set(run.one("SecurityGroup").inputs)


def test_autoscaling_follows_cpu_memory_and_requests() -> None:
    run = built(min_tasks=3, max_tasks=6, requests_per_task=60)
    target = run.one("Target").inputs
    assert (target["minCapacity"], target["maxCapacity"]) == (3, 6)
    assert target["resourceId"] == "service/dev/weather-service-1234567"
    found = {
        item.name: item.inputs["targetTrackingScalingPolicyConfiguration"]
        for item in run.all("appautoscaling/policy:Policy")
    }
    assert {name: policy["targetValue"] for name, policy in found.items()} == {
        "weather-scaling-cpu": 60,
        "weather-scaling-memory": 70,
        "weather-scaling-requests": 3000,
    }
    label = found["weather-scaling-requests"]["predefinedMetricSpecification"]["resourceLabel"]
    assert label == "app/dev/1/targetgroup/weather-tg/1"
    assert run.one("ecs/service:Service").inputs["desiredCount"] == 3


def test_the_host_gets_an_alias_record() -> None:
    found = built().one("Record").inputs
    assert (found["name"], found["type"], found["zoneId"]) == ("weather.dev.example.com", "A", "Z1")
    assert found["aliases"] == [{"name": "dev.elb.amazonaws.com", "zoneId": "Z2", "evaluateTargetHealth": True}]


@pytest.mark.parametrize("changes", [{"create_record": False}, {"hosted_zone_id": None}])
def test_no_record_without_a_zone_or_against_the_setting(changes: dict[str, object]) -> None:
    assert not built(**changes).all("Record")


def test_every_child_belongs_to_the_component() -> None:
    assert {item.parent for item in built(callers={"news": "sg-news"}) if item.custom} == {"weather"}


def test_the_users_tags_win() -> None:
    tags = built(tags={"team": "x", "mcp-server": "mine"}).one("ecs/service:Service").inputs["tags"]
    assert tags == {"mcp-server": "mine", "team": "x"}


def test_an_image_known_only_later_is_still_held_to_its_digest() -> None:
    image = f"registry.example.com/weather@{DIGEST}"
    run = record(lambda: McpServer("weather", server(image=pulumi.Output.from_input(image), require_digest=True)))
    assert container(run)["image"] == image
    with pytest.raises(InputError, match=r"weather\.image: x/y:1 names no digest"):
        record(lambda: McpServer("weather", server(image=pulumi.Output.from_input("x/y:1"), require_digest=True)))


def test_a_preview_works_while_nothing_is_known() -> None:
    args = server(namespace_arn="arn:namespace", secrets={"TOKEN": SECRET}, task_policy="{}")
    run = record(lambda: McpServer("weather", args), preview=True)
    assert run.one("McpServer").outputs["url"] == URL
    assert unknown(run.one("ecs/service:Service").inputs["taskDefinition"])


def test_a_provider_given_to_the_component_reaches_every_child() -> None:
    def program() -> None:
        provider = pulumi.ProviderResource("aws", "named", {})
        McpServer("weather", server(), pulumi.ResourceOptions(providers=[provider]))

    run = record(program)
    assert all("named" in item.provider for item in run if item.parent == "weather")
