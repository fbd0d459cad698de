"""Users: who may log in."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from opsentrix.db import Connection
from opsentrix.model.users import Account, Role, Scope, User

USER_COLUMNS = "u.id, u.username, u.role, u.disabled, u.created_at, u.scope_environments, u.scope_tags"
"""What `user_of` needs, of users as `u`."""


async def count(connection: Connection) -> int:
    """Return how many users there are."""
    number: int = await connection.fetchval("SELECT count(*) FROM users")
    return number


async def add(connection: Connection, username: str, password_hash: str | None, role: Role) -> int | None:
    """Add a user and return its id, or None when the name is taken, whatever its case."""
    new: int | None = await connection.fetchval(
        "INSERT INTO users (username, password_hash, role) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING id",
        username, password_hash, role,
    )  # fmt: skip
    return new


async def with_password(connection: Connection, username: str) -> tuple[User, str | None, bool] | None:
    """Return a user by name, whatever its case, with the hash of the password and whether there is a second factor."""
    row = await connection.fetchrow(
        f"""
        SELECT {USER_COLUMNS}, u.password_hash, t.user_id IS NOT NULL AS totp
        FROM users u LEFT JOIN user_totp t ON t.user_id = u.id AND t.confirmed_at IS NOT NULL
        WHERE lower(u.username) = lower($1)
        """,  # noqa: S608 - constant
        username,
    )
    return None if row is None else (user_of(row), row["password_hash"], row["totp"])


async def known(connection: Connection, usernames: Collection[str]) -> set[str]:
    """Return which of these names are users', in lower case."""
    rows = await connection.fetch(
        "SELECT lower(username) AS name FROM users WHERE lower(username) = ANY ($1)",
        [name.lower() for name in usernames],
    )
    return {row["name"] for row in rows}


async def find(connection: Connection, user_id: int) -> User | None:
    """Return a user, locked until the transaction ends."""
    row = await connection.fetchrow(
        f"SELECT {USER_COLUMNS} FROM users u WHERE u.id = $1 FOR NO KEY UPDATE",  # noqa: S608 - constant
        user_id,
    )
    return None if row is None else user_of(row)


async def get(connection: Connection, user_id: int) -> User | None:
    """Return a user."""
    row = await connection.fetchrow(f"SELECT {USER_COLUMNS} FROM users u WHERE u.id = $1", user_id)  # noqa: S608 - constant
    return None if row is None else user_of(row)


async def accounts(connection: Connection, now: datetime, limit: int) -> list[Account]:
    """Return users as admins see them, by name."""
    rows = await connection.fetch(
        f"""
        SELECT {USER_COLUMNS}, u.password_hash IS NOT NULL AS has_password, u.last_login_at,
            EXISTS (SELECT 1 FROM user_identities i WHERE i.user_id = u.id) AS has_identity,
            t.user_id IS NOT NULL AS totp, l.expires_at AS link_expires_at,
            (SELECT count(*) FROM user_sessions s WHERE s.user_id = u.id AND s.expires_at > $1) AS sessions
        FROM users u
        LEFT JOIN user_totp t ON t.user_id = u.id AND t.confirmed_at IS NOT NULL
        LEFT JOIN password_links l ON l.user_id = u.id AND l.expires_at > $1
        ORDER BY lower(u.username) LIMIT $2
        """,  # noqa: S608 - constant
        now, limit,
    )  # fmt: skip
    return [
        Account(
            user_of(row), row["has_password"], row["totp"], row["sessions"], row["last_login_at"],
            row["link_expires_at"], row["has_identity"],
        )
        for row in rows
    ]  # fmt: skip


async def lock(connection: Connection) -> None:
    """Let nobody else change users until the transaction ends: two admins must not demote each other at once."""
    await connection.execute("LOCK TABLE users IN SHARE ROW EXCLUSIVE MODE")


async def other_admins(connection: Connection, user_id: int) -> int:
    """Return how many others could run the hub: enabled admins of all agents, with a password."""
    number: int = await connection.fetchval(
        """
        SELECT count(*) FROM users
        WHERE role = 'admin' AND NOT disabled AND password_hash IS NOT NULL AND id <> $1
            AND scope_environments = '{}' AND scope_tags = '{}'
        """,
        user_id,
    )
    return number


async def set_role(connection: Connection, user_id: int, role: Role) -> None:
    """Give a user a role."""
    await connection.execute("UPDATE users SET role = $2 WHERE id = $1", user_id, role)


async def set_disabled(connection: Connection, user_id: int, *, disabled: bool) -> None:
    """Lock a user out, or let them in again."""
    await connection.execute("UPDATE users SET disabled = $2 WHERE id = $1", user_id, disabled)


async def remove(connection: Connection, user_id: int) -> None:
    """Delete a user with sessions, factors and tokens."""
    await connection.execute("DELETE FROM users WHERE id = $1", user_id)


async def password_hash_of(connection: Connection, user_id: int) -> str | None:
    """Return the hash of a user's password, or None when there is none."""
    found: str | None = await connection.fetchval("SELECT password_hash FROM users WHERE id = $1", user_id)
    return found


async def set_password(connection: Connection, user_id: int, password_hash: str) -> None:
    """Set a user's password; links that would set another one are worth nothing any more."""
    await connection.execute("UPDATE users SET password_hash = $2 WHERE id = $1", user_id, password_hash)
    await connection.execute("DELETE FROM password_links WHERE user_id = $1", user_id)


async def note_login(connection: Connection, user_id: int, now: datetime) -> None:
    """Note that a user logged in."""
    await connection.execute("UPDATE users SET last_login_at = $2 WHERE id = $1", user_id, now)


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


def user_of(row: Any) -> User:  # noqa: ANN401
    """Return the user of a row with `USER_COLUMNS`."""
    return User(
        row["id"], row["username"], Role(row["role"]), row["disabled"], row["created_at"], scope_of(row)
    )  # fmt: skip


def scope_of(row: Any) -> Scope:  # noqa: ANN401
    """Return the scope of a row with `scope_environments` and `scope_tags`."""
    return Scope(frozenset(row["scope_environments"]), frozenset(row["scope_tags"]))
