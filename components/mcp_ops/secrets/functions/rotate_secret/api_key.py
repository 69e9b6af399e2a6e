"""Keys that somebody else issues: an HTTPS endpoint of the user's makes, checks and ends them."""

from typing import Any

from .hook import called
from .strategy import Strategy
from .vault import Refused


class ApiKey(Strategy):
    """Asks the hook to `create`, `verify` and `revoke`. The version id makes a repeated request recognisable."""

    def create(self) -> str:
        """Returns the key that the hook issues for this version."""
        value = self._ask("create").get("value")
        if not isinstance(value, str) or not value:
            raise Refused("the hook's answer to create has no value")
        return value

    def test(self, value: str) -> None:
        """Lets the hook try the key; any answer but success refuses it."""
        self._ask("verify", value=value)

    def retire(self, value: str) -> None:
        """Lets the hook end the key; one that has ended already is no error of the hook's."""
        self._ask("revoke", value=value)

    def _ask(self, action: str, **more: str) -> dict[str, Any]:
        question = {"action": action, "secret": self.vault.arn, "version": self.vault.token, **more}
        return called(self.settings["hook_url"], question)
