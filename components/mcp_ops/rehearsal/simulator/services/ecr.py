"""Amazon ECR."""

from mcp_ops.rehearsal.simulator.building import only
from mcp_ops.rehearsal.simulator.spec import Call, Spec, Specs

REGISTRY = {"registryId": "account"}

SPECS: Specs = {
    "aws:ecr/repository:Repository": Spec(
        create=Call("ecr.CreateRepository", rename={"name": "repositoryName"}),
        id="{input.name}",
        outputs={**REGISTRY, "arn": "repository.repositoryArn", "repositoryUrl": "repository.repositoryUri"},
        ignored=only("forceDelete"),
    ),
    "aws:ecr/lifecyclePolicy:LifecyclePolicy": Spec(
        create=Call("ecr.PutLifecyclePolicy", rename={"repository": "repositoryName", "policy": "lifecyclePolicyText"}),
        id="{input.repository}",
        outputs=REGISTRY,
    ),
    "aws:ecr/repositoryPolicy:RepositoryPolicy": Spec(
        create=Call("ecr.SetRepositoryPolicy", rename={"repository": "repositoryName", "policy": "policyText"}),
        id="{input.repository}",
        outputs=REGISTRY,
    ),
    "aws:ecr/registryPolicy:RegistryPolicy": Spec(
        create=Call("ecr.PutRegistryPolicy", rename={"policy": "policyText"}),
        id="account",
        outputs=REGISTRY,
    ),
    "aws:ecr/pullThroughCacheRule:PullThroughCacheRule": Spec(
        create=Call("ecr.CreatePullThroughCacheRule"), id="{input.ecrRepositoryPrefix}", outputs=REGISTRY
    ),
    "aws:ecr/registryScanningConfiguration:RegistryScanningConfiguration": Spec(
        create=Call("ecr.PutRegistryScanningConfiguration"), id="account", outputs=REGISTRY
    ),
    "aws:ecr/replicationConfiguration:ReplicationConfiguration": Spec(
        create=Call("ecr.PutReplicationConfiguration"), id="account", outputs=REGISTRY
    ),
    "aws:ecr/repositoryCreationTemplate:RepositoryCreationTemplate": Spec(
        create=Call("ecr.CreateRepositoryCreationTemplate"), id="{input.prefix}", outputs=REGISTRY, autoname=""
    ),
    "aws:ecr/accountSetting:AccountSetting": Spec(create=Call("ecr.PutAccountSetting"), id="{input.name}", autoname=""),
}
