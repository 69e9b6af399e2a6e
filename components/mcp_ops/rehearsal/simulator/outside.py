"""What lies outside a stack: ids in the configuration that name things somebody else made.

A stack may be given a hosted zone, a network, a certificate. Simulated AWS starts empty, so such an id would be
refused. Before a call goes out, ids in it that simulated AWS does not hold are made to exist, and each is noted as an
assumption for the report.
"""

import functools
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from moto.backends import get_backend
from moto.iam.aws_managed_policies import aws_managed_policies_data
from moto.iam.models import AWSManagedPolicy

from mcp_ops.rehearsal.simulator.places import Place

Maker = Callable[[str, Place], str]


def _backend(service: str, place: Place) -> Any:
    backends = get_backend(service)[place.account]
    return backends[place.region] if place.region in backends else backends["aws" if "aws" in backends else "global"]


ZONE_OF_ANY_NAME = "."
"""Name of an assumed zone: the root, so that a record of any name lies in it."""


def _hosted_zone(id_: str, place: Place) -> str:
    zones = _backend("route53", place).zones
    if id_ in zones:
        return ""
    zone = _backend("route53", place).create_hosted_zone(ZONE_OF_ANY_NAME, False, None, None)  # noqa: FBT003 - moto's order
    zone.resource_id = id_
    zones[id_] = zones.pop(next(key for key, known in zones.items() if known is zone))
    return f"hosted zone {id_}"


def _vpc(id_: str, place: Place) -> str:
    backend = _backend("ec2", place)
    if id_ in backend.vpcs:
        return ""
    vpc = backend.create_vpc("10.255.0.0/16")
    backend.vpcs[id_] = backend.vpcs.pop(vpc.id)
    for table in backend.route_tables.values():
        if table.vpc_id == vpc.id:
            table.vpc_id = id_
    for acl in backend.network_acls.values():
        if acl.vpc_id == vpc.id:
            acl.vpc_id = id_
    for group in backend.groups.pop(vpc.id, {}).values():
        group.vpc_id = id_
        backend.groups[id_][group.id] = group
    vpc.id = id_
    return f"VPC {id_}"


def _subnet(id_: str, place: Place) -> str:
    backend = _backend("ec2", place)
    if any(id_ in zone for zone in backend.subnets.values()):
        return ""
    vpc_id = next((vpc.id for vpc in backend.vpcs.values() if vpc.cidr_block == "10.255.0.0/16"), "")
    if not vpc_id:
        _vpc("vpc-outside", place)
        vpc_id = "vpc-outside"
    taken = {subnet.cidr_block for zone in backend.subnets.values() for subnet in zone.values()}
    cidr = next(f"10.255.{third}.0/24" for third in range(256) if f"10.255.{third}.0/24" not in taken)
    zones = [zone.name for zone in backend.describe_availability_zones()]
    subnet = backend.create_subnet(vpc_id, cidr, availability_zone=zones[len(taken) % len(zones)])
    zone = backend.subnets[subnet.availability_zone]
    zone[id_] = zone.pop(subnet.id)
    subnet.id = id_
    return f"subnet {id_}"


def _zone_identifier(ids: str, place: Place) -> str:
    """Makes the subnets of an Auto Scaling group exist, which AWS takes joined by commas."""
    return ", ".join(assumed for id_ in ids.split(",") if (assumed := _subnet(id_, place)))


def _security_group(id_: str, place: Place) -> str:
    backend = _backend("ec2", place)
    if any(id_ in groups for groups in backend.groups.values()):
        return ""
    vpc_id = next(iter(backend.vpcs))
    group = backend.create_security_group(f"outside-{id_}", "outside the stack", vpc_id=vpc_id)
    backend.groups[vpc_id][id_] = backend.groups[vpc_id].pop(group.id)
    group.id = id_
    group.group_id = id_
    return f"security group {id_}"


def _image(id_: str, place: Place) -> str:
    backend = _backend("ec2", place)
    if id_ in backend.amis:
        return ""
    known = next(iter(backend.amis.values()))
    backend.amis[id_] = known
    return f"machine image {id_}"


def _role(arn: str, place: Place) -> str:
    name = arn.rsplit("/", 1)[-1]
    backend = _backend("iam", place)
    if f":{place.account}:" not in arn or any(role.name == name for role in backend.roles.values()):
        return ""
    path = arn.split(":role", 1)[-1].removesuffix(name) or "/"
    backend.create_role(name, "{}", path, None, "", [], "3600")
    return f"role {name}"


def _bucket(name: str, place: Place) -> str:
    backend = _backend("s3", place)
    if name in backend.buckets:
        return ""
    backend.create_bucket(name, place.region)
    return f"bucket {name}"


def _object(bucket: str, key: str, place: Place) -> str:
    backend = _backend("s3", place)
    if key in backend.buckets[bucket].keys:
        return ""
    backend.put_object(bucket, key, b"outside the stack")
    return f"object {bucket}/{key}"


def _policy(arn: str, place: Place) -> str:
    """AWS's own policies are no assumption: moto carries their documents; a name that AWS lacks stays unknown."""
    backend = _backend("iam", place)
    path, name = arn.split(":policy", 1)[-1].rsplit("/", 1)
    if arn in backend.managed_policies:
        return ""
    if ":iam::aws:" in arn:
        known = _managed_policies().get(name)
        if known and known["Path"] == f"{path}/":
            backend.managed_policies[arn] = AWSManagedPolicy.from_data(name, place.account, place.region, known)
        return ""
    if f":iam::{place.account}:" not in arn:
        return ""
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]}
    backend.create_policy("outside the stack", f"{path}/", json.dumps(document), name, [])
    return f"policy {arn}"


@functools.cache
def _managed_policies() -> dict[str, Any]:
    documents: dict[str, Any] = json.loads(aws_managed_policies_data)
    return documents


def _route_table(id_: str, place: Place) -> str:
    backend = _backend("ec2", place)
    if id_ in backend.route_tables:
        return ""
    _vpc("vpc-outside", place)
    table = backend.create_route_table("vpc-outside")
    backend.route_tables[id_] = backend.route_tables.pop(table.id)
    table.id = id_
    return f"route table {id_}"


MAKERS: Mapping[str, tuple[str, Maker]] = {
    "HostedZoneId": ("Z", _hosted_zone),
    "PolicyArn": ("arn:", _policy),
    "PermissionsBoundary": ("arn:", _policy),
    "RouteTableId": ("rtb-", _route_table),
    "RouteTableIds": ("rtb-", _route_table),
    "AddRouteTableIds": ("rtb-", _route_table),
    "VpcId": ("vpc-", _vpc),
    "VpcIds": ("vpc-", _vpc),
    "VPCId": ("vpc-", _vpc),
    "SubnetId": ("subnet-", _subnet),
    "SubnetIds": ("subnet-", _subnet),
    "VpcSubnetIds": ("subnet-", _subnet),
    "subnetIds": ("subnet-", _subnet),
    "Subnets": ("subnet-", _subnet),
    "subnets": ("subnet-", _subnet),
    "GroupId": ("sg-", _security_group),
    "GroupIds": ("sg-", _security_group),
    "Groups": ("sg-", _security_group),
    "SecurityGroups": ("sg-", _security_group),
    "securityGroups": ("sg-", _security_group),
    "SecurityGroupIds": ("sg-", _security_group),
    "VpcSecurityGroupIds": ("sg-", _security_group),
    "securityGroupIds": ("sg-", _security_group),
    "ImageId": ("ami-", _image),
    "VPCZoneIdentifier": ("subnet-", _zone_identifier),
    "Role": ("arn:", _role),
    "S3Bucket": ("", _bucket),
    "S3BucketName": ("", _bucket),
}
"""Members of API parameters that hold such ids, with the ids' prefix."""


NAMED_BY_AWS = frozenset({"AliasTarget"})
"""Members whose ids are AWS's own: the hosted zone of a load balancer or a distribution."""


def made_to_exist(parameters: Mapping[str, Any], place: Place) -> Iterator[str]:
    """Makes every id in a call exist that simulated AWS lacks, and yields what was assumed."""
    for member, value in parameters.items():
        if member in NAMED_BY_AWS:
            continue
        prefix, maker = MAKERS.get(member, ("", None))
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, Mapping):
                # The zone of an alias's target is AWS's own.
                yield from made_to_exist({key: part for key, part in item.items() if key != "AliasTarget"}, place)
            elif maker and isinstance(item, str) and item.startswith(prefix):
                assumed = maker(item, place)
                if assumed:
                    yield assumed
    if {"S3Bucket", "S3Key"} <= parameters.keys():
        assumed = _object(str(parameters["S3Bucket"]), str(parameters["S3Key"]), place)
        if assumed:
            yield assumed
