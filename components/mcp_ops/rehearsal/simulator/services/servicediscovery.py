"""AWS Cloud Map."""

from typing import Any

from mcp_ops.rehearsal.simulator.building import arn, only
from mcp_ops.rehearsal.simulator.context import Context
from mcp_ops.rehearsal.simulator.spec import Call, Spec, Specs


def _made_namespace(context: Context) -> dict[str, Any]:
    """Follows the operation that makes a namespace to the namespace itself."""
    if context.previewing:
        return {}
    operation = context.call("servicediscovery.GetOperation", {"OperationId": context.find("OperationId")})
    id_ = operation["Operation"]["Targets"]["NAMESPACE"]
    namespace = context.call("servicediscovery.GetNamespace", {"Id": id_})["Namespace"]
    return {"NamespaceId": id_, "Zone": namespace.get("Properties", {}).get("DnsProperties", {}).get("HostedZoneId")}


def _namespace(operation: str, **outputs: str) -> Spec:
    def create(context: Context) -> dict[str, Any]:
        context.taken.update(context.inputs)
        context.call(operation, context.fitted(operation, context.inputs))
        return _made_namespace(context)

    return Spec(
        create=create,
        id="NamespaceId",
        outputs={"arn": arn("servicediscovery", "namespace/{id}"), **outputs},
    )


SPECS: Specs = {
    "aws:servicediscovery/httpNamespace:HttpNamespace": _namespace(
        "servicediscovery.CreateHttpNamespace", httpName="input.name"
    ),
    "aws:servicediscovery/privateDnsNamespace:PrivateDnsNamespace": _namespace(
        "servicediscovery.CreatePrivateDnsNamespace", hostedZone="Zone"
    ),
    "aws:servicediscovery/publicDnsNamespace:PublicDnsNamespace": _namespace(
        "servicediscovery.CreatePublicDnsNamespace", hostedZone="Zone"
    ),
    "aws:servicediscovery/service:Service": Spec(
        create=Call("servicediscovery.CreateService"),
        id="Service.Id",
        outputs={"arn": "Service.Arn"},
        ignored=only("forceDestroy"),
    ),
    "aws:servicediscovery/instance:Instance": Spec(
        create=Call("servicediscovery.RegisterInstance"), id="{input.instanceId}"
    ),
}
