"""Application Auto Scaling."""

from mcp_ops.rehearsal.simulator.building import arn
from mcp_ops.rehearsal.simulator.spec import Call, Spec, Specs

SPECS: Specs = {
    "aws:appautoscaling/target:Target": Spec(
        create=Call("application-autoscaling.RegisterScalableTarget"),
        id="{input.resourceId}",
        outputs={"arn": "ScalableTargetARN"},
    ),
    "aws:appautoscaling/policy:Policy": Spec(
        create=Call("application-autoscaling.PutScalingPolicy", rename={"name": "PolicyName"}),
        id="{input.name}",
        outputs={"arn": "PolicyARN", "alarmArns": "Alarms[].AlarmARN"},
        reshape=lambda inputs: {"policyType": "StepScaling", **inputs},
    ),
    "aws:appautoscaling/scheduledAction:ScheduledAction": Spec(
        create=Call("application-autoscaling.PutScheduledAction", rename={"name": "ScheduledActionName"}),
        id="{input.name}-{input.serviceNamespace}-{input.resourceId}",
        outputs={
            "arn": arn(
                "autoscaling",
                "scheduledAction:rehearsal:resource/{input.serviceNamespace}/{input.resourceId}:scheduledActionName/{input.name}",
            )
        },
    ),
}
