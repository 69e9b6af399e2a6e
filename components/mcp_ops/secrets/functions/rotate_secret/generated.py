"""Secrets that are random text."""

import secrets
import string
from collections.abc import Mapping

from .strategy import Strategy
from .vault import CURRENT, Refused


class Generated(Strategy):
    """Random text, which nobody but the servers needs to know."""

    ALPHABETS: Mapping[str, str] = {
        "alphanumeric": string.ascii_letters + string.digits,
        "hex": "0123456789abcdef",
        "symbols": string.ascii_letters + string.digits + "!#%*+-.:=?@_~",
        "url-safe": string.ascii_letters + string.digits + "-_",
    }

    def create(self) -> str:
        """Returns characters of the alphabet, each drawn from the system's cryptographic source."""
        alphabet = self._alphabet
        return "".join(secrets.choice(alphabet) for _ in range(self.settings["length"]))

    def test(self, value: str) -> None:
        """Checks the length and the alphabet of what was stored."""
        # AWS tests a new schedule with a copy of the value in use, which may be older than the settings.
        in_use = value == self.vault.value_at(CURRENT)
        if not in_use and (len(value) != self.settings["length"] or not set(value) <= set(self._alphabet)):
            raise Refused("the value has not the length and the alphabet that the settings ask for")

    @property
    def _alphabet(self) -> str:
        return self.ALPHABETS[self.settings["alphabet"]]
