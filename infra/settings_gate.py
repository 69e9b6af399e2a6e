"""The settings of the gate that tries releases before they get traffic."""

from typing import Annotated

from pydantic import Field

from mcp_ops.delivery.release_gate_plan import DIGEST, DIGEST_RULE, LATENCY_SECONDS, SAMPLES
from settings_server import KeyArn, SecretArn
from settings_types import Group, Pattern

Digest = Annotated[str, Pattern(DIGEST.pattern, DIGEST_RULE)]


class Gate(Group):
    """A function that tries each release on the test listener; where traffic shifts, so not with strategy rolling."""

    enabled: bool = True
    """False: releases get traffic untried, and alarms alone take them back."""
    secret: SecretArn | None = None
    """Secret with token_endpoint, client_id and client_secret of the gate's own client; required with sign-in."""
    secret_key: KeyArn | None = None
    """KMS key that encrypts it, unless it is the account's own key for Secrets Manager."""
    latency_seconds: Annotated[float, Field(ge=LATENCY_SECONDS[0], le=LATENCY_SECONDS[1])] = 0.5
    """Response time (95th percentile of the sampled calls) above which a release is refused."""
    samples: Annotated[int, Field(ge=SAMPLES[0], le=SAMPLES[1])] = 20
    """Calls that are sampled."""
    tools: Annotated[dict[str, Digest], Field(max_length=100)] = Field(default_factory=dict)
    """Server -> digest of its tools, as `mcp-ops release verify` prints it. Default: the tools that callers have at
    that moment; a release that is to change them needs the digest."""
