"""A model of a load balancer's listener: which of its registered rules takes a request, and what the rule answers.

The smallest that the registered definitions need: host, path, header and method conditions, and the actions forward,
fixed-response, redirect and jwt-validation. Anything else in a rule is an error, never a guess. Based on the Elastic
Load Balancing guide (listener rules, listener-verify-jwt).
"""

import fnmatch
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from mcp_ops.rehearsal import wire
from mcp_ops.rehearsal.drills.drill import Failed
from mcp_ops.rehearsal.record import Run

RULES = ("aws:lb/listenerRule:ListenerRule", "aws:alb/listenerRule:ListenerRule")
UNAUTHORIZED = 401


@dataclass(frozen=True)
class Asked:
    """One request as the load balancer sees it."""

    method: str
    host: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Answer:
    """What the listener does with a request."""

    rule: str
    """Logical name of the rule, or `default`."""
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


@dataclass(frozen=True)
class Listener:
    """One listener with its rules by priority."""

    rules: tuple[Rule, ...]
    default: tuple[Mapping[str, Any], ...]
    key: rsa.RSAPublicKey
    """The key that every issuer of the listener's rules signs with, in a drill."""

    def asked(self, request: Asked) -> Answer:
        """Returns what the listener does with a request.

        Raises:
            Failed: a rule says something that this model does not know.
        """
        for rule in self.rules:
            if all(_holds(condition, request, rule.name) for condition in rule.conditions):
                return self._answer(rule.name, rule.actions, request)
        return self._answer("default", self.default, request)

    def _answer(self, name: str, actions: Sequence[Mapping[str, Any]], request: Asked) -> Answer:
        for action in sorted(actions, key=lambda action: action.get("order", 1)):
            if action["type"] == "jwt-validation":
                refused = token_problem(request, action["jwtValidation"], self.key)
                if refused:
                    return Answer(name, UNAUTHORIZED, reason=refused)
            else:
                return _final(name, action)
        raise Failed(f"rule {name} has no action that ends it")


def listener_of(run: Run, listener_arn: str, default: Iterable[Mapping[str, Any]], key: rsa.RSAPublicKey) -> Listener:
    """Returns a listener as it was registered, rules in order of priority."""
    registered = [item for item in run.of_type(*RULES) if wire.reveal(item.inputs.get("listenerArn")) == listener_arn]
    rules = [
        Rule(item.name, int(inputs["priority"]), inputs.get("conditions") or (), inputs.get("actions") or ())
        for item in registered
        if (inputs := wire.reveal(item.inputs))
    ]
    return Listener(tuple(sorted(rules, key=lambda rule: rule.priority)), tuple(default), key)


def _final(name: str, action: Mapping[str, Any]) -> Answer:
    kind = action["type"]
    if kind == "fixed-response":
        response = action["fixedResponse"]
        return Answer(name, int(response["statusCode"]), body=response.get("messageBody", ""))
    if kind == "redirect":
        return Answer(name, int(action["redirect"]["statusCode"].removeprefix("HTTP_")))
    if kind == "forward":
        groups = (action.get("forward") or {}).get("targetGroups") or [{"arn": action.get("targetGroupArn")}]
        return Answer(name, 0, target=str(groups[0]["arn"]))
    raise Failed(f"rule {name}: action {kind} is not modelled")


def _holds(condition: Mapping[str, Any], request: Asked, rule: str) -> bool:
    """Tells whether one condition holds: any of its values is enough."""
    ((kind, wanted),) = ((key, value) for key, value in condition.items() if value)
    test = CONDITIONS.get(kind)
    if test is None or (isinstance(wanted, Mapping) and wanted.get("regexValues")):
        raise Failed(f"rule {rule}: condition {kind} is not modelled")
    return test(wanted, request)


def _matches(text: str, patterns: Iterable[str]) -> bool:
    return any(fnmatch.fnmatchcase(text, pattern.replace("[", "[[]")) for pattern in patterns)


def _header(wanted: Mapping[str, Any], request: Asked) -> bool:
    headers = {name.lower(): value for name, value in request.headers.items()}
    value = headers.get(wanted["httpHeaderName"].lower())
    return value is not None and _matches(value.lower(), (pattern.lower() for pattern in wanted["values"]))


CONDITIONS: Mapping[str, Callable[[Mapping[str, Any], Asked], bool]] = {
    "hostHeader": lambda wanted, request: _matches(request.host.lower(), (host.lower() for host in wanted["values"])),
    "pathPattern": lambda wanted, request: _matches(request.path.split("?")[0], wanted["values"]),
    "httpRequestMethod": lambda wanted, request: request.method in wanted["values"],
    "httpHeader": _header,
}
"""Conditions by their key; host and header values ignore case, paths do not, `*` and `?` are wildcards."""


def token_problem(request: Asked, validation: Mapping[str, Any], key: rsa.RSAPublicKey) -> str:
    """Returns why the load balancer refuses a request's token; empty when it accepts it.

    RS256 only; `iss` and `exp` always, then every additional claim: `single-string`, `string-array` or
    `space-separated-values`.
    """
    headers = {name.lower(): value for name, value in request.headers.items()}
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        return "no bearer token"
    try:
        claims = jwt.decode(
            token,
            key,
            algorithms=["RS256"],
            issuer=validation["issuer"],
            options={"verify_aud": False, "verify_iat": False, "require": ["iss", "exp"]},
        )
    except jwt.PyJWTError as error:
        return f"{type(error).__name__}: {error}"
    wrong = [claim["name"] for claim in validation.get("additionalClaims") or () if not _claim_holds(claim, claims)]
    return f"claim {', '.join(wrong)} does not match" if wrong else ""


def _claim_holds(claim: Mapping[str, Any], claims: Mapping[str, Any]) -> bool:
    found = claims.get(claim["name"])
    kind = claim.get("format", "single-string")
    held: list[Any] = [found]
    if kind == "space-separated-values":
        held = str(found or "").split()
    elif kind == "string-array" and isinstance(found, list):
        held = found
    return any(value in claim["values"] for value in held)
