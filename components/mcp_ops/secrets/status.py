"""How the secrets of an environment stand: read from AWS, or from simulated AWS, by the caller's own permissions.

No value is read.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

GRACE_DAYS = 2
"""Days by which a rotation may be late (as in the alarm of the watch)."""

_ARN_PARTS = 7
_AT_ONCE = 10

Client = Callable[[str], Any]
"""Returns a boto3 client of a service."""


@dataclass(frozen=True)
class Status:
    """One secret."""

    name: str
    kind: str
    arn: str
    age_days: float | None
    """Age of the value in use; None when there is none."""
    most_days: int
    """Days after which it is to have a new value."""
    next_rotation: datetime | None
    """By when AWS rotates it; None when somebody else does, or AWS does not say."""
    schedule: str
    """As AWS has it; empty when nobody rotates it here."""
    pending: bool
    """Whether a rotation is under way, or broke off."""
    readers: tuple[str, ...]
    """Names of the roles that its policy lets read; empty when it has no policy."""
    users: tuple[str, ...]
    """Names of the services whose containers are given it."""

    @property
    def overdue(self) -> bool:
        """Whether the value is too old, or missing."""
        return self.age_days is None or self.age_days > self.most_days + GRACE_DAYS

    def as_json(self) -> dict[str, Any]:
        """Returns the secret for machines."""
        return {
            "name": self.name,
            "kind": self.kind,
            "arn": self.arn,
            "age_days": None if self.age_days is None else round(self.age_days, 2),
            "most_days": self.most_days,
            "next_rotation": self.next_rotation.isoformat() if self.next_rotation else None,
            "schedule": self.schedule,
            "pending": self.pending,
            "overdue": self.overdue,
            "readers": list(self.readers),
            "users": list(self.users),
        }


def statuses(client: Client, environment: str) -> list[Status]:
    """Returns the secrets of the stores of an environment, by name."""
    manager = client("secretsmanager")
    users = _users(client("ecs"))
    found = [_status(manager, secret, tags, users) for secret, tags in _secrets(manager, environment)]
    return sorted(found, key=lambda status: status.name)


def _secrets(manager: Any, environment: str) -> Iterator[tuple[Any, Mapping[str, str]]]:
    filters = [{"Key": "tag-key", "Values": ["mcp-secret"]}]
    for page in manager.get_paginator("list_secrets").paginate(Filters=filters):
        for secret in page["SecretList"]:
            tags = {tag["Key"]: tag["Value"] for tag in secret.get("Tags", [])}
            if tags.get("Environment") == environment and "mcp-secret" in tags:
                yield secret, tags


def _status(manager: Any, secret: Any, tags: Mapping[str, str], users: Mapping[str, list[str]]) -> Status:
    arn = secret["ARN"]
    versions = manager.list_secret_version_ids(SecretId=arn)["Versions"]
    dates = {stage: version["CreatedDate"] for version in versions for stage in version["VersionStages"]}
    current = dates.get("AWSCURRENT")
    held = {stage: version["VersionId"] for version in versions for stage in version["VersionStages"]}
    rules = secret.get("RotationRules") or {}
    return Status(
        name=tags["mcp-secret"],
        kind=tags.get("mcp-secret-kind", ""),
        arn=arn,
        age_days=None if current is None else (datetime.now(UTC) - current).total_seconds() / 86_400,
        most_days=int(tags.get("mcp-secret-days", 0)),
        next_rotation=secret.get("NextRotationDate"),
        schedule=rules.get("ScheduleExpression", "") if secret.get("RotationEnabled") else "",
        pending="AWSPENDING" in held and held["AWSPENDING"] != held.get("AWSCURRENT"),
        readers=tuple(_readers(manager, arn)),
        users=tuple(users.get(arn, ())),
    )


def _readers(manager: Any, arn: str) -> Iterator[str]:
    """Yields the roles that the policy of a secret spares."""
    policy = json.loads(manager.get_resource_policy(SecretId=arn).get("ResourcePolicy") or "{}")
    for statement in policy.get("Statement", []):
        spared = statement.get("Condition", {}).get("ArnNotEquals", {}).get("aws:PrincipalArn", [])
        yield from (role.rsplit("/", 1)[-1] for role in ([spared] if isinstance(spared, str) else spared))


def _users(ecs: Any) -> dict[str, list[str]]:
    """Returns the names of services by ARN of each secret that their containers are given."""
    users: dict[str, list[str]] = {}
    for service in _services(ecs):
        definition = ecs.describe_task_definition(taskDefinition=service["taskDefinition"])["taskDefinition"]
        secrets = [item for container in definition["containerDefinitions"] for item in container.get("secrets", [])]
        for arn in sorted({":".join(item["valueFrom"].split(":")[:_ARN_PARTS]) for item in secrets}):
            users.setdefault(arn, []).append(service["serviceName"])
    return users


def _services(ecs: Any) -> Iterator[Any]:
    for clusters in ecs.get_paginator("list_clusters").paginate():
        for cluster in clusters["clusterArns"]:
            pages = ecs.get_paginator("list_services").paginate(cluster=cluster)
            arns = sorted(arn for page in pages for arn in page["serviceArns"])
            for start in range(0, len(arns), _AT_ONCE):
                yield from ecs.describe_services(cluster=cluster, services=arns[start : start + _AT_ONCE])["services"]
