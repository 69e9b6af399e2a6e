"""ElastiCache and Cognito's identity pools."""

from collections.abc import Callable
from typing import Any

import pytest

from mcp_ops.rehearsal.simulator.errors import Refusal

TYPE = "aws:elasticache/{}:{}"


def token(name: str) -> str:
    return TYPE.format(name[0].lower() + name[1:], name)


def test_a_replication_group_in_subnets(create: Callable[..., Any], client: Callable[[str], Any]) -> None:
    subnets = create(token("SubnetGroup"), "Cache", subnetIds=["subnet-aaaa1111", "subnet-bbbb2222"])
    assert subnets.id.startswith("cache-")
    assert subnets.outputs["vpcId"].startswith("vpc-")
    parameters = create(
        token("ParameterGroup"), family="redis7", parameters=[{"name": "maxmemory-policy", "value": "allkeys-lru"}]
    )
    made = create(
        token("ReplicationGroup"),
        replicationGroupId="sessions",
        description="sessions of a shop",
        nodeType="cache.t4g.micro",
        engine="valkey",
        numCacheClusters=2,
        automaticFailoverEnabled=True,
        transitEncryptionEnabled=True,
        subnetGroupName=subnets.id,
        parameterGroupName=parameters.id,
    )
    assert made.id == "sessions"
    assert made.outputs["primaryEndpointAddress"].startswith("master.sessions.")
    assert made.outputs["primaryEndpointAddress"].endswith(".euc1.cache.amazonaws.com")
    assert made.outputs["memberClusters"] == ["sessions-001", "sessions-002"]
    assert made.outputs["port"] == 6379
    stored = client("elasticache").describe_replication_groups(ReplicationGroupId="sessions")["ReplicationGroups"][0]
    assert stored["TransitEncryptionEnabled"] is True


def test_a_sharded_replication_group_has_a_configuration_end_point(create: Callable[..., Any]) -> None:
    made = create(
        token("ReplicationGroup"),
        replicationGroupId="sharded",
        description="two shards",
        nodeType="cache.r7g.large",
        numNodeGroups=2,
        replicasPerNodeGroup=1,
        automaticFailoverEnabled=True,
    )
    assert made.outputs["clusterEnabled"] is True
    assert ".clustercfg.euc1." in made.outputs["configurationEndpointAddress"]


def test_a_memcached_cluster(create: Callable[..., Any], client: Callable[[str], Any]) -> None:
    made = create(token("Cluster"), clusterId="pages", engine="memcached", nodeType="cache.t4g.micro", numCacheNodes=2)
    assert made.outputs["configurationEndpoint"].endswith(".cache.amazonaws.com:11211")
    assert [node["id"] for node in made.outputs["cacheNodes"]] == ["0001", "0002"]
    assert client("elasticache").describe_cache_clusters(CacheClusterId="pages")["CacheClusters"]


def test_a_serverless_cache_has_end_points(create: Callable[..., Any]) -> None:
    made = create(token("ServerlessCache"), name="queries", engine="valkey")
    assert made.outputs["endpoints"][0]["address"].startswith("queries-")


def test_a_log_type_that_elasticache_lacks_is_refused(create: Callable[..., Any]) -> None:
    log = {"destination": "group", "destinationType": "cloudwatch-logs", "logFormat": "json", "logType": "audit-log"}
    with pytest.raises(Refusal, match="'audit-log' is none of slow-log, engine-log"):
        create(token("Cluster"), clusterId="wrong", engine="redis", logDeliveryConfigurations=[log])


def test_an_identity_pool_with_roles(create: Callable[..., Any], client: Callable[[str], Any]) -> None:
    pool = create("aws:cognito/identityPool:IdentityPool", identityPoolName="people", tags={"team": "shop"})
    assert pool.id.startswith("eu-central-1:")
    assert pool.outputs["arn"] == f"arn:aws:cognito-identity:eu-central-1:123456789012:identitypool/{pool.id}"
    role = "arn:aws:iam::123456789012:role/people"
    attached = create(
        "aws:cognito/identityPoolRoleAttachment:IdentityPoolRoleAttachment",
        identityPoolId=pool.id,
        roles={"authenticated": role},
        roleMappings=[
            {
                "identityProvider": "graph.example.com",
                "type": "Rules",
                "ambiguousRoleResolution": "Deny",
                "mappingRules": [{"claim": "admin", "matchType": "Equals", "roleArn": role, "value": "yes"}],
            }
        ],
    )
    assert attached.id == pool.id
    assert client("cognito-identity").describe_identity_pool(IdentityPoolId=pool.id)["IdentityPoolName"] == "people"


def test_a_replication_group_with_too_long_an_id_is_refused(create: Callable[..., Any]) -> None:
    with pytest.raises(Refusal, match="has 41 characters; AWS allows at most 40"):
        create(token("ReplicationGroup"), replicationGroupId="x" * 41, description="too long")
