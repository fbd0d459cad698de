"""Compaction on a real PostgreSQL: what was sampled is what is read, whatever was moved when."""

import random
import uuid
from array import array
from dataclasses import dataclass, field

import numpy as np
import pytest
from opsentrix.db import Database
from opsentrix.ingest.layouts import LayoutBook
from opsentrix.maintenance import compaction
from opsentrix.model.agents import NewAgent
from opsentrix.model.frames import StoredFrame
from opsentrix.model.gaps import Reason
from opsentrix.model.series import Aggregation
from opsentrix.model.tiers import HOUR_MS, MINUTE, SECOND
from opsentrix.query import series as query
from opsentrix.storage import agents, blocks, frames, partitions
from opsentrix.storage import series as series_storage
from opsentrix_protocol import frames as codec
from opsentrix_protocol import opsentrix_pb2 as pb
from opsentrix_protocol.catalogue import Kind, Metric, Series, labels_of

START_MS = 1_790_000_000_000 // HOUR_MS * HOUR_MS
METRIC = Metric("test.value", "1", Kind.GAUGE)
LATER = START_MS / 1000 + 30 * 3600


@dataclass
class History:
    """An agent, its frames, and what an oracle says that they hold: value by series name and tick."""

    database: Database
    agent_id: int
    book: LayoutBook
    truth: dict[tuple[str, int], float] = field(default_factory=dict)
    seq: int = 0
    boot: int = 0

    async def sample(self, first_ms: int, ticks: int, names: str = "ab", hole: int | None = None) -> StoredFrame:
        """Store a frame of `ticks` seconds; each value is unique to its frame, and one may be absent."""
        self.seq += 1
        listed = [Series(METRIC, labels_of(name=name)) for name in names]
        values = array("d")
        bits = bytearray((len(names) * ticks + 7) // 8)
        for row, name in enumerate(names):
            for tick in range(ticks):
                value = self.seq + row / 8 + tick / 1024
                values.append(value)
                if hole is not None and row * ticks + tick == hole:
                    bits[hole >> 3] |= 1 << (hole & 7)
                else:
                    self.truth[name, first_ms + tick * 1000] = value
        frame = pb.Frame(boot_id=uuid.UUID(int=1).bytes, seq=self.seq, ticks=ticks)
        codec.pack(frame, values, bytes(bits))
        layout = (await self.book.admit(self.agent_id, listed)).layout
        stored = StoredFrame(
            self.agent_id, self.boot, self.seq, first_ms, 1000, ticks, layout.id, frame.value_type, frame.compression,
            frame.columns, frame.absent,
        )  # fmt: skip
        async with self.database.connection() as connection:
            await partitions.ensure(connection, {first_ms // 86_400_000})
            await frames.append(connection, [stored])
        return stored

    async def read(
        self, points: int = 10_000, hours: int = 2, agg: Aggregation = Aggregation.AVG
    ) -> query.SeriesAnswer:
        asked = query.SeriesQuery(self.agent_id, (), (), START_MS / 1000, START_MS / 1000 + hours * 3600, points, agg)
        return await query.read(self.database, asked)

    async def check(self) -> None:
        """Compare every stored sample with the oracle."""
        got: dict[tuple[str, int], float] = {}
        for begin in range(0, 8 * 3600, 7200):
            start = START_MS / 1000 - 3600 + begin
            asked = query.SeriesQuery(self.agent_id, (), (), start, start + 7199, 10_000, Aggregation.AVG)
            for points in (await query.read(self.database, asked)).points:
                name = dict(points.known.series.labels)["name"]
                for time, value in zip(points.time.tolist(), points.value.tolist(), strict=True):
                    if not np.isnan(value):
                        assert (name, round(time * 1000)) not in got
                        got[name, round(time * 1000)] = value
        assert got == self.truth


@pytest.fixture
async def history(database: Database) -> History:
    async with database.connection() as connection:
        agent = await agents.add(connection, NewAgent("a", "host", "h"))
        numbers = await frames.boots(connection, agent.id, [uuid.UUID(int=1)])
    return History(database, agent.id, LayoutBook(database, 5000), boot=numbers[uuid.UUID(int=1)])


async def _count(database: Database, table: str) -> int:
    async with database.connection() as connection:
        number: int = await connection.fetchval(f"SELECT count(*) FROM {table}")  # noqa: S608 - a table's name
    return number


async def test_frames_become_blocks_and_read_the_same(history: History, database: Database) -> None:
    for minute in range(0, 3600, 5):
        await history.sample(START_MS + minute * 1000, 5, hole=minute % 10 if minute % 3 == 0 else None)
    before = await history.read()
    assert await compaction.run_once(database, LATER) == 720
    assert await _count(database, "agent_metrics") == 0
    assert await _count(database, "blocks_1s") == 1
    await history.check()
    after = await history.read()
    for old, new in zip(before.points, after.points, strict=True):
        assert old.known == new.known
        assert np.array_equal(old.time, new.time)
        assert np.array_equal(old.value, new.value, equal_nan=True)


async def test_frames_of_the_hour_that_goes_on_stay(history: History, database: Database) -> None:
    await history.sample(START_MS, 5)
    await history.sample(START_MS + HOUR_MS, 5)
    now = (START_MS + HOUR_MS + 120_000) / 1000
    assert await compaction.run_once(database, now) == 1
    assert await _count(database, "agent_metrics") == 1
    await history.check()


async def test_a_frame_across_the_hour_is_split(history: History, database: Database) -> None:
    await history.sample(START_MS + HOUR_MS - 2000, 5)
    await history.sample(START_MS + HOUR_MS + 3000, 5)
    assert await compaction.run_once(database, (START_MS + HOUR_MS + 120_000) / 1000) == 1
    await history.check()
    assert await compaction.run_once(database, LATER) == 1
    await history.check()
    assert await _count(database, "blocks_1s") == 2


async def test_late_frames_and_new_series_are_merged_in(history: History, database: Database) -> None:
    await history.sample(START_MS + 10_000, 5)
    await compaction.run_once(database, LATER)
    await history.sample(START_MS, 5, names="bc")
    await history.sample(START_MS + 100_000, 5, names="a")
    await history.check()  # from block and frames at once
    await compaction.run_once(database, LATER)
    await history.check()
    assert await _count(database, "blocks_1s") == 1


async def test_the_same_sample_twice_stays_one(history: History, database: Database) -> None:
    stored = await history.sample(START_MS, 5)
    await compaction.run_once(database, LATER)
    async with database.connection() as connection:
        await frames.append(connection, [stored])  # as if its ack had been lost and nobody had noticed
    await history.check()
    await compaction.run_once(database, LATER)
    await history.check()


async def test_what_is_compacted_is_still_committed(history: History, database: Database) -> None:
    await history.sample(START_MS, 5)
    await history.sample(START_MS + 5000, 5)
    await compaction.run_once(database, LATER)
    history.seq = 9
    await history.sample(START_MS + 10 * HOUR_MS, 5)
    async with database.connection() as connection:
        assert list(await frames.committed(connection, history.agent_id, history.boot)) == [(1, 2), (10, 10)]


async def test_parts_of_an_hour_that_is_too_large_end_as_one(
    history: History, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(20):
        await history.sample(START_MS + n * 5000, 5)
    monkeypatch.setattr(compaction, "MAX_VALUES", 30)
    assert await compaction.run_once(database, LATER) == 20
    await history.check()
    assert await _count(database, "blocks_1s") == 1


async def test_minutes_and_hours_keep_the_spike(history: History, database: Database) -> None:
    for n in range(0, 7200, 60):
        await history.sample(START_MS + n * 1000, 60, names="a")
    answers = {}
    for moved in (False, True):
        if moved:
            await compaction.run_once(database, LATER)
            assert await _count(database, "rollup_queue") == 0
        answers[moved] = [await history.read(points, 48) for points in (1000, 40)]
    for before, after in zip(answers[False], answers[True], strict=True):
        assert after.tier == before.tier
        assert np.array_equal(after.points[0].time, before.points[0].time)
        for got, wanted in (
            (after.points[0].minimum, before.points[0].minimum),
            (after.points[0].maximum, before.points[0].maximum),
            (after.points[0].value, before.points[0].value),
        ):
            assert got is not None
            assert wanted is not None
            np.testing.assert_allclose(got, wanted, rtol=1e-6)
    assert [one.tier for one in answers[True]] == ["1m", "1h"]


async def test_news_of_a_day_are_read_before_it_is_rolled_up_again(history: History, database: Database) -> None:
    await history.sample(START_MS, 5, names="a")
    await compaction.run_once(database, LATER)
    await history.sample(START_MS + 60_000, 5, names="a")
    await compaction.compact_oldest(database, history.agent_id, START_MS + HOUR_MS)
    assert await _count(database, "rollup_queue") == 1
    answer = await history.read(40, 48)
    assert answer.tier == "1h"
    assert answer.points[0].maximum is not None
    assert answer.points[0].maximum[0] == pytest.approx(2 + 4 / 1024)


async def test_a_corrupt_block_harms_no_other(history: History, database: Database) -> None:
    await history.sample(START_MS, 60)
    await compaction.run_once(database, LATER)
    async with database.connection() as connection:
        await connection.execute("UPDATE blocks_1s SET data = overlay(data PLACING '\\x00'::bytea FROM 9)")
    answer = await history.read()
    assert [dict(one.known.series.labels)["name"] for one in answer.points] == ["b"]
    await history.sample(START_MS + 60_000, 5)
    await compaction.run_once(database, LATER)
    answer = await history.read()
    assert {dict(one.known.series.labels)["name"] for one in answer.points} == {"a", "b"}


async def test_an_hour_whose_axis_is_corrupt_stops_no_other_agent(history: History, database: Database) -> None:
    await history.sample(START_MS, 5)
    await compaction.run_once(database, LATER)
    async with database.connection() as connection:
        await connection.execute("UPDATE blocks_1s SET axis = '\\x0102'")
        other = await agents.add(connection, NewAgent("b", "host", "h"))
    await history.sample(START_MS + 5000, 5)
    second = History(database, other.id, history.book, boot=history.boot)
    await second.sample(START_MS, 5)
    assert await compaction.run_once(database, LATER) == 1
    await second.check()
    assert await _count(database, "agent_metrics") == 1
    answer = await history.read()
    assert answer.points[0].time.size == 5  # what is not merged is still read


async def test_any_order_of_frames_and_compactions_ends_as_what_was_sampled(
    history: History, database: Database
) -> None:
    chance = random.Random(7)  # noqa: S311 - a test that must do the same each time
    begins = [START_MS + n * 7000 for n in range(-200, 900, 11)]
    chance.shuffle(begins)
    for number, first_ms in enumerate(begins):
        await history.sample(first_ms, chance.randint(1, 7), names=chance.choice(["a", "ab", "bc"]))
        if number % 9 == 0:
            await compaction.compact_oldest(database, history.agent_id, START_MS + 3 * HOUR_MS)
        if number % 40 == 0:
            await history.check()
    await compaction.run_once(database, LATER)
    assert await _count(database, "agent_metrics") == 0
    await history.check()


async def test_one_series_is_read_without_the_others(history: History, database: Database) -> None:
    await history.sample(START_MS, 60, names="abc")
    await compaction.run_once(database, LATER)
    async with database.connection() as connection:
        known = await series_storage.known(connection, history.agent_id)
        ((_, row),) = await blocks.rows_between(connection, SECOND, history.agent_id, START_MS, START_MS, [known[1].id])
        ((agent_id, series_id, start_ms, _),) = await blocks.of_series(
            connection, MINUTE, [history.agent_id], [known[1].id], START_MS, START_MS
        )
    assert (agent_id, series_id, start_ms) == (history.agent_id, known[1].id, START_MS)
    assert row.series_ids.tolist() == [known[1].id]
    assert row.offsets.size == 2


async def test_the_ledger_says_why_samples_are_missing(history: History, database: Database) -> None:
    await history.sample(START_MS, 5)
    await history.sample(START_MS + 10_000, 5)  # the agent did not sample
    history.seq += 3
    await history.sample(START_MS + 30_000, 5)  # three frames got lost
    async with database.connection() as connection:
        numbers = await frames.boots(connection, history.agent_id, [uuid.UUID(int=2)])
    history.boot = numbers[uuid.UUID(int=2)]
    history.seq = 0
    await history.sample(START_MS + 60_000, 5)  # another boot
    expected = [
        (4, 10, Reason.NOT_SAMPLED, 0),
        (14, 30, Reason.FRAMES_LOST, 3),
        (34, 60, Reason.NOT_RUNNING, 0),
    ]
    begin = START_MS / 1000
    for _ in range(2):
        gaps = (await history.read()).gaps
        assert [(gap.start - begin, gap.end - begin, gap.reason, gap.lost_frames) for gap in gaps] == expected
        await compaction.run_once(database, LATER)


async def test_frames_that_come_late_fill_the_ledger(history: History, database: Database) -> None:
    await history.sample(START_MS, 5)
    history.seq = 6
    await history.sample(START_MS + 30_000, 5)
    await compaction.run_once(database, LATER)
    history.seq = 2
    await history.sample(START_MS + 10_000, 10)
    await compaction.run_once(database, LATER)
    begin = START_MS / 1000
    gaps = (await history.read()).gaps
    assert [(gap.start - begin, gap.end - begin, gap.lost_frames) for gap in gaps] == [(4, 10, 1), (19, 30, 3)]
    history.seq = 1
    await history.sample(START_MS + 5000, 5)
    history.seq = 3
    await history.sample(START_MS + 20_000, 10)
    await compaction.run_once(database, LATER)
    assert (await history.read()).gaps == []
    assert await _count(database, "gaps") == 0


async def test_a_gap_between_what_is_compacted_and_what_is_not_is_explained(
    history: History, database: Database
) -> None:
    await history.sample(START_MS, 5)
    await compaction.run_once(database, LATER)
    history.seq += 2
    await history.sample(START_MS + 60_000, 5)
    (gap,) = (await history.read()).gaps
    assert (gap.reason, gap.lost_frames) == (Reason.FRAMES_LOST, 2)
