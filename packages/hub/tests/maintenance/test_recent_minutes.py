"""Recent minutes are a shortcut: whatever is sent and moved in whatever order, answers are those of the frames."""

import asyncio
import random
import uuid
from array import array
from dataclasses import dataclass, field, replace
from unittest.mock import MagicMock

import numpy as np
import pytest
from opsentrix.db import Database
from opsentrix.ingest.layouts import LayoutBook
from opsentrix.ingest.minutes import MinuteBook
from opsentrix.ingest.writer import FrameWriter, Sender
from opsentrix.maintenance import compaction
from opsentrix.model.agents import NewAgent
from opsentrix.model.frames import Batch, StoredFrame, decode
from opsentrix.model.series import Aggregation
from opsentrix.model.tiers import HOUR_MS
from opsentrix.query import series as query
from opsentrix.storage import agents, frames, minutes
from opsentrix_protocol import frames as codec
from opsentrix_protocol import opsentrix_pb2 as pb
from opsentrix_protocol.catalogue import Kind, Metric, Series, labels_of

START_MS = 1_790_000_000_000 // HOUR_MS * HOUR_MS
METRIC = Metric("test.value", "1", Kind.GAUGE)


@dataclass
class Site:
    """An agent whose frames take the product's way from the sinks on."""

    database: Database
    agent_id: int
    boot: int
    book: LayoutBook
    minutes: MinuteBook = field(default_factory=MinuteBook)
    seq: int = 0

    async def send(self, first_ms: int, ticks: int, names: str = "ab", step_ms: int = 1000) -> None:
        """Make a frame durable, and the minutes that it completes with it; one sample is absent now and then."""
        self.seq += 1
        listed = [Series(METRIC, labels_of(name=name)) for name in names]
        values = array("d", (float(self.seq + n % 7) for n in range(len(names) * ticks)))
        absent = bytearray((len(values) + 7) // 8)
        if self.seq % 11 == 0:
            absent[0] |= 1
        frame = pb.Frame(ticks=ticks)
        codec.pack(frame, values, bytes(absent))
        layout = (await self.book.admit(self.agent_id, listed)).layout
        stored = StoredFrame(
            self.agent_id, self.boot, self.seq, first_ms, step_ms, ticks, layout.id, frame.value_type,
            frame.compression, frame.columns, frame.absent,
        )  # fmt: skip
        writer = FrameWriter(self.database, self.minutes, linger_s=0)
        writer.put(stored, MagicMock(spec=Sender))
        self.minutes.push(Batch([stored], [layout], decode(stored, len(names))[np.newaxis]))
        writer.stop()
        await asyncio.wait_for(writer.run(), 10)

    async def restart(self) -> None:
        """Forget what only a running hub knows."""
        self.minutes = MinuteBook()

    async def ask(self, hours: int, points: int, aggregation: Aggregation) -> query.SeriesAnswer:
        start = START_MS / 1000
        asked = query.SeriesQuery(self.agent_id, (), (), start, start + hours * 3600, points, aggregation)
        return await query.read(self.database, asked)

    async def check(self) -> int:
        """Compare answers with those of the frames and blocks alone; return how many minutes there were to use."""
        with_minutes = [await self.ask(3, *shape) for shape in SHAPES]
        async with self.database.connection() as connection:
            rows = await connection.fetch("SELECT * FROM recent_minutes")
            await minutes.remove_all(connection)
        without = [await self.ask(3, *shape) for shape in SHAPES]
        async with self.database.connection() as connection:
            await connection.copy_records_to_table("recent_minutes", records=[tuple(row) for row in rows])
        for got, expected in zip(with_minutes, without, strict=True):
            assert got.gaps == expected.gaps
            assert [one.known for one in got.points] == [one.known for one in expected.points]
            for one, other in zip(got.points, expected.points, strict=True):
                assert one.time.tolist() == other.time.tolist()
                for a, b in ((one.value, other.value), (one.minimum, other.minimum), (one.maximum, other.maximum)):
                    assert a is not None
                    assert b is not None
                    np.testing.assert_allclose(a, b, rtol=1e-6)
        return len(rows)


SHAPES = ((180, Aggregation.AVG), (180, Aggregation.SUM), (36, Aggregation.MAX), (3, Aggregation.AVG))


@pytest.fixture
async def site(database: Database) -> Site:
    async with database.connection() as connection:
        agent = await agents.add(connection, NewAgent("web-1", "server", "web-1.example"))
        [boot] = (await frames.boots(connection, agent.id, [uuid.UUID(int=1)])).values()
    return Site(database, agent.id, boot, LayoutBook(database, 5000))


async def test_whole_minutes_are_written_and_used_and_gone_when_compacted(site: Site) -> None:
    for second in range(-2, 600, 5):
        await site.send(START_MS + second * 1000, 5)
    assert await site.check() == 10
    await compaction.run_once(site.database, START_MS / 1000 + 2 * 3600)
    async with site.database.connection() as connection:
        assert await connection.fetchval("SELECT count(*) FROM recent_minutes") == 0
    assert await site.check() == 0


async def test_a_minute_written_after_its_frames_moved_is_not_counted_again(site: Site) -> None:
    for second in range(-2, 120, 5):
        await site.send(START_MS + second * 1000, 5)
    async with site.database.connection() as connection:
        known = await minutes.whole(connection, [site.agent_id], 0, 2**31 - 1)
    assert len(known) == 2
    await compaction.run_once(site.database, START_MS / 1000 + 2 * 3600)
    wrong = np.full(6, 1e9, "<f4").tobytes()
    async with site.database.connection() as connection:
        await minutes.put(connection, [replace(one, values=wrong) for one in known])
    for points in (180, 3):
        for one in (await site.ask(3, points, Aggregation.AVG)).points:
            assert one.maximum is not None
            assert np.nanmax(one.maximum) < 1000


async def test_the_first_minute_of_an_hour_is_used_though_a_part_of_it_moved(site: Site) -> None:
    for second in range(-2, 120, 5):
        await site.send(START_MS + HOUR_MS + second * 1000, 5)
    assert await site.check() == 2
    await compaction.run_once(site.database, START_MS / 1000 + 3600 + 120)
    assert await site.check() == 2
    before = await site.ask(3, 180, Aggregation.SUM)
    async with site.database.connection() as connection:  # what does not change was not read from frames
        await connection.execute(
            "DELETE FROM agent_metrics WHERE time < to_timestamp($1)", START_MS / 1000 + 3600 + 60 - 5
        )
    after = await site.ask(3, 180, Aggregation.SUM)
    for one, other in zip(before.points, after.points, strict=True):
        assert one.time.tolist() == other.time.tolist()
        assert one.value.tolist() == other.value.tolist()


@pytest.mark.parametrize(("seed", "few"), [(0, 4), (1, 4), (2, 4), (3, 0), (4, 0), (5, 0)])
async def test_in_any_order_with_restarts_and_compaction(
    site: Site, seed: int, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("opsentrix.query.rolled._FEW", few)
    chance = random.Random(seed)  # noqa: S311
    waiting = [(second, 5) for second in range(-3, 4200, 5)]
    held: list[tuple[int, int]] = []
    used = 0
    for at, (second, ticks) in enumerate(waiting):
        match chance.random():
            case dice if dice < 0.02:
                held.append((second, ticks))
                continue
            case dice if dice < 0.03:
                continue  # never sent: a gap
            case dice if dice < 0.035:
                await site.restart()
            case dice if dice < 0.04:
                await site.send(START_MS + second * 1000, 1, names="c", step_ms=60_000)
            case dice if dice < 0.045:
                await site.send(START_MS + second * 1000 - 2000, 2)  # a clock that was set back
            case dice if dice < 0.05 and held:
                late = held.pop(chance.randrange(len(held)))
                await site.send(START_MS + late[0] * 1000, late[1])
        await site.send(START_MS + second * 1000, ticks, names="abd" if 1500 < second < 1700 else "ab")
        if at % 200 == 199:
            used += await site.check()
            await compaction.run_once(site.database, START_MS / 1000 + chance.choice([0, 3700, 7300]))
            used += await site.check()
    assert used > 20
