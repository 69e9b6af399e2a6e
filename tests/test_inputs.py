"""The reader of plain inputs."""

from typing import NotRequired, TypedDict

import pytest

from mcp_ops.arns import arn, partition
from mcp_ops.errors import InputError
from mcp_ops.inputs import Inputs


class Args(TypedDict):
    name: str
    zones: NotRequired[list[str]]
    map: NotRequired[dict[str, str]]


def test_missing_and_unknown_inputs_are_named_with_the_nearest_name() -> None:
    with pytest.raises(InputError) as caught:
        Inputs("x", {"zone": 1, "qqq": 2}, Args).offences.refuse()
    assert str(caught.value).splitlines() == [
        "x.qqq: 2 is no input of this component",
        "x.zone: 1 is no input of this component; did you mean zones",
        "x.name: None is missing; it is required",
    ]


def test_none_counts_as_not_given() -> None:
    inputs = Inputs("x", {"name": "n", "zones": None, "map": None}, Args)
    assert not inputs.has("zones")
    assert inputs.texts("zones", ["a"]) == ("a",)
    assert inputs.mapping("map") == {}
    assert list(inputs.offences) == []


@pytest.mark.parametrize("value", ["text", {1: "x"}, 5])
def test_a_map_needs_plain_keys(value: object) -> None:
    inputs = Inputs("x", {"name": "n", "map": value}, Args)
    assert inputs.mapping("map") == {}
    assert [offence.rule for offence in inputs.offences] == ["is not a map with plain keys"]


def test_arns_carry_the_partition_of_their_region() -> None:
    assert [partition(region) for region in ("eu-west-1", "cn-north-1", "us-gov-east-1")] == [
        "aws",
        "aws-cn",
        "aws-us-gov",
    ]
    assert arn("ecs", "cn-north-1", "1", "x") == "arn:aws-cn:ecs:cn-north-1:1:x"
