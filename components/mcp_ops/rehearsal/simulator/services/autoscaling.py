"""Amazon EC2 Auto Scaling."""

from typing import Any

from mcp_ops.rehearsal.simulator.building import arn, only
from mcp_ops.rehearsal.simulator.context import Context
from mcp_ops.rehearsal.simulator.spec import Call, Spec, Specs, step

GROUP_NAMES = {
    "name": "AutoScalingGroupName",
    "launchConfiguration": "LaunchConfigurationName",
    "launchTemplate.id": "LaunchTemplateId",
    "launchTemplate.name": "LaunchTemplateName",
    "loadBalancers": "LoadBalancerNames",
    "protectFromScaleIn": "NewInstancesProtectedFromScaleIn",
    "initialLifecycleHooks": "LifecycleHookSpecificationList",
    "initialLifecycleHooks.name": "LifecycleHookName",
}

WAITING = "how long the provider waits"

IN_GROUP = {"AutoScalingGroupName": "{input.name}"}

POLICY_NAMES = {
    "name": "PolicyName",
    "targetTrackingConfiguration.customizedMetricSpecification.metricDimensions": "Dimensions",
}


@step("tags")
def _tag_group(context: Context) -> None:
    tags = [
        {**tag, "resourceId": context.inputs.get("name"), "resourceType": "auto-scaling-group"}
        for tag in context.take("tags") or ()
    ]
    if tags:
        context.call("autoscaling.CreateOrUpdateTags", context.fitted("autoscaling.CreateOrUpdateTags", {"tags": tags}))


@step("warmPool")
def _warm_pool(context: Context) -> None:
    pool = context.take("warmPool")
    if pool:
        given = {**pool, "autoScalingGroupName": context.inputs.get("name")}
        context.call("autoscaling.PutWarmPool", context.fitted("autoscaling.PutWarmPool", given))


def _notify(context: Context) -> None:
    topic, types = context.take("topicArn"), context.take("notifications")
    for group in context.take("groupNames") or ():
        given = {"AutoScalingGroupName": group, "TopicARN": topic, "NotificationTypes": types}
        context.call("autoscaling.PutNotificationConfiguration", given)


def _attach(context: Context) -> dict[str, Any]:
    group = {"AutoScalingGroupName": context.take("autoscalingGroupName")}
    balancer, target = context.take("elb"), context.take("lbTargetGroupArn")
    if balancer:
        context.call("autoscaling.AttachLoadBalancers", {**group, "LoadBalancerNames": [balancer]})
    if target:
        context.call("autoscaling.AttachLoadBalancerTargetGroups", {**group, "TargetGroupARNs": [target]})
    return {"AttachmentId": f"{group['AutoScalingGroupName']}-{balancer or target}"}


def _group(inputs: dict[str, Any]) -> dict[str, Any]:
    """Joins the subnets with commas, as AWS takes them."""
    subnets = inputs.get("vpcZoneIdentifiers")
    if not isinstance(subnets, list):
        return inputs
    known = [item for item in subnets if isinstance(item, str)]
    rest = {key: value for key, value in inputs.items() if key != "vpcZoneIdentifiers"}
    return {**rest, "vpcZoneIdentifier": ",".join(known)} if known else rest


SPECS: Specs = {
    "aws:autoscaling/group:Group": Spec(
        create=Call("autoscaling.CreateAutoScalingGroup", rename=GROUP_NAMES),
        id="{input.name}",
        then=(
            Call(
                "autoscaling.EnableMetricsCollection",
                inputs=("enabledMetrics", "metricsGranularity"),
                rename={"enabledMetrics": "Metrics", "metricsGranularity": "Granularity"},
                constant={**IN_GROUP, "Granularity": "1Minute"},
                when=("enabledMetrics",),
            ),
            Call(
                "autoscaling.SuspendProcesses",
                inputs=("suspendedProcesses",),
                rename={"suspendedProcesses": "ScalingProcesses"},
                constant=IN_GROUP,
                when=("suspendedProcesses",),
            ),
            _warm_pool,
            _tag_group,
        ),
        outputs={"arn": arn("autoscaling", "autoScalingGroup:rehearsal:autoScalingGroupName/{input.name}")},
        ignored={
            **only("forceDelete"),
            "forceDeleteWarmPool": "steers deletion",
            "ignoreFailedScalingActivities": WAITING,
            "instanceRefresh": "replaces instances at the next update",
            "minElbCapacity": WAITING,
            "waitForCapacityTimeout": WAITING,
            "waitForElbCapacity": WAITING,
        },
        reshape=_group,
    ),
    "aws:autoscaling/policy:Policy": Spec(
        create=Call("autoscaling.PutScalingPolicy", rename=POLICY_NAMES),
        id="{input.name}",
        outputs={"arn": "PolicyARN"},
    ),
    "aws:autoscaling/schedule:Schedule": Spec(
        create=Call("autoscaling.PutScheduledUpdateGroupAction"), id="{input.scheduledActionName}", autoname=""
    ),
    "aws:autoscaling/attachment:Attachment": Spec(create=_attach, id="AttachmentId"),
    "aws:autoscaling/lifecycleHook:LifecycleHook": Spec(
        create=Call("autoscaling.PutLifecycleHook", rename={"name": "LifecycleHookName"}), id="{input.name}"
    ),
    "aws:autoscaling/notification:Notification": Spec(create=_notify, id="{input.topicArn}"),
}
