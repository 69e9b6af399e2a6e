"""A network of its own for each environment.

Not managed here: network ACLs (security groups decide), IPv6, peering and transit gateways; endpoint policies stay
AWS's default, because ECR serves image layers from buckets that AWS owns.
"""

from collections.abc import Sequence
from typing import Any

import pulumi
import pulumi_aws as aws

from mcp_ops.arns import arn
from mcp_ops.hosting.network_plan import GATEWAY_ENDPOINTS, NetworkArgs, NetworkPlan, ZonePlan, plan_network
from mcp_ops.policies import allow, document, service_trust
from mcp_ops.tags import merge_tags

TOKEN = "mcp-ops:index:Network"  # noqa: S105 - a resource type, not a password

_ANYWHERE = "0.0.0.0/0"
_HTTPS = 443


class Network(pulumi.ComponentResource):
    """Public and private subnets in two or three zones, with flow logs and without a usable default security group."""

    vpc_id: pulumi.Output[str]
    """Id of the VPC."""
    public_subnet_ids: pulumi.Output[list[str]]
    """Subnets for load balancers, one a zone."""
    private_subnet_ids: pulumi.Output[list[str]]
    """Subnets for tasks, one a zone."""
    nat_addresses: pulumi.Output[dict[str, str]]
    """Public addresses of the NAT gateways by the letter of their zone: where tasks and functions come from. Empty for
    an existing network."""

    def __init__(self, name: str, args: NetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        plan = plan_network(name, args)
        super().__init__(TOKEN, name, {}, opts)
        if "existing" in args and not plan.zones:
            existing = args["existing"]
            self.vpc_id = pulumi.Output.from_input(existing["vpc_id"])
            self.public_subnet_ids = _known_list(existing["public_subnet_ids"])
            self.private_subnet_ids = _known_list(existing["private_subnet_ids"])
            self.nat_addresses = pulumi.Output.from_input({})
        else:
            parts = _Parts(self, name, args, plan)
            parts.endpoints()
            parts.flow_logs()
            self.vpc_id = parts.vpc.id
            self.public_subnet_ids = pulumi.Output.all(*(subnet.id for subnet in parts.public.values()))
            self.private_subnet_ids = pulumi.Output.all(*(subnet.id for subnet in parts.private.values()))
            self.nat_addresses = pulumi.Output.from_input(
                {key: address.public_ip for key, address in parts.addresses.items()}
            )
        self.register_outputs({key: getattr(self, key) for key in Network.__annotations__})


def _known_list(values: pulumi.Input[Sequence[pulumi.Input[str]]]) -> pulumi.Output[list[str]]:
    resolved: pulumi.Output[Any] = pulumi.Output.from_input(values)
    return resolved.apply(list)


class _Parts:
    """Registers the resources of a planned network, concern by concern."""

    def __init__(self, parent: pulumi.Resource, name: str, args: NetworkArgs, plan: NetworkPlan) -> None:
        self.name, self.args, self.plan = name, args, plan
        self.child = pulumi.ResourceOptions(parent=parent)
        self.vpc = aws.ec2.Vpc(
            f"{name}-vpc",
            cidr_block=plan.cidr_block,
            enable_dns_support=True,
            enable_dns_hostnames=True,
            tags=self._tags("vpc"),
            opts=self.child,
        )
        # Adopting the default group without rules empties it: nothing that is attached by accident can talk.
        aws.ec2.DefaultSecurityGroup(f"{name}-default", vpc_id=self.vpc.id, tags=self._tags("default"), opts=self.child)
        self.public = {zone.key: self._subnet(zone, "public", zone.public_cidr) for zone in plan.zones}
        self.private = {zone.key: self._subnet(zone, "private", zone.private_cidr) for zone in plan.zones}
        self.addresses: dict[str, aws.ec2.Eip] = {}
        """Of NAT gateways, by the letter of their zone."""
        self._public_routes()
        self.private_tables = self._private_routes()

    def _tags(self, role: str) -> dict[str, pulumi.Input[str]]:
        return merge_tags({"Name": f"{self.name}-{role}"}, self.args.get("tags"))

    def _subnet(self, zone: ZonePlan, kind: str, cidr_block: str) -> aws.ec2.Subnet:
        role = f"{kind}-{zone.key}"
        return aws.ec2.Subnet(
            f"{self.name}-{role}",
            vpc_id=self.vpc.id,
            availability_zone=zone.zone,
            cidr_block=cidr_block,
            map_public_ip_on_launch=False,
            tags=self._tags(role),
            opts=self.child,
        )

    def _table(self, role: str, subnets: dict[str, aws.ec2.Subnet]) -> aws.ec2.RouteTable:
        table = aws.ec2.RouteTable(f"{self.name}-{role}", vpc_id=self.vpc.id, tags=self._tags(role), opts=self.child)
        for key, subnet in subnets.items():
            aws.ec2.RouteTableAssociation(
                f"{self.name}-{role}-to-{key}", route_table_id=table.id, subnet_id=subnet.id, opts=self.child
            )
        return table

    def _public_routes(self) -> None:
        gateway = aws.ec2.InternetGateway(
            f"{self.name}-igw", vpc_id=self.vpc.id, tags=self._tags("igw"), opts=self.child
        )
        table = self._table("public", self.public)
        self.internet_route = aws.ec2.Route(
            f"{self.name}-public-internet",
            route_table_id=table.id,
            destination_cidr_block=_ANYWHERE,
            gateway_id=gateway.id,
            opts=self.child,
        )

    def _private_routes(self) -> list[aws.ec2.RouteTable]:
        gateways = {
            key: self._nat_gateway(key) for key in sorted({zone.nat_key for zone in self.plan.zones if zone.nat_key})
        }
        tables = []
        for zone in self.plan.zones:
            table = self._table(f"private-{zone.key}", {zone.key: self.private[zone.key]})
            tables.append(table)
            if zone.nat_key:
                aws.ec2.Route(
                    f"{self.name}-private-{zone.key}-internet",
                    route_table_id=table.id,
                    destination_cidr_block=_ANYWHERE,
                    nat_gateway_id=gateways[zone.nat_key].id,
                    opts=self.child,
                )
        return tables

    def _nat_gateway(self, key: str) -> aws.ec2.NatGateway:
        address = aws.ec2.Eip(f"{self.name}-nat-{key}-ip", domain="vpc", tags=self._tags(f"nat-{key}"), opts=self.child)
        self.addresses[key] = address
        return aws.ec2.NatGateway(
            f"{self.name}-nat-{key}",
            allocation_id=address.id,
            subnet_id=self.public[key].id,
            tags=self._tags(f"nat-{key}"),
            # A NAT gateway without a route to the internet fails to start.
            opts=pulumi.ResourceOptions.merge(self.child, pulumi.ResourceOptions(depends_on=[self.internet_route])),
        )

    def endpoints(self) -> None:
        """Registers the gateway endpoints, and the interface endpoints behind a security group of their own."""
        for service in GATEWAY_ENDPOINTS:
            self._endpoint(service, "Gateway", route_table_ids=[table.id for table in self.private_tables])
        if not self.plan.interface_endpoints:
            return
        group = aws.ec2.SecurityGroup(
            f"{self.name}-endpoints",
            description="Interface endpoints of the network",
            vpc_id=self.vpc.id,
            tags=self._tags("endpoints"),
            opts=self.child,
        )
        aws.vpc.SecurityGroupIngressRule(
            f"{self.name}-endpoints-from-vpc",
            security_group_id=group.id,
            description="HTTPS from the VPC",
            cidr_ipv4=self.plan.cidr_block,
            ip_protocol="tcp",
            from_port=_HTTPS,
            to_port=_HTTPS,
            opts=self.child,
        )
        subnets = [subnet.id for subnet in self.private.values()]
        for service in self.plan.interface_endpoints:
            self._endpoint(
                service, "Interface", subnet_ids=subnets, security_group_ids=[group.id], private_dns_enabled=True
            )

    def _endpoint(self, service: str, kind: str, **reach: object) -> None:
        role = f"{service.replace('.', '-')}-endpoint"
        aws.ec2.VpcEndpoint(
            f"{self.name}-{role}",
            vpc_id=self.vpc.id,
            service_name=f"com.amazonaws.{self.plan.region}.{service}",
            vpc_endpoint_type=kind,
            tags=self._tags(role),
            opts=self.child,
            **reach,
        )

    def flow_logs(self) -> None:
        """Registers flow logs of all traffic into an encrypted log group, and the role that writes them."""
        plan = self.plan
        group = aws.cloudwatch.LogGroup(
            f"{self.name}-flow-logs",
            name=plan.flow_log_group,
            retention_in_days=plan.flow_log_retention_days,
            kms_key_id=self.args.get("log_key_arn"),
            tags=self._tags("flow-logs"),
            opts=self.child,
        )
        source = arn("ec2", plan.region, plan.account_id, "vpc-flow-log/*")
        role = aws.iam.Role(
            f"{self.name}-flow-logs",
            description=f"Writes the flow logs of {self.name}",
            assume_role_policy=service_trust("vpc-flow-logs.amazonaws.com", plan.account_id, source),
            permissions_boundary=self.args.get("permissions_boundary_arn"),
            tags=self._tags("flow-logs"),
            opts=self.child,
        )
        write = ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"]
        policy = aws.iam.RolePolicy(
            f"{self.name}-flow-logs-write",
            role=role.name,
            policy=document(
                allow("WriteFlowLogs", write, [group.arn, group.arn.apply("{}:*".format)]),
                # IAM knows no narrower resource for this action (service authorization reference of CloudWatch Logs).
                allow("FindLogGroup", ["logs:DescribeLogGroups"], "*"),
            ),
            opts=self.child,
        )
        aws.ec2.FlowLog(
            f"{self.name}-flow-log",
            vpc_id=self.vpc.id,
            traffic_type="ALL",
            log_destination_type="cloud-watch-logs",
            log_destination=group.arn,
            iam_role_arn=role.arn,
            max_aggregation_interval=600,
            tags=self._tags("flow-log"),
            opts=pulumi.ResourceOptions.merge(self.child, pulumi.ResourceOptions(depends_on=[policy])),
        )
