"""The code that a function was registered with, made importable for as long as one invocation takes."""

import contextlib
import importlib
import io
import shutil
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

Handler = Callable[[Any, Any], Any]


class CannotStart(Exception):
    """The function's code cannot be loaded; the message is AWS Lambda's `Runtime.*` error."""


def unpacked(code: bytes, folder: Path) -> Path:
    """Unpacks an upload into a folder, unless it is there already, and returns the folder.

    The folder appears whole: copies of this process may want it at the same time.
    """
    if not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        beside = Path(tempfile.mkdtemp(dir=folder.parent))
        with zipfile.ZipFile(io.BytesIO(code)) as archive:
            archive.extractall(beside)
        try:
            beside.rename(folder)
        except OSError:
            shutil.rmtree(beside)
            if not folder.is_dir():  # else another one was faster
                raise
    return folder


@contextlib.contextmanager
def handler_of(folder: Path, name: str) -> Iterator[Handler]:
    """Imports the handler `package.module.function` from a folder, and forgets the folder's modules at the end.

    Raises:
        CannotStart: a module or the function in it does not exist, or its import fails.
    """
    own = {path.stem for path in folder.iterdir()}
    with _only(folder, own):
        yield _imported(name)


def _imported(name: str) -> Handler:
    module_name, _, function = name.rpartition(".")
    try:
        module = importlib.import_module(module_name.replace("/", "."))
    except Exception as error:  # an import runs code of the upload, which may raise anything
        raise CannotStart(f"Runtime.ImportModuleError: Unable to import module '{module_name}': {error}") from error
    handler = getattr(module, function, None)
    if handler is None:
        raise CannotStart(f"Runtime.HandlerNotFound: Handler '{function}' missing on module '{module_name}'")
    found: Handler = handler
    return found


@contextlib.contextmanager
def _only(folder: Path, own: set[str]) -> Iterator[None]:
    """Puts a folder first on the path; modules of its names are its own for a while, whoever else has some."""
    hidden = {name: sys.modules.pop(name) for name in list(sys.modules) if name.split(".")[0] in own}
    sys.path.insert(0, str(folder))
    importlib.invalidate_caches()
    try:
        yield
    finally:
        sys.path.remove(str(folder))
        for name in [name for name in sys.modules if name.split(".")[0] in own]:
            del sys.modules[name]
        sys.modules.update(hidden)
