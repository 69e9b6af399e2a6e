"""What each operator role may do. Changes are bound to the environment's tag, and to names where a service has them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pulumi

from mcp_ops.access import actions
from mcp_ops.arns import arn, iam_arn, partition
from mcp_ops.policies import Statement, allow, deny


@dataclass(frozen=True)
class Reach:
    """What the roles of one environment can reach."""

    environment: str
    account_id: str
    region: str
    log_group_prefix: str
    cluster_name: pulumi.Input[str]
    boundary_arn: pulumi.Input[str]
    trail_bucket_arn: pulumi.Input[str] | None
    trail_key_arn: pulumi.Input[str] | None
    restore_role_arns: Sequence[pulumi.Input[str]]

    def regional(self, service: str, *resources: str) -> list[pulumi.Input[str]]:
        """Returns the ARNs of resources in the region."""
        return [arn(service, self.region, self.account_id, resource) for resource in resources]

    def tagged(self, sid: str, verbs: Sequence[str], resources: Sequence[pulumi.Input[str]]) -> Statement:
        """Allows `verbs` on those of `resources` that carry the environment's tag."""
        return allow(sid, verbs, resources, {"StringEquals": self._own})

    def keys(self, sid: str, verbs: Sequence[str], service: str) -> Statement:
        """Allows `verbs` with the environment's keys, for calls that `service` makes in the role's name."""
        via = {**self._own, "kms:ViaService": f"{service}.{self.region}.amazonaws.com"}
        return allow(sid, verbs, self.regional("kms", "key/*"), {"StringEquals": via})

    @property
    def _own(self) -> dict[str, object]:
        return {"aws:ResourceTag/Environment": self.environment}

    @property
    def logs(self) -> list[pulumi.Input[str]]:
        """The environment's log groups and their streams."""
        groups = f"log-group:{self.log_group_prefix.rstrip('/')}/*"
        return self.regional("logs", groups)

    @property
    def trail_objects(self) -> list[pulumi.Input[str]]:
        """Everything in the trail's bucket."""
        if self.trail_bucket_arn is None:
            return []
        return [pulumi.Output.from_input(self.trail_bucket_arn).apply("{}/*".format)]


def operator(reach: Reach) -> Iterable[Statement]:
    """Restarts, scales and rolls back; reads logs, metrics and states."""
    yield from _observe(reach)
    yield from _operate(reach)
    yield deny("KeepEvidence", actions.EVIDENCE)
    yield deny("NoSecretsNoData", actions.CONTENT)


def auditor(reach: Reach) -> Iterable[Statement]:
    """Reads configuration, logs and the trail; no secret, no data, no change."""
    yield from _observe(reach)
    yield allow("ReadConfiguration", actions.CONFIGURATION, "*")
    if reach.trail_bucket_arn is not None:
        yield allow("ListTrail", ["s3:ListBucket"], reach.trail_bucket_arn)
        yield allow("ReadTrail", ["s3:GetObject", "s3:GetObjectRetention"], reach.trail_objects)
    if reach.trail_key_arn is not None:
        via = {"StringEquals": {"kms:ViaService": f"s3.{reach.region}.amazonaws.com"}}
        yield allow("DecryptTrail", ["kms:Decrypt"], reach.trail_key_arn, via)
    yield deny("KeepEvidence", actions.EVIDENCE)
    yield deny("NoSecretsNoData", actions.CONTENT)
    yield _except("NoOtherObjects", ["s3:GetObject", "s3:GetObjectVersion"], reach.trail_objects)
    yield _except("NoOtherKeys", ["kms:Decrypt"], [] if reach.trail_key_arn is None else [reach.trail_key_arn])


def emergency(reach: Reach) -> Iterable[Statement]:
    """Contains and repairs: traffic, tasks, functions, secrets, restores, keys. Deletes no trail and reads no data.

    It alone reads secrets and deletes backups.
    """
    yield from _observe(reach)
    yield allow("ReadConfiguration", actions.CONFIGURATION, "*")
    yield from _operate(reach)
    yield from _repair(reach)
    yield from _break_the_glass(reach)
    yield deny("KeepEvidence", actions.EVIDENCE_IN_EMERGENCIES)
    yield deny("NoData", actions.CONTENT_IN_EMERGENCIES)


def administrator(reach: Reach) -> Iterable[Statement]:
    """What operators may, repairs, and what nobody else may: backup plans, trails, keys, secrets and roles."""
    yield from _observe(reach)
    yield allow("ReadConfiguration", actions.CONFIGURATION, "*")
    yield from _operate(reach)
    yield from _repair(reach)
    yield from _administer(reach)


def _observe(reach: Reach) -> Iterable[Statement]:
    yield allow("Observe", actions.OBSERVE, "*")
    yield allow("ReadLogs", actions.READ_LOGS, reach.logs)


def _operate(reach: Reach) -> Iterable[Statement]:
    def in_cluster(kind: str) -> pulumi.Output[str]:
        (whole,) = reach.regional("ecs", kind)
        return pulumi.Output.concat(whole, "/", reach.cluster_name, "/*")

    yield reach.tagged("RestartScaleRollBack", ["ecs:UpdateService"], [in_cluster("service")])
    # A deployment carries no tags; its cluster's name is part of its ARN.
    yield allow("StopDeployments", ["ecs:StopServiceDeployment"], [in_cluster("service-deployment")])
    yield reach.tagged("StopTasks", ["ecs:StopTask"], [in_cluster("task")])
    yield reach.tagged("Scale", actions.SCALE, reach.regional("application-autoscaling", "scalable-target/*"))


def _repair(reach: Reach) -> Iterable[Statement]:
    yield reach.tagged("RepairSecurityGroups", actions.SECURITY_GROUPS, reach.regional("ec2", "security-group/*"))
    balancing = ("listener/app/*", "listener-rule/app/*", "targetgroup/*")
    yield reach.tagged("RepairTraffic", actions.TRAFFIC, reach.regional("elasticloadbalancing", *balancing))
    yield reach.tagged("Block", ["wafv2:UpdateIPSet"], reach.regional("wafv2", "regional/ipset/*"))
    yield reach.tagged("Functions", actions.FUNCTIONS, reach.regional("lambda", "function:*"))
    yield reach.tagged("Schedules", ["events:DisableRule", "events:EnableRule"], reach.regional("events", "rule/*"))
    yield reach.tagged("Secrets", actions.SECRETS, reach.regional("secretsmanager", "secret:*"))
    yield reach.tagged("SaveKeys", ["kms:CancelKeyDeletion", "kms:EnableKey"], reach.regional("kms", "key/*"))
    yield reach.tagged("BackUp", ["backup:StartBackupJob"], reach.regional("backup", "backup-vault:*"))
    yield reach.tagged("Restore", ["backup:StartRestoreJob"], reach.regional("backup", "recovery-point:*"))
    yield reach.tagged("Tell", ["sns:Publish"], reach.regional("sns", "*"))
    yield reach.keys("TellEncrypted", ["kms:Decrypt", "kms:GenerateDataKey"], "sns")
    if reach.restore_role_arns:
        to_backup = {"StringEquals": {"iam:PassedToService": "backup.amazonaws.com"}}
        yield allow("RestoreAs", ["iam:PassRole"], reach.restore_role_arns, to_backup)
    # Takes every permission from a role that is in the wrong hands, and gives it back.
    deny_all = f"arn:{partition(reach.region)}:iam::aws:policy/AWSDenyAll"
    roles = iam_arn(reach.region, reach.account_id, "role/*")
    quarantine = ["iam:AttachRolePolicy", "iam:DetachRolePolicy"]
    yield allow("Quarantine", quarantine, roles, {"ArnEquals": {"iam:PolicyARN": deny_all}})


def _break_the_glass(reach: Reach) -> Iterable[Statement]:
    # As far as the policy and the lock of their vault let it.
    backups = ("backup-vault:*", "backup-plan:*", "recovery-point:*")
    yield reach.tagged("Backups", actions.BACKUPS, reach.regional("backup", *backups))
    # As far as the policy of each secret names the role.
    yield reach.tagged("ReadSecrets", actions.READ_SECRETS, reach.regional("secretsmanager", "secret:*"))
    yield reach.keys("DecryptSecrets", ["kms:Decrypt"], "secretsmanager")


def _administer(reach: Reach) -> Iterable[Statement]:
    yield reach.tagged("BackupPlans", actions.BACKUP_PLANS, reach.regional("backup", "backup-plan:*"))
    yield reach.tagged("Keys", actions.KEYS, reach.regional("kms", "key/*"))
    yield reach.tagged("Trails", actions.TRAILS, reach.regional("cloudtrail", "trail/*"))
    yield allow("LogGroups", ["logs:DeleteLogGroup", "logs:PutRetentionPolicy"], reach.logs)
    yield reach.tagged(
        "DeleteSecrets",
        ["secretsmanager:DeleteSecret", "secretsmanager:UpdateSecret"],
        reach.regional("secretsmanager", "secret:*"),
    )
    if reach.trail_objects:
        yield allow("DeleteTrailObjects", actions.LOCKED_OBJECTS, reach.trail_objects)
    roles = iam_arn(reach.region, reach.account_id, "role/*")
    bounded = {"StringEquals": {"iam:PermissionsBoundary": reach.boundary_arn}}
    yield allow("BoundedRoles", actions.BOUNDED_ROLES, roles, bounded)
    yield reach.tagged("Roles", actions.ROLES, [roles])


def _except(sid: str, verbs: Sequence[str], spared: Sequence[pulumi.Input[str]]) -> Statement:
    """Denies `verbs` on everything but `spared`."""
    if not spared:
        return deny(sid, verbs)
    return {"Sid": sid, "Effect": "Deny", "Action": list(verbs), "NotResource": list(spared)}
