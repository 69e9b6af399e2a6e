"""Amazon OpenSearch Service."""

import hashlib
from typing import Any

from mcp_ops.rehearsal.simulator.building import arn, renamed
from mcp_ops.rehearsal.simulator.context import Context
from mcp_ops.rehearsal.simulator.services.shapes import keyed
from mcp_ops.rehearsal.simulator.spec import Call, Spec, Specs
from mcp_ops.rehearsal.simulator.values import nested, without


def _domain(inputs: dict[str, Any]) -> dict[str, Any]:
    shaped = nested(inputs, "vpcOptions", lambda value: without(value, "availabilityZones", "vpcId"))
    shaped = nested(shaped, "autoTuneOptions", lambda value: without(value, "rollbackOnDisable"))
    return nested(shaped, "logPublishingOptions", lambda items: keyed([_log(item) for item in items], "logType"))


def _log(item: dict[str, Any]) -> dict[str, Any]:
    return renamed(item, {"cloudwatchLogGroupArn": "CloudWatchLogsLogGroupArn"})


def _endpoint(context: Context) -> dict[str, Any]:
    """Makes up the address that AWS adds once a domain has been built."""
    if context.previewing:
        return {}
    name, inside = context.inputs["domainName"], context.inputs.get("vpcOptions")
    digest = hashlib.sha256(f"{context.place}/{name}".encode()).hexdigest()[:26]
    host = f"{'vpc' if inside else 'search'}-{name}-{digest}.{context.place.region}.es.amazonaws.com"
    return {"Host": host, "Dashboards": f"{host}/_dashboards"}


SPECS: Specs = {
    "aws:opensearch/domain:Domain": Spec(
        create=Call(
            "opensearch.CreateDomain",
            rename={
                "encryptAtRest": "EncryptionAtRestOptions",
                "nodeToNodeEncryption": "NodeToNodeEncryptionOptions",
                "tags": "TagList",
            },
        ),
        then=(_endpoint,),
        id=arn("es", "domain/{input.domainName}"),
        outputs={
            "arn": "{id}",
            "dashboardEndpoint": "Dashboards",
            "domainId": "DomainStatus.DomainId",
            "endpoint": "Host",
            "engineVersion": "DomainStatus.EngineVersion",
        },
        autoname="domainName",
        lowercase_name=True,
        reshape=_domain,
    ),
    "aws:opensearch/domainPolicy:DomainPolicy": Spec(
        create=Call("opensearch.UpdateDomainConfig"),
        id="esd-policy-{input.domainName}",
        autoname="",
        ignored={"timeouts": "how long the provider waits"},
    ),
}
