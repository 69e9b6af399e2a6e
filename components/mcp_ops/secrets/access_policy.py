"""Who may read a secret: nobody but those that its policy names, and nobody without TLS."""

from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

from mcp_ops.policies import Statement, document


def register_policy(
    name: str,
    secret_arn: pulumi.Input[str],
    reader_arns: Sequence[pulumi.Input[str]],
    opts: pulumi.ResourceOptions,
) -> aws.secretsmanager.SecretPolicy:
    """Registers the policy of one secret. It grants nothing: a reader's own policy does that."""
    return aws.secretsmanager.SecretPolicy(
        f"{name}-policy",
        secret_arn=secret_arn,
        block_public_policy=True,
        policy=document(
            _deny(
                "OnlyTheseRead",
                "secretsmanager:GetSecretValue",
                {"ArnNotEquals": {"aws:PrincipalArn": list(reader_arns)}},
            ),
            _deny("TlsOnly", "secretsmanager:*", {"Bool": {"aws:SecureTransport": "false"}}),
        ),
        opts=opts,
    )


def _deny(sid: str, action: str, condition: dict[str, dict[str, object]]) -> Statement:
    return {
        "Sid": sid,
        "Effect": "Deny",
        "Principal": "*",
        "Action": action,
        "Resource": "*",
        "Condition": condition,
    }
