"""What moto makes or looks up again and again, made once or not at all; nothing that it answers differs."""

import functools
from collections.abc import Callable
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa

PAIRED = ("RSA", "ECC", "SM2", "ML_DSA")
"""How the specifications of KMS keys with a key pair begin."""


@functools.cache
def without_key_pairs() -> None:
    """Keeps moto's KMS from making an RSA pair, a tenth of a second, for each symmetric key; once per process."""
    from moto.kms import models

    made = models.generate_private_key

    def pair_of(key_spec: str) -> Any:
        return made(key_spec) if str(key_spec).startswith(PAIRED) else None

    models.generate_private_key = pair_of


@functools.cache
def with_one_certificate_key() -> None:
    """Lets the certificates that moto's ACM issues share one key pair, which nobody ever sees; once per process."""
    from moto.acm.models import CertBundle

    issued = CertBundle.generate_cert.__func__
    pair = functools.cache(rsa.generate_private_key)

    def generate_cert(cls: Any, *arguments: Any, **named: Any) -> Any:
        kept = rsa.generate_private_key
        rsa.generate_private_key = pair
        try:
            return issued(cls, *arguments, **named)
        finally:
            rsa.generate_private_key = kept

    CertBundle.generate_cert = classmethod(generate_cert)


@functools.cache
def with_remembered_methods() -> None:
    """Lets moto look up the methods of a service once, not at each call; once per process."""
    from moto.core import responses

    looked_up: Callable[[object], list[str]] = responses.method_names_from_class
    responses.method_names_from_class = functools.cache(looked_up)
