"""Connections that are lost: an error that says so, and work goes on afterwards."""

import asyncio

import asyncpg
import pytest
from opsentrix.db import Database
from opsentrix.errors import UnavailableError

from packages.hub.tests.kit.postgres import Postgres


async def test_whatever_is_lost_when_it_is_unavailable_and_nothing_else(
    database: Database, dsn: str, postgres: Postgres
) -> None:
    """Cut connections off in every stage of their use: each failure must be of the one kind that callers expect."""
    done = unavailable = 0
    ending = False

    async def work() -> None:
        nonlocal done, unavailable
        while not ending:
            try:
                async with database.transaction() as connection:
                    await connection.execute("SELECT count(*) FROM agents")
                done += 1
            except UnavailableError:
                unavailable += 1
                await asyncio.sleep(0.001)

    workers = [asyncio.create_task(work()) for _ in range(6)]
    for _ in range(12):
        async with postgres.away(dsn):
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.02)
    ending = True
    await asyncio.gather(*workers)
    assert done
    assert unavailable
    await database.ping()


@pytest.mark.parametrize("code", ["53100", "40P01", "57014", "25006"])
async def test_what_may_work_later_is_unavailable(database: Database, code: str) -> None:
    with pytest.raises(UnavailableError):
        async with database.connection() as connection:
            await connection.execute(f"DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '{code}'; END $$")


async def test_what_is_wrong_stays_wrong(database: Database) -> None:
    with pytest.raises(asyncpg.UndefinedTableError):
        async with database.connection() as connection:
            await connection.execute("SELECT * FROM nothing")
    with pytest.raises(asyncpg.DataError):
        async with database.connection() as connection:
            await connection.fetch("SELECT 1 / $1::integer", 0)
    with pytest.raises(asyncpg.DataError, match="invalid input for query argument"):
        async with database.connection() as connection:
            await connection.fetch("SELECT $1::integer", "x")


async def test_a_pool_that_is_closed_is_unavailable(dsn: str) -> None:
    database = await Database.connect(dsn, 3, attempts=1)
    await database.close()
    with pytest.raises(UnavailableError):
        await database.ping()


async def test_a_task_ends_that_is_told_to_when_its_connection_is_gone(database: Database) -> None:
    lent = asyncio.Event()

    async def work() -> None:
        async with database.transaction() as connection:
            number.append(connection.get_server_pid())
            lent.set()
            await asyncio.Event().wait()

    number: list[int] = []
    task = asyncio.create_task(work())
    await lent.wait()
    async with database.connection() as other:
        await other.fetchval("SELECT pg_terminate_backend($1)", number[0])
    task.cancel()
    await asyncio.wait([task], timeout=10)
    assert task.cancelled()
