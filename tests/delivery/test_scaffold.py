"""What `mcp-ops init` writes: a repository that passes its own checks and rehearses green."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from mcp_ops.cli import main
from mcp_ops.delivery.scaffold.project import FILES, STACKS
from mcp_ops.rehearsal.parity import compared
from mcp_ops.rehearsal.rehearse import Options, rehearsed

ROOT = Path(__file__).parents[2]
ACCOUNTS = "111111111111,222222222222,333333333333"
GIVEN = ["--owner", "acme", "--domain", "example.com", "--accounts", ACCOUNTS]


def written(directory: Path, *more: str) -> Path:
    assert main(["init", str(directory), *GIVEN, *more]) == 0
    return directory


def test_every_file_is_there_and_nothing_is_left_open(tmp_path: Path) -> None:
    where = written(tmp_path / "operations", "--code-owner", "@acme/platform")
    files = [file for file in where.rglob("*") if file.is_file()]
    workflows = {file.name for file in (where / ".github/workflows").iterdir()}
    assert len(files) == len(FILES) + len(STACKS) + len(workflows)
    assert workflows == {
        "ci.yml", "deploy-stack.yml", "deploy.yml", "drift.yml", "image.yml", "pull-request.yml", "rollback.yml",
        "scorecard.yml", "security.yml",
    }  # fmt: skip
    for file in files:
        assert "@@" not in file.read_text(), file
    assert "* @acme/platform" in (where / ".github/CODEOWNERS").read_text()
    prod = yaml.safe_load((where / "Pulumi.prod.yaml").read_text())["config"]
    assert prod["operations:github"]["repositoryWide"] == "adopt"
    assert prod["operations:account"] == "333333333333"


@pytest.mark.parametrize(
    "name", ["deploy-stack", "deploy", "drift", "image", "pull-request", "rollback", "scorecard", "security"]
)
def test_workflows_are_those_of_this_repository(tmp_path: Path, name: str) -> None:
    ours = ROOT / f".github/workflows/{name}.yml"
    theirs = written(tmp_path / "operations") / f".github/workflows/{name}.yml"
    assert theirs.read_text() == ours.read_text()


@pytest.mark.parametrize("tool", [["zizmor", "--offline", "--quiet", ".github"],
                                  ["check-jsonschema", "--builtin-schema", "vendor.github-workflows"],
                                  ["ruff", "check", "--isolated", "--config", "ruff.toml", "."],
                                  ["ruff", "format", "--check", "--config", "ruff.toml", "."]])  # fmt: skip
def test_its_own_checks_pass(tmp_path: Path, tool: list[str]) -> None:
    where = written(tmp_path / "operations")
    program = Path(sys.executable).with_name(tool[0])
    if not program.exists():
        pytest.fail(f"{tool[0]} is not installed; make setup")
    files = sorted(map(str, (where / ".github/workflows").iterdir())) if tool[0] == "check-jsonschema" else []
    command = [str(program), *(part for part in tool[1:] if part != "--isolated"), *files]
    ended = subprocess.run(command, cwd=where, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr


@pytest.mark.slow
@pytest.mark.timeout(180)
@pytest.mark.parametrize(
    "more",
    [["--plan", "team", "--visibility", "public"], ["--plan", "enterprise", "--maintainers", "1"], []],
)
def test_its_stacks_are_alike(tmp_path: Path, more: list[str]) -> None:
    parity = compared(written(tmp_path / "operations", *more))
    assert parity.passed, parity.as_json()


@pytest.mark.slow
@pytest.mark.timeout(180)
@pytest.mark.parametrize("more", [["--plan", "team", "--visibility", "public"], []])
def test_it_rehearses_green(tmp_path: Path, more: list[str]) -> None:
    with rehearsed(written(tmp_path / "operations", *more), "prod", Options(strict=True)) as (found, _):
        assert found.errors == []
        assert {outcome.name for outcome in found.drills} >= {"isolate", "protect", "deploy-role"}
        assert [outcome for outcome in found.drills if not outcome.passed] == []


def test_its_promotion_passes(tmp_path: Path) -> None:
    where = written(tmp_path / "operations")
    assert main(["pipeline", "promotion", "--project", str(where)]) == 0


def test_nothing_is_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    where = written(tmp_path / "operations")
    (where / "Makefile").write_text("mine")
    assert main(["init", str(where), *GIVEN]) == 2
    assert "is there already; name an empty folder" in capsys.readouterr().err
    assert (where / "Makefile").read_text() == "mine"


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        (["--accounts", "1,2"], "--accounts: 1,2 are not three: dev, staging, prod"),
        (["--accounts", "1,222222222222,333333333333"], "--accounts: 1 is not an AWS account id; it has 12 digits"),
        (["--domain", "Example"], "--domain: Example is not a domain"),
        (["--region", "mars"], "--region: mars is not an AWS region; write it like eu-west-1"),
        (["--name", "Shop!"], "--name: Shop! is not the name of a project"),
        (["--owner-id", "acme"], "--owner-id: acme is not an id of GitHub"),
        (["--plan", "pro"], "--plan: pro is not one of free, team, enterprise"),
        (["--visibility", "hidden"], "--visibility: hidden is not one of public, private, internal"),
        (["--maintainers", "0"], "--maintainers: 0 is not at least 1"),
    ],
)
def test_wrong_answers_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], changes: list[str], line: str
) -> None:
    assert main(["init", str(tmp_path / "operations"), *GIVEN, *changes]) == 2
    assert line in capsys.readouterr().err
    assert not (tmp_path / "operations").exists()


@pytest.mark.skipif(shutil.which("go") is None, reason="needs go")
@pytest.mark.slow
@pytest.mark.timeout(200)
def test_actionlint_accepts_the_workflows(tmp_path: Path) -> None:
    where = written(tmp_path / "operations")
    files = sorted(map(str, (where / ".github/workflows").iterdir()))
    command = ["go", "run", "github.com/rhysd/actionlint/cmd/actionlint@v1.7.12", *files]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=180, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
