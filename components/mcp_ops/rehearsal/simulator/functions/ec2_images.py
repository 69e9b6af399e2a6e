"""Look-ups of machine images, route tables and prefix lists."""

import hashlib
from collections.abc import Mapping
from typing import Any

from mcp_ops.rehearsal.simulator.cloud import Cloud
from mcp_ops.rehearsal.simulator.errors import Refusal
from mcp_ops.rehearsal.simulator.functions.ec2 import Given
from mcp_ops.rehearsal.simulator.functions.function import Function
from mcp_ops.rehearsal.simulator.functions.replies import as_result, filters_of, tags_of
from mcp_ops.rehearsal.simulator.places import Place


def ami(_: Cloud, given: Given, place: Place, assumptions: list[str]) -> dict[str, Any]:
    """`aws.ec2.get_ami`: one that answers the filters is taken to exist; its id comes from them."""
    filters = {item["name"]: item["values"][0] for item in given.get("filters") or ()}
    name = str(filters.get("name") or given.get("nameRegex") or "outside").replace("*", "rehearsal")
    owner = str((given.get("owners") or [place.account])[0])
    id_ = (
        filters.get("image-id")
        or f"ami-{hashlib.sha256(f'{place.region}/{owner}/{sorted(filters.items())}'.encode()).hexdigest()[:17]}"
    )
    assumptions.append(f"a machine image exists ({name}, owner {owner})")
    return {
        **given,
        "id": id_,
        "imageId": id_,
        "arn": f"arn:{place.partition}:ec2:{place.region}::image/{id_}",
        "architecture": filters.get("architecture", "x86_64"),
        "blockDeviceMappings": [],
        "creationDate": "2026-01-01T00:00:00.000Z",
        "imageType": "machine",
        "name": name,
        "ownerId": owner if owner.isdigit() else "137112412989",
        "public": True,
        "rootDeviceName": "/dev/xvda",
        "rootDeviceType": filters.get("root-device-type", "ebs"),
        "state": "available",
        "tags": dict(given.get("tags") or {}),
        "virtualizationType": filters.get("virtualization-type", "hvm"),
    }


def route_table(cloud: Cloud, given: Given, place: Place, _: list[str]) -> dict[str, Any]:
    """`aws.ec2.get_route_table`: of a network or subnet that exists by then."""
    query: dict[str, Any] = {
        "Filters": filters_of(
            given, vpcId="vpc-id", subnetId="association.subnet-id", gatewayId="association.gateway-id"
        )
    }
    if given.get("routeTableId"):
        query["RouteTableIds"] = [given["routeTableId"]]
    found = cloud.call("ec2", "DescribeRouteTables", query, place).data["RouteTables"]
    if len(found) != 1:
        raise Refusal(f"aws.ec2.get_route_table: {len(found)} match; the look-up must find one")
    table = found[0]
    id_ = table["RouteTableId"]
    return {
        **given,
        "id": id_,
        "routeTableId": id_,
        "arn": f"arn:{place.partition}:ec2:{place.region}:{place.account}:route-table/{id_}",
        "ownerId": place.account,
        "vpcId": table["VpcId"],
        "routes": as_result(table.get("Routes", [])),
        "associations": as_result(table.get("Associations", [])),
        "tags": tags_of(table.get("Tags")),
    }


def _prefix_list(cloud: Cloud, name: str | None, id_: str | None, place: Place) -> dict[str, Any]:
    by_name = [{"Name": "prefix-list-name", "Values": [name]}] if name else []
    query = {key: value for key, value in {"Filters": by_name, "PrefixListIds": [id_] if id_ else []}.items() if value}
    found = cloud.call("ec2", "DescribeManagedPrefixLists", query, place).data["PrefixLists"]
    if len(found) != 1:
        raise Refusal(f"prefix list {name or id_}: {len(found)} match; the look-up must find one")
    entries = cloud.call("ec2", "GetManagedPrefixListEntries", {"PrefixListId": found[0]["PrefixListId"]}, place).data[
        "Entries"
    ]
    return {**found[0], "Entries": entries}


def prefix_list(cloud: Cloud, given: Given, place: Place, _: list[str]) -> dict[str, Any]:
    """`aws.ec2.get_prefix_list`: of an AWS service, by its name or id."""
    found = _prefix_list(cloud, given.get("name") or _filtered(given), given.get("prefixListId"), place)
    id_ = found["PrefixListId"]
    blocks = [entry["Cidr"] for entry in found["Entries"]]
    return {**given, "id": id_, "prefixListId": id_, "name": found["PrefixListName"], "cidrBlocks": blocks}


def managed_prefix_list(cloud: Cloud, given: Given, place: Place, _: list[str]) -> dict[str, Any]:
    """`aws.ec2.get_managed_prefix_list`."""
    found = _prefix_list(cloud, given.get("name") or _filtered(given), given.get("id"), place)
    return {
        **given,
        "id": found["PrefixListId"],
        "name": found["PrefixListName"],
        "arn": found.get("PrefixListArn", ""),
        "addressFamily": found.get("AddressFamily", "IPv4"),
        "entries": [{"cidr": entry["Cidr"], "description": entry.get("Description", "")} for entry in found["Entries"]],
        "maxEntries": found.get("MaxEntries", len(found["Entries"])),
        "ownerId": found.get("OwnerId", "AWS"),
        "version": found.get("Version", 1),
        "tags": tags_of(found.get("Tags")),
    }


def _filtered(given: Given) -> str | None:
    return next((item["values"][0] for item in given.get("filters") or () if item["name"] == "prefix-list-name"), None)


FUNCTIONS: Mapping[str, Function] = {
    "aws:ec2/getAmi:getAmi": ami,
    "aws:ec2/getRouteTable:getRouteTable": route_table,
    "aws:ec2/getPrefixList:getPrefixList": prefix_list,
    "aws:ec2/getManagedPrefixList:getManagedPrefixList": managed_prefix_list,
}
