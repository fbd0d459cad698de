"""Users and their sessions."""

from datetime import datetime

from opsentrix.db import Connection
from opsentrix.model.users import Login, Role, User


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
        "SELECT id, username, role, disabled, created_at, password_hash FROM users WHERE username = $1", username
    )
    if row is None:
        return None
    return User(row["id"], row["username"], Role(row["role"]), row["disabled"], row["created_at"]), row["password_hash"]


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
    row = await connection.fetchrow(
        """
        SELECT s.id AS session_id, s.expires_at, s.last_seen_at, u.id, u.username, u.role, u.disabled, u.created_at
        FROM user_sessions s JOIN users u ON u.id = s.user_id
        WHERE s.token_hash = $1 AND s.expires_at > $2 AND NOT u.disabled
        """,
        token_hash, now,
    )  # fmt: skip
    if row is None:
        return None
    user = User(row["id"], row["username"], Role(row["role"]), row["disabled"], row["created_at"])
    return Login(row["session_id"], user, row["expires_at"], row["last_seen_at"])


async def extend_session(connection: Connection, session_id: int, now: datetime, expires_at: datetime) -> None:
    """Note that a session is in use."""
    await connection.execute(
        "UPDATE user_sessions SET last_seen_at = $2, expires_at = $3 WHERE id = $1", session_id, now, expires_at
    )


async def close_session(connection: Connection, token_hash: bytes) -> str | None:
    """End a session and return its user's name, or None when there is no such session."""
    username: str | None = await connection.fetchval(
        "DELETE FROM user_sessions s USING users u WHERE token_hash = $1 AND u.id = s.user_id RETURNING username",
        token_hash,
    )
    return username
