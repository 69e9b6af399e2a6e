"""Amazon GuardDuty."""

from collections.abc import Mapping
from typing import Any

from mcp_ops.rehearsal.simulator.context import Context
from mcp_ops.rehearsal.simulator.spec import Call, Spec, Specs, step
from mcp_ops.rehearsal.simulator.values import given, nested


def _detector(inputs: dict[str, Any]) -> dict[str, Any]:
    """A detector is on unless told otherwise; the scan of volumes is a plain flag in the API."""
    path = "datasources.malwareProtection.scanEc2InstanceWithFindings.ebsVolumes"
    return nested({"enable": True, **inputs}, path, lambda value: value.get("enable"))


@step("detectorId", "name", "status", "additionalConfigurations")
def _feature(context: Context) -> None:
    more = [
        given(Name=item.get("name"), Status=item.get("status"))
        for item in context.take("additionalConfigurations") or []
    ]
    feature = given(Name=context.take("name"), Status=context.take("status"), AdditionalConfiguration=more or None)
    context.call("guardduty.UpdateDetector", given(DetectorId=context.take("detectorId"), Features=[feature]))


@step()
def _account(context: Context) -> Mapping[str, Any]:
    return {"AccountId": context.place.account}


SPECS: Specs = {
    "aws:guardduty/detector:Detector": Spec(
        create=Call("guardduty.CreateDetector"),
        then=(_account,),
        id="{DetectorId}",
        autoname="",
        reshape=_detector,
        outputs={"arn": "arn:{partition}:guardduty:{region}:{account}:detector/{id}"},
    ),
    "aws:guardduty/detectorFeature:DetectorFeature": Spec(
        create=_feature, id="{input.detectorId}/{input.name}", autoname=""
    ),
}
