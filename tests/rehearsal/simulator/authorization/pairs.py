"""Decides made-up cases by both evaluators, and records them.

Record anew, after `npm ci` beside this file: `python -m tests.rehearsal.simulator.authorization.pairs`
"""

import gzip
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from tests.rehearsal.simulator.authorization.cases import ROLE, SERVICE, SESSION, USER, cases

from mcp_ops.rehearsal.simulator.authorization import request as iam
from mcp_ops.rehearsal.simulator.authorization.decision import decide
from mcp_ops.rehearsal.simulator.authorization.policy import Policies, Policy, read_policy

HERE = Path(__file__).parent
RECORDED = HERE / "pairs.jsonl.gz"
RECORDED_CASES = 4000
RECORDED_SEED = 20260728

PRINCIPALS = {USER: iam.user(USER), SESSION: iam.role_session(ROLE, "run"), SERVICE: iam.service(SERVICE)}


def generated(count: int, first: int) -> list[dict[str, Any]]:
    """Returns different cases; the same for the same first random number."""
    found: dict[str, dict[str, Any]] = {}

    @seed(first)
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(cases())
    def collect(case: dict[str, Any]) -> None:
        found[json.dumps(case)] = case

    collect()
    return list(found.values())


def ours(case: dict[str, Any]) -> str:
    """Returns the simulator's decision: Allowed, ExplicitlyDenied, ImplicitlyDenied, or `CannotDecide: <why>`."""
    asked = case["request"]
    context = {key: tuple(item) if isinstance(item, list) else item for key, item in asked["contextVariables"].items()}
    asking = iam.Request(
        PRINCIPALS[asked["principal"]], asked["action"], asked["resource"]["resource"], context, frozenset({"*"})
    )
    try:
        decision = decide(asking, _policies(case))
    except iam.CannotDecide as error:
        return f"CannotDecide: {error}"
    return "Allowed" if decision.allowed else "ExplicitlyDenied" if decision.explicit else "ImplicitlyDenied"


def _policies(case: dict[str, Any]) -> Policies:
    boundary = case.get("permissionBoundaryPolicies")
    kind = "trust" if case["request"]["action"] == "sts:AssumeRole" else "resource"
    return Policies(
        resource_account=case["request"]["resource"]["accountId"],
        identity=_named(case["identityPolicies"]),
        boundary=_named(boundary)[0] if boundary else None,
        session=[read_policy(case["sessionPolicy"], "session")] if "sessionPolicy" in case else [],
        resource=read_policy(case["resourcePolicy"], "resource", kind) if "resourcePolicy" in case else None,
        service_control=[_named(level["policies"]) for level in case["serviceControlPolicies"]],
    )


def _named(raw: list[dict[str, Any]]) -> list[Policy]:
    return [read_policy(item["policy"], item["name"]) for item in raw]


def theirs(found: list[dict[str, Any]]) -> list[str]:
    """Returns the decisions of @cloud-copilot/iam-simulate, in order."""
    text = "\n".join(json.dumps(case) for case in found)
    command = ["node", str(HERE / "compare.mjs")]
    done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=120, check=True, cwd=HERE)
    return [
        answer if isinstance(answer, str) else json.dumps(answer)
        for answer in map(json.loads, done.stdout.splitlines())
    ]


def documented_difference(case: dict[str, Any], decision: str) -> str:
    """Returns where AWS's documentation contradicts the other evaluator on a case, or is silent; empty for nowhere.

    Pages of the IAM User Guide: "Version", "Condition operators" (IfExists), "Principal" (IAM role principals).
    """
    if decision.startswith("CannotDecide") and "has no value in this request" in decision:
        return "silent: a negated element with a policy variable that the request lacks"
    given = {key.lower() for key, value in case["request"]["contextVariables"].items() if value != []}
    for document in _documents(case):
        for statement in document["Statement"]:
            if document["Version"] == "2008-10-17" and "${" in json.dumps(statement):
                return "Version: before 2012-10-17, ${aws:username} is literal text"
            conditions = statement.get("Condition", {}).items()
            if any(_is_optional(operator) and {key.lower() for key in keys} - given for operator, keys in conditions):
                return "IfExists: if the key is not present, the condition element is true"
    of_resource = case.get("resourcePolicy", {}).get("Statement", [])
    granted = any(item.get("Principal") in ("*", {"AWS": "*"}) for item in of_resource)
    # It limits so for keys and roles alone, and not by boundaries; AWS says of both that they do not limit such a grant
    # (IAM User Guide, "How AWS enforcement code logic evaluates requests to allow or deny access", IAM role).
    if granted and "sessionPolicy" in case and case["request"]["action"] in {"kms:Decrypt", "sts:AssumeRole"}:
        return "Principal: session policies do not limit what is granted by the wildcard"
    return ""


def _is_optional(operator: str) -> bool:
    return operator.startswith("ForAnyValue:") and operator.endswith("IfExists")


def _documents(case: dict[str, Any]) -> Iterator[dict[str, Any]]:
    levels = [item for level in case["serviceControlPolicies"] for item in level["policies"]]
    yield from (item["policy"] for item in [*case["identityPolicies"], *levels])
    yield from (item["policy"] for item in case.get("permissionBoundaryPolicies", []))
    yield from (case[name] for name in ("resourcePolicy", "sessionPolicy") if name in case)


def record() -> None:
    """Writes the recorded pairs."""
    found = generated(RECORDED_CASES, RECORDED_SEED)
    lines = [
        json.dumps({"case": case, "theirs": other, "ours": ours(case)}, separators=(",", ":"))
        for case, other in zip(found, theirs(found), strict=True)
    ]
    with RECORDED.open("wb") as file, gzip.GzipFile("", "wb", 9, file, mtime=0) as packed:
        packed.write("\n".join(lines).encode())


def recorded() -> Iterator[dict[str, Any]]:
    """Yields the recorded pairs: `case`, `theirs`, `ours`."""
    with gzip.open(RECORDED, "rt", encoding="utf-8") as file:
        yield from map(json.loads, file)


if __name__ == "__main__":
    record()
