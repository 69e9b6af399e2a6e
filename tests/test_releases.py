"""What a server has run, and what it goes back to."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from moto import mock_aws

from mcp_ops import InputError
from mcp_ops.releases import History, Service, history_of, roll_back, service_named, services_of

ACCOUNT, REGION = "123456789012", "eu-west-1"
PREFIX = f"arn:aws:ecs:{REGION}:{ACCOUNT}"
SERVICE = Service("weather", f"{PREFIX}:cluster/dev", f"{PREFIX}:service/dev/weather-1")


class Ecs:
    """ECS with deployments, oldest first: digest and status."""

    def __init__(self, *deployments: tuple[str, str], page: int = 2) -> None:
        self.deployments, self.page = deployments, page
        self.called: list[tuple[str, dict[str, Any]]] = []

    def list_service_deployments(self, **asked: Any) -> dict[str, Any]:
        assert asked["service"] == SERVICE.arn
        found = [
            {
                "serviceDeploymentArn": f"deployment/{place}",
                "targetServiceRevisionArn": f"revision/{place}",
                "status": status,
                "createdAt": datetime(2026, 11, 21, tzinfo=UTC) + timedelta(hours=place),
            }
            for place, (_, status) in enumerate(self.deployments)
        ]
        start = int(asked.get("nextToken", 0))
        more = {"nextToken": str(start + self.page)} if start + self.page < len(found) else {}
        return {"serviceDeployments": found[start : start + self.page], **more}

    def describe_service_revisions(self, serviceRevisionArns: list[str]) -> dict[str, Any]:  # noqa: N803 - boto3's name
        assert len(serviceRevisionArns) <= 20
        return {
            "serviceRevisions": [
                {
                    "serviceRevisionArn": arn,
                    "taskDefinition": f"task/{arn.rpartition('/')[2]}",
                    "containerImages": [
                        {"containerName": "ecs-service-connect", "image": "proxy", "imageDigest": "sha256:proxy"},
                        {
                            "containerName": "weather",
                            "image": "weather:1",
                            "imageDigest": self.deployments[int(arn.rpartition("/")[2])][0],
                        },
                    ],
                }
                for arn in serviceRevisionArns
            ]
        }

    def update_service(self, **asked: Any) -> None:
        self.called.append(("update", asked))

    def stop_service_deployment(self, **asked: Any) -> None:
        self.called.append(("stop", asked))


def history(*deployments: tuple[str, str]) -> History:
    return history_of(Ecs(*deployments), SERVICE)


def gone(digest: str, status: str = "SUCCESSFUL") -> tuple[str, str]:
    return digest, status


def test_a_bad_release_that_got_through_goes_back_to_the_one_before() -> None:
    ecs = Ecs(gone("a"), gone("b"), gone("c"))
    target = roll_back(ecs, history_of(ecs, SERVICE))
    assert target.digest == "b"
    asked = {"cluster": SERVICE.cluster, "service": SERVICE.arn, "taskDefinition": "task/1"}
    assert ecs.called == [("update", asked)]


def test_releases_that_were_taken_back_are_passed_over() -> None:
    found = history(gone("a"), gone("bad", "ROLLBACK_SUCCESSFUL"), gone("stopped", "STOPPED"), gone("c"))
    assert found.last_good is not None
    assert found.last_good.digest == "a"


def test_a_second_roll_back_never_leads_back_to_what_the_first_one_left() -> None:
    found = history(gone("old"), gone("good"), gone("bad"), gone("good"))
    assert found.last_good is not None
    assert found.last_good.digest == "old"


def test_a_new_deployment_of_the_same_image_is_no_other_release() -> None:
    found = history(gone("a"), gone("b"), gone("b"), gone("b"))
    assert found.last_good is not None
    assert found.last_good.digest == "a"


@pytest.mark.parametrize("status", ["PENDING", "IN_PROGRESS"])
def test_a_deployment_under_way_is_stopped(status: str) -> None:
    ecs = Ecs(gone("a"), gone("b", status))
    assert roll_back(ecs, history_of(ecs, SERVICE)).digest == "a"
    assert ecs.called == [("stop", {"serviceDeploymentArn": "deployment/1", "stopType": "ROLLBACK"})]


def test_after_a_roll_back_that_failed_the_good_release_is_deployed() -> None:
    ecs = Ecs(gone("a"), gone("b", "ROLLBACK_FAILED"))
    assert roll_back(ecs, history_of(ecs, SERVICE)).digest == "a"
    assert ecs.called[0][1]["taskDefinition"] == "task/0"


@pytest.mark.parametrize(
    "status", ["ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS", "STOP_REQUESTED", "ROLLBACK_SUCCESSFUL", "STOPPED"]
)
def test_what_ecs_takes_back_itself_is_left_alone(status: str) -> None:
    ecs = Ecs(gone("a"), gone("b", status))
    with pytest.raises(InputError, match=f"server: weather went back by itself: {status}, to a"):
        roll_back(ecs, history_of(ecs, SERVICE))
    assert not ecs.called


@pytest.mark.parametrize("deployments", [(), (gone("a"),), (gone("a"), gone("a")), (gone("a", "IN_PROGRESS"),)])
def test_there_is_nothing_to_go_back_to(deployments: tuple[tuple[str, str], ...]) -> None:
    with pytest.raises(InputError, match="server: weather has no release before this one that ended well"):
        roll_back(Ecs(), history(*deployments))


def test_a_hundred_deployments_are_read_in_portions() -> None:
    found = history(*(gone(str(number)) for number in range(100)))
    assert [release.digest for release in found.releases] == [str(number) for number in reversed(range(100))]
    assert found.newest is not None
    assert found.newest.as_json()["deployedAt"] == "2026-11-25T03:00:00+00:00"


@pytest.fixture
def tagged() -> Iterator[Any]:
    with mock_aws():
        ecs = boto3.client("ecs", region_name=REGION)
        ecs.create_cluster(clusterName="dev")
        container = {"name": "weather", "image": "weather:1", "memory": 128}
        ecs.register_task_definition(family="weather", containerDefinitions=[container])
        for name, tags in {
            "weather-1": {"mcp-server": "weather", "Environment": "dev"},
            "weather-2": {"mcp-server": "weather", "Environment": "prod"},
            "other": {"Environment": "dev"},
        }.items():
            ecs.create_service(
                cluster="dev",
                serviceName=name,
                taskDefinition="weather",
                desiredCount=1,
                tags=[{"key": key, "value": value} for key, value in tags.items()],
            )
        yield boto3.client("resourcegroupstaggingapi", region_name=REGION)


def test_servers_are_found_by_their_tags(tagged: Any) -> None:
    assert services_of(tagged, "dev") == {"weather": SERVICE}
    assert services_of(tagged, "staging") == {}


def test_an_unknown_server_is_refused_with_a_hint() -> None:
    with pytest.raises(InputError, match="server: weathr has no service in this environment; did you mean weather"):
        service_named({"weather": SERVICE}, "weathr")
    with pytest.raises(InputError, match="there are: none"):
        service_named({}, "weather")
    assert service_named({"weather": SERVICE}, "weather") is SERVICE
