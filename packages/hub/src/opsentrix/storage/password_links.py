"""Links by which people set their password: invitations and resets, one for each user, kept as hashes."""

from datetime import datetime

from opsentrix.db import Connection
from opsentrix.model.users import User
from opsentrix.storage.users import USER_COLUMNS, user_of


async def put(connection: Connection, user_id: int, token_hash: bytes, expires_at: datetime) -> None:
    """Keep a link in place of the one before."""
    await connection.execute(
        "INSERT INTO password_links (user_id, token_hash, expires_at) VALUES ($1, $2, $3)"
        " ON CONFLICT (user_id) DO UPDATE SET token_hash = excluded.token_hash, expires_at = excluded.expires_at",
        user_id, token_hash, expires_at,
    )  # fmt: skip


async def find(connection: Connection, token_hash: bytes, now: datetime) -> tuple[User, bool, datetime] | None:
    """Return whose link it is, whether they have a password already, and when it expires, locked for the while."""
    row = await connection.fetchrow(
        f"""
        SELECT {USER_COLUMNS}, u.password_hash IS NOT NULL AS has_password, l.expires_at
        FROM password_links l JOIN users u ON u.id = l.user_id
        WHERE l.token_hash = $1 AND l.expires_at > $2 AND NOT u.disabled
        FOR UPDATE OF l, u
        """,  # noqa: S608 - constant
        token_hash, now,
    )  # fmt: skip
    return None if row is None else (user_of(row), row["has_password"], row["expires_at"])
