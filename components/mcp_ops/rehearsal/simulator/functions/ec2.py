"""Look-ups of networks. What simulated AWS does not hold lies outside the stack: it is made to exist, and noted."""

from collections.abc import Mapping
from typing import Any

from mcp_ops.rehearsal.simulator.cloud import Cloud
from mcp_ops.rehearsal.simulator.errors import Refusal
from mcp_ops.rehearsal.simulator.functions.function import Function
from mcp_ops.rehearsal.simulator.functions.replies import as_result, filters_of, tags_of
from mcp_ops.rehearsal.simulator.places import Place

Given = Mapping[str, Any]

OUTSIDE_CIDR = "10.255.0.0/16"
"""Range of networks that are made to exist where the program names none."""


def _described(
    cloud: Cloud, place: Place, operation: str, member: str, parameters: Mapping[str, Any]
) -> list[dict[str, Any]]:
    known = {key: value for key, value in parameters.items() if value}
    found: list[dict[str, Any]] = cloud.call("ec2", operation, known, place).data[member]
    return found


def _single(found: list[dict[str, Any]], what: str) -> dict[str, Any]:
    if len(found) > 1:
        raise Refusal(f"{what}: {len(found)} match; narrow the look-up")
    return found[0]


def _sought(given: Given) -> str:
    """Says what a look-up asked for."""
    asked = {key: value for key, value in given.items() if key not in {"filters", "tags"} and value not in (None, "")}
    asked |= {f"tag {key}": value for key, value in (given.get("tags") or {}).items()}
    asked |= {item["name"]: ",".join(map(str, item["values"])) for item in given.get("filters") or ()}
    return ", ".join(f"{key} {value}" for key, value in asked.items()) or "any"


def _tag(cloud: Cloud, place: Place, id_: str, given: Given) -> None:
    """Gives what was made the tags by which the program looks it up."""
    tags = dict(given.get("tags") or {})
    tags |= {
        item["name"].removeprefix("tag:"): item["values"][0]
        for item in given.get("filters") or ()
        if item["name"].startswith("tag:")
    }
    if tags:
        pairs = [{"Key": key, "Value": str(value)} for key, value in tags.items()]
        cloud.call("ec2", "CreateTags", {"Resources": [id_], "Tags": pairs}, place)


def _ensure_vpc(cloud: Cloud, given: Given, place: Place, assumptions: list[str]) -> list[dict[str, Any]]:
    filters = filters_of(given, cidrBlock="cidr", default="is-default", state="state", dhcpOptionsId="dhcp-options-id")
    query = {"VpcIds": [given["id"]] if given.get("id") else [], "Filters": filters}
    found = _described(cloud, place, "DescribeVpcs", "Vpcs", query)
    if not found:
        made = cloud.call("ec2", "CreateVpc", {"CidrBlock": given.get("cidrBlock") or OUTSIDE_CIDR}, place).data["Vpc"]
        _tag(cloud, place, made["VpcId"], given)
        assumptions.append(f"a VPC exists ({_sought(given)})")
        found = _described(cloud, place, "DescribeVpcs", "Vpcs", {"VpcIds": [made["VpcId"]]})
    return found


def vpc(cloud: Cloud, given: Given, place: Place, assumptions: list[str]) -> dict[str, Any]:
    """`aws.ec2.get_vpc`."""
    found = _single(_ensure_vpc(cloud, given, place, assumptions), "aws.ec2.get_vpc")
    id_ = found["VpcId"]
    tables = _described(
        cloud, place, "DescribeRouteTables", "RouteTables", {"Filters": [{"Name": "vpc-id", "Values": [id_]}]}
    )
    return {
        **as_result(found),
        "id": id_,
        "arn": f"arn:{place.partition}:ec2:{place.region}:{place.account}:vpc/{id_}",
        "default": found.get("IsDefault", False),
        "mainRouteTableId": tables[0]["RouteTableId"] if tables else "",
        "enableDnsHostnames": True,
        "enableDnsSupport": True,
        "ownerId": place.account,
        "tags": tags_of(found.get("Tags")),
    }


def vpcs(cloud: Cloud, given: Given, place: Place, _: list[str]) -> dict[str, Any]:
    """`aws.ec2.get_vpcs`: none may match, so nothing is assumed."""
    found = _described(cloud, place, "DescribeVpcs", "Vpcs", {"Filters": filters_of(given)})
    return {**given, "id": place.region, "ids": [item["VpcId"] for item in found]}


SUBNET_FILTERS = {
    "vpcId": "vpc-id",
    "availabilityZone": "availability-zone",
    "availabilityZoneId": "availability-zone-id",
    "cidrBlock": "cidr-block",
    "defaultForAz": "default-for-az",
    "state": "state",
}


def _network_of(cloud: Cloud, given: Given, place: Place, assumptions: list[str]) -> str:
    """Returns the network that a look-up means: the named one, or one made to exist."""
    named = given.get("vpcId") or next(
        (item["values"][0] for item in given.get("filters") or () if item["name"] == "vpc-id"), None
    )
    wanted = {"id": named} if named else {"cidrBlock": OUTSIDE_CIDR}
    return str(_ensure_vpc(cloud, wanted, place, assumptions)[0]["VpcId"])


def _make_subnet(cloud: Cloud, given: Given, place: Place, assumptions: list[str], zone: str | None) -> str:
    network = _network_of(cloud, given, place, assumptions)
    cidr = _described(cloud, place, "DescribeVpcs", "Vpcs", {"VpcIds": [network]})[0]["CidrBlock"]
    of_vpc = {"Filters": [{"Name": "vpc-id", "Values": [network]}]}
    taken = {item["CidrBlock"] for item in _described(cloud, place, "DescribeSubnets", "Subnets", of_vpc)}
    prefix = ".".join(cidr.split(".")[:2])
    free = next(f"{prefix}.{third}.0/24" for third in range(255, 0, -1) if f"{prefix}.{third}.0/24" not in taken)
    parameters = {"VpcId": network, "CidrBlock": given.get("cidrBlock") or free} | (
        {"AvailabilityZone": zone} if zone else {}
    )
    made: str = cloud.call("ec2", "CreateSubnet", parameters, place).data["Subnet"]["SubnetId"]
    _tag(cloud, place, made, given)
    return made


def subnet(cloud: Cloud, given: Given, place: Place, assumptions: list[str]) -> dict[str, Any]:
    """`aws.ec2.get_subnet`."""
    query = {"SubnetIds": [given["id"]] if given.get("id") else [], "Filters": filters_of(given, **SUBNET_FILTERS)}
    found = _described(cloud, place, "DescribeSubnets", "Subnets", query)
    if not found:
        made = _make_subnet(cloud, given, place, assumptions, given.get("availabilityZone"))
        assumptions.append(f"a subnet exists ({_sought(given)})")
        found = _described(cloud, place, "DescribeSubnets", "Subnets", {"SubnetIds": [made]})
    single = _single(found, "aws.ec2.get_subnet")
    arn = f"arn:{place.partition}:ec2:{place.region}:{place.account}:subnet/{single['SubnetId']}"
    return {**as_result(single), "id": single["SubnetId"], "arn": arn, "tags": tags_of(single.get("Tags"))}


def subnets(cloud: Cloud, given: Given, place: Place, assumptions: list[str]) -> dict[str, Any]:
    """`aws.ec2.get_subnets`: where none match, one in each of two zones is made to exist."""
    query = {"Filters": filters_of(given)}
    found = _described(cloud, place, "DescribeSubnets", "Subnets", query)
    if not found:
        zones = cloud.call("ec2", "DescribeAvailabilityZones", {}, place).data["AvailabilityZones"]
        made = [_make_subnet(cloud, given, place, assumptions, zone["ZoneName"]) for zone in zones[:2]]
        assumptions.append(f"two subnets exist ({_sought(given)})")
        found = _described(cloud, place, "DescribeSubnets", "Subnets", {"SubnetIds": made})
    return {**given, "id": place.region, "ids": [item["SubnetId"] for item in found]}


def _groups(cloud: Cloud, given: Given, place: Place) -> list[dict[str, Any]]:
    query = {
        "GroupIds": [given["id"]] if given.get("id") else [],
        "Filters": filters_of(given, name="group-name", vpcId="vpc-id"),
    }
    return _described(cloud, place, "DescribeSecurityGroups", "SecurityGroups", query)


def security_group(cloud: Cloud, given: Given, place: Place, assumptions: list[str]) -> dict[str, Any]:
    """`aws.ec2.get_security_group`."""
    found = _groups(cloud, given, place)
    if not found:
        network = _network_of(cloud, given, place, assumptions)
        parameters = {"GroupName": given.get("name") or "outside", "Description": "outside the stack", "VpcId": network}
        made = cloud.call("ec2", "CreateSecurityGroup", parameters, place).data["GroupId"]
        _tag(cloud, place, made, given)
        assumptions.append(f"a security group exists ({_sought(given)})")
        found = _groups(cloud, {"id": made}, place)
    single = _single(found, "aws.ec2.get_security_group")
    return {
        "id": single["GroupId"],
        "arn": f"arn:{place.partition}:ec2:{place.region}:{place.account}:security-group/{single['GroupId']}",
        "name": single["GroupName"],
        "description": single.get("Description", ""),
        "vpcId": single.get("VpcId", ""),
        "tags": tags_of(single.get("Tags")),
    }


def security_groups(cloud: Cloud, given: Given, place: Place, _: list[str]) -> dict[str, Any]:
    """`aws.ec2.get_security_groups`: none may match, so nothing is assumed."""
    found = _groups(cloud, given, place)
    prefix = f"arn:{place.partition}:ec2:{place.region}:{place.account}:security-group"
    return {
        **given,
        "id": place.region,
        "ids": [item["GroupId"] for item in found],
        "arns": [f"{prefix}/{item['GroupId']}" for item in found],
        "vpcIds": [item.get("VpcId", "") for item in found],
    }


FUNCTIONS: Mapping[str, Function] = {
    "aws:ec2/getVpc:getVpc": vpc,
    "aws:ec2/getVpcs:getVpcs": vpcs,
    "aws:ec2/getSubnet:getSubnet": subnet,
    "aws:ec2/getSubnets:getSubnets": subnets,
    "aws:ec2/getSecurityGroup:getSecurityGroup": security_group,
    "aws:ec2/getSecurityGroups:getSecurityGroups": security_groups,
}
