"""The same image goes from environment to environment: what prod runs has run in staging."""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mcp_ops.errors import InputError, Offence

SERVERS = ":servers"
"""End of the key that holds the servers, in whatever namespace."""
ORDER = ("dev", "staging", "prod")


def differences(files: Mapping[str, Mapping[str, Any]], order: Sequence[str] = ORDER) -> Iterator[str]:
    """Yields the servers whose image is not the one of the environment before.

    `files`: content of the stack files by stack. A tag in an earlier environment is passed over: it proves nothing, and
    the rules of the settings say where it is allowed.

    Raises:
        InputError: a file's configuration, or its servers, are no mapping.
    """
    known = [stack for stack in order if stack in files]
    for before, after in itertools.pairwise(known):
        earlier, later = _digests(before, files[before]), _digests(after, files[after])
        for name, digest in later.items():
            if name not in earlier:
                yield f"{after}: server {name} is not in {before}, where it would have run first"
            elif digest and earlier[name] and digest != earlier[name]:
                yield f"{after}: server {name} runs {digest[:19]}..., {before} runs {earlier[name][:19]}..."


def _digests(stack: str, document: Mapping[str, Any]) -> Mapping[str, str]:
    """Returns the digest of each server's image; empty where it is named by tag."""
    config = _mapping(stack, "config", document.get("config"))
    servers = _mapping(stack, "servers", next((value for key, value in config.items() if key.endswith(SERVERS)), None))
    images = {
        name: server.get("image", "") if isinstance(server, Mapping) else server for name, server in servers.items()
    }
    return {name: str(image).partition("@")[2] for name, image in images.items()}


def _mapping(stack: str, what: str, value: Any) -> Mapping[str, Any]:
    if not isinstance(value or {}, Mapping):
        raise InputError(Offence(f"Pulumi.{stack}.yaml: {what}", value, "is no mapping of names to values"))
    return value or {}
