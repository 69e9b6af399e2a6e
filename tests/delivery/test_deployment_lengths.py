"""The lengths of the deploy role's policies: what fits is taken; what does not is refused, with the input at fault."""

from collections.abc import Sequence
from typing import Any

import pulumi
import pytest

from mcp_ops import DeploymentRole, InputError
from mcp_ops.rehearsal.findings.policy import size
from tests.delivery.programs import BOUNDARY, roles
from tests.support.recording import Recording, record

PREFIXES = [f"mcp-dev-{number:02}" for number in range(60)]


def registered(**changes: Any) -> Recording:
    return record(lambda: DeploymentRole("mcp-dev", roles(**changes)))


def characters(part: str, **changes: Any) -> int:
    """Returns the length of a policy as it is registered, as IAM counts it."""
    return size(registered(**changes).one("iam/policy:Policy", f"mcp-dev-deploy-{part}").inputs["policy"])


def largest(key: str, entries: Sequence[str], **changes: Any) -> int:
    """Returns how many of the entries an input takes, the others being refused."""
    few, many = 1, len(entries)
    registered(**{**changes, key: list(entries[:few])})
    while few + 1 < many:
        middle = (few + many) // 2
        try:
            registered(**{**changes, key: list(entries[:middle])})
        except InputError:
            many = middle
        else:
            few = middle
    return few


@pytest.mark.parametrize("more", [{}, {"further_regions": ["eu-central-1"], "role_paths": ["/mcp-dev/"]}])
def test_as_many_prefixes_are_taken_as_iam_has_room_for(more: dict[str, Any]) -> None:
    most = largest("name_prefixes", PREFIXES, **more)
    taken, fewer = (characters("names", name_prefixes=PREFIXES[:number], **more) for number in (most, most - 1))
    # Every prefix takes as much as the one before it: one more is too much.
    each = taken - fewer
    assert 6144 - each < taken <= 6144
    with pytest.raises(InputError) as caught:
        registered(name_prefixes=PREFIXES[: most + 1], **more)
    assert str(caught.value) == (
        f"mcp-dev.name_prefixes: {str(PREFIXES)[:77]}... lists {most + 1}, and the policy mcp-dev-deploy-names has "
        f"{taken + each:,} characters; IAM takes 6,144"
    )


@pytest.mark.parametrize(
    ("key", "entries", "policy"),
    [
        ("role_paths", [f"/mcp-dev-{number:02}/" for number in range(90)], "names"),
        ("guarded_roles", [f"mcp-dev-person-{number:02}" for number in range(60)], "limits"),
        ("further_actions", [f"bedrock:CreateAgentOfKind{number:03}" for number in range(200)], "operations"),
        ("further_regions", [f"eu-{chr(97 + number)}west-1" for number in range(26)], "names"),
    ],
)
def test_the_input_that_is_too_long_is_the_one_that_is_named(key: str, entries: list[str], policy: str) -> None:
    most = largest(key, entries)
    assert characters(policy, **{key: entries[:most]}) <= 6144
    with pytest.raises(InputError) as caught:
        registered(**{key: entries[: most + 1]})
    (line,) = str(caught.value).splitlines()
    assert line.startswith(f"mcp-dev.{key}: [")
    assert f" lists {most + 1}, and the policy mcp-dev-deploy-{policy} has 6," in line


def test_a_boundary_that_only_aws_knows_hides_no_policy_that_never_fits() -> None:
    names = [f"mcp-dev-person-{number:02}" for number in range(60)]
    with pytest.raises(InputError, match="lists 60, and the policy mcp-dev-deploy-limits has"):
        record(
            lambda: DeploymentRole(
                "mcp-dev", roles(guarded_roles=names, permissions_boundary_arn=pulumi.Output.from_input(BOUNDARY))
            )
        )
