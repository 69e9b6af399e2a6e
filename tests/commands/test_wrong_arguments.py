"""Arguments that every command, or several, take: refused before a command begins, each with one line and code 2."""

import sys
from pathlib import Path

import pytest

from mcp_ops.cli import main
from tests.commands.test_wrong_calls import INIT, URL, refused
from tests.support.projects import write_project

MUST_NOT_RUN = "raise SystemError('the program must not run')\n"
OF_A_STACK = [
    ["rehearse"],
    ["secrets", "status"],
    ["backups", "status"],
    ["dashboard", "--output", "page.html"],
    ["release", "status"],
    ["pipeline", "preview"],
    ["pipeline", "deploy"],
    ["pipeline", "drift"],
]
"""Commands whose last argument is the stack."""
OF_A_PROJECT = [
    *([*command, "dev"] for command in OF_A_STACK),
    ["parity"],
    ["settings", "schema"],
    ["backups", "restore", "dev", "notes", "--to", "dev-restored-notes"],
    ["release", "verify", URL],
    ["release", "rollback", "dev", "weather"],
    ["pipeline", "promotion"],
    ["pipeline", "image", ".", "ghcr.io/example/x", "--tag", "1"],
    ["pipeline", "scan"],
]
"""Every command but `init`, complete without `--project`."""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project; the working directory is another folder, which has to stay empty."""
    empty = tmp_path / "empty"
    empty.mkdir()
    monkeypatch.chdir(empty)
    return write_project(tmp_path / "shop", MUST_NOT_RUN)


@pytest.mark.parametrize("command", OF_A_PROJECT, ids=" ".join)
def test_a_project_that_is_no_folder_is_refused(
    project: Path, capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    rules = {
        "/nowhere": "/nowhere is no folder that can be read: No such file or directory",
        f"{project}/Pulumi.yaml": f"{project}/Pulumi.yaml is no folder that can be read: Not a directory",
        "": "'' is no folder that can be read: No such file or directory",
    }
    for given, rule in rules.items():
        told = refused(capsys, *command, "--project", given)
        assert [line[:60] for line in told] == [f"--project: {rule}"[:60]]
    assert list(Path().iterdir()) == []


@pytest.mark.parametrize("command", OF_A_STACK, ids=" ".join)
def test_a_stack_without_a_name_is_refused(
    project: Path, capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    rule = "is no name of a stack; it has 1 to 100 letters, digits, hyphens, underscores and periods"
    for given, shown in {"": "''", "a b": "'a b'", "../dev": "../dev", "Zürich": "Zürich"}.items():
        assert refused(capsys, *command, given, "--project", project) == [f"stack: {shown} {rule}"]


def test_a_stack_that_is_an_option_is_refused_as_one(capsys: pytest.CaptureFixture[str]) -> None:
    (line,) = refused(capsys, "release", "verify", URL, "--stack", "", "--server", "weather")
    assert line.startswith("--stack: '' is no name of a stack")


@pytest.mark.parametrize(
    ("command", "argument"),
    [
        (["rehearse", "dev", "--resources", ""], "--resources"),
        (["rehearse", "dev", "--svg", ""], "--svg"),
        (["dashboard", "dev", "--rehearse", "--output", ""], "--output"),
        (["release", "verify", URL, "--evidence", ""], "--evidence"),
        (["pipeline", "deploy", "dev", "--evidence", ""], "--evidence"),
        (["init", "", *INIT], "DIR"),
    ],
    ids=lambda value: " ".join(value[:2]) if isinstance(value, list) else value,
)
def test_no_path_is_not_taken_for_the_working_directory(
    project: Path, capsys: pytest.CaptureFixture[str], command: list[str], argument: str
) -> None:
    place = [] if command[0] == "init" else ["--project", project]
    assert refused(capsys, *command, *place) == [f"{argument}: '' is no path"]
    assert list(Path().iterdir()) == []


@pytest.mark.parametrize("folder", ["", "x" * 300])
def test_a_file_that_cannot_be_is_refused_before_anything_runs(
    project: Path, capsys: pytest.CaptureFixture[str], folder: str
) -> None:
    file = project / (folder or "Pulumi.yaml") / "resources"
    (line,) = refused(capsys, "rehearse", "dev", "--project", project, "--resources", file)
    assert line.startswith("--resources: /")
    assert line.endswith("cannot be written: File name too long" if folder else "cannot be written: Not a directory")


def test_a_region_that_is_none_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    line = "--region: nowhere is not an AWS region; write it like eu-west-1"
    assert refused(capsys, "dashboard", "dev", "--output", tmp_path / "x", "--region", "nowhere") == [line]


@pytest.mark.parametrize("part", ["arguments", "expect"])
def test_a_call_with_something_else_than_objects_is_refused(capsys: pytest.CaptureFixture[str], part: str) -> None:
    (line,) = refused(capsys, "release", "verify", URL, "--call", f'{{"tool": "double", "{part}": 5}}')
    assert line.endswith('is no JSON object like {"tool": "NAME", "arguments": {}, "expect": {}}')


@pytest.mark.parametrize(
    ("module", "rule"),
    [
        ("", "has no settings module with a json_schema function: write it into shop/settings.py"),
        ("def f(:\n", "has a settings module that fails: SyntaxError: invalid syntax (settings.py, line 1)"),
        ("import nowhere\n", "has a settings module that fails: ModuleNotFoundError: No module named 'nowhere'"),
        ("def json_schema():\n    1 / 0\n", "has a settings module that fails: ZeroDivisionError: division by zero"),
        ("def json_schema():\n    return {1}\n", ("has a settings module that fails: TypeError: Object of type set is "
         "not JSON serializable")),
    ],
    ids=["none", "malformed", "import", "raises", "no JSON"],
)  # fmt: skip
def test_a_settings_module_without_a_schema_is_refused(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, module: str, rule: str
) -> None:
    # Taken out, and after the test as it was: absent too.
    monkeypatch.setitem(sys.modules, "settings", None)
    monkeypatch.delitem(sys.modules, "settings")
    (project / "settings.py").write_text(module)
    told = refused(capsys, "settings", "schema", "--project", project)
    assert told == [f"--project: {project} {rule}"]


def test_the_names_that_pulumi_takes_are_taken(project: Path) -> None:
    """A stack with every kind of character is looked for, and told to have no file."""
    assert main(["rehearse", "Dev_1.eu-west", "--project", str(project)]) == 2
