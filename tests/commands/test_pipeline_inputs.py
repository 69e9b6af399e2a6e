"""Wrong input of `mcp-ops pipeline`: one line with code 2, and no program is started for it."""

from pathlib import Path

import pytest

from mcp_ops.cli import main
from tests.commands.test_wrong_calls import refused
from tests.support.projects import write_project

IMAGE = ["ghcr.io/example/x", "--tag", "1"]
STEPS = [["preview", "dev"], ["drift", "dev"], ["deploy", "dev"]]
PROGRAM = """\
#!/bin/sh
echo "$0 $*" >> {log}
exit 1
"""


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file in which `docker`, `pulumi`, `gh` and scanners, none of them the real one, note that they ran."""
    programs, log = tmp_path / "programs", tmp_path / "log"
    programs.mkdir()
    for name in ("docker", "pulumi", "gh", "osv-scanner", "pip-audit", "gitleaks"):
        (programs / name).write_text(PROGRAM.format(log=log))
        (programs / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:/bin:/usr/bin")
    for name in ("GITHUB_REPOSITORY", "GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"):
        monkeypatch.delenv(name, raising=False)
    return log


@pytest.fixture
def project(tmp_path: Path, log: Path) -> Path:  # noqa: ARG001 - programs come first, whatever a test asks for
    """A project with a folder to build from, and one that holds no Dockerfile."""
    directory = write_project(tmp_path / "shop", "raise SystemError('the program must not run')\n")
    for folder in ("servers/weather", "docs"):
        (directory / folder).mkdir(parents=True)
    (directory / "servers/weather/Dockerfile").write_text("FROM scratch\n")
    (directory / "odd" / "Dockerfile").mkdir(parents=True)
    return directory


@pytest.mark.parametrize(
    ("context", "line"),
    [
        ("servers/wether", ("context: servers/wether is no folder that can be read: No such file or directory; name "
         "the folder with the Dockerfile")),
        ("servers/weather/Dockerfile", ("context: servers/weather/Dockerfile is no folder that can be read: Not a "
         "directory; name the folder with the Dockerfile")),
        ("", "context: '' is no path; name the folder with the Dockerfile"),
        ("docs", "context: docs holds no Dockerfile"),
        ("odd", "context: odd holds no Dockerfile"),
    ],
)  # fmt: skip
def test_an_image_is_not_begun_without_a_dockerfile(
    project: Path, log: Path, capsys: pytest.CaptureFixture[str], context: str, line: str
) -> None:
    assert refused(capsys, "pipeline", "image", context, *IMAGE, "--project", project) == [line]
    assert not log.exists()


@pytest.mark.parametrize("absolute", [False, True])
def test_a_folder_with_a_dockerfile_is_built(project: Path, log: Path, *, absolute: bool) -> None:
    context = str(project / "servers/weather") if absolute else "servers/weather"
    assert main(["pipeline", "image", context, *IMAGE, "--project", str(project)]) == 2
    assert "docker buildx create" in log.read_text()


@pytest.mark.parametrize("wrong", [["", "--tag", "1"], ["Big/x", "--tag", "1"], ["ghcr.io/x", "--tag", ""]])
def test_an_image_is_not_begun_with_a_malformed_name(
    project: Path, log: Path, capsys: pytest.CaptureFixture[str], wrong: list[str]
) -> None:
    (line,) = refused(capsys, "pipeline", "image", "servers/weather", *wrong, "--project", project)
    assert line.startswith(("repository: ", "--tag: "))
    assert not log.exists()


def test_an_image_is_not_begun_when_its_digest_could_not_be_told(
    project: Path, log: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITHUB_OUTPUT", "/nowhere/output")
    told = refused(capsys, "pipeline", "image", "servers/weather", *IMAGE, "--project", project)
    assert told == ["GITHUB_OUTPUT: /nowhere/output cannot be written: No such file or directory"]
    assert not log.exists()


@pytest.mark.parametrize("step", STEPS, ids=" ".join)
def test_a_step_whose_summary_cannot_be_written_does_not_begin(
    project: Path, log: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, step: list[str]
) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(project))
    told = refused(capsys, "pipeline", *step, "--project", project)
    assert told == [f"GITHUB_STEP_SUMMARY: {project} cannot be written: Is a directory"]
    assert not log.exists()


@pytest.mark.parametrize("step", STEPS, ids=" ".join)
def test_a_step_of_an_unknown_stack_names_those_that_are_known(
    project: Path, log: Path, capsys: pytest.CaptureFixture[str], step: list[str]
) -> None:
    told = refused(capsys, "pipeline", step[0], "prod", "--project", project)
    assert told == ["stack: prod has no file Pulumi.prod.yaml in shop/; known stacks: dev"]
    (project / "Pulumi.yaml").unlink()
    told = refused(capsys, "pipeline", *step, "--project", project)
    assert told == [f"--project: {project} holds no Pulumi.yaml; name the folder of a Pulumi project"]
    assert not log.exists()


def test_a_stack_file_where_pulumi_looks_for_it_is_found(project: Path, log: Path) -> None:
    (project / "Pulumi.yaml").write_text("name: shop\nruntime: python\nstackConfigDir: stacks\n")
    (project / "stacks").mkdir()
    (project / "Pulumi.dev.yaml").rename(project / "stacks" / "Pulumi.dev.yaml")
    assert main(["pipeline", "preview", "dev", "--project", str(project)]) == 1
    assert "pulumi preview --stack dev" in log.read_text()


def test_every_unknown_scanner_is_told_and_none_is_run(
    project: Path, log: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = refused(capsys, "pipeline", "scan", "gitleaks", "trivy", "", "--project", project)
    rule = "is not known; use osv-scanner, pip-audit, gitleaks"
    assert told == [f"scanner: trivy {rule}", f"scanner: '' {rule}"]
    assert not log.exists()
