"""An API call on its way to simulated AWS, and what has to be looked up to see it as IAM does."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from mcp_ops.rehearsal.simulator.authorization.holding import remembered
from mcp_ops.rehearsal.simulator.authorization.request import account_of
from mcp_ops.rehearsal.simulator.places import Place

Lookup = Callable[[str, Place], Any]
"""Returns a client whose calls are not enforced, by service and place."""


@dataclass(frozen=True)
class Call:
    """One call of a role."""

    service: str
    """boto3's name."""
    operation: str
    parameters: Mapping[str, Any]
    place: Place
    client_of: Lookup

    def look_up(self, service: str, method: str, arn: str = "", **parameters: Any) -> dict[str, Any]:
        """Returns a reply of simulated AWS where the resource of an ARN lives; empty when there is nothing."""
        region = arn.split(":")[3] if arn else ""
        place = Place(account_of(arn) or self.place.account, region or self.place.region)
        key = (service, method, place, repr(sorted(parameters.items())))
        return remembered(key, lambda: self._reply(service, place, method, parameters))

    def _reply(self, service: str, place: Place, method: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        try:
            reply: dict[str, Any] = getattr(self.client_of(service, place), method)(**parameters)
        except ClientError:
            return {}
        return reply

    def arn(self, service: str, resource: str) -> str:
        """Returns an ARN of the caller's account and region."""
        return f"arn:{self.place.partition}:{service}:{self.place.region}:{self.place.account}:{resource}"

    def global_arn(self, service: str, resource: str) -> str:
        """Returns an ARN without a region."""
        return f"arn:{self.place.partition}:{service}::{self.place.account}:{resource}"


@dataclass(frozen=True)
class Target:
    """One permission that a call needs."""

    action: str
    resource: str = "*"
    via: str = ""
    """Service that uses the key on the caller's behalf: `secretsmanager`; empty for the call itself."""
    encryption_context: tuple[tuple[str, str], ...] | None = ()
    """Of a use of a key; None when it is not known."""
    passed_to: str = ""
    """Service that a role is passed to."""
