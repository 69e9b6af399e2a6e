"""Uses every server from outside, every minute, as a client would. Alarms on it belong to ServerMonitoring."""

import pulumi

from mcp_ops.functions import Function, FunctionArgs, on_schedule
from mcp_ops.monitoring.canary import register_canaries
from mcp_ops.monitoring.probe_plan import ProbeArgs, ProbePlan, plan_probe
from mcp_ops.monitoring.room_functions import room_function_args
from mcp_ops.policies import Statement, allow

TOKEN = "mcp-ops:index:Probe"  # noqa: S105 - a resource type, not a password


class Probe(pulumi.ComponentResource):
    """A scheduled function, or canaries, that speak MCP to the servers: discover, list the tools, call one."""

    function_name: pulumi.Output[str | None]
    """Name of the function, unless canaries probe."""

    def __init__(self, name: str, args: ProbeArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        plan = plan_probe(name, args)
        super().__init__(TOKEN, name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        self.functions: dict[str, Function] = {}
        if plan.runner == "canary":
            register_canaries(name, args, plan, probe_statements(args), child)
            self.function_name = pulumi.Output.from_input(None)
        else:
            function = Function(f"{name}-probe", _function_args(args, plan), child)
            on_schedule(
                f"{name}-probe",
                function,
                plan.rate,
                child,
                account_id=plan.account_id,
                region=plan.region,
                payload={"environment": plan.environment, "targets": list(plan.targets)},
                permissions_boundary_arn=args.get("permissions_boundary_arn"),
            )
            self.functions = {"probe": function}
            self.function_name = function.function_name.apply(lambda found: found)
        self.register_outputs({"function_name": self.function_name})


def _function_args(args: ProbeArgs, plan: ProbePlan) -> FunctionArgs:
    function = room_function_args(
        args,
        package="observe",
        handler="observe.probe.handle",
        description=f"Uses the MCP servers of {plan.environment} as a client would",
        statements=probe_statements(args),
        variables={},
        timeout_seconds=55,
    )
    if "subnet_ids" in args:
        function["subnet_ids"] = args["subnet_ids"]
    if "security_group_ids" in args:
        function["security_group_ids"] = args["security_group_ids"]
    return function


def probe_statements(args: ProbeArgs) -> list[Statement]:
    """Returns what the probe may do: read the credentials of its own clients."""
    given = args["targets"].values()
    secrets = [target["secret_arn"] for target in given if "secret_arn" in target]
    keys = [target["secret_key_arn"] for target in given if "secret_key_arn" in target]
    statements = [allow("Credentials", ["secretsmanager:GetSecretValue"], secrets)] if secrets else []
    return [*statements, allow("CredentialKeys", ["kms:Decrypt"], keys)] if keys else statements
