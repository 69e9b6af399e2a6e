"""The scanners, each with the command that fails when it finds something, or cannot look.

A scanner that is not installed, that does not end, or whose database cannot be reached has failed: nothing is passed
because nobody looked.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mcp_ops.delivery.pipeline.tools import Runner

SECONDS = 900


@dataclass(frozen=True)
class Scanner:
    """One scanner."""

    what: str
    command: Sequence[str]
    files: tuple[str, ...] = ()
    """Patterns of what it reads; where nothing matches, it has nothing to look at."""
    contradictions: tuple[str, ...] = ()
    """What it prints when it could not look, although it ends with exit code 0."""


SCANNERS: Mapping[str, Scanner] = {
    "osv-scanner": Scanner(
        "known vulnerabilities of every dependency", ("osv-scanner", "scan", "source", "--recursive", ".")
    ),
    "pip-audit": Scanner(
        "known vulnerabilities of the pinned Python packages",
        # Without --strict it ends with exit code 0 when its database cannot be reached.
        ("pip-audit", "--strict", "--require-hashes", "--disable-pip", "--requirement", "{file}"),
        files=("requirements/*.txt", "requirements.txt"),
        contradictions=("Dependency not found on PyPI", "Skip Reason"),
    ),
    "gitleaks": Scanner(
        "secrets in the whole history", ("gitleaks", "git", "--no-banner", "--redact", "--exit-code", "1", ".")
    ),
}
"""Scanners by name; those of source code (semgrep, bandit) run with the other gates, since they need no network."""


def scanned(tools: Runner, directory: Path, names: Sequence[str] = ()) -> dict[str, str]:
    """Runs the scanners and returns how each ended: `passed`, `failed: why`, or `nothing to look at`."""
    chosen = names or tuple(SCANNERS)
    return {name: _ended(tools, directory, SCANNERS[name]) for name in chosen}


def _ended(tools: Runner, directory: Path, scanner: Scanner) -> str:
    if not scanner.files:
        return _one(tools, scanner, scanner.command)
    found = sorted(file for pattern in scanner.files for file in directory.glob(pattern))
    if not found:
        return "nothing to look at"
    ends = [
        _one(tools, scanner, [part.format(file=file.relative_to(directory)) for part in scanner.command])
        for file in found
    ]
    return next((end for end in ends if end != "passed"), "passed")


def _one(tools: Runner, scanner: Scanner, command: Sequence[str]) -> str:
    finished = tools(command, seconds=SECONDS)
    unseen = [text for text in scanner.contradictions if text in finished.output]
    if unseen:
        return f"failed: it could not look at everything ({unseen[0]})"
    if finished.passed:
        return "passed"
    last = (finished.output.strip().splitlines() or ["no output"])[-1]
    return f"failed: exit code {finished.code}: {last}"
