"""Look-ups of CloudFront's managed policies, which have the same id in every account."""

from collections.abc import Mapping
from typing import Any

from mcp_ops.rehearsal.simulator.cloud import Cloud
from mcp_ops.rehearsal.simulator.errors import Refusal
from mcp_ops.rehearsal.simulator.functions.function import Function
from mcp_ops.rehearsal.simulator.places import Place

CACHE: Mapping[str, str] = {
    "Managed-Amplify": "2e54312d-136d-493c-8eb9-b001f22f67d2",
    "Managed-CachingDisabled": "4135ea2d-6df8-44a3-9df3-4b5a84be39ad",
    "Managed-CachingOptimized": "658327ea-f89d-4fab-a63d-7e88639e58f6",
    "Managed-CachingOptimizedForUncompressedObjects": "b2884449-e4de-46a7-ac36-70bc7f1ddd6d",
    "Managed-Elemental-MediaPackage": "08627262-05a9-4f76-9ded-b50ca2e3a84f",
    "UseOriginCacheControlHeaders": "83da9c7e-98b4-4e11-a168-04f0df8e2c65",
    "UseOriginCacheControlHeaders-QueryStrings": "4cc15a8a-d715-48a4-82b8-cc0b614638fe",
}
ORIGIN_REQUEST: Mapping[str, str] = {
    "Managed-AllViewer": "216adef6-5c7f-47e4-b989-5492eafa07d3",
    "Managed-AllViewerAndCloudFrontHeaders-2022-06": "33f36d7e-f396-46d9-90e0-52428a34d9dc",
    "Managed-AllViewerExceptHostHeader": "b689b0a8-53d0-40ab-baf2-68738e2966ac",
    "Managed-CORS-CustomOrigin": "59781a5b-3903-41f3-afcb-af62929ccde1",
    "Managed-CORS-S3Origin": "88a5eaf4-2fd4-4709-b370-b4c650ea3fcf",
    "Managed-UserAgentRefererHeaders": "acba4595-bd28-49b8-b9fe-13317c0390fa",
}
RESPONSE_HEADERS: Mapping[str, str] = {
    "Managed-CORS-With-Preflight": "5cc3b908-e619-4b99-88e5-2cf7f45965bd",
    "Managed-CORS-with-preflight-and-SecurityHeadersPolicy": "eaab4381-ed33-4a86-88ca-d9558dc6cd63",
    "Managed-CORS-and-SecurityHeadersPolicy": "e61eb60c-9c35-4d20-a928-2b84e02af89c",
    "Managed-SecurityHeadersPolicy": "67f7725c-6f97-4210-82d7-5512b31e9d03",
    "Managed-SimpleCORS": "60669652-455b-4ae9-85a4-c4c02393f86c",
}

LOG_DELIVERY_USER = "c4c1ede66af53448b93c283ce9448c4ba468c9432aa01d700d3878632f77d2d0"
"""The canonical user id under which CloudFront writes standard logs (Amazon CloudFront Developer Guide)."""


def _managed(what: str, policies: Mapping[str, str]) -> Function:
    """Returns the look-up of one kind of policy: by id, or by the name of a managed one."""

    def looked_up(_: Cloud, given: Mapping[str, Any], __: Place, assumptions: list[str]) -> dict[str, Any]:
        id_, name = given.get("id"), given.get("name")
        if id_ is None and name not in policies:
            raise Refusal(
                f"{what} {name!r} is none of CloudFront's own: {', '.join(sorted(policies))}; name yours by id"
            )
        if id_ is not None and id_ not in policies.values():
            assumptions.append(f"{what} {id_} exists")
        names = {value: key for key, value in policies.items()}
        return {
            "id": id_ or policies[str(name)],
            "name": name or names.get(str(id_), str(id_)),
            "comment": "",
            "etag": "E23ZP02F085DFQ",
        }

    return looked_up


def _log_delivery_user(*_: Any) -> dict[str, Any]:
    """`aws.cloudfront.get_log_delivery_canonical_user_id`."""
    return {"id": LOG_DELIVERY_USER}


FUNCTIONS: Mapping[str, Function] = {
    "aws:cloudfront/getCachePolicy:getCachePolicy": _managed("cache policy", CACHE),
    "aws:cloudfront/getOriginRequestPolicy:getOriginRequestPolicy": _managed("origin request policy", ORIGIN_REQUEST),
    "aws:cloudfront/getResponseHeadersPolicy:getResponseHeadersPolicy": _managed(
        "response headers policy", RESPONSE_HEADERS
    ),
    "aws:cloudfront/getLogDeliveryCanonicalUserId:getLogDeliveryCanonicalUserId": _log_delivery_user,
}
