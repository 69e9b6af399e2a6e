"""The drill least-privilege: roles as they should be, and roles that each can too much or too little."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from tests.rehearsal.drills.support import ended, outcome_of
from tests.support.projects import write_project

from mcp_ops.rehearsal.drills.drill import Outcome, Stage
from mcp_ops.rehearsal.drills.least_privilege.asks import ROLE, Estate
from mcp_ops.rehearsal.drills.least_privilege.boundary import boundary_problems
from mcp_ops.rehearsal.drills.least_privilege.drill import DRILL
from mcp_ops.rehearsal.drills.least_privilege.operations import MAY as PEOPLE_MAY
from mcp_ops.rehearsal.record import Registration, Run
from mcp_ops.rehearsal.rehearse import Options, rehearsed

PROGRAM = """
    import json
    import pulumi
    import pulumi_aws as aws

    from mcp_ops import OperatorRoles, PermissionsBoundary

    config = pulumi.Config()
    ACCOUNT, REGION = "123456789012", "us-east-1"
    added, trusts = config.get_object("added") or {}, config.get_object("trusts") or {}
    lacking = config.get_object("lacking") or []
    provider = aws.Provider(
        "aws", region=REGION, allowed_account_ids=[ACCOUNT], default_tags={"tags": {"Environment": "dev"}}
    )
    opts = pulumi.ResourceOptions(provider=provider)
    place = {"account_id": ACCOUNT, "region": REGION}
    boundary = PermissionsBoundary("dev", place, opts)


    def document(statements):
        return pulumi.Output.json_dumps({"Version": "2012-10-17", "Statement": statements})


    def allow(actions, resources):
        return {"Effect": "Allow", "Action": actions, "Resource": resources}


    def role(name, service, source, *statements):
        sources = {"StringEquals": {"aws:SourceAccount": ACCOUNT}, "ArnLike": {"aws:SourceArn": source}}
        trust = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
        if source:
            trust["Condition"] = sources
        made = aws.iam.Role(
            name, assume_role_policy=document([trusts.get(name, trust)]), opts=opts,
            permissions_boundary=None if name in lacking else boundary.policy_arn,
        )
        statements = [*([] if f"{name} policy" in lacking else statements), *added.get(name, [])]
        if statements:
            aws.iam.RolePolicy(name, role=made.name, policy=document(statements), opts=opts)
        return made


    account_key = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "kms:*",
                   "Resource": "*"}
    key = aws.kms.Key("secrets", policy=document([account_key]), opts=opts)
    secret = aws.secretsmanager.Secret("token", kms_key_id=key.arn, opts=opts)
    other = aws.secretsmanager.Secret("other", opts=opts)
    aws.sns.Topic("told", kms_master_key_id=key.arn, opts=opts)
    plain = aws.ssm.Parameter("colour", name="/shop/colour", type="String", value="blue", opts=opts)
    named = ("tools", "flows", "audit")
    groups = {name: aws.cloudwatch.LogGroup(name, name=f"/mcp-ops/{name}", opts=opts) for name in named}
    repository = aws.ecr.Repository("tools", name="tools", opts=opts)
    streams = {name: group.arn.apply("{}:log-stream:*".format) for name, group in groups.items()}
    write = ["logs:CreateLogStream", "logs:PutLogEvents"]
    execution = role(
        "execution", "ecs-tasks.amazonaws.com", f"arn:aws:ecs:{REGION}:{ACCOUNT}:*",
        allow(["ecr:GetAuthorizationToken"], "*"),
        allow(["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"], repository.arn),
        allow(write, streams["tools"]),
        allow(["secretsmanager:GetSecretValue"], secret.arn),
        allow(["kms:Decrypt"], key.arn),
        allow(["ssm:GetParameters"], plain.arn),
    )
    task = role("task", "ecs-tasks.amazonaws.com", f"arn:aws:ecs:{REGION}:{ACCOUNT}:*")
    container = {
        "name": "tools", "memory": 128, "image": f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/tools:1",
        "logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": "/mcp-ops/tools"}},
        "secrets": [
            {"name": "TOKEN", "valueFrom": secret.arn.apply("{}:token::".format)},
            {"name": "COLOUR", "valueFrom": plain.arn},
        ],
    }
    definition = aws.ecs.TaskDefinition(
        "tools", family="tools", execution_role_arn=execution.arn, task_role_arn=task.arn, opts=opts,
        container_definitions=pulumi.Output.json_dumps([container]),
    )
    cluster = aws.ecs.Cluster("cluster", name="cluster", opts=opts)
    aws.ecs.Service("tools", cluster=cluster.arn, task_definition=definition.arn, desired_count=0, opts=opts)

    flows = role(
        "flows", "vpc-flow-logs.amazonaws.com", f"arn:aws:ec2:{REGION}:{ACCOUNT}:vpc-flow-log/*",
        allow([*write, "logs:DescribeLogStreams"], streams["flows"]), allow(["logs:DescribeLogGroups"], "*"),
    )
    network = aws.ec2.Vpc("network", cidr_block="10.0.0.0/16", opts=opts)
    aws.ec2.FlowLog(
        "flows", vpc_id=network.id, traffic_type="ALL", iam_role_arn=flows.arn,
        log_destination=groups["flows"].arn, opts=opts,
    )

    dead = aws.sqs.Queue("dead", opts=opts)
    code = pulumi.AssetArchive({"tidy.py": pulumi.StringAsset("def handle(event, context): pass")})
    runner = role(
        "runner", "lambda.amazonaws.com", "",
        allow(write, f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/aws/lambda/tidy:log-stream:*"),
        allow(["sqs:SendMessage"], dead.arn), allow(["sqs:GetQueueUrl"], dead.arn),
    )
    function = aws.lambda_.Function(
        "tidy", name="tidy", role=runner.arn, handler="tidy.handle", runtime="python3.13", code=code, opts=opts,
        dead_letter_config={"target_arn": dead.arn},
    )
    clock = role(
        "clock", "scheduler.amazonaws.com", f"arn:aws:scheduler:{REGION}:{ACCOUNT}:schedule/*",
        allow(["lambda:InvokeFunction"], function.arn), allow(["sqs:SendMessage"], dead.arn),
    )
    aws.scheduler.Schedule(
        "clock", schedule_expression="rate(1 hour)", flexible_time_window={"mode": "OFF"}, opts=opts,
        target={"arn": function.arn, "roleArn": clock.arn, "dead_letter_config": {"arn": dead.arn}},
    )
    bucket = aws.s3.Bucket("trail", opts=opts)
    deliver = role(
        "deliver", "cloudtrail.amazonaws.com", f"arn:aws:cloudtrail:{REGION}:{ACCOUNT}:trail/trail",
        allow(write, streams["audit"]),
    )
    aws.cloudtrail.Trail(
        "trail", name="trail", s3_bucket_name=bucket.id, kms_key_id=key.arn, opts=opts,
        cloud_watch_logs_group_arn=groups["audit"].arn.apply("{}:*".format), cloud_watch_logs_role_arn=deliver.arn,
    )
    helper = role("helper", "events.amazonaws.com", f"arn:aws:events:{REGION}:{ACCOUNT}:rule/*")

    if config.get_bool("people"):
        principals = {"trust": "principals", "principal_arns": [f"arn:aws:iam::{ACCOUNT}:user/alice"]}
        saml = {"trust": "saml", "provider_arn": f"arn:aws:iam::{ACCOUNT}:saml-provider/okta"}
        oidc = {
            "trust": "oidc", "provider_arn": f"arn:aws:iam::{ACCOUNT}:oidc-provider/login.example.com",
            "audience": "client", "subjects": ["alice"],
        }
        people = OperatorRoles(
            "dev",
            {
                **place, "environment": "dev", "cluster_name": "cluster",
                "permissions_boundary_arn": boundary.policy_arn,
                "trail_bucket_arn": bucket.arn, "trail_key_arn": key.arn,
                "operator": saml, "auditor": oidc, "administrator": principals, "emergency": principals,
            },
            opts,
        )
        for kind, statements in (config.get_object("people-added") or {}).items():
            name = people.role_arns.apply(lambda arns, kind=kind: arns[kind].rsplit("/", 1)[-1])
            aws.iam.RolePolicy(kind, role=name, policy=document(statements), opts=opts)
    declared = config.get_object("declared")
    if declared is not None:
        roles = {name: {"role": helper.arn, **entry} for name, entry in declared.items()}
        pulumi.export("rehearsal", {"roles": roles})
"""

pytestmark = pytest.mark.timeout(120)


def drilled(directory: Path, **config: Any) -> Outcome:
    """Rehearses the program and returns how the drill ended."""
    return outcome_of(project(directory, **config), "least-privilege")


def project(directory: Path, **config: Any) -> Path:
    """Writes the program with a configuration."""
    lines = (f"  shop:{key}: {json.dumps(value)}\n" for key, value in config.items())
    return write_project(directory, PROGRAM, "".join(lines))


def allow(action: str, resource: str = "*") -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource}


def declared(stage: Stage, roles: Any) -> Outcome:
    """Drills the stack with another output `rehearsal`; an entry that names no role is about `helper`."""
    helper = next(item.outputs["arn"] for item in stage.run.of_type(ROLE) if item.name == "helper")
    if isinstance(roles, dict):
        entries = roles.items()
        roles = {name: {"role": helper, **entry} if isinstance(entry, dict) else entry for name, entry in entries}
    changed = replace(stage, run=replace(stage.run, outputs={"rehearsal": {"roles": roles}}))
    assert DRILL.missing(changed) == ""
    return DRILL.timed(changed)


MAY = [{"action": "s3:GetObject", "resource": "arn:aws:s3:::shop/x", "keys": {"aws:PrincipalTag/a": "b"}}]
HELPER = {"helper": {"may": MAY, "mustNot": ["s3:PutObject"], "complete": True, "purpose": "reads the shop"}}
MALFORMED: list[tuple[Any, str]] = [
    (["helper"], "the output rehearsal.roles: ['helper'] is not of the form"),
    ({"x": "helper"}, "the output rehearsal.roles.x: helper is not of the form"),
    ({"x": {"role": "nobody"}}, "the output rehearsal.roles.x.role: nobody is no role of the stack"),
    ({"x": {"could": []}}, "the output rehearsal.roles.x: {"),
    ({"x": {"may": ["read"]}}, "the output rehearsal.roles.x.may[0]: read is no action"),
    ({"x": {"mustNot": [{"verb": "s3:GetObject"}]}}, "the output rehearsal.roles.x.mustNot[0]: {"),
]


class Sound(NamedTuple):
    """The drill over roles as they should be, and over the same stack with other declarations."""

    outcome: Outcome
    malformed: list[Outcome]
    unfounded: Outcome
    """Declared is what no policy allows."""


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Sound:
    """One rehearsal: the drill asks only, and changes nothing."""
    folder = project(tmp_path_factory.mktemp("sound"), people=True)
    with rehearsed(folder, "dev", Options(only="least-privilege", previewed=False)) as (found, stage):
        assert found.run.errors == []
        malformed = [declared(stage, roles) for roles, _ in MALFORMED]
        return Sound(found.drills[0], malformed, declared(stage, HELPER))


def test_roles_that_can_what_they_are_for_pass(sound: Sound) -> None:
    outcome = sound.outcome
    facts = outcome.evidence.facts
    assert facts["problems"] == []
    assert outcome.passed
    assert set(facts["roles"]) == {"execution", "task", "flows", "deliver", "runner", "clock"} | {
        f"dev-{kind}" for kind in PEOPLE_MAY
    }
    assert facts["roles"]["execution"]["allowed"] > 9 < facts["roles"]["execution"]["refused"]
    assert (facts["tried_elsewhere"], facts["not_tried"]) == ({}, ["helper"])
    assert facts["boundary"] > 20
    # The function's own drill, which would use it, has not run here.
    unused = {name: role["unused"] for name, role in facts["roles"].items() if role["unused"]}
    assert unused == {"runner": ["sqs:GetQueueUrl"]}
    assert "runner: no drill so far has used sqs:GetQueueUrl" in outcome.evidence.summary
    assert "tried by no drill, nothing says what they are for: helper" in outcome.evidence.summary


SECRETS = "arn:aws:secretsmanager:us-east-1:123456789012:secret:*"
CONFUSED = {"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}
ANYBODY = {"Effect": "Allow", "Principal": {"AWS": "123456789012"}, "Action": "sts:AssumeRole"}
STRANGE = {"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sts:AssumeRole"}
DAMAGE: dict[str, Any] = {
    "lacking": ["task", "execution policy", "flows policy", "clock policy"],
    "added": {
        "execution": [allow("secretsmanager:GetSecretValue", SECRETS)],
        "flows": [allow("logs:PutLogEvents")],
        "task": [allow("kms:ScheduleKeyDeletion")],
        "runner": [allow("iam:UpdateAssumeRolePolicy")],
        "clock": [allow("logs:DeleteLogGroup")],
    },
    "trusts": {"execution": CONFUSED, "task": ANYBODY, "runner": STRANGE},
    "people": True,
    "people-added": {
        "auditor": [allow("ecs:UpdateService")],
        "operator": [allow("ecs:UpdateService"), {"Effect": "Deny", "Action": "ecs:StopTask", "Resource": "*"}],
        "administrator": [allow("secretsmanager:GetSecretValue")],
    },
}
"""What is wrong with the roles; each of it makes a problem of its own."""
PROBLEMS = [
    "task: carries no permissions boundary",
    "execution: cannot ecr:GetAuthorizationToken on *: because no identity-b",
    "flows: cannot logs:CreateLogStream on arn:aws:logs:us-east-1:123456789012:lo",
    "clock: cannot lambda:InvokeFunction on arn:aws:lambda:us-east-1:123456789012",
    "execution: can secretsmanager:",
    "flows: can logs:PutLogEvents on arn:aws:logs:us-east-1:",
    "task: can kms:ScheduleKeyDeletion on arn:aws:kms:",
    "runner: can iam:UpdateAssumeRolePolicy on arn",
    "clock: can logs:DeleteLogGroup on arn:aws:logs:us-eas",
    "execution: can be taken by ecs-tasks.amazonaws.com (aws:SourceAccount=9",
    "task: can be taken by arn:aws:iam::123456789012:root",
    "runner: cannot be taken by lambda.amazonaws.com (aws:SourceAccount=12345678",
    "dev-auditor: can ecs:UpdateService on arn:aws:ecs:us-east-1:123456789012:service/cluster/tools",
    "dev-operator: can ecs:UpdateService on arn:aws:ecs:us-east-1:123456789012:service/cluster/tools-",
    "dev-administrator: can secretsmanager:GetSecretValue on arn:aws:secretsmanager:us-east-1:123456789012:se",
    "dev-operator: cannot ecs:StopTask on arn:aws:ecs:us-east-1:123456789012:task/cluster/rehearsal/1",
]


@pytest.fixture(scope="module")
def damaged(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    return drilled(tmp_path_factory.mktemp("damaged"), **DAMAGE)


@pytest.mark.parametrize("problem", PROBLEMS)
def test_a_role_that_can_too_much_or_too_little_fails(damaged: Outcome, problem: str) -> None:
    assert not damaged.passed
    assert any(line.startswith(problem) for line in damaged.evidence.facts["problems"]), damaged.evidence.summary


def test_only_damaged_roles_fail(damaged: Outcome) -> None:
    failed = {line.partition(":")[0] for line in damaged.evidence.facts["problems"]}
    assert failed == {problem.partition(":")[0] for problem in PROBLEMS}


def test_a_boundary_that_lets_through_what_it_must_not_fails() -> None:
    everything = json.dumps({"Version": "2012-10-17", "Statement": [allow("*")]})
    arn, role = "arn:aws:iam::123456789012:policy/all", "arn:aws:iam::123456789012:role/worker"
    run = Run("shop", "dev")
    run.registrations = [
        Registration(
            "", "aws:iam/policy:Policy", "all", "", custom=True, inputs={"policy": everything}, outputs={"arn": arn}
        ),
        Registration(
            "", "aws:iam/policy:Policy", "other", "", custom=True, inputs={"policy": ""}, outputs={"arn": f"{arn}s"}
        ),
        Registration(
            "", "aws:iam/role:Role", "worker", "", custom=True, inputs={"permissionsBoundary": arn},
            outputs={"arn": role}, account="123456789012", region="us-east-1",
        ),
    ]  # fmt: skip
    asked, problems = boundary_problems(Estate(run))
    assert asked > len(problems) > 10
    assert "all: lets through iam:CreateUser on arn:aws:iam::123456789012:user/rehearsal" in problems
    assert "all: lets through organizations:LeaveOrganization on *" in problems
    assert f"all: lets through iam:CreatePolicyVersion on {arn}" in problems

    run.registrations[0].inputs["policy"] = json.dumps({"Version": "2012-10-17", "Statement": [allow("s3:*")]})
    _, problems = boundary_problems(Estate(run))
    assert any(problem.startswith("all: keeps back iam:CreateRole on ") for problem in problems)


@pytest.fixture(scope="module")
def helped(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """Roles that can what is declared, and two permissions that nobody uses."""
    added = {
        "flows": [allow("logs:DescribeMetricFilters")],
        "helper": [allow("s3:GetObject", "arn:aws:s3:::shop/*"), allow("s3:ListBucket", "arn:aws:s3:::shop")],
    }
    return drilled(tmp_path_factory.mktemp("helped"), declared=HELPER, added=added)


def test_a_permission_that_nothing_needs_is_listed(helped: Outcome) -> None:
    assert helped.passed
    assert "flows: nothing needs logs:DescribeMetricFilters" in helped.evidence.summary


def test_declared_roles_are_tried_as_they_are_declared(helped: Outcome, sound: Sound) -> None:
    assert helped.passed, helped.evidence.summary
    helper = helped.evidence.facts["roles"]["helper"]
    assert (helper["purpose"], helper["unused"]) == ("reads the shop", ["s3:ListBucket"])

    (problem,) = sound.unfounded.evidence.facts["problems"]
    assert problem.startswith("helper: cannot s3:GetObject on arn:aws:s3:::shop/x (aws:PrincipalTag/a=b): because no")


@pytest.mark.parametrize("which", range(len(MALFORMED)), ids=[problem for _, problem in MALFORMED])
def test_a_malformed_declaration_is_told(sound: Sound, which: int) -> None:
    _, problem = MALFORMED[which]
    outcome = sound.malformed[which]
    assert not outcome.passed
    assert outcome.evidence.summary[0].startswith(problem)


def test_who_takes_a_role_may_be_an_account_by_its_id(tmp_path: Path) -> None:
    program = """
        import json
        import pulumi_aws as aws

        trust = {"Effect": "Allow", "Principal": {"AWS": "123456789012"}, "Action": "sts:AssumeRole"}
        boundary = aws.iam.Policy("none", policy={"Version": "2012-10-17", "Statement": [
            {"Effect": "Deny", "Action": "*", "Resource": "*"}
        ]})
        aws.iam.Role(
            "auditor", tags={"mcp-role": "auditor"}, permissions_boundary=boundary.arn,
            assume_role_policy=json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
        )
    """
    facts = outcome_of(write_project(tmp_path, program), "least-privilege").evidence.facts
    assert "auditor" in facts["roles"]
    assert not any("auditor: cannot be taken by" in line for line in facts["problems"])


def test_a_stack_without_boundaries_is_left_alone(tmp_path: Path) -> None:
    folder = write_project(tmp_path, 'import pulumi_aws as aws\naws.s3.Bucket("files")\n')
    assert ended(folder, "least-privilege") == "no role of the stack carries a permissions boundary"
