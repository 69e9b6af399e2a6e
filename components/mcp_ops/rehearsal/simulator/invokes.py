"""Provider functions (`aws.get_caller_identity()` and others): answered from simulated AWS, or computed."""

from collections.abc import Mapping
from typing import Any

from mcp_ops.rehearsal.simulator.cloud import Cloud
from mcp_ops.rehearsal.simulator.errors import Refusal
from mcp_ops.rehearsal.simulator.functions import FUNCTIONS
from mcp_ops.rehearsal.simulator.places import Place


def invoked(
    cloud: Cloud, token: str, arguments: Mapping[str, Any], place: Place, assumptions: list[str]
) -> dict[str, Any]:
    """Returns what a provider function answers.

    Raises:
        Refusal: the function is not known here, or AWS would refuse the look-up.
    """
    function = FUNCTIONS.get(token)
    if function is None:
        raise Refusal(f"{token}: has no answer here; add it to rehearsal/simulator/functions/")
    given = dict(arguments)
    region = given.pop("region", None) or place.region
    result = function(cloud, given, Place(place.account, region), assumptions)
    cloud.assumptions.extend(assumptions)  # what a preview took to exist still exists when the program runs again
    return result
