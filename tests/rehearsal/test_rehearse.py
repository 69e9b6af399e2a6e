"""One rehearsal from end to end: passes, references, findings, drills."""

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.support import projects

from mcp_ops.errors import InputError
from mcp_ops.rehearsal import beside
from mcp_ops.rehearsal.drills import DRILLS
from mcp_ops.rehearsal.drills.drill import Outcome
from mcp_ops.rehearsal.record import Registration
from mcp_ops.rehearsal.rehearse import Options, Rehearsal, Silent, drill_named, rehearsed, told

OPEN = """
    import json
    import pulumi_aws as aws

    bucket = aws.s3.Bucket("site")
    statement = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::site/*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    aws.s3.BucketPolicy("public", bucket=bucket.id, policy=policy)
"""

Writer = Callable[..., Path]


def rehearsal(directory: Path, stack: str = "dev", **options: object) -> Rehearsal:
    with rehearsed(directory, stack, Options(**options)) as (found, _):  # type: ignore[arg-type] # by name
        return found


def refused(directory: Path, **options: object) -> str:
    with pytest.raises(InputError) as error:
        rehearsal(directory, **options)
    return str(error.value)


class Notes(Silent):
    """A listener that keeps what it is told."""

    def __init__(self) -> None:
        self.phases: list[tuple[str, int | None]] = []
        self.resources: list[str] = []
        self.drills: list[str] = []

    def phase(self, name: str, total: int | None) -> None:
        self.phases.append((name, total))

    def registered(self, item: Registration) -> None:
        self.resources.append(item.name)

    def drilled(self, outcome: Outcome) -> None:
        self.drills.append(outcome.name)


def test_a_stack_is_previewed_deployed_and_drilled_in_that_order(
    write_project: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(beside, "CAN_FORK", False)  # a copy of the process would build prod, and say nothing
    directory = write_project("import pulumi_aws as aws\naws.sqs.Queue('a')\naws.sqs.Queue('b')\n")
    write_project("import pulumi_aws as aws\naws.sqs.Queue('a')\naws.sqs.Queue('b')\n", stack="prod")
    notes = Notes()
    with rehearsed(directory, "dev", Options(), notes) as (found, stage):
        assert found.passed
        assert found.seconds > 0
        assert stage.stacks == ("dev", "prod")
    assert notes.phases == [
        ("preview dev", None),
        ("deploy dev to simulated AWS", 2),
        ("drills", len(DRILLS)),
        ("preview prod", None),
        ("deploy prod to simulated AWS", 2),
    ]
    assert notes.resources == ["a", "b", "a", "b"]
    assert notes.drills == ["isolate"]
    assert list(found.not_applicable) == [drill.name for drill in DRILLS if drill.name != "isolate"]


def test_a_preview_that_fails_stops_before_the_real_pass_and_the_drills(write_project: Writer) -> None:
    notes = Notes()
    directory = write_project(
        "import pulumi_aws as aws\naws.sqs.Queue('ok')\naws.gamelift.Alias('q', routing_strategy={})\n"
    )
    with rehearsed(directory, "dev", Options(), notes) as (found, _):
        assert not found.passed
    assert [name for name, _ in notes.phases] == ["preview dev"]
    assert notes.resources == []
    assert (found.drills, found.not_applicable) == ([], {})
    assert found.errors[0].startswith("aws:gamelift/alias:Alias q: ")


def test_one_drill_alone(write_project: Writer) -> None:
    program = "import pulumi_aws as aws\naws.sqs.Queue('a')\n"
    write_project(program, stack="prod")
    found = rehearsal(write_project(program), only="isolate")
    assert ([outcome.name for outcome in found.drills], found.not_applicable) == (["isolate"], {})


def test_one_drill_alone_that_does_not_apply_is_refused_with_what_is_lacking(write_project: Writer) -> None:
    directory = write_project("import pulumi_aws as aws\naws.sqs.Queue('a')\n")
    expected = "--only: restore does not apply to dev: the stack has no restore testing plan"
    assert refused(directory, only="restore") == expected


def test_a_stack_that_does_not_build_is_told_before_whether_a_drill_applies(write_project: Writer) -> None:
    found = rehearsal(write_project("1 / 0\n"), only="restore")
    assert not found.passed
    assert (found.drills, found.not_applicable) == ([], {})
    assert "division by zero" in found.errors[0]


def test_policies_are_taken_as_mappings_too(write_project: Writer) -> None:
    program = """
        import pulumi_aws as aws

        trust = {"Effect": "Allow", "Principal": {"AWS": "123456789012"}, "Action": "sts:AssumeRole"}
        nothing = {"Effect": "Deny", "Action": "*", "Resource": "*"}
        boundary = aws.iam.Policy("boundary", policy={"Version": "2012-10-17", "Statement": [nothing]})
        aws.iam.Role(
            "auditor", tags={"mcp-role": "auditor"}, permissions_boundary=boundary.arn,
            assume_role_policy={"Version": "2012-10-17", "Statement": [trust]},
        )
    """
    found = rehearsal(write_project(program))
    (outcome,) = found.drills
    assert (found.errors, outcome.name) == ([], "least-privilege")
    assert not any("the drill itself failed" in line for line in outcome.evidence.summary), outcome.evidence.summary


def test_an_unknown_drill_is_refused_with_the_known_ones(write_project: Writer) -> None:
    known = ", ".join(drill.name for drill in DRILLS)
    expected = f"--only: isolte is no drill; use one of: {known}"
    assert refused(write_project("raise SystemError('must not run')\n"), only="isolte") == expected
    assert drill_named("isolate").purpose


NETWORK = "import pulumi, pulumi_aws as aws\npulumi.export('url', aws.sqs.Queue(pulumi.get_stack()).url)\n"


def reference(name: str, export: str = "url") -> str:
    return f"import pulumi\npulumi.export('{export}', pulumi.StackReference('{name}').require_output('url'))\n"


@pytest.mark.parametrize("folder", ["network", "base/network"])
def test_a_reference_is_resolved_from_a_neighbouring_project(
    tmp_path: Path, write_project: Writer, folder: str
) -> None:
    projects.write_project(tmp_path / folder, NETWORK, name="network", stack="live")
    project_file = tmp_path / folder / "Pulumi.yaml"
    project_file.write_text(project_file.read_text().replace("network", '"network" # shared'))
    found = rehearsal(write_project(reference("acme/network/live")))
    assert found.passed
    assert str(found.run.outputs["url"]).startswith("https://sqs.eu-central-1.amazonaws.com/123456789012/live-")


def test_a_reference_is_resolved_from_another_stack_of_the_project(write_project: Writer) -> None:
    program = """
        import pulumi, pulumi_aws as aws
        if pulumi.get_stack() == "base":
            pulumi.export("url", aws.sqs.Queue("orders").url)
        else:
            pulumi.export("url", pulumi.StackReference("organization/shop/base").require_output("url"))
    """
    write_project(program, stack="base")
    found = rehearsal(write_project(program))
    assert found.run.errors == []
    assert "/orders-" in str(found.run.outputs["url"])
    # `base` was built for the reference; the drill compares with that, and finds what dev has of it.
    (isolate,) = found.drills
    assert isolate.evidence.facts["stacks"] == ["dev", "base"]


def test_references_in_a_circle_are_refused(tmp_path: Path, write_project: Writer) -> None:
    projects.write_project(tmp_path / "network", reference("acme/shop/dev"), name="network", stack="live")
    directory = write_project(reference("acme/network/live"))
    expected = "stack reference: shop/dev leads back to itself: shop/dev -> network/live -> shop/dev"
    assert refused(directory) == expected


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "acme/netwrok/live",
            "stack reference: acme/netwrok/live names project netwrok, which lies neither here nor below",
        ),
        ("acme/network/liv", "stack: liv has no file Pulumi.liv.yaml in network/; did you mean live?"),
    ],
)
def test_a_reference_that_leads_nowhere_is_refused(
    tmp_path: Path, write_project: Writer, name: str, message: str
) -> None:
    projects.write_project(tmp_path / "network", NETWORK, name="network", stack="live")
    assert refused(write_project(reference(name))).startswith(message)


def test_a_reference_to_a_stack_that_fails_says_which_and_why(tmp_path: Path, write_project: Writer) -> None:
    program = "import pulumi_aws as aws\naws.sqs.Queue('orders', name='x' * 100)\n"
    projects.write_project(tmp_path / "network", program, name="network", stack="live")
    message = refused(write_project(reference("acme/network/live")))
    assert message.startswith("stack reference: acme/network/live cannot be built: aws:sqs/queue:Queue orders: ")
    assert message.count("aws:sqs/queue:Queue orders") == 1


def test_a_reference_that_a_preview_does_not_make_is_refused(tmp_path: Path, write_project: Writer) -> None:
    projects.write_project(tmp_path / "network", NETWORK, name="network", stack="live")
    program = "import pulumi\nif not pulumi.runtime.is_dry_run():\n    pulumi.StackReference('acme/network/live')\n"
    assert "acme/network/live is made only once resources exist" in refused(write_project(program))


def test_warnings_fail_a_strict_rehearsal_alone(write_project: Writer) -> None:
    directory = write_project(OPEN)
    lenient = rehearsal(directory)
    assert lenient.passed
    warnings = [item for item in lenient.findings if item.level == "warning"]
    assert warnings
    strict = rehearsal(directory, strict=True)
    assert not strict.passed
    assert strict.errors == [told(item) for item in strict.findings]
    assert dataclasses.asdict(strict.findings[0]) == dataclasses.asdict(lenient.findings[0])


def test_an_accepted_finding_fails_nothing_and_keeps_its_reason(write_project: Writer) -> None:
    rules = {item.rule for item in rehearsal(write_project(OPEN)).findings}
    waivers = [{"rule": rule, "resource": "public", "reason": "the site is public"} for rule in sorted(rules)]
    found = rehearsal(write_project(OPEN, f"  rehearsal:accept: {json.dumps(waivers)}\n"), strict=True)
    assert found.passed
    assert {item.waived for item in found.findings} == {"the site is public"}
    assert told(found.findings[0]).endswith(" (accepted: the site is public)")


def test_a_malformed_waiver_is_refused(write_project: Writer) -> None:
    directory = write_project("raise SystemError('must not run')\n", "  rehearsal:accept: [{rule: public-bucket}]\n")
    assert "rehearsal:accept" in refused(directory)


def test_what_is_taken_to_exist_is_said(write_project: Writer) -> None:
    directory = write_project("import pulumi_aws as aws\naws.sqs.Queue.get('q', 'https://sqs/1/orders')\n")
    stack_file = directory / "Pulumi.dev.yaml"
    stack_file.write_text(stack_file.read_text() + "environment: [shared]\n")
    assert rehearsal(directory).run.assumptions == [
        "aws:sqs/queue:Queue https://sqs/1/orders exists",
        "the stack file imports Pulumi ESC environments; their values are not known here",
    ]
