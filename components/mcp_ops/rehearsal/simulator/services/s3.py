"""Amazon S3: buckets and their settings, inline or as resources of their own."""

import re
from collections.abc import Mapping
from typing import Any

from mcp_ops.rehearsal.simulator.context import Context
from mcp_ops.rehearsal.simulator.errors import Refusal
from mcp_ops.rehearsal.simulator.services import s3_settings as settings
from mcp_ops.rehearsal.simulator.spec import Call, Spec, Specs, step

BUCKET_RULE = "3 to 63 of a-z, 0-9, '.' and '-', with a letter or digit at both ends"
BUCKET_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")

INLINE: Mapping[str, str] = {
    "Tagging": "PutBucketTagging",
    "AccessControlPolicy": "PutBucketAcl",
    "VersioningConfiguration": "PutBucketVersioning",
    "ServerSideEncryptionConfiguration": "PutBucketEncryption",
    "ObjectLockConfiguration": "PutObjectLockConfiguration",
    "LifecycleConfiguration": "PutBucketLifecycleConfiguration",
    "CORSConfiguration": "PutBucketCors",
    "WebsiteConfiguration": "PutBucketWebsite",
    "ReplicationConfiguration": "PutBucketReplication",
    "AccelerateConfiguration": "PutBucketAccelerateConfiguration",
    "RequestPaymentConfiguration": "PutBucketRequestPayment",
    "Policy": "PutBucketPolicy",
}
"""The member of each inline setting to the operation that sets it, in the order in which they must be set."""


NOT_SIMULATED = {"PutBucketRequestPayment": "moto takes a payment configuration for a new bucket"}


def _inline_call(member: str, operation: str) -> Call:
    return Call(
        f"s3.{operation}",
        checked=NOT_SIMULATED.get(operation, ""),
        inputs=(member,),
        constant={"Bucket": "{input.bucket}"},
        when=(member,),
    )


@step("bucket", "acl", "bucketNamespace", "objectLockEnabled")
def _create_bucket(context: Context) -> Mapping[str, Any]:
    """Creates the bucket in its region; us-east-1 is the one that must not be named."""
    region, name = context.place.region, context.take("bucket")
    if name is not None and not BUCKET_NAME.fullmatch(name):
        raise Refusal(f"s3:CreateBucket: InvalidBucketName: {name!r} is not {BUCKET_RULE}")
    given = {
        "Bucket": name,
        "ACL": context.take("acl"),
        "BucketNamespace": context.take("bucketNamespace"),
        "ObjectLockEnabledForBucket": context.take("objectLockEnabled"),
        "CreateBucketConfiguration": None if region == "us-east-1" else {"LocationConstraint": region},
    }
    context.call("s3.CreateBucket", {name: value for name, value in given.items() if value is not None})
    site = settings.website_domain(region) if "WebsiteConfiguration" in context.inputs else None
    return {
        "HostedZoneId": settings.WEBSITE_ZONES.get(region),
        "WebsiteDomain": site,
        "WebsiteEndpoint": f"{context.inputs.get('bucket')}.{site}" if site else None,
    }


@step("BucketLoggingStatus")
def _logging(context: Context) -> None:
    """Switches access logs on. moto wants the log bucket's policy first; AWS looks at it only when it delivers."""
    status = context.take("BucketLoggingStatus")
    if not status:
        return
    parameters = {"Bucket": context.take("bucket"), "BucketLoggingStatus": status}
    if context.take("expectedBucketOwner"):
        parameters["ExpectedBucketOwner"] = context.take("expectedBucketOwner")
    try:
        context.call("s3.PutBucketLogging", parameters)
    except Refusal as refusal:
        if "InvalidTargetBucketForLogging" not in str(refusal):
            raise
        context.call("s3.PutBucketLogging", parameters, checked="moto wants the log bucket's policy to exist before")


def _bucket(reshape: Any) -> Spec:
    return Spec(
        create=_create_bucket,
        autoname="bucket",
        lowercase_name=True,
        id="{input.bucket}",
        reshape=reshape,
        then=(*(_inline_call(member, operation) for member, operation in INLINE.items()), _logging),
        outputs={
            "arn": "arn:{partition}:s3:::{input.bucket}",
            "bucketDomainName": "{input.bucket}.s3.amazonaws.com",
            "bucketRegion": "{region}",
            "bucketRegionalDomainName": "{input.bucket}.s3.{region}.amazonaws.com",
        },
        ignored={
            "forceDestroy": "whether the provider empties the bucket before it deletes it",
            "tagsAll": "an output that the SDK also takes",
        },
    )


OWNED_ID = "input.expectedBucketOwner && join(',', [input.bucket, input.expectedBucketOwner]) || input.bucket"
"""Id of a setting: the bucket, with the expected owner when it is given."""

WAITS = {"timeouts": "how long the provider waits"}


def _setting(operation: str, rename: Mapping[str, str] | None = None, **more: Any) -> Spec:
    """Returns the specification of a bucket's setting that is a resource of its own."""
    return Spec(
        create=Call(f"s3.{operation}", rename=rename or {}, checked=NOT_SIMULATED.get(operation, "")),
        id=OWNED_ID,
        autoname="",
        **more,
    )


def _named(operation: str, member: str, *own: str, rename: Mapping[str, str] | None = None, checked: str = "") -> Spec:
    """Returns the specification of a configuration of which a bucket has several, each with a name."""

    def reshape(inputs: dict[str, Any]) -> dict[str, Any]:
        inner = {"Id": inputs.get("name"), **{key: inputs[key] for key in own if key in inputs}}
        if inputs.get("filter"):
            inner["Filter"] = _filter(inputs["filter"], only_prefix=member == "InventoryConfiguration")
        return {"bucket": inputs.get("bucket"), "Id": inputs.get("name"), member: inner}

    return Spec(
        create=Call(
            f"s3.{operation}",
            checked=checked,
            rename={f"{member}.{path}": target for path, target in (rename or {}).items()},
        ),
        id="{input.bucket}:{input.Id}",
        outputs={"name": "{input.Id}"},
        reshape=reshape,
    )


def _filter(chosen: Mapping[str, Any], *, only_prefix: bool) -> dict[str, Any]:
    if only_prefix:
        return {"Prefix": chosen.get("prefix", "")}
    return settings.filter_of(chosen.get("prefix"), chosen.get("tags"), AccessPointArn=chosen.get("accessPoint"))


def _encryption_rules(inputs: dict[str, Any]) -> dict[str, Any]:
    return {**inputs, "rules": [settings.encryption_rule(rule) for rule in inputs.get("rules") or ()]}


def _lifecycle_rules(inputs: dict[str, Any]) -> dict[str, Any]:
    """A rule without a filter applies to every object, which S3 writes as an empty prefix."""
    rules = [
        rule if rule.get("filter") or "prefix" in rule else {**rule, "filter": {"prefix": ""}}
        for rule in inputs.get("rules") or ()
    ]
    return {**inputs, "rules": rules}


def _notification(inputs: dict[str, Any]) -> dict[str, Any]:
    members = {
        "topics": "TopicConfigurations",
        "queues": "QueueConfigurations",
        "lambdaFunctions": "LambdaFunctionConfigurations",
    }
    told = {member: [_target(item) for item in inputs[key]] for key, member in members.items() if inputs.get(key)}
    if inputs.get("eventbridge"):
        told["EventBridgeConfiguration"] = {}  # type: ignore[assignment] # an empty structure switches it on
    return {"bucket": inputs.get("bucket"), "NotificationConfiguration": told}


def _target(item: Mapping[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in item.items() if key not in {"filterPrefix", "filterSuffix"}}
    rules = [
        {"Name": name, "Value": item[f"filter{name}"]} for name in ("Prefix", "Suffix") if item.get(f"filter{name}")
    ]
    return {**kept, "Filter": {"Key": {"FilterRules": rules}}} if rules else kept


def _with_routing_rules(inputs: dict[str, Any]) -> dict[str, Any]:
    """`routingRuleDetails` is a JSON document of what `routingRules` says as a list."""
    details = inputs.get("routingRuleDetails")
    kept = {key: value for key, value in inputs.items() if key != "routingRuleDetails"}
    return {**kept, "routingRules": details} if details else kept


@step("bucket")
def _website_endpoint(context: Context) -> Mapping[str, Any]:
    domain = settings.website_domain(context.place.region)
    return {"WebsiteDomain": domain, "WebsiteEndpoint": f"{context.take('bucket')}.{domain}"}


LIFECYCLE = _setting(
    "PutBucketLifecycleConfiguration",
    {"rules": "LifecycleConfiguration.Rules"},
    reshape=_lifecycle_rules,
    ignored=WAITS,
)
ENCRYPTION = _setting(
    "PutBucketEncryption", {"rules": "ServerSideEncryptionConfiguration.Rules"}, reshape=_encryption_rules
)
LOGGING = Spec(create=_logging, id=OWNED_ID, autoname="", reshape=settings.logging)
CORS = _setting("PutBucketCors", {"corsRules": "CORSConfiguration.CORSRules"})
WEBSITE = _setting(
    "PutBucketWebsite",
    {
        "errorDocument": "WebsiteConfiguration.ErrorDocument",
        "indexDocument": "WebsiteConfiguration.IndexDocument",
        "redirectAllRequestsTo": "WebsiteConfiguration.RedirectAllRequestsTo",
        "routingRules": "WebsiteConfiguration.RoutingRules",
    },
    reshape=_with_routing_rules,
    then=(_website_endpoint,),
)
ACL = _setting("PutBucketAcl")
LOCK = _setting(
    "PutObjectLockConfiguration",
    {"objectLockEnabled": "ObjectLockConfiguration.ObjectLockEnabled", "rule": "ObjectLockConfiguration.Rule"},
    # The provider's default.
    reshape=lambda inputs: {"objectLockEnabled": "Enabled", **inputs},
)
VERSIONING = _setting("PutBucketVersioning")
ACCELERATION = _setting("PutBucketAccelerateConfiguration", {"status": "AccelerateConfiguration.Status"})
PAYMENT = _setting("PutBucketRequestPayment", {"payer": "RequestPaymentConfiguration.Payer"})
PUBLIC_ACCESS = {
    name: f"PublicAccessBlockConfiguration.{name[0].upper()}{name[1:]}"
    for name in ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
}
ALL_FOUR = {
    "BlockPublicAcls": False,
    "BlockPublicPolicy": False,
    "IgnorePublicAcls": False,
    "RestrictPublicBuckets": False,
}

SPECS: Specs = {
    "aws:s3/bucket:Bucket": _bucket(settings.inline),
    "aws:s3/bucketV2:BucketV2": _bucket(lambda inputs: settings.inline(settings.unwrapped(inputs))),
    "aws:s3/bucketPolicy:BucketPolicy": _setting("PutBucketPolicy"),
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": _setting(
        "PutPublicAccessBlock", PUBLIC_ACCESS, ignored={"skipDestroy": "whether the provider leaves the block behind"}
    ),
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": _setting(
        "PutBucketOwnershipControls", {"rule": "OwnershipControls.Rules"}
    ),
    "aws:s3/bucketVersioning:BucketVersioning": VERSIONING,
    "aws:s3/bucketVersioningV2:BucketVersioningV2": VERSIONING,
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": ENCRYPTION,
    "aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2": ENCRYPTION,
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": LIFECYCLE,
    "aws:s3/bucketLifecycleConfigurationV2:BucketLifecycleConfigurationV2": LIFECYCLE,
    "aws:s3/bucketLogging:BucketLogging": LOGGING,
    "aws:s3/bucketLoggingV2:BucketLoggingV2": LOGGING,
    "aws:s3/bucketCorsConfiguration:BucketCorsConfiguration": CORS,
    "aws:s3/bucketCorsConfigurationV2:BucketCorsConfigurationV2": CORS,
    "aws:s3/bucketWebsiteConfiguration:BucketWebsiteConfiguration": WEBSITE,
    "aws:s3/bucketWebsiteConfigurationV2:BucketWebsiteConfigurationV2": WEBSITE,
    "aws:s3/bucketAcl:BucketAcl": ACL,
    "aws:s3/bucketAclV2:BucketAclV2": ACL,
    "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration": LOCK,
    "aws:s3/bucketObjectLockConfigurationV2:BucketObjectLockConfigurationV2": LOCK,
    "aws:s3/bucketAccelerateConfiguration:BucketAccelerateConfiguration": ACCELERATION,
    "aws:s3/bucketAccelerateConfigurationV2:BucketAccelerateConfigurationV2": ACCELERATION,
    "aws:s3/bucketRequestPaymentConfiguration:BucketRequestPaymentConfiguration": PAYMENT,
    "aws:s3/bucketRequestPaymentConfigurationV2:BucketRequestPaymentConfigurationV2": PAYMENT,
    "aws:s3/bucketReplicationConfig:BucketReplicationConfig": Spec(
        create=Call(
            "s3.PutBucketReplication",
            rename={"role": "ReplicationConfiguration.Role", "rules": "ReplicationConfiguration.Rules"},
        ),
        id="{input.bucket}",
        autoname="",
    ),
    "aws:s3/bucketNotification:BucketNotification": Spec(
        create=Call("s3.PutBucketNotificationConfiguration"), id="{input.bucket}", autoname="", reshape=_notification
    ),
    "aws:s3/bucketMetric:BucketMetric": _named(
        "PutBucketMetricsConfiguration",
        "MetricsConfiguration",
        checked="moto takes a metrics configuration for a new bucket",
    ),
    "aws:s3/bucketIntelligentTieringConfiguration:BucketIntelligentTieringConfiguration": _named(
        "PutBucketIntelligentTieringConfiguration",
        "IntelligentTieringConfiguration",
        "status",
        "tierings",
        checked="moto takes a tiering configuration for a new bucket",
    ),
    "aws:s3/analyticsConfiguration:AnalyticsConfiguration": _named(
        "PutBucketAnalyticsConfiguration",
        "AnalyticsConfiguration",
        "storageClassAnalysis",
        checked="moto takes an analytics configuration for a new bucket",
        rename={
            "storageClassAnalysis.dataExport.destination.s3BucketDestination.bucketArn": "Bucket",
        },
    ),
    "aws:s3/inventory:Inventory": _named(
        "PutBucketInventoryConfiguration",
        "InventoryConfiguration",
        "destination",
        "enabled",
        "includedObjectVersions",
        "optionalFields",
        "schedule",
        rename={
            "enabled": "IsEnabled",
            "destination.bucket": "S3BucketDestination",
            "destination.bucket.bucketArn": "Bucket",
        },
    ),
    "aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock": Spec(
        create=Call(
            "s3control.PutPublicAccessBlock",
            rename=PUBLIC_ACCESS,
            constant={"AccountId": "{account}", "PublicAccessBlockConfiguration": ALL_FOUR},
        ),
        id="{request.AccountId}",
        autoname="",
    ),
}
