"""The web application firewall of a gateway, made for MCP.

Costs about 9 USD a month: 5 for the web ACL and 1 for each of its four rules, then 0.60 USD per million requests
(AWS WAF pricing). No rule allows early, so that each one sees every request. Not attached, because they refuse ordinary
calls: the SQL injection rules (SQL is an argument like any other), the anonymous-address list (it blocks callers hosted
in a cloud) and Bot Control (every caller is a program).
"""

import pulumi
import pulumi_aws as aws

from mcp_ops.arns import arn
from mcp_ops.hosting.web_acl_plan import COUNTED, WebAclArgs, WebAclPlan, plan_web_acl
from mcp_ops.policies import allow, document
from mcp_ops.tags import merge_tags

TOKEN = "mcp-ops:index:WebAcl"  # noqa: S105 - a resource type, not a password

RATE_WINDOW_SECONDS = 300

TOO_MANY_REQUESTS = 429
"""Answer to a caller over the rate limit: clients know it as a reason to wait, unlike 403."""

REDACTED_HEADERS = ("authorization", "cookie")
"""Headers that stand in the log as REDACTED."""

_LOGGED = ("BLOCK", "COUNT", "EXCLUDED_AS_COUNT")
"""Actions whose requests are logged; the load balancer's access log has all of them."""

_Statement = aws.wafv2.WebAclRuleStatementArgs


class WebAcl(pulumi.ComponentResource):
    """A web ACL on a load balancer: bad addresses, floods and known attacks are blocked, tool arguments are not."""

    web_acl_arn: pulumi.Output[str]
    """ARN of the web ACL."""
    web_acl_name: pulumi.Output[str]
    """Its name, which CloudWatch's metrics carry as `WebACL`."""
    log_group_name: pulumi.Output[str]
    """Log group of blocked and counted requests."""

    def __init__(self, name: str, args: WebAclArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        plan = plan_web_acl(name, args)
        super().__init__(TOKEN, name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        tags = merge_tags({}, args.get("tags"))
        acl = aws.wafv2.WebAcl(
            f"{name}-web-acl",
            description=f"Requests to the MCP servers of {name}",
            scope="REGIONAL",
            default_action=aws.wafv2.WebAclDefaultActionArgs(allow=aws.wafv2.WebAclDefaultActionAllowArgs()),
            rules=_rules(name, plan, tags, child),
            visibility_config=aws.wafv2.WebAclVisibilityConfigArgs(**_visibility(name)),
            tags=tags,
            opts=child,
        )
        aws.wafv2.WebAclAssociation(
            f"{name}-web-acl-on-load-balancer",
            web_acl_arn=acl.arn,
            resource_arn=args["load_balancer_arn"],
            opts=child,
        )
        self.web_acl_arn = acl.arn
        self.web_acl_name = acl.name
        self.log_group_name = _logging(name, args, plan, acl, child)
        self.register_outputs({key: getattr(self, key) for key in WebAcl.__annotations__})


def _rules(
    name: str, plan: WebAclPlan, tags: dict[str, pulumi.Input[str]], child: pulumi.ResourceOptions
) -> list[aws.wafv2.WebAclRuleArgs]:
    """Returns the rules in order: who may call at all, who is known to be bad, who calls too often, what is sent."""
    block = aws.wafv2.WebAclRuleActionArgs(block=aws.wafv2.WebAclRuleActionBlockArgs())
    slow_down = aws.wafv2.WebAclRuleActionArgs(
        block=aws.wafv2.WebAclRuleActionBlockArgs(
            custom_response=aws.wafv2.WebAclRuleActionBlockCustomResponseArgs(response_code=TOO_MANY_REQUESTS)
        )
    )
    rate = aws.wafv2.WebAclRuleStatementRateBasedStatementArgs(
        aggregate_key_type="IP", limit=plan.rate_limit, evaluation_window_sec=RATE_WINDOW_SECONDS
    )
    planned: list[tuple[str, aws.wafv2.WebAclRuleStatementArgs, aws.wafv2.WebAclRuleActionArgs | None]] = []
    if plan.allowed_cidrs:
        planned.append(("addresses", _outside(_in_addresses(name, plan, tags, child)), block))
    if plan.allowed_countries:
        countries = aws.wafv2.WebAclRuleStatementGeoMatchStatementArgs(country_codes=list(plan.allowed_countries))
        planned.append(("countries", _outside(_Statement(geo_match_statement=countries)), block))
    planned += [
        ("ip-reputation", _managed("AWSManagedRulesAmazonIpReputationList"), None),
        ("rate", _Statement(rate_based_statement=rate), slow_down),
        ("core", _managed("AWSManagedRulesCommonRuleSet", COUNTED), None),
        ("known-bad-inputs", _managed("AWSManagedRulesKnownBadInputsRuleSet"), None),
    ]
    return [_rule(name, order, *each) for order, each in enumerate(planned)]


def _rule(
    name: str,
    priority: int,
    role: str,
    statement: aws.wafv2.WebAclRuleStatementArgs,
    action: aws.wafv2.WebAclRuleActionArgs | None,
) -> aws.wafv2.WebAclRuleArgs:
    # A managed group has no action of its own: its rules act.
    override = aws.wafv2.WebAclRuleOverrideActionArgs(none=aws.wafv2.WebAclRuleOverrideActionNoneArgs())
    return aws.wafv2.WebAclRuleArgs(
        name=role,
        priority=priority,
        statement=statement,
        action=action,
        override_action=None if action else override,
        visibility_config=aws.wafv2.WebAclRuleVisibilityConfigArgs(**_visibility(f"{name}-{role}")),
    )


def _visibility(metric: str) -> dict[str, object]:
    # Sampled requests show every header in the console, bearer tokens too: the log does not.
    return {"metric_name": metric, "cloudwatch_metrics_enabled": True, "sampled_requests_enabled": False}


def _managed(group: str, counted: tuple[str, ...] = ()) -> aws.wafv2.WebAclRuleStatementArgs:
    count = aws.wafv2.WebAclRuleStatementManagedRuleGroupStatementRuleActionOverrideActionToUseArgs(
        count=aws.wafv2.WebAclRuleStatementManagedRuleGroupStatementRuleActionOverrideActionToUseCountArgs()
    )
    overrides = [
        aws.wafv2.WebAclRuleStatementManagedRuleGroupStatementRuleActionOverrideArgs(name=rule, action_to_use=count)
        for rule in counted
    ]
    return _Statement(
        managed_rule_group_statement=aws.wafv2.WebAclRuleStatementManagedRuleGroupStatementArgs(
            vendor_name="AWS", name=group, rule_action_overrides=overrides or None
        )
    )


def _outside(statement: aws.wafv2.WebAclRuleStatementArgs) -> aws.wafv2.WebAclRuleStatementArgs:
    return _Statement(not_statement=aws.wafv2.WebAclRuleStatementNotStatementArgs(statement=statement))


def _in_addresses(
    name: str, plan: WebAclPlan, tags: dict[str, pulumi.Input[str]], child: pulumi.ResourceOptions
) -> aws.wafv2.WebAclRuleStatementArgs:
    addresses = aws.wafv2.IpSet(
        f"{name}-web-acl-addresses",
        description=f"Addresses that may call the MCP servers of {name}",
        scope="REGIONAL",
        ip_address_version="IPV4",
        addresses=list(plan.allowed_cidrs),
        tags=tags,
        opts=child,
    )
    return _Statement(
        ip_set_reference_statement=aws.wafv2.WebAclRuleStatementIpSetReferenceStatementArgs(arn=addresses.arn)
    )


def _logging(
    name: str, args: WebAclArgs, plan: WebAclPlan, acl: aws.wafv2.WebAcl, child: pulumi.ResourceOptions
) -> pulumi.Output[str]:
    """Registers the log and returns its name; it is written once log delivery may."""
    group = aws.cloudwatch.LogGroup(
        f"{name}-web-acl-logs",
        name=plan.log_group,
        retention_in_days=plan.log_retention_days,
        kms_key_id=args.get("log_key_arn"),
        tags=merge_tags({}, args.get("tags")),
        opts=child,
    )
    permission = aws.cloudwatch.LogResourcePolicy(
        f"{name}-web-acl-log-delivery",
        policy_name=f"{name}-web-acl-log-delivery",
        policy_document=_delivery(plan, group),
        opts=child,
    )
    aws.wafv2.WebAclLoggingConfiguration(
        f"{name}-web-acl-logging",
        resource_arn=acl.arn,
        log_destination_configs=[group.arn],
        redacted_fields=[
            aws.wafv2.WebAclLoggingConfigurationRedactedFieldArgs(
                single_header=aws.wafv2.WebAclLoggingConfigurationRedactedFieldSingleHeaderArgs(name=header)
            )
            for header in REDACTED_HEADERS
        ],
        logging_filter=_filter(),
        opts=pulumi.ResourceOptions.merge(child, pulumi.ResourceOptions(depends_on=[permission])),
    )
    group_name: pulumi.Output[str] = group.name
    return group_name


def _delivery(plan: WebAclPlan, group: aws.cloudwatch.LogGroup) -> pulumi.Output[str]:
    condition = {
        "StringEquals": {"aws:SourceAccount": plan.account_id},
        "ArnLike": {"aws:SourceArn": arn("logs", plan.region, plan.account_id, "*")},
    }
    streams = pulumi.Output.concat(group.arn, ":log-stream:*")
    write = allow("WebAclLogs", ["logs:CreateLogStream", "logs:PutLogEvents"], streams, condition)
    return document({**write, "Principal": {"Service": "delivery.logs.amazonaws.com"}})


def _filter() -> aws.wafv2.WebAclLoggingConfigurationLoggingFilterArgs:
    conditions = [
        aws.wafv2.WebAclLoggingConfigurationLoggingFilterFilterConditionArgs(
            action_condition=aws.wafv2.WebAclLoggingConfigurationLoggingFilterFilterConditionActionConditionArgs(
                action=action
            )
        )
        for action in _LOGGED
    ]
    keep = aws.wafv2.WebAclLoggingConfigurationLoggingFilterFilterArgs(
        behavior="KEEP", requirement="MEETS_ANY", conditions=conditions
    )
    return aws.wafv2.WebAclLoggingConfigurationLoggingFilterArgs(default_behavior="DROP", filters=[keep])
