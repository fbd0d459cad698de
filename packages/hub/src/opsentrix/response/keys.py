"""The hub's own key for commands: Ed25519 (RFC 8032), made at the first start, sealed by the vault."""

import base64
from datetime import datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from opsentrix_protocol import opsentrix_pb2 as pb
from opsentrix_protocol.commands import command_text, key_id

from opsentrix import log
from opsentrix.db import Database
from opsentrix.errors import UnavailableError
from opsentrix.storage import audit, command_keys
from opsentrix.vault import SealError, Vault

_PURPOSE = "command_key"
_CLOSED = "The hub's command key cannot be opened: the key file is another one than it was sealed with."
_log = log.get(__name__)


class CommandKey:
    """Signs commands; agents that enrolled with this hub trust it as far as their owners' policies do."""

    def __init__(self, database: Database, vault: Vault) -> None:
        """Take what is needed; `load` comes before everything else."""
        self._database = database
        self._vault = vault
        self._private: Ed25519PrivateKey | None = None
        self._public = b""

    async def load(self, now: datetime) -> None:
        """Open the key, or make it at the very first start. One that cannot be opened signs nothing."""
        async with self._database.connection() as connection:
            kept = await command_keys.get(connection)
        if kept is None:
            kept = await self._make(now)
        self._public, sealed = kept
        try:
            self._private = Ed25519PrivateKey.from_private_bytes(self._vault.open(_PURPOSE, sealed))
        except SealError as error:
            # Everything but commands works without: a hub that does not start would be worse.
            _log.error("commands cannot be signed", reason=str(error))

    @property
    def id(self) -> str:
        """Return what signatures and agents call it."""
        return key_id(self._public)

    @property
    def public(self) -> str:
        """Return the public key in base64, as agents and policies take it."""
        return base64.b64encode(self._public).decode()

    def sign(self, command: pb.Command) -> None:
        """Sign a command.

        Raises:
            UnavailableError: the key cannot be opened.
        """
        if self._private is None:
            raise UnavailableError(_CLOSED)
        command.key_id = self.id
        command.signature = self._private.sign(command_text(command, self.id))

    def check(self) -> None:
        """Check that commands can be signed.

        Raises:
            UnavailableError: the key cannot be opened.
        """
        if self._private is None:
            raise UnavailableError(_CLOSED)

    async def _make(self, now: datetime) -> tuple[bytes, bytes]:
        private = Ed25519PrivateKey.generate()
        public = private.public_key().public_bytes_raw()
        sealed = self._vault.seal(_PURPOSE, private.private_bytes_raw())
        async with self._database.transaction() as connection:
            if await command_keys.add(connection, public, sealed, now):
                await audit.add(connection, "hub", "command_key.create", f"command_key:{key_id(public)}", "")
                return public, sealed
            other = await command_keys.get(connection)
        if other is None:
            raise UnavailableError("The command key is gone as soon as it was made.")
        return other


def is_signed(public_key: bytes, text: bytes, signature: bytes) -> bool:
    """Return whether a signature of a text is that of an operator's key (32 bytes)."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, text)
    except (InvalidSignature, ValueError):
        return False
    return True
