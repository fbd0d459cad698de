"""Certificate requests (PKCS#10, RFC 2986) and keys (PKCS#8, RFC 5958) in PEM, for keys on P-256."""

from binascii import b2a_base64

from opsentrix_agent.p256 import Key, sign

_SEQUENCE, _INTEGER, _BIT_STRING = 0x30, 0x02, 0x03
_P256_SPKI = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d03010703420004")
"""SubjectPublicKeyInfo (RFC 5480) up to the point's coordinates."""
_P256_PKCS8 = bytes.fromhex("308187020100301306072a8648ce3d020106082a8648ce3d030107046d306b0201010420")
"""PrivateKeyInfo up to the secret number; then the public point."""
_P256_PUBLIC = bytes.fromhex("a14403420004")
_ECDSA_SHA256 = bytes.fromhex("300a06082a8648ce3d040302")
_VERSION_0 = b"\x02\x01\x00"
_NO_NAME = b"\x30\x00"
_NO_ATTRIBUTES = b"\xa0\x00"


def request_pem(key: Key) -> str:
    """Return a request for a key; it names nobody, because the hub knows who asks."""
    body = _value(_SEQUENCE, _VERSION_0 + _NO_NAME + _P256_SPKI + key.public + _NO_ATTRIBUTES)
    r, s = sign(key, body)
    signature = _value(_SEQUENCE, _number(r) + _number(s))
    return _pem("CERTIFICATE REQUEST", _value(_SEQUENCE, body + _ECDSA_SHA256 + _value(_BIT_STRING, b"\0" + signature)))


def key_pem(key: Key) -> str:
    """Return a private key, in clear."""
    return _pem("PRIVATE KEY", _P256_PKCS8 + key.secret.to_bytes(32, "big") + _P256_PUBLIC + key.public)


def _value(tag: int, content: bytes) -> bytes:
    """Return a DER value (X.690) of less than 64 KiB."""
    length = len(content)
    if length < 128:
        return bytes((tag, length)) + content
    size = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(size))) + size + content


def _number(number: int) -> bytes:
    return _value(_INTEGER, number.to_bytes(number.bit_length() // 8 + 1, "big"))


def _pem(label: str, der: bytes) -> str:
    text = b2a_base64(der, newline=False).decode("ascii")
    lines = "\n".join(text[start : start + 64] for start in range(0, len(text), 64))
    return f"-----BEGIN {label}-----\n{lines}\n-----END {label}-----\n"
