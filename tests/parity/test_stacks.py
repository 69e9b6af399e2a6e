"""dev, staging and prod are one environment, apart from what parity.yaml declares."""

from pathlib import Path

import pytest

from mcp_ops.rehearsal.parity import Parity, compared

OWN_KEYS = tuple(f"config mcp-ops:{key}" for key in ("backups.copies", "delivery.github.", "secretStore.replicate"))
PROJECT = Path(__file__).parents[2]

# The fixture builds three whole stacks, each twice: half a minute of work, several where others use the machine too.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]


@pytest.fixture(scope="module")
def parity() -> Parity:
    return compared(PROJECT)


def test_the_projects_stacks_differ_in_declared_places_only(parity: Parity) -> None:
    assert parity.stacks == ("dev", "prod", "staging")
    assert [item for item in parity.differences if not item.permitted] == []
    assert parity.unused == ()
    assert parity.passed


def test_the_stacks_have_the_same_keys_but_for_what_one_of_them_owns(parity: Parity) -> None:
    keys = [item.where for item in parity.differences if item.where.startswith("config ")]
    assert [key for key in keys if not key.startswith(OWN_KEYS)] == []


def test_staging_is_as_strict_as_prod(parity: Parity) -> None:
    strict = ("protect", "retain_on_delete", "deletionWindowInDays", "enableDeletionProtection", "forceDestroy")
    guards = [item for item in parity.differences if item.where.endswith(strict)]

    assert guards
    assert all(item.values["staging"] == item.values["prod"] for item in guards)
