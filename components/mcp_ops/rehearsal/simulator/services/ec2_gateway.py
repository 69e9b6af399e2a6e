"""Amazon EC2: transit gateways, private gateways and VPN connections."""

import re
from typing import Any

from mcp_ops.rehearsal.simulator.building import arn
from mcp_ops.rehearsal.simulator.spec import Call, Spec, Specs
from mcp_ops.rehearsal.simulator.values import without

TRANSIT_OPTIONS = (
    "amazonSideAsn",
    "autoAcceptSharedAttachments",
    "defaultRouteTableAssociation",
    "defaultRouteTablePropagation",
    "dnsSupport",
    "multicastSupport",
    "securityGroupReferencingSupport",
    "transitGatewayCidrBlocks",
    "vpnEcmpSupport",
)
ATTACHMENT_OPTIONS = ("applianceModeSupport", "dnsSupport", "ipv6Support", "securityGroupReferencingSupport")
VPN_OPTIONS = (
    "enableAcceleration",
    "localIpv4NetworkCidr",
    "localIpv6NetworkCidr",
    "outsideIpAddressType",
    "remoteIpv4NetworkCidr",
    "remoteIpv6NetworkCidr",
    "staticRoutesOnly",
    "transportTransitGatewayAttachmentId",
    "tunnelBandwidth",
    "tunnelInsideIpVersion",
)
TUNNEL = re.compile(r"tunnel([12])([A-Z]\w*)")


def _with_options(inputs: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    """Moves some inputs into the structure `options`."""
    options = {name: inputs[name] for name in names if name in inputs}
    rest = without(inputs, *names)
    return {**rest, "options": options} if options else rest


def _vpn(inputs: dict[str, Any]) -> dict[str, Any]:
    """Gathers `tunnel1...` and `tunnel2...` as two tunnels; lists in them are lists of `{Value}`."""
    tunnels: list[dict[str, Any]] = [{}, {}]
    rest: dict[str, Any] = {}
    for name, value in inputs.items():
        match = TUNNEL.fullmatch(name)
        if match:
            member = f"Tunnel{match.group(2)}" if match.group(2).startswith("Inside") else match.group(2)
            shaped = [{"Value": item} for item in value] if isinstance(value, list) else value
            tunnels[int(match.group(1)) - 1][member] = shaped
        else:
            rest[name] = value
    if any(tunnels):
        rest["tunnelOptions"] = tunnels
    return _with_options(rest, (*VPN_OPTIONS, "tunnelOptions"))


def _route_table_link(operation: str, reply: str) -> Spec:
    return Spec(
        create=Call(f"ec2.{operation}"),
        id="{input.transitGatewayRouteTableId}_{input.transitGatewayAttachmentId}",
        outputs={"resourceId": f"{reply}.ResourceId", "resourceType": f"{reply}.ResourceType"},
        ignored={"replaceExistingAssociation": "steers updates"} if reply == "Association" else {},
    )


SPECS: Specs = {
    "aws:ec2transitgateway/transitGateway:TransitGateway": Spec(
        create=Call("ec2.CreateTransitGateway"),
        then=(
            Call(
                "ec2.ModifyTransitGateway",
                inputs=("encryptionSupport",),
                rename={"encryptionSupport": "Options.EncryptionSupport"},
                constant={"TransitGatewayId": "{id}"},
                when=("encryptionSupport",),
            ),
        ),
        id="TransitGateway.TransitGatewayId",
        outputs={
            "arn": arn("ec2", "transit-gateway/{id}"),
            "associationDefaultRouteTableId": "TransitGateway.Options.AssociationDefaultRouteTableId",
            "ownerId": "account",
            "propagationDefaultRouteTableId": "TransitGateway.Options.PropagationDefaultRouteTableId",
        },
        reshape=lambda inputs: _with_options(inputs, TRANSIT_OPTIONS),
        ignored={"timeouts": "how long the provider waits"},
        tag_type="transit-gateway",
    ),
    "aws:ec2transitgateway/vpcAttachment:VpcAttachment": Spec(
        create=Call("ec2.CreateTransitGatewayVpcAttachment"),
        id="TransitGatewayVpcAttachment.TransitGatewayAttachmentId",
        outputs={"arn": arn("ec2", "transit-gateway-attachment/{id}"), "vpcOwnerId": "account"},
        reshape=lambda inputs: _with_options(inputs, ATTACHMENT_OPTIONS),
        ignored={
            "transitGatewayDefaultRouteTableAssociation": "whether the provider keeps the gateway's default",
            "transitGatewayDefaultRouteTablePropagation": "whether the provider keeps the gateway's default",
        },
        tag_type="transit-gateway-attachment",
    ),
    "aws:ec2transitgateway/routeTable:RouteTable": Spec(
        create=Call("ec2.CreateTransitGatewayRouteTable"),
        id="TransitGatewayRouteTable.TransitGatewayRouteTableId",
        outputs={"arn": arn("ec2", "transit-gateway-route-table/{id}")},
        tag_type="transit-gateway-route-table",
    ),
    "aws:ec2transitgateway/routeTableAssociation:RouteTableAssociation": _route_table_link(
        "AssociateTransitGatewayRouteTable", "Association"
    ),
    "aws:ec2transitgateway/routeTablePropagation:RouteTablePropagation": _route_table_link(
        "EnableTransitGatewayRouteTablePropagation", "Propagation"
    ),
    "aws:ec2transitgateway/route:Route": Spec(
        create=Call("ec2.CreateTransitGatewayRoute"),
        id="{input.transitGatewayRouteTableId}_{input.destinationCidrBlock}",
    ),
    "aws:ec2/vpnGateway:VpnGateway": Spec(
        create=Call("ec2.CreateVpnGateway", constant={"Type": "ipsec.1"}),
        then=(Call("ec2.AttachVpnGateway", inputs=("vpcId",), constant={"VpnGatewayId": "{id}"}, when=("vpcId",)),),
        id="VpnGateway.VpnGatewayId",
        outputs={"arn": arn("ec2", "vpn-gateway/{id}")},
        tag_type="vpn-gateway",
    ),
    "aws:ec2/vpnGatewayAttachment:VpnGatewayAttachment": Spec(
        create=Call("ec2.AttachVpnGateway"), id="vpn-attachment-{input.vpnGatewayId}-{input.vpcId}"
    ),
    "aws:ec2/vpnGatewayRoutePropagation:VpnGatewayRoutePropagation": Spec(
        create=Call("ec2.EnableVgwRoutePropagation", rename={"vpnGatewayId": "GatewayId"}),
        id="{input.vpnGatewayId}_{input.routeTableId}",
    ),
    "aws:ec2/customerGateway:CustomerGateway": Spec(
        create=Call("ec2.CreateCustomerGateway"),
        id="CustomerGateway.CustomerGatewayId",
        outputs={"arn": arn("ec2", "customer-gateway/{id}")},
        tag_type="customer-gateway",
    ),
    "aws:ec2/vpnConnection:VpnConnection": Spec(
        create=Call("ec2.CreateVpnConnection"),
        id="VpnConnection.VpnConnectionId",
        outputs={
            "arn": arn("ec2", "vpn-connection/{id}"),
            "customerGatewayConfiguration": "VpnConnection.CustomerGatewayConfiguration",
        },
        reshape=_vpn,
        tag_type="vpn-connection",
    ),
    "aws:ec2/vpnConnectionRoute:VpnConnectionRoute": Spec(
        create=Call("ec2.CreateVpnConnectionRoute"), id="{input.destinationCidrBlock}:{input.vpnConnectionId}"
    ),
    "aws:ec2/tag:Tag": Spec(
        create=Call(
            "ec2.CreateTags",
            rename={"resourceId": "Resources", "key": "Tags.Key", "value": "Tags.Value"},
        ),
        id="{input.resourceId},{input.key}",
    ),
}
