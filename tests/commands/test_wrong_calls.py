"""Wrong calls of the commands: one line each with argument, value and rule, exit code 2, and nothing done."""

from pathlib import Path

import pytest

from mcp_ops.cli import main
from tests.support.projects import write_project

INIT = ["--owner", "acme", "--domain", "example.com", "--accounts", "111111111111,222222222222,333333333333"]
URL = "https://weather.example.com/mcp"
PLACE = """\
config:
  mcp-ops:environment: {environment}
  mcp-ops:account: {account}
  mcp-ops:regions: {{primary: {region}}}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return write_project(tmp_path / "shop", "raise SystemError('the program must not run')\n")


def place(project: Path, environment: str = "dev", account: str = '"111111111111"', region: str = "eu-west-1") -> None:
    text = PLACE.format(environment=environment, account=account, region=region)
    (project / "Pulumi.dev.yaml").write_text(text)


def refused(capsys: pytest.CaptureFixture[str], *arguments: object) -> list[str]:
    """Returns the lines that a refused call prints."""
    assert main([str(argument) for argument in arguments]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    return told.err.splitlines()


# --- The environment that a command works on


@pytest.mark.parametrize("command", [["secrets", "status"], ["backups", "status"], ["release", "status"]])
@pytest.mark.parametrize(
    ("wrong", "line"),
    [
        ({"region": "5"}, "regions.primary: 5 is not an AWS region; write it like eu-west-1"),
        ({"region": "europe"}, "regions.primary: europe is not an AWS region; write it like eu-west-1"),
        ({"account": "12"}, "account: 12 is not an AWS account id; it has 12 digits"),
        ({"environment": "[dev]"}, 'environment: ["dev"] is not the name of an environment'),
    ],
)
def test_a_stack_that_names_no_place_is_refused(
    project: Path, capsys: pytest.CaptureFixture[str], command: list[str], wrong: dict[str, str], line: str
) -> None:
    place(project, **wrong)
    assert refused(capsys, *command, "dev", "--project", project) == [f"Pulumi.dev.yaml: mcp-ops:{line}"]


def test_every_wrong_part_of_the_place_is_told_at_once(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place(project, "a b", "12", "europe")
    assert len(refused(capsys, "secrets", "status", "dev", "--project", project)) == 3


@pytest.mark.parametrize("command", [["secrets", "status"], ["release", "status"]])
def test_without_credentials_there_is_one_line(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, command: list[str]
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("HOME", str(project))
    place(project)
    (line,) = refused(capsys, *command, "dev", "--project", project)
    assert line.startswith("AWS: NoCredentialsError cannot be asked")


# --- Options


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["https://host:99999/mcp"], "url: https://host:99999/mcp is no address like https://host/path"),
        (["https://host"], "url: https://host is no address like https://host/path"),
        ([URL, "--latency", "nan"], "--latency: nan is not above 0 and at most 60 seconds"),
        ([URL, "--rehearse"], "--rehearse: True has no effect without --stack"),
        ([URL, "--digest", "sha256:1"], "--digest: sha256:1 is no digest; it is sha256: and 64 hex digits"),
        ([URL, "--call", "[]"], '--call: [] is no JSON object like {"tool": "NAME", "arguments": {}, "expect": {}}'),
        ([URL, "--evidence", "/nowhere/x"], "--evidence: /nowhere/x cannot be written: No such file or directory"),
    ],
)
def test_a_release_is_not_verified(capsys: pytest.CaptureFixture[str], arguments: list[str], line: str) -> None:
    assert line in refused(capsys, "release", "verify", *arguments)


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (["--region", "eu-west-1", "--rehearse"], ("--region: eu-west-1 has no effect with --rehearse; the stack names "
         "its region")),
        (["--fault", "slow tool"], "--fault: 'slow tool' goes with --rehearse only"),
    ],
)  # fmt: skip
def test_contradictory_options_make_no_dashboard(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], line: str
) -> None:
    file = tmp_path / "page.html"
    assert refused(capsys, "dashboard", "dev", "--output", file, *options) == [line]
    assert not file.exists()


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["preview", "dev", "--pull-request", "abc"], "--pull-request: abc is not the number of a pull request"),
        (["preview", "dev", "--pull-request", "7"], ("--pull-request: 7 is of no repository; give --repository "
         "OWNER/NAME")),
        (["drift", "dev", "--repository", "a b"], "--repository: 'a b' is not OWNER/NAME on GitHub"),
        (["deploy", "dev", "--repository", "operations"], "--repository: operations is not OWNER/NAME on GitHub"),
    ],
)  # fmt: skip
def test_a_step_that_could_tell_nobody_does_not_begin(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, arguments: list[str], line: str
) -> None:
    monkeypatch.delenv("GITHUB_REPOSITORY", raising=False)
    assert refused(capsys, "pipeline", *arguments, "--project", project) == [line]


def test_a_promotion_that_holds_says_so(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["pipeline", "promotion", "--project", str(project)]) == 0
    assert capsys.readouterr().out == "every image by digest has run in the environment before\n"


@pytest.mark.parametrize(
    ("config", "line"),
    [
        ("config: 5\n", "Pulumi.dev.yaml: config: 5 is no mapping of names to values"),
        ("config: {mcp-ops:servers: 5}\n", "Pulumi.dev.yaml: servers: 5 is no mapping of names to values"),
    ],
)
def test_a_promotion_of_something_else_is_refused(
    project: Path, capsys: pytest.CaptureFixture[str], config: str, line: str
) -> None:
    (project / "Pulumi.dev.yaml").write_text(config)
    (project / "Pulumi.prod.yaml").write_text("config: {}\n")
    assert refused(capsys, "pipeline", "promotion", "--project", project) == [line]


def test_a_program_that_is_not_there_is_named(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert main(["pipeline", "preview", "dev", "--project", str(project)]) == 1
    assert "pulumi is not installed" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "lines"),
    [
        (["--reviewer", "0"], ["--reviewer: 0 is not an id of GitHub, a whole number above 0"]),
        (["--code-owner", "a b"], ["--code-owner: 'a b' is not @user, @organization/team or an address"]),
        # The owner of the code follows from the owner: one cause, one line.
        (["--owner=-x"], ["--owner: -x is not the name of an organization or person on GitHub"]),
    ],
)
def test_no_repository_is_written_from_wrong_answers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], lines: list[str]
) -> None:
    assert refused(capsys, "init", tmp_path / "operations", *INIT, *options) == lines
    assert not (tmp_path / "operations").exists()


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("")
    where = tmp_path / "file" / "operations"
    (line,) = refused(capsys, "init", where, *INIT)
    assert line.startswith("DIR: ")
    assert line.endswith("cannot be written: Not a directory")
