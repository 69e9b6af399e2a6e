"""The types of pulumi_random: values that a program makes up.

No AWS call is made, and the same program gets the same values.
"""

import base64
import hashlib
import random
import string
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from mcp_ops.rehearsal.simulator.context import Context
from mcp_ops.rehearsal.simulator.errors import Refusal
from mcp_ops.rehearsal.simulator.spec import Spec, Specs, step

SPECIAL = "!@#$%&*()-_=+[]{}<>:?"
"""The special characters that the provider takes when it is given no others."""

WORDS = (
    "amused",
    "bold",
    "calm",
    "eager",
    "fair",
    "gentle",
    "happy",
    "keen",
    "lively",
    "modest",
    "patient",
    "quick",
    "tidy",
    "vivid",
    "wise",
)
PETS = (
    "badger",
    "beaver",
    "crane",
    "dingo",
    "falcon",
    "gecko",
    "heron",
    "ibex",
    "koala",
    "lemur",
    "marten",
    "otter",
    "puffin",
    "robin",
)


def _source(context: Context) -> random.Random:
    """Returns a source of the resource's own: seeded by what it is, so that a rehearsal can be repeated."""
    subject = context.subject
    seed = f"{subject.seed}/{context.place}/{subject.type}/{subject.name}/{context.inputs.get('keepers')}"
    return random.Random(hashlib.sha256(seed.encode()).digest())  # noqa: S311 - must be repeatable, and guards nothing


def _number(context: Context, name: str, default: int = 0) -> int:
    value = context.take(name, default)
    return int(value if value is not None else default)


def _text(context: Context, source: random.Random) -> str:
    """A text of letters, digits and special characters with the least number of each that is asked for."""
    special = context.take("overrideSpecial") or SPECIAL
    kinds = {
        "Lower": string.ascii_lowercase,
        "Upper": string.ascii_uppercase,
        "Numeric": string.digits,
        "Special": special,
    }
    number = context.take("number", True)  # noqa: FBT003 - the provider's default
    wanted = {name: context.take(name.lower(), number if name == "Numeric" else True) for name in kinds}
    least = {name: _number(context, f"min{name}") for name in kinds}
    length = _number(context, "length")
    if length < 1 or length < sum(least.values()):
        raise Refusal(f"length: {length} must be at least 1 and at least the sum of the minima ({sum(least.values())})")
    alphabet = "".join(letters for name, letters in kinds.items() if wanted[name])
    if not alphabet:
        raise Refusal("lower, upper, numeric, special: one of them must be true")
    drawn = [source.choice(kinds[name]) for name, count in least.items() for _ in range(count)]
    drawn += [source.choice(alphabet) for _ in range(length - len(drawn))]
    source.shuffle(drawn)
    return "".join(drawn)


def _password(context: Context, source: random.Random) -> dict[str, Any]:
    text = _text(context, source)
    salt = hashlib.sha256(text.encode()).hexdigest()
    return {"result": text, "bcryptHash": f"$2a$10${salt[:53]}", "id": "none"}


def _string(context: Context, source: random.Random) -> dict[str, Any]:
    text = _text(context, source)
    return {"result": text, "id": text}


def _bytes(context: Context, source: random.Random, size: str) -> dict[str, Any]:
    length = _number(context, size)
    if length < 1:
        raise Refusal(f"{size}: {length} must be at least 1")
    drawn = source.randbytes(length)
    url, plain, prefix = (
        base64.urlsafe_b64encode(drawn).decode().rstrip("="),
        base64.b64encode(drawn).decode(),
        context.take("prefix") or "",
    )
    return {
        "id": url,
        "hex": f"{prefix}{drawn.hex()}",
        "dec": f"{prefix}{int.from_bytes(drawn, 'big')}",
        "b64Std": f"{prefix}{plain}",
        "b64Url": f"{prefix}{url}",
        "base64": plain,
    }


def _pet(context: Context, source: random.Random) -> dict[str, Any]:
    count, separator = _number(context, "length", 2), context.take("separator", "-")
    words = [source.choice(WORDS) for _ in range(count - 1)] + [source.choice(PETS)]
    prefix = context.take("prefix")
    return {"id": separator.join([prefix, *words] if prefix else words)}


def _integer(context: Context, source: random.Random) -> dict[str, Any]:
    least, most = _number(context, "min"), _number(context, "max")
    if least > most:
        raise Refusal(f"min: {least} must not be above max, which is {most}")
    context.take("seed")
    drawn = source.randint(least, most)
    return {"result": drawn, "id": str(drawn)}


def _shuffle(context: Context, source: random.Random) -> dict[str, Any]:
    items = list(context.take("inputs") or [])
    context.take("seed")
    source.shuffle(items)
    return {"results": items[: _number(context, "resultCount", len(items))], "id": "-"}


def _uuid(_: Context, source: random.Random) -> dict[str, Any]:
    text = str(uuid.UUID(bytes=source.randbytes(16), version=4))
    return {"result": text, "id": text}


Maker = Callable[[Context, random.Random], dict[str, Any]]

MAKERS: Mapping[str, Maker] = {
    "random:index/randomBytes:RandomBytes": lambda context, source: _bytes(context, source, "length"),
    "random:index/randomId:RandomId": lambda context, source: _bytes(context, source, "byteLength"),
    "random:index/randomInteger:RandomInteger": _integer,
    "random:index/randomPassword:RandomPassword": _password,
    "random:index/randomPet:RandomPet": _pet,
    "random:index/randomShuffle:RandomShuffle": _shuffle,
    "random:index/randomString:RandomString": _string,
    "random:index/randomUuid:RandomUuid": _uuid,
    "random:index/randomUuid4:RandomUuid4": _uuid,
}


def _spec(make: Maker) -> Spec:
    @step("keepers")
    def made(context: Context) -> Mapping[str, Any]:
        context.take("keepers")
        values = {} if context.previewing and _waits(context) else make(context, _source(context))
        return {f"Made{name}": value for name, value in values.items()}

    names = ("b64Std", "b64Url", "base64", "bcryptHash", "dec", "hex", "result", "results")
    return Spec(create=made, id="{Madeid}", autoname="", outputs={name: f"Made{name}" for name in names})


def _waits(context: Context) -> bool:
    """Tells whether an input is not known yet: then there is nothing to make up."""
    return any(type(value).__name__ == "Unknown" for value in context.inputs.values())


SPECS: Specs = {type_: _spec(make) for type_, make in MAKERS.items()}
