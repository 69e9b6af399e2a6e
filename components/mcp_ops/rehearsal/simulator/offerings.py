"""Which instance types and images each region offers, read when it is asked for.

moto parses every instance type and the offerings of every region when its EC2 is first used: 65 MB, of which a
rehearsal reads little or none. And it makes an object of each public image for each region in use: half a second.
"""

import functools
import importlib
from collections.abc import Callable, Iterator
from typing import Any
from unittest import mock

from moto.utilities.utils import load_resource

INSTANCE_TYPES = "ec2/resources/instance_types.json"


class Regions(dict[str, Any]):
    """The offerings of one kind of location, by region; a region's are read at first."""

    def __init__(self, location_type: str, regions: list[str]) -> None:
        super().__init__(dict.fromkeys(regions))
        self._location_type = location_type

    def __getitem__(self, region: str) -> Any:
        if super().__getitem__(region) is None:
            offered = load_resource(f"ec2/resources/instance_type_offerings/{self._location_type}/{region}.json")
            self[region] = [{**item, "LocationType": self._location_type} for item in offered]
        return super().__getitem__(region)

    def get(self, region: str, default: Any = None) -> Any:
        """Returns a region's offerings, or the default for a region that has none."""
        return self[region] if region in self else default  # noqa: SIM401 - this is `get`

    def items(self) -> Any:
        """Returns every region with its offerings, all of them read."""
        return {region: self[region] for region in self}.items()


class Images(dict[str, Any]):
    """The images of one region, by id; the public ones are added when somebody first looks."""

    def __init__(self, add_public: Callable[[], None]) -> None:
        super().__init__()
        self._add_public: Callable[[], None] | None = add_public

    def _complete(self) -> "Images":
        add, self._add_public = self._add_public, None
        if add:
            add()
        return self

    def __getitem__(self, image: str) -> Any:
        return dict.__getitem__(self._complete(), image)

    def __contains__(self, image: object) -> bool:
        return dict.__contains__(self._complete(), image)

    def __iter__(self) -> Iterator[str]:
        return dict.__iter__(self._complete())

    def __len__(self) -> int:
        return dict.__len__(self._complete())

    def get(self, image: str, default: Any = None) -> Any:
        """Returns an image, or the default."""
        return dict.get(self._complete(), image, default)

    def keys(self) -> Any:
        """Returns the ids."""
        return dict.keys(self._complete())

    def values(self) -> Any:
        """Returns the images."""
        return dict.values(self._complete())

    def items(self) -> Any:
        """Returns ids and images."""
        return dict.items(self._complete())

    def copy(self) -> dict[str, Any]:
        """Returns a plain dictionary of the images."""
        return dict(self._complete().items())

    def pop(self, image: str, *default: Any) -> Any:
        """Takes an image out."""
        return dict.pop(self._complete(), image, *default)


class InstanceTypes:
    """Stands in for the list of instance types of moto's EC2: read when somebody first looks."""

    def __get__(self, _: Any, __: Any = None) -> list[Any]:
        """Returns every instance type."""
        return _instance_types()


@functools.cache
def _instance_types() -> list[Any]:
    module = importlib.import_module("moto.ec2.models.instance_types")
    module.INSTANCE_TYPES.update(load_resource(INSTANCE_TYPES))
    return list(map(module.InstanceType, module.INSTANCE_TYPES))


def _put_off(resource: str) -> Any:
    if resource == INSTANCE_TYPES:
        return {}
    return [] if "instance_type_offerings" in resource else load_resource(resource)


@functools.cache
def slimmed() -> None:
    """Imports moto's EC2 without what it would read ahead; once per process, before EC2 is used."""
    with mock.patch("moto.utilities.utils.load_resource", _put_off):
        types = importlib.import_module("moto.ec2.models.instance_types")
    types.InstanceTypeBackend.instance_types = InstanceTypes()
    held = types.INSTANCE_TYPE_OFFERINGS
    for location_type, regions in held.items():
        held[location_type] = Regions(location_type, list(regions))
    backend = importlib.import_module("moto.ec2.models.amis").AmiBackend
    public = backend._load_amis  # noqa: SLF001 - moto's own reading, put off

    def later(self: Any) -> None:
        self.amis = Images(lambda: public(self))

    backend._load_amis = later  # noqa: SLF001 - as above
