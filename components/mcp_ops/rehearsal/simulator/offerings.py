"""Which instance types each region offers, read when it is asked for.

moto parses the offerings of every region when its EC2 is first used: 47 MB, of which a rehearsal reads one region's
or none.
"""

import functools
import importlib
from typing import Any
from unittest import mock

from moto.utilities.utils import load_resource


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


def _without_offerings(resource: str) -> Any:
    return [] if "instance_type_offerings" in resource else load_resource(resource)


@functools.cache
def slimmed() -> None:
    """Imports moto's EC2 without what it would read ahead; once per process, before EC2 is used."""
    with mock.patch("moto.utilities.utils.load_resource", _without_offerings):
        held = importlib.import_module("moto.ec2.models.instance_types").INSTANCE_TYPE_OFFERINGS
    for location_type, regions in held.items():
        held[location_type] = Regions(location_type, list(regions))
