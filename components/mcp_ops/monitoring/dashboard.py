"""Dashboards in CloudWatch. `mcp-ops dashboard` renders the same for people without access to the console."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pulumi
import pulumi_aws as aws

from mcp_ops.monitoring.dashboard_plan import DashboardArgs, plan_dashboards

TOKEN = "mcp-ops:index:Dashboard"  # noqa: S105 - a resource type, not a password


class Dashboard(pulumi.ComponentResource):
    """One dashboard of the environment and one overview; each goes on in further ones where servers are many.

    Three are free in an account; then 3 USD a month each.
    """

    dashboard_names: pulumi.Output[Mapping[str, str]]
    """Names of the dashboards: `environment`, `overview`; of further ones `environment-2`, `overview-2` and so on."""

    def __init__(self, name: str, args: DashboardArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        bodies = plan_dashboards(name, args)
        super().__init__(TOKEN, name, {}, opts)
        made = {
            _key(name, each): aws.cloudwatch.Dashboard(
                each,
                # People and messages look it up.
                dashboard_name=each,
                dashboard_body=_dumped(body),
                opts=pulumi.ResourceOptions(parent=self),
            )
            for each, body in bodies.items()
        }
        self.dashboard_names = pulumi.Output.all(**{key: each.dashboard_name for key, each in made.items()})
        self.register_outputs({"dashboard_names": self.dashboard_names})


def _key(name: str, dashboard: str) -> str:
    """Returns `environment`, `environment-2`, `overview` or `overview-2`."""
    rest = dashboard.removeprefix(name)
    return rest.removeprefix("-") if rest.startswith("-overview") else f"environment{rest}"


def _dumped(body: object) -> pulumi.Output[str]:
    """Returns the body as JSON, like `Output.json_dumps`, which takes minutes for a thousand servers.

    It makes an output of every single text and number; here the few outputs among them are awaited together.
    """
    awaited = {id(each): each for each in _outputs(body)}

    def dumped(values: list[Any]) -> str:
        known = dict(zip(awaited, values, strict=True))
        return json.dumps(body, default=lambda each: known[id(each)])

    return pulumi.Output.all(*awaited.values()).apply(dumped)


def _outputs(value: object) -> Iterator[Any]:
    """Yields what is not plain in a document, with repetitions."""
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from _outputs(each)
    elif not isinstance(value, str | int | float | None):
        yield value
