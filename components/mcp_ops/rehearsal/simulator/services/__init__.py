"""The specifications, one module per AWS service; a type is added by an entry in the module of its service."""

import functools
import importlib
import keyword
import pkgutil
from collections.abc import Mapping

from mcp_ops.rehearsal.simulator.services import (
    accessanalyzer,
    acm,
    apigateway,
    apigatewayv2,
    application_autoscaling,
    apprunner,
    appsync,
    athena,
    autoscaling,
    backup,
    batch,
    budgets,
    ce,
    cloudfront,
    cloudtrail,
    cloudwatch,
    codebuild,
    codepipeline,
    cognito_identity,
    cognito_idp,
    config,
    dynamodb,
    ec2_endpoint,
    ec2_gateway,
    ec2_instance,
    ec2_network,
    ec2_routing,
    ec2_security,
    ecr,
    ecr_public,
    ecs,
    efs,
    eks,
    elasticache,
    elbv2,
    events,
    firehose,
    github,
    glue,
    guardduty,
    iam,
    iam_users,
    kinesis,
    kms,
    lambda_,
    logs,
    opensearch,
    random,
    rds,
    rds_group,
    rds_proxy,
    resource_groups,
    route53,
    s3,
    s3_object,
    scheduler,
    secretsmanager,
    securityhub,
    servicediscovery,
    ses,
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
    apigateway,
    apigatewayv2,
    application_autoscaling,
    apprunner,
    appsync,
    athena,
    autoscaling,
    backup,
    batch,
    budgets,
    ce,
    cloudfront,
    cloudtrail,
    cloudwatch,
    codebuild,
    codepipeline,
    cognito_identity,
    cognito_idp,
    config,
    dynamodb,
    ec2_endpoint,
    ec2_gateway,
    ec2_instance,
    ec2_network,
    ec2_routing,
    ec2_security,
    ecr,
    ecr_public,
    ecs,
    efs,
    eks,
    elasticache,
    elbv2,
    events,
    firehose,
    github,
    glue,
    guardduty,
    iam,
    iam_users,
    kinesis,
    kms,
    lambda_,
    logs,
    opensearch,
    random,
    rds,
    rds_group,
    rds_proxy,
    resource_groups,
    route53,
    s3,
    s3_object,
    scheduler,
    secretsmanager,
    securityhub,
    servicediscovery,
    ses,
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


def file_of(type_: str) -> str:
    """Returns the file that holds a type's entry, or that would: the one with most types of its module."""
    prefix = f"{type_.split('/', maxsplit=1)[0]}/"
    holding = [name for name, tokens in _tokens().items() if type_ in tokens]
    if holding:
        # A file that merges the entries of others sees more of them.
        return f"{min(holding, key=lambda name: len(_tokens()[name]))}.py"
    service = prefix.split(":")[1].removesuffix("/").replace("-", "_")
    own = f"{service}_" if keyword.iskeyword(service) else service
    counts = {name: sum(token.startswith(prefix) for token in tokens) for name, tokens in _tokens().items()}
    most = max(counts, key=lambda name: counts[name])
    return f"{own if own in counts or not counts[most] else most}.py"


@functools.cache
def _tokens() -> dict[str, frozenset[str]]:
    """Returns the type tokens that each file of this package sees."""
    names = [module.name for module in pkgutil.iter_modules(__path__)]
    modules = {name: vars(importlib.import_module(f"{__name__}.{name}")) for name in names}
    return {
        name: frozenset(key for value in seen.values() if isinstance(value, Mapping) for key in value if key in SPECS)
        for name, seen in modules.items()
    }
