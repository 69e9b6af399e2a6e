"""Who may read each secret."""

import json
from typing import Any

import pulumi
import pytest

from mcp_ops import InputError, SecretAccess
from mcp_ops.rehearsal.findings import check_policy
from tests.secrets.programs import EMERGENCY
from tests.support.recording import ACCOUNT_ID, REGION, Recording, record

ONE, TWO = (f"arn:aws:secretsmanager:{REGION}:{ACCOUNT_ID}:secret:mcp-dev-{name}-AbCdEf" for name in ("one", "two"))
WEATHER, ROTATION = (f"arn:aws:iam::{ACCOUNT_ID}:role/{name}" for name in ("weather-execution", "rotation"))


def access(**changes: Any) -> Any:
    return {
        "secret_arns": {"one": ONE, "two": TWO},
        "readers": {"one": [WEATHER]},
        "rotation_role_arn": ROTATION,
        "emergency_role_arn": EMERGENCY,
        **changes,
    }


def registered(*, preview: bool = False, **changes: Any) -> Recording:
    return record(lambda: SecretAccess("mcp-dev", access(**changes)), preview=preview)


def readers(run: Recording, name: str) -> list[str]:
    policy = json.loads(run.one("secretsmanager/secretPolicy:SecretPolicy", f"mcp-dev-{name}-policy").inputs["policy"])
    found: list[str] = policy["Statement"][0]["Condition"]["ArnNotEquals"]["aws:PrincipalArn"]
    return found


def test_readers_are_named_and_everybody_else_is_denied() -> None:
    run = registered()
    assert readers(run, "one") == [WEATHER, ROTATION, EMERGENCY]
    assert readers(run, "two") == [ROTATION, EMERGENCY]
    assert readers(registered(emergency_role_arn=None, rotation_role_arn=None), "one") == [WEATHER]


def test_policies_are_never_public_and_want_tls() -> None:
    for item in registered().all("secretsmanager/secretPolicy:SecretPolicy"):
        assert item.inputs["blockPublicPolicy"] is True
        statements = {statement["Sid"]: statement for statement in json.loads(item.inputs["policy"])["Statement"]}
        assert statements["TlsOnly"]["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
        assert all(statement["Effect"] == "Deny" for statement in statements.values())
        assert check_policy(item.inputs["policy"], "resource", item.name) == []


def test_a_preview_needs_no_arns() -> None:
    assert len(registered(preview=True).all("SecretPolicy")) == 2


def test_a_secret_that_no_server_uses_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", lambda message, *_: told.append(message))
    registered()
    assert told == ["secret two is used by no server"]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"readers": {"three": [WEATHER]}}, "readers.three: three is no secret of the store; it has one, two"),
        ({"readers": {"one": WEATHER}}, "is not a list of ARNs of roles"),
        ({"readers": {"one": ["*"]}}, "readers.one: \\* is not the ARN of a role"),
        ({"readers": {"one": [WEATHER] * 101}}, "names 101 readers; 100 fit"),
        ({"reader": {}}, "did you mean readers"),
    ],
)
def test_wrong_readers_are_refused(changes: Any, told: str) -> None:
    with pytest.raises(InputError, match=told):
        SecretAccess("mcp-dev", access(**changes))
