"""Runs a Pulumi program in this process, the way Pulumi's own language host does, against a backend of ours."""

import asyncio
import contextlib
import contextvars
import gc
import logging
import os
import runpy
import sys
import traceback
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pulumi
import pulumi.runtime.resource
from google.protobuf import empty_pb2
from pulumi.runtime.config import set_all_config
from pulumi.runtime.settings import Settings, _shutdown_callbacks, configure
from pulumi.runtime.stack import Stack

from mcp_ops.errors import InputError, Offence
from mcp_ops.rehearsal.lean_sdk import lean_sdks
from mcp_ops.rehearsal.monitor import Backend, Engine, MissingReference, Monitor, Progress
from mcp_ops.rehearsal.project import Project
from mcp_ops.rehearsal.record import Registration, Run
from mcp_ops.rehearsal.sdk import drain, without_collecting, without_stack_traces

LIBRARY = __name__.partition(".")[0]
"""This library: its modules are loaded once, even where a project holds its source."""

TIME_LIMIT = 300.0
"""Seconds after which a run is given up: a program that waits for ever is a defect, not patience."""


def _silent(_: Registration) -> None:
    """Reports nothing."""


def run_program(
    project: Project,
    backend: Backend,
    *,
    preview: bool,
    references: Mapping[str, Mapping[str, Any]] | None = None,
    progress: Progress = _silent,
    time_limit: float = TIME_LIMIT,
) -> Run:
    """Runs the program of `project` once and returns what it registered.

    Errors of single resources stand in the returned run. `references` holds outputs of other stacks by full stack name.

    Raises:
        InputError: the program refused its settings (a `pulumi.RunError`, such as a missing configuration key).
        MissingReference: a stack is referred to that `references` does not hold.
    """
    run = Run(project.name, project.stack)
    monitor = Monitor(project, backend, run, preview=preview, references=references or {}, progress=progress)
    # An empty context: what mocks or an earlier program left in the SDK is not seen.
    contextvars.Context().run(_run_in_context, project, monitor, run, preview, time_limit)
    return run


def _run_in_context(project: Project, monitor: Monitor, run: Run, preview: bool, time_limit: float) -> None:  # noqa: FBT001 - passed through Context.run
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    executor = ThreadPoolExecutor(max_workers=1)
    loop.set_default_executor(executor)
    settings = Settings(
        project=project.name,
        stack=project.stack,
        monitor=monitor,
        engine=Engine(run),
        dry_run=preview,
        organization="organization",
        root_directory=str(project.directory),
    )
    features = monitor.GetDeploymentInfo(empty_pb2.Empty())  # type: ignore[no-untyped-call] # the SDK does not type it
    settings.monitor_features = set(features.supportedFeatures)
    configure(settings)
    set_all_config(dict(project.config), sorted(project.secrets))
    try:
        with _surroundings(project), lean_sdks(), without_stack_traces(), without_collecting():
            loop.run_until_complete(asyncio.wait_for(_program(project), time_limit))
    except TimeoutError:
        run.errors.append(f"the program did not end within {time_limit:.0f} s")
    except (InputError, MissingReference):
        raise
    except pulumi.RunError as error:
        raise InputError(*_offences(error, project)) from error
    except Exception as error:  # noqa: BLE001 - whatever a program raises is its failure, to be reported
        run.errors.append(_told(error, project))
    finally:
        _close(loop, executor)


async def _program(project: Project) -> None:
    try:
        await _executed(project)
        await drain()
    finally:
        await _shutdown_callbacks()  # type: ignore[no-untyped-call] # the SDK does not type it


async def _executed(project: Project) -> None:
    stack = Stack()
    try:
        runpy.run_path(str(project.main), run_name="__main__")
        entry_point = stack._take_async_program()  # noqa: SLF001 - what pulumi.runtime.run_in_stack does
        if entry_point is not None:
            stack._add_program_outputs(await entry_point())  # noqa: SLF001 - as above
    finally:
        stack._finish()  # noqa: SLF001 - as above


def _close(loop: asyncio.AbstractEventLoop, executor: ThreadPoolExecutor) -> None:
    """Ends what a failed program left behind, so that nothing of it runs in the next one."""
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    outstanding = asyncio.all_tasks(loop)
    for task in outstanding:
        task.cancel()
    loop.run_until_complete(asyncio.gather(*outstanding, return_exceptions=True))
    executor.shutdown(wait=True)
    loop.close()
    asyncio.set_event_loop(None)
    gc.collect()
    gc.freeze()  # what is alive now stays: the next collection need not look at it again


@contextlib.contextmanager
def _surroundings(project: Project) -> Iterator[None]:
    """The program's working directory, import path and modules; its output goes to standard error."""
    before, path, modules, arguments = Path.cwd(), list(sys.path), set(sys.modules), sys.argv
    os.chdir(project.working_directory)
    sys.path.insert(0, str(project.working_directory))
    sys.argv = [str(project.main)]
    try:
        with _standard_output_kept():
            yield
    finally:
        os.chdir(before)
        sys.path[:] = path
        sys.argv = arguments
        for name in set(sys.modules) - modules:
            if name.partition(".")[0] != LIBRARY and _belongs_to(sys.modules[name], project):
                del sys.modules[name]


@contextlib.contextmanager
def _standard_output_kept() -> Iterator[None]:
    """Sends what the program and its child processes print to standard error: standard output is the report's."""
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    try:
        with contextlib.redirect_stdout(sys.stderr):
            yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)


def _belongs_to(module: Any, project: Project) -> bool:
    """Tells whether a module is the program's own, so that the next run must not find it."""
    file = getattr(module, "__file__", None) or ""
    return _is_own(file, project)


def _offences(error: pulumi.RunError, project: Project) -> list[Offence]:
    return [Offence(f"Pulumi.{project.stack}.yaml", "the program", f"refused its configuration: {error}")]


def _told(error: Exception, project: Project) -> str:
    """Returns a program's exception with the place in the program that it came from."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if _is_own(frame.filename, project)]
    place = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    message = str(error) or "no message"
    if isinstance(error, ModuleNotFoundError):
        message += "; install the program's own requirements into this environment"
    return f"the program failed{place}: {type(error).__name__}: {message}"


def _is_own(filename: str, project: Project) -> bool:
    return Path(filename).is_relative_to(project.directory) and "site-packages" not in filename
