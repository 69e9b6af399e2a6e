"""Rules about the store of secrets: those of the component, and that servers name secrets which are in it."""

from environment import shared_name
from mcp_ops.secrets.store_plan import plan_secret_store
from secret_store import store_args
from settings import Settings
from settings_access_rules import adopt_plan
from settings_errors import Findings
from settings_words import Path, nearest

_STORE: Path = ("secretStore",)
_TAKES_VALUE = ("api-key", "external")


def check_secret_store(settings: Settings, found: Findings) -> None:
    """Notes every rule that the store breaks, and every server that asks it for what it lacks."""
    _check_servers(settings, found)
    store = settings.secret_store
    if store is None:
        return
    for name, secret in store.secrets.items():
        path: Path = (*_STORE, "secrets", name, "given")
        rule = f"has no effect with kind {secret.kind}; leave it out"
        found.check(not secret.given or secret.kind in _TAKES_VALUE, path, secret.given, rule)
    adopt_plan(lambda: plan_secret_store(shared_name(settings), store_args(settings)), _STORE, found)


def _check_servers(settings: Settings, found: Findings) -> None:
    known = list(settings.secret_store.secrets) if settings.secret_store else []
    for name, server in settings.servers.items():
        for variable, source in server.secrets.items():
            if source.startswith("arn:"):
                continue
            path: Path = ("servers", name, "secrets", variable)
            near = nearest(source.partition(":")[0], known) if known else ""
            rule = f"names no secret of secretStore, and is no ARN{near}"
            found.check(source.partition(":")[0] in known, path, source, rule, _STORE)
