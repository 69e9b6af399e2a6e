"""What a function's upload contains."""

from pathlib import Path

import pulumi

import mcp_function_kit
from mcp_ops.errors import InputError, Offence

KIT = str(Path(mcp_function_kit.__file__).parent)
"""Folder of the package that functions share: for the uploads of those that import it."""


def code_of(*packages: str) -> pulumi.AssetArchive:
    """Returns the upload of the Python packages in the folders `packages`, each under its own name.

    Only sources go in, file by file: byte code differs between machines and would change the function each time.

    Raises:
        InputError: a folder is no package.
    """
    sources = {name: file for package in packages for name, file in _sources(package).items()}
    return pulumi.AssetArchive({name: pulumi.FileAsset(str(file)) for name, file in sources.items()})


def _sources(package: str) -> dict[str, Path]:
    """Returns the sources of a package by their paths in the upload."""
    folder = Path(package)
    if not (folder / "__init__.py").is_file():
        raise InputError(Offence("code", package, "is not the folder of a Python package; it has no __init__.py"))
    return {file.relative_to(folder.parent).as_posix(): file for file in sorted(folder.rglob("*.py"))}
