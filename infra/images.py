"""Images in Amazon ECR: where they stand, and the repositories that the program makes."""

import re
from collections.abc import Mapping
from typing import NamedTuple

import pulumi
import pulumi_aws as aws

from mcp_ops import ImageRepository
from settings import Settings

_ECR = re.compile(r"(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com/(?P<repository>[^:@]+)[:@].+")


class EcrImage(NamedTuple):
    """Where an image in Amazon ECR stands."""

    account: str
    region: str
    repository: str
    """Name of the repository, without registry, tag and digest."""


def ecr_image(image: str) -> EcrImage | None:
    """Returns where an image stands in Amazon ECR; None when it stands elsewhere."""
    match = _ECR.fullmatch(image)
    return EcrImage(**match.groupdict()) if match else None


def own_repositories(settings: Settings) -> dict[str, str]:
    """Returns the repository of each server that uses one of the environment's own: `<environment>/...`."""
    images = {name: ecr_image(server.image) for name, server in settings.servers.items()}
    own = f"{settings.environment}/"
    return {name: image.repository for name, image in images.items() if image and image.repository.startswith(own)}


def image_repositories(
    settings: Settings, key_arn: pulumi.Input[str], opts: pulumi.ResourceOptions
) -> Mapping[str, ImageRepository]:
    """Registers the environment's own repositories and their replication, and returns them by repository name."""
    names = sorted(set(own_repositories(settings).values()))
    repositories = {
        name: ImageRepository(
            name.removeprefix(f"{settings.environment}/"),
            {
                "repository_name": name,
                "key_arn": key_arn,
                "keep_images": settings.retention.images_kept,
                "protect": settings.retention.protect,
            },
            opts,
        )
        for name in names
    }
    if names and settings.regions.replica:
        _replication(settings, settings.regions.replica, opts)
    return repositories


def _replication(settings: Settings, region: str, opts: pulumi.ResourceOptions) -> None:
    aws.ecr.ReplicationConfiguration(
        "image-replication",
        replication_configuration=aws.ecr.ReplicationConfigurationReplicationConfigurationArgs(
            rules=[
                aws.ecr.ReplicationConfigurationReplicationConfigurationRuleArgs(
                    destinations=[
                        aws.ecr.ReplicationConfigurationReplicationConfigurationRuleDestinationArgs(
                            region=region, registry_id=settings.account
                        )
                    ],
                    repository_filters=[
                        aws.ecr.ReplicationConfigurationReplicationConfigurationRuleRepositoryFilterArgs(
                            filter=f"{settings.environment}/", filter_type="PREFIX_MATCH"
                        )
                    ],
                )
            ]
        ),
        opts=opts,
    )
