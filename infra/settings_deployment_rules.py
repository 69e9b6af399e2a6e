"""Rules about releases, and about how many servers one gateway carries."""

from pydantic.alias_generators import to_camel

from mcp_ops.delivery.release_gate_plan import LONGEST_SECONDS, run_seconds
from mcp_ops.errors import Offences
from mcp_ops.hosting.release_plan import ROLLING, ReleaseArgs, plan_release
from mcp_ops.inputs import Inputs
from releases import release_args, test_sources
from settings import Settings
from settings_errors import Findings
from settings_server_rules import REQUIRE_DIGEST
from settings_words import Path, in_camel_case

TARGET_GROUPS = 100
"""Target groups that an application load balancer takes; AWS does not raise it (Elastic Load Balancing quotas)."""

_DEPLOYMENT: Path = ("deployment",)
_GATE: Path = ("deployment", "gate")
_STRATEGY: Path = ("deployment", "strategy")
_RULES: Path = ("network", "listenerRules")
_SIGN_IN: Path = ("signIn", "unauthenticated")


def check_deployment(settings: Settings, found: Findings) -> None:
    """Notes every rule that the settings of releases break."""
    chosen = settings.deployment
    drain, delay = chosen.drain_seconds, chosen.deregistration_delay_seconds
    rule = f"exceeds deregistrationDelaySeconds {delay}; the load balancer would cut calls that still drain"
    found.check(
        drain <= delay, (*_DEPLOYMENT, "drainSeconds"), drain, rule, (*_DEPLOYMENT, "deregistrationDelaySeconds")
    )
    held = chosen.require_digest or settings.environment != "prod"
    rule = "is not for prod, which runs images by digest"
    found.check(held, REQUIRE_DIGEST, chosen.require_digest, rule, ("environment",))
    shifts = chosen.strategy != ROLLING
    rule = "has no effect with strategy rolling; leave it out"
    found.check(shifts or not chosen.test_cidrs, (*_DEPLOYMENT, "testCidrs"), chosen.test_cidrs, rule, _STRATEGY)
    for position, cidr in enumerate(chosen.test_cidrs):
        where: Path = (*_DEPLOYMENT, "testCidrs", position)
        found.check(not cidr.endswith("/0"), where, cidr, "is every address; releases are not tried in public")
    _check_release(settings, found)
    _check_gate(settings, found)
    _check_gateway(settings, found)


def _check_release(settings: Settings, found: Findings) -> None:
    """Says in the words of a stack file what every server would refuse."""
    chosen = settings.sign_in
    forwards = chosen is not None and chosen.mode == "jwt" and chosen.unauthenticated == "forward"
    scratch = Offences()
    plan_release(Inputs("", release_args(settings), ReleaseArgs, scratch), forwards_unauthenticated=forwards)
    for offence in scratch:
        rule = in_camel_case(offence.rule)
        found.check(None, (*_DEPLOYMENT, to_camel(offence.where)), offence.value, rule, _STRATEGY, _SIGN_IN)


def _check_gate(settings: Settings, found: Findings) -> None:
    """Notes where the gate could not try releases, or would judge servers that do not exist."""
    gate, signed_in = settings.deployment.gate, settings.sign_in is not None and settings.sign_in.mode == "jwt"
    needs_token = gate.enabled and signed_in and bool(test_sources(settings))
    rule = "is missing: behind sign-in the gate needs a client of its own; name its secret, or set gate.enabled: false"
    found.check(gate.secret or not needs_token, (*_GATE, "secret"), gate.secret, rule, _STRATEGY)
    rule = "has no effect without gate.secret; leave it out, or name the secret that it encrypts"
    found.check(gate.secret or not gate.secret_key, (*_GATE, "secretKey"), gate.secret_key, rule, (*_GATE, "secret"))
    seconds, limit = run_seconds(gate.latency_seconds, gate.samples), gate.latency_seconds
    rule = f"calls of {limit:g} s exceed the {LONGEST_SECONDS} s of a function; lower them, or gate.latencySeconds"
    found.check(seconds <= LONGEST_SECONDS, (*_GATE, "samples"), gate.samples, rule, (*_GATE, "latencySeconds"))
    for name in gate.tools:
        known = name in settings.servers
        found.check(known, (*_GATE, "tools", name), name, "is no server of this stack", ("servers",))


def _check_gateway(settings: Settings, found: Findings) -> None:
    """Notes what the quotas of one load balancer do not take."""
    count, shifts = len(settings.servers), settings.deployment.strategy != ROLLING
    signed_in = settings.sign_in is not None and settings.sign_in.mode == "jwt"
    each = (3 if signed_in else 1) + (1 if test_sources(settings) else 0)
    allowed = settings.network.listener_rules
    rule = (
        f"are fewer rules than {count} servers need, {each} each; AWS raises the quota 'Rules per Application Load "
        "Balancer' on request (Service Quotas, Elastic Load Balancing): set here what it granted, or split the servers"
    )
    found.check(count * each <= allowed, _RULES, allowed, rule, ("servers",), ("signIn",), _STRATEGY)
    rule = (
        f"needs 2 target groups a server, {2 * count} in all; a load balancer takes {TARGET_GROUPS}, which AWS does "
        "not raise: use rolling, or split the servers over two stacks"
    )
    found.check(not shifts or 2 * count <= TARGET_GROUPS, _STRATEGY, settings.deployment.strategy, rule, ("servers",))
