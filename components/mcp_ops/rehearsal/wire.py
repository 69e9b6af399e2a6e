"""Values as Pulumi sends them: protobuf structs to plain Python and back, with secrets and unknowns kept visible."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import pulumi
from google.protobuf import struct_pb2
from pulumi.runtime import rpc

SECRET_SHOWN: Final = "[secret]"  # noqa: S105 - what is printed in the place of one


class Unknown:
    """A value that only a later step will know: an output during preview, or of a resource that failed."""

    def __repr__(self) -> str:
        """`<unknown>`, as a report prints it."""
        return "<unknown>"


UNKNOWN: Final = Unknown()


@dataclass(frozen=True)
class Secret:
    """A value that Pulumi keeps encrypted; it prints as `[secret]`."""

    value: Any

    def __repr__(self) -> str:
        """`[secret]`: the value itself appears nowhere."""
        return SECRET_SHOWN


type_of_signature: dict[str, str] = {
    rpc._special_asset_sig: "asset",  # noqa: SLF001 - the wire format's constants have no public names
    rpc._special_archive_sig: "archive",  # noqa: SLF001 - as above
    rpc._special_secret_sig: "secret",  # noqa: SLF001 - as above
    rpc._special_resource_sig: "resource",  # noqa: SLF001 - as above
    rpc._special_output_value_sig: "output",  # noqa: SLF001 - as above
}


def decode(value: Any) -> Any:
    """Returns a protobuf `Struct`, `ListValue` or scalar as plain Python.

    Whole numbers become `int`, assets and archives Pulumi's classes, references ids, and `UNKNOWN` and `Secret` stay
    marked.
    """
    if isinstance(value, struct_pb2.Struct):
        return _decode_struct(value)
    if isinstance(value, struct_pb2.ListValue):
        return [decode(item) for item in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return UNKNOWN if value == rpc.UNKNOWN else value


def _decode_struct(struct: struct_pb2.Struct) -> Any:
    if rpc._special_sig_key not in struct:  # noqa: SLF001 - see above
        return {key: decode(item) for key, item in struct.items()}
    kind = type_of_signature[str(struct[rpc._special_sig_key])]  # noqa: SLF001 - see above
    return DECODERS[kind](struct)


def _asset(struct: struct_pb2.Struct) -> pulumi.Asset:
    if "text" in struct:
        return pulumi.StringAsset(str(struct["text"]))
    return pulumi.FileAsset(str(struct["path"])) if "path" in struct else pulumi.RemoteAsset(str(struct["uri"]))


def _archive(struct: struct_pb2.Struct) -> pulumi.Archive:
    if "assets" in struct:
        return pulumi.AssetArchive(decode(struct["assets"]))
    return pulumi.FileArchive(str(struct["path"])) if "path" in struct else pulumi.RemoteArchive(str(struct["uri"]))


def _reference(struct: struct_pb2.Struct) -> Any:
    if "id" not in struct:
        return str(struct["urn"])
    return decode(struct["id"]) or UNKNOWN


def _output(struct: struct_pb2.Struct) -> Any:
    value = decode(struct["value"]) if "value" in struct else UNKNOWN
    return Secret(value) if dict(struct).get("secret") else value


DECODERS: dict[str, Callable[[struct_pb2.Struct], Any]] = {
    "asset": _asset,
    "archive": _archive,
    "secret": lambda struct: Secret(decode(struct["value"])),
    "resource": _reference,
    "output": _output,
}


def encode(properties: Mapping[str, Any]) -> struct_pb2.Struct:
    """Returns a mapping as a protobuf `Struct`; the reverse of `decode`."""
    struct = struct_pb2.Struct()
    struct.update({key: _encoded(value) for key, value in properties.items() if value is not None})
    return struct


def _encoded(value: Any) -> Any:
    if isinstance(value, Secret):
        return {rpc._special_sig_key: rpc._special_secret_sig, "value": _encoded(value.value)}  # noqa: SLF001 - see above
    if isinstance(value, Unknown):
        return rpc.UNKNOWN
    if isinstance(value, pulumi.Asset | pulumi.Archive):
        return _encoded_asset(value)
    if isinstance(value, Mapping):
        return {str(key): _encoded(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set):
        return [_encoded(item) for item in value]
    return value if isinstance(value, str | bool | int | float | None) else str(value)


def _encoded_asset(value: pulumi.Asset | pulumi.Archive) -> dict[str, Any]:
    is_asset = isinstance(value, pulumi.Asset)
    signature = rpc._special_asset_sig if is_asset else rpc._special_archive_sig  # noqa: SLF001 - see above
    for field in ("path", "text", "uri", "assets"):
        content = getattr(value, field, None)
        if content is not None:
            return {rpc._special_sig_key: signature, field: _encoded(content)}  # noqa: SLF001 - see above
    raise TypeError(value)


def reveal(value: Any) -> Any:
    """Returns a decoded value with the marks of secrets taken off, at any depth.

    For the simulator, never for a report.
    """
    if isinstance(value, Secret):
        return reveal(value.value)
    if isinstance(value, Mapping):
        return {key: reveal(item) for key, item in value.items()}
    return [reveal(item) for item in value] if isinstance(value, list | tuple) else value


def shown(value: Any) -> Any:
    """Returns a decoded value as a report may print it in JSON: secrets masked, unknowns and assets described."""
    if isinstance(value, Mapping):
        return {str(key): shown(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [shown(item) for item in value]
    if isinstance(value, pulumi.FileAsset | pulumi.FileArchive):
        return f"<file {value.path}>"
    if isinstance(value, pulumi.Asset | pulumi.Archive):
        return f"<{type(value).__name__}>"
    return value if isinstance(value, str | bool | int | float | None) else repr(value)


def known(value: Any) -> Any:
    """Returns a decoded value without its unknown parts, at any depth."""
    if isinstance(value, Mapping):
        return {key: known(item) for key, item in value.items() if not isinstance(item, Unknown)}
    if isinstance(value, list | tuple):
        return [known(item) for item in value if not isinstance(item, Unknown)]
    return value


def has_secret(value: Any) -> bool:
    """Tells whether any part of a decoded value is secret."""
    if isinstance(value, Mapping):
        return any(has_secret(item) for item in value.values())
    if isinstance(value, list | tuple):
        return any(has_secret(item) for item in value)
    return isinstance(value, Secret)


def has_unknown(value: Any) -> bool:
    """Tells whether any part of a decoded value is unknown."""
    if isinstance(value, Secret):
        return has_unknown(value.value)
    if isinstance(value, Mapping):
        return any(has_unknown(item) for item in value.values())
    if isinstance(value, list | tuple):
        return any(has_unknown(item) for item in value)
    return isinstance(value, Unknown)
