"""Every runbook that an alarm can name exists, and says what people need at night."""

import re
from pathlib import Path

import pytest

from mcp_ops.monitoring.alarms import Response
from mcp_ops.monitoring.function_alarms import function_alarms
from mcp_ops.monitoring.objectives import read_objectives, read_thresholds
from mcp_ops.monitoring.platform_alarms import Limits, Shared, platform_alarms
from mcp_ops.monitoring.server_alarms import server_alarms
from mcp_ops.monitoring.server_metrics import ServerMetrics

DOCS = Path(__file__).parents[2] / "docs"
RUNBOOKS = {path.stem: path.read_text() for path in (DOCS / "runbooks").glob("*.md") if path.stem != "README"}
SECTIONS = ("What it means", "First checks", "Usual causes", "Fix", "Escalate")


def responses() -> list[Response]:
    metrics = ServerMetrics("dev", "weather", "c", "s", "l", "t")
    everything = read_thresholds(None)
    object.__setattr__(everything, "calls_per_hour", 1)
    sets = [
        server_alarms(metrics, read_objectives(None), everything, ["anthropic"], probed=True),
        platform_alarms(Shared("eu-west-1", "l", "c", "acl", {"q": "q"}, {"t": "t"}), Limits(1, (30, 7), 1)),
        function_alarms("probe", "f", "q"),
    ]
    found = [item.response for planned in sets for item in (*planned.alarms, *planned.composites)]
    return [*found, Response("warning", "notifications", "x"), Response("warning", "external-service", "x")]


def test_every_alarm_has_a_runbook() -> None:
    assert {response.runbook for response in responses()} <= RUNBOOKS.keys()


def test_every_runbook_is_of_something_that_rings() -> None:
    others = {"business", "cost", "release"}  # the user's own alarms, the budget, and those that roll back
    assert RUNBOOKS.keys() - {response.runbook for response in responses()} == others


@pytest.mark.parametrize("name", sorted(RUNBOOKS))
def test_a_runbook_says_what_people_need_at_night(name: str) -> None:
    text = RUNBOOKS[name]
    parts = dict(zip(SECTIONS, re.split(r"^## .+\n", text, flags=re.MULTILINE)[1:], strict=True))
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == list(SECTIONS)
    assert len(re.findall(r"^   ```sh$", parts["First checks"], re.MULTILINE)) >= 3
    assert all(len(part.split()) >= 5 for part in parts.values())
    assert len(re.findall(r"^- ", parts["Fix"], re.MULTILINE)) >= 1


@pytest.mark.parametrize(
    "path", sorted(DOCS.glob("runbooks/*.md")) + sorted(DOCS.glob("incidents/*.md")) + [DOCS / "monitoring.md"]
)
def test_links_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)(?:#[\w-]+)?\)", path.read_text()):
        if "://" not in target and target != "../recovery/":  # of the room backups
            assert (path.parent / target).exists(), target


def test_runbooks_do_not_repeat_each_other() -> None:
    meanings = [text.split("## What it means")[1].split("## First checks")[0].strip() for text in RUNBOOKS.values()]
    assert len(set(meanings)) == len(meanings)
