"""Partitions are made ahead of time, and dropped when all that they hold is older than what is kept."""

from opsentrix import log
from opsentrix.db import Database
from opsentrix.model.frames import DAY_MS
from opsentrix.storage import partitions

_AHEAD_DAYS = 2
_log = log.get(__name__)


async def run_once(database: Database, now: float, retention_days: int) -> None:
    """Make the partitions of today and the next days, and drop those before the retention.

    Args:
        database: the hub's.
        now: Unix time in seconds.
        retention_days: how many days of 1-second data are kept.
    """
    today = int(now * 1000) // DAY_MS
    async with database.connection() as connection:
        await partitions.ensure(connection, range(today, today + _AHEAD_DAYS + 1))
        dropped = await partitions.drop_before(connection, today - retention_days)
    if dropped:
        _log.info("dropped partitions older than the retention", partitions=dropped, days=retention_days)
