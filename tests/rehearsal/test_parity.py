"""What counts as a difference between stacks, and what a project may declare."""

import json
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from rich.console import Console

from mcp_ops.cli import main
from mcp_ops.errors import InputError
from mcp_ops.rehearsal.parity import Difference, Parity, compared
from mcp_ops.rehearsal.report.parity_text import print_parity

QUEUE = """
    import json
    import pulumi
    import pulumi_aws as aws

    config = pulumi.Config()
    name = config.require("environment")
    timeout = config.get_int("timeout") or 30
    queue = aws.sqs.Queue("jobs", visibility_timeout_seconds=timeout, tags={"Environment": name})
    """
IDENTIFYING = "identifying:\n  shop:environment: name of the environment\n"

Shop = Callable[..., Path]


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    """Writes a project with the stacks dev and prod; the text for each is added to its configuration."""

    def write(program: str = "", dev: str = "", prod: str = "", declarations: str = IDENTIFYING) -> Path:
        (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
        (tmp_path / "__main__.py").write_text(dedent(QUEUE) + dedent(program))
        for stack, text in (("dev", dev), ("prod", prod)):
            config = f"config:\n  aws:region: eu-central-1\n  environment: {stack}\n{text}"
            (tmp_path / f"Pulumi.{stack}.yaml").write_text(config)
        (tmp_path / "parity.yaml").write_text(declarations)
        return tmp_path

    return write


def wheres(parity: Parity) -> list[str]:
    return [item.where for item in parity.differences]


def permitting(where: str, reason: str = "prod waits longer") -> str:
    return f"{IDENTIFYING}permitted:\n  - where: {where}\n    reason: {reason}\n"


def refusal(directory: Path) -> list[str]:
    with pytest.raises(InputError) as refused:
        compared(directory)
    return str(refused.value).splitlines()


# --- Differences -------------------------------------------------------------------------------------------------


def test_stacks_that_differ_in_what_names_them_alone_are_equal(shop: Shop) -> None:
    parity = compared(shop())

    assert parity == Parity(("dev", "prod"), ())
    assert parity.passed


def test_an_undeclared_difference_fails_with_both_values(shop: Shop) -> None:
    parity = compared(shop(dev="  timeout: 30\n", prod="  timeout: 60\n"))

    assert not parity.passed
    assert parity.differences == (
        Difference("input Queue:jobs visibilityTimeoutSeconds", {"dev": 30, "prod": 60}, permitted=False, reason=""),
    )


def test_a_declared_difference_passes_with_its_reason(shop: Shop) -> None:
    declarations = permitting("input Queue:* visibilityTimeoutSeconds")
    parity = compared(shop(dev="  timeout: 30\n", prod="  timeout: 60\n", declarations=declarations))

    assert parity.passed
    assert [(item.permitted, item.reason) for item in parity.differences] == [(True, "prod waits longer")]


def test_declarations_that_nothing_needs_fail(shop: Shop) -> None:
    declarations = permitting("input Queue:jobs fifoQueue").replace("permitted", "  shop:absent: nothing\npermitted")
    parity = compared(shop(declarations=declarations))

    assert not parity.passed
    assert parity.unused == ("identifying shop:absent", "input Queue:jobs fifoQueue")


def test_a_key_that_one_stack_lacks_is_reported_once(shop: Shop) -> None:
    parity = compared(shop(prod="  limits: {a: 1, b: {c: 2}}\n"))

    assert [item.as_json() for item in parity.differences] == [
        {
            "where": "config shop:limits",
            "values": {"dev": "absent", "prod": "present"},
            "permitted": False,
            "reason": "",
        }
    ]


def test_lists_of_the_configuration_are_compared_by_the_keys_of_their_entries(shop: Shop) -> None:
    parity = compared(shop(dev="  users: [{name: a}, {name: b}]\n", prod="  users: [{name: a, admin: true}]\n"))

    assert wheres(parity) == ["config shop:users[].admin"]


def test_a_resource_that_one_stack_lacks_stands_for_all_below_it(shop: Shop) -> None:
    program = """
        class Group(pulumi.ComponentResource):
            def __init__(self):
                super().__init__("shop:index:Group", "spare", {})
                aws.sqs.Queue("spare queue/1", name="spare", opts=pulumi.ResourceOptions(parent=self))

        if config.get_bool("spare"):
            Group()
        """
    parity = compared(shop(program, dev="  spare: false\n", prod="  spare: true\n"))

    assert wheres(parity) == ["resource Group:spare"]


def test_what_a_third_stack_lacks_hides_no_difference_of_the_others(shop: Shop) -> None:
    program = "if config.get_int('delay'):\n    aws.sqs.Queue('late', delay_seconds=config.get_int('delay'))\n"
    project = shop(program, dev="  delay: 1\n", prod="  delay: 2\n")
    (project / "Pulumi.staging.yaml").write_text(
        "config: {aws:region: eu-central-1, shop:environment: staging, delay: 0}"
    )

    found = {item.where: item.values for item in compared(project).differences}

    assert found["input Queue:late delaySeconds"] == {"dev": 1, "prod": 2, "staging": "absent"}
    assert found["resource Queue:late"] == {"dev": "present", "prod": "present", "staging": "absent"}


def test_options_are_compared(shop: Shop) -> None:
    program = "aws.sqs.Queue('kept', opts=pulumi.ResourceOptions(protect=name == 'prod'))\n"

    (difference,) = compared(shop(program)).differences

    assert (difference.where, difference.values) == ("option Queue:kept protect", {"dev": False, "prod": True})


def test_a_policy_in_a_text_is_compared_statement_by_statement(shop: Shop) -> None:
    program = """
        def statement(sid, *actions):
            return {"Sid": sid, "Effect": "Allow", "Principal": "*", "Action": list(actions), "Resource": queue.arn}

        read = statement("Read", "sqs:ReceiveMessage", "sqs:DeleteMessage")
        send = statement("Send", "sqs:SendMessage")
        if name == "prod":
            read = statement("Read", "sqs:DeleteMessage", "sqs:ReceiveMessage")
            send = statement("Send", "sqs:*")
        statements = [send, read] if name == "prod" else [read, send]
        policy = pulumi.Output.json_dumps({"Version": "2012-10-17", "Statement": statements})
        aws.sqs.QueuePolicy("policy", queue_url=queue.id, policy=policy)
        """

    (difference,) = compared(shop(program)).differences

    assert difference.where == "input QueuePolicy:policy policy.Statement[Send].Action"
    assert difference.values == {"dev": ["sqs:SendMessage"], "prod": ["sqs:*"]}


def test_references_are_compared_by_where_they_lead(shop: Shop) -> None:
    program = """
        other = aws.sqs.Queue("other")
        target = other if name == "prod" else queue
        policy = json.dumps({"redrivePermission": "denyAll"})
        aws.sqs.RedriveAllowPolicy("allow", queue_url=target.id, redrive_allow_policy=policy)
        """

    (difference,) = compared(shop(program)).differences

    assert difference.where == "input RedriveAllowPolicy:allow queueUrl"
    assert difference.values == {"dev": "<Queue jobs id>", "prod": "<Queue other id>"}


def test_address_ranges_are_compared_by_their_position_in_the_stacks_own(shop: Shop) -> None:
    program = """
        import ipaddress
        block = config.require("block")
        part = list(ipaddress.ip_network(block).subnets(new_prefix=24))[config.get_int("part") or 0]
        vpc = aws.ec2.Vpc("net", cidr_block=block)
        aws.ec2.Subnet("part", vpc_id=vpc.id, cidr_block=str(part))
        """
    declared = f"{IDENTIFYING}  shop:block: its address range\n"
    dev, prod = "  block: 10.1.0.0/16\n", "  block: 10.2.0.0/16\n"

    assert compared(shop(program, dev, prod, declared)).passed
    other = compared(shop(program, f"{dev}  part: 0\n", f"{prod}  part: 1\n", declared))
    assert wheres(other) == ["input Subnet:part cidrBlock"]


def test_a_word_that_happens_to_be_a_stacks_name_is_no_difference(shop: Shop) -> None:
    assert compared(shop("aws.sqs.Queue('q', tags={'Path': '/dev/shm'})\n")).passed


# --- Refusals ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("declarations", "lines"),
    [
        ("permitted:\n  - where: x\n", ["parity.yaml: permitted[0]: {'where': 'x'} is no difference; it takes"]),
        ("permitted:\n  - {where: x, reason: ' '}\n", ["parity.yaml: permitted[0].reason: ' ' is no reason"]),
        ("permitted:\n  - {where: [], reason: y}\n", ["parity.yaml: permitted[0].where: [] is no place"]),
        ("permitted: x\nidentifying: [a]\n", ["parity.yaml: identifying: ['a'] is no", "parity.yaml: permitted: x is"]),
        ("identifying:\n  shop:environment:\n", ["parity.yaml: identifying.shop:environment: None does not say"]),
        ("permited: []\n", ["parity.yaml: permited: [] is no known key; use identifying or permitted"]),
        ("permitted: [\n", ["parity.yaml:2:1: "]),
        ("- a\n", ["parity.yaml: ['a'] is no mapping"]),
    ],
)
def test_malformed_declarations_are_refused(shop: Shop, declarations: str, lines: list[str]) -> None:
    found = refusal(shop(declarations=declarations))

    assert len(found) == len(lines)
    assert all(line.startswith(wanted) for line, wanted in zip(found, lines, strict=True)), found


def test_one_stack_cannot_be_compared(shop: Shop) -> None:
    project = shop()
    (project / "Pulumi.prod.yaml").unlink()

    assert refusal(project) == [f"--project: {project} has too few stacks to compare: dev"]


def test_a_stack_with_wrong_settings_is_refused_by_name(shop: Shop) -> None:
    lines = refusal(shop("config.require_int('size')\n", dev="  size: 1\n"))

    assert lines[0].startswith("Pulumi.prod.yaml: ")
    assert "shop:size" in "\n".join(lines)


def test_a_stack_that_aws_would_refuse_is_refused_by_name(shop: Shop) -> None:
    (line,) = refusal(shop("aws.sqs.Queue('bad', name='no name' if name == 'prod' else 'name')\n"))

    assert line.startswith("stack prod: ")
    assert "sqs:CreateQueue" in line


def test_a_secret_is_never_shown(shop: Shop) -> None:
    program = "aws.sqs.Queue('q', tags={'Token': config.require('token'), 'Key': config.require_secret('key')})\n"
    project = shop(
        program, dev="  token: t0psecret\n  key: a-long-key\n", prod="  token: 0ther-one\n  key: b-long-key\n"
    )
    hidden = "config:\n  shop:token: {type: string, secret: true}\n"
    (project / "Pulumi.yaml").write_text(f"name: shop\nruntime: python\n{hidden}")
    for stack in ("dev", "prod"):
        file = project / f"Pulumi.{stack}.yaml"
        file.write_text(
            file.read_text().replace("a-long-key", "{secure: v1:a}").replace("b-long-key", "{secure: v1:b}")
        )

    text = json.dumps(compared(project).as_json())

    assert "v1:" not in text
    assert "rehearsal-secret" not in text


# --- Reports -----------------------------------------------------------------------------------------------------


def test_the_command_prints_one_document(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    project = shop(dev="  timeout: 30\n", prod="  timeout: 60\n")

    assert main(["parity", "--json", "--project", str(project)]) == 1
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert set(document) == {"passed", "stacks", "differences", "unused", "state"}
    assert set(document["differences"][0]) == {"where", "values", "permitted", "reason"}
    (project / "Pulumi.prod.yaml").unlink()
    assert main(["parity", "--project", str(project)]) == 2
    assert "has too few stacks" in capsys.readouterr().err


def test_the_report_groups_what_differs_alike_and_says_what_to_do() -> None:
    alike = {"dev": 1, "prod": 2}
    parity = Parity(
        ("dev", "prod"),
        (
            Difference("input A x", alike, permitted=True, reason="more load"),
            Difference("input B [y]", alike, permitted=True, reason="more load"),
            Difference("input C z", {"dev": "v" * 300, "prod": None}, permitted=False, reason=""),
        ),
        ("input D w",),
    )
    console = Console(width=120, record=True, file=None, quiet=False, force_terminal=False)
    with console.capture() as captured:
        print_parity(console, parity)
    lines = [line.rstrip() for line in captured.get().splitlines()]

    assert lines[:5] == ["declared: more load", "  dev: 1   prod: 2", "      input A x", "      input B [y]", ""]
    assert lines[5] == "undeclared"
    assert "declared without use: input D w; take it out of parity.yaml" in lines
    assert lines[-2] == "failed  dev, prod: 2 declared and 1 undeclared differences, 1 declarations without use"
    assert max(map(len, lines)) <= 120
