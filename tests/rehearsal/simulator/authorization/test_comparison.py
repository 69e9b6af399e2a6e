"""The evaluator decides as an independent one does, except where AWS's documentation says otherwise."""

import shutil
from collections import Counter

import pytest
from tests.rehearsal.simulator.authorization import pairs

COMPARED_CASES = 200


def test_recorded_pairs_agree() -> None:
    outcomes: Counter[str] = Counter()
    for pair in pairs.recorded():
        outcomes[pair["theirs"]] += 1
        assert pairs.ours(pair["case"]) == pair["ours"]
        assert pair["ours"] == pair["theirs"] or pairs.documented_difference(pair["case"], pair["ours"]), pair

    assert outcomes.keys() == {"Allowed", "ExplicitlyDenied", "ImplicitlyDenied"}
    assert sum(outcomes.values()) > 3000
    assert min(outcomes.values()) > 500


def test_few_recorded_pairs_differ() -> None:
    differing = [pair for pair in pairs.recorded() if pair["ours"] != pair["theirs"]]

    assert 0 < len(differing) < 80


@pytest.mark.node
@pytest.mark.slow
@pytest.mark.skipif(shutil.which("node") is None, reason="node is not on PATH")
@pytest.mark.skipif(not (pairs.HERE / "node_modules").is_dir(), reason="no iam-simulate: run npm ci beside this file")
@pytest.mark.parametrize("first", [1, 2])
@pytest.mark.timeout(120)
def test_fresh_cases_agree(first: int) -> None:
    found = pairs.generated(COMPARED_CASES, first)
    for case, theirs in zip(found, pairs.theirs(found), strict=True):
        ours = pairs.ours(case)
        assert ours == theirs or pairs.documented_difference(case, ours), (case, ours, theirs)
