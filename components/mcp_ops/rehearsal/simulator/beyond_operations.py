"""The operations beyond moto, by service."""

import uuid
from collections.abc import Mapping
from typing import Any

from mcp_ops.rehearsal.simulator import service_deployments
from mcp_ops.rehearsal.simulator.backup_jobs.operations import OPERATIONS as BACKUP
from mcp_ops.rehearsal.simulator.beyond_moto import Kept, Operation, refused
from mcp_ops.rehearsal.simulator.places import Place

NAMESPACE = uuid.UUID("6f1b9f6e-3c55-4c3e-9b58-6d0f5f2f7c11")
"""The same query gets the same id in every rehearsal."""


def _put_query_definition(kept: Kept, given: Mapping[str, Any], place: Place) -> dict[str, Any]:
    name = given["name"]
    identity = given.get("queryDefinitionId") or str(uuid.uuid5(NAMESPACE, f"{place.account} {place.region} {name}"))
    kept.setdefault("queries", {})[identity] = {**given, "queryDefinitionId": identity}
    return {"queryDefinitionId": identity}


def _describe_query_definitions(kept: Kept, given: Mapping[str, Any], _: Place) -> dict[str, Any]:
    prefix = given.get("queryDefinitionNamePrefix", "")
    found = [item for item in kept.get("queries", {}).values() if item["name"].startswith(prefix)]
    return {"queryDefinitions": found}


def _delete_query_definition(kept: Kept, given: Mapping[str, Any], _: Place) -> dict[str, Any]:
    if kept.get("queries", {}).pop(given["queryDefinitionId"], None) is None:
        raise refused("ResourceNotFoundException", "The specified query does not exist.", "DeleteQueryDefinition")
    return {"success": True}


def _analyzer(kept: Kept, given: Mapping[str, Any], place: Place) -> dict[str, Any]:
    arn = f"arn:{place.partition}:access-analyzer:{place.region}:{place.account}:analyzer/{given['analyzerName']}"
    kept.setdefault("analyzers", {})[given["analyzerName"]] = {**given, "arn": arn, "status": "ACTIVE"}
    return {"arn": arn}


def _get_analyzer(kept: Kept, given: Mapping[str, Any], _: Place) -> dict[str, Any]:
    name = given["analyzerName"]
    found = kept.get("analyzers", {}).get(name)
    if found is None:
        raise refused("ResourceNotFoundException", f"Analyzer {name} not found.", "GetAnalyzer")
    return {"analyzer": {**found, "name": name}}


OPERATIONS: Mapping[str, Mapping[str, Operation]] = {
    "accessanalyzer": {"CreateAnalyzer": _analyzer, "GetAnalyzer": _get_analyzer},
    "backup": BACKUP,
    "ecs": service_deployments.OPERATIONS,
    "logs": {
        "DeleteQueryDefinition": _delete_query_definition,
        "DescribeQueryDefinitions": _describe_query_definitions,
        "PutQueryDefinition": _put_query_definition,
    },
}
