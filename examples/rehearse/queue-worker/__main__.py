"""Jobs from a queue: SQS with a dead letter queue, a Lambda function that works them off, DynamoDB for the results."""

import json

import pulumi
import pulumi_aws as aws

config = pulumi.Config()
timeout = 30

key = aws.kms.Key("jobs", description="Encrypts the job queues", enable_key_rotation=True, deletion_window_in_days=7)
failed = aws.sqs.Queue("failed-jobs", kms_master_key_id=key.id, message_retention_seconds=14 * 24 * 3600)
jobs = aws.sqs.Queue(
    "jobs",
    kms_master_key_id=key.id,
    # Six times the function's limit, as AWS advises, so that a message is not delivered twice.
    visibility_timeout_seconds=6 * timeout,
    redrive_policy=failed.arn.apply(lambda arn: json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 4})),
)
aws.sqs.RedriveAllowPolicy(
    "failed-jobs",
    queue_url=failed.id,
    redrive_allow_policy=jobs.arn.apply(
        lambda arn: json.dumps({"redrivePermission": "byQueue", "sourceQueueArns": [arn]})
    ),
)

results = aws.dynamodb.Table(
    "results",
    attributes=[{"name": "job", "type": "S"}, {"name": "day", "type": "S"}],
    hash_key="job",
    billing_mode="PAY_PER_REQUEST",
    global_secondary_indexes=[{"name": "by-day", "hash_key": "day", "projection_type": "KEYS_ONLY"}],
    ttl={"attribute_name": "expires", "enabled": True},
)

role = aws.iam.Role(
    "worker",
    assume_role_policy=json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}
            ],
        }
    ),
    managed_policy_arns=["arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"],
)
permissions = aws.iam.RolePolicy(
    "worker",
    role=role.name,
    policy=pulumi.Output.json_dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Action": ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"],
                    "Resource": jobs.arn,
                },
                {"Effect": "Allow", "Action": "dynamodb:PutItem", "Resource": results.arn},
                {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": key.arn},
            ],
        }
    ),
)
worker = aws.lambda_.Function(
    "worker",
    role=role.arn,
    runtime="python3.13",
    handler="worker.handler",
    code=pulumi.AssetArchive({"worker.py": pulumi.FileAsset("app/worker.py")}),
    timeout=timeout,
    environment={"variables": {"RESULTS": results.name}},
    opts=pulumi.ResourceOptions(depends_on=[permissions]),
)
aws.lambda_.EventSourceMapping(
    "jobs",
    event_source_arn=jobs.arn,
    function_name=worker.arn,
    batch_size=10,
    function_response_types=["ReportBatchItemFailures"],
    scaling_config={"maximum_concurrency": config.require_int("concurrency")},
)

alerts = aws.sns.Topic("alerts")
aws.sns.TopicSubscription("alerts", topic=alerts.arn, protocol="email", endpoint=config.require("alertEmail"))
aws.cloudwatch.MetricAlarm(
    "failed-jobs",
    alarm_description="A job failed four times and waits in the dead letter queue",
    namespace="AWS/SQS",
    metric_name="ApproximateNumberOfMessagesVisible",
    dimensions={"QueueName": failed.name},
    statistic="Maximum",
    period=300,
    evaluation_periods=1,
    comparison_operator="GreaterThanThreshold",
    threshold=0,
    treat_missing_data="notBreaching",
    alarm_actions=[alerts.arn],
)
nightly = aws.cloudwatch.EventRule("nightly", schedule_expression="cron(0 2 * * ? *)")
aws.cloudwatch.EventTarget("nightly", rule=nightly.name, arn=jobs.arn, input=json.dumps({"job": "nightly"}))
aws.sqs.QueuePolicy(
    "jobs",
    queue_url=jobs.id,
    policy=pulumi.Output.all(queue=jobs.arn, rule=nightly.arn).apply(
        lambda arn: json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Principal": {"Service": "events.amazonaws.com"},
                        "Action": "sqs:SendMessage",
                        "Resource": arn["queue"],
                        "Condition": {"ArnEquals": {"aws:SourceArn": arn["rule"]}},
                    }
                ],
            }
        )
    ),
)

pulumi.export("queue", jobs.url)
pulumi.export("results", results.name)
