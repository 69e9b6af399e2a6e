"""Amazon Route 53: records, whose inputs stand flat where AWS has a batch of changes."""

from typing import Any

from mcp_ops.rehearsal.simulator.context import Context
from mcp_ops.rehearsal.simulator.spec import Spec

RECORD_SET = "ChangeBatch.Changes.ResourceRecordSet"

FLAT = {
    "cidrRoutingPolicy": "CidrRoutingConfig",
    "healthCheckId": "HealthCheckId",
    "multivalueAnswerRoutingPolicy": "MultiValueAnswer",
    "name": "Name",
    "setIdentifier": "SetIdentifier",
    "ttl": "TTL",
    "type": "Type",
    "geoproximityRoutingPolicy": "GeoProximityLocation",
}

POLICIES = {
    "failoverRoutingPolicies": ("type", "Failover"),
    "latencyRoutingPolicies": ("region", "Region"),
    "weightedRoutingPolicies": ("weight", "Weight"),
}
"""Input with a list of one, the input within it, and the member that takes it."""

NAMES = {
    "zoneId": "HostedZoneId",
    "geolocation": f"{RECORD_SET}.GeoLocation",
    "geolocation.continent": "ContinentCode",
    "geolocation.country": "CountryCode",
    "geolocation.subdivision": "SubdivisionCode",
    "geoproximityRoutingPolicy.awsRegion": "AWSRegion",
    "alias": f"{RECORD_SET}.AliasTarget",
    "alias.zoneId": "HostedZoneId",
    "alias.name": "DNSName",
    "records": f"{RECORD_SET}.ResourceRecords",
    **{name: f"{RECORD_SET}.{member}" for name, member in FLAT.items()},
    **{f"{name}Value": f"{RECORD_SET}.{member}" for name, (_, member) in POLICIES.items()},
}


def full_name(name: str, zone_name: str) -> str:
    """Returns a record's name with the zone's, which the provider adds where it is missing; no final dot."""
    name, zone_name = name.rstrip(".").lower(), zone_name.rstrip(".").lower()
    if not zone_name or name == zone_name or name.endswith(f".{zone_name}"):
        return name
    return f"{name}.{zone_name}" if name else zone_name


def _record(inputs: dict[str, Any]) -> dict[str, Any]:
    """Takes single things out of their lists, and quotes texts."""
    rest = dict(inputs)
    for name, (key, _) in POLICIES.items():
        items = rest.pop(name, None)
        if items:
            rest[f"{name}Value"] = items[0].get(key)
    for name, one in (("aliases", "alias"), ("geolocationRoutingPolicies", "geolocation")):
        items = rest.pop(name, None)
        if items:
            rest[one] = items[0]
    if isinstance(rest.get("records"), list):
        quote = '"' if rest.get("type") in {"TXT", "SPF"} else ""
        rest["records"] = [
            {"Value": f"{quote}{item}{quote}" if isinstance(item, str) else item} for item in rest["records"]
        ]
    return rest


def _create(context: Context) -> dict[str, Any]:
    given = dict(context.inputs)
    context.taken.update(given)
    overwrite = given.pop("allowOverwrite", None)
    name = full_name(str(given["name"]), _zone_name(context)) if isinstance(given.get("name"), str) else ""
    if name:
        given["name"] = name
    parameters = context.fitted("route53.ChangeResourceRecordSets", given, NAMES)
    parameters["ChangeBatch"]["Changes"][0]["Action"] = "UPSERT" if overwrite else "CREATE"
    context.call("route53.ChangeResourceRecordSets", parameters)
    suffix = f"_{given['setIdentifier']}" if given.get("setIdentifier") else ""
    return {"Fqdn": name, "RecordId": f"{given.get('zoneId')}_{name}_{given.get('type')}{suffix}"}


def _zone_name(context: Context) -> str:
    """Returns the name of the record's zone; empty for one outside the stack."""
    if context.previewing:
        return ""
    zones = context.call("route53.ListHostedZones", {})["HostedZones"]
    return next((zone["Name"] for zone in zones if zone["Id"].endswith(f"/{context.inputs.get('zoneId')}")), "")


RECORD = Spec(create=_create, id="RecordId", outputs={"fqdn": "Fqdn"}, reshape=_record)
