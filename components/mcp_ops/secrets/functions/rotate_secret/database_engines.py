"""The statements with which each engine makes a user and changes a password."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Callable, Mapping
from typing import NamedTuple

ITERATIONS = 4096
"""PostgreSQL's own default (scram_iterations)."""


class Engine(NamedTuple):
    """What differs between engines; `{user}`, `{base}` and `{password}` are filled in."""

    find: str
    make: tuple[str, ...]
    change: tuple[str, ...]
    inherit: tuple[str, ...]
    """Gives the clone what the base user may do."""
    sealed: Callable[[str], str]
    """Returns what stands for the password in a statement."""


def scram(password: str) -> str:
    """Returns PostgreSQL's verifier of a password: the database and its logs never see the password itself."""
    salt = secrets.token_bytes(16)
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, ITERATIONS)
    stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server = hmac.digest(salted, b"Server Key", "sha256")
    parts = (base64.b64encode(part).decode() for part in (salt, stored, server))
    return "SCRAM-SHA-256${}:{}${}:{}".format(ITERATIONS, *parts)


ENGINES: Mapping[str, Engine] = {
    "postgres": Engine(
        find="SELECT 1 FROM pg_roles WHERE rolname = :user",
        make=("CREATE ROLE \"{user}\" LOGIN PASSWORD '{password}'",),
        change=("ALTER ROLE \"{user}\" LOGIN PASSWORD '{password}'",),
        inherit=('GRANT "{base}" TO "{user}"',),
        sealed=scram,
    ),
    "mysql": Engine(
        find="SELECT 1 FROM mysql.user WHERE user = :user",
        make=("CREATE USER '{user}'@'%' IDENTIFIED BY '{password}'",),
        change=("ALTER USER '{user}'@'%' IDENTIFIED BY '{password}'",),
        inherit=("GRANT '{base}'@'%' TO '{user}'@'%'", "SET DEFAULT ROLE ALL TO '{user}'@'%'"),
        sealed=str,
    ),
}
"""Statements by the name that AWS gives the engine."""
