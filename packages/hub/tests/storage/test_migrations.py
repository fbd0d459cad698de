"""Migrations go forward, once, whoever else starts at the same time."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest
from opsentrix.db import Database, migrate
from opsentrix.errors import StartupError

from packages.hub.tests.kit.postgres import Postgres


@pytest.fixture
async def bare(postgres: Postgres) -> AsyncIterator[str]:
    """The URL of a database without a schema."""
    async with postgres.database(template="template1") as dsn:
        yield dsn


async def execute(dsn: str, statement: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


async def columns(dsn: str) -> list[tuple[str, ...]]:
    connection = await asyncpg.connect(dsn)
    try:
        rows = await connection.fetch(
            "SELECT table_name, column_name, data_type, coalesce(column_default, '') FROM information_schema.columns"
            " WHERE table_schema = 'public' AND table_name !~ '_[0-9]{8}$' ORDER BY 1, 2"
        )
    finally:
        await connection.close()
    return [tuple(row) for row in rows]


async def test_several_hubs_start_at_once_and_one_migrates(bare: str, dsn: str) -> None:
    await asyncio.gather(migrate.upgrade(bare), migrate.upgrade(bare), migrate.upgrade(bare))
    assert await columns(bare) == await columns(dsn)


async def test_upgrading_again_changes_nothing(dsn: str) -> None:
    before = await columns(dsn)
    await execute(dsn, "INSERT INTO users (username, password_hash, role) VALUES ('ann', '', 'viewer')")
    await migrate.upgrade(dsn)
    assert await columns(dsn) == before
    await execute(dsn, "DELETE FROM users WHERE username = 'ann'")


async def test_a_database_of_a_newer_version_is_refused(dsn: str) -> None:
    await execute(dsn, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StartupError, match="schema 9999, which is newer than this version"):
        await migrate.upgrade(dsn)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("mysql://localhost/x", "does not work"),
        ("postgresql://localhost:notaport/x", "does not work"),
        ("postgresql://127.0.0.1:1/x", "did not answer after 1 attempts"),
    ],
)
async def test_a_wrong_url_is_told_at_once(url: str, message: str) -> None:
    with pytest.raises(StartupError, match=message):
        await Database.connect(url, 3, attempts=1)


async def test_a_database_that_does_not_exist_is_told(postgres: Postgres) -> None:
    with pytest.raises(StartupError, match='does not work: database "nothing" does not exist'):
        await Database.connect(postgres.dsn("nothing"), 3)


async def test_a_url_that_is_none_is_not_tried_again() -> None:
    with pytest.raises(StartupError, match="does not work"):
        await asyncio.wait_for(Database.connect("mysql://localhost/x", 3, attempts=30), 5)
