"""Pulumi's assets and archives as the bytes that an upload would carry."""

import io
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import pulumi

from mcp_ops.rehearsal.simulator.errors import Refusal

EPOCH = (1980, 1, 1, 0, 0, 0)
"""The earliest time a ZIP file can say: the same content gives the same bytes."""


def asset_bytes(value: pulumi.Asset | pulumi.Archive, where: str) -> bytes:
    """Returns the content of an asset, or an archive as a ZIP file.

    Raises:
        Refusal: the file or folder does not exist, or lies on another machine.
    """
    if isinstance(value, pulumi.StringAsset):
        return value.text.encode()
    if isinstance(value, pulumi.FileAsset):
        return _existing(value.path, where).read_bytes()
    if isinstance(value, pulumi.FileArchive) and Path(value.path).is_file():
        return Path(value.path).read_bytes()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted(_entries(value, where)):
            archive.writestr(zipfile.ZipInfo(name, EPOCH), content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def _entries(value: pulumi.Asset | pulumi.Archive, where: str, prefix: str = "") -> Iterator[tuple[str, bytes]]:
    if isinstance(value, pulumi.AssetArchive):
        for name, item in value.assets.items():
            yield from _entries(
                item, where, f"{prefix}{name}/" if isinstance(item, pulumi.Archive) else f"{prefix}{name}"
            )
    elif isinstance(value, pulumi.FileArchive):
        folder = _existing(value.path, where)
        for file in folder.rglob("*"):
            if file.is_file() and "__pycache__" not in file.parts:
                yield f"{prefix}{file.relative_to(folder).as_posix()}", file.read_bytes()
    elif isinstance(value, pulumi.Asset) and not isinstance(value, pulumi.RemoteAsset):
        yield prefix, asset_bytes(value, where)
    else:
        raise Refusal(f"{where}: a remote asset cannot be fetched in a rehearsal")


def _existing(path: str | Mapping[str, object], where: str) -> Path:
    file = Path(str(path))
    if not file.exists():
        raise Refusal(f"{where}: {path} does not exist")
    return file
