"""Partitions are made ahead of time; what is older than it is kept goes, by partitions and by agents."""

from collections.abc import Awaitable, Callable

from opsentrix import log
from opsentrix.db import Database
from opsentrix.model.frames import DAY_MS
from opsentrix.model.retention import Days, kept, longest
from opsentrix.model.tiers import MINUTE_MS, SECOND, TIERS, Tier
from opsentrix.storage import agents, frames, minutes, partitions, retention

_AHEAD_DAYS = 2
_AGENTS_AT_ONCE = 100
_log = log.get(__name__)

Pause = Callable[[], Awaitable[None]]


async def make_ahead(database: Database, now: float) -> None:
    """Make the partitions of today (Unix seconds) and the next days."""
    today = int(now * 1000) // DAY_MS
    ahead = range(today, today + _AHEAD_DAYS + 1)
    async with database.connection() as connection:
        await partitions.ensure(connection, ahead)
        for tier in TIERS:
            await partitions.ensure(connection, ahead, tier.table, tier.partition_days)


async def run_once(database: Database, now: float, defaults: Days, pause: Pause) -> Days:
    """Drop the partitions that nobody's history is kept in, and from the others what is kept less long.

    Args:
        database: the hub's.
        now: Unix time in seconds.
        defaults: for agents that no rule applies to; frames not yet compacted are kept as long as the finest tier.
        pause: called after each piece of work, so that it does not crowd out ingest.

    Returns:
        The longest time that any history is kept.
    """
    today = int(now * 1000) // DAY_MS
    async with database.connection() as connection:
        await minutes.remove_all_before(connection, (today - 1) * DAY_MS // MINUTE_MS)
        rules = await retention.rules(connection)
        listed = await agents.everyone(connection)
    days = {agent.id: kept(defaults, rules, agent.environment, agent.tags) for agent in listed}
    # A rule that applies to nobody keeps nothing; but agents may come to be of its kind any time.
    most = longest(defaults, rules)
    dropped = []
    async with database.connection() as connection:
        dropped += await partitions.drop_before(connection, today - most[SECOND])
        for tier in TIERS:
            dropped += await partitions.drop_before(connection, today - most[tier], tier.table, tier.partition_days)
    if dropped:
        _log.info("dropped partitions older than the retention", partitions=dropped)
    for tier in TIERS:
        shorter: dict[int, list[int]] = {}
        for agent_id, mine in days.items():
            if mine[tier] < most[tier]:
                shorter.setdefault(mine[tier], []).append(agent_id)
        for kept_days, agent_ids in shorter.items():
            await _remove(database, tier, agent_ids, (today - kept_days) * DAY_MS, pause)
    return most


async def _remove(database: Database, tier: Tier, agent_ids: list[int], before_ms: int, pause: Pause) -> None:
    removed = 0
    for first in range(0, len(agent_ids), _AGENTS_AT_ONCE):
        some = agent_ids[first : first + _AGENTS_AT_ONCE]
        async with database.transaction() as connection:
            for agent_id in some:
                await frames.lock_history(connection, agent_id)
            removed += await retention.remove_before(connection, tier, some, before_ms)
        await pause()
    if removed:
        _log.info("removed history older than the retention of its agents", tier=tier.name, rows=removed)
