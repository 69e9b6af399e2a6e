"""A store of secrets: what it registers, who may do what, and that no value passes by."""

import json
from typing import Any

import pulumi
import pytest

from mcp_ops import InputError, SecretStore
from mcp_ops.rehearsal.findings import check_policy
from tests.secrets.programs import (
    API_KEY,
    DATABASE,
    EMERGENCY,
    GENERATED,
    MANAGED,
    SIGNING,
    TOPIC,
    external,
    secret,
    store,
)
from tests.support.recording import ACCOUNT_ID, REGION, Recording, record

EVERYTHING = {
    "session": {**GENERATED, "length": 48, "description": "Signs cookies"},
    "issuer": API_KEY,
    "signing": SIGNING,
    "orders": DATABASE,
    "admin": MANAGED,
    "partner": external(),
}
PREFIX = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT_ID}:secret:mcp-dev-"


def registered(secrets: Any = None, *, preview: bool = False, **changes: Any) -> Recording:
    return record(
        lambda: SecretStore("mcp-dev", store(EVERYTHING if secrets is None else secrets, **changes)), preview=preview
    )


def plain(value: Any) -> Any:
    """Returns an input without Pulumi's marks of secrets."""
    if isinstance(value, dict) and "value" in value and any(key.startswith("4dabf") for key in value):
        return plain(value["value"])
    return value


def variables(run: Recording, name: str = "mcp-dev-rotate") -> dict[str, Any]:
    found: dict[str, Any] = run.one("lambda/function:Function", name).inputs["environment"]["variables"]
    return found


def statements(run: Recording, name: str) -> dict[str, dict[str, Any]]:
    policy = json.loads(run.one("iam/rolePolicy:RolePolicy", name).inputs["policy"])
    return {item["Sid"]: item for item in policy["Statement"]}


def test_a_preview_needs_nothing_that_only_aws_knows() -> None:
    assert registered(preview=True).names("secretsmanager/secret:Secret") == registered().names(
        "secretsmanager/secret:Secret"
    )


def test_every_secret_is_encrypted_by_the_one_key_and_recoverable() -> None:
    run = registered()
    secrets = run.all("secretsmanager/secret:Secret")
    assert {item.name for item in secrets} == {
        *(f"mcp-dev-{name}" for name in ("session", "issuer", "signing", "orders", "partner")),
        "mcp-dev-orders-candidate",
    }
    key = run.one("kms/key:Key", "mcp-dev-secrets")
    assert key.inputs["enableKeyRotation"] is True
    assert key.inputs["multiRegion"] is False
    for item in secrets:
        assert item.inputs["kmsKeyId"].endswith(":key/mcp-dev-secrets")
        assert item.inputs["recoveryWindowInDays"] == 30
        assert "secretString" not in item.inputs
        assert "policy" not in item.inputs
        assert item.protect
        assert item.retain_on_delete


def test_dev_leaves_nothing_behind() -> None:
    run = registered(protect=False, recovery_window_days=7)
    secrets = run.all("secretsmanager/secret:Secret")
    assert {item.inputs["recoveryWindowInDays"] for item in secrets} == {7}
    assert not [item.name for item in run if item.protect or item.retain_on_delete]


def test_secrets_say_by_their_tags_what_they_are() -> None:
    tags = registered(tags={"team": "x"}).one("secretsmanager/secret:Secret", "mcp-dev-session").inputs["tags"]
    assert tags["mcp-secret"] == "session"
    assert tags["mcp-secret-kind"] == "generated"
    assert tags["mcp-secret-store"] == "mcp-dev"
    assert tags["team"] == "x"
    assert 27 <= int(tags["mcp-secret-days"]) <= 30


def test_replicas_have_keys_of_their_own_region() -> None:
    run = registered({"session": GENERATED}, replica_regions=["eu-central-1", "us-east-1"])
    keys = {item.inputs["region"]: item for item in run.all("kms/replicaKey:ReplicaKey")}
    assert set(keys) == {"eu-central-1", "us-east-1"}
    assert run.one("kms/key:Key").inputs["multiRegion"] is True
    replicas = run.one("secretsmanager/secret:Secret").inputs["replicas"]
    assert {item["region"]: item["kmsKeyId"].rsplit(":", 1)[-1] for item in replicas} == {
        region: f"mcp-dev-secrets-{region}-1234567" for region in keys
    }


def test_first_values_are_made_in_aws_once() -> None:
    run = registered()
    first = {item.name: item for item in run.all("lambda/invocation:Invocation")}
    assert set(first) == {f"mcp-dev-{name}-first-value" for name in ("session", "issuer", "signing", "orders")}
    for item in first.values():
        event = json.loads(item.inputs["input"])
        assert event["Step"] == "initialSecret"
        assert set(event) == {"Step", "SecretId"}
        assert item.inputs["lifecycleScope"] == "CREATE_ONLY"
        assert item.ignore_changes == ["input"]
    assert run.all("secretsmanager/secretVersion:SecretVersion") == []


@pytest.mark.parametrize("given", [external(), API_KEY])
def test_a_given_first_value_stays_secret_and_is_put_by_the_function(given: Any) -> None:
    run = record(lambda: SecretStore("mcp-dev", store({"key": {**given, "value": secret("s3cr3t")}})))
    item = run.one("lambda/invocation:Invocation")
    assert isinstance(item.inputs["input"], dict), "Pulumi keeps it encrypted"
    assert json.loads(plain(item.inputs["input"]))["SecretString"] == "s3cr3t"
    others = [other for other in run if other is not item]
    assert "s3cr3t" not in json.dumps([[other.inputs, other.outputs] for other in others], default=str)


def test_a_schedule_follows_the_first_value_and_tests_only() -> None:
    run = registered()
    schedules = {item.name: item for item in run.all("secretsmanager/secretRotation:SecretRotation")}
    assert set(schedules) == {
        f"mcp-dev-{name}-rotation" for name in ("session", "issuer", "signing", "orders", "admin")
    }
    session = schedules["mcp-dev-session-rotation"]
    assert session.inputs["rotateImmediately"] is False
    assert session.inputs["rotationRules"]["duration"] == "4h"
    assert "mcp-dev-session-first-value" in session.dependencies
    assert (
        "mcp-dev-rotate-permission"
        in run.one("lambda/invocation:Invocation", "mcp-dev-session-first-value").dependencies
    )
    assert "rotationLambdaArn" not in schedules["mcp-dev-admin-rotation"].inputs, "RDS rotates it"


def test_periods_are_shortened_by_name_so_that_not_all_rotate_on_one_day() -> None:
    run = registered({f"s{number}": GENERATED for number in range(12)})
    rules = [item.inputs["rotationRules"] for item in run.all("secretsmanager/secretRotation:SecretRotation")]
    days = {int(rule["scheduleExpression"].split("(")[1].split()[0]) for rule in rules}
    assert days <= {27, 28, 29, 30}
    assert len(days) > 1


def test_a_cron_schedule_and_its_window_are_used_as_they_are() -> None:
    run = registered({"session": {**GENERATED, "schedule": "cron(0 3 1 * ? *)", "window_hours": 2}})
    rules = run.one("secretsmanager/secretRotation:SecretRotation").inputs["rotationRules"]
    assert rules == {"scheduleExpression": "cron(0 3 1 * ? *)", "duration": "2h"}
    alarm = run.one("cloudwatch/metricAlarm:MetricAlarm")
    assert alarm.inputs["threshold"] == 33


def test_the_function_knows_each_secret_and_no_value() -> None:
    run = registered()
    known = json.loads(variables(run)["SECRETS"])
    assert known["session"] == {"kind": "generated", "length": 48, "alphabet": "alphanumeric"}
    assert known["issuer"] == {"kind": "api-key", "hook_url": API_KEY["hook_url"]}
    assert known["signing"] == {"kind": "signing-key"}
    assert known["orders"]["candidate_secret_arn"].endswith("mcp-dev-orders-candidate-1234567")
    assert known["orders"]["port"] == 5432
    assert "admin" not in known
    assert variables(run)["HOOK_KEY_ARN"].endswith(":key/mcp-dev-hooks")
    function = run.one("lambda/function:Function", "mcp-dev-rotate").inputs
    assert function["architectures"] == ["arm64"]
    assert function["reservedConcurrentExecutions"] == 1
    assert function["kmsKeyArn"].endswith(":key/mcp-dev-secrets")
    assert function["deadLetterConfig"]


def test_the_rotation_role_can_do_what_its_kinds_need_and_no_more() -> None:
    allowed = statements(registered(), "mcp-dev-rotate-policy")
    assert allowed["Rotate"]["Resource"] == f"{PREFIX}*"
    assert allowed["Publish"]["Resource"] == [f"arn:aws:ssm:{REGION}:{ACCOUNT_ID}:parameter/mcp-dev/signing/jwks"]
    assert allowed["ChangeLogins"]["Resource"] == [DATABASE["cluster_arn"]]
    assert allowed["SignInToChange"]["Resource"] == [DATABASE["admin_secret_arn"]]
    small = statements(registered({"session": GENERATED}), "mcp-dev-rotate-policy")
    assert set(small) == {"WriteOwnLogs", "KeepDeadLetters", "Rotate", "OwnVariablesAndDeadLetters"}


def test_a_key_of_the_admins_login_may_be_used_through_secrets_manager_only() -> None:
    key = f"arn:aws:kms:{REGION}:{ACCOUNT_ID}:key/admin"
    allowed = statements(registered({"orders": {**DATABASE, "admin_secret_key_arn": key}}), "mcp-dev-rotate-policy")
    assert allowed["DecryptLogins"]["Resource"] == [key]
    assert "kms:ViaService" in json.dumps(allowed["DecryptLogins"]["Condition"])


def test_aws_accepts_the_policies_of_the_roles() -> None:
    for item in registered().all("iam/rolePolicy:RolePolicy"):
        # The recording gives log groups an ARN of another service, which is a warning.
        found = check_policy(item.inputs["policy"], "identity", item.name)
        assert [finding for finding in found if finding.level == "error"] == []


def test_the_function_reaches_private_hooks_in_subnets() -> None:
    run = registered({"issuer": API_KEY}, subnet_ids=["subnet-1"], security_group_ids=["sg-1"])
    network = run.one("lambda/function:Function", "mcp-dev-rotate").inputs["vpcConfig"]
    assert network == {"subnetIds": ["subnet-1"], "securityGroupIds": ["sg-1"]}


def test_only_secrets_manager_for_secrets_of_the_store_may_invoke_the_function() -> None:
    permission = registered().one("lambda/permission:Permission").inputs
    assert permission["principal"] == "secretsmanager.amazonaws.com"
    assert permission["sourceAccount"] == ACCOUNT_ID
    assert permission["sourceArn"] == f"{PREFIX}*"


def test_nobody_but_the_rotation_reads_a_login_while_it_is_tested() -> None:
    policy = registered().one("secretsmanager/secretPolicy:SecretPolicy")
    assert policy.name == "mcp-dev-orders-candidate-policy"
    first = json.loads(policy.inputs["policy"])["Statement"][0]
    assert [arn.rsplit("/", 1)[-1] for arn in first["Condition"]["ArnNotEquals"]["aws:PrincipalArn"]] == [
        f"arn:aws:iam:{REGION}:{ACCOUNT_ID}:mcp-dev-rotate-role-1234567"
    ]


def test_what_only_rds_rotates_needs_no_function() -> None:
    run = registered({"admin": MANAGED})
    assert run.all("lambda/function:Function") == []
    assert run.one("SecretStore").outputs["secret_arns"] == {"admin": MANAGED["managed_secret_arn"]}
    assert run.all("cloudwatch/metricAlarm:MetricAlarm") == []


def test_outputs_name_arns_and_no_values() -> None:
    outputs = registered().one("SecretStore").outputs
    assert set(outputs["secret_arns"]) == set(EVERYTHING)
    assert outputs["jwks_parameters"] == {"signing": "/mcp-dev/signing/jwks"}
    assert outputs["hook_key_arn"].endswith(":key/mcp-dev-hooks")
    assert "mcp-dev-rotate-role" in outputs["rotation_role_arn"]


def test_the_published_keys_belong_to_the_function() -> None:
    parameter = registered().one("ssm/parameter:Parameter")
    assert parameter.inputs["name"] == "/mcp-dev/signing/jwks"
    assert plain(parameter.inputs["value"]) == '{"keys": []}'
    assert parameter.ignore_changes == ["value"]


def patterns(run: Recording) -> dict[str, dict[str, Any]]:
    return {item.name: json.loads(item.inputs["eventPattern"]) for item in run.all("cloudwatch/eventRule:EventRule")}


def test_failures_deletions_refused_reads_and_emergencies_reach_the_topic() -> None:
    run = registered(emergency_role_arn=EMERGENCY)
    found = patterns(run)
    assert set(found) == {f"mcp-dev-{what}" for what in ("changed", "emergency-read", "refused", "rotation-failed")}
    failed = found["mcp-dev-rotation-failed"]["detail"]
    assert failed["eventName"] == ["RotationAbandoned", "RotationFailed", "TestRotationFailed"]
    assert failed["additionalEventData"]["SecretId"] == [{"prefix": PREFIX}]
    assert "DeleteSecret" in found["mcp-dev-changed"]["detail"]["eventName"]
    assert EMERGENCY in json.dumps(found["mcp-dev-emergency-read"])
    targets = {item.inputs["arn"] for item in run.all("cloudwatch/eventTarget:EventTarget")}
    assert targets == {TOPIC}


def test_rules_about_reads_see_calls_that_change_nothing() -> None:
    run = registered(emergency_role_arn=EMERGENCY)
    states = {item.name: item.inputs["state"] for item in run.all("cloudwatch/eventRule:EventRule")}
    reads = {name for name, state in states.items() if state == "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"}
    assert reads == {"mcp-dev-refused", "mcp-dev-emergency-read"}


@pytest.mark.parametrize(
    ("detail", "matched"),
    [
        ({"errorCode": "AccessDenied", "requestParameters": {"secretId": f"{PREFIX}session-1-AbCdEf"}}, True),
        ({"errorCode": "AccessDeniedException", "requestParameters": {"secretId": "mcp-dev-session-1"}}, True),
        ({"errorCode": "AccessDenied", "errorMessage": f"User: x is not authorized on {PREFIX}session-1-AbCdEf"}, True),
        ({"errorCode": "AccessDenied", "requestParameters": {"secretId": "other-session"}}, False),
        ({"requestParameters": {"secretId": f"{PREFIX}session-1-AbCdEf"}}, False),
    ],
)
def test_a_refused_read_is_recognised_however_cloudtrail_writes_it(detail: dict[str, Any], matched: bool) -> None:
    from moto.events.models import EventPattern

    pattern = patterns(registered())["mcp-dev-refused"]
    event = {
        "source": "aws.secretsmanager",
        "detail-type": "AWS API Call via CloudTrail",
        "detail": {"eventSource": "secretsmanager.amazonaws.com", "eventName": "GetSecretValue", **detail},
    }
    assert EventPattern(json.dumps(pattern), pattern).matches_event(event) is matched


def test_an_overdue_secret_alarms_and_so_does_one_of_unknown_age() -> None:
    run = registered({"partner": external(max_age_days=90)})
    alarm = run.one("cloudwatch/metricAlarm:MetricAlarm").inputs
    assert (alarm["threshold"], alarm["comparisonOperator"]) == (92, "GreaterThanThreshold")
    assert alarm["treatMissingData"] == "breaching"
    assert alarm["dimensions"] == {"Store": "mcp-dev", "Secret": "partner"}
    assert alarm["alarmActions"] == [TOPIC]
    assert run.one("scheduler/schedule:Schedule").inputs["scheduleExpression"] == "rate(1 hour)"


def test_a_secret_that_the_store_lacks_is_an_error() -> None:
    def program() -> None:
        SecretStore("mcp-dev", store({"session": GENERATED})).secret_arn("sesion")

    with pytest.raises(InputError, match="secret: sesion is not in the store; it has session"):
        record(program)


CRON = "write it like cron"
WRONG: list[tuple[str, Any, str]] = [
    ("an empty store", {}, "secrets: {} has no entry"),
    ("no group", {"a": "s3cr3t"}, "secrets.a: \\*\\*\\* is not a group of inputs"),
    ("an unknown kind", {"a": {"kind": "generatd"}}, "secrets.a.kind: generatd is not one of api-key, database"),
    ("no kind", {"a": {}}, "secrets.a.kind: None is missing"),
    ("a name in upper case", {"Session": GENERATED}, "secrets.Session: Session is not the name of a secret"),
    ("a name that is too long", {"a" * 41: GENERATED}, "is not the name of a secret"),
    (
        "a period of no days",
        {"a": {**GENERATED, "rotation_days": 0}},
        "rotation_days: 0 is not a plain integer from 1 to 365",
    ),
    ("a period of more than a year", {"a": {**GENERATED, "rotation_days": 366}}, "from 1 to 365"),
    ("a window of no hours", {"a": {**GENERATED, "window_hours": 0}}, "from 1 to 24"),
    ("both schedules", {"a": {**GENERATED, "rotation_days": 3, "schedule": "cron(0 3 1 * ? *)"}}, "beside schedule"),
    ("no cron", {"a": {**GENERATED, "schedule": "every day"}}, "is no schedule"),
    ("a short value", {"a": {**GENERATED, "length": 15}}, "from 16 to 4096"),
    ("a weak value", {"a": {**GENERATED, "length": 20, "alphabet": "hex"}}, "less than 128 bits with hex; use 32"),
    ("an unknown alphabet", {"a": {**GENERATED, "alphabet": "emoji"}}, "alphabet: emoji is not one of"),
    ("an unknown input", {"a": {**GENERATED, "lenght": "s3cr3t"}}, "lenght: \\*\\*\\* .*did you mean length"),
    (
        "an input of another kind",
        {"a": {**GENERATED, "hook_url": "https://x.example"}},
        "has no effect with kind generated",
    ),
    ("a hook without https", {"a": {**API_KEY, "hook_url": "http://x.example"}}, "begins with https://"),
    ("no hook", {"a": {"kind": "api-key"}}, "hook_url: None is missing; a secret of kind api-key needs it"),
    ("a value in plain text", {"a": {**API_KEY, "value": "s3cr3t"}}, "value: \\*\\*\\* stands in plain text"),
    ("half a database", {"a": {"kind": "database", "engine": "mysql"}}, "cluster_arn: None is missing"),
    ("a user with quotes", {"a": {**DATABASE, "username": "o'neil"}}, "is not a user"),
    ("a user that is too long", {"a": {**DATABASE, "username": "u" * 26}}, "is not a user"),
    ("an unknown engine", {"a": {**DATABASE, "engine": "oracle"}}, "engine: oracle is not one of mysql, postgres"),
    ("a host with a path", {"a": {**DATABASE, "host": "db/orders"}}, "is not a host name"),
    ("no ARN", {"a": {**DATABASE, "admin_secret_arn": "admin"}}, "admin_secret_arn: admin is not the ARN of a secret"),
    ("RDS and two users", {"a": {**MANAGED, "username": "app"}}, "a password that RDS manages"),
    ("an age of no days", {"a": external(max_age_days=0)}, "from 1 to 3650"),
    ("too many settings", {f"a{number}": GENERATED for number in range(60)}, "make a second one"),
]


@pytest.mark.parametrize(("secrets", "told"), [row[1:] for row in WRONG], ids=[row[0] for row in WRONG])
def test_wrong_secrets_are_refused_before_anything_is_registered(secrets: Any, told: str) -> None:
    with pytest.raises(InputError, match=told) as refused:
        SecretStore("mcp-dev", store(secrets))
    assert "s3cr3t" not in str(refused.value)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"replica_regions": [REGION]}, f"replica_regions: {REGION} is the primary region"),
        ({"replica_regions": ["europe"]}, "europe is not an AWS region"),
        ({"replica_regions": ["us-east-1", "us-east-1"]}, "listed twice"),
        ({"replica_regions": [f"us-west-{number}" for number in range(6)]}, "5 are the most"),
        ({"recovery_window_days": 6}, "from 7 to 30"),
        ({"account_id": "1"}, "is not an AWS account id"),
        ({"protect": "yes"}, "is not true or false"),
    ],
)
def test_wrong_stores_are_refused(changes: Any, told: str) -> None:
    with pytest.raises(InputError, match=told):
        SecretStore("mcp-dev", store({"a": GENERATED}, **changes))


def test_a_store_has_a_name_that_its_secrets_can_begin_with() -> None:
    with pytest.raises(InputError, match="is not the name of a store"):
        SecretStore("mcp dev", store({"a": GENERATED}))


def test_all_offenders_stand_in_one_error() -> None:
    with pytest.raises(InputError) as refused:
        SecretStore("mcp-dev", store({"A": GENERATED, "b": {**GENERATED, "rotation_days": 0}}, region="here"))
    assert len(str(refused.value).splitlines()) == 3


def test_outputs_are_usable_as_inputs() -> None:
    found: list[str] = []

    def program() -> None:
        made = SecretStore("mcp-dev", store({"session": GENERATED}))
        pulumi.Output.all(made.secret_arn("session"), made.key_arn).apply(found.extend)

    record(program)
    assert found[0].endswith("mcp-dev-session-1234567")
