"""The role under which AWS Backup works: whether it can be taken, and whether it may use the keys of a job."""

from botocore.exceptions import ClientError

from mcp_ops.rehearsal.simulator.authorization.enforcer import SessionSettings
from mcp_ops.rehearsal.simulator.authorization.request import account_of, service
from mcp_ops.rehearsal.simulator.cloud import Cloud

BACKUP = service("backup.amazonaws.com")


def refusal(cloud: Cloud, role_arn: str, key_arns: set[str], region: str) -> str:
    """Returns why AWS Backup cannot do a job under a role; empty when it can.

    IAM is asked whether the role lets the service in, and for the keys; AWS's managed policies are taken to allow the
    rest.
    """
    try:
        session = cloud.as_role(role_arn, SessionSettings(session_name="AWSBackup", taken_by=BACKUP))
        keys = session.client("kms", region)
        for key in sorted(key_arns):
            if account_of(key) == account_of(role_arn):
                keys.decrypt(CiphertextBlob=keys.generate_data_key(KeyId=key, NumberOfBytes=32)["CiphertextBlob"])
    except ClientError as error:
        told = error.response["Error"]
        return f"{told['Code']}: {told['Message']}"
    return ""
