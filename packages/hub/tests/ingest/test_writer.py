"""The writer: durable first, told then, and nothing stops it for good."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence

import pytest
import structlog
from opsentrix.db import Database
from opsentrix.ingest import writer as writers
from opsentrix.ingest.errors import FrameRejectedError
from opsentrix.ingest.minutes import MinuteBook
from opsentrix.ingest.writer import FrameWriter
from opsentrix.model.agents import NewAgent
from opsentrix.model.frames import DAY_MS, StoredFrame
from opsentrix.storage import agents, layouts, partitions

from packages.hub.tests.kit.hub import measured, until

NOON = 20_000 * DAY_MS + DAY_MS // 2

LAYOUT = 7


def frame(
    seq: int, *, agent: int = 1, boot: int = 1, day: int = 0, columns: bytes = b"columns", absent: bytes = b""
) -> StoredFrame:
    return StoredFrame(agent, boot, seq, NOON + day * DAY_MS + seq * 5000, 1000, 5, LAYOUT, 1, 2, columns, absent)


class Sender:
    """Somebody who sends frames and is told of them; reads the database at that very moment."""

    def __init__(self) -> None:
        self.told: list[int] = []
        self.refusals: list[tuple[int, str, bool]] = []
        self.calls = 0

    def committed(self, frames: Sequence[StoredFrame]) -> None:
        self.calls += 1
        self.told += [one.seq for one in frames]

    def refused(self, frame: StoredFrame, error: FrameRejectedError) -> None:
        self.refusals.append((frame.seq, error.slug, error.permanent))


class Broken(Sender):
    """A sender that is gone."""

    def committed(self, frames: Sequence[StoredFrame]) -> None:
        raise KeyError("gone")


async def put(writer: FrameWriter, one: StoredFrame, sender: Sender) -> None:
    """Queue a frame as soon as there is room."""
    await writer.room()
    writer.put(one, sender)


@contextlib.asynccontextmanager
async def running(database: Database, linger_s: float = 0.01) -> AsyncIterator[FrameWriter]:
    writer = FrameWriter(database, MinuteBook(), linger_s)
    task = asyncio.create_task(writer.run())
    try:
        yield writer
    finally:
        writer.stop()
        await asyncio.wait_for(task, 10)


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writers, "_RETRY_S", 0.02)


@pytest.fixture(autouse=True)
async def _layouts(database: Database) -> None:
    async with database.connection() as connection:
        for name in ("one", "two"):
            agent = await agents.add(connection, NewAgent(name, "server", name))
            await layouts.add(connection, agent.id, LAYOUT, [1])


@pytest.fixture
async def writer(database: Database) -> AsyncIterator[FrameWriter]:
    async with running(database) as writer:
        yield writer


async def stored(database: Database) -> list[int]:
    async with database.connection() as connection:
        rows = await connection.fetch("SELECT seq FROM agent_metrics ORDER BY seq")
    return [row["seq"] for row in rows]


async def run(database: Database, statement: str) -> None:
    async with database.connection() as connection:
        await connection.execute(statement)


async def raise_on_write(database: Database, code: str, when: str = "true") -> None:
    """Let every write fail with an error code of PostgreSQL."""
    async with database.connection() as connection:
        await partitions.ensure(connection, [20_000])
        await connection.execute(
            f"""
            CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN IF {when} THEN RAISE EXCEPTION 'made up' USING ERRCODE = '{code}'; END IF; RETURN NEW; END $$;
            CREATE TRIGGER fail BEFORE INSERT ON agent_metrics FOR EACH ROW EXECUTE FUNCTION fail()
            """
        )


async def test_what_comes_together_is_committed_together(database: Database) -> None:
    commits = measured("opsentrix_ingest_commits_total")
    one, two = Sender(), Sender()
    async with running(database, linger_s=0.1) as writer:
        for seq in range(1, 51):
            writer.put(frame(seq), one)
            writer.put(frame(seq, agent=2), two)
        await until(lambda: len(two.told) == 50)
    assert (one.calls, two.calls) == (1, 1)
    assert measured("opsentrix_ingest_commits_total") == commits + 1
    assert await stored(database) == sorted([*range(1, 51)] * 2)


async def test_what_is_queued_is_written_before_it_stops(database: Database) -> None:
    sender = Sender()
    async with running(database, linger_s=5) as writer:
        writer.put(frame(1), sender)
    assert sender.told == [1]
    assert await stored(database) == [1]


async def test_a_frame_sent_twice_is_stored_once_and_told_each_time(database: Database, writer: FrameWriter) -> None:
    duplicates = measured("opsentrix_ingest_duplicate_frames_total")
    sender = Sender()
    for _ in range(2):
        for seq in (1, 2, 2):
            writer.put(frame(seq), sender)
        await until(lambda: len(sender.told) % 3 == 0 and bool(sender.told))
    await until(lambda: len(sender.told) == 6)
    assert await stored(database) == [1, 2]
    assert measured("opsentrix_ingest_duplicate_frames_total") == duplicates + 4


async def test_frames_of_any_day_find_a_partition_even_if_it_was_dropped(
    database: Database, writer: FrameWriter
) -> None:
    sender = Sender()
    writer.put(frame(1), sender)
    await until(lambda: sender.told == [1])
    async with database.connection() as connection:
        await partitions.drop_before(connection, 20_001)
    writer.put(frame(2), sender)
    await until(lambda: sender.told == [1, 2])
    writer.put(frame(3, day=3), sender)
    await until(lambda: sorted(sender.told) == [1, 2, 3])
    assert await stored(database) == [2, 3]


@pytest.mark.parametrize("code", ["53100", "53200", "57014", "40P01", "40001", "25006", "58030", "42501"])
async def test_frames_wait_while_the_database_cannot_take_them(database: Database, code: str) -> None:
    await raise_on_write(database, code)
    failures = measured("opsentrix_ingest_commit_failures_total")
    sender = Sender()
    async with running(database) as writer:
        for seq in (1, 2, 3):
            writer.put(frame(seq), sender)
        await until(lambda: measured("opsentrix_ingest_commit_failures_total") >= failures + 2)
        assert sender.told == []
        await run(database, "DROP TRIGGER fail ON agent_metrics")
        await until(lambda: sender.told == [1, 2, 3])
    assert await stored(database) == [1, 2, 3]


@pytest.mark.parametrize("code", ["22000", "23000"])
async def test_a_frame_that_cannot_be_written_harms_no_other(database: Database, code: str) -> None:
    await raise_on_write(database, code, "NEW.seq IN (13, 14)")
    unwritable = measured("opsentrix_ingest_unwritable_frames_total")
    sender = Sender()
    async with running(database) as writer:
        for seq in range(1, 31):
            writer.put(frame(seq), sender)
        await until(lambda: len(sender.told) == 28)
        for seq in (31, 14, 5):
            writer.put(frame(seq), sender)
        await until(lambda: len(sender.told) == 30)
    sender.told.remove(5)
    expected = [seq for seq in range(1, 32) if seq not in (13, 14)]
    assert sorted(sender.told) == expected == await stored(database)
    assert measured("opsentrix_ingest_unwritable_frames_total") == unwritable + 3
    assert sender.refusals == [(13, "unstorable", True), (14, "unstorable", True), (14, "unstorable", True)]


async def test_frames_survive_lost_connections(database: Database, writer: FrameWriter) -> None:
    sender = Sender()
    writer.put(frame(1), sender)
    await until(lambda: sender.told == [1])
    for seq in range(2, 6):
        await run(
            database,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()",
        )
        writer.put(frame(seq), sender)
    await until(lambda: sender.told == [1, 2, 3, 4, 5])
    assert await stored(database) == [1, 2, 3, 4, 5]


async def test_a_sender_that_fails_when_told_harms_no_other(database: Database, writer: FrameWriter) -> None:
    sender = Sender()
    writer.put(frame(1), Broken())
    writer.put(frame(2), sender)
    await until(lambda: sender.told == [2])
    writer.put(frame(3), sender)
    await until(lambda: sender.told == [2, 3])


async def test_senders_wait_while_too_much_is_queued(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writers, "_MAX_WAITING", 3)
    await raise_on_write(database, "53100")
    sender = Sender()
    async with running(database) as writer:
        await put(writer, frame(1), sender)
        failures = measured("opsentrix_ingest_commit_failures_total")
        await until(lambda: measured("opsentrix_ingest_commit_failures_total") > failures)
        for seq in (2, 3, 4):
            await asyncio.wait_for(put(writer, frame(seq), sender), 1)
        waiting = asyncio.create_task(put(writer, frame(5), sender))
        await asyncio.sleep(0.05)
        assert not waiting.done()
        await run(database, "DROP TRIGGER fail ON agent_metrics")
        await asyncio.wait_for(waiting, 5)
        await until(lambda: sender.told == [1, 2, 3, 4, 5])


async def test_senders_of_large_frames_wait_sooner(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writers, "_MAX_WAITING_BYTES", 3000)
    monkeypatch.setattr(writers, "_MAX_TRANSACTION_BYTES", 1500)
    commits = measured("opsentrix_ingest_commits_total")
    await raise_on_write(database, "53100")
    sender = Sender()
    async with running(database) as writer:
        await put(writer, frame(1), sender)
        failures = measured("opsentrix_ingest_commit_failures_total")
        await until(lambda: measured("opsentrix_ingest_commit_failures_total") > failures)
        for seq in (2, 3, 4):
            await asyncio.wait_for(put(writer, frame(seq, columns=bytes(900), absent=bytes(100)), sender), 1)
        assert measured("opsentrix_ingest_write_queue_frames") == 3
        assert measured("opsentrix_ingest_write_queue_bytes") == 3000
        waiting = asyncio.create_task(put(writer, frame(5), sender))
        await asyncio.sleep(0.05)
        assert not waiting.done()
        await run(database, "DROP TRIGGER fail ON agent_metrics")
        await asyncio.wait_for(waiting, 5)
        await until(lambda: sender.told == [1, 2, 3, 4, 5])
    assert measured("opsentrix_ingest_write_queue_bytes") == 0
    assert measured("opsentrix_ingest_commits_total") >= commits + 3, "no transaction may grow without bound"


async def test_why_frames_wait_is_said_once(database: Database) -> None:
    await raise_on_write(database, "53100")
    failures = measured("opsentrix_ingest_commit_failures_total")
    sender = Sender()
    with structlog.testing.capture_logs() as lines:
        async with running(database) as writer:
            writer.put(frame(1), sender)
            await until(lambda: measured("opsentrix_ingest_commit_failures_total") >= failures + 5)
            await run(database, "DROP TRIGGER fail ON agent_metrics")
            await until(lambda: sender.told == [1])
    assert [line["event"] for line in lines] == ["frames wait for the database", "the database takes frames again"]
    assert lines[0]["error"] == "made up"


async def test_it_stops_at_once_while_the_database_is_away_and_tells_nobody(database: Database) -> None:
    await raise_on_write(database, "53100")
    sender = Sender()
    async with running(database) as writer:
        writer.put(frame(1), sender)
        await asyncio.sleep(0.05)
    assert sender.told == []
    assert await stored(database) == []
