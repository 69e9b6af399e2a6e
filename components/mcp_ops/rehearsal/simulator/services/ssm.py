"""AWS Systems Manager: parameters and documents."""

from collections.abc import Mapping
from typing import Any

from mcp_ops.rehearsal.simulator.context import Context
from mcp_ops.rehearsal.simulator.spec import Call, Spec, Specs, step
from mcp_ops.rehearsal.simulator.values import without


def _parameter(inputs: dict[str, Any]) -> dict[str, Any]:
    """The value comes by one of three names; `arn` is an output that the SDK also takes."""
    kept = without(inputs, "value", "valueWo", "insecureValue", "arn")
    values = [inputs[name] for name in ("value", "valueWo", "insecureValue") if inputs.get(name) is not None]
    return {**kept, "Value": values[0]} if values else kept


@step()
def _arn(context: Context) -> Mapping[str, Any]:
    """A name that is a path has its slash already."""
    place, name = context.place, str(context.inputs.get("name", "")).removeprefix("/")
    return {"arn": f"arn:{place.partition}:ssm:{place.region}:{place.account}:parameter/{name}"}


@step("permissions")
def _share(context: Context) -> None:
    """Shares a document with other accounts: a map of its type and a list in one text."""
    permissions = context.take("permissions")
    if permissions:
        accounts = str(permissions.get("account_ids", "")).split(",")
        parameters = {
            "Name": context.inputs.get("name"),
            "PermissionType": permissions.get("type", "Share"),
            "AccountIdsToAdd": accounts,
        }
        context.call("ssm.ModifyDocumentPermission", parameters)


SPECS: Specs = {
    "aws:ssm/parameter:Parameter": Spec(
        create=Call("ssm.PutParameter"),
        id="{input.name}",
        reshape=_parameter,
        then=(_arn,),
        outputs={"arn": "arn", "version": "Version"},
        ignored={"valueWoVersion": "tells the provider that the write-only value changed"},
    ),
    "aws:ssm/document:Document": Spec(
        create=Call("ssm.CreateDocument", rename={"attachmentsSources": "Attachments"}),
        then=(_share,),
        id="{input.name}",
        outputs={"arn": "arn:{partition}:ssm:{region}:{account}:document/{input.name}"},
    ),
}
