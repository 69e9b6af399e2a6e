"""Amazon Athena."""

from typing import Any

from mcp_ops.rehearsal.simulator.building import arn
from mcp_ops.rehearsal.simulator.spec import Call, Spec, Specs
from mcp_ops.rehearsal.simulator.values import nested, without

LOGGING = "configuration.monitoringConfiguration.cloudWatchLoggingConfiguration"


def _workgroup(inputs: dict[str, Any]) -> dict[str, Any]:
    shaped = nested(inputs, "configuration.engineVersion", lambda value: without(value, "effectiveEngineVersion"))
    return nested(shaped, f"{LOGGING}.logTypes", lambda items: {item["key"]: item.get("values") for item in items})


SPECS: Specs = {
    "aws:athena/workgroup:Workgroup": Spec(
        create=Call(
            "athena.CreateWorkGroup",
            rename={"configuration.resultConfiguration.encryptionConfiguration.kmsKeyArn": "KmsKey"},
        ),
        then=(
            Call("athena.UpdateWorkGroup", inputs=("state",), constant={"WorkGroup": "{input.name}"}, when=("state",)),
        ),
        id="{input.name}",
        outputs={"arn": arn("athena", "workgroup/{id}")},
        reshape=_workgroup,
        ignored={"forceDestroy": "steers deletion"},
    ),
    "aws:athena/namedQuery:NamedQuery": Spec(
        create=Call("athena.CreateNamedQuery", rename={"query": "QueryString"}), id="NamedQueryId"
    ),
}
