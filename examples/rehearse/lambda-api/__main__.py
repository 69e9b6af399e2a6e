"""A small HTTP API: API Gateway in front of a Lambda function that keeps notes in DynamoDB."""

import json

import pulumi
import pulumi_aws as aws

config = pulumi.Config()
retention = config.require_int("retentionDays")
account = aws.get_caller_identity().account_id

notes = aws.dynamodb.Table(
    "notes",
    attributes=[aws.dynamodb.TableAttributeArgs(name="id", type="S")],
    hash_key="id",
    billing_mode="PAY_PER_REQUEST",
    point_in_time_recovery={"enabled": True},
)

trust = aws.iam.get_policy_document(
    statements=[
        {
            "actions": ["sts:AssumeRole"],
            "principals": [{"type": "Service", "identifiers": ["lambda.amazonaws.com"]}],
            "conditions": [{"test": "StringEquals", "variable": "aws:SourceAccount", "values": [account]}],
        }
    ]
)
role = aws.iam.Role("api", assume_role_policy=trust.json)
aws.iam.RolePolicyAttachment(
    "api-logs",
    role=role.name,
    policy_arn="arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
)
aws.iam.RolePolicy(
    "api-notes",
    role=role.id,
    policy=aws.iam.get_policy_document_output(
        statements=[{"actions": ["dynamodb:GetItem", "dynamodb:PutItem"], "resources": [notes.arn]}]
    ).json,
)

function = aws.lambda_.Function(
    "api",
    role=role.arn,
    runtime="python3.13",
    architectures=["arm64"],
    handler="handler.handler",
    code=pulumi.FileArchive("app"),
    memory_size=config.require_int("memory"),
    timeout=10,
    environment=aws.lambda_.FunctionEnvironmentArgs(variables={"TABLE": notes.name}),
)
logs = aws.cloudwatch.LogGroup(
    "api", name=pulumi.Output.concat("/aws/lambda/", function.name), retention_in_days=retention
)

api = aws.apigatewayv2.Api(
    "notes",
    protocol_type="HTTP",
    cors_configuration={
        "allow_origins": config.require_object("origins"),
        "allow_methods": ["GET", "POST"],
        "allow_headers": ["content-type"],
    },
)
integration = aws.apigatewayv2.Integration(
    "notes",
    api_id=api.id,
    integration_type="AWS_PROXY",
    integration_uri=function.invoke_arn,
    payload_format_version="2.0",
)
for name, key in {"create": "POST /notes", "read": "GET /notes/{id}"}.items():
    aws.apigatewayv2.Route(
        name,
        api_id=api.id,
        route_key=key,
        target=integration.id.apply(lambda id_: f"integrations/{id_}"),
    )
access_logs = aws.cloudwatch.LogGroup("access", retention_in_days=retention)
stage = aws.apigatewayv2.Stage(
    "default",
    api_id=api.id,
    name="$default",
    auto_deploy=True,
    default_route_settings={"throttling_burst_limit": 50, "throttling_rate_limit": 25},
    access_log_settings={
        "destination_arn": access_logs.arn,
        "format": json.dumps({"id": "$context.requestId", "route": "$context.routeKey", "status": "$context.status"}),
    },
)
aws.lambda_.Permission(
    "api",
    action="lambda:InvokeFunction",
    function=function.name,
    principal="apigateway.amazonaws.com",
    source_arn=api.execution_arn.apply(lambda arn: f"{arn}/*/*"),
)

pulumi.export("url", stage.invoke_url.apply(lambda url: f"{url.rstrip('/')}/notes"))
pulumi.export("table", notes.name)
pulumi.export("function", function.arn)
