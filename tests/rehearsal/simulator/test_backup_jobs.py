"""Simulated AWS Backup: what is set is found, plans take real copies, restores make them, tests announce them."""

import itertools
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from mcp_ops.rehearsal.simulator.backup_jobs.backups import Backup, run_plan
from mcp_ops.rehearsal.simulator.backup_jobs.kinds import kind
from mcp_ops.rehearsal.simulator.backup_jobs.restore_tests import Restore, run_restore_test
from mcp_ops.rehearsal.simulator.cloud import Cloud
from mcp_ops.rehearsal.simulator.places import Place

ACCOUNT = "123456789012"
HERE = Place(ACCOUNT, "eu-central-1")
THERE = Place(ACCOUNT, "eu-west-1")
_NUMBERS = itertools.count(1)


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


@dataclass
class House:
    """One environment with its own names, in a simulated cloud that the tests of this file share."""

    cloud: Cloud
    name: str
    plan_id: str = ""
    role: str = ""
    key: str = ""
    rule: dict[str, Any] = field(default_factory=dict)

    def client(self, service: str, place: Place = HERE) -> Any:
        return self.cloud.client(service, place)

    @property
    def tags(self) -> list[dict[str, str]]:
        return [{"Key": "Backup", "Value": self.name}]

    def make_role(self, service: str = "backup.amazonaws.com", *, keys: bool = True) -> None:
        iam = self.client("iam")
        trust = document({"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"})
        number = next(_NUMBERS)
        self.role = iam.create_role(RoleName=f"backup-{number}", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
        if keys:
            use = {"Effect": "Allow", "Action": "kms:*", "Resource": "*"}
            iam.put_role_policy(RoleName=f"backup-{number}", PolicyName="keys", PolicyDocument=document(use))

    def make_plan(self, **rule: Any) -> None:
        backup = self.client("backup")
        self.rule = {"RuleName": "daily", "TargetBackupVaultName": self.name, **rule}
        plan = {"BackupPlanName": f"{self.name}-{next(_NUMBERS)}", "Rules": [self.rule]}
        self.plan_id = backup.create_backup_plan(BackupPlan=plan)["BackupPlanId"]
        condition = {"ConditionType": "STRINGEQUALS", "ConditionKey": "Backup", "ConditionValue": self.name}
        selection = {"SelectionName": "tagged", "IamRoleArn": self.role, "ListOfTags": [condition]}
        backup.create_backup_selection(BackupPlanId=self.plan_id, BackupSelection=selection)

    def make_table(self, name: str = "") -> str:
        name = name or self.name
        self.client("dynamodb").create_table(
            TableName=name,
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            SSESpecification={"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": self.key},
            Tags=self.tags,
        )
        self.put(name, range(3))
        return f"arn:aws:dynamodb:{HERE.region}:{ACCOUNT}:table/{name}"

    def put(self, table: str, numbers: range) -> None:
        for number in numbers:
            self.client("dynamodb").put_item(TableName=table, Item={"pk": {"S": str(number)}})

    def items(self, table: str) -> list[str]:
        return sorted(item["pk"]["S"] for item in self.client("dynamodb").scan(TableName=table)["Items"])

    def make_bucket(self, *, versioned: bool = True) -> str:
        s3 = self.client("s3")
        s3.create_bucket(Bucket=self.name, CreateBucketConfiguration={"LocationConstraint": HERE.region})
        if versioned:
            s3.put_bucket_versioning(Bucket=self.name, VersioningConfiguration={"Status": "Enabled"})
        s3.put_bucket_tagging(Bucket=self.name, Tagging={"TagSet": self.tags})
        s3.put_object(Bucket=self.name, Key="kept", Body=b"one")
        s3.put_object(Bucket=self.name, Key="gone", Body=b"two")
        s3.delete_object(Bucket=self.name, Key="gone")
        return f"arn:aws:s3:::{self.name}"

    def test(self, resource_type: str = "DynamoDB", **overrides: str) -> str:
        backup = self.client("backup")
        plan = f"{self.name}_restores".replace("-", "_")
        chosen = {
            "Algorithm": "LATEST_WITHIN_WINDOW",
            "IncludeVaults": ["*"],
            "RecoveryPointTypes": ["SNAPSHOT"],
            "SelectionWindowDays": 7,
        }
        backup.create_restore_testing_plan(
            RestoreTestingPlan={
                "RestoreTestingPlanName": plan,
                "ScheduleExpression": "cron(0 5 ? * SUN *)",
                "RecoveryPointSelection": chosen,
            }
        )
        condition = {"Key": "aws:ResourceTag/Backup", "Value": self.name}
        backup.create_restore_testing_selection(
            RestoreTestingPlanName=plan,
            RestoreTestingSelection={
                "RestoreTestingSelectionName": resource_type.lower(),
                "ProtectedResourceType": resource_type,
                "ProtectedResourceArns": ["*"],
                "ProtectedResourceConditions": {"StringEquals": [condition]},
                "IamRoleArn": self.role,
                "RestoreMetadataOverrides": overrides,
            },
        )
        return plan

    def back_up(self, moment: datetime | None = None) -> list[Backup]:
        return run_plan(self.cloud, HERE, self.plan_id, "daily", moment)

    def point(self) -> str:
        (done,) = self.back_up()
        assert done.failure == ""
        return done.point_arn

    def restore(self, point: str, **metadata: str) -> Mapping[str, Any]:
        backup = self.client("backup")
        job_id = backup.start_restore_job(RecoveryPointArn=point, IamRoleArn=self.role, Metadata=metadata)[
            "RestoreJobId"
        ]
        job: Mapping[str, Any] = backup.describe_restore_job(RestoreJobId=job_id)
        return job


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    with Cloud().open() as opened:
        yield opened


@pytest.fixture
def house(cloud: Cloud) -> House:
    made = House(cloud, f"house-{next(_NUMBERS)}")
    made.key = made.client("kms").create_key()["KeyMetadata"]["Arn"]
    made.client("backup").create_backup_vault(BackupVaultName=made.name, EncryptionKeyArn=made.key)
    made.make_role()
    made.make_plan(Lifecycle={"DeleteAfterDays": 35})
    return made


def refused(call: Callable[..., Any], **parameters: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


# What people set


def test_vault_policy_and_notifications_are_found_and_removed(house: House) -> None:
    backup, named = house.client("backup"), {"BackupVaultName": house.name}
    backup.put_backup_vault_access_policy(**named, Policy="{}")
    assert backup.get_backup_vault_access_policy(**named)["Policy"] == "{}"
    backup.delete_backup_vault_access_policy(**named)
    assert refused(backup.get_backup_vault_access_policy, **named)[0] == "ResourceNotFoundException"
    topic = f"arn:aws:sns:{HERE.region}:{ACCOUNT}:alerts"
    backup.put_backup_vault_notifications(**named, SNSTopicArn=topic, BackupVaultEvents=["COPY_JOB_FAILED"])
    assert backup.get_backup_vault_notifications(**named)["SNSTopicArn"] == topic


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        ("put_backup_vault_access_policy", {"BackupVaultName": "none", "Policy": "{}"}),
        ("list_recovery_points_by_backup_vault", {"BackupVaultName": "none"}),
        ("describe_restore_job", {"RestoreJobId": "none"}),
        ("get_restore_testing_plan", {"RestoreTestingPlanName": "none"}),
        ("list_restore_testing_selections", {"RestoreTestingPlanName": "none"}),
        ("get_backup_selection", {"BackupPlanId": "none", "SelectionId": "none"}),
        (
            "create_backup_selection",
            {"BackupPlanId": "none", "BackupSelection": {"SelectionName": "a", "IamRoleArn": "arn:aws:iam::1:role/a"}},
        ),
    ],
)
def test_what_is_not_there_is_refused(house: House, operation: str, parameters: dict[str, Any]) -> None:
    assert refused(getattr(house.client("backup"), operation), **parameters)[0] == "ResourceNotFoundException"


def test_selections_are_listed_and_deleted(house: House) -> None:
    backup = house.client("backup")
    (listed,) = backup.list_backup_selections(BackupPlanId=house.plan_id)["BackupSelectionsList"]
    named = {"BackupPlanId": house.plan_id, "SelectionId": listed["SelectionId"]}
    assert backup.get_backup_selection(**named)["BackupSelection"]["IamRoleArn"] == house.role
    backup.delete_backup_selection(**named)
    assert refused(backup.delete_backup_selection, **named)[0] == "ResourceNotFoundException"


def test_a_restore_testing_plan_has_an_id_in_its_arn_and_one_name(house: House) -> None:
    backup, plan = house.client("backup"), house.test(encryptionType="KMS")
    found = backup.get_restore_testing_plan(RestoreTestingPlanName=plan)["RestoreTestingPlan"]
    assert found["RestoreTestingPlanArn"].split(":")[-1].startswith(f"{plan}-")
    (listed,) = backup.list_restore_testing_selections(RestoreTestingPlanName=plan)["RestoreTestingSelections"]
    assert listed["ProtectedResourceType"] == "DynamoDB"
    told = backup.get_restore_testing_selection(
        RestoreTestingPlanName=plan, RestoreTestingSelectionName=listed["RestoreTestingSelectionName"]
    )
    assert told["RestoreTestingSelection"]["RestoreMetadataOverrides"] == {"encryptionType": "KMS"}
    given = {key: found[key] for key in ("RestoreTestingPlanName", "ScheduleExpression", "RecoveryPointSelection")}
    assert refused(backup.create_restore_testing_plan, RestoreTestingPlan=given)[0] == "AlreadyExistsException"


# Backups


def test_a_plan_backs_up_what_carries_its_tag(house: House) -> None:
    table = house.make_table()
    house.client("dynamodb").create_table(
        TableName=f"{house.name}-other",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
    )
    point = house.point()
    backup = house.client("backup")
    (told,) = backup.list_recovery_points_by_resource(ResourceArn=table)["RecoveryPoints"]
    assert told["RecoveryPointArn"] == point
    assert told["CalculatedLifecycle"]["DeleteAt"] - told["CreationDate"] == timedelta(days=35)
    in_vault = backup.list_recovery_points_by_backup_vault(BackupVaultName=house.name, ByResourceType="DynamoDB")
    assert [item["RecoveryPointArn"] for item in in_vault["RecoveryPoints"]] == [point]
    assert backup.list_tags(ResourceArn=point)["Tags"] == {"Backup": house.name}


def test_a_backup_is_copied_to_another_region(house: House) -> None:
    house.client("backup", THERE).create_backup_vault(BackupVaultName=f"{house.name}-copy")
    vault = f"arn:aws:backup:{THERE.region}:{ACCOUNT}:backup-vault:{house.name}-copy"
    house.make_plan(CopyActions=[{"DestinationBackupVaultArn": vault, "Lifecycle": {"DeleteAfterDays": 90}}])
    house.make_table()
    house.point()
    there = house.client("backup", THERE)
    (copy,) = there.list_recovery_points_by_backup_vault(BackupVaultName=f"{house.name}-copy")["RecoveryPoints"]
    assert copy["Lifecycle"] == {"DeleteAfterDays": 90}
    assert copy["SourceBackupVaultArn"].endswith(house.name)
    started = there.start_restore_job(
        RecoveryPointArn=copy["RecoveryPointArn"],
        IamRoleArn=house.role,
        Metadata={"targetTableName": f"{house.name}-there"},
    )
    assert there.describe_restore_job(RestoreJobId=started["RestoreJobId"])["Status"] == "COMPLETED"
    found = house.client("dynamodb", THERE).scan(TableName=f"{house.name}-there")["Items"]
    assert len(found) == 3


def failure(house: House) -> str:
    (done,) = house.back_up()
    assert done.point_arn == ""
    return done.failure


def test_backups_fail_for_what_aws_would_refuse(house: House) -> None:
    house.make_table()
    house.make_role("ec2.amazonaws.com")
    house.make_plan()
    assert "sts:AssumeRole" in failure(house)
    house.make_role(keys=False)
    house.make_plan()
    assert "kms:GenerateDataKey" in failure(house)
    house.make_role()
    house.make_plan(TargetBackupVaultName="none")
    assert "Backup vault none does not exist" in failure(house)
    house.client("backup").put_backup_vault_lock_configuration(BackupVaultName=house.name, MinRetentionDays=30)
    house.make_plan(Lifecycle={"DeleteAfterDays": 7})
    assert "Retention of 7 days is less than the 30 days" in failure(house)


def test_types_that_the_region_has_not_opted_in_to_are_passed_over(house: House) -> None:
    backup = house.client("backup")
    house.make_table()
    try:
        backup.update_region_settings(ResourceTypeOptInPreference={"S3": True})
        assert house.back_up() == []
        backup.update_region_settings(
            ResourceTypeOptInPreference={"DynamoDB": True, "S3": True, "EFS": True, "Aurora": True}
        )
        assert len(house.back_up()) == 1
        assert backup.describe_region_settings()["ResourceTypeOptInPreference"]["DynamoDB"]
    finally:
        house.cloud.beyond.kept("backup", HERE)["state"].region.clear()


def test_what_is_not_modelled_is_an_error(house: House) -> None:
    selection = {"SelectionName": "not", "IamRoleArn": house.role, "NotResources": ["arn:aws:s3:::*"]}
    house.client("backup").create_backup_selection(BackupPlanId=house.plan_id, BackupSelection=selection)
    with pytest.raises(NotImplementedError, match="does not evaluate NotResources"):
        house.back_up()
    with pytest.raises(NotImplementedError, match="copies DynamoDB, S3, EFS, Aurora, not EBS"):
        kind("EBS")
    with pytest.raises(LookupError, match="has no rule hourly; it has daily"):
        run_plan(house.cloud, HERE, house.plan_id, "hourly")


def test_resources_can_be_named(house: House) -> None:
    arn = house.make_table()
    house.make_plan()
    named = {"SelectionName": "named", "IamRoleArn": house.role, "Resources": [f"{arn[:-2]}*"]}
    backup = house.client("backup")
    (tagged,) = backup.list_backup_selections(BackupPlanId=house.plan_id)["BackupSelectionsList"]
    backup.delete_backup_selection(BackupPlanId=house.plan_id, SelectionId=tagged["SelectionId"])
    backup.create_backup_selection(BackupPlanId=house.plan_id, BackupSelection=named)
    assert arn in [done.resource_arn for done in house.back_up()]


# Recovery points


def test_recovery_points_are_deleted_unless_their_vault_is_locked(house: House) -> None:
    house.make_table()
    backup = house.client("backup")
    named = {"BackupVaultName": house.name, "RecoveryPointArn": house.point()}
    assert backup.describe_recovery_point(**named)["Status"] == "COMPLETED"
    assert (
        refused(backup.delete_recovery_point, **{**named, "BackupVaultName": "none"})[0] == "ResourceNotFoundException"
    )
    backup.put_backup_vault_lock_configuration(BackupVaultName=house.name, MinRetentionDays=30)
    assert refused(backup.delete_recovery_point, **named)[0] == "InvalidRequestException"
    shorter = refused(backup.update_recovery_point_lifecycle, **named, Lifecycle={"DeleteAfterDays": 7})
    assert shorter[0] == "InvalidRequestException"
    backup.delete_backup_vault_lock_configuration(BackupVaultName=house.name)
    backup.update_recovery_point_lifecycle(**named, Lifecycle={"DeleteAfterDays": 7})
    assert backup.describe_recovery_point(**named)["Lifecycle"] == {"DeleteAfterDays": 7}
    backup.delete_recovery_point(**named)
    assert refused(backup.describe_recovery_point, **named)[0] == "ResourceNotFoundException"


def test_a_backup_without_lifecycle_is_kept_for_ever(house: House) -> None:
    house.make_plan()
    house.make_table()
    named = {"BackupVaultName": house.name, "RecoveryPointArn": house.point()}
    assert house.client("backup").describe_recovery_point(**named)["CalculatedLifecycle"] == {}


# Restores


def test_a_table_is_restored_as_it_was_with_the_key_that_is_asked_for(house: House) -> None:
    house.make_table()
    point, dynamodb = house.point(), house.client("dynamodb")
    house.put(house.name, range(3, 9))
    job = house.restore(point, targetTableName=f"{house.name}-copy", encryptionType="KMS", kmsMasterKeyArn=house.key)
    assert job["Status"] == "COMPLETED"
    assert job["CreatedResourceArn"].endswith(f"{house.name}-copy")
    assert house.items(f"{house.name}-copy") == ["0", "1", "2"]
    told = dynamodb.describe_table(TableName=f"{house.name}-copy")["Table"]
    assert told["SSEDescription"]["KMSMasterKeyArn"] == house.key
    house.restore(point, targetTableName=f"{house.name}-plain")
    assert "SSEDescription" not in dynamodb.describe_table(TableName=f"{house.name}-plain")["Table"]


def test_nothing_is_restored_over_what_exists(house: House) -> None:
    house.make_table()
    job = house.restore(house.point(), targetTableName=house.name)
    assert job["Status"] == "FAILED"
    assert "already exists" in job["StatusMessage"]


def test_a_restore_with_the_same_token_is_one_job(house: House) -> None:
    arn = house.make_table()
    backup = house.client("backup")
    given = {
        "RecoveryPointArn": house.point(),
        "IamRoleArn": house.role,
        "Metadata": {"targetTableName": f"{house.name}-copy"},
        "IdempotencyToken": house.name,
        "CopySourceTagsToRestoredResource": True,
    }
    assert backup.start_restore_job(**given) == {
        **backup.start_restore_job(**given),
        "ResponseMetadata": {"HTTPStatusCode": 200},
    }
    assert len(backup.list_restore_jobs_by_protected_resource(ResourceArn=arn)["RestoreJobs"]) == 1
    tags = house.client("dynamodb").list_tags_of_resource(ResourceArn=f"{arn}-copy")["Tags"]
    assert tags == house.tags
    job_id = backup.start_restore_job(**given)["RestoreJobId"]
    told = refused(backup.put_restore_validation_result, RestoreJobId=job_id, ValidationStatus="SUCCESSFUL")
    assert told[0] == "InvalidRequestException"  # it belongs to no test


def test_a_bucket_is_restored_with_its_current_objects(house: House) -> None:
    house.make_bucket()
    point, s3 = house.point(), house.client("s3")
    s3.put_object(Bucket=house.name, Key="kept", Body=b"overwritten")
    target = f"{house.name}-copy"
    given = {"RecoveryPointArn": point, "IamRoleArn": house.role, "CopySourceTagsToRestoredResource": True}
    overrides = {"DestinationBucketName": target, "encryptionType": "SSE-KMS", "kmsKey": house.key}
    house.client("backup").start_restore_job(**given, Metadata=overrides)
    assert [item["Key"] for item in s3.list_objects_v2(Bucket=target)["Contents"]] == ["kept"]
    found = s3.get_object(Bucket=target, Key="kept")
    assert found["Body"].read() == b"one"
    assert found["SSEKMSKeyId"] == house.key
    assert s3.get_bucket_versioning(Bucket=target)["Status"] == "Enabled"
    assert s3.get_bucket_tagging(Bucket=target)["TagSet"] == house.tags
    house.restore(point, DestinationBucketName=f"{house.name}-plain")
    assert s3.get_object(Bucket=f"{house.name}-plain", Key="kept")["ServerSideEncryption"] == "AES256"


def test_a_bucket_without_versions_cannot_be_backed_up(house: House) -> None:
    house.make_bucket(versioned=False)
    assert "needs S3 Versioning" in failure(house)


def test_a_file_system_is_restored_encrypted(house: House) -> None:
    efs = house.client("efs")
    source = efs.create_file_system(CreationToken=house.name, Encrypted=True, KmsKeyId=house.key, Tags=house.tags)
    given = {"RecoveryPointArn": house.point(), "IamRoleArn": house.role, "CopySourceTagsToRestoredResource": True}
    metadata = {"CreationToken": f"{house.name}-copy", "kmsKeyId": house.key}
    job_id = house.client("backup").start_restore_job(**given, Metadata=metadata)["RestoreJobId"]
    job = house.client("backup").describe_restore_job(RestoreJobId=job_id)
    copy = job["CreatedResourceArn"].rsplit("/", maxsplit=1)[-1]
    (told,) = efs.describe_file_systems(FileSystemId=copy)["FileSystems"]
    assert (told["Encrypted"], told["KmsKeyId"], told["Tags"]) == (True, house.key, house.tags)
    assert copy != source["FileSystemId"]
    for _ in range(2):
        kind("EFS").removed(job["CreatedResourceArn"], HERE)
    assert house.restore(str(given["RecoveryPointArn"]), CreationToken=f"{house.name}-copy")["Status"] == "COMPLETED"


def test_a_cluster_is_restored_into_the_network_that_is_asked_for(house: House) -> None:
    rds = house.client("rds")
    rds.create_db_cluster(
        DBClusterIdentifier=house.name,
        Engine="aurora-postgresql",
        MasterUsername="admin1",
        MasterUserPassword="never-read-12",
        StorageEncrypted=True,
        KmsKeyId=house.key,
        Tags=house.tags,
    )
    point = house.point()
    assert point.startswith(f"arn:aws:rds:{HERE.region}:{ACCOUNT}:cluster-snapshot:awsbackup:job-")
    named = {"BackupVaultName": house.name, "RecoveryPointArn": point}
    known = house.client("backup").get_recovery_point_restore_metadata(**named)["RestoreMetadata"]
    assert known["Engine"] == "aurora-postgresql"
    given = {"RecoveryPointArn": point, "IamRoleArn": house.role, "CopySourceTagsToRestoredResource": True}
    metadata = {"DBClusterIdentifier": f"{house.name}-copy", "vpcSecurityGroupIds": '["sg-1"]'}
    house.client("backup").start_restore_job(**given, Metadata=metadata)
    (told,) = rds.describe_db_clusters(DBClusterIdentifier=f"{house.name}-copy")["DBClusters"]
    assert told["KmsKeyId"] == house.key
    assert [group["VpcSecurityGroupId"] for group in told["VpcSecurityGroups"]] == ["sg-1"]
    kind("Aurora").removed(told["DBClusterArn"], HERE)


# Restore tests


def ran(house: House, plan: str, **given: Any) -> list[Restore]:
    return run_restore_test(house.cloud, HERE, plan, **given)


def test_a_test_restores_the_latest_backup_announces_it_and_removes_the_copy(house: House) -> None:
    arn = house.make_table()
    house.point()
    house.put(house.name, range(3, 5))
    latest = house.point()
    plan = house.test(encryptionType="KMS", kmsMasterKeyArn=house.key)
    queue = house.client("sqs").create_queue(QueueName=house.name)["QueueUrl"]
    events = house.client("events")
    pattern = {
        "source": ["aws.backup"],
        "detail-type": ["Restore Job State Change"],
        "detail": {"status": ["COMPLETED"]},
    }
    events.put_rule(Name=house.name, EventPattern=json.dumps(pattern))
    queue_arn = f"arn:aws:sqs:{HERE.region}:{ACCOUNT}:{house.name}"
    send = {
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": queue_arn,
    }
    house.client("sqs").set_queue_attributes(QueueUrl=queue, Attributes={"Policy": document(send)})
    events.put_targets(Rule=house.name, Targets=[{"Id": "1", "Arn": queue_arn}])
    copies = []

    def look(job: Mapping[str, Any]) -> None:
        name = job["CreatedResourceArn"].rsplit("/", maxsplit=1)[-1]
        copies.append((name, house.items(name)))

    (done,) = ran(house, plan, meanwhile=look)
    ((name, items),) = copies
    assert name.startswith("awsbackup-restore-test-")
    assert items == ["0", "1", "2", "3", "4"]
    assert done.job["DeletionStatus"] == "SUCCESSFUL"
    assert refused(house.client("dynamodb").describe_table, TableName=name)[0] == "ResourceNotFoundException"
    assert [(target.rule, target.error) for target in done.delivered] == [(house.name, "")]
    (message,) = house.client("sqs").receive_message(QueueUrl=queue)["Messages"]
    detail = json.loads(message["Body"])["detail"]
    assert detail["recoveryPointArn"] == latest
    assert detail["sourceResourceArn"] == arn
    assert detail["status"] == "COMPLETED"
    assert detail["restoreTestingPlanArn"].split(":")[-1].startswith(plan)
    backup = house.client("backup")
    backup.put_restore_validation_result(
        RestoreJobId=done.job["RestoreJobId"], ValidationStatus="FAILED", ValidationStatusMessage="bad"
    )
    told = backup.describe_restore_job(RestoreJobId=done.job["RestoreJobId"])
    assert (told["ValidationStatus"], told["ValidationStatusMessage"]) == ("FAILED", "bad")
    events.remove_targets(Rule=house.name, Ids=["1"])
    events.delete_rule(Name=house.name)


def test_a_table_that_is_gone_is_known_by_the_tags_of_its_backups(house: House) -> None:
    house.make_table()
    house.point()
    plan = house.test()
    house.client("dynamodb").delete_table(TableName=house.name)
    (done,) = ran(house, plan)
    assert done.job["Status"] == "COMPLETED"


def test_backups_outside_the_window_are_not_tested(house: House) -> None:
    house.make_table()
    now = datetime.now(UTC)
    house.back_up(now - timedelta(days=8))
    house.back_up(now + timedelta(hours=1))
    plan = house.test()
    assert ran(house, plan) == []
    assert len(ran(house, plan, moment=now + timedelta(hours=2))) == 1


def test_a_test_fails_under_a_role_that_cannot_restore(house: House) -> None:
    house.make_table()
    house.point()
    house.make_role(keys=False)
    plan = house.test(encryptionType="KMS", kmsMasterKeyArn=house.key)
    (done,) = ran(house, plan, meanwhile=lambda _: pytest.fail("there is no copy"))
    assert done.job["Status"] == "FAILED"
    assert "kms:GenerateDataKey" in done.job["StatusMessage"]


def test_other_vaults_and_continuous_backups_are_left_out(house: House) -> None:
    house.make_table()
    house.point()
    plan = house.test()
    chosen = house.cloud.beyond.kept("backup", HERE)["state"].testing_plans[plan]["RecoveryPointSelection"]
    chosen["RecoveryPointTypes"] = ["CONTINUOUS"]
    assert ran(house, plan) == []
    chosen.update(
        RecoveryPointTypes=["SNAPSHOT"],
        ExcludeVaults=[f"arn:aws:backup:{HERE.region}:{ACCOUNT}:backup-vault:{house.name}"],
    )
    assert ran(house, plan) == []
    chosen.update(ExcludeVaults=[], Algorithm="RANDOM_WITHIN_WINDOW")
    assert len(ran(house, plan)) == 1
