"""API Gateway, CloudFront, EventBridge, WAF and Cognito."""

from collections.abc import Callable
from typing import Any

import pytest

from mcp_ops.rehearsal.simulator.errors import Refusal

Create = Callable[..., Any]
Client = Callable[[str], Any]
METRICS = {"cloudwatchMetricsEnabled": True, "metricName": "m", "sampledRequestsEnabled": True}


def test_an_http_api_with_a_route_and_a_stage(create: Create, client: Client) -> None:
    api = create("aws:apigatewayv2/api:Api", "notes", protocolType="HTTP")
    integration = create(
        "aws:apigatewayv2/integration:Integration",
        apiId=api.id,
        integrationType="HTTP_PROXY",
        integrationUri="https://example.com",
    )
    create("aws:apigatewayv2/route:Route", apiId=api.id, routeKey="GET /", target=f"integrations/{integration.id}")
    stage = create("aws:apigatewayv2/stage:Stage", apiId=api.id, name="$default", autoDeploy=True)
    assert api.outputs["executionArn"] == f"arn:aws:execute-api:eu-central-1:123456789012:{api.id}"
    assert stage.outputs["invokeUrl"] == f"https://{api.id}.execute-api.eu-central-1.amazonaws.com/"
    assert client("apigatewayv2").get_routes(ApiId=api.id)["Items"][0]["Target"] == f"integrations/{integration.id}"


def test_a_distribution_for_a_bucket(create: Create, client: Client) -> None:
    made = create(
        "aws:cloudfront/distribution:Distribution",
        "site",
        enabled=True,
        origins=[{"originId": "content", "domainName": "content.s3.amazonaws.com"}],
        defaultCacheBehavior={
            "targetOriginId": "content",
            "viewerProtocolPolicy": "redirect-to-https",
            "allowedMethods": ["GET", "HEAD"],
            "cachedMethods": ["GET", "HEAD"],
            "cachePolicyId": "658327ea-f89d-4fab-a63d-7e88639e58f6",
        },
        restrictions={"geoRestriction": {"restrictionType": "whitelist", "locations": ["DE", "FR"]}},
        viewerCertificate={"cloudfrontDefaultCertificate": True},
    )
    config = client("cloudfront").get_distribution(Id=made.id)["Distribution"]["DistributionConfig"]
    assert config["DefaultCacheBehavior"]["AllowedMethods"]["CachedMethods"]["Quantity"] == 2
    assert config["Restrictions"]["GeoRestriction"]["Items"] == ["DE", "FR"]
    assert made.outputs["hostedZoneId"] == "Z2FDTNDATAQYW2"
    assert made.outputs["domainName"].endswith(".cloudfront.net")


def test_a_policy_that_is_not_simulated_is_checked(create: Create) -> None:
    made = create(
        "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy",
        "headers",
        customHeadersConfig={"items": [{"header": "x-a", "value": "b", "override": True}]},
    )
    assert [call.executed for call in made.operations] == [False]


def test_a_rule_with_a_target(create: Create, client: Client) -> None:
    rule = create("aws:cloudwatch/eventRule:EventRule", "nightly", scheduleExpression="cron(0 2 * * ? *)")
    target = create(
        "aws:cloudwatch/eventTarget:EventTarget",
        rule=rule.id,
        targetId="jobs",
        arn="arn:aws:sqs:eu-central-1:123456789012:jobs",
        input="{}",
    )
    assert target.id == f"{rule.id}-jobs"
    assert client("events").list_targets_by_rule(Rule=rule.id)["Targets"][0]["Input"] == "{}"


def test_rules_of_a_web_acl_nest(create: Create, client: Client) -> None:
    abroad = {"notStatement": {"statements": [{"geoMatchStatement": {"countryCodes": ["DE"]}}]}}
    made = create(
        "aws:wafv2/webAcl:WebAcl",
        "acl",
        scope="REGIONAL",
        defaultAction={"allow": {}},
        visibilityConfig=METRICS,
        rules=[
            {
                "name": "rate",
                "priority": 1,
                "action": {"block": {}},
                "statement": {
                    "rateBasedStatement": {"limit": 500, "aggregateKeyType": "IP", "scopeDownStatement": abroad}
                },
                "visibilityConfig": METRICS,
            }
        ],
    )
    kept = client("wafv2").get_web_acl(Id=made.id, Name=made.outputs["name"], Scope="REGIONAL")["WebACL"]
    statement = kept["Rules"][0]["Statement"]["RateBasedStatement"]["ScopeDownStatement"]
    assert statement["NotStatement"]["Statement"]["GeoMatchStatement"]["CountryCodes"] == ["DE"]


def test_a_user_pool_and_a_machine_client(create: Create, client: Client) -> None:
    pool = create(
        "aws:cognito/userPool:UserPool",
        "people",
        mfaConfiguration="ON",
        softwareTokenMfaConfiguration={"enabled": True},
    )
    server = create(
        "aws:cognito/resourceServer:ResourceServer",
        userPoolId=pool.id,
        identifier="https://mcp.example.com",
        scopes=[{"scopeName": "tools", "scopeDescription": "Call tools"}],
    )
    machine = create("aws:cognito/userPoolClient:UserPoolClient", "machine", userPoolId=pool.id, generateSecret=True)
    assert server.outputs["scopeIdentifiers"] == ["https://mcp.example.com/tools"]
    assert machine.outputs["clientSecret"]
    assert client("cognito-idp").get_user_pool_mfa_config(UserPoolId=pool.id)["MfaConfiguration"] == "ON"


@pytest.mark.parametrize(
    ("type_", "inputs", "told"),
    [
        ("apigatewayv2/api:Api", {"protocolType": "SOAP"}, "'SOAP' is none of"),
        (
            "cloudwatch/eventTarget:EventTarget",
            {"rule": "absent", "arn": "arn:aws:sqs:eu-central-1:123456789012:q"},
            "ResourceNotFound",
        ),
        ("wafv2/ipSet:IpSet", {"scope": "GLOBAL", "ipAddressVersion": "IPV4"}, "'GLOBAL' is none of"),
        ("cloudfront/distribution:Distribution", {"enabled": True}, "Missing required parameter"),
    ],
)
def test_what_aws_refuses(create: Create, type_: str, inputs: dict[str, Any], told: str) -> None:
    with pytest.raises(Refusal, match=told):
        create(f"aws:{type_}", **inputs)
