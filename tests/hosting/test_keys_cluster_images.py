"""What encryption keys, clusters and image repositories register, and which are refused."""

import json
from typing import Any

import pulumi
import pytest

from mcp_ops import Cluster, EncryptionKeys, ImageRepository, InputError
from mcp_ops.hosting.encryption import PURPOSES
from tests.support.recording import ACCOUNT_ID, REGION, Recording, record


def keys(**changes: object) -> Any:
    return {"purposes": list(PURPOSES), "account_id": ACCOUNT_ID, "region": REGION, **changes}


def key_policy(run: Recording, purpose: str) -> dict[str, dict[str, Any]]:
    policy = json.loads(run.one("Key", f"dev-{purpose}").inputs["policy"])
    return {statement["Sid"]: statement for statement in policy["Statement"]}


def test_each_purpose_has_a_rotated_protected_key_with_an_alias() -> None:
    run = record(lambda: EncryptionKeys("dev", keys(tags={"team": "x"})))
    assert run.names("Key") == {f"dev-{purpose}" for purpose in PURPOSES}
    for key in run.all("Key"):
        assert key.inputs["enableKeyRotation"] is True
        assert key.inputs["deletionWindowInDays"] == 30
        assert key.inputs["tags"] == {"team": "x"}
        assert key.protect
        assert key.retain_on_delete
    assert {alias.inputs["name"] for alias in run.all("Alias")} == {f"alias/dev/{purpose}" for purpose in PURPOSES}


def test_unprotected_keys_go_with_their_stack() -> None:
    run = record(lambda: EncryptionKeys("dev", keys(purposes=["logs"], protect=False, deletion_window_days=7)))
    key = run.one("Key")
    assert not key.protect
    assert not key.retain_on_delete
    assert key.inputs["deletionWindowInDays"] == 7


def test_every_key_leaves_the_decision_to_iam_of_its_account() -> None:
    run = record(lambda: EncryptionKeys("dev", keys()))
    for purpose in PURPOSES:
        account = key_policy(run, purpose)["AccountDecidesByIam"]
        assert account["Principal"] == {"AWS": f"arn:aws:iam::{ACCOUNT_ID}:root"}


def test_a_service_uses_only_the_key_that_it_needs_and_only_for_this_account() -> None:
    run = record(lambda: EncryptionKeys("dev", keys()))
    logs = key_policy(run, "logs")["LogGroups"]
    assert logs["Principal"] == {"Service": f"logs.{REGION}.amazonaws.com"}
    context = "kms:EncryptionContext:aws:logs:arn"
    assert logs["Condition"] == {"ArnLike": {context: f"arn:aws:logs:{REGION}:{ACCOUNT_ID}:log-group:*"}}
    topics = key_policy(run, "notifications")["Publishers"]
    assert "cloudwatch.amazonaws.com" in topics["Principal"]["Service"]
    assert set(topics["Action"]) == {"kms:Decrypt", "kms:GenerateDataKey"}
    assert key_policy(run, "trail")["Trails"]["Principal"] == {"Service": "cloudtrail.amazonaws.com"}
    for purpose in ("backups", "images", "secrets", "state"):
        assert set(key_policy(run, purpose)) == {"AccountDecidesByIam"}


def test_key_arns_are_outputs_and_can_be_asked_for() -> None:
    def program() -> None:
        made = EncryptionKeys("dev", keys(purposes=["logs"]))
        Cluster("dev", {"log_key_arn": made.key_arn("logs")})
        with pytest.raises(KeyError):
            made.key_arn("trail")

    run = record(program)
    key_arn = f"arn:aws:kms:{REGION}:{ACCOUNT_ID}:key/dev-logs"
    assert run.one("EncryptionKeys").outputs == {"arns": {"logs": key_arn}}
    assert run.one("LogGroup").inputs["kmsKeyId"] == key_arn


def test_partitions_follow_the_region() -> None:
    run = record(lambda: EncryptionKeys("dev", keys(region="us-gov-west-1", purposes=["logs"])))
    assert key_policy(run, "logs")["AccountDecidesByIam"]["Principal"]["AWS"].startswith("arn:aws-us-gov:iam")


def test_wrong_keys_are_refused_together() -> None:
    with pytest.raises(InputError) as caught:
        record(
            lambda: EncryptionKeys("dev keys", keys(purposes=["logs", "logs", "fun"], deletion_window_days=3, region=7))
        )
    assert [(offence.where, offence.value) for offence in caught.value.offences] == [
        ("dev keys.name", "dev keys"),
        ("dev keys.purposes", "logs"),
        ("dev keys.purposes", "fun"),
        ("dev keys.region", 7),
        ("dev keys.deletion_window_days", 3),
    ]


@pytest.mark.parametrize("purposes", ["logs", [1], pulumi.Output])
def test_purposes_are_a_list_of_names(purposes: object) -> None:
    with pytest.raises(InputError, match="is not a list of plain strings"):
        record(lambda: EncryptionKeys("dev", keys(purposes=purposes)))


def test_a_cluster_has_insights_capacity_and_a_namespace() -> None:
    run = record(lambda: Cluster("dev", {"log_key_arn": "arn:key", "log_retention_days": 7}))
    assert run.one("ecs/cluster:Cluster").inputs["settings"] == [{"name": "containerInsights", "value": "enhanced"}]
    assert run.one("ClusterCapacityProviders").inputs["capacityProviders"] == ["FARGATE", "FARGATE_SPOT"]
    group = run.one("LogGroup").inputs
    assert group["name"] == "/aws/ecs/containerinsights/dev-cluster-1234567/performance"
    assert (group["kmsKeyId"], group["retentionInDays"]) == ("arn:key", 7)
    outputs = run.one("mcp-ops:index:Cluster").outputs
    assert set(outputs) == set(Cluster.__annotations__)
    assert outputs["namespace_arn"].endswith("dev-namespace-1234567")


def test_a_cluster_without_insights_and_namespace_has_neither() -> None:
    run = record(lambda: Cluster("dev", {"container_insights": "disabled", "namespace": False}))
    assert not run.all("LogGroup")
    assert not run.all("HttpNamespace")
    assert run.one("mcp-ops:index:Cluster").outputs.get("namespace_arn") is None


def test_a_wrong_cluster_is_refused() -> None:
    with pytest.raises(InputError) as caught:
        record(lambda: Cluster("dev", {"container_insights": "full", "namespace": "yes"}))
    assert len(caught.value.offences) == 2


def test_images_are_immutable_scanned_encrypted_and_tidied() -> None:
    run = record(lambda: ImageRepository("weather", {"key_arn": "arn:key", "keep_images": 5}))
    repository = run.one("Repository")
    assert repository.inputs["imageTagMutability"] == "IMMUTABLE"
    assert repository.inputs["imageScanningConfiguration"] == {"scanOnPush": True}
    assert repository.inputs["encryptionConfigurations"] == [{"encryptionType": "KMS", "kmsKey": "arn:key"}]
    assert repository.inputs["forceDelete"] is False
    assert repository.protect
    rules = json.loads(run.one("LifecyclePolicy").inputs["policy"])["rules"]
    counts = [(rule["selection"]["tagStatus"], rule["selection"]["countNumber"]) for rule in rules]
    assert counts == [("untagged", 7), ("any", 5)]
    assert run.one("ImageRepository").outputs["repository_url"].endswith("/weather-images")


def test_an_unprotected_repository_takes_its_images_along() -> None:
    run = record(lambda: ImageRepository("weather", {"protect": False, "repository_name": "team/weather"}))
    repository = run.one("Repository")
    assert repository.inputs["forceDelete"] is True
    assert repository.inputs["name"] == "team/weather"
    assert not repository.protect


def test_wrong_repositories_are_refused() -> None:
    with pytest.raises(InputError) as caught:
        record(lambda: ImageRepository("Weather", {"keep_images": 1}))
    assert [offence.where for offence in caught.value.offences] == ["Weather.name", "Weather.keep_images"]
    with pytest.raises(InputError, match=r"weather\.repository_name: Team is not a repository name"):
        record(lambda: ImageRepository("weather", {"repository_name": "Team"}))


@pytest.mark.parametrize(
    "component",
    [
        lambda: EncryptionKeys("dev", keys()),
        lambda: Cluster("dev", {}),
        lambda: ImageRepository("weather", {}),
    ],
)
def test_a_preview_works_while_nothing_is_known(component: Any) -> None:
    assert len(list(record(component, preview=True))) > 1
