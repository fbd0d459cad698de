"""The hub signs the chain only after it has verified what came since, and retention leaves a chain that verifies."""

import os
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import pytest
from opsentrix.db import Database
from opsentrix.maintenance.audit import Notary, forget, prune
from opsentrix.model.audit import Link
from opsentrix.storage import audit
from opsentrix.vault import Vault

NOW = datetime.now(UTC).timestamp()
DAY = 86_400.0


@pytest.fixture
def memory(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "audit.head"


@pytest.fixture
async def notary(database: Database, memory: Path) -> Notary:
    notary = Notary(database, Vault(bytes(32)), memory)
    await notary.public_key()
    return notary


Intruder = Callable[..., Awaitable[None]]


@pytest.fixture
def intruder(dsn: str) -> Intruder:
    """Somebody who owns the database and switches the log's rules off."""

    async def act(*statements: str) -> None:
        connection = await asyncpg.connect(dsn)
        try:
            async with connection.transaction():
                for statement in (
                    "ALTER TABLE audit_log DISABLE TRIGGER ALL", *statements, "ALTER TABLE audit_log ENABLE TRIGGER ALL"
                ):  # fmt: skip
                    await connection.execute(statement)
        finally:
            await connection.close()

    return act


def _content(file: Path) -> tuple[str, int]:
    return file.read_text(), file.stat().st_mode & 0o777


async def write(database: Database, count: int = 1) -> None:
    async with database.transaction() as connection:
        for _ in range(count):
            await audit.add(connection, "user:ann", "test.write", "x", "")


async def head(database: Database) -> Link:
    async with database.connection() as connection:
        return (await audit.ends(connection))[1]


async def test_the_newest_link_is_signed_and_remembered(database: Database, notary: Notary, memory: Path) -> None:
    await write(database, 3)
    newest = await head(database)
    signed = await notary.sign(NOW)
    assert signed is not None
    assert signed.valid()
    assert signed.link == newest
    assert signed.public_key == await notary.public_key()
    assert _content(memory) == (f"{newest}\n", 0o600)
    again = Notary(database, Vault(bytes(32)), memory)
    assert await again.public_key() == signed.public_key
    assert (await again.sign(NOW)) is not None
    assert again.state.fault == ""


async def test_nothing_new_is_not_signed_again(database: Database, notary: Notary) -> None:
    await write(database)
    await notary.public_key()
    first = await notary.sign(NOW)
    assert await notary.sign(NOW + 5) == first


async def test_it_signs_daily(database: Database, notary: Notary) -> None:
    await write(database)
    await notary.sign_daily(NOW)
    first = notary.state.verified
    await write(database)
    await notary.sign_daily(NOW + DAY - 1)
    assert notary.state.verified == first
    await notary.sign_daily(NOW + DAY)
    assert notary.state.verified != first


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("UPDATE audit_log SET actor = 'user:eve' WHERE number = 3", "Entry 3 was changed."),
        ("""UPDATE audit_log SET detail = '{"a": 1}' WHERE number = 4""", "Entry 4 was changed."),
        ("DELETE FROM audit_log WHERE number = 3", "Entry 3 was removed."),
        ("DELETE FROM audit_log WHERE number = (SELECT max(number) FROM audit_log)", "was removed."),
        ("UPDATE audit_head SET hash = sha256('x')", "is not the newest of the chain."),
    ],
)
async def test_what_was_changed_is_not_signed(
    database: Database, notary: Notary, intruder: Intruder, statement: str, fault: str
) -> None:
    await write(database, 4)
    await intruder(statement)
    assert await notary.sign(NOW) is None
    assert notary.state.fault.endswith(fault)
    async with database.connection() as connection:
        assert await audit.last_checkpoint(connection) is None


async def test_each_day_all_that_was_signed_before_is_verified_again(
    database: Database, notary: Notary, intruder: Intruder
) -> None:
    await write(database, 4)
    await notary.sign_daily(NOW)
    await intruder("UPDATE audit_log SET actor = 'user:eve' WHERE number = 3")
    assert await notary.sign(NOW) is not None
    await notary.sign_daily(NOW + DAY)
    assert notary.state.fault == "Entry 3 was changed."
    assert await notary.sign(NOW + DAY + 1) is None, "what is known to be broken is not signed"
    await intruder("UPDATE audit_log SET actor = 'user:ann' WHERE number = 3")
    await notary.sign_daily(NOW + DAY + 2)
    assert notary.state.fault == ""


async def test_a_quiet_log_is_verified_daily_too(database: Database, notary: Notary, intruder: Intruder) -> None:
    await notary.sign_daily(NOW)
    await notary.sign_daily(NOW + DAY)
    assert notary.state.at == datetime.fromtimestamp(NOW + DAY, UTC)
    await intruder("UPDATE audit_log SET actor = 'user:eve' WHERE number = 1")
    await notary.sign_daily(NOW + 2 * DAY - 1)
    assert notary.state.fault == ""
    await notary.sign_daily(NOW + 2 * DAY)
    assert notary.state.fault == "Entry 1 was changed."


async def test_a_rewritten_chain_is_not_signed(
    database: Database, notary: Notary, intruder: Intruder, memory: Path
) -> None:
    """The intruder starts the chain anew, with all its hashes right, and removes the signatures."""
    await write(database, 4)
    await notary.sign(NOW)
    signed = await head(database)
    await intruder(
        "DELETE FROM audit_log",
        "DELETE FROM audit_checkpoints",
        "UPDATE audit_head SET number = 0, hash = decode(repeat('00', 32), 'hex')",
    )
    await write(database, 10)
    assert await notary.sign(NOW + DAY) is None
    assert notary.state.fault == f"Entry {signed.number} is not what was signed: it or one before was changed."
    # Its owner's word makes another database of it.
    forget(memory)
    assert await notary.sign(NOW + DAY) is not None
    assert notary.state.fault == ""


async def test_entries_removed_as_if_by_retention_are_noticed(
    database: Database, notary: Notary, intruder: Intruder
) -> None:
    await write(database, 4)
    await notary.sign(NOW)
    await write(database, 4)
    newest = await head(database)
    await intruder("DELETE FROM audit_log", "UPDATE audit_head SET anchor_number = number, anchor_hash = hash")
    assert await notary.sign(NOW) is None
    assert notary.state.fault == f"Entries up to {newest.number} were removed, and nothing signed says so."


async def test_retention_removes_up_to_a_signed_link(database: Database, notary: Notary) -> None:
    await write(database, 3)
    await notary.sign(NOW)
    first = await head(database)
    await write(database, 3)
    await notary.sign(NOW)
    second = await head(database)
    await write(database)
    assert await prune(database, datetime.fromtimestamp(NOW, UTC) - timedelta(days=1)) == 0
    assert await prune(database, datetime.now(UTC) + timedelta(days=1)) == second.number
    async with database.connection() as connection:
        anchor, newest = await audit.ends(connection)
        entries = await audit.following(connection, 0, 100)
        kept = await audit.checkpoints(connection, 0, newest.number)
    assert anchor == second
    assert [one.link for one in kept] == [second]
    assert entries[0].follows(second.hash)
    told = [one.content.detail for one in entries if one.content.action == "audit.prune"]
    assert told == [{"number": one.number, "hash": one.hash.hex()} for one in (first, second)]
    assert await notary.sign(NOW) is not None
    assert notary.state.fault == ""


async def test_another_key_file_makes_another_key(database: Database, notary: Notary, memory: Path) -> None:
    await write(database)
    await notary.sign(NOW)
    other = Notary(database, Vault(bytes([1] * 32)), memory)
    assert await other.public_key() != await notary.public_key()
    signed = await other.sign(NOW)
    assert signed is not None
    assert signed.public_key == await other.public_key()


async def test_a_memory_that_cannot_be_read_stops_signing(database: Database, notary: Notary, memory: Path) -> None:
    await write(database)
    await notary.sign(NOW)
    os.truncate(memory, 10)
    assert await notary.sign(NOW) is None
    assert "cannot be read" in notary.state.fault


async def test_the_database_holds_no_usable_key(database: Database, notary: Notary) -> None:
    public = await notary.public_key()
    async with database.connection() as connection:
        ((known, sealed),) = await audit.keys(connection)
        async with database.transaction() as changing:
            await notary._key(changing)
        key = await notary._key(connection)
    assert known == public
    assert key.private_bytes_raw() not in sealed
