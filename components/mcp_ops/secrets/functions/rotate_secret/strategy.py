"""What a kind of secret has to say about a rotation. A new kind is one class."""

from collections.abc import Mapping
from typing import Any

from .vault import Refused, Vault


class Strategy:
    """One kind of secret. Each method may run again after it broke off, with the same version id."""

    def __init__(self, vault: Vault, name: str, settings: Mapping[str, Any]) -> None:
        self.vault = vault
        self.name = name
        self.settings = settings

    def create(self) -> str:
        """Returns a new value."""
        raise Refused(f"secrets of kind {self.settings['kind']} get their values from outside")

    def apply(self, value: str) -> None:
        """Makes a value valid where it is used, beside the current one."""

    def test(self, value: str) -> None:
        """Raises `Refused` unless the value works."""
        if not value:
            raise Refused("the value is empty")

    def retire(self, value: str) -> None:
        """Ends a value that two rotations have followed."""
