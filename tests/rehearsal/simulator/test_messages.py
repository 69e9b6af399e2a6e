"""What a type without a specification is told."""

import pytest

from mcp_ops.rehearsal.simulator.errors import UnknownType
from mcp_ops.rehearsal.simulator.provider import spec_of
from mcp_ops.rehearsal.simulator.services import file_of


@pytest.mark.parametrize(
    ("type_", "message"),
    [
        ("datadog:index/monitor:Monitor", "belongs to the package datadog; the rehearsal knows aws, github, random"),
        ("kubernetes:apps/v1:Deployment", "belongs to the package kubernetes; the rehearsal knows aws, github, random"),
        ("aws:lambda/function:Func", "has no specification; the installed pulumi_aws has no such type"),
        (
            "aws:lambda/runtimeManagementConfig:RuntimeManagementConfig",
            "add it to rehearsal/simulator/services/lambda_.py",
        ),
        ("aws:cognito/user:User", "add it to rehearsal/simulator/services/cognito_idp.py"),
    ],
)
def test_the_message_says_where_a_type_belongs(type_: str, message: str) -> None:
    with pytest.raises(UnknownType) as raised:
        spec_of(type_)
    assert str(raised.value).endswith(message)


def test_the_file_of_an_entry_is_the_one_that_holds_it() -> None:
    assert file_of("aws:lambda/function:Function") == "lambda_.py"
    assert file_of("aws:apigateway/method:Method") == "apigateway_method.py"
