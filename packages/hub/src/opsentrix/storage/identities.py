"""Who people are at an OpenID Connect provider, and which logins there were used up."""

from datetime import datetime
from typing import Any

from opsentrix.db import Connection
from opsentrix.model.identities import Claimed, Identity

_COLUMNS = "id, user_id, issuer, label, gives_role, created_at, last_login_at"


async def find(connection: Connection, issuer: str, subject: str) -> Identity | None:
    """Return the account that a provider's somebody is tied to, locked until the transaction ends."""
    return _identity(
        await connection.fetchrow(
            f"SELECT {_COLUMNS} FROM user_identities"  # noqa: S608 - constant
            " WHERE issuer = $1 AND subject = $2 FOR NO KEY UPDATE",
            issuer, subject,
        )
    )  # fmt: skip


async def of_user(connection: Connection, user_id: int) -> list[Identity]:
    """Return what an account is tied to."""
    rows = await connection.fetch(
        f"SELECT {_COLUMNS} FROM user_identities WHERE user_id = $1 ORDER BY id",  # noqa: S608 - constant
        user_id,
    )
    return [Identity(**dict(row)) for row in rows]


async def add(connection: Connection, user_id: int, who: Claimed, now: datetime, *, gives_role: bool) -> bool:
    """Tie a provider's somebody to an account; False when either is tied already."""
    new: int | None = await connection.fetchval(
        """
        INSERT INTO user_identities (user_id, issuer, subject, label, gives_role, created_at)
        VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING RETURNING id
        """,
        user_id, who.issuer, who.subject, who.label, gives_role, now,
    )  # fmt: skip
    return new is not None


async def note_login(connection: Connection, identity_id: int, label: str, now: datetime) -> None:
    """Note that somebody came from the provider, and what it calls them now."""
    await connection.execute(
        "UPDATE user_identities SET label = $2, last_login_at = $3 WHERE id = $1", identity_id, label, now
    )


async def remove(connection: Connection, user_id: int, identity_id: int) -> Identity | None:
    """Untie an account from a provider's somebody; return what it was tied to, or None when there was no such tie."""
    return _identity(
        await connection.fetchrow(
            f"DELETE FROM user_identities WHERE id = $1 AND user_id = $2 RETURNING {_COLUMNS}",  # noqa: S608 - constant
            identity_id, user_id,
        )
    )  # fmt: skip


async def use_state(connection: Connection, state_hash: bytes, now: datetime, expires_at: datetime) -> bool:
    """Use a login up; False when it was used before. Those too old to come again are cleared at the same time."""
    await connection.execute("DELETE FROM used_oidc_states WHERE expires_at < $1", now)
    new: bytes | None = await connection.fetchval(
        "INSERT INTO used_oidc_states (state_hash, expires_at) VALUES ($1, $2) ON CONFLICT DO NOTHING"
        " RETURNING state_hash",
        state_hash, expires_at,
    )  # fmt: skip
    return new is not None


def _identity(row: Any) -> Identity | None:  # noqa: ANN401 - asyncpg's Record has no types
    return None if row is None else Identity(**dict(row))
