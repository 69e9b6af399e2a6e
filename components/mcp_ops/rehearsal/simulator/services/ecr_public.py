"""Amazon ECR Public, which exists in us-east-1 only."""

from mcp_ops.rehearsal.simulator.building import only
from mcp_ops.rehearsal.simulator.spec import Call, Spec, Specs

SPECS: Specs = {
    "aws:ecrpublic/repository:Repository": Spec(
        create=Call("ecr-public.CreateRepository"),
        id="{input.repositoryName}",
        outputs={
            "arn": "arn:{partition}:ecr-public::{account}:repository/{id}",
            "registryId": "account",
            "repositoryUri": "public.ecr.aws/rehearsal/{id}",
        },
        ignored=only("forceDestroy"),
    ),
    "aws:ecrpublic/repositoryPolicy:RepositoryPolicy": Spec(
        create=Call("ecr-public.SetRepositoryPolicy", rename={"policy": "policyText"}),
        id="{input.repositoryName}",
        outputs={"registryId": "account"},
    ),
}
