"""What is done to one secret: two rotations that break off at every step, and a value that fails its test."""

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

from botocore.client import BaseClient

from mcp_ops.rehearsal.drills.drill import Failed, Stage
from mcp_ops.rehearsal.drills.rotate.secrets import CURRENT, PENDING, PREVIOUS, Rotated, Versions
from mcp_ops.rehearsal.simulator.event_router import routed

CHANGES = ("Execute", "Put", "Update")
"""What the operations begin with after which a step breaks off."""

SPOILED = "a value that works nowhere"


class BrokenOff(Exception):
    """The function was ended in the middle of its work."""


@dataclass
class Exercise:
    """What was found of one secret."""

    versions: Versions
    problems: list[str] = field(default_factory=list)
    succeeded: list[dict[str, Any]] = field(default_factory=list)
    """Events of the rotations that succeeded."""
    alerts: list[str] = field(default_factory=list)
    """Rules that the failed rotation's event reached a target by."""
    seconds: float = 0.0
    interruptions: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """Returns the evidence for machines; no value is in it."""
        return {
            "kind": self.versions.secret.kind,
            "versions": self.versions.history,
            "interrupted_at": self.interruptions,
            "alerts": self.alerts,
            "seconds": round(self.seconds, 3),
        }


def exercised(stage: Stage, secret: Rotated) -> Exercise:
    """Rotates a secret twice, each time broken off at two steps, and lets a third rotation fail its test."""
    started = time.perf_counter()
    found = Exercise(Versions(stage, secret))
    if found.versions.note("deployment").get(CURRENT) is None:
        found.problems.append("has no value")
        return found
    try:
        second = _rotated(stage, found, ("createSecret", "setSecret"), "the first rotation")
        _rotated(stage, found, ("testSecret", "finishSecret"), "the second rotation")
        kept = found.versions.ids().get(PREVIOUS) == second
        _check(found, kept, "the version of the first rotation is not the previous one after the second")
        _failing(stage, found)
    except Failed as failure:
        found.problems.append(str(failure))
        stage.cloud.rotations.give_up()
    found.seconds = time.perf_counter() - started
    return found


def _rotated(stage: Stage, found: Exercise, steps: tuple[str, ...], what: str) -> str:
    """Carries one rotation through, broken off once at each of `steps`; returns the version that is current then."""
    versions, rotations = found.versions, stage.cloud.rotations
    before = _current(versions)
    old = versions.value(before)
    _ask(stage, versions.secret)
    carry_on = rotations.work
    for step in steps:
        with _breaking_off(stage, step) as broken:
            events = carry_on()
        carry_on = rotations.retry
        found.interruptions += broken
        _check(found, broken == [step], f"{what} never came to {step}: {_ends(events)}")
        ids = versions.note(f"{what}, broken off at {step}")
        _check(found, versions.value(ids.get(CURRENT, "")), f"{what}, broken off at {step}: no value is current")
        _check(found, versions.value(before) == old, f"{what}, broken off at {step}: the value in use is lost")
    events = carry_on()
    ids = versions.note(what)
    good = [event for event in events if event["detail"]["eventName"] == "RotationSucceeded"]
    found.succeeded += good
    current = _current(versions)
    if not good:
        raise Failed(f"{what} did not succeed once nothing broke it off: {_last_error(stage)}")
    _check(found, current != before, f"{what}: the version in use is the one of before")
    _check(found, ids.get(PREVIOUS) == before, f"{what}: the version of before is not the previous one")
    _check(found, versions.value(before) == old, f"{what}: the value of before is lost before the next rotation")
    _check(found, PENDING not in versions.ids(), f"{what}: left the label {PENDING} behind")
    if versions.secret.kind == "signing-key":
        gone = versions.unverifiable([before, current])
        _check(found, not gone, f"{what}: no JWKS publishes the public half of {', '.join(gone)}")
    return current


def _failing(stage: Stage, found: Exercise) -> None:
    """Spoils a new value before its test: it must not become current, and somebody must hear of it."""
    versions, rotations = found.versions, stage.cloud.rotations
    before = _current(versions)
    _ask(stage, versions.secret)
    with _spoiling(stage):
        events = rotations.work()
    ids = versions.note("a value that fails its test")
    _check(found, ids.get(CURRENT) == before, "a value that fails its test became current")
    failed = [event for event in events if event["detail"]["eventName"] == "RotationFailed"]
    _check(found, failed, f"a value that fails its test did not fail the rotation: {_ends(events)}")
    rotations.give_up()
    for event in failed:
        for target in routed(stage.cloud, versions.secret.place, event):
            _check(found, not target.error, f"the alert by {target.rule} does not arrive: {target.error}")
            found.alerts += [] if target.error else [target.rule]
    _check(found, found.alerts, "nobody hears of a rotation that fails: no rule of the stack matches its event")


def _current(versions: Versions) -> str:
    """Returns the id of the version in use.

    Raises:
        Failed: there is none: whoever starts now gets no value.
    """
    current = versions.ids().get(CURRENT)
    if current is None:
        raise Failed(f"no version is {CURRENT} any more: {versions.ids()}")
    return current


def _ask(stage: Stage, secret: Rotated) -> None:
    stage.cloud.client("secretsmanager", secret.place).rotate_secret(SecretId=secret.arn)


def _check(found: Exercise, holds: object, problem: str) -> None:
    if not holds:
        found.problems.append(problem)


def _ends(events: list[dict[str, Any]]) -> str:
    return ", ".join(event["detail"]["eventName"] for event in events) or "nothing happened"


def _last_error(stage: Stage) -> str:
    errors = [run.error for run in stage.cloud.invocations if run.error]
    return errors[-1] if errors else "the function reported no error"


@contextlib.contextmanager
def _breaking_off(stage: Stage, at: str) -> Iterator[list[str]]:
    """Ends the function at a step once: after its first change, or before its answer where it changes nothing."""
    from mcp_ops.rehearsal.simulator.secret_rotation import AnswerLost  # loads moto's part of it

    broken: list[str] = []
    original = BaseClient._make_api_call  # type: ignore[attr-defined] # noqa: SLF001 - every call goes this way

    def called(self: BaseClient, operation: str, parameters: Any) -> Any:
        answer = original(self, operation, parameters)
        if not broken and operation.startswith(CHANGES) and self.meta.service_model.service_name != "logs":
            broken.append(at)
            raise BrokenOff(f"ended after {operation}")
        return answer

    @contextlib.contextmanager
    def around(step: str, secret: Any, token: str) -> Iterator[None]:  # noqa: ARG001 - an `Around`
        if step != at or broken:
            yield
            return
        with mock.patch.object(BaseClient, "_make_api_call", called):
            yield
        if not broken:
            broken.append(at)
            raise AnswerLost(at)

    with _around(stage, around):
        yield broken


@contextlib.contextmanager
def _spoiling(stage: Stage) -> Iterator[None]:
    """Replaces the pending value before its test."""

    @contextlib.contextmanager
    def around(step: str, secret: Any, token: str) -> Iterator[None]:
        if step == "testSecret":
            secret.versions[token]["secret_string"] = SPOILED
        yield

    with _around(stage, around):
        yield


@contextlib.contextmanager
def _around(stage: Stage, around: Any) -> Iterator[None]:
    with mock.patch.object(stage.cloud.rotations, "around", around):
        yield


def tested_schedules(stage: Stage) -> list[str]:
    """Lets AWS Secrets Manager try out what the deployment registered; returns the secrets whose test failed."""
    events = stage.cloud.rotations.work()
    failed = [event for event in events if event["detail"]["eventName"].endswith("Failed")]
    return [event["detail"]["additionalEventData"]["SecretId"] for event in failed]
