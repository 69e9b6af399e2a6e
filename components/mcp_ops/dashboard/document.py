"""From a client of CloudWatch to a page: finds the environment's dashboards, asks for their data, draws them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from mcp_ops.dashboard.alarm_states import AlarmState, alarm_states
from mcp_ops.dashboard.body import AlarmList, Body, Chart, Panel, body_of
from mcp_ops.dashboard.data import Drawn, drawn
from mcp_ops.dashboard.page import Page, Section, html_of
from mcp_ops.errors import InputError, Offence

Client = Callable[[str, str], Any]
"""Returns a client of a service in a region: `boto3.client`, or simulated AWS."""


@dataclass(frozen=True)
class Source:
    """Where a page comes from."""

    client: Client
    region: str
    """The region of the dashboards."""
    prefix: str
    """What the names of the environment's dashboards begin with: `mcp-dev`."""
    now: float
    """Seconds since 1970: the end of every chart."""
    kind: str = "live"
    """`live` or `rehearsed`: the page says so."""


def page_of(source: Source) -> str:
    """Returns the page: one self-contained HTML document.

    Raises:
        InputError: the environment has no dashboard.
    """
    bodies = list(_bodies(source))
    if not bodies:
        raise InputError(Offence("dashboard", source.prefix, f"is the name of no dashboard in {source.region}"))
    names = sorted({name for body in bodies for name in _alarm_names(body)})
    states = alarm_states(source.client("cloudwatch", source.region), names) if names else []
    sections = tuple(_section(source, body, states) for body in map(_once(), bodies))
    return html_of(Page(source.prefix, source.kind, source.now, sections, tuple(states)))


def _bodies(source: Source) -> Iterator[Body]:
    """Yields the dashboards whose names are the prefix, or begin with it and a hyphen; the shortest name first."""
    client = source.client("cloudwatch", source.region)
    rest: dict[str, Any] = {}
    names: list[str] = []
    while True:
        answer = client.list_dashboards(DashboardNamePrefix=source.prefix, **rest)
        names += [str(item["DashboardName"]) for item in answer["DashboardEntries"]]
        if not answer.get("NextToken"):
            break
        rest = {"NextToken": answer["NextToken"]}
    for name in sorted(names, key=lambda each: (len(each), each)):
        if name == source.prefix or name.startswith(f"{source.prefix}-"):
            text = client.get_dashboard(DashboardName=name)["DashboardBody"]
            yield body_of(name, str(text), source.region)


def _alarm_names(body: Body) -> Iterator[str]:
    for placed in body.widgets:
        if isinstance(placed.panel, AlarmList):
            yield from placed.panel.names


def _once() -> Callable[[Body], Body]:
    """Returns a function that drops widgets which an earlier dashboard has too: headings, and lists of alarms."""
    seen: set[Panel] = set()

    def kept(body: Body) -> Body:
        widgets = tuple(each for each in body.widgets if isinstance(each.panel, Chart) or each.panel not in seen)
        seen.update(each.panel for each in widgets if not isinstance(each.panel, Chart))
        return replace(body, widgets=widgets)

    return kept


def _section(source: Source, body: Body, states: list[AlarmState]) -> Section:
    start = source.now - body.seconds
    charts: dict[int, Drawn] = {}
    for index, placed in enumerate(body.widgets):
        if isinstance(placed.panel, Chart):
            client = source.client("cloudwatch", placed.panel.region)
            charts[index] = drawn(client, placed.panel, start, source.now)
    return Section(body.name, start, source.now, body.widgets, charts, tuple(states))
