"""Public halves of the keys that people keep in their browsers, to sign commands by themselves."""

from datetime import datetime
from typing import Any, NamedTuple

import asyncpg

from opsentrix.db import Connection
from opsentrix.errors import ConflictError

MAX_KEYS = 10


class OperatorKey(NamedTuple):
    """A person's key; the private half never left their browser."""

    id: int
    user_id: int
    name: str
    public_key: bytes
    created_at: datetime


async def add(connection: Connection, user_id: int, name: str, public_key: bytes, now: datetime) -> OperatorKey:
    """Add a key of a person.

    Raises:
        ConflictError: they have too many, or one of this name, or the key is known.
    """
    await connection.execute("SELECT FROM users WHERE id = $1 FOR UPDATE", user_id)
    held: int = await connection.fetchval("SELECT count(*) FROM operator_keys WHERE user_id = $1", user_id)
    if held >= MAX_KEYS:
        raise ConflictError(f"You have {held} keys; remove one first.")
    try:
        row = await connection.fetchrow(
            "INSERT INTO operator_keys (user_id, name, public_key, created_at) VALUES ($1, $2, $3, $4) RETURNING *",
            user_id, name, public_key, now,
        )  # fmt: skip
    except asyncpg.UniqueViolationError:
        raise ConflictError("You have a key of this name, or the key is known already.") from None
    return _key(row)


async def of_user(connection: Connection, user_id: int) -> list[OperatorKey]:
    """Return a person's keys, the oldest first."""
    rows = await connection.fetch("SELECT * FROM operator_keys WHERE user_id = $1 ORDER BY id", user_id)
    return [_key(row) for row in rows]


async def remove(connection: Connection, user_id: int, key_id: int) -> OperatorKey | None:
    """Remove a person's key and return it; None when it is not theirs."""
    row = await connection.fetchrow(
        "DELETE FROM operator_keys WHERE user_id = $1 AND id = $2 RETURNING *", user_id, key_id
    )
    return None if row is None else _key(row)


def _key(row: Any) -> OperatorKey:  # noqa: ANN401 - asyncpg's Record has no types
    return OperatorKey(row["id"], row["user_id"], row["name"], row["public_key"], row["created_at"])
