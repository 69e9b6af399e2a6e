"""Amazon Kinesis Data Streams."""

from mcp_ops.rehearsal.simulator.context import Context
from mcp_ops.rehearsal.simulator.spec import Call, Spec, Specs, step

SHORTEST_RETENTION = 24
"""Hours for which a new stream keeps its records."""


@step("retentionPeriod")
def _retain(context: Context) -> None:
    hours = context.take("retentionPeriod")
    if hours is not None and int(hours) != SHORTEST_RETENTION:
        parameters = {"StreamName": context.inputs.get("name"), "RetentionPeriodHours": int(hours)}
        context.call("kinesis.IncreaseStreamRetentionPeriod", parameters)


@step("encryptionType", "kmsKeyId")
def _encrypt(context: Context) -> None:
    kind, key = context.take("encryptionType"), context.take("kmsKeyId")
    if kind and kind != "NONE":
        parameters = {"StreamName": context.inputs.get("name"), "EncryptionType": kind, "KeyId": key}
        context.call("kinesis.StartStreamEncryption", parameters)


SPECS: Specs = {
    "aws:kinesis/stream:Stream": Spec(
        create=Call("kinesis.CreateStream", rename={"name": "StreamName"}),
        then=(
            _retain,
            _encrypt,
            Call(
                "kinesis.EnableEnhancedMonitoring",
                inputs=("shardLevelMetrics",),
                constant={"StreamName": "{input.name}"},
                when=("shardLevelMetrics",),
            ),
        ),
        id="arn:{partition}:kinesis:{region}:{account}:stream/{input.name}",
        outputs={"arn": "{id}"},
        ignored={"arn": "what the provider computes", "enforceConsumerDeletion": "steers deletion"},
    ),
    "aws:kinesis/streamConsumer:StreamConsumer": Spec(
        create=Call("kinesis.RegisterStreamConsumer", rename={"name": "ConsumerName"}),
        id="Consumer.ConsumerARN",
        outputs={"arn": "Consumer.ConsumerARN"},
    ),
    "aws:kinesis/resourcePolicy:ResourcePolicy": Spec(
        create=Call("kinesis.PutResourcePolicy", rename={"resourceArn": "ResourceARN"}),
        id="{input.resourceArn}",
    ),
}
