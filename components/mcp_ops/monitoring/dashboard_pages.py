"""Spreads servers over as many dashboards as CloudWatch's quotas demand. Pure."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from mcp_ops.monitoring.dashboard_rows import ShownServer
from mcp_ops.monitoring.widgets import MAX_METRICS, Rows, Widget, fits, heading, metrics

Content = Callable[[Sequence[ShownServer]], Rows]
"""Makes the rows of a page from its servers."""

_PAGED_HEADING = 4
"""Height of a heading with the links to other pages."""


@dataclass(frozen=True)
class Page:
    """The servers of one dashboard, and what it shows below its heading."""

    servers: Sequence[ShownServer]
    rows: Rows

    @property
    def fits(self) -> bool:
        """Whether one dashboard has room for it and its heading."""
        return fits([[heading("")], *self.rows])

    @property
    def span(self) -> str:
        """Its first and its last server: `files to search`."""
        ends = (self.servers[0].name, self.servers[-1].name)
        return " to ".join(dict.fromkeys(ends))


def pages(servers: Sequence[ShownServer], first: Content, further: Content) -> list[Page]:
    """Returns pages in the order of `servers`, each with as many as fit, and at least one."""
    # Every server reads as many metrics as the first; what a page shows beside its servers makes it fewer.
    most = MAX_METRICS // max(1, metrics(further(servers[:1])))
    found = [_fullest(servers[:most], first)]
    while (shown := sum(len(page.servers) for page in found)) < len(servers):
        found.append(_fullest(servers[shown : shown + most], further))
    return found


def named(name: str, title: str, found: Sequence[Page]) -> dict[str, Rows]:
    """Returns the rows of dashboards, headings included, by name: `name`, `name-2`, `name-3` and so on."""
    names = [name, *(f"{name}-{number}" for number in range(2, len(found) + 1))]
    return {
        each: [[_heading(title, names, found, index)], *page.rows]
        for index, (each, page) in enumerate(zip(names, found, strict=True))
    }


def _fullest(servers: Sequence[ShownServer], content: Content) -> Page:
    """Returns the page with as many of the first servers as fit, and at least one."""
    for count in range(len(servers), 1, -1):
        page = Page(servers[:count], content(servers[:count]))
        if page.fits:
            return page
    return Page(servers[:1], content(servers[:1]))


def _heading(title: str, names: Sequence[str], found: Sequence[Page], index: int) -> Widget:
    if len(found) == 1:
        return heading(title)
    own, before = found[index], sum(len(page.servers) for page in found[:index])
    total = sum(len(page.servers) for page in found)
    shown = f"Servers {before + 1} to {before + len(own.servers)} of {total}: {own.span}."
    links = ", ".join(_links(names, found, index))
    return heading(f"{title}\n\n{shown} Elsewhere: {links}.", _PAGED_HEADING)


def _links(names: Sequence[str], found: Sequence[Page], index: int) -> Iterator[str]:
    for number, (name, page) in enumerate(zip(names, found, strict=True)):
        if number != index:
            yield f"[{page.span}](#dashboards:name={name})"
