"""Stack references.

The project and stack that `organization/project/stack` names, found beside the one that refers to it.
"""

from collections.abc import Iterator
from pathlib import Path

from mcp_ops.errors import InputError, Offence
from mcp_ops.rehearsal.project import PROJECT_FILES, Project, load_project

DEPTH = ("", "*", "*/*")
"""Where projects of one repository lie beside each other: in the parent folder, and up to two levels below it."""


def project_of(name: str, referring: Project) -> Project:
    """Returns the stack that a reference names.

    It is looked for in the referring project itself, then in the folders around it.

    Raises:
        InputError: no project of that name lies there, or it has no such stack.
    """
    parts = name.split("/")
    project_name, stack = (parts[-2], parts[-1]) if len(parts) > 1 else (referring.name, parts[0])
    for directory in (referring.directory, *_around(referring.directory)):
        if _name_in(directory) == project_name:
            return load_project(directory, stack)
    where = referring.directory.parent.name
    raise InputError(
        Offence("stack reference", name, f"names project {project_name}, which lies neither here nor below {where}/")
    )


def _around(directory: Path) -> Iterator[Path]:
    for pattern in DEPTH:
        for file_name in PROJECT_FILES:
            for file in sorted(directory.parent.glob(f"{pattern}/{file_name}" if pattern else file_name)):
                yield file.parent


def _name_in(directory: Path) -> str:
    for file_name in PROJECT_FILES:
        file = directory / file_name
        if file.is_file():
            names = [
                line.split(":", 1)[1].split(" #")[0].strip()
                for line in file.read_text(encoding="utf-8").splitlines()
                if line.startswith("name:")
            ]
            return names[0].strip("\"'") if names else ""
    return ""
