"""Runs a program under Pulumi's mocks and records what it registered, with the options that plain mocks do not show."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from google.protobuf import struct_pb2
from pulumi.output import Unknown
from pulumi.runtime import mocks, rpc, set_all_config
from pulumi.runtime.proto import resource_pb2
from pulumi.runtime.settings import SETTINGS

from mcp_ops.rehearsal.sdk import drain, without_collecting, without_stack_traces

ACCOUNT_ID = "111122223333"
PROJECT = "test"
REGION = "eu-west-1"
STACK_TYPE = "pulumi:pulumi:Stack"
LOOK_UPS: Mapping[str, Mapping[str, Any]] = {
    "github:index/getRepository:getRepository": {"name": "mcp-ops", "id": "mcp-ops"}
}
"""Answers of provider functions that every program may ask for, by token."""


@dataclass
class Recorded:
    """One registration, as the program asked for it."""

    type: str
    name: str
    urn: str
    parent: str
    """Logical name of the parent; empty for children of the stack."""
    custom: bool
    inputs: dict[str, Any]
    """Inputs in the provider's camelCase."""
    protect: bool
    retain_on_delete: bool
    ignore_changes: list[str]
    dependencies: set[str]
    """Logical names of everything that must exist first."""
    provider: str
    outputs: dict[str, Any] = field(default_factory=dict)
    """Outputs of a component, as it registered them."""


class Recording:
    """Everything that one run registered."""

    def __init__(self) -> None:
        self.resources: list[Recorded] = []

    def __iter__(self) -> Iterator[Recorded]:
        return iter(self.resources)

    def all(self, kind: str) -> list[Recorded]:
        """Returns the resources whose type ends with `kind`, such as `SecurityGroup` or `ec2/subnet:Subnet`, by name.

        Pulumi registers side by side: the order of registration differs from run to run and means nothing.
        """
        found = [item for item in self.resources if item.type == kind or item.type.endswith((f":{kind}", f"/{kind}"))]
        return sorted(found, key=lambda item: item.name)

    def one(self, kind: str, name: str | None = None) -> Recorded:
        """Returns the only resource of `kind`, or the one with the logical name `name`."""
        found = [item for item in self.all(kind) if name in (None, item.name)]
        assert len(found) == 1, f"{kind} {name or ''}: {[item.name for item in self.all(kind)]}"
        return found[0]

    def names(self, kind: str) -> set[str]:
        """Returns the logical names of the resources of `kind`."""
        return {item.name for item in self.all(kind)}


def unknown(value: object) -> bool:
    """Whether an input is something that only AWS can know."""
    return isinstance(value, Unknown)


class _Answers(mocks.Mocks):
    """Answers like AWS: ids, ARNs and addresses that the inputs do not contain. In a preview nothing is known."""

    def __init__(self, *, preview: bool, calls: Mapping[str, Mapping[str, Any]]) -> None:
        self._preview = preview
        self._calls = calls

    def call(self, args: mocks.MockCallArgs) -> dict[str, Any]:
        if args.token not in self._calls:
            raise NotImplementedError(f"no answer for the call of {args.token}")
        return dict(self._calls[args.token])

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        id_, more = self.made(args.typ, args.name, args.inputs)
        return id_, {**more, **args.inputs}

    def made(self, kind: str, name: str, inputs: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        """Returns the id of a resource, and its outputs beside the inputs."""
        if self._preview:
            return "", {}
        physical = inputs.get("name", f"{name}-1234567")
        service = kind.split(":")[1].split("/", maxsplit=1)[0]
        common = {"arn": f"arn:aws:{service}:{REGION}:{ACCOUNT_ID}:{physical}", "name": physical}
        return f"{name}-id", {**common, **_special(kind, name, inputs)}


def _special(kind: str, name: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
    domain = inputs.get("domainName", "")
    proof = {
        "domainName": domain,
        "resourceRecordName": f"_proof.{domain}",
        "resourceRecordType": "CNAME",
        "resourceRecordValue": "_value.acm-validations.aws",
    }
    return {
        "aws:acm/certificate:Certificate": {"domainValidationOptions": [proof]},
        "aws:ec2/eip:Eip": {"publicIp": "192.0.2.1"},
        "aws:ecr/repository:Repository": {"repositoryUrl": f"{ACCOUNT_ID}.dkr.ecr.{REGION}.amazonaws.com/{name}"},
        "aws:ecs/taskDefinition:TaskDefinition": {
            "arn": f"arn:aws:ecs:{REGION}:{ACCOUNT_ID}:task-definition/{inputs.get('family')}:1"
        },
        "aws:kms/key:Key": {"keyId": f"{name}-key-id", "arn": f"arn:aws:kms:{REGION}:{ACCOUNT_ID}:key/{name}"},
        "aws:lb/loadBalancer:LoadBalancer": {
            "arnSuffix": f"app/{name}/1", "dnsName": f"{name}.elb.amazonaws.com", "zoneId": "Z32O12XQLNTSW2"
        },
        "aws:lb/targetGroup:TargetGroup": {"arnSuffix": f"targetgroup/{name}/1"},
        "aws:rds/cluster:Cluster": {
            "arn": f"arn:aws:rds:{REGION}:{ACCOUNT_ID}:cluster:{name}-1234567", "clusterIdentifier": f"{name}-1234567",
            "endpoint": f"{name}.cluster-1.{REGION}.rds.amazonaws.com",
            "masterUserSecrets": [{"secretArn": f"arn:aws:secretsmanager:{REGION}:{ACCOUNT_ID}:secret:{name}-AbCdEf"}],
        },
        "aws:route53/record:Record": {"fqdn": inputs.get("name")},
        "aws:s3/bucket:Bucket": {"bucket": f"{name}-1234567", "arn": f"arn:aws:s3:::{name}-1234567"},
    }.get(kind, {})  # fmt: skip


class _AtOnce(ThreadPoolExecutor):
    """Does what it is given at once: the answers of mocks are there already, and handing them over takes longer."""

    def submit(self, work: Callable[..., Any], /, *given: Any, **named: Any) -> Future[Any]:
        done: Future[Any] = Future()
        try:
            done.set_result(work(*given, **named))
        except Exception as error:  # noqa: BLE001 - told to whoever asks for the result, as by any executor
            done.set_exception(error)
        return done


class _Monitor(mocks.MockMonitor):
    """The SDK's, but inputs become outputs as they stand, which takes no event loop, and everything is recorded."""

    def __init__(self, answers: _Answers, recording: Recording) -> None:
        super().__init__(answers)
        self._answers = answers
        self._recording = recording
        self._by_urn: dict[str, Recorded] = {}

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 - the name of the RPC
        urn = self.make_urn(request.parent, request.type, request.name)
        if request.type == STACK_TYPE:
            return resource_pb2.RegisterResourceResponse(urn=urn)
        inputs = rpc.deserialize_properties(request.object)
        id_, more = self._answers.made(request.type, request.name, inputs)
        outputs = struct_pb2.Struct()
        outputs.update({key: value for key, value in more.items() if key not in inputs})
        outputs.MergeFrom(request.object)
        parent = self._by_urn.get(request.parent)
        self._by_urn[urn] = Recorded(
            type=request.type,
            name=request.name,
            urn=urn,
            parent=parent.name if parent else "",
            custom=request.custom,
            inputs=inputs,
            protect=request.protect,
            retain_on_delete=request.retainOnDelete,
            ignore_changes=list(request.ignoreChanges),
            dependencies={urn.rsplit("::", 1)[-1] for urn in request.dependencies},
            provider=request.provider,
        )
        self._recording.resources.append(self._by_urn[urn])
        return resource_pb2.RegisterResourceResponse(urn=urn, id=id_, object=outputs)

    def RegisterResourceOutputs(self, request: Any) -> Any:  # noqa: N802 - the name of the RPC
        item = self._by_urn.get(request.urn)
        if item:
            item.outputs = rpc.deserialize_properties(request.outputs)
        return super().RegisterResourceOutputs(request)


def record(
    program: Callable[[], object],
    *,
    preview: bool = False,
    stack: str = "dev",
    config: Mapping[str, str] | None = None,
    calls: Mapping[str, Mapping[str, Any]] | None = None,
    seconds: float = 30,
) -> Recording:
    """Runs `program` in an event loop of its own and returns what it registered.

    `preview=True` leaves everything unknown that only AWS can know. `calls` answers provider functions by token.
    Whatever the program raises is raised here; a run that takes longer than `seconds` is a `TimeoutError`.
    """
    recording = Recording()
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    loop.set_default_executor(_AtOnce())
    SETTINGS.rpc_manager.clear()
    SETTINGS.outputs.clear()
    answers = _Answers(preview=preview, calls={**LOOK_UPS, **(calls or {})})
    mocks.set_mocks(answers, project=PROJECT, stack=stack, preview=preview, monitor=_Monitor(answers, recording))
    set_all_config(dict(config or {}))
    try:
        with without_stack_traces(), without_collecting():
            loop.run_until_complete(asyncio.wait_for(_run(program), seconds))
    finally:
        # A program that raises leaves registrations behind that nobody waits for.
        waiting = asyncio.all_tasks(loop)
        for task in waiting:
            task.cancel()
        loop.run_until_complete(asyncio.gather(*waiting, return_exceptions=True))
        loop.close()
    return recording


async def _run(program: Callable[[], object]) -> None:
    await drain()  # the root stack, which the SDK makes once: a program that raises must not take it away
    program()
    await drain()
