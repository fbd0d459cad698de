"""The keys that agents seal what they send to."""

from datetime import datetime
from typing import Any, NamedTuple

from opsentrix.db import Connection


class KeptKey(NamedTuple):
    """One key pair; the private key as the vault sealed it."""

    id: bytes
    public_key: bytes
    private_key: bytes
    created_at: datetime


async def add(connection: Connection, key_id: bytes, public_key: bytes, private_key: bytes) -> KeptKey:
    """Add a key pair, which is the newest then."""
    row = await connection.fetchrow(
        "INSERT INTO payload_keys (id, public_key, private_key) VALUES ($1, $2, $3) RETURNING *",
        key_id, public_key, private_key,
    )  # fmt: skip
    return _kept(row)


async def get(connection: Connection, key_id: bytes) -> KeptKey | None:
    """Return the key pair of this id."""
    row = await connection.fetchrow("SELECT * FROM payload_keys WHERE id = $1", key_id)
    return None if row is None else _kept(row)


async def everyone(connection: Connection) -> list[KeptKey]:
    """Return all key pairs, the newest first."""
    rows = await connection.fetch("SELECT * FROM payload_keys ORDER BY created_at DESC, id")
    return [_kept(row) for row in rows]


async def remove(connection: Connection, key_id: bytes) -> bool:
    """Remove a key pair; False when there is none of this id."""
    return await connection.fetchval("DELETE FROM payload_keys WHERE id = $1 RETURNING true", key_id) is not None


async def lock(connection: Connection) -> None:
    """Be the only one who makes or removes keys until the transaction ends."""
    await connection.execute("SELECT pg_advisory_xact_lock(hashtext('payload_keys'))")


def _kept(row: Any) -> KeptKey:  # noqa: ANN401
    return KeptKey(row["id"], row["public_key"], row["private_key"], row["created_at"])
