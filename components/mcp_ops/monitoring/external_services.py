"""Watches third parties that the servers depend on. Not managed here: their side of the credentials."""

import pulumi

from mcp_ops.functions import Function, on_schedule
from mcp_ops.monitoring.external_services_plan import ExternalServicesArgs, plan_external_services, secrets_of
from mcp_ops.monitoring.register import acting_alarms, register_alarms
from mcp_ops.monitoring.room_functions import room_function_args
from mcp_ops.monitoring.server_monitoring import texts_of
from mcp_ops.policies import Statement, allow
from mcp_ops.tags import merge_tags

TOKEN = "mcp-ops:index:ExternalServices"  # noqa: S105 - a resource type, not a password


class ExternalServices(pulumi.ComponentResource):
    """A scheduled function that calls each third party and reports availability, latency, quota and own metrics."""

    function_name: pulumi.Output[str]
    """Name of the function."""

    def __init__(self, name: str, args: ExternalServicesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        plan = plan_external_services(name, args)
        super().__init__(TOKEN, name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        function_args = room_function_args(
            args,
            package="observe",
            handler="observe.external.handle",
            description=f"Calls the third parties that {plan.environment} depends on",
            statements=_statements(args),
            variables={},
            timeout_seconds=60,
        )
        function = Function(f"{name}-external", function_args, child)
        on_schedule(
            f"{name}-external",
            function,
            plan.rate,
            child,
            account_id=plan.account_id,
            region=plan.region,
            payload={"environment": plan.environment, "targets": list(plan.targets)},
            permissions_boundary_arn=args.get("permissions_boundary_arn"),
        )
        tags = merge_tags({}, args.get("tags"))
        arns = register_alarms(name, plan.alarms, texts_of(args), args["topic_arns"], tags, child)
        # Whoever shows alarms finds here those that tell somebody, by severity.
        self.acting_alarms = acting_alarms((plan.alarms, arns))
        self.functions = {"external": function}
        self.function_name = function.function_name
        self.register_outputs({"function_name": self.function_name})


def _statements(args: ExternalServicesArgs) -> list[Statement]:
    """Returns what the function may do: read the credentials for the third parties."""
    needed = secrets_of(list(args["services"].values()))
    statements = []
    if needed["secret_arn"]:
        statements.append(allow("Credentials", ["secretsmanager:GetSecretValue"], needed["secret_arn"]))
    if needed["secret_key_arn"]:
        statements.append(allow("CredentialKeys", ["kms:Decrypt"], needed["secret_key_arn"]))
    return statements
