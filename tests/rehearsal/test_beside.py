"""Other stacks, built next to the rehearsed one: in a copy of the process where that is possible."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from tests.support.projects import write_project

from mcp_ops.errors import InputError, Offence
from mcp_ops.rehearsal import beside as module
from mcp_ops.rehearsal.beside import Beside
from mcp_ops.rehearsal.monitor import MissingReference
from mcp_ops.rehearsal.record import Run
from mcp_ops.rehearsal.rehearse import Options, rehearsed
from mcp_ops.rehearsal.simulator.places import Place

copied = pytest.mark.skipif(not module.CAN_FORK, reason="processes cannot be copied on this system")


class Built:
    """Builds runs that tell which process built them, and counts how often that is asked of this one."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, stack: str) -> Run:
        self.asked.append(stack)
        return Run("shop", stack, warnings=[str(os.getpid())])


@pytest.fixture
def built() -> Built:
    return Built()


@pytest.fixture
def beside(built: Built) -> Iterator[Beside]:
    with closing(Beside(built, built)) as found:
        yield found


@copied
def test_what_was_begun_is_built_by_another_process(beside: Beside, built: Built) -> None:
    beside.begin("prod")
    (process,) = beside("prod").warnings
    assert process != str(os.getpid())
    assert built.asked == []


@copied
def test_what_refers_to_stacks_that_nobody_has_built_is_built_again_with_a_preview(built: Built) -> None:
    with closing(Beside(built, _raising(MissingReference("acme/network/live")))) as beside:
        beside.begin("prod")
        assert beside("prod").warnings == [str(os.getpid())]
    assert built.asked == ["prod"]


@copied
def test_a_stack_is_built_once(beside: Beside, built: Built) -> None:
    beside.begin("prod")
    beside.begin("prod")
    run = beside("prod")
    beside.begin("prod")
    assert beside("prod") is run
    assert built.asked == []


def test_what_was_not_begun_is_built_here_and_once(beside: Beside, built: Built) -> None:
    run = beside("prod")
    assert run.warnings == [str(os.getpid())]
    assert beside("prod") is run
    assert built.asked == ["prod"]


def test_where_processes_cannot_be_copied_it_is_built_here(
    beside: Beside, built: Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CAN_FORK", False)
    beside.begin("prod")
    assert beside("prod").warnings == [str(os.getpid())]
    assert built.asked == ["prod"]


def _raising(error: Exception) -> Callable[[str], Run]:
    def build(_: str) -> Run:
        raise error

    return build


def _never(stack: str) -> Run:
    raise AssertionError(f"{stack} is to be built by another process")


@copied
def test_wrong_settings_are_told_as_they_would_be_here() -> None:
    with closing(Beside(_never, _raising(InputError(Offence("servers", 0, "is too few"))))) as beside:
        beside.begin("prod")
        with pytest.raises(InputError, match="servers: 0 is too few"):
            beside("prod")


@copied
def test_a_process_that_ends_early_is_told() -> None:
    with closing(Beside(_never, lambda _: os._exit(9))) as beside:
        beside.begin("prod")
        with pytest.raises(ChildProcessError, match="ended with code 9"):
            beside("prod")


@copied
def test_what_nobody_asked_for_is_ended(tmp_path: Path) -> None:
    def build(stack: str) -> Run:
        (tmp_path / "process").write_text(str(os.getpid()))
        time.sleep(600)
        return Run("shop", stack)

    with closing(Beside(_never, build)) as beside:
        beside.begin("prod")
        while not (tmp_path / "process").exists() or not (tmp_path / "process").read_text():
            time.sleep(0.01)
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "process").read_text()), 0)


@copied
def test_a_rehearsal_holds_its_own_stack_only(tmp_path: Path) -> None:
    program = """
        import pulumi
        import pulumi_aws as aws

        aws.s3.Bucket("documents", bucket=f"documents-of-{pulumi.get_stack()}")
    """
    for stack in ("dev", "prod"):
        write_project(tmp_path, program, stack=stack)
    with rehearsed(tmp_path, "dev", Options()) as (found, stage):
        isolate = next(outcome for outcome in found.drills if outcome.name == "isolate")
        assert (isolate.passed, isolate.evidence.facts["stacks"]) == (True, ["dev", "prod"])
        (bucket,) = found.run.resources()
        s3 = stage.cloud.client("s3", Place(bucket.account, bucket.region))
        assert [item["Name"] for item in s3.list_buckets()["Buckets"]] == ["documents-of-dev"]


def test_a_counterpart_that_alone_refers_to_another_project_is_built_with_it(tmp_path: Path) -> None:
    queue = "import pulumi, pulumi_aws as aws\npulumi.export('url', aws.sqs.Queue(pulumi.get_stack()).url)\n"
    write_project(tmp_path / "network", queue, name="network", stack="live")
    program = """
        import pulumi
        import pulumi_aws as aws

        name = pulumi.get_stack()
        target = "none"
        if name == "prod":
            target = pulumi.StackReference("acme/network/live").require_output("url")
        aws.sqs.Queue(f"orders-{name}", tags={"target": target})
    """
    for stack in ("dev", "prod"):
        write_project(tmp_path / "shop", program, stack=stack)
    with rehearsed(tmp_path / "shop", "dev", Options()) as (found, stage):
        assert [outcome.evidence.summary for outcome in found.drills if not outcome.passed] == []
        assert [outcome.name for outcome in found.drills] == ["isolate"]
        (queue_of_prod,) = stage.beside("prod").resources()
        assert "sqs.eu-central-1.amazonaws.com" in str(queue_of_prod.inputs["tags"]["target"])
