"""Process samples on a real PostgreSQL: what an agent saw is what is answered, before and after compaction."""

import uuid
import zlib
from array import array

import pytest
from opsentrix import selfmetrics
from opsentrix.db import Database
from opsentrix.ingest.layouts import LayoutBook
from opsentrix.maintenance import compaction
from opsentrix.model.agents import NewAgent
from opsentrix.model.frames import StoredFrame
from opsentrix.model.processes import Order
from opsentrix.model.tiers import HOUR_MS
from opsentrix.query import processes as query
from opsentrix.storage import agents, frames, partitions
from opsentrix_protocol import frames as codec
from opsentrix_protocol import opsentrix_pb2 as pb
from opsentrix_protocol.catalogue import Kind, Metric, Series
from opsentrix_protocol.processes import ProcessSample, ProcessTable, pack

START_MS = 1_790_000_000_000 // HOUR_MS * HOUR_MS
LATER = START_MS / 1000 + 30 * 3600
INIT = ProcessSample(1, "init", "root", "sleeping", 1, 0.0, 12 << 20)
HOG = ProcessSample(4711, "hog", "anna", "running", 1, 0.998, 3 << 20)
IDLE = pack([ProcessTable(START_MS, (INIT,))])


class Agent:
    """An agent with frames of 5 seconds."""

    def __init__(self, database: Database, agent_id: int, boot: int) -> None:
        self.id = agent_id
        self._database = database
        self._boot = boot
        self._seq = 0
        self._book = LayoutBook(database, 5000)

    async def frame(self, first_ms: int, packed: bytes, *, absent: bytes = b"") -> None:
        self._seq += 1
        message = pb.Frame()
        codec.pack(message, array("d", [float(self._seq)] * 5), absent)
        layout = (await self._book.admit(self.id, [Series(Metric("test.value", "1", Kind.GAUGE))])).layout
        stored = StoredFrame(
            self.id, self._boot, self._seq, first_ms, 1000, 5, layout.id, message.value_type, message.compression,
            message.columns, message.absent, packed,
        )  # fmt: skip
        async with self._database.connection() as connection:
            await partitions.ensure(connection, {first_ms // 86_400_000})
            await frames.append(connection, [stored])

    async def look(self, time_ms: int, *samples: ProcessSample) -> None:
        await self.frame(time_ms - 4000, pack([ProcessTable(time_ms, samples)]))

    async def at(self, time_ms: int) -> list[str] | None:
        table = await query.at(self._database, self.id, time_ms)
        return None if table is None else [one.name for one in table.processes]

    async def top(
        self, first_ms: int = START_MS, last_ms: int = START_MS + 3 * HOUR_MS, by: Order = Order.CPU
    ) -> tuple[int, list[tuple[str, float]]]:
        looks, uses = await query.over(self._database, self.id, first_ms, last_ms, by, 10)
        return looks, [(one.name, round(one.cpu_seconds, 3)) for one in uses]


@pytest.fixture
async def agent(database: Database) -> Agent:
    async with database.connection() as connection:
        made = await agents.add(connection, NewAgent("a", "host", "h"))
        numbers = await frames.boots(connection, made.id, [uuid.UUID(int=1)])
    return Agent(database, made.id, numbers[uuid.UUID(int=1)])


@pytest.mark.parametrize("compacted", [False, True])
async def test_a_hog_of_five_seconds_is_named_twenty_minutes_later(
    agent: Agent, database: Database, compacted: bool
) -> None:
    for number in range(240):
        time_ms = START_MS + 4000 + number * 5000
        await agent.look(time_ms, INIT, *([HOG] if number == 12 else []))
    if compacted:
        assert await compaction.run_once(database, LATER) == 240
    hog_ms = START_MS + 4000 + 12 * 5000

    assert await agent.at(hog_ms + 3000) == ["init", "hog"]
    assert await agent.at(hog_ms - 1) == ["init"]
    assert await agent.at(START_MS - 1) is None
    assert await agent.top() == (240, [("hog", 5.0), ("init", 0.0)])
    assert (await agent.top(by=Order.MEMORY))[1][0][0] == "init"
    assert await agent.top(hog_ms + 1, hog_ms + 60_000) == (12, [("init", 0.0)])


async def test_late_frames_join_the_hour_that_was_compacted(agent: Agent, database: Database) -> None:
    await agent.look(START_MS + 10_000, INIT)
    await compaction.run_once(database, LATER)
    await agent.look(START_MS + 5000, HOG)
    both = await agent.top()
    await compaction.run_once(database, LATER)

    assert both[0] == 2
    assert await agent.top() == both
    assert await agent.at(START_MS + 5000) == ["hog"]


async def test_a_frame_across_the_hour_is_found_from_both_sides(agent: Agent, database: Database) -> None:
    await agent.look(START_MS + HOUR_MS + 1000, HOG)
    await compaction.run_once(database, LATER)

    assert await agent.at(START_MS + HOUR_MS + 2000) == ["hog"]
    assert (await agent.top(START_MS + HOUR_MS, START_MS + HOUR_MS + 60_000))[0] == 1


async def test_what_cannot_be_read_is_left_out_and_harms_nothing(agent: Agent, database: Database) -> None:
    bombs = [b"junk", zlib.compress(b"\xff\xff"), zlib.compress(bytes(10_000_000)), IDLE[:-6]]
    await agent.look(START_MS + 5000, HOG)
    for number, bomb in enumerate(bombs):
        await agent.frame(START_MS + 10_000 + number * 5000, bomb)
    before = selfmetrics.BAD_PROCESS_SAMPLES._value.get()
    assert await agent.top() == (1, [("hog", 5.0)])
    assert selfmetrics.BAD_PROCESS_SAMPLES._value.get() >= before + 3

    assert await compaction.run_once(database, LATER) == 5
    assert await agent.top() == (1, [("hog", 5.0)])


async def test_an_hour_that_was_damaged_on_disk_is_left_out(agent: Agent, database: Database) -> None:
    await agent.look(START_MS + 5000, HOG)
    await compaction.run_once(database, LATER)
    await agent.look(START_MS + HOUR_MS + 5000, INIT)
    async with database.connection() as connection:
        await connection.execute("UPDATE blocks_1s SET processes = substr(processes, 3)")

    assert await agent.top() == (1, [("init", 0.0)])


async def test_frames_without_a_sample_lose_their_processes_and_that_is_counted(
    agent: Agent, database: Database
) -> None:
    before = selfmetrics.BAD_PROCESS_SAMPLES._value.get()
    await agent.frame(START_MS, IDLE, absent=b"\x1f")

    assert await compaction.run_once(database, LATER) == 1
    assert await agent.top() == (0, [])
    assert selfmetrics.BAD_PROCESS_SAMPLES._value.get() == before + 1
