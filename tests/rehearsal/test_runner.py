import json
from collections.abc import Callable
from pathlib import Path

import pytest

from mcp_ops.errors import InputError
from mcp_ops.rehearsal import wire
from mcp_ops.rehearsal.backend import SimulatedBackend
from mcp_ops.rehearsal.monitor import MissingReference
from mcp_ops.rehearsal.project import load_project
from mcp_ops.rehearsal.record import Run
from mcp_ops.rehearsal.runner import run_program
from mcp_ops.rehearsal.simulator.cloud import Cloud
from mcp_ops.rehearsal.simulator.provider import Aws

QUEUE = """
    import pulumi
    import pulumi_aws as aws

    queue = aws.sqs.Queue("orders", delay_seconds=5)
    opts = pulumi.ResourceOptions(protect=True, retain_on_delete=True, ignore_changes=["tags"])
    topic = aws.sns.Topic("events", opts=opts)
    aws.sns.TopicSubscription("feed", topic=topic.arn, protocol="sqs", endpoint=queue.arn)
    pulumi.export("arn", queue.arn)
"""


def test_a_program_is_recorded_with_inputs_outputs_and_operations(simulate: Callable[..., Run]) -> None:
    run = simulate(QUEUE)
    assert run.errors == []
    (queue,) = run.of_type("aws:sqs/queue:Queue")
    assert queue.inputs["delaySeconds"] == 5
    assert queue.fidelity == "executed"
    assert [call.name for call in queue.operations] == ["sqs.CreateQueue"]
    assert (
        run.outputs["arn"] == queue.outputs["arn"] == f"arn:aws:sqs:eu-central-1:123456789012:{queue.outputs['name']}"
    )


def test_dependencies_and_options_are_recorded(simulate: Callable[..., Run]) -> None:
    run = simulate(QUEUE)
    by_name = {item.name: item for item in run.registrations}
    assert set(by_name["feed"].dependencies) == {by_name["orders"].urn, by_name["events"].urn}
    assert by_name["feed"].property_dependencies["endpoint"] == [by_name["orders"].urn]
    assert (by_name["events"].protect, by_name["events"].retain_on_delete, by_name["events"].ignore_changes) == (
        True,
        True,
        ["tags"],
    )
    assert (by_name["orders"].protect, by_name["orders"].retain_on_delete) == (False, False)


def test_outputs_are_unknown_in_a_preview(simulate: Callable[..., Run]) -> None:
    run = simulate(QUEUE, preview=True)
    assert run.errors == []
    assert run.outputs["arn"] is wire.UNKNOWN
    assert run.of_type("aws:sns/topicSubscription:TopicSubscription")[0].inputs["endpoint"] is wire.UNKNOWN


def test_names_are_the_same_in_every_run(simulate: Callable[..., Run]) -> None:
    assert simulate(QUEUE).outputs == simulate(QUEUE).outputs


def test_components_parent_their_children(simulate: Callable[..., Run]) -> None:
    run = simulate("""
        import pulumi
        import pulumi_aws as aws

        class Pair(pulumi.ComponentResource):
            def __init__(self, name, opts=None):
                super().__init__("shop:index:Pair", name, {}, opts)
                child = pulumi.ResourceOptions(parent=self)
                self.queue = aws.sqs.Queue(f"{name}-queue", opts=child)
                self.register_outputs({"url": self.queue.url})

        Pair("pair")
    """)
    pair, queue = run.registrations
    assert (pair.fidelity, pair.custom) == ("component", False)
    assert queue.parent == pair.urn
    assert pair.outputs["url"] == queue.outputs["url"]


def test_configuration_reaches_the_program_and_secrets_stay_masked(simulate: Callable[..., Run]) -> None:
    run = simulate(
        """
        import pulumi
        import pulumi_aws as aws

        config = pulumi.Config()
        tags = {"size": str(config.require_int("size"))}
        topic = aws.sns.Topic("events", display_name=config.require_secret("token"), tags=tags)
        pulumi.export("token", config.require_secret("token"))
        """,
        "  shop:size: 7\n  shop:token: {secure: v1:abc}\n",
    )
    assert run.errors == []
    topic = run.of_type("aws:sns/topic:Topic")[0]
    assert topic.inputs["tags"] == {"size": "7"}
    assert "rehearsal-secret" not in str(topic.as_json())
    assert repr(run.outputs["token"]) == "[secret]"


def test_every_independent_failure_is_found_and_what_depends_on_it_is_skipped(simulate: Callable[..., Run]) -> None:
    run = simulate("""
        import pulumi_aws as aws

        bad = aws.sqs.Queue("bad", name="x" * 100)
        worse = aws.sns.Topic("worse", name="y" * 300)
        aws.sqs.QueuePolicy("after", queue_url=bad.url, policy="{}")
        aws.sqs.Queue("good")
    """)
    assert {item.name: item.fidelity for item in run.registrations} == {
        "bad": "failed",
        "worse": "failed",
        "after": "skipped",
        "good": "executed",
    }
    assert len(run.errors) == 2


def test_an_unmapped_input_is_an_error_and_never_dropped(
    simulate: Callable[..., Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    from mcp_ops.rehearsal.simulator.services import sqs

    monkeypatch.delitem(sqs.ATTRIBUTES, "delaySeconds")
    run = simulate("import pulumi_aws as aws\naws.sqs.Queue('q', delay_seconds=5)\n")
    assert "delaySeconds" in run.errors[0]
    assert "map to nothing" in run.errors[0]


def test_a_type_without_a_specification_is_named_counted_and_let_through_on_demand(
    simulate: Callable[..., Run],
) -> None:
    program = """
        import pulumi
        import pulumi_aws as aws

        for name in ("a", "b"):
            app = aws.gamelift.Alias(name, routing_strategy={"type": "TERMINAL", "message": "x"})
        pulumi.export("arn", app.arn)
    """
    refused = simulate(program, preview=True)
    assert refused.unknown_types == {"aws:gamelift/alias:Alias": 2}
    assert "rehearsal/simulator/services/gamelift.py" in refused.errors[0]
    let_through = simulate(program, allow_unknown=True)
    assert let_through.errors == []
    assert {item.fidelity for item in let_through.registrations} == {"unknown"}
    assert str(let_through.outputs["arn"]).startswith("arn:aws:gamelift:eu-central-1:123456789012:")


def test_a_resource_registered_twice_is_refused_as_by_the_engine(simulate: Callable[..., Run]) -> None:
    run = simulate("import pulumi_aws as aws\naws.sqs.Queue('q')\naws.sqs.Queue('q')\n")
    assert "duplicate URN" in run.errors[0]


def test_disabled_default_providers_need_an_explicit_one(simulate: Callable[..., Run]) -> None:
    disabled = '  pulumi:disable-default-providers: ["aws"]\n'
    run = simulate("import pulumi_aws as aws\naws.sqs.Queue('q')\n", disabled)
    assert "needs an explicit provider" in run.errors[0]
    program = """
        import pulumi
        import pulumi_aws as aws

        tags = {"tags": {"Owner": "me"}}
        provider = aws.Provider("aws", region="eu-west-1", allowed_account_ids=["444455556666"], default_tags=tags)
        queue = aws.sqs.Queue("q", tags={"a": "b"}, opts=pulumi.ResourceOptions(provider=provider))
    """
    run = simulate(program, disabled)
    assert run.errors == []
    queue = run.of_type("aws:sqs/queue:Queue")[0]
    assert (queue.account, queue.region) == ("444455556666", "eu-west-1")
    assert queue.outputs["tagsAll"] == {"Owner": "me", "a": "b"}
    assert queue.outputs["arn"].startswith("arn:aws:sqs:eu-west-1:444455556666:")


def test_a_wrong_account_id_is_refused(simulate: Callable[..., Run]) -> None:
    run = simulate("""
        import pulumi
        import pulumi_aws as aws

        provider = aws.Provider("aws", region="eu-west-1", allowed_account_ids=["12345"])
        aws.sqs.Queue("q", opts=pulumi.ResourceOptions(provider=provider))
    """)
    assert "provider aws: allowedAccountIds: '12345' is no account id; use 12 digits" in run.errors[0]


@pytest.mark.parametrize(
    ("program", "told"),
    [
        ("x = 1\nraise ValueError('no such shop')\n", "the program failed at __main__.py:2: ValueError: no such shop"),
        ("import no_such_module\n", "install the program's own requirements"),
        ("import pulumi\npulumi.log.error('broken')\n", "broken"),
        (
            "import asyncio, pulumi\nasync def main():\n    await asyncio.sleep(99)\npulumi.run(main)\n",
            "did not end within",
        ),
    ],
)
def test_a_program_that_fails_is_reported_with_its_place(
    write_project: Callable[..., Path], program: str, told: str
) -> None:
    project = load_project(write_project(program), "dev")
    with Cloud().open() as cloud:
        run = run_program(project, SimulatedBackend(Aws(cloud), project), preview=True, time_limit=1)
    assert told in run.errors[0]


def test_an_exception_in_an_apply_surfaces(simulate: Callable[..., Run]) -> None:
    run = simulate("import pulumi_aws as aws\naws.sqs.Queue('q').arn.apply(lambda arn: arn.nonsense)\n")
    assert "AttributeError" in run.errors[0]


@pytest.mark.parametrize(
    "program", ["import pulumi\npulumi.Config().require('size')\n", "import pulumi\nraise pulumi.RunError('no')\n"]
)
def test_refused_configuration_is_wrong_input(simulate: Callable[..., Run], program: str) -> None:
    with pytest.raises(InputError, match=r"Pulumi.dev.yaml"):
        simulate(program)


def test_an_asynchronous_entry_point_is_awaited(simulate: Callable[..., Run]) -> None:
    run = simulate("""
        import pulumi
        import pulumi_aws as aws

        async def main():
            return {"url": aws.sqs.Queue("q").url}

        pulumi.run(main)
    """)
    assert str(run.outputs["url"]).startswith("https://sqs.eu-central-1.amazonaws.com/")


def test_the_next_program_finds_none_of_the_last_ones_modules(write_project: Callable[..., Path]) -> None:
    first = write_project("import helper, pulumi\npulumi.export('who', helper.NAME)\n", name="first")
    second = write_project("import helper, pulumi\npulumi.export('who', helper.NAME)\n", name="second")
    (first / "helper.py").write_text("NAME = 'first'\n")
    (second / "helper.py").write_text("NAME = 'second'\n")
    with Cloud().open() as cloud:
        for directory in (first, second):
            project = load_project(directory, "dev")
            run = run_program(project, SimulatedBackend(Aws(cloud), project), preview=False)
            assert run.outputs["who"] == directory.name


def test_warnings_are_kept(simulate: Callable[..., Run]) -> None:
    run = simulate("import pulumi\npulumi.log.warn('careful')\npulumi.log.info('fine')\n")
    assert (run.warnings, run.errors) == (["careful"], [])


def test_another_stacks_outputs_come_from_the_references(write_project: Callable[..., Path]) -> None:
    program = "import pulumi\npulumi.export('vpc', pulumi.StackReference('org/network/dev').require_output('vpcId'))\n"
    project = load_project(write_project(program), "dev")
    with Cloud().open() as cloud:
        backend = SimulatedBackend(Aws(cloud), project)
        with pytest.raises(MissingReference, match="org/network/dev"):
            run_program(project, backend, preview=True)
        run = run_program(project, backend, preview=True, references={"org/network/dev": {"vpcId": "vpc-1"}})
    assert run.outputs["vpc"] == "vpc-1"


def test_an_existing_resource_is_taken_to_exist(simulate: Callable[..., Run]) -> None:
    run = simulate("import pulumi, pulumi_aws as aws\npulumi.export('arn', aws.sqs.Queue.get('q', 'orders').arn)\n")
    assert run.outputs["arn"] == "arn:aws:sqs:eu-central-1:123456789012:queue/orders"
    assert run.assumptions == ["aws:sqs/queue:Queue orders exists"]
    assert run.resources() == []


def test_functions_answer_from_the_place(simulate: Callable[..., Run]) -> None:
    run = simulate("""
        import pulumi
        import pulumi_aws as aws

        pulumi.export("account", aws.get_caller_identity().account_id)
        pulumi.export("region", aws.get_region_output().region)
        pulumi.export("zones", aws.get_availability_zones(state="available").names)
    """)
    assert run.outputs == {
        "account": "123456789012",
        "region": "eu-central-1",
        "zones": ["eu-central-1a", "eu-central-1b", "eu-central-1c"],
    }


def test_a_function_without_an_answer_says_where_to_add_it(simulate: Callable[..., Run]) -> None:
    run = simulate("import pulumi_aws as aws\naws.workspaces.get_image(image_id='x')\n")
    assert "rehearsal/simulator/functions/" in run.errors[0]


@pytest.mark.parametrize("preview", [True, False])
def test_a_policy_given_as_an_object_is_echoed_as_text(simulate: Callable[..., Run], preview: bool) -> None:
    run = simulate(
        """
        import pulumi
        import pulumi_aws as aws

        allow = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "*"}
        queue = aws.sqs.Queue("q", policy={"Version": "2012-10-17", "Statement": [allow]})
        pulumi.export("policy", queue.policy)
        """,
        preview=preview,
    )
    assert run.errors == []
    assert json.loads(str(run.outputs["policy"]))["Version"] == "2012-10-17"


def test_transforms_of_resource_parent_and_stack_are_applied(simulate: Callable[..., Run]) -> None:
    run = simulate("""
        import pulumi
        import pulumi_aws as aws

        def tagged(key):
            async def transform(args):
                if args.type_ == "aws:sqs/queue:Queue":
                    tags = {**(args.props.get("tags") or {}), key: "yes"}
                    opts = pulumi.ResourceOptions.merge(args.opts, pulumi.ResourceOptions(protect=True))
                    return pulumi.ResourceTransformResult({**args.props, "tags": tags}, opts)
            return transform

        pulumi.runtime.register_resource_transform(tagged("stack"))
        opts = pulumi.ResourceOptions(transforms=[tagged("parent")])
        parent = pulumi.ComponentResource("shop:index:Box", "box", opts=opts)
        aws.sqs.Queue("q", opts=pulumi.ResourceOptions(parent=parent, transforms=[tagged("own")]))
        aws.sns.Topic("t")
    """)
    assert run.errors == []
    queue = run.of_type("aws:sqs/queue:Queue")[0]
    assert queue.inputs["tags"] == {"own": "yes", "parent": "yes", "stack": "yes"}
    assert queue.protect
    assert not run.of_type("aws:sns/topic:Topic")[0].protect


def test_a_transform_that_fails_is_reported(simulate: Callable[..., Run]) -> None:
    run = simulate("""
        import pulumi
        import pulumi_aws as aws

        def broken(args):
            raise ValueError("no tags")

        pulumi.runtime.register_resource_transform(broken)
        aws.sqs.Queue("q")
    """)
    assert "a transform failed" in run.errors[0]
    assert "no tags" in run.errors[0]


def test_a_transform_of_functions_changes_their_arguments(simulate: Callable[..., Run]) -> None:
    run = simulate("""
        import pulumi
        import pulumi_aws as aws

        def elsewhere(args):
            return pulumi.InvokeTransformResult({**args.args, "region": "us-west-2"}, args.opts)

        pulumi.runtime.register_invoke_transform(elsewhere)
        pulumi.export("zones", aws.get_availability_zones().names)
    """)
    assert run.errors == []
    assert run.outputs["zones"][0] == "us-west-2a"
