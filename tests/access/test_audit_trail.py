"""The audit trail: what it records, how firmly it is kept, who hears of what, and which inputs are refused."""

import json
import re
from typing import Any

import pytest

from mcp_ops import AuditTrail, InputError
from mcp_ops.access.audit_plan import OWN_ONLY
from mcp_ops.access.queries import QUERIES
from mcp_ops.access.security_events import EVENTS, MAX_PATTERN
from mcp_ops.access.trail_logs import NAMESPACE
from mcp_ops.rehearsal.findings import check_policy
from tests.access.programs import BOUNDARY, TOPIC, TRAIL, trail
from tests.support.recording import ACCOUNT_ID, REGION, Recording, record

OWN = f"arn:aws:cloudtrail:{REGION}:{ACCOUNT_ID}:trail/dev-trail"
GROUP = f"arn:aws:logs:{REGION}:{ACCOUNT_ID}:log-group:/mcp-ops/dev/audit"


def registered(**changes: Any) -> Recording:
    return record(lambda: AuditTrail("dev", trail(**changes)))


@pytest.fixture(scope="module")
def run() -> Recording:
    return registered(permissions_boundary_arn=BOUNDARY, tags={"team": "x"})


def statements(document: str) -> dict[str, dict[str, Any]]:
    return {item["Sid"]: item for item in json.loads(document)["Statement"]}


# --- The trail -----------------------------------------------------------------------------------------------------


def test_the_trail_records_every_region_and_its_files_can_be_validated(run: Recording) -> None:
    inputs = run.one("Trail").inputs
    assert inputs["isMultiRegionTrail"] is inputs["includeGlobalServiceEvents"] is True
    assert inputs["enableLogFileValidation"] is inputs["enableLogging"] is True
    assert inputs["name"] == "dev-trail"
    assert inputs["kmsKeyId"].endswith("key/dev-audit")
    assert inputs["cloudWatchLogsGroupArn"].endswith(":*")
    assert {"dev-trail-archive-policy", "dev-trail-logs-policy"} <= run.one("Trail").dependencies


def test_the_key_serves_this_trail_and_this_log_group_only(run: Recording) -> None:
    key = run.one("kms/key:Key")
    found = statements(key.inputs["policy"])
    assert key.inputs["enableKeyRotation"] is True
    assert found["Trail"]["Condition"] == {
        "StringEquals": {"aws:SourceArn": OWN, "kms:EncryptionContext:aws:cloudtrail:arn": OWN}
    }
    assert found["LogGroup"]["Condition"] == {"ArnEquals": {"kms:EncryptionContext:aws:logs:arn": GROUP}}
    assert check_policy(key.inputs["policy"], "resource", "policy", resource_type="kms", account=ACCOUNT_ID) == []


def test_only_this_trail_writes_to_the_archive_and_nobody_without_tls(run: Recording) -> None:
    found = statements(run.one("BucketPolicy").inputs["policy"])
    assert found["TrailChecks"]["Condition"] == {"StringEquals": {"aws:SourceArn": OWN}}
    assert found["TrailWrites"]["Condition"]["StringEquals"]["aws:SourceArn"] == OWN
    assert found["TrailWrites"]["Resource"].endswith(f"/AWSLogs/{ACCOUNT_ID}/*")
    assert found["TlsOnly"]["Effect"] == "Deny"


def test_the_archive_is_private_versioned_locked_encrypted_and_tidied(run: Recording) -> None:
    bucket = run.one("s3/bucket:Bucket")
    assert bucket.inputs["objectLockEnabled"] is True
    assert bucket.inputs["forceDestroy"] is False
    assert all(
        run.one("BucketPublicAccessBlock").inputs[key]
        for key in ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
    )
    assert run.one("BucketVersioning").inputs["versioningConfiguration"] == {"status": "Enabled"}
    lock = run.one("BucketObjectLockConfiguration").inputs["rule"]["defaultRetention"]
    assert lock == {"mode": "GOVERNANCE", "days": 400}
    (rule,) = run.one("BucketServerSideEncryptionConfiguration").inputs["rules"]
    assert rule["applyServerSideEncryptionByDefault"]["sseAlgorithm"] == "AES256"
    (expiry,) = run.one("BucketLifecycleConfiguration").inputs["rules"]
    assert expiry["expiration"] == {"days": 400}
    assert expiry["noncurrentVersionExpiration"] == {"noncurrentDays": 1}


def test_what_is_kept_refuses_to_go(run: Recording) -> None:
    for kind in ("Trail", "kms/key:Key", "s3/bucket:Bucket"):
        assert run.one(kind).protect
        assert run.one(kind).retain_on_delete
    gone = registered(protect=False)
    assert gone.one("s3/bucket:Bucket").inputs["forceDestroy"] is True
    assert not any(item.protect for item in gone)


def test_a_lock_that_nobody_can_lift_takes_two_words() -> None:
    run = registered(object_lock="compliance", accept_irrevocable_lock=True, retention_days=365, lock_days=90)
    lock = run.one("BucketObjectLockConfiguration").inputs["rule"]["defaultRetention"]
    assert lock == {"mode": "COMPLIANCE", "days": 90}


# --- Who watches ---------------------------------------------------------------------------------------------------


def test_the_trail_can_be_searched_and_only_cloudtrail_writes_it(run: Recording) -> None:
    group, role = run.one("LogGroup").inputs, run.one("iam/role:Role").inputs
    assert group["name"] == "/mcp-ops/dev/audit"
    assert group["retentionInDays"] == 90
    assert group["kmsKeyId"].endswith("key/dev-audit")
    (trust,) = json.loads(role["assumeRolePolicy"])["Statement"]
    assert trust["Principal"] == {"Service": "cloudtrail.amazonaws.com"}
    assert trust["Condition"]["ArnLike"] == {"aws:SourceArn": OWN}
    assert role["permissionsBoundary"] == BOUNDARY
    assert check_policy(run.one("RolePolicy").inputs["policy"], "identity", "policy", account=ACCOUNT_ID) == []


@pytest.mark.parametrize("event", EVENTS)
def test_every_security_event_raises_its_alarm(run: Recording, event: str) -> None:
    made, alarm = run.one("LogMetricFilter", f"dev-audit-{event}"), run.one("MetricAlarm", f"dev-audit-{event}")
    metric = made.inputs["metricTransformation"]
    assert (metric["namespace"], metric["name"]) == (NAMESPACE, alarm.inputs["metricName"])
    assert alarm.inputs["namespace"] == NAMESPACE
    assert alarm.inputs["alarmActions"] == [TOPIC]
    assert alarm.inputs["treatMissingData"] == "notBreaching"
    assert f"docs/access.md#{event}" in alarm.inputs["alarmDescription"]
    assert len(made.inputs["pattern"]) <= MAX_PATTERN


@pytest.mark.parametrize("event", EVENTS)
def test_every_pattern_is_balanced(event: str) -> None:
    pattern = EVENTS[event].pattern
    assert pattern.count("(") == pattern.count(")")
    assert re.fullmatch(r"\{ .+ \}", pattern)


def test_a_trail_that_falls_silent_raises_an_alarm(run: Recording) -> None:
    alarm = run.one("MetricAlarm", "dev-audit-silent").inputs
    assert alarm["dimensions"] == {"LogGroupName": "/mcp-ops/dev/audit"}
    assert alarm["treatMissingData"] == "breaching"


def test_detectors_watch_beside_the_trail(run: Recording) -> None:
    assert run.one("guardduty/detector:Detector").inputs["enable"] is True
    assert run.one("DetectorFeature").inputs["status"] == "DISABLED"
    assert run.one("Analyzer").inputs["type"] == "ACCOUNT"
    assert not run.all("securityhub/account:Account")
    assert {target.inputs["arn"] for target in run.all("EventTarget")} == {TOPIC}
    sources = [json.loads(rule.inputs["eventPattern"])["source"] for rule in run.all("EventRule")]
    assert sources == [["aws.access-analyzer"], ["aws.guardduty"]]


def test_detectors_are_settings() -> None:
    run = registered(guard_duty=False, access_analyzer=False, security_hub=True)
    assert run.all("securityhub/account:Account")
    for kind in ("guardduty/detector:Detector", "DetectorFeature", "Analyzer", "EventRule"):
        assert not run.all(kind)
    feature = registered(runtime_monitoring=True).one("DetectorFeature").inputs
    assert (feature["name"], feature["status"]) == ("RUNTIME_MONITORING", "ENABLED")
    assert feature["additionalConfigurations"] == [{"name": "ECS_FARGATE_AGENT_MANAGEMENT", "status": "ENABLED"}]


def test_tags_reach_everything_that_takes_them(run: Recording) -> None:
    for kind in (
        "Trail",
        "s3/bucket:Bucket",
        "kms/key:Key",
        "LogGroup",
        "iam/role:Role",
        "guardduty/detector:Detector",
    ):
        assert run.one(kind).inputs["tags"] == {"team": "x"}, kind


# --- Who called which tool -----------------------------------------------------------------------------------------


def test_saved_queries_say_who_called_which_tool() -> None:
    run = registered(server_log_groups=["/mcp-ops/dev/weather"])
    found = {item.inputs["name"]: item.inputs for item in run.all("QueryDefinition")}
    assert set(found) == {f"dev/{key}" for key in QUERIES}
    who = found["dev/who-called-which-tool"]
    assert who["logGroupNames"] == ["/mcp-ops/dev/weather"]
    for field in ("subject", "client_id", "tool", "outcome", 'event = "tool_call"'):
        assert field in who["queryString"]


# --- One account, several stacks -----------------------------------------------------------------------------------


def test_beside_an_existing_trail_nothing_of_the_account_is_registered() -> None:
    run = registered(alarm_topic_arn=None, existing_trail_arn=TRAIL, server_log_groups=["/mcp-ops/dev/weather"])
    assert {item.type.split("/")[-1] for item in run if item.custom} == {"queryDefinition:QueryDefinition"}
    outputs = run.one("AuditTrail").outputs
    assert outputs["trail_arn"] == TRAIL
    assert not [key for key in ("bucket_arn", "key_arn", "log_group_name") if outputs.get(key)]


def test_an_own_trail_says_where_it_is(run: Recording) -> None:
    outputs = run.one("AuditTrail").outputs
    assert set(outputs) == set(AuditTrail.__annotations__)
    assert outputs["log_group_name"] == "/mcp-ops/dev/audit"
    assert outputs["bucket_arn"].startswith("arn:aws:s3:::dev-trail-archive")


# --- What is refused -----------------------------------------------------------------------------------------------


def offences(**changes: Any) -> list[str]:
    with pytest.raises(InputError) as caught:
        registered(**changes)
    return str(caught.value).splitlines()


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {"object_lock": "compliance"},
            "dev.object_lock: compliance can be lifted by nobody for lock_days; say so with",
        ),
        ({"accept_irrevocable_lock": True}, "dev.accept_irrevocable_lock: True has no effect with object_lock gov"),
        ({"object_lock": "none"}, "dev.object_lock: none is not one of governance, compliance"),
        ({"lock_days": 500}, "dev.lock_days: 500 exceeds retention_days 400; files that are to go would still be"),
        ({"retention_days": 0}, "dev.retention_days: 0 is not a plain integer from 1 to 3653"),
        ({"log_retention_days": 100}, "dev.log_retention_days: 100 is no retention of CloudWatch Logs; use 1, 3"),
        ({"guard_duty": False, "runtime_monitoring": True}, "dev.runtime_monitoring: True is part of GuardDuty"),
        ({"alarm_topic_arn": None}, "dev.alarm_topic_arn: None is missing; security events need a topic"),
        ({"existing_trail_arn": "prod"}, "dev.existing_trail_arn: prod is not the ARN of a trail"),
        ({"existing_trail_arn": TRAIL}, "dev.alarm_topic_arn: given has no effect beside existing_trail_arn"),
        ({"region": "Ireland"}, "dev.region: Ireland is not an AWS region; write it like eu-west-1"),
    ],
)
def test_wrong_trails_are_refused(changes: dict[str, Any], expected: str) -> None:
    assert any(line.startswith(expected) for line in offences(**changes)), offences(**changes)


def test_beside_an_existing_trail_every_input_of_an_own_one_is_refused_at_once() -> None:
    given: dict[str, Any] = dict.fromkeys(OWN_ONLY, "x")
    lines = offences(**given, existing_trail_arn=TRAIL)
    beside = [line for line in lines if "beside existing_trail_arn" in line]
    assert [line.partition(":")[0] for line in beside] == [f"dev.{key}" for key in OWN_ONLY]


@pytest.mark.parametrize("name", ["dev.", "d" * 130, "dev trail"])
def test_a_name_that_makes_no_trail_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="cannot start a trail's name"):
        record(lambda: AuditTrail(name, trail()))


@pytest.mark.parametrize("changes", [{}, {"alarm_topic_arn": None, "existing_trail_arn": TRAIL}])
def test_a_preview_works_while_nothing_is_known(changes: dict[str, Any]) -> None:
    assert list(record(lambda: AuditTrail("dev", trail(**changes)), preview=True))
