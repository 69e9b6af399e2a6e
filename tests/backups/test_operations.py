"""`mcp-ops backups`: what status says about each store, and how a restore is planned, followed and validated."""

import argparse
import io
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws
from rich.console import Console

from mcp_ops import InputError
from mcp_ops.backups.operations import inventory, restore, status
from mcp_ops.backups.operations.inventory import Environment
from mcp_ops.cli import main
from mcp_ops.commands import backups as command
from mcp_ops.commands import environments

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
ACCOUNT = "123456789012"
TABLE = f"arn:aws:dynamodb:eu-west-1:{ACCOUNT}:table/notes-1"
OLD = f"arn:aws:dynamodb:eu-west-1:{ACCOUNT}:table/notes-0"
BUCKET = "arn:aws:s3:::papers-1"
FILES = f"arn:aws:elasticfilesystem:eu-west-1:{ACCOUNT}:file-system/fs-1"
CLUSTER = f"arn:aws:rds:eu-west-1:{ACCOUNT}:cluster:orders-1"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/mcp-dev-restore"
TYPES = {TABLE: "DynamoDB", OLD: "DynamoDB", BUCKET: "S3", FILES: "EFS", CLUSTER: "Aurora"}


def ago(**units: float) -> datetime:
    return NOW - timedelta(**units)


def point_arn(resource: str, number: int) -> str:
    return f"arn:aws:backup:eu-west-1:{ACCOUNT}:recovery-point:{TYPES[resource]}-{number}"


class Aws:
    """What the commands ask of AWS Backup, Lambda and tags; the rest is moto's."""

    def __init__(self) -> None:
        self.live: dict[str, str] = {}
        self.points: list[dict[str, Any]] = []
        self.point_tags: dict[str, dict[str, str]] = {}
        self.proofs: dict[str, list[dict[str, Any]]] = {}
        self.selections = {
            "DynamoDB": {"encryptionType": "KMS", "kmsMasterKeyArn": "key"},
            "S3": {"encryptionType": "SSE-KMS", "kmsKey": "key"},
            "EFS": {"kmsKeyId": "key"},
            "Aurora": {"dbSubnetGroupName": "group", "vpcSecurityGroupIds": '["sg"]'},
        }
        self.started: dict[str, Any] = {}
        self.job: list[dict[str, Any]] = [{"Status": "RUNNING", "PercentDone": "40%"}, {"Status": "COMPLETED"}]
        self.functions = ["other", "mcp-dev-validate-restore-1"]
        self.verdict: dict[str, Any] = {
            "valid": True,
            "checks": [{"check": "keys", "passed": True}],
            "notes": ["rows were not read"],
        }
        self.invoked: list[dict[str, Any]] = []

    def client(self, service: str) -> Any:
        return (
            self
            if service in {"backup", "lambda", "resourcegroupstaggingapi"}
            else boto3.session.Session().client(service)
        )

    def add(self, resource: str, created: datetime, status_: str = "COMPLETED") -> None:
        self.points.append(
            {
                "RecoveryPointArn": point_arn(resource, len(self.points)),
                "CreationDate": created,
                "ResourceArn": resource,
                "ResourceType": TYPES[resource],
                "Status": status_,
            }
        )

    def get_paginator(self, operation: str) -> "Aws":
        assert operation in {"get_resources", "list_functions"}
        return self

    def paginate(self, **parameters: Any) -> Iterator[dict[str, Any]]:
        if not parameters:
            yield {"Functions": [{"FunctionName": name} for name in self.functions]}
            return
        assert parameters == {"TagFilters": [{"Key": "Backup", "Values": ["mcp-dev"]}]}
        for name, arn in self.live.items():
            yield {"ResourceTagMappingList": [{"ResourceARN": arn, "Tags": [{"Key": "Store", "Value": name}]}]}
        yield {"ResourceTagMappingList": [{"ResourceARN": "arn:aws:s3:::other", "Tags": []}]}

    def list_recovery_points_by_backup_vault(self, BackupVaultName: str, NextToken: str = "0") -> dict[str, Any]:  # noqa: N803
        assert BackupVaultName == "mcp-dev"
        number = int(NextToken)
        more = {"NextToken": str(number + 1)} if number + 1 < len(self.points) else {}
        return {"RecoveryPoints": self.points[number : number + 1], **more}

    def list_tags(self, ResourceArn: str) -> dict[str, Any]:  # noqa: N803
        return {"Tags": self.point_tags.get(ResourceArn, {})}

    def list_restore_jobs_by_protected_resource(self, ResourceArn: str) -> dict[str, Any]:  # noqa: N803
        return {"RestoreJobs": self.proofs.get(ResourceArn, [])}

    def list_restore_testing_selections(self, RestoreTestingPlanName: str) -> dict[str, Any]:  # noqa: N803
        assert RestoreTestingPlanName == "mcp_dev_restores"
        return {
            "RestoreTestingSelections": [
                {"ProtectedResourceType": kind, "RestoreTestingSelectionName": kind.lower()} for kind in self.selections
            ]
        }

    def get_restore_testing_selection(
        self,
        RestoreTestingPlanName: str,  # noqa: N803
        RestoreTestingSelectionName: str,  # noqa: N803
    ) -> dict[str, Any]:
        (overrides,) = [value for kind, value in self.selections.items() if kind.lower() == RestoreTestingSelectionName]
        assert RestoreTestingPlanName == "mcp_dev_restores"
        return {"RestoreTestingSelection": {"IamRoleArn": ROLE, "RestoreMetadataOverrides": overrides}}

    def get_recovery_point_restore_metadata(self, **_: str) -> dict[str, Any]:
        return {"RestoreMetadata": {"Engine": "aurora-postgresql", "DBSubnetGroupName": "default"}}

    def start_restore_job(self, **parameters: Any) -> dict[str, Any]:
        self.started = parameters
        return {"RestoreJobId": "job-1"}

    def describe_restore_job(self, RestoreJobId: str) -> dict[str, Any]:  # noqa: N803
        assert RestoreJobId == "job-1"
        return self.job.pop(0)

    def invoke(self, FunctionName: str, Payload: bytes) -> dict[str, Any]:  # noqa: N803
        self.invoked.append({"name": FunctionName, **json.loads(Payload)})
        return {"Payload": io.BytesIO(json.dumps(self.verdict).encode())}


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Aws]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    made = Aws()
    made.live = {"notes": TABLE}
    made.add(TABLE, ago(hours=30))
    made.add(TABLE, ago(hours=6))
    made.add(TABLE, ago(hours=1), "EXPIRED")
    with mock_aws():
        yield made


def dev(aws: Aws) -> Environment:
    return Environment("dev", "mcp-dev", aws.client)


def proof(at: datetime, verdict: str = "SUCCESSFUL") -> dict[str, Any]:
    return {
        "CreationDate": at - timedelta(minutes=12),
        "CompletionDate": at,
        "RecoveryPointCreationDate": at - timedelta(hours=3, minutes=12),
        "ValidationStatus": verdict,
    }


# --- What there is -------------------------------------------------------------------------------------------------


def test_stores_are_found_by_tags_and_lost_ones_by_their_backups(aws: Aws) -> None:
    aws.add(OLD, ago(days=3))
    aws.add(BUCKET, ago(days=2))
    aws.point_tags = {point_arn(OLD, 3): {"Store": "notes"}}
    found = inventory.stores_of(dev(aws))
    assert list(found) == ["notes", "papers-1"], "without tags a lost store has its physical name"
    assert found["notes"].exists
    assert [point.created for point in found["notes"].points] == [ago(hours=6), ago(hours=30), ago(days=3)]
    assert not found["papers-1"].exists
    assert found["papers-1"].resource_type == "S3"


def test_an_unknown_store_is_refused_with_the_nearest_one(aws: Aws) -> None:
    found = inventory.stores_of(dev(aws))
    with pytest.raises(InputError, match="STORE: note is no store of this environment; did you mean notes"):
        inventory.store_named(found, "note")
    with pytest.raises(InputError, match="known: none"):
        inventory.store_named({}, "note")


# --- Status --------------------------------------------------------------------------------------------------------


def test_a_store_that_is_backed_up_and_proved_has_no_problems(aws: Aws) -> None:
    aws.proofs[TABLE] = [proof(ago(days=9)), proof(ago(days=2)), proof(ago(days=1), "FAILED")]
    (found,) = status.status_of(dev(aws), NOW)
    assert found.problems == ()
    assert found.as_json() == {
        "store": "notes",
        "type": "DynamoDB",
        "arn": TABLE,
        "exists": True,
        "backups": 2,
        "lastBackup": ago(hours=6).isoformat(),
        "backupAgeHours": 6.0,
        "lastProvedRestore": ago(days=2).isoformat(),
        "recoveryMinutes": 12.0,
        "recoveryPointHours": 3.0,
        "problems": [],
    }


@pytest.mark.parametrize(
    ("change", "problems"),
    [
        (lambda _: None, ("was never restored to prove its backups",)),
        (lambda aws: aws.proofs.update({TABLE: [proof(ago(days=9))]}), ("was not proved in the last 8 days",)),
        (lambda aws: aws.points.clear(), ("has no backup", "was never restored to prove its backups")),
        (
            lambda aws: aws.points.pop(1),
            ("has no backup of the last 26 h", "was never restored to prove its backups"),
        ),
        (lambda aws: aws.live.clear(), ("is gone; restore it", "was never restored to prove its backups")),
    ],
)
def test_what_is_missing_or_too_old_is_a_problem(aws: Aws, change: Callable[[Aws], Any], problems: Any) -> None:
    change(aws)
    (found,) = status.status_of(dev(aws), NOW)
    assert found.problems == problems


# --- A restore -----------------------------------------------------------------------------------------------------


def planned(aws: Aws, to: str = "dev-restored-notes", at: datetime | None = None) -> restore.RestorePlan:
    return restore.plan_restore(dev(aws), inventory.stores_of(dev(aws))["notes"], to, at)


def test_the_newest_backup_is_restored_as_the_restore_test_does_it(aws: Aws) -> None:
    plan = planned(aws)
    assert plan.point.created == ago(hours=6)
    assert plan.role_arn == ROLE
    assert plan.metadata == {
        "encryptionType": "KMS",
        "kmsMasterKeyArn": "key",
        "targetTableName": "dev-restored-notes",
    }
    assert restore.start(dev(aws), plan) == "job-1"
    assert aws.started["RecoveryPointArn"] == plan.point.arn
    assert aws.started["IdempotencyToken"] == "dev-restored-notes"


def test_a_time_takes_the_newest_backup_until_then(aws: Aws) -> None:
    assert planned(aws, at=ago(hours=10)).point.created == ago(hours=30)


@pytest.mark.parametrize(
    ("resource", "name", "expected"),
    [
        (
            BUCKET,
            "papers",
            {"DestinationBucketName": "dev-restored-x", "NewBucket": "true", "kmsKey": "key"},
        ),
        (FILES, "files", {"newFileSystem": "true", "file-system-id": "fs-1", "kmsKeyId": "key"}),
        (
            CLUSTER,
            "orders",
            {"DBClusterIdentifier": "dev-restored-x", "dbSubnetGroupName": "group", "Engine": "aurora-postgresql"},
        ),
    ],
)
def test_every_kind_is_restored_to_something_new(aws: Aws, resource: str, name: str, expected: dict[str, str]) -> None:
    aws.live[name] = resource
    aws.add(resource, ago(hours=2))
    plan = restore.plan_restore(dev(aws), inventory.stores_of(dev(aws))[name], "dev-restored-x", None)
    assert expected.items() <= plan.metadata.items()
    assert "DBSubnetGroupName" not in plan.metadata, "the one of the restore test holds"


def test_nothing_is_restored_over_what_exists(aws: Aws) -> None:
    boto3.client("dynamodb").create_table(
        TableName="dev-restored-notes",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    with pytest.raises(InputError, match="--to: dev-restored-notes exists already; nothing is ever restored over"):
        planned(aws)


@pytest.mark.usefixtures("aws")
def test_an_error_that_says_nothing_about_existence_is_raised() -> None:
    class Dynamo:
        def describe_table(self, TableName: str) -> None:  # noqa: N803 - AWS's name
            raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": TableName}}, "DescribeTable")

    with pytest.raises(ClientError, match="AccessDenied"):
        restore._exists(Environment("dev", "mcp-dev", lambda _: Dynamo()), "DynamoDB", "dev-restored-x")


@pytest.mark.parametrize(("code", "taken"), [("404", False), ("403", True)])
def test_a_bucket_of_somebody_else_is_taken_too(aws: Aws, code: str, taken: bool) -> None:
    class S3:
        def head_bucket(self, Bucket: str) -> None:  # noqa: N803 - AWS's name
            raise ClientError({"Error": {"Code": code, "Message": Bucket}}, "HeadBucket")

    environment = Environment("dev", "mcp-dev", lambda service: S3() if service == "s3" else aws.client(service))
    assert restore._exists(environment, "S3", "dev-restored-x") == taken


@pytest.mark.parametrize(
    ("to", "at", "line"),
    [
        ("notes", None, "--to: notes does not start with dev-restored-"),
        ("dev-restored-", None, "--to: dev-restored- does not start with dev-restored-"),
        ("dev-restored-ä", None, "--to: dev-restored-ä is no name that AWS takes for DynamoDB"),
        ("dev-restored-x", ago(days=40), "is before the first backup of notes, 2026-11-20T06:00:00+00:00"),
    ],
)
def test_wrong_input_is_refused_before_anything_is_started(aws: Aws, to: str, at: datetime | None, line: str) -> None:
    with pytest.raises(InputError) as refused:
        planned(aws, to, at)
    assert line in str(refused.value)
    assert aws.started == {}


def test_a_store_without_backup_or_of_another_type_or_without_test_is_refused(aws: Aws) -> None:
    aws.selections.pop("DynamoDB")
    with pytest.raises(InputError, match="notes is a DynamoDB, which no restore test of mcp_dev_restores covers"):
        planned(aws)
    aws.points.clear()
    with pytest.raises(InputError, match="STORE: notes has no backup that could be restored"):
        planned(aws)
    aws.live = {"notes": f"arn:aws:redshift:eu-west-1:{ACCOUNT}:cluster:x"}
    with pytest.raises(InputError, match="notes is a redshift, which this command does not restore"):
        planned(aws)


def test_a_job_is_followed_to_its_end(aws: Aws) -> None:
    told: list[float] = []
    waits: list[int] = []
    job = restore.follow(dev(aws), "job-1", told.append, lambda: waits.append(1))
    assert job["Status"] == "COMPLETED"
    assert told == [40.0]
    assert waits == [1]


def test_the_validation_function_of_the_environment_looks_at_the_copy(aws: Aws) -> None:
    verdict = restore.validate(dev(aws), "job-1")
    assert verdict.valid
    assert aws.invoked == [{"name": "mcp-dev-validate-restore-1", "restoreJobId": "job-1"}]
    aws.verdict = {"errorMessage": "broken"}
    with pytest.raises(InputError, match="gave no verdict"):
        restore.validate(dev(aws), "job-1")
    aws.functions = ["other"]
    with pytest.raises(InputError, match="starts the name of no function"):
        restore.validate(dev(aws), "job-1")


# --- The commands --------------------------------------------------------------------------------------------------


@pytest.fixture
def project(tmp_path: Path) -> str:
    (tmp_path / "Pulumi.yaml").write_text("name: mcp-ops\nruntime: python\n")
    (tmp_path / "__main__.py").write_text("")
    (tmp_path / "Pulumi.dev.yaml").write_text(
        f'config:\n  mcp-ops:environment: dev\n  mcp-ops:account: "{ACCOUNT}"\n'
        "  mcp-ops:regions: {primary: eu-west-1}\n"
    )
    (tmp_path / "Pulumi.bare.yaml").write_text("config: {}\n")
    return str(tmp_path)


@pytest.fixture
def in_aws(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> Aws:
    real = boto3.Session

    class Session:
        def __init__(self, region_name: str = "") -> None:
            assert region_name in {"eu-west-1", ""}

        def client(self, service: str) -> Any:
            return real().client("sts") if service == "sts" else aws.client(service)

    monkeypatch.setattr(boto3, "Session", Session)
    monkeypatch.setattr("time.sleep", lambda _: None)
    return aws


def test_status_prints_a_table_or_a_document(in_aws: Aws, project: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["backups", "status", "dev", "--json", "--project", project]) == 1
    (row,) = json.loads(capsys.readouterr().out)
    assert row["store"] == "notes"
    assert "was never restored to prove its backups" in row["problems"]
    assert main(["backups", "status", "dev", "--project", project]) == 1
    assert "notes" in capsys.readouterr().out
    in_aws.live.clear()
    in_aws.points.clear()
    assert main(["backups", "status", "dev", "--project", project]) == 1
    assert "dev has no stores and no backups" in capsys.readouterr().out


def test_status_passes_when_everything_is_proved(in_aws: Aws, project: str) -> None:
    in_aws.points.clear()
    in_aws.add(TABLE, datetime.now(UTC) - timedelta(hours=1))
    in_aws.proofs[TABLE] = [proof(datetime.now(UTC))]
    assert main(["backups", "status", "dev", "--project", project]) == 0


def restoring(project: str, *more: str) -> list[str]:
    return ["backups", "restore", "dev", "notes", "--to", "dev-restored-notes", "--project", project, *more]


def test_a_restore_is_confirmed_followed_and_validated(
    in_aws: Aws, project: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("builtins.input", lambda *_: "no")
    assert main(restoring(project)) == 1
    assert in_aws.started == {}
    assert "nothing was restored" in capsys.readouterr().out
    monkeypatch.setattr("builtins.input", lambda *_: "dev-restored-notes")
    assert main(restoring(project)) == 0
    assert in_aws.started["Metadata"]["targetTableName"] == "dev-restored-notes"
    said = capsys.readouterr().out
    assert "note: rows were not read" in said
    assert "the copy is good" in said


def test_a_bad_copy_and_a_failed_job_fail_the_command(
    in_aws: Aws, project: str, capsys: pytest.CaptureFixture[str]
) -> None:
    in_aws.verdict = {"valid": False, "checks": [{"check": "keys", "passed": False, "found": "x", "expected": "y"}]}
    assert main(restoring(project, "--yes")) == 1
    assert "FAILED keys: found x, expected y" in capsys.readouterr().out
    in_aws.job = [{"Status": "FAILED", "StatusMessage": "no permission"}]
    assert main(restoring(project, "--yes")) == 1
    assert "FAILED: no permission" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (
            ["status", "bare"],
            "stack: bare does not say mcp-ops:environment, mcp-ops:account and mcp-ops:regions.primary",
        ),
        (["status", "prod"], "stack: prod has no file Pulumi.prod.yaml"),
        (["restore", "dev", "note", "--to", "dev-restored-x"], "STORE: note is no store of this environment"),
    ],
)
def test_a_wrong_call_ends_with_exit_code_2(
    in_aws: Aws, project: str, capsys: pytest.CaptureFixture[str], arguments: list[str], line: str
) -> None:
    assert main(["backups", *arguments, "--project", project]) == 2
    assert line in capsys.readouterr().err
    assert in_aws.started == {}


def test_credentials_of_another_account_are_refused(
    in_aws: Aws, project: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file = Path(project) / "Pulumi.dev.yaml"
    file.write_text(file.read_text().replace(ACCOUNT, "999999999999"))
    assert main(["backups", "status", "dev", "--project", project]) == 2
    assert f"credentials: {ACCOUNT} is not the account of dev, 999999999999" in capsys.readouterr().err
    assert in_aws.started == {}


def test_what_aws_refuses_is_one_line(
    in_aws: Aws, project: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**_: Any) -> None:
        raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "not allowed"}}, "ListRecoveryPoints")

    monkeypatch.setattr(in_aws, "list_recovery_points_by_backup_vault", refuse)
    assert main(["backups", "status", "dev", "--project", project]) == 2
    assert "call: ListRecoveryPoints was refused by AWS: AccessDeniedException: not allowed" in capsys.readouterr().err


def test_without_credentials_there_is_one_line(
    project: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("HOME", project)
    assert main(["backups", "status", "dev", "--project", project]) == 2
    assert "AWS: NoCredentialsError cannot be asked" in capsys.readouterr().err


def test_a_time_without_zone_is_utc_and_nonsense_is_none() -> None:
    assert command.moment("2026-11-21T03:00:00") == datetime(2026, 11, 21, 3, tzinfo=UTC)
    assert command.moment("2026-11-21T03:00:00+01:00").utcoffset() == timedelta(hours=1)
    with pytest.raises(argparse.ArgumentTypeError, match="yesterday is no time"):
        command.moment("yesterday")


def rehearsing(project: str) -> argparse.Namespace:
    return argparse.Namespace(project=Path(project), stack="dev", policy=None, rehearse=True)


def test_the_commands_work_on_a_rehearsed_stack(project: str) -> None:
    (Path(project) / "__main__.py").write_text(
        "import pulumi_aws as aws\naws.Provider('aws', region='eu-west-1')\n"
        "aws.s3.Bucket('papers', bucket='papers', tags={'Backup': 'mcp-dev', 'Store': 'papers'})\n"
    )
    with environments.environment_of(rehearsing(project), Console(file=io.StringIO())) as environment:
        assert (environment.name, environment.plan) == ("dev", "mcp-dev")
        assert inventory._live(environment) == {"papers": "arn:aws:s3:::papers"}


def test_a_stack_that_does_not_rehearse_is_refused(project: str) -> None:
    (Path(project) / "__main__.py").write_text("raise RuntimeError('no')\n")
    with (
        pytest.raises(InputError, match="stack: dev did not pass its rehearsal"),
        environments.environment_of(rehearsing(project), Console(file=io.StringIO())),
    ):
        pass
