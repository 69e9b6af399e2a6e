"""What telemetry costs a server: latency of a tool call and memory with `MCP_METRICS` on and off, in one run.

Both servers of a kit run on loopback and take turns of 100 calls, so that what else the machine does meets both. Prints
a table, or one JSON document with `--json`. Exit code 0 when the limits hold, 1 when one does not, 2 on wrong usage.
"""

import argparse
import json
import os
import random
import statistics
import sys
from pathlib import Path
from typing import Any, Final

from server_python import KIT, Server, running

ROOT: Final = Path(__file__).resolve().parent.parent
KITS: Final = {
    "python": KIT,
    "node": ("node", "--max-semi-space-size=8", str(ROOT / "servers" / "node" / "reference.js")),
}
LIMITS: Final = {"p50_percent": 3.0, "rss_mib": 15.0}
"""Limits of the requirement: what the p50 of a call and the memory after all calls may grow by."""
TURN: Final = 100
WARM_UP: Final = 1000


def measure(command: tuple[str, ...], calls: int) -> dict[str, float]:
    """Returns p50 (ms) and resident memory (MiB) with and without telemetry, and how much the first adds."""
    more = {"PATH": os.environ["PATH"]}
    with running(command, MCP_METRICS="emf", **more) as on, running(command, MCP_METRICS="off", **more) as off:
        servers: dict[str, Server] = {"on": on, "off": off}
        for server in servers.values():
            list(server.call_ms(WARM_UP))
        times: dict[str, list[float]] = {name: [] for name in servers}
        for _ in range(calls // TURN):
            for name in random.sample(list(servers), len(servers)):
                times[name].extend(servers[name].call_ms(TURN))
        p50 = {name: statistics.median(each) for name, each in times.items()}
        rss = {name: server.rss_mib() for name, server in servers.items()}
    return {
        "p50_on_ms": round(p50["on"], 3),
        "p50_off_ms": round(p50["off"], 3),
        "rss_on_mib": round(rss["on"], 1),
        "rss_off_mib": round(rss["off"], 1),
        "p50_percent": round(100 * (p50["on"] / p50["off"] - 1), 2),
        "rss_mib": round(rss["on"] - rss["off"], 1),
    }


def main() -> int:
    """Runs the benchmark; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kit", choices=KITS, action="append", help="default: both")
    parser.add_argument("--calls", type=int, default=6000, choices=range(TURN, 100001), metavar=f"{TURN}..100000")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    options = parser.parse_args()
    measured = {kit: measure(KITS[kit], options.calls) for kit in options.kit or KITS}
    failed = [f"{kit}.{name}" for kit, found in measured.items() for name in LIMITS if found[name] >= LIMITS[name]]
    document: dict[str, Any] = {"benchmark": "telemetry", "calls": options.calls, **measured}
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
