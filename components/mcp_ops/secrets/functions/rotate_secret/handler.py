"""What AWS Lambda calls: for each step of a rotation, and once per secret for its first value."""

import logging
import uuid
from collections.abc import Mapping
from typing import Any

from . import steps
from .settings import settings_of
from .strategies import strategy_for
from .strategy import Strategy
from .vault import PENDING, Refused, Vault

INITIAL = "initialSecret"
"""Step of this function alone: gives a secret its first value."""

LOG = logging.getLogger()
LOG.setLevel(logging.INFO)


def handle(event: Mapping[str, Any], _context: object) -> dict[str, str]:
    """Carries out one step; anything that is wrong is raised, so that AWS Secrets Manager tries the step again."""
    step, arn = event["Step"], event["SecretId"]
    if step != INITIAL and step not in steps.STEPS:
        raise Refused(f"{step} is no step of a rotation")
    # The first version's id follows from the secret: an attempt that broke off is repeated with the same one.
    token = event.get("ClientRequestToken") or str(uuid.uuid5(uuid.NAMESPACE_URL, arn))
    vault = Vault(arn, token)
    name, settings = settings_of(vault.tags)
    strategy = strategy_for(vault, name, settings)
    LOG.info("step begins", extra=_about(event, settings))
    outcome = (
        steps.initial(vault, strategy, event.get("SecretString")) if step == INITIAL else _rotate(step, vault, strategy)
    )
    LOG.info("step ends", extra={**_about(event, settings), "outcome": outcome})
    return {"outcome": outcome}


def _rotate(step: str, vault: Vault, strategy: Strategy) -> str:
    if not vault.rotation_enabled:
        raise Refused(f"rotation of {vault.arn} is switched off")
    if vault.token not in vault.stages:
        raise Refused(f"version {vault.token} of {vault.arn} was not announced by AWS Secrets Manager")
    if not vault.is_current() and PENDING not in vault.stages[vault.token]:
        raise Refused(f"version {vault.token} of {vault.arn} is not pending")
    return steps.STEPS[step](vault, strategy)


def _about(event: Mapping[str, Any], settings: Mapping[str, Any]) -> dict[str, str]:
    """Returns what a log line says; never a value."""
    return {
        "step": event["Step"],
        "secret": event["SecretId"],
        "version": event.get("ClientRequestToken", ""),
        "kind": settings["kind"],
    }
