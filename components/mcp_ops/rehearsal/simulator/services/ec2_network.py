"""Amazon EC2: networks, subnets, gateways and addresses."""

from typing import Any

from mcp_ops.rehearsal.simulator.building import arn, one_by_one
from mcp_ops.rehearsal.simulator.context import Context
from mcp_ops.rehearsal.simulator.spec import Call, Spec, Specs, step

OWNER = {"ownerId": "account"}


def _parts_of_vpc(context: Context) -> dict[str, Any]:
    """Looks up what AWS makes with every network: its main route table, default ACL and default security group."""
    if context.previewing:
        return {}
    of_vpc = [{"Name": "vpc-id", "Values": [context.id]}]
    tables = context.call("ec2.DescribeRouteTables", {"Filters": of_vpc})["RouteTables"]
    acls = context.call("ec2.DescribeNetworkAcls", {"Filters": of_vpc})["NetworkAcls"]
    by_name = [*of_vpc, {"Name": "group-name", "Values": ["default"]}]
    groups = context.call("ec2.DescribeSecurityGroups", {"Filters": by_name})["SecurityGroups"]
    return {
        "MainTable": tables[0]["RouteTableId"],
        "DefaultAcl": acls[0]["NetworkAclId"],
        "DefaultGroup": groups[0]["GroupId"],
    }


VPC_ATTRIBUTES = {
    "enableDnsSupport": "EnableDnsSupport.Value",
    "enableDnsHostnames": "EnableDnsHostnames.Value",
    "enableNetworkAddressUsageMetrics": "EnableNetworkAddressUsageMetrics.Value",
}

SUBNET_ATTRIBUTES = {
    "assignIpv6AddressOnCreation": "AssignIpv6AddressOnCreation.Value",
    "mapPublicIpOnLaunch": "MapPublicIpOnLaunch.Value",
}

LESS_COMMON_SUBNET_ATTRIBUTES = {
    "customerOwnedIpv4Pool": "CustomerOwnedIpv4Pool",
    "enableDns64": "EnableDns64.Value",
    "enableLniAtDeviceIndex": "EnableLniAtDeviceIndex",
    "enableResourceNameDnsARecordOnLaunch": "EnableResourceNameDnsARecordOnLaunch.Value",
    "enableResourceNameDnsAaaaRecordOnLaunch": "EnableResourceNameDnsAAAARecordOnLaunch.Value",
    "mapCustomerOwnedIpOnLaunch": "MapCustomerOwnedIpOnLaunch.Value",
    "privateDnsHostnameTypeOnLaunch": "PrivateDnsHostnameTypeOnLaunch",
}


def _interface(inputs: dict[str, Any]) -> dict[str, Any]:
    """Puts lists of addresses into the structures that EC2 takes; the lists win over the sets, as in the provider."""
    rest = dict(inputs)
    addresses = rest.pop("privateIpLists", None) or rest.pop("privateIps", None)
    rest.pop("privateIps", None)
    if addresses:
        rest["privateIpAddresses"] = [
            {"Primary": index == 0, "PrivateIpAddress": item} for index, item in enumerate(addresses)
        ]
    for name, member, source in (
        ("ipv6Addresses", "Ipv6Address", "ipv6AddressLists"),
        ("ipv4Prefixes", "Ipv4Prefix", ""),
        ("ipv6Prefixes", "Ipv6Prefix", ""),
    ):
        items = rest.pop(source, None) or rest.pop(name, None)
        rest.pop(name, None)
        if items:
            rest[name] = [{member: item} for item in items]
    return rest


def _name_address(context: Context) -> dict[str, Any]:
    """Makes the public DNS name as EC2 forms it."""
    address = str(context.find("PublicIp") or "")
    region = "compute-1" if context.place.region == "us-east-1" else f"{context.place.region}.compute"
    return {"PublicName": f"ec2-{address.replace('.', '-')}.{region}.amazonaws.com"} if address else {}


@step("attachments")
def _attach_interface(context: Context) -> None:
    for attachment in context.take("attachments") or ():
        given = {key: value for key, value in attachment.items() if key != "attachmentId"}
        parameters = context.fitted("ec2.AttachNetworkInterface", given, {"instance": "InstanceId"})
        context.call("ec2.AttachNetworkInterface", {**parameters, "NetworkInterfaceId": context.id or None})


SPECS: Specs = {
    "aws:ec2/vpc:Vpc": Spec(
        create=Call("ec2.CreateVpc", rename={"assignGeneratedIpv6CidrBlock": "AmazonProvidedIpv6CidrBlock"}),
        id="Vpc.VpcId",
        then=(*one_by_one("ec2.ModifyVpcAttribute", "VpcId", VPC_ATTRIBUTES), _parts_of_vpc),
        outputs={
            **OWNER,
            "arn": arn("ec2", "vpc/{id}"),
            "mainRouteTableId": "MainTable",
            "defaultRouteTableId": "MainTable",
            "defaultNetworkAclId": "DefaultAcl",
            "defaultSecurityGroupId": "DefaultGroup",
            "ipv6AssociationId": "Vpc.Ipv6CidrBlockAssociationSet[0].AssociationId",
            "ipv6CidrBlock": "Vpc.Ipv6CidrBlockAssociationSet[0].Ipv6CidrBlock",
        },
        tag_type="vpc",
    ),
    "aws:ec2/vpcIpv4CidrBlockAssociation:VpcIpv4CidrBlockAssociation": Spec(
        create=Call("ec2.AssociateVpcCidrBlock"), id="CidrBlockAssociation.AssociationId"
    ),
    "aws:ec2/vpcIpv6CidrBlockAssociation:VpcIpv6CidrBlockAssociation": Spec(
        create=Call(
            "ec2.AssociateVpcCidrBlock", rename={"assignGeneratedIpv6CidrBlock": "AmazonProvidedIpv6CidrBlock"}
        ),
        id="Ipv6CidrBlockAssociation.AssociationId",
    ),
    "aws:ec2/subnet:Subnet": Spec(
        create=Call("ec2.CreateSubnet"),
        id="Subnet.SubnetId",
        then=(
            *one_by_one("ec2.ModifySubnetAttribute", "SubnetId", SUBNET_ATTRIBUTES),
            *one_by_one(
                "ec2.ModifySubnetAttribute",
                "SubnetId",
                LESS_COMMON_SUBNET_ATTRIBUTES,
                checked="moto refuses this subnet attribute",
            ),
        ),
        outputs={
            **OWNER,
            "arn": arn("ec2", "subnet/{id}"),
            "ipv6CidrBlockAssociationId": "Subnet.Ipv6CidrBlockAssociationSet[0].AssociationId",
        },
        tag_type="subnet",
    ),
    "aws:ec2/internetGateway:InternetGateway": Spec(
        create=Call("ec2.CreateInternetGateway"),
        id="InternetGateway.InternetGatewayId",
        then=(
            Call(
                "ec2.AttachInternetGateway", inputs=("vpcId",), constant={"InternetGatewayId": "{id}"}, when=("vpcId",)
            ),
        ),
        outputs={**OWNER, "arn": arn("ec2", "internet-gateway/{id}")},
        tag_type="internet-gateway",
    ),
    "aws:ec2/internetGatewayAttachment:InternetGatewayAttachment": Spec(
        create=Call("ec2.AttachInternetGateway"), id="{input.internetGatewayId}:{input.vpcId}"
    ),
    "aws:ec2/egressOnlyInternetGateway:EgressOnlyInternetGateway": Spec(
        create=Call("ec2.CreateEgressOnlyInternetGateway"),
        id="EgressOnlyInternetGateway.EgressOnlyInternetGatewayId",
        tag_type="egress-only-internet-gateway",
    ),
    "aws:ec2/eip:Eip": Spec(
        create=Call("ec2.AllocateAddress"),
        id="AllocationId",
        then=(
            Call(
                "ec2.AssociateAddress",
                inputs=("instance", "networkInterface", "associateWithPrivateIp"),
                rename={
                    "instance": "InstanceId",
                    "networkInterface": "NetworkInterfaceId",
                    "associateWithPrivateIp": "PrivateIpAddress",
                },
                constant={"AllocationId": "{id}"},
                when=("instance", "networkInterface"),
            ),
            _name_address,
        ),
        outputs={"allocationId": "{id}", "arn": arn("ec2", "elastic-ip/{id}"), "publicDns": "PublicName"},
        tag_type="elastic-ip",
    ),
    "aws:ec2/eipAssociation:EipAssociation": Spec(create=Call("ec2.AssociateAddress"), id="AssociationId"),
    "aws:ec2/natGateway:NatGateway": Spec(
        create=Call("ec2.CreateNatGateway", rename={"privateIp": "PrivateIpAddress"}),
        id="NatGateway.NatGatewayId",
        outputs={
            "associationId": "NatGateway.NatGatewayAddresses[0].AssociationId",
            "networkInterfaceId": "NatGateway.NatGatewayAddresses[0].NetworkInterfaceId",
            "privateIp": "NatGateway.NatGatewayAddresses[0].PrivateIp",
            "publicIp": "NatGateway.NatGatewayAddresses[0].PublicIp",
        },
        tag_type="natgateway",
    ),
    "aws:ec2/networkInterface:NetworkInterface": Spec(
        create=Call(
            "ec2.CreateNetworkInterface",
            rename={
                "privateIp": "PrivateIpAddress",
                "privateIpsCount": "SecondaryPrivateIpAddressCount",
                "securityGroups": "Groups",
            },
        ),
        id="NetworkInterface.NetworkInterfaceId",
        then=(
            *one_by_one(
                "ec2.ModifyNetworkInterfaceAttribute",
                "NetworkInterfaceId",
                {"sourceDestCheck": "SourceDestCheck.Value"},
            ),
            Call(
                "ec2.ModifyNetworkInterfaceAttribute",
                inputs=("enaSrdSpecification",),
                constant={"NetworkInterfaceId": "{id}"},
                when=("enaSrdSpecification",),
                checked="moto has no ENA Express",
            ),
            _attach_interface,
        ),
        outputs={
            **OWNER,
            "arn": arn("ec2", "network-interface/{id}"),
            "privateIp": "NetworkInterface.PrivateIpAddress",
        },
        reshape=_interface,
        ignored={
            "ipv6AddressListEnabled": "which of two inputs the provider reads",
            "privateIpListEnabled": "which of two inputs the provider reads",
        },
        tag_type="network-interface",
    ),
}
