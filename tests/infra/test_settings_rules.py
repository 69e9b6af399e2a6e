"""Rules that join several settings: each with the exact line it leads to."""

from typing import Any

import pytest

from tests.infra.documents import DIGEST, FILE, GONE, REGISTRY, SECRET, errors, settings

ZONES = "network.availabilityZones"
CERTIFICATE = "arn:aws:acm:eu-central-1:111111111111:certificate/12345678-1234-1234-1234-123456789012"
SUBNETS = ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"]
EXISTING = {"vpcId": "vpc-0123456789abcdef0", "publicSubnetIds": SUBNETS, "privateSubnetIds": SUBNETS}
PROD = [
    ("environment", "prod"),
    ("notifications.emails", ["ops@example.com"]),
    ("servers.weather.image", f"ghcr.io/example/weather{DIGEST}"),
    ("servers.maps.image", f"ghcr.io/example/maps{DIGEST}"),
    ("deployment.requireDigest", True),
    ("access.audit", {}),
]
ENDPOINTS = ["ecr.api", "ecr.dkr", "logs", "secretsmanager"]

Change = tuple[str, Any]


def test_prod_accepts_what_keeps_its_rules() -> None:
    assert errors(*PROD) == []


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        # Prod
        (
            [*PROD, (ZONES, ["eu-central-1a"])],
            f"{ZONES}: [eu-central-1a] has 1 entry; a load balancer needs 2 or 3 zones",
        ),
        (
            [*PROD, ("servers.weather.tasks", {"min": 1})],
            "servers.weather.tasks.min: 1 is too small for prod; at least 2",
        ),
        (
            [*PROD, ("servers.weather.image", "ghcr.io/example/weather:1")],
            (
                "servers.weather.image: ghcr.io/example/weather:1 names no digest; prod runs images by digest: "
                "name@sha256:..."
            ),
        ),
        (
            [*PROD, ("deployment.requireDigest", False)],
            "deployment.requireDigest: false is not for prod, which runs images by digest",
        ),
        # Images
        (
            [("servers.maps", GONE), ("deployment", GONE)],
            (
                f"servers.weather.image: {REGISTRY}/dev/weather:1.0.0 names no digest; write name@sha256:..., "
                "or let tags pass with deployment.requireDigest: false"
            ),
        ),
        # Alerts
        (
            [*PROD, ("notifications", GONE)],
            "notifications.emails: null is missing; nobody would hear of alarms of severity critical",
        ),
        # Regions and domain
        (
            [("regions.replica", "eu-central-1")],
            "regions.replica: eu-central-1 is the primary region; name another one or none",
        ),
        (
            [("domain.hostedZoneId", GONE)],
            "domain: hostedZoneId is missing; the certificate proves itself there; or give domain.certificateArn",
        ),
        (
            [("domain.certificateArn", CERTIFICATE.replace("eu-central", "us-east"))],
            (
                f"domain.certificateArn: {CERTIFICATE.replace('eu-central', 'us-east')[:77]}... is not a "
                "certificate of "
                "account 111111111111 in eu-central-1"
            ),
        ),
        (
            [("domain.name", f"{'a' * 60}.example.com")],
            f"domain.name: {'a' * 60}.example.com has 72 characters; a certificate takes 64",
        ),
        # Network
        ([("network.cidrBlock", "10.0.0.0/24")], "network.cidrBlock: 10.0.0.0/24 has the wrong size; use /16 to /22"),
        ([("network.cidrBlock", "10.0.0.0/8")], "network.cidrBlock: 10.0.0.0/8 has the wrong size; use /16 to /22"),
        (
            [("network.cidrBlock", "20.0.0.0/16")],
            (
                "network.cidrBlock: 20.0.0.0/16 is not private; use a part of 10.0.0.0/8, 172.16.0.0/12, "
                "192.168.0.0/16, "
                "100.64.0.0/10"
            ),
        ),
        (
            [("network.reservedCidrs", ["10.9.0.0/16", "10.0.128.0/20"])],
            "network.cidrBlock: 10.0.0.0/16 overlaps 10.0.128.0/20 of network.reservedCidrs",
        ),
        (
            [("network.ingressCidrs", ["192.0.2.0/24", "198.51.100.0/24", "192.0.2.128/25"])],
            "network.ingressCidrs[2]: 192.0.2.128/25 overlaps 192.0.2.0/24; name each network once",
        ),
        ([(ZONES, GONE)], f"{ZONES}: [] has 0 entries; a load balancer needs 2 or 3 zones"),
        ([(ZONES, ["eu-central-1a", "eu-west-1b"])], f"{ZONES}[1]: eu-west-1b is not a zone of eu-central-1"),
        ([(ZONES, ["eu-central-1a", "eu-central-1a"])], f"{ZONES}[1]: eu-central-1a is listed twice"),
        (
            [("network.nat", "none"), ("network.interfaceEndpoints", ["ecr.api", "logs"])],
            (
                "network.nat: none leaves tasks without a way to AWS; add ecr.dkr, secretsmanager to "
                "network.interfaceEndpoints"
            ),
        ),
        (
            [("network.interfaceEndpoints", ["log"])],
            "network.interfaceEndpoints[0]: log is not offered; did you mean logs?",
        ),
        ([("network.interfaceEndpoints", ["sts", "sts"])], "network.interfaceEndpoints[1]: sts is listed twice"),
        (
            [("network", {"existing": EXISTING, "nat": "single"})],
            "network.nat: single has no effect beside network.existing; leave one of them out",
        ),
        (
            [("network", {"existing": {**EXISTING, "publicSubnetIds": SUBNETS[:1]}})],
            f"network.existing.publicSubnetIds: [{SUBNETS[0]}] has 1 entry; a load balancer needs subnets in 2 zones",
        ),
        (
            [("network", {"existing": EXISTING, "internal": True})],
            "network.ingressCidrs: [] lets nobody in; name the networks that may reach an internal gateway",
        ),
        # Servers
        (
            [("servers.weather.cpu", 300)],
            "servers.weather.cpu: 300 is not a Fargate size; use 256, 512, 1024, 2048, 4096, 8192, 16384",
        ),
        (
            [("servers.weather.memory", 4096)],
            "servers.weather.memory: 4096 does not go with cpu 256 on Fargate; use 512, 1024, 2048",
        ),
        ([("servers.weather.tasks", {"min": 11})], "servers.weather.tasks.min: 11 exceeds tasks.max 10"),
        (
            [("servers.weather.targetLoad", 450)],
            "servers.weather.tasks.max: 10 carries 500 requests a second; targetLoad 450 and 20 % more need 11 tasks",
        ),
        (
            [("servers.weather.image", f"{REGISTRY.replace('1111', '2222')}/dev/weather:1")],
            (
                "servers.weather.image: 222222222222.dkr.ecr.eu-central-1.amazonaws.com/dev/weather:1 stands in "
                "a registry of "
                f"ECR that tasks may not pull from; use {REGISTRY}"
            ),
        ),
        (
            [("servers.weather.host", "a.b.dev.example.com")],
            (
                "servers.weather.host: a.b.dev.example.com is neither dev.example.com nor one label below it; "
                "the certificate "
                "covers no other name"
            ),
        ),
        (
            [("servers.weather.path", "/health")],
            "servers.weather.path: /health is kept for health checks and metadata; choose another one",
        ),
        (
            [("servers.weather.path", "/.well-known/mcp")],
            "servers.weather.path: /.well-known/mcp is kept for health checks and metadata; choose another one",
        ),
        (
            [("servers.gateway", {"image": "x:1"})],
            "servers.gateway: gateway is the name of the gateway; choose another one",
        ),
        (
            [("servers.maps.host", "weather.dev.example.com")],
            "servers.maps: https://weather.dev.example.com/mcp is also the address of servers.weather",
        ),
        (
            [("servers.weather.ruleBlock", 1000), ("servers.maps.ruleBlock", 1000)],
            "servers.maps.ruleBlock: 1000 is also the block of servers.weather; give one of them another, such as 1010",
        ),
        (
            [("servers.weather.environment", {"MCP_PORT": "9000"})],
            "servers.weather.environment.MCP_PORT: MCP_PORT is set by the server contract; choose another name",
        ),
        (
            [("servers.weather.environment", {"TOKEN": "x"}), ("servers.weather.secrets", {"TOKEN": SECRET})],
            "servers.weather.secrets.TOKEN: (hidden) is also given in weather.environment",
        ),
        (
            [("servers.weather.secrets", {"TOKEN": SECRET.replace("1111", "2222")})],
            "servers.weather.secrets.TOKEN: (hidden) is not a secret of account 111111111111 in eu-central-1",
        ),
        # References to servers
        (
            [("servers.weather.calls", ["map"])],
            "servers.weather.calls[0]: map is no server of this stack; did you mean maps?",
        ),
        ([("servers.weather.calls", ["weather"])], "servers.weather.calls[0]: weather is the server itself"),
        ([("servers.weather.calls", ["maps", "maps"])], "servers.weather.calls[1]: maps is listed twice"),
        (
            [("servers.weather.calls", ["maps"]), ("servers.maps.calls", ["weather"])],
            "servers.maps.calls[0]: weather closes a circle of calls: maps -> weather -> maps",
        ),
        # Sign-in, deployment, alerts
        (
            [("signIn", GONE)],
            (
                "config: mcp-ops:signIn is missing; a gateway that is not internal needs sign-in; {mode: jwt, ...} "
                "says who may call the servers"
            ),
        ),
        (
            [("signIn", {"mode": "none"}), ("network.ingressCidrs", ["192.0.2.0/24"])],
            "signIn.mode: none is not for a gateway that is not internal; use jwt",
        ),
        (
            [*PROD, ("signIn", {"mode": "none"}), ("network.internal", True)],
            "signIn.mode: none is not for prod; use jwt",
        ),
        (
            [*PROD, ("signIn", GONE), ("network.internal", True)],
            ("config: mcp-ops:signIn is missing; prod needs sign-in; {mode: jwt, ...} says who may call the servers"),
        ),
        (
            [("deployment.drainSeconds", 60), ("deployment.deregistrationDelaySeconds", 30)],
            (
                "deployment.drainSeconds: 60 exceeds deregistrationDelaySeconds 30; the load balancer would cut "
                "calls that "
                "still drain"
            ),
        ),
        (
            [("notifications.emails", ["a@example.com", "a@example.com"])],
            "notifications.emails[1]: a@example.com is listed twice",
        ),
        (
            [("budget", {"monthlyUsd": 100})],
            "budget.monthlyUsd: 100 would be exceeded without anybody hearing of it; name a channel",
        ),
    ],
)
def test_rules_name_place_value_and_way_out(changes: list[Change], line: str) -> None:
    assert errors(*changes) == [f"{FILE}: {line}"]


@pytest.mark.parametrize(
    "changes",
    [
        [("domain.hostedZoneId", GONE), ("domain.certificateArn", CERTIFICATE)],
        [
            ("network.nat", "none"),
            ("network.interfaceEndpoints", ENDPOINTS),
            ("network.internal", True),
            ("signIn", {"mode": "none"}),
        ],
        [("network", {"existing": EXISTING})],
        [
            (
                "network",
                {"existing": {**EXISTING, "publicSubnetIds": []}, "internal": True, "ingressCidrs": ["10.0.0.0/8"]},
            )
        ],
        [("signIn", GONE), ("network.internal", True)],
        [("signIn", {"mode": "none"}), ("network.internal", True)],
        [("servers.maps.host", "weather.dev.example.com"), ("servers.maps.path", "/maps")],
        [("servers.weather.host", "dev.example.com")],
        [("servers.weather.calls", ["maps"])],
        [("servers.weather.tasks", {"min": 1})],
        [(ZONES, ["eu-central-1a", "eu-central-1b", "eu-central-1c"])],
    ],
)
def test_what_keeps_the_rules_is_accepted(changes: list[Change]) -> None:
    assert errors(*changes) == []


def test_a_longer_circle_of_calls_is_noted_once() -> None:
    assert errors(
        ("servers.a", {"image": "x:1", "calls": ["b"]}),
        ("servers.b", {"image": "x:1", "calls": ["c", "weather"]}),
        ("servers.c", {"image": "x:1", "calls": ["a"]}),
    ) == [f"{FILE}: servers.a.calls[0]: b closes a circle of calls: a -> b -> c -> a"]


def test_a_reference_to_a_broken_server_is_not_called_unknown() -> None:
    assert errors(("servers.weather.calls", ["maps"]), ("servers.maps", 3)) == [
        f"{FILE}: servers.maps: 3 is not a group of keys"
    ]


def test_many_ways_of_calls_are_judged_in_a_moment() -> None:
    names = [f"s{number}" for number in range(40)]
    changes = [
        (f"servers.{name}", {"image": "x:1", "ruleBlock": 1000 + 10 * place, "calls": names[place + 1 :]})
        for place, name in enumerate(names)
    ]

    assert errors(("network.listenerRules", 300), *changes) == []


def test_a_hundred_servers_are_judged_in_a_moment() -> None:
    changes = [
        (
            f"servers.s{number}",
            {"image": "x:1", "ruleBlock": 1000 + 10 * number, "calls": [f"s{number + 1}"] * (number < 97)},
        )
        for number in range(98)
    ]
    changes += [("servers.weather.ruleBlock", 20000), ("servers.maps.ruleBlock", 20010), ("network.listenerRules", 300)]

    assert len(settings(*changes).servers) == 100
