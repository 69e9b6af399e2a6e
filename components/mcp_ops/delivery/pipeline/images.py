"""Builds an image for both architectures, pushes it, scans what was pushed, and signs it by digest."""

import json
import re
from pathlib import Path

from mcp_ops.delivery.pipeline.tools import Runner, required
from mcp_ops.errors import InputError, Offence, Offences

BUILD_SECONDS = 1800
SCAN_SECONDS = 600
BILL = "sbom.spdx.json"
"""File that the bill of materials is written to."""
_METADATA = "build.json"
_REPOSITORY = re.compile(r"[a-z0-9.-]+(:\d+)?(/[a-z0-9._-]+)+")
_REPOSITORY_RULE = "is malformed; write it like ghcr.io/owner/name, in lower case"
_TAG_RULE = "is malformed; it has 1 to 128 letters, digits, '_', '.' and '-', and begins with none of the last two"
_TAG = re.compile(r"\w[\w.-]{0,127}")
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_ECR = re.compile(r"\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com(\.cn)?")


def pushed(tools: Runner, directory: Path, context: str, repository: str, tag: str) -> str:
    """Returns the digest of an image that was built, pushed, found free of critical vulnerabilities, and signed.

    Raises:
        InputError: a name is malformed, or a step did not succeed. What was pushed then has no signature.
    """
    offences = Offences()
    offences.check(_REPOSITORY.fullmatch(repository), "repository", repository, _REPOSITORY_RULE)
    offences.check(_TAG.fullmatch(tag), "--tag", tag, _TAG_RULE)
    offences.refuse()
    _sign_in(tools, repository.split("/", 1)[0])
    required(tools, ["docker", "buildx", "create", "--use", "--driver", "docker-container"], seconds=120)
    build = ["docker", "buildx", "build", "--platform", "linux/arm64,linux/amd64", "--provenance=false", "--sbom=false"]
    target = ["--tag", f"{repository}:{tag}", "--push", "--metadata-file", _METADATA, context]
    required(tools, [*build, *target], seconds=BUILD_SECONDS)
    digest = _built(directory / _METADATA)
    image = f"{repository}@{digest}"
    # Without a database of today it finds nothing; it must say so instead.
    fresh = ["env", "GRYPE_DB_REQUIRE_UPDATE_CHECK=true", "GRYPE_DB_VALIDATE_AGE=true"]
    required(tools, [*fresh, "grype", image, "--fail-on", "critical"], seconds=SCAN_SECONDS)
    required(tools, ["syft", image, "--output", f"spdx-json={BILL}"], seconds=SCAN_SECONDS)
    required(tools, ["cosign", "sign", "--yes", image], seconds=SCAN_SECONDS)
    attest = ["cosign", "attest", "--yes", "--type", "spdxjson", "--predicate", BILL, image]
    required(tools, attest, seconds=SCAN_SECONDS)
    return digest


def _built(metadata: Path) -> str:
    """Returns the digest that Docker says it has built."""
    try:
        digest = str(json.loads(metadata.read_text(encoding="utf-8")).get("containerimage.digest", ""))
    except (OSError, ValueError, AttributeError) as error:
        raise InputError(Offence(_METADATA, type(error).__name__, f"tells no digest of an image: {error}")) from error
    if not _DIGEST.fullmatch(digest):
        raise InputError(Offence(_METADATA, digest, "is no digest of an image"))
    return digest


def _sign_in(tools: Runner, registry: str) -> None:
    """Signs in to ECR; any other registry is the caller's to sign in to."""
    if not _ECR.fullmatch(registry):
        return
    # A pipe, so that the password is on no command line and in no log.
    script = f"aws ecr get-login-password | docker login --username AWS --password-stdin {registry}"
    required(tools, ["bash", "-o", "pipefail", "-c", script], seconds=120)
