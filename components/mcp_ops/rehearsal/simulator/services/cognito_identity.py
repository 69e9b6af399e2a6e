"""Amazon Cognito identity pools."""

from typing import Any

from mcp_ops.rehearsal.simulator.building import arn
from mcp_ops.rehearsal.simulator.spec import Call, Spec, Specs
from mcp_ops.rehearsal.simulator.values import given


def _mapping(item: dict[str, Any]) -> dict[str, Any]:
    rules = item.get("mappingRules")
    return given(
        Type=item.get("type"),
        AmbiguousRoleResolution=item.get("ambiguousRoleResolution"),
        RulesConfiguration={"Rules": rules} if rules else None,
    )


def _mappings(inputs: dict[str, Any]) -> dict[str, Any]:
    items = inputs.get("roleMappings")
    if not items:
        return inputs
    return {**inputs, "roleMappings": {str(item.get("identityProvider")): _mapping(item) for item in items}}


SPECS: Specs = {
    "aws:cognito/identityPool:IdentityPool": Spec(
        create=Call(
            "cognito-identity.CreateIdentityPool",
            rename={"tags": "IdentityPoolTags"},
            constant={"AllowUnauthenticatedIdentities": False},
        ),
        id="IdentityPoolId",
        outputs={"arn": arn("cognito-identity", "identitypool/{id}")},
        autoname="",
    ),
    "aws:cognito/identityPoolRoleAttachment:IdentityPoolRoleAttachment": Spec(
        create=Call("cognito-identity.SetIdentityPoolRoles"),
        id="{input.identityPoolId}",
        reshape=_mappings,
    ),
}
