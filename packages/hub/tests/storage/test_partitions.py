"""Daily partitions come and go."""

import asyncio

from opsentrix.db import Database
from opsentrix.model.frames import DAY_MS
from opsentrix.storage import frames, partitions

from .test_frames import frame

DAY = 20_000


async def names(database: Database) -> list[str]:
    async with database.connection() as connection:
        rows = await connection.fetch(
            "SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = 'agent_metrics'::regclass"
        )
    return sorted(row["name"] for row in rows)


async def empty(database: Database) -> None:
    async with database.connection() as connection:
        await partitions.drop_before(connection, 40_000)


async def test_each_day_gets_a_partition_once(database: Database) -> None:
    await empty(database)
    async with database.connection() as connection:
        await partitions.ensure(connection, [DAY, DAY + 1, DAY])
        await partitions.ensure(connection, {DAY})
        for time_ms in (DAY * DAY_MS, (DAY + 2) * DAY_MS - 1):
            await frames.append(connection, [frame(1, time_ms=time_ms)])
    assert await names(database) == ["agent_metrics_20241004", "agent_metrics_20241005"]


async def test_several_hubs_may_make_and_drop_the_same_at_once(database: Database) -> None:
    async def make() -> None:
        async with database.connection() as connection:
            await partitions.ensure(connection, range(DAY, DAY + 5))

    async def drop() -> None:
        async with database.connection() as connection:
            await partitions.drop_before(connection, DAY + 3)

    await empty(database)
    await asyncio.gather(*(make() for _ in range(4)))
    assert len(await names(database)) == 5
    await asyncio.gather(*(drop() for _ in range(4)))
    assert await names(database) == ["agent_metrics_20241007", "agent_metrics_20241008"]


async def test_dropping_says_what_it_dropped_and_keeps_the_limit_itself(database: Database) -> None:
    await empty(database)
    async with database.connection() as connection:
        await partitions.ensure(connection, range(DAY, DAY + 3))
        assert await partitions.drop_before(connection, DAY) == []
        assert await partitions.drop_before(connection, DAY + 1) == ["agent_metrics_20241004"]


async def test_writing_goes_on_while_a_partition_is_made(database: Database) -> None:
    await empty(database)
    async with database.connection() as connection:
        await partitions.ensure(connection, [DAY])
    async with database.transaction() as writing, database.connection() as making:
        await frames.append(writing, [frame(1)])
        await asyncio.wait_for(partitions.ensure(making, [DAY + 1]), 5)
    assert len(await names(database)) == 2
