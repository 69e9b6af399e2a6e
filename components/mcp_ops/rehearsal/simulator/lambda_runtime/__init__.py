"""AWS Lambda without containers: the registered code runs in this process, under the function's own role."""

from mcp_ops.rehearsal.simulator.lambda_runtime.runtime import Invocation, Runtime

__all__ = ["Invocation", "Runtime"]
