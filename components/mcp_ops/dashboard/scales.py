"""Scales and numbers that a person reads at a glance. Pure."""

import math
from datetime import UTC, datetime

STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
TIME_STEPS = (300, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, 86_400, 172_800, 432_000, 864_000)
"""Seconds between the marks of a time axis."""
DAY = 86_400


def ticks(least: float, most: float, count: int = 4) -> list[float]:
    """Returns round values that cover a range: about `count` of them, the first and last beyond its ends."""
    span = most - least
    if span <= 0:
        span = abs(most) or 1.0
    rough = span / count
    size = 10.0 ** math.floor(math.log10(rough))
    step = next(size * factor for factor in STEPS if size * factor >= rough * 0.999)
    first = math.floor(least / step + 1e-9)
    last = math.ceil(max(most, least + span) / step - 1e-9)
    return [round(index * step, 10) for index in range(first, last + 1)]


def time_ticks(start: float, end: float, count: int = 5) -> list[float]:
    """Returns full hours, days or the like between two times, in seconds since 1970 (UTC)."""
    step = next((each for each in TIME_STEPS if (end - start) / each <= count + 1), TIME_STEPS[-1])
    first = math.ceil(start / step)
    return [float(index * step) for index in range(first, math.floor(end / step) + 1)]


def clock(at: float, span: float) -> str:
    """Returns `14:30` for a time within a day or two, `3 Nov` in a longer span; UTC."""
    moment = datetime.fromtimestamp(at, UTC)
    return f"{moment:%H:%M}" if span <= 2 * DAY else f"{moment.day} {moment:%b}"


def short(value: float | None) -> str:
    """Returns `12.3 k` for 12345: three digits that matter."""
    if value is None:
        return "no data"
    size = abs(value)
    for factor, sign in ((1e9, " G"), (1e6, " M"), (1e3, " k")):
        if size >= factor * 0.9995:
            return f"{_digits(value / factor)}{sign}"
    return _digits(value)


def _digits(value: float) -> str:
    size = abs(value)
    if size >= 99.95:  # noqa: PLR2004 - from here on, no decimals
        return f"{value:.0f}"
    if size >= 9.995:  # noqa: PLR2004 - from here on, one
        return f"{value:.1f}".removesuffix(".0")
    text = f"{value:.2f}" if size >= 0.01 or not size else f"{value:.2g}"  # noqa: PLR2004 - smaller ones keep two digits
    return (text.rstrip("0").rstrip(".") if "." in text and "e" not in text else text) or "0"
