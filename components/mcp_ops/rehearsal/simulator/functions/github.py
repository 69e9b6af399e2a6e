"""Look-ups of pulumi_github."""

import hashlib
from collections.abc import Mapping
from typing import Any

from mcp_ops.rehearsal.simulator.cloud import Cloud
from mcp_ops.rehearsal.simulator.errors import Refusal
from mcp_ops.rehearsal.simulator.functions.function import Function
from mcp_ops.rehearsal.simulator.github.state import github_of
from mcp_ops.rehearsal.simulator.places import Place

_IDS = 10**9


def _repository(cloud: Cloud, given: Mapping[str, Any], _: Place, assumptions: list[str]) -> dict[str, Any]:
    full_name = str(given.get("fullName") or given.get("name") or "")
    name = full_name.rsplit("/", 1)[-1]
    if not name:
        raise Refusal("github:getRepository: give fullName or name")
    github = github_of(cloud)
    repository = github.repository(name)
    if name in github.outside:
        assumptions.append(f"GitHub repository {full_name} exists")
    number = int(hashlib.sha256(full_name.encode()).hexdigest(), 16) % _IDS
    return {
        "id": name,
        "name": name,
        "fullName": full_name,
        "repoId": number,
        "nodeId": f"R_{number}",
        "visibility": repository.visibility or "private",
        "private": repository.visibility != "public",
        "defaultBranch": "main",
        "htmlUrl": f"https://github.com/{full_name}",
    }


FUNCTIONS: Mapping[str, Function] = {"github:index/getRepository:getRepository": _repository}
