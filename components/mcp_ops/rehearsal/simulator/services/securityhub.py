"""AWS Security Hub."""

from collections.abc import Mapping
from typing import Any

from mcp_ops.rehearsal.simulator.context import Context
from mcp_ops.rehearsal.simulator.spec import Call, Spec, Specs, step


@step("standardsArn")
def _subscribe(context: Context) -> Mapping[str, Any]:
    """Subscribes the account to a standard: `standards/<name>` becomes `subscription/<name>`."""
    standard = context.take("standardsArn")
    requests = [{"StandardsArn": standard}] if standard else []
    context.call("securityhub.BatchEnableStandards", {"StandardsSubscriptionRequests": requests})
    place, path = context.place, str(standard).rsplit(":", 1)[-1].split("/", 1)[-1]
    return {"SubscriptionArn": f"arn:{place.partition}:securityhub:{place.region}:{place.account}:subscription/{path}"}


SPECS: Specs = {
    "aws:securityhub/account:Account": Spec(
        create=Call("securityhub.EnableSecurityHub", inputs=("controlFindingGenerator", "enableDefaultStandards")),
        then=(
            Call(
                "securityhub.UpdateSecurityHubConfiguration",
                inputs=("autoEnableControls",),
                when=("autoEnableControls",),
            ),
        ),
        id="{account}",
        autoname="",
        outputs={"arn": "arn:{partition}:securityhub:{region}:{account}:hub/default"},
    ),
    "aws:securityhub/standardsSubscription:StandardsSubscription": Spec(
        create=_subscribe,
        id="{SubscriptionArn}",
        autoname="",
        outputs={"arn": "SubscriptionArn"},
        ignored={"timeouts": "how long the provider waits"},
    ),
}
