"""One resource on its way into simulated AWS: its inputs, the replies so far, and templates filled from both."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jmespath

from mcp_ops.rehearsal.record import Operation
from mcp_ops.rehearsal.simulator import model
from mcp_ops.rehearsal.simulator.call import Call
from mcp_ops.rehearsal.simulator.cloud import Cloud, Reply
from mcp_ops.rehearsal.simulator.errors import Refusal
from mcp_ops.rehearsal.simulator.fit import Fitter, is_pair, member_for, pairs, text_of
from mcp_ops.rehearsal.simulator.places import Place
from mcp_ops.rehearsal.wire import Unknown

PLACEHOLDER = re.compile(r"\{([^{}]+)\}")


@dataclass(frozen=True)
class Subject:
    """The resource that is carried."""

    type: str
    name: str
    """Logical name."""
    given: Mapping[str, Any]
    """Inputs as Pulumi's provider completes them, before they take AWS's structure; outputs echo these."""
    seed: str
    """What made-up values start from: project and stack."""
    file: str
    """Where its specification stands, for messages."""


class Context:
    """Carries a resource through the calls of its specification.

    A step function reads `inputs`, takes what it uses by `take`, and calls AWS by `call`.
    """

    def __init__(self, cloud: Cloud | None, place: Place, inputs: Mapping[str, Any], subject: Subject) -> None:
        self.place = place
        self.inputs = dict(inputs)
        self.subject = subject
        self.id = ""
        self.request: dict[str, Any] = {}
        self.operations: list[Operation] = []
        self.taken: set[str] = set()
        self._replies: dict[str, Any] = {}
        self._cloud = cloud

    def take(self, name: str, default: Any = None) -> Any:
        """Returns an input and notes that it has been used."""
        self.taken.add(name)
        value = self.inputs.get(name, default)
        return default if isinstance(value, Unknown) else value

    def call(
        self, operation: str, parameters: Mapping[str, Any], *, checked: str = "", region: str | None = None
    ) -> dict[str, Any]:
        """Makes one API call through the gate and returns its reply; later templates can read it.

        In a preview the parameters are validated as far as they are known, and the reply is empty.

        Raises:
            Refusal: AWS would not accept it.
        """
        service, name = operation.split(".")
        parameters = _known(parameters)
        if self._cloud is None:
            self._previewed(service, name, dict(parameters))
            return {}
        place = Place(self.place.account, region or self.place.region)
        reply = self._made(self._cloud, service, name, parameters, place, checked)
        self.operations.append(reply.operation)
        self.request = dict(parameters)
        self._replies = {**self._replies, **reply.data}
        return reply.data

    def merge(self, reply: Mapping[str, Any]) -> None:
        """Adds what a step returned to what templates may read."""
        self._replies = {**self._replies, **reply}

    def _made(
        self, cloud: Cloud, service: str, name: str, parameters: Mapping[str, Any], place: Place, checked: str
    ) -> Reply:
        if checked:
            return cloud.checked(service, name, parameters, place, checked)
        return cloud.call(service, name, parameters, place)

    def _previewed(self, service: str, name: str, parameters: dict[str, Any]) -> None:
        problems = model.problems_in(model.operation_model(service, name), parameters, complete=False)
        if problems:
            raise Refusal(f"{service}:{name}: {'; '.join(problems)}")

    @property
    def previewing(self) -> bool:
        """Whether nothing is called: outputs are unknown."""
        return self._cloud is None

    @property
    def cloud(self) -> Cloud | None:
        """The simulated cloud; None in a preview."""
        return self._cloud

    @property
    def roots(self) -> dict[str, Any]:
        """What templates may read."""
        return {
            **self._replies,
            "input": self.inputs,
            "request": self.request,
            "id": self.id or self._replies.get("id"),
            "account": self.place.account,
            "region": self.place.region,
            "partition": self.place.partition,
        }

    def find(self, expression: str) -> Any:
        """Evaluates a template (text with `{path}`) or a plain JMESPath over the context; None if nothing is there."""
        if not PLACEHOLDER.search(expression):
            return jmespath.search(expression, self.roots)
        parts = {path: jmespath.search(path, self.roots) for path in PLACEHOLDER.findall(expression)}
        if any(value is None for value in parts.values()):
            return None
        return PLACEHOLDER.sub(lambda match: str(parts[match.group(1)]), expression)

    def fill(self, value: Any) -> Any:
        """Returns a constant of a specification with its templates filled, at any depth."""
        if isinstance(value, str):
            return self.find(value) if PLACEHOLDER.search(value) else value
        if isinstance(value, Mapping):
            return {key: self.fill(item) for key, item in value.items()}
        return [self.fill(item) for item in value] if isinstance(value, list) else value

    def run(self, call: Call, others: frozenset[str], tag_type: str) -> None:
        """Makes a declared call with the inputs that belong to it.

        Raises:
            Refusal: an input maps to nothing, or AWS would not accept the call.
        """
        if call.when and not any(self._present(name) for name in call.when):
            return
        given = self._inputs_of(call, others)
        parameters = self._fitted(call, given, tag_type)
        for member, item in call.constant.items():
            filled = self.fill(item)
            if filled is not None:
                parameters.setdefault(member, filled)
        self.call(call.operation, parameters, checked=call.checked)

    def _present(self, name: str) -> bool:
        self.taken.add(name)
        return self.inputs.get(name) not in (None, "", [], {})

    def _inputs_of(self, call: Call, others: frozenset[str]) -> dict[str, Any]:
        names = call.inputs if call.inputs is not None else tuple(name for name in self.inputs if name not in others)
        self.taken.update(names)
        return {name: self.inputs[name] for name in names if name in self.inputs}

    def _fitted(self, call: Call, given: dict[str, Any], tag_type: str) -> dict[str, Any]:
        shape = _shape(call.operation)
        parameters: dict[str, Any] = {}
        if "tags" in given and member_for(shape, "tags") is None and "TagSpecifications" in shape.members and tag_type:
            parameters["TagSpecifications"] = [{"ResourceType": tag_type, "Tags": _tags(given.pop("tags"))}]
        for member, paths in call.pairs.items():
            parameters[member] = self._attributes(shape.members[member], given, paths)
        used = {path.split(".")[0] for paths in call.pairs.values() for path in paths}
        parameters.update(
            self.fitted(call.operation, {key: item for key, item in given.items() if key not in used}, call.rename)
        )
        return {name: item for name, item in parameters.items() if item not in ({}, [])} if tag_type else parameters

    def fitted(
        self, operation: str, given: Mapping[str, Any], rename: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        """Returns inputs as parameters of an operation, for a step that builds its calls itself.

        Raises:
            Refusal: an input maps to nothing, or cannot be read.
        """
        fitter = Fitter(rename or {})
        parameters = fitter.structure(_shape(operation), given)
        if fitter.unmapped:
            raise Refusal(
                f"inputs {', '.join(fitter.unmapped)} map to nothing in {operation}; "
                f"name them in the entry of {self.subject.type} in {self.subject.file}"
            )
        if fitter.problems:
            raise Refusal("; ".join(fitter.problems))
        return parameters

    def _attributes(self, shape: Any, given: Mapping[str, Any], paths: Mapping[str, str]) -> Any:
        found = {key: text_of(value) for path, key in paths.items() if (value := _at(given, path)) is not None}
        return pairs(shape.member, found) if hasattr(shape, "member") and is_pair(shape.member) else found


def _shape(operation: str) -> Any:
    service, name = operation.split(".")
    return model.operation_model(service, name).input_shape


def _known(value: Any) -> Any:
    """Returns a value without what is absent or unknown, at any depth."""
    if isinstance(value, Mapping):
        return {key: _known(item) for key, item in value.items() if item is not None and not isinstance(item, Unknown)}
    return [_known(item) for item in value if not isinstance(item, Unknown)] if isinstance(value, list) else value


def _at(given: Mapping[str, Any], path: str) -> Any:
    value: Any = given
    for part in path.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return None if isinstance(value, Unknown) else value


def _tags(tags: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{"Key": key, "Value": str(value)} for key, value in tags.items() if not isinstance(value, Unknown)]
