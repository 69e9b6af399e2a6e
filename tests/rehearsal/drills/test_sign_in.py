"""The drill sign-in: a gateway as it should be, and gateways that each let somebody in or lock somebody out."""

import copy
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from tests.rehearsal.drills.support import ended
from tests.support.projects import write_project

from mcp_ops.rehearsal.drills import containers, declarations, processes
from mcp_ops.rehearsal.drills.admission import admitted
from mcp_ops.rehearsal.drills.containers import Server
from mcp_ops.rehearsal.drills.drill import Failed, Outcome
from mcp_ops.rehearsal.drills.processes import Running
from mcp_ops.rehearsal.drills.sign_in import drill as sign_in
from mcp_ops.rehearsal.record import Run
from mcp_ops.rehearsal.rehearse import Options, rehearsed

PROGRAM = """
    import json
    import pulumi
    import pulumi_aws as aws

    config = pulumi.Config()
    ISSUER, HOST = "https://login.example.com/realms/mcp", "tools.example.com"
    URL = f"https://{HOST}/mcp"
    WELL_KNOWN = "/.well-known/oauth-protected-resource"
    network = aws.ec2.Vpc("network", cidr_block="10.0.0.0/16")
    subnets = [
        aws.ec2.Subnet(zone, vpc_id=network.id, cidr_block=f"10.0.{index}.0/24", availability_zone=f"us-east-1{zone}")
        for index, zone in enumerate("ab")
    ]
    balancer = aws.lb.LoadBalancer("gateway", subnets=[subnet.id for subnet in subnets])
    certificate = aws.acm.Certificate("certificate", domain_name=HOST, validation_method="DNS")
    targets = aws.lb.TargetGroup("tools", port=8000, protocol="HTTP", target_type="ip", vpc_id=network.id)


    def fixed(status, body):
        response = {"status_code": status, "content_type": "application/json", "message_body": body}
        return {"type": "fixed-response", "fixed_response": response}


    secure = aws.lb.Listener(
        "https", load_balancer_arn=balancer.arn, port=443, protocol="HTTPS", certificate_arn=certificate.arn,
        default_actions=[fixed("404", "{}")],
    )
    aws.lb.Listener(
        "http", load_balancer_arn=balancer.arn, port=80, protocol="HTTP",
        default_actions=[
            {"type": "redirect", "redirect": {"port": "443", "protocol": "HTTPS", "status_code": "HTTP_301"}}
        ],
    )


    def rule(name, priority, paths, *actions, header=None):
        conditions = [{"host_header": {"values": [HOST]}}, {"path_pattern": {"values": paths}}]
        if header:
            conditions.append({"http_header": {"http_header_name": "Authorization", "values": [header]}})
        aws.lb.ListenerRule(
            name, listener_arn=secure.arn, priority=priority, conditions=conditions, actions=list(actions)
        )


    claims = [{"name": "aud", "format": config.get("format") or "single-string", "values": [URL]}]
    claims += [{"name": "tier", "format": "single-string", "values": ["gold", "silver"]}]
    validation = {"issuer": ISSUER, "jwks_endpoint": f"{ISSUER}/certs", "additional_claims": claims}
    verify = {"type": "jwt-validation", "order": 1, "jwt_validation": validation}
    then = {"type": "forward", "order": 2, "target_group_arn": targets.arn}
    document = json.dumps({"resource": URL, "authorization_servers": [ISSUER]})
    told = json.dumps({"error": {"data": {"resource_metadata": f"https://{HOST}{WELL_KNOWN}/mcp"}}})
    refuses = config.get_bool("refuses")
    rule("metadata", 10, [f"{WELL_KNOWN}/mcp", WELL_KNOWN], fixed("200", document))
    rule("bearer", 11, ["/mcp"], verify, then, header="Bearer *")
    rule("open", 12, ["/mcp"], fixed("401", told) if refuses else {"type": "forward", "target_group_arn": targets.arn})

    environment = {
        "MCP_ENVIRONMENT": "dev",
        "MCP_SERVER_NAME": "tools",
        "MCP_PORT": "8341",
        "MCP_CANONICAL_URL": URL,
        "MCP_DRAIN_SECONDS": "1",
        "MCP_ISSUER": ISSUER,
        "MCP_JWKS_URL": f"{ISSUER}/certs",
        "MCP_TOOL_SCOPES": json.dumps({"convert_length": ["units.read"]}),
    }
    if config.get_bool("open"):
        environment = {key: value for key, value in environment.items() if key[4:7] not in ("ISS", "JWK", "TOO")}
    container = {
        "name": "tools", "image": "example/tools:1", "memory": 128,
        "environment": [{"name": key, "value": value} for key, value in environment.items()],
    }
    definition = aws.ecs.TaskDefinition(
        "tools", family="tools", container_definitions=pulumi.Output.json_dumps([container])
    )
    entry = {
        "command": json.loads(config.get("command") or '["python", "-m", "mcp_ops_server.reference"]'),
        "needs": json.loads(config.get("needs") or "[]"),
        "url": URL,
        "taskDefinition": definition.arn,
        "probes": [{"tool": "convert_length", "arguments": {"value": 5, "source": "km", "target": "m"}}],
    }
    pulumi.export("rehearsal", {"servers": {"tools": entry}})
"""

pytestmark = pytest.mark.timeout(300)


def drilled(directory: Path, **config: str) -> Outcome | str:
    """Rehearses the program and returns how the drill ended, or what it misses."""
    write_project(directory, PROGRAM, "".join(f"  shop:{key}: '{value}'\n" for key, value in config.items()))
    return ended(directory, "sign-in")


class Rehearsed(NamedTuple):
    """A rehearsed gateway; simulated AWS is closed again."""

    outcome: Outcome
    run: Run
    server: Server
    directory: Path


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Rehearsed:
    """A gateway whose audience is a list, as Keycloak's tokens have it."""
    directory = tmp_path_factory.mktemp("gateway")
    write_project(directory, PROGRAM, "  shop:format: string-array\n")
    with rehearsed(directory, "dev", Options(only="sign-in", previewed=False)) as (found, stage):
        assert found.run.errors == []
        server = containers.server_of(stage, "tools", declarations.entries(stage)["tools"])
        return Rehearsed(found.drills[0], found.run, server, directory)


@pytest.fixture(scope="module")
def running(gateway: Rehearsed) -> Iterator[Running]:
    """The server behind that gateway, up."""
    address = processes.address_for(gateway.server, 20)
    with (
        admitted(gateway.server) as admission,
        processes.started(gateway.server, address, gateway.directory, admission=admission) as up,
    ):
        yield up


def test_every_request_ends_as_it_must(gateway: Rehearsed) -> None:
    outcome = gateway.outcome
    assert outcome.passed, outcome.evidence.summary
    rows = {row["request"]: row for row in outcome.evidence.facts["requests"]["tools"]}
    assert len(rows) >= 50
    assert f"{len(rows)} of {len(rows)} requests ended as they must" in outcome.evidence.summary[0]
    for request, rule, answer in [
        ("metadata", "metadata", "gateway 200"),
        ("health path from outside", "default action", "gateway 404"),
        ("right token over plain HTTP", "default action", "gateway 301"),
        ("no token", "open", "server 401"),
        ("token: algorithm none", "bearer", "gateway 401"),
        ("token: audience in the other format", "bearer", "gateway 401"),
        ("token: without claim tier", "bearer", "gateway 401"),
        ("right token, current revision", "bearer", "server 200"),
        ("right token for several audiences", "bearer", "server 200"),
        ("right token, older client's DELETE", "bearer", "server 405"),
        ("missing scope calls convert_length", "bearer", "server 403"),
        ("past the gateway: another server's audience", "no rule: from inside", "server 401"),
    ]:
        assert rows[request] == {"request": request, "rule": rule, "answer": answer, "expected": answer}


def _rule(run: Run, name: str) -> dict[str, Any]:
    return next(item.inputs for item in run.registrations if item.type.endswith(":ListenerRule") and item.name == name)


def _claims(run: Run) -> list[dict[str, Any]]:
    action = next(item for item in _rule(run, "bearer")["actions"] if item["type"] == "jwt-validation")
    claims: list[dict[str, Any]] = action["jwtValidation"]["additionalClaims"]
    return claims


def without(name: str) -> Callable[[Run], None]:
    """Takes a rule away."""

    def damage(run: Run) -> None:
        run.registrations = [item for item in run.registrations if item.name != name or "Rule" not in item.type]

    return damage


def _unverified(run: Run) -> None:
    _rule(run, "bearer")["actions"] = [item for item in _rule(run, "bearer")["actions"] if item["type"] == "forward"]


def _other_audience(run: Run) -> None:
    _claims(run)[0]["values"] = ["https://elsewhere.example/mcp"]


def _no_audience(run: Run) -> None:
    del _claims(run)[0]


def _other_issuer(run: Run) -> None:
    _rule(run, "bearer")["actions"][0]["jwtValidation"]["issuer"] = "https://elsewhere.example/realms/mcp"


def _health_is_public(run: Run) -> None:
    _rule(run, "open")["conditions"][1]["pathPattern"]["values"].append("/health")


def _any_path(run: Run) -> None:
    _rule(run, "bearer")["conditions"][1]["pathPattern"]["values"] = ["/*"]


def _open_before_bearer(run: Run) -> None:
    _rule(run, "open")["priority"] = 1


def _metadata_behind_tokens(run: Run) -> None:
    paths = _rule(run, "metadata")["conditions"][1]["pathPattern"]["values"]
    _rule(run, "bearer")["conditions"][1]["pathPattern"]["values"] += paths
    _rule(run, "metadata")["priority"] = 20


def _other_resource(run: Run) -> None:
    response = _rule(run, "metadata")["actions"][0]["fixedResponse"]
    response["messageBody"] = json.dumps({"resource": "https://elsewhere.example/mcp"})


def _plain_http(run: Run) -> None:
    (plain,) = [item for item in run.registrations if item.name == "http" and item.custom]
    plain.inputs["defaultActions"] = [
        {"type": "fixed-response", "fixedResponse": {"statusCode": "200", "messageBody": "in"}}
    ]


DAMAGE: dict[str, tuple[Callable[[Run], None], str]] = {
    "no metadata": (without("metadata"), "metadata: ended at gateway 404, expected gateway 200"),
    "no rule for tokens": (without("bearer"), "token: expired: ended at server 401, expected gateway 401"),
    "no rule for the rest": (without("open"), "no token: ended at gateway 404, expected gateway 401"),
    "tokens not verified": (_unverified, "token: algorithm none: ended at server 401, expected gateway 401"),
    "audience of another": (_other_audience, "right token, older revision: ended at gateway 401, expected server 200"),
    "audience unchecked": (_no_audience, "token: no audience: ended at server 401, expected gateway 401"),
    "another issuer": (_other_issuer, "right token, current revision: ended at gateway 401, expected server 200"),
    "health is public": (_health_is_public, "health path from outside: ended at server 200, expected gateway 404"),
    "any path": (_any_path, "health path with a right token: ended at server 200, expected gateway 404"),
    "open before bearer": (
        _open_before_bearer,
        "token: algorithm none: ended at server 401, expected gateway 401",
    ),
    "metadata behind tokens": (
        _metadata_behind_tokens,
        "metadata with an expired token: ended at gateway 401, expected gateway 200",
    ),
    "metadata of another": (_other_resource, "metadata: the metadata says another resource, authorization_servers"),
    "plain HTTP answers": (_plain_http, "right token over plain HTTP: ended at gateway 200, expected gateway 301"),
}


@pytest.mark.parametrize("what", DAMAGE)
def test_a_damaged_gateway_fails_with_the_request_that_shows_it(
    gateway: Rehearsed, running: Running, what: str
) -> None:
    damage, expected = DAMAGE[what]
    run = copy.deepcopy(gateway.run)
    damage(run)
    rows = sign_in.examined(run, running, owns_root=True)
    problems = [f"{row.request}: {row.problem}" for row in rows if row.problem]
    assert expected in problems


def test_a_host_that_no_listener_knows_fails(gateway: Rehearsed, running: Running) -> None:
    server = replace(running.server, url="https://nobody.example/mcp")
    with pytest.raises(Failed, match=r"^no rule of an HTTPS listener is for host nobody\.example$"):
        sign_in.examined(gateway.run, replace(running, server=server), owns_root=True)


def test_a_gateway_that_refuses_by_itself_says_where_to_go(tmp_path: Path) -> None:
    outcome = drilled(tmp_path, refuses="true")
    assert isinstance(outcome, Outcome)
    assert outcome.passed, outcome.evidence.summary
    rows = {row["request"]: row for row in outcome.evidence.facts["requests"]["tools"]}
    assert rows["no token"]["answer"] == "gateway 401"
    assert "right token for several audiences" not in rows


def test_without_sign_in_there_is_nothing_to_drill(tmp_path: Path) -> None:
    assert drilled(tmp_path, open="true") == "no server of the stack that can be started here wants tokens"


@pytest.mark.parametrize(
    ("config", "problem"),
    [
        ({"needs": '["rehearsal-no-such-program"]'}, "no server with sign-in was started"),
        ({"command": '["rehearsal-no-such-program"]'}, "tools: cannot be started: there is no program"),
        ({"command": '"python"'}, "tools: the output rehearsal.servers.tools.command"),
    ],
)
def test_a_server_that_cannot_be_started_proves_nothing(tmp_path: Path, config: dict[str, str], problem: str) -> None:
    outcome = drilled(tmp_path, **config)
    assert isinstance(outcome, Outcome)
    assert not outcome.passed
    assert any(line.startswith(problem) for line in outcome.evidence.facts["problems"])
