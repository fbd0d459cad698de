"""The vault: seals secrets that must be readable again, so that the database alone shows none of them.

Its key file lies beside the database, never in it or in a backup: one theft does not get both.
"""

import base64
import binascii
import contextlib
import os
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256, Hash
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from opsentrix.errors import StartupError

KEY_BYTES = 32
_ID_BYTES = 4
_NONCE_BYTES = 12
_HINT = "Put the key file back that this database was used with; see docs/guide/hub.md."


class SealError(Exception):
    """Something sealed cannot be opened: by another key, for another purpose, or changed."""


class Vault:
    """Seals with the first of its keys and opens with any of them (AES-256-GCM, NIST SP 800-38D)."""

    def __init__(self, *keys: bytes) -> None:
        """Take keys of 32 bytes each, the newest first."""
        self._first = keys[0]
        self._keys = {_id(key): AESGCM(key) for key in keys}

    def seal(self, purpose: str, secret: bytes) -> bytes:
        """Return a secret sealed: key id, nonce, ciphertext and tag.

        Args:
            purpose: what it is and whose, such as `totp:12`; sealed for one, it opens for no other.
            secret: any bytes.
        """
        nonce = os.urandom(_NONCE_BYTES)
        key_id = _id(self._first)
        return key_id + nonce + self._keys[key_id].encrypt(nonce, secret, purpose.encode())

    def open(self, purpose: str, sealed: bytes) -> bytes:
        """Return the secret.

        Raises:
            SealError: it cannot be opened.
        """
        key = self._keys.get(sealed[:_ID_BYTES])
        if key is None:
            raise SealError(f"No key of the key file opens this secret. {_HINT}")
        nonce, rest = sealed[_ID_BYTES : _ID_BYTES + _NONCE_BYTES], sealed[_ID_BYTES + _NONCE_BYTES :]
        try:
            return key.decrypt(nonce, rest, purpose.encode())
        except (InvalidTag, ValueError):
            raise SealError("A secret was changed, or is another one's.") from None

    def derive(self, purpose: str) -> bytes:
        """Return a key of 32 bytes for one purpose (HKDF-SHA256, RFC 5869); it changes with the first key."""
        return HKDF(SHA256(), KEY_BYTES, salt=None, info=purpose.encode()).derive(self._first)


def load(path: Path) -> Vault:
    """Return the vault of a key file, which is made when there is none.

    The file has one key a line, in base64, the newest first; only its owner may read it.

    Raises:
        StartupError: it cannot be read or made, others may read it, or it holds no keys.
    """
    try:
        if not path.exists():
            _make(path)
        if path.stat().st_mode & 0o077:
            raise StartupError(f"Others may read the key file {path}: chmod 600 it.")
        lines = path.read_text(encoding="ascii").split()
    except (OSError, UnicodeDecodeError) as error:
        raise StartupError(f"The key file {path} cannot be used: {error}.") from None
    try:
        keys = [base64.b64decode(line, validate=True) for line in lines]
    except binascii.Error:
        keys = []
    if not keys or any(len(key) != KEY_BYTES for key in keys):
        raise StartupError(f"The key file {path} must hold keys of {KEY_BYTES} bytes in base64, one a line. {_HINT}")
    return Vault(*keys)


def _make(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    # Another process may make it just now: then its key counts, and is whole, because the link comes last.
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(base64.b64encode(os.urandom(KEY_BYTES)) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink()


def _id(key: bytes) -> bytes:
    digest = Hash(SHA256())
    digest.update(b"opsentrix vault\0" + key)
    return digest.finalize()[:_ID_BYTES]
