"""Look-ups of what RDS offers, and of user pools by name."""

from collections.abc import Mapping
from typing import Any

from mcp_ops.rehearsal.simulator.cloud import Cloud
from mcp_ops.rehearsal.simulator.functions.function import Function
from mcp_ops.rehearsal.simulator.places import Place

NEWEST: Mapping[str, str] = {
    "aurora-mysql": "8.0.mysql_aurora.3.10.1",
    "aurora-postgresql": "17.5",
    "mariadb": "11.8.3",
    "mysql": "8.4.6",
    "postgres": "17.6",
}
"""A version that RDS offers of each engine, for programs that leave it open (Amazon RDS release calendars, 2025)."""


def engine_version(_: Cloud, given: Mapping[str, Any], place: Place, assumptions: list[str]) -> dict[str, Any]:
    """`aws.rds.get_engine_version`: the wanted version, or a current one."""
    engine = str(given["engine"])
    preferred = given.get("preferredVersions") or []
    version = str(given.get("version") or (preferred[0] if preferred else NEWEST.get(engine, "1.0")))
    major = (
        version.partition(".")[0] if engine in {"postgres", "aurora-postgresql"} else ".".join(version.split(".")[:2])
    )
    family = str(given.get("parameterGroupFamily") or f"{engine}{major}")
    assumptions.append(f"RDS offers {engine} {version}")
    return {
        "id": version,
        "engine": engine,
        "version": version,
        "versionActual": version,
        "versionMajor": major,
        "parameterGroupFamily": family,
        "engineDescription": engine,
        "versionDescription": f"{engine} {version}",
        "defaultCharacterSet": "",
        "status": "available",
        "supportedCharacterSets": [],
        "supportedFeatureNames": [],
        "supportedModes": [],
        "supportedTimezones": [],
        "validUpgradeTargets": [],
        "exportableLogTypes": [],
        "region": place.region,
    }


def orderable_instance(_: Cloud, given: Mapping[str, Any], place: Place, assumptions: list[str]) -> dict[str, Any]:
    """`aws.rds.get_orderable_db_instance`: the first class that the program prefers."""
    preferred = given.get("preferredInstanceClasses") or []
    class_ = str(given.get("instanceClass") or (preferred[0] if preferred else "db.t4g.medium"))
    version = str(given.get("engineVersion") or NEWEST.get(str(given["engine"]), "1.0"))
    assumptions.append(f"RDS offers {given['engine']} {version} on {class_} in {place.region}")
    answers = {
        "storageType": "gp3",
        "licenseModel": "",
        "vpc": True,
        "multiAzCapable": True,
        "supportsStorageEncryption": True,
    }
    return {**answers, **given, "id": class_, "instanceClass": class_, "engineVersion": version, "region": place.region}


def user_pools(cloud: Cloud, given: Mapping[str, Any], place: Place, assumptions: list[str]) -> dict[str, Any]:
    """`aws.cognito.get_user_pools`: the pools with a name; one that the stack does not make is assumed."""
    name = str(given["name"])
    pools = cloud.call("cognito-idp", "ListUserPools", {"MaxResults": 60}, place).data["UserPools"]
    ids = [pool["Id"] for pool in pools if pool["Name"] == name]
    if not ids:
        ids = [cloud.call("cognito-idp", "CreateUserPool", {"PoolName": name}, place).data["UserPool"]["Id"]]
        assumptions.append(f"user pool {name} exists")
    arns = [f"arn:{place.partition}:cognito-idp:{place.region}:{place.account}:userpool/{id_}" for id_ in ids]
    return {"id": name, "name": name, "ids": ids, "arns": arns, "region": place.region}


FUNCTIONS: Mapping[str, Function] = {
    "aws:rds/getEngineVersion:getEngineVersion": engine_version,
    "aws:rds/getOrderableDbInstance:getOrderableDbInstance": orderable_instance,
    "aws:cognito/getUserPools:getUserPools": user_pools,
}
