"""A model of a load balancer's listeners: which of the registered rules takes a request, and what it answers.

The smallest that the registered definitions need: conditions on host, path, header and method; the actions forward,
fixed-response, redirect and jwt-validation. Anything else in a rule is an error, never a guess. Based on the Elastic
Load Balancing guide ("Listener rules", "Condition types for listener rules").
"""

import fnmatch
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mcp_ops.rehearsal import wire
from mcp_ops.rehearsal.drills.drill import Failed
from mcp_ops.rehearsal.drills.listener_tokens import Keys, token_problem
from mcp_ops.rehearsal.record import Registration, Run

LISTENERS = ("aws:lb/listener:Listener", "aws:alb/listener:Listener")
RULES = ("aws:lb/listenerRule:ListenerRule", "aws:alb/listenerRule:ListenerRule")
UNAUTHORIZED = 401
DEFAULT = "default action"
"""Stands for the rule where none takes a request."""


@dataclass(frozen=True)
class Asked:
    """One request as the load balancer sees it."""

    method: str
    host: str
    path: str
    """With its query, if any."""
    headers: Mapping[str, str] = field(default_factory=dict)
    secure: bool = True
    """Whether it comes by HTTPS."""


@dataclass(frozen=True)
class Answer:
    """What the listener does with a request."""

    rule: str
    """Logical name of the rule."""
    status: int
    """Status of the load balancer's own answer; 0 where it forwards."""
    target: str = ""
    """ARN of the target group that the request is forwarded to."""
    body: str = ""
    reason: str = ""
    """Why a token was refused."""


@dataclass(frozen=True)
class Rule:
    """One registered rule."""

    name: str
    priority: int
    conditions: Sequence[Mapping[str, Any]]
    actions: Sequence[Mapping[str, Any]]

    def names_host(self, host: str) -> bool:
        """Tells whether the rule is for a host."""
        hosts = (item.get("hostHeader") or {} for item in self.conditions)
        return any(_matches(host, item.get("values") or ()) for item in hosts)

    @property
    def validation(self) -> Mapping[str, Any]:
        """What the rule wants of tokens; empty when it takes none."""
        return next((item["jwtValidation"] for item in self.actions if item["type"] == "jwt-validation"), {})


@dataclass(frozen=True)
class Listener:
    """One listener with its rules by priority."""

    rules: tuple[Rule, ...]
    default: tuple[Mapping[str, Any], ...]
    load_balancer: str
    protocol: str

    def answers(self, request: Asked, keys: Keys) -> Answer:
        """Returns what the listener does with a request; every issuer of its rules is taken to publish `keys`.

        Raises:
            Failed: a rule says something that this model does not know.
        """
        for rule in self.rules:
            if all(_holds(condition, request, rule.name) for condition in rule.conditions):
                return _ended(rule.name, rule.actions, request, keys)
        return _ended(DEFAULT, self.default, request, keys)


def gateway_of(run: Run, host: str) -> tuple[Listener, Listener | None]:
    """Returns the HTTPS listener with rules for a host, and the HTTP listener of the same load balancer, if any.

    Raises:
        Failed: no listener is for that host.
    """
    found = list(_listeners(run))
    secure = next((item for item in found if item.protocol == "HTTPS" and _is_for(item, host)), None)
    if secure is None:
        raise Failed(f"no rule of an HTTPS listener is for host {host}")
    plain = (item for item in found if item.protocol == "HTTP" and item.load_balancer == secure.load_balancer)
    return secure, next(plain, None)


def _is_for(listener: Listener, host: str) -> bool:
    return any(rule.names_host(host) for rule in listener.rules)


def _listeners(run: Run) -> Iterator[Listener]:
    registered = [(item, wire.reveal(item.inputs)) for item in run.of_type(*RULES)]
    for item in run.of_type(*LISTENERS):
        inputs = wire.reveal(item.inputs)
        own = [_rule(rule, given) for rule, given in registered if given.get("listenerArn") == item.outputs.get("arn")]
        yield Listener(
            tuple(sorted(own, key=lambda rule: rule.priority)),
            tuple(inputs.get("defaultActions") or ()),
            str(inputs.get("loadBalancerArn")),
            str(inputs.get("protocol")),
        )


def _rule(item: Registration, inputs: Mapping[str, Any]) -> Rule:
    if inputs.get("transforms"):
        raise Failed(f"rule {item.name}: transforms are not modelled")
    return Rule(item.name, int(inputs["priority"]), inputs.get("conditions") or (), inputs.get("actions") or ())


def _ended(name: str, actions: Sequence[Mapping[str, Any]], request: Asked, keys: Keys) -> Answer:
    for action in sorted(actions, key=lambda action: action.get("order") or 1):
        if action["type"] != "jwt-validation":
            return _final(name, action)
        refused = token_problem(request.headers, action["jwtValidation"], keys)
        if refused:
            return Answer(name, UNAUTHORIZED, reason=refused)
    raise Failed(f"rule {name}: no action ends it")


def _final(name: str, action: Mapping[str, Any]) -> Answer:
    kind = action["type"]
    if kind == "fixed-response":
        response = action["fixedResponse"]
        return Answer(name, int(response["statusCode"]), body=response.get("messageBody") or "")
    if kind == "redirect":
        return Answer(name, int(action["redirect"]["statusCode"].removeprefix("HTTP_")))
    if kind == "forward":
        groups = (action.get("forward") or {}).get("targetGroups") or [{"arn": action.get("targetGroupArn")}]
        return Answer(name, 0, target=str(groups[0]["arn"]))
    raise Failed(f"rule {name}: action {kind} is not modelled")


def _holds(condition: Mapping[str, Any], request: Asked, rule: str) -> bool:
    """Tells whether one condition holds: any of its values is enough."""
    for kind, wanted in condition.items():
        test = CONDITIONS.get(kind)
        if wanted and (test is None or wanted.get("regexValues")):
            raise Failed(f"rule {rule}: condition {kind} is not modelled")
        if wanted and test and not test(wanted, request):
            return False
    return True


def _matches(text: str, patterns: Iterable[str], *, has_case: bool = False) -> bool:
    """Tells whether one of the patterns takes a text; only `*` and `?` are wildcards."""
    pairs = [(text, item) if has_case else (text.lower(), item.lower()) for item in patterns]
    return any(fnmatch.fnmatchcase(given, pattern.replace("[", "[[]")) for given, pattern in pairs)


def _header(wanted: Mapping[str, Any], request: Asked) -> bool:
    headers = {name.lower(): value for name, value in request.headers.items()}
    value = headers.get(wanted["httpHeaderName"].lower())
    return value is not None and _matches(value, wanted["values"])


CONDITIONS: Mapping[str, Callable[[Mapping[str, Any], Asked], bool]] = {
    "hostHeader": lambda wanted, request: _matches(request.host, wanted["values"]),
    "pathPattern": lambda wanted, request: _matches(request.path.split("?")[0], wanted["values"], has_case=True),
    "httpRequestMethod": lambda wanted, request: request.method in wanted["values"],
    "httpHeader": _header,
}
"""Conditions by their key; host and header values ignore letter case, paths and methods do not."""
