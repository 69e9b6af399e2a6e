"""Drills side by side: each in a copy of the process, where that is possible."""

import itertools
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from tests.support.projects import write_project

from mcp_ops.rehearsal import drilling, forked
from mcp_ops.rehearsal.beside import Beside
from mcp_ops.rehearsal.drilling import drilled
from mcp_ops.rehearsal.drills.containers import Server
from mcp_ops.rehearsal.drills.drill import Drill, Evidence, Failed, Stage
from mcp_ops.rehearsal.drills.processes import address_for
from mcp_ops.rehearsal.project import load_project
from mcp_ops.rehearsal.record import Run
from mcp_ops.rehearsal.simulator.cloud import Cloud
from mcp_ops.rehearsal.simulator.places import Place

copied = pytest.mark.skipif(not forked.CAN_FORK, reason="processes cannot be copied on this system")
ACCOUNT = "123456789012"


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    write_project(tmp_path, "import pulumi\n")

    def build(stack: str) -> Run:
        return Run("shop", stack)

    with Cloud().open() as cloud, closing(Beside(build, build)) as beside:
        yield Stage(load_project(tmp_path, "dev"), Run("shop", "dev"), cloud, beside, ("dev", "prod"))


def drill(name: str, run: Callable[[Stage], Any], **how: bool) -> Drill:
    """Returns a drill whose evidence is what `run` returns, and the process that it ran in."""
    return Drill(name, "", lambda _: "", lambda stage: _evidence(run(stage)), **how)


def _evidence(found: Any) -> Evidence:
    return Evidence(passed=True, summary=(), facts={"found": found, "process": os.getpid()})


def facts(drills: list[Drill], stage: Stage, fact: str) -> dict[str, Any]:
    """Runs drills that have to pass and returns one fact of each, by name, in the order in which they were told."""
    outcomes = list(drilled(drills, stage))
    assert [outcome.evidence.summary for outcome in outcomes if not outcome.passed] == []
    return {outcome.name: outcome.evidence.facts[fact] for outcome in outcomes}


@copied
def test_each_has_a_process_of_its_own_unless_it_is_to_run_alone(stage: Stage) -> None:
    drills = [
        drill("serve", lambda _: None, alone=True),
        drill("slow", lambda _: time.sleep(0.2)),
        drill("quick", lambda _: None),
        drill("last", lambda _: None, alone=True),
    ]
    found = facts(drills, stage, "process")
    assert list(found) == ["serve", "slow", "quick", "last"]
    assert found["serve"] == found["last"] == os.getpid()
    assert len({found["slow"], found["quick"], os.getpid()}) == 3


def test_where_processes_cannot_be_copied_they_run_here(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drilling, "CAN_FORK", False)
    found = facts([drill(name, lambda _: None) for name in ("rotate", "restore")], stage, "process")
    assert found == {"rotate": os.getpid(), "restore": os.getpid()}


@copied
def test_what_one_breaks_no_other_meets(stage: Stage) -> None:
    s3 = stage.cloud.client("s3", Place(ACCOUNT))
    s3.create_bucket(Bucket="notes")

    def emptied(stage: Stage) -> list[str]:
        client = stage.cloud.client("s3", Place(ACCOUNT))
        names = [bucket["Name"] for bucket in client.list_buckets()["Buckets"]]
        client.delete_bucket(Bucket="notes")
        return names

    found = facts([drill(name, emptied) for name in ("rotate", "restore", "alarm")], stage, "found")
    assert found == {"rotate": ["notes"], "restore": ["notes"], "alarm": ["notes"]}
    assert [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]] == ["notes"]


@copied
def test_their_servers_listen_on_networks_of_their_own(stage: Stage) -> None:
    def address(_: Stage) -> str:
        server = Server("tools", ("python",), ".", "https://tools.example.com/mcp", 8000, {})
        return str(address_for(server, 1))

    found = facts([drill(name, address) for name in ("rotate", "restore")], stage, "found")
    assert found == {"rotate": "127.0.1.2:8000", "restore": "127.0.2.2:8000"}
    assert address(stage) == "127.0.0.2:8000"


@copied
def test_no_more_run_at_a_time_than_there_are_cores(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drilling, "cores", lambda: 1)

    def times(_: Stage) -> tuple[float, float]:
        begun = time.monotonic()
        time.sleep(0.05)
        return begun, time.monotonic()

    found = list(facts([drill(str(number), times) for number in range(3)], stage, "found").values())
    assert all(before[1] <= after[0] for before, after in itertools.pairwise(found))


@copied
def test_what_went_wrong_in_one_is_its_failure_alone(stage: Stage) -> None:
    def failed(_: Stage) -> None:
        raise Failed("the copy is not what was kept")

    drills = [drill("rotate", lambda _: os._exit(3)), drill("restore", failed), drill("alarm", lambda _: None)]
    rotate, restore, alarm = drilled(drills, stage)
    assert (rotate.passed, rotate.evidence.summary) == (False, ("the process that worked it out ended with code 3",))
    assert (restore.passed, restore.evidence.summary) == (False, ("the copy is not what was kept",))
    assert alarm.passed


@copied
def test_those_that_hold_the_counterpart_against_the_stack_get_it(stage: Stage) -> None:
    stage.beside.begin("prod")
    drills = [drill(name, lambda stage: stage.beside("prod").stack, beside=True) for name in ("isolate", "deploy-role")]
    assert facts(drills, stage, "found") == {"isolate": "prod", "deploy-role": "prod"}


@copied
def test_what_they_did_under_roles_is_known_to_those_after_them(stage: Stage) -> None:
    iam = stage.cloud.client("iam", Place(ACCOUNT))
    allow = {"Effect": "Allow", "Action": ["s3:ListAllMyBuckets", "sqs:ListQueues"], "Resource": "*"}
    arn = iam.create_role(RoleName="reader", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    document = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    iam.put_role_policy(RoleName="reader", PolicyName="reads", PolicyDocument=document)
    drills = [
        drill("record", lambda stage: stage.cloud.as_role(arn).client("s3").list_buckets()["Buckets"]),
        drill("rotate", lambda stage: stage.cloud.as_role(arn).client("sqs").list_queues().get("QueueUrls")),
        drill("least-privilege", lambda stage: sorted(stage.used[arn]), alone=True),
    ]
    assert facts(drills, stage, "found")["least-privilege"] == ["s3:ListAllMyBuckets", "sqs:ListQueues"]


@copied
def test_whoever_stops_listening_stops_them_and_what_they_started(stage: Stage, tmp_path: Path) -> None:
    class Started:
        def __enter__(self) -> None:
            (tmp_path / "started").touch()

        def __exit__(self, *_: object) -> None:
            (tmp_path / "stopped").touch()

    def endless(_: Stage) -> None:
        with Started():
            time.sleep(600)

    def patient(_: Stage) -> None:
        while not (tmp_path / "started").exists():
            time.sleep(0.01)

    outcomes = drilled([drill("rotate", patient), drill("restore", endless)], stage)
    assert next(outcomes).name == "rotate"
    outcomes.close()
    assert (tmp_path / "stopped").exists()
