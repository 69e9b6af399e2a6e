"""The keys of a store: one for its secrets, its copies in other regions, and one that signs requests to hooks."""

from collections.abc import Mapping

import pulumi
import pulumi_aws as aws

from mcp_ops.arns import iam_arn
from mcp_ops.policies import account_decides, document
from mcp_ops.secrets.store_plan import SecretStorePlan


class StoreKeys:
    """Registers the keys. About 1 USD a month each, 3 USD from the second yearly rotation on."""

    def __init__(
        self,
        name: str,
        plan: SecretStorePlan,
        tags: Mapping[str, pulumi.Input[str]],
        stateful: pulumi.ResourceOptions,
    ) -> None:
        policy = document(account_decides(iam_arn(plan.region, plan.account_id, "root")))
        key = aws.kms.Key(
            f"{name}-secrets",
            description=f"{name}: secrets",
            enable_key_rotation=True,
            multi_region=bool(plan.replica_regions),
            deletion_window_in_days=plan.recovery_window_days,
            policy=policy,
            tags=tags,
            opts=stateful,
        )
        self.replicas = {
            region: aws.kms.ReplicaKey(
                f"{name}-secrets-{region}",
                region=region,
                primary_key_arn=key.arn,
                description=f"{name}: copies of secrets in {region}",
                deletion_window_in_days=plan.recovery_window_days,
                policy=policy,
                tags=tags,
                opts=stateful,
            )
            for region in plan.replica_regions
        }
        self.arns: dict[str, pulumi.Output[str]] = {"store": key.arn}
        """ARNs by purpose: `store`, and `hook` where there are hooks."""
        if plan.of_kind("api-key"):
            # Asymmetric keys cannot rotate by themselves.
            signer = aws.kms.Key(
                f"{name}-hooks",
                description=f"{name}: signs requests to hooks",
                key_usage="SIGN_VERIFY",
                customer_master_key_spec="ECC_NIST_P256",
                deletion_window_in_days=plan.recovery_window_days,
                policy=policy,
                tags=tags,
                opts=stateful,
            )
            self.arns["hook"] = signer.arn
