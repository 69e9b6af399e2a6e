"""Reads the settings of the running stack; whatever is wrong with them is said in one error."""

import copy
import json
from collections.abc import Iterable, Mapping
from typing import Any, get_args, get_origin

import pulumi
from pulumi.runtime.config import CONFIG, get_config_env, get_config_secret_keys_env, is_config_secret
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from settings import Settings
from settings_errors import Findings, rule_of
from settings_rules import check_rules
from settings_secrets import leaves, secret_kind
from settings_types import RULE
from settings_words import NAMESPACE, Path, dotted

STAND_INS: Mapping[str, Any] = {
    "environment": "dev",
    "account": "000000000000",
    "regions": {"primary": "us-east-1"},
    "regions.primary": "us-east-1",
    "domain": {"name": "example.com"},
    "domain.name": "example.com",
    "owner": "owner",
    "costCentre": "cost-centre",
    "repository": {"owner": "owner", "name": "name"},
    "repository.owner": "owner",
    "repository.name": "name",
    "network": {},
    "servers": {"stand-in": {"image": "name:tag"}},
    "servers.*.image": "name:tag",
}
"""Valid values for what is required: they take the place of wrong ones, so that the rules can judge all that is right.
A rule is silent about what depends on them (`Findings.check`)."""

REPAIRS = 5
"""Rounds of repair; the deepest setting is five levels down, and each round goes up at least one."""


def load() -> Settings:
    """Returns the settings of the running stack. Raises `InputError` with every offence in its stack file."""
    config = {**get_config_env(), **CONFIG.get()}  # the public class pulumi.Config cannot list its keys
    prefix = f"{NAMESPACE}:"
    document = {key.removeprefix(prefix): _decoded(value) for key, value in config.items() if key.startswith(prefix)}
    secret = {key for key in config if is_config_secret(key)} | set(get_config_secret_keys_env())
    encrypted = {key.removeprefix(prefix) for key in secret}
    return parse(document, f"Pulumi.{pulumi.get_stack()}.yaml", encrypted)


def parse(document: Mapping[str, Any], file: str, encrypted: Iterable[str] = ()) -> Settings:
    """Returns the settings that `document` holds; its keys are those of the stack file without namespace.

    `file` begins every error line; values under `encrypted` keys are never shown. Raises `InputError` with every
    offence.
    """
    found = Findings(file, encrypted)
    for path, value in leaves(document):
        kind = secret_kind(path, value)
        if kind:
            found.secret(path, kind)
    settings = _validated(document, found)
    check_rules(settings, found)
    found.refuse()
    return settings


def _validated(document: Mapping[str, Any], found: Findings) -> Settings:
    """Returns the settings with stand-ins for what is wrong; what is wrong is noted."""
    draft = json.loads(json.dumps(document, default=str))
    errors: list[ErrorDetails] = []
    for _ in range(REPAIRS):
        try:
            return Settings.model_validate_json(json.dumps(draft))
        except ValidationError as refused:
            errors = errors or _noted(refused.errors(include_url=False), found)
            for error in refused.errors():
                _repair(draft, error["loc"][:-1] if _is_name(error) else error["loc"])
    found.refuse()
    raise AssertionError(errors)  # pragma: no cover - what cannot be repaired has been noted


def _noted(errors: list[ErrorDetails], found: Findings) -> list[ErrorDetails]:
    for error in errors:
        path = error["loc"]
        if error["type"] == "extra_forbidden":
            found.unknown(path, _known_keys(path[:-1]))
        elif error["type"] == "missing":
            found.missing(path)
        elif _is_name(error):
            found.wrong(path[:-1], path[-2], rule_of(error), path[:-2])
        elif error["type"] != "too_short" or not _has_wrong_entries(path, errors):
            found.wrong(path, error["input"], rule_of(error))
    return errors


def _is_name(error: ErrorDetails) -> bool:
    """Tells whether the name of a server or variable is wrong, not its value."""
    return error["type"] == RULE and error["loc"][-1] == "[key]"


def _has_wrong_entries(path: Path, errors: list[ErrorDetails]) -> bool:
    """Tells whether an entry of a list is wrong by itself: pydantic counts the others only, and finds them too few."""
    return any(len(error["loc"]) > len(path) and error["loc"][: len(path)] == path for error in errors)


def _repair(draft: dict[str, Any], path: Path) -> None:
    """Puts a stand-in at `path`, or takes the value away so that its default holds.

    Where there is neither, what the value belongs to goes.
    """
    node, last = _node(draft, path[:-1]), path[-1]
    stand_in = STAND_INS.get(_general(path))
    if isinstance(node, dict) and stand_in is not None:
        node[str(last)] = copy.deepcopy(stand_in)
    elif isinstance(node, dict) and last in node:
        del node[str(last)]
    elif node is not None:
        _repair(draft, path[:-1])


def _node(draft: Any, path: Path) -> Any:
    """Returns the group or list at `path`; None when an earlier repair took it away."""
    for part in path:
        if isinstance(draft, dict):
            draft = draft.get(str(part))
        elif isinstance(draft, list):
            draft = draft[int(part)]
    return draft


def _general(path: Path) -> str:
    """Returns a path as `STAND_INS` has it, with `*` for the name of a server."""
    return dotted((path[0], "*", *path[2:]) if path[0] == "servers" and len(path) > 1 else path)


def _known_keys(path: Path) -> list[str]:
    """Returns the keys of the group at `path`."""
    group: type[BaseModel] = Settings
    parts = iter(path)
    for part in parts:
        annotation = next((field.annotation for field in group.model_fields.values() if field.alias == part), None)
        if get_origin(annotation) is dict:
            next(parts)  # the name of a server
        group = _group_in(annotation) or group
    return [str(field.alias) for field in group.model_fields.values()]


def _group_in(annotation: Any) -> type[BaseModel] | None:
    """Returns the model that a field holds: itself, or inside `X | None`, a list or a mapping."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((group for group in map(_group_in, get_args(annotation)) if group), None)


def _decoded(value: Any) -> Any:
    """Returns a value of the configuration: groups arrive as JSON text, text as it stands."""
    try:
        decoded = json.loads(value)
    except (TypeError, ValueError):
        return value
    return decoded if isinstance(decoded, dict | list) else value
