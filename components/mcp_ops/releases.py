"""What a server has run, and what it goes back to: read from the deployments that Amazon ECS keeps (90 days).

`Ecs` below is any client with boto3's interface. Servers are found by their tags, so no Pulumi state is needed.
"""

import difflib
import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mcp_ops.errors import InputError, Offence

SERVER_TAG, ENVIRONMENT_TAG = "mcp-server", "Environment"
SUCCESSFUL = "SUCCESSFUL"
RUNNING = frozenset({"PENDING", "IN_PROGRESS"})
"""A deployment that can be stopped."""
GOING_BACK = frozenset({"ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS", "STOP_REQUESTED"})
"""A deployment that ECS is taking back already."""
WENT_BACK = frozenset({"ROLLBACK_SUCCESSFUL", "STOPPED"})
"""A deployment after which the one before it runs."""

Ecs = Any
_REVISIONS = 20
"""Most revisions that DescribeServiceRevisions takes (ECS API reference)."""


@dataclass(frozen=True)
class Service:
    """The ECS service of one server."""

    server: str
    cluster: str
    """ARN of the cluster."""
    arn: str


@dataclass(frozen=True)
class Release:
    """One deployment of a service."""

    deployment: str
    """ARN of the deployment."""
    task_definition: str
    """ARN of the revision."""
    image: str
    """Image as the task definition names it."""
    digest: str
    """`sha256:...` of what ECS pulled; empty where it is not known yet."""
    status: str
    """Status of ECS, such as `SUCCESSFUL`."""
    reason: str
    created: datetime | None

    @property
    def content(self) -> str:
        """What ran: the digest, where it is known."""
        return self.digest or self.image

    def as_json(self) -> dict[str, Any]:
        """Returns the entry of a report."""
        created = self.created.isoformat() if self.created else None
        return {
            "digest": self.digest or None,
            "image": self.image,
            "taskDefinition": self.task_definition,
            "status": self.status,
            "reason": self.reason or None,
            "deployedAt": created,
        }


@dataclass(frozen=True)
class History:
    """The releases of a server, the newest first."""

    service: Service
    releases: tuple[Release, ...]

    @property
    def newest(self) -> Release | None:
        """The last deployment, however it ended."""
        return self.releases[0] if self.releases else None

    @property
    def good(self) -> Release | None:
        """The newest deployment that ended well: what runs now, unless one is under way."""
        return next((release for release in self.releases if release.status == SUCCESSFUL), None)

    @property
    def last_good(self) -> Release | None:
        """What a roll-back leads to; None where there is nothing to go back to.

        Unless the last deployment ended well: the newest that did. Else the newest of those that ended well before what
        runs now first did: so a second roll-back never leads back to the release that the first one left.
        """
        if self.newest is None or self.good is None or self.newest.status != SUCCESSFUL:
            return self.good
        well = [release for release in self.releases if release.status == SUCCESSFUL]
        first = max(place for place, release in enumerate(well) if release.content == self.good.content)
        return next(iter(well[first + 1 :]), None)


def services_of(tagging: Any, environment: str) -> dict[str, Service]:
    """Returns the services of an environment by server; `tagging`: client of the Resource Groups Tagging API."""
    pages = tagging.get_paginator("get_resources").paginate(
        ResourceTypeFilters=["ecs:service"],
        TagFilters=[{"Key": ENVIRONMENT_TAG, "Values": [environment]}, {"Key": SERVER_TAG}],
    )
    found = {}
    for item in itertools.chain.from_iterable(page["ResourceTagMappingList"] for page in pages):
        tags = {tag["Key"]: tag["Value"] for tag in item["Tags"]}
        arn = item["ResourceARN"]
        before, _, path = arn.partition(":service/")
        found[tags[SERVER_TAG]] = Service(tags[SERVER_TAG], f"{before}:cluster/{path.split('/')[0]}", arn)
    return dict(sorted(found.items()))


def service_named(services: Mapping[str, Service], server: str) -> Service:
    """Returns the service of a server.

    Raises:
        InputError: the environment has no such server.
    """
    if server not in services:
        near = difflib.get_close_matches(server, services, n=1)
        hint = f"; did you mean {near[0]}" if near else f"; there are: {', '.join(services) or 'none'}"
        raise InputError(Offence("server", server, f"has no service in this environment{hint}"))
    return services[server]


def history_of(ecs: Ecs, service: Service) -> History:
    """Returns the releases of a service."""
    deployments = list(_deployments(ecs, service))
    revisions = _revisions(ecs, {item["targetServiceRevisionArn"] for item in deployments})
    releases = [_release(item, revisions.get(item["targetServiceRevisionArn"], {}), service) for item in deployments]
    return History(service, tuple(sorted(releases, key=_age, reverse=True)))


def roll_back(ecs: Ecs, history: History) -> Release:
    """Puts a service back to its last good release and returns that; ECS carries it out meanwhile.

    A deployment under way is stopped, so that ECS takes it back itself; otherwise the service gets the revision of its
    last good release.

    Raises:
        InputError: there is none, or ECS goes back by itself, or has done so.
    """
    newest, target = history.newest, history.last_good
    where, server = "server", history.service.server
    if newest and target and newest.status in GOING_BACK | WENT_BACK:
        rule = f"went back by itself: {newest.status}, to {target.content}"
        raise InputError(Offence(where, server, rule))
    if target is None or newest is None:
        raise InputError(Offence(where, server, "has no release before this one that ended well; deploy a repair"))
    if newest.status in RUNNING:
        ecs.stop_service_deployment(serviceDeploymentArn=newest.deployment, stopType="ROLLBACK")
    else:
        service = history.service
        ecs.update_service(cluster=service.cluster, service=service.arn, taskDefinition=target.task_definition)
    return target


def _deployments(ecs: Ecs, service: Service) -> Iterator[Mapping[str, Any]]:
    asked: dict[str, Any] = {"service": service.arn, "cluster": service.cluster, "maxResults": 100}
    while True:
        page = ecs.list_service_deployments(**asked)
        yield from page["serviceDeployments"]
        if not page.get("nextToken"):
            return
        asked["nextToken"] = page["nextToken"]


def _revisions(ecs: Ecs, arns: Iterable[str]) -> dict[str, Mapping[str, Any]]:
    found: dict[str, Mapping[str, Any]] = {}
    wanted = sorted(arns)
    for start in range(0, len(wanted), _REVISIONS):
        reply = ecs.describe_service_revisions(serviceRevisionArns=wanted[start : start + _REVISIONS])
        found |= {item["serviceRevisionArn"]: item for item in reply["serviceRevisions"]}
    return found


def _release(deployment: Mapping[str, Any], revision: Mapping[str, Any], service: Service) -> Release:
    images = {item.get("containerName"): item for item in revision.get("containerImages", ())}
    # The container is named after its server; the other one is the proxy of Service Connect.
    own: Mapping[str, Any] = images.get(service.server) or next(iter(images.values()), {})
    image = own.get("image", "")
    return Release(
        deployment=deployment["serviceDeploymentArn"],
        task_definition=revision.get("taskDefinition", ""),
        image=image,
        digest=own.get("imageDigest") or image.partition("@")[2],
        status=deployment["status"],
        reason=deployment.get("statusReason", ""),
        created=deployment.get("createdAt"),
    )


def _age(release: Release) -> float:
    return release.created.timestamp() if release.created else 0.0
