"""How the rehearsal grows: seconds, resources and peak memory at 1, 10 and 100 servers, each in a process of its own.

    python benchmarks/rehearse.py --servers 1,10,100 --json

The stack `dev` of this project with its drills comes first. The sizes are the same stack with that many servers and
no drill, so that the seconds per resource compare like with like; the ratio of the largest size to the one before it
is the growth.
"""

import argparse
import copy
import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent
FIRST_BLOCK = 1000
"""Where a listener's blocks of rules begin; each holds ten."""
RULES_EACH = 3
"""Listener rules of a server with sign-in; beyond 33 servers AWS has to raise its quota of 100."""
TIME_LIMIT = 600
"""Seconds for one rehearsal."""


def main() -> int:
    """Measures every size and prints a table, or one JSON document."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--servers", default="1,10,100", help="sizes, separated by commas (default: 1,10,100)")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    options = parser.parse_args()
    sizes = [int(size) for size in options.servers.split(",")]
    with tempfile.TemporaryDirectory() as folder:
        project = copied_project(Path(folder))
        rows = [measured("dev", ROOT, "dev")] + [measured_size(project, size) for size in sizes]
    report = {"runs": rows, "growth": growth(rows[1:]), "ten_million_additions_seconds": machine_speed()}
    print(json.dumps(report, indent=2) if options.json else table(report))
    return 0 if all(row["passed"] for row in rows) else 1


def copied_project(folder: Path) -> Path:
    """Returns a copy of the program alone, to write stack files into."""
    shutil.copy(ROOT / "Pulumi.yaml", folder)
    shutil.copytree(ROOT / "infra", folder / "infra", ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def measured_size(project: Path, size: int) -> dict[str, Any]:
    """Rehearses the stack dev with `size` servers, without drills."""
    document = yaml.safe_load((ROOT / "Pulumi.dev.yaml").read_text(encoding="utf-8"))
    model = document["config"]["mcp-ops:servers"]["reference"]
    model = {key: value for key, value in model.items() if key != "rehearsal"}
    # The first keeps its name: stores, secrets and objectives of the stack refer to it.
    names = ["reference", *(f"server-{index:03}" for index in range(2, size + 1))]
    servers = {
        name: {**copy.deepcopy(model), "ruleBlock": FIRST_BLOCK + 10 * index} for index, name in enumerate(names, 1)
    }
    document["config"]["mcp-ops:servers"] = servers
    document["config"]["mcp-ops:network"]["listenerRules"] = max(100, RULES_EACH * size)
    stack = f"servers{size}"
    (project / f"Pulumi.{stack}.yaml").write_text(yaml.safe_dump(document), encoding="utf-8")
    row = measured(f"{size} servers", project, stack, "--no-drills")
    (project / f"Pulumi.{stack}.yaml").unlink()
    return row


def measured(name: str, project: Path, stack: str, *options: str) -> dict[str, Any]:
    """Rehearses one stack in a process of its own and returns its figures."""
    command = [sys.executable, "-m", "mcp_ops.cli", "rehearse", stack, "--project", str(project), "--json", *options]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=TIME_LIMIT, check=False)
    if not ended.stdout:
        raise SystemExit(f"{name}: {ended.stderr}")
    document = json.loads(ended.stdout)
    total = document["resources"]["total"]
    return {
        "name": name,
        "passed": document["passed"],
        "seconds": document["seconds"],
        "resources": total,
        "milliseconds_per_resource": round(document["seconds"] / total * 1000, 2),
        "peak_rss_mb": document["peak_rss_mb"],
        "errors": document["errors"],
        "drills": {drill["name"]: drill["seconds"] for drill in document["drills"]},
    }


def growth(rows: list[dict[str, Any]]) -> float | None:
    """Returns the seconds per resource of the largest size, as a multiple of those of the size before it."""
    if len(rows) < 2:  # noqa: PLR2004 - a ratio takes two
        return None
    return float(round(rows[-1]["milliseconds_per_resource"] / rows[-2]["milliseconds_per_resource"], 2))


def machine_speed() -> float:
    """Returns the seconds of ten million additions: what the other figures are read against on a shared machine."""
    begun, total = time.perf_counter(), 0
    for number in range(10_000_000):
        total += number
    return round(time.perf_counter() - begun, 2)


def table(report: dict[str, Any]) -> str:
    """Returns the figures as text."""
    lines = [f"{'':14}{'seconds':>9}{'resources':>11}{'ms each':>9}{'MB':>7}  drills"]
    for row in report["runs"]:
        drills = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in row["drills"].items())
        figures = f"{row['seconds']:>9.2f}{row['resources']:>11}{row['milliseconds_per_resource']:>9.2f}"
        figures += f"{row['peak_rss_mb']:>7.0f}"
        lines.append(f"{row['name']:14}{figures}  {drills}{'' if row['passed'] else '  FAILED'}")
    if report["growth"]:
        lines.append(f"growth of the time per resource from the last size but one to the last: {report['growth']:.2f}")
    lines.append(f"this machine adds ten million numbers in {report['ten_million_additions_seconds']:.2f} s")
    lines.extend(f"{row['name']}: {error}" for row in report["runs"] for error in row["errors"][:3])
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
