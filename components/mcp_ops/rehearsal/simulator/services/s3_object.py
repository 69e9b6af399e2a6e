"""Amazon S3: objects."""

import base64
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from mcp_ops.rehearsal.simulator.context import Context
from mcp_ops.rehearsal.simulator.spec import Call, Spec, Specs, step


def _object(inputs: dict[str, Any]) -> dict[str, Any]:
    kept = {key: value for key, value in inputs.items() if key not in {"content", "contentBase64", "source", "tags"}}
    for key, read in (("source", lambda value: value), ("content", str.encode), ("contentBase64", base64.b64decode)):
        if inputs.get(key) is not None:
            kept["Body"] = read(inputs[key])
    if inputs.get("tags"):
        kept["Tagging"] = urlencode(inputs["tags"])
    return kept


OBJECT_IGNORED = {
    "etag": "tells the provider that the content changed",
    "forceDestroy": "whether the provider deletes every version",
    "overrideProvider": "whether the provider's default tags apply",
    "sourceHash": "tells the provider that the source changed",
}


@step()
def _etag(context: Context) -> Mapping[str, Any]:
    return {"etag": str(context.find("ETag") or "").strip('"')}


PUT_OBJECT = Spec(
    create=Call(
        "s3.PutObject",
        rename={"kmsKeyId": "SSEKMSKeyId", "websiteRedirect": "WebsiteRedirectLocation"},
        constant={"ContentType": "application/octet-stream"},
    ),
    id="{input.key}",
    autoname="",
    reshape=_object,
    then=(_etag,),
    outputs={"arn": "arn:{partition}:s3:::{input.bucket}/{input.key}", "etag": "etag"},
    ignored=OBJECT_IGNORED,
)


SPECS: Specs = {
    "aws:s3/bucketObject:BucketObject": PUT_OBJECT,
    "aws:s3/bucketObjectv2:BucketObjectv2": PUT_OBJECT,
}
