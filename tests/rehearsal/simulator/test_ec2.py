import zlib
from collections.abc import Callable
from typing import Any

import pytest

from mcp_ops.rehearsal.simulator.errors import Refusal

Create = Callable[..., Any]
Client = Callable[[str], Any]


@pytest.fixture(scope="module")
def network() -> dict[str, str]:
    """Ids that the first test that needs them fills in."""
    return {}


@pytest.fixture
def vpc(create: Create, network: dict[str, str]) -> str:
    if "vpc" not in network:
        network["vpc"] = create("aws:ec2/vpc:Vpc", "shared", cidrBlock="10.0.0.0/16").id
    return network["vpc"]


@pytest.fixture
def subnet(create: Create, network: dict[str, str], vpc: str) -> str:
    if "subnet" not in network:
        network["subnet"] = create(
            "aws:ec2/subnet:Subnet", vpcId=vpc, cidrBlock="10.0.0.0/24", availabilityZone="eu-central-1a"
        ).id
    return network["subnet"]


def test_a_network_comes_with_its_default_parts(create: Create, client: Client) -> None:
    made = create("aws:ec2/vpc:Vpc", "main", cidrBlock="10.1.0.0/16", enableDnsHostnames=True, tags={"Name": "main"})
    assert made.outputs["arn"] == f"arn:aws:ec2:eu-central-1:123456789012:vpc/{made.id}"
    assert made.outputs["defaultSecurityGroupId"].startswith("sg-")
    assert made.outputs["defaultNetworkAclId"].startswith("acl-")
    assert made.outputs["mainRouteTableId"] == made.outputs["defaultRouteTableId"]
    ec2 = client("ec2")
    assert (
        ec2.describe_vpc_attribute(VpcId=made.id, Attribute="enableDnsHostnames")["EnableDnsHostnames"]["Value"] is True
    )
    assert ec2.describe_vpcs(VpcIds=[made.id])["Vpcs"][0]["Tags"] == [{"Key": "Name", "Value": "main"}]


def test_a_range_that_is_too_large_is_refused(create: Create) -> None:
    with pytest.raises(Refusal, match=r"InvalidVpc\.Range"):
        create("aws:ec2/vpc:Vpc", cidrBlock="10.0.0.0/8")


def test_a_subnet_outside_its_network_is_refused(create: Create, vpc: str) -> None:
    with pytest.raises(Refusal, match=r"InvalidSubnet\.Range"):
        create("aws:ec2/subnet:Subnet", vpcId=vpc, cidrBlock="192.168.0.0/24")


def test_traffic_finds_its_way_out(create: Create, client: Client, vpc: str, subnet: str) -> None:
    gateway = create("aws:ec2/internetGateway:InternetGateway", vpcId=vpc)
    address = create("aws:ec2/eip:Eip", domain="vpc")
    nat = create("aws:ec2/natGateway:NatGateway", allocationId=address.id, subnetId=subnet)
    table = create(
        "aws:ec2/routeTable:RouteTable",
        vpcId=vpc,
        routes=[{"cidrBlock": "0.0.0.0/0", "gatewayId": gateway.id, "ipv6CidrBlock": ""}],
    )
    route = create(
        "aws:ec2/route:Route", routeTableId=table.id, destinationCidrBlock="10.9.0.0/16", natGatewayId=nat.id
    )
    association = create("aws:ec2/routeTableAssociation:RouteTableAssociation", subnetId=subnet, routeTableId=table.id)
    assert address.outputs["publicDns"].endswith(".eu-central-1.compute.amazonaws.com")
    assert nat.outputs["publicIp"] == address.outputs["publicIp"]
    assert route.id == f"r-{table.id}{zlib.crc32(b'10.9.0.0/16')}"
    assert association.id.startswith("rtbassoc-")
    routes = client("ec2").describe_route_tables(RouteTableIds=[table.id])["RouteTables"][0]["Routes"]
    assert {item.get("DestinationCidrBlock"): item.get("NatGatewayId") or item.get("GatewayId") for item in routes} == {
        "10.0.0.0/16": "local",
        "0.0.0.0/0": gateway.id,
        "10.9.0.0/16": nat.id,
    }


def test_the_rule_that_lets_everything_out_is_removed(create: Create, client: Client, vpc: str) -> None:
    web = [
        {
            "protocol": "tcp",
            "fromPort": 443,
            "toPort": 443,
            "cidrBlocks": ["0.0.0.0/0"],
            "self": True,
            "description": "web",
        }
    ]
    made = create("aws:ec2/securityGroup:SecurityGroup", "web", vpcId=vpc, ingress=web)
    group = client("ec2").describe_security_groups(GroupIds=[made.id])["SecurityGroups"][0]
    assert group["IpPermissionsEgress"] == []
    assert group["IpPermissions"][0]["IpRanges"] == [{"CidrIp": "0.0.0.0/0", "Description": "web"}]
    assert group["IpPermissions"][0]["UserIdGroupPairs"][0]["GroupId"] == made.id
    assert made.outputs["description"] == "Managed by Pulumi"


def test_standalone_rules_have_ids_of_their_own(create: Create, client: Client, vpc: str) -> None:
    group = create("aws:ec2/securityGroup:SecurityGroup", "targets", vpcId=vpc)
    rule = create(
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
        securityGroupId=group.id,
        referencedSecurityGroupId=group.id,
        ipProtocol="tcp",
        fromPort=8000,
        toPort=8000,
        tags={"Name": "traffic"},
    )
    create(
        "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
        securityGroupId=group.id,
        cidrIpv4="0.0.0.0/0",
        ipProtocol="-1",
    )
    assert rule.id.startswith("sgr-")
    held = client("ec2").describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [group.id]}])[
        "SecurityGroupRules"
    ]
    assert sorted((item["IsEgress"], item.get("FromPort", -1)) for item in held) == [(False, 8000), (True, -1)]


def test_the_same_rule_twice_is_refused(create: Create, vpc: str) -> None:
    group = create("aws:ec2/securityGroup:SecurityGroup", "twice", vpcId=vpc)
    rule = {
        "type": "ingress",
        "securityGroupId": group.id,
        "protocol": "tcp",
        "fromPort": 22,
        "toPort": 22,
        "cidrBlocks": ["10.0.0.0/8"],
    }
    create("aws:ec2/securityGroupRule:SecurityGroupRule", **rule)
    with pytest.raises(Refusal, match=r"InvalidPermission\.Duplicate"):
        create("aws:ec2/securityGroupRule:SecurityGroupRule", "again", **rule)


def test_the_default_group_and_acl_are_emptied(create: Create, client: Client) -> None:
    vpc = create("aws:ec2/vpc:Vpc", "bare", cidrBlock="10.2.0.0/16")
    made = create("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup", vpcId=vpc.id, tags={"Name": "unused"})
    acl = create("aws:ec2/defaultNetworkAcl:DefaultNetworkAcl", defaultNetworkAclId=vpc.outputs["defaultNetworkAclId"])
    group = client("ec2").describe_security_groups(GroupIds=[made.id])["SecurityGroups"][0]
    assert (made.id, made.outputs["name"]) == (vpc.outputs["defaultSecurityGroupId"], "default")
    assert group["IpPermissions"] == group["IpPermissionsEgress"] == []
    entries = client("ec2").describe_network_acls(NetworkAclIds=[acl.id])["NetworkAcls"][0]["Entries"]
    assert {entry["RuleAction"] for entry in entries} == {"deny"}


def test_an_acl_takes_over_subnets(create: Create, client: Client, vpc: str) -> None:
    subnet = create("aws:ec2/subnet:Subnet", "own", vpcId=vpc, cidrBlock="10.0.9.0/24").id
    rule = {
        "ruleNo": 100,
        "action": "allow",
        "protocol": "tcp",
        "cidrBlock": "10.0.0.0/8",
        "fromPort": 443,
        "toPort": 443,
    }
    acl = create("aws:ec2/networkAcl:NetworkAcl", vpcId=vpc, ingress=[rule], subnetIds=[subnet])
    held = client("ec2").describe_network_acls(NetworkAclIds=[acl.id])["NetworkAcls"][0]
    assert [item["SubnetId"] for item in held["Associations"]] == [subnet]
    assert [entry["PortRange"] for entry in held["Entries"] if entry["RuleNumber"] == 100] == [{"From": 443, "To": 443}]


def test_end_points_of_both_kinds(create: Create, vpc: str, subnet: str) -> None:
    gateway = create("aws:ec2/vpcEndpoint:VpcEndpoint", "s3", vpcId=vpc, serviceName="com.amazonaws.eu-central-1.s3")
    interface = create(
        "aws:ec2/vpcEndpoint:VpcEndpoint",
        "logs",
        vpcId=vpc,
        serviceName="com.amazonaws.eu-central-1.logs",
        vpcEndpointType="Interface",
        subnetIds=[subnet],
        privateDnsEnabled=True,
    )
    assert gateway.outputs["prefixListId"].startswith("pl-")
    assert interface.outputs["state"] == "available"
    assert interface.outputs["dnsEntries"][0]["dnsName"]


def test_a_flow_log_names_what_it_monitors(create: Create, client: Client, vpc: str) -> None:
    role = "arn:aws:iam::123456789012:role/flow-logs"
    made = create(
        "aws:ec2/flowLog:FlowLog",
        vpcId=vpc,
        iamRoleArn=role,
        logDestination="arn:aws:logs:eu-central-1:123456789012:log-group:/flow",
        trafficType="REJECT",
    )
    held = client("ec2").describe_flow_logs(FlowLogIds=[made.id])["FlowLogs"][0]
    assert (held["ResourceId"], held["TrafficType"], held["DeliverLogsPermissionArn"]) == (vpc, "REJECT", role)


def test_an_instance_and_what_it_hangs_on(create: Create, client: Client, subnet: str) -> None:
    template = create(
        "aws:ec2/launchTemplate:LaunchTemplate",
        instanceType="t4g.small",
        metadataOptions={"httpTokens": "required"},
        networkInterfaces=[{"securityGroups": ["sg-0fee"], "ipv4Addresses": ["10.0.0.9"]}],
    )
    made = create(
        "aws:ec2/instance:Instance",
        ami="ami-0fee0fee",
        subnetId=subnet,
        launchTemplate={"id": template.id},
        rootBlockDevice={"encrypted": True, "volumeSize": 20},
        monitoring=True,
        tags={"Name": "bastion"},
    )
    assert made.outputs["privateIp"].startswith("10.0.0.")
    assert made.outputs["availabilityZone"] == "eu-central-1a"
    data = client("ec2").describe_launch_template_versions(LaunchTemplateId=template.id)["LaunchTemplateVersions"][0]
    assert data["LaunchTemplateData"]["MetadataOptions"]["HttpTokens"] == "required"


def test_an_unknown_kind_of_instance_is_refused(create: Create, subnet: str) -> None:
    with pytest.raises(Refusal, match=r"t9\.huge"):
        create("aws:ec2/instance:Instance", ami="ami-0fee0fee", subnetId=subnet, instanceType="t9.huge")


def test_networks_are_peered_and_lists_grow(create: Create, vpc: str) -> None:
    other = create("aws:ec2/vpc:Vpc", "other", cidrBlock="10.77.0.0/16")
    peering = create(
        "aws:ec2/vpcPeeringConnection:VpcPeeringConnection", vpcId=vpc, peerVpcId=other.id, autoAccept=True
    )
    assert peering.outputs["acceptStatus"] == "active"
    list_ = create("aws:ec2/managedPrefixList:ManagedPrefixList", addressFamily="IPv4", maxEntries=5)
    entry = create("aws:ec2/managedPrefixListEntry:ManagedPrefixListEntry", prefixListId=list_.id, cidr="10.0.0.0/8")
    assert entry.id == f"{list_.id},10.0.0.0/8"
