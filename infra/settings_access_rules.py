"""Rules about access: those of the components, in the words of a stack file."""

from collections.abc import Callable

from pydantic.alias_generators import to_camel

from access import audit_args, boundary_args, roles_args
from environment import shared_name
from mcp_ops.access.audit_plan import plan_audit_trail
from mcp_ops.access.boundary import plan_permissions_boundary
from mcp_ops.access.operator_roles import plan_operator_roles
from mcp_ops.errors import InputError
from settings import Settings
from settings_errors import Findings
from settings_words import Path, in_camel_case

_AUDIT: Path = ("access", "audit")
_ROLES: Path = ("access", "roles")
_LATER = "known later"
"""Stands for what only AWS knows."""


def check_access(settings: Settings, found: Findings) -> None:
    """Notes every rule that the settings of access break."""
    name, access = shared_name(settings), settings.access
    rule = "prod needs a record of who did what; {} takes the defaults"
    found.require(access.audit or settings.environment != "prod", _AUDIT, rule, ("environment",))
    adopt_plan(lambda: plan_permissions_boundary(name, boundary_args(settings)), ("access",), found)
    if access.audit:
        adopt_plan(lambda: plan_audit_trail(name, audit_args(settings, _LATER, _LATER, ())), _AUDIT, found)
    if access.roles:
        adopt_plan(lambda: plan_operator_roles(name, roles_args(settings, _LATER, _LATER)), _ROLES, found)


def adopt_plan(plan: Callable[[], object], path: Path, found: Findings) -> None:
    """Notes what a component would refuse, below `path` and with the keys of a stack file."""
    try:
        plan()
    except InputError as refused:
        for offence in refused.offences:
            below = (to_camel(part) for part in offence.where.split(".")[1:])
            rule = in_camel_case(offence.rule)
            found.check(None, (*path, *below), offence.value, rule, ("account",), ("regions", "primary"))
