"""Runs the handlers of registered functions where simulated AWS would start a container.

Differences from AWS Lambda: every run is a cold start, one at a time, in the Python that rehearses; a run that takes
longer than its time-out ends first and is reported as timed out then; event source mappings poll nothing.
"""

import base64
import contextlib
import functools
import hashlib
import json
import os
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

from botocore.exceptions import ClientError
from moto.awslambda.models import LambdaFunction

from mcp_ops.rehearsal.simulator.authorization import request
from mcp_ops.rehearsal.simulator.authorization.enforcer import RoleSession, SessionSettings
from mcp_ops.rehearsal.simulator.lambda_runtime.clients import FunctionSession, boto3_of
from mcp_ops.rehearsal.simulator.lambda_runtime.log_lines import logged
from mcp_ops.rehearsal.simulator.lambda_runtime.upload import CannotStart, handler_of, unpacked

LAMBDA = request.service("lambda.amazonaws.com")
ATTEMPTS = 3
"""Runs of an asynchronous invocation before its event becomes a dead letter (AWS Lambda's default of two retries)."""
KEPT_VARIABLES = ("PATH", "HOME", "LANG", "AWS_EC2_METADATA_DISABLED", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE")

AsRole = Callable[[str, SessionSettings | None], RoleSession]


@dataclass(frozen=True)
class Invocation:
    """One run of a function."""

    function: str
    """Name of the function."""
    event: Any
    result: Any
    """What the handler returned; with an error what AWS Lambda answers instead."""
    error: str
    """`Type: message`, or empty."""
    lines: tuple[str, ...]
    """Log lines, one JSON object each."""
    seconds: float


@dataclass(frozen=True)
class Context:
    """What AWS Lambda hands to a handler beside the event."""

    function_name: str
    invoked_function_arn: str
    memory_limit_in_mb: str
    log_group_name: str
    log_stream_name: str
    aws_request_id: str
    deadline: float
    function_version: str = "$LATEST"

    def get_remaining_time_in_millis(self) -> int:
        """Returns the milliseconds until the time-out."""
        return max(0, int((self.deadline - time.monotonic()) * 1000))


class Runtime:
    """Carries out invocations of every function of a simulated cloud."""

    def __init__(self, as_role: AsRole) -> None:
        self.invocations: list[Invocation] = []
        """Every run, in order."""
        self._as_role = as_role
        self._sessions: dict[str, FunctionSession] = {}
        self._folder = tempfile.TemporaryDirectory(prefix="mcp-ops-functions-")

    @contextlib.contextmanager
    def installed(self) -> Iterator["Runtime"]:
        """Runs functions here until the end of the `with` block."""
        with (
            self._folder,
            mock.patch.object(LambdaFunction, "__init__", _keeping_settings(LambdaFunction.__init__)),
            mock.patch.object(LambdaFunction, "invoke", _answer(self)),
        ):
            yield self

    def run(self, function: Any, event: Any) -> Invocation:
        """Runs a function once and keeps its log lines in its log group."""
        started = time.perf_counter()
        context = _context(function)
        with logged(context.aws_request_id) as log:
            result, error = self._outcome(function, event, context)
        seconds = time.perf_counter() - started
        if not error and seconds > function.timeout:
            error = f"Sandbox.Timedout: Task timed out after {function.timeout} seconds"
            result = {"errorType": "Sandbox.Timedout", "errorMessage": error}
        done = Invocation(function.function_name, event, result, error, tuple(log.lines), seconds)
        self.invocations.append(done)
        self._keep_lines(function, context, done.lines)
        return done

    def _outcome(self, function: Any, event: Any, context: Context) -> tuple[Any, str]:
        folder = Path(self._folder.name) / hashlib.sha256(function.code_bytes).hexdigest()[:16]
        session = self._session(function)
        try:
            with (
                mock.patch.dict(os.environ, _variables(function), clear=True),
                boto3_of(session),
                handler_of(unpacked(function.code_bytes, folder), function.handler) as handler,
            ):
                returned = handler(event, context)
                return json.loads(json.dumps(returned)), ""
        except CannotStart as failure:
            kind, _, message = str(failure).partition(": ")
            return {"errorType": kind, "errorMessage": message}, str(failure)
        except Exception as failure:  # noqa: BLE001 - whatever a handler raises is its answer
            kind = type(failure).__name__
            return {"errorType": kind, "errorMessage": str(failure)}, f"{kind}: {failure}"

    def _session(self, function: Any) -> FunctionSession:
        key = f"{function.role} {function.function_name} {function.region}"
        if key not in self._sessions:
            settings = SessionSettings(
                session_name=function.function_name,
                taken_by=LAMBDA,
                context={"lambda:SourceFunctionArn": function.function_arn},
            )
            self._sessions[key] = FunctionSession(self._as_role(function.role, settings), function.region)
        return self._sessions[key]

    def _keep_lines(self, function: Any, context: Context, lines: tuple[str, ...]) -> None:
        """Writes log lines under the function's role; as with AWS Lambda, a role that may not write loses them."""
        if not lines:
            return
        logs = self._session(function).client("logs")
        place = {"logGroupName": context.log_group_name, "logStreamName": context.log_stream_name}
        now = int(time.time() * 1000)
        with contextlib.suppress(ClientError):
            logs.create_log_stream(**place)
            logs.put_log_events(**place, logEvents=[{"timestamp": now, "message": line} for line in lines])

    def dead_letter(self, function: Any, event: Any) -> None:
        """Sends an event that no attempt handled to the function's dead-letter queue or topic, if it has one."""
        target = (function.rehearsal_settings.get("DeadLetterConfig") or {}).get("TargetArn", "")
        session = self._session(function)
        if ":sqs:" in target:
            account, name = target.split(":")[4:6]
            queue = session.client("sqs")
            url = f"https://sqs.{function.region}.amazonaws.com/{account}/{name}"
            queue.send_message(QueueUrl=url, MessageBody=json.dumps(event))
        elif target:
            session.client("sns").publish(TopicArn=target, Message=json.dumps(event))


def _keeping_settings(original: Callable[..., None]) -> Callable[..., None]:
    """Keeps where a function logs and where its dead letters go: moto drops both."""

    @functools.wraps(original)
    def made(self: Any, account_id: str, spec: Mapping[str, Any], *rest: Any, **named: Any) -> None:
        original(self, account_id, spec, *rest, **named)
        self.rehearsal_settings = {key: spec.get(key) for key in ("DeadLetterConfig", "LoggingConfig")}

    return made


def _answer(runtime: Runtime) -> Callable[..., str | bytes]:
    """Returns what stands in for moto's `LambdaFunction.invoke`."""

    def invoke(self: Any, body: str, request_headers: Any, response_headers: Any) -> str | bytes:
        kind = {key.lower(): value for key, value in dict(request_headers).items()}.get("x-amz-invocation-type")
        _refuse_foreign(self)
        event = json.loads(body) if body else {}
        if kind == "DryRun":
            return ""
        if kind == "Event":
            _asynchronously(runtime, self, event)
            return ""
        done = runtime.run(self, event)
        if done.error:
            response_headers["x-amz-function-error"] = "Unhandled"
        tail = "\n".join(done.lines).encode()[-4096:]
        response_headers["x-amz-log-result"] = base64.b64encode(tail).decode()
        return json.dumps(done.result).encode()

    return invoke


def _asynchronously(runtime: Runtime, function: Any, event: Any) -> None:
    for _ in range(ATTEMPTS):
        if not runtime.run(function, event).error:
            return
    runtime.dead_letter(function, event)


def _refuse_foreign(function: Any) -> None:
    """Refuses what this process cannot run.

    Raises:
        NotImplementedError: a container image, or a runtime other than Python.
    """
    if function.package_type != "Zip" or not str(function.run_time).startswith("python"):
        kind = function.run_time or function.package_type
        raise NotImplementedError(f"{function.function_name}: a rehearsal runs Python functions, not {kind}")
    if function.layers:
        raise NotImplementedError(f"{function.function_name}: a rehearsal does not unpack layers")


def _context(function: Any) -> Context:
    request_id = str(uuid.uuid4())
    group = (function.rehearsal_settings.get("LoggingConfig") or {}).get("LogGroup")
    return Context(
        function_name=function.function_name,
        invoked_function_arn=function.function_arn,
        memory_limit_in_mb=str(function.memory_size),
        log_group_name=group or function.logs_group_name,
        log_stream_name=f"{time.strftime('%Y/%m/%d', time.gmtime())}/[$LATEST]{request_id.replace('-', '')}",
        aws_request_id=request_id,
        deadline=time.monotonic() + int(function.timeout),
    )


def _variables(function: Any) -> dict[str, str]:
    """Returns the environment of a run: what AWS Lambda sets, what was registered, and nothing of the user's own."""
    kept = {key: os.environ[key] for key in KEPT_VARIABLES if key in os.environ}
    return {
        **kept,
        "AWS_REGION": function.region,
        "AWS_DEFAULT_REGION": function.region,
        "AWS_LAMBDA_FUNCTION_NAME": function.function_name,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_size),
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{function.run_time}",
        "_HANDLER": function.handler,
        "TZ": ":UTC",
        **{key: str(value) for key, value in function.environment_vars.items()},
    }
