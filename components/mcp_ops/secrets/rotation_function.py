"""The function that rotates a store's secrets, with a role that can do no more than its kinds need."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pulumi
import pulumi_aws as aws

from mcp_ops.arns import arn
from mcp_ops.functions import KIT, Function, FunctionArgs, code_of
from mcp_ops.policies import Statement, allow
from mcp_ops.secrets.function_inputs import function_inputs
from mcp_ops.secrets.functions import rotate_secret
from mcp_ops.secrets.store_plan import SecretStoreArgs, SecretStorePlan

_STEPS = (
    "secretsmanager:DescribeSecret",
    "secretsmanager:GetSecretValue",
    "secretsmanager:PutSecretValue",
    "secretsmanager:UpdateSecretVersionStage",
)
_TIMEOUT_SECONDS = 120
"""Three requests to a hook of 20 s each, or some statements on a database that wakes up."""


def register_rotation(
    name: str,
    args: SecretStoreArgs,
    plan: SecretStorePlan,
    secrets: Mapping[str, aws.secretsmanager.Secret],
    keys: Mapping[str, pulumi.Output[str]],
    child: pulumi.ResourceOptions,
) -> Function:
    """Registers the function, and lets AWS Secrets Manager invoke it for the store's secrets.

    `keys`: ARN of the key of the store, and where there are hooks of the key that signs requests to them.
    """
    variables: dict[str, pulumi.Input[str]] = {
        "STORE": name,
        "SECRETS": _settings(args, plan, secrets),
        "KEY_ARN": keys["store"],
    }
    if "hook" in keys:
        variables["HOOK_KEY_ARN"] = keys["hook"]
    own: FunctionArgs = {
        "account_id": plan.account_id,
        "region": plan.region,
        "code": code_of(str(Path(rotate_secret.__file__).parent), KIT),
        "handler": "rotate_secret.handler.handle",
        "description": f"Rotates the secrets of {name}",
        "statements": list(_statements(name, args, plan, keys)),
        "variables": variables,
        "timeout_seconds": _TIMEOUT_SECONDS,
        "key_arn": keys["store"],
    }
    if args.get("subnet_ids"):
        own["subnet_ids"] = args["subnet_ids"]
        own["security_group_ids"] = args.get("security_group_ids") or []
    function = Function(f"{name}-rotate", function_inputs(plan, args, own), child)
    aws.lambda_.Permission(
        f"{name}-rotate-permission",
        action="lambda:InvokeFunction",
        function=function.function_name,
        principal="secretsmanager.amazonaws.com",
        source_account=plan.account_id,
        source_arn=plan.arn_pattern,
        # Whoever depends on the function depends on the permission.
        opts=pulumi.ResourceOptions(parent=function),
    )
    return function


def _settings(
    args: SecretStoreArgs, plan: SecretStorePlan, secrets: Mapping[str, aws.secretsmanager.Secret]
) -> pulumi.Output[str]:
    settings: dict[str, Mapping[str, object]] = {}
    for name, secret in plan.secrets.items():
        if secret.managed:
            continue
        given = args["secrets"][name]
        known: dict[str, object] = {
            key: given[key] for key in ("admin_secret_arn", "cluster_arn", "host") if key in given
        }
        candidate = secrets.get(f"{name}/candidate")
        settings[name] = {**secret.settings, **known, **({"candidate_secret_arn": candidate.arn} if candidate else {})}
    return pulumi.Output.json_dumps(settings, separators=(",", ":"), sort_keys=True)


def _statements(
    name: str, args: SecretStoreArgs, plan: SecretStorePlan, keys: Mapping[str, pulumi.Output[str]]
) -> Iterator[Statement]:
    yield allow("Rotate", _STEPS, plan.arn_pattern)
    signing = plan.of_kind("signing-key")
    if signing:
        yield allow("MakeKeyPairs", ["kms:GenerateDataKeyPair"], keys["store"])
        parameters = [arn("ssm", plan.region, plan.account_id, f"parameter/{name}/{key}/jwks") for key in signing]
        yield allow("Publish", ["ssm:GetParameter", "ssm:PutParameter"], parameters)
    if "hook" in keys:
        yield allow("SignRequests", ["kms:Sign"], keys["hook"])
    databases = [args["secrets"][key] for key in plan.of_kind("database")]
    if databases:
        yield allow("ChangeLogins", ["rds-data:ExecuteStatement"], [item["cluster_arn"] for item in databases])
        admins = [item["admin_secret_arn"] for item in databases]
        yield allow("SignInToChange", ["secretsmanager:GetSecretValue"], admins)
    admin_keys = [item["admin_secret_key_arn"] for item in databases if "admin_secret_key_arn" in item]
    if admin_keys:
        via = {"StringEquals": {"kms:ViaService": f"secretsmanager.{plan.region}.amazonaws.com"}}
        yield allow("DecryptLogins", ["kms:Decrypt"], admin_keys, via)
