"""Look-ups of secrets and parameters. What simulated AWS does not hold lies outside the stack and is made to exist."""

from collections.abc import Mapping
from typing import Any

from mcp_ops.rehearsal.simulator.cloud import Cloud
from mcp_ops.rehearsal.simulator.errors import Refusal
from mcp_ops.rehearsal.simulator.functions.function import Function
from mcp_ops.rehearsal.simulator.places import Place

STAND_IN = "rehearsal-value"
"""What an assumed secret or parameter says."""


def _described(cloud: Cloud, name: str, place: Place, assumptions: list[str]) -> dict[str, Any]:
    try:
        return cloud.call("secretsmanager", "DescribeSecret", {"SecretId": name}, place).data
    except Refusal:
        short = name.rsplit(":secret:", 1)[-1].rsplit("-", 1)[0] if name.startswith("arn:") else name
        made = cloud.call("secretsmanager", "CreateSecret", {"Name": short, "SecretString": STAND_IN}, place).data
        assumptions.append(f"secret {short} exists")
        return cloud.call("secretsmanager", "DescribeSecret", {"SecretId": made["ARN"]}, place).data


def secret(cloud: Cloud, given: Mapping[str, Any], place: Place, assumptions: list[str]) -> dict[str, Any]:
    """`aws.secretsmanager.get_secret`, by ARN or name."""
    name = given.get("arn") or given.get("name")
    if not name:
        raise Refusal("getSecret: one of arn and name is needed")
    found = _described(cloud, str(name), place, assumptions)
    return {
        "id": found["ARN"],
        "arn": found["ARN"],
        "name": found["Name"],
        "description": found.get("Description", ""),
        "kmsKeyId": found.get("KmsKeyId", ""),
        "policy": "",
        "tags": {tag["Key"]: tag["Value"] for tag in found.get("Tags") or ()},
        "createdDate": str(found.get("CreatedDate", "")),
        "lastChangedDate": str(found.get("LastChangedDate", "")),
        "region": place.region,
    }


def secret_version(cloud: Cloud, given: Mapping[str, Any], place: Place, assumptions: list[str]) -> dict[str, Any]:
    """`aws.secretsmanager.get_secret_version`: the value at a stage, AWSCURRENT unless another is asked for."""
    found = _described(cloud, str(given["secretId"]), place, assumptions)
    wanted = {"VersionStage": given.get("versionStage"), "VersionId": given.get("versionId")}
    asked = {"SecretId": found["ARN"], **{key: value for key, value in wanted.items() if value}}
    value = cloud.call("secretsmanager", "GetSecretValue", asked, place).data
    binary = value.get("SecretBinary", b"")
    return {
        "id": f"{value['ARN']}|{value['VersionId']}",
        "arn": value["ARN"],
        "secretId": given["secretId"],
        "secretString": value.get("SecretString", ""),
        "secretBinary": binary.decode(errors="replace") if isinstance(binary, bytes) else str(binary),
        "versionId": value["VersionId"],
        "versionStage": given.get("versionStage") or "AWSCURRENT",
        "versionStages": value.get("VersionStages", []),
        "createdDate": str(value.get("CreatedDate", "")),
        "region": place.region,
    }


def random_password(cloud: Cloud, given: Mapping[str, Any], place: Place, _: list[str]) -> dict[str, Any]:
    """`aws.secretsmanager.get_random_password`."""
    names = {key: f"{key[0].upper()}{key[1:]}" for key in given}
    made = cloud.call(
        "secretsmanager", "GetRandomPassword", {names[key]: value for key, value in given.items()}, place
    ).data
    return {"id": place.region, "randomPassword": made["RandomPassword"], "region": place.region, **given}


def parameter(cloud: Cloud, given: Mapping[str, Any], place: Place, assumptions: list[str]) -> dict[str, Any]:
    """`aws.ssm.get_parameter`; AWS's public parameters are those that simulated AWS knows."""
    asked = {"Name": given["name"], "WithDecryption": given.get("withDecryption") is not False}
    try:
        found = cloud.call("ssm", "GetParameter", asked, place).data["Parameter"]
    except Refusal as refusal:
        if "ParameterNotFound" not in str(refusal):
            raise
        assumptions.append(f"parameter {given['name']} exists")
        found = {"Name": given["name"], "Value": STAND_IN, "Type": "String", "Version": 1}
    path = str(given["name"]).removeprefix("/")
    return {
        "id": found["Name"],
        "name": found["Name"],
        "arn": f"arn:{place.partition}:ssm:{place.region}:{place.account}:parameter/{path}",
        "type": found["Type"],
        "value": found["Value"],
        "insecureValue": found["Value"] if found["Type"] != "SecureString" else "",
        "version": found.get("Version", 1),
        "region": place.region,
    }


FUNCTIONS: Mapping[str, Function] = {
    "aws:secretsmanager/getSecret:getSecret": secret,
    "aws:secretsmanager/getSecretVersion:getSecretVersion": secret_version,
    "aws:secretsmanager/getRandomPassword:getRandomPassword": random_password,
    "aws:ssm/getParameter:getParameter": parameter,
}
