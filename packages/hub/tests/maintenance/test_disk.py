"""The disk guard: the oldest and finest history goes first, and frames are refused before there is no room."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from opsentrix.db import Database
from opsentrix.maintenance import disk
from opsentrix.maintenance.disk import DiskState, Intake, Space
from opsentrix.model.tiers import HOUR, MINUTE, SECOND
from opsentrix.settings import Settings
from opsentrix.storage import partitions

GIB = 1 << 30
TODAY = 20_500
NOW = TODAY * 86_400 + 40_000


class Disk:
    """A disk whose free room is told in turn; the last is told for ever."""

    def __init__(self, *free: int) -> None:
        self.free: Sequence[int] = free
        self.asked = 0

    async def measure(self) -> Space:
        self.asked += 1
        return Space(self.free[min(self.asked, len(self.free)) - 1], 1000, 100)


@pytest.mark.parametrize(
    ("space", "state"),
    [
        (Space(), DiskState.OK),
        (Space(100, 1000, 100), DiskState.OK),
        (Space(99, 1000, 100), DiskState.LOW),
        (Space(50, 1000, 100), DiskState.LOW),
        (Space(49, 1000, 100), DiskState.CRITICAL),
        (Space(database=100, limit=100), DiskState.OK),
        (Space(database=101, limit=100), DiskState.LOW),
        (Space(database=106, limit=100), DiskState.CRITICAL),
        (Space(10, 1000, 100, database=1, limit=100), DiskState.CRITICAL),
    ],
)
def test_states(space: Space, state: DiskState) -> None:
    assert space.state is state


@pytest.mark.parametrize(
    ("total", "wanted", "reserve"),
    [
        (1000 * GIB, 0, 10 * GIB),
        (100 * GIB, 0, 5 * GIB),
        (10 * GIB, 0, GIB),
        (2 * GIB, 0, round(0.4 * GIB)),
        (10 * GIB, 7, 7),
    ],
)
def test_the_reserve(total: int, wanted: int, reserve: int) -> None:
    assert disk.reserve_of(total, wanted) == reserve


async def make(database: Database, ages: Sequence[int]) -> None:
    async with database.connection() as connection:
        await partitions.ensure(connection, [TODAY - age for age in ages])
        for tier in (SECOND, MINUTE, HOUR):
            await partitions.ensure(connection, [TODAY - age for age in ages], tier.table, tier.partition_days)


async def left(database: Database, table: str) -> int:
    async with database.connection() as connection:
        return len(await partitions.ended_before(connection, 10**5, table))


async def test_the_oldest_of_the_finest_tier_goes_until_there_is_room(database: Database) -> None:
    await make(database, [0, 1, 2, 3, 4, 5])
    before = await left(database, SECOND.table)
    dropped = await disk.Guard(database, Disk(50, 60, 100).measure).shorten(NOW)
    assert dropped == ["blocks_1s_20260211", "blocks_1s_20260212"]
    assert await left(database, SECOND.table) == before - 2
    async with database.connection() as connection:
        told = await connection.fetch(
            "SELECT actor, action, target, detail FROM audit_log WHERE action <> 'user.create' ORDER BY id"
        )
    assert [(row["actor"], row["action"], row["target"]) for row in told] == [
        ("hub", "disk_guard.drop", f"partition:{name}") for name in dropped
    ]
    assert told[0]["detail"] == {"free": 50, "reserve": 100, "database": None, "limit": None}


async def test_then_frames_then_minutes_then_hours_but_never_the_newest_days(database: Database) -> None:
    await make(database, [0, 1, 2, 400, 800])
    dropped = await disk.Guard(database, Disk(1).measure).shorten(NOW)
    tables = [name.rsplit("_", 1)[0] for name in dropped]
    assert tables == [
        *["blocks_1s"] * 3, *["agent_metrics"] * 3, *["blocks_1m"] * tables.count("blocks_1m"),
        *["blocks_1h"] * tables.count("blocks_1h"),
    ]  # fmt: skip
    assert {"blocks_1m", "blocks_1h"} <= set(tables)
    async with database.connection() as connection:
        for table in ("blocks_1s", "agent_metrics"):
            kept = await partitions.ended_before(connection, 10**5, table)
            assert f"{table}_20260215" in kept
            assert f"{table}_20260216" in kept


async def test_nothing_goes_while_there_is_room(database: Database) -> None:
    await make(database, [0, 10])
    plenty = Disk(100)
    assert await disk.Guard(database, plenty.measure).shorten(NOW) == []
    assert plenty.asked == 1


async def test_frames_are_refused_until_there_is_clearly_room_again() -> None:
    room = Disk(100, 60, 49, 50, 74, 75, 60)
    intake = Intake(room.measure)
    states = []
    for _ in room.free:
        await intake.look()
        states.append(intake.open)
    assert states == [True, True, False, False, False, True, True]


async def test_a_database_elsewhere_is_held_against_its_limit_alone(database: Database, tmp_path: Path) -> None:
    elsewhere = {"database_url": "postgresql://elsewhere", "data_dir": tmp_path}
    nothing = await disk.measure_with(Settings.model_validate(elsewhere), database)()
    assert (nothing.free, nothing.database, nothing.state) == (None, None, DiskState.OK)
    limited = await disk.measure_with(Settings.model_validate({**elsewhere, "max_database_bytes": 1000}), database)()
    assert limited.state is DiskState.CRITICAL
    off = await disk.measure_with(Settings.model_validate({"data_dir": tmp_path, "disk_guard": False}), database)()
    assert (off.free, off.state) == (None, DiskState.OK)
    here = await disk.measure_with(Settings.model_validate({"data_dir": tmp_path}), database)()
    assert here.free is not None
    assert here.total is not None
    assert 0 < here.reserve < here.total
