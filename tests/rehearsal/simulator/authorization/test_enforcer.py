"""Calls under a role: allowed ones reach simulated AWS, others fail as they fail in AWS."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from mcp_ops.rehearsal.simulator.authorization import request as iam_request
from mcp_ops.rehearsal.simulator.authorization.enforcer import RoleSession, SessionSettings
from mcp_ops.rehearsal.simulator.authorization.request import CannotDecide
from mcp_ops.rehearsal.simulator.cloud import Cloud
from mcp_ops.rehearsal.simulator.places import Place

ACCOUNT, REGION = "123456789012", "eu-central-1"
HERE = Place(ACCOUNT, REGION)
Role = Callable[..., RoleSession]


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {**allow(action, resource, **more), "Effect": "Deny"}


TRUST = document({"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"})


@pytest.fixture
def role(cloud: Cloud, request: pytest.FixtureRequest) -> Role:
    """Makes a role with statements, and a session of it."""
    iam = cloud.client("iam", HERE)

    def made(
        *statements: dict[str, Any], boundary: str = "", trust: str = TRUST, path: str = "/", **settings: Any
    ) -> RoleSession:
        name = f"{request.node.name[:40]}-{len(iam.list_roles()['Roles'])}".replace("[", "-").replace("]", "")
        limits = {}
        if boundary:
            policy = iam.create_policy(PolicyName=f"{name}-limit", PolicyDocument=boundary)["Policy"]
            limits = {"PermissionsBoundary": policy["Arn"]}
        created = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust, Path=path, **limits)["Role"]
        if statements:
            iam.put_role_policy(RoleName=name, PolicyName="inline", PolicyDocument=document(*statements))
        return cloud.as_role(created["Arn"], SessionSettings(session_name="run", **settings))

    return made


@pytest.fixture
def secret(client: Callable[[str], Any], request: pytest.FixtureRequest) -> Callable[..., str]:
    def made(name: str, **more: Any) -> str:
        full = f"{request.node.name}/{name}"
        return str(client("secretsmanager").create_secret(Name=full, SecretString=name, **more)["ARN"])

    return made


def refused(call: Callable[..., Any], **parameters: Any) -> tuple[str, str]:
    """Returns code and message of a refused call."""
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def test_role_reads_its_secret_and_no_other(role: Role, secret: Callable[..., str]) -> None:
    mine, other = secret("mine"), secret("other")
    session = role(allow("secretsmanager:GetSecretValue", mine))
    secrets = session.client("secretsmanager", REGION)

    assert secrets.get_secret_value(SecretId=mine)["SecretString"] == "mine"
    assert secrets.get_secret_value(SecretId=mine.split(":secret:")[1][:-7])["SecretString"] == "mine"
    name = session.role_arn.rsplit("/", 1)[1]
    code, message = refused(secrets.get_secret_value, SecretId=other)
    assert code == "AccessDeniedException"
    assert message == (
        f"User: arn:aws:sts::{ACCOUNT}:assumed-role/{name}/run is not authorized to perform: "
        f"secretsmanager:GetSecretValue on resource: {other} "
        "because no identity-based policy allows the secretsmanager:GetSecretValue action"
    )
    assert [entry.decision.allowed for entry in session.log] == [True, True, False]
    assert session.log[0].decision.statements == ("inline.Statement[0]",)


def test_calls_outside_a_session_are_not_enforced(client: Callable[[str], Any], role: Role) -> None:
    role().client("sqs", REGION)

    client("sqs").create_queue(QueueName="unenforced")


def test_boundary_limits_what_the_role_allows(role: Role, secret: Callable[..., str]) -> None:
    arn = secret("bounded")
    session = role(allow("secretsmanager:*", arn), boundary=document(allow("secretsmanager:Describe*")))
    secrets = session.client("secretsmanager", REGION)

    assert secrets.describe_secret(SecretId=arn)["ARN"] == arn
    _, message = refused(secrets.get_secret_value, SecretId=arn)
    assert message.endswith("because no permissions boundary allows the secretsmanager:GetSecretValue action")


def test_session_policy_limits_too(role: Role, secret: Callable[..., str]) -> None:
    arn = secret("sessions")
    session = role(allow("secretsmanager:*"), session_policy=document(allow("secretsmanager:Describe*")))

    _, message = refused(session.client("secretsmanager", REGION).get_secret_value, SecretId=arn)
    assert message.endswith("because no session policy allows the secretsmanager:GetSecretValue action")


def test_attached_policy_and_explicit_deny_count(cloud: Cloud, role: Role, secret: Callable[..., str]) -> None:
    arn = secret("attached")
    session = role(allow("secretsmanager:*"))
    iam = cloud.client("iam", HERE)
    policy = iam.create_policy(PolicyName="no-reading", PolicyDocument=document(deny("secretsmanager:Get*")))["Policy"]
    iam.attach_role_policy(RoleName=session.role_arn.rsplit("/", 1)[1], PolicyArn=policy["Arn"])

    _, message = refused(session.client("secretsmanager", REGION).get_secret_value, SecretId=arn)
    assert message.endswith("with an explicit deny in an identity-based policy")


def test_resource_policy_of_a_secret_allows_within_the_account(
    client: Callable[[str], Any], role: Role, secret: Callable[..., str]
) -> None:
    arn, session = secret("granted"), role()
    grant = allow("secretsmanager:GetSecretValue", Principal={"AWS": session.role_arn})
    client("secretsmanager").put_resource_policy(SecretId=arn, ResourcePolicy=document(grant))

    assert session.client("secretsmanager", REGION).get_secret_value(SecretId=arn)["SecretString"] == "granted"


@pytest.fixture
def key(client: Callable[[str], Any]) -> Callable[..., str]:
    def made(*statements: dict[str, Any]) -> str:
        return str(client("kms").create_key(Policy=document(*statements))["KeyMetadata"]["Arn"])

    return made


DELEGATES = allow("kms:*", Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:root"})


def test_key_counts_identity_policies_only_if_its_policy_delegates(role: Role, key: Callable[..., str]) -> None:
    delegating, closed = key(DELEGATES), key(allow("kms:*", Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:user/ada"}))
    kms = role(allow(["kms:Encrypt", "kms:Decrypt"])).client("kms", REGION)

    sealed = kms.encrypt(KeyId=delegating, Plaintext=b"text")["CiphertextBlob"]
    assert kms.decrypt(CiphertextBlob=sealed)["Plaintext"] == b"text"
    code, message = refused(kms.encrypt, KeyId=closed.rsplit("/", 1)[1], Plaintext=b"text")
    assert code == "AccessDeniedException"
    assert message.endswith(f"on resource: {closed} because no resource-based policy allows the kms:Encrypt action")


def test_secret_under_a_customer_key_needs_the_key_as_well(
    role: Role, key: Callable[..., str], secret: Callable[..., str]
) -> None:
    arn = key(DELEGATES)
    name = secret("sealed", KmsKeyId=arn)
    read = allow("secretsmanager:GetSecretValue", name)
    via = {"StringEquals": {"kms:ViaService": f"secretsmanager.{REGION}.amazonaws.com"}}

    without = role(read).client("secretsmanager", REGION)
    assert refused(without.get_secret_value, SecretId=name) == ("AccessDeniedException", "Access to KMS is not allowed")
    session = role(read, allow("kms:Decrypt", arn, Condition=via))
    assert session.client("secretsmanager", REGION).get_secret_value(SecretId=name)["SecretString"] == "sealed"
    _, message = refused(session.client("kms", REGION).encrypt, KeyId=arn, Plaintext=b"text")
    assert "kms:Encrypt" in message


def test_bucket_policy_denies_whatever_the_role_allows(client: Callable[[str], Any], role: Role) -> None:
    client("s3").create_bucket(Bucket="guarded", CreateBucketConfiguration={"LocationConstraint": REGION})
    client("s3").put_object(Bucket="guarded", Key="a/b", Body=b"text")
    guard = deny("s3:DeleteObject*", "arn:aws:s3:::guarded/*", Principal="*")
    client("s3").put_bucket_policy(Bucket="guarded", Policy=document(guard))
    session = role(allow("s3:*", ["arn:aws:s3:::guarded", "arn:aws:s3:::guarded/*"]))
    s3 = session.client("s3", REGION)

    assert s3.get_object(Bucket="guarded", Key="a/b")["Body"].read() == b"text"
    assert s3.list_objects_v2(Bucket="guarded")["KeyCount"] == 1
    code, message = refused(s3.delete_objects, Bucket="guarded", Delete={"Objects": [{"Key": "a/b"}]})
    assert code == "AccessDenied"
    assert message.endswith(
        's3:DeleteObject on resource: "arn:aws:s3:::guarded/a/b" with an explicit deny in a resource-based policy'
    )


def test_prefix_condition_follows_the_parameters(client: Callable[[str], Any], role: Role) -> None:
    client("s3").create_bucket(Bucket="prefixed", CreateBucketConfiguration={"LocationConstraint": REGION})
    condition = {"StringLike": {"s3:prefix": "mine/*"}, "Bool": {"aws:SecureTransport": "true"}}
    s3 = role(allow("s3:ListBucket", "arn:aws:s3:::prefixed", Condition=condition)).client("s3", REGION)

    assert s3.list_objects_v2(Bucket="prefixed", Prefix="mine/x")["KeyCount"] == 0
    for parameters in ({}, {"Prefix": "theirs/"}):
        assert refused(s3.list_objects_v2, Bucket="prefixed", **parameters)[0] == "AccessDenied"


@pytest.mark.parametrize(
    ("service", "method", "parameters"),
    [
        ("acm", "list_certificates", {}),
        ("kms", "re_encrypt", {"CiphertextBlob": b"x", "DestinationKeyId": "k"}),
        ("ecs", "list_tasks", {}),
        ("s3", "get_object", {"Bucket": f"arn:aws:s3:{REGION}:{ACCOUNT}:accesspoint/x", "Key": "k"}),
    ],
)
def test_unknown_operation_is_an_error_and_never_passes(role: Role, service: str, method: str, parameters: Any) -> None:
    called = getattr(role(allow("*")).client(service, REGION), method)

    with pytest.raises(CannotDecide):
        called(**parameters)


def test_unknown_condition_key_is_an_error_unless_supplied(client: Callable[[str], Any], role: Role) -> None:
    url = client("sqs").create_queue(QueueName="endpoint")["QueueUrl"]
    statement = allow("sqs:SendMessage", Condition={"StringEquals": {"aws:SourceVpce": "vpce-1"}})

    with pytest.raises(CannotDecide, match="aws:SourceVpce is not known"):
        role(statement).client("sqs", REGION).send_message(QueueUrl=url, MessageBody="x")
    supplied = role(statement, context={"aws:SourceVpce": "vpce-1"}).client("sqs", REGION)
    supplied.send_message(QueueUrl=url, MessageBody="x")


def test_old_services_spell_their_refusals_differently(client: Callable[[str], Any], role: Role) -> None:
    url = client("sqs").create_queue(QueueName="spelt")["QueueUrl"]
    topic = client("sns").create_topic(Name="spelt")["TopicArn"]
    session = role()

    code, message = refused(session.client("sqs", REGION).receive_message, QueueUrl=url)
    assert code == "AccessDenied"
    assert message.endswith("because no identity-based policy allows the sqs:receivemessage action")
    code, message = refused(session.client("sns", REGION).publish, TopicArn=topic, Message="x")
    assert code == "AuthorizationError"
    assert f"SNS:Publish on resource: {topic} " in message


def test_action_without_resources_is_refused_without_one(role: Role) -> None:
    code, message = refused(role().client("elbv2", REGION).describe_load_balancers)

    assert code == "AccessDenied"
    assert "on resource" not in message


def test_nobody_needs_permission_to_ask_who_they_are(role: Role) -> None:
    assert role(deny("*")).client("sts", REGION).get_caller_identity()["Account"] == ACCOUNT


def test_session_reaches_another_account_only_with_both_policies(cloud: Cloud, role: Role) -> None:
    away = Place("210987654321", REGION)
    s3 = cloud.client("s3", away)
    s3.create_bucket(Bucket="away", CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_object(Bucket="away", Key="k", Body=b"text")
    session = role(allow("s3:GetObject", "arn:aws:s3:::away/*"))
    mine = session.client("s3", REGION)

    _, message = refused(mine.get_object, Bucket="away", Key="k")
    assert message.endswith("because no resource-based policy allows the s3:GetObject action")
    grant = allow("s3:GetObject", "arn:aws:s3:::away/*", Principal={"AWS": ACCOUNT})
    s3.put_bucket_policy(Bucket="away", Policy=document(grant))
    assert mine.get_object(Bucket="away", Key="k")["Body"].read() == b"text"


def test_role_is_taken_only_by_whom_it_trusts(role: Role) -> None:
    session = role(path="/service/", taken_by=iam_request.service("ecs-tasks.amazonaws.com"))

    assert "/service/" in session.role_arn
    assert "/service/" not in session.principal.name
    with pytest.raises(ClientError, match="because no role trust policy allows the sts:AssumeRole action"):
        role(taken_by=iam_request.service("lambda.amazonaws.com"))
    with pytest.raises(CannotDecide, match="are not read"):
        role(taken_by=iam_request.user(f"arn:aws:iam::{ACCOUNT}:user/ada"))


def test_source_identity_must_be_trusted_and_stays_with_the_session(role: Role, secret: Callable[..., str]) -> None:
    principal = {"AWS": ACCOUNT}
    plain = document({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"})
    both = document({"Effect": "Allow", "Principal": principal, "Action": ["sts:AssumeRole", "sts:SetSourceIdentity"]})
    settings = {"taken_by": iam_request.account(ACCOUNT), "source_identity": "ada"}
    statement = allow("secretsmanager:*", Condition={"StringEquals": {"aws:SourceIdentity": "ada"}})

    with pytest.raises(ClientError, match="SetSourceIdentity"):
        role(statement, trust=plain, **settings)
    arn = secret("identified")
    secrets = role(statement, trust=both, **settings).client("secretsmanager", REGION)
    assert secrets.get_secret_value(SecretId=arn)["SecretString"] == "identified"
    assert refused(role(statement).client("secretsmanager", REGION).get_secret_value, SecretId=arn)


def test_role_takes_another_role(role: Role) -> None:
    first = role(allow("sts:AssumeRole"))
    trusting = document({"Effect": "Allow", "Principal": {"AWS": first.role_arn}, "Action": "sts:AssumeRole"})
    second = role(trust=trusting, taken_by=first.principal)

    sts = first.client("sts", REGION)
    assert sts.assume_role(RoleArn=second.role_arn, RoleSessionName="next")["Credentials"]
    code, message = refused(sts.assume_role, RoleArn=first.role_arn, RoleSessionName="self")
    assert code == "AccessDenied"
    assert "because no role trust policy allows the sts:AssumeRole action" in message


def test_vault_policy_holds_for_the_vault_and_for_what_is_in_it(client: Callable[[str], Any], role: Role) -> None:
    client("backup").create_backup_vault(BackupVaultName="vault")
    arn = f"arn:aws:backup:{REGION}:{ACCOUNT}:backup-vault:vault"
    point = f"arn:aws:backup:{REGION}:{ACCOUNT}:recovery-point:1"
    statement = allow("backup:*", [arn, point])
    guard = document(deny(["backup:DeleteBackupVault", "backup:DeleteRecoveryPoint"], Principal="*"))
    backup = role(statement).client("backup", REGION)
    in_vault = {"BackupVaultName": "vault", "RecoveryPointArn": point}

    assert refused(backup.delete_recovery_point, **in_vault)[0] == "ResourceNotFoundException"  # IAM lets it
    client("backup").put_backup_vault_access_policy(BackupVaultName="vault", Policy=guard)
    assert backup.describe_backup_vault(BackupVaultName="vault")["BackupVaultArn"] == arn
    assert refused(backup.delete_backup_vault, BackupVaultName="vault")[0] == "AccessDeniedException"
    code, message = refused(backup.delete_recovery_point, **in_vault)
    assert code == "AccessDeniedException"
    assert "with an explicit deny in a resource-based policy" in message


def test_a_supplied_policy_stands_for_the_one_of_a_resource(client: Callable[[str], Any], role: Role) -> None:
    client("backup").create_backup_vault(BackupVaultName="other")
    arn = f"arn:aws:backup:{REGION}:{ACCOUNT}:backup-vault:other"
    guard = document(deny("backup:DeleteBackupVault", Principal="*"))
    backup = role(allow("backup:*", arn), resource_policies={arn: guard}).client("backup", REGION)
    assert refused(backup.delete_backup_vault, BackupVaultName="other")[0] == "AccessDeniedException"


def test_tags_of_resource_and_session_are_compared(role: Role, secret: Callable[..., str]) -> None:
    mine = secret("tagged", Tags=[{"Key": "team", "Value": "blue"}])
    other = secret("untagged")
    condition = {"StringEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}}
    session = role(allow("secretsmanager:GetSecretValue", Condition=condition), tags={"team": "blue"})
    secrets = session.client("secretsmanager", REGION)

    assert secrets.get_secret_value(SecretId=mine)["SecretString"] == "tagged"
    assert refused(secrets.get_secret_value, SecretId=other)[0] == "AccessDeniedException"


def test_policies_of_queues_topics_tables_buses_and_repositories_allow(
    client: Callable[[str], Any], role: Role, request: pytest.FixtureRequest
) -> None:
    session = role()
    name = request.node.name[:30]
    grant = {"Effect": "Allow", "Principal": {"AWS": session.role_arn}}
    url = client("sqs").create_queue(QueueName=name)["QueueUrl"]
    queue = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"
    policy = document({**grant, "Action": "sqs:SendMessage", "Resource": queue})
    client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    topic = client("sns").create_topic(Name=name)["TopicArn"]
    policy = document({**grant, "Action": "sns:Publish", "Resource": topic})
    client("sns").set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=policy)
    client("ecr").create_repository(repositoryName="mine")
    policy = document({**grant, "Action": "ecr:ListImages"})
    client("ecr").set_repository_policy(repositoryName="mine", policyText=policy)
    keys = {"AttributeDefinitions": [{"AttributeName": "k", "AttributeType": "S"}]}
    schema = [{"AttributeName": "k", "KeyType": "HASH"}]
    table = client("dynamodb").create_table(TableName="mine", KeySchema=schema, BillingMode="PAY_PER_REQUEST", **keys)[
        "TableDescription"
    ]["TableArn"]
    policy = document({**grant, "Action": "dynamodb:GetItem", "Resource": table})
    client("dynamodb").put_resource_policy(ResourceArn=table, Policy=policy)

    session.client("sqs", REGION).send_message(QueueUrl=url, MessageBody="x")
    session.client("sns", REGION).publish(TopicArn=topic, Message="x")
    assert session.client("ecr", REGION).list_images(repositoryName="mine")["imageIds"] == []
    dynamodb = session.client("dynamodb", REGION)
    assert "Item" not in dynamodb.get_item(TableName="mine", Key={"k": {"S": "x"}})
    assert refused(dynamodb.delete_table, TableName="mine")[0] == "AccessDeniedException"
    assert refused(session.client("ecr", REGION).delete_repository, repositoryName="mine")[0] == "AccessDeniedException"
    event = {"Source": "s", "DetailType": "d", "Detail": "{}"}
    code, message = refused(session.client("events", REGION).put_events, Entries=[event])
    assert code == "AccessDeniedException"
    assert "event-bus/default because" in message


def test_what_is_not_there_is_judged_by_the_name_that_the_caller_gave(role: Role) -> None:
    session = role()

    message = refused(session.client("secretsmanager", REGION).get_secret_value, SecretId="nowhere")[1]
    assert f"on resource: arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:nowhere because" in message
    url = f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/nowhere"
    assert refused(session.client("sqs", REGION).receive_message, QueueUrl=url)[0] == "AccessDenied"
    assert refused(session.client("lambda", REGION).invoke, FunctionName="nowhere")[0] == "AccessDeniedException"
    parameters = {"BackupPlanId": "nowhere"}
    assert refused(session.client("backup", REGION).get_backup_plan, **parameters)[0] == "AccessDeniedException"
    rule = {"Name": "nowhere"}
    assert refused(session.client("events", REGION).describe_rule, **rule)[0] == "AccessDeniedException"
    assert refused(session.client("kms", REGION).delete_alias, AliasName="alias/nowhere")[0] == "AccessDeniedException"


def test_a_role_is_passed_only_to_the_service_that_is_allowed(role: Role) -> None:
    condition = {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}
    passed = role().role_arn
    container = {
        "family": "f",
        "taskRoleArn": passed,
        "containerDefinitions": [{"name": "c", "image": "i", "memory": 64}],
    }
    register = allow("ecs:RegisterTaskDefinition")

    _, message = refused(role(register).client("ecs", REGION).register_task_definition, **container)
    assert f"iam:PassRole on resource: {passed}" in message
    allowed = role(register, allow("iam:PassRole", passed, Condition=condition)).client("ecs", REGION)
    assert allowed.register_task_definition(**container)["taskDefinition"]["taskRoleArn"] == passed


def test_tags_of_the_request_are_compared(role: Role) -> None:
    condition = {
        "StringEquals": {"aws:RequestTag/team": "blue"},
        "ForAllValues:StringEquals": {"aws:TagKeys": ["team"]},
    }
    actions = ["secretsmanager:CreateSecret", "secretsmanager:TagResource"]
    secrets = role(allow(actions, Condition=condition)).client("secretsmanager", REGION)

    assert secrets.create_secret(Name="request-tags", SecretString="x", Tags=[{"Key": "team", "Value": "blue"}])["ARN"]
    red = [{"Key": "team", "Value": "red"}]
    assert refused(secrets.create_secret, Name="other", SecretString="x", Tags=red)[0] == "AccessDeniedException"
