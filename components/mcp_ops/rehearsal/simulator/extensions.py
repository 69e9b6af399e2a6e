"""What is changed in moto for one service: added before its first client, since moto's part is loaded then."""

import contextlib
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from mcp_ops.rehearsal.simulator import composite_alarms, lean_moto, offerings
from mcp_ops.rehearsal.simulator.authorization.enforcer import RoleSession, SessionSettings
from mcp_ops.rehearsal.simulator.places import Place

Extension = contextlib.AbstractContextManager[Any]


class Extended(Protocol):
    """The simulated cloud, as far as extensions need it."""

    def client(self, service: str, place: Place) -> Any:
        """Returns a client that may do anything."""

    def as_role(self, role_arn: str, settings: SessionSettings | None = None) -> RoleSession:
        """Returns a session of a role."""


def _acm(_: Extended) -> Extension:
    return contextlib.nullcontext(lean_moto.with_one_certificate_key())


def _cloudwatch(_: Extended) -> Extension:
    return contextlib.nullcontext(composite_alarms.installed())


def _ec2(_: Extended) -> Extension:
    return contextlib.nullcontext(offerings.slimmed())


def _kms(_: Extended) -> Extension:
    from mcp_ops.rehearsal.simulator import key_pairs

    lean_moto.without_key_pairs()
    return key_pairs.installed()


def _lambda(cloud: Extended) -> Extension:
    from mcp_ops.rehearsal.simulator.lambda_runtime import Runtime

    return Runtime(cloud.as_role).installed()


def _s3(_: Extended) -> Extension:
    from mcp_ops.rehearsal.simulator import bucket_policies

    return bucket_policies.installed()


def _secretsmanager(cloud: Extended) -> Extension:
    from mcp_ops.rehearsal.simulator import secret_rotation

    return secret_rotation.installed(cloud.client)


EXTENSIONS: Mapping[str, Callable[[Extended], Extension]] = {
    "acm": _acm,
    "cloudwatch": _cloudwatch,
    "ec2": _ec2,
    "kms": _kms,
    "lambda": _lambda,
    "s3": _s3,
    "secretsmanager": _secretsmanager,
}
"""By boto3's name of the service; what an extension's `with` yields stays at hand while the cloud is open."""
