"""The drill `rotate` over a small program: it passes on a sound stack, and fails on each kind of damage."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.support.projects import write_project

from mcp_ops.rehearsal.drills.drill import Outcome
from mcp_ops.rehearsal.rehearse import Options, rehearsed
from mcp_ops.rehearsal.report.documents import document, resource_lines

PROGRAM = """
    import json
    import pulumi
    import pulumi_aws as aws
    from mcp_ops.secrets import RotationRestart, SecretAccess, SecretStore

    ACCOUNT, REGION = "111111111111", "eu-central-1"
    provider = aws.Provider("aws", region=REGION, allowed_account_ids=[ACCOUNT])
    opts = pulumi.ResourceOptions(provider=provider)


    def document(*statements):
        return pulumi.Output.json_dumps({"Version": "2012-10-17", "Statement": list(statements)})


    def trust(principal):
        return document({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal})


    topic = aws.sns.Topic("alerts", opts=opts)
    services = {"Service": ["events.amazonaws.com", "cloudwatch.amazonaws.com"]}
    publish = {"Effect": "Allow", "Principal": services, "Action": "sns:Publish", "Resource": topic.arn}
    aws.sns.TopicPolicy("alerts", arn=topic.arn, policy=document(publish), opts=opts)
    secrets = {"session": {"kind": "generated"}}
    given = {
        "secrets": secrets, "account_id": ACCOUNT, "region": REGION, "alarm_topic_arn": topic.arn,
        "recovery_window_days": 7, "protect": False,
    }
    restart = {
        "store": "mcp-dev", "account_id": ACCOUNT, "region": REGION, "alarm_topic_arn": topic.arn,
    }
    store_opts = restart_opts = access_opts = opts
    servers = {"maps": ["session"], "plain": []}
    readers = {"session": ["maps"]}
    outsiders, environment = [], {"MCP_PORT": "8343"}
    # changes
    store = SecretStore("mcp-dev", given, store_opts)
    cluster = aws.ecs.Cluster("cluster", opts=opts)
    roles = {}
    outputs = {}
    for server, used in servers.items():
        starts = trust({"Service": "ecs-tasks.amazonaws.com"})
        role = aws.iam.Role(f"{server}-execution", assume_role_policy=starts, opts=opts)
        roles[server] = role.arn
        arns = [store.secret_arn(name) for name in used or secrets]
        reading = [
            {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": arns},
            {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": store.key_arn},
        ]
        aws.iam.RolePolicy(f"{server}-policy", role=role.name, policy=document(*reading), opts=opts)
        injected = [{"name": f"SECRET_{name.upper()}", "valueFrom": store.secret_arn(name)} for name in used]
        container = {
            "name": server, "image": "server:1", "essential": True, "secrets": injected,
            "environment": [{"name": key, "value": value} for key, value in environment.items()],
        }
        task = aws.ecs.TaskDefinition(
            f"{server}-task", family=server, cpu="256", memory="512", network_mode="awsvpc",
            requires_compatibilities=["FARGATE"], execution_role_arn=role.arn,
            container_definitions=pulumi.Output.json_dumps([container]), opts=opts,
        )
        network = aws.ecs.ServiceNetworkConfigurationArgs(subnets=["subnet-0123456789abcdef0"])
        aws.ecs.Service(
            f"{server}-service", cluster=cluster.arn, task_definition=task.arn, desired_count=2,
            launch_type="FARGATE", network_configuration=network, opts=opts,
        )
        outputs[server] = task.arn
    for name in outsiders:
        people = trust({"AWS": f"arn:aws:iam::{ACCOUNT}:root"})
        person = aws.iam.Role(name, name=name, assume_role_policy=people, opts=opts)
        everything = {"Effect": "Allow", "Action": ["secretsmanager:*", "kms:Decrypt"], "Resource": "*"}
        aws.iam.RolePolicy(name, role=person.name, policy=document(everything), opts=opts)
    SecretAccess("mcp-dev", {
        "secret_arns": {name: store.secret_arn(name) for name in secrets},
        "readers": {name: [roles[server] for server in named] for name, named in readers.items()},
        "rotation_role_arn": store.rotation_role_arn.apply(str),
    }, access_opts)
    RotationRestart("mcp-dev", {**restart, "cluster_name": cluster.name}, restart_opts)
    # the end
"""

CHANGE = """
    def changed(args):
        %s
        return pulumi.ResourceTransformResult(args.props, args.opts)

    %s_opts = pulumi.ResourceOptions(provider=provider, transforms=[changed])
"""


@pytest.fixture
def drilled(tmp_path: Path) -> Callable[..., Outcome]:
    """Returns a function that rehearses the program with something changed, and the drill's outcome."""

    def run(changes: str = "", ending: str = "") -> Outcome:
        program = PROGRAM.replace("    # changes\n", changes).replace("    # the end\n", ending)
        write_project(tmp_path, program, "")
        with rehearsed(tmp_path, "dev", Options(only="rotate")) as (found, _):
            assert found.run.errors == []
            (outcome,) = found.drills
        return outcome

    return run


def told(outcome: Outcome) -> str:
    assert not outcome.passed
    return "\n".join(outcome.evidence.summary)


def damage(what: str, where: str) -> str:
    return CHANGE % (what, where)


def test_a_sound_store_passes_with_its_evidence(drilled: Callable[..., Outcome]) -> None:
    more = """
    secrets["signing"] = {"kind": "signing-key"}
    secrets["issuer"] = {"kind": "api-key", "hook_url": "https://hooks.example.com/keys"}
    servers["weather"] = ["session", "signing"]
    readers |= {"session": ["maps", "weather"], "signing": ["weather"]}
    outsiders.append("reader-of-everything")
"""
    outcome = drilled(more)
    assert outcome.passed, outcome.evidence.summary
    secrets = outcome.evidence.facts["secrets"]
    assert {item["kind"] for item in secrets.values()} == {"api-key", "generated", "signing-key"}
    session = secrets["session"]
    assert session["interrupted_at"] == ["createSecret", "setSecret", "testSecret", "finishSecret"]
    assert [name.rsplit("-", 1)[0] for name in session["restarted"]] == ["maps-service", "weather-service"]
    assert {name.rsplit("-", 1)[0] for name in session["readers"]} == {"maps-execution", "weather-execution"}
    assert "reader-of-everything" in session["refused"]
    assert session["alerts"] == ["mcp-dev-rotation-failed"]
    versions = [item["AWSCURRENT"] for item in session["versions"]]
    assert len(dict.fromkeys(versions)) == 3, "the first value and two rotations"
    assert session["versions"][-2]["AWSPENDING"] is None


SERVED = f"""
    url = "https://maps.example.com/mcp"
    command = ["python", {str(Path(__file__).parent / "servers" / "contract.py")!r}]
    server = {{"command": command, "url": url, "taskDefinition": outputs["maps"]}}
    pulumi.export("rehearsal", {{"servers": {{"maps": server}}}})
"""
VARIABLES = """
    environment |= {"MCP_CANONICAL_URL": "https://maps.example.com/mcp", "MCP_DRAIN_SECONDS": "1"}
"""


def test_a_server_of_before_and_one_of_after_both_answer(drilled: Callable[..., Outcome]) -> None:
    outcome = drilled(VARIABLES, SERVED)
    assert outcome.passed, outcome.evidence.summary
    assert outcome.evidence.facts["secrets"]["session"]["servers"] == {"before": 2, "after": 2}
    assert any("maps answers over the rotation" in line for line in outcome.evidence.summary)


def test_a_server_that_does_not_answer_fails(drilled: Callable[..., Outcome]) -> None:
    broken = VARIABLES.replace('"1"}', '"1", "FAULT": "no-tools"}')
    assert "answers tools/list with status 200 and 0 tools" in told(drilled(broken, SERVED))


def test_no_value_stands_in_any_report(tmp_path: Path) -> None:
    value = "partner-key-3f9a71"
    more = f"""
    secrets["partner"] = {{"kind": "external", "value": pulumi.Output.secret("{value}")}}
    secrets["signing"] = {{"kind": "signing-key"}}
"""
    write_project(tmp_path, PROGRAM.replace("    # changes\n", more), "")
    with rehearsed(tmp_path, "dev", Options(only="rotate")) as (found, stage):
        assert found.passed, found.errors
        everything = json.dumps([document(found), *resource_lines(found.run)], default=str)
        logs = "".join(line for run in stage.cloud.invocations for line in run.lines)
        values = set()
        for item in found.run.of_type("aws:secretsmanager/secret:Secret"):
            client = stage.cloud.client("secretsmanager", _place(item))
            versions = client.list_secret_version_ids(SecretId=item.outputs["arn"])["Versions"]
            for version in versions:
                held = client.get_secret_value(SecretId=item.outputs["arn"], VersionId=version["VersionId"])
                values.add(_part(held["SecretString"]))
        assert value in values
        assert len(values) >= 5
        assert not [secret for secret in values if secret in everything or secret in logs]


def _part(value: str) -> str:
    return json.loads(value)["privateKey"][60:110] if value.startswith("{") else value


def _place(item: Any) -> Any:
    from mcp_ops.rehearsal.simulator.places import Place

    return Place(item.account, item.region)


def test_a_role_that_may_not_rotate_fails_the_deployment(tmp_path: Path) -> None:
    weak = damage(
        """if args.name == "mcp-dev-rotate-policy":
            little = {"Effect": "Allow", "Action": "secretsmanager:DescribeSecret", "Resource": "*"}
            args.props["policy"] = document(little)""",
        "store",
    )
    write_project(tmp_path, PROGRAM.replace("    # changes\n", weak), "")
    with rehearsed(tmp_path, "dev", Options(only="rotate")) as (found, _):
        assert "AccessDenied" in str(found.run.errors)


def test_a_function_that_secrets_manager_may_not_invoke(drilled: Callable[..., Outcome]) -> None:
    found = told(
        drilled(
            damage(
                """if args.type_ == "aws:lambda/permission:Permission":
            args.props["sourceAccount"] = "999999999999\"""",
                "store",
            )
        )
    )
    assert "its schedule was refused" in found
    assert "never came to createSecret" in found


def test_a_function_without_test_of_the_value(drilled: Callable[..., Outcome], tmp_path: Path) -> None:
    code = tmp_path / "code" / "rotate_secret"
    code.mkdir(parents=True)
    (code / "__init__.py").write_text("")
    (code / "handler.py").write_text(CARELESS)
    found = told(
        drilled(
            damage(
                f"""if args.name == "mcp-dev-rotate" and args.type_ == "aws:lambda/function:Function":
            args.props["code"] = pulumi.FileArchive({str(code.parent)!r})""",
                "store",
            )
        )
    )
    assert "a value that fails its test became current" in found
    assert "left the label AWSPENDING behind" in found


CARELESS = """
import secrets
import boto3


def handle(event, context):
    client = boto3.client("secretsmanager")
    arn, token = event["SecretId"], event.get("ClientRequestToken", "0" * 32)
    stages = client.describe_secret(SecretId=arn).get("VersionIdsToStages", {})
    if event["Step"] == "initialSecret":
        client.put_secret_value(SecretId=arn, SecretString=secrets.token_hex(), ClientRequestToken=token)
    if event["Step"] == "createSecret" and "AWSCURRENT" not in stages[token]:
        try:
            client.get_secret_value(SecretId=arn, VersionId=token)
        except client.exceptions.ResourceNotFoundException:
            client.put_secret_value(
                SecretId=arn, ClientRequestToken=token, SecretString=secrets.token_hex(), VersionStages=["AWSPENDING"]
            )
    if event["Step"] == "finishSecret":
        current = next(version for version, found in stages.items() if "AWSCURRENT" in found)
        if current != token:
            client.update_secret_version_stage(
                SecretId=arn, VersionStage="AWSCURRENT", MoveToVersionId=token, RemoveFromVersionId=current
            )
"""


def test_an_alert_that_does_not_arrive(drilled: Callable[..., Outcome]) -> None:
    found = told(
        drilled(
            damage(
                """if args.name == "mcp-dev-rotation-failed":
            args.props["state"] = "DISABLED\"""",
                "store",
            )
        )
    )
    assert "nobody hears of a rotation that fails" in found


def test_a_topic_that_takes_no_alert(drilled: Callable[..., Outcome]) -> None:
    closed = """
    publish["Principal"] = {"Service": "cloudwatch.amazonaws.com"}
    aws.sns.TopicPolicy("alerts-2", arn=topic.arn, policy=document(publish), opts=opts)
"""
    found = told(drilled(closed))
    assert "the alert by mcp-dev-rotation-failed" in found


def test_services_that_are_not_restarted(drilled: Callable[..., Outcome]) -> None:
    found = told(
        drilled(
            damage(
                """if args.name == "mcp-dev-rotated":
            args.props["state"] = "DISABLED\"""",
                "restart",
            )
        )
    )
    assert "services that were restarted: none; 1 use it: maps-service" in found


def test_a_restart_without_permission(drilled: Callable[..., Outcome]) -> None:
    found = told(
        drilled(
            damage(
                """if args.name == "mcp-dev-restart-policy":
            args.props["policy"] = document({"Effect": "Allow", "Action": "ecs:ListServices", "Resource": "*"})""",
                "restart",
            )
        )
    )
    assert "not authorized to perform" in found


def test_a_reader_that_nobody_named(drilled: Callable[..., Outcome]) -> None:
    found = told(drilled('    readers = {"session": ["maps", "plain"]}\n'))
    assert "plain-execution" in found
    assert "can read it and has no part in it" in found


def test_a_server_that_cannot_read_its_secret(drilled: Callable[..., Outcome]) -> None:
    found = told(drilled('    readers = {"session": ["plain"]}\n'))
    assert "starts servers with it and cannot read it" in found


def test_a_stack_without_rotation_has_nothing_to_drill(tmp_path: Path) -> None:
    write_project(tmp_path, "import pulumi_aws as aws\naws.secretsmanager.Secret('plain')\n", "")
    with rehearsed(tmp_path, "dev", Options(only="rotate")) as (found, _):
        assert found.drills == []
        assert "no secret of the stack is rotated" in found.not_applicable["rotate"]
