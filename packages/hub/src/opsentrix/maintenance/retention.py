"""Partitions are made ahead of time, and dropped when all that they hold is older than what is kept."""

from opsentrix import log
from opsentrix.db import Database
from opsentrix.model.frames import DAY_MS
from opsentrix.model.tiers import HOUR, MINUTE, SECOND, Tier
from opsentrix.storage import partitions

_AHEAD_DAYS = 2
_log = log.get(__name__)


async def run_once(database: Database, now: float, keep_days: dict[Tier, int]) -> None:
    """Make the partitions of today and the next days, and drop those that are too old.

    Args:
        database: the hub's.
        now: Unix time in seconds.
        keep_days: how many days of each tier are kept; frames not yet compacted are kept as long as the finest.
    """
    today = int(now * 1000) // DAY_MS
    ahead = range(today, today + _AHEAD_DAYS + 1)
    dropped = []
    async with database.connection() as connection:
        await partitions.ensure(connection, ahead)
        dropped += await partitions.drop_before(connection, today - keep_days[SECOND])
        for tier, days in keep_days.items():
            await partitions.ensure(connection, ahead, tier.table, tier.partition_days)
            dropped += await partitions.drop_before(connection, today - days, tier.table, tier.partition_days)
    if dropped:
        _log.info("dropped partitions older than the retention", partitions=dropped)


def keep_days(seconds: int, minutes: int, hours: int) -> dict[Tier, int]:
    """Return the days that each tier is kept."""
    return {SECOND: seconds, MINUTE: minutes, HOUR: hours}
