"""What telemetry costs a server: latency and processor time of a tool call, and memory, with `MCP_METRICS` on and off.

Other work on the machine comes and goes within seconds, and two processes of one program differ by a percent or two of
their own. So the servers are up at once and take turns of a few calls in random order; each set of turns gives one
ratio of medians; and this is done with several sets of fresh processes. What counts is the median of all ratios; the
spread stands beside it. Each set has two servers without telemetry: how much they differ is noise (`control`).

Prints a table, or one JSON document with `--json`. Exit code 0 when the limits hold, 1 when one does not, 2 on wrong
usage.
"""

import argparse
import contextlib
import json
import os
import random
import statistics
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from server_python import KIT, Server, running

ROOT: Final = Path(__file__).resolve().parent.parent
KITS: Final = {
    "python": KIT,
    "node": ("node", "--max-semi-space-size=8", str(ROOT / "servers" / "node" / "reference.js")),
}
LIMITS: Final = {"p50_percent": 3.0, "rss_mib": 15.0}
"""Limits of the requirement: what the p50 of a call and the memory may grow by."""
ARMS: Final = {"on": "emf", "off": "off", "control": "off"}
"""`MCP_METRICS` of each server of a round."""
TURN: Final = 25
WARM_UP: Final = 300
"""Calls that are not counted: until then the p50 of Node.js falls fast."""


@dataclass
class Series:
    """What was measured of one kit."""

    call_ms: dict[str, list[float]] = field(default_factory=lambda: {arm: [] for arm in ARMS})
    """Milliseconds of each call."""
    cpu_us: dict[str, list[float]] = field(default_factory=lambda: {arm: [] for arm in ARMS})
    """Processor time of the server per call, microseconds, by round."""
    rss_mib: dict[str, list[float]] = field(default_factory=lambda: {arm: [] for arm in ARMS})
    """Resident memory, MiB, by round: the median over its turns, for it depends on when garbage was last collected."""
    rounds: list[dict[str, list[float]]] = field(default_factory=list)
    """Ratios of the medians of paired turns, by round: of `on` to both others, and of `control` to `off`."""

    def percents(self, arm: str) -> list[float]:
        """Returns how much longer the calls of an arm took than without telemetry, percent, for each pair of turns."""
        return [100 * (ratio - 1) for each in self.rounds for ratio in each[arm]]

    def summary(self) -> dict[str, Any]:
        """Returns the medians, and how far they can be trusted."""
        percents, by_round = self.percents("on"), [statistics.median(each["on"]) for each in self.rounds]
        cpu = {arm: statistics.median(each) for arm, each in self.cpu_us.items()}
        rss = {
            arm: [own - off for own, off in zip(each, self.rss_mib["off"], strict=True)]
            for arm, each in self.rss_mib.items()
        }
        return {
            "p50_on_ms": round(statistics.median(self.call_ms["on"]), 3),
            "p50_off_ms": round(statistics.median(self.call_ms["off"]), 3),
            "p50_percent": round(statistics.median(percents), 2),
            "p50_percent_interval": interval(percents),
            "p50_percent_rounds": [round(100 * (each - 1), 2) for each in by_round],
            "p50_percent_control": round(statistics.median(self.percents("control")), 2),
            "cpu_on_us": round(cpu["on"], 1),
            "cpu_off_us": round(cpu["off"], 1),
            "cpu_control_us": round(cpu["control"], 1),
            "rss_mib": round(statistics.median(rss["on"]), 1),
            "rss_mib_rounds": [round(each, 1) for each in rss["on"]],
            "rss_mib_control": [round(each, 1) for each in rss["control"]],
        }


def interval(values: Sequence[float]) -> list[float]:
    """Returns between which two of the values their median lies with 95 % probability, by the sign test."""
    ranked, half = sorted(values), 0.98 * len(values) ** 0.5
    lowest = max(0, int(len(ranked) / 2 - half))
    return [round(ranked[lowest], 2), round(ranked[len(ranked) - 1 - lowest], 2)]


def measure(command: tuple[str, ...], rounds: int, turns: int) -> Series:
    """Measures one kit."""
    series = Series()
    for _ in range(rounds):
        with contextlib.ExitStack() as stack:
            more = {"PATH": os.environ["PATH"]}
            servers = {
                arm: stack.enter_context(running(command, MCP_METRICS=value, **more)) for arm, value in ARMS.items()
            }
            measure_round(servers, turns, series)
    return series


def measure_round(servers: dict[str, Server], turns: int, series: Series) -> None:
    """Lets the servers of a round take turns."""
    for server in servers.values():
        list(server.call_ms(WARM_UP))
    begun = {arm: server.cpu_s() for arm, server in servers.items()}
    ratios: dict[str, list[float]] = {"on": [], "control": []}
    rss: dict[str, list[float]] = {arm: [] for arm in servers}
    for _ in range(turns):
        p50 = {}
        for arm in random.sample(list(servers), len(servers)):
            times = list(servers[arm].call_ms(TURN))
            series.call_ms[arm].extend(times)
            p50[arm] = statistics.median(times)
            rss[arm].append(servers[arm].rss_mib())
        ratios["on"].append(2 * p50["on"] / (p50["off"] + p50["control"]))
        ratios["control"].append(p50["control"] / p50["off"])
    series.rounds.append(ratios)
    for arm, server in servers.items():
        series.cpu_us[arm].append((server.cpu_s() - begun[arm]) / (turns * TURN) * 1e6)
        series.rss_mib[arm].append(statistics.median(rss[arm]))


def main() -> int:
    """Runs the benchmark; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kit", choices=KITS, action="append", help="default: both")
    parser.add_argument("--rounds", type=int, default=3, choices=range(1, 51), metavar="1..50")
    parser.add_argument("--turns", type=int, default=50, choices=range(10, 2001), metavar="10..2000", help="of a round")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    options = parser.parse_args()
    measured = {
        kit: measure(KITS[kit], options.rounds, options.turns).summary() for kit in dict.fromkeys(options.kit or KITS)
    }
    failed = [f"{kit}.{name}" for kit, found in measured.items() for name in LIMITS if found[name] >= LIMITS[name]]
    document: dict[str, Any] = {"benchmark": "telemetry", "calls": options.rounds * options.turns * TURN, **measured}
    document |= {"limits": LIMITS, "failed": failed}
    if options.json:
        print(json.dumps(document))
        return 1 if failed else 0
    for kit, found in measured.items():
        print(f"{kit}: " + ", ".join(f"{name} {value}" for name, value in found.items()))
    print(f"limits: {LIMITS}; failed: {', '.join(failed) or 'none'}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
