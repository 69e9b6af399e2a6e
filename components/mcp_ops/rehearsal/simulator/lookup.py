"""Existing resources that a program reads (`Bucket.get(...)`).

Outside the stack, so taken to exist, with outputs of the hinted types.
"""

import hashlib
import typing
from collections.abc import Mapping
from typing import Any

from mcp_ops.rehearsal import wire
from mcp_ops.rehearsal.record import Registration
from mcp_ops.rehearsal.simulator import sdk
from mcp_ops.rehearsal.simulator.cloud import Cloud
from mcp_ops.rehearsal.simulator.places import Place


def looked_up(_: Cloud, item: Registration, place: Place) -> dict[str, Any]:
    """Returns outputs for a resource that no call creates.

    What the program gave, ids and ARNs in AWS's form, nothing else.
    """
    given = {key: value for key, value in item.inputs.items() if not wire.has_unknown(value)}
    made = {name: _made(name, hint, item, place) for name, hint in sdk.outputs_of(item.type).items()}
    return {**{name: value for name, value in made.items() if value is not None}, **given}


ENDINGS: Mapping[tuple[str, ...], str] = {
    ("arn",): "arn:{partition}:{service}:{region}:{account}:{kind}/{id}",
    ("accountid", "ownerid"): "{account}",
    ("url", "uri"): "https://{digest}.{service}.{region}.amazonaws.com",
    ("dnsname", "domainname", "endpoint", "address"): "{digest}.{service}.{region}.amazonaws.com",
    ("region",): "{region}",
    ("name", "bucket", "identifier"): "{id}",
}
"""What a text output says by the end of its name, in the order of looking."""


def _made(name: str, hint: Any, item: Registration, place: Place) -> Any:
    """Returns a value for one output, or None where none can be made that looks like AWS's."""
    if typing.get_origin(hint) is Mapping or typing.get_origin(hint) is dict:
        return {}
    if hint is not str:
        return None
    lowered = name.lower()
    form = next((form for endings, form in ENDINGS.items() if lowered.endswith(endings)), None)
    if form is None or (lowered == "arn" and item.id.startswith("arn:")):
        return item.id if lowered == "arn" else None
    return form.format(
        partition=place.partition,
        service=item.type.split(":")[1].split("/")[0],
        region=place.region,
        account=place.account,
        kind=item.type.rsplit(":", 1)[-1].lower(),
        id=item.id,
        digest=hashlib.sha256(f"{item.urn}/{name}".encode()).hexdigest()[:12],
    )
