"""Who did what in the account, kept where nobody can change it.

Not managed here: AWS Config, organisation trails, and data events (reads of objects and items), which cost per event.
"""

import pulumi
import pulumi_aws as aws

from mcp_ops.access.audit_plan import AuditTrailArgs, AuditTrailPlan, plan_audit_trail
from mcp_ops.access.detection import register_detectors
from mcp_ops.access.queries import register_queries
from mcp_ops.access.trail_archive import TrailArchive
from mcp_ops.access.trail_logs import TrailLogs, register_alarms
from mcp_ops.tags import merge_tags

TOKEN = "mcp-ops:index:AuditTrail"  # noqa: S105 - a resource type, not a password


class AuditTrail(pulumi.ComponentResource):
    """A validated trail of every region in a locked archive, with alarms on security events and detectors beside it."""

    trail_arn: pulumi.Output[str]
    """ARN of the trail."""
    bucket_arn: pulumi.Output[str | None]
    """ARN of the archive, unless the trail is somebody else's."""
    key_arn: pulumi.Output[str | None]
    """ARN of the key that encrypts archive and log group, unless the trail is somebody else's."""
    log_group_name: pulumi.Output[str | None]
    """Name of the log group in which the trail can be searched, unless the trail is somebody else's."""

    def __init__(self, name: str, args: AuditTrailArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        plan = plan_audit_trail(name, args)
        super().__init__(TOKEN, name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        # Whoever shows alarms finds them here, by key.
        self.alarms: dict[str, pulumi.Output[str]] = {}
        if plan.existing_trail_arn:
            self.trail_arn = pulumi.Output.from_input(plan.existing_trail_arn)
            self.bucket_arn = self.key_arn = self.log_group_name = pulumi.Output.from_input(None)
        else:
            self._own(name, args, plan, child)
        log_groups = args.get("server_log_groups")
        if log_groups:
            register_queries(name, log_groups, child)
        self.register_outputs({key: getattr(self, key) for key in AuditTrail.__annotations__})

    def _own(self, name: str, args: AuditTrailArgs, plan: AuditTrailPlan, child: pulumi.ResourceOptions) -> None:
        """Registers everything that exists once per account."""
        tags = merge_tags({}, args.get("tags"))
        topic_arn = args["alarm_topic_arn"]
        archive = TrailArchive(name, plan, tags, child)
        logs = TrailLogs(name, plan, archive.key.arn, args.get("permissions_boundary_arn"), tags, child)
        trail = _trail(name, plan, archive, logs, tags, child)
        self.alarms = register_alarms(name, logs.group, topic_arn, tags, child)
        register_detectors(name, plan.detectors, topic_arn, tags, child)
        self.trail_arn = trail.arn
        self.bucket_arn = archive.bucket.arn
        self.key_arn = archive.key.arn
        self.log_group_name = logs.group.name


def _trail(
    name: str,
    plan: AuditTrailPlan,
    archive: TrailArchive,
    logs: TrailLogs,
    tags: dict[str, pulumi.Input[str]],
    child: pulumi.ResourceOptions,
) -> aws.cloudtrail.Trail:
    # CloudTrail checks both ways of delivery when the trail is made.
    options = pulumi.ResourceOptions(
        protect=plan.protect, retain_on_delete=plan.protect, depends_on=[archive.policy, logs.policy]
    )
    return aws.cloudtrail.Trail(
        f"{name}-trail",
        # Key, bucket and role name its ARN in their policies.
        name=plan.trail_name,
        is_multi_region_trail=True,
        include_global_service_events=True,
        enable_log_file_validation=True,
        enable_logging=True,
        s3_bucket_name=archive.bucket.id,
        kms_key_id=archive.key.arn,
        cloud_watch_logs_group_arn=logs.group.arn.apply("{}:*".format),
        cloud_watch_logs_role_arn=logs.role.arn,
        tags=tags,
        opts=pulumi.ResourceOptions.merge(child, options),
    )
