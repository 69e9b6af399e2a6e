"""Backup, CloudTrail, GuardDuty, Security Hub, Access Analyzer, Synthetics, Scheduler, Step Functions and EFS."""

from collections.abc import Callable
from typing import Any

import pytest

from mcp_ops.rehearsal.simulator.errors import Refusal

Create = Callable[..., Any]
Client = Callable[[str], Any]
ROLE = "arn:aws:iam::123456789012:role/operations"


def test_a_backup_plan_and_its_selection(create: Create, client: Client) -> None:
    create("aws:backup/vault:Vault", name="daily")
    plan = create(
        "aws:backup/plan:Plan",
        "daily",
        rules=[
            {
                "ruleName": "daily",
                "targetVaultName": "daily",
                "schedule": "cron(0 5 * * ? *)",
                "lifecycle": {"deleteAfter": 35},
            }
        ],
    )
    selection = create(
        "aws:backup/selection:Selection",
        "marked",
        planId=plan.id,
        iamRoleArn=ROLE,
        selectionTags=[{"type": "STRINGEQUALS", "key": "backup", "value": "daily"}],
    )
    kept = client("backup").get_backup_plan(BackupPlanId=plan.id)["BackupPlan"]["Rules"][0]
    assert kept["Lifecycle"]["DeleteAfterDays"] == 35
    assert [call.executed for call in selection.operations] == [True]


def test_a_trail_records_once_it_exists(create: Create, client: Client) -> None:
    create("aws:s3/bucket:Bucket", bucket="audit-trail")
    made = create("aws:cloudtrail/trail:Trail", "audit", s3BucketName="audit-trail", isMultiRegionTrail=True)
    assert client("cloudtrail").get_trail_status(Name=made.id)["IsLogging"] is True


def test_detectors_of_an_account(create: Create, client: Client) -> None:
    detector = create("aws:guardduty/detector:Detector")
    create(
        "aws:guardduty/detectorFeature:DetectorFeature", detectorId=detector.id, name="S3_DATA_EVENTS", status="ENABLED"
    )
    hub = create("aws:securityhub/account:Account", enableDefaultStandards=False)
    analyzer = create("aws:accessanalyzer/analyzer:Analyzer", "outside")
    assert client("guardduty").get_detector(DetectorId=detector.id)["Status"] == "ENABLED"
    assert hub.id == "123456789012"
    assert analyzer.outputs["arn"] == f"arn:aws:access-analyzer:eu-central-1:123456789012:analyzer/{analyzer.id}"


def test_a_schedule_in_its_group(create: Create, client: Client) -> None:
    group = create("aws:scheduler/scheduleGroup:ScheduleGroup", name="jobs")
    made = create(
        "aws:scheduler/schedule:Schedule",
        name="hourly",
        groupName=group.id,
        scheduleExpression="rate(1 hour)",
        flexibleTimeWindow={"mode": "OFF"},
        target={"arn": "arn:aws:sqs:eu-central-1:123456789012:jobs", "roleArn": ROLE},
    )
    assert made.id == f"{group.id}/{made.outputs['arn'].rsplit('/', 1)[-1]}"
    assert client("scheduler").list_schedules(GroupName=group.id)["Schedules"][0]["State"] == "ENABLED"


def test_a_file_system_with_an_access_point(create: Create) -> None:
    files = create(
        "aws:efs/fileSystem:FileSystem",
        "shared",
        encrypted=True,
        lifecyclePolicies=[{"transitionToIa": "AFTER_30_DAYS"}],
    )
    point = create("aws:efs/accessPoint:AccessPoint", fileSystemId=files.id, posixUser={"uid": 1000, "gid": 1000})
    assert files.outputs["dnsName"] == f"{files.id}.efs.eu-central-1.amazonaws.com"
    assert point.id.startswith("fsap-")


@pytest.mark.parametrize(
    ("type_", "inputs", "told"),
    [
        ("backup/vault:Vault", {"name": "not a vault"}, "does not match AWS's pattern"),
        (
            "scheduler/schedule:Schedule",
            {"scheduleExpression": "rate(1 hour)", "flexibleTimeWindow": {"mode": "NO"}},
            "'NO' is none of",
        ),
        ("sfn/stateMachine:StateMachine", {"definition": "{}", "roleArn": "no-role"}, "Arn"),
    ],
)
def test_what_aws_refuses(create: Create, type_: str, inputs: dict[str, Any], told: str) -> None:
    with pytest.raises(Refusal, match=told):
        create(f"aws:{type_}", **inputs)
