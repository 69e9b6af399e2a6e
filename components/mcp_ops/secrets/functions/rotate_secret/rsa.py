"""As much RSA as a test of a key pair needs: reading a PKCS #8 key, and RS256 (RFC 8017, section 8.2).

Not for signing what matters: it takes no care of timing. The one text that it signs is public.
"""

import hashlib
from typing import NamedTuple

_INTEGER, _OCTETS, _SEQUENCE = 0x02, 0x04, 0x30
_LONG_FORM = 0x80
_SHA256 = bytes.fromhex("3031300d060960864801650304020105000420")
"""Start of the DigestInfo of SHA-256 (RFC 8017, section 9.2, note 1)."""


class PrivateKey(NamedTuple):
    """The numbers of a private key."""

    modulus: int
    exponent: int
    """The public one."""
    private_exponent: int


def read_private(der: bytes) -> PrivateKey:
    """Returns the numbers of a PKCS #8 private key for RSA."""
    _version, _algorithm, key = _members(_content(der, _SEQUENCE))[:3]
    numbers = _members(_content(_content(key, _OCTETS), _SEQUENCE))
    _, modulus, exponent, private = (int.from_bytes(_content(number, _INTEGER), "big") for number in numbers[:4])
    return PrivateKey(modulus, exponent, private)


def sign(message: bytes, key: PrivateKey) -> bytes:
    """Returns the RS256 signature of a message."""
    size = _size(key.modulus)
    signature = pow(int.from_bytes(_padded(message, size), "big"), key.private_exponent, key.modulus)
    return signature.to_bytes(size, "big")


def verifies(message: bytes, signature: bytes, modulus: int, exponent: int) -> bool:
    """Tells whether a signature is that of the message."""
    size = _size(modulus)
    opened = pow(int.from_bytes(signature, "big"), exponent, modulus)
    return opened == int.from_bytes(_padded(message, size), "big")


def _size(modulus: int) -> int:
    return (modulus.bit_length() + 7) // 8


def _padded(message: bytes, size: int) -> bytes:
    ending = _SHA256 + hashlib.sha256(message).digest()
    return b"\x00\x01" + b"\xff" * (size - len(ending) - 3) + b"\x00" + ending


def _members(content: bytes) -> list[bytes]:
    """Returns the DER elements that stand one after the other."""
    found = []
    while content:
        length = _ends(content)
        found.append(content[:length])
        content = content[length:]
    return found


def _content(element: bytes, tag: int) -> bytes:
    if element[0] != tag:
        raise ValueError(f"tag {element[0]:#x} stands where {tag:#x} is expected")
    return element[_header(element) : _ends(element)]


def _header(element: bytes) -> int:
    return 2 + (element[1] - _LONG_FORM if element[1] > _LONG_FORM else 0)


def _ends(element: bytes) -> int:
    header = _header(element)
    length = element[1] if header == 2 else int.from_bytes(element[2:header], "big")  # noqa: PLR2004 - one byte of tag, one of length
    return header + length
