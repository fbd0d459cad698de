"""The hub's key pairs that agents seal what they send to: made, listed, removed.

Agents seal to the newest one that they were told at their enrollment, or to the one that their owner named. So an
older key stays good until it is removed.
"""

from opsentrix_protocol.sealing import key_id, new_key

from opsentrix.db import Database
from opsentrix.errors import ConflictError, NotFoundError
from opsentrix.storage import audit, payload_keys
from opsentrix.storage.payload_keys import KeptKey
from opsentrix.vault import Vault


class PayloadKeys:
    """Gives out public keys, and private ones to those who open."""

    def __init__(self, database: Database, vault: Vault) -> None:
        """Take what is needed; the first key is made when somebody asks for it."""
        self._database = database
        self._vault = vault

    async def newest(self) -> bytes:
        """Return the public key that new agents seal to, 32 bytes."""
        async with self._database.connection() as connection:
            known = await payload_keys.everyone(connection)
        return known[0].public_key if known else (await self._make("hub", "", first=True)).public_key

    async def private(self, wanted: bytes) -> bytes | None:
        """Return the private key of this id, 32 bytes, if there is one.

        Raises:
            SealError: the vault cannot open it: the key file is another one.
        """
        async with self._database.connection() as connection:
            kept = await payload_keys.get(connection, wanted)
        return None if kept is None else self._vault.open(_purpose(kept.id), kept.private_key)

    async def list(self) -> list[KeptKey]:
        """Return all, the newest first."""
        async with self._database.connection() as connection:
            return await payload_keys.everyone(connection)

    async def rotate(self, actor: str, address: str) -> KeptKey:
        """Make a new key pair, which agents that enroll from now on seal to."""
        return await self._make(actor, address, first=False)

    async def remove(self, wanted: bytes, actor: str, address: str) -> None:
        """Remove a key pair: agents that seal to it are refused from their next session on.

        Raises:
            NotFoundError: there is none of this id.
            ConflictError: it is the newest, which new agents seal to.
        """
        async with self._database.transaction() as connection:
            await payload_keys.lock(connection)
            known = await payload_keys.everyone(connection)
            if known and known[0].id == wanted:
                raise ConflictError("This is the newest key: make another one first.")
            if not await payload_keys.remove(connection, wanted):
                raise NotFoundError(f"There is no payload key {wanted.hex()}.")
            await audit.add(connection, actor, "payload_key.remove", f"payload_key:{wanted.hex()}", address)

    async def _make(self, actor: str, address: str, *, first: bool) -> KeptKey:
        private, public = new_key()
        made = key_id(public)
        async with self._database.transaction() as connection:
            await payload_keys.lock(connection)
            if first and (known := await payload_keys.everyone(connection)):
                return known[0]
            new = await payload_keys.add(connection, made, public, self._vault.seal(_purpose(made), private))
            await audit.add(connection, actor, "payload_key.create", f"payload_key:{made.hex()}", address)
        return new


def _purpose(key: bytes) -> str:
    return f"payload_key:{key.hex()}"
