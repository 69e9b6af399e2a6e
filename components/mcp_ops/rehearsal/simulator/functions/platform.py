"""Look-ups of keys, certificates, zones and log groups. What the stack did not create is made to exist, and noted."""

from collections.abc import Mapping
from typing import Any

from mcp_ops.rehearsal.simulator.cloud import Cloud
from mcp_ops.rehearsal.simulator.errors import Refusal
from mcp_ops.rehearsal.simulator.functions.function import Function
from mcp_ops.rehearsal.simulator.functions.replies import as_result, tags_of
from mcp_ops.rehearsal.simulator.places import Place
from mcp_ops.rehearsal.simulator.services import acm

Given = Mapping[str, Any]


def _key(cloud: Cloud, key_id: str, place: Place, assumptions: list[str]) -> dict[str, Any]:
    """Returns a key's metadata; an alias or a key that is unknown is made to exist."""
    try:
        found: dict[str, Any] = cloud.call("kms", "DescribeKey", {"KeyId": key_id}, place).data["KeyMetadata"]
    except Refusal as refusal:
        if "NotFound" not in str(refusal):
            raise
        found = cloud.call("kms", "CreateKey", {"Description": "outside the stack"}, place).data["KeyMetadata"]
        alias = key_id.partition("alias/")[2]
        if alias and not alias.startswith("aws/"):
            cloud.call("kms", "CreateAlias", {"AliasName": f"alias/{alias}", "TargetKeyId": found["KeyId"]}, place)
        assumptions.append(f"KMS key {key_id} exists")
    return found


def kms_key(cloud: Cloud, given: Given, place: Place, assumptions: list[str]) -> dict[str, Any]:
    """`aws.kms.get_key`: by id, ARN or alias."""
    found = _key(cloud, given["keyId"], place, assumptions)
    named = {"id": found["KeyId"], "keyId": given["keyId"], "awsAccountId": place.account}
    return {**as_result(found), "multiRegionConfigurations": [], "xksKeyConfigurations": [], **named}


def kms_alias(cloud: Cloud, given: Given, place: Place, assumptions: list[str]) -> dict[str, Any]:
    """`aws.kms.get_alias`."""
    name = given["name"]
    found = _key(cloud, name, place, assumptions)
    arn = f"arn:{place.partition}:kms:{place.region}:{place.account}:{name}"
    return {"id": arn, "arn": arn, "name": name, "targetKeyArn": found["Arn"], "targetKeyId": found["KeyId"]}


def certificate(cloud: Cloud, given: Given, place: Place, assumptions: list[str]) -> dict[str, Any]:
    """`aws.acm.get_certificate`: by domain; an issued one is made to exist."""
    domain = given.get("domain")
    held = cloud.call("acm", "ListCertificates", {}, place).data["CertificateSummaryList"]
    found = [item["CertificateArn"] for item in held if item["DomainName"] == domain]
    if not found:
        requested = {"DomainName": domain or "outside.example", "ValidationMethod": "DNS"}
        found = [cloud.call("acm", "RequestCertificate", requested, place).data["CertificateArn"]]
        acm.issue(found[0], place)
        assumptions.append(f"an issued certificate for {domain} exists")
    if len(found) > 1 and not given.get("mostRecent"):
        raise Refusal(f"aws.acm.get_certificate: {len(found)} certificates for {domain}; set most_recent")
    return {**given, "id": found[-1], "arn": found[-1], "status": "ISSUED", "tags": dict(given.get("tags") or {})}


def _zones(cloud: Cloud, given: Given, place: Place) -> list[dict[str, Any]]:
    wanted = f"{str(given.get('name') or '').rstrip('.')}."
    private = bool(given.get("privateZone") or given.get("vpcId"))
    held = cloud.call("route53", "ListHostedZones", {}, place).data["HostedZones"]
    return [zone for zone in held if zone["Name"] == wanted and bool(zone["Config"].get("PrivateZone")) == private]


def zone(cloud: Cloud, given: Given, place: Place, assumptions: list[str]) -> dict[str, Any]:
    """`aws.route53.get_zone`: by name or id."""
    if given.get("zoneId"):
        id_ = str(given["zoneId"])
        before = len(cloud.assumptions)
        cloud.call("route53", "ListResourceRecordSets", {"HostedZoneId": id_}, place)
        assumptions.extend(cloud.assumptions[before:])
    else:
        if not _zones(cloud, given, place):
            _make_zone(cloud, given, place)
            assumptions.append(f"hosted zone {given.get('name')} exists")
        id_ = _zones(cloud, given, place)[0]["Id"].rpartition("/")[2]
    found = cloud.call("route53", "GetHostedZone", {"Id": id_}, place).data
    servers = sorted(found.get("DelegationSet", {}).get("NameServers", []))
    name = str(given.get("name") or found["HostedZone"]["Name"]).rstrip(".")
    return {
        **given,
        "id": id_,
        "zoneId": id_,
        "arn": f"arn:{place.partition}:route53:::hostedzone/{id_}",
        "name": name,
        "nameServers": servers,
        "primaryNameServer": servers[0] if servers else "",
        "privateZone": bool(found["HostedZone"]["Config"].get("PrivateZone")),
        "callerReference": found["HostedZone"].get("CallerReference", ""),
        "resourceRecordSetCount": found["HostedZone"].get("ResourceRecordSetCount", 0),
        "comment": found["HostedZone"]["Config"].get("Comment", ""),
        "tags": dict(given.get("tags") or {}),
    }


def _make_zone(cloud: Cloud, given: Given, place: Place) -> None:
    parameters: dict[str, Any] = {"Name": given.get("name"), "CallerReference": f"outside {given.get('name')}"}
    if given.get("vpcId"):
        parameters["VPC"] = {"VPCId": given["vpcId"], "VPCRegion": place.region}
    if given.get("privateZone") or given.get("vpcId"):
        parameters["HostedZoneConfig"] = {"PrivateZone": True}
    cloud.call("route53", "CreateHostedZone", parameters, place)


def log_group(cloud: Cloud, given: Given, place: Place, assumptions: list[str]) -> dict[str, Any]:
    """`aws.cloudwatch.get_log_group`."""
    name = given["name"]
    listed = {"logGroupNamePrefix": name}
    found = [
        item
        for item in cloud.call("logs", "DescribeLogGroups", listed, place).data["logGroups"]
        if item["logGroupName"] == name
    ]
    if not found:
        cloud.call("logs", "CreateLogGroup", {"logGroupName": name}, place)
        assumptions.append(f"log group {name} exists")
    held = found[0] if found else {}
    return {
        "id": name,
        "name": name,
        "arn": f"arn:{place.partition}:logs:{place.region}:{place.account}:log-group:{name}",
        "creationTime": held.get("creationTime", 0),
        "kmsKeyId": held.get("kmsKeyId", ""),
        "logGroupClass": held.get("logGroupClass", "STANDARD"),
        "retentionInDays": held.get("retentionInDays", 0),
        "tags": tags_of(given.get("tags")),
    }


FUNCTIONS: Mapping[str, Function] = {
    "aws:kms/getKey:getKey": kms_key,
    "aws:kms/getAlias:getAlias": kms_alias,
    "aws:acm/getCertificate:getCertificate": certificate,
    "aws:route53/getZone:getZone": zone,
    "aws:cloudwatch/getLogGroup:getLogGroup": log_group,
}
