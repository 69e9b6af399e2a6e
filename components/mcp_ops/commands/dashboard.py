"""`mcp-ops dashboard`: the environment's dashboards as one HTML page, from CloudWatch or from a rehearsal."""

import argparse
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from mcp_ops.arns import REGION, REGION_RULE
from mcp_ops.commands.arguments import Target
from mcp_ops.commands.exit_codes import FAILED, PASSED
from mcp_ops.commands.shared import add_project, add_stack, check_writable, needs_rehearsal, write
from mcp_ops.dashboard import Source, page_of
from mcp_ops.errors import InputError, Offence

if TYPE_CHECKING:
    from mcp_ops.rehearsal.drills.alarm.faults import Fault
    from mcp_ops.rehearsal.drills.alarm.world import World
    from mcp_ops.rehearsal.drills.drill import Stage
    from mcp_ops.rehearsal.simulator.alarms import Metric, Series

DASHBOARD = "aws:cloudwatch/dashboard:Dashboard"
HOURS = 6
"""What a rehearsed page shows in full."""


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Tells the parser of it."""
    parser = commands.add_parser("dashboard", help="write the environment's dashboards as one HTML page")
    add_stack(parser)
    parser.add_argument("--output", metavar="FILE", action=Target, required=True, help="the page to write")
    parser.add_argument("--rehearse", action="store_true", help="rehearse the stack; needs no account")
    parser.add_argument(
        "--fault", metavar="NAME", default="", help="with --rehearse: show the environment under a fault of drill alarm"
    )
    parser.add_argument("--name", default="", help="what the dashboards' names begin with (default: mcp-STACK)")
    parser.add_argument("--region", default="", help="region of the dashboards (default: that of the AWS environment)")
    add_project(parser)
    parser.set_defaults(command=run)


def run(options: argparse.Namespace) -> int:
    """Writes the page; live with `cloudwatch:ListDashboards`, `GetDashboard`, `GetMetricData`, `DescribeAlarms`."""
    if options.fault and not options.rehearse:
        raise InputError(Offence("--fault", options.fault, "goes with --rehearse only"))
    if options.region and options.rehearse:
        raise InputError(
            Offence("--region", options.region, "has no effect with --rehearse; the stack names its region")
        )
    if options.region and not REGION.fullmatch(options.region):
        raise InputError(Offence("--region", options.region, REGION_RULE))
    needs_rehearsal()
    check_writable(options.output, "--output")
    name = options.name or f"mcp-{options.stack}"
    return _rehearsed(options, name) if options.rehearse else _live(options, name)


def _live(options: argparse.Namespace, name: str) -> int:
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    session = boto3.session.Session()
    region = options.region or session.region_name
    if not region:
        raise InputError(Offence("--region", "", "is missing, and the AWS environment names none"))
    clients: dict[tuple[str, str], Any] = {}

    def client(service: str, place: str) -> Any:
        if (service, place) not in clients:
            clients[service, place] = session.client(service, region_name=place)  # type: ignore[call-overload]
        return clients[service, place]

    try:
        page = page_of(Source(client, region, name, time.time()))
    except (BotoCoreError, ClientError) as error:
        raise InputError(Offence("AWS", region, f"did not answer: {error}")) from error
    write(options.output, "--output", page)
    print(f"{options.output}: {name} in {region}, live")
    return PASSED


def _rehearsed(options: argparse.Namespace, name: str) -> int:
    from mcp_ops.rehearsal.drills.alarm.faults import FAULTS
    from mcp_ops.rehearsal.drills.drill import Failed
    from mcp_ops.rehearsal.rehearse import Options, rehearsed
    from mcp_ops.rehearsal.simulator.errors import Refusal

    faults = {fault.name: fault for fault in FAULTS}
    if options.fault and options.fault not in faults:
        raise InputError(Offence("--fault", options.fault, f"is no fault; use one of: {', '.join(faults)}"))
    with rehearsed(options.project, options.stack, Options(drilled=False)) as (found, stage):
        if not found.passed:
            print("\n".join(found.errors))
            return FAILED
        try:
            page = _page(stage, name, options.fault)
        except (Failed, Refusal) as failure:
            print(failure)
            return FAILED
    write(options.output, "--output", page)
    print(f"{options.output}: {name}, rehearsed{f' under the fault {options.fault!r}' if options.fault else ''}")
    return PASSED


def _page(stage: "Stage", name: str, fault_name: str) -> str:
    """Returns the page of a rehearsed stack, an hour into a fault if one is named."""
    from mcp_ops.rehearsal.drills.alarm.faults import FAULTS
    from mcp_ops.rehearsal.drills.alarm.world import HOUR, NOW
    from mcp_ops.rehearsal.simulator.alarms import evaluated
    from mcp_ops.rehearsal.simulator.alarms.metric_data import RehearsedCloudWatch
    from mcp_ops.rehearsal.simulator.places import Place

    dashboards = stage.run.of_type(DASHBOARD)
    if not dashboards:
        raise InputError(Offence("dashboard", name, "is the name of no dashboard: the stack registers none"))
    account, region = dashboards[0].account, dashboards[0].region
    world = _world(stage)
    series, end = world.healthy, NOW
    for fault in FAULTS:
        if fault.name == fault_name:
            series, end = _befallen(world, fault), NOW + HOUR
    history = evaluated(world.alarms, series, NOW - HOUR, end)

    def client(service: str, place: str) -> Any:
        simulated = stage.cloud.client(service, Place(account, place))
        return RehearsedCloudWatch(simulated, place, series, world.alarms, history)

    return page_of(Source(client, region, name, float(end), "rehearsed"))


def _befallen(world: "World", fault: "Fault") -> "Series":
    from mcp_ops.rehearsal.drills.alarm.faults import NotHere, disturbed

    try:
        return disturbed(world, fault).series
    except NotHere as lacking:
        raise InputError(Offence("--fault", fault.name, f"cannot befall this stack: {lacking}")) from lacking


def _world(stage: "Stage") -> "World":
    from mcp_ops.rehearsal.drills.alarm.events import Observed, observed
    from mcp_ops.rehearsal.drills.alarm.world import World, built
    from mcp_ops.rehearsal.simulator.alarms import alarms_of, filters_of

    servers = tuple(item for item in observed(stage) if isinstance(item, Observed))
    shown = frozenset(_shown(stage))
    alarms, filters = alarms_of(stage.run), filters_of(stage.run)
    return built(World(stage.run, alarms, filters, servers, shown=shown, before=HOURS * 3600))


def _shown(stage: "Stage") -> "Iterator[Metric]":
    """Yields the metrics that the stack's dashboards name."""
    from mcp_ops.dashboard.body import Chart, body_of
    from mcp_ops.rehearsal import wire
    from mcp_ops.rehearsal.simulator.alarms import metric

    for item in stage.run.of_type(DASHBOARD):
        body = body_of(item.name, str(wire.reveal(item.inputs["dashboardBody"])), item.region)
        for placed in body.widgets:
            for line in placed.panel.lines if isinstance(placed.panel, Chart) else ():
                if "MetricStat" in line.query and isinstance(placed.panel, Chart):
                    asked = line.query["MetricStat"]["Metric"]
                    dimensions = {each["Name"]: each["Value"] for each in asked["Dimensions"]}
                    yield metric(asked["Namespace"], asked["MetricName"], dimensions, region=placed.panel.region)
