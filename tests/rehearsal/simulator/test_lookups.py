import json
from collections.abc import Callable
from typing import Any

import pytest

from mcp_ops.rehearsal.simulator.cloud import Cloud
from mcp_ops.rehearsal.simulator.errors import Refusal
from mcp_ops.rehearsal.simulator.invokes import invoked
from mcp_ops.rehearsal.simulator.places import Place

HERE = Place("123456789012", "eu-central-1")

Look = Callable[..., dict[str, Any]]
Document = Callable[..., Any]


@pytest.fixture
def assumed() -> list[str]:
    """What look-ups of one test took to exist."""
    return []


@pytest.fixture
def look(cloud: Cloud, assumed: list[str]) -> Look:
    return lambda token, **given: invoked(cloud, token, given, HERE, assumed)


@pytest.fixture
def document(look: Look) -> Document:
    """Computes a policy document and returns it parsed."""
    return lambda **given: json.loads(look("aws:iam/getPolicyDocument:getPolicyDocument", **given)["json"])


def test_a_network_outside_the_stack_is_made_once(look: Look, assumed: list[str]) -> None:
    first = look("aws:ec2/getVpc:getVpc", tags={"Name": "shared"})
    second = look("aws:ec2/getVpc:getVpc", tags={"Name": "shared"})
    assert first["id"] == second["id"]
    assert first["mainRouteTableId"].startswith("rtb-")
    assert assumed == ["a VPC exists (tag Name shared)"]


def test_the_default_network_is_no_assumption(look: Look, assumed: list[str]) -> None:
    assert look("aws:ec2/getVpc:getVpc", default=True)["default"] is True
    assert assumed == []


def test_subnets_of_a_network_lie_in_two_zones(look: Look) -> None:
    vpc = look("aws:ec2/getVpc:getVpc", tags={"Name": "zones"})["id"]
    filters = [{"name": "vpc-id", "values": [vpc]}, {"name": "tag:tier", "values": ["private"]}]
    ids = look("aws:ec2/getSubnets:getSubnets", filters=filters)["ids"]
    zones = {look("aws:ec2/getSubnet:getSubnet", id=id_)["availabilityZone"] for id_ in ids}
    assert zones == {"eu-central-1a", "eu-central-1b"}


def test_two_networks_that_match_are_refused(look: Look, cloud: Cloud) -> None:
    for _ in range(2):
        cloud.call("ec2", "CreateVpc", {"CidrBlock": "10.66.0.0/16"}, HERE)
    with pytest.raises(Refusal, match="2 match; narrow the look-up"):
        look("aws:ec2/getVpc:getVpc", cidrBlock="10.66.0.0/16")


def test_an_image_has_the_same_id_in_every_run(look: Look) -> None:
    asked = {"owners": ["amazon"], "mostRecent": True, "filters": [{"name": "name", "values": ["al2023-ami-*"]}]}
    assert look("aws:ec2/getAmi:getAmi", **asked)["id"] == look("aws:ec2/getAmi:getAmi", **asked)["id"]


def test_what_an_account_holds_is_made_to_exist(look: Look, assumed: list[str]) -> None:
    assert look("aws:iam/getRole:getRole", name="deployer")["arn"] == "arn:aws:iam::123456789012:role/deployer"
    assert look("aws:kms/getAlias:getAlias", name="alias/shared")["targetKeyArn"].startswith(
        "arn:aws:kms:eu-central-1:"
    )
    assert look("aws:route53/getZone:getZone", name="example.com.")["name"] == "example.com"
    assert (
        look("aws:acm/getCertificate:getCertificate", domain="www.example.com", statuses=["ISSUED"])["status"]
        == "ISSUED"
    )
    assert look("aws:ecr/getRepository:getRepository", name="web")["repositoryUrl"].endswith("/web")
    assert look("aws:ecs/getCluster:getCluster", clusterName="main")["arn"].endswith(":cluster/main")
    assert assumed == [
        "role deployer exists",
        "KMS key alias/shared exists",
        "hosted zone example.com. exists",
        "an issued certificate for www.example.com exists",
        "image repository web exists",
        "ECS cluster main exists",
    ]


def test_a_policy_of_aws_is_no_assumption(look: Look, assumed: list[str]) -> None:
    found = look("aws:iam/getPolicy:getPolicy", arn="arn:aws:iam::aws:policy/ReadOnlyAccess")
    assert json.loads(found["policy"])["Version"] == "2012-10-17"
    assert assumed == []


def test_what_aws_fixes_for_a_region(look: Look) -> None:
    assert look("aws:lb/getHostedZoneId:getHostedZoneId")["id"] == "Z215JYRZR1TBD5"
    assert look("aws:elb/getServiceAccount:getServiceAccount")["arn"] == "arn:aws:iam::054676820928:root"
    assert look("aws:ec2/getPrefixList:getPrefixList", name="com.amazonaws.eu-central-1.s3")["id"].startswith("pl-")
    with pytest.raises(Refusal, match="mx-central-1 has none"):
        look("aws:elb/getServiceAccount:getServiceAccount", region="mx-central-1")


def test_a_list_on_the_internet_is_refused(look: Look) -> None:
    with pytest.raises(Refusal, match="use a managed prefix list"):
        look("aws:index/getIpRanges:getIpRanges", services=["ec2"])


def test_lists_are_sorted_downwards_and_one_stands_alone(document: Document) -> None:
    statement = document(
        statements=[
            {
                "sid": "Read",
                "actions": ["s3:GetObject", "s3:PutObject"],
                "resources": ["arn:aws:s3:::b/&{aws:username}"],
                "principals": [
                    {"type": "AWS", "identifiers": ["111111111111", "222222222222"]},
                    {"type": "Service", "identifiers": ["a"]},
                ],
                "conditions": [
                    {"test": "StringEquals", "variable": "aws:SourceAccount", "values": ["1"]},
                    {"test": "StringLike", "variable": "s3:prefix", "values": ["a", "b"]},
                ],
            }
        ]
    )["Statement"][0]
    assert statement == {
        "Sid": "Read",
        "Effect": "Allow",
        "Action": ["s3:PutObject", "s3:GetObject"],
        "Resource": "arn:aws:s3:::b/${aws:username}",
        "Principal": {"AWS": ["222222222222", "111111111111"], "Service": "a"},
        "Condition": {"StringEquals": {"aws:SourceAccount": "1"}, "StringLike": {"s3:prefix": ["a", "b"]}},
    }


def test_everybody_is_a_star(document: Document) -> None:
    everybody = [{"type": "*", "identifiers": ["*"]}]
    made = document(statements=[{"effect": "Deny", "actions": ["*"], "resources": ["*"], "principals": everybody}])
    assert made["Statement"][0]["Principal"] == "*"


def test_documents_are_merged_by_sid(document: Document) -> None:
    def text(sid: str, action: str) -> str:
        return json.dumps(
            {"Version": "2012-10-17", "Statement": [{"Sid": sid, "Effect": "Allow", "Action": action, "Resource": "*"}]}
        )

    made = document(
        sourcePolicyDocuments=[text("a", "s3:source"), text("b", "s3:source")],
        statements=[{"sid": "b", "actions": ["s3:here"], "resources": ["*"]}],
        overridePolicyDocuments=[text("a", "s3:override")],
    )
    assert [(item["Sid"], item["Action"]) for item in made["Statement"]] == [("a", "s3:override"), ("b", "s3:here")]


def test_the_minified_form_says_the_same(look: Look) -> None:
    made = look("aws:iam/getPolicyDocument:getPolicyDocument", statements=[{"actions": ["s3:*"], "resources": ["*"]}])
    assert json.loads(made["minifiedJson"]) == json.loads(made["json"])
    assert " " not in made["minifiedJson"]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"statements": [{"sid": "a", "actions": ["s3:*"]}, {"sid": "a", "actions": ["sqs:*"]}]}, "duplicate Sid 'a'"),
        ({"sourcePolicyDocuments": ["{"]}, r"sourcePolicyDocuments\[0\]: is not valid JSON"),
        (
            {"version": "2008-10-17", "statements": [{"actions": ["s3:*"], "resources": ["&{aws:username}"]}]},
            "need version 2012-10-17",
        ),
    ],
)
def test_a_document_that_the_provider_refuses_is_refused(
    document: Document, given: dict[str, Any], message: str
) -> None:
    with pytest.raises(Refusal, match=message):
        document(**given)
