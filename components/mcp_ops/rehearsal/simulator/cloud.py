"""The simulated cloud: moto behind botocore, one gate through which every call goes, several accounts side by side."""

import contextlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from unittest import mock

import botocore.session
import moto.core.utils
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from moto import mock_aws
from moto.backend_index import backend_url_patterns
from moto.moto_api._internal import mock_random

from mcp_ops.rehearsal.record import Operation
from mcp_ops.rehearsal.simulator import lean_moto, model
from mcp_ops.rehearsal.simulator.authorization.enforcer import RoleSession, SessionSettings
from mcp_ops.rehearsal.simulator.beyond_moto import Beyond
from mcp_ops.rehearsal.simulator.beyond_operations import OPERATIONS
from mcp_ops.rehearsal.simulator.errors import Refusal
from mcp_ops.rehearsal.simulator.extensions import EXTENSIONS
from mcp_ops.rehearsal.simulator.outside import made_to_exist
from mcp_ops.rehearsal.simulator.places import Place
from mcp_ops.rehearsal.simulator.synthesis import synthesised

if TYPE_CHECKING:
    from mcp_ops.rehearsal.simulator.lambda_runtime import Invocation
    from mcp_ops.rehearsal.simulator.secret_rotation import Rotations

SEED = 20260728
"""The same program gets the same ids in every rehearsal."""
NOT_IMPLEMENTED = "Not yet implemented"
"""How some of moto's services answer, with status 404, where others raise NotImplementedError."""


@dataclass(frozen=True)
class Reply:
    """What a call came back with."""

    data: dict[str, Any]
    operation: Operation


@dataclass
class Cloud:
    """Simulated AWS while it is open. One at a time in a process: moto's state is global."""

    assumptions: list[str] = field(default_factory=list)
    """What was taken to exist outside the stack, in order."""
    sessions: list[RoleSession] = field(default_factory=list)
    """Every session of a role so far; their logs say which permissions were asked for."""
    beside: dict[str, Any] = field(default_factory=dict)
    """What is simulated beside AWS, by name: GitHub."""
    beyond: Beyond = field(default_factory=lambda: Beyond(OPERATIONS))
    """What is carried out here because moto lacks it."""
    _clients: dict[tuple[str, Place], Any] = field(default_factory=dict)
    _session: botocore.session.Session = field(default_factory=botocore.session.Session)
    _extensions: dict[str, Any] = field(default_factory=dict)
    _open: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)

    @contextlib.contextmanager
    def open(self) -> Iterator["Cloud"]:
        """Starts empty, keeps the user's own AWS environment out, and leaves nothing behind."""
        # moto would parse each service's model once more: EC2's alone is 80 MB of objects.
        shared_models = mock.patch.object(moto.core.utils, "create_loader", model.loader)
        # And its sessions, which it makes to look up regions, all end points: 20 MB.
        shared_end_points = mock.patch.object(botocore.session, "create_loader", return_value=model.loader())
        with _without_aws_environment(), shared_models, shared_end_points, mock_aws(), self._open:
            lean_moto.with_remembered_methods()
            mock_random.seed(SEED)
            self._session = botocore.session.Session()
            self._session.register_component("data_loader", model.loader())
            try:
                yield self
            finally:
                self._clients.clear()

    def client(self, service: str, place: Place) -> Any:
        """Returns a botocore client whose calls stay in this process; made once per service, account and region."""
        key = (service, place)
        if key not in self._clients:
            self._clients[key] = self._new_client(service, place)
        return self._clients[key]

    @property
    def invocations(self) -> "list[Invocation]":
        """Every run of a Lambda function so far, in order."""
        return self._extensions["lambda"].invocations if "lambda" in self._extensions else []

    @property
    def rotations(self) -> "Rotations":
        """Rotations of secrets: those that were asked for, and what came of them."""
        rotations: Rotations = self._extension("secretsmanager")
        return rotations

    def as_role(self, role_arn: str, settings: SessionSettings | None = None) -> RoleSession:
        """Returns a session of a simulated role: the calls of its clients are enforced by IAM, all others are not.

        Raises:
            ClientError: there is no such role, or its trust policy refuses whom the settings name.
        """
        session = RoleSession(role_arn, settings or SessionSettings(), self.client, self._new_client)
        self.sessions.append(session)
        return session

    def used_actions(self) -> dict[str, set[str]]:
        """Returns the actions that sessions of roles were allowed so far, by the role's ARN."""
        used: dict[str, set[str]] = {}
        for session in self.sessions:
            allowed = {item.target.action for item in session.log if item.decision.allowed}
            used.setdefault(session.role_arn, set()).update(allowed)
        return used

    def _new_client(self, service: str, place: Place) -> Any:
        self._extension(service)
        client = self._session.create_client(
            service,
            region_name=place.region,
            aws_access_key_id="rehearsal",
            aws_secret_access_key="rehearsal",  # noqa: S106 - simulated AWS takes any
            config=Config(
                retries={"total_max_attempts": 1},
                parameter_validation=False,
                ignore_configured_endpoint_urls=True,  # type: ignore[call-arg] # the stubs lack it
                s3={"addressing_style": "path"},
            ),
        )
        client.meta.events.register("before-call.*", _AccountHeader(place.account))
        self.beyond.attach(client, service, place)
        # The one place through which a request could leave this process.
        client._endpoint.http_session = _NothingLeaves()  # type: ignore[attr-defined] # noqa: SLF001 - see above
        return client

    def _extension(self, service: str) -> Any:
        """Returns what a service has beyond moto, if anything; it is added when first asked for."""
        if service in EXTENSIONS and service not in self._extensions:
            self._extensions[service] = self._open.enter_context(EXTENSIONS[service](self))
        return self._extensions.get(service)

    def call(self, service: str, operation: str, parameters: Mapping[str, Any], place: Place) -> Reply:
        """Validates a call against AWS's model and carries it out.

        Where moto lacks it, the reply is made up in AWS's shape.

        Raises:
            Refusal: AWS would not accept it.
        """
        shape = model.operation_model(service, operation)
        given = dict(parameters)
        problems = model.problems_in(shape, given)
        if problems:
            raise Refusal(f"{service}:{operation}: {'; '.join(problems)}")
        name = f"{service}.{operation}"
        self.assumptions.extend(f"{what} exists" for what in made_to_exist(given, place))
        try:
            data = self.client(service, place)._make_api_call(operation, given)  # noqa: SLF001 - the call by its API name
        except ClientError as error:
            if _lacks(error, service):
                return self._checked(service, operation, given, place, f"moto has no {name}")
            raise _refused(name, error) from error
        except (NotImplementedError, NotSimulated):
            return self._checked(service, operation, given, place, f"moto has no {name}")
        except BotoCoreError as error:
            raise Refusal(f"{service}:{operation}: {error}") from error
        except Exception as error:  # noqa: BLE001 - moto's own defects are not the program's
            return self._checked(
                service, operation, given, place, f"moto fails on {name}: {type(error).__name__}: {error}"
            )
        data.pop("ResponseMetadata", None)
        return Reply(data, Operation(name, executed=True))

    def checked(self, service: str, operation: str, parameters: Mapping[str, Any], place: Place, reason: str) -> Reply:
        """Validates a call without carrying it out, for a stated reason.

        Raises:
            Refusal: AWS would not accept it.
        """
        given = dict(parameters)
        problems = model.problems_in(model.operation_model(service, operation), given)
        if problems:
            raise Refusal(f"{service}:{operation}: {'; '.join(problems)}")
        return self._checked(service, operation, given, place, reason)

    def _checked(self, service: str, operation: str, parameters: dict[str, Any], place: Place, reason: str) -> Reply:
        data = synthesised(model.operation_model(service, operation), parameters, place.account, place.region)
        return Reply(data, Operation(f"{service}.{operation}", executed=False, reason=reason))


class NotSimulated(Exception):
    """Raised where a request would leave this machine: moto has no such service."""


class _NothingLeaves:
    """Stands in for botocore's HTTP session, which is reached only by requests that moto did not answer."""

    def send(self, _: Any) -> None:
        """Refuses to send."""
        raise NotSimulated

    def close(self) -> None:
        """Has nothing to close."""


class _AccountHeader:
    """Tells moto which account a client's calls belong to."""

    def __init__(self, account: str) -> None:
        self._account = account

    def __call__(self, params: dict[str, Any], **_: Any) -> None:
        """Adds moto's header to a request that is about to be signed."""
        params["headers"]["x-moto-account-id"] = self._account


def _lacks(error: ClientError, service: str) -> bool:
    """Tells whether moto answers so because it lacks the operation. S3 says a bare 404 of a missing bucket, too."""
    told = error.response.get("Error", {})
    bare = told.get("Code") == "404" and told.get("Message") == "Not Found" and service != "s3"
    return bare or NOT_IMPLEMENTED in str(told.get("Message"))


def _refused(name: str, error: ClientError) -> Refusal:
    told = error.response.get("Error", {})
    return Refusal(f"{name.replace('.', ':', 1)}: {told.get('Code', 'Error')}: {told.get('Message', error)}")


@contextlib.contextmanager
def _without_aws_environment() -> Iterator[None]:
    """Takes `AWS_*` out of the environment for a while.

    A profile or end point of the user's must not steer a rehearsal.
    """
    kept = {key: os.environ.pop(key) for key in list(os.environ) if key.startswith(("AWS_", "MOTO_"))}
    os.environ.update(
        {"AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull}
    )
    try:
        yield
    finally:
        for key in [key for key in os.environ if key.startswith(("AWS_", "MOTO_"))]:
            del os.environ[key]
        os.environ.update(kept)


def simulated_services() -> frozenset[str]:
    """Returns the services that moto answers for, by moto's names."""
    return frozenset(name for name, _ in backend_url_patterns)
