"""Decides made-up cases by both evaluators, and records them.

Record anew, after `npm ci` beside this file: `python -m tests.rehearsal.simulator.authorization.pairs`
"""

import gzip
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings

from mcp_ops.rehearsal.simulator.authorization import request as iam
from mcp_ops.rehearsal.simulator.authorization.decision import decide
from mcp_ops.rehearsal.simulator.authorization.policy import Policies, Policy, read_policy
from tests.rehearsal.simulator.authorization.cases import ROLE, SERVICE, SESSION, USER, cases

HERE = Path(__file__).parent
RECORDED = HERE / "pairs.jsonl.gz"
RECORDED_CASES = 4000

PRINCIPALS = {USER: iam.user(USER), SESSION: iam.role_session(ROLE, "run"), SERVICE: iam.service(SERVICE)}


def generated(count: int) -> list[dict[str, Any]]:
    """Returns cases; the same every time."""
    found: list[dict[str, Any]] = []

    @settings(max_examples=count, derandomize=True, database=None, deadline=None, phases=[Phase.generate],
              suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(cases())
    def collect(case: dict[str, Any]) -> None:
        found.append(case)

    collect()
    return found


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
    return [answer if isinstance(answer, str) else json.dumps(answer) for answer in map(json.loads, done.stdout.splitlines())]


def record() -> None:
    """Writes the recorded pairs."""
    found = generated(RECORDED_CASES)
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
