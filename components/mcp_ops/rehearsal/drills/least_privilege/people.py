"""What the roles of people must be able to do and must not, on the stack's own resources."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from mcp_ops.arns import ACCOUNT_ID
from mcp_ops.rehearsal import wire
from mcp_ops.rehearsal.drills.least_privilege.asks import (
    ANOTHER_ENVIRONMENT,
    Ask,
    Estate,
    Expected,
    Taking,
    tags_of,
)
from mcp_ops.rehearsal.drills.least_privilege.operations import (
    ANYTHING,
    BOUND_TO_ENVIRONMENT,
    MAY,
    MUST_NOT,
    Operations,
)
from mcp_ops.rehearsal.drills.trust_policies import trust_statements
from mcp_ops.rehearsal.record import Registration
from mcp_ops.rehearsal.simulator.authorization.request import (
    Principal,
    account,
    account_of,
    oidc,
    role_session,
    saml,
    service,
    user,
)

TAG = "mcp-role"
"""Tag of a role of people: the kind of it, a key of `MAY`."""
ENVIRONMENT = "aws:ResourceTag/Environment"

Place = tuple[str, Mapping[str, str]]
"""An ARN and the condition keys of a call that is about it."""

_TYPES: Mapping[str, tuple[str, str]] = {
    "backup plan": ("aws:backup/plan:Plan", "backup|backup-plan:rehearsal"),
    "backup vault": ("aws:backup/vault:Vault", "backup|backup-vault:rehearsal"),
    "event rule": ("aws:cloudwatch/eventRule:EventRule", "events|rule/rehearsal"),
    "function": ("aws:lambda/function:Function", "lambda|function:rehearsal"),
    "IP set": ("aws:wafv2/ipSet:IpSet", "wafv2|regional/ipset/rehearsal/1"),
    "key": ("aws:kms/key:Key", "kms|key/rehearsal"),
    "listener": ("aws:lb/listener:Listener", "elasticloadbalancing|listener/app/rehearsal/1/2"),
    "listener rule": ("aws:lb/listenerRule:ListenerRule", "elasticloadbalancing|listener-rule/app/rehearsal/1/2/3"),
    "parameter": ("aws:ssm/parameter:Parameter", "ssm|parameter/rehearsal"),
    "scalable target": ("aws:appautoscaling/target:Target", "application-autoscaling|scalable-target/rehearsal"),
    "secret": ("aws:secretsmanager/secret:Secret", "secretsmanager|secret:rehearsal-AbCdEf"),
    "security group": ("aws:ec2/securityGroup:SecurityGroup", "ec2|security-group/sg-0123456789abcdef0"),
    "service": ("aws:ecs/service:Service", "ecs|service/rehearsal/rehearsal"),
    "table": ("aws:dynamodb/table:Table", "dynamodb|table/rehearsal"),
    "target group": ("aws:lb/targetGroup:TargetGroup", "elasticloadbalancing|targetgroup/rehearsal/1"),
    "topic": ("aws:sns/topic:Topic", "sns|rehearsal"),
    "trail": ("aws:cloudtrail/trail:Trail", "cloudtrail|trail/rehearsal"),
}
"""What operations are done to: a type, and an ARN (service and resource) where the stack has none of it."""


def people(estate: Estate) -> Iterator[Expected]:
    """Yields the expectations of each role that carries the tag."""
    for role in estate.roles:
        kind = tags_of(role).get(f"aws:ResourceTag/{TAG}", "")
        if kind in MAY:
            places = Places(estate, role)
            takes, refused = takings(role, estate)
            yield Expected(
                role,
                f"is the {kind}'s",
                may=[ask for operations in MAY[kind] for ask in places.asks(operations)],
                must_not=list(_must_not(kind, places)),
                takes=takes,
                refused=refused,
                complete=True,
            )


def _must_not(kind: str, places: "Places") -> Iterator[Ask]:
    for operations in MUST_NOT[kind]:
        yield from places.asks(operations)
    for operations in BOUND_TO_ENVIRONMENT:
        if operations in MAY[kind]:
            for ask in places.asks(operations):
                if ENVIRONMENT in ask.keys:
                    yield Ask(ask.action, ask.resource, {**ask.keys, ENVIRONMENT: ANOTHER_ENVIRONMENT})


class Places:
    """The resources of the stack by the names that operations use; one of each kind that the stack lacks is made up."""

    def __init__(self, estate: Estate, role: Registration) -> None:
        self._estate, self._role = estate, role
        self._environment = {key: value for key, value in tags_of(role).items() if key == ENVIRONMENT}
        self._special: Mapping[str, Callable[[], list[Place]]] = {
            "bounded role": self._bounded_role,
            "boundary": lambda: [(str(wire.reveal(role.inputs).get("permissionsBoundary")), {})],
            "deployment": lambda: self._in_cluster("service-deployment", tagged=False),
            "key of secrets": lambda: self._keys_of("aws:secretsmanager/secret:Secret", "kmsKeyId", "secretsmanager"),
            "key of topics": lambda: self._keys_of("aws:sns/topic:Topic", "kmsMasterKeyId", "sns"),
            "log group": lambda: self._log_groups(":log-stream:x"),
            "quarantined role": self._quarantined_role,
            "recovery point": lambda: [(estate.arn("backup", "recovery-point:rehearsal"), self._environment)],
            "restoring role": self._restoring_role,
            "role": lambda: [(estate.arn("iam", "role/rehearsal"), self._environment)],
            "task": lambda: self._in_cluster("task", tagged=True),
            "trail bucket": lambda: self._trail_bucket(""),
            "trail file": lambda: self._trail_bucket("/AWSLogs/rehearsal.json.gz"),
            "trail key": self._trail_key,
            "user": lambda: [(estate.arn("iam", "user/rehearsal"), {})],
            "whole log group": lambda: self._log_groups(""),
        }

    def asks(self, operations: Operations) -> Iterator[Ask]:
        """Yields each action of the operations on the places that it is for."""
        for name, actions in operations.items():
            for arn, keys in self._of(name):
                for action in actions:
                    yield Ask(action, arn, keys)

    def _of(self, name: str) -> list[Place]:
        if name == ANYTHING:
            return [("*", {})]
        if name in self._special:
            return self._special[name]()
        type_, made_up = _TYPES[name]
        # People act in the stack's own region; copies elsewhere are looked after by AWS Backup.
        here = [
            item for item, _ in self._estate.of_type(type_) if str(item.outputs["arn"]).split(":")[3] in self._regions
        ]
        found: list[Place] = [(str(item.outputs["arn"]), tags_of(item)) for item in here]
        own, _, resource = made_up.partition("|")
        return found[:2] or [(self._estate.arn(own, resource), self._environment)]

    @property
    def _regions(self) -> tuple[str, str]:
        """What the region of an ARN says that concerns people: the stack's own, or none."""
        return ("", self._estate.region)

    def _in_cluster(self, kind: str, *, tagged: bool) -> list[Place]:
        services = self._estate.of_type("aws:ecs/service:Service")
        clusters = sorted({str(inputs.get("cluster")).rsplit("/", 1)[-1] for _, inputs in services})
        keys: Mapping[str, str] = self._environment if tagged else {}
        return [(self._estate.arn("ecs", f"{kind}/{cluster}/rehearsal/1"), keys) for cluster in clusters]

    def _log_groups(self, below: str) -> list[Place]:
        """Returns the groups of servers: every container's."""
        found: list[Place] = []
        for _, inputs in self._estate.of_type("aws:ecs/taskDefinition:TaskDefinition"):
            for container in json.loads(inputs["containerDefinitions"]):
                group = ((container.get("logConfiguration") or {}).get("options") or {}).get("awslogs-group")
                found += [(self._estate.arn("logs", f"log-group:{group}{below}"), {})] if group else []
        return found

    def _trail(self) -> Mapping[str, Any]:
        return next((inputs for _, inputs in self._estate.of_type("aws:cloudtrail/trail:Trail")), {})

    def _trail_bucket(self, below: str) -> list[Place]:
        bucket = self._trail().get("s3BucketName")
        return [(f"arn:{self._estate.partition}:s3:::{bucket}{below}", {})] if bucket else []

    def _trail_key(self) -> list[Place]:
        key = self._trail().get("kmsKeyId")
        return [(str(key), {"kms:ViaService": f"s3.{self._estate.region}.amazonaws.com"})] if key else []

    def _keys_of(self, type_: str, attribute: str, via: str) -> list[Place]:
        """Returns the stack's keys that encrypt resources of a type, as the service uses them for a caller.

        None is made up: a key says in a policy of its own who may use it.
        """
        named = {str(inputs.get(attribute)) for _, inputs in self._estate.of_type(type_)}
        service = {"kms:ViaService": f"{via}.{self._estate.region}.amazonaws.com"}
        keys = [item for item, _ in self._estate.of_type("aws:kms/key:Key")]
        found: list[Place] = [
            (str(item.outputs["arn"]), {**tags_of(item), **service}) for item in keys if item.outputs["arn"] in named
        ]
        return found[:2]

    def _bounded_role(self) -> list[Place]:
        boundary = str(wire.reveal(self._role.inputs).get("permissionsBoundary"))
        return [(self._estate.arn("iam", "role/rehearsal"), {"iam:PermissionsBoundary": boundary})]

    def _restoring_role(self) -> list[Place]:
        """Returns the role under which backups are restored, which the output `backups` names."""
        role = (wire.reveal(self._estate.run.outputs.get("backups")) or {}).get("restoreRole")
        return [(str(role), {"iam:PassedToService": "backup.amazonaws.com"})] if role else []

    def _quarantined_role(self) -> list[Place]:
        # What is attached denies everything: the boundary of the role and the change are both there.
        keys = {"iam:PolicyARN": f"arn:{self._estate.partition}:iam::aws:policy/AWSDenyAll"}
        boundary = str(wire.reveal(self._role.inputs).get("permissionsBoundary"))
        return [(self._estate.arn("iam", "role/rehearsal"), {**keys, "iam:PermissionsBoundary": boundary})]


def takings(role: Registration, estate: Estate) -> tuple[list[Taking], list[Taking]]:
    """Returns ways to take a role that its trust policy describes, and the same ways with what it asks for missing."""
    takes: list[Taking] = []
    refused = [Taking(service("ec2.amazonaws.com")), Taking(account("999999999999", estate.partition))]
    for statement in trust_statements(role):
        context = dict(_conditions(statement.conditions))
        for principal in _principals(statement.principals):
            takes.append(Taking(principal, context))
            if context:
                refused.append(Taking(principal))
            refused += [Taking(_stranger(principal), context)]
    return takes, refused


def _conditions(conditions: Mapping[str, Mapping[str, tuple[str, ...]]]) -> Iterator[tuple[str, str]]:
    """Yields values of the keys that a condition asks for, as far as the library's trust policies do."""
    for operator, keys in conditions.items():
        for key, values in keys.items():
            yield key, "1" if operator.startswith("NumericLessThan") else values[0]


def _principals(given: Mapping[str, tuple[str, ...]]) -> Iterator[Principal]:
    for kind, values in given.items():
        for value in values:
            if kind == "Federated":
                yield saml(value) if ":saml-provider/" in value else oidc(value)
            elif kind == "Service":
                yield service(value)
            else:
                yield _identity(value)


def _identity(arn: str) -> Principal:
    if ACCOUNT_ID.fullmatch(arn):
        return account(arn)  # an account may be named by its id alone
    if arn == "*":
        return account("888888888888")  # one that nobody knows, for anybody
    resource = arn.rsplit(":", 1)[-1]
    if resource.startswith("role/"):
        return role_session(arn, "rehearsal")
    return user(arn) if resource.startswith("user/") else account(account_of(arn), arn.split(":")[1])


def _stranger(principal: Principal) -> Principal:
    """Returns a principal of the same kind that nobody named."""
    if principal.kind in {"saml", "oidc"}:
        return (saml if principal.kind == "saml" else oidc)(f"{principal.name}-another")
    return service("events.amazonaws.com") if principal.kind == "service" else account("999999999999")
