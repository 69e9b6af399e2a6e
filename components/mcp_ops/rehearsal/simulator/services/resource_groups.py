"""AWS Resource Groups."""

from mcp_ops.rehearsal.simulator.building import arn
from mcp_ops.rehearsal.simulator.spec import Call, Spec, Specs

SPECS: Specs = {
    "aws:resourcegroups/group:Group": Spec(
        create=Call("resource-groups.CreateGroup", rename={"configurations": "Configuration"}),
        id="{input.name}",
        outputs={"arn": arn("resource-groups", "group/{id}")},
        # AWS takes the query as text, and its kind has a default in the provider.
        reshape=lambda inputs: (
            {**inputs, "resourceQuery": {"type": "TAG_FILTERS_1_0", **inputs["resourceQuery"]}}
            if inputs.get("resourceQuery")
            else inputs
        ),
        ignored={"timeouts": "how long the provider waits"},
    ),
}
