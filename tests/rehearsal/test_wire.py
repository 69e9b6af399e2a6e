import pulumi
import pytest
from pulumi.runtime import rpc

from mcp_ops.rehearsal import wire
from mcp_ops.rehearsal.wire import UNKNOWN, Secret


@pytest.mark.parametrize(
    "value",
    [
        {"text": "a", "whole": 3, "part": 2.5, "flag": True, "list": [1, "b", [False]], "nested": {"deep": {"er": 1}}},
        {"secret": Secret("hunter2"), "nested": {"secret": Secret({"a": [1, 2]})}},
        {"unknown": UNKNOWN, "list": [UNKNOWN, 1]},
        {},
    ],
)
def test_what_is_encoded_decodes_to_the_same(value: dict) -> None:
    assert wire.decode(wire.encode(value)) == value


def test_absent_values_are_left_out() -> None:
    assert wire.decode(wire.encode({"a": None, "b": 1})) == {"b": 1}


@pytest.mark.parametrize(
    ("asset", "field"),
    [
        (pulumi.FileAsset("x.txt"), "path"),
        (pulumi.StringAsset("hello"), "text"),
        (pulumi.RemoteAsset("https://example.com/x"), "uri"),
        (pulumi.FileArchive("folder"), "path"),
        (pulumi.RemoteArchive("https://example.com/x.zip"), "uri"),
    ],
)
def test_assets_keep_their_class_and_content(asset: pulumi.Asset, field: str) -> None:
    decoded = wire.decode(wire.encode({"asset": asset}))["asset"]
    assert type(decoded) is type(asset)
    assert getattr(decoded, field) == getattr(asset, field)


def test_an_archive_of_assets_keeps_its_members() -> None:
    archive = pulumi.AssetArchive({"a.txt": pulumi.StringAsset("a"), "sub": pulumi.FileArchive("folder")})
    decoded = wire.decode(wire.encode({"code": archive}))["code"]
    assert {name: type(item) for name, item in decoded.assets.items()} == {
        "a.txt": pulumi.StringAsset,
        "sub": pulumi.FileArchive,
    }


def test_a_resource_reference_becomes_its_id_and_a_component_its_urn() -> None:
    signature = {rpc._special_sig_key: rpc._special_resource_sig}
    struct = wire.encode(
        {"custom": {**signature, "urn": "urn:x", "id": "i-1"}, "component": {**signature, "urn": "urn:y"}}
    )
    assert wire.decode(struct) == {"custom": "i-1", "component": "urn:y"}


def test_an_output_value_keeps_whether_it_is_known_and_secret() -> None:
    signature = {rpc._special_sig_key: rpc._special_output_value_sig}
    struct = wire.encode(
        {"known": {**signature, "value": 1}, "secret": {**signature, "value": "s", "secret": True}, "not": signature}
    )
    assert wire.decode(struct) == {"known": 1, "secret": Secret("s"), "not": UNKNOWN}


def test_a_secret_is_revealed_for_the_simulator_and_masked_for_a_report() -> None:
    value = {"password": Secret("hunter2"), "list": [Secret({"k": "hunter2"})]}
    assert wire.reveal(value) == {"password": "hunter2", "list": [{"k": "hunter2"}]}
    assert "hunter2" not in str(wire.shown(value))
    assert "hunter2" not in repr(value)


def test_shown_describes_what_json_cannot_hold() -> None:
    shown = wire.shown({"unknown": UNKNOWN, "file": pulumi.FileAsset("a.txt"), "text": pulumi.StringAsset("x")})
    assert shown == {"unknown": "<unknown>", "file": "<file a.txt>", "text": "<StringAsset>"}


@pytest.mark.parametrize("value", [UNKNOWN, Secret(UNKNOWN), {"a": [UNKNOWN]}, [{"b": Secret([UNKNOWN])}]])
def test_an_unknown_is_found_at_any_depth(value: object) -> None:
    assert wire.has_unknown(value)


def test_a_known_value_has_no_unknown() -> None:
    assert not wire.has_unknown({"a": [1, Secret("x"), {"b": None}]})
