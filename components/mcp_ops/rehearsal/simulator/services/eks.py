"""Amazon EKS."""

import hashlib
from collections.abc import Mapping
from typing import Any

from mcp_ops.rehearsal.simulator.context import Context
from mcp_ops.rehearsal.simulator.spec import Call, Spec, Specs
from mcp_ops.rehearsal.simulator.values import without


def _cluster(inputs: dict[str, Any]) -> dict[str, Any]:
    computed = {"vpcConfig": ("vpcId", "clusterSecurityGroupId"), "kubernetesNetworkConfig": ("serviceIpv6Cidr",)}
    shaped = {
        name: without(value, *computed[name]) if name in computed and isinstance(value, Mapping) else value
        for name, value in inputs.items()
    }
    types = shaped.pop("enabledClusterLogTypes", None)
    if types:
        shaped["logging"] = {"clusterLogging": [{"types": types, "enabled": True}]}
    return shaped


def _made_with_cluster(context: Context) -> dict[str, Any]:
    """Makes the security group that EKS makes with a cluster, and gathers what a program reads of it."""
    if context.previewing:
        return {}
    given = context.inputs.get("vpcConfig") or {}
    subnets = context.call("ec2.DescribeSubnets", {"SubnetIds": given.get("subnetIds")})["Subnets"]
    name = str(context.inputs["name"])
    digest = hashlib.sha256(name.encode()).hexdigest()[:10]
    group = context.call(
        "ec2.CreateSecurityGroup",
        {
            "GroupName": f"eks-cluster-sg-{name}-{digest}",
            "Description": "EKS created security group",
            "VpcId": subnets[0]["VpcId"],
        },
    )
    network = {**given, "vpcId": subnets[0]["VpcId"], "clusterSecurityGroupId": group["GroupId"]}
    issuer = context.find("cluster.identity.oidc.issuer")
    return {
        "Network": {"endpointPublicAccess": True, "endpointPrivateAccess": False, **network},
        "Identities": [{"oidcs": [{"issuer": issuer}]}],
    }


def _resources_of_nodes(context: Context) -> dict[str, Any]:
    groups = context.find("nodegroup.resources.autoScalingGroups") or []
    access = context.find("nodegroup.resources.remoteAccessSecurityGroup") or ""
    return {"Resources": [{"autoscalingGroups": groups, "remoteAccessSecurityGroupId": access}]}


SPECS: Specs = {
    "aws:eks/cluster:Cluster": Spec(
        create=Call("eks.CreateCluster", rename={"vpcConfig": "resourcesVpcConfig"}),
        then=(_made_with_cluster,),
        id="{input.name}",
        outputs={
            "arn": "cluster.arn",
            "certificateAuthority": "cluster.certificateAuthority",
            "endpoint": "cluster.endpoint",
            "identities": "Identities",
            "platformVersion": "cluster.platformVersion",
            "status": "'ACTIVE'",
            "version": "cluster.version",
            "vpcConfig": "Network",
        },
        reshape=_cluster,
        ignored={
            "defaultAddonsToRemoves": "what the provider removes inside the cluster",
            "forceUpdateVersion": "steers updates",
        },
    ),
    "aws:eks/nodeGroup:NodeGroup": Spec(
        create=Call(
            "eks.CreateNodegroup",
            rename={
                "nodeGroupName": "nodegroupName",
                "nodeRoleArn": "nodeRole",
                "subnetIds": "subnets",
                "remoteAccess.sourceSecurityGroupIds": "sourceSecurityGroups",
            },
        ),
        then=(_resources_of_nodes,),
        id="{input.clusterName}:{input.nodeGroupName}",
        outputs={"arn": "nodegroup.nodegroupArn", "resources": "Resources", "status": "'ACTIVE'"},
        autoname="nodeGroupName",
        ignored={"forceUpdateVersion": "steers updates"},
    ),
    "aws:eks/fargateProfile:FargateProfile": Spec(
        create=Call("eks.CreateFargateProfile", rename={"subnetIds": "subnets"}),
        id="{input.clusterName}:{input.fargateProfileName}",
        outputs={"arn": "fargateProfile.fargateProfileArn", "status": "'ACTIVE'"},
        autoname="fargateProfileName",
    ),
    "aws:eks/addon:Addon": Spec(
        create=Call("eks.CreateAddon", rename={"resolveConflictsOnCreate": "resolveConflicts"}),
        id="{input.clusterName}:{input.addonName}",
        outputs={"arn": "addon.addonArn"},
        autoname="",
        ignored={"preserve": "steers deletion", "resolveConflictsOnUpdate": "steers updates"},
    ),
    "aws:eks/accessEntry:AccessEntry": Spec(
        create=Call("eks.CreateAccessEntry", rename={"userName": "username"}),
        id="{input.clusterName}:{input.principalArn}",
        outputs={"accessEntryArn": "accessEntry.accessEntryArn"},
        autoname="",
    ),
    "aws:eks/accessPolicyAssociation:AccessPolicyAssociation": Spec(
        create=Call("eks.AssociateAccessPolicy"),
        id="{input.clusterName}#{input.principalArn}#{input.policyArn}",
        autoname="",
    ),
    "aws:eks/podIdentityAssociation:PodIdentityAssociation": Spec(
        create=Call("eks.CreatePodIdentityAssociation"),
        id="association.associationId",
        outputs={"associationArn": "association.associationArn", "associationId": "association.associationId"},
        autoname="",
    ),
}
