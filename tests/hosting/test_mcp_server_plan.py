"""Which servers are refused, and with which words."""

import pulumi
import pytest

from mcp_ops import InputError, McpServer
from mcp_ops.hosting.contract_plan import CONTRACT_VARIABLES
from mcp_ops.hosting.fargate import MEMORY_BY_CPU
from mcp_ops.hosting.mcp_server_plan import image_by_digest, plan_mcp_server
from tests.hosting.programs import DIGEST, SECRET, server
from tests.support.recording import record


def refusals(name: str = "weather", **changes: object) -> list[str]:
    with pytest.raises(InputError) as caught:
        plan_mcp_server(name, server(**changes))
    return str(caught.value).splitlines()


@pytest.mark.parametrize(("cpu", "memory"), [(cpu, memory) for cpu, sizes in MEMORY_BY_CPU.items() for memory in sizes])
def test_every_fargate_size_is_accepted(cpu: int, memory: int) -> None:
    size = plan_mcp_server("weather", server(cpu=cpu, memory=memory)).size
    assert (size.cpu, size.memory) == (cpu, memory)


def test_memory_follows_cpu_where_it_is_not_given() -> None:
    assert plan_mcp_server("weather", server(cpu=1024)).size.memory == 2048


def test_integers_of_other_languages_are_floats() -> None:
    assert plan_mcp_server("weather", server(cpu=512.0, memory=1024.0)).size.cpu == 512


def test_a_cpu_that_fargate_does_not_know_is_refused() -> None:
    assert refusals(cpu=300) == ["weather.cpu: 300 is not a Fargate size; use 256, 512, 1024, 2048, 4096, 8192, 16384"]


def test_a_memory_that_does_not_go_with_the_cpu_is_refused() -> None:
    assert refusals(cpu=256, memory=4096) == [
        "weather.memory: 4096 does not go with cpu 256 on Fargate; use 512, 1024, 2048"
    ]


@pytest.mark.parametrize("value", ["256", True, 256.5, -1])
def test_a_number_that_is_none_is_refused(value: object) -> None:
    assert refusals(cpu=value)[0].endswith("is not a plain integer from 1 to 16384")


def test_a_number_known_only_later_is_refused() -> None:
    found: list[str] = []
    record(lambda: found.extend(refusals(min_tasks=pulumi.Output.from_input(2))))
    assert "is not a plain integer from 1 to 5000" in found[0]


def test_tasks_must_carry_the_load_and_twenty_percent() -> None:
    assert plan_mcp_server("weather", server(target_load=500, max_tasks=12, requests_per_task=50)).size.max_tasks == 12
    assert refusals(target_load=500, max_tasks=11, requests_per_task=50) == [
        "weather.max_tasks: 11 carries 550 requests a second; 500 and 20 % more need 12 tasks"
    ]


def test_fewest_tasks_may_not_exceed_most() -> None:
    assert refusals(min_tasks=5, max_tasks=4) == ["weather.min_tasks: 5 exceeds max_tasks 4"]


@pytest.mark.parametrize("name", CONTRACT_VARIABLES)
@pytest.mark.parametrize("key", ["variables", "secrets"])
def test_names_of_the_contract_are_taken(name: str, key: str) -> None:
    assert refusals(**{key: {name: SECRET}}) == [
        f"weather.{key}.{name}: {name} is set by the server contract; choose another name"
    ]


def test_variables_are_text_under_proper_names() -> None:
    assert refusals(variables={"1ST": "x", "COUNT": 5}) == [
        "weather.variables.1ST: 1ST is not a name of an environment variable",
        "weather.variables.COUNT: 5 is not text; put it in quotes",
    ]


def test_a_variable_is_plain_or_secret_but_not_both() -> None:
    assert refusals(variables={"TOKEN": "x"}, secrets={"TOKEN": SECRET}) == [
        "weather.secrets.TOKEN: TOKEN is also among the variables"
    ]


def test_a_secret_in_plain_text_is_refused_and_not_repeated() -> None:
    assert refusals(secrets={"TOKEN": "hunter2"}) == [
        "weather.secrets.TOKEN: *** is not the ARN of a Secrets Manager secret"
    ]


@pytest.mark.parametrize(
    "value", [SECRET, f"{SECRET}:key::", f"{SECRET}:key:AWSCURRENT:", SECRET.replace("aws:", "aws-cn:")]
)
def test_references_to_secrets_are_accepted(value: str) -> None:
    assert plan_mcp_server("weather", server(secrets={"TOKEN": value}))


def test_images_without_digest_are_refused_where_one_is_required() -> None:
    image = f"registry.example.com/weather@{DIGEST}"
    assert plan_mcp_server("weather", server(image=image, require_digest=True)).require_digest
    assert refusals(image="weather:latest", require_digest=True) == ["weather.image: weather:latest names no digest"]


@pytest.mark.parametrize("image", ["", "two words"])
def test_what_cannot_be_an_image_is_refused(image: str) -> None:
    assert refusals(image=image)[0].endswith("is not an image")


def test_digests_are_recognised() -> None:
    assert image_by_digest(f"weather@{DIGEST}")
    assert image_by_digest(f"weather:1@{DIGEST}")
    assert not image_by_digest("weather:1")
    assert not image_by_digest("weather@sha256:abc")


@pytest.mark.parametrize("path", ["mcp", "/mcp/", "/", "/mcp*", "/m?p", "/a//b", "/" + "x" * 128])
def test_a_path_that_no_rule_can_match_exactly_is_refused(path: str) -> None:
    assert refusals(path=path)[0].endswith("is not a path; write it like /mcp, without trailing slash and wildcards")


@pytest.mark.parametrize("path", ["/", "/mcp-dev/", "/teams/ai/", "/!~/", f"/{'x' * 510}/"])
def test_paths_of_iam_are_accepted(path: str) -> None:
    assert plan_mcp_server("weather", server(role_path=path)).role_path == path


@pytest.mark.parametrize(
    "path", ["", "mcp", "/mcp", "mcp/", "//", "/a b/", "/ä/", "/a/\n", f"/{'x' * 511}/", "/*/", "/mcp-?/", "/${x}/", 5]
)
def test_what_is_no_path_of_iam_is_refused(path: object) -> None:
    (line,) = refusals(role_path=path)
    assert line.startswith("weather.role_path: ")
    assert line.endswith(
        "is not an IAM path, such as /mcp-dev/; use / at both ends and 1 to 512 printable ASCII characters without "
        "space, *, ? and $"
    )


@pytest.mark.parametrize("path", ["/health", "/.well-known/oauth-protected-resource"])
def test_paths_with_another_meaning_are_reserved(path: str) -> None:
    assert refusals(path=path) == [f"weather.path: {path} is reserved for health checks or metadata"]


def test_a_host_too_long_for_a_rule_is_refused() -> None:
    assert refusals(host=".".join(["a" * 40] * 4))[0].endswith("a rule takes 128")


@pytest.mark.parametrize("block", [1005, 999, 41000])
def test_a_priority_inside_a_block_is_refused(block: int) -> None:
    assert refusals(rule_block=block)[0].startswith(f"weather.rule_block: {block} ")


@pytest.mark.parametrize("name", ["gateway", "News"])
def test_callers_have_names_that_fit(name: str) -> None:
    assert refusals(callers={name: "sg-1"})[0].startswith(f"weather.callers: {name} is not a caller's name")


def test_every_offence_is_listed_at_once() -> None:
    found = refusals(
        name="Weather",
        environment="",
        host="https://weather.example.com",
        account_id="42",
        region="europe",
        architecture="riscv",
        port=80,
        subnet_ids=["subnet-1"],
        log_level="loud",
        log_group_prefix="logs",
        log_retention_days=2,
        allowed_origins=["app.example.com"],
        secret_keys=[],
        cluster_arn=None,
    )
    assert [line.split(": ")[0] for line in found] == [
        "Weather.secret_keys",
        "Weather.cluster_arn",
        "Weather.name",
        "Weather.environment",
        "Weather.host",
        "Weather.port",
        "Weather.subnet_ids",
        "Weather.account_id",
        "Weather.region",
        "Weather.architecture",
        "Weather.allowed_origins",
        "Weather.log_level",
        "Weather.log_group_prefix",
        "Weather.log_retention_days",
    ]
    assert found[0] == "Weather.secret_keys: [] is no input of this component; did you mean secret_key_arns"


def test_a_refused_server_registers_nothing() -> None:
    def program() -> None:
        with pytest.raises(InputError):
            McpServer("weather", server(cpu=300))

    assert not list(record(program))
