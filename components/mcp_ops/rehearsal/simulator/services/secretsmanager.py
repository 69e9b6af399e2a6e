"""AWS Secrets Manager."""

from typing import Any

from mcp_ops.rehearsal.simulator.spec import Call, Spec, Specs
from mcp_ops.rehearsal.simulator.values import nested, without


def _secret(inputs: dict[str, Any]) -> dict[str, Any]:
    """Leaves out what a replica's type carries as outputs."""
    told = ("lastAccessedDate", "status", "statusMessage")
    return nested(inputs, "replicas", lambda replicas: [without(replica, *told) for replica in replicas])


SPECS: Specs = {
    "aws:secretsmanager/secret:Secret": Spec(
        create=Call("secretsmanager.CreateSecret", rename={"replicas": "AddReplicaRegions"}),
        then=(
            Call(
                "secretsmanager.PutResourcePolicy",
                inputs=("policy",),
                rename={"policy": "ResourcePolicy"},
                constant={"SecretId": "{id}"},
                when=("policy",),
            ),
        ),
        id="{ARN}",
        reshape=_secret,
        outputs={"arn": "ARN"},
        ignored={"recoveryWindowInDays": "how the provider deletes it"},
    ),
    "aws:secretsmanager/secretVersion:SecretVersion": Spec(
        create=Call("secretsmanager.PutSecretValue", rename={"secretStringWo": "SecretString"}),
        id="{input.secretId}|{VersionId}",
        autoname="",
        outputs={"arn": "ARN", "secretArn": "ARN"},
        ignored={"secretStringWoVersion": "tells the provider that the write-only value changed"},
    ),
    "aws:secretsmanager/secretPolicy:SecretPolicy": Spec(
        create=Call("secretsmanager.PutResourcePolicy", rename={"secretArn": "SecretId", "policy": "ResourcePolicy"}),
        id="{input.secretArn}",
        autoname="",
    ),
    "aws:secretsmanager/secretRotation:SecretRotation": Spec(
        create=Call("secretsmanager.RotateSecret"),
        id="{input.secretId}",
        autoname="",
        outputs={"rotationEnabled": "`true`"},
        ignored={"rotationEnabled": "an output that the SDK also takes"},
    ),
}
