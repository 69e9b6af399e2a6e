import json
from collections.abc import Callable
from typing import Any

import pytest

from mcp_ops.rehearsal.simulator.errors import Refusal

Create = Callable[..., Any]
Client = Callable[[str], Any]

CONTAINER = {
    "name": "web",
    "image": "nginx",
    "essential": True,
    "portMappings": [{"containerPort": 8000, "name": "web"}],
    "readonlyRootFilesystem": True,
    "secrets": [{"name": "KEY", "valueFrom": "arn:aws:secretsmanager:eu-central-1:123456789012:secret:key"}],
}


def task_definition(create: Create, family: str) -> Any:
    return create(
        "aws:ecs/taskDefinition:TaskDefinition",
        family=family,
        containerDefinitions=json.dumps([CONTAINER]),
        cpu="256",
        memory="512",
        networkMode="awsvpc",
        requiresCompatibilities=["FARGATE"],
        runtimePlatform={"cpuArchitecture": "ARM64", "operatingSystemFamily": "LINUX"},
        volumes=[{"name": "data", "hostPath": "/data"}],
        skipDestroy=True,
    )


def test_a_task_definition_is_known_by_family_and_revision(create: Create, client: Client) -> None:
    made = task_definition(create, "web")
    assert made.id == "web"
    assert made.outputs["arn"] == "arn:aws:ecs:eu-central-1:123456789012:task-definition/web:1"
    assert made.outputs["arnWithoutRevision"] == "arn:aws:ecs:eu-central-1:123456789012:task-definition/web"
    held = client("ecs").describe_task_definition(taskDefinition="web")["taskDefinition"]
    assert held["containerDefinitions"][0]["secrets"][0]["name"] == "KEY"
    assert held["volumes"][0]["host"]["sourcePath"] == "/data"


def test_a_misspelt_setting_of_a_container_is_refused(create: Create) -> None:
    container = {**CONTAINER, "portMapings": []}
    with pytest.raises(
        Refusal, match=r"containerDefinitions\.portMapings map to nothing in ecs\.RegisterTaskDefinition"
    ):
        create("aws:ecs/taskDefinition:TaskDefinition", family="odd", containerDefinitions=json.dumps([container]))


def test_a_service_runs_in_its_cluster_and_scales(create: Create, client: Client) -> None:
    cluster = create("aws:ecs/cluster:Cluster", "main", settings=[{"name": "containerInsights", "value": "enhanced"}])
    create(
        "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders",
        clusterName=cluster.outputs["name"],
        capacityProviders=["FARGATE", "FARGATE_SPOT"],
        defaultCapacityProviderStrategies=[{"capacityProvider": "FARGATE", "weight": 1}],
    )
    service = create(
        "aws:ecs/service:Service",
        "web",
        cluster=cluster.id,
        taskDefinition=task_definition(create, "running").outputs["arn"],
        desiredCount=2,
        launchType="FARGATE",
        networkConfiguration={"subnets": ["subnet-0aaa"], "assignPublicIp": False},
        deploymentCircuitBreaker={"enable": True, "rollback": True},
        deploymentMaximumPercent=200,
        alarms={"alarmNames": ["errors"], "enable": True, "rollback": True},
        waitForSteadyState=True,
    )
    assert service.id.startswith(f"arn:aws:ecs:eu-central-1:123456789012:service/{cluster.outputs['name']}/web-")
    held = client("ecs").describe_services(cluster=cluster.id, services=[service.id])["services"][0]
    assert held["desiredCount"] == 2
    assert held["networkConfiguration"]["awsvpcConfiguration"]["assignPublicIp"] == "DISABLED"
    resource = f"service/{cluster.outputs['name']}/{service.outputs['name']}"
    scaled = {"serviceNamespace": "ecs", "resourceId": resource, "scalableDimension": "ecs:service:DesiredCount"}
    target = create("aws:appautoscaling/target:Target", **scaled, minCapacity=2, maxCapacity=10)
    metric = {"predefinedMetricType": "ECSServiceAverageCPUUtilization"}
    policy = create(
        "aws:appautoscaling/policy:Policy",
        "cpu",
        **scaled,
        policyType="TargetTrackingScaling",
        targetTrackingScalingPolicyConfiguration={"targetValue": 60, "predefinedMetricSpecification": metric},
    )
    assert target.id == resource
    assert len(policy.outputs["alarmArns"]) == 2


def test_a_namespace_is_found_through_its_operation(create: Create) -> None:
    http = create("aws:servicediscovery/httpNamespace:HttpNamespace", "mesh")
    private = create(
        "aws:servicediscovery/privateDnsNamespace:PrivateDnsNamespace", name="internal.example", vpc="vpc-0aaa"
    )
    assert http.id.startswith("ns-")
    assert http.outputs["arn"] == f"arn:aws:servicediscovery:eu-central-1:123456789012:namespace/{http.id}"
    assert private.outputs["hostedZone"]


def test_a_repository_and_its_rules(create: Create, client: Client) -> None:
    made = create(
        "aws:ecr/repository:Repository",
        name="team/web",
        imageTagMutability="IMMUTABLE",
        encryptionConfigurations=[{"encryptionType": "KMS"}],
        forceDelete=True,
    )
    rule = {
        "rulePriority": 1,
        "selection": {"tagStatus": "untagged", "countType": "imageCountMoreThan", "countNumber": 5},
    }
    policy = json.dumps({"rules": [{**rule, "action": {"type": "expire"}}]})
    create("aws:ecr/lifecyclePolicy:LifecyclePolicy", repository=made.id, policy=policy)
    assert made.outputs["repositoryUrl"] == "123456789012.dkr.ecr.eu-central-1.amazonaws.com/team/web"
    held = client("ecr").get_lifecycle_policy(repositoryName="team/web")
    assert json.loads(held["lifecyclePolicyText"])["rules"][0]["selection"]["countNumber"] == 5


def test_a_name_in_upper_case_is_refused(create: Create) -> None:
    with pytest.raises(Refusal, match="repositoryName"):
        create("aws:ecr/repository:Repository", name="Team/Web")


SHIFTING = {
    "strategy": "CANARY",
    "bakeTimeInMinutes": "5",
    "canaryConfiguration": {"canaryPercent": 0.5, "canaryBakeTimeInMinutes": "5"},
    "lifecycleHooks": [
        {
            "hookTargetArn": "arn:aws:lambda:eu-central-1:123456789012:function:gate",
            "roleArn": "arn:aws:iam::123456789012:role/gate",
            "lifecycleStages": ["POST_TEST_TRAFFIC_SHIFT"],
            "hookDetails": json.dumps({"server": "web", "limits": {"seconds": 2}}),
        }
    ],
}


def shifting(create: Create, **changes: Any) -> Any:
    cluster = create("aws:ecs/cluster:Cluster", "shifting")
    return create(
        "aws:ecs/service:Service",
        "web",
        cluster=cluster.id,
        taskDefinition=task_definition(create, "shifting").outputs["arn"],
        deploymentConfiguration={**SHIFTING, **changes},
    )


def test_a_service_may_shift_traffic_and_tell_a_gate_anything(create: Create) -> None:
    assert ":service/shifting-" in shifting(create).id


def test_an_unknown_strategy_is_refused(create: Create) -> None:
    with pytest.raises(Refusal, match=r"strategy.*GREEN_BLUE"):
        shifting(create, strategy="GREEN_BLUE")
