"""Amazon SQS."""

from mcp_ops.rehearsal.simulator.spec import Call, Spec, Specs

ATTRIBUTES = {
    "contentBasedDeduplication": "ContentBasedDeduplication",
    "deduplicationScope": "DeduplicationScope",
    "delaySeconds": "DelaySeconds",
    "fifoQueue": "FifoQueue",
    "fifoThroughputLimit": "FifoThroughputLimit",
    "kmsDataKeyReusePeriodSeconds": "KmsDataKeyReusePeriodSeconds",
    "kmsMasterKeyId": "KmsMasterKeyId",
    "maxMessageSize": "MaximumMessageSize",
    "messageRetentionSeconds": "MessageRetentionPeriod",
    "policy": "Policy",
    "receiveWaitTimeSeconds": "ReceiveMessageWaitTimeSeconds",
    "redriveAllowPolicy": "RedriveAllowPolicy",
    "redrivePolicy": "RedrivePolicy",
    "sqsManagedSseEnabled": "SqsManagedSseEnabled",
    "visibilityTimeoutSeconds": "VisibilityTimeout",
}

SPECS: Specs = {
    "aws:sqs/queue:Queue": Spec(
        create=Call("sqs.CreateQueue", rename={"name": "QueueName"}, pairs={"Attributes": ATTRIBUTES}),
        id="QueueUrl",
        outputs={"arn": "arn:{partition}:sqs:{region}:{account}:{request.QueueName}", "url": "QueueUrl"},
        ignored={"timeouts": "how long the provider waits"},
    ),
    "aws:sqs/queuePolicy:QueuePolicy": Spec(
        create=Call("sqs.SetQueueAttributes", pairs={"Attributes": {"policy": "Policy"}}),
        id="{input.queueUrl}",
    ),
    "aws:sqs/redrivePolicy:RedrivePolicy": Spec(
        create=Call("sqs.SetQueueAttributes", pairs={"Attributes": {"redrivePolicy": "RedrivePolicy"}}),
        id="{input.queueUrl}",
    ),
    "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy": Spec(
        create=Call("sqs.SetQueueAttributes", pairs={"Attributes": {"redriveAllowPolicy": "RedriveAllowPolicy"}}),
        id="{input.queueUrl}",
    ),
}
