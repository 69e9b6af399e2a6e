"""The specifications, one module per AWS service; a type is added by an entry in the module of its service."""

from collections.abc import Mapping

from mcp_ops.rehearsal.simulator.services import (
    accessanalyzer,
    acm,
    apigatewayv2,
    application_autoscaling,
    autoscaling,
    backup,
    budgets,
    cloudfront,
    cloudtrail,
    cloudwatch,
    cognito_idp,
    dynamodb,
    ec2_endpoint,
    ec2_instance,
    ec2_network,
    ec2_routing,
    ec2_security,
    ecr,
    ecr_public,
    ecs,
    efs,
    elbv2,
    events,
    guardduty,
    iam,
    iam_users,
    kms,
    lambda_,
    logs,
    random,
    rds,
    rds_group,
    route53,
    s3,
    s3_object,
    scheduler,
    secretsmanager,
    securityhub,
    servicediscovery,
    sns,
    sqs,
    ssm,
    stepfunctions,
    synthetics,
    wafv2,
)
from mcp_ops.rehearsal.simulator.spec import Spec

MODULES = (
    accessanalyzer,
    acm,
    apigatewayv2,
    application_autoscaling,
    autoscaling,
    backup,
    budgets,
    cloudfront,
    cloudtrail,
    cloudwatch,
    cognito_idp,
    dynamodb,
    ec2_endpoint,
    ec2_instance,
    ec2_network,
    ec2_routing,
    ec2_security,
    ecr,
    ecr_public,
    ecs,
    efs,
    elbv2,
    events,
    guardduty,
    iam,
    iam_users,
    kms,
    lambda_,
    logs,
    random,
    rds,
    rds_group,
    route53,
    s3,
    s3_object,
    scheduler,
    secretsmanager,
    securityhub,
    servicediscovery,
    sns,
    sqs,
    ssm,
    stepfunctions,
    synthetics,
    wafv2,
)


def _merged() -> dict[str, Spec]:
    merged: dict[str, Spec] = {}
    for module in MODULES:
        twice = merged.keys() & module.SPECS.keys()
        if twice:
            raise ValueError(f"specified twice: {', '.join(sorted(twice))}")
        merged.update(module.SPECS)
    return merged


SPECS: Mapping[str, Spec] = _merged()
"""Every specification by type token."""
