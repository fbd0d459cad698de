"""API tokens, kept as hashes."""

from datetime import datetime, timedelta
from typing import Any

from opsentrix.db import Connection
from opsentrix.model.access import Permission, TokenUse
from opsentrix.model.api_tokens import ApiToken, NewApiToken, PresentedToken
from opsentrix.model.users import Role, Scope
from opsentrix.storage.users import USER_COLUMNS, scope_of, user_of

_KEPT_EXPIRED = timedelta(days=30)
_COLUMNS = """
    t.id, t.user_id, u.username, t.name, t.role, t.scope_environments, t.scope_tags, t.permissions, t.created_at,
    t.expires_at, t.last_used_at, t.last_used_from
"""
_PRESENTED = f"""
    SELECT t.id AS token_id, t.role AS token_role, t.scope_environments AS token_environments,
        t.scope_tags AS token_tags, t.permissions, t.expires_at, t.last_used_at, {USER_COLUMNS}
    FROM api_tokens t JOIN users u ON u.id = t.user_id WHERE {{}} = $1
"""  # noqa: S608 - constant


async def add(connection: Connection, user_id: int, token_hash: bytes, new: NewApiToken, now: datetime) -> ApiToken:
    """Keep a new token; those that expired long ago are cleared at the same time."""
    await connection.execute("DELETE FROM api_tokens WHERE expires_at < $1", now - _KEPT_EXPIRED)
    row = await connection.fetchrow(
        f"""
        WITH t AS (
            INSERT INTO api_tokens
                (user_id, token_hash, name, role, scope_environments, scope_tags, permissions, created_at, expires_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING *
        )
        SELECT {_COLUMNS} FROM t JOIN users u ON u.id = t.user_id
        """,  # noqa: S608 - constant
        user_id, token_hash, new.name, new.role, sorted(new.scope.environments), sorted(new.scope.tags),
        sorted(new.permissions), now, new.expires_at,
    )  # fmt: skip
    return _token(row)


async def count(connection: Connection, user_id: int) -> int:
    """Return how many tokens a user has; nobody adds one to them until this transaction ends."""
    await connection.execute("SELECT FROM users WHERE id = $1 FOR NO KEY UPDATE", user_id)
    number: int = await connection.fetchval("SELECT count(*) FROM api_tokens WHERE user_id = $1", user_id)
    return number


async def find(connection: Connection, token_hash: bytes) -> PresentedToken | None:
    """Return the token with this hash."""
    return _presented(await connection.fetchrow(_PRESENTED.format("t.token_hash"), token_hash))


async def find_by_id(connection: Connection, token_id: int) -> PresentedToken | None:
    """Return the token of this number."""
    return _presented(await connection.fetchrow(_PRESENTED.format("t.id"), token_id))


async def get(connection: Connection, token_id: int) -> ApiToken | None:
    """Return a token."""
    row = await connection.fetchrow(
        f"SELECT {_COLUMNS} FROM api_tokens t JOIN users u ON u.id = t.user_id WHERE t.id = $1",  # noqa: S608 - constant
        token_id,
    )
    return None if row is None else _token(row)


async def listed(connection: Connection, user_id: int | None) -> list[ApiToken]:
    """Return the tokens of a user, or of all, the newest first; expired ones for a month."""
    rows = await connection.fetch(
        f"""
        SELECT {_COLUMNS} FROM api_tokens t JOIN users u ON u.id = t.user_id
        WHERE $1::bigint IS NULL OR t.user_id = $1 ORDER BY t.id DESC LIMIT 10000
        """,  # noqa: S608 - constant
        user_id,
    )
    return [_token(row) for row in rows]


async def used(connection: Connection, token_id: int, now: datetime, address: str) -> None:
    """Note that a token is in use."""
    await connection.execute(
        "UPDATE api_tokens SET last_used_at = $2, last_used_from = $3 WHERE id = $1", token_id, now, address
    )


async def remove(connection: Connection, token_id: int) -> bool:
    """Remove a token; False when there is none."""
    done: int | None = await connection.fetchval("DELETE FROM api_tokens WHERE id = $1 RETURNING id", token_id)
    return done is not None


def _presented(row: Any) -> PresentedToken | None:  # noqa: ANN401 - asyncpg's Record has no types
    if row is None:
        return None
    return PresentedToken(
        use=TokenUse(row["token_id"], _permissions(row)),
        role=Role(row["token_role"]),
        scope=Scope(frozenset(row["token_environments"]), frozenset(row["token_tags"])),
        expires_at=row["expires_at"],
        last_used_at=row["last_used_at"],
        maker=user_of(row),
    )


def _token(row: Any) -> ApiToken:  # noqa: ANN401
    return ApiToken(
        id=row["id"],
        user_id=row["user_id"],
        username=row["username"],
        name=row["name"],
        role=Role(row["role"]),
        scope=scope_of(row),
        permissions=_permissions(row),
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        last_used_at=row["last_used_at"],
        last_used_from=row["last_used_from"],
    )


def _permissions(row: Any) -> frozenset[Permission]:  # noqa: ANN401
    return frozenset(Permission(one) for one in row["permissions"])
