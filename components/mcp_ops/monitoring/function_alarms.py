"""The alarms of a Lambda function and of its dead letters. Pure."""

import pulumi

from mcp_ops.monitoring.alarms import Alarm, AlarmSet, Metric, Response, Threshold

_FIVE_MINUTES = 300


def function_alarms(
    key: str, function_name: pulumi.Input[str], queue_name: pulumi.Input[str], runbook: str = ""
) -> AlarmSet:
    """Returns the alarms: it fails, it is throttled, or an event was given up."""

    def response(default: str) -> Response:
        return Response("warning", runbook or default, f"function-{key}")

    function = {"FunctionName": function_name}
    return AlarmSet(
        "",
        [
            Alarm(
                "errors",
                f"The function {key} failed.",
                Metric("AWS/Lambda", "Errors", function, "Sum"),
                Threshold(">=", 1, _FIVE_MINUTES),
                response("function-errors"),
            ),
            Alarm(
                "throttles",
                f"The function {key} was throttled: it is called more often than it may run.",
                Metric("AWS/Lambda", "Throttles", function, "Sum"),
                Threshold(">=", 1, _FIVE_MINUTES),
                response("function-throttles"),
            ),
            Alarm(
                "dead-letters",
                f"The function {key} gave up on an event; it waits among the dead letters for two weeks.",
                Metric("AWS/SQS", "ApproximateNumberOfMessagesVisible", {"QueueName": queue_name}, "Maximum"),
                Threshold(">=", 1, _FIVE_MINUTES),
                response("dead-letters"),
            ),
        ],
    )
