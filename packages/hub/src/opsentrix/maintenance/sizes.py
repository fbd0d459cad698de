"""How much room history takes, by tier and table; measured once a minute at most."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from opsentrix.db import Database
from opsentrix.model.forecast import Growth, Part, growth
from opsentrix.model.frames import DAY_MS
from opsentrix.model.retention import Days, longest
from opsentrix.model.tiers import TIERS, Tier
from opsentrix.storage import agents, partitions, retention, sizes

_KEPT_S = 60
_DAY_S = DAY_MS / 1000


@dataclass(frozen=True, slots=True)
class Sizes:
    """What takes how much room.

    Attributes:
        measured: when, in Unix seconds.
        database: bytes of the whole database.
        tiers: how each tier grows.
        kept: the longest that any agent's history is kept, by tier.
        tables: bytes of each table, largest first.
    """

    measured: float
    database: int
    tiers: dict[Tier, Growth]
    kept: Days
    tables: dict[str, int]

    @property
    def frames(self) -> int:
        """Bytes of what is not compacted yet."""
        return self.tables.get(partitions.FRAMES, 0)


class Measurer:
    """Measures when somebody asks, and keeps the answer for the others who do."""

    def __init__(self, database: Database, defaults: Days, clock: Callable[[], float]) -> None:
        self._database = database
        self._defaults = defaults
        self._clock = clock
        self._turn = asyncio.Lock()
        self._newest: Sizes | None = None

    async def sizes(self) -> Sizes:
        """Return what takes how much room, as of the last minute.

        Raises:
            UnavailableError: the database is away.
        """
        async with self._turn:
            now = self._clock()
            if self._newest is None or abs(now - self._newest.measured) > _KEPT_S:
                self._newest = await self._measure(now)
            return self._newest

    async def _measure(self, now: float) -> Sizes:
        async with self._database.connection() as connection:
            parts = await sizes.parts(connection)
            database = await retention.database_bytes(connection)
            kept = longest(self._defaults, await retention.rules(connection))
            first = await agents.first_created(connection)
        since = now / _DAY_S if first is None else first.timestamp() / _DAY_S
        tables: dict[str, int] = {}
        for one in parts:
            tables[one.table] = tables.get(one.table, 0) + one.bytes
        tiers = {
            tier: growth(
                [
                    Part(_first_day(one.name), tier.partition_days, one.bytes)
                    for one in parts
                    if one.table == tier.table and one.name != tier.table
                ],
                since, now / _DAY_S, kept[tier],
            )
            for tier in TIERS
        }  # fmt: skip
        ordered = dict(sorted(tables.items(), key=lambda item: -item[1]))
        return Sizes(now, database, tiers, kept, ordered)


def _first_day(partition: str) -> int:
    date = datetime.strptime(partition.rpartition("_")[2], "%Y%m%d").replace(tzinfo=UTC)
    return int(date.timestamp() // _DAY_S)
