"""Frames: written once each, found again, by the index."""

import json
import uuid
from collections.abc import Sequence
from typing import Any, cast

import pytest
from opsentrix.db import Connection, Database
from opsentrix.model.agents import Agent
from opsentrix.model.frames import DAY_MS, MAX_SPAN_MS, StoredFrame
from opsentrix.storage import frames, partitions

NOON = 20_000 * DAY_MS + DAY_MS // 2
BIG_LAYOUT = 2**64 - 5


def frame(seq: int, *, agent: int = 1, boot: int = 1, time_ms: int = 0, ticks: int = 5) -> StoredFrame:
    begin = time_ms or NOON + seq * 5000
    return StoredFrame(agent, boot, seq, begin, 1000, ticks, BIG_LAYOUT, 1, 2, b"columns %d" % seq, b"\0\1")


@pytest.fixture
async def days(database: Database) -> None:
    async with database.connection() as connection:
        await partitions.ensure(connection, range(19_997, 20_003))


async def seqs(connection: Connection, first_ms: int, last_ms: int, agent: int = 1) -> list[int]:
    return [one.seq for one in await frames.read(connection, agent, first_ms, last_ms)]


@pytest.mark.usefixtures("days")
class TestWriting:
    async def test_what_is_written_is_read_as_it_was(self, database: Database) -> None:
        written = [frame(1), frame(2), frame(3)._replace(time_ms=NOON + 2 * DAY_MS + 7)]
        async with database.connection() as connection:
            await frames.append(connection, written)
            read = await frames.read(connection, 1, NOON, NOON + 3 * DAY_MS)
        assert read == written

    async def test_an_append_with_a_duplicate_writes_nothing(self, database: Database) -> None:
        async with database.connection() as connection:
            await frames.append(connection, [frame(2)])
            with pytest.raises(frames.DuplicateFramesError):
                await frames.append(connection, [frame(1), frame(2), frame(3)])
            assert await seqs(connection, NOON, NOON + DAY_MS) == [2]

    async def test_append_new_writes_what_is_missing_and_nothing_twice(self, database: Database) -> None:
        async with database.connection() as connection:
            await frames.append(connection, [frame(2)])
            assert await frames.append_new(connection, [frame(1), frame(2), frame(3), frame(3)]) == 2
            assert await frames.append_new(connection, [frame(1)]) == 0
            assert await seqs(connection, NOON, NOON + DAY_MS) == [1, 2, 3]

    async def test_the_same_seq_of_another_boot_or_agent_is_another_frame(self, database: Database) -> None:
        async with database.connection() as connection:
            await frames.append(connection, [frame(1), frame(1, boot=2), frame(1, agent=2)])
            assert await seqs(connection, NOON, NOON + DAY_MS) == [1, 1]


@pytest.mark.usefixtures("days")
class TestReading:
    async def test_frames_that_only_touch_the_range_are_read(self, database: Database) -> None:
        long = frame(1, time_ms=NOON - MAX_SPAN_MS, ticks=3600)
        async with database.connection() as connection:
            await frames.append(connection, [long, frame(2, time_ms=NOON), frame(3, time_ms=NOON + 5000)])
            assert await seqs(connection, NOON - 1000, NOON - 1000) == [1]
            assert await seqs(connection, NOON - 999, NOON - 1) == []
            assert await seqs(connection, NOON + 4000, NOON + 4999) == [2]
            assert await seqs(connection, NOON + 4001, NOON + 4999) == []
            assert await seqs(connection, NOON + 4001, NOON + 5000) == [3]

    async def test_frames_come_by_time_then_boot_then_seq(self, database: Database) -> None:
        same = [frame(n, boot=boot, time_ms=NOON) for boot, n in ((2, 1), (1, 9), (1, 3))]
        async with database.connection() as connection:
            await frames.append(connection, [frame(4, time_ms=NOON + 1), *same])
            assert await seqs(connection, NOON, NOON + 9) == [3, 9, 1, 4]


@pytest.mark.usefixtures("days")
class TestCommitted:
    async def test_ranges_of_one_boot(self, database: Database, agent: Agent) -> None:
        async with database.connection() as connection:
            numbers = await frames.boots(connection, agent.id, [uuid.UUID(int=1), uuid.UUID(int=2)])
            one, other = numbers[uuid.UUID(int=1)], numbers[uuid.UUID(int=2)]
            mine = [frame(n, agent=agent.id, boot=one) for n in (1, 2, 3, 7, 9, 10)]
            await frames.append(connection, [*mine, frame(5, agent=agent.id, boot=other)])
            assert list(await frames.committed(connection, agent.id, one)) == [(1, 3), (7, 7), (9, 10)]
            assert list(await frames.committed(connection, agent.id, other)) == [(5, 5)]
            assert (await frames.committed(connection, agent.id, other)).highest == 5

    async def test_a_boot_without_frames_has_nothing(self, database: Database, agent: Agent) -> None:
        async with database.connection() as connection:
            numbers = await frames.boots(connection, agent.id, [uuid.UUID(int=1)])
            ranges = await frames.committed(connection, agent.id, numbers[uuid.UUID(int=1)])
        assert (list(ranges), ranges.highest) == ([], 0)

    async def test_a_boot_keeps_its_number(self, database: Database, agent: Agent) -> None:
        first, second = uuid.UUID(int=1), uuid.UUID(int=2)
        async with database.connection() as connection:
            once = await frames.boots(connection, agent.id, [first, first])
            again = await frames.boots(connection, agent.id, [second, first])
        assert set(once) == {first}
        assert again[first] == once[first] != again[second]


class TestPlans:
    """EXPLAIN guards: what is read while people wait goes by the index."""

    @pytest.fixture
    async def full(self, database: Database) -> None:
        async with database.connection() as connection:
            await partitions.ensure(connection, range(19_990, 20_003))
            for agent in range(1, 21):
                await frames.append(
                    connection,
                    [frame(n, agent=agent, time_ms=NOON - 9 * DAY_MS + n * 3_000_000) for n in range(1, 300)],
                )
            await connection.execute("ANALYZE agent_metrics")

    @pytest.mark.usefixtures("full")
    async def test_reading_a_range_touches_its_partitions_only(self, database: Database) -> None:
        async with database.connection() as connection:
            plans = Plans(connection)
            await frames.read(plans.connection, 7, NOON, NOON + 3_600_000)
        assert all(node["Node Type"] != "Seq Scan" for node in plans.scans())
        assert {node["Relation Name"] for node in plans.scans() if "Relation Name" in node} == {
            "agent_metrics_20241004"
        }

    @pytest.mark.usefixtures("full")
    async def test_what_is_committed_is_found_by_the_index(self, database: Database, agent: Agent) -> None:
        async with database.connection() as connection:
            boots = await frames.boots(connection, agent.id, [uuid.UUID(int=1)])
            plans = Plans(connection)
            # So few rows are read fastest as they are; what counts is that the index serves.
            await connection.execute("SET enable_seqscan = off")
            await frames.committed(plans.connection, agent.id, boots[uuid.UUID(int=1)])
        filled = [node for node in plans.scans() if "agent_metrics_2024" in node.get("Relation Name", "")]
        assert filled
        assert {node["Node Type"] for node in filled} <= {"Index Scan", "Index Only Scan", "Bitmap Heap Scan"}


class Plans:
    """Stands in for a connection: runs each query and keeps the plans."""

    def __init__(self, connection: Connection) -> None:
        self._behind = connection
        self.plans: list[dict[str, Any]] = []

    @property
    def connection(self) -> Connection:
        return cast("Connection", self)

    def scans(self) -> list[dict[str, Any]]:
        """Return all nodes of the plans that read a table."""
        found, nodes = [], list(self.plans)
        while nodes:
            node = nodes.pop()
            nodes += node.get("Plans", [])
            if "Scan" in node["Node Type"]:
                found.append(node)
        return found

    async def fetch(self, query: str, *arguments: object) -> Sequence[Any]:
        await self._explain(query, arguments)
        rows: Sequence[Any] = await self._behind.fetch(query, *arguments)
        return rows

    async def fetchrow(self, query: str, *arguments: object) -> object:
        await self._explain(query, arguments)
        return await self._behind.fetchrow(query, *arguments)

    async def fetchval(self, query: str, *arguments: object) -> object:
        await self._explain(query, arguments)
        return await self._behind.fetchval(query, *arguments)

    async def _explain(self, query: str, arguments: tuple[object, ...]) -> None:
        [[plan]] = await self._behind.fetch(f"EXPLAIN (FORMAT json) {query}", *arguments)
        self.plans.append(json.loads(plan)[0]["Plan"])
