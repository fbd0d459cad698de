"""Enrollment tokens, kept as hashes."""

from datetime import datetime
from typing import Any

from opsentrix.db import Connection
from opsentrix.model.agents import EnrollmentToken

_COLUMNS = """
    t.id, t.expires_at, t.max_uses, t.uses, t.revoked_at, t.environment, t.tags, t.created_at, u.username AS created_by
"""


async def add(
    connection: Connection,
    token_hash: bytes,
    created_by: int | None,
    expires_at: datetime,
    max_uses: int,
    environment: str,
    tags: tuple[str, ...],
) -> int:
    """Keep a new token and return its id."""
    new: int = await connection.fetchval(
        """
        INSERT INTO enrollment_tokens (token_hash, created_by, expires_at, max_uses, environment, tags)
        VALUES ($1, $2, $3, $4, $5, $6) RETURNING id
        """,
        token_hash, created_by, expires_at, max_uses, environment, list(tags),
    )  # fmt: skip
    return new


async def find(connection: Connection, token_hash: bytes) -> EnrollmentToken | None:
    """Return the token with this hash, locked until the transaction ends so that its uses are counted exactly."""
    row = await connection.fetchrow(
        f"SELECT {_COLUMNS} FROM enrollment_tokens t LEFT JOIN users u ON u.id = t.created_by"  # noqa: S608 - constant
        " WHERE t.token_hash = $1 FOR UPDATE OF t",
        token_hash,
    )
    return None if row is None else _token(row)


async def use(connection: Connection, token_id: int) -> None:
    """Count one use."""
    await connection.execute("UPDATE enrollment_tokens SET uses = uses + 1 WHERE id = $1", token_id)


async def open_tokens(connection: Connection, now: datetime) -> list[EnrollmentToken]:
    """Return the tokens that can still be used, newest first."""
    rows = await connection.fetch(
        f"SELECT {_COLUMNS} FROM enrollment_tokens t LEFT JOIN users u ON u.id = t.created_by"  # noqa: S608 - constant
        " WHERE t.expires_at > $1 AND t.uses < t.max_uses AND t.revoked_at IS NULL ORDER BY t.id DESC LIMIT 1000",
        now,
    )
    return [_token(row) for row in rows]


async def revoke(connection: Connection, token_id: int, now: datetime) -> bool:
    """Make a token unusable; False when there is none with this id that still could be used."""
    done: int | None = await connection.fetchval(
        "UPDATE enrollment_tokens SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL RETURNING id", token_id, now
    )
    return done is not None


def _token(row: Any) -> EnrollmentToken:  # noqa: ANN401 - asyncpg's Record has no types
    return EnrollmentToken(**{**dict(row), "tags": tuple(row["tags"])})
