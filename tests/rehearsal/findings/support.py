"""Builds policy documents and runs for the tests of findings."""

from collections.abc import Mapping
from typing import Any

from mcp_ops.rehearsal.findings import Finding, check_policy
from mcp_ops.rehearsal.record import Registration, Run

ACCOUNT_ID = "111122223333"
ROOT = f"arn:aws:iam::{ACCOUNT_ID}:root"
BUCKET = "arn:aws:s3:::state"


def document(*statements: Mapping[str, Any], **elements: Any) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements), **elements}


def statement(action: Any = "s3:GetObject", resource: Any = f"{BUCKET}/*", **elements: Any) -> dict[str, Any]:
    given = {"Effect": "Allow", "Action": action, "Resource": resource, **elements}
    return {name: value for name, value in given.items() if value is not None}


def trust(principal: Any, action: Any = "sts:AssumeRole", **elements: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": principal, "Action": action, **elements}


def identity(*statements: Mapping[str, Any]) -> list[Finding]:
    return check_policy(document(*statements), "identity", "policy")


def resource(service: str, *statements: Mapping[str, Any]) -> list[Finding]:
    return check_policy(document(*statements), "resource", "policy", resource_type=service, account=ACCOUNT_ID)


def rules(findings: list[Finding], level: str = "") -> list[str]:
    return [item.rule for item in findings if level in ("", item.level)]


def only(findings: list[Finding]) -> Finding:
    assert len(findings) == 1, findings
    return findings[0]


def registration(kind: str, name: str, inputs: Mapping[str, Any], **values: Any) -> Registration:
    urn = f"urn:pulumi:dev::project::mcp-ops:index:Thing${kind}::{name}"
    given = {"custom": True, "fidelity": "executed", "account": ACCOUNT_ID, **values}
    return Registration(urn=urn, type=kind, name=name, parent="", inputs=dict(inputs), **given)


def run_of(*registrations: Registration) -> Run:
    return Run("project", "dev", list(registrations))
