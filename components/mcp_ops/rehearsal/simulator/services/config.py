"""AWS Config."""

from typing import Any

from mcp_ops.rehearsal.simulator.context import Context
from mcp_ops.rehearsal.simulator.spec import Call, Spec, Specs
from mcp_ops.rehearsal.simulator.values import without


def _recorder(inputs: dict[str, Any]) -> dict[str, Any]:
    return {"configurationRecorder": inputs}


def _switch(context: Context) -> None:
    """Starts or stops a recorder."""
    operation = "StartConfigurationRecorder" if context.take("isEnabled") else "StopConfigurationRecorder"
    context.call(f"config.{operation}", {"ConfigurationRecorderName": context.take("name")})


SPECS: Specs = {
    "aws:cfg/recorder:Recorder": Spec(
        create=Call(
            "config.PutConfigurationRecorder",
            rename={
                "configurationRecorder.recordingGroup.recordingStrategies": "recordingStrategy",
                "configurationRecorder.recordingMode.recordingModeOverride": "recordingModeOverrides",
            },
        ),
        id="{input.configurationRecorder.name}",
        reshape=_recorder,
    ),
    "aws:cfg/recorderStatus:RecorderStatus": Spec(create=_switch, id="{input.name}", autoname=""),
    "aws:cfg/deliveryChannel:DeliveryChannel": Spec(
        create=Call(
            "config.PutDeliveryChannel",
            rename={
                "name": "DeliveryChannel.name",
                "s3BucketName": "DeliveryChannel.s3BucketName",
                "s3KeyPrefix": "DeliveryChannel.s3KeyPrefix",
                "s3KmsKeyArn": "DeliveryChannel.s3KmsKeyArn",
                "snsTopicArn": "DeliveryChannel.snsTopicARN",
                "snapshotDeliveryProperties": "DeliveryChannel.configSnapshotDeliveryProperties",
            },
        ),
        id="{input.name}",
    ),
    "aws:cfg/rule:Rule": Spec(
        create=Call("config.PutConfigRule", rename={"rule": "ConfigRule", "rule.name": "ConfigRuleName"}),
        id="{input.rule.name}",
        outputs={"arn": "arn:{partition}:config:{region}:{account}:config-rule/{input.rule.name}"},
        reshape=lambda inputs: {
            **{name: inputs[name] for name in ("tags",) if name in inputs},
            "rule": without(inputs, "tags"),
        },
    ),
}
