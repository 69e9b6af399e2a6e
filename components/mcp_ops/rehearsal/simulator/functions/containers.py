"""Look-ups of containers and load balancers: repositories, images, clusters, listeners."""

import base64
import hashlib
from collections.abc import Mapping
from typing import Any

from mcp_ops.rehearsal.simulator.cloud import Cloud
from mcp_ops.rehearsal.simulator.errors import Refusal
from mcp_ops.rehearsal.simulator.functions.function import Function
from mcp_ops.rehearsal.simulator.functions.replies import as_result, tags_of
from mcp_ops.rehearsal.simulator.places import Place
from mcp_ops.rehearsal.simulator.regions import LOAD_BALANCER_ACCOUNTS, LOAD_BALANCER_ZONES

Given = Mapping[str, Any]


def _registry(given: Given, place: Place) -> str:
    domain = "amazonaws.com.cn" if place.partition == "aws-cn" else "amazonaws.com"
    return f"{given.get('registryId') or place.account}.dkr.ecr.{place.region}.{domain}"


def repository(cloud: Cloud, given: Given, place: Place, assumptions: list[str]) -> dict[str, Any]:
    """`aws.ecr.get_repository`: one that the stack did not create is made to exist."""
    name = given["name"]
    try:
        found = cloud.call("ecr", "DescribeRepositories", {"repositoryNames": [name]}, place).data["repositories"][0]
    except Refusal as refusal:
        if "RepositoryNotFound" not in str(refusal):
            raise
        found = cloud.call("ecr", "CreateRepository", {"repositoryName": name}, place).data["repository"]
        assumptions.append(f"image repository {name} exists")
    account = given.get("registryId") or place.account
    return {
        "id": name,
        "name": name,
        "arn": f"arn:{place.partition}:ecr:{place.region}:{account}:repository/{name}",
        "registryId": account,
        "repositoryUrl": f"{_registry(given, place)}/{name}",
        "imageTagMutability": found.get("imageTagMutability", "MUTABLE"),
        "imageScanningConfigurations": [as_result(found.get("imageScanningConfiguration") or {"scanOnPush": False})],
        "encryptionConfigurations": [as_result(found.get("encryptionConfiguration") or {"encryptionType": "AES256"})],
        "mostRecentImageTags": [],
        "tags": tags_of(given.get("tags")),
    }


def authorization_token(_: Cloud, given: Given, place: Place, __: list[str]) -> dict[str, Any]:
    """`aws.ecr.get_authorization_token`: a token that no registry takes."""
    token = base64.b64encode(b"AWS:rehearsal").decode()
    address = f"https://{_registry(given, place)}"
    made = {"authorizationToken": token, "userName": "AWS", "password": "rehearsal", "proxyEndpoint": address}
    return {**given, **made, "id": place.region, "expiresAt": "2026-01-01T12:00:00Z"}


def image(_: Cloud, given: Given, place: Place, assumptions: list[str]) -> dict[str, Any]:
    """`aws.ecr.get_image`: taken to exist; its digest comes from repository and tag, the same in every run."""
    name = given["repositoryName"]
    tag = given.get("imageTag") or "latest"
    digest = given.get("imageDigest") or f"sha256:{hashlib.sha256(f'{name}:{tag}'.encode()).hexdigest()}"
    assumptions.append(f"image {name}:{given.get('imageDigest') or tag} exists")
    return {
        **given,
        "id": digest,
        "imageDigest": digest,
        "imagePushedAt": 1767225600,
        "imageSizeInBytes": 50_000_000,
        "imageTags": [tag],
        "imageUri": f"{_registry(given, place)}/{name}@{digest}",
        "registryId": given.get("registryId") or place.account,
    }


def cluster(cloud: Cloud, given: Given, place: Place, assumptions: list[str]) -> dict[str, Any]:
    """`aws.ecs.get_cluster`: one that the stack did not create is made to exist."""
    name = given["clusterName"]
    found = cloud.call("ecs", "DescribeClusters", {"clusters": [name], "include": ["SETTINGS"]}, place).data["clusters"]
    if not found:
        found = [cloud.call("ecs", "CreateCluster", {"clusterName": name}, place).data["cluster"]]
        assumptions.append(f"ECS cluster {name} exists")
    held = found[0]
    counts = {"pendingTasksCount": 0, "runningTasksCount": 0, "registeredContainerInstancesCount": 0}
    settings = {"settings": as_result(held.get("settings", [])), "serviceConnectDefaults": []}
    return {
        "id": held["clusterArn"],
        "arn": held["clusterArn"],
        "clusterName": name,
        "status": "ACTIVE",
        **counts,
        **settings,
    }


def task_definition(cloud: Cloud, given: Given, place: Place, _: list[str]) -> dict[str, Any]:
    """`aws.ecs.get_task_definition`: of one that exists by then."""
    asked = {"taskDefinition": given["taskDefinition"]}
    found = cloud.call("ecs", "DescribeTaskDefinition", asked, place).data["taskDefinition"]
    arn = found["taskDefinitionArn"]
    listed = {key: value for key, value in as_result(found).items() if isinstance(value, str | int)}
    return {**listed, **asked, "id": arn, "arn": arn, "arnWithoutRevision": arn.rpartition(":")[0], "status": "ACTIVE"}


def load_balancer(cloud: Cloud, given: Given, place: Place, _: list[str]) -> dict[str, Any]:
    """`aws.lb.get_load_balancer`: of one that exists by then; without it, nothing of its network is known."""
    asked = (
        {"LoadBalancerArns": [given["arn"]]}
        if given.get("arn")
        else {"Names": [given["name"]]}
        if given.get("name")
        else {}
    )
    found = cloud.call("elbv2", "DescribeLoadBalancers", asked, place).data["LoadBalancers"]
    if len(found) != 1:
        raise Refusal(f"aws.lb.get_load_balancer: {len(found)} match; the look-up must find one")
    held = found[0]
    arn = held["LoadBalancerArn"]
    return {
        "id": arn,
        "arn": arn,
        "arnSuffix": arn.partition(":loadbalancer/")[2],
        "name": held["LoadBalancerName"],
        "dnsName": held["DNSName"],
        "internal": held.get("Scheme") == "internal",
        "ipAddressType": held.get("IpAddressType", "ipv4"),
        "loadBalancerType": held.get("Type", "application"),
        "securityGroups": held.get("SecurityGroups", []),
        "subnets": [zone["SubnetId"] for zone in held.get("AvailabilityZones", [])],
        "vpcId": held["VpcId"],
        "zoneId": LOAD_BALANCER_ZONES.get(place.region, held["CanonicalHostedZoneId"]),
        "tags": tags_of(given.get("tags")),
    }


def listener(cloud: Cloud, given: Given, place: Place, _: list[str]) -> dict[str, Any]:
    """`aws.lb.get_listener`: of one that exists by then, by ARN or by load balancer and port."""
    asked = {"ListenerArns": [given["arn"]]} if given.get("arn") else {"LoadBalancerArn": given.get("loadBalancerArn")}
    held = cloud.call("elbv2", "DescribeListeners", asked, place).data["Listeners"]
    found = [item for item in held if given.get("port") in (None, item["Port"])]
    if len(found) != 1:
        raise Refusal(f"aws.lb.get_listener: {len(found)} match; the look-up must find one")
    arn = found[0]["ListenerArn"]
    certificates = found[0].get("Certificates") or [{}]
    return {
        "id": arn,
        "arn": arn,
        "loadBalancerArn": found[0]["LoadBalancerArn"],
        "port": found[0]["Port"],
        "protocol": found[0].get("Protocol", ""),
        "sslPolicy": found[0].get("SslPolicy", ""),
        "certificateArn": certificates[0].get("CertificateArn", ""),
        "tags": tags_of(given.get("tags")),
    }


def hosted_zone_id(_: Cloud, given: Given, place: Place, __: list[str]) -> dict[str, Any]:
    """`aws.lb.get_hosted_zone_id`, `aws.elb.get_hosted_zone_id`: Route 53's zone of application load balancers."""
    if given.get("loadBalancerType") == "network":
        raise Refusal("aws.lb.get_hosted_zone_id: only the zones of application load balancers are known here")
    if place.region not in LOAD_BALANCER_ZONES:
        raise Refusal(f"aws.lb.get_hosted_zone_id: the zone of {place.region} is not known here")
    return {**given, "id": LOAD_BALANCER_ZONES[place.region]}


def service_account(_: Cloud, __: Given, place: Place, ___: list[str]) -> dict[str, Any]:
    """`aws.elb.get_service_account`: the account that delivers access logs in older regions."""
    account = LOAD_BALANCER_ACCOUNTS.get(place.region)
    if account is None:
        raise Refusal(
            f"aws.elb.get_service_account: {place.region} has none; use the service principal of log delivery"
        )
    return {"id": account, "arn": f"arn:{place.partition}:iam::{account}:root"}


FUNCTIONS: Mapping[str, Function] = {
    "aws:ecr/getRepository:getRepository": repository,
    "aws:ecr/getAuthorizationToken:getAuthorizationToken": authorization_token,
    "aws:ecr/getImage:getImage": image,
    "aws:ecs/getCluster:getCluster": cluster,
    "aws:ecs/getTaskDefinition:getTaskDefinition": task_definition,
    "aws:lb/getLoadBalancer:getLoadBalancer": load_balancer,
    "aws:alb/getLoadBalancer:getLoadBalancer": load_balancer,
    "aws:lb/getListener:getListener": listener,
    "aws:alb/getListener:getListener": listener,
    "aws:lb/getHostedZoneId:getHostedZoneId": hosted_zone_id,
    "aws:elb/getServiceAccount:getServiceAccount": service_account,
    "aws:elb/getHostedZoneId:getHostedZoneId": hosted_zone_id,
}
