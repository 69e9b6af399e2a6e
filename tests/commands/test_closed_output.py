"""Standard output that is closed before everything is read."""

import subprocess
import sys
from pathlib import Path

OURS = Path(__file__).parents[2]


def test_a_reader_that_has_read_enough_is_no_error() -> None:
    command = [sys.executable, "-m", "mcp_ops.cli", "settings", "schema", "--project", str(OURS)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stderr
        assert process.stdout.read(1) == "{"
        process.stdout.close()
        assert process.stderr.read() == ""
        assert process.wait(timeout=60) == 1
