"""One web server on EC2, in a network of its own. Its outputs are what the `database` example refers to."""

import pulumi
import pulumi_aws as aws

config = pulumi.Config()
instance_type = config.get("instanceType") or "t4g.micro"
tags = {"Project": pulumi.get_project(), "Stack": pulumi.get_stack()}

zones = aws.get_availability_zones(state="available")
vpc = aws.ec2.Vpc("main", cidr_block="10.20.0.0/16", enable_dns_hostnames=True, tags={**tags, "Name": "main"})
gateway = aws.ec2.InternetGateway("main", vpc_id=vpc.id, tags=tags)
routes = aws.ec2.RouteTable(
    "public",
    vpc_id=vpc.id,
    routes=[aws.ec2.RouteTableRouteArgs(cidr_block="0.0.0.0/0", gateway_id=gateway.id)],
    tags=tags,
)

public, private = [], []
for index, zone in enumerate(zones.names[:2]):
    subnet = aws.ec2.Subnet(
        f"public-{zone}",
        vpc_id=vpc.id,
        availability_zone=zone,
        cidr_block=f"10.20.{index}.0/24",
        map_public_ip_on_launch=True,
        tags=tags,
    )
    aws.ec2.RouteTableAssociation(f"public-{zone}", subnet_id=subnet.id, route_table_id=routes.id)
    public.append(subnet)
    private.append(
        aws.ec2.Subnet(
            f"private-{zone}",
            vpc_id=vpc.id,
            availability_zone=zone,
            cidr_block=f"10.20.{100 + index}.0/24",
            tags=tags,
        )
    )

group = aws.ec2.SecurityGroup("web", vpc_id=vpc.id, description="Web server", tags=tags)
aws.vpc.SecurityGroupIngressRule(
    "web-http",
    security_group_id=group.id,
    cidr_ipv4=config.require("allowedCidr"),
    ip_protocol="tcp",
    from_port=80,
    to_port=80,
)
aws.vpc.SecurityGroupEgressRule("web-out", security_group_id=group.id, cidr_ipv4="0.0.0.0/0", ip_protocol="-1")

image = aws.ec2.get_ami(
    most_recent=True,
    owners=["amazon"],
    filters=[{"name": "name", "values": ["al2023-ami-2023.*-kernel-6.1-arm64"]}],
)
user_data = """#!/bin/sh
dnf install -y nginx
systemctl enable --now nginx
"""
server = aws.ec2.Instance(
    "web",
    ami=image.id,
    instance_type=instance_type,
    subnet_id=public[0].id,
    vpc_security_group_ids=[group.id],
    user_data=user_data,
    metadata_options={"http_tokens": "required"},
    root_block_device={"volume_size": 20, "volume_type": "gp3", "encrypted": True},
    tags={**tags, "Name": "web"},
)

pulumi.export("url", pulumi.Output.format("http://{0}", server.public_dns))
pulumi.export("vpc_id", vpc.id)
pulumi.export("private_subnet_ids", [subnet.id for subnet in private])
pulumi.export("web_security_group_id", group.id)
