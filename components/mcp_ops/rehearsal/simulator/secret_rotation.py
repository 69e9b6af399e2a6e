"""How AWS Secrets Manager rotates, where moto would start containers and damage the secret.

`RotateSecret` answers at once, as in AWS; the work waits until `Rotations.work`. Modelled: the four steps in order with
the secret's ARN, the function's resource policy, an unfinished rotation that is taken up again with its version id,
the test of a schedule without rotation (`RotateImmediately: false`), the events that CloudTrail gets, and on request
AWS's repetition of a whole rotation that failed. Not modelled: the clock.
"""

import contextlib
import functools
import json
import re
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol
from unittest import mock

from moto.secretsmanager import models
from moto.secretsmanager.exceptions import InvalidRequestException, SecretNotFoundException

from mcp_ops.rehearsal.simulator import rotation_hooks
from mcp_ops.rehearsal.simulator.authorization.call import Call, Target
from mcp_ops.rehearsal.simulator.authorization.decision import decide
from mcp_ops.rehearsal.simulator.authorization.policy import Policies
from mcp_ops.rehearsal.simulator.authorization.request import Request, account_of, service
from mcp_ops.rehearsal.simulator.authorization.stored_policies import resource_policy
from mcp_ops.rehearsal.simulator.places import Place

SERVICE = "secretsmanager.amazonaws.com"
STEPS = ("createSecret", "setSecret", "testSecret", "finishSecret")
CURRENT, PENDING = "AWSCURRENT", "AWSPENDING"
UNFINISHED = "A previous rotation isn't complete. That rotation will be reattempted."

Client = Callable[[str, Place], Any]


class AnswerLost(Exception):
    """The function did its work, and AWS Secrets Manager never hears of it."""


class Around(Protocol):
    """What a drill does to a step while the function carries it out."""

    def __call__(self, step: str, secret: Any, token: str) -> AbstractContextManager[None]:
        """Returns what surrounds the call of the function; it may raise `AnswerLost` at the end."""


def _undisturbed(step: str, secret: Any, token: str) -> AbstractContextManager[None]:  # noqa: ARG001 - an `Around`
    return contextlib.nullcontext()


@dataclass(frozen=True)
class _Job:
    """One rotation that was asked for."""

    secret: Any
    token: str
    place: Place
    steps: tuple[str, ...]


@dataclass
class Rotations:
    """Rotations that were asked for, and the events of those that were carried out."""

    client: Client
    events: list[dict[str, Any]] = field(default_factory=list)
    """As Amazon EventBridge gets them, in order."""
    around: Around = _undisturbed
    _jobs: list[_Job] = field(default_factory=list)
    _failed: list[_Job] = field(default_factory=list)

    def work(self) -> list[dict[str, Any]]:
        """Carries out every rotation that was asked for, and returns the events of it."""
        before = len(self.events)
        jobs, self._jobs = self._jobs, []
        for job in jobs:
            self._rotate(job)
        return self.events[before:]

    def retry(self) -> list[dict[str, Any]]:
        """Repeats the whole of every rotation that failed, as AWS Secrets Manager does; returns the events of it."""
        self._jobs, self._failed = [*self._failed, *self._jobs], []
        return self.work()

    def give_up(self) -> None:
        """Lets go of the rotations that failed, as an operator does by taking their label AWSPENDING away."""
        for job in self._failed:
            job.secret.remove_version_stages_from_old_versions([PENDING])
        self._failed.clear()

    def ask(self, secret: Any, token: str, place: Place, steps: tuple[str, ...]) -> None:
        """Notes a rotation that is to be carried out."""
        self._jobs.append(_Job(secret, token, place, steps))

    def _rotate(self, job: _Job) -> None:
        """Calls the function for each step; the first that fails ends it and leaves the version pending."""
        versions, testing = job.secret.versions, job.steps != STEPS
        if not testing:
            self._tell("RotationStarted", job)
        version = versions.setdefault(job.token, {"version_id": job.token, "createdate": int(time.time())})
        version.setdefault("version_stages", [PENDING])
        if testing:
            current = next(item for item in versions.values() if CURRENT in item["version_stages"])
            version.update({key: value for key, value in current.items() if key.startswith("secret_")})
        failed = any(not self._step(step, job) for step in job.steps)
        if testing:
            del versions[job.token]
            if failed:
                self._tell("TestRotationFailed", job)
            return
        succeeded = not failed and CURRENT in versions[job.token]["version_stages"]
        if succeeded:
            job.secret.last_rotation_date = int(time.time())
            _plan_next(job.secret)
        else:
            self._failed.append(job)
        self._tell("RotationSucceeded" if succeeded else "RotationFailed", job)

    def _step(self, step: str, job: _Job) -> bool:
        """Returns whether the function carried the step out."""
        function = job.secret.rotation_lambda_arn
        event = {"Step": step, "SecretId": job.secret.arn, "ClientRequestToken": job.token}
        if not self._allowed(function, job):
            return False
        runner = self.client("lambda", job.place)
        try:
            with self.around(step, job.secret, job.token):
                answer = runner.invoke(FunctionName=function, Payload=json.dumps(event).encode())
        except AnswerLost:
            return False
        return "FunctionError" not in answer

    def _allowed(self, function: str, job: _Job) -> bool:
        action = "lambda:InvokeFunction"
        call = Call("lambda", "Invoke", {}, job.place, self.client)
        policy = resource_policy(call, Target(action, function), {})
        source = {"aws:SourceArn": job.secret.arn, "aws:SourceAccount": job.place.account}
        request = Request(service(SERVICE), action, function, source)
        return decide(request, Policies(account_of(function), resource=policy)).allowed

    def _tell(self, name: str, job: _Job) -> None:
        self.events.append(
            {
                "source": "aws.secretsmanager",
                "detail-type": "AWS Service Event via CloudTrail",
                "account": job.place.account,
                "region": job.place.region,
                "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
                "detail": {
                    "eventSource": SERVICE,
                    "eventName": name,
                    "eventType": "AwsServiceEvent",
                    "additionalEventData": {"SecretId": job.secret.arn},
                },
            }
        )


@contextlib.contextmanager
def installed(client: Client) -> Iterator[Rotations]:
    """Takes the place of moto's rotation until the end of the `with` block."""
    rotations = Rotations(client)
    backend = models.SecretsManagerBackend
    with (
        mock.patch.object(backend, "rotate_secret", _rotate_secret(rotations)),
        mock.patch.object(backend, "get_secret_value", _current_by_default(backend.get_secret_value)),
        mock.patch.object(backend, "list_secret_version_ids", _with_dates(backend.list_secret_version_ids)),
        mock.patch.object(models.FakeSecret, "to_dict", _with_rules(models.FakeSecret.to_dict)),
        rotation_hooks.installed(client),
    ):
        yield rotations


def _rotate_secret(rotations: Rotations) -> Callable[..., str]:
    def rotate_secret(
        self: Any,
        secret_id: str,
        client_request_token: str | None = None,
        rotation_lambda_arn: str | None = None,
        rotation_rules: dict[str, Any] | None = None,
        rotate_immediately: bool = True,  # noqa: FBT001, FBT002 - moto's signature
    ) -> str:
        if not self._is_valid_identifier(secret_id):
            raise SecretNotFoundException
        secret, place = self.secrets[secret_id], Place(self.account_id, self.region_name)
        if isinstance(secret, models.ReplicaSecret) or secret.is_deleted():
            raise InvalidRequestException("a replica, or a secret that is marked for deletion, is not rotated")
        _keep_rules(secret, rotation_lambda_arn, rotation_rules)
        if not secret.rotation_lambda_arn:
            if secret.owning_service is None:
                raise InvalidRequestException("No Lambda rotation function ARN is associated with this secret.")
            return str(secret.to_short_dict())  # AWS rotates it without a function
        unfinished = _unfinished(secret)
        token = unfinished or client_request_token or str(uuid.uuid4())
        if rotate_immediately or unfinished:
            rotations.ask(secret, token, place, STEPS)
        elif secret.versions:
            rotations.ask(secret, token, place, ("testSecret",))
        if unfinished:
            raise InvalidRequestException(UNFINISHED)
        return str(secret.to_short_dict(version_id=token))

    return rotate_secret


def _keep_rules(secret: Any, function: str | None, rules: dict[str, Any] | None) -> None:
    secret.rotation_requested = secret.rotation_enabled = True
    secret.rotation_lambda_arn = function or secret.rotation_lambda_arn
    if rules:
        secret.rehearsal_rules = dict(rules)
    _plan_next(secret)


def _plan_next(secret: Any) -> None:
    """Sets the next rotation of a period in days; simulated AWS reads no cron expressions."""
    rules = getattr(secret, "rehearsal_rules", {})
    found = re.fullmatch(r"rate\((\d+) days?\)", str(rules.get("ScheduleExpression", "")))
    days = int(found[1]) if found else rules.get("AutomaticallyAfterDays")
    secret.next_rotation_date = int(time.time()) + days * 86_400 if days else None


def _unfinished(secret: Any) -> str:
    """Returns the id of a version that a rotation left pending; empty when there is none."""
    stages = ((token, version["version_stages"]) for token, version in secret.versions.items())
    return next((token for token, found in stages if PENDING in found and CURRENT not in found), "")


def _current_by_default(original: Callable[..., Any]) -> Callable[..., Any]:
    """Without version or stage AWS gives the current version; moto gives the one that was current first."""

    @functools.wraps(original)
    def get_secret_value(self: Any, secret_id: str, version_id: str | None, version_stage: str | None) -> Any:
        return original(self, secret_id, version_id, version_stage or (None if version_id else CURRENT))

    return get_secret_value


def _with_dates(original: Callable[..., str]) -> Callable[..., str]:
    """AWS tells when a version was made and leaves those without label out; moto says now, and tells of all."""

    @functools.wraps(original)
    def list_secret_version_ids(self: Any, secret_id: str) -> str:
        answer = json.loads(original(self, secret_id))
        versions = self.secrets[secret_id].versions
        answer["Versions"] = [
            {**item, "CreatedDate": versions[item["VersionId"]]["createdate"]}
            for item in answer["Versions"]
            if item["VersionStages"]
        ]
        return json.dumps(answer)

    return list_secret_version_ids


def _with_rules(original: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    """Tells the schedule, which moto drops."""

    @functools.wraps(original)
    def to_dict(self: Any) -> dict[str, Any]:
        described = original(self)
        rules = getattr(self, "rehearsal_rules", None)
        return {**described, "RotationRules": rules} if rules else described

    return to_dict
