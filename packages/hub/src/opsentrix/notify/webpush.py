"""Web push: a message encrypted for one browser (RFC 8291, on RFC 8188), and proof of who sends it (RFC 8292)."""

import base64
import os
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import orjson
from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

PAYLOAD_BYTES = 3072
"""The longest payload: with padding, header and tag it stays below the 4,096 bytes that push services must take."""
_RECORD_BYTES = 4096
_STEP_BYTES = 512
"""Payloads are padded to multiples of it, so that their length tells little."""
_SALT_BYTES, _AUTH_BYTES, _POINT_BYTES = 16, 16, 65
_LIFE = timedelta(hours=12)
"""Of the proof; push services take no more than 24 hours."""
_ENDPOINT_CHARACTERS = 1000


@dataclass(frozen=True, slots=True)
class Target:
    """Where a browser is reached, and what to encrypt with.

    Attributes:
        endpoint: URL at the push service; whoever knows it can try to send there.
        point: the browser's public key, an uncompressed point on P-256, 65 bytes (`p256dh`).
        secret: shared with the browser, 16 bytes (`auth`).
    """

    endpoint: str
    point: bytes
    secret: bytes

    @property
    def service(self) -> str:
        """The host of the push service."""
        return (urlsplit(self.endpoint).hostname or "").lower()

    def as_json(self) -> bytes:
        """Return it as it is sealed."""
        return orjson.dumps({"endpoint": self.endpoint, "p256dh": plain(self.point), "auth": plain(self.secret)})

    @classmethod
    def from_json(cls, sealed: bytes) -> "Target":
        """Return what `as_json` made."""
        told = orjson.loads(sealed)
        return cls(told["endpoint"], raw(told["p256dh"]), raw(told["auth"]))


def plain(some: bytes) -> str:
    """Return bytes in base64url without padding, as all of web push writes them."""
    return base64.urlsafe_b64encode(some).rstrip(b"=").decode()


def raw(text: str) -> bytes:
    """Return the bytes of base64url without padding.

    Raises:
        ValueError: it is something else.
    """
    return base64.b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4), altchars=b"-_", validate=True)


def target(endpoint: str, p256dh: str, auth: str, services: frozenset[str]) -> Target:
    """Return what a browser says of itself, checked: nobody vouches for it.

    Args:
        endpoint: URL.
        p256dh: base64url.
        auth: base64url.
        services: hosts of push services, which stand for what is below them, too; any host where it is empty.

    Raises:
        ValueError: with what is wrong.
    """
    made = Target(endpoint, raw(p256dh), raw(auth))
    parts = urlsplit(endpoint)
    if len(endpoint) > _ENDPOINT_CHARACTERS or not endpoint.isascii() or not endpoint.isprintable() or " " in endpoint:
        raise ValueError("the endpoint is not a URL")
    if parts.scheme != "https" or not parts.hostname or "@" in parts.netloc or parts.fragment or parts.port == 0:
        raise ValueError("the endpoint must begin with https:// and hold no password")
    if not allowed(made.service, services):
        raise ValueError(f"{made.service} is no push service that this hub knows (OPSENTRIX_PUSH_SERVICES)")
    if len(made.secret) != _AUTH_BYTES:
        raise ValueError(f"the secret must have {_AUTH_BYTES} bytes")
    _public(made.point)
    return made


def allowed(host: str, services: frozenset[str]) -> bool:
    """Return whether a host is one of the push services, or below one; any is where there are none."""
    return not services or any(host == one or host.endswith(f".{one}") for one in services)


def _public(point: bytes) -> ec.EllipticCurvePublicKey:
    if len(point) != _POINT_BYTES:
        raise ValueError(f"the key must be an uncompressed point of {_POINT_BYTES} bytes")
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    except (ValueError, InvalidKey):
        raise ValueError("the key is no point on P-256") from None


def point_of(key: ec.EllipticCurvePrivateKey) -> bytes:
    """Return the public half of a key as an uncompressed point, 65 bytes."""
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def encrypt(payload: bytes, to: Target, key: ec.EllipticCurvePrivateKey, salt: bytes, padding: int) -> bytes:
    """Return a message for one browser: one record of `aes128gcm` (RFC 8188, section 2), keys as in RFC 8291.

    Args:
        payload: what the browser gets.
        to: the browser.
        key: made for this message alone.
        salt: 16 random bytes.
        padding: bytes that are added to hide the length.
    """
    own = point_of(key)
    shared = key.exchange(ec.ECDH(), _public(to.point))
    secret = _derived(to.secret, shared, b"WebPush: info\0" + to.point + own, 32)
    content_key = _derived(salt, secret, b"Content-Encoding: aes128gcm\0", 16)
    nonce = _derived(salt, secret, b"Content-Encoding: nonce\0", 12)
    # 2 marks the end of the last record.
    record = AESGCM(content_key).encrypt(nonce, payload + b"\2" + bytes(padding), None)
    return salt + _RECORD_BYTES.to_bytes(4) + bytes([len(own)]) + own + record


def sealed(payload: bytes, to: Target) -> bytes:
    """Return a message for one browser, with a new key and salt, padded.

    Raises:
        ValueError: it is longer than `PAYLOAD_BYTES`.
    """
    if len(payload) > PAYLOAD_BYTES:
        raise ValueError(f"a payload has {PAYLOAD_BYTES} bytes at the most")
    padding = -len(payload) % _STEP_BYTES
    return encrypt(payload, to, ec.generate_private_key(ec.SECP256R1()), os.urandom(_SALT_BYTES), padding)


def _derived(salt: bytes, secret: bytes, info: bytes, length: int) -> bytes:
    return HKDF(SHA256(), length, salt=salt, info=info).derive(secret)


def authorization(endpoint: str, key: ec.EllipticCurvePrivateKey, contact: str, now: datetime) -> str:
    """Return the Authorization header: a JWT that says who sends, to this push service alone (RFC 8292).

    Args:
        endpoint: of the browser.
        key: of this hub.
        contact: `mailto:` or `https:` URL of whoever runs it; may be empty.
        now: the moment.
    """
    parts = urlsplit(endpoint)
    claims = {"aud": f"{parts.scheme}://{parts.netloc}", "exp": int((now + _LIFE).timestamp())}
    if contact:
        claims["sub"] = contact
    text = f"{plain(orjson.dumps({'typ': 'JWT', 'alg': 'ES256'}))}.{plain(orjson.dumps(claims))}"
    r, s = decode_dss_signature(key.sign(text.encode(), ec.ECDSA(SHA256())))
    return f"vapid t={text}.{plain(r.to_bytes(32) + s.to_bytes(32))}, k={plain(point_of(key))}"
