"""Recordings that are too old, or for which there is no more room, go."""

from datetime import UTC, datetime, timedelta

from opsentrix import log, selfmetrics
from opsentrix.db import Database
from opsentrix.storage import recordings

_log = log.get(__name__)


async def run_once(database: Database, now: float, days: int, max_bytes: int) -> None:
    """Remove recordings, the oldest first.

    Args:
        database: the hub's.
        now: Unix time in seconds.
        days: how long they are kept.
        max_bytes: what all of them together may hold.
    """
    async with database.transaction() as connection:
        old = await recordings.remove_older(connection, datetime.fromtimestamp(now, UTC) - timedelta(days=days))
        beyond = await recordings.remove_beyond(connection, max_bytes)
    selfmetrics.REMOVED_RECORDINGS.labels("age").inc(old)
    selfmetrics.REMOVED_RECORDINGS.labels("room").inc(beyond)
    if old or beyond:
        _log.info("removed recordings", too_old=old, beyond_room=beyond)
