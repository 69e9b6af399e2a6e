"""Tags: one merge rule for the whole library."""

from collections.abc import Mapping

import pulumi


def merge_tags(
    own: Mapping[str, pulumi.Input[str]], users: Mapping[str, pulumi.Input[str]] | None
) -> dict[str, pulumi.Input[str]]:
    """Returns the component's own tags overlaid by the user's: on the same key the user wins."""
    return {**own, **(users or {})}
