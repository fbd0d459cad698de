"""The audit log on a real PostgreSQL: append-only, numbered without gaps, chained, whoever writes at the same time."""

import asyncio
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest
from opsentrix.db import Connection, Database
from opsentrix.model.audit import START, Entry, Link, Result
from opsentrix.storage import audit
from opsentrix.storage.audit import AuditFilter

from packages.hub.tests.kit.hub import until


async def entries(connection: Connection) -> list[Entry]:
    return await audit.following(connection, 0, 10_000)


def check(found: list[Entry], anchor: Link | None = None) -> None:
    """Check that these follow each other without a gap."""
    number, previous = (anchor.number, anchor.hash) if anchor else (0, START)
    for entry in found:
        assert entry.number == number + 1
        assert entry.follows(previous)
        number, previous = entry.number, entry.hash


async def test_entries_are_chained_with_all_that_they_say(database: Database) -> None:
    async with database.transaction() as connection:
        await audit.add(
            connection, "user:ann", "agent.update", "agent:1", "192.0.2.1", before={"name": "a"}, after={"name": "b"},
            reason="because",
        )  # fmt: skip
        await audit.add(connection, "user:bob", "login.refuse", "hub", "", result="refused")
    async with database.connection() as connection:
        found = await entries(connection)
        _, head = await audit.ends(connection)
    check(found)
    assert head == Link(found[-1].number, found[-1].hash)
    one = found[-2].content
    assert (one.before, one.after, one.detail) == ({"name": "a"}, {"name": "b"}, {"reason": "because"})
    assert found[-1].content.result == Result.REFUSED


async def test_what_rolls_back_leaves_no_gap(database: Database) -> None:
    async def lose() -> None:
        async with database.transaction() as connection:
            await audit.add(connection, "hub", "test.lost", "x", "")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await lose()
    async with database.connection() as connection:
        await audit.add(connection, "hub", "test.kept", "x", "")
        found = await entries(connection)
    check(found)
    assert [one.content.action for one in found][-1] == "test.kept"


async def test_a_long_transaction_holds_nobody_up(database: Database) -> None:
    async with database.transaction() as slow:
        await audit.add(slow, "hub", "test.slow", "x", "")
        async with asyncio.timeout(5), database.transaction() as quick:
            await audit.add(quick, "hub", "test.quick", "x", "")
    async with database.connection() as connection:
        found = await entries(connection)
    check(found)
    assert [one.content.action for one in found[-2:]] == ["test.quick", "test.slow"]


async def test_commits_wait_for_each_other(database: Database) -> None:
    async def write() -> None:
        async with database.transaction() as connection:
            await audit.add(connection, "hub", "test.second", "x", "")

    async def waits() -> bool:
        async with database.connection() as connection:
            waiting: bool = await connection.fetchval("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")
        return waiting

    async with database.transaction() as first:
        await audit.add(first, "hub", "test.first", "x", "")
        await first.execute("SET CONSTRAINTS ALL IMMEDIATE")  # as its commit does
        second = asyncio.create_task(write())
        await until(waits)
    await second
    async with database.connection() as connection:
        found = await entries(connection)
    check(found)
    assert [one.content.action for one in found[-2:]] == ["test.first", "test.second"]


async def test_many_writers_at_once_leave_one_chain(database: Database) -> None:
    async def write(writer: int) -> None:
        for one in range(5):
            async with database.transaction() as connection:
                for _ in range(one % 3 + 1):
                    await audit.add(connection, f"user:{writer}", "test.write", f"x:{one}", "")

    await asyncio.gather(*(write(one) for one in range(20)))
    async with database.connection() as connection:
        found = await entries(connection)
    check(found)
    assert sum(one.content.action == "test.write" for one in found) == 20 * 9


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_log SET actor = 'user:bob'",
        "UPDATE audit_log SET number = NULL",
        "DELETE FROM audit_log",
        "TRUNCATE audit_log",
    ],
)
async def test_the_log_is_append_only(database: Database, statement: str) -> None:
    async with database.connection() as connection:
        await audit.add(connection, "user:ann", "test.write", "x", "")
        with pytest.raises(asyncpg.RestrictViolationError, match="append-only"):
            await connection.execute(statement)


async def test_an_entry_cannot_change_in_its_own_transaction(database: Database) -> None:
    async with database.transaction() as connection:
        await audit.add(connection, "user:ann", "test.write", "x", "")
        with pytest.raises(asyncpg.RestrictViolationError, match="append-only"):
            await connection.execute("UPDATE audit_log SET content = '' WHERE actor = 'user:ann'")


async def test_hostile_text_is_harmless_and_bounded(database: Database) -> None:
    name = "web\r\nSet-Cookie: a=b\x1b[31m\u202e\x00" + "x" * 1000
    async with database.connection() as connection:
        await audit.add(
            connection, f"agent:{name}", "test.write", name, name, before={name: [name, {"a": name}]}, after={},
            huge="y" * 100_000, deep=[[[[[[[[[[1]]]]]]]]]], odd={"f": 1.5, "n": float("nan"), "big": 2**70, "e": 1e16},
        )  # fmt: skip
        found = await entries(connection)
    check(found)
    content = found[-1].content
    for text in (content.actor, content.target, content.address):
        assert text.isprintable()
        assert len(text) <= 256
    assert "web\\r\\nSet-Cookie" in content.target
    assert str(content.before).isprintable()
    assert content.after == {}
    assert content.detail is not None
    assert content.detail["cut_from_bytes"] > 100_000


async def test_numbers_keep_one_canonical_form(database: Database) -> None:
    async with database.connection() as connection:
        await audit.add(connection, "hub", "test.write", "x", "", f=1.5, n=float("nan"), big=2**70, e=1e16, w=3.0)
        found = await entries(connection)
    check(found)
    assert found[-1].content.detail == {
        "f": "1.5", "n": "nan", "big": "1180591620717411303424", "e": "10000000000000000", "w": 3
    }  # fmt: skip


async def test_filters(database: Database) -> None:
    async with database.transaction() as connection:
        await audit.add(connection, "user:ann", "agent.update", "agent:1", "192.0.2.1", after={"name": "Crimson"})
        await audit.add(connection, "user:ann", "agent.delete", "agent:2", "192.0.2.1")
        await audit.add(connection, "user:bob", "login.refuse", "hub", "192.0.2.2", result="refused")
    now = datetime.now(UTC)

    async def targets(wanted: AuditFilter) -> list[str]:
        async with database.connection() as connection:
            return [one.content.target for one in await audit.newest(connection, wanted, None, 10)]

    assert await targets(AuditFilter(actors=["user:ann"])) == ["agent:2", "agent:1"]
    assert await targets(AuditFilter(actions=["agent."])) == ["agent:2", "agent:1"]
    assert await targets(AuditFilter(actions=["agent.delete", "login.refuse"])) == ["hub", "agent:2"]
    assert await targets(AuditFilter(targets=["agent:1"])) == ["agent:1"]
    assert await targets(AuditFilter(results=["refused"])) == ["hub"]
    assert await targets(AuditFilter(text="crimson")) == ["agent:1"]
    assert await targets(AuditFilter(text="%")) == []
    assert await targets(AuditFilter(since=now + timedelta(hours=1))) == []
    assert "agent:2" in await targets(AuditFilter(until=now + timedelta(hours=1)))
    async with database.connection() as connection:
        assert {"agent.delete", "agent.update", "login.refuse"} <= set(await audit.actions(connection))
