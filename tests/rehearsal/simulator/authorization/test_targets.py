"""The permissions that API operations need: actions and ARNs, as AWS's messages and its reference name them."""

from typing import Any

import pytest

from mcp_ops.rehearsal.findings import iam_data
from mcp_ops.rehearsal.simulator import model
from mcp_ops.rehearsal.simulator.authorization.arns import RESOLVERS
from mcp_ops.rehearsal.simulator.authorization.call import Call
from mcp_ops.rehearsal.simulator.authorization.operations import (
    PASSES_ROLE,
    PREFIXES,
    RENAMED,
    SPECIAL,
    UNSUPPORTED,
    WITHOUT_RESOURCE,
)
from mcp_ops.rehearsal.simulator.authorization.request import CannotDecide
from mcp_ops.rehearsal.simulator.authorization.targets import targets
from mcp_ops.rehearsal.simulator.cloud import Cloud
from mcp_ops.rehearsal.simulator.places import Place

PLACE = Place("123456789012", "eu-central-1")
BASE = "eu-central-1:123456789012"
ROLE = "arn:aws:iam::123456789012:role/r"
ALARM = f"arn:aws:cloudwatch:{BASE}:alarm"


def needed(cloud: Cloud, service: str, operation: str, parameters: dict[str, Any]) -> list[str]:
    return [
        f"{item.action} {item.resource}" for item in targets(Call(service, operation, parameters, PLACE, cloud.client))
    ]


@pytest.mark.parametrize(
    ("operation", "parameters", "expected"),
    [
        ("s3.GetObject", {"Bucket": "b", "Key": "k"}, ["s3:GetObject arn:aws:s3:::b/k"]),
        ("ssm.GetParametersByPath", {"Path": "/a/b/"}, [f"ssm:GetParametersByPath arn:aws:ssm:{BASE}:parameter/a/b"]),
        (
            "backup.GetRestoreTestingPlan",
            {"RestoreTestingPlanName": "weekly"},
            [f"backup:GetRestoreTestingPlan arn:aws:backup:{BASE}:restore-testing-plan:weekly"],
        ),
        ("s3.HeadObject", {"Bucket": "b", "Key": "k"}, ["s3:GetObject arn:aws:s3:::b/k"]),
        ("s3.GetObject", {"Bucket": "b", "Key": "k", "VersionId": "1"}, ["s3:GetObjectVersion arn:aws:s3:::b/k"]),
        ("s3.GetObjectTagging", {"Bucket": "b", "Key": "k", "VersionId": "1"},
         ["s3:GetObjectVersionTagging arn:aws:s3:::b/k"]),
        ("s3.DeleteObject", {"Bucket": "b", "Key": "k", "VersionId": "1", "BypassGovernanceRetention": True},
         ["s3:DeleteObjectVersion arn:aws:s3:::b/k", "s3:BypassGovernanceRetention arn:aws:s3:::b/k"]),
        ("s3.DeleteObjects", {"Bucket": "b", "Delete": {"Objects": [{"Key": "k"}, {"Key": "l", "VersionId": "1"}]}},
         ["s3:DeleteObject arn:aws:s3:::b/k", "s3:DeleteObjectVersion arn:aws:s3:::b/l"]),
        ("s3.PutObject", {"Bucket": "b", "Key": "k", "Tagging": "a=b", "ObjectLockMode": "GOVERNANCE"},
         ["s3:PutObject arn:aws:s3:::b/k", "s3:PutObjectTagging arn:aws:s3:::b/k",
          "s3:PutObjectRetention arn:aws:s3:::b/k"]),
        ("s3.CopyObject", {"Bucket": "b", "Key": "k", "CopySource": {"Bucket": "a", "Key": "j"}},
         ["s3:GetObject arn:aws:s3:::a/j", "s3:PutObject arn:aws:s3:::b/k"]),
        ("s3.ListObjectsV2", {"Bucket": "b"}, ["s3:ListBucket arn:aws:s3:::b"]),
        ("s3.ListBuckets", {}, ["s3:ListAllMyBuckets *"]),
        ("s3.DeleteBucket", {"Bucket": "b"}, ["s3:DeleteBucket arn:aws:s3:::b"]),
        ("secretsmanager.CreateSecret", {"Name": "n"},
         [f"secretsmanager:CreateSecret arn:aws:secretsmanager:{BASE}:secret:n"]),
        ("secretsmanager.ListSecrets", {}, ["secretsmanager:ListSecrets *"]),
        ("kms.CreateKey", {}, ["kms:CreateKey *"]),
        ("kms.CreateKey", {"Tags": [{}]}, ["kms:CreateKey *", "kms:TagResource *"]),
        ("dynamodb.RestoreTableFromBackup", {"TargetTableName": "t", "BackupArn": "arn:aws:dynamodb:::b"},
         ["dynamodb:RestoreTableFromBackup arn:aws:dynamodb:::b",
          *(f"dynamodb:{action} arn:aws:dynamodb:{BASE}:table/t" for action in
            ("RestoreTableFromBackup", "BatchWriteItem", "DeleteItem", "GetItem", "PutItem", "Query", "Scan",
             "UpdateItem"))]),
        ("events.PutTargets", {"Rule": "r", "Targets": [{"RoleArn": ROLE}]},
         [f"events:PutTargets arn:aws:events:{BASE}:rule/r", f"iam:PassRole {ROLE}"]),
        ("kms.DescribeKey", {"KeyId": "1"}, [f"kms:DescribeKey arn:aws:kms:{BASE}:key/1"]),
        ("kms.CreateAlias", {"AliasName": "alias/a", "TargetKeyId": "1"},
         [f"kms:CreateAlias arn:aws:kms:{BASE}:alias/a", f"kms:CreateAlias arn:aws:kms:{BASE}:key/1"]),
        ("dynamodb.GetItem", {"TableName": "t"}, [f"dynamodb:GetItem arn:aws:dynamodb:{BASE}:table/t"]),
        ("dynamodb.Query", {"TableName": "t", "IndexName": "i"},
         [f"dynamodb:Query arn:aws:dynamodb:{BASE}:table/t/index/i"]),
        ("dynamodb.BatchGetItem", {"RequestItems": {"t": {}, "u": {}}},
         [f"dynamodb:BatchGetItem arn:aws:dynamodb:{BASE}:table/{name}" for name in "tu"]),
        ("dynamodb.TransactWriteItems",
         {"TransactItems": [{"Put": {"TableName": "t"}}, {"Delete": {"TableName": "u"}}]},
         [f"dynamodb:PutItem arn:aws:dynamodb:{BASE}:table/t", f"dynamodb:DeleteItem arn:aws:dynamodb:{BASE}:table/u"]),
        ("sns.Publish", {"TopicArn": f"arn:aws:sns:{BASE}:t"}, [f"sns:Publish arn:aws:sns:{BASE}:t"]),
        ("sns.Unsubscribe", {"SubscriptionArn": f"arn:aws:sns:{BASE}:t:1"}, [f"sns:Unsubscribe arn:aws:sns:{BASE}:t"]),
        ("sqs.SendMessageBatch", {"QueueUrl": "https://sqs.eu-central-1.amazonaws.com/123456789012/q"},
         [f"sqs:SendMessage arn:aws:sqs:{BASE}:q"]),
        ("sqs.GetQueueUrl", {"QueueName": "q"}, [f"sqs:GetQueueUrl arn:aws:sqs:{BASE}:q"]),
        ("lambda.Invoke", {"FunctionName": "f"}, [f"lambda:InvokeFunction arn:aws:lambda:{BASE}:function:f"]),
        ("lambda.Invoke", {"FunctionName": "f:live"}, [f"lambda:InvokeFunction arn:aws:lambda:{BASE}:function:f:live"]),
        ("lambda.Invoke", {"FunctionName": "123456789012:function:f", "Qualifier": "1"},
         [f"lambda:InvokeFunction arn:aws:lambda:{BASE}:function:f:1"]),
        ("lambda.GetFunction", {"FunctionName": f"arn:aws:lambda:{BASE}:function:f"},
         [f"lambda:GetFunction arn:aws:lambda:{BASE}:function:f"]),
        ("logs.PutLogEvents", {"logGroupName": "/g", "logStreamName": "s"},
         [f"logs:PutLogEvents arn:aws:logs:{BASE}:log-group:/g:log-stream:s"]),
        ("logs.FilterLogEvents", {"logGroupName": "/g"},
         [f"logs:FilterLogEvents arn:aws:logs:{BASE}:log-group:/g:log-stream:"]),
        ("logs.DescribeLogGroups", {}, [f"logs:DescribeLogGroups arn:aws:logs:{BASE}:log-group::log-stream:"]),
        ("ecs.UpdateService", {"cluster": "c", "service": "s"}, [f"ecs:UpdateService arn:aws:ecs:{BASE}:service/c/s"]),
        ("ecs.DescribeServices", {"cluster": f"arn:aws:ecs:{BASE}:cluster/c", "services": ["s", "t"]},
         [f"ecs:DescribeServices arn:aws:ecs:{BASE}:service/c/{name}" for name in "st"]),
        ("ecs.StopTask", {"task": "1"}, [f"ecs:StopTask arn:aws:ecs:{BASE}:task/default/1"]),
        ("ecs.RegisterTaskDefinition", {"family": "f", "taskRoleArn": ROLE},
         [f"ecs:RegisterTaskDefinition arn:aws:ecs:{BASE}:task-definition/f:*", f"iam:PassRole {ROLE}"]),
        ("ecr.BatchGetImage", {"repositoryName": "a/b"}, [f"ecr:BatchGetImage arn:aws:ecr:{BASE}:repository/a/b"]),
        ("ecr.GetAuthorizationToken", {}, ["ecr:GetAuthorizationToken *"]),
        ("backup.DeleteRecoveryPoint", {"BackupVaultName": "v", "RecoveryPointArn": "arn:aws:backup:::rp"},
         ["backup:DeleteRecoveryPoint arn:aws:backup:::rp"]),
        ("backup.GetBackupPlan", {"BackupPlanId": "p"}, [f"backup:GetBackupPlan arn:aws:backup:{BASE}:backup-plan:p"]),
        ("cloudwatch.PutMetricData", {"Namespace": "n"}, ["cloudwatch:PutMetricData *"]),
        ("cloudwatch.DeleteAlarms", {"AlarmNames": ["a", "b"]},
         [f"cloudwatch:DeleteAlarms {ALARM}:{name}" for name in "ab"]),
        ("cloudwatch.DescribeAlarms", {}, [f"cloudwatch:DescribeAlarms {ALARM}:*"]),
        ("events.PutEvents", {"Entries": [{}, {"EventBusName": "b"}]},
         [f"events:PutEvents arn:aws:events:{BASE}:event-bus/{name}" for name in ("b", "default")]),
        ("events.PutTargets", {"Rule": "r", "EventBusName": "b"},
         [f"events:PutTargets arn:aws:events:{BASE}:rule/b/r"]),
        ("events.DescribeRule", {"Name": "r"}, [f"events:DescribeRule arn:aws:events:{BASE}:rule/r"]),
        ("iam.GetRole", {"RoleName": "r"}, [f"iam:GetRole {ROLE}"]),
        ("iam.CreateRole", {"RoleName": "new", "Path": "/a/b/"},
         ["iam:CreateRole arn:aws:iam::123456789012:role/a/b/new"]),
        ("iam.GetUser", {"UserName": "u"}, ["iam:GetUser arn:aws:iam::123456789012:user/u"]),
        ("sts.AssumeRole", {"RoleArn": ROLE, "Tags": [{}], "SourceIdentity": "a"},
         [f"sts:{action} {ROLE}" for action in ("AssumeRole", "TagSession", "SetSourceIdentity")]),
        ("ssm.GetParameter", {"Name": "/a/b:2"}, [f"ssm:GetParameter arn:aws:ssm:{BASE}:parameter/a/b"]),
        ("elbv2.DescribeListeners", {}, ["elasticloadbalancing:DescribeListeners *"]),
    ],
)  # fmt: skip
def test_operation_needs(cloud: Cloud, operation: str, parameters: dict[str, Any], expected: list[str]) -> None:
    assert needed(cloud, *operation.split("."), parameters) == expected


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [("acm.ListCertificates", {}), ("kms.ReEncrypt", {}), ("iam.CreateRole", {"RoleName": "r", "Tags": [{}]}),
     ("secretsmanager.BatchGetSecretValue", {}), ("ecs.ExecuteCommand", {"task": "t"}),
     ("s3.CopyObject", {"CopySource": "a/b", "Bucket": "b", "Key": "k"}),
     ("ecs.ListTasks", {}), ("s3.GetBucketPolicyText", {"Bucket": "b"}),
     ("ssm.GetParametersByPath", {"Path": "/a", "WithDecryption": True})],
)  # fmt: skip
def test_what_is_not_known_is_an_error(cloud: Cloud, operation: str, parameters: dict[str, Any]) -> None:
    with pytest.raises(CannotDecide, match=operation.replace(".", ":")):
        needed(cloud, *operation.split("."), parameters)


def test_tables_name_what_exists() -> None:
    for service, names in RENAMED.items():
        for operation, action in names.items():
            assert model.operation_model(service, operation)
            assert iam_data.action(f"{service}:{action}"), action
    for service, operation in [*SPECIAL, *UNSUPPORTED, *WITHOUT_RESOURCE, *PASSES_ROLE]:
        assert model.operation_model(service, operation)
    assert {PREFIXES.get(service, service) for service in RESOLVERS} <= iam_data.services()


def test_keys_of_resources_are_needed_too(cloud: Cloud) -> None:
    key = cloud.client("kms", PLACE).create_key()["KeyMetadata"]["Arn"]
    queue = cloud.client("sqs", PLACE).create_queue(QueueName="sealed", Attributes={"KmsMasterKeyId": key})["QueueUrl"]
    topic = cloud.client("sns", PLACE).create_topic(Name="sealed", Attributes={"KmsMasterKeyId": key})["TopicArn"]
    cloud.client("ssm", PLACE).put_parameter(Name="/a/b", Value="x", Type="SecureString", KeyId=key)
    s3 = cloud.client("s3", PLACE)
    s3.create_bucket(Bucket="sealed", CreateBucketConfiguration={"LocationConstraint": PLACE.region})
    default = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}}
    rules = {"Rules": [default]}
    s3.put_bucket_encryption(Bucket="sealed", ServerSideEncryptionConfiguration=rules)
    s3.put_object(Bucket="sealed", Key="k", Body=b"x", ServerSideEncryption="aws:kms", SSEKMSKeyId=key)

    decrypt, data_key = f"kms:Decrypt {key}", f"kms:GenerateDataKey {key}"
    assert needed(cloud, "sqs", "SendMessage", {"QueueUrl": queue})[1:] == [data_key, decrypt]
    assert needed(cloud, "sqs", "ReceiveMessage", {"QueueUrl": queue})[1:] == [decrypt]
    assert needed(cloud, "sns", "Publish", {"TopicArn": topic})[1:] == [data_key, decrypt]
    assert needed(cloud, "ssm", "GetParameter", {"Name": "/a/b", "WithDecryption": True})[1:] == [decrypt]
    assert needed(cloud, "ssm", "GetParameter", {"Name": "/a/b"})[1:] == []
    assert needed(cloud, "s3", "GetObject", {"Bucket": "sealed", "Key": "k"})[1:] == [decrypt]
    assert needed(cloud, "s3", "PutObject", {"Bucket": "sealed", "Key": "k"})[1:] == [data_key]
    plain = {"Bucket": "sealed", "Key": "k", "ServerSideEncryption": "AES256"}
    assert needed(cloud, "s3", "PutObject", plain)[1:] == []
