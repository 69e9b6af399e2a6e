"""Asks IAM about calls without making them."""

from collections.abc import Mapping
from datetime import UTC, datetime

from mcp_ops.rehearsal.simulator.authorization.call import Call, Lookup, Target
from mcp_ops.rehearsal.simulator.authorization.decision import Decision, decide
from mcp_ops.rehearsal.simulator.authorization.policy import Policies, Policy
from mcp_ops.rehearsal.simulator.authorization.request import Request, Value, account_of, keys_of, role_session
from mcp_ops.rehearsal.simulator.authorization.stored_policies import (
    RolePolicies,
    owner_of,
    resource_policy,
    role_policies,
    trust_policy,
)
from mcp_ops.rehearsal.simulator.authorization.trust import Attempt, may_assume
from mcp_ops.rehearsal.simulator.places import Place

SESSION = "rehearsal"


class Questions:
    """Decides many calls of many roles; what simulated AWS holds is read once, when it is first needed."""

    def __init__(self, client_of: Lookup, supplied: Mapping[str, str]) -> None:
        """`supplied`: policies by ARN, instead of those that simulated AWS holds; an empty text stands for none."""
        self._client_of, self._supplied = client_of, supplied
        self._roles: dict[str, RolePolicies] = {}
        self._trusts: dict[str, Policy] = {}
        self._resources: dict[tuple[str, str], Policy | None] = {}

    def role(self, arn: str) -> RolePolicies:
        """Returns the policies of a role."""
        if arn not in self._roles:
            self._roles[arn] = role_policies(self._client_of("iam", Place(account_of(arn))), arn)
        return self._roles[arn]

    def allows(self, role_arn: str, action: str, resource: str, keys: Mapping[str, Value], region: str) -> Decision:
        """Returns whether a session of a role may do something.

        `keys` are condition keys of the call, tags of the resource (`aws:ResourceTag/...`) among them; it carries no
        others than these and those that follow from who calls.

        Raises:
            CannotDecide: it depends on something that is not known.
        """
        stored, account = self.role(role_arn), account_of(role_arn)
        target = Target(action, resource)
        owner = owner_of(target, account)
        principal = role_session(role_arn, SESSION, stored.tags)
        now = datetime.now(UTC)
        circumstances: dict[str, Value] = {
            **keys_of(principal),
            "aws:CurrentTime": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "aws:EpochTime": str(int(now.timestamp())),
            "aws:RequestedRegion": region,
            "aws:ResourceAccount": owner,
            "aws:SecureTransport": "true",
            "aws:userid": f"{stored.id}:{SESSION}",
            **keys,
        }
        request = Request(principal, action, resource, circumstances, frozenset({"*"}))
        policy = self._resource_policy(target, Place(account, region))
        return decide(request, Policies(owner, stored.identity, stored.boundary, resource=policy))

    def may_take(self, role_arn: str, attempt: Attempt) -> Decision:
        """Returns whether a role may be taken.

        Raises:
            CannotDecide: it depends on something that is not known.
        """
        if role_arn not in self._trusts:
            self._trusts[role_arn] = trust_policy(self._client_of("iam", Place(account_of(role_arn))), role_arn)
        return may_assume(role_arn, self._trusts[role_arn], attempt)

    def _resource_policy(self, target: Target, place: Place) -> Policy | None:
        service = target.action.split(":", 1)[0]
        # The objects of a bucket and the streams of a log group have the policy of the whole.
        key = (service, target.resource.split("/", 1)[0] if service == "s3" else target.resource)
        if key not in self._resources:
            call = Call("", "", {}, place, self._client_of)
            self._resources[key] = resource_policy(call, target, self._supplied)
        return self._resources[key]
