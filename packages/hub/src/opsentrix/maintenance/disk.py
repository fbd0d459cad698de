"""The disk guard: history gives way before the disk is full, and frames wait before PostgreSQL must refuse them.

PostgreSQL that finds no room for its write-ahead log stops. So a reserve is kept free: what goes below it costs the
oldest partition of the finest tier, one after the other; when half of the reserve is gone too, agents keep their frames
in their spools. A limit on the database's size, which serves a PostgreSQL elsewhere too, works the same.
"""

import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from opsentrix import log, selfmetrics
from opsentrix.db import Database
from opsentrix.model.frames import DAY_MS
from opsentrix.model.tiers import HOUR, MINUTE, SECOND
from opsentrix.settings import Settings
from opsentrix.storage import audit, partitions, retention

_LEAST_RESERVE, _MOST_RESERVE = 1 << 30, 10 << 30
_RESERVE_SHARE = 0.05
_MOST_SHARE = 0.2
_OVER = 1.05
"""A database this much larger than its limit is critical."""
_KEPT_DAYS = 2
"""The newest days are never dropped."""
_log = log.get(__name__)


class DiskState(StrEnum):
    """How much room there is."""

    OK = "ok"
    LOW = "low"
    CRITICAL = "critical"


@dataclass(frozen=True, slots=True)
class Space:
    """What is left.

    Attributes:
        free: bytes on the file system of the embedded PostgreSQL; None where PostgreSQL is elsewhere.
        total: bytes of that file system.
        reserve: bytes that are to stay free on it.
        database: bytes of the database; None where there is no limit.
        limit: bytes that the database may have.
    """

    free: int | None = None
    total: int | None = None
    reserve: int = 0
    database: int | None = None
    limit: int | None = None

    @property
    def state(self) -> DiskState:
        """How much room there is."""
        if self.free is not None and self.free < self.reserve / 2:
            return DiskState.CRITICAL
        if self.database is not None and self.limit is not None and self.database > self.limit * _OVER:
            return DiskState.CRITICAL
        low = self.free is not None and self.free < self.reserve
        return DiskState.LOW if low or self._over else DiskState.OK

    @property
    def _over(self) -> bool:
        return self.database is not None and self.limit is not None and self.database > self.limit


Measure = Callable[[], Awaitable[Space]]


def measure_with(settings: Settings, database: Database) -> Measure:
    """Return how to measure what these settings ask for."""
    here = settings.disk_guard and not settings.database_url.get_secret_value()
    folder = settings.data_dir if here else None
    limit = settings.max_database_bytes or None if settings.disk_guard else None

    async def measure() -> Space:
        size = None
        if limit is not None:
            async with database.connection() as connection:
                size = await retention.database_bytes(connection)
        free, total = (None, None) if folder is None else _room(folder)
        reserve = reserve_of(total, settings.disk_reserve_bytes) if total is not None else 0
        return Space(free, total, reserve, size, limit)

    return measure


def reserve_of(total: int, wanted: int) -> int:
    """Return the bytes of a file system that are to stay free: a twentieth, from 1 to 10 GiB, and a fifth at most.

    Args:
        total: of the file system.
        wanted: what the owner set, or 0.
    """
    usual = min(max(_LEAST_RESERVE, total * _RESERVE_SHARE), _MOST_RESERVE)
    return wanted or round(min(usual, total * _MOST_SHARE))


class Intake:
    """Whether there is room for frames. Once there was none, half of what was missing must come back first."""

    def __init__(self, measure: Measure) -> None:
        self._measure = measure
        self.space = Space()
        self.open = True

    async def look(self) -> None:
        """Measure anew.

        Raises:
            UnavailableError: the database is away.
        """
        self.space = space = await self._measure()
        selfmetrics.DISK_FREE.set(-1 if space.free is None else space.free)
        if self.open and space.state is DiskState.CRITICAL:
            self.open = False
            _log.error("the disk is nearly full: no frames are taken", free=space.free, database=space.database)
        elif not self.open and self._recovered():
            self.open = True
            _log.warning("there is room again: frames are taken", free=space.free, database=space.database)
        selfmetrics.INTAKE_OPEN.set(self.open)

    def _recovered(self) -> bool:
        space = self.space
        enough = space.free is None or space.free >= space.reserve * 0.75
        return enough and space.state is not DiskState.CRITICAL


class Guard:
    """Lets the oldest history go while the disk is low."""

    def __init__(self, database: Database, measure: Measure) -> None:
        self._database = database
        self._measure = measure
        self._said = False

    async def shorten(self, now: float) -> list[str]:
        """Drop the oldest partitions, the finest tier's first, until there is room or nothing old is left.

        Args:
            now: Unix time in seconds.

        Returns:
            The names of the partitions that went. Each has an entry in the audit log.
        """
        dropped: list[str] = []
        while (space := await self._measure()).state is not DiskState.OK:
            name = await _oldest(self._database, int(now * 1000) // DAY_MS - _KEPT_DAYS + 1)
            if name is None:
                if not self._said:
                    _log.error("the disk is low, and no history is left that could go", free=space.free)
                self._said = True
                return dropped
            await self._drop(name, space)
            dropped.append(name)
        self._said = False
        return dropped

    async def _drop(self, name: str, space: Space) -> None:
        async with self._database.transaction() as connection:
            await partitions.drop(connection, name)
            await audit.add(
                connection, "hub", "disk_guard.drop", f"partition:{name}", "", free=space.free, reserve=space.reserve,
                database=space.database, limit=space.limit,
            )  # fmt: skip
        _log.warning("the disk is low: dropped the oldest history", partition=name, free=space.free)


async def _oldest(database: Database, before_day: int) -> str | None:
    """Return the oldest partition of the finest tier that has one that ended before this day and holds anything."""
    async with database.connection() as connection:
        for table, width in (
            (SECOND.table, SECOND.partition_days), (partitions.FRAMES, 1),
            (MINUTE.table, MINUTE.partition_days), (HOUR.table, HOUR.partition_days),
        ):  # fmt: skip
            ended = await partitions.ended_before(connection, before_day, table, width)
            if ended:
                return ended[0]
    return None


def _room(folder: Path) -> tuple[int, int]:
    stat = os.statvfs(folder)
    return stat.f_bavail * stat.f_frsize, stat.f_blocks * stat.f_frsize
