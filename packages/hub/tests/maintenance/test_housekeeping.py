"""Housekeeping on a real PostgreSQL: what nothing needs goes, and never what a frame needs."""

import asyncio
import random
import time
import uuid
from array import array
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from opsentrix.db import Database
from opsentrix.ingest.errors import FrameRejectedError
from opsentrix.ingest.layouts import LayoutBook
from opsentrix.ingest.minutes import MinuteBook
from opsentrix.ingest.writer import FrameWriter
from opsentrix.maintenance import housekeeping
from opsentrix.model.agents import NewAgent
from opsentrix.model.frames import StoredFrame
from opsentrix.model.gaps import Cause, Reason
from opsentrix.model.ranges import RangeSet
from opsentrix.storage import agents, frames, gaps, layouts, partitions, series
from opsentrix_protocol import frames as codec
from opsentrix_protocol import opsentrix_pb2 as pb
from opsentrix_protocol.catalogue import Kind, Metric, Series, labels_of

from packages.hub.tests.kit.agent import bare_frame, full_frame
from packages.hub.tests.kit.hub import Enrolled, RunningHub, until

METRIC = Metric("test.value", "1", Kind.GAUGE)
NOW_MS = int(time.time()) * 1000
LATER = datetime.fromtimestamp(NOW_MS / 1000, UTC) + timedelta(hours=3)


def listed(names: str) -> list[Series]:
    return [Series(METRIC, labels_of(name=name)) for name in names]


async def _no_pause() -> None:
    """Go on at once."""


class Site:
    """An agent, and a hub process's memory of it."""

    def __init__(self, database: Database, agent_id: int) -> None:
        self.database = database
        self.agent_id = agent_id
        self.book = LayoutBook(database, 5000)
        self.writer = FrameWriter(database, MinuteBook(), 0, self.book.removed)
        self.seq = 0
        self.acked: list[int] = []
        self.sent_back: list[int] = []

    def committed(self, frames: Sequence[StoredFrame]) -> None:
        self.acked += [frame.seq for frame in frames]

    def refused(self, frame: StoredFrame, error: FrameRejectedError) -> None:
        assert (error.reason, error.permanent) == (pb.REJECT_REASON_UNKNOWN_LAYOUT, False)
        self.sent_back.append(frame.seq)

    async def put(self, names: str) -> StoredFrame:
        """Queue a frame with these series."""
        admission = await self.book.admit(self.agent_id, listed(names))
        self.seq += 1
        packed = pb.Frame(ticks=1)
        codec.pack(packed, array("d", [1.0] * len(names)))
        stored = StoredFrame(
            self.agent_id, 1, self.seq, NOW_MS + self.seq * 1000, 1000, 1, admission.layout.id, packed.value_type,
            packed.compression, packed.columns, packed.absent,
        )  # fmt: skip
        self.writer.put(stored, self)
        return stored

    async def clean(self) -> int:
        return await housekeeping.remove_layouts(self.database, self.agent_id, LATER)

    async def forget_frames(self) -> None:
        async with self.database.connection() as connection:
            await connection.execute("DELETE FROM agent_metrics")

    async def names(self, since: float = 0.0) -> str:
        async with self.database.connection() as connection:
            known = await series.known(connection, self.agent_id, since=since)
        return "".join(dict(one.series.labels)["name"] for one in known)


@pytest.fixture
async def site(database: Database) -> Site:
    async with database.connection() as connection:
        agent = await agents.add(connection, NewAgent("a", "host", "h"))
        await partitions.ensure(connection, {NOW_MS // 86_400_000})
    return Site(database, agent.id)


async def _write(site: Site) -> None:
    site.writer.stop()
    await asyncio.wait_for(site.writer.run(), 10)


async def test_layouts_that_no_frame_needs_go_and_their_series_end(site: Site) -> None:
    for names in ("ab", "bc"):
        await site.put(names)
    await _write(site)
    assert await site.clean() == 0
    async with site.database.connection() as connection:
        await connection.execute("DELETE FROM agent_metrics WHERE seq = 1")
        assert await housekeeping.remove_layouts(site.database, site.agent_id, datetime.now(UTC) - timedelta(1)) == 0
    assert await site.clean() == 1
    assert await site.names() == "abc"
    assert await site.names(since=time.time() + 60) == "bc"


async def test_a_series_that_comes_back_goes_on(site: Site) -> None:
    before = (await site.book.admit(site.agent_id, listed("ab"))).layout.series_ids.tolist()
    await site.clean()
    assert await site.names(since=time.time() + 60) == ""
    again = await LayoutBook(site.database, 5000).admit(site.agent_id, listed("ba"))
    assert again.layout.series_ids.tolist() == before[::-1]
    assert await site.names(since=time.time() + 60) == "ab"


async def test_a_frame_whose_layout_goes_while_it_waits_is_sent_back(site: Site) -> None:
    await site.put("ab")
    await _write(site)
    assert site.acked == [1]
    await site.put("ab")
    await site.put("c")
    await site.forget_frames()
    assert await site.clean() == 2
    await site.put("d")
    await _write(site)
    assert (site.acked, site.sent_back) == ([1, 4], [2, 3])
    await site.put("ab")
    await _write(site)
    assert site.acked == [1, 4, 5]


async def test_nothing_is_removed_while_a_frame_is_being_written(site: Site) -> None:
    stored = await site.put("ab")
    async with site.database.transaction() as connection:
        await layouts.hold(connection)
        await frames.append(connection, [stored])
        removing = asyncio.create_task(site.clean())
        done, _ = await asyncio.wait({removing}, timeout=0.1)
        assert not done
    assert await removing == 0


async def test_whatever_comes_when_no_frame_is_without_its_layout(site: Site) -> None:
    chance = random.Random(3)  # noqa: S311 - a test that must do the same each time
    writing = asyncio.create_task(site.writer.run())
    for _ in range(60):
        work = [site.put(chance.choice(["ab", "bc", "c", "abc"])) for _ in range(chance.randint(1, 4))]
        if chance.random() < 0.5:
            await site.forget_frames()
        await asyncio.gather(*work, site.clean())
    await until(lambda: len(site.acked) + len(site.sent_back) == site.seq)
    while site.seq not in site.acked:  # sent back at most once: nobody removes anything any more
        await site.put("abc")
        await until(lambda: len(site.acked) + len(site.sent_back) == site.seq)
    site.writer.stop()
    await writing
    async with site.database.connection() as connection:
        left = await connection.fetch("SELECT agent_id, layout_id FROM agent_metrics")
        keys = {(row["agent_id"], layouts.unsigned(row["layout_id"])) for row in left}
        assert keys
        assert await layouts.missing(connection, list(keys)) == set()
        without = await connection.fetch(
            "SELECT FROM layouts l, unnest(l.series_ids) AS n (id) LEFT JOIN series s USING (id) WHERE s.id IS NULL"
            " OR s.ended_at < 'infinity'"
        )
    assert without == []


async def test_an_agent_whose_layout_was_removed_is_asked_for_it(hub: RunningHub, enrolled: Enrolled) -> None:
    async with hub.greeted(enrolled) as agent:
        await agent.send(frame=full_frame(1))
        await agent.acked(1)
        await hub.fetch("DELETE FROM agent_metrics")
        await hub.fetch("DELETE FROM recent_minutes")
        assert await housekeeping.remove_layouts(hub.database, enrolled.id, LATER) == 1
        await agent.send(frame=bare_frame(2))
        reject = await agent.rejected()
        assert (reject.reason, reject.seq, reject.permanent) == (pb.REJECT_REASON_UNKNOWN_LAYOUT, 2, False)
        await agent.send(frame=full_frame(2))
        await agent.acked(2)
    assert await hub.fetch("SELECT FROM frame_causes") == []


async def test_a_post_whose_layout_was_removed_is_stored_all_the_same(hub: RunningHub, enrolled: Enrolled) -> None:
    async with hub.client() as client:
        for _ in range(2):
            got = await client.post(
                f"/api/v1/agents/{enrolled.id}/metrics", json={"metrics": {"a": 1}}, headers=enrolled.headers
            )
            assert (got.status_code, got.json()) == (200, {"accepted": 1})
            await hub.fetch("DELETE FROM agent_metrics")
            assert await housekeeping.remove_layouts(hub.database, enrolled.id, LATER) == 1


async def test_only_what_is_old_enough_goes(site: Site) -> None:
    for names in ("ab", "bc", "cd"):
        await site.book.admit(site.agent_id, listed(names))
    old = uuid.UUID(int=1)
    async with site.database.connection() as connection:
        numbers = await frames.boots(connection, site.agent_id, [old, uuid.UUID(int=2), uuid.UUID(int=3)])
        await gaps.note(connection, [Cause(site.agent_id, numbers[old], 5, 7, Reason.REJECTED)])

    async def after(days: float) -> tuple[int, int, int, int]:
        now = time.time() + days * 86_400
        await housekeeping.run_once(site.database, now, 30, 365, _no_pause)
        async with site.database.connection() as connection:
            row = await connection.fetchrow(
                "SELECT (SELECT count(*) FROM layouts), (SELECT count(*) FROM series),"
                " (SELECT count(*) FROM agent_boots), (SELECT count(*) FROM frame_causes)"
            )
        assert row is not None
        return tuple(row)

    assert await after(0) == (3, 4, 3, 1)
    assert await after(1) == (0, 4, 3, 1)
    async with site.database.connection() as connection:
        await connection.execute("UPDATE agent_boots SET last_seen_at = now() WHERE boot_id = $1", uuid.UUID(int=2))
        # A boot that goes on is seen whenever its frames are compacted, and when it says hello.
        await connection.execute("UPDATE agent_boots SET last_seen_at = last_seen_at - interval '9 days'")
        await frames.note_compacted(connection, numbers[uuid.UUID(int=2)], RangeSet([(1, 1)]))
    assert await after(25) == (0, 4, 2, 1)
    assert await after(32) == (0, 4, 1, 0)
    assert await after(365) == (0, 4, 1, 0)
    assert await after(367) == (0, 0, 1, 0)
