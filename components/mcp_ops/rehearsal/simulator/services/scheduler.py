"""Amazon EventBridge Scheduler."""

from typing import Any

from mcp_ops.rehearsal.simulator.services.shapes import awsvpc
from mcp_ops.rehearsal.simulator.spec import Call, Spec, Specs
from mcp_ops.rehearsal.simulator.values import nested


def _schedule(inputs: dict[str, Any]) -> dict[str, Any]:
    return nested(inputs, "target.ecsParameters.networkConfiguration", awsvpc)


SPECS: Specs = {
    "aws:scheduler/schedule:Schedule": Spec(
        create=Call(
            "scheduler.CreateSchedule",
            rename={
                "target.ecsParameters.capacityProviderStrategies": "CapacityProviderStrategy",
                "target.ecsParameters.placementStrategies": "PlacementStrategy",
                "target.sagemakerPipelineParameters.pipelineParameters": "PipelineParameterList",
            },
        ),
        id="join('/', [input.groupName || 'default', input.name])",
        reshape=_schedule,
        outputs={"arn": "ScheduleArn"},
    ),
    "aws:scheduler/scheduleGroup:ScheduleGroup": Spec(
        create=Call("scheduler.CreateScheduleGroup"),
        id="{input.name}",
        outputs={"arn": "ScheduleGroupArn", "state": "'ACTIVE'"},
        ignored={"timeouts": "how long the provider waits"},
    ),
}
