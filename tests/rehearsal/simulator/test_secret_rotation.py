"""Rotation as AWS Secrets Manager does it, with functions that run here; key pairs; signed requests to hooks."""

import base64
import hashlib
import io
import json
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from botocore.exceptions import ClientError
from cryptography.hazmat.primitives import serialization
from tests.rehearsal.simulator.conftest import HERE

from mcp_ops.rehearsal.simulator.cloud import Cloud
from mcp_ops.rehearsal.simulator.errors import Refusal
from mcp_ops.rehearsal.simulator.secret_rotation import AnswerLost

CODE = """
import json
import boto3

def handle(event, context):
    client, arn = boto3.client("secretsmanager"), event["SecretId"]
    if "Fail" in event:
        raise ValueError("it does not work")
    token, step = event.get("ClientRequestToken"), event.get("Step")
    if step == "createSecret":
        try:
            client.get_secret_value(SecretId=arn, VersionId=token)
        except client.exceptions.ResourceNotFoundException:
            stages = ["AWSPENDING"]
            client.put_secret_value(SecretId=arn, ClientRequestToken=token, SecretString=token, VersionStages=stages)
    if step == "testSecret" and client.get_secret_value(SecretId=arn, VersionId=token)["SecretString"] == "bad":
        raise ValueError("the value does not work")
    if step == "finishSecret":
        stages = client.describe_secret(SecretId=arn)["VersionIdsToStages"]
        current = next(version for version, found in stages.items() if "AWSCURRENT" in found)
        moved = {"MoveToVersionId": token, "RemoveFromVersionId": current}
        client.update_secret_version_stage(SecretId=arn, VersionStage="AWSCURRENT", **moved)
    return {"step": step}
"""


@pytest.fixture(scope="module")
def function(cloud: Cloud) -> str:
    """ARN of a rotation function that AWS Secrets Manager may invoke."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("rotation.py", CODE)
    iam, functions = cloud.client("iam", HERE), cloud.client("lambda", HERE)
    service = {"Service": "lambda.amazonaws.com"}
    trust = _document({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": service})
    role = iam.create_role(RoleName="rotation", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    everything = _document({"Effect": "Allow", "Action": "secretsmanager:*", "Resource": "*"})
    iam.put_role_policy(RoleName="rotation", PolicyName="all", PolicyDocument=everything)
    made = functions.create_function(
        FunctionName="rotation",
        Runtime="python3.13",
        Handler="rotation.handle",
        Role=role,
        Code={"ZipFile": archive.getvalue()},
    )
    functions.add_permission(
        FunctionName="rotation",
        StatementId="rotation",
        Action="lambda:InvokeFunction",
        Principal="secretsmanager.amazonaws.com",
        SourceAccount=HERE.account,
    )
    return str(made["FunctionArn"])


def _document(statement: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.fixture
def secret(cloud: Cloud, request: pytest.FixtureRequest) -> str:
    """ARN of a secret whose value is `first`."""
    name = request.node.name.replace("[", "-").replace("]", "")
    return str(cloud.client("secretsmanager", HERE).create_secret(Name=name, SecretString="first")["ARN"])


def rotate(cloud: Cloud, secret: str, function: str, **more: Any) -> list[str]:
    cloud.client("secretsmanager", HERE).rotate_secret(SecretId=secret, RotationLambdaARN=function, **more)
    return names(cloud.rotations.work())


def names(events: list[dict[str, Any]]) -> list[str]:
    return [event["detail"]["eventName"] for event in events]


def value(cloud: Cloud, secret: str, **asked: str) -> str:
    return str(cloud.client("secretsmanager", HERE).get_secret_value(SecretId=secret, **asked)["SecretString"])


def test_the_answer_comes_before_the_work(cloud: Cloud, secret: str, function: str) -> None:
    cloud.client("secretsmanager", HERE).rotate_secret(SecretId=secret, RotationLambdaARN=function)
    assert value(cloud, secret) == "first"
    assert names(cloud.rotations.work()) == ["RotationStarted", "RotationSucceeded"]
    assert value(cloud, secret) != "first"
    assert value(cloud, secret, VersionStage="AWSPREVIOUS") == "first"


def test_the_function_gets_the_arn_and_four_steps(cloud: Cloud, secret: str, function: str) -> None:
    before = len(cloud.invocations)
    rotate(cloud, secret, function)
    events = [run.event for run in cloud.invocations[before:]]
    assert [event["Step"] for event in events] == ["createSecret", "setSecret", "testSecret", "finishSecret"]
    assert {event["SecretId"] for event in events} == {secret}


def test_the_schedule_is_told(cloud: Cloud, secret: str, function: str) -> None:
    rules = {"ScheduleExpression": "rate(30 days)", "Duration": "4h"}
    rotate(cloud, secret, function, RotationRules=rules)
    described = cloud.client("secretsmanager", HERE).describe_secret(SecretId=secret)
    assert described["RotationRules"] == rules
    assert described["RotationEnabled"] is True
    assert 29 <= (described["NextRotationDate"] - described["LastRotatedDate"]).days <= 30


def test_a_schedule_is_tried_out_with_a_copy_of_the_value(cloud: Cloud, secret: str, function: str) -> None:
    before = len(cloud.invocations)
    assert rotate(cloud, secret, function, RotateImmediately=False) == []
    assert [run.event["Step"] for run in cloud.invocations[before:]] == ["testSecret"]
    stages = cloud.client("secretsmanager", HERE).describe_secret(SecretId=secret)["VersionIdsToStages"]
    assert list(stages.values()) == [["AWSCURRENT"]]


def test_a_schedule_that_cannot_work_is_told(cloud: Cloud, function: str) -> None:
    manager = cloud.client("secretsmanager", HERE)
    arn = manager.create_secret(Name="unusable", SecretString="bad")["ARN"]
    assert rotate(cloud, arn, function, RotateImmediately=False) == ["TestRotationFailed"]


def test_a_function_that_nobody_may_invoke_fails_the_rotation(cloud: Cloud, secret: str, function: str) -> None:
    functions = cloud.client("lambda", HERE)
    functions.create_function(
        FunctionName="closed",
        Runtime="python3.13",
        Handler="rotation.handle",
        Role=functions.get_function(FunctionName="rotation")["Configuration"]["Role"],
        Code={"ZipFile": b"PK\x05\x06" + b"\0" * 18},
    )
    assert rotate(cloud, secret, function.replace("rotation", "closed")) == ["RotationStarted", "RotationFailed"]
    assert value(cloud, secret) == "first"
    cloud.rotations.give_up()


def test_what_breaks_off_stays_pending_and_is_taken_up_again(cloud: Cloud, secret: str, function: str) -> None:
    @contextmanager
    def around(step: str, secret: Any, token: str) -> Iterator[None]:  # noqa: ARG001 - an `Around`
        yield
        if step == "setSecret":
            raise AnswerLost(step)

    undisturbed, cloud.rotations.around = cloud.rotations.around, around
    try:
        assert rotate(cloud, secret, function)[-1] == "RotationFailed"
    finally:
        cloud.rotations.around = undisturbed
    pending = value(cloud, secret, VersionStage="AWSPENDING")
    manager = cloud.client("secretsmanager", HERE)
    with pytest.raises(ClientError, match="A previous rotation isn't complete"):
        manager.rotate_secret(SecretId=secret)
    assert names(cloud.rotations.work())[-1] == "RotationSucceeded"
    assert value(cloud, secret) == pending


def test_a_failed_rotation_is_repeated_whole_and_can_be_given_up(cloud: Cloud, secret: str, function: str) -> None:
    @contextmanager
    def around(step: str, secret: Any, token: str) -> Iterator[None]:
        if step == "testSecret":
            secret.versions[token]["secret_string"] = "bad"
        yield

    undisturbed, cloud.rotations.around = cloud.rotations.around, around
    try:
        assert rotate(cloud, secret, function)[-1] == "RotationFailed"
        assert names(cloud.rotations.retry())[-1] == "RotationFailed"
    finally:
        cloud.rotations.around = undisturbed
    cloud.rotations.give_up()
    assert cloud.rotations.retry() == []
    assert rotate(cloud, secret, function)[-1] == "RotationSucceeded"


@pytest.mark.parametrize("deleted", [True, False])
def test_what_cannot_be_rotated_is_refused(cloud: Cloud, secret: str, deleted: bool) -> None:
    manager = cloud.client("secretsmanager", HERE)
    if deleted:
        manager.delete_secret(SecretId=secret)
    with pytest.raises(ClientError, match="InvalidRequest"):
        manager.rotate_secret(SecretId=secret)
    with pytest.raises(ClientError, match="ResourceNotFound"):
        manager.rotate_secret(SecretId="nothing")


def test_versions_have_their_own_dates_and_unlabelled_ones_are_left_out(
    cloud: Cloud, secret: str, function: str
) -> None:
    for _ in range(2):
        rotate(cloud, secret, function)
    versions = cloud.client("secretsmanager", HERE).list_secret_version_ids(SecretId=secret)["Versions"]
    assert sorted(stage for item in versions for stage in item["VersionStages"])[:2] == ["AWSCURRENT", "AWSPENDING"]
    assert len(versions) == 2


@pytest.mark.parametrize("size", [2048, 3072])
def test_key_pairs_are_real_and_sealed_by_the_key(cloud: Cloud, size: int) -> None:
    kms = cloud.client("kms", HERE)
    key = kms.create_key()["KeyMetadata"]["Arn"]
    pair = kms.generate_data_key_pair(KeyId=key, KeyPairSpec=f"RSA_{size}")
    private = serialization.load_der_private_key(pair["PrivateKeyPlaintext"], None)
    assert private.key_size == size  # type: ignore[union-attr]
    opened = kms.decrypt(CiphertextBlob=pair["PrivateKeyCiphertextBlob"])
    assert opened["Plaintext"] == pair["PrivateKeyPlaintext"]
    public = private.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    assert public == pair["PublicKey"]
    with pytest.raises(ClientError, match="RSA_2048"):
        kms.generate_data_key_pair(KeyId=key, KeyPairSpec="SM2")


def ask(cloud: Cloud, key: str, action: str, value: str = "", *, forged: bool = False) -> dict[str, Any]:
    body = json.dumps({"action": action, "secret": "s", "version": "v1", "value": value}).encode()
    signature = cloud.client("kms", HERE).sign(
        KeyId=key,
        Message=hashlib.sha256(b"17." + (b"other" if forged else body)).digest(),
        MessageType="DIGEST",
        SigningAlgorithm="ECDSA_SHA_256",
    )["Signature"]
    headers = {
        "Mcp-Ops-Timestamp": "17",
        "Mcp-Ops-Key": key,
        "Mcp-Ops-Signature": base64.b64encode(signature).decode(),
    }
    request = urllib.request.Request("https://hooks.example.com/keys", data=body, headers=headers, method="POST")
    with urllib.request.build_opener().open(request, timeout=5) as response:
        answer: dict[str, Any] = json.loads(response.read())
    return answer


def test_a_hook_is_simulated_and_checks_who_asks(cloud: Cloud) -> None:
    assert cloud.rotations.events is not None
    key = cloud.client("kms", HERE).create_key(KeyUsage="SIGN_VERIFY", KeySpec="ECC_NIST_P256")["KeyMetadata"]["Arn"]
    issued = ask(cloud, key, "create")["value"]
    assert ask(cloud, key, "create")["value"] == issued, "the same version gets the same key"
    assert ask(cloud, key, "verify", issued) == {}
    ask(cloud, key, "revoke", issued)
    for action, value_, forged in (("verify", issued, False), ("verify", "never issued", False), ("create", "", True)):
        with pytest.raises(urllib.error.HTTPError):
            ask(cloud, key, action, value_, forged=forged)


def test_other_requests_go_their_way(cloud: Cloud) -> None:
    assert cloud.rotations.events is not None
    with pytest.raises(urllib.error.URLError):
        urllib.request.build_opener().open("http://127.0.0.1:9/", timeout=1)


def test_an_invocation_runs_the_function(create: Callable[..., Any], secret: str, function: str) -> None:
    made = create(
        "aws:lambda/invocation:Invocation",
        functionName="rotation",
        input=json.dumps({"SecretId": secret, "Step": "none"}),
        lifecycleScope="CREATE_ONLY",
    )
    assert json.loads(made.outputs["result"]) == {"step": "none"}
    assert function.endswith(":rotation")


def test_an_invocation_that_fails_fails_the_resource(create: Callable[..., Any], secret: str, function: str) -> None:
    assert function
    with pytest.raises(Refusal, match="it does not work"):
        create(
            "aws:lambda/invocation:Invocation",
            functionName="rotation",
            input=json.dumps({"SecretId": secret, "Fail": True}),
        )
