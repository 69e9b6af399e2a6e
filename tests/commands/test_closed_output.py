"""Standard output that takes no more: closed before everything is read, on a full disk, or not there at all."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.projects import write_project

OURS = Path(__file__).parents[2]
COMMAND = [sys.executable, "-m", "mcp_ops.cli"]
FULL = Path("/dev/full")
"""A device that takes nothing, as a full disk does."""
QUEUE = "import pulumi, pulumi_aws as aws\naws.sqs.Queue('q', delay_seconds=len(pulumi.get_stack()))\n"


def test_a_reader_that_has_read_enough_is_no_error() -> None:
    command = [*COMMAND, "settings", "schema", "--project", str(OURS)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stderr
        assert process.stdout.read(1) == "{"
        process.stdout.close()
        assert process.stderr.read() == ""
        assert process.wait(timeout=60) == 1


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two stacks that differ, and a schema that is longer than any buffer."""
    directory = tmp_path_factory.mktemp("shop")
    for stack in ("dev", "prod"):
        write_project(directory, QUEUE, stack=stack)
    (directory / "settings.py").write_text("def json_schema():\n    return ['x' * 99] * 9999\n")
    return directory


needs_full = pytest.mark.skipif(not FULL.exists(), reason="only Linux has /dev/full")


@needs_full
@pytest.mark.parametrize(
    ("arguments", "before"),
    [
        (["settings", "schema"], []),
        (["parity", "--json"], []),
        (["rehearse", "dev"], []),
        (["rehearse", "dev", "--json"], ["preview dev ...", "deploy dev to simulated AWS ...", "drills ..."]),
        (["pipeline", "promotion"], []),
        (["--help"], []),
    ],
    ids=" ".join,
)
def test_a_full_disk_is_one_line(shop: Path, arguments: list[str], before: list[str]) -> None:
    project = [] if "--help" in arguments else ["--project", str(shop)]
    with FULL.open("w") as full:
        ended = subprocess.run(
            [*COMMAND, *arguments, *project], stdout=full, stderr=subprocess.PIPE, text=True, timeout=60, check=False
        )
    told = [line for line in ended.stderr.splitlines() if not line.startswith("drill ")]
    assert told == [*before, "standard output: cannot be written: No space left on device"]
    assert ended.returncode == 1


@needs_full
def test_what_is_refused_is_told_also_with_a_full_disk(shop: Path) -> None:
    with FULL.open("w") as full:
        command = [*COMMAND, "rehearse", "dve", "--project", str(shop)]
        ended = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, timeout=60, check=False)
    assert ended.stderr.startswith("stack: dve has no file Pulumi.dve.yaml")
    assert (len(ended.stderr.splitlines()), ended.returncode) == (1, 2)


def test_without_standard_output_nothing_begins(shop: Path) -> None:
    """The first file that a command opens would get its number, and what is printed would land in it."""
    script = '"$@" >&-'
    command = ["sh", "-c", script, "sh", *COMMAND, "rehearse", "dev", "--project", str(shop)]
    ended = subprocess.run(command, stderr=subprocess.PIPE, text=True, timeout=60, check=False)
    expected = "standard output: closed cannot be written; redirect it, if only to /dev/null\n"
    assert (ended.stderr, ended.returncode) == (expected, 2)


def test_an_encoding_that_lacks_a_character_is_one_line(shop: Path) -> None:
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    command = [*COMMAND, "rehearse", "dev", "--project", str(shop)]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=environment)
    (line,) = [line for line in ended.stderr.splitlines() if not line.startswith("drill ")]
    assert line.startswith("standard output: cannot be written in ascii, which has no ")
    assert ended.returncode == 1
