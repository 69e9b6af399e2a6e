"""What is changed in moto for one service: added before its first client, since moto's part is loaded then."""

import contextlib
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from mcp_ops.rehearsal.simulator import composite_alarms, lean_moto, offerings

if TYPE_CHECKING:
    from mcp_ops.rehearsal.simulator.cloud import Cloud

Extension = contextlib.AbstractContextManager[Any]


def _acm(_: "Cloud") -> Extension:
    return contextlib.nullcontext(lean_moto.with_one_certificate_key())


def _cloudwatch(_: "Cloud") -> Extension:
    return contextlib.nullcontext(composite_alarms.installed())


def _ec2(_: "Cloud") -> Extension:
    return contextlib.nullcontext(offerings.slimmed())


def _kms(_: "Cloud") -> Extension:
    from mcp_ops.rehearsal.simulator import key_pairs

    lean_moto.without_key_pairs()
    return key_pairs.installed()


def _lambda(cloud: "Cloud") -> Extension:
    from mcp_ops.rehearsal.simulator.lambda_runtime import Runtime

    return Runtime(cloud.as_role).installed()


def _s3(_: "Cloud") -> Extension:
    from mcp_ops.rehearsal.simulator import bucket_policies

    return bucket_policies.installed()


def _secretsmanager(cloud: "Cloud") -> Extension:
    from mcp_ops.rehearsal.simulator import secret_rotation

    return secret_rotation.installed(cloud.client)


EXTENSIONS: Mapping[str, Callable[["Cloud"], Extension]] = {
    "acm": _acm,
    "cloudwatch": _cloudwatch,
    "ec2": _ec2,
    "kms": _kms,
    "lambda": _lambda,
    "s3": _s3,
    "secretsmanager": _secretsmanager,
}
"""By boto3's name of the service; what an extension's `with` yields stays at hand while the cloud is open."""
