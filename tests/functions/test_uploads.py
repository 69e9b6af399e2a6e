"""Uploads of the library's functions: each holds what its code imports, and nothing else."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pulumi
import pytest

from mcp_ops import ReleaseGate
from mcp_ops.functions import KIT, code_of
from mcp_ops.monitoring.canary import code_of_canary
from mcp_ops.rehearsal.simulator.lambda_runtime.upload import handler_of
from tests.infra.stacks import stack
from tests.support.recording import ACCOUNT_ID, REGION, Recorded, record

ROOMS = Path(KIT).parent / "mcp_ops"
PACKAGES = sorted(file.parent for file in ROOMS.glob("*/functions/*/__init__.py"))
PROVIDED = {"boto3", "botocore"}
"""What AWS Lambda's runtime brings beside the standard library."""

IMPORT_ALL = """
import sys, pkgutil, importlib, boto3
upload, *packages = sys.argv[1:]
sys.path.insert(0, upload)
before = set(sys.modules)
for package in packages:
    for found in pkgutil.walk_packages([f"{upload}/{package}"], f"{package}."):
        importlib.import_module(found.name)
new = set(sys.modules) - before
new -= {name for name in new if (getattr(sys.modules[name], "__file__", "") or "").startswith(upload)}
print(sorted({name.split(".")[0] for name in new} - set(sys.stdlib_module_names) - {"boto3", "botocore", "s3transfer"}))
"""


def imported(sources: dict[str, str]) -> set[str]:
    """Returns the top-level names that sources import from elsewhere than the standard library and the runtime."""
    names: set[str] = set()
    for text in sources.values():
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Import):
                names |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level:
                names.add(str(node.module))
    return {name.split(".")[0] for name in names} - set(sys.stdlib_module_names) - PROVIDED


def python_of(archive: pulumi.AssetArchive) -> dict[str, str]:
    """Returns the text of each Python file of an upload."""
    return {
        name: Path(asset.path).read_text()
        for name, asset in archive.assets.items()
        if isinstance(asset, pulumi.FileAsset) and name.endswith(".py")
    }


def functions() -> Iterator[Recorded]:
    """Every function of the library: a stack has all but the release gate, which is asked for by a setting."""
    gate: Any = {"environment": "dev", "account_id": ACCOUNT_ID, "region": REGION, "servers": {"weather": {}}}
    yield from record(lambda: ReleaseGate("mcp-dev", gate)).all("lambda/function:Function")
    yield from stack("dev").all("lambda/function:Function")


def test_each_upload_holds_what_it_imports_and_nothing_else() -> None:
    seen = set()
    for function in functions():
        sources = python_of(function.inputs["code"])
        own = function.inputs["handler"].split(".")[0]
        assert {name.split("/")[0] for name in sources} == {own} | imported(sources), function.name
        seen.add(own)
    assert seen == {folder.name for folder in PACKAGES}


def test_a_canary_carries_the_same_below_python() -> None:
    sources = {name.removeprefix("python/"): text for name, text in python_of(code_of_canary("{}")).items()}
    assert {name.split("/")[0] for name in sources} == {"observe"} | imported(sources)


def test_uploads_are_small_and_import_nothing_but_boto3_and_the_standard_library(tmp_path: Path) -> None:
    for folder in PACKAGES:
        sources = python_of(code_of(str(folder), KIT))
        assert sum(len(text.encode()) for text in sources.values()) < 100_000, folder.name
        for name, text in sources.items():
            file = tmp_path / name
            file.parent.mkdir(exist_ok=True)
            file.write_text(text)
    command = [sys.executable, "-c", IMPORT_ALL, str(tmp_path), *(folder.name for folder in PACKAGES)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"


def test_what_the_command_line_uses_of_the_kit_does_without_boto3() -> None:
    script = (
        "import sys; import mcp_function_kit.connection, mcp_function_kit.usage, mcp_ops.delivery.verification;"
        "print({'boto3', 'botocore'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "set()"


@pytest.mark.parametrize("with_kit", [False, True])
def test_the_kit_is_in_the_uploads_that_ask_for_it(tmp_path: Path, *, with_kit: bool) -> None:
    (tmp_path / "tidy").mkdir()
    (tmp_path / "tidy" / "__init__.py").write_text("")
    found = code_of(str(tmp_path / "tidy"), *([KIT] if with_kit else [])).assets
    assert ("mcp_function_kit/clients.py" in found) == with_kit
    assert "tidy/__init__.py" in found


def test_a_rehearsed_function_gets_the_kit_of_its_upload(tmp_path: Path) -> None:
    files = {
        "mcp_function_kit/__init__.py": "MARK = 'uploaded'",
        "tidy/__init__.py": "",
        "tidy/handler.py": "from mcp_function_kit import MARK\n\ndef handle(event, context):\n    return MARK\n",
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    with handler_of(tmp_path, "tidy.handler.handle") as handle:
        assert handle({}, None) == "uploaded"
    assert sys.modules["mcp_function_kit"].__file__ == f"{KIT}/__init__.py"
