"""The dashboards of CloudWatch as one HTML page, for people without access to the console."""

from mcp_ops.dashboard.document import Source, page_of

__all__ = ["Source", "page_of"]
