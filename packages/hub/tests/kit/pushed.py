"""A browser that subscribed: it opens what it is sent as RFC 8291 has it, with nothing of the hub's own code."""

import base64
import hashlib
import os
from typing import Any

import orjson
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


def b64(some: bytes) -> str:
    return base64.urlsafe_b64encode(some).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def private_key(secret: bytes) -> ec.EllipticCurvePrivateKey:
    """Return the key on P-256 of a number of 32 bytes."""
    return ec.derive_private_key(int.from_bytes(secret), ec.SECP256R1())


class FakeBrowser:
    """A subscription and its private half."""

    def __init__(self, endpoint: str, key: ec.EllipticCurvePrivateKey | None = None, auth: bytes = b"") -> None:
        self.endpoint = endpoint
        self.key = key or ec.generate_private_key(ec.SECP256R1())
        self.auth = auth or os.urandom(16)

    @property
    def point(self) -> bytes:
        return self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    @property
    def fingerprint(self) -> str:
        return hashlib.sha256(self.endpoint.encode()).hexdigest()

    @property
    def body(self) -> dict[str, Any]:
        """What its page sends to the hub."""
        return {
            "endpoint": self.endpoint, "expirationTime": None,
            "keys": {"p256dh": b64(self.point), "auth": b64(self.auth)},
        }  # fmt: skip

    def open(self, sent: bytes) -> bytes:
        """Return what was encrypted for it, without the padding."""
        salt, size, length = sent[:16], int.from_bytes(sent[16:20]), sent[20]
        sender = sent[21 : 21 + length]
        assert len(sent) - 21 - length <= size, "one record only"
        shared = self.key.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sender))
        secret = _expand(self.auth, shared, b"WebPush: info\0" + self.point + sender, 32)
        key = _expand(salt, secret, b"Content-Encoding: aes128gcm\0", 16)
        nonce = _expand(salt, secret, b"Content-Encoding: nonce\0", 12)
        padded = AESGCM(key).decrypt(nonce, sent[21 + length :], None).rstrip(b"\0")
        assert padded.endswith(b"\2"), "the last record"
        return padded[:-1]

    def read(self, sent: bytes) -> dict[str, Any]:
        told: dict[str, Any] = orjson.loads(self.open(sent))
        return told


def _expand(salt: bytes, secret: bytes, info: bytes, length: int) -> bytes:
    return HKDF(SHA256(), length, salt=salt, info=info).derive(secret)
