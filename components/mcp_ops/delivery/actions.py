"""What a deployment does to AWS, by what binds each action to the environment.

The split follows the Service Authorization Reference; a test compares the two. Left out on purpose: deleting a trail or
a detector, stopping the record, unlocking a vault, reading values of secrets, objects, items and log lines.
"""

from collections.abc import Mapping

OWNED: Mapping[str, str] = {
    "access-analyzer": "DeleteAnalyzer TagResource UntagResource",
    "acm": "DeleteCertificate AddTagsToCertificate RemoveTagsFromCertificate UpdateCertificateOptions",
    "application-autoscaling": (
        "RegisterScalableTarget DeregisterScalableTarget PutScalingPolicy DeleteScalingPolicy "
        "PutScheduledAction DeleteScheduledAction TagResource UntagResource"
    ),
    "application-signals": "UpdateServiceLevelObjective DeleteServiceLevelObjective TagResource UntagResource",
    "backup": (
        "DeleteBackupVault PutBackupVaultAccessPolicy PutBackupVaultLockConfiguration "
        "PutBackupVaultNotifications DeleteBackupVaultNotifications UpdateBackupPlan DeleteBackupPlan "
        "CreateBackupSelection DeleteBackupSelection CreateRestoreTestingPlan UpdateRestoreTestingPlan "
        "DeleteRestoreTestingPlan CreateRestoreTestingSelection UpdateRestoreTestingSelection "
        "DeleteRestoreTestingSelection CreateFramework UpdateFramework DeleteFramework CreateReportPlan "
        "UpdateReportPlan DeleteReportPlan TagResource UntagResource"
    ),
    "budgets": "ModifyBudget TagResource UntagResource",
    "cloudtrail": "UpdateTrail StartLogging PutEventSelectors AddTags RemoveTags",
    "cloudwatch": (
        "PutMetricAlarm PutCompositeAlarm DeleteAlarms PutInsightRule DeleteInsightRules TagResource UntagResource"
    ),
    "cognito-idp": (
        "UpdateUserPool DeleteUserPool CreateUserPoolDomain UpdateUserPoolDomain DeleteUserPoolDomain "
        "CreateResourceServer UpdateResourceServer DeleteResourceServer CreateUserPoolClient "
        "UpdateUserPoolClient DeleteUserPoolClient SetUserPoolMfaConfig TagResource UntagResource"
    ),
    "dynamodb": (
        "UpdateTable DeleteTable UpdateContinuousBackups UpdateTimeToLive TagResource UntagResource "
        "PutResourcePolicy DeleteResourcePolicy"
    ),
    "ec2": (
        "DeleteVpc ModifyVpcAttribute CreateSubnet DeleteSubnet ModifySubnetAttribute DeleteInternetGateway "
        "AttachInternetGateway DetachInternetGateway ReleaseAddress AssociateAddress DisassociateAddress "
        "CreateNatGateway DeleteNatGateway CreateRouteTable DeleteRouteTable AssociateRouteTable "
        "DisassociateRouteTable ReplaceRouteTableAssociation CreateRoute DeleteRoute ReplaceRoute "
        "CreateSecurityGroup DeleteSecurityGroup AuthorizeSecurityGroupIngress AuthorizeSecurityGroupEgress "
        "RevokeSecurityGroupIngress RevokeSecurityGroupEgress ModifySecurityGroupRules CreateVpcEndpoint "
        "ModifyVpcEndpoint DeleteVpcEndpoints CreateFlowLogs DeleteFlowLogs CreateTags DeleteTags"
    ),
    "ecr": (
        "DeleteRepository PutLifecyclePolicy DeleteLifecyclePolicy PutImageScanningConfiguration "
        "PutImageTagMutability SetRepositoryPolicy DeleteRepositoryPolicy TagResource UntagResource "
        "BatchCheckLayerAvailability InitiateLayerUpload UploadLayerPart CompleteLayerUpload PutImage "
        "BatchGetImage GetDownloadUrlForLayer"
    ),
    "ecs": (
        "UpdateCluster UpdateClusterSettings DeleteCluster PutClusterCapacityProviders CreateService "
        "UpdateService DeleteService StopServiceDeployment TagResource UntagResource"
    ),
    "elasticfilesystem": (
        "UpdateFileSystem DeleteFileSystem CreateMountTarget DeleteMountTarget "
        "ModifyMountTargetSecurityGroups CreateAccessPoint DeleteAccessPoint PutBackupPolicy "
        "PutFileSystemPolicy PutLifecycleConfiguration TagResource UntagResource"
    ),
    "elasticloadbalancing": (
        "DeleteLoadBalancer ModifyLoadBalancerAttributes SetSecurityGroups SetSubnets CreateListener "
        "ModifyListener DeleteListener ModifyListenerAttributes CreateRule ModifyRule DeleteRule "
        "SetRulePriorities ModifyTargetGroup ModifyTargetGroupAttributes DeleteTargetGroup "
        "AddListenerCertificates RemoveListenerCertificates AddTags RemoveTags"
    ),
    "events": "PutRule DeleteRule EnableRule DisableRule PutTargets RemoveTargets TagResource UntagResource",
    "guardduty": "UpdateDetector TagResource UntagResource",
    "iam": (
        "DeleteRole UpdateRole UpdateAssumeRolePolicy PutRolePolicy DeleteRolePolicy AttachRolePolicy "
        "DetachRolePolicy TagRole UntagRole CreatePolicyVersion DeletePolicyVersion DeletePolicy TagPolicy "
        "UntagPolicy"
    ),
    "kms": (
        "PutKeyPolicy EnableKeyRotation UpdateKeyDescription ReplicateKey ScheduleKeyDeletion TagResource UntagResource"
    ),
    "lambda": (
        # A secret's first value is made by its rotation function, which a deployment asks for it.
        "InvokeFunction UpdateFunctionCode UpdateFunctionConfiguration DeleteFunction AddPermission RemovePermission "
        "PutFunctionConcurrency DeleteFunctionConcurrency PutFunctionEventInvokeConfig "
        "DeleteFunctionEventInvokeConfig UpdateEventSourceMapping DeleteEventSourceMapping TagResource "
        "UntagResource"
    ),
    "logs": (
        "DeleteLogGroup PutRetentionPolicy DeleteRetentionPolicy AssociateKmsKey DisassociateKmsKey "
        "PutMetricFilter DeleteMetricFilter PutSubscriptionFilter DeleteSubscriptionFilter TagResource "
        "UntagResource"
    ),
    "scheduler": "CreateSchedule UpdateSchedule DeleteSchedule DeleteScheduleGroup TagResource UntagResource",
    "secretsmanager": (
        "UpdateSecret DeleteSecret PutSecretValue RotateSecret CancelRotateSecret PutResourcePolicy "
        "DeleteResourcePolicy ValidateResourcePolicy ReplicateSecretToRegions RemoveRegionsFromReplication "
        "UpdateSecretVersionStage TagResource UntagResource"
    ),
    "securityhub": (
        "EnableSecurityHub UpdateSecurityHubConfiguration BatchEnableStandards BatchDisableStandards "
        "TagResource UntagResource"
    ),
    "servicediscovery": "UpdateHttpNamespace DeleteNamespace",
    "sns": "DeleteTopic SetTopicAttributes Subscribe Unsubscribe SetSubscriptionAttributes TagResource UntagResource",
    "sqs": "DeleteQueue SetQueueAttributes TagQueue UntagQueue",
    "ssm": "PutParameter DeleteParameter AddTagsToResource RemoveTagsFromResource",
    "synthetics": "UpdateCanary DeleteCanary StartCanary StopCanary TagResource UntagResource",
    "wafv2": (
        "UpdateWebACL DeleteWebACL AssociateWebACL PutLoggingConfiguration DeleteLoggingConfiguration "
        "UpdateIPSet DeleteIPSet TagResource UntagResource"
    ),
    "xray": (
        "CreateGroup UpdateGroup DeleteGroup CreateSamplingRule UpdateSamplingRule DeleteSamplingRule "
        "TagResource UntagResource"
    ),
}
"""Actions on what exists, by service, separated by spaces: bound by its tag `Environment`."""

CREATED: Mapping[str, str] = {
    "access-analyzer": "CreateAnalyzer TagResource",
    "acm": "AddTagsToCertificate",
    "application-autoscaling": "RegisterScalableTarget TagResource",
    "application-signals": "TagResource",
    "backup": (
        "CreateBackupVault CreateBackupPlan CreateRestoreTestingPlan CreateFramework CreateReportPlan TagResource"
    ),
    "budgets": "ModifyBudget TagResource",
    "cloudtrail": "CreateTrail AddTags",
    "cloudwatch": "PutMetricAlarm PutCompositeAlarm PutInsightRule TagResource",
    "cognito-idp": "TagResource",
    "dynamodb": "CreateTable TagResource",
    "ec2": (
        "CreateVpc CreateSubnet CreateInternetGateway AllocateAddress CreateNatGateway CreateRouteTable "
        "CreateSecurityGroup CreateVpcEndpoint CreateFlowLogs CreateTags"
    ),
    "ecr": "CreateRepository TagResource",
    "ecs": "CreateCluster RegisterTaskDefinition CreateService TagResource",
    "elasticfilesystem": "CreateAccessPoint TagResource",
    "elasticloadbalancing": "CreateLoadBalancer CreateListener CreateRule CreateTargetGroup AddTags",
    "events": "PutRule TagResource",
    "guardduty": "TagResource",
    "iam": "CreateRole TagRole CreatePolicy TagPolicy",
    "kms": "TagResource",
    "lambda": "CreateFunction TagResource",
    "logs": "CreateLogGroup TagResource",
    "scheduler": "CreateScheduleGroup TagResource",
    "secretsmanager": "CreateSecret TagResource",
    "securityhub": "EnableSecurityHub",
    "sns": "CreateTopic TagResource",
    "sqs": "CreateQueue TagQueue",
    "ssm": "PutParameter AddTagsToResource",
    "synthetics": "TagResource",
    "wafv2": "CreateWebACL CreateIPSet TagResource",
    "xray": "CreateGroup CreateSamplingRule TagResource",
}
"""Actions that make something, by service: bound by the tag `Environment` that it gets."""

CREATED_ANYWHERE = (
    "acm:RequestCertificate",
    "application-signals:CreateServiceLevelObjective",
    "cognito-idp:CreateUserPool",
    "elasticfilesystem:CreateFileSystem",
    "guardduty:CreateDetector",
    "kms:CreateKey",
    "lambda:CreateEventSourceMapping",
    "servicediscovery:CreateHttpNamespace",
    "servicediscovery:CreatePrivateDnsNamespace",
    "servicediscovery:TagResource",
    "synthetics:CreateCanary",
)
"""The same, where AWS takes no resource in a policy."""

UNBOUND = (
    "backup-storage:MountCapsule",
    "backup:UpdateRegionSettings",
    "ecr:GetAuthorizationToken",
    "ecr:PutReplicationConfiguration",
    "ecs:DeregisterTaskDefinition",
    "elasticloadbalancing:SetWebACL",
    "logs:CreateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:DeleteQueryDefinition",
    "logs:PutQueryDefinition",
    "logs:PutResourcePolicy",
    "logs:UpdateLogDelivery",
)
"""Actions that AWS binds to nothing; none of them reads data or changes what another environment runs."""

BUCKETS = (
    "s3:CreateBucket",
    "s3:DeleteBucket",
    "s3:DeleteBucketPolicy",
    "s3:PutBucketLogging",
    "s3:PutBucketNotification",
    "s3:PutBucketObjectLockConfiguration",
    "s3:PutBucketOwnershipControls",
    "s3:PutBucketPolicy",
    "s3:PutBucketPublicAccessBlock",
    "s3:PutBucketTagging",
    "s3:PutBucketVersioning",
    "s3:PutEncryptionConfiguration",
    "s3:PutLifecycleConfiguration",
    "s3:PutReplicationConfiguration",
)
"""Bound by the bucket's name: S3 looks at tags of a bucket only where that has been switched on for it."""

DASHBOARDS = ("cloudwatch:DeleteDashboards", "cloudwatch:PutDashboard")
"""Bound by the dashboard's name: Pulumi's provider gives it no tags."""

ALIASES = ("kms:CreateAlias", "kms:DeleteAlias", "kms:UpdateAlias")
"""Bound by the alias's name; the key beside it is bound by its tag."""

ENCRYPTION = ("kms:CreateGrant", "kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey")
"""What services need of whoever makes something encrypted: only through a service, only with the environment's keys."""

READ = (
    "access-analyzer:Get*", "access-analyzer:List*", "acm:Describe*", "acm:List*", "application-autoscaling:Describe*",
    "application-autoscaling:List*", "application-signals:Get*", "application-signals:List*", "backup:Describe*",
    "backup:GetBackup*", "backup:GetRestoreTesting*", "backup:ListBackupPlans", "backup:ListBackupSelections",
    "backup:ListFrameworks", "backup:ListReportPlans", "backup:ListRestoreTestingPlans", "backup:ListTags",
    "budgets:ListTagsForResource", "budgets:ViewBudget",
    "cloudtrail:Describe*", "cloudtrail:GetEventSelectors", "cloudtrail:GetTrail", "cloudtrail:GetTrailStatus",
    "cloudtrail:ListTags", "cloudwatch:Describe*", "cloudwatch:GetDashboard", "cloudwatch:ListTagsForResource",
    "cognito-idp:Describe*", "cognito-idp:GetUserPoolMfaConfig", "cognito-idp:ListTagsForResource",
    "dynamodb:Describe*", "dynamodb:GetResourcePolicy", "dynamodb:ListTagsOfResource", "ec2:Describe*",
    "ecr:Describe*", "ecr:GetLifecyclePolicy", "ecr:GetRepositoryPolicy", "ecr:ListTagsForResource", "ecs:Describe*",
    "ecs:List*", "elasticfilesystem:Describe*", "elasticfilesystem:ListTagsForResource",
    "elasticloadbalancing:Describe*", "events:Describe*", "events:List*", "guardduty:GetDetector",
    "guardduty:List*", "iam:GetOpenIDConnectProvider", "iam:GetPolicy", "iam:GetPolicyVersion", "iam:GetRole",
    "iam:GetRolePolicy", "iam:ListAttachedRolePolicies", "iam:ListInstanceProfilesForRole",
    "iam:ListOpenIDConnectProviders", "iam:ListPolicyTags", "iam:ListPolicyVersions", "iam:ListRolePolicies",
    "iam:ListRoleTags", "kms:DescribeKey", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus", "kms:List*",
    "lambda:GetFunctionCodeSigningConfig", "lambda:GetFunctionConcurrency", "lambda:GetFunctionConfiguration",
    "lambda:GetFunctionEventInvokeConfig", "lambda:GetPolicy", "lambda:List*", "logs:Describe*",
    "logs:ListTagsForResource", "logs:ListTagsLogGroup", "route53:Get*", "route53:List*", "s3:GetBucket*",
    "s3:GetEncryptionConfiguration", "s3:GetLifecycleConfiguration", "s3:GetReplicationConfiguration",
    "s3:ListBucket", "scheduler:Get*", "scheduler:List*", "secretsmanager:DescribeSecret",
    "secretsmanager:GetResourcePolicy", "secretsmanager:ListSecretVersionIds", "secretsmanager:ListSecrets",
    "securityhub:Describe*", "securityhub:GetEnabledStandards", "servicediscovery:Get*", "servicediscovery:List*",
    "sns:Get*", "sns:List*", "sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:ListQueueTags", "ssm:DescribeParameters",
    "ssm:ListTagsForResource", "sts:GetCallerIdentity", "synthetics:Describe*", "synthetics:GetCanary",
    "synthetics:ListTagsForResource", "tag:GetResources", "wafv2:Get*", "wafv2:List*", "xray:GetGroup*",
    "xray:GetSamplingRules", "xray:ListTagsForResource",
)  # fmt: skip
"""How things are set up; no value of a secret, no object, no item, no log line."""
