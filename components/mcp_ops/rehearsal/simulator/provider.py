"""The AWS provider of a rehearsal: a type and its inputs in, an id and outputs out."""

import hashlib
import json
import re
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mcp_ops.rehearsal import wire
from mcp_ops.rehearsal.record import Operation
from mcp_ops.rehearsal.simulator import sdk
from mcp_ops.rehearsal.simulator.cloud import Cloud
from mcp_ops.rehearsal.simulator.context import Context, Subject
from mcp_ops.rehearsal.simulator.errors import Refusal, UnknownType
from mcp_ops.rehearsal.simulator.outputs import outputs_from
from mcp_ops.rehearsal.simulator.places import DEFAULT_ACCOUNT, DEFAULT_REGION, Place
from mcp_ops.rehearsal.simulator.services import SPECS, file_of
from mcp_ops.rehearsal.simulator.spec import Call, Spec, Step

ACCOUNT_ID = re.compile(r"\d{12}")


@dataclass(frozen=True)
class Settings:
    """What a provider resource, or the `aws:` configuration, says."""

    place: Place = field(default_factory=Place)
    default_tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Request:
    """One resource to create."""

    type: str
    name: str
    """The logical name."""
    inputs: Mapping[str, Any]
    """Inputs without marks of secrets; unknowns only in a preview."""
    settings: Settings = field(default_factory=Settings)
    seed: str = ""
    """Sets the made-up names of one stack apart from those of another in the same account: `<project>/<stack>`."""


@dataclass(frozen=True)
class Created:
    """One resource as it stands afterwards."""

    id: str
    outputs: Mapping[str, Any]
    operations: tuple[Operation, ...]


class Aws:
    """Creates resources in a simulated cloud by their specifications."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud

    def preview(self, request: Request) -> None:
        """Checks what is known of a resource before anything exists.

        Raises:
            UnknownType: there is no specification.
            Refusal: AWS would not accept it, or an input maps to nothing.
        """
        self._carried_out(request, None)

    def create(self, request: Request) -> Created:
        """Creates a resource.

        Raises:
            UnknownType: there is no specification.
            Refusal: AWS would not accept it, or an input maps to nothing.
        """
        spec = spec_of(request.type)
        context = self._carried_out(request, self.cloud)
        outputs = outputs_from(spec, context)
        outputs.setdefault("tagsAll", context.subject.given.get("tags"))
        return Created(context.id, outputs, tuple(context.operations))

    def _carried_out(self, request: Request, cloud: Cloud | None) -> Context:
        spec = spec_of(request.type)
        given = prepared(request, spec)
        region = given.pop("region", None) or request.settings.place.region
        place = Place(request.settings.place.account, region)
        file = f"rehearsal/simulator/services/{file_of(request.type)}"
        subject = Subject(request.type, request.name, given, request.seed, file)
        context = Context(cloud, place, shaped(given, spec), subject)
        named = _named_elsewhere(spec)
        _step(spec.create, context, named, spec.tag_type)
        context.id = "" if context.previewing else _identified(spec, context)
        for step in spec.then:
            _step(step, context, named, spec.tag_type)
        if spec.read is not None and not context.previewing:
            context.run(spec.read, frozenset(context.inputs), "")
        _all_used(context)
        return context


def spec_of(type_: str) -> Spec:
    """Returns the specification of a type.

    Raises:
        UnknownType: there is none; the message names the file that would hold it.
    """
    try:
        return SPECS[type_]
    except KeyError:
        raise UnknownType(_why_unknown(type_)) from None


def _why_unknown(type_: str) -> str:
    package = type_.split(":", maxsplit=1)[0]
    packages = sorted({token.split(":")[0] for token in SPECS})
    if package not in packages:
        return f"belongs to the package {package}; the rehearsal knows {', '.join(packages)}"
    if sdk.resource_class(type_) is None:
        return f"has no specification; the installed pulumi_{package} has no such type"
    return f"has no specification; add it to rehearsal/simulator/services/{file_of(type_)}"


def prepared(request: Request, spec: Spec) -> dict[str, Any]:
    """Returns a resource's inputs as Pulumi's provider completes them.

    Named, and tagged with the provider's default tags.
    """
    known = sdk.outputs_of(request.type)
    inputs = {key: value for key, value in request.inputs.items() if value is not None}
    if "tagsAll" in known and (request.settings.default_tags or inputs.get("tags")):
        inputs["tags"] = {**request.settings.default_tags, **(inputs.get("tags") or {})}
    if inputs.get("tags") == {}:
        del inputs["tags"]
    _autoname(request, spec, inputs, known)
    return inputs


def shaped(given: Mapping[str, Any], spec: Spec) -> dict[str, Any]:
    """Returns inputs as the specification takes them.

    Without those that only steer the provider, in AWS's structure.
    """
    inputs = {key: value for key, value in given.items() if key not in spec.ignored}
    return spec.reshape(wire.known(inputs)) if spec.reshape else inputs


def _autoname(request: Request, spec: Spec, inputs: dict[str, Any], known: Mapping[str, Any]) -> None:
    name = spec.autoname
    if not name or name not in known:
        return
    prefix = inputs.pop(f"{name}Prefix", None)
    digest = hashlib.sha256(
        f"{request.seed}/{request.settings.place}/{request.type}/{request.name}".encode()
    ).hexdigest()
    if prefix is not None and not isinstance(prefix, wire.Unknown):
        inputs[name] = f"{prefix}{digest[:26]}"
    else:
        made_up = f"{request.name}-{digest[:7]}"
        inputs.setdefault(name, made_up.lower() if spec.lowercase_name else made_up)


def _named_elsewhere(spec: Spec) -> frozenset[str]:
    """Returns the inputs that declared calls name, which therefore do not belong to the call that takes the rest."""
    calls = [step for step in (spec.create, *spec.then) if isinstance(step, Call)]
    return frozenset(name for call in calls for name in call.inputs or ()) | frozenset(
        name for step in spec.then if not isinstance(step, Call) for name in getattr(step, "takes", ())
    )


def _step(step: Call | Step, context: Context, named: frozenset[str], tag_type: str) -> None:
    if isinstance(step, Call):
        context.run(step, named, tag_type)
    else:
        context.taken.update(getattr(step, "takes", ()))
        context.merge(step(context) or {})


def _identified(spec: Spec, context: Context) -> str:
    found = context.find(spec.id)
    if not found:
        raise Refusal(f"the specification finds no id at {spec.id!r}")
    return str(found)


def _all_used(context: Context) -> None:
    left = sorted(set(context.inputs) - context.taken)
    if left and not context.previewing:
        entry = f"the entry of {context.subject.type} in {context.subject.file}"
        raise Refusal(f"inputs {', '.join(left)} map to nothing; name them in {entry}")


def settings_from(config: Mapping[str, Any]) -> Settings:
    """Reads a provider's inputs: texts, or JSON where Pulumi sends objects so.

    Raises:
        Refusal: an account id is none, or account and region lists exclude each other.
    """
    accounts = _parsed(config.get("allowedAccountIds")) or []
    for account in accounts:
        if not ACCOUNT_ID.fullmatch(str(account)):
            raise Refusal(f"allowedAccountIds: {account!r} is no account id; use 12 digits")
    tags = (_parsed(config.get("defaultTags")) or {}).get("tags") or {}
    region = config.get("region") or DEFAULT_REGION
    return Settings(
        Place(str(accounts[0]) if accounts else DEFAULT_ACCOUNT, str(region)), typing.cast("Mapping[str, str]", tags)
    )


def _parsed(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value
