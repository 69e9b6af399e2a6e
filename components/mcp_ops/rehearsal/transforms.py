"""Transforms: functions of the program that change a resource before it is registered, called as by the engine."""

from collections.abc import Iterator
from typing import Any

import grpc
from pulumi.runtime.proto import callback_pb2, callback_pb2_grpc, resource_pb2

from mcp_ops.rehearsal.simulator.errors import Refusal

TIMEOUT = 30.0
"""Seconds that one transform may take."""

OPTIONS = {
    "protect": "protect",
    "retain_on_delete": "retainOnDelete",
    "ignore_changes": "ignoreChanges",
    "depends_on": "dependencies",
    "provider": "provider",
}
"""Options that a transform may change here: the transform's name, and the registration's."""


class Transforms:
    """Applies a resource's own transforms, then those of its parents, then the stack's."""

    def __init__(self) -> None:
        self.of_stack: list[Any] = []
        self.of_invokes: list[Any] = []
        self._by_urn: dict[str, tuple[list[Any], str]] = {}
        self._stubs: dict[str, callback_pb2_grpc.CallbacksStub] = {}

    def apply(self, request: Any, urn: str) -> None:
        """Changes a register request in place.

        Raises:
            Refusal: a transform raised an error.
        """
        self._by_urn[urn] = (list(request.transforms), request.parent)
        for callback in self._of(urn):
            asked = resource_pb2.TransformRequest(
                type=request.type,
                name=request.name,
                custom=request.custom,
                parent=request.parent,
                properties=request.object,
                options=_options(request),
            )
            answer = self._called(callback, asked, resource_pb2.TransformResponse, f"{request.type} {request.name}")
            request.object.CopyFrom(answer.properties)
            _take_options(request, answer.options)

    def apply_to_invoke(self, request: Any) -> None:
        """Changes the arguments of a provider function in place.

        Raises:
            Refusal: a transform raised an error.
        """
        for callback in self.of_invokes:
            options = resource_pb2.TransformInvokeOptions(provider=request.provider)
            asked = resource_pb2.TransformInvokeRequest(token=request.tok, args=request.args, options=options)
            answer = self._called(callback, asked, resource_pb2.TransformInvokeResponse, request.tok)
            request.args.CopyFrom(answer.args)

    def _of(self, urn: str) -> Iterator[Any]:
        while urn in self._by_urn:
            own, urn = self._by_urn[urn]
            yield from own
        yield from self.of_stack

    def _called(self, callback: Any, asked: Any, kind: Any, what: str) -> Any:
        stub = self._stubs.get(callback.target)
        if stub is None:
            channel = grpc.insecure_channel(callback.target)
            stub = self._stubs[callback.target] = callback_pb2_grpc.CallbacksStub(channel)
        request = callback_pb2.CallbackInvokeRequest(token=callback.token, request=asked.SerializeToString())
        try:
            return kind.FromString(stub.Invoke(request, timeout=TIMEOUT).response)
        except grpc.RpcError as error:
            raise Refusal(f"{what}: a transform failed: {error.details()}") from error


def _options(request: Any) -> resource_pb2.TransformResourceOptions:
    options = resource_pb2.TransformResourceOptions()
    for theirs, ours in OPTIONS.items():
        value = getattr(request, ours)
        if isinstance(value, bool | str):
            if value:
                setattr(options, theirs, value)
        else:
            getattr(options, theirs).extend(value)
    return options


def _take_options(request: Any, options: Any) -> None:
    for theirs, ours in OPTIONS.items():
        value = getattr(options, theirs)
        if isinstance(value, bool | str):
            setattr(request, ours, value)
        else:
            del getattr(request, ours)[:]
            getattr(request, ours).extend(value)
