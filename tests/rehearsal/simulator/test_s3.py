from collections.abc import Callable
from typing import Any

import pulumi
import pytest

from mcp_ops.rehearsal.simulator.errors import Refusal
from mcp_ops.rehearsal.simulator.places import Place

Create = Callable[..., Any]
Client = Callable[[str], Any]


def test_a_bucket_gets_a_name_in_lower_case_and_its_addresses(create: Create, client: Client) -> None:
    made = create("aws:s3/bucket:Bucket", "Site-Content")
    assert made.id.startswith("site-content-")
    assert made.outputs["arn"] == f"arn:aws:s3:::{made.id}"
    assert made.outputs["bucketRegionalDomainName"] == f"{made.id}.s3.eu-central-1.amazonaws.com"
    assert made.outputs["hostedZoneId"] == "Z21DNDUVLTQW6Q"
    assert client("s3").get_bucket_location(Bucket=made.id)["LocationConstraint"] == "eu-central-1"


def test_us_east_1_is_not_named_as_a_location(create: Create) -> None:
    made = create("aws:s3/bucket:Bucket", "east", Place("123456789012", "us-east-1"), bucket="in-the-east")
    assert made.outputs["region"] == "us-east-1"


def test_inline_settings_of_a_bucket_are_set(create: Create, client: Client) -> None:
    made = create(
        "aws:s3/bucket:Bucket",
        bucket="inline",
        versioning={"enabled": True},
        serverSideEncryptionConfiguration={
            "rule": {"applyServerSideEncryptionByDefault": {"sseAlgorithm": "aws:kms"}, "bucketKeyEnabled": True}
        },
        lifecycleRules=[
            {
                "id": "old",
                "enabled": True,
                "prefix": "logs/",
                "expiration": {"days": 30},
                "noncurrentVersionExpiration": {"days": 7},
            }
        ],
        website={"indexDocument": "index.html", "errorDocument": "404.html"},
        corsRules=[{"allowedMethods": ["GET"], "allowedOrigins": ["*"]}],
        tags={"owner": "web"},
        forceDestroy=True,
    )
    s3 = client("s3")
    assert s3.get_bucket_versioning(Bucket="inline")["Status"] == "Enabled"
    encryption = s3.get_bucket_encryption(Bucket="inline")["ServerSideEncryptionConfiguration"]["Rules"][0]
    assert encryption["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
    rule = s3.get_bucket_lifecycle_configuration(Bucket="inline")["Rules"][0]
    assert (rule["Expiration"]["Days"], rule["NoncurrentVersionExpiration"]["NoncurrentDays"]) == (30, 7)
    assert s3.get_bucket_website(Bucket="inline")["ErrorDocument"]["Key"] == "404.html"
    assert s3.get_bucket_tagging(Bucket="inline")["TagSet"] == [{"Key": "owner", "Value": "web"}]
    assert made.outputs["websiteEndpoint"] == "inline.s3-website.eu-central-1.amazonaws.com"


def test_the_older_form_of_a_bucket_says_the_same_in_lists(create: Create, client: Client) -> None:
    create(
        "aws:s3/bucketV2:BucketV2",
        bucket="older",
        versionings=[{"enabled": True}],
        serverSideEncryptionConfigurations=[
            {"rules": [{"applyServerSideEncryptionByDefaults": [{"sseAlgorithm": "AES256"}]}]}
        ],
    )
    assert client("s3").get_bucket_versioning(Bucket="older")["Status"] == "Enabled"


def test_settings_that_are_resources_of_their_own(create: Create, client: Client) -> None:
    create("aws:s3/bucket:Bucket", bucket="settings")
    create("aws:s3/bucket:Bucket", bucket="settings-logs")
    for kind, inputs in {
        "bucketVersioning:BucketVersioning": {"versioningConfiguration": {"status": "Enabled"}},
        "bucketPublicAccessBlock:BucketPublicAccessBlock": {"blockPublicAcls": True, "blockPublicPolicy": True},
        "bucketOwnershipControls:BucketOwnershipControls": {"rule": {"objectOwnership": "BucketOwnerEnforced"}},
        "bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": {
            "rules": [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}}]
        },
        "bucketLifecycleConfiguration:BucketLifecycleConfiguration": {
            "rules": [
                {
                    "id": "all",
                    "status": "Enabled",
                    "expiration": {"days": 90},
                    "abortIncompleteMultipartUpload": {"daysAfterInitiation": 7},
                }
            ]
        },
        "bucketLogging:BucketLogging": {"targetBucket": "settings-logs", "targetPrefix": "s3/"},
        "bucketCorsConfiguration:BucketCorsConfiguration": {
            "corsRules": [{"allowedMethods": ["GET"], "allowedOrigins": ["*"]}]
        },
        "bucketNotification:BucketNotification": {"eventbridge": True},
        "bucketMetric:BucketMetric": {"name": "all"},
        "bucketPolicy:BucketPolicy": {"policy": {"Version": "2012-10-17", "Statement": []}},
    }.items():
        made = create(f"aws:s3/{kind}", bucket="settings", **inputs)
        assert made.id.startswith("settings"), kind
    s3 = client("s3")
    assert s3.get_public_access_block(Bucket="settings")["PublicAccessBlockConfiguration"]["BlockPublicAcls"] is True
    assert s3.get_bucket_lifecycle_configuration(Bucket="settings")["Rules"][0]["Filter"] == {"Prefix": ""}
    assert (
        s3.get_bucket_ownership_controls(Bucket="settings")["OwnershipControls"]["Rules"][0]["ObjectOwnership"]
        == "BucketOwnerEnforced"
    )


def test_object_lock_needs_its_setting(create: Create, client: Client) -> None:
    create("aws:s3/bucket:Bucket", bucket="locked", objectLockEnabled=True)
    create(
        "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration",
        bucket="locked",
        rule={"defaultRetention": {"mode": "COMPLIANCE", "days": 35}},
    )
    kept = client("s3").get_object_lock_configuration(Bucket="locked")["ObjectLockConfiguration"]
    assert (kept["Rule"]["DefaultRetention"]["Mode"], kept["Rule"]["DefaultRetention"]["Days"]) == ("COMPLIANCE", 35)


def test_an_object_is_uploaded_from_text_and_from_a_file(create: Create, client: Client) -> None:
    create("aws:s3/bucket:Bucket", bucket="objects")
    made = create(
        "aws:s3/bucketObjectv2:BucketObjectv2", bucket="objects", key="a/b.txt", content="hello", tags={"kind": "text"}
    )
    create(
        "aws:s3/bucketObject:BucketObject",
        bucket="objects",
        key="c.html",
        source=pulumi.StringAsset("<p>"),
        contentType="text/html",
    )
    s3 = client("s3")
    assert s3.get_object(Bucket="objects", Key="a/b.txt")["Body"].read() == b"hello"
    assert s3.get_object(Bucket="objects", Key="c.html")["ContentType"] == "text/html"
    assert made.outputs["etag"] == "5d41402abc4b2a76b9719d911017c592"
    assert made.outputs["arn"] == "arn:aws:s3:::objects/a/b.txt"


@pytest.mark.parametrize(
    ("type_", "inputs", "told"),
    [
        ("bucket:Bucket", {"bucket": "Upper_Case"}, "InvalidBucketName"),
        (
            "bucketVersioning:BucketVersioning",
            {"bucket": "absent", "versioningConfiguration": {"status": "Enabled"}},
            "NoSuchBucket",
        ),
        (
            "bucketVersioning:BucketVersioning",
            {"bucket": "absent", "versioningConfiguration": {"status": "On"}},
            "'On' is none of Enabled",
        ),
        ("bucketAcl:BucketAcl", {"bucket": "absent", "acl": "public"}, "'public' is none of private"),
    ],
)
def test_what_s3_refuses(create: Create, type_: str, inputs: dict[str, Any], told: str) -> None:
    with pytest.raises(Refusal, match=told):
        create(f"aws:s3/{type_}", **inputs)
