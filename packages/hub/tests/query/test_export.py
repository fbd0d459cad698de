"""Exports on a real PostgreSQL: the file holds exactly what was sampled, wherever it is stored."""

import contextlib
import csv
import io
import random
import struct
import uuid
from array import array
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np
import pytest
from opsentrix.db import Connection, Database
from opsentrix.errors import NotFoundError, TooManyRequestsError
from opsentrix.ingest.layouts import LayoutBook
from opsentrix.maintenance import compaction
from opsentrix.model.agents import NewAgent
from opsentrix.model.frames import DAY_MS, StoredFrame
from opsentrix.model.tiers import HOUR, HOUR_MS, MINUTE, MINUTE_MS, SECOND, TIERS, Tier
from opsentrix.query import export, parquet_table, table
from opsentrix.query.export import ENCODERS, ExportQuery, Exports
from opsentrix.storage import agents, frames, partitions
from opsentrix_protocol import frames as codec
from opsentrix_protocol import opsentrix_pb2 as pb
from opsentrix_protocol.catalogue import Kind, Metric, Series, labels_of
from pyarrow import parquet

START_MS = 1_790_000_000_000 // DAY_MS * DAY_MS
NOW = START_MS / 1000 + 30 * 3600
"""When all hours of the tests are over, and the first day too."""
A, B, C = (Series(Metric("test.value", "1", Kind.GAUGE), labels_of(name=name)) for name in "abc")
OTHER = Series(Metric("test.other", "By", Kind.GAUGE))

Truth = dict[tuple[int, str, str, int], bytes]
"""Raw bits by agent, metric, labels and Unix ms."""


@dataclass
class Fleet:
    """Agents, their frames, and what an oracle says that these hold."""

    database: Database
    book: LayoutBook
    truth: Truth = field(default_factory=dict)
    boots: dict[int, int] = field(default_factory=dict)
    seq: int = 0
    chance: random.Random = field(default_factory=lambda: random.Random(5))  # noqa: S311 - the same each time

    async def enroll(self, name: str = "web-1") -> int:
        async with self.database.connection() as connection:
            agent = await agents.add(connection, NewAgent(name, "host", "h"))
            self.boots[agent.id] = (await frames.boots(connection, agent.id, [uuid.UUID(int=1)]))[uuid.UUID(int=1)]
        return agent.id

    async def sample(
        self, agent: int, first_ms: int, ticks: int = 5, series: Sequence[Series] = (A, B), *,
        holes: Sequence[int] = (), values: Sequence[float] | None = None,
    ) -> None:  # fmt: skip
        """Store a frame of random bits; at the places in `holes` nothing was sampled."""
        self.seq += 1
        sent = list(values) if values is not None else [self._any_number() for _ in range(len(series) * ticks)]
        absent = bytearray((len(sent) + 7) // 8)
        for place, value in enumerate(sent):
            row, tick = divmod(place, ticks)
            if place in holes:
                absent[place >> 3] |= 1 << (place & 7)
            else:
                labels = table.labels_text(series[row].labels)
                key = agent, series[row].metric.name, labels, first_ms + 1000 * tick
                self.truth[key] = struct.pack("<d", value)
        frame = pb.Frame(ticks=ticks)
        codec.pack(frame, array("d", sent), bytes(absent) if holes else b"")
        layout = (await self.book.admit(agent, series)).layout
        stored = StoredFrame(
            agent, self.boots[agent], self.seq, first_ms, 1000, ticks, layout.id, frame.value_type, frame.compression,
            frame.columns, frame.absent,
        )  # fmt: skip
        async with self.database.connection() as connection:
            await partitions.ensure(connection, {first_ms // DAY_MS})
            await frames.append(connection, [stored])

    def _any_number(self) -> float:
        while True:
            (number,) = struct.unpack("<d", self.chance.randbytes(8))
            if 1e-30 < abs(number) < 1e30:  # coarser tiers hold float32
                return float(number)


@pytest.fixture
def fleet(database: Database) -> Fleet:
    return Fleet(database, LayoutBook(database, 5000))


def asked(
    *agent_ids: int, first_ms: int = START_MS - HOUR_MS, last_ms: int = START_MS + 2 * DAY_MS, tier: Tier = SECOND,
    metrics: Sequence[str] = (), labels: Mapping[str, str] | None = None,
) -> ExportQuery:  # fmt: skip
    named = [(one, f"agent {one}") for one in agent_ids]
    return ExportQuery(named, metrics, labels_of(**labels or {}), first_ms, last_ms, tier)


async def rows(database: Database, query: ExportQuery, kind: str = "csv") -> list[dict[str, object]]:
    """Return the rows of an export, read by others' libraries; numbers of a CSV file as floats, time in Unix ms."""
    pieces = [piece async for piece in Exports(database).stream(query, ENCODERS[kind](query.tier))]
    if kind == "parquet":
        return [
            row | {"time": _unix_ms(row["time"])}
            for row in parquet.read_table(io.BytesIO(b"".join(pieces))).to_pylist()
        ]
    reads: dict[str, Callable[[str], object]] = {
        "time": lambda text: _unix_ms(datetime.fromisoformat(text)),
        "agent": int, **dict.fromkeys(table.value_columns(query.tier), float),
    }  # fmt: skip
    return [
        {name: reads.get(name, str)(text) for name, text in row.items()}
        for row in csv.DictReader(io.StringIO(b"".join(pieces).decode(), newline=""))
    ]


def _unix_ms(time: datetime) -> int:
    offset = time.utcoffset()
    assert offset == timedelta(0)
    return round(time.timestamp() * 1000)


def truth_of(exported: Sequence[dict[str, object]]) -> Truth:
    found: Truth = {}
    for row in exported:
        key = int(str(row["agent"])), str(row["metric"]), str(row["labels"]), int(str(row["time"]))
        assert key not in found, f"{key} stands there twice"
        found[key] = struct.pack("<d", row["value"])
    return found


async def _history(fleet: Fleet, agent: int) -> None:
    """Store what can be hard: absent samples, a gap, an hour that ends within a frame, another layout, late frames."""
    for second in range(0, 200, 5):
        holes = [second % 10, 9] if second % 3 == 0 else []
        await fleet.sample(agent, START_MS + second * 1000, holes=holes)
    await fleet.sample(agent, START_MS + HOUR_MS - 2000)
    await fleet.sample(agent, START_MS + HOUR_MS + 3000, 7, (B, C, OTHER))
    await compaction.run_once(fleet.database, (START_MS + HOUR_MS) / 1000 + 120)
    await fleet.sample(agent, START_MS + 300_000, 3, (C,))
    await fleet.sample(agent, START_MS + 10_000, 5, (A,))  # once more, and the later one counts
    await fleet.sample(agent, START_MS + 5 * HOUR_MS + 7, 2, (A, OTHER), holes=[0, 2])
    await fleet.sample(agent, START_MS + 23 * HOUR_MS, 5)


@pytest.mark.parametrize("kind", ENCODERS)
@pytest.mark.parametrize("held", [table.HELD_VALUES, 30])
async def test_the_file_holds_the_samples_bit_for_bit(
    kind: str, held: int, fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table, "HELD_VALUES", held)
    monkeypatch.setattr(export, "HELD_VALUES", held)
    monkeypatch.setattr(parquet_table, "_GROUP_ROWS", held)
    first, second = await fleet.enroll(), await fleet.enroll("web-2")
    await _history(fleet, first)
    await fleet.sample(second, START_MS, 60, (A,))
    exported = await rows(fleet.database, asked(first, second), kind)
    assert truth_of(exported) == fleet.truth
    assert [row["agent"] for row in exported] == sorted(int(str(row["agent"])) for row in exported)
    units = {(row["agent_name"], row["metric"], row["unit"]) for row in exported}
    assert units == {
        (f"agent {first}", "test.value", "1"), (f"agent {first}", "test.other", "By"),
        (f"agent {second}", "test.value", "1"),
    }  # fmt: skip
    await compaction.run_once(fleet.database, NOW)
    assert truth_of(await rows(fleet.database, asked(first, second), kind)) == fleet.truth


async def test_the_range_includes_both_ends_and_nothing_else(fleet: Fleet) -> None:
    agent = await fleet.enroll()
    await fleet.sample(agent, START_MS, 10, (A,))
    for _ in range(2):
        query = asked(agent, first_ms=START_MS + 3000, last_ms=START_MS + 6000)
        assert [row["time"] for row in await rows(fleet.database, query)] == [START_MS + 1000 * n for n in range(3, 7)]
        await compaction.run_once(fleet.database, NOW)


async def test_series_are_chosen_by_metric_and_labels(fleet: Fleet) -> None:
    agent = await fleet.enroll()
    await fleet.sample(agent, START_MS, 1, (A, B, OTHER))

    async def labels(**query: object) -> list[object]:
        return [row["labels"] for row in await rows(fleet.database, asked(agent, **query))]  # type: ignore[arg-type]

    assert await labels() == ["", "name=a", "name=b"]
    assert await labels(metrics=["test.value"]) == ["name=a", "name=b"]
    assert await labels(labels={"name": "b"}) == ["name=b"]
    assert await labels(metrics=["nothing"]) == []
    assert await labels(metrics=["test.other"], labels={"name": "a"}) == []


@pytest.mark.parametrize("kind", ENCODERS)
@pytest.mark.parametrize("tier", [MINUTE, HOUR])
@pytest.mark.parametrize("held", [table.HELD_VALUES, 100])
async def test_buckets_are_the_same_whatever_is_compacted(
    kind: str, tier: Tier, held: int, fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table, "HELD_VALUES", held)
    monkeypatch.setattr(export, "HELD_VALUES", held)
    agent = await fleet.enroll()
    for second in range(0, 9000, 45):
        values = [float(second + tick + row) for row in range(2) for tick in range(5)]
        await fleet.sample(agent, START_MS + second * 1000, values=values, holes=[1, 7])
    wanted: dict[tuple[str, int], list[float]] = {}
    for (_, _, labels, time_ms), raw in sorted(fleet.truth.items(), key=lambda item: item[0][3]):
        (value,) = struct.unpack("<d", raw)
        wanted.setdefault((labels, time_ms // tier.bucket_ms * tier.bucket_ms), []).append(value)

    async def check() -> None:
        exported = await rows(fleet.database, asked(agent, tier=tier), kind)
        got = {(row["labels"], row["time"]): tuple(row[name] for name in table.value_columns(tier)) for row in exported}
        assert len(exported) == len(got) == len(wanted)
        for key, values in wanted.items():
            assert got[key] == pytest.approx((min(values), max(values), np.mean(values), len(values)), rel=1e-6)

    await check()
    await compaction.run_once(fleet.database, (START_MS + HOUR_MS) / 1000 + 120)
    await check()  # one hour in rows, but its day is not rolled up, and the rest in frames
    await compaction.run_once(fleet.database, NOW)
    await check()


async def test_buckets_count_by_their_begin_and_are_whole(fleet: Fleet) -> None:
    agent = await fleet.enroll()
    await fleet.sample(agent, START_MS, 300, (A,))
    query = asked(agent, first_ms=START_MS + 30_000, last_ms=START_MS + 130_000, tier=MINUTE)
    for _ in range(2):
        exported = await rows(fleet.database, query)
        assert [row["time"] for row in exported] == [START_MS + MINUTE_MS, START_MS + 2 * MINUTE_MS]
        assert [row["count"] for row in exported] == [60, 60]
        await compaction.run_once(fleet.database, NOW)


async def _drop(fleet: Fleet, tier: Tier, agent: int, before_ms: int) -> None:
    async with fleet.database.connection() as connection:
        await connection.execute(
            f"DELETE FROM {tier.table} WHERE agent_id = $1 AND time < to_timestamp($2)",  # noqa: S608 - constant
            agent, before_ms / 1000,
        )  # fmt: skip


async def test_auto_is_the_finest_tier_that_holds_the_whole_range(fleet: Fleet) -> None:
    exports = Exports(fleet.database)
    first, second = await fleet.enroll(), await fleet.enroll()
    for agent in (first, second):
        for hour in (1, 30, 60):
            await fleet.sample(agent, START_MS + hour * HOUR_MS)
    await compaction.run_once(fleet.database, NOW + 3 * DAY_MS / 1000)
    end = START_MS + 4 * DAY_MS

    async def chosen(first_ms: int, *agent_ids: int) -> Tier:
        return await exports.finest_tier(agent_ids, first_ms, end)

    assert await chosen(0, first, second) is SECOND
    await _drop(fleet, SECOND, first, START_MS + DAY_MS)
    assert await chosen(START_MS - DAY_MS, first) is MINUTE
    assert await chosen(START_MS + DAY_MS, first) is SECOND
    assert await chosen(0, second) is SECOND
    assert await chosen(0, second, first) is MINUTE
    await _drop(fleet, MINUTE, first, START_MS + 2 * DAY_MS)
    assert [await chosen(START_MS + day * DAY_MS, first) for day in (0, 1, 2)] == [HOUR, SECOND, SECOND]
    await _drop(fleet, SECOND, second, end)
    await _drop(fleet, MINUTE, second, end)
    assert await chosen(START_MS + DAY_MS, first, second) is HOUR


async def test_auto_knows_agents_without_history(fleet: Fleet) -> None:
    agent = await fleet.enroll()
    assert await Exports(fleet.database).finest_tier([agent], 0, START_MS) is SECOND
    await fleet.sample(agent, START_MS)
    assert await Exports(fleet.database).finest_tier([agent], 0, START_MS) is SECOND


@pytest.mark.parametrize("tier", TIERS)
async def test_years_of_nothing_are_skipped(tier: Tier, fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    agent = await fleet.enroll()
    await fleet.sample(agent, START_MS - 1000 * DAY_MS, 2, (A,))
    await fleet.sample(agent, START_MS, 2, (A,))
    await compaction.run_once(fleet.database, START_MS / 1000)
    reads = []
    following = export._Windows.following

    async def counted(self: export._Windows, connection: Connection) -> export._Window | None:
        reads.append(self)
        return await following(self, connection)

    monkeypatch.setattr(export._Windows, "following", counted)
    monkeypatch.setattr(export, "HELD_VALUES", 1)
    exported = await rows(fleet.database, asked(agent, first_ms=START_MS - 1800 * DAY_MS, tier=tier))
    assert len(exported) == (4 if tier is SECOND else 2)
    assert len(reads) <= 50  # and not one for each of 43,200 hours


async def test_no_connection_is_held_while_the_client_is_waited_for(fleet: Fleet, dsn: str) -> None:
    agent = await fleet.enroll()
    await fleet.sample(agent, START_MS)
    await fleet.sample(agent, START_MS + HOUR_MS)
    single = await Database.connect(dsn, 1, attempts=1)
    try:
        got = 0
        async for _ in Exports(single).stream(asked(agent), ENCODERS["csv"](SECOND)):
            got += 1
            await single.ping()  # would wait for ever for the only connection
        assert got == 4
    finally:
        await single.close()


@contextlib.asynccontextmanager
async def _begun(exports: Exports, agent: int) -> AsyncIterator[None]:
    async with contextlib.aclosing(exports.stream(asked(agent), ENCODERS["csv"](SECOND))) as pieces:
        await anext(pieces)
        yield


async def test_a_few_run_at_once_and_no_more(fleet: Fleet) -> None:
    agent = await fleet.enroll()
    exports = Exports(fleet.database)
    async with contextlib.AsyncExitStack() as stack:
        for _ in range(export.AT_ONCE):
            await stack.enter_async_context(_begun(exports, agent))
        with pytest.raises(TooManyRequestsError):
            await stack.enter_async_context(_begun(exports, agent))
        assert exports.running == export.AT_ONCE
    assert exports.running == 0
    async with _begun(exports, agent):
        assert exports.running == 1


async def test_an_agent_deleted_meanwhile_ends_the_export_with_an_error(fleet: Fleet) -> None:
    agent = await fleet.enroll()
    await fleet.sample(agent, START_MS)
    await fleet.sample(agent, START_MS + HOUR_MS)
    pieces = Exports(fleet.database).stream(asked(agent), ENCODERS["csv"](SECOND))
    for _ in range(2):
        await anext(pieces)
    async with fleet.database.transaction() as connection:
        await agents.delete_history(connection, [agent])
        await agents.delete(connection, [agent])
    with pytest.raises(NotFoundError, match="deleted"):
        _ = [piece async for piece in pieces]


async def test_a_corrupt_block_harms_no_other(fleet: Fleet) -> None:
    agent = await fleet.enroll()
    await fleet.sample(agent, START_MS)
    await compaction.run_once(fleet.database, NOW)
    async with fleet.database.connection() as connection:
        await connection.execute("UPDATE blocks_1s SET data = overlay(data PLACING '\\x00'::bytea FROM 9)")
    assert {row["labels"] for row in await rows(fleet.database, asked(agent))} == {"name=b"}
    async with fleet.database.connection() as connection:
        await connection.execute("UPDATE blocks_1s SET axis = '\\x0102'")
    assert await rows(fleet.database, asked(agent)) == []
