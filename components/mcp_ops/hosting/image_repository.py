"""A repository for container images. Not managed here: who may push (the deployment role of the delivery room)."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NotRequired, TypedDict

import pulumi
import pulumi_aws as aws

from mcp_ops import naming
from mcp_ops.inputs import Inputs
from mcp_ops.tags import merge_tags

TOKEN = "mcp-ops:index:ImageRepository"  # noqa: S105 - a resource type, not a password

KEEP_IMAGES = (2, 1000)
"""At least the running image and the one to roll back to."""

UNTAGGED_DAYS = 7
"""Days after which an image that lost its tag goes."""

_NAME = re.compile(r"(?:[a-z0-9]+(?:[._-][a-z0-9]+)*/)*[a-z0-9]+(?:[._-][a-z0-9]+)*")
"""A repository's name (API reference of CreateRepository)."""


class ImageRepositoryArgs(TypedDict):
    """Inputs of an ImageRepository."""

    repository_name: NotRequired[str]
    """Name of the repository, which stands in every image's address. Default: Pulumi's."""
    key_arn: NotRequired[pulumi.Input[str]]
    """Key that encrypts the images. Default: the account's key for ECR."""
    keep_images: NotRequired[int]
    """Images kept, newest first, 2 to 1000. Default 30. Storage costs about 0.10 USD a GB and month."""
    protect: NotRequired[bool]
    """Whether Pulumi refuses to delete the repository. Without it, deleting takes the images along. Default true."""
    tags: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Tags of the repository."""


@dataclass(frozen=True)
class ImageRepositoryPlan:
    """What an ImageRepository registers."""

    repository_name: str | None
    lifecycle_policy: str
    """JSON."""
    protect: bool


def plan_image_repository(name: str, args: ImageRepositoryArgs) -> ImageRepositoryPlan:
    """Decides on the repository. Raises `InputError` with every offence."""
    inputs = Inputs(name, args, ImageRepositoryArgs)
    rule = "is not a repository name; use lower case, digits and single . _ - /"
    repository_name = inputs.text("repository_name", _NAME, rule) or None
    naming.check_length(
        inputs.offences, "repository_name", "repository", repository_name or name, autonamed=repository_name is None
    )
    inputs.offences.check(repository_name or _NAME.fullmatch(name), "name", name, f"{rule}, or give repository_name")
    keep = inputs.integer("keep_images", 30, *KEEP_IMAGES)
    protect = inputs.flag("protect", default=True)
    inputs.offences.refuse()
    return ImageRepositoryPlan(repository_name, _lifecycle(keep), protect)


def _lifecycle(keep: int) -> str:
    untagged = {
        "tagStatus": "untagged",
        "countType": "sinceImagePushed",
        "countUnit": "days",
        "countNumber": UNTAGGED_DAYS,
    }
    newest = {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": keep}
    rules = [("untagged images go", untagged), (f"the newest {keep} stay", newest)]
    return json.dumps(
        {
            "rules": [
                {"rulePriority": priority, "description": text, "selection": selection, "action": {"type": "expire"}}
                for priority, (text, selection) in enumerate(rules, start=1)
            ]
        }
    )


class ImageRepository(pulumi.ComponentResource):
    """A repository whose tags never move, scanned on push, encrypted, and tidied up."""

    repository_url: pulumi.Output[str]
    """Address of the repository, without tag."""
    repository_arn: pulumi.Output[str]
    """ARN of the repository."""

    def __init__(self, name: str, args: ImageRepositoryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        plan = plan_image_repository(name, args)
        super().__init__(TOKEN, name, {}, opts)
        repository = aws.ecr.Repository(
            f"{name}-images",
            name=plan.repository_name,
            image_tag_mutability="IMMUTABLE",
            image_scanning_configuration=aws.ecr.RepositoryImageScanningConfigurationArgs(scan_on_push=True),
            encryption_configurations=[
                aws.ecr.RepositoryEncryptionConfigurationArgs(encryption_type="KMS", kms_key=args.get("key_arn"))
            ],
            force_delete=not plan.protect,
            tags=merge_tags({}, args.get("tags")),
            opts=pulumi.ResourceOptions(parent=self, protect=plan.protect, retain_on_delete=plan.protect),
        )
        aws.ecr.LifecyclePolicy(
            f"{name}-lifecycle",
            repository=repository.name,
            policy=plan.lifecycle_policy,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.repository_url = repository.repository_url
        self.repository_arn = repository.arn
        self.register_outputs({"repository_url": self.repository_url, "repository_arn": self.repository_arn})
