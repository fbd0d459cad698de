"""The keys that agents seal what they send to."""

from datetime import datetime
from typing import NamedTuple

from opsentrix.db import Connection


class KeptKey(NamedTuple):
    """One key pair; the private key as the vault sealed it."""

    id: bytes
    public_key: bytes
    private_key: bytes
    created_at: datetime


async def add(connection: Connection, key_id: bytes, public_key: bytes, private_key: bytes) -> None:
    """Add a key pair, which is the newest then."""
    await connection.execute(
        "INSERT INTO payload_keys (id, public_key, private_key) VALUES ($1, $2, $3)", key_id, public_key, private_key
    )


async def everyone(connection: Connection) -> list[KeptKey]:
    """Return all key pairs, the newest first."""
    rows = await connection.fetch("SELECT * FROM payload_keys ORDER BY created_at DESC, id")
    return [KeptKey(row["id"], row["public_key"], row["private_key"], row["created_at"]) for row in rows]


async def remove(connection: Connection, key_id: bytes) -> bool:
    """Remove a key pair; False when there is none of this id."""
    return await connection.fetchval("DELETE FROM payload_keys WHERE id = $1 RETURNING true", key_id) is not None


async def lock(connection: Connection) -> None:
    """Be the only one who makes or removes keys until the transaction ends."""
    await connection.execute("SELECT pg_advisory_xact_lock(hashtext('payload_keys'))")
