"""Rules about servers: sizes, addresses, images, secrets, and what they have to do with each other."""

from collections.abc import Mapping
from itertools import combinations

from images import ecr_image
from mcp_ops.errors import Offences
from mcp_ops.hosting.contract_plan import CONTRACT_VARIABLES
from mcp_ops.hosting.fargate import check_size
from mcp_ops.hosting.gateway_plan import LAST_RULE_BLOCK, RULE_BLOCK_BASE, RULE_BLOCK_SIZE, covers, rule_block
from mcp_ops.hosting.mcp_server_plan import (
    HEADROOM_PERCENT,
    HEALTH_PATH,
    MAX_RULE_HOST,
    image_by_digest,
)
from settings import Settings
from settings_errors import Findings
from settings_server import Server
from settings_words import Path, dotted, nearest

PROD_TASKS = 2
"""One task per availability zone, so that prod survives the loss of one."""

GATEWAY = "gateway"
"""Taken: a server's security group has one rule per caller, named after it, and the gateway is a caller of each."""

METADATA_PATH = "/.well-known/"
"""Where OAuth's protected-resource metadata stands (RFC 9728)."""

REQUIRE_DIGEST: Path = ("deployment", "requireDigest")
"""Whether images must be named by digest."""

_ENVIRONMENT: Path = ("environment",)
_PRIMARY: Path = ("regions", "primary")
_PLACE: tuple[Path, ...] = (("account",), _PRIMARY)


def check_servers(settings: Settings, found: Findings) -> None:
    """Notes every rule that the servers break."""
    for name, server in settings.servers.items():
        path: Path = ("servers", name)
        found.check(name != GATEWAY, path, name, "is the name of the gateway; choose another one")
        _check_size(path, server, found)
        _check_tasks(settings, path, server, found)
        _check_image(settings, path, server, found)
        _check_address(settings, name, server, found)
        _check_variables(settings, path, server, found)
        _check_calls(settings.servers, name, found)
    for one, other in combinations(settings.servers, 2):
        _check_pair(settings, one, other, found)


def address(settings: Settings, name: str) -> tuple[str, str]:
    """Returns host and path of a server."""
    server = settings.servers[name]
    return server.host or f"{name}.{settings.domain.name}", server.path


def block(settings: Settings, name: str) -> int:
    """Returns the first listener priority of a server."""
    return settings.servers[name].rule_block or rule_block(*address(settings, name))


def call_order(servers: Mapping[str, Server]) -> list[str]:
    """Returns the names of servers: each caller before those that it calls, else sorted. Calls must form no circle."""
    ordered: list[str] = []

    def visit(name: str) -> None:
        if name not in ordered:
            for caller in sorted(servers):
                if name in servers[caller].calls:
                    visit(caller)
            ordered.append(name)

    for name in sorted(servers):
        visit(name)
    return ordered


def _check_size(path: Path, server: Server, found: Findings) -> None:
    scratch = Offences()
    check_size(scratch, server.cpu, server.memory)
    found.adopt(scratch, path, (*path, "cpu"))


def _check_tasks(settings: Settings, path: Path, server: Server, found: Findings) -> None:
    fewest, most = server.tasks.min, server.tasks.max
    lowest, highest = (*path, "tasks", "min"), (*path, "tasks", "max")
    found.check(fewest <= most, lowest, fewest, f"exceeds tasks.max {most}", highest)
    spread = settings.environment != "prod" or fewest >= PROD_TASKS
    found.check(spread, lowest, fewest, f"is too small for prod; at least {PROD_TASKS}", _ENVIRONMENT)
    load, each = server.target_load, server.requests_per_task
    needed = -(-load * (100 + HEADROOM_PERCENT) // (each * 100))
    more = f"targetLoad {load} and {HEADROOM_PERCENT} % more need {needed} tasks"
    rule = f"carries {most * each} requests a second; {more}"
    found.check(most >= needed, highest, most, rule, (*path, "targetLoad"), (*path, "requestsPerTask"))


def _check_image(settings: Settings, path: Path, server: Server, found: Findings) -> None:
    where: Path = (*path, "image")
    fixed = image_by_digest(server.image)
    if settings.environment == "prod":
        rule = "names no digest; prod runs images by digest: name@sha256:..."
        found.check(fixed, where, server.image, rule, _ENVIRONMENT)
    else:
        rule = f"names no digest; write name@sha256:..., or let tags pass with {dotted(REQUIRE_DIGEST)}: false"
        free = fixed or not settings.deployment.require_digest
        found.check(free, where, server.image, rule, _ENVIRONMENT, REQUIRE_DIGEST)
    image = ecr_image(server.image)
    account, region = settings.account, settings.regions.primary
    near = not image or (image.account, image.region) == (account, region)
    own = f"{account}.dkr.ecr.{region}.amazonaws.com"
    rule = f"stands in a registry of ECR that tasks may not pull from; use {own}"
    found.check(near, where, server.image, rule, *_PLACE)


def _check_address(settings: Settings, name: str, server: Server, found: Findings) -> None:
    host, path = address(settings, name)
    domain, place = settings.domain.name, ("servers", name)
    depends: tuple[Path, ...] = (("domain", "name"), (*place, "host"))
    rule = f"is neither {domain} nor one label below it; the certificate covers no other name"
    found.check(covers(domain, host), (*place, "host"), host, rule, *depends)
    rule = f"has {len(host)} characters; a listener rule takes {MAX_RULE_HOST}"
    found.check(len(host) <= MAX_RULE_HOST, (*place, "host"), host, rule, *depends)
    free = path != HEALTH_PATH and not path.startswith(METADATA_PATH)
    found.check(free, (*place, "path"), server.path, "is kept for health checks and metadata; choose another one")


def _check_variables(settings: Settings, path: Path, server: Server, found: Findings) -> None:
    for group, names in (("environment", server.environment), ("secrets", server.secrets)):
        for name in names:
            rule = "is set by the server contract; choose another name"
            found.check(name not in CONTRACT_VARIABLES, (*path, group, name), name, rule)
    for name, value in server.secrets.items():
        where: Path = (*path, "secrets", name)
        found.check(name not in server.environment, where, value, f"is also given in {path[1]}.environment")
        own = f"arn:aws:secretsmanager:{settings.regions.primary}:{settings.account}:"
        here = value.startswith(own) or not value.startswith("arn:")
        rule = f"is not a secret of account {settings.account} in {settings.regions.primary}"
        found.check(here, where, value, rule, *_PLACE)


def _check_calls(servers: Mapping[str, Server], name: str, found: Findings) -> None:
    for position, called in enumerate(servers[name].calls):
        path: Path = ("servers", name, "calls", position)
        found.check(
            called in servers,
            path,
            called,
            f"is no server of this stack{nearest(called, servers)}",
            ("servers", called),
        )
        found.check(called != name, path, called, "is the server itself")
        found.check(called not in servers[name].calls[:position], path, called, "is listed twice")
        circle = _way(servers, called, name, set())
        others = [("servers", server, "calls") for server in circle]
        rule = f"closes a circle of calls: {' -> '.join((name, *circle))}"
        # A circle is noted once, at the server that comes first in the alphabet.
        found.check(not circle or called == name or name != min(circle), path, called, rule, *others)


def _way(servers: Mapping[str, Server], start: str, goal: str, seen: set[str]) -> list[str]:
    """Returns the servers on a way of calls from `start` to `goal`, both included; nothing when there is none."""
    if start == goal:
        return [goal]
    if start in seen or start not in servers:
        return []
    seen.add(start)  # a second visit would find no more than the first
    ways = (_way(servers, called, goal, seen) for called in servers[start].calls)
    return next(([start, *way] for way in ways if way), [])


def _check_pair(settings: Settings, one: str, other: str, found: Findings) -> None:
    host, path = address(settings, other)
    place: Path = ("servers", other)
    depends: list[Path] = [("domain", "name")]
    depends += [("servers", name, key) for name in (one, other) for key in ("host", "path")]
    same = (host, path) == address(settings, one)
    found.check(not same, place, f"https://{host}{path}", f"is also the address of servers.{one}", *depends)
    depends += [("servers", name, "ruleBlock") for name in (one, other)]
    start = block(settings, other)
    rule = f"is also the block of servers.{one}; give one of them another, such as {_free_block(settings)}"
    found.check(same or start != block(settings, one), (*place, "ruleBlock"), start, rule, *depends)


def _free_block(settings: Settings) -> int:
    taken = {block(settings, name) for name in settings.servers}
    return next(start for start in range(RULE_BLOCK_BASE, LAST_RULE_BLOCK, RULE_BLOCK_SIZE) if start not in taken)
