"""The drill `rotate` over a small program: it passes on a sound stack, and fails on each kind of damage."""

import json
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

import pytest
from tests.rehearsal.drills.support import CONTRACT, changed, ended, program_outcome, told
from tests.support.projects import write_project

from mcp_ops.rehearsal.drills.drill import Outcome, Stage
from mcp_ops.rehearsal.record import Run
from mcp_ops.rehearsal.rehearse import Options, rehearsed
from mcp_ops.rehearsal.report.documents import document, resource_lines
from mcp_ops.rehearsal.simulator.places import Place

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


@pytest.fixture
def drilled(tmp_path: Path) -> Callable[..., Outcome]:
    """Returns a function that rehearses the program with something changed, and the drill's outcome."""
    return partial(program_outcome, tmp_path, "rotate", PROGRAM)


SERVED = f"""
    url = "https://maps.example.com/mcp"
    command = ["python", {CONTRACT!r}]
    server = {{"command": command, "url": url, "taskDefinition": outputs["maps"]}}
    pulumi.export("rehearsal", {{"servers": {{"maps": server}}}})
"""
VARIABLES = """
    environment |= {"MCP_CANONICAL_URL": "https://maps.example.com/mcp", "MCP_DRAIN_SECONDS": "1"}
"""


PARTNER = "partner-key-3f9a71"
MORE = f"""
    secrets["signing"] = {{"kind": "signing-key"}}
    secrets["issuer"] = {{"kind": "api-key", "hook_url": "https://hooks.example.com/keys"}}
    secrets["partner"] = {{"kind": "external", "value": pulumi.Output.secret("{PARTNER}")}}
    servers["weather"] = ["session", "signing"]
    readers |= {{"session": ["maps", "weather"], "signing": ["weather"]}}
    outsiders.append("reader-of-everything")
"""


class Sound(NamedTuple):
    """A sound store of secrets of every kind; simulated AWS is closed again."""

    outcome: Outcome
    reports: str
    """Everything that the rehearsal tells anybody."""
    logs: str
    values: set[str]
    """What the secrets held, all versions."""


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Sound:
    program = PROGRAM.replace("    # changes\n", MORE + VARIABLES).replace("    # the end\n", SERVED)
    project = write_project(tmp_path_factory.mktemp("sound"), program)
    with rehearsed(project, "dev", Options(only="rotate", previewed=False)) as (found, stage):
        assert found.run.errors == []
        assert found.passed, found.errors
        reports = json.dumps([document(found), *resource_lines(found.run)], default=str)
        logs = "".join(line for run in stage.cloud.invocations for line in run.lines)
        return Sound(found.drills[0], reports, logs, set(_values(found.run, stage)))


def _values(run: Run, stage: Stage) -> Iterator[str]:
    for item in run.of_type("aws:secretsmanager/secret:Secret"):
        client = stage.cloud.client("secretsmanager", Place(item.account, item.region))
        for version in client.list_secret_version_ids(SecretId=item.outputs["arn"])["Versions"]:
            held = client.get_secret_value(SecretId=item.outputs["arn"], VersionId=version["VersionId"])
            yield _part(held["SecretString"])


def _part(value: str) -> str:
    return json.loads(value)["privateKey"][60:110] if "privateKey" in value else value


def test_a_sound_store_passes_with_its_evidence(sound: Sound) -> None:
    outcome = sound.outcome
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


def test_a_server_of_before_and_one_of_after_both_answer(sound: Sound) -> None:
    outcome = sound.outcome
    assert outcome.evidence.facts["secrets"]["session"]["servers"] == {"before": 2, "after": 2}
    assert any("maps answers over the rotation" in line for line in outcome.evidence.summary)


def test_no_value_stands_in_any_report(sound: Sound) -> None:
    assert PARTNER in sound.values
    assert len(sound.values) >= 5
    assert not [secret for secret in sound.values if secret in sound.reports or secret in sound.logs]


def test_a_role_that_may_not_rotate_fails_the_deployment(tmp_path: Path) -> None:
    weak = changed(
        """if args.name == "mcp-dev-rotate-policy":
            little = {"Effect": "Allow", "Action": "secretsmanager:DescribeSecret", "Resource": "*"}
            args.props["policy"] = document(little)""",
        "store",
    )
    project = write_project(tmp_path, PROGRAM.replace("    # changes\n", weak))
    with rehearsed(project, "dev", Options(only="rotate", previewed=False)) as (found, _):
        assert "AccessDenied" in str(found.run.errors)


def test_a_function_that_secrets_manager_may_not_invoke(drilled: Callable[..., Outcome]) -> None:
    found = told(
        drilled(
            changed(
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
            changed(
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


@pytest.fixture(scope="module")
def deaf(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What is told of a stack whose rules are off, that lets somebody else read, and whose server does not answer."""
    off = """if args.name == "%s":
            args.props["state"] = "DISABLED\""""
    changes = (
        changed(off % "mcp-dev-rotation-failed", "store")
        + changed(off % "mcp-dev-rotated", "restart")
        + '    readers = {"session": ["maps", "plain"]}\n'
        + VARIABLES.replace('"1"}', '"1", "FAULT": "no-tools"}')
    )
    return told(program_outcome(tmp_path_factory.mktemp("deaf"), "rotate", PROGRAM, changes, SERVED))


def test_an_alert_that_does_not_arrive(deaf: str) -> None:
    assert "nobody hears of a rotation that fails" in deaf


def test_services_that_are_not_restarted(deaf: str) -> None:
    assert "services that were restarted: none; 1 use it: maps-service" in deaf


def test_a_reader_that_nobody_named(deaf: str) -> None:
    (line,) = [line for line in deaf.splitlines() if "can read it and has no part in it" in line]
    assert "plain-execution" in line


def test_a_server_that_does_not_answer_fails(deaf: str) -> None:
    assert "answers tools/list with status 200 and 0 tools" in deaf


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What is told of a stack whose topic takes no event, and where neither the restart nor the server may."""
    changes = (
        changed(
            """if args.name == "mcp-dev-restart-policy":
            args.props["policy"] = document({"Effect": "Allow", "Action": "ecs:ListServices", "Resource": "*"})""",
            "restart",
        )
        + """
    publish["Principal"] = {"Service": "cloudwatch.amazonaws.com"}
    aws.sns.TopicPolicy("alerts-2", arn=topic.arn, policy=document(publish), opts=opts)
    readers = {"session": ["plain"]}
"""
    )
    return told(program_outcome(tmp_path_factory.mktemp("closed"), "rotate", PROGRAM, changes))


def test_a_topic_that_takes_no_alert(closed: str) -> None:
    assert "the alert by mcp-dev-rotation-failed" in closed


def test_a_restart_without_permission(closed: str) -> None:
    (line,) = [line for line in closed.splitlines() if line.startswith("session: mcp-dev-restart-")]
    assert " fails: " in line
    assert "not authorized to perform" in line


def test_a_server_that_cannot_read_its_secret(closed: str) -> None:
    assert "starts servers with it and cannot read it" in closed


def test_a_stack_without_rotation_has_nothing_to_drill(tmp_path: Path) -> None:
    project = write_project(tmp_path, "import pulumi_aws as aws\naws.secretsmanager.Secret('plain')\n")
    found = ended(project, "rotate")
    assert isinstance(found, str)
    assert "no secret of the stack is rotated" in found
