"""Dashboards in CloudWatch. `mcp-ops dashboard` renders the same for people without access to the console."""

from collections.abc import Mapping

import pulumi
import pulumi_aws as aws

from mcp_ops.monitoring.dashboard_plan import DashboardArgs, plan_dashboards

TOKEN = "mcp-ops:index:Dashboard"  # noqa: S105 - a resource type, not a password


class Dashboard(pulumi.ComponentResource):
    """One dashboard of the environment and one overview. Three are free in an account; then 3 USD a month each."""

    dashboard_names: pulumi.Output[Mapping[str, str]]
    """Names of the dashboards: `environment`, `overview`."""

    def __init__(self, name: str, args: DashboardArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        bodies = plan_dashboards(name, args)
        super().__init__(TOKEN, name, {}, opts)
        made = [
            aws.cloudwatch.Dashboard(
                each,
                # People and messages look it up.
                dashboard_name=each,
                dashboard_body=pulumi.Output.json_dumps(body),
                opts=pulumi.ResourceOptions(parent=self),
            )
            for each, body in bodies.items()
        ]
        names = dict(zip(("environment", "overview"), (each.dashboard_name for each in made), strict=True))
        self.dashboard_names = pulumi.Output.all(**names)
        self.register_outputs({"dashboard_names": self.dashboard_names})
