"""Findings: what AWS would refuse in what a program registered, and what it accepts but nobody should want."""

from mcp_ops.rehearsal.findings.finding import Finding, blocking
from mcp_ops.rehearsal.findings.policy import check_policy
from mcp_ops.rehearsal.findings.scan import findings_of
from mcp_ops.rehearsal.findings.waivers import CONFIG_KEY, Waiver, apply_waivers, waivers_from

__all__ = [
    "CONFIG_KEY",
    "Finding",
    "Waiver",
    "apply_waivers",
    "blocking",
    "check_policy",
    "findings_of",
    "waivers_from",
]
