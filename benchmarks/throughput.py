"""Performance test of the Python reference server, for the pipeline: several clients at once, with stated targets.

Targets: 60 calls a second from one process (the 50 that the settings expect of a task, and 20 % more), a 95th
percentile below 100 ms, and no call that fails. Prints a table, or one JSON document with `--json`. Exit code 0 when
every target is met, 1 when one is not, 2 on wrong usage.
"""

import argparse
import json
import platform
import statistics
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from server_python import KIT, Server, running

TARGETS: Final = {"calls_per_second": 60.0, "p95_ms": 100.0, "failed": 0.0}
"""At least, below, and at most."""
BATCH: Final = 20


def measure(clients: int, seconds: float) -> dict[str, Any]:
    """Returns what the server stood for so many seconds."""
    with running(KIT) as server, ThreadPoolExecutor(clients) as pool:
        list(server.call_ms(100))  # warm-up, not counted
        begun = time.perf_counter()
        found = list(pool.map(lambda _: _client(server, begun + seconds), range(clients)))
        took = time.perf_counter() - begun
    calls = [milliseconds for client, _ in found for milliseconds in client]
    quantiles = statistics.quantiles(calls, n=100)
    return {
        "clients": clients,
        "seconds": round(took, 1),
        "calls": len(calls),
        "calls_per_second": round(len(calls) / took, 1),
        "p50_ms": round(quantiles[49], 2),
        "p95_ms": round(quantiles[94], 2),
        "failed": sum(failed for _, failed in found),
    }


def _client(server: Server, until: float) -> tuple[list[float], int]:
    taken: list[float] = []
    failed = 0
    while time.perf_counter() < until:
        try:
            taken.extend(server.call_ms(BATCH))
        except (OSError, SystemExit):
            failed += 1
    return taken, failed


def report(measured: dict[str, Any]) -> dict[str, Any]:
    """Returns the JSON document."""
    missed = {
        "calls_per_second": measured["calls_per_second"] < TARGETS["calls_per_second"],
        "p95_ms": measured["p95_ms"] >= TARGETS["p95_ms"],
        "failed": measured["failed"] > TARGETS["failed"],
    }
    return {
        "benchmark": "throughput",
        "python": platform.python_version(),
        "measured": measured,
        "targets": TARGETS,
        "missed": sorted(name for name, is_missed in missed.items() if is_missed),
    }


def main() -> int:
    """Runs the test; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, default=4, choices=range(1, 65), metavar="1..64")
    parser.add_argument("--seconds", type=int, default=10, choices=range(1, 601), metavar="1..600")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    options = parser.parse_args()
    document = report(measure(options.clients, options.seconds))
    if options.json:
        print(json.dumps(document))
    else:
        for name, value in document["measured"].items():
            target = f"  (target {TARGETS[name]:g})" if name in TARGETS else ""
            print(f"{name:18}{value:>10}{target}{'  MISSED' if name in document['missed'] else ''}")
    return 1 if document["missed"] else 0


if __name__ == "__main__":
    sys.exit(main())
