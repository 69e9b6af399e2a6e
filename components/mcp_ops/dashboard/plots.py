"""Charts as SVG: colours come from the page's style, so that they follow light and dark. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from mcp_ops.dashboard.data import Drawn, Points
from mcp_ops.dashboard.scales import clock, short, ticks, time_ticks

HEIGHT, TOP, BOTTOM, LEFT, RIGHT = 190, 10, 22, 44, 10
"""Units of the drawing; text is 11 high."""
LABEL = 13
"""Height of a label."""
UNITS_PER_COLUMN = 60
COLOURS = 8
"""Lines that the style has colours for; then they come again."""
MOST_BANDS = 200


@dataclass(frozen=True)
class Scale:
    """Where values stand in the drawing."""

    start: float
    end: float
    least: float
    most: float
    width: int

    def x(self, at: float) -> float:
        """Returns the place of a time, kept within the drawing."""
        share = min(1.0, max(0.0, (at - self.start) / (self.end - self.start)))
        return LEFT + share * (self.width - LEFT - RIGHT)

    def y(self, value: float) -> float:
        """Returns the place of a value, kept within the drawing."""
        share = (value - self.least) / (self.most - self.least)
        return TOP + (1 - min(1.0, max(0.0, share))) * (HEIGHT - TOP - BOTTOM)


def plot(drawn: Drawn, start: float, end: float, columns: int) -> str:
    """Returns a chart over time, `columns` of 24 wide."""
    marks = ticks(*_range(drawn))
    scale = Scale(start, end, marks[0], marks[-1], min(24, max(6, columns)) * UNITS_PER_COLUMN)
    parts = [
        *_grid(scale, marks),
        *_limits(scale, drawn),
        *(part for index, line in enumerate(_stacked(drawn)) for part in _line(scale, line, index, drawn)),
        *_bands(scale, drawn),
    ]
    label = escape(_said(drawn), quote=True)
    return f'<svg viewBox="0 0 {scale.width} {HEIGHT}" role="img" aria-label="{label}">{"".join(parts)}</svg>'


def _range(drawn: Drawn) -> tuple[float, float]:
    values = [value for line in _stacked(drawn) for _, value in line.values] or [0.0, 1.0]
    least = drawn.chart.least if drawn.chart.least is not None else min(values)
    most = drawn.chart.most if drawn.chart.most is not None else max(values)
    # A threshold far above the values would press them to the ground: it is left out then.
    near = [limit.value for limit in drawn.chart.limits if limit.value <= 3 * max(most, 1e-9)]
    return float(least), float(max([most, *near]))


def _stacked(drawn: Drawn) -> Sequence[Points]:
    if not drawn.chart.stacked:
        return drawn.lines
    sums: dict[float, float] = {}
    stacked: list[Points] = []
    for line in drawn.lines:
        values = []
        for at, value in line.values:
            sums[at] = sums.get(at, 0.0) + value
            values.append((at, sums[at]))
        stacked.append(Points(line.label, tuple(values)))
    return stacked


def _grid(scale: Scale, marks: Sequence[float]) -> Iterator[str]:
    for mark in marks:
        y = scale.y(mark)
        yield f'<line class="grid" x1="{LEFT}" x2="{scale.width - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
        yield f'<text class="axis" x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{short(mark)}</text>'
    count = max(2, scale.width // 120)
    for at in time_ticks(scale.start, scale.end, count):
        x = scale.x(at)
        if LEFT + 10 < x < scale.width - RIGHT - 10:
            text = clock(at, scale.end - scale.start)
            yield f'<text class="axis" x="{x:.1f}" y="{HEIGHT - 6}" text-anchor="middle">{text}</text>'


def _limits(scale: Scale, drawn: Drawn) -> Iterator[str]:
    """Yields thresholds; of two that nearly coincide, one has a label."""
    labelled: list[float] = []
    for limit in sorted(drawn.chart.limits, key=lambda each: -each.value):
        if scale.least <= limit.value <= scale.most:
            y = scale.y(limit.value)
            yield f'<line class="limit" x1="{LEFT}" x2="{scale.width - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
            if all(abs(y - other) > LABEL for other in labelled):
                labelled.append(y)
                text = escape(f"{limit.label} {short(limit.value)}".strip())
                yield f'<text class="limit" x="{scale.width - RIGHT}" y="{y - 4:.1f}" text-anchor="end">{text}</text>'


def _line(scale: Scale, line: Points, index: int, drawn: Drawn) -> Iterator[str]:
    """Yields the stretches of a line; a gap of more than two datapoints stays a gap."""
    colour = f"c{index % COLOURS}"
    for stretch in _stretches(line, 2.5 * drawn.step):
        places = [(scale.x(at), scale.y(value)) for at, value in stretch]
        if len(places) == 1:
            x, y = places[0]
            yield f'<circle class="dot {colour}" cx="{x:.1f}" cy="{y:.1f}" r="3"/>'
            continue
        path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in places)
        if len(drawn.lines) == 1:
            ground = scale.y(scale.least)
            area = f"{path}L{places[-1][0]:.1f} {ground:.1f}L{places[0][0]:.1f} {ground:.1f}Z"
            yield f'<path class="area {colour}" d="{area}"/>'
        yield f'<path class="line {colour}" d="{path}"/>'


def _stretches(line: Points, gap: float) -> Iterator[list[tuple[float, float]]]:
    stretch: list[tuple[float, float]] = []
    for at, value in line.values:
        if stretch and at - stretch[-1][0] > gap:
            yield stretch
            stretch = []
        stretch.append((at, value))
    if stretch:
        yield stretch


def _bands(scale: Scale, drawn: Drawn) -> Iterator[str]:
    """Yields an invisible band for each moment: what the values were, where the pointer rests."""
    by_time: dict[float, list[str]] = {}
    for line in drawn.lines:
        for at, value in line.values:
            by_time.setdefault(at, []).append(f"{line.label}  {short(value)} {drawn.chart.unit}".strip())
    width = max(2.0, (scale.width - LEFT - RIGHT) * drawn.step / (scale.end - scale.start))
    for at, said in sorted(by_time.items())[-MOST_BANDS:]:
        text = escape("\n".join([f"{clock(at, 0)} UTC", *said[:20]]))
        yield (
            f'<rect class="band" x="{scale.x(at) - width / 2:.1f}" y="{TOP}" width="{width:.1f}" '
            f'height="{HEIGHT - TOP - BOTTOM}"><title>{text}</title></rect>'
        )


def _said(drawn: Drawn) -> str:
    """Returns the chart in words, for people who hear it."""
    said = "; ".join(f"{line.label or drawn.chart.title}: {short(line.last)}" for line in drawn.lines[:12])
    return f"{drawn.chart.title}, {drawn.chart.unit}. {said}".replace(", .", ".")


def gauge(line: Points, least: float, most: float, low: float | None) -> str:
    """Returns a bar from `least` to `most`; below `low` it is drawn as a warning."""
    value = line.last
    share = 0.0 if value is None else min(1.0, max(0.02, (value - least) / ((most - least) or 1)))
    kind = "none" if value is None else "low" if low is not None and value < low else "good"
    label = escape(line.label)
    bar = f'<span class="track"><span class="fill {kind}" style="width:{100 * share:.1f}%"></span></span>'
    return (
        f'<div class="gauge" role="meter" aria-valuemin="{least:g}" aria-valuemax="{most:g}" '
        f'aria-valuenow="{value if value is not None else least:g}" aria-label="{label}">'
        f'<span class="name">{label}</span>{bar}<span class="value {kind}">{_percent(value)}</span></div>'
    )


def _percent(value: float | None) -> str:
    if value is None:
        return "no data"
    return f"{short(value)} %" if value >= 0 else "used up"
