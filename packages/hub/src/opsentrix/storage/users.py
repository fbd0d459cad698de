"""Users and their sessions."""

from datetime import datetime
from typing import Any

from opsentrix.db import Connection
from opsentrix.model.users import Login, Role, Scope, User

USER_COLUMNS = "u.id, u.username, u.role, u.disabled, u.created_at, u.scope_environments, u.scope_tags"
"""What `user_of` needs, of users as `u`."""
_LOGIN = f"""
    SELECT s.id AS session_id, s.expires_at, s.last_seen_at, {USER_COLUMNS}
    FROM user_sessions s JOIN users u ON u.id = s.user_id
    WHERE {{}} = $1 AND s.expires_at > $2 AND NOT u.disabled
"""  # noqa: S608 - constant


async def count(connection: Connection) -> int:
    """Return how many users there are."""
    number: int = await connection.fetchval("SELECT count(*) FROM users")
    return number


async def add(connection: Connection, username: str, password_hash: str, role: Role) -> int | None:
    """Add a user and return its id, or None when the name is taken."""
    new: int | None = await connection.fetchval(
        "INSERT INTO users (username, password_hash, role) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING id",
        username, password_hash, role,
    )  # fmt: skip
    return new


async def with_password(connection: Connection, username: str) -> tuple[User, str] | None:
    """Return a user and the hash of its password."""
    row = await connection.fetchrow(
        f"SELECT {USER_COLUMNS}, u.password_hash FROM users u WHERE u.username = $1",  # noqa: S608 - constant
        username,
    )
    return None if row is None else (user_of(row), row["password_hash"])


async def set_scope(connection: Connection, user_id: int, scope: Scope) -> tuple[str, Scope] | None:
    """Set which agents a user sees; return their name and what it was before, or None when there is no such user."""
    row = await connection.fetchrow(
        "SELECT username, scope_environments, scope_tags FROM users WHERE id = $1 FOR NO KEY UPDATE", user_id
    )
    if row is None:
        return None
    await connection.execute(
        "UPDATE users SET scope_environments = $2, scope_tags = $3 WHERE id = $1",
        user_id, sorted(scope.environments), sorted(scope.tags),
    )  # fmt: skip
    return row["username"], scope_of(row)


async def set_password(connection: Connection, username: str, password_hash: str) -> bool:
    """Set a user's password and end all its sessions; False when there is no such user."""
    user: int | None = await connection.fetchval(
        "UPDATE users SET password_hash = $2 WHERE username = $1 RETURNING id", username, password_hash
    )
    if user is None:
        return False
    await connection.execute("DELETE FROM user_sessions WHERE user_id = $1", user)
    return True


async def open_session(
    connection: Connection, user: int, token_hash: bytes, expires_at: datetime, address: str, user_agent: str
) -> None:
    """Keep a new session; sessions that are over are cleared at the same time."""
    await connection.execute("DELETE FROM user_sessions WHERE expires_at < now()")
    await connection.execute(
        "INSERT INTO user_sessions (user_id, token_hash, expires_at, address, user_agent) VALUES ($1, $2, $3, $4, $5)",
        user, token_hash, expires_at, address, user_agent,
    )  # fmt: skip


async def login_of(connection: Connection, token_hash: bytes, now: datetime) -> Login | None:
    """Return the session of a token, unless it is over or its user is disabled."""
    return _login(await connection.fetchrow(_LOGIN.format("s.token_hash"), token_hash, now))


async def login_by_id(connection: Connection, session_id: int, now: datetime) -> Login | None:
    """Return a session, unless it is over or its user is disabled."""
    return _login(await connection.fetchrow(_LOGIN.format("s.id"), session_id, now))


async def extend_session(connection: Connection, session_id: int, now: datetime, expires_at: datetime) -> None:
    """Note that a session is in use."""
    await connection.execute(
        "UPDATE user_sessions SET last_seen_at = $2, expires_at = $3 WHERE id = $1", session_id, now, expires_at
    )


async def close_session(connection: Connection, token_hash: bytes) -> None:
    """End a session."""
    await connection.execute("DELETE FROM user_sessions WHERE token_hash = $1", token_hash)


def _login(row: Any) -> Login | None:  # noqa: ANN401 - asyncpg's Record has no types
    if row is None:
        return None
    return Login(row["session_id"], user_of(row), row["expires_at"], row["last_seen_at"])


def user_of(row: Any) -> User:  # noqa: ANN401
    """Return the user of a row with `USER_COLUMNS`."""
    return User(
        row["id"], row["username"], Role(row["role"]), row["disabled"], row["created_at"], scope_of(row)
    )  # fmt: skip


def scope_of(row: Any) -> Scope:  # noqa: ANN401
    """Return the scope of a row with `scope_environments` and `scope_tags`."""
    return Scope(frozenset(row["scope_environments"]), frozenset(row["scope_tags"]))
