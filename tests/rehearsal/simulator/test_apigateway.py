"""REST APIs of API Gateway."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from mcp_ops.rehearsal.simulator.errors import Refusal

TYPE = "aws:apigateway/{}:{}"
DOCUMENT = {
    "openapi": "3.0.1",
    "info": {"title": "orders", "version": "1"},
    "paths": {"/orders": {"get": {"responses": {"200": {"description": "all orders"}}}}},
}


def token(name: str) -> str:
    return TYPE.format(name[0].lower() + name[1:], name)


@pytest.fixture
def api(create: Callable[..., Any]) -> Any:
    return create(token("RestApi"), "orders", name="orders", description="orders of a shop")


def test_a_rest_api_has_a_root_and_arns(api: Any, client: Callable[[str], Any]) -> None:
    assert api.outputs["executionArn"] == f"arn:aws:execute-api:eu-central-1:123456789012:{api.id}"
    assert api.outputs["arn"] == f"arn:aws:apigateway:eu-central-1::/restapis/{api.id}"
    roots = client("apigateway").get_resources(restApiId=api.id)["items"]
    assert [item["id"] for item in roots] == [api.outputs["rootResourceId"]]


def test_a_body_makes_the_resources(create: Callable[..., Any], client: Callable[[str], Any]) -> None:
    api = create(token("RestApi"), "documented", body=json.dumps(DOCUMENT))
    paths = {item["path"] for item in client("apigateway").get_resources(restApiId=api.id)["items"]}
    assert "/orders" in paths


def test_a_method_with_its_integration_deployed(
    create: Callable[..., Any], client: Callable[[str], Any], api: Any
) -> None:
    root = api.outputs["rootResourceId"]
    resource = create(token("Resource"), restApi=api.id, parentId=root, pathPart="orders")
    assert resource.outputs["path"] == "/orders"
    place = {"restApi": api.id, "resourceId": resource.id, "httpMethod": "GET"}
    method = create(token("Method"), authorization="NONE", **place)
    assert method.id == f"agm-{api.id}-{resource.id}-GET"
    create(token("Integration"), type="MOCK", requestTemplates={"application/json": '{"statusCode": 200}'}, **place)
    create(token("MethodResponse"), statusCode="200", **place)
    create(token("IntegrationResponse"), statusCode="200", **place)
    deployment = create(token("Deployment"), restApi=api.id, triggers={"redeployment": "1"})
    stage = create(token("Stage"), restApi=api.id, deployment=deployment.id, stageName="v1", xrayTracingEnabled=True)
    assert stage.outputs["invokeUrl"] == f"https://{api.id}.execute-api.eu-central-1.amazonaws.com/v1"
    assert stage.outputs["arn"].endswith(f"::/restapis/{api.id}/stages/v1")
    settings = {"loggingLevel": "INFO", "metricsEnabled": True, "throttlingBurstLimit": 5}
    create(token("MethodSettings"), restApi=api.id, stageName="v1", methodPath="*/*", settings=settings)
    stored = client("apigateway").get_stage(restApiId=api.id, stageName="v1")
    assert stored["tracingEnabled"] is True
    assert stored["methodSettings"]["*/*"]["loggingLevel"] == "INFO"


def test_a_usage_plan_holds_a_key(create: Callable[..., Any], client: Callable[[str], Any]) -> None:
    key = create(token("ApiKey"), "partner")
    plan = create(
        token("UsagePlan"),
        "partners",
        quotaSettings={"limit": 10, "period": "DAY"},
        throttleSettings={"rateLimit": 5.0, "burstLimit": 2},
    )
    create(token("UsagePlanKey"), keyId=key.id, keyType="API_KEY", usagePlanId=plan.id)
    assert key.outputs["value"]
    assert client("apigateway").get_usage_plan(usagePlanId=plan.id)["quota"]["limit"] == 10
    assert [item["id"] for item in client("apigateway").get_usage_plan_keys(usagePlanId=plan.id)["items"]] == [key.id]


def test_a_domain_has_targets_for_dns(create: Callable[..., Any], api: Any) -> None:
    domain = create(
        token("DomainName"),
        domainName="api.example.com",
        regionalCertificateArn="arn:aws:acm:eu-central-1:123456789012:certificate/one",
        endpointConfiguration={"types": "REGIONAL"},
    )
    assert domain.outputs["regionalDomainName"].endswith(".amazonaws.com")
    assert domain.outputs["regionalZoneId"].startswith("Z")
    mapping = create(token("BasePathMapping"), restApi=api.id, domainName="api.example.com")
    assert mapping.id == "api.example.com/"


def test_account_and_authorizer(create: Callable[..., Any], client: Callable[[str], Any], api: Any) -> None:
    create(token("Account"), cloudwatchRoleArn="arn:aws:iam::123456789012:role/logs")
    assert client("apigateway").get_account()["cloudwatchRoleArn"].endswith("role/logs")
    pool = "arn:aws:cognito-idp:eu-central-1:123456789012:userpool/eu-central-1_abcdefghi"
    made = create(token("Authorizer"), "people", restApi=api.id, type="COGNITO_USER_POOLS", providerArns=[pool])
    stored = client("apigateway").get_authorizer(restApiId=api.id, authorizerId=made.id)
    assert stored["providerARNs"] == [pool]


def test_an_integration_of_an_unknown_type_is_refused(create: Callable[..., Any], api: Any) -> None:
    root = api.outputs["rootResourceId"]
    with pytest.raises(Refusal, match="'LAMBDA' is none of HTTP, AWS, MOCK"):
        create(token("Integration"), restApi=api.id, resourceId=root, httpMethod="GET", type="LAMBDA")


def test_a_body_that_is_no_document_is_refused(create: Callable[..., Any]) -> None:
    with pytest.raises(Refusal, match="body: is no OpenAPI document"):
        create(token("RestApi"), "wrong", body="just words")
