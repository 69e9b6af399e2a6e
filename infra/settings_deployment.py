"""The settings of releases: how one replaces the one before, and what takes it back."""

from typing import Annotated, Literal

from pydantic import Field

from mcp_ops.hosting.release_plan import (
    BUDGET_MINUTES,
    CANARY_PERCENT,
    ERROR_PERCENT,
    LATENCY_SECONDS,
    MINUTES,
    STEP_PERCENT,
)
from settings_gate import Gate
from settings_types import Cidr, Group

Minutes = Annotated[int, Field(ge=MINUTES[0], le=MINUTES[1])]

RELEASE_FIELDS = (
    "strategy",
    "bake_minutes",
    "canary_percent",
    "canary_minutes",
    "step_percent",
    "step_minutes",
    "budget_minutes",
    "alarms",
    "error_percent",
    "latency_seconds",
)
"""Fields that every server takes as they are."""


class Deployment(Group):
    """How a release replaces the one before: with circuit breaker and alarms that take it back."""

    strategy: Literal["rolling", "blue-green", "canary", "linear"] = "rolling"
    """rolling: new tasks replace old ones. blue-green, canary and linear start a second set of tasks, try it on the
    test listener and move traffic to it at once, after a small part, or in steps; tasks cost twice while that lasts."""
    bake_minutes: Minutes | None = None
    """Minutes that the old tasks stay ready after all traffic has moved. Default 5; not for rolling."""
    canary_percent: Annotated[float, Field(ge=CANARY_PERCENT[0], le=CANARY_PERCENT[1])] | None = None
    """Part of the traffic that a canary gets. Default 10; for canary."""
    canary_minutes: Minutes | None = None
    """Minutes that the canary is watched. Default 5; for canary."""
    step_percent: Annotated[float, Field(ge=STEP_PERCENT[0], le=STEP_PERCENT[1])] | None = None
    """Part of the traffic that each step moves. Default 20; for linear."""
    step_minutes: Minutes | None = None
    """Minutes between steps. Default 3; for linear."""
    budget_minutes: Annotated[int, Field(ge=BUDGET_MINUTES[0], le=BUDGET_MINUTES[1])] = 30
    """Minutes that a release may take; what the strategy waits for must leave 10 of them."""
    test_cidrs: Annotated[tuple[Cidr, ...], Field(max_length=5)] = ()
    """Networks, besides the environment's own, from which releases may be tried on the test listener (port 8443); not
    for rolling."""
    gate: Gate = Gate()
    """Tries each release on the test listener before it gets traffic; not for rolling."""
    alarms: bool = True
    """Whether server errors, unhealthy tasks and slow answers take a release back. About 0.50 USD a month and server,
    twice that where traffic shifts."""
    error_percent: Annotated[float, Field(ge=ERROR_PERCENT[0], le=ERROR_PERCENT[1])] = 1
    """Server errors, in percent of at least 20 requests a minute, above which a release is taken back."""
    latency_seconds: Annotated[float, Field(ge=LATENCY_SECONDS[0], le=LATENCY_SECONDS[1])] = 2
    """Response time (95th percentile) above which a release is taken back; more than the slowest tool takes."""
    health_check_grace_seconds: Annotated[int, Field(ge=0, le=7200)] = 60
    """Seconds after the start of a task in which failed health checks do not count."""
    deregistration_delay_seconds: Annotated[int, Field(ge=0, le=3600)] = 120
    """Seconds that the load balancer lets calls in flight finish on a task that goes away."""
    drain_seconds: Annotated[int, Field(ge=1, le=119)] = 110
    """Seconds that a server lets calls in flight finish after SIGTERM; ECS kills it after 120."""
    require_digest: bool = True
    """True: images are named by digest, so that what was tested is what runs. False lets tags pass; prod refuses it."""
