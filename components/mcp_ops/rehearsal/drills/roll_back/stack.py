"""What a stack registered about releases of a server: who decides, what takes one back, how long that is watched."""

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pulumi

from mcp_ops.rehearsal import wire
from mcp_ops.rehearsal.drills import declarations
from mcp_ops.rehearsal.drills.drill import Stage
from mcp_ops.rehearsal.record import Registration
from mcp_ops.rehearsal.simulator.alarms import MINUTE, Alarms, MetricAlarm, alarms_of
from mcp_ops.rehearsal.simulator.places import Place

SERVICE = "aws:ecs/service:Service"
FUNCTION = "aws:lambda/function:Function"
ROLLING = "ROLLING"


@dataclass(frozen=True)
class Hook:
    """A function that is asked before a release gets traffic."""

    function: Registration
    role_arn: str
    """Role with which ECS invokes it."""
    stage: str
    details: Mapping[str, Any]
    """What the service tells it."""

    @property
    def variables(self) -> Mapping[str, str]:
        """Environment variables of the function."""
        found: Mapping[str, str] = wire.reveal(self.function.inputs.get("environment") or {}).get("variables") or {}
        return found

    @property
    def latency_seconds(self) -> float:
        """Response time above which it refuses; 0.5 s where the function does not say."""
        return float(self.variables.get("LATENCY_SECONDS", "0.5"))


@dataclass(frozen=True)
class Released:
    """The service of one server, as far as its releases go."""

    name: str
    """Name of the server."""
    service: Registration
    hook: Hook | None
    alarms: Alarms
    """The alarms that take a release back."""

    @property
    def place(self) -> Place:
        """Account and region."""
        return Place(self.service.account, self.service.region)

    @property
    def arn(self) -> str:
        """ARN of the service."""
        return str(self.service.outputs["arn"])

    @property
    def configuration(self) -> Mapping[str, Any]:
        """How ECS deploys."""
        found: Mapping[str, Any] = wire.reveal(self.service.inputs.get("deploymentConfiguration")) or {}
        return found

    @property
    def strategy(self) -> str:
        """`ROLLING`, `BLUE_GREEN`, `CANARY` or `LINEAR`."""
        return str(self.configuration.get("strategy") or ROLLING)

    @property
    def goes_back_by_itself(self) -> bool:
        """Whether ECS rolls back when tasks do not get healthy."""
        breaker = wire.reveal(self.service.inputs.get("deploymentCircuitBreaker")) or {}
        return bool(breaker.get("enable") and breaker.get("rollback"))

    @property
    def first_share(self) -> float:
        """Part of the traffic that a release gets first, 0 to 1."""
        canary = (self.configuration.get("canaryConfiguration") or {}).get("canaryPercent")
        step = (self.configuration.get("linearConfiguration") or {}).get("stepPercent")
        return float(canary or step or 100) / 100

    @property
    def minutes_to_traffic(self) -> float:
        """Minutes until a release has all traffic."""
        canary = self.configuration.get("canaryConfiguration") or {}
        linear = self.configuration.get("linearConfiguration") or {}
        steps = math.ceil(1 / self.first_share) - 1 if linear else 0
        return float(canary.get("canaryBakeTimeInMinutes") or 0) + steps * float(
            linear.get("stepBakeTimeInMinutes") or 0
        )

    @property
    def minutes_watched(self) -> float:
        """Minutes in which an alarm takes a release back, from its first request on.

        For `ROLLING` the longest window of an alarm and the minute until it is evaluated: ECS watches that long at
        least (developer guide, deployment alarms).
        """
        if self.strategy == ROLLING:
            return max((_window(alarm) for alarm in self.alarms.metric), default=0) + 1
        return self.minutes_to_traffic + float(self.configuration.get("bakeTimeInMinutes") or 0)

    def groups(self) -> tuple[str, str]:
        """Returns the target groups as metrics name them: of the release before, and of the new one."""
        balancers: list[Mapping[str, Any]] = wire.reveal(self.service.inputs.get("loadBalancers")) or [{}]
        balancer = balancers[0]
        now = str(balancer.get("targetGroupArn", "")).rsplit(":", 1)[-1]
        other = (balancer.get("advancedConfiguration") or {}).get("alternateTargetGroupArn")
        return now, str(other).rsplit(":", 1)[-1] if other else now


def _window(alarm: MetricAlarm) -> float:
    return alarm.period * alarm.rule.evaluation_periods / MINUTE


def released(stage: Stage) -> Iterator[Released]:
    """Yields the services whose releases something decides about and whose server can be started here."""
    startable = {
        entry.get("taskDefinition"): name
        for name, entry in declarations.entries(stage).items()
        if isinstance(entry, Mapping)
    }
    known: Alarms | None = None
    for service in stage.run.of_type(SERVICE):
        name = startable.get(wire.reveal(service.inputs.get("taskDefinition")))
        if name and service.outputs.get("arn"):
            known = known or alarms_of(stage.run)
            found = Released(name, service, _hook(stage, service), _alarms(known, service))
            if found.hook or len(found.alarms):
                yield found


def _alarms(known: Alarms, service: Registration) -> Alarms:
    given = wire.reveal(service.inputs.get("alarms")) or {}
    names = given.get("alarmNames") if given.get("enable") and given.get("rollback") else ()
    return known.only(names) if names else Alarms()


def _hook(stage: Stage, service: Registration) -> Hook | None:
    configuration = wire.reveal(service.inputs.get("deploymentConfiguration")) or {}
    functions = {item.outputs.get("arn"): item for item in stage.run.of_type(FUNCTION)}
    for hook in configuration.get("lifecycleHooks") or ():
        function = functions.get(hook.get("hookTargetArn"))
        if function:
            details = json.loads(hook.get("hookDetails") or "{}")
            return Hook(function, str(hook.get("roleArn")), hook["lifecycleStages"][0], details)
    return None


def code_of(function: Registration, file: str) -> str:
    """Returns the text of a file of a function's upload that is part of the program; empty without it."""
    code = function.inputs.get("code")
    asset = code.assets.get(file) if isinstance(code, pulumi.AssetArchive) else None
    return str(asset.text) if isinstance(asset, pulumi.StringAsset) else ""
