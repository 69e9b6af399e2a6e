"""Passwords of databases behind the RDS Data API: two users take turns, so that the one in use is never touched."""

import json
import secrets
import string
from typing import Any

from mcp_function_kit.clients import aws

from .database_engines import ENGINES
from .strategy import Strategy
from .vault import CURRENT

CLONE = "_clone"
PASSWORD_LENGTH = 32
_LETTERS = string.ascii_letters + string.digits


class Database(Strategy):
    """The value is JSON as AWS writes it: `engine`, `host`, `port`, `dbname`, `username`, `password`."""

    def create(self) -> str:
        """Returns a new password for whichever of the two users is not in use."""
        current = json.loads(self.vault.value_at(CURRENT) or "{}")
        first = self.settings["username"]
        user = first + CLONE if current.get("username") == first else first
        password = "".join(secrets.choice(_LETTERS) for _ in range(PASSWORD_LENGTH))
        known = {key: self.settings[key] for key in ("engine", "host", "port", "dbname")}
        return json.dumps({**known, "username": user, "password": password})

    def apply(self, value: str) -> None:
        """Makes the user where it is not there, and sets its password."""
        login = json.loads(value)
        engine = ENGINES[self.settings["engine"]]
        found = self._run(self.settings["admin_secret_arn"], engine.find, user=login["username"])
        statements = engine.change if found["records"] else engine.make
        if login["username"].endswith(CLONE):
            statements = (*statements, *engine.inherit)
        # Identifiers and passwords cannot be parameters; both are letters, digits and _ only.
        words = {
            "user": login["username"],
            "base": self.settings["username"],
            "password": engine.sealed(login["password"]),
        }
        for statement in statements:
            self._run(self.settings["admin_secret_arn"], statement.format(**words))

    def test(self, value: str) -> None:
        """Signs in with the new password. The Data API reads it from a secret that only this function can read."""
        login = json.loads(value)
        candidate = self.settings["candidate_secret_arn"]
        known = {key: login[key] for key in ("username", "password")}
        self.vault.client.put_secret_value(SecretId=candidate, SecretString=json.dumps(known))
        self._run(candidate, "SELECT 1")

    def _run(self, secret_arn: str, statement: str, **parameters: str) -> dict[str, Any]:
        answer: dict[str, Any] = aws("rds-data").execute_statement(
            resourceArn=self.settings["cluster_arn"],
            secretArn=secret_arn,
            database=self.settings["dbname"],
            sql=statement,
            parameters=[{"name": name, "value": {"stringValue": text}} for name, text in parameters.items()],
        )
        return answer
