"""Lambda functions of the library: one way to package, bound, log and trigger them, for every room that has code."""

from mcp_ops.functions.code import KIT, code_of
from mcp_ops.functions.function import Function, FunctionArgs
from mcp_ops.functions.triggers import invoked_by, on_event, on_schedule

__all__ = ["KIT", "Function", "FunctionArgs", "code_of", "invoked_by", "on_event", "on_schedule"]
