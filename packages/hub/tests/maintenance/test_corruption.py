"""Corrupt bytes in real tables: said by series and hour, and all the rest is read and compacted as ever."""

import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
import structlog
from opsentrix.db import Database
from opsentrix.ingest.layouts import LayoutBook
from opsentrix.maintenance import compaction
from opsentrix.model.tiers import HOUR_MS
from opsentrix.storage import frames

from packages.hub.tests.kit import hub as hubs
from packages.hub.tests.kit.agent import now_ms
from packages.hub.tests.kit.hub import RunningHub, measured
from packages.hub.tests.maintenance.test_compaction import LATER, START_MS, History

DAY_MS = 24 * HOUR_MS
DAY_START_MS = START_MS // DAY_MS * DAY_MS
POINTS = {"1s": 10_000, "1m": 120, "1h": 48}
"""How many points of two hours, or of two days, are read from which tier."""

# What is done to the row of the first hour (or day), and which series of that row are lost by it.
DAMAGES = [
    ("data", "overlay(data PLACING '\\xffff'::bytea FROM 8)", "a"),
    ("data", "overlay(data PLACING '\\xffff'::bytea FROM length(data) - 2)", "b"),
    ("data", "substr(data, 1, length(data) - 3)", "b"),
    ("data", "''", "ab"),
    ("offsets", "'{}'", "ab"),
    ("offsets", "offsets[1:2]", "b"),
    ("offsets", "ARRAY[0, NULL, offsets[3]]", "ab"),
    ("offsets", "ARRAY[0, -5, 2147483647]", "ab"),
    ("offsets", "ARRAY[2147483647, -2147483648, offsets[3]]", "ab"),
    ("offsets", "ARRAY[0, offsets[2] + 1, offsets[3]]", "ab"),
]


@pytest.fixture
async def history(hub: RunningHub) -> History:
    return await another(hub, "a")


async def another(hub: RunningHub, name: str) -> History:
    enrolled = await hub.enroll(name)
    async with hub.database.connection() as connection:
        boots = await frames.boots(connection, enrolled.id, [uuid.UUID(int=1)])
    return History(hub.database, enrolled.id, LayoutBook(hub.database, 5000), boot=boots[uuid.UUID(int=1)])


async def execute(database: Database, statement: str, *arguments: object) -> None:
    async with database.connection() as connection:
        await connection.execute(statement, *arguments)


async def count(database: Database, table: str) -> int:
    async with database.connection() as connection:
        number: int = await connection.fetchval(f"SELECT count(*) FROM {table}")  # noqa: S608 - a table's name
    return number


async def shown(
    client: httpx.AsyncClient, agent_id: int, points: int, first_ms: int, last_ms: int
) -> dict[str, dict[int, tuple[float, float | None]]]:
    """Return value and maximum by series and time (Unix ms), as the API shows them."""
    asked: Mapping[str, Any] = {"agent": agent_id, "from": first_ms / 1000, "to": last_ms / 1000, "points": points}
    answer = await client.get("/api/v1/series", params=asked)
    assert answer.status_code == 200, answer.text
    found: dict[str, dict[int, tuple[float, float | None]]] = {}
    for one in answer.json()["series"]:
        peaks = one["max"] or [None] * len(one["t"])
        found[one["labels"]["name"]] = {
            round(t * 1000): (v, peak) for t, v, peak in zip(one["t"], one["v"], peaks, strict=True) if v is not None
        }
    return found


@pytest.mark.parametrize(("column", "damage", "lost"), DAMAGES)
@pytest.mark.parametrize("tier", ["1s", "1m", "1h"])
async def test_what_is_not_corrupt_is_read(
    hub: RunningHub, client: httpx.AsyncClient, history: History, tier: str, column: str, damage: str, lost: str
) -> None:
    period = DAY_MS if tier == "1h" else HOUR_MS
    begin = DAY_START_MS if tier == "1h" else START_MS
    for start_ms in (begin, begin + period):
        await history.sample(start_ms, 60)
        await history.sample(start_ms + 600_000, 60)
    await compaction.run_once(hub.database, LATER + 2 * 86_400)
    window = (begin, begin + 2 * period - 1000)
    before = await shown(client, history.agent_id, POINTS[tier], *window)
    corrupt = measured("opsentrix_corrupt_blocks_total")
    await execute(
        hub.database,
        f"UPDATE blocks_{tier} SET {column} = {damage} WHERE time = to_timestamp($1)",  # noqa: S608 - our own text
        begin / 1000,
    )
    with structlog.testing.capture_logs() as lines:
        after = await shown(client, history.agent_id, POINTS[tier], *window)
    said = [line for line in lines if line["event"] == "a block is corrupt"]
    assert len(said) == len(lost) == measured("opsentrix_corrupt_blocks_total") - corrupt
    assert {(line["agent"], line["start_ms"]) for line in said} == {(history.agent_id, begin)}
    expected = {
        name: {time: value for time, value in points.items() if name not in lost or time >= begin + period}
        for name, points in before.items()
    }
    assert after == expected
    assert all(points for points in expected.values())


async def test_an_hour_without_its_time_axis_is_left_out_of_the_answer(
    hub: RunningHub, client: httpx.AsyncClient, history: History
) -> None:
    for hour in range(2):
        await history.sample(START_MS + hour * HOUR_MS, 60)
    await compaction.run_once(hub.database, LATER)
    await execute(
        hub.database,
        "UPDATE blocks_1s SET axis = overlay(axis PLACING '\\xff'::bytea FROM 9) WHERE time = to_timestamp($1)",
        START_MS / 1000,
    )
    found = await shown(client, history.agent_id, 10_000, START_MS, START_MS + 2 * HOUR_MS - 1000)
    assert {name: min(points) for name, points in found.items()} == dict.fromkeys("ab", START_MS + HOUR_MS)
    minutes = await shown(client, history.agent_id, 120, START_MS, START_MS + 2 * HOUR_MS - 1000)
    assert {name: min(points) for name, points in minutes.items()} == dict.fromkeys("ab", START_MS)


async def test_an_hour_that_nothing_can_be_merged_into_stops_nothing_else(
    hub: RunningHub, client: httpx.AsyncClient, history: History
) -> None:
    await history.sample(START_MS + HOUR_MS, 60)
    await compaction.run_once(hub.database, LATER)
    await execute(hub.database, "UPDATE blocks_1s SET axis = '\\x0102'")
    neighbour = await another(hub, "b")
    for one in (history, neighbour):
        await one.sample(START_MS + HOUR_MS - 5000, 3)  # an hour before
        await one.sample(START_MS + HOUR_MS - 2000, 5)  # across the border
        await one.sample(START_MS + HOUR_MS + 600_000, 5)
        await one.sample(START_MS + 3 * HOUR_MS, 5)  # and later
    closed: compaction.Closed = {}
    corrupt = measured("opsentrix_corrupt_blocks_total")
    with structlog.testing.capture_logs() as lines:
        assert await compaction.run_once(hub.database, LATER, closed=closed) == 6
        assert await compaction.run_once(hub.database, LATER, closed=closed) == 0
    said = [(line["agent"], line["start_ms"]) for line in lines if line["event"] == "a block is corrupt"]
    assert said == [(history.agent_id, START_MS + HOUR_MS)], "once, and by the hour that is corrupt"
    assert measured("opsentrix_corrupt_blocks_total") == corrupt + 1
    assert await count(hub.database, "agent_metrics") == 2
    await neighbour.check()
    found = await shown(client, history.agent_id, 10_000, START_MS, START_MS + HOUR_MS * 2)
    seconds = [-5, -4, -3, -2, -1, 0, 1, 2, 600, 601, 602, 603, 604]
    assert [(time - START_MS - HOUR_MS) // 1000 for time in found["a"]] == seconds


async def test_minutes_outlive_the_seconds_that_they_were_made_of(
    hub: RunningHub, client: httpx.AsyncClient, history: History
) -> None:
    await history.sample(START_MS, 120)
    await compaction.run_once(hub.database, LATER)
    before = await shown(client, history.agent_id, 60, START_MS, START_MS + HOUR_MS - 1000)
    await execute(hub.database, "UPDATE blocks_1s SET data = overlay(data PLACING '\\xff'::bytea FROM 9)")
    for late_s in (125, 130, 185):
        await history.sample(START_MS + late_s * 1000, 3)
        await compaction.run_once(hub.database, LATER)
    after = await shown(client, history.agent_id, 60, START_MS, START_MS + HOUR_MS - 1000)
    for name in "ab":
        assert {time: after[name][time] for time in before[name]} == before[name]
        assert [(time - START_MS) // 60_000 for time in after[name]] == [0, 1, 2, 3]
    # What was built on minutes still has all of them.
    async with hub.database.connection() as connection:
        assert await connection.fetchval("SELECT count(*) FROM rollup_queue") == 0
    hours = await shown(client, history.agent_id, 48, DAY_START_MS, DAY_START_MS + 2 * DAY_MS - 1000)
    peak = max(value for (name, time), value in history.truth.items() if name == "a")
    assert max(value or 0.0 for _, value in hours["a"].values()) == pytest.approx(peak)


async def test_a_frame_that_cannot_be_read_is_left_out_and_said(
    hub: RunningHub, client: httpx.AsyncClient, history: History
) -> None:
    neighbour = await another(hub, "b")
    for one in (history, neighbour):
        for first_s in (0, 5, 10):
            await one.sample(START_MS + first_s * 1000, 5)
    await execute(
        hub.database, "UPDATE agent_metrics SET columns = '\\x0102' WHERE agent_id = $1 AND seq = 2", history.agent_id
    )
    corrupt = measured("opsentrix_corrupt_frames_total")
    minute = await shown(client, history.agent_id, 60, START_MS, START_MS + HOUR_MS - 1000)
    seqs = [history.truth["a", START_MS + second * 1000] for second in (*range(5), *range(10, 15))]
    assert list(minute["a"]) == [START_MS]
    assert minute["a"][START_MS] == pytest.approx((sum(seqs) / 10, max(seqs)))
    assert measured("opsentrix_corrupt_frames_total") == corrupt + 1
    for _ in range(2):
        found = await shown(client, history.agent_id, 10_000, START_MS, START_MS + 60_000)
        assert [(time - START_MS) // 1000 for time in found["a"]] == [0, 1, 2, 3, 4, 10, 11, 12, 13, 14]
        await compaction.run_once(hub.database, LATER)
    assert measured("opsentrix_corrupt_frames_total") == corrupt + 3
    assert await count(hub.database, "agent_metrics") == 0
    await neighbour.check()


async def test_a_hub_starts_although_a_frame_cannot_be_read(hub: RunningHub, history: History, tmp_path: Path) -> None:
    await history.sample(now_ms() - 10_000, 5)
    await execute(hub.database, "UPDATE agent_metrics SET columns = '\\x0102'")
    async with hubs.running(hub.dsn, tmp_path / "other"):
        pass


async def test_an_agent_whose_frames_cannot_be_compacted_keeps_no_other_waiting(
    hub: RunningHub, history: History
) -> None:
    neighbour = await another(hub, "b")
    for one in (history, neighbour):
        await one.sample(START_MS, 5)
    await execute(hub.database, "DELETE FROM layouts WHERE agent_id = $1", history.agent_id)
    failures = measured("opsentrix_compaction_failures_total")
    with structlog.testing.capture_logs() as lines:
        assert await compaction.run_once(hub.database, LATER) == 1
    assert [line["agent"] for line in lines if line["log_level"] == "error"] == [history.agent_id]
    assert measured("opsentrix_compaction_failures_total") == failures + 1
    assert await count(hub.database, "agent_metrics") == 1
    await neighbour.check()
