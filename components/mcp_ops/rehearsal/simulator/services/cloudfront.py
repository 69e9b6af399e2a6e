"""Amazon CloudFront."""

from collections.abc import Mapping
from typing import Any

from mcp_ops.rehearsal.simulator.context import Context
from mcp_ops.rehearsal.simulator.services.shapes import plain_items
from mcp_ops.rehearsal.simulator.spec import Call, Spec, Specs, step
from mcp_ops.rehearsal.simulator.values import nested, without

ALIAS_ZONE = "Z2FDTNDATAQYW2"
"""The hosted zone of every distribution, for alias records."""

TRUSTED = ("trustedSigners", "trustedKeyGroups")


def _behaviour(behaviour: Mapping[str, Any]) -> dict[str, Any]:
    """Puts the cached methods under the allowed ones, and switches lists of trusted signers on."""
    kept = without(behaviour, "allowedMethods", "cachedMethods", *TRUSTED)
    for name in TRUSTED:
        if behaviour.get(name):
            kept[name] = {"Enabled": True, "Quantity": len(behaviour[name]), "Items": behaviour[name]}
    methods, cached = behaviour.get("allowedMethods"), behaviour.get("cachedMethods")
    if methods is not None:
        kept["AllowedMethods"] = {
            "Quantity": len(methods),
            "Items": methods,
            **({"CachedMethods": cached} if cached else {}),
        }
    return kept


def _origin(origin: Mapping[str, Any]) -> dict[str, Any]:
    """An origin that says nothing of its kind is a bucket."""
    kinds = ("customOriginConfig", "s3OriginConfig", "vpcOriginConfig")
    return (
        dict(origin)
        if any(origin.get(kind) for kind in kinds)
        else {**origin, "s3OriginConfig": {"originAccessIdentity": ""}}
    )


def _geography(value: Mapping[str, Any]) -> dict[str, Any]:
    places = value.get("locations") or []
    return {**without(value, "locations"), "Quantity": len(places), **({"Items": places} if places else {})}


def _distribution(inputs: dict[str, Any]) -> dict[str, Any]:
    config = {"comment": "", **without(inputs, "tags", "loggingConfig")}
    if inputs.get("loggingConfig"):
        config["Logging"] = {"includeCookies": False, "prefix": "", **inputs["loggingConfig"], "Enabled": True}
    for path, change in (
        ("defaultCacheBehavior", _behaviour),
        ("orderedCacheBehaviors", lambda items: [_behaviour(item) for item in items]),
        ("origins", lambda items: [_origin(item) for item in items]),
        ("restrictions.geoRestriction", _geography),
    ):
        config = nested(config, path, change)
    return {"DistributionConfig": config, "tags": inputs.get("tags") or {}}


CONFIG = "DistributionConfig"

DISTRIBUTION = Call(
    "cloudfront.CreateDistributionWithTags",
    rename={
        CONFIG: "DistributionConfigWithTags.DistributionConfig",
        "tags": "DistributionConfigWithTags.Tags.Items",
        f"{CONFIG}.origins.originId": "Id",
        f"{CONFIG}.origins.customHeaders.name": "HeaderName",
        f"{CONFIG}.origins.customHeaders.value": "HeaderValue",
        f"{CONFIG}.originGroups.originId": "Id",
        f"{CONFIG}.orderedCacheBehaviors": "CacheBehaviors",
        f"{CONFIG}.orderedCacheBehaviors.lambdaFunctionAssociations.lambdaArn": "LambdaFunctionARN",
        f"{CONFIG}.defaultCacheBehavior.lambdaFunctionAssociations.lambdaArn": "LambdaFunctionARN",
    },
)


@step()
def _create_distribution(context: Context) -> None:
    """Names the request by the resource, as the provider names it by a random text: CloudFront refuses a second one."""
    context.inputs.setdefault(CONFIG, {})["CallerReference"] = context.subject.name
    context.run(DISTRIBUTION, frozenset(), "")


@step()
def _create_identity(context: Context) -> None:
    config = {"CallerReference": context.subject.name, "Comment": context.take("comment", "")}
    context.call("cloudfront.CreateCloudFrontOriginAccessIdentity", {"CloudFrontOriginAccessIdentityConfig": config})


def _policy_config(inputs: dict[str, Any]) -> dict[str, Any]:
    """Gathers a policy's inputs under one member; AWS wants to be told that nothing is compressed."""
    encodings = {"enableAcceptEncodingGzip": False, "enableAcceptEncodingBrotli": False}
    return {
        "Config": nested(
            plain_items(inputs), "parametersInCacheKeyAndForwardedToOrigin", lambda value: {**encodings, **value}
        )
    }


def _policy(kind: str) -> Spec:
    """Returns the specification of one of CloudFront's three kinds of policies."""
    return Spec(
        create=Call(f"cloudfront.Create{kind}", rename={"Config": f"{kind}Config"}),
        id=f"{{{kind}.Id}}",
        reshape=_policy_config,
        outputs={
            "arn": f"arn:{{partition}}:cloudfront::{{account}}:{kind[0].lower()}{kind[1:]}/{{id}}",
            "etag": "ETag",
            "name": "input.Config.name",
        },
    )


SPECS: Specs = {
    "aws:cloudfront/distribution:Distribution": Spec(
        create=_create_distribution,
        id="{Distribution.Id}",
        autoname="",
        reshape=_distribution,
        outputs={
            "arn": "arn:{partition}:cloudfront::{account}:distribution/{id}",
            "domainName": "Distribution.DomainName",
            "etag": "ETag",
            "hostedZoneId": f"'{ALIAS_ZONE}'",
            "status": "'Deployed'",
            "callerReference": "request.DistributionConfigWithTags.DistributionConfig.CallerReference",
            "comment": "input.DistributionConfig.comment",
        },
        ignored={
            "retainOnDelete": "whether the provider only disables it",
            "waitForDeployment": "whether the provider waits",
        },
    ),
    "aws:cloudfront/originAccessControl:OriginAccessControl": Spec(
        create=Call(
            "cloudfront.CreateOriginAccessControl",
            rename={
                "name": "OriginAccessControlConfig.Name",
                "description": "OriginAccessControlConfig.Description",
                "originAccessControlOriginType": "OriginAccessControlConfig.OriginAccessControlOriginType",
                "signingBehavior": "OriginAccessControlConfig.SigningBehavior",
                "signingProtocol": "OriginAccessControlConfig.SigningProtocol",
            },
        ),
        id="{OriginAccessControl.Id}",
        outputs={"arn": "arn:{partition}:cloudfront::{account}:origin-access-control/{id}", "etag": "ETag"},
    ),
    "aws:cloudfront/originAccessIdentity:OriginAccessIdentity": Spec(
        create=_create_identity,
        id="{CloudFrontOriginAccessIdentity.Id}",
        autoname="",
        outputs={
            "arn": "arn:{partition}:cloudfront::{account}:origin-access-identity/{id}",
            "callerReference": "{request.CloudFrontOriginAccessIdentityConfig.CallerReference}",
            "cloudfrontAccessIdentityPath": "origin-access-identity/cloudfront/{id}",
            "etag": "ETag",
            "iamArn": "arn:{partition}:iam::cloudfront:user/CloudFront Origin Access Identity {id}",
            "s3CanonicalUserId": "CloudFrontOriginAccessIdentity.S3CanonicalUserId",
        },
    ),
    "aws:cloudfront/cachePolicy:CachePolicy": _policy("CachePolicy"),
    "aws:cloudfront/originRequestPolicy:OriginRequestPolicy": _policy("OriginRequestPolicy"),
    "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy": _policy("ResponseHeadersPolicy"),
    "aws:cloudfront/function:Function": Spec(
        create=Call(
            "cloudfront.CreateFunction",
            rename={
                "code": "FunctionCode",
                "comment": "FunctionConfig.Comment",
                "runtime": "FunctionConfig.Runtime",
                "keyValueStoreAssociations": "FunctionConfig.KeyValueStoreAssociations",
                "tags": "Tags.Items",
            },
        ),
        id="{input.name}",
        reshape=lambda inputs: nested(
            {"comment": "", **inputs},
            "keyValueStoreAssociations",
            lambda arns: [{"KeyValueStoreARN": arn} for arn in arns],
        ),
        outputs={
            "arn": "arn:{partition}:cloudfront::{account}:function/{input.name}",
            "etag": "ETag",
            "liveStageEtag": "ETag",
        },
        ignored={"publish": "whether the provider publishes it at once"},
    ),
}
