"""One secret in AWS Secrets Manager during one rotation: its versions by stage, and the value of each."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from mcp_function_kit.clients import aws

CURRENT, PENDING, PREVIOUS = "AWSCURRENT", "AWSPENDING", "AWSPREVIOUS"


class Refused(Exception):
    """A rotation cannot go on; the message says why and never holds a value."""


class Vault:
    """A secret, and the version that this rotation is to make."""

    def __init__(self, arn: str, token: str) -> None:
        self.arn = arn
        self.token = token
        """Id of the version that is being made."""
        self.client = aws("secretsmanager")

    @cached_property
    def _described(self) -> Mapping[str, Any]:
        described: Mapping[str, Any] = self.client.describe_secret(SecretId=self.arn)
        return described

    @property
    def tags(self) -> dict[str, str]:
        """Tags of the secret."""
        return {tag["Key"]: tag["Value"] for tag in self._described.get("Tags", [])}

    @property
    def rotation_enabled(self) -> bool:
        """Whether AWS Secrets Manager rotates the secret."""
        return bool(self._described.get("RotationEnabled"))

    @property
    def stages(self) -> Mapping[str, list[str]]:
        """Stages by version id."""
        stages: Mapping[str, list[str]] = self._described.get("VersionIdsToStages") or {}
        return stages

    def is_current(self) -> bool:
        """Whether the version of this rotation is the current one already."""
        return CURRENT in self.stages.get(self.token, [])

    def version_at(self, stage: str) -> str | None:
        """Returns the id of the version at a stage."""
        return next((version for version, stages in self.stages.items() if stage in stages), None)

    def value_at(self, stage: str) -> str | None:
        """Returns the value of the version at a stage; None when there is no such version."""
        version = self.version_at(stage)
        return None if version is None else self._value(version)

    def pending(self) -> str | None:
        """Returns the value that this rotation has made, if it has."""
        return self._value(self.token)

    def _value(self, version: str) -> str | None:
        try:
            answer = self.client.get_secret_value(SecretId=self.arn, VersionId=version)
        except self.client.exceptions.ResourceNotFoundException:
            return None  # announced, and without a value so far
        return str(answer["SecretString"])

    def put(self, value: str, stage: str) -> None:
        """Keeps the value under this rotation's version id."""
        self.client.put_secret_value(
            SecretId=self.arn, ClientRequestToken=self.token, SecretString=value, VersionStages=[stage]
        )

    def make_current(self) -> None:
        """Moves the label AWSCURRENT; AWS Secrets Manager moves AWSPREVIOUS after it."""
        current = self.version_at(CURRENT)
        leaving = {"RemoveFromVersionId": current} if current else {}
        self.client.update_secret_version_stage(
            SecretId=self.arn, VersionStage=CURRENT, MoveToVersionId=self.token, **leaving
        )

    def clear_pending(self) -> None:
        """Takes the label AWSPENDING off: left behind, it can block the next rotation."""
        self.client.update_secret_version_stage(SecretId=self.arn, VersionStage=PENDING, RemoveFromVersionId=self.token)
