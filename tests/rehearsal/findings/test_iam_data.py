import pytest

from mcp_ops.rehearsal.findings import iam_data


def test_an_action_knows_its_access_level_and_resource_types() -> None:
    action = iam_data.action("S3:getobject")
    assert action is not None
    assert action.full_name == "s3:GetObject"
    assert action.access == "read"
    assert not action.writes
    assert action.supports_resource_level
    assert "object" in action.resource_types


@pytest.mark.parametrize(
    ("name", "access"),
    [
        ("s3:ListBucket", "list"),
        ("s3:PutObject", "write"),
        ("s3:PutBucketPolicy", "permissions"),
        ("ecs:TagResource", "tagging"),
        ("kms:Decrypt", "write"),
    ],
)
def test_access_levels(name: str, access: str) -> None:
    action = iam_data.action(name)
    assert action is not None
    assert action.access == access


def test_an_action_without_resource_level_permissions() -> None:
    action = iam_data.action("ecr:GetAuthorizationToken")
    assert action is not None
    assert not action.supports_resource_level
    assert iam_data.resource_patterns(action) == []


@pytest.mark.parametrize("name", ["s3:GetObjekt", "nothing:GetObject", "GetObject", ""])
def test_an_unknown_action_is_none(name: str) -> None:
    assert iam_data.action(name) is None


def test_patterns_are_expanded_within_a_service_in_any_case() -> None:
    names = {item.name for item in iam_data.actions_matching("SQS:*message")}
    assert {"SendMessage", "ReceiveMessage", "DeleteMessage"} <= names
    assert iam_data.actions_matching("sqs:Nothing*") == ()


def test_condition_keys_of_an_action_include_those_of_its_resources() -> None:
    action = iam_data.action("s3:GetObject")
    assert action is not None
    assert iam_data.key_is_known("s3:ExistingObjectTag/team", action.condition_keys)
    assert iam_data.key_is_known("s3:DataAccessPointAccount", action.condition_keys)
    assert not iam_data.key_is_known("s3:prefix", action.condition_keys)


def test_global_keys_are_known_with_their_type() -> None:
    assert iam_data.global_key("aws:SourceIp") == "IPAddress"
    assert iam_data.global_key("AWS:principalorgid") == "String"
    assert iam_data.global_key("aws:PrincipalTag/team") == "String"
    assert iam_data.global_key("aws:PrincipalTag") is None
    assert iam_data.global_key("aws:SourceIpp") is None


def test_condition_keys_of_a_service_keep_their_spelling_and_type() -> None:
    assert iam_data.condition_keys_of("kms")["kms:viaservice"] == "kms:ViaService"
    assert iam_data.key_types_of("kms")["kms:viaservice"] == "String"
    assert iam_data.condition_keys_of("nothing") == {}
    assert iam_data.key_types_of("nothing") == {}
    assert iam_data.resource_types("nothing") == {}


def test_load_balancers_of_both_generations_share_a_prefix() -> None:
    action = iam_data.action("elasticloadbalancing:AddTags")
    assert action is not None
    assert any("targetgroup" in pattern for pattern in iam_data.resource_patterns(action))


def test_every_resource_type_of_every_action_is_defined() -> None:
    missing = [
        (action.full_name, name)
        for service in iam_data.services()
        for action in iam_data.actions_of(service).values()
        for name in action.resource_types
        if name not in iam_data.resource_types(service)
    ]
    assert missing == []
