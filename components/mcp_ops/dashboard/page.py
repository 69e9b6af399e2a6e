"""The page: one HTML document without scripts, and without anything that it would have to fetch. Pure."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html import escape
from importlib import resources

from mcp_ops.dashboard.alarm_states import AlarmState
from mcp_ops.dashboard.body import AlarmList, Chart, Placed, Text
from mcp_ops.dashboard.data import Drawn
from mcp_ops.dashboard.plots import COLOURS, gauge, plot
from mcp_ops.dashboard.scales import clock, short

WIDTHS = (6, 8, 12, 24)
"""Columns that a card may take; a widget gets the next wider one."""
MOST_NAMES = 12
"""Lines that a legend names."""
KINDS = {"live": "live from CloudWatch", "rehearsed": "rehearsed: made-up traffic, real alarms and server events"}

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
"""Nothing is fetched and nothing runs, whatever a label says."""


@dataclass(frozen=True)
class Section:
    """One dashboard."""

    name: str
    start: float
    end: float
    widgets: tuple[Placed, ...]
    charts: Mapping[int, Drawn] = field(default_factory=dict)
    """By position among the widgets."""
    alarms: tuple[AlarmState, ...] = ()


@dataclass(frozen=True)
class Page:
    """Everything that is shown."""

    title: str
    kind: str
    """A key of `KINDS`."""
    now: float
    sections: tuple[Section, ...]
    alarms: tuple[AlarmState, ...] = ()


def html_of(page: Page) -> str:
    """Returns the document."""
    style = resources.files("mcp_ops.dashboard").joinpath("page.css").read_text(encoding="utf-8")
    title, moment = escape(page.title), datetime.fromtimestamp(page.now, UTC)
    kind, as_of = escape(KINDS[page.kind]), f"as of {moment:%d %B %Y, %H:%M} UTC"
    sections = "\n".join(_section(section) for section in page.sections)
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="{POLICY}">
<link rel="icon" href="data:,"><style>
{style}</style></head><body>
<header><h1>{title}</h1>{_status(page)}<span class="badge">{kind}</span><span class="soft">{as_of}</span></header>
<main>
{sections}
</main><footer>Times are UTC. Rest the pointer on a chart for its values.</footer></body></html>
"""


def _status(page: Page) -> str:
    ringing = [alarm for alarm in page.alarms if alarm.state == "ALARM" and alarm.severity]
    if not page.alarms:
        return ""
    if not ringing:
        return f'<span class="badge good">no alarm rings, {len(page.alarms)} watched</span>'
    worst = sum(alarm.severity == "critical" for alarm in ringing)
    return f'<span class="badge bad">{_count(len(ringing), "alarm")} ringing, {worst} critical</span>'


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _section(section: Section) -> str:
    cards = "".join(_card(section, index, placed) for index, placed in enumerate(section.widgets))
    span = section.end - section.start
    shown = f"{section.name}, {clock(section.start, span)} to {clock(section.end, span)} UTC"
    heading = f"<h2>Last {_length(span)} <small>{escape(shown)}</small></h2>"
    return f'<section id="{escape(section.name)}">{heading}<div class="grid">{cards}{_empty(section)}</div></section>'


def _length(seconds: float) -> str:
    hours = round(seconds / 3600)
    return _count(hours, "hour") if hours <= 48 else _count(hours // 24, "day")  # noqa: PLR2004 - two days


def _is_empty(drawn: Drawn) -> bool:
    return not drawn.lines and not drawn.problem


def _empty(section: Section) -> str:
    """Names the charts without data in one line, instead of a card each."""
    titles = ", ".join(escape(drawn.chart.title) for drawn in section.charts.values() if _is_empty(drawn))
    return f'<div class="card text w24"><p class="soft">No data in this time: {titles}</p></div>' if titles else ""


def _card(section: Section, index: int, placed: Placed) -> str:
    width = next(each for each in WIDTHS if each >= min(placed.width, 24))
    panel = placed.panel
    if isinstance(panel, Text):
        return f'<div class="card text w24">{"".join(_markdown(panel.markdown))}</div>'
    if isinstance(panel, AlarmList):
        return f'<div class="card w24">{_alarms(panel, section.alarms)}</div>'
    if isinstance(panel, Chart):
        if _is_empty(section.charts[index]):
            return ""
        inside = _chart(section.charts[index], section, width)
        return f'<div class="card w{width}">{inside}</div>'
    title = escape(panel.title or f"a widget of type {panel.kind}")
    return f'<div class="card w{width}"><h3>{title}</h3><p class="empty">shown in the console only</p></div>'


def _markdown(text: str) -> Iterator[str]:
    """Yields headings and paragraphs; links, code and bold within them."""
    for line in filter(None, map(str.strip, text.splitlines())):
        found = re.fullmatch(r"(#+) (.*)", line)
        yield f"<h3>{_inline(found[2])}</h3>" if found else f"<p>{_inline(line)}</p>"


def _inline(text: str) -> str:
    safe = escape(text)
    safe = re.sub(r"\[([^\]]+)\]\((https://[^)\s]+)\)", r'<a href="\2" rel="noreferrer">\1</a>', safe)
    # Another dashboard stands on the same page.
    safe = re.sub(r"\[([^\]]+)\]\(#dashboards:name=([A-Za-z0-9_-]+)\)", r'<a href="#\2">\1</a>', safe)
    safe = re.sub(r"\*\*([^*]+)\*\*", r"<b>\1</b>", safe)
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", safe)


def _chart(drawn: Drawn, section: Section, width: int) -> str:
    chart = drawn.chart
    unit = f'<span class="soft">{escape(chart.unit)}</span>' if chart.unit else ""
    top = f'<div class="top"><h3>{escape(chart.title)}</h3>{unit}</div>'
    if drawn.problem:
        return f'{top}<p class="empty">no answer: {escape(drawn.problem[:200])}</p>'
    if chart.view == "gauge":
        low = min((limit.value for limit in chart.limits), default=None)
        least, most = chart.least or 0.0, chart.most if chart.most is not None else 100.0
        return top + "".join(gauge(line, least, most, low) for line in drawn.lines)
    if chart.view == "singleValue":
        return f'{top}<div class="numbers">{"".join(_numbers(drawn))}</div>'
    return f"{top}{plot(drawn, section.start, section.end, width)}{_legend(drawn)}"


def _numbers(drawn: Drawn) -> Iterator[str]:
    for line in drawn.lines:
        yield f'<div><b>{short(line.last)}</b><span class="soft">{escape(line.label)}</span></div>'


def _legend(drawn: Drawn) -> str:
    names = [(escape(line.label or drawn.chart.title), short(line.last)) for line in drawn.lines[:MOST_NAMES]]
    named = [
        f'<li class="c{index % COLOURS}"><i></i>{name} <b>{last}</b></li>' for index, (name, last) in enumerate(names)
    ]
    more = len(drawn.lines) - len(named)
    if more:
        named.append(f'<li class="soft">and {more} more</li>')
    return f'<ul class="legend">{"".join(named)}</ul>'


def _alarms(panel: AlarmList, states: tuple[AlarmState, ...]) -> str:
    own = [state for state in states if state.name in panel.names]
    loud = [state for state in own if state.state == "ALARM"]
    calm = [state for state in own if state.state != "ALARM"]
    top = f'<div class="top"><h3>{escape(panel.title)}</h3><span class="soft">{_count(len(own), "alarm")}</span></div>'
    rows = f'<ul class="alarms">{"".join(map(_alarm, loud))}</ul>' if loud else '<p class="empty">none rings</p>'
    rest = f'<ul class="alarms">{"".join(map(_alarm, calm))}</ul>'
    return f"{top}{rows}<details><summary>{_count(len(calm), 'other alarm')}</summary>{rest}</details>"


def _alarm(state: AlarmState) -> str:
    kind, word = _word(state)
    since = f" since {state.since:%d %b %H:%M}" if state.since and state.state == "ALARM" else ""
    runbook = f" {_runbook(state.runbook)}" if state.runbook and state.state == "ALARM" else ""
    return (
        f'<li><span class="state {kind}">{word}</span><div>{escape(state.says or state.name)}{runbook}'
        f'<br><span class="soft">{escape(state.name)}{since}</span></div></li>'
    )


def _word(state: AlarmState) -> tuple[str, str]:
    if state.state == "ALARM":
        return (state.severity, state.severity) if state.severity else ("part", "part of one")
    return ("ok", "OK") if state.state == "OK" else ("unknown", "no data")


def _runbook(target: str) -> str:
    if target.startswith("https://"):
        return f'<a href="{escape(target, quote=True)}" rel="noreferrer">what to do</a>'
    return f'<span class="soft">what to do: {escape(target)}</span>'
