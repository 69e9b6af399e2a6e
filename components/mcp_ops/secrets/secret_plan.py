"""One secret of a store: its inputs, and what is decided from them. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NotRequired, TypedDict

import pulumi

from mcp_ops.inputs import Inputs
from mcp_ops.secrets.schedule import Schedule, plan_schedule

KINDS = ("api-key", "database", "external", "generated", "signing-key")
"""Kinds of secrets."""

LENGTH = (16, 4096)
DEFAULT_LENGTH = 32
ALPHABETS = {"alphanumeric": 22, "hex": 32, "symbols": 21, "url-safe": 22}
"""Alphabets of generated secrets, each with the characters that 128 bits take."""

MAX_AGE_DAYS = (1, 3650)
DEFAULT_MAX_AGE_DAYS = 365

NAME = re.compile(r"[a-z]([a-z0-9-]{0,38}[a-z0-9])?")
NAME_RULE = "is not the name of a secret: lower case, digits and hyphens, first a letter, at most 40 characters"

_HOOK = re.compile(r"https://[a-z0-9.-]+(:\d{1,5})?(/[\w.~/-]*)?")
_SECRET_ARN = re.compile(r"arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:[\w/+=.@!-]{1,512}")
USER = re.compile(r"[a-z][a-z0-9_]{0,24}")
USER_RULE = "is not a user: lower case, digits and _, first a letter, at most 25 characters"
DATABASE = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,62}")
DATABASE_RULE = "is not the name of a database"
HOST = re.compile(r"[a-z0-9.-]{1,253}")
HOST_RULE = "is not a host name"

_LOGIN = ("admin_secret_arn", "cluster_arn", "dbname", "engine", "host", "username")
_NEEDS: Mapping[str, tuple[str, ...]] = {
    "api-key": ("hook_url",),
    "database": _LOGIN,
    "external": (),
    "generated": (),
    "signing-key": (),
}
_ROTATES = ("rotation_days", "schedule", "window_hours")
_TAKES: Mapping[str, tuple[str, ...]] = {
    "api-key": ("hook_url", "value", *_ROTATES),
    "database": (*_LOGIN, "admin_secret_key_arn", "port", *_ROTATES),
    "external": ("max_age_days", "value"),
    "generated": ("alphabet", "length", *_ROTATES),
    "signing-key": _ROTATES,
}
_MANAGED = ("managed_secret_arn", *_ROTATES)
PORTS = {"mysql": 3306, "postgres": 5432}
"""Engines, each with its usual port."""


class SecretArgs(TypedDict):
    """One secret of a store; about 0.40 USD a month, and as much for each replica."""

    kind: str
    """`generated`: random text. `api-key`: issued by a hook of yours. `signing-key`: an RS256 key pair with a JWKS.
    `database`: a login, whose password RDS manages, or two users in turn. `external`: somebody else rotates it."""
    description: NotRequired[str]
    """What it is for, up to 2048 characters; not secret."""
    rotation_days: NotRequired[int]
    """Days between two rotations, 1 to 365. Default 30. The period is shortened by up to a tenth, at most 7 days, by
    the secret's name, so that not all rotate on one day."""
    schedule: NotRequired[str]
    """Instead of `rotation_days`: `cron(0 hours day month weekday *)` in UTC, used as it is."""
    window_hours: NotRequired[int]
    """Hours in which the rotation may begin, 1 to 24. Default 4: from midnight UTC, or from the hour of `schedule`."""
    length: NotRequired[int]
    """`generated`: characters, 16 to 4096, of 128 bits at least. Default 32."""
    alphabet: NotRequired[str]
    """`generated`: `alphanumeric`, `hex`, `symbols` or `url-safe`. Default `alphanumeric`."""
    value: NotRequired[pulumi.Input[str]]
    """`api-key`, `external`: the first value, from encrypted configuration. It is put once and never again. Default:
    the hook makes it; an `external` secret has none until somebody puts one."""
    hook_url: NotRequired[str]
    """`api-key`: address that makes, checks and ends keys, `https://...`; the contract stands in docs/secrets.md."""
    max_age_days: NotRequired[int]
    """`external`: days after which the value counts as overdue, 1 to 3650. Default 365."""
    managed_secret_arn: NotRequired[pulumi.Input[str]]
    """`database`: the secret that RDS manages (`ManageMasterUserPassword`); the store sets its schedule. No other input
    of `database` goes with it."""
    cluster_arn: NotRequired[pulumi.Input[str]]
    """`database`: Aurora cluster with the Data API."""
    admin_secret_arn: NotRequired[pulumi.Input[str]]
    """`database`: secret of a user who may make users and set passwords."""
    admin_secret_key_arn: NotRequired[pulumi.Input[str]]
    """`database`: key that encrypts it, unless it is AWS's own."""
    engine: NotRequired[str]
    """`database`: `mysql` (8 or later) or `postgres`."""
    host: NotRequired[pulumi.Input[str]]
    """`database`: host that the servers connect to."""
    port: NotRequired[int]
    """`database`: port, 1 to 65535. Default: the engine's."""
    dbname: NotRequired[str]
    """`database`: database that the servers use."""
    username: NotRequired[str]
    """`database`: the first of the two users, up to 25 characters; the second is `<username>_clone`."""


@dataclass(frozen=True)
class SecretPlan:
    """What one secret is."""

    kind: str
    description: str
    schedule: Schedule | None
    """None: somebody else rotates it."""
    max_age_days: int
    """Days after which it is overdue, without the grace of the watch."""
    managed: bool
    """Whether RDS rotates it."""
    settings: Mapping[str, str | int]
    """What the rotation function has to know, apart from what only AWS knows."""


def plan_secret(inputs: Inputs, name: str) -> SecretPlan:
    """Decides on one secret; notes every offence."""
    offences = inputs.offences
    kind = inputs.choice("kind", "", KINDS)
    managed = kind == "database" and inputs.has("managed_secret_arn")
    _check_fields(inputs, kind, managed=managed)
    description = inputs.text("description", re.compile(r"(?s).{0,2048}"), "is too long; at most 2048 characters")
    external = kind in {"external", ""}
    schedule = None if external else plan_schedule(inputs, name)
    max_age = inputs.integer("max_age_days", DEFAULT_MAX_AGE_DAYS, *MAX_AGE_DAYS)
    settings = {} if managed else {"kind": kind, **_settings(kind, inputs)}
    hidden = _plain(inputs, "value") is None
    offences.check(hidden, "value", "***", "stands in plain text; take it from encrypted configuration: require_secret")
    for key in ("managed_secret_arn", "admin_secret_arn"):
        given = _plain(inputs, key)
        offences.check(given is None or _SECRET_ARN.fullmatch(given), key, given, "is not the ARN of a secret")
    return SecretPlan(kind, description, schedule, schedule.days if schedule else max_age, managed, settings)


def _check_fields(inputs: Inputs, kind: str, *, managed: bool) -> None:
    if not kind:
        return
    for key in () if managed else _NEEDS[kind]:
        inputs.offences.check(inputs.has(key), key, None, f"is missing; a secret of kind {kind} needs it")
    takes = {"kind", "description", *(_MANAGED if managed else _TAKES[kind])}
    for key in sorted(SecretArgs.__annotations__.keys() - takes):
        what = "a password that RDS manages" if managed else f"kind {kind}"
        # The value may be a secret, so the error does not show it.
        inputs.offences.check(not inputs.has(key), key, "given", f"has no effect with {what}; leave it out")


def _plain(inputs: Inputs, key: str) -> str | None:
    """Returns an input that is text already; None when it is absent or known later."""
    value = inputs.given(key)
    return value if isinstance(value, str) else None


def _settings(kind: str, inputs: Inputs) -> Mapping[str, str | int]:
    readers = {"api-key": _hook, "database": _login, "generated": _text}
    return readers[kind](inputs) if kind in readers else {}


def _hook(inputs: Inputs) -> Mapping[str, str | int]:
    rule = "is not an address that begins with https://, without query; a key would travel in the open"
    return {"hook_url": inputs.text("hook_url", _HOOK, rule)}


def _text(inputs: Inputs) -> Mapping[str, str | int]:
    alphabet = inputs.choice("alphabet", "alphanumeric", tuple(ALPHABETS))
    length = inputs.integer("length", DEFAULT_LENGTH, *LENGTH)
    fewest = ALPHABETS[alphabet]
    inputs.offences.check(
        length >= fewest, "length", length, f"gives less than 128 bits with {alphabet}; use {fewest} or more"
    )
    return {"length": length, "alphabet": alphabet}


def _login(inputs: Inputs) -> Mapping[str, str | int]:
    engine = inputs.choice("engine", "postgres", tuple(PORTS))
    host = _plain(inputs, "host")
    inputs.offences.check(host is None or HOST.fullmatch(host), "host", host, HOST_RULE)
    return {
        "engine": engine,
        "port": inputs.integer("port", PORTS[engine], 1, 65535),
        "dbname": inputs.text("dbname", DATABASE, DATABASE_RULE),
        "username": inputs.text("username", USER, USER_RULE),
    }
