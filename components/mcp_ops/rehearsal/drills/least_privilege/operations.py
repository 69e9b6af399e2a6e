"""The documented operations of people (docs/access.md): what each kind of role does, and to what.

Written down a second time on purpose, apart from the policies: the drill compares the two. An action of a policy that
stands in no operation is listed as unused, an operation that no policy allows fails.
"""

from collections.abc import Mapping

ANYTHING = ""
"""For actions that know no resource, or that are allowed on every one."""

Operations = Mapping[str, tuple[str, ...]]
"""Actions by what they are done to: a name in `PLACES`, or `ANYTHING`."""

OBSERVE: Operations = {
    ANYTHING: (
        "acm:DescribeCertificate",
        "acm:ListCertificates",
        "application-autoscaling:DescribeScalableTargets",
        "application-signals:GetServiceLevelObjective",
        "application-signals:ListServiceLevelObjectives",
        "backup:DescribeBackupVault",
        "backup:GetBackupPlan",
        "backup:GetRecoveryPointRestoreMetadata",
        "backup:GetRestoreTestingPlan",
        "backup:GetRestoreTestingSelection",
        "backup:ListBackupJobs",
        "backup:ListBackupPlans",
        "backup:ListBackupVaults",
        "backup:ListRecoveryPointsByBackupVault",
        "backup:ListRecoveryPointsByResource",
        "backup:ListRestoreJobs",
        "backup:ListRestoreJobsByProtectedResource",
        "backup:ListRestoreTestingSelections",
        "backup:ListTags",
        "cloudwatch:DescribeAlarms",
        "cloudwatch:GetMetricData",
        "cloudwatch:ListMetrics",
        "ecr:DescribeImages",
        "ecr:DescribeRepositories",
        "ecs:DescribeServices",
        "ecs:ListTasks",
        "elasticloadbalancing:DescribeTargetHealth",
        "health:DescribeEvents",
        "logs:DescribeLogGroups",
        "logs:StopQuery",
        "route53:GetHostedZone",
        "route53:ListHostedZones",
        "route53:ListResourceRecordSets",
        "servicediscovery:GetNamespace",
        "servicediscovery:ListServices",
        "sns:GetTopicAttributes",
        "sns:ListSubscriptionsByTopic",
        "sns:ListTopics",
        "synthetics:DescribeCanaries",
        "synthetics:GetCanaryRuns",
        "tag:GetResources",
        "wafv2:GetWebACL",
        "wafv2:ListWebACLs",
        "xray:BatchGetTraces",
        "xray:GetTraceSummaries",
    ),
    "log group": (
        "logs:FilterLogEvents",
        "logs:GetLogEvents",
        "logs:GetLogGroupFields",
        "logs:GetLogRecord",
        "logs:GetQueryResults",
        "logs:StartLiveTail",
        "logs:StartQuery",
    ),
}

CONFIGURATION: Operations = {
    ANYTHING: (
        "access-analyzer:GetFinding",
        "access-analyzer:ListFindings",
        "budgets:ViewBudget",
        "cloudtrail:DescribeTrails",
        "cloudtrail:GetEventSelectors",
        "cloudtrail:GetTrail",
        "cloudtrail:GetTrailStatus",
        "cloudtrail:ListTags",
        "cloudtrail:LookupEvents",
        "dynamodb:DescribeContinuousBackups",
        "dynamodb:DescribeTable",
        "dynamodb:ListTables",
        "ec2:DescribeFlowLogs",
        "ec2:DescribeNatGateways",
        "ec2:DescribeNetworkAcls",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeRouteTables",
        "ec2:DescribeSecurityGroupRules",
        "ec2:DescribeSecurityGroups",
        "ec2:DescribeSubnets",
        "ec2:DescribeVpcEndpoints",
        "ec2:DescribeVpcs",
        "events:DescribeRule",
        "events:ListRules",
        "guardduty:GetFindings",
        "guardduty:ListFindings",
        "iam:GetRole",
        "iam:ListRoles",
        "kms:DescribeKey",
        "kms:GetKeyPolicy",
        "kms:GetKeyRotationStatus",
        "kms:ListKeys",
        "lambda:GetFunctionConfiguration",
        "lambda:GetPolicy",
        "lambda:ListFunctions",
        "s3:GetBucketPolicy",
        "s3:GetEncryptionConfiguration",
        "s3:GetLifecycleConfiguration",
        "s3:ListAllMyBuckets",
        "scheduler:GetSchedule",
        "scheduler:ListSchedules",
        "secretsmanager:DescribeSecret",
        "secretsmanager:GetResourcePolicy",
        "secretsmanager:ListSecretVersionIds",
        "secretsmanager:ListSecrets",
        "securityhub:DescribeHub",
        "securityhub:GetFindings",
    ),
}

OPERATE: Operations = {
    "service": ("ecs:UpdateService",),
    "deployment": ("ecs:StopServiceDeployment",),
    "task": ("ecs:StopTask",),
    "scalable target": (
        "application-autoscaling:DeleteScheduledAction",
        "application-autoscaling:PutScheduledAction",
        "application-autoscaling:RegisterScalableTarget",
    ),
}

REPAIR: Operations = {
    "security group": (
        "ec2:AuthorizeSecurityGroupEgress",
        "ec2:AuthorizeSecurityGroupIngress",
        "ec2:RevokeSecurityGroupEgress",
        "ec2:RevokeSecurityGroupIngress",
    ),
    "target group": (
        "elasticloadbalancing:DeregisterTargets",
        "elasticloadbalancing:ModifyTargetGroup",
        "elasticloadbalancing:RegisterTargets",
    ),
    "listener": ("elasticloadbalancing:ModifyListener",),
    "listener rule": ("elasticloadbalancing:ModifyRule",),
    "IP set": ("wafv2:UpdateIPSet",),
    "function": ("lambda:DeleteFunctionConcurrency", "lambda:InvokeFunction", "lambda:PutFunctionConcurrency"),
    "event rule": ("events:DisableRule", "events:EnableRule"),
    "secret": (
        "secretsmanager:CancelRotateSecret",
        "secretsmanager:PutSecretValue",
        "secretsmanager:RestoreSecret",
        "secretsmanager:RotateSecret",
        "secretsmanager:UpdateSecretVersionStage",
    ),
    "key": ("kms:CancelKeyDeletion", "kms:EnableKey"),
    "backup vault": ("backup:StartBackupJob",),
    "recovery point": ("backup:StartRestoreJob",),
    "restoring role": ("iam:PassRole",),
    "quarantined role": ("iam:AttachRolePolicy", "iam:DetachRolePolicy"),
    "topic": ("sns:Publish",),
    "key of topics": ("kms:Decrypt", "kms:GenerateDataKey"),
}

BACKUP_PLANS: Operations = {
    "backup plan": ("backup:DeleteBackupPlan", "backup:DeleteBackupSelection", "backup:UpdateBackupPlan"),
}

DELETE_BACKUPS: Operations = {
    "backup vault": (
        "backup:DeleteBackupVault",
        "backup:DeleteBackupVaultAccessPolicy",
        "backup:PutBackupVaultAccessPolicy",
    ),
    "recovery point": ("backup:DeleteRecoveryPoint", "backup:UpdateRecoveryPointLifecycle"),
}

READ_SECRETS: Operations = {
    "secret": ("secretsmanager:GetSecretValue",),
    "key of secrets": ("kms:Decrypt",),
}

ADMINISTER: Operations = {
    "key": ("kms:DisableKey", "kms:EnableKeyRotation", "kms:PutKeyPolicy", "kms:ScheduleKeyDeletion"),
    "trail": (
        "cloudtrail:DeleteTrail",
        "cloudtrail:PutEventSelectors",
        "cloudtrail:StartLogging",
        "cloudtrail:StopLogging",
        "cloudtrail:UpdateTrail",
    ),
    "whole log group": ("logs:DeleteLogGroup", "logs:PutRetentionPolicy"),
    "secret": ("secretsmanager:DeleteSecret", "secretsmanager:UpdateSecret"),
    "trail file": ("s3:BypassGovernanceRetention", "s3:DeleteObject", "s3:DeleteObjectVersion"),
    "bounded role": ("iam:AttachRolePolicy", "iam:CreateRole", "iam:PutRolePolicy"),
    "role": (
        "iam:DeleteRole",
        "iam:DeleteRolePolicy",
        "iam:DetachRolePolicy",
        "iam:UpdateAssumeRolePolicy",
        "iam:UpdateRole",
    ),
}

READ_TRAIL: Operations = {
    "trail bucket": ("s3:ListBucket",),
    "trail file": ("s3:GetObject", "s3:GetObjectRetention"),
    "trail key": ("kms:Decrypt",),
}

CONTENT: Operations = {
    "table": ("dynamodb:GetItem", "dynamodb:Query", "dynamodb:Scan"),
    "parameter": ("ssm:GetParameter",),
    "function": ("lambda:GetFunction",),
}
"""Stored data and code: nobody reads them."""

ESCALATE: Operations = {
    "user": ("iam:CreateUser", "iam:CreateAccessKey", "iam:CreateLoginProfile", "iam:AttachUserPolicy"),
    "role": (
        "iam:CreateRole",
        "iam:PutRolePolicy",
        "iam:AttachRolePolicy",
        "iam:PutRolePermissionsBoundary",
        "iam:DeleteRolePermissionsBoundary",
        "iam:PassRole",
        "sts:AssumeRole",
    ),
    "boundary": ("iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion", "iam:DeletePolicy"),
    "service": ("ecs:ExecuteCommand", "ecs:DeleteService"),
}
"""Ways to more than was given; without the boundary nobody makes or changes a role."""

MAY: Mapping[str, tuple[Operations, ...]] = {
    "operator": (OBSERVE, OPERATE),
    "auditor": (OBSERVE, CONFIGURATION, READ_TRAIL),
    "emergency": (OBSERVE, CONFIGURATION, OPERATE, REPAIR, BACKUP_PLANS, DELETE_BACKUPS, READ_SECRETS),
    "administrator": (OBSERVE, CONFIGURATION, OPERATE, REPAIR, BACKUP_PLANS, ADMINISTER),
}
"""By kind of role, as the tag `mcp-role` says it."""

MUST_NOT: Mapping[str, tuple[Operations, ...]] = {
    "operator": (CONTENT, READ_SECRETS, ESCALATE, REPAIR, BACKUP_PLANS, DELETE_BACKUPS, ADMINISTER, READ_TRAIL),
    "auditor": (CONTENT, READ_SECRETS, ESCALATE, OPERATE, REPAIR, BACKUP_PLANS, DELETE_BACKUPS, ADMINISTER),
    "emergency": (CONTENT, ESCALATE, ADMINISTER, READ_TRAIL),
    "administrator": (CONTENT, READ_SECRETS, ESCALATE, DELETE_BACKUPS),
}

BOUND_TO_ENVIRONMENT = (OPERATE, REPAIR, BACKUP_PLANS, DELETE_BACKUPS, READ_SECRETS, ADMINISTER)
"""Operations that no role may do to what carries the tag of another environment."""
