"""Messages sealed by agents and opened by the hub: HPKE (RFC 9180) with X25519, HKDF-SHA256 and ChaCha20Poly1305.

Whoever carries the messages in between, such as a proxy that ends TLS, reads none of them. Each session has a context
of its own, bound to a nonce of the hub; within it each message has the next sequence number. So what was sealed opens
once, in its order, in its session. Sealing does not say who sealed: that is what the agent's credential is for.

Needs the extra `encryption`; nothing else of this package imports it.
"""

import hashlib

from pyhpke import AEADId, CipherSuite, KDFId, KEMId, PyHPKEError

KEY_BYTES = 32
KEY_ID_BYTES = 8
NONCE_BYTES = 32
_LABEL = b"opsentrix payload v1"
_SUITE = CipherSuite.new(KEMId.DHKEM_X25519_HKDF_SHA256, KDFId.HKDF_SHA256, AEADId.CHACHA20_POLY1305)


class SealBrokenError(Exception):
    """Something sealed cannot be opened, or a key is none."""


def key_id(public_key: bytes) -> bytes:
    """Return what a public key of 32 bytes is called: the first 8 bytes of its SHA-256."""
    return hashlib.sha256(public_key).digest()[:KEY_ID_BYTES]


def info_of(agent_id: int, public_key: bytes, nonce: bytes) -> bytes:
    """Return what binds a session's context: label, agent id (8 bytes, big endian), SHA-256 of the key, nonce."""
    return _LABEL + agent_id.to_bytes(8, "big") + hashlib.sha256(public_key).digest() + nonce


class Sealer:
    """The agent's end of one session.

    Attributes:
        enc: the encapsulated key, 32 bytes; the hub needs it with the first message.
    """

    def __init__(self, public_key: bytes, info: bytes) -> None:
        """Begin a context.

        Raises:
            SealBrokenError: the key is none.
        """
        try:
            self.enc, self._context = _SUITE.create_sender_context(_SUITE.kem.deserialize_public_key(public_key), info)
        except (PyHPKEError, ValueError) as error:
            raise SealBrokenError(f"The key cannot be sealed to: {error}") from None

    def seal(self, message: bytes) -> bytes:
        """Return the next message, sealed: 16 bytes longer."""
        return self._context.seal(message)


class Opener:
    """The hub's end of one session."""

    def __init__(self, private_key: bytes, enc: bytes, info: bytes) -> None:
        """Enter a context.

        Raises:
            SealBrokenError: the encapsulated key is none.
        """
        try:
            self._context = _SUITE.create_recipient_context(enc, _SUITE.kem.deserialize_private_key(private_key), info)
        except (PyHPKEError, ValueError) as error:
            raise SealBrokenError(f"The encapsulated key is none: {error}") from None

    def open(self, ciphertext: bytes) -> bytes:
        """Return the next message.

        Raises:
            SealBrokenError: it is not the next one of this context. The context is of no use any more.
        """
        try:
            return self._context.open(ciphertext)
        except PyHPKEError:
            raise SealBrokenError("It is not the next message that was sealed in this session.") from None


def new_key() -> tuple[bytes, bytes]:
    """Return a new private key and its public key, 32 bytes each."""
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

    private = X25519PrivateKey.generate()
    return private.private_bytes_raw(), private.public_key().public_bytes_raw()


def public_key_of(private_key: bytes) -> bytes:
    """Return the public key of a private one."""
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

    return X25519PrivateKey.from_private_bytes(private_key).public_key().public_bytes_raw()
