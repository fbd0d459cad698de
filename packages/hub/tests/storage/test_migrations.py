"""Migrations go forward, once, whoever else starts at the same time."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest
from alembic import command
from alembic.config import Config
from opsentrix.db import Database, migrate
from opsentrix.errors import StartupError
from opsentrix.model.audit import START
from opsentrix.storage import audit, rule_groups

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


async def test_entries_from_before_the_chain_are_chained(bare: str) -> None:
    await asyncio.to_thread(_upgrade_to, bare, "0012")
    await execute(
        bare,
        "INSERT INTO audit_log (actor, action, target, address, detail)"
        " SELECT 'user:ann', 'agent_config.change', 'x', '',"
        " jsonb_build_object('n', n, 'f', 1.5, 'before', jsonb_build_object('a', 1),"
        " 'after', jsonb_build_object('a', 2))"
        " FROM generate_series(1, 1001) n",
    )
    await execute(bare, "DELETE FROM audit_log WHERE id = 7")
    await execute(
        bare, "INSERT INTO audit_log (actor, action, target, address) VALUES (E'user:a\\nb', 'login.refuse', 'hub', '')"
    )
    await migrate.upgrade(bare)
    database = await Database.connect(bare, 3, attempts=1)
    try:
        async with database.connection() as connection:
            await audit.add(connection, "hub", "test.write", "x", "")
            entries = await audit.following(connection, 0, 2000)
    finally:
        await database.close()
    assert [entry.number for entry in entries] == list(range(1, 1003))
    previous = START
    for entry in entries:
        assert entry.follows(previous)
        previous = entry.hash
    first, login = entries[0].content, entries[-2].content
    assert (first.before, first.after, first.detail) == ({"a": 1}, {"a": 2}, {"n": 1, "f": "1.5"})
    assert (login.actor, login.result) == ("user:a\\nb", "refused")


async def test_default_rules_that_nobody_changed_come_into_a_group(bare: str) -> None:
    await asyncio.to_thread(_upgrade_to, bare, "0019")
    await execute(
        bare,
        """
        INSERT INTO alert_rules (name, severity, definition, created_at, changed_at, changed_by, version) VALUES
            ('Memory low', 'warning', '{}', now(), now(), 'hub', 1), ('Mine', 'warning', '{}', now(), now(), 'ann', 2);
        INSERT INTO alert_rule_versions (rule_id, version, body, changed_at, changed_by) VALUES
            (1, 1, '{"name": "Memory low"}', now(), 'hub'), (2, 1, '{"name": "CPU high"}', now(), 'hub'),
            (2, 2, '{"name": "Mine"}', now(), 'ann');
        """,
    )
    await migrate.upgrade(bare)
    database = await Database.connect(bare, 1, attempts=1)
    async with database.connection() as connection:
        groups = await rule_groups.everyone(connection)
        rows = await connection.fetch(
            "SELECT r.name, g.name AS home FROM alert_rules r LEFT JOIN alert_rule_groups g"
            " ON g.id = r.group_id WHERE r.name IN ('Memory low', 'Mine') ORDER BY r.id"
        )
        bodies = await connection.fetch(
            "SELECT body->'group_id' AS home FROM alert_rule_versions WHERE rule_id < 3 ORDER BY rule_id, version"
        )
    await database.close()
    assert [(one.new.name, one.new.selector, one.new.enabled, one.rules) for one in groups] == [
        ("Defaults", "", True, 1)
    ]
    assert [tuple(row) for row in rows] == [("Memory low", "Defaults"), ("Mine", None)]
    assert [row["home"] for row in bodies] == [groups[0].id, None, None]


async def test_a_hub_without_default_rules_has_no_group_of_them(bare: str) -> None:
    await asyncio.to_thread(_upgrade_to, bare, "0019")
    await migrate.upgrade(bare)
    database = await Database.connect(bare, 1, attempts=1)
    async with database.connection() as connection:
        assert await rule_groups.everyone(connection) == []
    await database.close()


def _upgrade_to(dsn: str, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(migrate._MIGRATIONS))
    config.attributes["dsn"] = dsn
    command.upgrade(config, revision)


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
