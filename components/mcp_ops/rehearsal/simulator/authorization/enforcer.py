"""Calls made under a role: IAM decides before they reach simulated AWS."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError
from botocore.model import OperationModel

from mcp_ops.rehearsal.simulator.authorization.call import Call, Lookup, Target
from mcp_ops.rehearsal.simulator.authorization.context_keys import keys_of_call
from mcp_ops.rehearsal.simulator.authorization.decision import Decision, decide
from mcp_ops.rehearsal.simulator.authorization.policy import Policies, Policy, read_policy
from mcp_ops.rehearsal.simulator.authorization.refusals import refusal
from mcp_ops.rehearsal.simulator.authorization.request import (
    CannotDecide,
    Principal,
    Request,
    Value,
    account_of,
    role_session,
)
from mcp_ops.rehearsal.simulator.authorization.stored_policies import (
    owner_of,
    resource_policy,
    role_policies,
    trust_policy,
)
from mcp_ops.rehearsal.simulator.authorization.targets import targets
from mcp_ops.rehearsal.simulator.authorization.trust import Attempt, action_of, may_assume
from mcp_ops.rehearsal.simulator.places import DEFAULT_REGION, Place


@dataclass(frozen=True)
class SessionSettings:
    """How a role is taken, and what is known of the calls under it."""

    session_name: str = "rehearsal"
    taken_by: Principal | None = None
    """Who takes the role: its trust policy must allow it. None: the trust policy is not asked."""
    source_identity: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    """Session tags."""
    session_policy: str = ""
    """JSON document; empty for none."""
    context: Mapping[str, Value] = field(default_factory=dict)
    """Further condition keys of taking the role and of every call: `aws:SourceVpce`, `aws:MultiFactorAuthPresent`."""
    resource_policies: Mapping[str, str] = field(default_factory=dict)
    """By ARN: policies to use instead of those that simulated AWS holds; an empty text says that there is none."""


@dataclass(frozen=True)
class Enforced:
    """One permission that a call under a role asked for."""

    target: Target
    decision: Decision


class RoleSession:
    """A session of a role. Its clients' calls are decided by IAM; each raises what AWS would raise.

    Raises:
        ClientError: simulated IAM has no such role, or its trust policy does not let the taker in.
        CannotDecide: whether it does cannot be told.
    """

    def __init__(self, role_arn: str, settings: SessionSettings, unenforced: Lookup, new_client: Lookup) -> None:
        self.role_arn, self._settings = role_arn, settings
        self._unenforced, self._new_client = unenforced, new_client
        self._account = account_of(role_arn)
        self._iam = unenforced("iam", Place(self._account))
        stored = role_policies(self._iam, role_arn)
        self.principal = role_session(role_arn, settings.session_name, {**stored.tags, **settings.tags})
        self.log: list[Enforced] = []
        """Every permission asked for, in order."""
        self._keys: dict[str, Value] = {"aws:userid": f"{stored.id}:{settings.session_name}", **settings.context}
        if settings.source_identity:
            self._keys["aws:SourceIdentity"] = settings.source_identity
        self._session = (read_policy(settings.session_policy, "session policy"),) if settings.session_policy else ()
        if settings.taken_by:
            self._take(settings.taken_by)

    def _take(self, principal: Principal) -> None:
        attempt = Attempt(
            principal,
            {"sts:RoleSessionName": self._settings.session_name, **self._settings.context},
            source_identity=self._settings.source_identity,
            tags=self._settings.tags,
        )
        decision = may_assume(
            self.role_arn, trust_policy(self._iam, self.role_arn), attempt, self._policies_of(principal)
        )
        if not decision.allowed:
            call = Call("sts", action_of(principal).split(":")[1], {}, Place(self._account), self._unenforced)
            target = Target(action_of(principal), self.role_arn)
            raise ClientError(refusal(call, target, principal, decision), call.operation)  # type: ignore[arg-type] # a mapping with the members that botocore gives

    def _policies_of(self, principal: Principal) -> Policies | None:
        if principal.kind == "user":
            raise CannotDecide(f"the policies of {principal.name} are not read; name a role or the account")
        if principal.kind != "role":
            return None
        stored = role_policies(self._unenforced("iam", Place(principal.account)), principal.role_arn)
        return Policies(self._account, stored.identity, stored.boundary)

    def client(self, service: str, region: str = DEFAULT_REGION) -> Any:
        """Returns a client whose calls are made under the role."""
        place = Place(self._account, region)
        client = self._new_client(service, place)
        # The parameters are those of the caller, and nothing has been sent yet.
        client.meta.events.register_first("before-parameter-build", self._enforcing(client, service, place))
        return client

    def _enforcing(self, client: Any, service: str, place: Place) -> Callable[..., None]:
        def enforce(params: Mapping[str, Any], model: OperationModel, **_: Any) -> None:
            call = Call(service, model.name, params, place, self._unenforced)
            for target in targets(call):
                decision = self._decide(call, target)
                self.log.append(Enforced(target, decision))
                if not decision.allowed:
                    response = refusal(call, target, self.principal, decision)
                    raise client.exceptions.from_code(response["Error"]["Code"])(response, model.name)

        return enforce

    def _decide(self, call: Call, target: Target) -> Decision:
        owner = owner_of(target, self._account)
        keys, absent = keys_of_call(call, target, self.principal, owner)
        now = datetime.now(UTC)
        times = {"aws:CurrentTime": now.strftime("%Y-%m-%dT%H:%M:%SZ"), "aws:EpochTime": str(int(now.timestamp()))}
        request = Request(self.principal, target.action, target.resource, {**keys, **times, **self._keys}, absent)
        policy = resource_policy(call, target, self._settings.resource_policies)
        return decide(request, self._policies(owner, policy))

    def _policies(self, owner: str, resource: Policy | None) -> Policies:
        # Read for each call: a policy may change between two of them.
        stored = role_policies(self._iam, self.role_arn)
        return Policies(owner, stored.identity, stored.boundary, self._session, resource)
