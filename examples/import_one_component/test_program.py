"""Runs the program against mocks: no account, no command line, no network."""

import asyncio
import json
import runpy
from pathlib import Path
from typing import Any

import pytest
from pulumi.runtime import mocks, set_all_config
from pulumi.runtime.stack import run_pulumi_func

MINE = {
    "vpc_id": "vpc-1",
    "subnet_ids": ["subnet-1", "subnet-2"],
    "cluster_arn": "arn:aws:ecs:eu-west-1:111122223333:cluster/mine",
    "cluster_name": "mine",
    "listener_arn": "arn:aws:elasticloadbalancing:eu-west-1:111122223333:listener/app/mine/1/2",
    "load_balancer_arn_suffix": "app/mine/1",
    "load_balancer_dns_name": "mine.eu-west-1.elb.amazonaws.com",
    "load_balancer_zone_id": "Z2",
    "gateway_security_group_id": "sg-1",
}
CONFIG = {
    "import-one-component:image": "ghcr.io/example/weather:1.0.0",
    "import-one-component:host": "weather.example.com",
    "import-one-component:account": "111122223333",
    "import-one-component:mine": json.dumps(MINE),
    "aws:region": "eu-west-1",
}


class Recorder(mocks.Mocks):
    """Answers each registration with an id and an ARN, and keeps its inputs."""

    def __init__(self) -> None:
        self.inputs: dict[str, dict[str, Any]] = {}

    def call(self, args: mocks.MockCallArgs) -> dict[str, Any]:
        """Refuses: the component looks nothing up."""
        raise NotImplementedError(args.token)

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        """Keeps the inputs."""
        self.inputs[args.typ] = args.inputs
        return f"{args.name}-id", {"arn": f"arn:{args.name}", "name": args.name, "arnSuffix": args.name, **args.inputs}


def run(config: dict[str, str]) -> Recorder:
    recorder = Recorder()
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    mocks.set_mocks(recorder, project="import-one-component", stack="dev", preview=False)
    set_all_config(config)

    def program() -> None:
        runpy.run_path(str(Path(__file__).with_name("__main__.py")))

    try:
        loop.run_until_complete(asyncio.wait_for(run_pulumi_func(program), timeout=30))
    finally:
        loop.close()
    return recorder


def test_the_server_is_registered_behind_the_existing_load_balancer() -> None:
    inputs = run(CONFIG).inputs
    rule = inputs["aws:lb/listenerRule:ListenerRule"]
    assert rule["listenerArn"] == MINE["listener_arn"]
    assert rule["conditions"][0]["hostHeader"]["values"] == ["weather.example.com"]
    (container,) = json.loads(inputs["aws:ecs/taskDefinition:TaskDefinition"]["containerDefinitions"])
    assert container["image"] == "ghcr.io/example/weather:1.0.0"
    assert {"name": "MCP_CANONICAL_URL", "value": "https://weather.example.com/mcp"} in container["environment"]


def test_no_network_cluster_or_load_balancer_is_made() -> None:
    kinds = {kind.rsplit(":", 1)[-1] for kind in run(CONFIG).inputs}
    assert not kinds & {"Vpc", "Subnet", "Cluster", "LoadBalancer", "Listener"}


def test_a_wrong_host_is_refused_with_its_name_and_value() -> None:
    with pytest.raises(ValueError, match=r"weather\.host: Weather is not a domain name"):
        run({**CONFIG, "import-one-component:host": "Weather"})
