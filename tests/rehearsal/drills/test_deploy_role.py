"""The drill `deploy-role` over small stacks: it passes for roles that hold, and names what does not."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.rehearsal.drills.support import ended, outcome_of
from tests.support.projects import write_project

from mcp_ops.rehearsal.drills.drill import Outcome

PROGRAM = """
    import json

    import pulumi
    import pulumi_aws as aws

    stack = pulumi.get_stack()
    account = pulumi.Config().require("account")
    provider = aws.Provider(
        "aws", region="eu-central-1", allowed_account_ids=[account],
        default_tags=aws.ProviderDefaultTagsArgs(tags={"Environment": stack}),
    )
    opts = pulumi.ResourceOptions(provider=provider)
    issuer = "token.actions.githubusercontent.com"
    github = aws.iam.OpenIdConnectProvider(
        "github", url=f"https://{issuer}", client_id_lists=["sts.amazonaws.com"], opts=opts
    )
    OLD, NEW = "repo:me/shop:", "repo:me@1/shop@2:"


    def role(name, contexts, statements, drop=(), **claims):
        subjects = [form + context for context in contexts for form in (OLD, NEW)]
        wanted = {"aud": "sts.amazonaws.com", "sub": subjects, "repository_id": "2", **claims}
        condition = {f"{issuer}:{key}": value for key, value in wanted.items() if key not in drop}
        trust = github.arn.apply(lambda arn: json.dumps({"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Principal": {"Federated": arn}, "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {"StringEquals": condition},
        }]}))
        made = aws.iam.Role(name, name=name, assume_role_policy=trust, opts=opts)
        policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
        aws.iam.RolePolicy(f"{name}-policy", role=made.name, policy=policy, opts=opts)
        return made


    def allow(actions, condition=None, resource="*"):
        found = {"Effect": "Allow", "Action": actions, "Resource": resource}
        return {**found, "Condition": condition} if condition else found


    owned = {"StringEquals": {"aws:ResourceTag/Environment": stack}}
    created = {"StringEquals": {"aws:RequestTag/Environment": stack}}
    queue = aws.sqs.Queue("orders", opts=opts)
    topic = aws.sns.Topic("news", opts=opts)
    aws.sns.TopicSubscription(
        "orders-hear", topic=topic.arn, protocol="sqs", endpoint=queue.arn, opts=opts
    )
    guard = {"Effect": "Deny", "Action": "iam:*", "Resource": "*"}
    read = allow(["sqs:GetQueueAttributes", "sns:GetTopicAttributes", "ecs:DescribeServices"])
    change = [
        allow(["sqs:CreateQueue", "sns:CreateTopic", "ecs:CreateCluster", "ecs:RegisterTaskDefinition",
               "ecs:CreateService"], created),
        allow(["sqs:SetQueueAttributes", "sns:Subscribe", "sns:SetTopicAttributes", "ecs:UpdateService",
               "ecs:CreateService"], owned),
        guard,
        {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {
            "StringNotEquals": {"aws:ResourceTag/Environment": stack},
            "Null": {"aws:ResourceTag/Environment": "false"},
        }},
    ]
"""

GOOD = """
    role(f"{stack}-deploy", [f"environment:{stack}"], [read, *change], environment=stack)
    role(f"{stack}-rollback", [f"environment:{stack}-rollback"], [read, allow(["ecs:UpdateService"], owned)],
         environment=f"{stack}-rollback")
    role(f"{stack}-preview", ["pull_request", "ref:refs/heads/main"], [read])
"""

SERVICE = """
    cluster = aws.ecs.Cluster("cluster", opts=opts)
    task = aws.ecs.TaskDefinition(
        "task", family="task", cpu="256", memory="512", requires_compatibilities=["FARGATE"], network_mode="awsvpc",
        container_definitions=json.dumps([{"name": "web", "image": "web:1"}]), opts=opts,
    )
    aws.ecs.Service("web", cluster=cluster.arn, task_definition=task.arn, desired_count=1, opts=opts)
"""

Drilled = Callable[..., Outcome]


@pytest.fixture
def drilled(tmp_path: Path) -> Drilled:
    """Returns a function that rehearses a stack of the program with these roles."""

    def run(roles: str = GOOD, *, stacks: tuple[str, ...] = ("dev",), program: str = PROGRAM) -> Outcome:
        accounts = {"dev": "111111111111", "prod": "222222222222"}
        for stack in stacks:
            config = f'  shop:account: "{accounts[stack]}"\n'
            write_project(tmp_path, program + roles, config, stack=stack)
        return outcome_of(tmp_path, "deploy-role", stacks[0])

    return run


def problems(outcome: Outcome, role: str = "") -> str:
    roles: dict[str, Any] = outcome.evidence.facts["roles"]
    found = [line for name, tally in roles.items() if role in name for line in tally["problems"]]
    assert outcome.passed == (not [line for tally in roles.values() for line in tally["problems"]])
    return "\n".join(found)


def test_roles_that_hold_pass_with_figures(drilled: Drilled) -> None:
    outcome = drilled(GOOD + SERVICE, stacks=("dev", "prod"))
    assert problems(outcome) == ""
    roles = outcome.evidence.facts["roles"]
    assert roles["dev-deploy"]["purpose"] == "deploys"
    assert roles["dev-rollback"]["purpose"] == "acts for dev-rollback"
    assert roles["dev-preview"]["purpose"] == "looks"
    assert roles["dev-deploy"]["tokens"] >= 16
    assert "iam:CreateOpenIDConnectProvider for github" in roles["dev-deploy"]["keptForAdministrators"]
    assert roles["dev-preview"]["mayMake"] == 0


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (('NEW = "repo:me/shop:", "repo:me@1/shop@2:"', 'NEW = "repo:me/shop:", "repo:me/shop:"'), "subject with ids"),
        (('{"aud": "sts.amazonaws.com", "sub": subjects,', '{"sub": subjects,'), "somebody else's audience"),
        (('"repository_id": "2", **claims', "**claims"), "a repository that took over the name"),
    ],
)
def test_a_trust_that_is_too_wide_or_too_narrow_is_named(
    drilled: Drilled, change: tuple[str, str], problem: str
) -> None:
    assert PROGRAM.count(change[0]) == 1
    assert problem in problems(drilled(program=PROGRAM.replace(*change)))


def test_a_missing_permission_is_named(drilled: Drilled) -> None:
    lacking = GOOD.replace("[read, *change]", "[read, *change[:1], *change[2:]]")
    assert "may not call sns:Subscribe for orders-hear, which the stack needs" in problems(drilled(lacking), "deploy")


def test_a_role_that_reaches_over_is_named(drilled: Drilled) -> None:
    wide = GOOD.replace("[read, *change]", '[read, *change[:3], allow(["sns:Subscribe", "sns:CreateTopic"])]')
    found = problems(drilled(wide), "deploy")
    assert "may call sns:Subscribe on what another environment owns" in found


def test_the_counterparts_resources_are_tried_as_if_they_shared_the_account(drilled: Drilled) -> None:
    wide = GOOD.replace(
        "[read, *change]", '[read, *change[:3], allow(["sns:Subscribe"], resource="arn:aws:sns:*:*:news-*")]'
    )
    found = problems(drilled(wide, stacks=("dev", "prod")), "dev-deploy")
    assert "may call sns:Subscribe on orders-hear of prod" in found


WORKER = """
    trust = {"Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Principal": {"Service": ["ecs-tasks.amazonaws.com"]}, "Action": "sts:AssumeRole"}}
    aws.iam.Role("worker", path=f"/{stack}/", assume_role_policy=trust, opts=opts)
"""


@pytest.mark.parametrize(("pattern", "reached"), [("*", True), ("role/worker-*", False), ("role/dev/*", False)])
def test_the_counterparts_roles_are_passed_as_if_they_shared_the_account(
    drilled: Drilled, pattern: str, reached: bool
) -> None:
    passes = f'allow(["iam:PassRole"], resource="{pattern if pattern == "*" else "arn:aws:iam::*:" + pattern}")'
    roles = GOOD.replace("[read, *change]", f"[read, *change[:2], *change[3:], {passes}]")
    found = problems(drilled(roles + WORKER, stacks=("dev", "prod")), "dev-deploy")
    assert ("may pass worker of prod to ecs-tasks.amazonaws.com" in found) == reached
    assert ("may not pass worker to ecs-tasks.amazonaws.com" in found) == (pattern == "role/worker-*")


def test_roles_that_only_look_must_not_change_anything(drilled: Drilled) -> None:
    wide = GOOD.replace('"ref:refs/heads/main"], [read]', '"ref:refs/heads/main"], [read, change[1]]')
    assert "may call sns:Subscribe for orders-hear" in problems(drilled(wide), "preview")


def test_roles_that_roll_back_must_not_make_roles(drilled: Drilled) -> None:
    wide = GOOD.replace(
        '[read, allow(["ecs:UpdateService"], owned)]', '[read, allow(["iam:PassRole", "ecs:UpdateService"])]'
    )
    assert "may call iam:PassRole" in problems(drilled(wide), "rollback")


def test_services_must_get_their_roles(drilled: Drilled) -> None:
    task = """
    trust = json.dumps({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}]})
    aws.iam.Role("worker", assume_role_policy=trust, opts=opts)
    """
    lacking = GOOD.replace("[read, *change]", "[read, *change[:2]]")
    assert "may not pass worker to ecs-tasks.amazonaws.com" in problems(drilled(lacking + task), "deploy")


def test_calls_are_really_refused(drilled: Drilled) -> None:
    weak = GOOD.replace('"ref:refs/heads/main"], [read]', '"ref:refs/heads/main"], [allow(["sns:GetTopicAttributes"])]')
    assert "ecs:DescribeServices is refused" in problems(drilled(weak + SERVICE), "preview")


def test_a_stack_without_such_roles_is_not_drilled(tmp_path: Path) -> None:
    without = write_project(tmp_path, "import pulumi\n")
    assert ended(without, "deploy-role") == "no role of the stack is taken by GitHub's workflows"
