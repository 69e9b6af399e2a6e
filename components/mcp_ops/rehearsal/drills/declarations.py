"""What the stack's output `rehearsal` says: which servers can be started here, and how."""

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from mcp_ops.errors import Offences, shown
from mcp_ops.rehearsal import wire
from mcp_ops.rehearsal.drills.drill import Failed, Stage

OUTPUT = "rehearsal"
"""Name of the stack output: `{"servers": {name: entry}}`; `KEYS` are the keys of an entry."""

KEYS = ("command", "needs", "probes", "taskDefinition", "url", "workingDirectory")
PROBE_KEYS = ("arguments", "expect", "tool")
PYTHON = frozenset({"python", "python3"})
"""Stand for the interpreter that rehearses, so that no activated environment is needed."""


@dataclass(frozen=True)
class Probe:
    """One tool call whose answer is known."""

    tool: str
    arguments: Mapping[str, Any]
    expect: Mapping[str, Any] | None = None
    """Members that the structured result must have; None: any answer that is no error."""


@dataclass(frozen=True)
class Declaration:
    """One server that can be started here."""

    name: str
    command: tuple[str, ...]
    url: str
    task_definition: Any
    """ARN of the registered task definition; unknown where it could not be registered."""
    directory: str = "."
    """Folder to start in, relative to the project; the project itself by default."""
    needs: tuple[str, ...] = ()
    """Programs by name, and files or folders by a path (with a `/`) relative to the project."""
    probes: tuple[Probe, ...] = ()


def entries(stage: Stage) -> dict[str, Any]:
    """Returns the entries of the output by server name, sorted; none when the stack has no such output.

    Raises:
        Failed: the output has another shape.
    """
    output = wire.reveal(stage.run.outputs.get(OUTPUT))
    if not output:
        return {}
    servers = output.get("servers") if isinstance(output, Mapping) else None
    if not isinstance(servers, Mapping):
        raise Failed(f'the output {OUTPUT}: {shown(output)} is not of the form {{"servers": {{NAME: {{...}}}}}}')
    return dict(sorted(servers.items()))


def declaration(name: str, entry: Any) -> Declaration:
    """Returns an entry of the output, checked.

    Raises:
        Failed: it is malformed; one line for every offender.
    """
    offences = Offences(f"{name}: the output {OUTPUT}.servers.{name}")
    if not isinstance(entry, Mapping):
        offences.add("", entry, "is no mapping")
    else:
        _check(entry, offences)
    problems = [str(offence) for offence in offences]
    if problems:
        raise Failed("\n".join(problems))
    probes = tuple(
        Probe(item["tool"], item.get("arguments") or {}, item.get("expect")) for item in entry.get("probes") or ()
    )
    return Declaration(
        name,
        tuple(entry["command"]),
        entry["url"],
        entry.get("taskDefinition"),
        entry.get("workingDirectory") or ".",
        tuple(entry.get("needs") or ()),
        probes,
    )


def lacking(declared: Declaration, project_directory: Path) -> list[str]:
    """Returns what the server needs and this machine lacks: `node on PATH`, `servers/node/node_modules`."""
    return list(_lacking(declared, project_directory))


def _lacking(declared: Declaration, project_directory: Path) -> Iterator[str]:
    for need in declared.needs:
        if "/" in need:
            if not (project_directory / need).exists():
                yield need
        elif need not in PYTHON and shutil.which(need) is None:
            yield f"{need} on PATH"


def _check(entry: Mapping[str, Any], offences: Offences) -> None:
    for key in sorted(entry.keys() - set(KEYS)):
        offences.add(f".{key}", entry[key], f"is no known key; use {', '.join(KEYS)}")
    command, url = entry.get("command"), entry.get("url")
    offences.check(_is_texts(command) and command, ".command", command, "is no list of texts: program, then arguments")
    offences.check(
        isinstance(url, str) and urlsplit(url).netloc, ".url", url, "is no address such as https://host/path"
    )
    directory, needs, probes = entry.get("workingDirectory"), entry.get("needs"), entry.get("probes")
    offences.check(directory is None or isinstance(directory, str), ".workingDirectory", directory, "is no text")
    offences.check(needs is None or _is_texts(needs), ".needs", needs, "is no list of texts")
    if not isinstance(probes, list | None):
        offences.add(".probes", probes, "is no list")
        return
    for index, probe in enumerate(probes or ()):
        offences.check(_is_probe(probe), f".probes[{index}]", probe, "is no {tool, arguments, expect}")


def _is_probe(value: Any) -> bool:
    return (
        isinstance(value, Mapping)
        and isinstance(value.get("tool"), str)
        and value.keys() <= set(PROBE_KEYS)
        and all(isinstance(value.get(key), Mapping | None) for key in ("arguments", "expect"))
    )


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)
