"""People's open sessions, and logins that wait for their second factor. Tokens are kept as hashes."""

from datetime import datetime, timedelta
from typing import Any

from opsentrix.db import Connection
from opsentrix.model.users import Login, SessionInfo, User
from opsentrix.storage import push
from opsentrix.storage.users import USER_COLUMNS, user_of

_LOGIN = f"""
    SELECT s.id AS session_id, s.expires_at, s.last_seen_at, s.method, s.proven_at, s.rotated_at,
        {{current}} AS current, s.previous_hash IS NOT NULL AND s.previous_until IS NULL AS unconfirmed,
        t.user_id IS NOT NULL AS totp, {USER_COLUMNS}
    FROM user_sessions s JOIN users u ON u.id = s.user_id
    LEFT JOIN user_totp t ON t.user_id = u.id AND t.confirmed_at IS NOT NULL
    WHERE s.expires_at > $2 AND NOT u.disabled AND {{which}}
"""  # noqa: S608 - constant
_BY_TOKEN = _LOGIN.format(
    current="s.token_hash = $1",
    which="(s.token_hash = $1 OR s.previous_hash = $1 AND (s.previous_until IS NULL OR s.previous_until > $2))",
)
_BY_ID = _LOGIN.format(current="true", which="s.id = $1")


async def add(
    connection: Connection,
    user_id: int,
    token_hash: bytes,
    now: datetime,
    expires_at: datetime,
    method: str,
    address: str,
    user_agent: str,
) -> int:
    """Keep a new session and return its id; sessions that are over are cleared at the same time."""
    await connection.execute("DELETE FROM user_sessions WHERE expires_at < $1", now)
    new: int = await connection.fetchval(
        """
        INSERT INTO user_sessions
            (user_id, token_hash, created_at, last_seen_at, proven_at, rotated_at, expires_at, method, address,
            user_agent)
        VALUES ($1, $2, $3, $3, $3, $3, $4, $5, $6, $7) RETURNING id
        """,
        user_id, token_hash, now, expires_at, method, address, user_agent,
    )  # fmt: skip
    return new


async def by_token(connection: Connection, token_hash: bytes, now: datetime) -> Login | None:
    """Return the session of a token, unless it is over or its user is disabled."""
    return _login(await connection.fetchrow(_BY_TOKEN, token_hash, now))


async def by_id(connection: Connection, session_id: int, now: datetime) -> Login | None:
    """Return a session, unless it is over or its user is disabled."""
    return _login(await connection.fetchrow(_BY_ID, session_id, now))


async def confirm_token(connection: Connection, session_id: int, token_hash: bytes, previous_until: datetime) -> None:
    """Note that the newest token has arrived: the one before is good for a moment longer only."""
    await connection.execute(
        "UPDATE user_sessions SET previous_until = $3"
        " WHERE id = $1 AND token_hash = $2 AND previous_hash IS NOT NULL AND previous_until IS NULL",
        session_id, token_hash, previous_until,
    )  # fmt: skip


async def extend(connection: Connection, login: Login, now: datetime, expires_at: datetime) -> bool:
    """Note that a session is in use; False when another request did so since it was read."""
    done: int | None = await connection.fetchval(
        "UPDATE user_sessions SET last_seen_at = $3, expires_at = $4 WHERE id = $1 AND last_seen_at = $2 RETURNING id",
        login.session_id, login.last_seen_at, now, expires_at,
    )  # fmt: skip
    return done is not None


async def rotate(connection: Connection, login: Login, token_hash: bytes, now: datetime, expires_at: datetime) -> bool:
    """Give a session a new token; the one before stays good until the new one is used.

    A new token that nobody has used is replaced, so that what the browser has stays good.

    Returns:
        False when another request did so since the session was read.
    """
    done: int | None = await connection.fetchval(
        """
        UPDATE user_sessions SET
            previous_hash = CASE
                WHEN previous_until IS NULL THEN coalesce(previous_hash, token_hash) ELSE token_hash
            END,
            previous_until = NULL, token_hash = $3, rotated_at = $4, last_seen_at = $4, expires_at = $5
        WHERE id = $1 AND rotated_at = $2 RETURNING id
        """,
        login.session_id, login.rotated_at, token_hash, now, expires_at,
    )  # fmt: skip
    return done is not None


async def prove(connection: Connection, session_id: int, now: datetime) -> None:
    """Note that the owner of a session proved again to be themselves."""
    await connection.execute("UPDATE user_sessions SET proven_at = $2 WHERE id = $1", session_id, now)


async def rotate_soon(connection: Connection, user_id: int) -> None:
    """Let all sessions of a user change their tokens when they are used next."""
    await connection.execute(
        "UPDATE user_sessions SET rotated_at = created_at - interval '1 day' WHERE user_id = $1", user_id
    )


async def listed(connection: Connection, user_id: int, now: datetime) -> list[SessionInfo]:
    """Return a user's open sessions, the one used last first."""
    rows = await connection.fetch(
        "SELECT id, method, address, user_agent, created_at, last_seen_at, expires_at FROM user_sessions"
        " WHERE user_id = $1 AND expires_at > $2 ORDER BY last_seen_at DESC, id DESC LIMIT 200",
        user_id, now,
    )  # fmt: skip
    return [SessionInfo(**dict(row)) for row in rows]


async def any_from(connection: Connection, user_id: int, address: str) -> bool:
    """Return whether a user has a session that began at this address."""
    found: bool = await connection.fetchval(
        "SELECT EXISTS (SELECT 1 FROM user_sessions WHERE user_id = $1 AND address = $2)", user_id, address
    )
    return found


async def end(connection: Connection, user_id: int, session_id: int) -> bool:
    """End one session of a user, and what its browser is pushed; False when there is none of this id."""
    await push.remove_of_sessions(connection, user_id, only=session_id, but=None)
    done: int | None = await connection.fetchval(
        "DELETE FROM user_sessions WHERE id = $2 AND user_id = $1 RETURNING id", user_id, session_id
    )
    return done is not None


async def end_all(connection: Connection, user_id: int, but: int | None = None) -> int:
    """End a user's sessions but one, pushes to their browsers, and logins that wait for their second factor.

    Returns:
        How many sessions.
    """
    await push.remove_of_sessions(connection, user_id, only=None, but=but)
    await connection.execute("DELETE FROM login_challenges WHERE user_id = $1", user_id)
    done = await connection.execute(
        "DELETE FROM user_sessions WHERE user_id = $1 AND id <> coalesce($2, 0)", user_id, but
    )
    return int(done.split()[-1])


async def add_challenge(
    connection: Connection, user_id: int, token_hash: bytes, now: datetime, lifetime: timedelta, kept: int
) -> None:
    """Keep a login that waits for its second factor; of a user the newest so many are kept."""
    await connection.execute("DELETE FROM login_challenges WHERE expires_at < $1", now)
    await connection.execute(
        """
        DELETE FROM login_challenges WHERE token_hash IN (
            SELECT token_hash FROM login_challenges WHERE user_id = $1 ORDER BY expires_at DESC OFFSET $2
        )
        """,
        user_id, kept - 1,
    )  # fmt: skip
    await connection.execute(
        "INSERT INTO login_challenges (user_id, token_hash, expires_at) VALUES ($1, $2, $3)",
        user_id, token_hash, now + lifetime,
    )  # fmt: skip


async def try_challenge(connection: Connection, token_hash: bytes, now: datetime, max_tries: int) -> User | None:
    """Count a try of the second factor and return whose login it is; None when it is over or was tried too often."""
    row = await connection.fetchrow(
        f"""
        UPDATE login_challenges c SET tries = tries + 1 FROM users u
        WHERE c.token_hash = $1 AND c.expires_at > $2 AND c.tries < $3 AND u.id = c.user_id AND NOT u.disabled
        RETURNING {USER_COLUMNS}
        """,  # noqa: S608 - constant
        token_hash, now, max_tries,
    )  # fmt: skip
    return None if row is None else user_of(row)


async def end_challenge(connection: Connection, token_hash: bytes) -> bool:
    """Forget a login that waited for its second factor; False when another request took it."""
    done: bytes | None = await connection.fetchval(
        "DELETE FROM login_challenges WHERE token_hash = $1 RETURNING token_hash", token_hash
    )
    return done is not None


def _login(row: Any) -> Login | None:  # noqa: ANN401 - asyncpg's Record has no types
    if row is None:
        return None
    return Login(
        row["session_id"], user_of(row), row["expires_at"], row["last_seen_at"], row["method"], row["proven_at"],
        row["rotated_at"], row["current"], row["unconfirmed"], row["totp"],
    )  # fmt: skip
