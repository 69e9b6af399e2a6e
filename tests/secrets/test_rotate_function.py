"""The rotation function: whatever breaks off, one value is current and works, and none is lost."""

import contextlib
import json
import logging
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest import mock

import boto3
import pulumi
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcp_ops.functions import KIT, code_of
from mcp_ops.secrets.functions import rotate_secret
from mcp_ops.secrets.functions.rotate_secret import api_key, handler
from mcp_ops.secrets.functions.rotate_secret.vault import Refused
from tests.secrets.fakes import ARN, SETTINGS, Crash, World

STEPS = ("createSecret", "setSecret", "testSecret", "finishSecret")
ROTATED = sorted(set(SETTINGS) - {"external"})
FOLDER = Path(rotate_secret.__file__).parent


@contextlib.contextmanager
def running(world: World) -> Iterator[Callable[..., str]]:
    """The function in its environment; returns how it is called for a step."""

    def call(step: str, token: str = "", **more: str) -> str:
        event = {"Step": step, "SecretId": ARN, **({"ClientRequestToken": token} if token else {}), **more}
        return handler.handle(event, None)["outcome"]

    with (
        mock.patch.object(boto3, "client", world.client),
        mock.patch.object(api_key, "called", world.hook),
        mock.patch.dict("os.environ", world.environment()),
    ):
        yield call


def rotated(world: World, call: Callable[..., str]) -> str:
    token = str(uuid.uuid4())
    world.secrets.announce(token)
    for step in STEPS:
        call(step, token)
    return token


@pytest.mark.parametrize("kind", ROTATED)
def test_the_first_value_is_made_once_and_works(kind: str) -> None:
    world = World(kind)
    with running(world) as call:
        assert call("initialSecret") == "done"
        first = world.secrets.value("AWSCURRENT")
        assert world.works(first)
        assert call("initialSecret") == "kept"
    assert world.secrets.value("AWSCURRENT") == first
    assert len(world.secrets.versions) == 1


@pytest.mark.parametrize("kind", ["external", "api-key"])
def test_a_given_first_value_is_put_and_never_again(kind: str) -> None:
    world = World(kind)
    world.keys["before"] = "supplied"
    with running(world) as call:
        assert call("initialSecret", SecretString="supplied") == "done"
        assert call("initialSecret", SecretString="other") == "kept"
    assert world.secrets.value("AWSCURRENT") == "supplied"


def test_a_given_value_that_does_not_work_is_refused() -> None:
    world = World("api-key")
    with running(world) as call, pytest.raises(Refused):
        call("initialSecret", SecretString="never issued")
    assert world.secrets.versions == {}


@pytest.mark.parametrize("kind", ROTATED)
def test_two_rotations_leave_new_value_previous_value_and_no_pending_label(kind: str) -> None:
    world = World(kind)
    with running(world) as call:
        call("initialSecret")
        first = world.secrets.value("AWSCURRENT")
        second_token = rotated(world, call)
        assert world.secrets.value("AWSPREVIOUS") == first
        assert world.works(first)
        assert world.works(world.secrets.value("AWSCURRENT"))
        third_token = rotated(world, call)
    assert world.secrets.at("AWSCURRENT") == third_token
    assert world.secrets.at("AWSPREVIOUS") == second_token
    assert world.secrets.at("AWSPENDING") is None
    assert world.works(world.secrets.value("AWSPREVIOUS"))
    if kind != "generated":
        assert not world.works(first), "two rotations later, the first value has ended"


CRASHES = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 7), st.booleans(), st.booleans()), min_size=1, max_size=8
)
"""Interruptions: at which step, at which call of it, before or after AWS carried it out, whether a step is repeated
although it ended well."""


@pytest.mark.parametrize("kind", ROTATED)
@settings(max_examples=40, deadline=None, database=None)
@given(crashes=CRASHES, rotations=st.integers(1, 3))
def test_crashes_and_retries_lose_nothing(
    kind: str, crashes: list[tuple[int, int, bool, bool]], rotations: int
) -> None:
    world = World(kind)
    with running(world) as call:
        call("initialSecret")
        left = list(crashes)
        for _ in range(rotations):
            before = world.secrets.value("AWSCURRENT")
            token = str(uuid.uuid4())
            world.secrets.announce(token)
            made: set[str] = set()
            for position, step in enumerate(STEPS):
                while True:
                    planned = left.pop(0) if left and left[0][0] == position else None
                    ended = _attempt(world, call, step, token, planned)
                    _check(world, before, token, made)
                    if ended and not (planned and planned[3]):
                        break
            assert len(made) == 1, "one rotation makes one value"
            assert world.secrets.at("AWSCURRENT") == token
            assert world.secrets.at("AWSPENDING") is None
            assert world.secrets.value("AWSPREVIOUS") == before
            assert world.works(before), "the previous value works until the next rotation"
            assert world.secrets.value("AWSCURRENT") != before


def _attempt(
    world: World, call: Callable[..., str], step: str, token: str, planned: tuple[int, int, bool, bool] | None
) -> bool:
    if planned:
        world.calls.crash(planned[1], after=planned[2])
    try:
        call(step, token)
    except Crash:
        return False
    finally:
        world.calls.left = None
    return True


def _check(world: World, before: str | None, token: str, made: set[str]) -> None:
    """What holds after every call, however it ended."""
    current = world.secrets.value("AWSCURRENT")
    assert world.secrets.at("AWSCURRENT") is not None
    assert world.works(current)
    value = world.secrets.versions[token].get("value")
    if value is not None:
        made.add(value)
    assert current in {before, value}


@pytest.mark.parametrize("kind", ROTATED)
@settings(max_examples=25, deadline=None, database=None)
@given(at=st.integers(0, 8), after=st.booleans())
def test_a_first_value_that_breaks_off_is_made_by_the_next_attempt(kind: str, at: int, after: bool) -> None:
    world = World(kind)
    with running(world) as call:
        world.calls.crash(at, after=after)
        with contextlib.suppress(Crash):
            call("initialSecret")
        world.calls.left = None
        call("initialSecret")
    assert world.works(world.secrets.value("AWSCURRENT"))
    assert len(world.secrets.versions) == 1


@pytest.mark.parametrize("step", STEPS)
def test_a_step_of_a_version_that_is_current_changes_nothing(step: str) -> None:
    world = World("generated")
    with running(world) as call:
        call("initialSecret")
        token = rotated(world, call)
        before = json.dumps(world.secrets.versions, default=sorted)
        assert call(step, token) == "kept"
    assert json.dumps(world.secrets.versions, default=sorted) == before


def test_steps_that_nobody_announced_are_refused() -> None:
    world = World("generated")
    with running(world) as call:
        call("initialSecret")
        with pytest.raises(Refused, match="was not announced"):
            call("createSecret", "unknown")
        world.secrets.announce("t1")
        world.secrets.versions["t1"]["stages"] = {"OTHER"}
        with pytest.raises(Refused, match="is not pending"):
            call("createSecret", "t1")
        with pytest.raises(Refused, match="is no step"):
            call("deleteSecret", "t1")
        world.secrets.announce("t2")
        with pytest.raises(Refused, match="has no value"):
            call("setSecret", "t2")
        world.secrets.rotation = False
        with pytest.raises(Refused, match="switched off"):
            call("createSecret", "t2")


def test_a_secret_of_another_store_is_refused() -> None:
    world = World("generated")
    with running(world) as call:
        world.secrets.tags = {"mcp-secret": "other"}
        with pytest.raises(Refused, match="other is no secret of the store mcp-test"):
            call("initialSecret")
        world.secrets.tags = {}
        with pytest.raises(Refused, match="a secret without name"):
            call("initialSecret")


def test_an_external_secret_is_never_rotated_here() -> None:
    world = World("external")
    with running(world) as call:
        with pytest.raises(Refused, match="the value is empty"):
            call("initialSecret", SecretString="")
        call("initialSecret", SecretString="theirs")
        world.secrets.announce("t1")
        with pytest.raises(Refused, match="get their values from outside"):
            call("createSecret", "t1")


@pytest.mark.parametrize(("kind", "action"), [("api-key", "verify"), ("api-key", "create")])
def test_a_value_that_fails_its_test_never_becomes_current(kind: str, action: str) -> None:
    world = World(kind)
    with running(world) as call:
        call("initialSecret")
        before = world.secrets.at("AWSCURRENT")
        world.refused = {action}
        world.secrets.announce("t1")
        failed = 0
        for step in STEPS:
            try:
                call(step, "t1")
            except Refused:
                failed += 1
    assert failed
    assert world.secrets.at("AWSCURRENT") == before


def test_a_rotation_that_changes_nothing_is_refused() -> None:
    world = World("generated")
    with running(world) as call:
        call("initialSecret")
        world.secrets.announce("t1")
        world.secrets.versions["t1"]["value"] = world.secrets.value("AWSCURRENT")
        with pytest.raises(Refused, match="is the one in use"):
            call("finishSecret", "t1")


@pytest.mark.parametrize("kind", sorted(SETTINGS))
def test_no_log_line_and_no_error_holds_a_value(kind: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    world = World(kind)
    world.keys["supplied"] = "supplied-value"
    with running(world) as call:
        call("initialSecret", **({"SecretString": "supplied-value"} if kind in {"external", "api-key"} else {}))
        if kind != "external":
            rotated(world, call)
    told = json.dumps([vars(record) for record in caplog.records], default=str)
    values = [item["value"] for item in world.secrets.versions.values()]
    secret_parts = [part for value in values for part in _parts(value)]
    assert secret_parts
    assert not [part for part in secret_parts if part in told]


def _parts(value: str) -> list[str]:
    if not value.startswith("{"):
        return [value]
    known = json.loads(value)
    return [known["privateKey"][60:100]] if "privateKey" in known else [known["password"]]


def test_the_package_is_small_and_imports_nothing_but_boto3_and_the_standard_library() -> None:
    upload = code_of(str(FOLDER), KIT).assets.values()
    assert sum(Path(file.path).stat().st_size for file in upload if isinstance(file, pulumi.FileAsset)) < 100_000
    script = (
        "import sys, time, boto3; before = set(sys.modules); start = time.perf_counter();"
        "import rotate_secret.handler; seconds = time.perf_counter() - start;"
        "new = {name.split('.')[0] for name in set(sys.modules) - before};"
        "print(seconds); print(sorted(new - set(sys.stdlib_module_names) - {'mcp_function_kit', 'rotate_secret'}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=FOLDER.parent, capture_output=True, text=True, timeout=60, check=True
    )
    seconds, foreign = done.stdout.splitlines()
    assert foreign == "[]"
    assert float(seconds) < 0.3


def test_every_kind_of_the_component_has_a_strategy() -> None:
    from mcp_ops.secrets.functions.rotate_secret.generated import Generated
    from mcp_ops.secrets.functions.rotate_secret.strategies import KINDS
    from mcp_ops.secrets.secret_plan import ALPHABETS
    from mcp_ops.secrets.secret_plan import KINDS as OFFERED

    assert set(KINDS) == set(OFFERED)
    assert set(Generated.ALPHABETS) == set(ALPHABETS)
