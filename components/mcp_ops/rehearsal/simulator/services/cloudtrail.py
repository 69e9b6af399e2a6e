"""AWS CloudTrail."""

from collections.abc import Mapping
from typing import Any

from mcp_ops.rehearsal.simulator.context import Context
from mcp_ops.rehearsal.simulator.spec import Call, Spec, Specs, step


@step("enableLogging")
def _start(context: Context) -> Mapping[str, Any]:
    """A trail records once it is started; the provider starts it unless told otherwise."""
    if context.take("enableLogging") is not False:
        context.call("cloudtrail.StartLogging", {"Name": context.inputs.get("name")})
    return {"HomeRegion": context.place.region}


def _put(operation: str, *inputs: str) -> Call:
    return Call(f"cloudtrail.{operation}", inputs=inputs, constant={"TrailName": "{input.name}"}, when=inputs)


SPECS: Specs = {
    "aws:cloudtrail/trail:Trail": Spec(
        create=Call(
            "cloudtrail.CreateTrail",
            rename={"tags": "TagsList", "cloudWatchLogsGroupArn": "CloudWatchLogsLogGroupArn"},
        ),
        then=(
            _put("PutEventSelectors", "eventSelectors", "advancedEventSelectors"),
            _put("PutInsightSelectors", "insightSelectors"),
            _start,
        ),
        id="{TrailARN}",
        outputs={"arn": "TrailARN", "homeRegion": "HomeRegion", "snsTopicArn": "SnsTopicARN"},
    ),
}
