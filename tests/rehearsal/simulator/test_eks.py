"""Kubernetes clusters of EKS."""

from collections.abc import Callable
from typing import Any

import pytest

from mcp_ops.rehearsal.simulator.errors import Refusal

CLUSTER = "aws:eks/cluster:Cluster"
ROLE = "arn:aws:iam::123456789012:role/cluster"


def _cluster(create: Callable[..., Any], name: str) -> Any:
    return create(
        CLUSTER,
        name=name,
        roleArn=ROLE,
        version="1.33",
        vpcConfig={"subnetIds": ["subnet-aaaa1111", "subnet-bbbb2222"], "endpointPrivateAccess": True},
        enabledClusterLogTypes=["api", "audit"],
        accessConfig={"authenticationMode": "API"},
    )


def test_a_cluster_has_an_end_point_an_issuer_and_a_security_group(
    create: Callable[..., Any], client: Callable[[str], Any]
) -> None:
    made = _cluster(create, "shop")
    assert made.id == "shop"
    assert made.outputs["arn"] == "arn:aws:eks:eu-central-1:123456789012:cluster/shop"
    assert made.outputs["endpoint"].startswith("https://")
    assert made.outputs["identities"][0]["oidcs"][0]["issuer"].startswith(
        "https://oidc.eks.eu-central-1.amazonaws.com/id/"
    )
    assert made.outputs["certificateAuthority"]["data"]
    group = made.outputs["vpcConfig"]["clusterSecurityGroupId"]
    found = client("ec2").describe_security_groups(GroupIds=[group])["SecurityGroups"][0]
    assert found["VpcId"] == made.outputs["vpcConfig"]["vpcId"]
    logging = client("eks").describe_cluster(name="shop")["cluster"]["logging"]["clusterLogging"]
    assert logging == [{"types": ["api", "audit"], "enabled": True}]


def test_what_runs_in_a_cluster(create: Callable[..., Any], client: Callable[[str], Any]) -> None:
    _cluster(create, "workers")
    nodes = create(
        "aws:eks/nodeGroup:NodeGroup",
        "nodes",
        clusterName="workers",
        nodeRoleArn=ROLE,
        subnetIds=["subnet-aaaa1111"],
        scalingConfig={"desiredSize": 2, "minSize": 1, "maxSize": 3},
        taints=[{"key": "spot", "effect": "NO_SCHEDULE"}],
    )
    assert nodes.id.startswith("workers:nodes-")
    assert nodes.outputs["resources"][0]["autoscalingGroups"][0]["name"]
    stored = client("eks").describe_nodegroup(clusterName="workers", nodegroupName=nodes.id.split(":")[1])
    assert stored["nodegroup"]["scalingConfig"] == {"desiredSize": 2, "minSize": 1, "maxSize": 3}
    profile = create(
        "aws:eks/fargateProfile:FargateProfile",
        fargateProfileName="batch",
        clusterName="workers",
        podExecutionRoleArn=ROLE,
        subnetIds=["subnet-aaaa1111"],
        selectors=[{"namespace": "batch"}],
    )
    assert profile.id == "workers:batch"
    addon = create(
        "aws:eks/addon:Addon", clusterName="workers", addonName="coredns", resolveConflictsOnCreate="OVERWRITE"
    )
    assert addon.id == "workers:coredns"
    entry = create("aws:eks/accessEntry:AccessEntry", clusterName="workers", principalArn=ROLE)
    assert entry.id == f"workers:{ROLE}"


def test_a_capacity_that_eks_lacks_is_refused(create: Callable[..., Any]) -> None:
    _cluster(create, "refusing")
    with pytest.raises(Refusal, match="'PREEMPTIBLE' is none of ON_DEMAND, SPOT"):
        create(
            "aws:eks/nodeGroup:NodeGroup",
            clusterName="refusing",
            nodeRoleArn=ROLE,
            subnetIds=["subnet-aaaa1111"],
            scalingConfig={"desiredSize": 1, "minSize": 1, "maxSize": 1},
            capacityType="PREEMPTIBLE",
        )
