"""The secrets that a stack rotates by a function of its own, and what simulated AWS holds of each."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from mcp_ops.rehearsal import wire
from mcp_ops.rehearsal.drills.drill import Stage
from mcp_ops.rehearsal.record import Registration
from mcp_ops.rehearsal.simulator.places import Place

SECRET = "aws:secretsmanager/secret:Secret"  # noqa: S105 - a resource type
ROTATION = "aws:secretsmanager/secretRotation:SecretRotation"
FUNCTION = "aws:lambda/function:Function"
PARAMETER = "aws:ssm/parameter:Parameter"
CURRENT, PREVIOUS, PENDING = "AWSCURRENT", "AWSPREVIOUS", "AWSPENDING"

KIND_TAG, NAME_TAG = "mcp-secret-kind", "mcp-secret"
OTHER = "other"
"""Kind of secrets that carry no tag about it."""


@dataclass(frozen=True)
class Rotated:
    """One secret that a function of the stack rotates."""

    name: str
    kind: str
    arn: str
    place: Place
    function_arn: str


def rotated_secrets(stage: Stage) -> list[Rotated]:
    """Returns the secrets with a rotation function that the stack registered, by kind and name."""
    functions = {str(item.outputs.get("arn")) for item in stage.run.of_type(FUNCTION)}
    secrets = {str(item.outputs.get("arn")): item for item in stage.run.of_type(SECRET)}
    found = []
    for rotation in stage.run.of_type(ROTATION):
        inputs = wire.reveal(rotation.inputs)
        secret, function = secrets.get(str(inputs.get("secretId"))), inputs.get("rotationLambdaArn")
        if secret is not None and function in functions:
            found.append(_rotated(secret, str(function)))
    return sorted(found, key=lambda item: (item.kind, item.name))


def one_of_each_kind(secrets: list[Rotated]) -> list[Rotated]:
    """Returns the first secret of each kind; kinds that nobody told are all different."""
    chosen: dict[str, Rotated] = {}
    for secret in secrets:
        chosen.setdefault(secret.kind if secret.kind != OTHER else secret.arn, secret)
    return list(chosen.values())


def _rotated(secret: Registration, function_arn: str) -> Rotated:
    tags = wire.reveal(secret.inputs.get("tags") or {})
    place = Place(secret.account, secret.region)
    name = str(tags.get(NAME_TAG, secret.name))
    return Rotated(name, str(tags.get(KIND_TAG, OTHER)), str(secret.outputs["arn"]), place, function_arn)


class Versions:
    """Versions of one secret, read with nobody's permissions; values stay in here."""

    def __init__(self, stage: Stage, secret: Rotated) -> None:
        self.secret = secret
        self._client = stage.cloud.client("secretsmanager", secret.place)
        self._stage = stage
        self.history: list[dict[str, Any]] = []
        """Version ids by stage, each with what had happened before."""

    def ids(self) -> dict[str, str]:
        """Returns version ids by stage."""
        described = self._client.describe_secret(SecretId=self.secret.arn)
        stages: Mapping[str, list[str]] = described.get("VersionIdsToStages") or {}
        return {stage: version for version, found in stages.items() for stage in found}

    def note(self, after: str) -> dict[str, str]:
        """Adds the versions as they are now to the history."""
        ids = self.ids()
        self.history.append({"after": after, **{stage: ids.get(stage) for stage in (CURRENT, PREVIOUS, PENDING)}})
        return ids

    def value(self, version: str) -> str | None:
        """Returns the value of a version; None when it has none."""
        try:
            answer = self._client.get_secret_value(SecretId=self.secret.arn, VersionId=version)
        except ClientError:
            return None
        return str(answer.get("SecretString"))

    def unverifiable(self, versions: list[str]) -> list[str]:
        """Returns those versions of a signing key that no published JWKS can verify."""
        values = {version: self.value(version) or "{}" for version in versions}
        kids = {version: json.loads(value).get("kid") for version, value in values.items()}
        published = set(self._published())
        return [version for version, kid in kids.items() if kid not in published]

    def _published(self) -> Iterator[str]:
        """Yields the ids of the keys in the JWKS that parameters of the stack hold for this secret."""
        client = self._stage.cloud.client("ssm", self.secret.place)
        for parameter in self._stage.run.of_type(PARAMETER):
            name = str(parameter.outputs.get("name", ""))
            if f"/{self.secret.name}/" in name:
                document = json.loads(client.get_parameter(Name=name)["Parameter"]["Value"])
                yield from (key["kid"] for key in document.get("keys", []))
