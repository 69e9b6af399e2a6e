"""Amazon CloudWatch Logs."""

from mcp_ops.rehearsal.simulator.building import arn, only
from mcp_ops.rehearsal.simulator.context import Context
from mcp_ops.rehearsal.simulator.errors import Refusal
from mcp_ops.rehearsal.simulator.spec import Call, Spec, Specs, step

GROUP_ARN = arn("logs", "log-group:{input.name}")

DAYS = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653)
"""The retentions that CloudWatch Logs has (`PutRetentionPolicy`, API reference); 0 means for ever and makes no call."""


@step("retentionInDays")
def _retain(context: Context) -> None:
    days = context.take("retentionInDays")
    if days and days not in DAYS:
        raise Refusal(f"retentionInDays: {days} is none of 0, {', '.join(map(str, DAYS))}")
    if days:
        context.call("logs.PutRetentionPolicy", {"logGroupName": context.inputs.get("name"), "retentionInDays": days})


SPECS: Specs = {
    "aws:cloudwatch/logGroup:LogGroup": Spec(
        create=Call("logs.CreateLogGroup", rename={"name": "logGroupName"}),
        id="{input.name}",
        then=(_retain,),
        outputs={"arn": GROUP_ARN},
        ignored=only("skipDestroy"),
    ),
    "aws:cloudwatch/logStream:LogStream": Spec(
        create=Call("logs.CreateLogStream", rename={"name": "logStreamName"}),
        id="{input.name}",
        outputs={"arn": arn("logs", "log-group:{input.logGroupName}:log-stream:{input.name}")},
    ),
    "aws:cloudwatch/logMetricFilter:LogMetricFilter": Spec(
        create=Call(
            "logs.PutMetricFilter",
            rename={
                "name": "filterName",
                "pattern": "filterPattern",
                "metricTransformation": "metricTransformations",
                "metricTransformation.name": "metricName",
                "metricTransformation.namespace": "metricNamespace",
                "metricTransformation.value": "metricValue",
            },
        ),
        id="{input.name}",
    ),
    "aws:cloudwatch/logResourcePolicy:LogResourcePolicy": Spec(
        create=Call("logs.PutResourcePolicy"),
        id="{input.policyName || input.resourceArn}",
        autoname="",
    ),
    "aws:cloudwatch/logSubscriptionFilter:LogSubscriptionFilter": Spec(
        create=Call("logs.PutSubscriptionFilter", rename={"name": "filterName", "logGroup": "logGroupName"}),
        id="{input.name}",
        outputs={"roleArn": "input.roleArn"},
    ),
    "aws:cloudwatch/logDestination:LogDestination": Spec(
        create=Call("logs.PutDestination", rename={"name": "destinationName"}),
        id="{input.name}",
        outputs={"arn": "destination.arn"},
    ),
    "aws:cloudwatch/logDestinationPolicy:LogDestinationPolicy": Spec(
        create=Call("logs.PutDestinationPolicy"), id="{input.destinationName}"
    ),
    "aws:cloudwatch/queryDefinition:QueryDefinition": Spec(
        create=Call("logs.PutQueryDefinition"),
        id="queryDefinitionId",
        outputs={"arn": arn("logs", "query-definition:{id}")},
    ),
    "aws:cloudwatch/logDataProtectionPolicy:LogDataProtectionPolicy": Spec(
        create=Call("logs.PutDataProtectionPolicy", rename={"logGroupName": "logGroupIdentifier"}),
        id="{input.logGroupName}",
    ),
    "aws:cloudwatch/logAccountPolicy:LogAccountPolicy": Spec(
        create=Call("logs.PutAccountPolicy"), id="{input.policyName}:{input.policyType}", autoname=""
    ),
    "aws:cloudwatch/logIndexPolicy:LogIndexPolicy": Spec(
        create=Call("logs.PutIndexPolicy", rename={"logGroupName": "logGroupIdentifier"}), id="{input.logGroupName}"
    ),
    "aws:cloudwatch/logDeliverySource:LogDeliverySource": Spec(
        create=Call("logs.PutDeliverySource"), id="{input.name}", outputs={"service": "deliverySource.service"}
    ),
    "aws:cloudwatch/logDeliveryDestination:LogDeliveryDestination": Spec(
        create=Call("logs.PutDeliveryDestination"),
        id="{input.name}",
        outputs={"arn": arn("logs", "delivery-destination:{input.name}")},
    ),
    "aws:cloudwatch/logDeliveryDestinationPolicy:LogDeliveryDestinationPolicy": Spec(
        create=Call("logs.PutDeliveryDestinationPolicy"), id="{input.deliveryDestinationName}"
    ),
    "aws:cloudwatch/logDelivery:LogDelivery": Spec(create=Call("logs.CreateDelivery"), id="delivery.id"),
    "aws:cloudwatch/logAnomalyDetector:LogAnomalyDetector": Spec(
        create=Call("logs.CreateLogAnomalyDetector"),
        id="anomalyDetectorArn",
        then=(
            Call(
                "logs.UpdateLogAnomalyDetector",
                inputs=("enabled",),
                constant={"anomalyDetectorArn": "{id}"},
                rename={"enabled": "enabled"},
                when=("enabled",),
            ),
        ),
        outputs={"arn": "{id}"},
    ),
}
