"""The steps of the pipeline: what they call, whom they tell, and that nothing is passed which nobody looked at."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from mcp_ops import InputError
from mcp_ops.cli import main
from mcp_ops.delivery.pipeline import images, reports, scans, steps
from mcp_ops.delivery.pipeline.promotion import differences
from mcp_ops.delivery.pipeline.steps import Where
from mcp_ops.delivery.pipeline.tools import NOT_FOUND, TIMED_OUT, Finished, Tools, required

REPOSITORY = "example/operations"


class Fake:
    """Programs that answer by the words of their command."""

    def __init__(self, *answers: tuple[str, int, str]) -> None:
        self._answers = answers
        self.commands: list[str] = []
        self.texts: list[str] = []

    def __call__(self, command: Sequence[str], *, seconds: int, text: str = "") -> Finished:
        assert seconds > 0
        said = " ".join(command)
        self.commands.append(said)
        self.texts.append(text)
        return next((Finished(code, output) for words, code, output in self._answers if words in said), Finished(0, ""))


SERVERS = json.dumps(
    {"weather": {"url": "https://weather.example.com/mcp"}, "maps": {"url": "https://maps.example.com"}}
)


def verify(url: str) -> list[str]:
    return ["verify", url]


def test_programs_run_with_input_output_and_a_time_limit(tmp_path: Path) -> None:
    tools = Tools(tmp_path)
    echoed = tools(
        [sys.executable, "-c", "import sys; print(sys.stdin.read().upper()); sys.exit(3)"], seconds=20, text="a"
    )
    assert echoed == Finished(3, "A\n")
    assert tools(["no-such-program"], seconds=1) == Finished(NOT_FOUND, "no-such-program is not installed\n")
    late = tools([sys.executable, "-c", "import time; print('x', flush=True); time.sleep(60)"], seconds=1)
    assert late.code == TIMED_OUT
    assert "longer than its time limit" in late.output
    with pytest.raises(
        InputError, match="no-such-program: 'no-such-program is not installed' ended with exit code 127"
    ):
        required(tools, ["no-such-program"], seconds=1)


def test_a_preview_becomes_one_comment() -> None:
    tools = Fake(("pulumi preview", 0, "+ 1 to create"), ("gh api --paginate", 0, "[[]]"))
    assert steps.preview(Where(tools, "dev", REPOSITORY), "7")
    assert tools.commands[0] == "pulumi preview --stack dev --non-interactive --diff"
    assert "gh api --method POST repos/example/operations/issues/7/comments --input -" in tools.commands
    body = json.loads(tools.texts[-1])["body"]
    assert body.startswith("<!-- mcp-ops preview dev -->\n### Preview of dev: done")
    assert "+ 1 to create" in body


def test_the_next_preview_replaces_the_comment() -> None:
    own = json.dumps([[{"id": 1, "body": "hello"}, {"id": 2, "body": "<!-- mcp-ops preview dev -->\nold"}]])
    tools = Fake(("pulumi preview", 1, "error: broken"), ("gh api --paginate", 0, own))
    assert not steps.preview(Where(tools, "dev", REPOSITORY), "7")
    assert "gh api --method PATCH repos/example/operations/issues/comments/2 --input -" in tools.commands


def test_without_a_pull_request_nobody_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    tools = Fake()
    assert steps.preview(Where(tools, "dev"), "")
    assert len(tools.commands) == 1


def test_the_summary_of_the_job_is_written(tmp_path: Path) -> None:
    file = tmp_path / "summary.md"
    reports.summarised("done", {"GITHUB_STEP_SUMMARY": str(file)})
    reports.summarised("again", {"GITHUB_STEP_SUMMARY": str(file)})
    reports.summarised("nowhere", {})
    assert file.read_text() == "done\nagain\n"


def test_long_output_keeps_its_end() -> None:
    assert reports.shortened("short") == "short"
    text = reports.shortened("x" * 70_000 + "end")
    assert text.startswith("... 10,003 characters left out\n")
    assert text.endswith("end")


def test_drift_is_an_issue_that_is_closed_when_it_is_gone() -> None:
    tools = Fake(("pulumi refresh", 1, "~ 1 changed"), ("gh issue list", 0, "[]"))
    assert not steps.drift(Where(tools, "prod", REPOSITORY))
    assert tools.commands[0].startswith(
        "pulumi refresh --stack prod --non-interactive --preview-only --expect-no-changes"
    )
    assert tools.commands[1].startswith("pulumi preview --stack prod --non-interactive --refresh --expect-no-changes")
    assert "gh issue create --repo example/operations --title Drift in prod --body-file -" in tools.commands
    assert "What is there differs from what was deployed" in tools.texts[-1]
    known = json.dumps([{"number": 4, "title": "Drift in prod"}, {"number": 5, "title": "other"}])
    again = Fake(("pulumi preview", 1, "~ 1"), ("gh issue list", 0, known))
    assert not steps.drift(Where(again, "prod", REPOSITORY))
    assert "gh issue comment 4 --repo example/operations --body-file -" in again.commands
    gone = Fake(("gh issue list", 0, known))
    assert steps.drift(Where(gone, "prod", REPOSITORY))
    assert any(command.startswith("gh issue close 4") for command in gone.commands)
    assert steps.drift(Where(Fake(), "prod"))


def test_a_deployment_ends_with_verified_servers() -> None:
    clock = iter([100.0, 250.0, 300.0])
    tools = Fake(("stack output servers", 0, SERVERS))
    evidence = steps.deploy(Where(tools, "prod"), verify, lambda: next(clock))
    assert evidence["passed"] is evidence["withinTarget"] is True
    assert (evidence["updateSeconds"], evidence["seconds"]) == (150.0, 200.0)
    assert tools.commands[0] == "pulumi up --stack prod --non-interactive --yes --skip-preview"
    assert tools.commands[2:] == ["verify https://weather.example.com/mcp", "verify https://maps.example.com"]


@pytest.mark.parametrize(
    ("answer", "verified"),
    [
        (("pulumi up", 1, "error"), {}),
        (("verify https://maps", 1, "5xx"), {"weather": {"verified": True}, "maps": {"verified": False}}),
    ],
)
def test_a_failed_deployment_says_so(answer: tuple[str, int, str], verified: dict[str, Any]) -> None:
    evidence = steps.deploy(Where(Fake(answer, ("stack output servers", 0, SERVERS)), "prod"), verify)
    assert not evidence["passed"]
    assert evidence["servers"] == verified


def test_a_stack_without_servers_is_verified_by_its_update() -> None:
    evidence = steps.deploy(Where(Fake(("stack output", 1, "no output")), "dev"), verify)
    assert evidence["passed"]
    assert evidence["servers"] == {}


@pytest.mark.parametrize("output", ["warning: old\n{}", "[]", '{"weather": {}}', '{"weather": 5}', ""])
def test_an_output_that_is_none_is_told(output: str) -> None:
    tools = Fake(("stack output", 0, output))
    with pytest.raises(InputError, match="the stack was updated, and no server verified"):
        steps.deploy(Where(tools, "dev"), verify)


def stack(**images: str) -> dict[str, Any]:
    return {"config": {"mcp-ops:servers": {name: {"image": image} for name, image in images.items()}}}


A, B = "sha256:" + "a" * 64, "sha256:" + "b" * 64


def test_prod_runs_what_staging_ran() -> None:
    files = {"dev": stack(weather="r:1"), "staging": stack(weather=f"r@{A}"), "prod": stack(weather=f"r@{A}")}
    assert list(differences(files)) == []
    files["prod"] = stack(weather=f"r@{B}", maps=f"r@{A}")
    assert list(differences(files)) == [
        "prod: server weather runs sha256:bbbbbbbbbbbb..., staging runs sha256:aaaaaaaaaaaa...",
        "prod: server maps is not in staging, where it would have run first",
    ]
    plain = {
        "staging": {"config": {"shop:servers": {"x": f"r@{A}"}}},
        "prod": {"config": {"shop:servers": {"x": f"r@{B}"}}},
    }
    assert list(differences(plain)) == [
        "prod: server x runs sha256:bbbbbbbbbbbb..., staging runs sha256:aaaaaaaaaaaa..."
    ]
    assert list(differences({"dev": {}, "prod": {"config": None}})) == []


def test_a_scanner_that_cannot_look_fails(tmp_path: Path) -> None:
    (tmp_path / "requirements").mkdir()
    (tmp_path / "requirements" / "dev.txt").write_text("")
    quiet = scans.scanned(Fake(), tmp_path)
    assert quiet == {"osv-scanner": "passed", "pip-audit": "passed", "gitleaks": "passed"}
    tools = Fake(("osv-scanner", NOT_FOUND, "osv-scanner is not installed"), ("pip-audit", 0, "Name  Skip Reason\n"),
                 ("gitleaks", 1, "leaks found: 1"))  # fmt: skip
    assert scans.scanned(tools, tmp_path) == {
        "osv-scanner": "failed: exit code 127: osv-scanner is not installed",
        "pip-audit": "failed: it could not look at everything (Skip Reason)",
        "gitleaks": "failed: exit code 1: leaks found: 1",
    }
    audits = [command for command in tools.commands if command.startswith("pip-audit")]
    assert audits == ["pip-audit --strict --require-hashes --disable-pip --requirement requirements/dev.txt"]


def test_without_files_a_scanner_has_nothing_to_look_at(tmp_path: Path) -> None:
    assert scans.scanned(Fake(), tmp_path, ["pip-audit"]) == {"pip-audit": "nothing to look at"}


ECR = "111111111111.dkr.ecr.eu-central-1.amazonaws.com/dev/weather"


def pushed(
    tools: Fake, directory: Path, repository: str = ECR, tag: str = "abc", digest: str = A, metadata: str = ""
) -> str:
    (directory / "build.json").write_text(metadata or json.dumps({"containerimage.digest": digest}))
    return images.pushed(tools, directory, "servers/weather", repository, tag)


def test_an_image_is_scanned_and_signed_by_digest(tmp_path: Path) -> None:
    tools = Fake()
    assert pushed(tools, tmp_path) == A
    words = [command.split()[0] for command in tools.commands]
    assert words == ["bash", "docker", "docker", "env", "syft", "cosign", "cosign"]
    assert f"grype {ECR}@{A} --fail-on critical" in tools.commands[3]
    assert tools.commands[5] == f"cosign sign --yes {ECR}@{A}"
    elsewhere = Fake()
    pushed(elsewhere, tmp_path, "ghcr.io/example/weather")
    assert elsewhere.commands[0].startswith("docker")


@pytest.mark.parametrize(
    ("changes", "answer", "message"),
    [
        ({"repository": "Weather"}, None, "repository: Weather is malformed"),
        ({"tag": "a b"}, None, "--tag: 'a b' is malformed"),
        ({"metadata": "[]"}, None, "build.json: AttributeError tells no digest of an image: "),
        ({"metadata": "{"}, None, "build.json: JSONDecodeError tells no digest of an image: "),
        ({"digest": "none"}, None, "build.json: none is no digest of an image"),
        ({}, ("grype", 2, "critical found"), "env GRYPE_DB_REQUIRE_UPDATE_CHECK=true GRYPE_DB_VALIDATE_AGE=true: "),
    ],
)
def test_no_image_is_signed_after_a_failure(
    tmp_path: Path, changes: dict[str, str], answer: tuple[str, int, str] | None, message: str
) -> None:
    tools = Fake(*([answer] if answer else []))
    with pytest.raises(InputError, match=message):
        pushed(tools, tmp_path, **changes)
    assert not any(command.startswith("cosign") for command in tools.commands)


def project(directory: Path) -> Path:
    (directory / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (directory / "__main__.py").write_text("")
    for name, digest in (("staging", A), ("prod", B)):
        (directory / f"Pulumi.{name}.yaml").write_text(
            f"config:\n  mcp-ops:servers:\n    weather: {{image: r@{digest}}}\n"
        )
    return directory


def test_the_commands_end_with_exit_codes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    where = str(project(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("GITHUB_OUTPUT", str(tmp_path / "output"))
    assert main(["pipeline", "promotion", "--project", where]) == 1
    assert "prod: server weather runs" in capsys.readouterr().out
    assert main(["pipeline", "preview", "prod", "--project", where]) == 1
    assert main(["pipeline", "drift", "prod", "--project", where]) == 1
    assert main(["pipeline", "deploy", "prod", "--project", where, "--evidence", str(tmp_path / "evidence.json")]) == 1
    assert json.loads((tmp_path / "evidence.json").read_text())["updated"] is False
    assert main(["pipeline", "preview", "test", "--project", where]) == 2
    assert "stack: test has no file Pulumi.test.yaml" in capsys.readouterr().err
    assert main(["pipeline", "scan", "--project", where]) == 1
    assert main(["pipeline", "scan", "trivy", "--project", where]) == 2
    monkeypatch.setattr("mcp_ops.delivery.pipeline.images.pushed", lambda *_: A)
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "Dockerfile").write_text("FROM scratch\n")
    assert main(["pipeline", "image", "x", "ghcr.io/example/x", "--tag", "1", "--project", where]) == 0
    assert (tmp_path / "output").read_text() == f"digest={A}\n"
