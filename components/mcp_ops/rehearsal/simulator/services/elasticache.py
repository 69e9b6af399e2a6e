"""Amazon ElastiCache."""

import hashlib
from typing import Any

from mcp_ops.rehearsal.simulator.building import arn
from mcp_ops.rehearsal.simulator.context import Context
from mcp_ops.rehearsal.simulator.errors import Refusal
from mcp_ops.rehearsal.simulator.spec import Call, Spec, Specs, step
from mcp_ops.rehearsal.simulator.values import nested, without

REDIS_PORT, MEMCACHED_PORT = 6379, 11211
LONGEST_GROUP = 40
"""Characters of a replication group's id; AWS's model carries no limit."""
SIMILAR = {
    "maintenanceWindow": "PreferredMaintenanceWindow",
    "nodeType": "CacheNodeType",
    "parameterGroupName": "CacheParameterGroupName",
    "subnetGroupName": "CacheSubnetGroupName",
}
PROVIDER_ONLY = {"applyImmediately": "steers updates", "finalSnapshotIdentifier": "steers deletion"}


def _log_destination(item: dict[str, Any]) -> dict[str, Any]:
    """Puts the name of a log group or a delivery stream into the structure of its type."""
    name, is_group = item.get("destination"), item.get("destinationType") == "cloudwatch-logs"
    details = (
        {"CloudWatchLogsDetails": {"LogGroup": name}}
        if is_group
        else {"KinesisFirehoseDetails": {"DeliveryStream": name}}
    )
    return {**without(item, "destination"), "destinationDetails": details}


def _with_logs(inputs: dict[str, Any]) -> dict[str, Any]:
    return nested(inputs, "logDeliveryConfigurations", lambda items: [_log_destination(item) for item in items])


def _replication_group(inputs: dict[str, Any]) -> dict[str, Any]:
    name = inputs.get("replicationGroupId")
    if isinstance(name, str) and len(name) > LONGEST_GROUP:
        raise Refusal(f"replicationGroupId: {name!r} has {len(name)} characters; AWS allows at most {LONGEST_GROUP}")
    shaped = _with_logs(inputs)
    secret = shaped.pop("authTokenWo", None)
    return {**shaped, "authToken": secret} if secret and not shaped.get("authToken") else shaped


def _domain(context: Context, name: str) -> str:
    """The end of every end point's name, with the short form of the region (`eu-central-1`: `euc1`)."""
    area, *direction, number = context.place.region.split("-")
    short = f"{area}{''.join(part[0] for part in direction)}{number}"
    digest = hashlib.sha256(f"{context.place}/{name}".encode()).hexdigest()[:6]
    return f"{digest}.{{}}{short}.cache.amazonaws.com"


def _endpoints_of_cluster(context: Context) -> dict[str, Any]:
    if context.previewing:
        return {}
    name, memcached = str(context.inputs["clusterId"]), context.inputs.get("engine") == "memcached"
    port = int(context.inputs.get("port") or (MEMCACHED_PORT if memcached else REDIS_PORT))
    domain = _domain(context, name)
    nodes = [
        {
            "id": f"{number:04d}",
            "address": f"{name}.{domain.format(f'{number:04d}.')}",
            "port": port,
            "availabilityZone": context.inputs.get("availabilityZone") or f"{context.place.region}a",
            "outpostArn": "",
        }
        for number in range(1, int(context.inputs.get("numCacheNodes") or 1) + 1)
    ]
    address = f"{name}.{domain.format('cfg.')}" if memcached else None
    return {
        "Nodes": nodes,
        "ClusterAddress": address,
        "ConfigurationEndpointOfCluster": f"{address}:{port}" if address else None,
        "Port": port,
    }


def _endpoints_of_group(context: Context) -> dict[str, Any]:
    if context.previewing:
        return {}
    name, inputs = str(context.inputs["replicationGroupId"]), context.inputs
    domain, sharded = _domain(context, name), _is_sharded(inputs)
    encrypted = str(inputs.get("transitEncryptionEnabled")).lower() == "true"
    count = int(inputs.get("numCacheClusters") or 1)
    if sharded:
        host = f"clustercfg.{name}.{domain.format('')}" if encrypted else f"{name}.{domain.format('clustercfg.')}"
        return {"Sharded": True, "ConfigurationAddress": host, "Port": inputs.get("port") or REDIS_PORT}
    return {
        "Sharded": False,
        "Primary": f"master.{name}.{domain.format('')}" if encrypted else f"{name}.{domain.format('ng.0001.')}",
        "Reader": f"replica.{name}.{domain.format('')}" if encrypted else f"{name}-ro.{domain.format('')}",
        "Members": [f"{name}-{number:03d}" for number in range(1, count + 1)],
        "Port": inputs.get("port") or REDIS_PORT,
    }


def _is_sharded(inputs: dict[str, Any]) -> bool:
    return (
        inputs.get("clusterMode") == "enabled"
        or int(inputs.get("numNodeGroups") or 1) > 1
        or ".cluster.on" in str(inputs.get("parameterGroupName"))
    )


def _endpoints_of_serverless(context: Context) -> dict[str, Any]:
    if context.previewing:
        return {}
    name = str(context.inputs["name"])
    host = f"{name}-{_domain(context, name).format('serverless.')}"
    return {
        "Endpoints": [{"address": host, "port": REDIS_PORT}],
        "Readers": [{"address": host, "port": REDIS_PORT + 1}],
    }


@step("parameters")
def _parameters(context: Context) -> None:
    items = context.take("parameters")
    if items:
        pairs = [{"ParameterName": item.get("name"), "ParameterValue": item.get("value")} for item in items]
        group = {"CacheParameterGroupName": context.inputs.get("name"), "ParameterNameValues": pairs}
        context.call("elasticache.ModifyCacheParameterGroup", group)


def _user(inputs: dict[str, Any]) -> dict[str, Any]:
    shaped = nested(inputs, "authenticationMode", lambda mode: without(mode, "passwordCount"))
    secret = shaped.pop("passwordsWo", None)
    return {**shaped, "passwords": [secret]} if secret and not shaped.get("passwords") else shaped


SPECS: Specs = {
    "aws:elasticache/subnetGroup:SubnetGroup": Spec(
        create=Call(
            "elasticache.CreateCacheSubnetGroup",
            rename={"name": "CacheSubnetGroupName", "description": "CacheSubnetGroupDescription"},
            constant={"CacheSubnetGroupDescription": "Managed by Pulumi"},
        ),
        id="{input.name}",
        outputs={"arn": "CacheSubnetGroup.ARN", "vpcId": "CacheSubnetGroup.VpcId"},
        lowercase_name=True,
    ),
    "aws:elasticache/parameterGroup:ParameterGroup": Spec(
        create=Call(
            "elasticache.CreateCacheParameterGroup",
            rename={"name": "CacheParameterGroupName", "family": "CacheParameterGroupFamily"},
            constant={"Description": "Managed by Pulumi"},
        ),
        then=(_parameters,),
        id="{input.name}",
        outputs={"arn": arn("elasticache", "parametergroup:{input.name}")},
        lowercase_name=True,
    ),
    "aws:elasticache/cluster:Cluster": Spec(
        create=Call(
            "elasticache.CreateCacheCluster",
            rename={**SIMILAR, "clusterId": "CacheClusterId", "availabilityZone": "PreferredAvailabilityZone"},
        ),
        then=(_endpoints_of_cluster,),
        id="{input.clusterId}",
        outputs={
            "arn": arn("elasticache", "cluster:{id}"),
            "cacheNodes": "Nodes",
            "clusterAddress": "ClusterAddress",
            "configurationEndpoint": "ConfigurationEndpointOfCluster",
            "engineVersionActual": "input.engineVersion",
            "port": "Port",
        },
        autoname="clusterId",
        lowercase_name=True,
        reshape=_with_logs,
        ignored=PROVIDER_ONLY,
    ),
    "aws:elasticache/replicationGroup:ReplicationGroup": Spec(
        create=Call(
            "elasticache.CreateReplicationGroup",
            rename={
                **SIMILAR,
                "description": "ReplicationGroupDescription",
                "securityGroupNames": "CacheSecurityGroupNames",
            },
            constant={"Engine": "redis"},
        ),
        then=(_endpoints_of_group,),
        id="{input.replicationGroupId}",
        outputs={
            "arn": arn("elasticache", "replicationgroup:{id}"),
            "clusterEnabled": "Sharded",
            "configurationEndpointAddress": "ConfigurationAddress",
            "engineVersionActual": "input.engineVersion",
            "memberClusters": "Members",
            "port": "Port",
            "primaryEndpointAddress": "Primary",
            "readerEndpointAddress": "Reader",
        },
        autoname="replicationGroupId",
        lowercase_name=True,
        reshape=_replication_group,
        ignored={
            **PROVIDER_ONLY,
            "authTokenUpdateStrategy": "steers updates",
            "authTokenWoVersion": "when the provider sends the secret again",
        },
    ),
    "aws:elasticache/serverlessCache:ServerlessCache": Spec(
        create=Call(
            "elasticache.CreateServerlessCache",
            rename={"name": "ServerlessCacheName", "snapshotArnsToRestores": "SnapshotArnsToRestore"},
        ),
        then=(_endpoints_of_serverless,),
        id="{input.name}",
        outputs={
            "arn": arn("elasticache", "serverlesscache:{id}"),
            "endpoints": "Endpoints",
            "readerEndpoints": "Readers",
            "status": "'available'",
        },
        ignored={"timeouts": "how long the provider waits"},
    ),
    "aws:elasticache/user:User": Spec(
        create=Call("elasticache.CreateUser"),
        id="{input.userId}",
        outputs={"arn": arn("elasticache", "user:{id}")},
        autoname="",
        reshape=_user,
        ignored={"passwordsWoVersion": "when the provider sends the secret again"},
    ),
    "aws:elasticache/userGroup:UserGroup": Spec(
        create=Call("elasticache.CreateUserGroup"),
        id="{input.userGroupId}",
        outputs={"arn": arn("elasticache", "usergroup:{id}")},
        autoname="",
    ),
}
