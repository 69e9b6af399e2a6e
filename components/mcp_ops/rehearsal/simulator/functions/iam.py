"""Look-ups of IAM: roles, users, policies. One that the stack did not create is made to exist, and noted."""

import json
from collections.abc import Mapping
from typing import Any

from mcp_ops.rehearsal.simulator.cloud import Cloud
from mcp_ops.rehearsal.simulator.errors import Refusal
from mcp_ops.rehearsal.simulator.functions.function import Function
from mcp_ops.rehearsal.simulator.functions.replies import as_result, tags_of
from mcp_ops.rehearsal.simulator.places import Place

Given = Mapping[str, Any]


def _found(cloud: Cloud, operation: str, parameters: dict[str, Any], place: Place) -> dict[str, Any]:
    """Returns a reply, or nothing where IAM knows no such thing."""
    try:
        return cloud.call("iam", operation, parameters, place).data
    except Refusal as refusal:
        if "NoSuchEntity" in str(refusal):
            return {}
        raise


def role(cloud: Cloud, given: Given, place: Place, assumptions: list[str]) -> dict[str, Any]:
    """`aws.iam.get_role`."""
    name = given["name"]
    if not _found(cloud, "GetRole", {"RoleName": name}, place):
        principal = {"AWS": f"arn:{place.partition}:iam::{place.account}:root"}
        trust = {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}],
        }
        cloud.call("iam", "CreateRole", {"RoleName": name, "AssumeRolePolicyDocument": json.dumps(trust)}, place)
        assumptions.append(f"role {name} exists")
    found = _found(cloud, "GetRole", {"RoleName": name}, place)["Role"]
    document = found["AssumeRolePolicyDocument"]
    return {
        **as_result(
            {
                key: value
                for key, value in found.items()
                if key not in {"AssumeRolePolicyDocument", "PermissionsBoundary"}
            }
        ),
        "id": name,
        "name": name,
        "uniqueId": found["RoleId"],
        "assumeRolePolicy": document if isinstance(document, str) else json.dumps(document),
        "permissionsBoundary": found.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn", ""),
        "description": found.get("Description", ""),
        "roleLastUseds": [],
        "tags": tags_of(found.get("Tags")),
    }


def user(cloud: Cloud, given: Given, place: Place, assumptions: list[str]) -> dict[str, Any]:
    """`aws.iam.get_user`."""
    name = given["userName"]
    if not _found(cloud, "GetUser", {"UserName": name}, place):
        cloud.call("iam", "CreateUser", {"UserName": name}, place)
        assumptions.append(f"user {name} exists")
    found = _found(cloud, "GetUser", {"UserName": name}, place)["User"]
    boundary = found.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn", "")
    base = {"id": name, "userName": name, "arn": found["Arn"], "path": found["Path"], "userId": found["UserId"]}
    return {**base, "permissionsBoundary": boundary, "tags": tags_of(found.get("Tags"))}


def policy(cloud: Cloud, given: Given, place: Place, assumptions: list[str]) -> dict[str, Any]:
    """`aws.iam.get_policy`: by ARN, or by name and path; a policy of AWS's by its ARN."""
    path = given.get("pathPrefix") or "/"
    arn = given.get("arn") or f"arn:{place.partition}:iam::{place.account}:policy{path}{given.get('name')}"
    before = len(cloud.assumptions)
    found = cloud.call("iam", "GetPolicy", {"PolicyArn": arn}, place).data["Policy"]
    assumptions.extend(cloud.assumptions[before:])
    version = {"PolicyArn": arn, "VersionId": found["DefaultVersionId"]}
    document = cloud.call("iam", "GetPolicyVersion", version, place).data["PolicyVersion"]["Document"]
    return {
        **given,
        "id": arn,
        "arn": arn,
        "name": found["PolicyName"],
        "path": found["Path"],
        "policyId": found["PolicyId"],
        "attachmentCount": found.get("AttachmentCount", 0),
        "description": found.get("Description", ""),
        "policy": document if isinstance(document, str) else json.dumps(document),
        "tags": tags_of(found.get("Tags")),
    }


def session_context(_: Cloud, given: Given, place: Place, __: list[str]) -> dict[str, Any]:
    """`aws.iam.get_session_context`: the role behind an assumed role's ARN; any other ARN stands for itself."""
    arn = given["arn"]
    parts = arn.split(":")
    resource = parts[5].split("/") if len(parts) > 5 else []  # noqa: PLR2004 - the sixth part of an ARN
    if len(resource) == 3 and resource[0] == "assumed-role":  # noqa: PLR2004 - assumed-role/<role>/<session>
        issuer = f"arn:{place.partition}:iam::{parts[4]}:role/{resource[1]}"
        return {
            "id": arn,
            "arn": arn,
            "issuerArn": issuer,
            "issuerId": "AROAREHEARSAL",
            "issuerName": resource[1],
            "sessionName": resource[2],
        }
    return {"id": arn, "arn": arn, "issuerArn": arn, "issuerId": "", "issuerName": "", "sessionName": ""}


def openid_connect_provider(cloud: Cloud, given: Given, place: Place, assumptions: list[str]) -> dict[str, Any]:
    """`aws.iam.get_open_id_connect_provider`: by URL or ARN."""
    url = str(given.get("url") or "").removeprefix("https://") or str(given.get("arn")).partition("oidc-provider/")[2]
    arn = f"arn:{place.partition}:iam::{place.account}:oidc-provider/{url}"
    found = _found(cloud, "GetOpenIDConnectProvider", {"OpenIDConnectProviderArn": arn}, place)
    if not found:
        cloud.call("iam", "CreateOpenIDConnectProvider", {"Url": f"https://{url}"}, place)
        assumptions.append(f"OpenID Connect provider {url} exists")
        found = _found(cloud, "GetOpenIDConnectProvider", {"OpenIDConnectProviderArn": arn}, place)
    lists = {"clientIdLists": found.get("ClientIDList", []), "thumbprintLists": found.get("ThumbprintList", [])}
    return {"id": arn, "arn": arn, "url": url, **lists, "tags": tags_of(found.get("Tags"))}


FUNCTIONS: Mapping[str, Function] = {
    "aws:iam/getRole:getRole": role,
    "aws:iam/getUser:getUser": user,
    "aws:iam/getPolicy:getPolicy": policy,
    "aws:iam/getSessionContext:getSessionContext": session_context,
    "aws:iam/getOpenIdConnectProvider:getOpenIdConnectProvider": openid_connect_provider,
}
