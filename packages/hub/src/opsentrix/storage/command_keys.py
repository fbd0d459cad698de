"""The hub's key pair that signs commands: there is one, and agents pin it when they enroll."""

from datetime import datetime

from opsentrix.db import Connection


async def get(connection: Connection) -> tuple[bytes, bytes] | None:
    """Return the public key, and the private one as the vault sealed it."""
    row = await connection.fetchrow("SELECT public_key, private_key FROM command_keys")
    return None if row is None else (row["public_key"], row["private_key"])


async def add(connection: Connection, public_key: bytes, private_key: bytes, now: datetime) -> bool:
    """Add the key pair; False when another process was faster."""
    added = await connection.fetchval(
        "INSERT INTO command_keys (public_key, private_key, created_at) VALUES ($1, $2, $3)"
        " ON CONFLICT DO NOTHING RETURNING true",
        public_key, private_key, now,
    )  # fmt: skip
    return added is not None
