import json
from typing import Any

import pytest
from tests.rehearsal.findings.support import document, registration, run_of, statement

from mcp_ops.errors import InputError
from mcp_ops.rehearsal.findings import CONFIG_KEY, Waiver, apply_waivers, blocking, findings_of, waivers_from

VOLUME = "aws:ebs/volume:Volume"


def config(*entries: Any) -> dict[str, str]:
    return {CONFIG_KEY: json.dumps(list(entries))}


def test_no_configuration_means_no_waivers() -> None:
    assert waivers_from({}) == []


def test_waivers_are_read_from_the_configuration() -> None:
    entry = {"rule": "unencrypted-storage", "resource": "data", "reason": "scratch space"}
    assert waivers_from(config(entry)) == [Waiver("unencrypted-storage", "data", "scratch space")]


@pytest.mark.parametrize(
    ("text", "where", "rule"),
    [
        ("nonsense", CONFIG_KEY, "is not a list"),
        ('{"rule": "x"}', CONFIG_KEY, "is not a list"),
        ('["open-ingress"]', f"{CONFIG_KEY}[0]", "is not a map"),
        ('[{"rule": "x", "resource": "y"}]', f"{CONFIG_KEY}[0].reason", "why the finding is accepted"),
        ('[{"rule": "x", "resource": "y", "reason": " "}]', f"{CONFIG_KEY}[0].reason", "why the finding is accepted"),
        ('[{"resource": "y", "reason": "z"}]', f"{CONFIG_KEY}[0].rule", "is missing"),
        (
            '[{"rule": "x", "resource": "y", "reason": "z", "reasn": "z"}]',
            f"{CONFIG_KEY}[0].reasn",
            "did you mean reason?",
        ),
    ],
)
def test_a_waiver_that_is_incomplete_is_refused(text: str, where: str, rule: str) -> None:
    with pytest.raises(InputError) as refused:
        waivers_from({CONFIG_KEY: text})
    (offence,) = refused.value.offences
    assert offence.where == where
    assert rule in offence.rule


def test_every_incomplete_waiver_is_named() -> None:
    with pytest.raises(InputError) as refused:
        waivers_from(config({"rule": "x"}, {"resource": "y", "reason": "z"}))
    assert len(refused.value.offences) == 3


@pytest.mark.parametrize("pattern", ["data", "da*", f"{VOLUME}:data", f"{VOLUME}:*", "*"])
def test_a_waived_warning_keeps_its_reason_and_does_not_block(pattern: str) -> None:
    found = findings_of(run_of(registration(VOLUME, "data", {})))
    (waived,) = apply_waivers(found, [Waiver("unencrypted-storage", pattern, "scratch space")])
    assert waived.waived == "scratch space"
    assert blocking([waived], strict=True) == []


@pytest.mark.parametrize(
    ("rule", "pattern"),
    [
        ("open-ingress", "data"),
        ("unencrypted-storage", "other"),
        ("unencrypted-storage", "aws:efs/fileSystem:FileSystem:*"),
    ],
)
def test_a_waiver_that_covers_nothing_is_a_warning(rule: str, pattern: str) -> None:
    found = findings_of(run_of(registration(VOLUME, "data", {})))
    open_finding, unused = apply_waivers(found, [Waiver(rule, pattern, "because")])
    assert open_finding.waived == ""
    assert (unused.level, unused.rule, unused.where) == ("warning", "unused-waiver", f"{CONFIG_KEY}[0]")
    assert blocking([unused], strict=True) == [unused]


@pytest.mark.parametrize(
    ("policy", "rule", "waivable"),
    [
        (document(statement("s3:BrandNewAction")), "invalid-action", True),
        (document(statement(Effect="Permit")), "invalid-effect", False),
    ],
)
def test_only_errors_that_rest_on_data_can_be_waived(policy: Any, rule: str, waivable: bool) -> None:
    found = findings_of(run_of(registration("aws:iam/policy:Policy", "new", {"policy": policy})))
    done = apply_waivers(found, [Waiver(rule, "new", "announced last week")])
    assert [item.rule for item in done] == ([rule] if waivable else [rule, "unused-waiver"])
    assert (blocking(done, strict=False) == []) is waivable
