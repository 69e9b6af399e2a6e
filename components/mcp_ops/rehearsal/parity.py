"""Environment parity: the same keys and the same resource graph in every stack, apart from declared differences."""

import fnmatch
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from mcp_ops.errors import InputError, Offence, Offences
from mcp_ops.rehearsal import wire
from mcp_ops.rehearsal.backend import SimulatedBackend
from mcp_ops.rehearsal.project import Project, load_project, stack_names
from mcp_ops.rehearsal.record import Registration, Run
from mcp_ops.rehearsal.runner import run_program
from mcp_ops.rehearsal.simulator.cloud import Cloud
from mcp_ops.rehearsal.simulator.provider import Aws

DECLARATIONS = "parity.yaml"
"""The one place where a project declares its permitted differences."""
ABSENT = "absent"

Identities = list[tuple[re.Pattern[str], str]]


@dataclass(frozen=True)
class Permission:
    """One declared difference: a glob over `where`, and why it is right."""

    where: str
    reason: str


@dataclass(frozen=True)
class Declarations:
    """What `parity.yaml` says."""

    identifying: tuple[str, ...] = ()
    """Configuration paths whose values name an environment (`mcp-ops:environment`); in inputs they count as equal."""
    permitted: tuple[Permission, ...] = ()


@dataclass(frozen=True)
class Difference:
    """One place in which stacks differ."""

    where: str
    values: Mapping[str, Any]
    permitted: bool
    reason: str

    def as_json(self) -> dict[str, Any]:
        """Returns the difference as the JSON report holds it."""
        return {"where": self.where, "values": dict(self.values), "permitted": self.permitted, "reason": self.reason}


@dataclass(frozen=True)
class Parity:
    """How the stacks of a project compare."""

    stacks: tuple[str, ...]
    differences: tuple[Difference, ...]
    unused: tuple[str, ...] = field(default=())
    """Declared differences that do not occur: stale permission is how drift gets in, so they fail the check."""

    @property
    def passed(self) -> bool:
        """Whether every difference is declared and every declaration is needed."""
        return not self.unused and all(item.permitted for item in self.differences)

    def as_json(self) -> dict[str, Any]:
        """Returns the document of `mcp-ops parity --json`."""
        differences = [item.as_json() for item in self.differences]
        return {
            "passed": self.passed,
            "stacks": list(self.stacks),
            "differences": differences,
            "unused": list(self.unused),
        }


def compared(directory: Path) -> Parity:
    """Builds every stack of a project as a preview and compares them.

    Raises:
        InputError: a stack has wrong settings or cannot be built, there is only one, or the declarations are malformed.
    """
    names = stack_names(directory)
    if len(names) < 2:  # noqa: PLR2004 - a comparison takes two
        raise InputError(
            Offence("--project", str(directory), f"has {len(names)} stack files; parity compares two or more")
        )
    declarations = read_declarations(directory / DECLARATIONS)
    projects = {name: load_project(directory, name) for name in names}
    with Cloud().open() as cloud:
        facts = {name: _facts(project, _previewed(project, cloud), declarations) for name, project in projects.items()}
    return _judged(facts, declarations)


def read_declarations(file: Path) -> Declarations:
    """Reads `parity.yaml`; a project without one permits nothing.

    Raises:
        InputError: it is malformed, or a permission lacks its reason.
    """
    if not file.is_file():
        return Declarations()
    try:
        document = yaml.safe_load(file.read_text(encoding="utf-8")) or {}
    except yaml.YAMLError as error:
        raise InputError(Offence(file.name, "the file", f"is not YAML: {error}")) from error
    offences = Offences(f"{file.name}: ")
    offences.check(isinstance(document, Mapping), "document", type(document).__name__, "is no mapping")
    offences.refuse()
    for key in document.keys() - {"identifying", "permitted"}:
        offences.add(str(key), document[key], "is no known key; use identifying or permitted")
    permitted = document.get("permitted") or []
    for index, entry in enumerate(permitted):
        complete = isinstance(entry, Mapping) and entry.get("where") and entry.get("reason")
        offences.check(complete, f"permitted[{index}]", entry, "needs both `where` and `reason`")
    offences.refuse()
    permissions = tuple(Permission(entry["where"], entry["reason"]) for entry in permitted)
    return Declarations(tuple(document.get("identifying") or ()), permissions)


def _previewed(project: Project, cloud: Cloud) -> Run:
    run = run_program(project, SimulatedBackend(Aws(cloud), project), preview=True)
    if run.errors:
        raise InputError(*(Offence(f"stack {project.stack}", "the program", error) for error in run.errors))
    return run


def _facts(project: Project, run: Run, declarations: Declarations) -> dict[str, Any]:
    """Returns everything about a stack that must be equal in the others, by place."""
    config = {key: _parsed(value) for key, value in project.config.items()}
    names = _identities(config, declarations.identifying)
    facts: dict[str, Any] = {f"config {path}": "present" for path, _ in _leaves(config)}
    paths = {urn: str(_neutral(path, names)) for urn, path in _tree_paths(run).items()}
    for item in run.registrations:
        place = paths[item.urn]
        facts[f"resource {place}"] = "present"
        facts.update({f"option {place} {name}": value for name, value in _options(item).items()})
        for path, value in _leaves(wire.shown(item.inputs)):
            facts[f"input {place} {path}"] = _neutral(value, names)
    return facts


def _options(item: Registration) -> dict[str, Any]:
    return {
        "protect": item.protect,
        "retain_on_delete": item.retain_on_delete,
        "ignore_changes": ",".join(sorted(item.ignore_changes)),
    }


def _tree_paths(run: Run) -> dict[str, str]:
    """Returns each registration's role in the tree: types and logical names from the top down."""
    paths: dict[str, str] = {}
    for item in run.registrations:
        own = f"{item.type.rsplit(':', 1)[-1]}:{item.name}"
        paths[item.urn] = f"{paths[item.parent]}/{own}" if item.parent in paths else own
    return paths


def _parsed(value: str) -> Any:
    try:
        parsed = json.loads(value)
    except ValueError:
        return value
    return parsed if isinstance(parsed, dict | list) else value


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yields every scalar with its dotted path.

    A JSON document in a text counts as structure, a list as its sorted whole.
    """
    if isinstance(value, str) and value[:1] in {"{", "["}:
        value = _parsed(value)
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _leaves(item, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list):
        yield path, json.dumps(value, sort_keys=True)
    else:
        yield path, value


def _identities(config: Mapping[str, Any], paths: tuple[str, ...]) -> Identities:
    """Returns the words that name this environment, longest first, each with what stands for it."""
    leaves = {path: str(value) for path, value in _leaves(config)}
    found = [(leaves[path], f"<{path}>") for path in paths if leaves.get(path)]
    ordered = sorted(found, key=lambda pair: -len(pair[0]))
    return [(re.compile(rf"(?<![A-Za-z0-9]){re.escape(text)}(?![A-Za-z0-9])"), stand_in) for text, stand_in in ordered]


def _neutral(value: Any, names: Identities) -> Any:
    if isinstance(value, str):
        for word, stand_in in names:
            value = word.sub(stand_in, value)
    return value


def _judged(facts: Mapping[str, Mapping[str, Any]], declarations: Declarations) -> Parity:
    places = sorted({place for stack in facts.values() for place in stack})
    absent_above = {
        place
        for place in places
        if place.startswith("resource ") and any(place not in stack for stack in facts.values())
    }
    differences: list[Difference] = []
    used: set[str] = set()
    for place in places:
        values = {name: stack.get(place, ABSENT) for name, stack in facts.items()}
        if len({json.dumps(value, sort_keys=True) for value in values.values()}) == 1 or _covered(place, absent_above):
            continue
        permission = next((item for item in declarations.permitted if fnmatch.fnmatchcase(place, item.where)), None)
        if permission:
            used.add(permission.where)
        differences.append(Difference(place, values, permission is not None, permission.reason if permission else ""))
    unused = tuple(item.where for item in declarations.permitted if item.where not in used)
    return Parity(tuple(facts), tuple(differences), unused)


def _covered(place: str, absent: set[str]) -> bool:
    """Tells whether a difference only follows from a resource that some stack lacks, which is reported once."""
    kind, rest = place.split(" ", 1)
    path = rest.split(" ")[0]
    parents = {f"resource {path.rsplit('/', depth)[0]}" for depth in range(1, path.count("/") + 1)}
    return (kind in {"input", "option"} and f"resource {path}" in absent) or bool(parents & absent)
