"""Keys of AWS KMS without a key pair: moto makes an RSA pair, a tenth of a second, for symmetric keys as well."""

import functools
from typing import Any

PAIRED = ("RSA", "ECC", "SM2", "ML_DSA")
"""How the specifications of keys with a key pair begin."""


@functools.cache
def without_pairs() -> None:
    """Imports moto's KMS and keeps it from making pairs that no operation reads; once per process."""
    from moto.kms import models

    made = models.generate_private_key

    def pair_of(key_spec: str) -> Any:
        return made(key_spec) if str(key_spec).startswith(PAIRED) else None

    models.generate_private_key = pair_of
