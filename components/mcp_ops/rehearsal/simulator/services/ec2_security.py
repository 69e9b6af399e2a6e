"""Amazon EC2: security groups and their rules."""

import zlib
from collections.abc import Mapping
from typing import Any

from mcp_ops.rehearsal.simulator.building import arn, tag_afterwards
from mcp_ops.rehearsal.simulator.context import Context
from mcp_ops.rehearsal.simulator.spec import Call, Spec, Specs, step

AUTHORIZE = {"ingress": "ec2.AuthorizeSecurityGroupIngress", "egress": "ec2.AuthorizeSecurityGroupEgress"}
REVOKE = {"ingress": "ec2.RevokeSecurityGroupIngress", "egress": "ec2.RevokeSecurityGroupEgress"}

SOURCES = (
    ("IpRanges", "CidrIp", ("cidrBlocks", "cidrIpv4")),
    ("Ipv6Ranges", "CidrIpv6", ("ipv6CidrBlocks", "cidrIpv6")),
    ("PrefixListIds", "PrefixListId", ("prefixListIds", "prefixListId")),
    ("UserIdGroupPairs", "GroupId", ("securityGroups", "sourceSecurityGroupId", "referencedSecurityGroupId")),
)
"""Member of a permission, member within it, and the inputs of the three kinds of rules that fill it."""


def permission(rule: Mapping[str, Any], group: str | None) -> dict[str, Any]:
    """Returns a rule, inline or standalone, as AWS takes it."""
    protocol = rule.get("protocol", rule.get("ipProtocol"))
    made: dict[str, Any] = {"IpProtocol": "-1" if protocol == "all" else protocol}
    if made["IpProtocol"] != "-1":
        made |= {"FromPort": rule.get("fromPort"), "ToPort": rule.get("toPort")}
    for member, key, names in SOURCES:
        values = [value for name in names for value in _several(rule.get(name))]
        if key == "GroupId" and rule.get("self"):
            values.append(group)
        if values:
            made[member] = [_source(key, value, rule.get("description")) for value in values]
    return made


def _several(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _source(key: str, value: Any, description: Any) -> dict[str, Any]:
    owner, slash, group = str(value).partition("/") if key == "GroupId" else ("", "", "")
    if slash and "." not in owner:
        return {"UserId": owner, key: group, "Description": description or None}
    return {key: value, "Description": description or None}


def _add_rules(context: Context, direction: str, group: str | None) -> None:
    permissions = [permission(rule, group) for rule in context.take(direction) or ()]
    if permissions:
        context.call(AUTHORIZE[direction], {"GroupId": group, "IpPermissions": permissions})


@step("ingress", "egress")
def _inline_rules(context: Context) -> None:
    """Removes the rule that lets everything out, as the provider does, and adds the program's."""
    group = context.id or None
    if not context.previewing:
        everything = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
        context.call(REVOKE["egress"], {"GroupId": group, "IpPermissions": everything})
    _add_rules(context, "ingress", group)
    _add_rules(context, "egress", group)


def _default_group(context: Context) -> dict[str, Any]:
    """Adopts a network's default group: every rule that AWS made is removed."""
    vpc = context.take("vpcId")
    if context.previewing:
        return {}
    by_name = [{"Name": "group-name", "Values": ["default"]}, {"Name": "vpc-id", "Values": [vpc]}]
    found = context.call("ec2.DescribeSecurityGroups", {"Filters": by_name if vpc else by_name[:1]})["SecurityGroups"][
        0
    ]
    for direction, member in (("ingress", "IpPermissions"), ("egress", "IpPermissionsEgress")):
        if found[member]:
            context.call(REVOKE[direction], {"GroupId": found["GroupId"], "IpPermissions": found[member]})
    return {"Default": found}


@step("ingress", "egress")
def _default_rules(context: Context) -> None:
    _add_rules(context, "ingress", context.id or None)
    _add_rules(context, "egress", context.id or None)


def _rule(context: Context) -> dict[str, Any]:
    """A rule of the older type: one rule of Pulumi's may be several of AWS's."""
    given = context.inputs
    context.taken.update(given)
    group, direction = given.get("securityGroupId"), str(given.get("type"))
    if direction in AUTHORIZE:
        context.call(AUTHORIZE[direction], {"GroupId": group, "IpPermissions": [permission(given, group)]})
    key = "-".join(f"{name}={given[name]}" for name in sorted(given))
    return {"RuleId": f"sgrule-{zlib.crc32(key.encode())}"}


def _standalone(direction: str) -> Spec:
    @step()
    def authorize(context: Context) -> None:
        given = context.inputs
        context.taken.update(given)
        tags = [{"Key": key, "Value": value} for key, value in (given.get("tags") or {}).items()]
        group = given.get("securityGroupId")
        parameters: dict[str, Any] = {"GroupId": group, "IpPermissions": [permission(given, group)]}
        if tags:
            parameters["TagSpecifications"] = [{"ResourceType": "security-group-rule", "Tags": tags}]
        context.call(AUTHORIZE[direction], parameters)

    return Spec(
        create=authorize,
        id="SecurityGroupRules[0].SecurityGroupRuleId",
        outputs={"arn": arn("ec2", "security-group-rule/{id}"), "securityGroupRuleId": "{id}"},
    )


REVOKE_ON_DELETE = {"revokeRulesOnDelete": "steers deletion"}

SPECS: Specs = {
    "aws:ec2/securityGroup:SecurityGroup": Spec(
        create=Call(
            "ec2.CreateSecurityGroup",
            rename={"name": "GroupName"},
        ),
        id="GroupId",
        then=(_inline_rules,),
        outputs={"ownerId": "account", "arn": arn("ec2", "security-group/{id}"), "description": "input.description"},
        ignored=REVOKE_ON_DELETE,
        reshape=lambda inputs: {"description": "Managed by Pulumi", **inputs},
        tag_type="security-group",
    ),
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": Spec(
        create=_default_group,
        id="Default.GroupId",
        then=(_default_rules, tag_afterwards),
        outputs={
            "ownerId": "account",
            "arn": arn("ec2", "security-group/{id}"),
            "name": "Default.GroupName",
            "description": "Default.Description",
            "vpcId": "Default.VpcId",
        },
        ignored=REVOKE_ON_DELETE,
        autoname="",
    ),
    "aws:ec2/securityGroupRule:SecurityGroupRule": Spec(
        create=_rule, id="RuleId", outputs={"securityGroupRuleId": "SecurityGroupRules[0].SecurityGroupRuleId"}
    ),
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": _standalone("ingress"),
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": _standalone("egress"),
    "aws:vpc/securityGroupVpcAssociation:SecurityGroupVpcAssociation": Spec(
        create=Call("ec2.AssociateSecurityGroupVpc", rename={"securityGroupId": "GroupId"}),
        id="{input.securityGroupId},{input.vpcId}",
        outputs={"state": "State"},
        ignored={"timeouts": "how long the provider waits"},
    ),
}
