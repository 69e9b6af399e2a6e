"""Rules about state and backups: those of the components, in the words of a stack file."""

from collections.abc import Iterable

from backups import policy_args, restore_args
from environment import shared_name
from mcp_ops.backups.backup_policy_plan import plan_backup_policy
from mcp_ops.backups.restore_test_plan import plan_restore_test
from mcp_ops.backups.state_store_plan import REPLICATED, plan_state_store
from settings import Settings
from settings_access_rules import adopt_plan
from settings_errors import Findings
from settings_words import Path, counted, nearest
from state import KINDS, store_args

_BACKUPS: Path = ("backups",)
_COPIES: Path = ("backups", "copies")
_LOCK: Path = ("backups", "lock")
_REPLICA: Path = ("regions", "replica")
_LATER = "known later"
"""Stands for what only AWS knows."""


def check_backups(settings: Settings, found: Findings) -> None:
    """Notes every rule that the settings of stores and backups break."""
    for name in sorted(settings.stores):
        _check_store(settings, name, found)
    if not settings.stores:
        return
    prod = settings.environment == "prod"
    copies, lock = settings.backups.copies, settings.backups.lock
    rule = "prod needs its backups in a second region; {} takes regions.replica"
    found.require(copies or not prod, _COPIES, rule, ("environment",))
    unlocked = prod and lock is not None and lock.mode == "none"
    rule = "is not for prod, whose backups nobody may shorten"
    found.check(not unlocked, (*_LOCK, "mode"), "none", rule, ("environment",))
    wanted = copies is not None and copies.replica
    rule = "backups.copies is to be there; or set copies.replica: false"
    found.require(settings.regions.replica or not wanted, _REPLICA, rule)
    if settings.regions.replica or not wanted:
        name = shared_name(settings)
        adopt_plan(lambda: plan_backup_policy(name, policy_args(settings, _LATER, _LATER)), _BACKUPS, found)
        adopt_plan(lambda: plan_restore_test(name, restore_args(settings, None, _LATER, _LATER)), _BACKUPS, found)


def _check_store(settings: Settings, name: str, found: Findings) -> None:
    store, path = settings.stores[name], ("stores", name)
    kinds = [kind for kind in KINDS if getattr(store, kind) is not None]
    rule = f"gives {counted(len(kinds))} of {', '.join(KINDS)}; give exactly one"
    found.check(len(kinds) == 1, path, ", ".join(kinds) or None, rule)
    for server, variable in sorted(store.servers.items()):
        place: Path = (*path, "servers", server)
        rule = f"is not a server{nearest(server, settings.servers)}"
        found.check(server in settings.servers, place, server, rule, ("servers", server))
        twice = variable in _other_variables(settings, name, server)
        found.check(not twice, place, variable, f"is a variable of {server} already; take another name")
    if len(kinds) != 1:
        return
    replicable = kinds[0] in REPLICATED
    rule = f"is not offered for {kinds[0]}; its backups are copied instead"
    found.check(not store.replicated or replicable, (*path, "replicated"), store.replicated, rule)
    rule = f"{name} is to be replicated there; or set replicated: false"
    found.require(settings.regions.replica or not store.replicated, _REPLICA, rule)
    if settings.regions.replica or not store.replicated:
        args = store_args(settings, store, _LATER, None)
        if store.replicated:
            args["replica_key_arn"] = _LATER
        adopt_plan(lambda: plan_state_store(name, args), path, found)


def _other_variables(settings: Settings, name: str, server: str) -> Iterable[str]:
    """Yields the variables that the server has from elsewhere."""
    known = settings.servers.get(server)
    if known is not None:
        yield from (*known.environment, *known.secrets)
    for other, store in settings.stores.items():
        if other != name and server in store.servers:
            yield store.servers[server]
