"""Two workers that both believe to be the only one: nothing that either of them moves is lost."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable

import pytest
from opsentrix.db import Connection, Database
from opsentrix.ingest.layouts import LayoutBook
from opsentrix.maintenance import compaction
from opsentrix.model.agents import NewAgent
from opsentrix.model.ranges import RangeSet
from opsentrix.model.tiers import HOUR_MS
from opsentrix.storage import agents, blocks, frames

from packages.hub.tests.kit.hub import until
from packages.hub.tests.maintenance.test_compaction import LATER, START_MS, History

END_MS = START_MS + 6 * HOUR_MS
DAY_MS = START_MS // (24 * HOUR_MS) * 24 * HOUR_MS


@pytest.fixture
async def history(database: Database) -> History:
    async with database.connection() as connection:
        agent = await agents.add(connection, NewAgent("a", "host", "h"))
        boots = await frames.boots(connection, agent.id, [uuid.UUID(int=1)])
    return History(database, agent.id, LayoutBook(database, 5000), boot=boots[uuid.UUID(int=1)])


class Stop:
    """Holds up the first worker that comes here, inside its transaction."""

    def __init__(self) -> None:
        self.reached = asyncio.Event()
        self.go_on = asyncio.Event()

    async def here(self) -> None:
        first = not self.reached.is_set()
        self.reached.set()
        if first:
            await self.go_on.wait()


async def in_each_others_way(
    database: Database, stop: Stop, first: Callable[[], Awaitable[object]], second: Callable[[], Awaitable[object]]
) -> None:
    """Let the first run up to the stop, and on as soon as the second waits for it or is done."""
    one = asyncio.create_task(_run(first))
    await stop.reached.wait()
    other = asyncio.create_task(_run(second))

    async def waits_or_is_done() -> bool:
        async with database.connection() as connection:
            waits: bool = await connection.fetchval(
                "SELECT EXISTS (SELECT FROM pg_stat_activity"
                " WHERE datname = current_database() AND wait_event_type = 'Lock')"
            )
        return waits or other.done()

    await until(waits_or_is_done)
    stop.go_on.set()
    await asyncio.gather(one, other)


async def _run(work: Callable[[], Awaitable[object]]) -> None:
    await work()


async def test_an_hour_that_two_workers_begin_at_once_has_the_samples_of_both(
    history: History, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop = Stop()
    note_compacted = frames.note_compacted

    async def held(connection: Connection, boot: int, ranges: RangeSet) -> None:
        await stop.here()
        await note_compacted(connection, boot, ranges)

    await history.sample(START_MS, 5)  # so that the day waits to be rolled up, and neither waits for the other there
    await compaction.compact_oldest(database, history.agent_id, END_MS)
    monkeypatch.setattr(frames, "note_compacted", held)
    await history.sample(START_MS + HOUR_MS + 10_000, 5)

    async def second() -> None:
        await history.sample(START_MS + HOUR_MS - 3000, 7)  # late, and it reaches into the hour that is being written
        await compaction.compact_oldest(database, history.agent_id, END_MS)

    await in_each_others_way(
        database, stop, lambda: compaction.compact_oldest(database, history.agent_id, END_MS), second
    )
    await compaction.run_once(database, LATER)
    await history.check()


async def test_a_day_that_gets_news_while_it_is_rolled_up_is_rolled_up_again(
    history: History, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop = Stop()
    unqueue_rollup = blocks.unqueue_rollup

    async def held(connection: Connection, agent_id: int, day_ms: int) -> None:
        await stop.here()
        await unqueue_rollup(connection, agent_id, day_ms)

    monkeypatch.setattr(blocks, "unqueue_rollup", held)
    await history.sample(START_MS, 5)
    await compaction.compact_oldest(database, history.agent_id, END_MS)
    await history.sample(START_MS + HOUR_MS, 5)
    await in_each_others_way(
        database,
        stop,
        lambda: compaction.roll_up_day(database, history.agent_id, DAY_MS),
        lambda: compaction.compact_oldest(database, history.agent_id, END_MS),
    )
    async with database.connection() as connection:
        assert await blocks.queued_days(connection, [history.agent_id]) == {(history.agent_id, DAY_MS)}
