"""The worker tells that it lives, and how far it is."""

import asyncio
import contextlib
from datetime import UTC, datetime, timedelta

from opsentrix import worker
from opsentrix.db import Database
from opsentrix.model.watching import WORKER
from opsentrix.storage import pulses

from packages.hub.tests.kit.hub import until


async def test_a_worker_beats_while_a_pass_is_long_and_says_how_far_it_is_after_one(database: Database) -> None:
    async def last() -> datetime | None:
        async with database.connection() as connection:
            found = await pulses.get(connection, WORKER)
        return None if found is None else found.beat_at

    async def lives() -> bool:
        return await last() is not None

    beating = asyncio.create_task(worker._beat(database))
    await until(lives)
    beating.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await beating
    async with database.connection() as connection:
        before = await pulses.get(connection, WORKER)
    assert before is not None
    assert before.done_to is None
    await worker._pass(database, {})
    async with database.connection() as connection:
        after = await pulses.get(connection, WORKER)
        await pulses.beat(connection, WORKER, datetime.now(UTC))
        again = await pulses.get(connection, WORKER)
    assert after is not None
    assert again is not None
    assert after.done_to is not None
    assert timedelta() < datetime.now(UTC) - after.done_to < timedelta(hours=1, minutes=2)
    assert again.done_to == after.done_to


async def test_hubs_that_are_gone_are_forgotten_and_the_worker_never(database: Database) -> None:
    now = datetime.now(UTC)
    async with database.connection() as connection:
        await pulses.beat(connection, "hub old:8000", now - timedelta(days=3))
        await pulses.beat(connection, WORKER, now - timedelta(days=3))
        await pulses.remove_older(connection, now - timedelta(days=1))
        assert await pulses.get(connection, "hub old:8000") is None
        assert await pulses.get(connection, WORKER) is not None
