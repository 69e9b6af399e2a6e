"""The gate that decides whether a release gets traffic. `gate_arn` of McpServer's `release` names it.

Not managed here: the hook and its role (McpServer), who may use the test listener (Gateway), alarms on the function
(monitoring).
"""

from pathlib import Path

import pulumi
import pulumi_aws as aws

from mcp_ops.delivery.functions.release_gate import TEST_PORT
from mcp_ops.delivery.release_gate_plan import ReleaseGateArgs, ReleaseGatePlan, plan_release_gate
from mcp_ops.functions import KIT, Function, FunctionArgs, code_of
from mcp_ops.policies import Statement, allow

TOKEN = "mcp-ops:index:ReleaseGate"  # noqa: S105 - a resource type, not a password

_PACKAGE = Path(__file__).parent / "functions" / "release_gate"
_HTTPS = 443
_PASSED_ON = (
    "account_id", "region", "key_arn", "log_key_arn", "log_group_prefix", "permissions_boundary_arn", "tags",
)  # fmt: skip


class ReleaseGate(pulumi.ComponentResource):
    """A function that tries each release on the test listener: handshake, tools as released, known answer, latency."""

    function_arn: pulumi.Output[str]
    """ARN of the function: the `gate_arn` of servers."""
    function_name: pulumi.Output[str]
    """Name of the function."""
    log_group_name: pulumi.Output[str]
    """Log group with the reason of each decision."""

    def __init__(self, name: str, args: ReleaseGateArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        plan = plan_release_gate(name, args)
        super().__init__(TOKEN, name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        self.function = Function(f"{name}-gate", _function_args(name, args, plan, child), child)
        self.function_arn = self.function.function_arn
        self.function_name = self.function.function_name
        self.log_group_name = self.function.log_group_name
        self.register_outputs({key: getattr(self, key) for key in ReleaseGate.__annotations__})


def _function_args(
    name: str, args: ReleaseGateArgs, plan: ReleaseGatePlan, child: pulumi.ResourceOptions
) -> FunctionArgs:
    variables: dict[str, pulumi.Input[str]] = {
        "LATENCY_SECONDS": f"{plan.latency_seconds:g}",
        "SAMPLES": str(plan.samples),
    }
    if "secret_arn" in args:
        variables["SECRET_ARN"] = args["secret_arn"]
    function: FunctionArgs = {
        **{key: args[key] for key in _PASSED_ON if args.get(key) is not None},  # type: ignore[literal-required, typeddict-item]
        "code": _code(plan),
        "handler": "release_gate.handler.handle",
        "description": f"Decides whether releases of {plan.environment} get traffic",
        "statements": _statements(args),
        "variables": variables,
        "timeout_seconds": plan.timeout_seconds,
        "log_retention_days": plan.log_retention_days,
    }
    if "subnet_ids" in args:
        function["subnet_ids"] = args["subnet_ids"]
        function["security_group_ids"] = [_security_group(name, args, plan, child).id]
    return function


def _code(plan: ReleaseGatePlan) -> pulumi.AssetArchive:
    # A file has no limit that matters; environment variables share 4 KB.
    settings = pulumi.StringAsset(plan.servers)
    return pulumi.AssetArchive({**code_of(str(_PACKAGE), KIT).assets, f"{_PACKAGE.name}/servers.json": settings})


def _statements(args: ReleaseGateArgs) -> list[Statement]:
    """Returns what the gate may do: read the credentials of its own client."""
    statements = []
    if "secret_arn" in args:
        statements.append(allow("Credentials", ["secretsmanager:GetSecretValue"], args["secret_arn"]))
    if "secret_key_arn" in args:
        statements.append(allow("CredentialsKey", ["kms:Decrypt"], args["secret_key_arn"]))
    return statements


def _security_group(
    name: str, args: ReleaseGateArgs, plan: ReleaseGatePlan, child: pulumi.ResourceOptions
) -> aws.ec2.SecurityGroup:
    description = f"Release gate of {plan.environment}"
    group = aws.ec2.SecurityGroup(
        f"{name}-gate-network", description=description, vpc_id=args["vpc_id"], tags=args.get("tags"), opts=child
    )
    for role, port in (("https", _HTTPS), ("test", TEST_PORT)):
        aws.vpc.SecurityGroupEgressRule(
            f"{name}-gate-to-{role}",
            security_group_id=group.id,
            description="Gateway, issuer of tokens, AWS" if port == _HTTPS else "Test listener of the gateway",
            cidr_ipv4="0.0.0.0/0",
            ip_protocol="tcp",
            from_port=port,
            to_port=port,
            opts=child,
        )
    return group
