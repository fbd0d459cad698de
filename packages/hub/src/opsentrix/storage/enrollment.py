"""Enrollment tokens, kept as hashes."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from opsentrix.db import Connection
from opsentrix.model.agents import EnrollmentToken, TokenRequest

_COLUMNS = """
    t.id, t.expires_at, t.max_uses, t.uses, t.revoked_at, t.types, t.environment, t.tags, t.approval, t.agent_id,
    t.created_at, u.username AS created_by
"""
MAX_LISTED = 1000


async def add(
    connection: Connection, token_hash: bytes, created_by: int | None, expires_at: datetime, request: TokenRequest
) -> int:
    """Keep a new token and return its id."""
    new: int = await connection.fetchval(
        """
        INSERT INTO enrollment_tokens
            (token_hash, created_by, expires_at, max_uses, types, environment, tags, approval, agent_id)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING id
        """,
        token_hash, created_by, expires_at, request.max_uses, list(request.types), request.environment,
        list(request.tags), request.approval, request.agent_id,
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


async def listed(connection: Connection, now: datetime, *, spent: bool) -> list[EnrollmentToken]:
    """Return the tokens, newest first: those that can still be used, or with `spent` the others too."""
    rows = await connection.fetch(
        f"""
        SELECT {_COLUMNS} FROM enrollment_tokens t LEFT JOIN users u ON u.id = t.created_by
        WHERE $2 OR (t.expires_at > $1 AND t.uses < t.max_uses AND t.revoked_at IS NULL)
        ORDER BY t.id DESC LIMIT {MAX_LISTED}
        """,  # noqa: S608 - constants
        now, spent,
    )  # fmt: skip
    return [_token(row) for row in rows]


async def enrolled(connection: Connection, token_ids: Sequence[int]) -> dict[int, list[tuple[int, str]]]:
    """Return id and name of the agents that enrolled with each of these tokens."""
    found: dict[int, list[tuple[int, str]]] = {}
    rows = await connection.fetch(
        "SELECT enrolled_with, id, name FROM agents WHERE enrolled_with = ANY ($1::bigint[]) ORDER BY id",
        list(token_ids),
    )
    for row in rows:
        found.setdefault(row["enrolled_with"], []).append((row["id"], row["name"]))
    return found


async def revoke(connection: Connection, token_id: int, now: datetime) -> bool:
    """Make a token unusable; False when there is none with this id that still could be used."""
    done: int | None = await connection.fetchval(
        "UPDATE enrollment_tokens SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL RETURNING id", token_id, now
    )
    return done is not None


def _token(row: Any) -> EnrollmentToken:  # noqa: ANN401 - asyncpg's Record has no types
    return EnrollmentToken(**{**dict(row), "tags": tuple(row["tags"]), "types": tuple(row["types"])})
