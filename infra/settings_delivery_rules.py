"""Rules about delivery: those of the components, in the words of a stack file."""

from collections.abc import Callable, Mapping

from pydantic.alias_generators import to_camel

from delivery import deployment_args, repository_args
from environment import shared_name
from mcp_ops.delivery.deployment_plan import plan_deployment_role
from mcp_ops.delivery.repository_plan import plan_protected_repository
from mcp_ops.errors import InputError
from settings import Settings
from settings_errors import Findings
from settings_words import Path, in_camel_case

_DELIVERY: Path = ("delivery",)
_LATER = "known later"
"""Stands for what only AWS knows."""
_WIDE = frozenset({"approvals", "checks", "codeOwners", "allowedActions", "maintainers"})
"""Inputs of the component that stand below `repositoryWide` in a stack file."""
_ELSEWHERE: Mapping[str, Path] = {"owner": ("repository", "owner"), "repository": ("repository", "name")}


def check_delivery(settings: Settings, found: Findings) -> None:
    """Notes every rule that the settings of delivery break."""
    delivery, name = settings.delivery, shared_name(settings)
    if delivery.roles:
        args = deployment_args(settings, _LATER, _LATER)
        _adopt(lambda: plan_deployment_role(name, args), found, lambda key: (*_DELIVERY, "roles", *key))
    if delivery.github:
        protection = repository_args(settings, {})
        _adopt(lambda: plan_protected_repository(name, protection), found, lambda key: _place(settings, key))


def _place(settings: Settings, key: tuple[str, ...]) -> Path:
    """Returns where an input of the component stands in a stack file."""
    if key[0] in _ELSEWHERE:
        return _ELSEWHERE[key[0]]
    if key[0] == "environments":
        rest = key[2:] if len(key) > 1 and key[1] == settings.environment else ()
        return (*_DELIVERY, "github", "environment", *rest)
    part = ("repositoryWide", *key) if key[0] in _WIDE else key
    return (*_DELIVERY, "github", *part)


def _adopt(plan: Callable[[], object], found: Findings, place: Callable[[tuple[str, ...]], Path]) -> None:
    """Notes what a component would refuse, with the keys of a stack file."""
    try:
        plan()
    except InputError as refused:
        for offence in refused.offences:
            key = tuple(to_camel(part) if "_" in part else part for part in offence.where.split(".")[1:])
            rule = in_camel_case(offence.rule)
            found.check(None, place(key), offence.value, rule, ("account",), ("regions", "primary"))
