"""A Pulumi project on disk: `Pulumi.yaml`, one stack file, and the configuration that the two give a program."""

import difflib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from mcp_ops.errors import InputError, Offence

PROJECT_FILES = ("Pulumi.yaml", "Pulumi.yml")


@dataclass(frozen=True)
class Project:
    """One stack of a Pulumi project, ready to run."""

    name: str
    stack: str
    directory: Path
    """The folder with `Pulumi.yaml`."""
    main: Path
    """What Pulumi would run: a folder with `__main__.py`, or a file."""
    config: Mapping[str, str]
    """Configuration by full key (`aws:region`), each value as Pulumi hands it over: text, or JSON for objects."""
    secrets: frozenset[str] = frozenset()
    """Keys whose value stands encrypted in the stack file."""
    notes: tuple[str, ...] = field(default=())
    """What the files ask for that a rehearsal can only assume."""

    @property
    def working_directory(self) -> Path:
        """The folder in which Pulumi runs the program."""
        return self.main if self.main.is_dir() else self.main.parent

    def default_providers_disabled(self, package: str) -> bool:
        """Tells whether `pulumi:disable-default-providers` covers a package."""
        listed = json.loads(self.config.get("pulumi:disable-default-providers", "[]"))
        return "*" in listed or package in listed


def load_project(directory: Path, stack: str) -> Project:
    """Reads the project in `directory` and the configuration of `stack`.

    Raises:
        InputError: a file is missing, is not YAML or not a project, the stack is unknown, or the runtime is not Python.
    """
    file = _project_file(directory)
    document = read_mapping(file)
    runtime = document.get("runtime")
    runtime_name = runtime.get("name") if isinstance(runtime, Mapping) else runtime
    name = document.get("name")
    if not isinstance(name, str) or not name:
        raise InputError(Offence(f"{file.name}: name", name, "is no project name; write `name: <project>`"))
    if runtime_name != "python":
        raise InputError(Offence(f"{file.name}: runtime", runtime_name, "is not rehearsed; only Python programs are"))
    main = _main(directory, document)
    if not (main / "__main__.py").is_file() and not main.is_file():
        raise InputError(
            Offence(f"{file.name}: main", document.get("main", "."), "holds no Python program (__main__.py)")
        )
    stack_document = read_mapping(_stack_file(directory, document, stack))
    config = _Config(name)
    config.add_project(document.get("config") or {})
    config.add_stack(stack_document.get("config") or {}, f"Pulumi.{stack}.yaml")
    notes = (
        ("the stack file imports Pulumi ESC environments; their values are not known here",)
        if stack_document.get("environment")
        else ()
    )
    return Project(name, stack, directory.resolve(), main, config.values, frozenset(config.secrets), notes)


def stack_names(directory: Path) -> list[str]:
    """Returns the stacks that have a file in the project, sorted by name."""
    document = read_mapping(_project_file(directory))
    return sorted(_stacks_in(_stack_directory(directory, document)))


def main_directory(directory: Path) -> Path:
    """Returns the folder that holds a project's program.

    Raises:
        InputError: there is no project, or its file is malformed.
    """
    main = _main(directory, read_mapping(_project_file(directory)))
    return main if main.is_dir() else main.parent


def _main(directory: Path, document: Mapping[str, Any]) -> Path:
    return (directory / str(document.get("main", "."))).resolve()


def _project_file(directory: Path) -> Path:
    for name in PROJECT_FILES:
        if (directory / name).is_file():
            return directory / name
    raise InputError(Offence("--project", str(directory), "holds no Pulumi.yaml; name the folder of a Pulumi project"))


def _stack_directory(directory: Path, document: Mapping[str, Any]) -> Path:
    return directory / str(document.get("stackConfigDir", "."))


def _stacks_in(directory: Path) -> Iterator[str]:
    for file in directory.glob("Pulumi.*.y*ml"):
        if file.suffix in {".yaml", ".yml"}:
            yield file.stem.removeprefix("Pulumi.")


def _stack_file(directory: Path, document: Mapping[str, Any], stack: str) -> Path:
    folder = _stack_directory(directory, document)
    for suffix in ("yaml", "yml"):
        if (folder / f"Pulumi.{stack}.{suffix}").is_file():
            return folder / f"Pulumi.{stack}.{suffix}"
    known = sorted(_stacks_in(folder))
    near = difflib.get_close_matches(stack, known, 1)
    hint = f"did you mean {near[0]}?" if near else f"known stacks: {', '.join(known) or 'none'}"
    raise InputError(Offence("stack", stack, f"has no file Pulumi.{stack}.yaml in {folder.resolve().name}/; {hint}"))


def read_mapping(file: Path) -> Mapping[str, Any]:
    """Returns a YAML document whose top is a mapping; empty for an empty file.

    Raises:
        InputError: the file cannot be read, is not YAML, has a key twice, or holds something else.
    """
    try:
        # nosemgrep: no-unsafe-deserialisation - the loader is a SafeLoader's subclass
        document = yaml.load(file.read_text(encoding="utf-8"), Loader=_StrictLoader)  # noqa: S506 - a SafeLoader's subclass
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{file.name}:{mark.line + 1}:{mark.column + 1}" if mark else file.name
        raise InputError(Offence(place, getattr(error, "problem", None) or "the file", "is not YAML")) from error
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(Offence(file.name, type(error).__name__, f"cannot be read: {error}")) from error
    if document is None:
        return {}
    if not isinstance(document, Mapping):
        raise InputError(Offence(file.name, document, "is no mapping of keys to values"))
    return document


class _StrictLoader(yaml.SafeLoader):
    """PyYAML's safe loader, but a key that stands twice is an error instead of silently winning."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002 - PyYAML's signature
        """Constructs a mapping after looking at its keys."""
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if key in seen and key != "<<":
                raise yaml.MarkedYAMLError(problem=f"duplicate key {key!r}", problem_mark=key_node.start_mark)
            seen.add(key)
        return dict(super().construct_mapping(node, deep))


class _Config:
    """Builds the flat configuration that a program sees."""

    def __init__(self, project: str) -> None:
        self._project = project
        self.values: dict[str, str] = {}
        self.secrets: set[str] = set()

    def add_project(self, entries: Mapping[str, Any]) -> None:
        """Adds the defaults of `Pulumi.yaml`: a bare value, or `{default|value, secret}`."""
        for key, entry in entries.items():
            if isinstance(entry, Mapping) and entry.keys() & {"default", "value", "type", "description", "secret"}:
                value = entry.get("value", entry.get("default"))
                if value is None:
                    continue
                self._add(key, value)
                if entry.get("secret"):
                    self.secrets.add(self._full(key))
            else:
                self._add(key, entry)

    def add_stack(self, entries: Any, file: str) -> None:
        """Adds the `config` of a stack file, which wins over the project's defaults."""
        if not isinstance(entries, Mapping):
            raise InputError(Offence(f"{file}: config", entries, "is no mapping of keys to values"))
        for key, value in entries.items():
            self._add(str(key), value)

    def _full(self, key: str) -> str:
        return key if ":" in key else f"{self._project}:{key}"

    def _add(self, key: str, value: Any) -> None:
        full = self._full(key)
        plain, encrypted = _stand_in(full, value)
        if encrypted:
            self.secrets.add(full)
        self.values[full] = plain if isinstance(plain, str) else json.dumps(plain)


def _stand_in(path: str, value: Any) -> tuple[Any, bool]:
    """Returns a value with every `secure:` part replaced by a made-up secret, and whether there was one.

    A rehearsal has no passphrase and needs none: a program must not depend on what a secret says.
    """
    if isinstance(value, Mapping) and set(value) == {"secure"}:
        return f"rehearsal-secret-{path.replace(':', '-')}", True
    if isinstance(value, Mapping):
        pairs = {str(key): _stand_in(f"{path}.{key}", item) for key, item in value.items()}
        return {key: pair[0] for key, pair in pairs.items()}, any(pair[1] for pair in pairs.values())
    if isinstance(value, list):
        items = [_stand_in(f"{path}.{index}", item) for index, item in enumerate(value)]
        return [item[0] for item in items], any(item[1] for item in items)
    return value, False
