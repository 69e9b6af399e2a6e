"""AWS KMS."""

from typing import Any

from mcp_ops.rehearsal.simulator.building import arn
from mcp_ops.rehearsal.simulator.context import Context
from mcp_ops.rehearsal.simulator.spec import Call, Spec, Specs, step

ON_DELETE = {"deletionWindowInDays": "steers deletion"}


@step("enableKeyRotation", "rotationPeriodInDays")
def _rotation(context: Context) -> None:
    if context.take("enableKeyRotation"):
        period = context.take("rotationPeriodInDays")
        context.call("kms.EnableKeyRotation", {"KeyId": context.id or None, "RotationPeriodInDays": period})


def _enabled_by(name: str) -> Any:
    @step(name)
    def disable(context: Context) -> None:
        if context.take(name) is False:
            context.call("kms.DisableKey", {"KeyId": context.id or None})

    return disable


@step("keyMaterialBase64", "validTo")
def _material(context: Context) -> None:
    material, until = context.take("keyMaterialBase64"), context.take("validTo")
    if material:
        expires = (
            {"ExpirationModel": "KEY_MATERIAL_EXPIRES", "ValidTo": until}
            if until
            else {"ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE"}
        )
        given = {
            "KeyId": context.id or None,
            "ImportToken": b"token",
            "EncryptedKeyMaterial": material.encode(),
            **expires,
        }
        context.call("kms.ImportKeyMaterial", given, checked="moto has no import tokens")


def _replicate(context: Context) -> dict[str, Any]:
    """Asks the primary key's region for a replica in this one."""
    primary = context.take("primaryKeyArn")
    given = {
        name: context.inputs.get(name) for name in ("description", "policy", "bypassPolicyLockoutSafetyCheck", "tags")
    }
    context.taken.update(given)
    parameters = context.fitted("kms.ReplicateKey", {key: value for key, value in given.items() if value is not None})
    parameters |= {"KeyId": str(primary).rsplit("/", 1)[-1], "ReplicaRegion": context.place.region}
    parts = str(primary).split(":")
    return context.call("kms.ReplicateKey", parameters, region=parts[3] if len(parts) > 3 else None)  # noqa: PLR2004 - the fourth part of an ARN


def _target(context: Context) -> dict[str, Any]:
    """Looks up the key that an alias stands for."""
    found = context.call("kms.DescribeKey", {"KeyId": context.inputs.get("targetKeyId")})
    return {"Target": found.get("KeyMetadata")}


KEY_OUTPUTS = {"arn": "KeyMetadata.Arn", "keyId": "KeyMetadata.KeyId"}
REPLICA_OUTPUTS = {
    "arn": "ReplicaKeyMetadata.Arn",
    "keyId": "ReplicaKeyMetadata.KeyId",
    "keySpec": "ReplicaKeyMetadata.KeySpec",
    "keyUsage": "ReplicaKeyMetadata.KeyUsage",
}

SPECS: Specs = {
    "aws:kms/key:Key": Spec(
        create=Call("kms.CreateKey", rename={"customerMasterKeySpec": "KeySpec"}),
        id="KeyMetadata.KeyId",
        then=(_rotation, _enabled_by("isEnabled")),
        outputs=KEY_OUTPUTS,
        ignored=ON_DELETE,
    ),
    "aws:kms/externalKey:ExternalKey": Spec(
        create=Call("kms.CreateKey", constant={"Origin": "EXTERNAL"}),
        id="KeyMetadata.KeyId",
        then=(_material, _enabled_by("enabled")),
        outputs={
            "arn": "KeyMetadata.Arn",
            "keyState": "KeyMetadata.KeyState",
            "expirationModel": "KeyMetadata.ExpirationModel",
        },
        ignored=ON_DELETE,
    ),
    "aws:kms/replicaKey:ReplicaKey": Spec(
        create=_replicate,
        id="ReplicaKeyMetadata.KeyId",
        then=(_enabled_by("enabled"),),
        outputs=REPLICA_OUTPUTS,
        ignored=ON_DELETE,
    ),
    "aws:kms/alias:Alias": Spec(
        create=Call("kms.CreateAlias", rename={"name": "AliasName"}),
        id="{input.name}",
        then=(_target,),
        outputs={"arn": arn("kms", "{input.name}"), "targetKeyArn": "Target.Arn"},
    ),
    "aws:kms/keyPolicy:KeyPolicy": Spec(
        create=Call("kms.PutKeyPolicy", constant={"PolicyName": "default"}),
        id="{input.keyId}",
    ),
    "aws:kms/grant:Grant": Spec(
        create=Call("kms.CreateGrant", rename={"grantCreationTokens": "GrantTokens"}),
        id="{input.keyId}:{GrantId}",
        ignored={"retireOnDelete": "steers deletion"},
    ),
}
