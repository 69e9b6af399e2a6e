"""The four steps of a rotation, and the first value. Each may break off anywhere and be repeated."""

from collections.abc import Callable, Mapping

from .strategy import Strategy
from .vault import CURRENT, PENDING, PREVIOUS, Refused, Vault

DONE, KEPT = "done", "kept"
"""What a step answers: it did its work, or found it done."""


def create(vault: Vault, strategy: Strategy) -> str:
    """Makes a new value, once per rotation."""
    if vault.is_current() or vault.pending() is not None:
        return KEPT
    vault.put(strategy.create(), PENDING)
    return DONE


def apply(vault: Vault, strategy: Strategy) -> str:
    """Makes the new value valid where it is used; the current one stays valid."""
    if vault.is_current():
        return KEPT
    strategy.apply(_pending(vault))
    return DONE


def test(vault: Vault, strategy: Strategy) -> str:
    """Proves that the new value works."""
    if vault.is_current():
        return KEPT
    strategy.test(_pending(vault))
    return DONE


def finish(vault: Vault, strategy: Strategy) -> str:
    """Makes the new value current, and ends the one that had been the previous one until now."""
    if vault.is_current():
        if PENDING in vault.stages[vault.token]:
            vault.clear_pending()
        return KEPT
    value = _pending(vault)
    if value == vault.value_at(CURRENT):
        raise Refused(f"the new value of {vault.arn} is the one in use")
    # AWS Secrets Manager may call this step on its own; nothing untested becomes current.
    strategy.test(value)
    previous = vault.value_at(PREVIOUS)
    if previous is not None:
        strategy.retire(previous)
    vault.make_current()
    vault.clear_pending()
    return DONE


def initial(vault: Vault, strategy: Strategy, given: str | None) -> str:
    """Gives the secret its first value: the given one, or a new one. A secret that has a value keeps it."""
    if vault.version_at(CURRENT) is not None:
        return KEPT
    value = strategy.create() if given is None else given
    # The first version becomes current at once, so it is tested before.
    strategy.apply(value)
    strategy.test(value)
    vault.put(value, CURRENT)
    return DONE


def _pending(vault: Vault) -> str:
    value = vault.pending()
    if value is None:
        raise Refused(f"version {vault.token} of {vault.arn} has no value; the step createSecret makes it")
    return value


STEPS: Mapping[str, Callable[[Vault, Strategy], str]] = {
    "createSecret": create,
    "setSecret": apply,
    "testSecret": test,
    "finishSecret": finish,
}
"""The steps by the names that AWS Secrets Manager gives them."""
