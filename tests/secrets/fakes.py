# ruff: noqa: N803 - the parameters of clients have the names that AWS gives them
"""As much of AWS as the functions call, in memory, with the power to break off at any call."""

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

ARN = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:mcp-test-token-1234567-AbCdEf"
CANDIDATE = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:mcp-test-candidate-AbCdEf"
ADMIN = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:admin-AbCdEf"
CLUSTER = "arn:aws:rds:eu-west-1:111122223333:cluster:orders"

SETTINGS: dict[str, dict[str, Any]] = {
    "generated": {"kind": "generated", "length": 32, "alphabet": "alphanumeric"},
    "api-key": {"kind": "api-key", "hook_url": "https://hooks.example.com/keys"},
    "signing-key": {"kind": "signing-key"},
    "external": {"kind": "external"},
    "database": {
        "kind": "database",
        "engine": "postgres",
        "port": 5432,
        "dbname": "orders",
        "username": "app",
        "host": "orders.example.com",
        "cluster_arn": CLUSTER,
        "admin_secret_arn": ADMIN,
        "candidate_secret_arn": CANDIDATE,
    },
}


class Crash(BaseException):
    """The function ends here: out of time, out of memory, or its machine is gone."""


class NotFound(Exception):
    """What `client.exceptions.ResourceNotFoundException` is here."""


class Calls:
    """Counts calls and ends the function at one of them, before or after AWS has carried it out."""

    def __init__(self) -> None:
        self.left: int | None = None
        self.after = False
        self.log: list[str] = []

    def crash(self, at: int, *, after: bool) -> None:
        self.left, self.after = at, after

    def counted(self, name: str, function: Any) -> Any:
        def call(*args: Any, **named: Any) -> Any:
            self.log.append(name)
            if self.left is not None and self.left == 0 and not self.after:
                self.left = None
                raise Crash(name)
            answer = function(*args, **named)
            if self.left is not None:
                if self.left == 0:
                    self.left = None
                    raise Crash(name)
                self.left -= 1
            return answer

        return call


class Client:
    """A client whose methods are counted."""

    def __init__(self, calls: Calls, service: str, methods: Mapping[str, Any]) -> None:
        self.exceptions = type("exceptions", (), {"ResourceNotFoundException": NotFound})
        for name, function in methods.items():
            setattr(self, name, calls.counted(f"{service}.{name}", function))


class SecretsManager:
    """One rotated secret with AWS's rules about labels, and the candidate of a database."""

    def __init__(self, kind: str, *, rotation: bool = True) -> None:
        self.versions: dict[str, dict[str, Any]] = {}
        self.tags = {"mcp-secret": "token", "mcp-secret-kind": kind}
        self.rotation = rotation
        self.candidate: str | None = None

    def describe_secret(self, SecretId: str) -> dict[str, Any]:
        assert SecretId == ARN
        stages = {token: list(item["stages"]) for token, item in self.versions.items() if item["stages"]}
        described: dict[str, Any] = {"Tags": [{"Key": key, "Value": value} for key, value in self.tags.items()]}
        if self.rotation:
            described["RotationEnabled"] = True
        return {**described, "VersionIdsToStages": stages} if stages else described

    def get_secret_value(self, SecretId: str, VersionId: str) -> dict[str, Any]:
        assert SecretId == ARN
        value = self.versions.get(VersionId, {}).get("value")
        if value is None:
            raise NotFound(VersionId)
        return {"SecretString": value}

    def put_secret_value(
        self,
        SecretId: str,
        SecretString: str,
        ClientRequestToken: str = "",
        VersionStages: tuple[str, ...] = ("AWSCURRENT",),
    ) -> None:
        if SecretId == CANDIDATE:
            self.candidate = SecretString
            return
        version = self.versions.setdefault(ClientRequestToken, {"stages": set()})
        if version.get("value") not in (None, SecretString):
            raise ClientError({"Error": {"Code": "ResourceExistsException"}}, "PutSecretValue")  # type: ignore[arg-type]
        version["value"] = SecretString
        for stage in VersionStages if self.at("AWSCURRENT") else (*VersionStages, "AWSCURRENT"):
            self._move(stage, ClientRequestToken)

    def update_secret_version_stage(
        self, SecretId: str, VersionStage: str, MoveToVersionId: str = "", RemoveFromVersionId: str = ""
    ) -> None:
        assert SecretId == ARN
        holder = self.at(VersionStage)
        assert holder == (RemoveFromVersionId or None), f"{VersionStage} is at {holder}"
        if VersionStage == "AWSCURRENT" and holder:
            self._move("AWSPREVIOUS", holder)
        if MoveToVersionId:
            self._move(VersionStage, MoveToVersionId)
            self.versions[MoveToVersionId]["stages"].discard("AWSPREVIOUS" if VersionStage == "AWSCURRENT" else "")
        elif holder:
            self.versions[holder]["stages"].discard(VersionStage)

    def _move(self, stage: str, token: str) -> None:
        for item in self.versions.values():
            item["stages"].discard(stage)
        self.versions[token]["stages"].add(stage)

    def at(self, stage: str) -> str | None:
        found = [token for token, item in self.versions.items() if stage in item["stages"]]
        assert len(found) < 2, f"{stage} is at {found}"
        return found[0] if found else None

    def value(self, stage: str) -> str | None:
        token = self.at(stage)
        return None if token is None else self.versions[token].get("value")

    def announce(self, token: str) -> None:
        """What AWS does before the first step."""
        self.versions.setdefault(token, {"stages": set()})
        self._move("AWSPENDING", token)


class World:
    """Everything outside of the function, and what of it makes a value work."""

    def __init__(self, kind: str, **settings: Any) -> None:
        self.kind = kind
        self.calls = Calls()
        self.secrets = SecretsManager(kind)
        self.settings = {**SETTINGS[kind], **settings}
        self.keys: dict[str, str] = {}
        """Keys that the hook has issued, by version."""
        self.revoked: set[str] = set()
        self.refused: set[str] = set()
        """Actions that the hook answers with an error."""
        self.jwks = '{"keys": []}'
        self.logins: dict[str, str] = {}
        self.statements: list[str] = []
        self._pairs = 0

    def environment(self) -> dict[str, str]:
        return {"STORE": "mcp-test", "SECRETS": json.dumps({"token": self.settings}), "KEY_ARN": "key"}

    def client(self, service: str, **_: Any) -> Client:
        secrets = self.secrets
        manager = {name: getattr(secrets, name) for name in _MANAGER}
        methods: dict[str, dict[str, Any]] = {
            "secretsmanager": manager,
            "kms": {"generate_data_key_pair": self._pair},
            "ssm": {"get_parameter": self._parameter, "put_parameter": self._put_parameter},
            "rds-data": {"execute_statement": self._statement},
        }
        return Client(self.calls, service, methods[service])

    def hook(self, url: str, question: Mapping[str, str]) -> dict[str, Any]:
        """Stands in for the signed request."""
        return dict(self.calls.counted(f"hook.{question['action']}", self._answer)(url, question))

    def _answer(self, url: str, question: Mapping[str, str]) -> dict[str, Any]:
        from mcp_ops.secrets.functions.rotate_secret.vault import Refused

        assert url == self.settings["hook_url"]
        if question["action"] in self.refused:
            raise Refused("the hook answered with status 500")
        if question["action"] == "create":
            return {"value": self.keys.setdefault(question["version"], f"key-{len(self.keys)}")}
        if question["action"] == "revoke":
            self.revoked.add(question["value"])
        elif question["value"] not in self.keys.values() or question["value"] in self.revoked:
            raise Refused("the hook answered verify with status 403")
        return {}

    def _pair(self, KeyId: str, KeyPairSpec: str) -> dict[str, bytes]:
        assert (KeyId, KeyPairSpec) == ("key", "RSA_2048")
        self._pairs += 1
        return {"PrivateKeyPlaintext": PAIRS[self._pairs % len(PAIRS)]}

    def _parameter(self, Name: str) -> dict[str, Any]:
        assert Name == "/mcp-test/token/jwks"
        return {"Parameter": {"Value": self.jwks}}

    def _put_parameter(self, Name: str, Value: str, Type: str, Overwrite: bool) -> None:
        assert (Name, Type, Overwrite) == ("/mcp-test/token/jwks", "String", True)
        self.jwks = Value

    def _statement(
        self, resourceArn: str, secretArn: str, database: str, sql: str, parameters: list[Any]
    ) -> dict[str, Any]:
        assert (resourceArn, database) == (CLUSTER, "orders")
        self.statements.append(sql)
        if secretArn == CANDIDATE:
            login = json.loads(self.secrets.candidate or "{}")
            if not self._signs_in(login["username"], login["password"]):
                raise ClientError({"Error": {"Code": "BadRequestException"}}, "ExecuteStatement")  # type: ignore[arg-type]
            return {"records": [[{"longValue": 1}]]}
        assert secretArn == ADMIN
        if parameters:
            known = parameters[0]["value"]["stringValue"] in self.logins
            return {"records": [[{"longValue": 1}]] if known else []}
        found = re.match(r"(CREATE|ALTER) (?:ROLE|USER) [\"'](\w+)[\"'].*(?:PASSWORD|BY) '([^']+)'", sql)
        if found:
            assert (found[1] == "CREATE") == (found[2] not in self.logins)
            self.logins[found[2]] = found[3]
        return {"records": []}

    def _signs_in(self, user: str, password: str) -> bool:
        stored = self.logins.get(user, "")
        return scram_fits(stored, password) if stored.startswith("SCRAM") else stored == password

    def works(self, value: str | None) -> bool:
        """Whether a value is good for what it is used for."""
        if not value:
            return False
        if self.kind == "api-key":
            return value in self.keys.values() and value not in self.revoked
        if self.kind == "signing-key":
            return json.loads(value)["kid"] in {key["kid"] for key in json.loads(self.jwks)["keys"]}
        if self.kind == "database":
            login = json.loads(value)
            return self._signs_in(login["username"], login["password"])
        return True


def scram_fits(verifier: str, password: str) -> bool:
    """Computes what PostgreSQL computes when a client signs in."""
    parts = re.fullmatch(r"SCRAM-SHA-256\$(\d+):([^$]+)\$([^:]+):(.+)", verifier)
    if not parts:
        return False
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), base64.b64decode(parts[2]), int(parts[1]))
    client = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    return client == base64.b64decode(parts[3])


def der_key(size: int = 2048) -> bytes:
    return rsa.generate_private_key(public_exponent=65_537, key_size=size).private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


PAIRS = [der_key(1024) for _ in range(3)]  # half of what KMS makes: signing takes a seventh of the time
_MANAGER = ("describe_secret", "get_secret_value", "put_secret_value", "update_secret_version_stage")
