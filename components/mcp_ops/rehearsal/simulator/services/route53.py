"""Amazon Route 53."""

from typing import Any

from mcp_ops.rehearsal.simulator.building import only
from mcp_ops.rehearsal.simulator.context import Context
from mcp_ops.rehearsal.simulator.services.route53_record import RECORD
from mcp_ops.rehearsal.simulator.spec import Call, Spec, Specs, step

ZONE_NAMES = {"name": "Name", "delegationSetId": "DelegationSetId"}

HEALTH_CHECK_NAMES = {
    "childHealthThreshold": "HealthThreshold",
    "childHealthchecks": "ChildHealthChecks",
    "cloudwatchAlarmName": "AlarmIdentifier.Name",
    "cloudwatchAlarmRegion": "AlarmIdentifier.Region",
    "enableSni": "EnableSNI",
    "fqdn": "FullyQualifiedDomainName",
    "invertHealthcheck": "Inverted",
    "ipAddress": "IPAddress",
}


def _arn(kind: str) -> str:
    return f"arn:{{partition}}:route53:::{kind}/{{id}}"


def _tagging(kind: str) -> Call:
    return Call(
        "route53.ChangeTagsForResource",
        inputs=("tags",),
        rename={"tags": "AddTags"},
        constant={"ResourceType": kind, "ResourceId": "{id}"},
        when=("tags",),
    )


def _create_zone(context: Context) -> dict[str, Any]:
    """Creates a zone, private when it is given networks: the first goes with the call."""
    vpcs = context.take("vpcs") or []
    parameters: dict[str, Any] = {member: context.take(name) for name, member in ZONE_NAMES.items()}
    parameters |= {
        "CallerReference": context.subject.name,
        "HostedZoneConfig": {"Comment": context.take("comment") or "Managed by Pulumi"},
    }
    if vpcs:
        parameters["HostedZoneConfig"]["PrivateZone"] = True
        parameters["VPC"] = _vpc(context, vpcs[0])
    reply = context.call("route53.CreateHostedZone", parameters)
    zone = str(reply.get("HostedZone", {}).get("Id", "")).rpartition("/")[2]
    for vpc in vpcs[1:]:
        context.call("route53.AssociateVPCWithHostedZone", {"HostedZoneId": zone or None, "VPC": _vpc(context, vpc)})
    servers = reply.get("DelegationSet", {}).get("NameServers") or []
    return {"ZoneId": zone, "Servers": sorted(servers), "Primary": servers[0] if servers else None}


def _vpc(context: Context, vpc: dict[str, Any]) -> dict[str, Any]:
    return {"VPCId": vpc.get("vpcId"), "VPCRegion": vpc.get("vpcRegion") or context.place.region}


@step("enableAcceleratedRecovery")
def _accelerated_recovery(context: Context) -> None:
    enable = context.take("enableAcceleratedRecovery")
    if enable is not None:
        given = {"HostedZoneId": context.id or None, "Features": {"EnableAcceleratedRecovery": enable}}
        context.call(
            "route53.UpdateHostedZoneFeatures",
            {"HostedZoneId": given["HostedZoneId"], "EnableAcceleratedRecovery": enable},
        )


def _zone_association(operation: str) -> Any:
    def associate(context: Context) -> None:
        vpc = {"vpcId": context.take("vpcId"), "vpcRegion": context.take("vpcRegion")}
        context.call(operation, {"HostedZoneId": context.take("zoneId"), "VPC": _vpc(context, vpc)})

    return associate


def _health_check(inputs: dict[str, Any]) -> dict[str, Any]:
    rest = {key: value for key, value in inputs.items() if key in {"tags", "referenceName"}}
    return {**rest, "healthCheckConfig": {key: value for key, value in inputs.items() if key not in rest}}


def _reference(context: Context) -> None:
    """Creates a health check under a reference of its own."""
    given = {
        "healthCheckConfig": context.inputs.get("healthCheckConfig"),
        "callerReference": context.take("referenceName"),
    }
    context.take("healthCheckConfig")
    given["callerReference"] = f"{given['callerReference'] or 'rehearsal'}-{context.subject.name}"
    names = {f"healthCheckConfig.{name}": member for name, member in HEALTH_CHECK_NAMES.items()}
    context.call("route53.CreateHealthCheck", context.fitted("route53.CreateHealthCheck", given, names))


SPECS: Specs = {
    "aws:route53/record:Record": RECORD,
    "aws:route53/zone:Zone": Spec(
        create=_create_zone,
        id="ZoneId",
        then=(_accelerated_recovery, _tagging("hostedzone")),
        outputs={
            "arn": _arn("hostedzone"),
            "nameServers": "Servers",
            "primaryNameServer": "Primary",
            "zoneId": "{id}",
            "comment": "input.comment || 'Managed by Pulumi'",
        },
        ignored=only("forceDestroy"),
    ),
    "aws:route53/zoneAssociation:ZoneAssociation": Spec(
        create=_zone_association("route53.AssociateVPCWithHostedZone"),
        id="{input.zoneId}:{input.vpcId}",
        outputs={"owningAccount": "account"},
    ),
    "aws:route53/vpcAssociationAuthorization:VpcAssociationAuthorization": Spec(
        create=_zone_association("route53.CreateVPCAssociationAuthorization"), id="{input.zoneId}:{input.vpcId}"
    ),
    "aws:route53/healthCheck:HealthCheck": Spec(
        create=_reference,
        id="HealthCheck.Id",
        then=(_tagging("healthcheck"),),
        outputs={"arn": _arn("healthcheck")},
        ignored={"triggers": "when the provider updates"},
        reshape=_health_check,
    ),
    "aws:route53/queryLog:QueryLog": Spec(
        create=Call(
            "route53.CreateQueryLoggingConfig",
            rename={"cloudwatchLogGroupArn": "CloudWatchLogsLogGroupArn", "zoneId": "HostedZoneId"},
        ),
        id="QueryLoggingConfig.Id",
        outputs={"arn": _arn("queryloggingconfig")},
    ),
    "aws:route53/delegationSet:DelegationSet": Spec(
        create=Call(
            "route53.CreateReusableDelegationSet",
            rename={"referenceName": "CallerReference"},
            constant={"CallerReference": "rehearsal"},
        ),
        id="DelegationSet.Id",
        outputs={"arn": _arn("delegationset"), "nameServers": "DelegationSet.NameServers"},
    ),
    "aws:route53/keySigningKey:KeySigningKey": Spec(
        create=Call("route53.CreateKeySigningKey", constant={"CallerReference": "rehearsal", "Status": "ACTIVE"}),
        id="{input.hostedZoneId},{input.name}",
        outputs={
            "dsRecord": "KeySigningKey.DSRecord",
            "digestValue": "KeySigningKey.DigestValue",
            "publicKey": "KeySigningKey.PublicKey",
        },
    ),
    "aws:route53/hostedZoneDnsSec:HostedZoneDnsSec": Spec(
        create=Call("route53.EnableHostedZoneDNSSEC"),
        id="{input.hostedZoneId}",
        ignored={"signingStatus": "whether the zone is signed; not simulated"},
    ),
}
