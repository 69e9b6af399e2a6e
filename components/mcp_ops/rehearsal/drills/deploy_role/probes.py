"""Calls that are really made under a role, with IAM enforced: taken with a token, allowed and refused."""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

from botocore.exceptions import ClientError

from mcp_ops.rehearsal import wire
from mcp_ops.rehearsal.drills.deploy_role.trust import Trusted
from mcp_ops.rehearsal.drills.drill import Stage
from mcp_ops.rehearsal.record import Registration
from mcp_ops.rehearsal.simulator.authorization.enforcer import RoleSession, SessionSettings
from mcp_ops.rehearsal.simulator.authorization.request import oidc

SERVICE = "aws:ecs/service:Service"
SECRET = "aws:secretsmanager/secret:Secret"  # noqa: S105 - a resource type


def probe_problems(stage: Stage, trusted: Trusted, *, deploys: bool) -> Iterator[str]:
    """Yields the calls that ended otherwise than they must."""
    settings = SessionSettings("workflow", taken_by=oidc(trusted.provider), context=trusted.token.claims())
    session = stage.cloud.as_role(trusted.arn, settings)
    acts = deploys or bool(trusted.environment)
    for service in stage.run.of_type(SERVICE)[:1]:
        yield from _ended(session, "ecs:DescribeServices", _of_service(service, "describe_services"), may=True)
        yield from _ended(session, "ecs:UpdateService", _of_service(service, "update_service"), may=acts)
        if not deploys:
            yield from _ended(session, "ecs:DeleteService", _of_service(service, "delete_service"), may=False)
    for secret in stage.run.of_type(SECRET)[:1]:
        yield from _ended(session, "secretsmanager:GetSecretValue", _read(secret), may=False)


Probe = Callable[[RoleSession], Any]


def _ended(session: RoleSession, action: str, probe: Probe, *, may: bool) -> Iterator[str]:
    before = len(session.log)
    with contextlib.suppress(ClientError):
        probe(session)
    allowed = all(entry.decision.allowed for entry in session.log[before:])
    if allowed != may:
        yield f"{action} is {'allowed' if allowed else 'refused'}"


def _of_service(service: Registration, operation: str) -> Probe:
    inputs = wire.reveal({**service.inputs, **service.outputs})

    def call(session: RoleSession) -> Any:
        client = session.client("ecs", service.region)
        if operation == "describe_services":
            return client.describe_services(cluster=inputs["cluster"], services=[inputs["name"]])
        return getattr(client, operation)(cluster=inputs["cluster"], service=inputs["name"])

    return call


def _read(secret: Registration) -> Probe:
    arn = str(wire.reveal(secret.outputs)["arn"])
    return lambda session: session.client("secretsmanager", secret.region).get_secret_value(SecretId=arn)
