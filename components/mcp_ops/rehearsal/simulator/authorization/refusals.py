"""How services tell a caller that IAM does not allow a call.

IAM User Guide, "Troubleshoot access denied error messages"; the codes are those of each service's common errors.
"""

from typing import Any

from mcp_ops.rehearsal.simulator.authorization.call import Call, Target
from mcp_ops.rehearsal.simulator.authorization.decision import Decision
from mcp_ops.rehearsal.simulator.authorization.request import Principal

_CODES = {
    "cloudwatch": "AccessDenied",
    "elbv2": "AccessDenied",
    "iam": "AccessDenied",
    "s3": "AccessDenied",
    "sns": "AuthorizationError",
    "sqs": "AccessDenied",
    "sts": "AccessDenied",
}
_DEFAULT_CODE = "AccessDeniedException"
"""Of the services with a JSON protocol."""

_KEY_CODES = {"sqs": "KmsAccessDenied", "sns": "KMSAccessDenied"}
"""Where a service may not use a key for the caller."""

_KEY_MESSAGES = {"secretsmanager": "Access to KMS is not allowed"}

_FORBIDDEN = 403
_BAD_REQUEST = 400


def refusal(call: Call, target: Target, principal: Principal, decision: Decision) -> dict[str, Any]:
    """Returns the error response of a refused call, as botocore parses it."""
    code = _CODES.get(call.service, _DEFAULT_CODE)
    message = f"User: {principal.name} is not authorized to perform: {_spelt(target.action)}"
    # Actions without resource-level permissions are refused without a resource.
    if target.resource != "*":
        message += f" on resource: {_quoted(call, target.resource)}"
    message += f" {decision.reason.replace(target.action, _spelt(target.action))}"
    if target.via:
        code = _KEY_CODES.get(call.service, code)
        message = _KEY_MESSAGES.get(call.service, message)
    status = _BAD_REQUEST if code == _DEFAULT_CODE else _FORBIDDEN
    return {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": status, "HTTPHeaders": {}, "RetryAttempts": 0},
    }


def _spelt(action: str) -> str:
    service, _, name = action.partition(":")
    # Two old services print actions in their own way.
    return {"sqs": f"sqs:{name.lower()}", "sns": f"SNS:{name}"}.get(service, action)


def _quoted(call: Call, resource: str) -> str:
    return f'"{resource}"' if call.service == "s3" else resource
