"""Programs written on the fly, and what running one records."""

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.support import projects

from mcp_ops.rehearsal.backend import SimulatedBackend
from mcp_ops.rehearsal.project import load_project
from mcp_ops.rehearsal.record import Run
from mcp_ops.rehearsal.runner import run_program
from mcp_ops.rehearsal.simulator.cloud import Cloud
from mcp_ops.rehearsal.simulator.provider import Aws

Writer = Callable[..., Path]


@pytest.fixture
def write_project(tmp_path: Path) -> Writer:
    """Returns a function that writes a Pulumi project and returns its folder."""

    def write(program: str, config: str = "", *, name: str = "shop", stack: str = "dev", folder: str = "") -> Path:
        return projects.write_project(tmp_path / (folder or name), program, config, name=name, stack=stack)

    return write


@pytest.fixture
def simulate(write_project: Writer) -> Callable[..., Run]:
    """Returns a function that runs a program for real against simulated AWS."""

    def simulated(program: str, config: str = "", *, preview: bool = False, allow_unknown: bool = False) -> Run:
        project = load_project(write_project(program, config), "dev")
        with Cloud().open() as cloud:
            backend = SimulatedBackend(Aws(cloud), project, allow_unknown=allow_unknown)
            run = run_program(project, backend, preview=preview, time_limit=20)
            backend.finish(run)
        return run

    return simulated
