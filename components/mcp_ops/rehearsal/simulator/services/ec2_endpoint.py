"""Amazon EC2: VPC endpoints, flow logs, DHCP options, peering and prefix lists."""

from typing import Any

from mcp_ops.rehearsal.simulator.building import arn, renamed, tag_afterwards
from mcp_ops.rehearsal.simulator.context import Context
from mcp_ops.rehearsal.simulator.errors import Refusal
from mcp_ops.rehearsal.simulator.spec import Call, Spec, Specs, step

MONITORED = {
    "vpcId": "VPC",
    "subnetId": "Subnet",
    "eniId": "NetworkInterface",
    "transitGatewayId": "TransitGateway",
    "transitGatewayAttachmentId": "TransitGatewayAttachment",
    "regionalNatGatewayId": "RegionalNatGateway",
}
"""Input of a flow log to the kind of resource that it monitors."""

DHCP_OPTIONS = {
    "domainName": "domain-name",
    "domainNameServers": "domain-name-servers",
    "ipv6AddressPreferredLeaseTime": "ipv6-address-preferred-lease-time",
    "netbiosNameServers": "netbios-name-servers",
    "netbiosNodeType": "netbios-node-type",
    "ntpServers": "ntp-servers",
}


def _flow_log(inputs: dict[str, Any]) -> dict[str, Any]:
    rest = renamed(inputs, {"iamRoleArn": "deliverLogsPermissionArn"})
    for name, kind in MONITORED.items():
        value = rest.pop(name, None)
        if value is not None:
            rest |= {"resourceIds": [value], "resourceType": kind}
    if "trafficType" not in rest and rest.get("resourceType") in {"VPC", "Subnet", "NetworkInterface"}:
        rest["trafficType"] = "ALL"
    return rest


def _create_flow_log(context: Context) -> None:
    """Creates a flow log, and refuses one that AWS reports as unsuccessful in an otherwise good reply."""
    given = {key: value for key, value in context.inputs.items() if key != "tags"}
    context.taken.update(context.inputs)
    parameters = context.fitted("ec2.CreateFlowLogs", given)
    tags = [{"Key": key, "Value": value} for key, value in (context.inputs.get("tags") or {}).items()]
    if tags:
        parameters["TagSpecifications"] = [{"ResourceType": "vpc-flow-log", "Tags": tags}]
    context.call("ec2.CreateFlowLogs", parameters)
    failed = context.find("Unsuccessful[0].Error.Message")
    if failed:
        raise Refusal(f"ec2:CreateFlowLogs: {failed}")


def _dhcp(inputs: dict[str, Any]) -> dict[str, Any]:
    rest = {key: value for key, value in inputs.items() if key not in DHCP_OPTIONS}
    given = {DHCP_OPTIONS[key]: value for key, value in inputs.items() if key in DHCP_OPTIONS}
    rest["dhcpConfigurations"] = [
        {"Key": key, "Values": [str(item) for item in (value if isinstance(value, list) else [value])]}
        for key, value in given.items()
    ]
    return rest


def _endpoint_parts(context: Context) -> dict[str, Any]:
    entries = context.find("VpcEndpoint.DnsEntries") or []
    return {
        "Entries": [{"dnsName": entry.get("DnsName"), "hostedZoneId": entry.get("HostedZoneId")} for entry in entries]
    }


def _prefix_list(context: Context) -> dict[str, Any]:
    """Finds the prefix list of a gateway endpoint's service."""
    name = context.inputs.get("serviceName")
    if context.previewing or context.inputs.get("vpcEndpointType", "Gateway") != "Gateway":
        return {}
    by_name = {"Filters": [{"Name": "prefix-list-name", "Values": [name]}]}
    lists = context.call("ec2.DescribeManagedPrefixLists", by_name)["PrefixLists"]
    return {"PrefixList": lists[0]["PrefixListId"]} if lists else {}


def _endpoint_change(name: str, member: str) -> Spec:
    return Spec(
        create=Call("ec2.ModifyVpcEndpoint", rename={name: member}),
        id=f"{{input.vpcEndpointId}}/{{input.{name}}}",
        ignored={"replaceDefaultAssociation": "which association the provider takes away first"}
        if name == "securityGroupId"
        else {},
    )


@step("autoAccept")
def _accept_peering(context: Context) -> None:
    if context.take("autoAccept"):
        context.call("ec2.AcceptVpcPeeringConnection", {"VpcPeeringConnectionId": context.id or None})


@step("accepter", "requester")
def _peering_options(context: Context) -> None:
    given = {"accepter": "AccepterPeeringConnectionOptions", "requester": "RequesterPeeringConnectionOptions"}
    options = {
        member: {"AllowDnsResolutionFromRemoteVpc": value.get("allowRemoteVpcDnsResolution")}
        for name, member in given.items()
        if (value := context.take(name))
    }
    if options:
        context.call("ec2.ModifyVpcPeeringConnectionOptions", {"VpcPeeringConnectionId": context.id or None, **options})


@step("allowedPrincipals")
def _allow_principals(context: Context) -> None:
    principals = context.take("allowedPrincipals")
    if principals:
        context.call(
            "ec2.ModifyVpcEndpointServicePermissions",
            {"ServiceId": context.id or None, "AddAllowedPrincipals": principals},
        )


def _add_entry(context: Context) -> None:
    """Adds an entry to the version of the list that is current."""
    list_ = context.take("prefixListId")
    entry = {"Cidr": context.take("cidr"), "Description": context.take("description")}
    version = 1
    if not context.previewing:
        version = context.call("ec2.DescribeManagedPrefixLists", {"PrefixListIds": [list_]})["PrefixLists"][0][
            "Version"
        ]
    context.call(
        "ec2.ModifyManagedPrefixList", {"PrefixListId": list_, "CurrentVersion": version, "AddEntries": [entry]}
    )


PEERING = "VpcPeeringConnection.VpcPeeringConnectionId"

SPECS: Specs = {
    "aws:ec2/vpcEndpoint:VpcEndpoint": Spec(
        create=Call("ec2.CreateVpcEndpoint", rename={"policy": "PolicyDocument"}),
        id="VpcEndpoint.VpcEndpointId",
        then=(_endpoint_parts, _prefix_list),
        outputs={
            "arn": arn("ec2", "vpc-endpoint/{id}"),
            "dnsEntries": "Entries",
            "networkInterfaceIds": "VpcEndpoint.NetworkInterfaceIds",
            "ownerId": "account",
            "prefixListId": "PrefixList",
            "state": "VpcEndpoint.State",
        },
        ignored={"autoAccept": "accepts a service of the same account; not simulated"},
        tag_type="vpc-endpoint",
    ),
    "aws:ec2/vpcEndpointPolicy:VpcEndpointPolicy": Spec(
        create=Call("ec2.ModifyVpcEndpoint", rename={"policy": "PolicyDocument"}),
        id="{input.vpcEndpointId}",
    ),
    "aws:ec2/vpcEndpointRouteTableAssociation:VpcEndpointRouteTableAssociation": _endpoint_change(
        "routeTableId", "AddRouteTableIds"
    ),
    "aws:ec2/vpcEndpointSubnetAssociation:VpcEndpointSubnetAssociation": _endpoint_change("subnetId", "AddSubnetIds"),
    "aws:ec2/securityGroupAssociation:SecurityGroupAssociation": _endpoint_change(
        "securityGroupId", "AddSecurityGroupIds"
    ),
    "aws:ec2/vpcEndpointService:VpcEndpointService": Spec(
        create=Call("ec2.CreateVpcEndpointServiceConfiguration"),
        id="ServiceConfiguration.ServiceId",
        then=(_allow_principals,),
        outputs={
            "arn": arn("ec2", "vpc-endpoint-service/{id}"),
            "serviceName": "ServiceConfiguration.ServiceName",
            "state": "ServiceConfiguration.ServiceState",
            "serviceType": "ServiceConfiguration.ServiceType[0].ServiceType",
            "availabilityZones": "ServiceConfiguration.AvailabilityZones",
            "baseEndpointDnsNames": "ServiceConfiguration.BaseEndpointDnsNames",
        },
        tag_type="vpc-endpoint-service",
    ),
    "aws:ec2/flowLog:FlowLog": Spec(
        create=_create_flow_log,
        id="FlowLogIds[0]",
        outputs={"arn": arn("ec2", "vpc-flow-log/{id}")},
        reshape=_flow_log,
    ),
    "aws:ec2/vpcDhcpOptions:VpcDhcpOptions": Spec(
        create=Call("ec2.CreateDhcpOptions"),
        id="DhcpOptions.DhcpOptionsId",
        outputs={"ownerId": "account", "arn": arn("ec2", "dhcp-options/{id}")},
        reshape=_dhcp,
        tag_type="dhcp-options",
    ),
    "aws:ec2/vpcDhcpOptionsAssociation:VpcDhcpOptionsAssociation": Spec(
        create=Call("ec2.AssociateDhcpOptions"), id="{input.dhcpOptionsId}-{input.vpcId}"
    ),
    "aws:ec2/vpcPeeringConnection:VpcPeeringConnection": Spec(
        create=Call("ec2.CreateVpcPeeringConnection"),
        id=PEERING,
        then=(_accept_peering, _peering_options),
        outputs={"acceptStatus": "VpcPeeringConnection.Status.Code"},
        tag_type="vpc-peering-connection",
    ),
    "aws:ec2/vpcPeeringConnectionAccepter:VpcPeeringConnectionAccepter": Spec(
        create=Call("ec2.AcceptVpcPeeringConnection"),
        id="{input.vpcPeeringConnectionId}",
        then=(_peering_options, tag_afterwards),
        outputs={
            "acceptStatus": "VpcPeeringConnection.Status.Code",
            "vpcId": "VpcPeeringConnection.AccepterVpcInfo.VpcId",
            "peerVpcId": "VpcPeeringConnection.RequesterVpcInfo.VpcId",
            "peerOwnerId": "VpcPeeringConnection.RequesterVpcInfo.OwnerId",
            "peerRegion": "VpcPeeringConnection.RequesterVpcInfo.Region",
        },
        ignored={"autoAccept": "this call accepts"},
    ),
    "aws:ec2/managedPrefixList:ManagedPrefixList": Spec(
        create=Call("ec2.CreateManagedPrefixList", rename={"name": "PrefixListName"}),
        id="PrefixList.PrefixListId",
        outputs={"arn": "PrefixList.PrefixListArn", "ownerId": "account", "version": "PrefixList.Version"},
        tag_type="prefix-list",
    ),
    "aws:ec2/managedPrefixListEntry:ManagedPrefixListEntry": Spec(
        create=_add_entry, id="{input.prefixListId},{input.cidr}"
    ),
}
