"""The monitor: what the Pulumi SDK talks to during a rehearsal instead of the engine.

It records, and asks a backend.
"""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from google.protobuf import empty_pb2
from pulumi.runtime.mocks import MockMonitor, Mocks
from pulumi.runtime.proto import engine_pb2, provider_pb2, resource_pb2

from mcp_ops.rehearsal import wire
from mcp_ops.rehearsal.project import Project
from mcp_ops.rehearsal.record import Registration, Run
from mcp_ops.rehearsal.simulator.errors import Refusal
from mcp_ops.rehearsal.transforms import Transforms

STACK_TYPE = "pulumi:pulumi:Stack"
REFERENCE_TYPE = "pulumi:pulumi:StackReference"
PROVIDER_PREFIX = "pulumi:providers:"

Progress = Callable[[Registration], None]


class Backend(Protocol):
    """What carries out a program's resources.

    `provider` is the registration of its explicit provider, if it has one.
    """

    def preview(self, item: Registration, provider: Registration | None) -> None:
        """Refuses what can be refused while outputs are unknown. Raises `Refusal`."""

    def create(self, item: Registration, provider: Registration | None) -> None:
        """Creates the resource: fills `id`, `outputs`, `fidelity` and `operations`. Raises `Refusal`."""

    def read(self, item: Registration, provider: Registration | None) -> None:
        """Looks up an existing resource by `item.id`. Raises `Refusal`."""

    def invoke(self, token: str, arguments: Mapping[str, Any], provider: Registration | None) -> dict[str, Any]:
        """Answers a provider function. Raises `Refusal`."""


class _NoMocks(Mocks):
    """The base class wants mocks; the monitor below never asks them."""

    def call(self, args: Any) -> Any:
        raise NotImplementedError(args.token)

    def new_resource(self, args: Any) -> Any:
        raise NotImplementedError(args.typ)


class Monitor(MockMonitor):
    """Records every registration into a `Run` and has the backend carry it out.

    A resource that fails resolves to unknown outputs, as under the engine, so that one run finds every independent
    failure. Calls arrive one at a time: the runner gives the event loop a single worker.
    """

    def __init__(
        self,
        project: Project,
        backend: Backend,
        run: Run,
        *,
        preview: bool,
        references: Mapping[str, Mapping[str, Any]],
        progress: Progress,
    ) -> None:
        super().__init__(_NoMocks())
        self._project = project
        self._backend = backend
        self._run = run
        self._preview = preview
        self._references = references
        self._progress = progress
        self._known: dict[str, Registration] = {}
        self._dead: set[str] = set()
        self._transforms = Transforms()

    def Invoke(self, request: Any) -> resource_pb2.ResourceInvokeResponse:  # noqa: N802 - the RPC's name
        """Answers a provider function, or says why it cannot."""
        self._transforms.apply_to_invoke(request)
        arguments = wire.decode(request.args)
        if wire.has_unknown(arguments):
            raise Refusal(f"{request.tok}: called with a value that is not known yet")
        try:
            answer = self._backend.invoke(request.tok, wire.reveal(arguments), self._provider_of(request.provider))
        except Refusal as refusal:
            failure = provider_pb2.CheckFailure(property="", reason=str(refusal))
            return resource_pb2.ResourceInvokeResponse(failures=[failure])
        return resource_pb2.ResourceInvokeResponse(**{"return": wire.encode(answer)})

    def ReadResource(self, request: Any) -> resource_pb2.ReadResourceResponse:  # noqa: N802 - the RPC's name
        """Looks up an existing resource, or another stack's outputs."""
        item = self._recorded(request, custom=True)
        item.id, item.fidelity = request.id, "read"
        if item.type == REFERENCE_TYPE:
            outputs = self._stack_outputs(str(wire.reveal(item.inputs.get("name", request.name))))
            item.outputs = {"name": request.name, "outputs": outputs, "secretOutputNames": []}
        elif not self._preview:
            self._backend.read(item, self._provider_of(request.provider))
        else:
            item.outputs = {}
        return resource_pb2.ReadResourceResponse(urn=item.urn, properties=wire.encode({**item.inputs, **item.outputs}))

    def RegisterResource(self, request: Any) -> resource_pb2.RegisterResourceResponse:  # noqa: N802 - the RPC's name
        """Records a registration and carries it out."""
        if request.type != STACK_TYPE:
            self._transforms.apply(request, self.make_urn(request.parent, request.type, request.name))
        item = self._recorded(request, custom=request.custom)
        if item.type == REFERENCE_TYPE:
            return self._reference(item)
        if request.remote:
            return self._failed(item, "is a packaged component of another language; its children cannot be rehearsed")
        if not item.custom:
            if item.type != STACK_TYPE:
                self._progress(item)
            return resource_pb2.RegisterResourceResponse(urn=item.urn)
        if item.type.startswith(PROVIDER_PREFIX):
            item.fidelity, item.id = "provider", f"{item.name}-provider"
            self._progress(item)
            return self._answered(item)
        return self._carry_out(item, request)

    def RegisterResourceOutputs(self, request: Any) -> empty_pb2.Empty:  # noqa: N802 - the RPC's name
        """Records the outputs of a component or of the stack."""
        outputs = wire.decode(request.outputs)
        item = self._known.get(request.urn)
        if item is None or item.type == STACK_TYPE:
            self._run.outputs = outputs
        if item is not None:
            item.outputs = outputs
        return empty_pb2.Empty()

    def RegisterStackTransform(self, request: Any) -> empty_pb2.Empty:  # noqa: N802 - the RPC's name
        """Notes a transform of the whole stack."""
        self._transforms.of_stack.append(request)
        return empty_pb2.Empty()

    def RegisterStackInvokeTransform(self, request: Any) -> empty_pb2.Empty:  # noqa: N802 - the RPC's name
        """Notes a transform of every provider function."""
        self._transforms.of_invokes.append(request)
        return empty_pb2.Empty()

    def _carry_out(self, item: Registration, request: Any) -> resource_pb2.RegisterResourceResponse:
        package = item.type.split(":")[0]
        if not request.provider and self._project.default_providers_disabled(package):
            return self._failed(item, f"needs an explicit provider: default providers are disabled for {package}")
        provider = self._provider_of(request.provider)
        if not self._preview and self._dead.intersection(item.dependencies):
            self._dead.add(item.urn)
            item.fidelity = "skipped"
            self._progress(item)
            return resource_pb2.RegisterResourceResponse(urn=item.urn, result=resource_pb2.Result.FAIL)
        try:
            if self._preview:
                self._backend.preview(item, provider)
            elif request.importId:
                item.id = request.importId
                self._backend.read(item, provider)
            else:
                self._backend.create(item, provider)
        except Refusal as refusal:
            return self._failed(item, str(refusal))
        self._progress(item)
        return self._answered(item)

    def _answered(self, item: Registration) -> resource_pb2.RegisterResourceResponse:
        state = {**item.inputs, **item.outputs}
        return resource_pb2.RegisterResourceResponse(urn=item.urn, id=item.id, object=wire.encode(state))

    def _failed(self, item: Registration, reason: str) -> resource_pb2.RegisterResourceResponse:
        self._dead.add(item.urn)
        item.fidelity, item.error = "failed", reason
        self._run.errors.append(f"{item.type} {item.name}: {reason}")
        self._progress(item)
        return resource_pb2.RegisterResourceResponse(urn=item.urn, result=resource_pb2.Result.FAIL)

    def _reference(self, item: Registration) -> resource_pb2.RegisterResourceResponse:
        item.fidelity = "read"
        item.id = str(wire.reveal(item.inputs.get("name", item.name)))
        item.outputs = {"outputs": self._stack_outputs(item.id), "secretOutputNames": []}
        return self._answered(item)

    def _stack_outputs(self, name: str) -> Mapping[str, Any]:
        if name not in self._references:
            raise MissingReference(name)
        return self._references[name]

    def _provider_of(self, reference: str) -> Registration | None:
        return self._known.get(reference.rsplit("::", 1)[0]) if reference else None

    def _recorded(self, request: Any, *, custom: bool) -> Registration:
        urn = self.make_urn(request.parent, request.type, request.name)
        if urn in self._known:
            raise Refusal(f"{request.type} {request.name}: is registered twice under one parent (duplicate URN {urn})")
        item = _registration(request, urn, custom=custom)
        self._known[urn] = item
        if item.type != STACK_TYPE:
            self._run.registrations.append(item)
        return item


class MissingReference(Exception):
    """The program refers to a stack whose outputs are not known yet."""

    def __init__(self, name: str) -> None:
        super().__init__(f"stack reference {name}: its outputs are not known")
        self.name = name


def _registration(request: Any, urn: str, *, custom: bool) -> Registration:
    """Reads a register or read request; a read request has fewer fields."""
    inputs = getattr(request, "object", None) if hasattr(request, "object") else request.properties
    dependencies = getattr(request, "propertyDependencies", {})
    return Registration(
        urn=urn,
        type=request.type,
        name=request.name,
        parent="" if STACK_TYPE in request.parent.split("$")[-1] else request.parent,
        custom=custom,
        inputs=wire.decode(inputs),
        dependencies=sorted(request.dependencies),
        property_dependencies={key: sorted(value.urns) for key, value in dependencies.items()},
        provider=request.provider.rsplit("::", 1)[0],
        protect=bool(getattr(request, "protect", False)),
        retain_on_delete=bool(getattr(request, "retainOnDelete", False)),
        ignore_changes=list(getattr(request, "ignoreChanges", ())),
        aliases=[alias.urn or alias.spec.name for alias in getattr(request, "aliases", ())],
    )


class Engine:
    """Receives what a program logs: warnings and errors go into the run, as under the real engine."""

    def __init__(self, run: Run) -> None:
        self._run = run

    def Log(self, request: Any) -> None:  # noqa: N802 - the RPC's name
        """Keeps warnings and errors; an error that a program logs fails its update."""
        if request.severity == engine_pb2.WARNING:
            self._run.warnings.append(request.message)
        elif request.severity == engine_pb2.ERROR:
            self._run.errors.append(request.message)
