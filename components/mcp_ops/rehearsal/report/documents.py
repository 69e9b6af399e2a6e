"""The rehearsal as JSON: one document, and one line per resource."""

import dataclasses
import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

from mcp_ops.rehearsal import wire
from mcp_ops.rehearsal.record import Run
from mcp_ops.rehearsal.rehearse import Rehearsal, peak_rss_mb


def document(found: Rehearsal) -> dict[str, Any]:
    """Returns the document of `--json`."""
    return {
        "project": found.project.name,
        "stack": found.project.stack,
        "passed": found.passed,
        "seconds": round(found.seconds, 2),
        "peak_rss_mb": round(peak_rss_mb(), 1),
        "resources": resource_counts(found.run),
        "outputs": wire.shown(dict(found.run.outputs)),
        "drills": [outcome.as_json() for outcome in found.drills],
        "not_applicable": found.not_applicable,
        "findings": [dataclasses.asdict(finding) for finding in found.findings],
        "assumptions": found.run.assumptions,
        "warnings": found.run.warnings,
        "unknown_types": found.run.unknown_types,
        "errors": found.errors,
    }


def resource_counts(run: Run) -> dict[str, Any]:
    """Returns how many resources there are, by fidelity and by type."""
    resources = run.resources()
    by_fidelity = Counter(item.fidelity for item in resources)
    return {
        "total": len(resources),
        **{name: by_fidelity.get(name, 0) for name in ("executed", "checked", "unknown", "failed", "skipped")},
        "by_type": dict(sorted(Counter(item.type for item in resources).items())),
    }


def resource_lines(run: Run) -> Iterator[str]:
    """Yields the lines of `--resources`, in the order of registration."""
    for item in run.registrations:
        yield json.dumps(item.as_json(), ensure_ascii=False)
