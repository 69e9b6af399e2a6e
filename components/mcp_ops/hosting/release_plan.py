"""How a release of a server replaces the one before it: at once, or traffic shifted in steps. Pure."""

import math
from dataclasses import dataclass
from typing import NotRequired, TypedDict

import pulumi

from mcp_ops.inputs import Inputs

ROLLING, BLUE_GREEN, CANARY, LINEAR = "rolling", "blue-green", "canary", "linear"
STRATEGIES = (ROLLING, BLUE_GREEN, CANARY, LINEAR)

MINUTES = (0, 1440)
"""Bake and step times of ECS (API reference of DeploymentConfiguration)."""
CANARY_PERCENT = (0.1, 100.0)
"""API reference of CanaryConfiguration."""
STEP_PERCENT = (3.0, 100.0)
"""API reference of LinearConfiguration."""

BUDGET_MINUTES = (15, 2880)
OVERHEAD_MINUTES = 10
"""What a deployment needs besides waiting: tasks start, prove themselves, and drain for up to four minutes."""

ERROR_PERCENT = (0.1, 100.0)
LATENCY_SECONDS = (0.05, 4000.0)

_SHIFTING = ("bake_minutes", "test_listener_arn", "gate_arn")
_TAKES = {
    ROLLING: (),
    BLUE_GREEN: _SHIFTING,
    CANARY: (*_SHIFTING, "canary_percent", "canary_minutes"),
    LINEAR: (*_SHIFTING, "step_percent", "step_minutes"),
}
"""Inputs that only some strategies use."""


class ReleaseArgs(TypedDict):
    """How a release replaces the one before it, and what takes it back."""

    strategy: NotRequired[str]
    """`rolling`: new tasks replace old ones. `blue-green`: all traffic moves at once to a second set of tasks.
    `canary`: first a small part, then the rest. `linear`: in equal steps. Default `rolling`. The others double the
    tasks while a release lasts, and a gateway then carries 50 servers: each has two target groups."""
    bake_minutes: NotRequired[int]
    """Minutes that the old tasks stay ready after all traffic has moved, 0 to 1440. Default 5; not for `rolling`."""
    canary_percent: NotRequired[float]
    """Part of the traffic that the canary gets, 0.1 to 100 percent. Default 10; for `canary`."""
    canary_minutes: NotRequired[int]
    """Minutes that the canary is watched, 0 to 1440. Default 5; for `canary`."""
    step_percent: NotRequired[float]
    """Part of the traffic that each step moves, 3 to 100 percent. Default 20; for `linear`."""
    step_minutes: NotRequired[int]
    """Minutes between steps, 0 to 1440. Default 3; for `linear`."""
    budget_minutes: NotRequired[int]
    """Minutes that a release may take, 15 to 2880: `pulumi up` waits no longer. Default 30. What the strategy waits for
    has to leave 10 of them, in which tasks start and drain."""
    alarms: NotRequired[bool]
    """Whether alarms of the server's own take a release back: server errors, unhealthy tasks, response time; never 4xx.
    Default true. About 0.50 USD a month, twice that where traffic shifts."""
    error_percent: NotRequired[float]
    """Server errors and refused connections, in percent of at least 20 requests a minute, above which a release is
    taken back, 0.1 to 100. Default 1."""
    latency_seconds: NotRequired[float]
    """Response time (95th percentile, up to the first header) above which a release is taken back, 0.05 to 4000
    seconds. Default 2; raise it above the slowest tool that answers in one piece."""
    test_listener_arn: NotRequired[pulumi.Input[str]]
    """Test listener of the gateway: a release answers there, with the same sign-in, before it gets traffic. Not for
    `rolling`."""
    gate_arn: NotRequired[pulumi.Input[str]]
    """Lambda function that tries a release on the test listener and refuses it, or lets it have traffic. Needs
    `test_listener_arn`; not for `rolling`."""


@dataclass(frozen=True)
class ReleasePlan:
    """How a server's releases replace each other."""

    strategy: str
    bake_minutes: int
    canary_percent: float
    canary_minutes: int
    step_percent: float
    step_minutes: int
    budget_minutes: int
    alarms: bool
    error_percent: float
    latency_seconds: float
    tested: bool
    """Whether releases answer on the test listener first."""
    gated: bool
    """Whether a function decides on releases."""

    @property
    def shifts(self) -> bool:
        """Whether traffic moves between two target groups."""
        return self.strategy != ROLLING

    @property
    def minutes_to_traffic(self) -> int:
        """Minutes that the strategy waits until a release has all traffic."""
        steps = math.ceil(100 / self.step_percent) - 1
        return {CANARY: self.canary_minutes, LINEAR: steps * self.step_minutes}.get(self.strategy, 0)

    @property
    def minutes_waiting(self) -> int:
        """Minutes that the strategy waits in all."""
        return self.minutes_to_traffic + (self.bake_minutes if self.shifts else 0)


def plan_release(inputs: Inputs | None, *, forwards_unauthenticated: bool) -> ReleasePlan:
    """Decides on releases, or notes what is wrong; None are the defaults.

    `forwards_unauthenticated`: whether sign-in lets requests without token through to the server.
    """
    inputs = inputs or Inputs("", {}, ReleaseArgs)
    strategy = inputs.choice("strategy", ROLLING, STRATEGIES)
    plan = ReleasePlan(
        strategy=strategy,
        bake_minutes=inputs.integer("bake_minutes", 5, *MINUTES),
        canary_percent=inputs.number("canary_percent", 10, *CANARY_PERCENT),
        canary_minutes=inputs.integer("canary_minutes", 5, *MINUTES),
        step_percent=inputs.number("step_percent", 20, *STEP_PERCENT),
        step_minutes=inputs.integer("step_minutes", 3, *MINUTES),
        budget_minutes=inputs.integer("budget_minutes", 30, *BUDGET_MINUTES),
        alarms=inputs.flag("alarms", default=True),
        error_percent=inputs.number("error_percent", 1, *ERROR_PERCENT),
        latency_seconds=inputs.number("latency_seconds", 2, *LATENCY_SECONDS),
        tested=inputs.has("test_listener_arn"),
        gated=inputs.has("gate_arn"),
    )
    _check_fields(inputs, strategy)
    _check_together(inputs, plan, forwards_unauthenticated=forwards_unauthenticated)
    return plan


def _check_fields(inputs: Inputs, strategy: str) -> None:
    for key in sorted({key for keys in _TAKES.values() for key in keys} - set(_TAKES[strategy])):
        users = ", ".join(name for name in STRATEGIES if key in _TAKES[name])
        rule = f"has no effect with strategy {strategy}, only with {users}; leave it out"
        inputs.offences.check(not inputs.has(key), key, inputs.given(key), rule)


def _check_together(inputs: Inputs, plan: ReleasePlan, *, forwards_unauthenticated: bool) -> None:
    offences = inputs.offences
    room = plan.budget_minutes - OVERHEAD_MINUTES
    rule = (
        f"leaves {room} minutes for waiting, and strategy {plan.strategy} waits {plan.minutes_waiting}: "
        f"{plan.minutes_to_traffic} until it has all traffic, {plan.minutes_waiting - plan.minutes_to_traffic} "
        f"of baking after; {OVERHEAD_MINUTES} are for tasks that start and drain. Raise it, or wait less"
    )
    offences.check(plan.minutes_waiting <= room, "budget_minutes", plan.budget_minutes, rule)
    tried = plan.tested or not plan.gated
    offences.check(tried, "gate_arn", "given", "tries releases on the test listener; give test_listener_arn, too")
    rule = (
        "shifts one listener rule, and sign_in.unauthenticated forward needs two that forward; "
        "use rolling, or sign_in.unauthenticated reject"
    )
    offences.check(not (plan.shifts and forwards_unauthenticated), "strategy", plan.strategy, rule)
