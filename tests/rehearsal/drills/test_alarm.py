"""The drill `alarm`: on a stack whose alarms are right, and on stacks that each get something wrong."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from tests.rehearsal.drills.support import TELLING
from tests.support.projects import write_project

from mcp_ops.rehearsal.drills import containers, processes
from mcp_ops.rehearsal.drills.alarm import drill as alarm
from mcp_ops.rehearsal.drills.alarm.faults import BACKUP_PLAN, ROTATION
from mcp_ops.rehearsal.drills.drill import Outcome, Stage
from mcp_ops.rehearsal.record import Registration, Run
from mcp_ops.rehearsal.rehearse import Options, rehearsed
from mcp_ops.rehearsal.simulator.alarms import alarms_of
from mcp_ops.rehearsal.simulator.places import Place

PROGRAM = """
    import json
    import pulumi
    import pulumi_aws as aws

    bucket_of = {"Environment": "dev", "Server": "tools"}
    topic, lonely, closed = (aws.sns.Topic(name, name=name) for name in ("pager", "lonely", "closed"))
    aws.sns.TopicSubscription("person", topic=topic.arn, protocol="email", endpoint="ops@example.com")
    for name, each, service in (("pager", topic, "cloudwatch"), ("closed", closed, "events")):
        aws.sns.TopicPolicy(name, arn=each.arn, policy=each.arn.apply(lambda arn, service=service: json.dumps({
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Principal": {"Service": f"{service}.amazonaws.com"},
                           "Action": "sns:Publish", "Resource": arn}],
        })))
    code = pulumi.AssetArchive({"probe.py": pulumi.StringAsset("NAMES = 'Answers', 'BackupAgeHours'")})
    role = aws.iam.Role("probe", assume_role_policy=json.dumps({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]}))
    aws.lambda_.Function("probe", name="probe", role=role.arn, runtime="python3.13", handler="probe.handle", code=code,
                         environment={"variables": {"NAMESPACE": "Shop/Probe"}})
    logs = aws.cloudwatch.LogGroup("tools", name="/tools")
    aws.cloudwatch.LogMetricFilter(
        "errors", name="errors", log_group_name=logs.name, pattern='{ $.outcome = "error" }',
        metric_transformation={"namespace": "Logs", "name": "Failures", "value": "1", "default_value": "0"},
    )
    definition = aws.ecs.TaskDefinition("tools", family="tools", container_definitions=json.dumps([{
        "name": "tools", "image": "example/server:1", "memory": 128,
        "logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": "/tools"}},
        "environment": [{"name": key, "value": value} for key, value in {
            "MCP_ENVIRONMENT": "dev", "MCP_SERVER_NAME": "tools", "FAULT": "",
            "MCP_CANONICAL_URL": "https://tools.example.com/mcp", "MCP_PORT": "8345",
        }.items()],
    }]))
    subnets = [aws.ec2.Subnet(f"s{i}", vpc_id=vpc.id, cidr_block=f"10.0.{i}.0/24", availability_zone=zone)
               for vpc in [aws.ec2.Vpc("net", cidr_block="10.0.0.0/16")]
               for i, zone in enumerate(("eu-central-1a", "eu-central-1b"))]
    balancer = aws.lb.LoadBalancer("front", name="front", subnets=[each.id for each in subnets])
    group = aws.lb.TargetGroup("tools", name="tools", port=80, protocol="HTTP", vpc_id=subnets[0].vpc_id)
    cluster = aws.ecs.Cluster("main", name="main")
    service = aws.ecs.Service(
        "tools", name="tools", cluster=cluster.arn, task_definition=definition.arn,
        load_balancers=[{"target_group_arn": group.arn, "container_name": "tools", "container_port": 80}],
    )
    certificate = aws.acm.Certificate("front", domain_name="tools.example.com", validation_method="DNS")

    def alarm(name, namespace, metric, dimensions, **rest):
        given = {
            "statistic": "Sum", "period": 300, "evaluation_periods": 1, "threshold": 10,
            "comparison_operator": "GreaterThanThreshold", "treat_missing_data": "notBreaching",
            "alarm_actions": [topic.arn], "alarm_description": f"{name} is wrong.\\nSeverity: critical", **rest,
        }
        return aws.cloudwatch.MetricAlarm(
            name, name=name, namespace=namespace, metric_name=metric, dimensions=dimensions, **given)

    targets = {"LoadBalancer": balancer.arn_suffix, "TargetGroup": group.arn_suffix}
    tasks = {"ClusterName": cluster.name, "ServiceName": service.name}
    alarm("failing", "McpOps", "ToolErrors", bucket_of)
    alarm("logged", "Logs", "Failures", {}, alarm_actions=[])
    alarm("slow", "McpOps", "ToolLatency", bucket_of, statistic="Average", threshold=2000)
    alarm("down", "AWS/ApplicationELB", "TargetConnectionErrorCount", targets)
    alarm("memory", "AWS/ECS", "MemoryUtilization", tasks, statistic="Average", threshold=80)
    alarm("certificate", "AWS/CertificateManager", "DaysToExpiry", {"CertificateArn": certificate.arn},
          statistic="Minimum", threshold=14, comparison_operator="LessThanThreshold", period=86400)
    aws.cloudwatch.CompositeAlarm(
        "both", alarm_name="both", alarm_rule="ALARM(failing) AND ALARM(logged)", alarm_actions=[topic.arn],
        alarm_description="Failing, and logged.\\nSeverity: warning",
    )
    pulumi.export("rehearsal", {"servers": {"tools": {
        "command": ["python", COMMAND], "taskDefinition": definition.arn, "url": "https://tools.example.com/mcp",
        "probes": [{"tool": "double", "arguments": {"value": 4}}],
    }}})
"""

pytestmark = pytest.mark.timeout(180)


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    folder = write_project(tmp_path_factory.mktemp("shop"), PROGRAM.replace("COMMAND", repr(TELLING)))
    with (
        pytest.MonkeyPatch.context() as patch,
        rehearsed(folder, "dev", Options(drilled=False, previewed=False)) as (found, opened),
    ):
        patch.setattr(processes, "slowness", lambda: 4.0)
        assert found.run.errors == []
        yield opened


Change = Callable[[Registration], Registration | None]


def drilled(stage: Stage, *more: Registration, change: Change = lambda item: item, lines: Any = None) -> Outcome:
    """Drills the stack with further alarms, or with registrations changed, or dropped where that gives None."""
    kept = [changed for item in stage.run.registrations if (changed := change(item))]
    run = replace(stage.run, registrations=[*kept, *more])
    told = {"tools": tuple(LINES if lines is None else lines)}
    return alarm.DRILL.timed(replace(stage, run=run, log_lines=told))


def metric_alarm(
    stage: Stage, name: str, metric: tuple[str, str], dimensions: dict[str, str], **rest: Any
) -> Registration:
    """An alarm like that of the stack named `failing`, on another metric."""
    like = next(item for item in stage.run.registrations if item.name == "failing")
    namespace, metric_name = metric
    inputs = {"namespace": namespace, "metricName": metric_name, "dimensions": dimensions, "name": name, **rest}
    outputs = {"arn": str(like.outputs["arn"]).replace("failing", name), "name": name}
    return replace(like, urn=f"urn:{name}", name=name, id=name, inputs={**like.inputs, **inputs}, outputs=outputs)


def topic(name: str) -> list[str]:
    return [f"arn:aws:sns:eu-central-1:123456789012:{name}"]


def access_lines(outcomes: str) -> list[str]:
    """Access lines as the server of these tests writes them: one for each letter, `o` ok and `r` rejected."""
    directive = {
        "Namespace": "McpOps",
        "Dimensions": [["Environment", "Server"]],
        "Metrics": [{"Name": name} for name in ("ToolCalls", "ToolErrors", "ToolLatency")],
    }
    return [
        json.dumps(
            {
                "event": "tool_call", "outcome": "ok" if letter == "o" else "rejected",
                "_aws": {"Timestamp": 1, "CloudWatchMetrics": [directive]}, "Environment": "dev", "Server": "tools",
                "ToolCalls": 1, "ToolErrors": 0, "ToolLatency": 3,
            }
        )
        for letter in outcomes
    ]  # fmt: skip


LINES = access_lines("o" * 20 + "rr")
OWN = {"Environment": "dev", "Server": "tools"}
TASKS = {"ClusterName": "main", "ServiceName": "tools"}


def test_the_right_alarms_ring_and_no_other(stage: Stage) -> None:
    stage.log_lines.clear()
    outcome = alarm.DRILL.timed(stage)  # with the real server
    assert outcome.passed, outcome.evidence.summary
    facts = outcome.evidence.facts
    rang = {name: [item["alarm"] for item in row.get("rang", ())] for name, row in facts["faults"].items()}
    assert rang == {
        "slow tool": ["slow"],
        "failing tool": ["failing", "both"],
        "crash loop": ["down"],
        "memory growth": ["memory"],
        "no traffic": [],
        "one error in three requests": [],
        "burst of 404s": [],
        "expired certificate": ["certificate"],
        "failed rotation": [],
        "missed backup": [],
    }
    failing = facts["faults"]["failing tool"]
    assert failing["also"] == ["logged"]
    assert failing["rang"][0] == {
        "alarm": "failing",
        "severity": "critical",
        "minutes": 1,
        "value": pytest.approx(60, rel=0.5),
        "says": "failing is wrong.",
        "over_minutes": 5,
    }
    over = {
        item["alarm"]: item["over_minutes"]
        for row in facts["faults"].values()
        for item in row.get("rang", ())[:1]
        if "over_minutes" in item
    }
    assert over == {
        "slow": 5,
        "failing": 5,
        "down": 15,
        "memory": 5,
    }  # a metric that stops flowing is looked at for longer
    assert failing["told"] == [{"to": "ops@example.com", "text": "failing is wrong."}]
    slow = facts["faults"]["slow tool"]
    assert slow["told"] == [{"to": "ops@example.com", "text": 'ALARM: "slow" in eu-central-1: slow is wrong.'}]
    assert facts["faults"]["missed backup"] == {"not_drilled": "the stack has no backup plan"}
    assert (facts["healthy_hour"], facts["detection_minutes"], facts["alarms"]) == ([], 34, 7)
    assert (facts["not_fed"], facts["not_started"], facts["problems"]) == ({}, {}, [])
    lines = outcome.evidence.summary
    assert lines[0] == "7 alarms over the events of tools; healthy hour: silent"
    assert lines[2] == (
        'failing tool: failing after 1 min, both after 1 min; 4 silent; told: ops@example.com: "failing is wrong."'
    )
    assert "burst of 404s: nobody is told, all 7 alarms silent" in lines
    assert lines[-1] == "faults that users feel are told of within 34 min; the limit is 60 min"


SLOW = ("failed rotation", "missed backup")
SILENCE = {"comparisonOperator": "LessThanThreshold", "treatMissingData": "breaching"}
DAMAGES: list[tuple[str, tuple[str, str], dict[str, str], dict[str, Any], list[str]]] = [
    (
        "refused",
        ("AWS/ApplicationELB", "HTTPCode_Target_4XX_Count"),
        {"LoadBalancer": "*", "TargetGroup": "*"},
        {},
        ["burst of 404s: refused rings; it must not"],
    ),
    (
        "nervous",
        ("McpOps", "ToolErrors"),
        OWN,
        {"statistic": "Maximum", "threshold": 0},
        ["one error in three requests: nervous rings; it must not"],
    ),
    ("always", ("AWS/ECS", "MemoryUtilization"), TASKS, {"threshold": 1}, ["healthy hour: always rings"]),
    (
        "quiet",
        ("McpOps", "ToolCalls"),
        OWN,
        {"threshold": 1, **SILENCE},
        [
            "no traffic: quiet wakes somebody; it must not",
            "one error in three requests: quiet rings; it must not",
        ],
    ),
    (
        "odd",
        ("AWS/ECS", "CPUUtilization"),
        {"ServiceName": "tools"},
        {},
        [
            (
                "odd: AWS/ECS CPUUtilization {ServiceName=tools}: AWS reports AWS/ECS by ClusterName and ServiceName, "
                "not by ServiceName"
            )
        ],
    ),
    (
        "misread",
        ("McpOps", "ToolErrors"),
        {"Server": "tools"},
        {},
        ["misread: McpOps ToolErrors {Server=tools}: the server writes it by Environment, Server"],
    ),
    (
        "filtered",
        ("Logs", "Failures"),
        {"Server": "tools"},
        {},
        ["filtered: Logs Failures {Server=tools}: metric filter errors gives no dimension"],
    ),
    ("nobody", ("Shop", "Orders"), {}, {}, ["nobody: Shop Orders {}: nothing of the stack emits it"]),
    (
        "closed",
        ("McpOps", "ToolLatency"),
        OWN,
        {"threshold": 1e9, "alarmActions": topic("closed")},
        [
            (
                "closed: cloudwatch.amazonaws.com is not authorized to perform sns:Publish on "
                "arn:aws:sns:eu-central-1:123456789012:closed because no resource-based policy "
                "allows the sns:Publish action"
            )
        ],
    ),
    (
        "elsewhere",
        ("McpOps", "ToolLatency"),
        OWN,
        {
            "threshold": 1e9,
            "alarmActions": topic("elsewhere"),
            "okActions": ["arn:aws:automate:eu-central-1:ec2:recover"],
        },
        [
            "elsewhere: action arn:aws:sns:eu-central-1:123456789012:elsewhere is not of this stack",
            "elsewhere: action arn:aws:automate:eu-central-1:ec2:recover is not simulated",
        ],
    ),
]


@pytest.mark.parametrize(("name", "metric", "dimensions", "rest", "problems"), DAMAGES, ids=[d[0] for d in DAMAGES])
def test_what_is_wrong_with_an_alarm_fails_the_drill(
    stage: Stage,
    name: str,
    metric: tuple[str, str],
    dimensions: dict[str, str],
    rest: dict[str, Any],
    problems: list[str],
) -> None:
    given = {key: _suffix(stage, key) if value == "*" else value for key, value in dimensions.items()}
    outcome = drilled(stage, metric_alarm(stage, name, metric, given, **rest))
    assert not outcome.passed
    assert outcome.evidence.facts["problems"] == problems
    for problem in problems:
        assert any(problem.split(": ")[-1] in line for line in outcome.evidence.summary)


def _suffix(stage: Stage, dimension: str) -> str:
    kind = {"LoadBalancer": "aws:lb/loadBalancer:LoadBalancer", "TargetGroup": "aws:lb/targetGroup:TargetGroup"}
    return str(stage.run.of_type(kind[dimension])[0].outputs["arnSuffix"])


def test_a_fault_that_nobody_is_told_of_fails_the_drill(stage: Stage) -> None:
    outcome = drilled(stage, change=lambda item: None if item.name == "slow" else item)
    assert outcome.evidence.facts["problems"] == ["slow tool: nobody is told within 60 min"]


def test_an_action_that_reaches_nobody_fails_the_drill(stage: Stage) -> None:
    def lonely(item: Registration) -> Registration:
        return replace(item, inputs={**item.inputs, "alarmActions": topic("lonely")}) if item.name == "slow" else item

    outcome = drilled(stage, change=lonely)
    problem = "slow tool: its action reaches nobody: no subscription behind it leaves AWS"
    assert outcome.evidence.facts["problems"] == [problem]


def test_what_the_drill_cannot_judge_is_said(stage: Stage) -> None:
    outcome = drilled(
        stage,
        metric_alarm(stage, "other", ("AWS/SQS", "ApproximateNumberOfMessagesVisible"), {"QueueName": "elsewhere"}),
        metric_alarm(stage, "exotic", ("AWS/GameLift", "QueueDepth"), {}),
        metric_alarm(stage, "unknown", ("AWS/ECS", "FilesystemUtilization"), TASKS),
        metric_alarm(stage, "business", ("McpOps", "CostPrevented"), OWN),
    )
    assert outcome.passed
    assert sorted(outcome.evidence.facts["not_fed"].values()) == [
        "QueueName elsewhere is not of this stack",
        "no probe makes the server write it",
        "the drill does not know it",
        "the drill does not know this namespace",
    ]
    assert "4 metrics have no samples here; the evidence names them" in outcome.evidence.summary


def test_a_function_that_names_a_metric_emits_it(stage: Stage) -> None:
    answers = ("Shop/Probe", "Answers")
    outcome = drilled(
        stage,
        metric_alarm(stage, "probe", answers, {}, threshold=1, **SILENCE),
        metric_alarm(stage, "late", answers, {}, threshold=0, comparisonOperator="LessThanOrEqualToThreshold"),
    )
    assert outcome.passed, outcome.evidence.summary


def test_slow_faults_are_told_of_within_a_day(stage: Stage) -> None:
    function = next(item for item in stage.run.registrations if item.name == "probe" and "lambda" in item.type)
    rules = {"rotationLambdaArn": function.outputs["arn"], "rotationRules": {"automaticallyAfterDays": 7}}
    rotation = Registration("urn:r", ROTATION, "r", "", custom=True, inputs=rules, region=function.region)
    plan = replace(rotation, urn="urn:p", type=BACKUP_PLAN, inputs={})
    outcome = drilled(
        stage,
        rotation,
        plan,
        metric_alarm(stage, "raises", ("AWS/Lambda", "Errors"), {"FunctionName": "probe"}, threshold=0),
        metric_alarm(stage, "stale", ("Shop/Probe", "BackupAgeHours"), {}, threshold=26, statistic="Maximum"),
    )
    faults = outcome.evidence.facts["faults"]
    told = {name: [(item["alarm"], item["minutes"]) for item in faults[name]["rang"]] for name in SLOW}
    assert told == {"failed rotation": [("raises", 10)], "missed backup": [("stale", 190)]}
    assert outcome.passed
    without = drilled(stage, rotation, replace(plan, inputs={"rules": []}))
    assert without.evidence.facts["problems"] == [f"{name}: nobody is told within 1440 min" for name in SLOW]


@pytest.mark.parametrize("lines", [[], ["no JSON", "[]", *access_lines("r" * 30)]])
def test_a_server_without_access_lines_fails_the_drill(stage: Stage, lines: list[str]) -> None:
    outcome = drilled(stage, lines=lines)
    assert outcome.evidence.summary == ("tools: 0 of 20 calls left a line that says ok in its log",)


def declared(stage: Stage, **entry: Any) -> Stage:
    """The stage with another entry for its server in the output `rehearsal`."""
    (server,) = stage.run.outputs["rehearsal"]["servers"].values()
    return replace(stage, run=replace(stage.run, outputs={"rehearsal": {"servers": {"tools": {**server, **entry}}}}))


def test_a_server_that_cannot_be_started_here_is_named(stage: Stage) -> None:
    outcome = drilled(declared(stage, needs=["no-such-program"]))
    assert outcome.passed, outcome.evidence.summary
    facts = outcome.evidence.facts
    assert facts["not_started"] == {"tools": "tools: not started: needs no-such-program on PATH"}
    assert (
        facts["not_fed"]["McpOps ToolErrors {Environment=dev, Server=tools}"] == "server tools cannot be started here"
    )
    lacking = {name: facts["faults"][name]["not_drilled"] for name in ("slow tool", "crash loop")}
    assert lacking == {
        "slow tool": "no server that runs here writes a metric that an alarm reads",
        "crash loop": "no service of the stack runs a server that can be started here",
    }


@pytest.mark.parametrize(
    ("answers", "problem"),
    [
        ("busy", ""),
        ("broken", "tools: a call of double was answered with 500"),
        ("deaf", "tools: a call of double was not answered: Remote end closed connection without response"),
    ],
)
def test_a_server_is_asked_again_only_while_it_says_503(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, answers: str, problem: str
) -> None:
    served = containers.server_of

    def changed(*arguments: Any) -> containers.Server:
        server = served(*arguments)
        return replace(server, environment={**server.environment, "ANSWERS": answers})

    monkeypatch.setattr(containers, "server_of", changed)
    outcome = alarm.DRILL.timed(replace(stage, log_lines={}))
    assert outcome.passed is not bool(problem)
    assert not problem or outcome.evidence.summary == (problem,)


def test_a_server_without_probes_cannot_be_used(stage: Stage) -> None:
    bare = replace(declared(stage, probes=[]), log_lines={})
    assert alarm.DRILL.timed(bare).evidence.summary == (
        "tools: no probe is declared for it; the drill knows no call that succeeds",
    )


def test_the_drill_applies_to_a_stack_with_alarms(stage: Stage) -> None:
    assert alarm.DRILL.missing(stage) == ""
    assert alarm.DRILL.missing(replace(stage, run=Run("shop", "dev"))) == "the stack registers no alarm"


def test_what_is_evaluated_is_what_simulated_aws_stores(stage: Stage) -> None:
    (account, region) = next((item.account, item.region) for item in stage.run.registrations if item.name == "slow")
    stored = stage.cloud.client("cloudwatch", Place(account, region)).describe_alarms()["MetricAlarms"]
    kept = {
        item["AlarmName"]: (
            item["Namespace"],
            item["MetricName"],
            {each["Name"]: each["Value"] for each in item["Dimensions"]},
            item["Statistic"],
            (item["Period"], item["EvaluationPeriods"], item["Threshold"]),
            (item["ComparisonOperator"], item["TreatMissingData"]),
            tuple(item["AlarmActions"]),
        )
        for item in stored
    }
    read = {
        item.name: (
            metric.namespace,
            metric.name,
            dict(metric.dimensions),
            item.watched.statistic,
            (item.period, item.rule.evaluation_periods, item.rule.threshold),
            (item.rule.comparison, item.rule.missing),
            item.actions.alarm,
        )
        for item in alarms_of(stage.run).metric
        for metric in item.metrics
    }
    assert read == kept
    assert len(kept) == 6
