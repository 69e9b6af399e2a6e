"""Amazon SNS."""

from mcp_ops.rehearsal.simulator.spec import Call, Spec, Specs

ATTRIBUTES = {
    "archivePolicy": "ArchivePolicy",
    "contentBasedDeduplication": "ContentBasedDeduplication",
    "deliveryPolicy": "DeliveryPolicy",
    "displayName": "DisplayName",
    "fifoThroughputScope": "FifoThroughputScope",
    "fifoTopic": "FifoTopic",
    "kmsMasterKeyId": "KmsMasterKeyId",
    "maximumMessageSize": "MaximumMessageSize",
    "policy": "Policy",
    "signatureVersion": "SignatureVersion",
    "tracingConfig": "TracingConfig",
}

FEEDBACK = {
    f"{name.lower()}{what}": f"{name}{what}"
    for name in ("Application", "Firehose", "HTTP", "Lambda", "SQS")
    for what in ("FailureFeedbackRoleArn", "SuccessFeedbackRoleArn", "SuccessFeedbackSampleRate")
}
"""Delivery status logging, per protocol."""

SUBSCRIPTION_ATTRIBUTES = {
    "deliveryPolicy": "DeliveryPolicy",
    "filterPolicy": "FilterPolicy",
    "filterPolicyScope": "FilterPolicyScope",
    "rawMessageDelivery": "RawMessageDelivery",
    "redrivePolicy": "RedrivePolicy",
    "replayPolicy": "ReplayPolicy",
    "subscriptionRoleArn": "SubscriptionRoleArn",
}

SPECS: Specs = {
    "aws:sns/topic:Topic": Spec(
        create=Call("sns.CreateTopic", pairs={"Attributes": {**ATTRIBUTES, **FEEDBACK}}),
        id="TopicArn",
        outputs={"owner": "account"},
    ),
    "aws:sns/topicPolicy:TopicPolicy": Spec(
        create=Call(
            "sns.SetTopicAttributes",
            rename={"arn": "TopicArn", "policy": "AttributeValue"},
            constant={"AttributeName": "Policy"},
        ),
        id="{input.arn}",
        outputs={"owner": "account"},
    ),
    "aws:sns/topicSubscription:TopicSubscription": Spec(
        create=Call(
            "sns.Subscribe",
            rename={"topic": "TopicArn"},
            constant={"ReturnSubscriptionArn": True},
            pairs={"Attributes": SUBSCRIPTION_ATTRIBUTES},
        ),
        id="SubscriptionArn",
        outputs={"arn": "SubscriptionArn", "ownerId": "account"},
        ignored={
            "confirmationTimeoutInMinutes": "how long the provider waits",
            "endpointAutoConfirms": "whether the provider waits",
        },
    ),
}
