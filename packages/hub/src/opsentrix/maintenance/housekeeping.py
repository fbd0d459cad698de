"""What nothing needs any more goes: layouts, series, boots, and the ledger's entries of times that are not kept.

Each hub process remembers layouts. That none is removed while frames with it are on their way is the business of
`storage.layouts`: whoever writes frames learns in that very transaction that a layout is gone, and asks for it again.
"""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from opsentrix import log, selfmetrics
from opsentrix.db import Database
from opsentrix.storage import frames, gaps, layouts, series

UNUSED_S = 7200.0
"""Layouts younger than this stay: their frames are still to be compacted, or still to come."""
_MARGIN = timedelta(days=1)
_AT_ONCE = 10_000
_log = log.get(__name__)

Pause = Callable[[], Awaitable[None]]


async def run_once(database: Database, now: float, frame_days: int, longest_days: int, pause: Pause) -> None:
    """Remove what nothing needs.

    Args:
        database: the hub's.
        now: Unix time in seconds.
        frame_days: an agent's frames are taken while they are this young.
        longest_days: the coarsest tier is kept so long.
        pause: called after each piece of work, so that it does not crowd out ingest.
    """
    before = datetime.fromtimestamp(now - UNUSED_S, UTC)
    async with database.connection() as connection:
        agent_ids = await layouts.crowded(connection, before)
    removed = 0
    for agent_id in agent_ids:
        removed += await remove_layouts(database, agent_id, before)
        await pause()
    today = datetime.fromtimestamp(now, UTC)
    no_frames = today - timedelta(days=frame_days) - _MARGIN
    nothing = today - timedelta(days=longest_days) - _MARGIN
    async with database.connection() as connection:
        boots = await frames.remove_boots(connection, no_frames)
        await gaps.remove(connection, no_frames, nothing)
    ended = 0
    while True:
        async with database.connection() as connection:
            count = await series.remove_ended(connection, nothing, _AT_ONCE)
        ended += count
        if count < _AT_ONCE:
            break
        await pause()
    if removed or boots or ended:
        _log.info("removed what nothing needs", layouts=removed, boots=boots, series=ended)


async def remove_layouts(database: Database, agent_id: int, before: datetime) -> int:
    """Remove an agent's layouts from before this that nothing stored needs; series that are in no other have ended."""
    async with database.transaction() as connection:
        count, listed = await layouts.remove_unused(connection, agent_id, before)
        if listed:
            await series.end_unlisted(connection, agent_id, listed)
    selfmetrics.REMOVED_LAYOUTS.inc(count)
    return count
