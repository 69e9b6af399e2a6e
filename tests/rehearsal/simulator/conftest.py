from collections.abc import Callable, Iterator
from typing import Any

import pytest

from mcp_ops.rehearsal.simulator.cloud import Cloud
from mcp_ops.rehearsal.simulator.places import Place
from mcp_ops.rehearsal.simulator.provider import Aws, Created, Request, Settings

HERE = Place("123456789012", "eu-central-1")

Create = Callable[..., Created]


@pytest.fixture(scope="module")
def cloud() -> Iterator[Cloud]:
    """Simulated AWS, one for all tests of a file: they use different names."""
    with Cloud().open() as opened:
        yield opened


@pytest.fixture
def client(cloud: Cloud) -> Callable[[str], Any]:
    """A boto client of the place that `create` uses."""
    return lambda service: cloud.client(service, HERE)


@pytest.fixture
def create(cloud: Cloud) -> Create:
    """Creates a resource of a type with inputs, under a logical name."""

    def created(type_: str, logical_name: str = "sample", place: Place = HERE, /, **inputs: Any) -> Created:
        return Aws(cloud).create(Request(type_, logical_name, inputs, Settings(place)))

    return created
