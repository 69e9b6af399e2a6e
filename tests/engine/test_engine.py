"""The program under the real Pulumi engine: unknowns, dependencies, state, and a second preview without changes.

Needs `pulumi` and, as `pulumi-resource-aws`, a stand-in on PATH that accepts every resource. Credentials are taken
away, so that a real plugin could not reach an account.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
STACK = "dev"
MISSING = [name for name in ("pulumi", "pulumi-resource-aws") if shutil.which(name) is None]

pytestmark = [
    pytest.mark.engine,
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.skipif(bool(MISSING), reason=f"not on PATH: {', '.join(MISSING)}"),
]

Pulumi = Callable[..., str]


@pytest.fixture
def pulumi(tmp_path: Path) -> Pulumi:
    """Returns a function that runs the Pulumi command line in a copy of the project, with its state in a folder."""
    project, state = tmp_path / "project", tmp_path / "state"
    state.mkdir()
    ignored = shutil.ignore_patterns(".*", "__pycache__", "node_modules", "servers", "tests")
    shutil.copytree(PROJECT, project, ignore=ignored)
    (project / ".venv").symlink_to(sys.prefix)
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "PULUMI_BACKEND_URL": state.as_uri(),
        "PULUMI_CONFIG_PASSPHRASE": "test",
        "PULUMI_HOME": str(tmp_path / "home"),
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PYTHONPATH": str(project / "components"),
    }

    def run(*arguments: str) -> str:
        command = ["pulumi", *arguments, "--non-interactive"]
        ended = subprocess.run(
            command, cwd=project, env=environment, capture_output=True, text=True, timeout=240, check=False
        )
        assert ended.returncode == 0, f"{' '.join(command)}\n{ended.stdout[-4000:]}\n{ended.stderr[-2000:]}"
        return ended.stdout

    return run


def test_dev_is_made_stays_as_it_is_and_leaves_nothing(pulumi: Pulumi) -> None:
    pulumi("stack", "select", "--create", STACK)
    pulumi("preview")
    pulumi("up", "--yes", "--skip-preview")
    made = json.loads(pulumi("stack", "export"))["deployment"]["resources"]
    assert {item["type"] for item in made} >= {"mcp-ops:index:McpServer", "aws:ecs/service:Service"}

    pulumi("preview", "--expect-no-changes")
    pulumi("destroy", "--yes", "--skip-preview")
    left = json.loads(pulumi("stack", "export"))["deployment"].get("resources", [])
    assert [item["urn"] for item in left if item["type"].startswith(("aws:", "mcp-ops:"))] == []
