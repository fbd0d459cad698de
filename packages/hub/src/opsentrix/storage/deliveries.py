"""Deliveries: claimed by whoever sends, and the proof of each try. An incident's order is kept."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from opsentrix.db import Connection
from opsentrix.model.notifications import Attempt, Delivery, Notice

_COLUMNS = """
    d.id, d.channel_id, d.incident_id, d.tries, d.created_at, d.notification_id IS NULL AS bundle, d.digest, d.why
"""


def _reached(moment: str, now: str) -> str:
    """Return SQL that says whether a moment has come.

    No pause and no lease is as long as ten minutes: what lies further ahead was written by a clock that was set back
    since, and nothing waits until that clock comes round again.
    """
    return f"({moment} <= {now} OR {moment} > {now}::timestamptz + interval '10 minutes')"


_DUE = f"CASE WHEN d.digest THEN d.due_at <= {{now}} ELSE {_reached('d.due_at', '{now}')} END"


async def waiting_channels(connection: Connection, now: datetime) -> list[int]:
    """Return the channels that have something due and may be tried now."""
    rows = await connection.fetch(
        f"""
        SELECT c.id FROM channels c
        WHERE c.enabled AND (c.retry_at IS NULL OR {_reached("c.retry_at", "$1")}) AND EXISTS (
            SELECT FROM notification_deliveries d WHERE d.channel_id = c.id AND (
                (d.state = 'pending' AND {_DUE.format(now="$1")})
                OR (d.state = 'sending' AND {_reached("d.lease_until", "$1")})))
        ORDER BY c.id
        """,  # noqa: S608 - columns of ours
        now,
    )
    return [row["id"] for row in rows]


async def release_expired(connection: Connection, channel_id: int, now: datetime) -> int:
    """Take back what a hub was sending when it died; return how many that were."""
    done = await connection.execute(
        f"""
        UPDATE notification_deliveries SET state = 'pending', lease_until = NULL
        WHERE channel_id = $1 AND state = 'sending' AND {_reached("lease_until", "$2")}
        """,  # noqa: S608 - a column of ours
        channel_id, now,
    )  # fmt: skip
    return int(done.split()[-1])


async def load(connection: Connection, channel_id: int, now: datetime) -> tuple[int, int]:
    """Return what is on its way to a channel now, and how many tries of the last minute count for its cap.

    Tries of more than a minute ahead do not count: the clock was set back since.
    """
    row = await connection.fetchrow(
        """
        SELECT (SELECT count(*) FROM notification_deliveries WHERE channel_id = $1 AND state = 'sending') AS flying,
            (SELECT count(*) FROM notification_attempts
             WHERE channel_id = $1 AND started_at > $2::timestamptz - interval '1 minute'
                AND started_at < $2::timestamptz + interval '1 minute' AND ok IS NOT false) AS recent
        """,
        channel_id, now,
    )  # fmt: skip
    return (row["flying"], row["recent"]) if row else (0, 0)


async def due(connection: Connection, channel_id: int, now: datetime, limit: int) -> list[Delivery]:
    """Return what may be sent now, in the order of ids: nothing whose incident has something earlier on its way."""
    # One pass over what is open: a join with itself would be quadratic while a burst has not been analysed yet.
    rows = await connection.fetch(
        f"""
        SELECT {_COLUMNS} FROM (
            SELECT d.*, min(id) FILTER (WHERE state <> 'pending' OR NOT ({_DUE.format(now="$2")}))
                OVER (PARTITION BY incident_id) AS before
            FROM notification_deliveries d WHERE channel_id = $1 AND state IN ('pending', 'sending', 'bundled')
        ) d
        WHERE d.state = 'pending' AND {_DUE.format(now="$2")}
            AND (d.incident_id IS NULL OR d.before IS NULL OR d.before > d.id)
        ORDER BY d.id LIMIT $3
        """,  # noqa: S608 - columns of ours
        channel_id, now, limit,
    )  # fmt: skip
    return [_delivery(row) for row in rows]


async def notices(connection: Connection, one: Delivery) -> list[Notice]:
    """Return what a delivery tells of, in order: several when it is a bundle."""
    rows = await connection.fetch(
        "SELECT n.notice FROM notification_deliveries d JOIN notifications n ON n.id = d.notification_id"
        " WHERE d.id = $1 OR d.bundle_id = $1 ORDER BY d.id",
        one.id,
    )
    return [Notice.from_json(row["notice"]) for row in rows]


async def bundle(connection: Connection, channel_id: int, parts: Sequence[int], why: str, now: datetime) -> Delivery:
    """Make one delivery of several, which go with it."""
    row = await connection.fetchrow(
        "INSERT INTO notification_deliveries (channel_id, channel, why, created_at, due_at)"
        " SELECT id, name, $2, $3, $3 FROM channels WHERE id = $1 RETURNING id",
        channel_id, why, now,
    )  # fmt: skip
    if row is None:
        raise AssertionError("the caller holds the channel's row")
    await connection.execute(
        "UPDATE notification_deliveries SET state = 'bundled', bundle_id = $2 WHERE id = ANY ($1)", parts, row["id"]
    )
    return Delivery(row["id"], channel_id, None, 0, now, bundle=True, why=why)


async def begin(connection: Connection, delivery_id: int, now: datetime, lease: timedelta) -> int:
    """Note that a try begins; return the attempt's id.

    Until the lease ends nobody else takes the delivery; after it, whoever sends next does.
    """
    attempt: int = await connection.fetchval(
        """
        WITH begun AS (
            UPDATE notification_deliveries
            SET state = 'sending', tries = tries + 1, lease_until = $2::timestamptz + $3::interval
            WHERE id = $1 RETURNING id, channel_id
        )
        INSERT INTO notification_attempts (delivery_id, channel_id, started_at)
        SELECT id, channel_id, $2 FROM begun RETURNING id
        """,
        delivery_id, now, lease,
    )  # fmt: skip
    return attempt


async def finish(connection: Connection, attempt_id: int, proof: Attempt) -> None:
    """Note how a try ended."""
    await connection.execute(
        "UPDATE notification_attempts SET finished_at = $2, ok = $3, status = $4, answer = $5, duration_ms = $6"
        " WHERE id = $1",
        attempt_id, proof.finished_at, proof.ok, proof.status, proof.answer, proof.duration_ms,
    )  # fmt: skip


async def settle(connection: Connection, one: Delivery, state: str, now: datetime, due_at: datetime) -> None:
    """Note what becomes of a delivery after a try, and of all that goes with it.

    Args:
        connection: inside the transaction that notes the try.
        one: as it was claimed; where somebody else claimed it meanwhile, only a success counts.
        state: `sent`, `failed`, or `pending` to try again.
        now: the moment.
        due_at: when to try again.
    """
    done = await connection.execute(
        "UPDATE notification_deliveries SET state = $2, due_at = $4, lease_until = NULL,"
        " finished_at = CASE WHEN $2 = 'pending' THEN NULL ELSE $3::timestamptz END"
        " WHERE id = $1 AND state IN ('sending', 'pending') AND (tries = $5 OR $2 = 'sent')",
        one.id, state, now, due_at, one.tries,
    )  # fmt: skip
    if state != "pending" and not done.endswith(" 0"):
        await connection.execute(
            "UPDATE notification_deliveries SET state = $2, finished_at = $3 WHERE bundle_id = $1", one.id, state, now
        )


async def cancel(connection: Connection, channel_id: int, now: datetime) -> int:
    """Give up what still waits for a channel; return how many that were."""
    done = await connection.execute(
        "UPDATE notification_deliveries SET state = 'cancelled', finished_at = $2"
        " WHERE channel_id = $1 AND state IN ('pending', 'sending', 'bundled')",
        channel_id, now,
    )  # fmt: skip
    return int(done.split()[-1])


async def oldest(connection: Connection, now: datetime) -> datetime | None:
    """Return since when what should have left by now waits: a notice without a plan, or a delivery; None for nothing.

    What was tried in vain waits since it came up, all else since it was due. What is off is left out.
    """
    since: datetime | None = await connection.fetchval(
        """
        SELECT least(
            (SELECT min(created_at) FROM notifications WHERE planned_at IS NULL AND coalesce(incident_id, 1) > 0),
            (SELECT min(CASE WHEN d.tries = 0 THEN d.due_at ELSE d.created_at END)
             FROM notification_deliveries d JOIN channels c ON c.id = d.channel_id
             WHERE d.state IN ('pending', 'sending') AND c.id > 0 AND c.enabled AND (d.tries > 0 OR d.due_at <= $1)))
        """,
        now,
    )
    return since


async def waiting(connection: Connection) -> dict[int, int]:
    """Return how many deliveries wait, by channel."""
    rows = await connection.fetch(
        "SELECT channel_id, count(*) AS count FROM notification_deliveries"
        " WHERE state IN ('pending', 'sending') AND channel_id IS NOT NULL GROUP BY channel_id"
    )
    return {row["channel_id"]: row["count"] for row in rows}


def _delivery(row: Any) -> Delivery:  # noqa: ANN401 - a record of the driver
    return Delivery(**dict(row))
