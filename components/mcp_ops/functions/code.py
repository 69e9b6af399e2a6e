"""What a function's upload contains."""

from pathlib import Path

import pulumi

from mcp_ops.errors import InputError, Offence


def code_of(package: str) -> pulumi.AssetArchive:
    """Returns the upload of the Python package in the folder `package`, under the package's own name.

    Only sources go in, file by file: byte code differs between machines and would change the function each time.

    Raises:
        InputError: the folder is no package.
    """
    folder = Path(package)
    if not (folder / "__init__.py").is_file():
        raise InputError(Offence("code", package, "is not the folder of a Python package; it has no __init__.py"))
    sources = sorted(folder.rglob("*.py"))
    return pulumi.AssetArchive(
        {file.relative_to(folder.parent).as_posix(): pulumi.FileAsset(str(file)) for file in sources}
    )
