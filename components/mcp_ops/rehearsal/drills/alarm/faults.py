"""What goes wrong: each fault changes the samples of the healthy environment from one moment on."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from mcp_ops.rehearsal import wire
from mcp_ops.rehearsal.drills.alarm import events
from mcp_ops.rehearsal.drills.alarm.events import Observed
from mcp_ops.rehearsal.drills.alarm.platform import PER_MINUTE
from mcp_ops.rehearsal.drills.alarm.world import DAY, HOUR, NOW, World, replay
from mcp_ops.rehearsal.record import Registration
from mcp_ops.rehearsal.simulator.alarms import MINUTE, Metric, Series

SERVICE = "aws:ecs/service:Service"
TARGET_GROUP = "aws:lb/targetGroup:TargetGroup"
ROTATION = "aws:secretsmanager/secretRotation:SecretRotation"
FUNCTION = "aws:lambda/function:Function"
CERTIFICATE = "aws:acm/certificate:Certificate"
BACKUP_PLAN = "aws:backup/plan:Plan"

SLOW_MS = 6_000.0
LOAD_BALANCER = "AWS/ApplicationELB"


class NotHere(Exception):
    """The stack has nothing that the fault could befall; the message says what is missing."""


@dataclass
class Disturbed:
    """The samples of an environment in which something is wrong."""

    series: Series
    touched: set[Metric]
    """Metrics whose samples differ from the healthy ones."""

    def ended(self, healthy: Series, end: float) -> Series:
        """Returns the samples as they are when the fault ends."""
        after = self.series.forked()
        for metric in self.touched:
            after.follow(metric, healthy, end)
        return after

    def silence(self, metrics: Iterable[Metric]) -> None:
        """Drops what would have been reported from `NOW` on."""
        for metric in metrics:
            self.series.clear(metric, NOW)
            self.touched.add(metric)

    def hold(self, metrics: Iterable[Metric], value: float, *, seconds: int = HOUR, step: int = MINUTE) -> None:
        """Reports a value every `step` seconds in place of the healthy ones."""
        self.follow(metrics, ((at, value) for at in range(NOW, NOW + seconds, step)))

    def follow(self, metrics: Iterable[Metric], values: Iterable[tuple[int, float]]) -> None:
        """Reports values at moments in place of the healthy ones."""
        given, wanted = list(values), list(metrics)
        self.silence(wanted)
        for metric in wanted:
            for at, value in given:
                self.series.add(metric, at, value)


@dataclass(frozen=True)
class Fault:
    """One thing that goes wrong."""

    name: str
    what: str
    """What happens, for people."""
    befall: Callable[[World, Disturbed], None]
    """Changes the samples; raises `NotHere`."""
    told: bool | None = True
    """Whether somebody must be told; None: as the stack has it, but nobody is woken up."""
    limit: int = HOUR
    """Seconds within which somebody must be told (requirement M6: under an hour)."""
    felt: bool = True
    """Whether users feel it at once; otherwise there is a day to find out."""


def _server(world: World) -> Observed:
    """Returns the server that the fault befalls: the first whose log lines feed an alarm."""
    for server in world.servers:
        if world.samples(server, server.answered):
            return server
    raise NotHere("no server that runs here writes a metric that an alarm reads")


def _service(world: World) -> tuple[Observed, Registration]:
    for server in world.servers:
        for item in world.run.of_type(SERVICE):
            if item.inputs.get("taskDefinition") in {server.definition.outputs.get("arn"), server.definition.id}:
                return server, item
    raise NotHere("no service of the stack runs a server that can be started here")


def _own_events(world: World, server: Observed) -> set[Metric]:
    return {sample.metric for sample in world.samples(server, server.answered)}


def _traffic(world: World, service: Registration, *names: str) -> list[Metric]:
    """Returns the load balancer's metrics in use about a service's targets."""
    groups = {item.outputs.get("arn"): item.outputs.get("arnSuffix") for item in world.run.of_type(TARGET_GROUP)}
    given = wire.reveal(service.inputs.get("loadBalancers") or [])
    suffixes = [groups.get(each.get("targetGroupArn")) for each in given]
    return [m for suffix in suffixes if suffix for m in world.reads(LOAD_BALANCER, *names, TargetGroup=str(suffix))]


def _of_service(world: World, service: Registration, *names: str) -> list[Metric]:
    name = str(service.outputs.get("name"))
    found = [world.reads(namespace, *names, ServiceName=name) for namespace in ("AWS/ECS", "ECS/ContainerInsights")]
    return [metric for metrics in found for metric in metrics]


def _every_minute(seconds: int = HOUR) -> list[tuple[int, int]]:
    return [(at, 1) for at in range(NOW, NOW + seconds, MINUTE)]


def _rewritten(world: World, changed: Disturbed, rewrite: Callable[[str], str]) -> None:
    """Replays the server's real lines, each as it would read under the fault."""
    server = _server(world)
    changed.silence(_own_events(world, server))
    samples = world.samples(server, [rewrite(line) for line in server.answered])
    replay(changed.series, samples, PER_MINUTE / len(server.answered), _every_minute())
    changed.touched |= {sample.metric for sample in samples}


def _slow(world: World, changed: Disturbed) -> None:
    _rewritten(world, changed, lambda line: events.slowed(line, SLOW_MS))


def _failing(world: World, changed: Disturbed) -> None:
    _rewritten(world, changed, events.failed)


def _crash_loop(world: World, changed: Disturbed) -> None:
    server, service = _service(world)
    changed.silence(_own_events(world, server))
    changed.hold(_of_service(world, service, "RunningTaskCount"), 0)
    changed.hold(_traffic(world, service, "UnHealthyHostCount"), 2)
    changed.hold(_traffic(world, service, "HealthyHostCount"), 0)
    changed.hold(_traffic(world, service, "TargetConnectionErrorCount"), PER_MINUTE)
    changed.hold(world.reads(LOAD_BALANCER, "HTTPCode_ELB_5XX_Count"), PER_MINUTE)
    changed.hold(_probes(world, server), 0)
    changed.silence(_traffic(world, service, "HTTPCode_Target_2XX_Count", "TargetResponseTime"))


def _probes(world: World, server: Observed) -> list[Metric]:
    return [metric for metric in world.named("ProbeSuccess") if metric.dimension("Server") == server.name]


def _memory(world: World, changed: Disturbed) -> None:
    _, service = _service(world)
    percent = ((at, min(100.0, 35 + 1.5 * (at - NOW) / MINUTE)) for at in range(NOW, NOW + HOUR, MINUTE))
    changed.follow(_of_service(world, service, "MemoryUtilization"), percent)


def _no_traffic(world: World, changed: Disturbed) -> None:
    server, service = _service(world)
    changed.silence(_own_events(world, server))
    changed.silence(_traffic(world, service, "RequestCount", "HTTPCode_Target_2XX_Count", "TargetResponseTime"))


def _one_in_three(world: World, changed: Disturbed) -> None:
    """Three requests in the hour, of which the second fails; before that the server was in use."""
    server, service = _service(world)
    _no_traffic(world, changed)
    lines = [server.answered[0], events.failed(server.answered[1]), server.answered[2]]
    for index, line in enumerate(lines):
        at = NOW + index * 20 * MINUTE
        replay(changed.series, world.samples(server, [line]), 1, [(at, 1)])
        for metric in _traffic(world, service, "RequestCount"):
            changed.series.add(metric, at, 1)


def _not_found(world: World, changed: Disturbed) -> None:
    """A scanner asks for what is not there, and an assistant calls tools wrongly, a thousand times a minute."""
    server, service = _service(world)
    changed.hold(_traffic(world, service, "RequestCount"), PER_MINUTE + 1_000)
    changed.hold(_traffic(world, service, "HTTPCode_Target_4XX_Count"), 900)
    changed.hold(world.reads(LOAD_BALANCER, "HTTPCode_ELB_4XX_Count"), 100)
    if server.rejected:
        samples = world.samples(server, server.rejected)
        replay(changed.series, samples, 900 / len(server.rejected), _every_minute())
        changed.touched |= {sample.metric for sample in samples}


def _certificate(world: World, changed: Disturbed) -> None:
    """Renewal has failed: six days are left, then five."""
    if not world.run.of_type(CERTIFICATE):
        raise NotHere("the stack has no certificate")
    metrics = world.reads("AWS/CertificateManager", "DaysToExpiry")
    changed.follow(metrics, [(NOW, 6.0), (NOW + DAY // 2, 6.0), (NOW + DAY, 5.0)])


def _rotation(world: World, changed: Disturbed) -> None:
    """The function that rotates raises, again and again; the value in use grows older by the hour."""
    rotations = world.run.of_type(ROTATION)
    if not rotations:
        raise NotHere("no secret of the stack rotates")
    arns = {item.inputs.get("rotationLambdaArn") for item in rotations}
    names = [str(item.outputs.get("name")) for item in world.run.of_type(FUNCTION) if item.outputs.get("arn") in arns]
    changed.hold([m for name in names for m in world.reads("AWS/Lambda", "Errors", FunctionName=name)], 1)
    days = max((_rotation_days(item) for item in rotations), default=30)
    ages = ((at, days + 3 + (at - NOW) / DAY) for at in range(NOW, NOW + DAY, HOUR))
    changed.follow(world.named("DaysSinceRotation", "DaysSinceLastRotation"), ages)


def _rotation_days(item: Registration) -> float:
    rules: Mapping[str, object] = wire.reveal(item.inputs.get("rotationRules") or {})
    days = rules.get("automaticallyAfterDays")
    return float(str(days)) if days else 30.0


def _backup(world: World, changed: Disturbed) -> None:
    """The daily backup does not happen: the newest one is 24 hours old, then 25, ..."""
    if not world.run.of_type(BACKUP_PLAN):
        raise NotHere("the stack has no backup plan")
    ages = ((at, 24 + (at - NOW) / HOUR) for at in range(NOW, NOW + DAY, HOUR))
    changed.follow(world.named("BackupAgeHours", "RecoveryPointAgeHours"), ages)


FAULTS: tuple[Fault, ...] = (
    Fault("slow tool", "every call takes 6 s", _slow),
    Fault("failing tool", "every call fails; HTTP stays 200", _failing),
    Fault("crash loop", "the process dies at every start", _crash_loop),
    Fault("memory growth", "memory grows by 1.5 % a minute", _memory),
    Fault("no traffic", "nobody calls the server", _no_traffic, told=None),
    Fault("one error in three requests", "three requests in an hour, one fails", _one_in_three, told=False),
    Fault("burst of 404s", "a thousand refused requests a minute", _not_found, told=False),
    Fault("expired certificate", "it was not renewed; six days are left", _certificate, limit=DAY, felt=False),
    Fault("failed rotation", "the rotating function raises", _rotation, limit=DAY, felt=False),
    Fault("missed backup", "the daily backup does not happen", _backup, limit=DAY, felt=False),
)


def disturbed(world: World, fault: Fault) -> Disturbed:
    """Returns the samples under a fault.

    Raises:
        NotHere: the stack has nothing that the fault could befall.
    """
    changed = Disturbed(world.healthy.forked(), set())
    fault.befall(world, changed)
    return changed
