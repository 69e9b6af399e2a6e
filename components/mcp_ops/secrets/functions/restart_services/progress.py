"""How far the services are after a rotation. Pure: everything is read off the services themselves."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from .fleet import Service

DONE, FAILED, RUNNING, STALE = "done", "failed", "running", "stale"


@dataclass(frozen=True)
class Rotation:
    """One rotation that succeeded."""

    secret: str
    """ARN."""
    time: str
    """When, as Amazon EventBridge writes it."""

    @property
    def when(self) -> datetime:
        """When the new value was certainly there: the time of an event is cut to the second."""
        return datetime.strptime(self.time, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC) + timedelta(seconds=1)


@dataclass(frozen=True)
class Work:
    """A rotation, and the services that have to read the new value, each with how far it is."""

    rotation: Rotation
    users: dict[Service, str]

    def services(self, state: str) -> list[Service]:
        """Returns the services in a state."""
        return [service for service, found in self.users.items() if found == state]

    def is_over(self) -> bool:
        """Whether nothing is left to do: every service has the value, or one failed, which stops the others."""
        return bool(self.services(FAILED)) or all(state == DONE for state in self.users.values())


def work_of(rotation: Rotation, fleet: Iterable[Service]) -> Work:
    """Returns what a rotation asks for."""
    users = [service for service in fleet if rotation.secret in service.secrets]
    return Work(rotation, {service: _state(rotation, service) for service in users})


def _state(rotation: Rotation, service: Service) -> str:
    since = [item for item in (service.newest, *service.others) if item.started >= rotation.when]
    if any(item.state == "FAILED" for item in since):
        return FAILED
    if service.newest not in since:
        return STALE
    return DONE if service.newest.state == "COMPLETED" else RUNNING


def next_restart(works: Iterable[Work], fleet: Iterable[Service]) -> Service | None:
    """Returns the service to restart now; none while one is being deployed, whoever started that."""
    if any(service.newest.state == "IN_PROGRESS" for service in fleet):
        return None
    waiting = [service for work in works if not work.services(FAILED) for service in work.services(STALE)]
    return min(waiting, key=lambda service: service.arn, default=None)
