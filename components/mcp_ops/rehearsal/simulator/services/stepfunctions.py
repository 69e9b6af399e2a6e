"""AWS Step Functions. pulumi_aws keeps it in its module `sfn`."""

from typing import Any

from mcp_ops.rehearsal.simulator.spec import Call, Spec, Specs
from mcp_ops.rehearsal.simulator.values import nested, without


def _logging(value: dict[str, Any]) -> dict[str, Any]:
    destination = value.get("logDestination")
    kept = without(value, "logDestination")
    return {**kept, "destinations": [{"cloudWatchLogsLogGroup": {"logGroupArn": destination}}]} if destination else kept


SPECS: Specs = {
    "aws:sfn/stateMachine:StateMachine": Spec(
        create=Call("stepfunctions.CreateStateMachine"),
        id="{stateMachineArn}",
        reshape=lambda inputs: nested(inputs, "loggingConfiguration", _logging),
        outputs={"arn": "stateMachineArn", "status": "'ACTIVE'"},
        ignored={"timeouts": "how long the provider waits"},
    ),
    "aws:sfn/activity:Activity": Spec(
        create=Call("stepfunctions.CreateActivity"), id="{activityArn}", outputs={"arn": "activityArn"}
    ),
}
