"""Fails when the lines or the branches that the last test run covered fall below a minimum."""

import argparse
import json
import subprocess
import sys
from typing import Any


def shares(totals: dict[str, Any]) -> dict[str, float]:
    """Per cent of lines and of branches covered; each counts for itself, so one cannot hide the other."""
    counted = {
        "lines": (totals["covered_lines"], totals["num_statements"]),
        "branches": (totals["covered_branches"], totals["num_branches"]),
    }
    return {what: 100.0 * covered / total if total else 100.0 for what, (covered, total) in counted.items()}


def main() -> int:
    """Exit code 0 when both shares reach the minimum, 1 when not."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minimum", type=float, required=True, help="per cent")
    minimum: float = parser.parse_args().minimum
    coverage = [sys.executable, "-m", "coverage"]
    report = subprocess.run([*coverage, "json", "-q", "-o", "-"], check=True, capture_output=True, timeout=60)
    covered = shares(json.loads(report.stdout)["totals"])
    print(", ".join(f"{what} {share:.1f} %" for what, share in covered.items()))
    if min(covered.values()) >= minimum:
        return 0
    subprocess.run([*coverage, "report"], check=True, timeout=60)
    print(f"below the minimum of {minimum:g} %")
    return 1


if __name__ == "__main__":
    sys.exit(main())
