"""Amazon ECS."""

from typing import Any

from mcp_ops.rehearsal.simulator.building import only
from mcp_ops.rehearsal.simulator.context import Context
from mcp_ops.rehearsal.simulator.spec import Call, Spec, Specs

WAITING = "how long the provider waits"

EXEC_LOGS = "configuration.executeCommandConfiguration.logConfiguration"

SERVICE_NAMES = {
    "name": "serviceName",
    "iamRole": "role",
    "orderedPlacementStrategies": "placementStrategy",
    "loadBalancers.elbName": "loadBalancerName",
    "networkConfiguration": "networkConfiguration.awsvpcConfiguration",
    "serviceConnectConfiguration.services.tls.issuerCertAuthority": "issuerCertificateAuthority",
    "volumeConfiguration": "volumeConfigurations",
    "volumeConfiguration.managedEbsVolume.sizeInGb": "sizeInGiB",
}


def _service(inputs: dict[str, Any]) -> dict[str, Any]:
    """Writes what AWS takes as words, and joins the parts of the deployment configuration."""
    rest = dict(inputs)
    rest.setdefault("cluster", "default")
    network = rest.get("networkConfiguration")
    if isinstance(network, dict):
        public = network.get("assignPublicIp")
        word = ("ENABLED" if public else "DISABLED") if isinstance(public, bool) else public
        rest["networkConfiguration"] = {"securityGroups": [], **network, "assignPublicIp": word}
    deployment = dict(rest.pop("deploymentConfiguration", None) or {})
    for name, member in (
        ("alarms", "alarms"),
        ("deploymentCircuitBreaker", "deploymentCircuitBreaker"),
        ("deploymentMaximumPercent", "maximumPercent"),
        ("deploymentMinimumHealthyPercent", "minimumHealthyPercent"),
    ):
        value = rest.pop(name, None)
        if value is not None:
            deployment[member] = value
    return {**rest, "deploymentConfiguration": deployment} if deployment else rest


def _task_definition(inputs: dict[str, Any]) -> dict[str, Any]:
    """Puts host paths and proxy properties where AWS has them."""
    rest = dict(inputs)
    if isinstance(rest.get("volumes"), list):
        rest["volumes"] = [_volume(item) if isinstance(item, dict) else item for item in rest["volumes"]]
    return rest


def _volume(volume: dict[str, Any]) -> dict[str, Any]:
    made = {key: value for key, value in volume.items() if key != "hostPath"}
    return {**made, "host": {"sourcePath": volume["hostPath"]}} if volume.get("hostPath") else made


def _family_arn(context: Context) -> dict[str, Any]:
    arn = str(context.find("taskDefinition.taskDefinitionArn") or "")
    return {"FamilyArn": arn.rpartition(":")[0]}


def _cluster_name(context: Context) -> dict[str, Any]:
    """Notes the cluster's ARN, whichever form the program names it in."""
    cluster = str(context.inputs.get("cluster") or "default")
    prefix = f"arn:{context.place.partition}:ecs:{context.place.region}:{context.place.account}:cluster/"
    return {"ClusterArn": cluster if cluster.startswith("arn:") else f"{prefix}{cluster}"}


SPECS: Specs = {
    "aws:ecs/cluster:Cluster": Spec(
        create=Call(
            "ecs.CreateCluster",
            rename={
                "name": "clusterName",
                f"{EXEC_LOGS}.s3BucketEncryptionEnabled": "s3EncryptionEnabled",
            },
        ),
        id="cluster.clusterArn",
        outputs={"arn": "{id}"},
    ),
    "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders": Spec(
        create=Call("ecs.PutClusterCapacityProviders", rename={"clusterName": "cluster"}),
        id="{input.clusterName}",
        reshape=lambda inputs: {"capacityProviders": [], "defaultCapacityProviderStrategies": [], **inputs},
    ),
    "aws:ecs/capacityProvider:CapacityProvider": Spec(
        create=Call("ecs.CreateCapacityProvider"), id="capacityProvider.capacityProviderArn", outputs={"arn": "{id}"}
    ),
    "aws:ecs/taskDefinition:TaskDefinition": Spec(
        create=Call("ecs.RegisterTaskDefinition", rename={"volumes.configureAtLaunch": "configuredAtLaunch"}),
        id="taskDefinition.family",
        then=(_family_arn,),
        outputs={
            "arn": "taskDefinition.taskDefinitionArn",
            "arnWithoutRevision": "FamilyArn",
            "revision": "taskDefinition.revision",
            "networkMode": "taskDefinition.networkMode",
        },
        reshape=_task_definition,
        ignored={**only("skipDestroy"), "trackLatest": "which revision the provider compares with"},
        autoname="",
    ),
    "aws:ecs/service:Service": Spec(
        create=Call("ecs.CreateService", rename=SERVICE_NAMES),
        id="service.serviceArn",
        then=(_cluster_name,),
        outputs={"arn": "{id}", "cluster": "ClusterArn"},
        reshape=_service,
        ignored={
            **only("forceDelete"),
            "forceNewDeployment": "deploys at the next update",
            "sigintRollback": "what the provider does when it is interrupted",
            "triggers": "deploys at the next update",
            "waitForSteadyState": WAITING,
        },
    ),
    "aws:ecs/taskSet:TaskSet": Spec(
        create=Call("ecs.CreateTaskSet", rename={"networkConfiguration": "networkConfiguration.awsvpcConfiguration"}),
        id="{taskSet.id},{input.service},{input.cluster}",
        outputs={"arn": "taskSet.taskSetArn", "taskSetId": "taskSet.id"},
        reshape=_service,
        ignored={**only("forceDelete"), "waitUntilStable": WAITING, "waitUntilStableTimeout": WAITING},
    ),
    "aws:ecs/accountSettingDefault:AccountSettingDefault": Spec(
        create=Call("ecs.PutAccountSettingDefault"),
        id="{setting.principalArn}",
        outputs={"principalArn": "setting.principalArn"},
        autoname="",
    ),
    "aws:ecs/tag:Tag": Spec(
        create=Call("ecs.TagResource", rename={"key": "tags.key", "value": "tags.value"}),
        id="{input.resourceArn},{input.key}",
    ),
}
