"""Asks the registered gate as Amazon ECS would: under the hook's role, again when told so, and takes its word."""

import contextlib
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from mcp_ops.rehearsal.drills.drill import Failed, Stage
from mcp_ops.rehearsal.drills.loopback import answering
from mcp_ops.rehearsal.drills.roll_back.stack import Hook, Released
from mcp_ops.rehearsal.simulator.authorization import request
from mcp_ops.rehearsal.simulator.authorization.enforcer import SessionSettings

MOST_ASKED = 20


@dataclass(frozen=True)
class Verdict:
    """What the gate said."""

    accepted: bool
    reason: str
    """Why not, or what it has seen."""
    seconds: float
    asked: int
    """How often ECS asked."""
    waited_seconds: float
    """What the gate made ECS wait between; a rehearsal does not."""


def verdict(stage: Stage, released: Released, hook: Hook, test_url: str, live_url: str) -> Verdict:
    """Has the gate try a release.

    Raises:
        Failed: the role may not invoke it, it fails, or it never decides.
    """
    settings = SessionSettings(session_name="release", taken_by=request.service("ecs.amazonaws.com"))
    client = stage.cloud.as_role(hook.role_arn, settings).client("lambda", released.place.region)
    details: dict[str, Any] = {**hook.details, "testUrl": test_url, "liveUrl": live_url}
    began, waited = time.perf_counter(), 0.0
    for asked in range(1, MOST_ASKED + 1):
        answer = _asked(stage, client, released, hook, details)
        status = answer.get("hookStatus")
        if status != "IN_PROGRESS":
            said = _said(stage)
            return Verdict(status == "SUCCEEDED", said, time.perf_counter() - began, asked, waited)
        waited += float(answer.get("callBackDelay", 30))
        details = answer.get("hookDetails", details)
    raise Failed(f"{released.name}: the gate does not decide: asked {MOST_ASKED} times")


def _asked(stage: Stage, client: Any, released: Released, hook: Hook, details: dict[str, Any]) -> dict[str, Any]:
    place, path = released.place, released.arn.partition(":service/")[2]
    prefix = f"arn:{place.partition}:ecs:{place.region}:{place.account}"
    event = {
        "executionId": "rehearsal",
        "lifecycleStage": hook.stage,
        "resourceArn": f"{prefix}:service-deployment/{path}/rehearsal",
        "executionDetails": {
            "serviceArn": released.arn,
            "targetServiceRevisionArn": f"{prefix}:service-revision/{path}/1",
            "testTrafficWeights": {},
            "productionTrafficWeights": {},
        },
        "hookDetails": details,
    }
    try:
        reply = client.invoke(FunctionName=hook.function.outputs["arn"], Payload=json.dumps(event).encode())
    except client.exceptions.ClientError as error:
        raise Failed(f"{released.name}: ECS cannot ask the gate: {error}") from error
    if reply.get("FunctionError"):
        raise Failed(f"{released.name}: the gate failed: {stage.cloud.invocations[-1].error}")
    answer: dict[str, Any] = json.loads(reply["Payload"].read())
    return answer


def _said(stage: Stage) -> str:
    """Returns the reason that the gate wrote last, or what its checks have seen."""
    for line in reversed(stage.cloud.invocations[-1].lines):
        found = json.loads(line) if line.startswith("{") else {}
        if found.get("reason"):
            return str(found["reason"])
        if found.get("checks"):
            return ", ".join(found["checks"])
    return "no reason in its log"


@contextlib.contextmanager
def credentials(stage: Stage, released: Released, hook: Hook, token: str) -> Iterator[None]:
    """Stands in for the issuer that the gate gets its token from, until the end of the block."""
    arn = hook.variables.get("SECRET_ARN", "")
    if not arn or not token:
        yield
        return
    granted = {"access_token": token, "token_type": "Bearer", "expires_in": 300}
    with answering("POST", granted) as address:
        client = stage.cloud.client("secretsmanager", released.place)
        value = json.dumps(
            {"token_endpoint": f"{address}/token", "client_id": "rehearsal", "client_secret": "rehearsal"}
        )
        try:
            client.put_secret_value(SecretId=arn, SecretString=value)
        except client.exceptions.ResourceNotFoundException:
            _outside(client, released, arn, value)
        yield


def _outside(client: Any, released: Released, arn: str, value: str) -> None:
    """Makes a secret that lies outside the stack; AWS appends a hyphen and six characters to its name."""
    from moto.secretsmanager.models import secretsmanager_backends

    name = arn.split(":")[6][:-7]
    client.create_secret(Name=name, SecretString=value)
    secretsmanager_backends[released.place.account][released.place.region].secrets[name].arn = arn
