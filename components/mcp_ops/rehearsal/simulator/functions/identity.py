"""Look-ups of the place that a program runs in: caller, region, partition, zones."""

from collections.abc import Mapping
from typing import Any

from mcp_ops.rehearsal.simulator.cloud import Cloud
from mcp_ops.rehearsal.simulator.errors import Refusal
from mcp_ops.rehearsal.simulator.functions.function import Function
from mcp_ops.rehearsal.simulator.places import Place


def caller_identity(_: Cloud, __: Mapping[str, Any], place: Place, ___: list[str]) -> dict[str, Any]:
    """`aws.get_caller_identity`."""
    arn = f"arn:{place.partition}:sts::{place.account}:assumed-role/rehearsal/rehearsal"
    return {"accountId": place.account, "arn": arn, "userId": "AROAREHEARSAL:rehearsal", "id": place.account}


def region(_: Cloud, given: Mapping[str, Any], place: Place, __: list[str]) -> dict[str, Any]:
    """`aws.get_region`."""
    name = given.get("name") or place.region
    return {"name": name, "region": name, "id": name, "description": name, "endpoint": f"ec2.{name}.amazonaws.com"}


def partition(_: Cloud, __: Mapping[str, Any], place: Place, ___: list[str]) -> dict[str, Any]:
    """`aws.get_partition`."""
    suffix = "amazonaws.com.cn" if place.partition == "aws-cn" else "amazonaws.com"
    return {
        "partition": place.partition,
        "dnsSuffix": suffix,
        "reverseDnsPrefix": ".".join(reversed(suffix.split("."))),
        "id": place.partition,
    }


def availability_zones(cloud: Cloud, given: Mapping[str, Any], place: Place, _: list[str]) -> dict[str, Any]:
    """`aws.get_availability_zones`: the region's zones as simulated EC2 lists them."""
    zones = cloud.call("ec2", "DescribeAvailabilityZones", {}, place).data["AvailabilityZones"]
    excluded = set(given.get("excludeNames") or ())
    zones = [zone for zone in zones if zone["ZoneName"] not in excluded]
    return {
        "id": place.region,
        "names": [zone["ZoneName"] for zone in zones],
        "zoneIds": [zone["ZoneId"] for zone in zones],
        "groupNames": [place.region],
    }


def availability_zone(cloud: Cloud, given: Mapping[str, Any], place: Place, _: list[str]) -> dict[str, Any]:
    """`aws.get_availability_zone`: by name or id."""
    zones = cloud.call("ec2", "DescribeAvailabilityZones", {}, place).data["AvailabilityZones"]
    wanted = {member: given[name] for name, member in (("name", "ZoneName"), ("zoneId", "ZoneId")) if given.get(name)}
    found = [zone for zone in zones if all(zone[member] == value for member, value in wanted.items())]
    if len(found) != 1:
        raise Refusal(
            f"aws.get_availability_zone: {len(found)} zones of {place.region} match; the look-up must find one"
        )
    name = found[0]["ZoneName"]
    return {
        "id": name,
        "name": name,
        "zoneId": found[0]["ZoneId"],
        "nameSuffix": name.removeprefix(place.region),
        "groupName": place.region,
        "networkBorderGroup": place.region,
        "optInStatus": "opt-in-not-required",
        "state": "available",
        "zoneType": "availability-zone",
    }


def regions(cloud: Cloud, _: Mapping[str, Any], place: Place, __: list[str]) -> dict[str, Any]:
    """`aws.get_regions`: those that need no opting in."""
    found = cloud.call("ec2", "DescribeRegions", {}, place).data["Regions"]
    return {
        "id": place.partition,
        "names": [item["RegionName"] for item in found if item.get("OptInStatus") != "not-opted-in"],
    }


def arn(_: Cloud, given: Mapping[str, Any], __: Place, ___: list[str]) -> dict[str, Any]:
    """`aws.get_arn`: the parts of an ARN."""
    parts = str(given["arn"]).split(":", maxsplit=5)
    if len(parts) < len(ARN_PARTS) or parts[0] != "arn":
        raise Refusal(f"aws.get_arn: {given['arn']!r} is no ARN")
    named = dict(zip(ARN_PARTS[1:], parts[1:], strict=True))
    return {**named, "arn": given["arn"], "id": given["arn"]}


ARN_PARTS = ("arn", "partition", "service", "region", "account", "resource")


def service_principal(_: Cloud, given: Mapping[str, Any], place: Place, __: list[str]) -> dict[str, Any]:
    """`aws.get_service_principal`: `<service>.amazonaws.com`, the same in every commercial region."""
    name = f"{given['serviceName']}.amazonaws.com"
    return {
        "id": f"{given['serviceName']}.{place.region}",
        "name": name,
        "serviceName": given["serviceName"],
        "suffix": "amazonaws.com",
    }


def service(_: Cloud, given: Mapping[str, Any], place: Place, __: list[str]) -> dict[str, Any]:
    """`aws.get_service`: the names of a service, by its id, DNS name or reverse DNS name."""
    dns, reverse = given.get("dnsName"), given.get("reverseDnsName")
    id_ = given.get("serviceId") or (dns.split(".")[0] if dns else str(reverse or "").rpartition(".")[2])
    if not id_:
        raise Refusal("aws.get_service: name the service by service_id, dns_name or reverse_dns_name")
    name = f"com.amazonaws.{place.region}.{id_}"
    return {
        "id": name,
        "serviceId": id_,
        "region": place.region,
        "partition": place.partition,
        "dnsName": f"{id_}.{place.region}.amazonaws.com",
        "reverseDnsName": name,
        "reverseDnsPrefix": "com.amazonaws",
        "supported": True,
    }


def billing_service_account(_: Cloud, __: Mapping[str, Any], place: Place, ___: list[str]) -> dict[str, Any]:
    """`aws.get_billing_service_account`: the account that writes cost reports."""
    return {"id": "386209384616", "arn": f"arn:{place.partition}:iam::386209384616:root"}


def ip_ranges(_: Cloud, __: Mapping[str, Any], ___: Place, ____: list[str]) -> dict[str, Any]:
    """`aws.get_ip_ranges`: refused, since the list is published daily and would have to be downloaded."""
    raise Refusal(
        "aws.get_ip_ranges: reads a list on the Internet; use a managed prefix list (aws.ec2.get_managed_prefix_list)"
    )


FUNCTIONS: Mapping[str, Function] = {
    "aws:index/getArn:getArn": arn,
    "aws:index/getAvailabilityZone:getAvailabilityZone": availability_zone,
    "aws:index/getBillingServiceAccount:getBillingServiceAccount": billing_service_account,
    "aws:index/getCallerIdentity:getCallerIdentity": caller_identity,
    "aws:index/getIpRanges:getIpRanges": ip_ranges,
    "aws:index/getRegion:getRegion": region,
    "aws:index/getPartition:getPartition": partition,
    "aws:index/getRegions:getRegions": regions,
    "aws:index/getService:getService": service,
    "aws:index/getServicePrincipal:getServicePrincipal": service_principal,
    "aws:index/getAvailabilityZones:getAvailabilityZones": availability_zones,
}
