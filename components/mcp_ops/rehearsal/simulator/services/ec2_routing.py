"""Amazon EC2: route tables, routes and network ACLs."""

import zlib
from collections.abc import Mapping
from typing import Any

from mcp_ops.rehearsal.simulator.building import arn, tag_afterwards
from mcp_ops.rehearsal.simulator.context import Context
from mcp_ops.rehearsal.simulator.spec import Call, Spec, Specs, step

ROUTE_NAMES = {
    "cidrBlock": "DestinationCidrBlock",
    "ipv6CidrBlock": "DestinationIpv6CidrBlock",
    "egressOnlyGatewayId": "EgressOnlyInternetGatewayId",
}

DESTINATIONS = ("destinationCidrBlock", "destinationIpv6CidrBlock", "destinationPrefixListId")

TABLE_OUTPUTS = {"ownerId": "account", "arn": arn("ec2", "route-table/{id}")}


def _route_id(context: Context) -> dict[str, Any]:
    """Makes the id as the provider forms it: the table and a checksum of the destination."""
    destination = next((context.inputs[name] for name in DESTINATIONS if context.inputs.get(name)), "")
    return {"RouteId": f"r-{context.inputs.get('routeTableId')}{zlib.crc32(str(destination).encode())}"}


def _with_destination(context: Context) -> dict[str, Any]:
    context.taken.update(context.inputs)
    context.call("ec2.CreateRoute", context.fitted("ec2.CreateRoute", context.inputs, ROUTE_NAMES))
    return _route_id(context)


@step("routes", "propagatingVgws")
def _inline_routes(context: Context) -> None:
    table = context.id or None
    for route in context.take("routes") or ():
        given = {key: value for key, value in route.items() if value not in (None, "")}
        context.call(
            "ec2.CreateRoute", {**context.fitted("ec2.CreateRoute", given, ROUTE_NAMES), "RouteTableId": table}
        )
    for gateway in context.take("propagatingVgws") or ():
        context.call("ec2.EnableVgwRoutePropagation", {"GatewayId": gateway, "RouteTableId": table})


def _main_table(context: Context) -> dict[str, Any]:
    """Replaces the association that a network has with its main table."""
    vpc, table = context.take("vpcId"), context.take("routeTableId")
    if context.previewing:
        return {}
    of_vpc = [{"Name": "vpc-id", "Values": [vpc]}, {"Name": "association.main", "Values": ["true"]}]
    main = context.call("ec2.DescribeRouteTables", {"Filters": of_vpc})["RouteTables"][0]
    associations = [item for item in main["Associations"] if item.get("Main")]
    context.call(
        "ec2.ReplaceRouteTableAssociation",
        {"AssociationId": associations[0]["RouteTableAssociationId"], "RouteTableId": table},
    )
    return {"OriginalTable": main["RouteTableId"]}


def _acl_entry(rule: Mapping[str, Any], *, egress: bool) -> dict[str, Any]:
    """Returns a rule of an ACL as AWS takes it: ports and ICMP type in structures of their own."""
    entry = {
        "RuleNumber": rule.get("ruleNo", rule.get("ruleNumber")),
        "RuleAction": rule.get("action", rule.get("ruleAction")),
        "Protocol": {"all": "-1", "tcp": "6", "udp": "17", "icmp": "1"}.get(
            str(rule.get("protocol")), rule.get("protocol")
        ),
        "CidrBlock": rule.get("cidrBlock"),
        "Ipv6CidrBlock": rule.get("ipv6CidrBlock"),
        "Egress": egress,
        "PortRange": {"From": rule.get("fromPort"), "To": rule.get("toPort")},
    }
    if rule.get("icmpType") is not None or rule.get("icmpCode") is not None:
        entry["IcmpTypeCode"] = {"Type": _whole(rule.get("icmpType")), "Code": _whole(rule.get("icmpCode"))}
    if entry["Protocol"] is not None:
        entry["Protocol"] = str(entry["Protocol"])
    return entry


def _whole(value: Any) -> Any:
    return int(value) if isinstance(value, str) and value.lstrip("-").isdigit() else value


@step("ingress", "egress", "subnetIds")
def _acl_contents(context: Context) -> None:
    """Adds the entries, then moves the subnets over from the ACL that they have."""
    acl = context.id or None
    for name in ("ingress", "egress"):
        for rule in context.take(name) or ():
            context.call(
                "ec2.CreateNetworkAclEntry", {**_acl_entry(rule, egress=name == "egress"), "NetworkAclId": acl}
            )
    for subnet in context.take("subnetIds") or ():
        _move_subnet(context, subnet, acl)


def _move_subnet(context: Context, subnet: Any, acl: str | None) -> dict[str, Any]:
    if context.previewing:
        return {}
    holding = context.call(
        "ec2.DescribeNetworkAcls", {"Filters": [{"Name": "association.subnet-id", "Values": [subnet]}]}
    )
    found = [item for entry in holding["NetworkAcls"] for item in entry["Associations"] if item["SubnetId"] == subnet]
    return context.call(
        "ec2.ReplaceNetworkAclAssociation", {"AssociationId": found[0]["NetworkAclAssociationId"], "NetworkAclId": acl}
    )


def _acl_association(context: Context) -> dict[str, Any]:
    return _move_subnet(context, context.take("subnetId"), context.take("networkAclId"))


def _acl_rule(context: Context) -> dict[str, Any]:
    context.taken.update(context.inputs)
    entry = _acl_entry(context.inputs, egress=bool(context.inputs.get("egress")))
    context.call("ec2.CreateNetworkAclEntry", {**entry, "NetworkAclId": context.inputs.get("networkAclId")})
    direction = str(entry["Egress"]).lower()
    key = f"{context.inputs.get('networkAclId')}-{entry['RuleNumber']}-{direction}-{entry['Protocol']}-"
    return {"RuleId": f"nacl-{zlib.crc32(key.encode())}"}


def _default_table(context: Context) -> dict[str, Any]:
    table = context.take("defaultRouteTableId")
    if context.previewing:
        return {}
    found = context.call("ec2.DescribeRouteTables", {"RouteTableIds": [table]})["RouteTables"][0]
    return {"RouteTableId": table, "VpcId": found["VpcId"]}


def _default_acl(context: Context) -> dict[str, Any]:
    """Adopts the default ACL: the entries that AWS made are removed, those of the program added later."""
    acl = context.take("defaultNetworkAclId")
    if context.previewing:
        return {}
    found = context.call("ec2.DescribeNetworkAcls", {"NetworkAclIds": [acl]})["NetworkAcls"][0]
    for entry in found["Entries"]:
        if entry["RuleNumber"] < LAST_RULE:
            number = {"NetworkAclId": acl, "RuleNumber": entry["RuleNumber"], "Egress": entry["Egress"]}
            context.call("ec2.DeleteNetworkAclEntry", number)
    return {"NetworkAclId": acl, "VpcId": found["VpcId"]}


LAST_RULE = 32767
"""Number of the entry that denies the rest; nobody can remove it."""

ACL_OUTPUTS = {"ownerId": "account", "arn": arn("ec2", "network-acl/{id}")}

SPECS: Specs = {
    "aws:ec2/routeTable:RouteTable": Spec(
        create=Call("ec2.CreateRouteTable"),
        id="RouteTable.RouteTableId",
        then=(_inline_routes,),
        outputs=TABLE_OUTPUTS,
        tag_type="route-table",
    ),
    "aws:ec2/defaultRouteTable:DefaultRouteTable": Spec(
        create=_default_table,
        id="RouteTableId",
        then=(_inline_routes, tag_afterwards),
        outputs={**TABLE_OUTPUTS, "vpcId": "VpcId"},
    ),
    "aws:ec2/route:Route": Spec(
        create=_with_destination, id="RouteId", outputs={"origin": "origin || 'CreateRoute'", "state": "'active'"}
    ),
    "aws:ec2/routeTableAssociation:RouteTableAssociation": Spec(
        create=Call("ec2.AssociateRouteTable"), id="AssociationId"
    ),
    "aws:ec2/mainRouteTableAssociation:MainRouteTableAssociation": Spec(
        create=_main_table, id="NewAssociationId", outputs={"originalRouteTableId": "OriginalTable"}
    ),
    "aws:ec2/networkAcl:NetworkAcl": Spec(
        create=Call("ec2.CreateNetworkAcl"),
        id="NetworkAcl.NetworkAclId",
        then=(_acl_contents,),
        outputs=ACL_OUTPUTS,
        tag_type="network-acl",
    ),
    "aws:ec2/defaultNetworkAcl:DefaultNetworkAcl": Spec(
        create=_default_acl,
        id="NetworkAclId",
        then=(_acl_contents, tag_afterwards),
        outputs={**ACL_OUTPUTS, "vpcId": "VpcId"},
    ),
    "aws:ec2/networkAclRule:NetworkAclRule": Spec(create=_acl_rule, id="RuleId"),
    "aws:ec2/networkAclAssociation:NetworkAclAssociation": Spec(create=_acl_association, id="NewAssociationId"),
}
