"""Key pairs of AWS KMS, which moto lacks: real ones, with the private half sealed by the simulated key."""

import base64
import contextlib
import json
from collections.abc import Iterator
from typing import Any
from unittest import mock

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from moto.kms.exceptions import ValidationException
from moto.kms.responses import KmsResponse

_EXPONENT = 65_537
_SIZES = {"RSA_2048": 2048, "RSA_3072": 3072, "RSA_4096": 4096}


@contextlib.contextmanager
def installed() -> Iterator[None]:
    """Adds `GenerateDataKeyPair` to moto until the end of the `with` block."""
    with mock.patch.object(KmsResponse, "generate_data_key_pair", _generate_data_key_pair, create=True):
        yield


def _generate_data_key_pair(self: Any) -> str:
    spec = self._get_param("KeyPairSpec")
    if spec not in _SIZES:
        raise ValidationException(f"a rehearsal makes key pairs of {', '.join(_SIZES)}, not {spec}")
    key_id = self._get_param("KeyId")
    self._validate_key_id(key_id)
    pair = rsa.generate_private_key(public_exponent=_EXPONENT, key_size=_SIZES[spec])
    private = pair.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = pair.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    sealed, arn = self.kms_backend.encrypt(
        key_id=key_id, plaintext=private, encryption_context=self._get_param("EncryptionContext", {})
    )
    answer = {"PrivateKeyPlaintext": private, "PrivateKeyCiphertextBlob": sealed, "PublicKey": public}
    texts = {name: base64.b64encode(value).decode() for name, value in answer.items()}
    return json.dumps({**texts, "KeyId": arn, "KeyPairSpec": spec})
