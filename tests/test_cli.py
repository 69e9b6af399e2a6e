"""The command line: exit codes, what stands on standard output and error, and every wrong input of it."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml

from mcp_ops.cli import main
from mcp_ops.rehearsal.drills import DRILLS
from tests.support.projects import write_project

OURS = Path(__file__).parent.parent
DRILL_NAMES = ", ".join(drill.name for drill in DRILLS)
MUST_NOT_RUN = "raise SystemError('the program must not run')\n"
QUEUE = """
    import os
    import subprocess
    import sys
    import pulumi
    import pulumi_aws as aws

    print("printed by the program")
    sys.stdout.flush()
    subprocess.run(["echo", "printed by a child"], check=True)
    queue = aws.sqs.Queue("orders", tags={"token": pulumi.Config().require_secret("token")})
    parameter = aws.ssm.Parameter("key", type="SecureString", value=pulumi.Config().require_secret("token"))
    pulumi.export("url", queue.url)
    pulumi.export("token", pulumi.Config().require_secret("token"))
"""
TOKEN = "  shop:token: {secure: v1:abc}\n"


class Told(NamedTuple):
    code: int
    out: str
    err: str


@pytest.fixture
def call(capfd: pytest.CaptureFixture[str]) -> Callable[..., Told]:
    """Returns a function that runs one command in this process."""

    def run(*arguments: object) -> Told:
        capfd.readouterr()
        try:
            code = main([str(argument) for argument in arguments])
        except SystemExit as end:
            code = int(end.code or 0)
        return Told(code, *capfd.readouterr())

    return run


def one_line(told: Told) -> str:
    """Returns the one line that a refused command prints."""
    assert told.code == 2
    assert set(told.out.splitlines()) <= {"preview dev ..."}
    (line,) = told.err.splitlines()
    return line


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return write_project(tmp_path / "shop", MUST_NOT_RUN)


Call = Callable[..., Told]


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["dve"], "stack: dve has no file Pulumi.dve.yaml in shop/; did you mean dev?"),
        (["prod"], "stack: prod has no file Pulumi.prod.yaml in shop/; known stacks: dev"),
        (["dev", "--only", "sreve"], f"--only: sreve is no drill; use one of: {DRILL_NAMES}"),
        (["dev", "--resources", "nowhere/r"], "--resources: nowhere/r cannot be written: No such file or directory"),
        (["dev", "--svg", "/"], "--svg: / cannot be written: Is a directory"),
        (["dev", "--only", ""], f"--only: '' is no drill; use one of: {DRILL_NAMES}"),
        (["dev", "--svg", "x", "--resources", "x"], "--svg: x is the file of --resources, too; name another one"),
    ],
)
def test_wrong_usage_is_one_line_and_runs_nothing(call: Call, shop: Path, arguments: list[str], line: str) -> None:
    assert one_line(call("rehearse", *arguments, "--project", shop)) == line


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("config: [\n", "Pulumi.dev.yaml:2:1: "),
        ("config:\n  a: 1\n  a: 2\n", "Pulumi.dev.yaml:3:3: \"duplicate key 'a'\" is not YAML"),
        ("text\n", "Pulumi.dev.yaml: text is no mapping of keys to values"),
    ],
)
def test_a_malformed_stack_file_is_one_line(call: Call, shop: Path, content: str, line: str) -> None:
    (shop / "Pulumi.dev.yaml").write_text(content)
    assert one_line(call("rehearse", "dev", "--project", shop)).startswith(line)


def test_a_folder_without_a_project_is_one_line(call: Call, tmp_path: Path) -> None:
    expected = f"--project: {tmp_path} holds no Pulumi.yaml; name the folder of a Pulumi project"
    for command in (["rehearse", "dev"], ["parity"], ["settings", "schema"]):
        assert one_line(call(*command, "--project", tmp_path)) == expected


def test_a_refused_rehearsal_leaves_output_files_as_they_were(call: Call, shop: Path, tmp_path: Path) -> None:
    kept, absent = tmp_path / "kept", tmp_path / "absent"
    kept.write_text("of yesterday")
    call("rehearse", "dve", "--project", shop, "--resources", kept, "--svg", absent)
    assert kept.read_text() == "of yesterday"
    assert not absent.exists()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_one_line(call: Call, tmp_path: Path) -> None:
    directory = write_project(tmp_path, "import pulumi\n")
    told = call("rehearse", "dev", "--project", directory, "--resources", "/dev/full")
    assert told.code in {0, 2}  # nothing is written when nothing is registered
    directory = write_project(tmp_path, "import pulumi_aws as aws\naws.sqs.Queue('q')\n")
    told = call("rehearse", "dev", "--project", directory, "--resources", "/dev/full")
    assert told.code == 2
    assert told.err.splitlines()[-1] == "--resources: /dev/full cannot be written: No space left on device"


@pytest.mark.parametrize("form", [[], ["--json"]], ids=["report", "json"])
def test_a_drill_that_does_not_apply_is_refused_by_name_and_skipped_otherwise(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: list[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    directory = write_project(tmp_path, "import pulumi_aws as aws\naws.sqs.Queue('q')\n")
    told = call("rehearse", "dev", "--project", directory, "--only", "restore", "--resources", tmp_path / "r", *form)
    assert told.code == 2
    progress = ["preview dev ...", "deploy dev to simulated AWS ...", "drills ..."]
    assert told.out.splitlines() == ([] if form else progress)
    expected = "--only: restore does not apply to dev: the stack has no restore testing plan"
    assert told.err.splitlines() == [*(progress if form else []), expected]
    assert not (tmp_path / "r").exists()
    everything = call("rehearse", "dev", "--project", directory, *form)
    assert everything.code == 0
    assert "the stack has no restore testing plan" in everything.out


def test_drills_can_be_left_out(call: Call, tmp_path: Path) -> None:
    directory = write_project(tmp_path, "import pulumi_aws as aws\naws.sqs.Queue('q')\n")
    told = call("rehearse", "dev", "--project", directory, "--no-drills")
    assert told.code == 0
    assert "1 resources · 1 executed · no drill ran" in told.out
    assert "does not apply" not in told.out
    document = json.loads(call("rehearse", "dev", "--project", directory, "--no-drills", "--json").out)
    assert (document["passed"], document["drills"], document["not_applicable"]) == (True, [], {})
    both = call("rehearse", "dev", "--project", directory, "--no-drills", "--only", "serve")
    assert both.code == 2
    assert "not allowed with argument" in both.err


@pytest.fixture
def ours(tmp_path: Path) -> Callable[[Callable[[dict[str, object]], None]], Path]:
    """Returns a function that copies this project, with its dev settings changed."""

    def copied(change: Callable[[dict[str, object]], None]) -> Path:
        shutil.copytree(OURS / "infra", tmp_path / "infra", ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(OURS / "Pulumi.yaml", tmp_path)
        document = yaml.safe_load((OURS / "Pulumi.dev.yaml").read_text())
        change(document["config"])
        (tmp_path / "Pulumi.dev.yaml").write_text(yaml.safe_dump(document))
        return tmp_path

    return copied


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"mcp-ops:netwrok": {}}, ["netwrok", "network"]),
        ({"mcp-ops:servers": []}, ["servers"]),
        ({"mcp-ops:budget": {"monthlyUsd": "much"}}, ["budget.monthlyUsd", "much"]),
        ({"mcp-ops:account": "12345"}, ["account", "12345", "12"]),
    ],
)
def test_wrong_settings_are_one_line_with_place_value_and_rule(
    call: Call,
    ours: Callable[[Callable[[dict[str, object]], None]], Path],
    changes: dict[str, object],
    words: list[str],
) -> None:
    line = one_line(call("rehearse", "dev", "--project", ours(lambda config: config.update(changes))))
    assert line.startswith("Pulumi.dev.yaml")
    assert all(word in line for word in words)


def test_two_wrong_settings_are_two_lines(
    call: Call, ours: Callable[[Callable[[dict[str, object]], None]], Path]
) -> None:
    told = call(
        "rehearse",
        "dev",
        "--project",
        ours(lambda config: config.update({"mcp-ops:account": "1", "mcp-ops:budget": {"monthlyUsd": "much"}})),
    )
    lines = told.err.splitlines()
    assert (told.code, len(lines)) == (2, 2)
    assert "account" in lines[0] + lines[1]
    assert "budget.monthlyUsd" in lines[0] + lines[1]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "required: COMMAND"),
        (["rehearse"], "required: stack"),
        (["reherse", "dev"], "invalid choice: 'reherse'"),
        (["rehearse", "dev", "--jsn"], "unrecognized arguments: --jsn"),
        (["settings"], "required: COMMAND"),
    ],
)
def test_wrong_arguments_are_a_usage_error(call: Call, arguments: list[str], words: str) -> None:
    told = call(*arguments)
    assert (told.code, told.out) == (2, "")
    assert words in told.err
    assert told.err.startswith("usage: mcp-ops")


@pytest.fixture(scope="module")
def passed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Told, Path]:
    """One rehearsal with every output, as a process."""
    directory = write_project(tmp_path_factory.mktemp("passed"), QUEUE, TOKEN)
    told = process(
        "rehearse", "dev", "--project", directory, "--json", "--resources", directory / "resources",
        "--svg", directory / "report.svg"
    )  # fmt: skip
    return told, directory


def process(*arguments: object) -> Told:
    """Runs the command as a user does."""
    command = [sys.executable, "-m", "mcp_ops.cli", *map(str, arguments)]
    ended = subprocess.run(
        command, capture_output=True, text=True, timeout=50, check=False, env={**os.environ, "COLUMNS": "80"}
    )
    return Told(ended.returncode, ended.stdout, ended.stderr)


def test_json_is_one_document_and_nothing_else_even_if_the_program_prints(passed: tuple[Told, Path]) -> None:
    told, _ = passed
    assert told.code == 0, told.err
    document = json.loads(told.out)
    assert set(document) >= {
        "project", "stack", "passed", "seconds", "peak_rss_mb", "resources", "outputs", "drills", "errors",
    }  # fmt: skip
    assert document["passed"] is True
    assert document["resources"]["total"] == document["resources"]["executed"] == 2
    assert document["resources"]["by_type"] == {"aws:sqs/queue:Queue": 1, "aws:ssm/parameter:Parameter": 1}
    assert document["outputs"]["token"] == "[secret]"
    assert "printed by the program" in told.err
    assert "printed by a child" in told.err


def test_resources_are_one_object_a_line_with_secrets_masked(passed: tuple[Told, Path]) -> None:
    _, directory = passed
    text = (directory / "resources").read_text()
    lines = [json.loads(line) for line in text.splitlines()]
    assert [line["name"] for line in lines] == ["orders", "key"]
    for line in lines:
        assert set(line) == {
            "urn", "type", "name", "parent", "custom", "inputs", "outputs", "fidelity", "operations", "dependencies",
            "protect", "retain_on_delete",
        }  # fmt: skip
    assert "rehearsal-secret" not in text
    assert lines[1]["inputs"]["value"] == "[secret]"


def test_the_picture_shows_the_report_also_beside_json(passed: tuple[Told, Path]) -> None:
    _, directory = passed
    picture = (directory / "report.svg").read_text()
    assert picture.startswith("<svg")
    assert "sqs.Queue" in picture
    assert "deploy" in picture


def test_a_report_off_a_terminal_is_plain_text(call: Call, tmp_path: Path) -> None:
    told = call(
        "rehearse", "dev", "--project", write_project(tmp_path, "import pulumi_aws as aws\naws.sqs.Queue('q')\n")
    )
    assert told.code == 0
    assert "\x1b" not in told.out
    assert told.out.splitlines()[:3] == ["preview dev ...", "deploy dev to simulated AWS ...", "drills ..."]
    assert "passed  1 resources · 1 executed" in told.out


@pytest.mark.parametrize(
    "program",
    [
        "import pulumi_aws as aws\naws.sqs.Queue('q', name='x' * 100)\n",
        "import pulumi\npulumi.export('rehearsal', {'servers': {'x': 1}})\n",
        "1 / 0\n",
    ],
)
def test_a_failed_resource_drill_or_program_is_exit_code_1(call: Call, tmp_path: Path, program: str) -> None:
    told = call("rehearse", "dev", "--project", write_project(tmp_path, program))
    assert told.code == 1
    assert "\nfailed  " in told.out
    assert "Traceback" not in told.out + told.err


def test_a_strict_rehearsal_turns_warnings_into_exit_code_1(call: Call, tmp_path: Path) -> None:
    program = """
        import pulumi_aws as aws
        group = aws.ec2.SecurityGroup("g")
        aws.vpc.SecurityGroupIngressRule(
            "ssh", security_group_id=group.id, cidr_ipv4="0.0.0.0/0", ip_protocol="tcp", from_port=22, to_port=22
        )
    """
    directory = write_project(tmp_path, program)
    assert call("rehearse", "dev", "--project", directory).code == 0
    assert call("rehearse", "dev", "--project", directory, "--strict").code == 1


def test_an_unknown_type_is_let_through_on_demand(call: Call, tmp_path: Path) -> None:
    program = (
        "import pulumi_aws as aws\naws.gamelift.Alias('a', routing_strategy={'type': 'TERMINAL', 'message': 'x'})\n"
    )
    directory = write_project(tmp_path, program)
    refused = call("rehearse", "dev", "--project", directory)
    assert refused.code == 1
    assert "go on without them: --allow-unknown" in refused.out
    assert call("rehearse", "dev", "--project", directory, "--allow-unknown").code == 0


def test_the_schema_of_the_settings_is_printed(call: Call) -> None:
    told = call("settings", "schema", "--project", OURS)
    assert told.code == 0
    assert "$defs" in json.loads(told.out)


def test_a_project_without_settings_has_no_schema(call: Call, shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "settings"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "path", [entry for entry in sys.path if not entry.endswith("infra")])
    line = one_line(call("settings", "schema", "--project", shop))
    assert line.startswith(f"--project: {shop} has no settings module with a json_schema function: ")


def test_a_missing_extra_is_named(call: Call, shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    find = __import__("importlib.util").util.find_spec
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == "moto" else find(name))
    expected = "mcp-ops: moto is not installed; run: pip install 'mcp-ops[rehearsal]'"
    assert one_line(call("rehearse", "dev", "--project", shop)) == expected


def test_an_interrupted_command_ends_with_130(call: Call, shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("mcp_ops.rehearsal.rehearse.load_project", interrupted)
    assert call("rehearse", "dev", "--project", shop) == (130, "", "")


def test_parity_is_told_in_both_forms(call: Call, tmp_path: Path) -> None:
    program = "import pulumi, pulumi_aws as aws\naws.sqs.Queue('q', delay_seconds=len(pulumi.get_stack()))\n"
    for stack in ("dev", "prod"):
        write_project(tmp_path, program, stack=stack)
    told = call("parity", "--project", tmp_path, "--json")
    document = json.loads(told.out)
    assert (told.code, document["passed"], document["stacks"]) == (1, False, ["dev", "prod"])
    told = call("parity", "--project", tmp_path)
    assert told.code == 1
    assert "failed" in told.out
    assert "delaySeconds" in told.out
    write_project(tmp_path, "import pulumi_aws as aws\naws.sqs.Queue('q')\n")
    assert call("parity", "--project", tmp_path).code == 0


def test_wrong_input_to_a_process_is_one_line_and_exit_code_2(shop: Path) -> None:
    told = process("rehearse", "dve", "--project", shop)
    assert told == (2, "", "stack: dve has no file Pulumi.dve.yaml in shop/; did you mean dev?\n")
