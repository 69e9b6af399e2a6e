"""The drill `isolate` over two stacks of one small program."""

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.rehearsal.drills.support import outcome_of
from tests.support.projects import write_project

from mcp_ops.rehearsal.drills.drill import Outcome

PROGRAM = """
    import json
    import pulumi
    import pulumi_aws as aws

    stack = pulumi.get_stack()
    other = {"dev": "prod", "prod": "dev"}.get(stack)
    account = pulumi.Config().require("account")
    other_account = pulumi.Config().get("otherAccount")
    provider = aws.Provider("aws", region="eu-central-1", allowed_account_ids=[account])
    opts = pulumi.ResourceOptions(provider=provider)


    def role(name, principal, action="sts:AssumeRole"):
        statement = {"Effect": "Allow", "Principal": principal, "Action": action}
        trust = {"Version": "2012-10-17", "Statement": [statement]}
        return aws.iam.Role(name, assume_role_policy=json.dumps(trust), opts=opts)


    def allow(name, owner, resource, effect="Allow"):
        statement = {"Effect": effect, "Action": "s3:GetObject", "Resource": resource}
        policy = json.dumps({"Version": "2012-10-17", "Statement": statement})
        aws.iam.RolePolicy(name, role=owner.id, policy=policy, opts=opts)


    bucket = aws.s3.Bucket("documents", bucket=f"documents-{stack}-4711", opts=opts)
    worker = role("worker", {"Service": "ecs-tasks.amazonaws.com"})
"""

GROUP = """
    group = aws.ec2.SecurityGroup("servers", description=f"beside {other}", opts=opts)
    pulumi.export("group", group.id)
"""


@pytest.fixture
def isolated(tmp_path: Path) -> Callable[..., Outcome]:
    """Returns a function that rehearses dev beside prod, with something added to the program."""

    def run(addition: str = "", *, one_account: bool = False, stacks: tuple[str, ...] = ("dev", "prod")) -> Outcome:
        accounts = {"dev": "111111111111", "prod": "111111111111" if one_account else "222222222222"}
        others = {"dev": "prod", "prod": "dev"}
        for stack in stacks:
            account, other = accounts.get(stack, "333333333333"), accounts[others.get(stack, "dev")]
            config = f'  shop:account: "{account}"\n  shop:otherAccount: "{other}"\n'
            write_project(tmp_path, PROGRAM + addition, config, stack=stack)
        return outcome_of(tmp_path, "isolate", stacks[0], previewed=True)

    return run


def crossings(outcome: Outcome) -> list[str]:
    found = outcome.evidence.facts["crossings"]
    assert outcome.passed == (not found)
    assert list(outcome.evidence.summary[2:]) == found
    return found


@pytest.mark.parametrize("one_account", [True, False])
def test_stacks_that_do_not_touch_pass_with_what_was_compared(
    isolated: Callable[..., Outcome], one_account: bool
) -> None:
    outcome = isolated(GROUP, one_account=one_account)
    assert crossings(outcome) == []
    facts = outcome.evidence.facts
    assert (facts["stacks"], facts["resources"]) == (["dev", "prod"], 6)
    assert (facts["compared"]["security-group rules"], facts["compared"]["role trusts"]) == (2, 2)
    shared = "one account 111111111111" if one_account else "accounts 111111111111 and 222222222222"
    assert f"dev and prod side by side in {shared}: 6 resources" in outcome.evidence.summary[0]
    assert outcome.evidence.summary[1].endswith("looked for in each other's inputs: 0 references")


def test_a_rule_that_names_the_others_security_group_is_a_crossing(isolated: Callable[..., Outcome]) -> None:
    (found,) = crossings(
        isolated(
            GROUP
            + """
    if stack == "dev":
        foreign = pulumi.StackReference("organization/shop/prod").require_output("group")
        aws.vpc.SecurityGroupIngressRule(
            "in", security_group_id=group.id, referenced_security_group_id=foreign,
            ip_protocol="tcp", from_port=1, to_port=2, opts=opts,
        )
    """
        )
    )
    assert found.startswith("dev: aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule in: ")
    assert "referencedSecurityGroupId reaches sg-" in found
    assert found.endswith(" of prod")


def test_a_trust_in_the_others_account_is_a_crossing(isolated: Callable[..., Outcome]) -> None:
    (found,) = crossings(
        isolated("""
    if stack == "prod":
        role("deploy", {"AWS": f"arn:aws:iam::{other_account}:root"})
    """)
    )
    assert found == "prod: aws:iam/role:Role deploy: assumeRolePolicy reaches 111111111111 of dev"


REACHED = {
    "begins": ('"arn:aws:s3:::documents-*"', "arn:aws:s3:::documents-prod-4711"),
    "second": ('["arn:aws:s3:::none", f"arn:aws:s3:::documents-{other}-4711/*"]', "documents-prod-4711"),
    "object": ('f"arn:aws:s3:::documents-{other}-4711/some/key.txt"', "documents-prod-4711"),
}
"""Resources of a policy, and what of the other stack they cover."""


def test_a_policy_that_covers_the_others_bucket_is_a_crossing(isolated: Callable[..., Outcome]) -> None:
    allows = "".join(f'        allow("{name}", worker, {resource})\n' for name, (resource, _) in REACHED.items())
    found = crossings(isolated(f'\n    if stack == "dev":\n{allows}', one_account=True))
    assert len(found) == len(REACHED)
    for name, (_, reached) in REACHED.items():
        (line,) = [line for line in found if f" {name}: " in line]
        assert line.startswith(f"dev: aws:iam/rolePolicy:RolePolicy {name}: policy reaches ")
        assert reached in line


HARMLESS = """
    allow("all", worker, "*")
    allow("deny", worker, "arn:aws:s3:::documents-*", effect="Deny")
    allow("own", worker, f"arn:aws:s3:::documents-{stack}-*")
    aws.sqs.Queue("tagged", tags={"Beside": f"documents-{other}-4711"}, opts=opts)
    aws.sqs.Queue("named", name=f"documents-{other}-4711-copies", opts=opts)
"""


def test_what_reaches_nothing_of_the_other_is_no_crossing(isolated: Callable[..., Outcome]) -> None:
    assert crossings(isolated(HARMLESS, one_account=True)) == []


def test_one_name_in_one_account_and_region_is_a_collision(isolated: Callable[..., Outcome]) -> None:
    queue = '\n    aws.sqs.Queue("q", name="orders", opts=opts)\n'
    (found,) = crossings(isolated(queue, one_account=True))
    assert found == "dev and prod both hold aws:sqs/queue:Queue orders in 111111111111 eu-central-1"
    assert crossings(isolated(queue)) == []


def test_a_stack_that_cannot_be_built_beside_fails_the_drill(isolated: Callable[..., Outcome]) -> None:
    outcome = isolated('\n    if stack == "prod":\n        aws.sqs.Queue("bad", name="x" * 100, opts=opts)\n')
    assert not outcome.passed
    assert outcome.evidence.summary[0].startswith("prod cannot be built beside dev: aws:sqs/queue:Queue bad: ")


def test_the_counterpart_is_prod_then_dev_then_any_other(isolated: Callable[..., Outcome]) -> None:
    assert isolated(stacks=("prod", "dev", "test")).evidence.facts["stacks"] == ["prod", "dev"]


def test_any_other_stack_will_do_where_neither_prod_nor_dev_is(isolated: Callable[..., Outcome]) -> None:
    assert isolated(stacks=("left", "right")).evidence.facts["stacks"] == ["left", "right"]
