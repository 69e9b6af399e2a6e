"""What ECS needs to move traffic from one set of tasks to the next: a second target group, weighted rules, two roles.

ECS owns the weights once the service runs, and the target groups swap their parts with each release; so Pulumi ignores
what a rule forwards to. Run `pulumi refresh` before an update that changes a server's sign-in: the rule is then sent
with the weights that are live, not with those of the last refresh.
"""

import json

import pulumi
import pulumi_aws as aws

from mcp_ops.hosting.mcp_server_args import McpServerArgs
from mcp_ops.hosting.mcp_server_plan import McpServerPlan
from mcp_ops.hosting.release_plan import CANARY, LINEAR, ReleasePlan
from mcp_ops.hosting.traffic import Traffic
from mcp_ops.policies import allow, document

_STRATEGIES = {"blue-green": "BLUE_GREEN", "canary": "CANARY", "linear": "LINEAR"}
GATE_STAGE = "POST_TEST_TRAFFIC_SHIFT"
"""When the gate decides: the release has all test traffic, and no other."""

_DESCRIBE = ("DescribeListeners", "DescribeRules", "DescribeTargetGroups", "DescribeTargetHealth")
# As in AWS's examples of both roles: without conditions on the source, which ECS does not promise to send. Who may pass
# the role to ECS decides (iam:PassRole).
_TRUST = {"Effect": "Allow", "Principal": {"Service": "ecs.amazonaws.com"}, "Action": "sts:AssumeRole"}


class Shifting:
    """Registers the roles with which ECS shifts traffic and asks the gate."""

    def __init__(
        self, name: str, args: McpServerArgs, plan: McpServerPlan, traffic: Traffic, child: pulumi.ResourceOptions
    ) -> None:
        self.name, self.args, self.plan, self.traffic, self.child = name, args, plan, traffic, child
        self.needs: list[pulumi.Resource] = []
        """What must exist before ECS uses the roles."""
        self.rules_role = self._rules_role() if plan.release.shifts else None
        self.gate_role = self._gate_role() if plan.release.gated else None

    def advanced_configuration(self) -> aws.ecs.ServiceLoadBalancerAdvancedConfigurationArgs | None:
        """Returns where ECS moves traffic between; None where it does not."""
        traffic = self.traffic
        if self.rules_role is None or traffic.alternate is None:
            return None
        return aws.ecs.ServiceLoadBalancerAdvancedConfigurationArgs(
            alternate_target_group_arn=traffic.alternate.arn,
            production_listener_rule=traffic.production_rule.arn,
            test_listener_rule=traffic.test_rule.arn if traffic.test_rule else None,
            role_arn=self.rules_role.arn,
        )

    def deployment_configuration(self) -> aws.ecs.ServiceDeploymentConfigurationArgs | None:
        """Returns how ECS moves it; None where it does not."""
        release = self.plan.release
        if not release.shifts:
            return None
        canary, linear = _steps(release)
        return aws.ecs.ServiceDeploymentConfigurationArgs(
            strategy=_STRATEGIES[release.strategy],
            bake_time_in_minutes=str(release.bake_minutes),
            canary_configuration=canary,
            linear_configuration=linear,
            lifecycle_hooks=[self._gate(self.gate_role)] if self.gate_role else None,
        )

    def _gate(self, role: aws.iam.Role) -> aws.ecs.ServiceDeploymentConfigurationLifecycleHookArgs:
        address = self.plan.address
        details = {
            "environment": self.plan.contract["MCP_ENVIRONMENT"],
            "host": address.host,
            "path": address.path,
            "server": self.name,
        }
        return aws.ecs.ServiceDeploymentConfigurationLifecycleHookArgs(
            hook_target_arn=self.args["release"]["gate_arn"],
            role_arn=role.arn,
            lifecycle_stages=[GATE_STAGE],
            hook_details=json.dumps(details, sort_keys=True),
        )

    def _role(self, kind: str, description: str, policy: pulumi.Output[str]) -> aws.iam.Role:
        role = aws.iam.Role(
            f"{self.name}-{kind}",
            description=description,
            assume_role_policy=document(_TRUST),
            path=self.plan.role_path or None,
            permissions_boundary=self.args.get("permissions_boundary_arn"),
            tags=self.traffic.tags,
            opts=self.child,
        )
        self.needs.append(
            aws.iam.RolePolicy(f"{self.name}-{kind}-policy", role=role.name, policy=policy, opts=self.child)
        )
        return role

    def _rules_role(self) -> aws.iam.Role:
        traffic = self.traffic
        groups = [group.arn for group in (traffic.targets, traffic.alternate) if group]
        rules = [rule.arn for rule in (traffic.production_rule, traffic.test_rule) if rule]
        register = ["elasticloadbalancing:RegisterTargets", "elasticloadbalancing:DeregisterTargets"]
        policy = document(
            # Actions of Elastic Load Balancing that know no resource.
            allow("Look", [f"elasticloadbalancing:{action}" for action in _DESCRIBE], "*"),
            allow("ShiftTraffic", ["elasticloadbalancing:ModifyRule"], rules),
            allow("PlaceTasks", register, groups),
        )
        return self._role("shift", f"With which ECS shifts the traffic of {self.plan.family}", policy)

    def _gate_role(self) -> aws.iam.Role:
        function = pulumi.Output.from_input(self.args["release"]["gate_arn"])
        policy = document(allow("AskTheGate", ["lambda:InvokeFunction"], function))
        return self._role("gate", f"With which ECS asks whether a release of {self.plan.family} is good", policy)


def _steps(
    release: ReleasePlan,
) -> tuple[
    aws.ecs.ServiceDeploymentConfigurationCanaryConfigurationArgs | None,
    aws.ecs.ServiceDeploymentConfigurationLinearConfigurationArgs | None,
]:
    canary = linear = None
    if release.strategy == CANARY:
        canary = aws.ecs.ServiceDeploymentConfigurationCanaryConfigurationArgs(
            canary_percent=release.canary_percent, canary_bake_time_in_minutes=str(release.canary_minutes)
        )
    if release.strategy == LINEAR:
        linear = aws.ecs.ServiceDeploymentConfigurationLinearConfigurationArgs(
            step_percent=release.step_percent, step_bake_time_in_minutes=str(release.step_minutes)
        )
    return canary, linear
