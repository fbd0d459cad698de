"""Browsers to which people are pushed notifications, and the key pair that says who sends (VAPID)."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from opsentrix.db import Connection
from opsentrix.model.push import NewSubscription, Subscription
from opsentrix.storage.users import scope_of

_OWNER = "u.username, u.scope_environments, u.scope_tags"
_SELECT = f"SELECT p.*, {_OWNER} FROM push_subscriptions p JOIN users u ON u.id = p.user_id"  # noqa: S608 - constant


async def key(connection: Connection) -> tuple[bytes, bytes] | None:
    """Return the public key (65 bytes, uncompressed point) and the sealed private one; None before there is one."""
    row = await connection.fetchrow("SELECT public, sealed FROM push_keys")
    return None if row is None else (row["public"], row["sealed"])


async def add_key(connection: Connection, public: bytes, sealed: bytes, now: datetime) -> None:
    """Keep the key pair, unless another process did."""
    await connection.execute(
        "INSERT INTO push_keys (public, sealed, created_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        public, sealed, now,
    )  # fmt: skip


async def of_user(connection: Connection, user_id: int) -> list[Subscription]:
    """Return somebody's browsers, the newest first."""
    rows = await connection.fetch(f"{_SELECT} WHERE p.user_id = $1 ORDER BY p.id DESC", user_id)
    return [_subscription(row) for row in rows]


async def of_people(connection: Connection, usernames: Collection[str]) -> list[Subscription]:
    """Return the browsers of people by their names, whatever the case; none of who is disabled."""
    rows = await connection.fetch(
        f"{_SELECT} WHERE lower(u.username) = ANY ($1) AND NOT u.disabled ORDER BY lower(u.username), p.id",
        [name.lower() for name in usernames],
    )
    return [_subscription(row) for row in rows]


async def put(connection: Connection, new: NewSubscription, now: datetime, most: int) -> int | None:
    """Keep a browser and return its id; one that is known is whoever's now subscribes. None: they have too many.

    Args:
        connection: inside a transaction.
        new: the browser.
        now: the moment.
        most: how many somebody may have.
    """
    # Two requests at once must not both be the last that fits.
    await connection.execute("SELECT FROM users WHERE id = $1 FOR NO KEY UPDATE", new.user_id)
    others: int = await connection.fetchval(
        "SELECT count(*) FROM push_subscriptions WHERE user_id = $1 AND endpoint_hash <> $2",
        new.user_id, new.endpoint_hash,
    )  # fmt: skip
    if others >= most:
        return None
    made: int = await connection.fetchval(
        """
        INSERT INTO push_subscriptions
            (user_id, session_id, endpoint_hash, service, sealed, user_agent, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (endpoint_hash) DO UPDATE SET user_id = excluded.user_id, session_id = excluded.session_id,
            sealed = excluded.sealed, user_agent = excluded.user_agent, failures = 0, last_error = ''
        RETURNING id
        """,
        new.user_id, new.session_id, new.endpoint_hash, new.service, new.sealed, new.user_agent, now,
    )  # fmt: skip
    return made


async def remove(connection: Connection, user_id: int, subscription_id: int) -> Subscription | None:
    """Forget a browser of somebody and return it; None when they have none of this id."""
    row = await connection.fetchrow(
        f"""
        DELETE FROM push_subscriptions p USING users u WHERE p.id = $2 AND p.user_id = $1 AND u.id = p.user_id
        RETURNING p.*, {_OWNER}
        """,  # noqa: S608 - constant
        user_id, subscription_id,
    )  # fmt: skip
    return None if row is None else _subscription(row)


async def remove_gone(connection: Connection, ids: Sequence[int]) -> None:
    """Forget browsers of which their push service says that they are gone."""
    await connection.execute("DELETE FROM push_subscriptions WHERE id = ANY ($1)", ids)


async def remove_of_sessions(connection: Connection, user_id: int, *, only: int | None, but: int | None) -> None:
    """Forget the browsers that somebody subscribed by sessions that are about to be ended.

    Args:
        connection: inside the transaction that ends them.
        user_id: whose.
        only: of this session only; else of all, those included whose session ran out before.
        but: not of this session.
    """
    await connection.execute(
        "DELETE FROM push_subscriptions WHERE user_id = $1 AND ($2::bigint IS NULL OR session_id = $2)"
        " AND ($3::bigint IS NULL OR session_id IS DISTINCT FROM $3)",
        user_id, only, but,
    )  # fmt: skip


async def take_test(
    connection: Connection, user_id: int, subscription_id: int, now: datetime, pause: timedelta
) -> bool:
    """Note that somebody tests a browser; False when they did so less than a pause ago, or have none of this id."""
    done: int | None = await connection.fetchval(
        "UPDATE push_subscriptions SET tested_at = $3 WHERE id = $2 AND user_id = $1"
        " AND (tested_at IS NULL OR tested_at <= $3::timestamptz - $4::interval) RETURNING id",
        user_id, subscription_id, now, pause,
    )  # fmt: skip
    return done is not None


async def delivered(connection: Connection, ids: Sequence[int], now: datetime) -> None:
    """Note that push services took messages for browsers."""
    await connection.execute(
        "UPDATE push_subscriptions SET last_delivered_at = $2, failures = 0, last_error = '' WHERE id = ANY ($1)",
        ids, now,
    )  # fmt: skip


async def failed(connection: Connection, subscription_id: int, error: str) -> None:
    """Note that a push service did not take a message for a browser."""
    await connection.execute(
        "UPDATE push_subscriptions SET failures = failures + 1, last_error = $2 WHERE id = $1", subscription_id, error
    )


def _subscription(row: Any) -> Subscription:  # noqa: ANN401 - a record of the driver
    return Subscription(
        row["id"], row["user_id"], row["username"], scope_of(row), row["endpoint_hash"], row["service"], row["sealed"],
        row["user_agent"], row["created_at"], row["last_delivered_at"], row["failures"], row["last_error"],
    )  # fmt: skip
