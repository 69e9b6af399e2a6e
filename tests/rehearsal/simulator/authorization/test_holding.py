"""What is read once while nobody changes permissions, and the cluster of calls of ECS."""

import json
from collections.abc import Iterator

import pytest
from botocore.exceptions import ClientError

from mcp_ops.rehearsal.simulator.authorization.holding import held, remembered
from mcp_ops.rehearsal.simulator.cloud import Cloud
from mcp_ops.rehearsal.simulator.places import Place

HERE = Place("123456789012", "eu-central-1")
OWN = "arn:aws:ecs:eu-central-1:123456789012:cluster/own"


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    with Cloud().open() as opened:
        opened.client("iam", HERE).create_role(RoleName="lister", AssumeRolePolicyDocument="{}")
        allow(opened, {"ArnEquals": {"ecs:cluster": OWN}})
        for name in ("own", "other"):
            opened.client("ecs", HERE).create_cluster(clusterName=name)
        yield opened


def allow(cloud: Cloud, condition: dict[str, object]) -> None:
    statement = {"Effect": "Allow", "Action": "ecs:ListServices", "Resource": "*", "Condition": condition}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    cloud.client("iam", HERE).put_role_policy(RoleName="lister", PolicyName="list", PolicyDocument=document)


def listed(cloud: Cloud, **named: str) -> bool:
    client = cloud.as_role("arn:aws:iam::123456789012:role/lister").client("ecs", HERE.region)
    try:
        client.list_services(**named)
    except ClientError as error:
        return "AccessDenied" not in error.response["Error"]["Code"]
    return True


def test_a_cluster_is_known_by_name_and_by_arn(cloud: Cloud) -> None:
    assert listed(cloud, cluster="own")
    assert listed(cloud, cluster=OWN)
    assert not listed(cloud, cluster="other")
    assert not listed(cloud)


def test_changes_count_again_after_holding(cloud: Cloud) -> None:
    with held():
        assert listed(cloud, cluster="own")
        allow(cloud, {"ArnEquals": {"ecs:cluster": f"{OWN}er"}})
        assert listed(cloud, cluster="own")
    assert not listed(cloud, cluster="own")


def test_without_holding_everything_is_read_each_time() -> None:
    answers = iter(range(4))
    assert [remembered("key", lambda: next(answers)) for _ in range(2)] == [0, 1]
    with held():
        assert [remembered("key", lambda: next(answers)) for _ in range(2)] == [2, 2]
