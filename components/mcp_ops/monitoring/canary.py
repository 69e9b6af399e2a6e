"""The probe as CloudWatch Synthetics canaries: the same code, AWS's own pages about runs."""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
import pulumi_aws as aws

from mcp_ops import buckets
from mcp_ops.arns import arn
from mcp_ops.functions import KIT, code_of
from mcp_ops.monitoring.probe_plan import ProbeArgs, ProbePlan
from mcp_ops.monitoring.room_functions import FOLDER
from mcp_ops.policies import Statement, allow, document
from mcp_ops.tags import merge_tags

RUNTIME = "syn-python-selenium-7.0"
"""Runtime of the canaries; the browser in it is not used."""

KEPT_DAYS = 30
"""Days that results and artifacts of runs are kept."""

HANDLER = '''"""Runs the probe as a canary."""

import json

from observe import probe

PAYLOAD = json.loads({payload!r})


def handler(_event, context):
    for found in probe.handle(PAYLOAD, context)["probes"]:
        if not found["success"]:
            raise AssertionError(found["reason"])
'''


def register_canaries(
    name: str, args: ProbeArgs, plan: ProbePlan, statements: Sequence[Statement], child: pulumi.ResourceOptions
) -> None:
    """Registers a canary per server, with one role, and one bucket for the code and for what runs leave behind."""
    parts = _Parts(name, args, plan, child)
    parts.register_role(statements)
    for target in plan.targets:
        parts.register_canary(target)


def code_of_canary(payload: str) -> pulumi.AssetArchive:
    """Returns the upload: the package of the probe below `python/`, and a handler that knows its target."""
    files = {f"python/{path}": asset for path, asset in code_of(str(FOLDER / "observe"), KIT).assets.items()}
    files["python/canary.py"] = pulumi.StringAsset(HANDLER.format(payload=payload))
    return pulumi.AssetArchive(files)


class _Parts:
    """Registers the resources of planned canaries, concern by concern."""

    def __init__(self, name: str, args: ProbeArgs, plan: ProbePlan, child: pulumi.ResourceOptions) -> None:
        self.name, self.args, self.plan, self.child = name, args, plan, child
        self.tags = merge_tags({}, args.get("tags"))
        # What is in the bucket is about runs that are over; deleting the canaries takes it along.
        self.bucket = aws.s3.Bucket(f"{name}-canaries", force_destroy=True, tags=self.tags, opts=child)
        private = buckets.lock_down(f"{name}-canaries", self.bucket, child)
        buckets.put_policy(f"{name}-canaries", self.bucket, [], private, child)
        buckets.expire(f"{name}-canaries", self.bucket, KEPT_DAYS, child, versioned=False)
        self.role = aws.iam.Role(
            f"{name}-canaries",
            description=f"Runs the canaries of {name}",
            assume_role_policy=document(
                {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
            ),
            permissions_boundary=args.get("permissions_boundary_arn"),
            tags=self.tags,
            opts=child,
        )

    def register_role(self, statements: Sequence[Statement]) -> None:
        """Registers what the canaries may do: what the probe may, and what Synthetics needs."""
        logs = arn("logs", self.plan.region, self.plan.account_id, "log-group:/aws/lambda/cwsyn-*")
        namespace = {"StringEquals": {"cloudwatch:namespace": "CloudWatchSynthetics"}}
        own = [
            allow("Artifacts", ["s3:PutObject"], pulumi.Output.concat(self.bucket.arn, "/runs/*")),
            allow("Code", ["s3:GetObject"], pulumi.Output.concat(self.bucket.arn, "/code/*")),
            allow("ArtifactBucket", ["s3:GetBucketLocation"], self.bucket.arn),
            allow("Logs", ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"], logs),
            # Metrics know no resource but the namespace as a condition; listing buckets knows none at all.
            allow("Metrics", ["cloudwatch:PutMetricData"], "*", namespace),
            allow("ListBuckets", ["s3:ListAllMyBuckets"], "*"),
        ]
        policy = document(*own, *statements)
        aws.iam.RolePolicy(f"{self.name}-canaries-policy", role=self.role.name, policy=policy, opts=self.child)

    def register_canary(self, target: Mapping[str, Any]) -> None:
        """Registers the canary of one server."""
        server = target["server"]
        payload = pulumi.Output.json_dumps({"environment": self.plan.environment, "targets": [target]})
        code = aws.s3.BucketObjectv2(
            f"{self.name}-canary-{server}-code",
            bucket=self.bucket.id,
            key=f"code/{server}.zip",
            source=payload.apply(code_of_canary),
            opts=self.child,
        )
        aws.synthetics.Canary(
            f"{self.name}-{server}",
            # People look it up.
            name=f"{self.plan.environment}-{server}",
            artifact_s3_location=pulumi.Output.concat("s3://", self.bucket.bucket, "/runs/", server),
            execution_role_arn=self.role.arn,
            handler="canary.handler",
            runtime_version=RUNTIME,
            s3_bucket=self.bucket.bucket,
            s3_key=code.key,
            schedule=aws.synthetics.CanaryScheduleArgs(expression=self.plan.rate),
            run_config=aws.synthetics.CanaryRunConfigArgs(timeout_in_seconds=55),
            start_canary=True,
            delete_lambda=True,
            success_retention_period=KEPT_DAYS,
            failure_retention_period=KEPT_DAYS,
            vpc_config=self._network(),
            tags=self.tags,
            opts=self.child,
        )

    def _network(self) -> aws.synthetics.CanaryVpcConfigArgs | None:
        if "subnet_ids" not in self.args:
            return None
        return aws.synthetics.CanaryVpcConfigArgs(
            subnet_ids=self.args["subnet_ids"], security_group_ids=self.args.get("security_group_ids")
        )
