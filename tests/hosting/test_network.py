"""What a network registers, and which networks are refused."""

import functools
import ipaddress
import json

import pulumi
import pytest

from mcp_ops import InputError, Network
from mcp_ops.hosting.network_plan import plan_network, plan_zones
from tests.hosting.programs import network
from tests.support.recording import ACCOUNT_ID, Recording, record, unknown

BLOCK = ipaddress.IPv4Network("10.0.0.0/16")


@functools.cache
def default() -> Recording:
    return record(lambda: Network("dev", network()))


def built(**changes: object) -> Recording:
    return record(lambda: Network("dev", network(**changes))) if changes else default()


def refusals(**changes: object) -> str:
    with pytest.raises(InputError) as caught:
        plan_network("dev", network(**changes))
    return str(caught.value)


@pytest.mark.parametrize("prefix", [16, 20, 22])
def test_subnets_lie_in_the_block_and_do_not_overlap(prefix: int) -> None:
    block = ipaddress.IPv4Network(f"10.64.0.0/{prefix}")
    zones = plan_zones(block, ["a", "b", "c"], "none")
    subnets = [ipaddress.IPv4Network(cidr) for zone in zones for cidr in (zone.private_cidr, zone.public_cidr)]
    assert all(subnet.subnet_of(block) for subnet in subnets)
    assert not any(one.overlaps(two) for i, one in enumerate(subnets) for two in subnets[:i])
    assert all(subnet.prefixlen <= 27 for subnet in subnets), "a load balancer needs a /27"


def test_a_third_zone_moves_no_address() -> None:
    two = plan_zones(BLOCK, ["eu-west-1a", "eu-west-1b"], "per-zone")
    three = plan_zones(BLOCK, ["eu-west-1a", "eu-west-1b", "eu-west-1c"], "per-zone")
    assert three[:2] == two


def test_private_subnets_are_larger_than_public_ones() -> None:
    zone = plan_zones(BLOCK, ["eu-west-1a"], "none")[0]
    assert (zone.private_cidr, zone.public_cidr) == ("10.0.0.0/19", "10.0.32.0/21")


def test_each_zone_has_its_own_nat_gateway_by_default() -> None:
    run = built()
    assert run.names("NatGateway") == {"dev-nat-a", "dev-nat-b"}
    routes = {item.name: item.inputs.get("natGatewayId") for item in run.all("Route")}
    assert routes["dev-private-a-internet"] == "dev-nat-a-id"
    assert routes["dev-private-b-internet"] == "dev-nat-b-id"


def test_a_nat_gateway_waits_for_the_route_to_the_internet() -> None:
    assert "dev-public-internet" in built().one("NatGateway", "dev-nat-a").dependencies


def test_a_single_nat_gateway_serves_every_zone() -> None:
    run = built(nat="single")
    assert run.names("NatGateway") == {"dev-nat-a"}
    assert run.one("Route", "dev-private-b-internet").inputs["natGatewayId"] == "dev-nat-a-id"


def test_without_nat_no_private_route_leaves_the_network() -> None:
    run = built(nat="none", interface_endpoints=["ecr.api", "ecr.dkr", "logs", "secretsmanager"])
    assert run.names("Route") == {"dev-public-internet"}
    assert not run.all("NatGateway")
    assert not run.all("Eip")


def test_the_default_security_group_is_adopted_without_rules() -> None:
    group = built().one("DefaultSecurityGroup")
    assert "ingress" not in group.inputs
    assert "egress" not in group.inputs


def test_gateway_endpoints_serve_every_private_route_table() -> None:
    run = built()
    assert run.names("VpcEndpoint") == {"dev-s3-endpoint", "dev-dynamodb-endpoint"}
    tables = run.one("VpcEndpoint", "dev-s3-endpoint").inputs["routeTableIds"]
    assert tables == ["dev-private-a-id", "dev-private-b-id"]


def test_interface_endpoints_answer_https_from_the_vpc_only() -> None:
    run = built(interface_endpoints=["ecr.api", "kms"])
    endpoint = run.one("VpcEndpoint", "dev-ecr-api-endpoint").inputs
    assert endpoint["serviceName"] == "com.amazonaws.eu-west-1.ecr.api"
    assert endpoint["privateDnsEnabled"] is True
    assert endpoint["subnetIds"] == ["dev-private-a-id", "dev-private-b-id"]
    rule = run.one("SecurityGroupIngressRule").inputs
    assert (rule["cidrIpv4"], rule["fromPort"], rule["toPort"]) == ("10.0.0.0/16", 443, 443)
    assert not run.all("SecurityGroupEgressRule")


def test_flow_logs_are_encrypted_and_their_role_can_write_nothing_else() -> None:
    run = built(log_key_arn="arn:key", permissions_boundary_arn="arn:boundary", flow_log_retention_days=90)
    group = run.one("LogGroup").inputs
    assert (group["name"], group["kmsKeyId"], group["retentionInDays"]) == ("/mcp-ops/dev/flow-logs", "arn:key", 90)
    role = run.one("Role").inputs
    assert role["permissionsBoundary"] == "arn:boundary"
    trust = json.loads(role["assumeRolePolicy"])["Statement"][0]
    assert trust["Principal"] == {"Service": "vpc-flow-logs.amazonaws.com"}
    assert trust["Condition"]["StringEquals"] == {"aws:SourceAccount": ACCOUNT_ID}
    write, find = json.loads(run.one("RolePolicy").inputs["policy"])["Statement"]
    assert all("/mcp-ops/dev/flow-logs" in resource for resource in write["Resource"])
    assert (find["Action"], find["Resource"]) == (["logs:DescribeLogGroups"], "*")
    assert run.one("FlowLog").inputs["trafficType"] == "ALL"


def test_no_subnet_hands_out_public_addresses() -> None:
    assert all(subnet.inputs["mapPublicIpOnLaunch"] is False for subnet in built().all("Subnet"))


def test_the_users_tags_reach_every_subnet_beside_its_name() -> None:
    subnet = built(tags={"team": "weather"}).one("Subnet", "dev-private-a")
    assert subnet.inputs["tags"] == {"Name": "dev-private-a", "team": "weather"}


def test_outputs_name_the_new_network() -> None:
    outputs = built().one("Network").outputs
    assert outputs == {
        "vpc_id": "dev-vpc-id",
        "public_subnet_ids": ["dev-public-a-id", "dev-public-b-id"],
        "private_subnet_ids": ["dev-private-a-id", "dev-private-b-id"],
        "nat_addresses": {"a": "192.0.2.1", "b": "192.0.2.1"},
    }


def test_an_existing_network_registers_nothing() -> None:
    def program() -> None:
        Network(
            "dev",
            {
                "existing": {
                    "vpc_id": pulumi.Output.from_input("vpc-9"),
                    "public_subnet_ids": ["p-1", pulumi.Output.from_input("p-2")],
                    "private_subnet_ids": pulumi.Output.from_input(["q-1", "q-2"]),
                }
            },
        )

    run = record(program)
    assert [item.type for item in run] == ["mcp-ops:index:Network"]
    assert run.one("Network").outputs == {
        "vpc_id": "vpc-9",
        "public_subnet_ids": ["p-1", "p-2"],
        "private_subnet_ids": ["q-1", "q-2"],
        "nat_addresses": {},
    }


def test_a_preview_works_while_nothing_is_known() -> None:
    run = record(lambda: Network("dev", network(interface_endpoints=["kms"])), preview=True)
    assert unknown(run.one("Subnet", "dev-private-a").inputs["vpcId"])


def test_every_offence_is_listed_at_once() -> None:
    text = refusals(
        cidr_block="10.0.0.0/24",
        availability_zones=["us-east-1a"],
        nat="double",
        interface_endpoints=["telnet"],
        account_id="123",
        flow_log_retention_days=31,
        natt="single",
    )
    assert text.splitlines() == [
        "dev.natt: single is no input of this component; did you mean nat",
        "dev.account_id: 123 is not an AWS account id; it has 12 digits",
        "dev.cidr_block: 10.0.0.0/24 has the wrong size; use /16 to /22",
        "dev.availability_zones: ['us-east-1a'] lists 1; use 2 or 3",
        "dev.availability_zones: us-east-1a is not a zone of eu-west-1",
        "dev.nat: double is not one of per-zone, single, none",
        next(line for line in text.splitlines() if line.startswith("dev.interface_endpoints: telnet is not one of")),
        next(line for line in text.splitlines() if line.startswith("dev.flow_log_retention_days: 31 is no retention")),
    ]


def test_a_refused_network_registers_nothing() -> None:
    runs: list[Recording] = []

    def program() -> None:
        with pytest.raises(InputError):
            Network("dev", network(nat="none"))

    runs.append(record(program))
    assert not list(runs[0])


@pytest.mark.parametrize(
    ("cidr", "rule"),
    [
        ("10.0.0.1/16", "is not an IPv4 block"),
        ("ten", "is not an IPv4 block"),
        ("8.8.0.0/16", "is not private"),
        ("10.0.0.0/15", "has the wrong size"),
        ("2001:db8::/32", "is not an IPv4 block"),
    ],
)
def test_a_block_that_no_vpc_can_have_is_refused(cidr: str, rule: str) -> None:
    assert f"dev.cidr_block: {cidr} {rule}" in refusals(cidr_block=cidr)


def test_no_nat_needs_the_endpoints_that_a_task_starts_with() -> None:
    text = refusals(nat="none", interface_endpoints=["ecr.api", "logs"])
    assert (
        text == "dev.nat: none leaves tasks without a way to AWS; add the interface endpoints ecr.dkr, secretsmanager"
    )


def test_what_a_new_network_needs_is_asked_for() -> None:
    with pytest.raises(InputError) as caught:
        plan_network("dev", {})
    assert [offence.where for offence in caught.value.offences] == [
        "dev.region",
        "dev.account_id",
        "dev.availability_zones",
    ]


def test_an_existing_network_refuses_what_would_have_no_effect() -> None:
    existing = {"vpc_id": "v", "public_subnet_ids": [], "private_subnet_ids": []}
    with pytest.raises(InputError, match=r"dev\.nat: single has no effect beside existing"):
        plan_network("dev", {"existing": existing, "nat": "single"})


def test_an_incomplete_existing_network_is_refused() -> None:
    with pytest.raises(InputError, match=r"dev\.existing\.private_subnet_ids: None is missing"):
        plan_network("dev", {"existing": {"vpc_id": "v", "public_subnet_ids": []}})


def test_a_name_too_long_for_a_role_is_refused() -> None:
    with pytest.raises(InputError, match="a role name has room for 56"):
        plan_network("n" * 60, network())
