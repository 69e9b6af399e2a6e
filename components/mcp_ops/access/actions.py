"""Lists of IAM actions that operator roles may or must not do."""

OBSERVE = (
    "acm:DescribeCertificate",
    "acm:ListCertificates",
    "application-autoscaling:Describe*",
    "application-signals:Get*",
    "application-signals:List*",
    "backup:Describe*",
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
    "cloudwatch:Describe*",
    "cloudwatch:Get*",
    "cloudwatch:List*",
    "ecr:DescribeImages",
    "ecr:DescribeRepositories",
    "ecs:Describe*",
    "ecs:List*",
    "elasticloadbalancing:Describe*",
    "health:Describe*",
    "logs:Describe*",
    # The results of a query belong to whoever started it; the action knows no resource that a policy could name.
    "logs:StopQuery",
    "route53:GetHostedZone",
    "route53:ListHostedZones",
    "route53:ListResourceRecordSets",
    "servicediscovery:Get*",
    "servicediscovery:List*",
    "sns:GetTopicAttributes",
    "sns:ListSubscriptionsByTopic",
    "sns:ListTopics",
    "synthetics:Describe*",
    "synthetics:Get*",
    "tag:GetResources",
    "wafv2:GetWebACL",
    "wafv2:ListWebACLs",
    "xray:BatchGetTraces",
    "xray:GetTraceSummaries",
)
"""States, metrics and names; no content."""

READ_LOGS = (
    "logs:FilterLogEvents",
    "logs:GetLogEvents",
    "logs:GetLogGroupFields",
    "logs:GetLogRecord",
    "logs:GetQueryResults",
    "logs:StartLiveTail",
    "logs:StartQuery",
)

CONFIGURATION = (
    "access-analyzer:Get*",
    "access-analyzer:List*",
    "budgets:ViewBudget",
    "cloudtrail:Describe*",
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
    "events:Describe*",
    "events:List*",
    "guardduty:Get*",
    "guardduty:List*",
    "iam:Get*",
    "iam:List*",
    "kms:DescribeKey",
    "kms:GetKeyPolicy",
    "kms:GetKeyRotationStatus",
    "kms:List*",
    "lambda:GetFunctionConfiguration",
    "lambda:GetPolicy",
    "lambda:ListFunctions",
    "s3:GetBucket*",
    "s3:GetEncryptionConfiguration",
    "s3:GetLifecycleConfiguration",
    "s3:ListAllMyBuckets",
    "scheduler:Get*",
    "scheduler:List*",
    "secretsmanager:DescribeSecret",
    "secretsmanager:GetResourcePolicy",
    "secretsmanager:ListSecretVersionIds",
    "secretsmanager:ListSecrets",
    "securityhub:Describe*",
    "securityhub:Get*",
)
"""How things are set up, and what the detectors found; no secret value, no object, no item."""

SCALE = (
    "application-autoscaling:DeleteScheduledAction",
    "application-autoscaling:PutScheduledAction",
    "application-autoscaling:RegisterScalableTarget",
)

SECURITY_GROUPS = (
    "ec2:AuthorizeSecurityGroupEgress",
    "ec2:AuthorizeSecurityGroupIngress",
    "ec2:RevokeSecurityGroupEgress",
    "ec2:RevokeSecurityGroupIngress",
)

TRAFFIC = (
    "elasticloadbalancing:DeregisterTargets",
    "elasticloadbalancing:ModifyListener",
    "elasticloadbalancing:ModifyRule",
    "elasticloadbalancing:ModifyTargetGroup",
    "elasticloadbalancing:RegisterTargets",
)

FUNCTIONS = ("lambda:DeleteFunctionConcurrency", "lambda:InvokeFunction", "lambda:PutFunctionConcurrency")

SECRETS = (
    "secretsmanager:CancelRotateSecret",
    "secretsmanager:PutSecretValue",
    "secretsmanager:RestoreSecret",
    "secretsmanager:RotateSecret",
    "secretsmanager:UpdateSecretVersionStage",
)
"""Replace a secret; none of them reads one."""

READ_SECRETS = ("secretsmanager:GetSecretValue",)

BACKUP_PLANS = ("backup:DeleteBackupPlan", "backup:DeleteBackupSelection", "backup:UpdateBackupPlan")
"""Decide on backups to come; those that exist stay."""

BACKUPS = (
    *BACKUP_PLANS,
    "backup:DeleteBackupVault",
    "backup:DeleteBackupVaultAccessPolicy",
    "backup:DeleteRecoveryPoint",
    "backup:PutBackupVaultAccessPolicy",
    "backup:UpdateRecoveryPointLifecycle",
)

KEYS = ("kms:DisableKey", "kms:EnableKeyRotation", "kms:PutKeyPolicy", "kms:ScheduleKeyDeletion")

TRAILS = (
    "cloudtrail:DeleteTrail",
    "cloudtrail:PutEventSelectors",
    "cloudtrail:StartLogging",
    "cloudtrail:StopLogging",
    "cloudtrail:UpdateTrail",
)

LOCKED_OBJECTS = ("s3:BypassGovernanceRetention", "s3:DeleteObject", "s3:DeleteObjectVersion")
"""What it takes to delete an object that is locked in governance mode; in compliance mode nothing does."""

BOUNDED_ROLES = ("iam:AttachRolePolicy", "iam:CreateRole", "iam:PutRolePolicy")
"""Only with the boundary."""

ROLES = (
    "iam:DeleteRole",
    "iam:DeleteRolePolicy",
    "iam:DetachRolePolicy",
    "iam:UpdateAssumeRolePolicy",
    "iam:UpdateRole",
)

EVIDENCE = (
    *BACKUPS,
    "backup:DeleteBackupVaultLockConfiguration",
    "backup:DisassociateRecoveryPoint",
    "cloudtrail:DeleteTrail",
    "cloudtrail:PutEventSelectors",
    "cloudtrail:StopLogging",
    "cloudtrail:UpdateTrail",
    "dynamodb:DeleteBackup",
    "ec2:DeleteFlowLogs",
    "ec2:DeleteSnapshot",
    "guardduty:DeleteDetector",
    "kms:DisableKey",
    "kms:PutKeyPolicy",
    "kms:ScheduleKeyDeletion",
    "logs:DeleteLogGroup",
    "logs:DeleteLogStream",
    "logs:PutRetentionPolicy",
    "rds:DeleteDBSnapshot",
    *LOCKED_OBJECTS,
    "s3:DeleteBucket",
    "s3:PutBucketObjectLockConfiguration",
    "s3:PutLifecycleConfiguration",
)
"""Deletes or silences backups, trails, logs or keys: denied to everybody below administrator."""

EVIDENCE_IN_EMERGENCIES = tuple(action for action in EVIDENCE if action not in BACKUPS)
"""What of it is denied in an emergency as well. Backups are not: the policy of their vault admits that role alone."""

CONTENT = (
    "dynamodb:BatchGetItem",
    "dynamodb:GetItem",
    "dynamodb:GetRecords",
    "dynamodb:PartiQLSelect",
    "dynamodb:Query",
    "dynamodb:Scan",
    "lambda:GetFunction",
    "secretsmanager:BatchGetSecretValue",
    "secretsmanager:GetSecretValue",
    "ssm:GetParameter",
    "ssm:GetParameterHistory",
    "ssm:GetParameters",
    "ssm:GetParametersByPath",
)
"""Secret values and stored data, whatever a later policy may grant."""

CONTENT_IN_EMERGENCIES = tuple(action for action in CONTENT if action not in READ_SECRETS)
"""What of it is denied in an emergency as well. A secret is not: its own policy names that role among its readers."""
