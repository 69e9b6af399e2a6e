"""Amazon CloudWatch Synthetics."""

from typing import Any

import pulumi

from mcp_ops.rehearsal.simulator.spec import Call, Spec, Specs
from mcp_ops.rehearsal.simulator.values import nested, without

CODE = {"handler": "Handler", "s3Bucket": "S3Bucket", "s3Key": "S3Key", "s3Version": "S3Version", "zipFile": "ZipFile"}


def _canary(inputs: dict[str, Any]) -> dict[str, Any]:
    """`zipFile` is the path of a file; the network of a function is not given but found."""
    changed = nested(inputs, "vpcConfig", lambda value: without(value, "vpcId"))
    return nested(changed, "zipFile", pulumi.FileAsset)


SPECS: Specs = {
    "aws:synthetics/canary:Canary": Spec(
        create=Call(
            "synthetics.CreateCanary",
            rename={
                **{name: f"Code.{member}" for name, member in CODE.items()},
                "failureRetentionPeriod": "FailureRetentionPeriodInDays",
                "successRetentionPeriod": "SuccessRetentionPeriodInDays",
                "runConfig.memoryInMb": "MemoryInMB",
            },
        ),
        id="{input.name}",
        reshape=_canary,
        outputs={
            "arn": "arn:{partition}:synthetics:{region}:{account}:canary:{input.name}",
            "engineArn": "arn:{partition}:lambda:{region}:{account}:function:cwsyn-{input.name}-{Canary.Id}:1",
            "sourceLocationArn": "arn:{partition}:lambda:{region}:{account}:layer:cwsyn-{input.name}-{Canary.Id}:1",
            "status": "'READY'",
        },
        ignored={
            "deleteLambda": "how the provider deletes it",
            "startCanary": "whether the provider starts it at once",
        },
    ),
}
