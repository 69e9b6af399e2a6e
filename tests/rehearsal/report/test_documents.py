"""The report for machines."""

import json
from pathlib import Path

from mcp_ops.rehearsal import wire
from mcp_ops.rehearsal.drills.drill import Evidence, Outcome
from mcp_ops.rehearsal.findings import Finding
from mcp_ops.rehearsal.project import Project
from mcp_ops.rehearsal.record import Operation, Registration, Run
from mcp_ops.rehearsal.rehearse import Rehearsal
from mcp_ops.rehearsal.report.documents import document, resource_counts, resource_lines


def registration(name: str, fidelity: str, type_: str = "aws:sqs/queue:Queue") -> Registration:
    return Registration(f"urn::{name}", type_, name, "", custom=True, fidelity=fidelity)  # type: ignore[arg-type] # a literal


def run() -> Run:
    kinds = ("executed", "executed", "checked", "unknown", "failed", "skipped", "read")
    registrations = [registration(f"r{number}", kind) for number, kind in enumerate(kinds)]
    registrations.append(registration("p", "provider", "pulumi:providers:aws"))
    registrations.append(registration("t", "executed", "aws:sns/topic:Topic"))
    return Run("shop", "dev", registrations, {"url": "https://x", "token": wire.Secret("abc"), "arn": wire.UNKNOWN})


def test_the_document_has_every_key_and_masks_secrets() -> None:
    finding = Finding("warning", "open-port", "cidrIpv4", "is open", urn="urn::r0")
    outcome = Outcome("serve", passed=True, seconds=1.23456, evidence=Evidence(True, ("fine",), {"servers": {}}))
    found = Rehearsal(Project("shop", "dev", Path(), Path(), {}), run(), [finding], [outcome], {"isolate": "no"})
    read = json.loads(json.dumps(document(found)))
    assert {key: read[key] for key in ("project", "stack", "passed", "errors")} == {
        "project": "shop", "stack": "dev", "passed": True, "errors": []
    }  # fmt: skip
    assert read["outputs"] == {"url": "https://x", "token": "[secret]", "arn": "<unknown>"}
    evidence = {"summary": ["fine"], "servers": {}}
    assert read["drills"] == [{"name": "serve", "passed": True, "seconds": 1.235, "evidence": evidence}]
    assert read["findings"][0]["rule"] == "open-port"
    assert read["not_applicable"] == {"isolate": "no"}
    assert read["peak_rss_mb"] > 10


def test_resources_are_counted_by_fidelity_and_type_without_providers_and_look_ups() -> None:
    assert resource_counts(run()) == {
        "total": 7, "executed": 3, "checked": 1, "unknown": 1, "failed": 1, "skipped": 1,
        "by_type": {"aws:sns/topic:Topic": 1, "aws:sqs/queue:Queue": 6},
    }  # fmt: skip


def test_a_line_a_registration_with_secrets_masked() -> None:
    item = registration("q", "checked")
    item.inputs = {"name": wire.Secret("abc"), "policy": {"key": wire.Secret("def"), "arn": wire.UNKNOWN}}
    item.operations = [
        Operation("sqs.CreateQueue", executed=True),
        Operation("sqs.TagQueue", executed=False, reason="moto has none"),
    ]
    (line,) = resource_lines(Run("shop", "dev", [item]))
    read = json.loads(line)
    assert list(read) == [
        "urn", "type", "name", "parent", "custom", "inputs", "outputs", "fidelity", "operations", "dependencies",
        "protect", "retain_on_delete",
    ]  # fmt: skip
    assert read["inputs"] == {"name": "[secret]", "policy": {"key": "[secret]", "arn": "<unknown>"}}
    assert read["operations"] == [
        {"name": "sqs.CreateQueue", "executed": True},
        {"name": "sqs.TagQueue", "executed": False, "reason": "moto has none"},
    ]
