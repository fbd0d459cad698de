"""A year of history as the worker leaves it, written with the hub's own packing and without a year of frames.

Some hours are made of the recording, each from another row on and scaled by another factor, so that no two have the
same minima; they are rolled up and packed by the hub's own functions, once. Every agent has these hours over and over,
and each begins with another one. Rows are written in the order in which they would have come to be: hour by hour, all
agents, so that those of one agent lie as far apart on the disk as they really do.
"""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from numpy.typing import NDArray
from opsentrix.db import Database
from opsentrix.model.blocks import Blocks, Rollup, join, pack_rollups
from opsentrix.model.samples import Samples
from opsentrix.model.tiers import HOUR, MINUTE, Tier, roll_up_rollups, roll_up_samples
from opsentrix.storage import blocks, partitions, series

from benchmarks.fleet_history import DAY_MS, HOUR_MS
from benchmarks.fleet_recording import STEP_MS, Recording

CYCLE = 61
"""Different hours; prime to a day's 24, so that an agent's days differ too."""
HOURS = 24
_ROWS_APART = 53  # prime to the recording's length
_AGENTS_APART = 37
_FACTORS = (0.5, 2.0)
_COLUMNS = ("agent_id", "time", "series_ids", "offsets", "axis", "data")


@dataclass(frozen=True, slots=True, eq=False)
class Cycle:
    """The hours that come again and again, and the day that begins with each of them.

    Attributes:
        hours: the minutes of each hour, packed; `days`: the hours of each day.
        means: mean of each minute, float64[hours, series, minutes].
    """

    hours: Sequence[Blocks]
    days: Sequence[Blocks]
    means: NDArray[np.float64]

    @classmethod
    def of(cls, recording: Recording) -> "Cycle":
        """Make it of a recording."""
        factors = np.random.default_rng(1).uniform(*_FACTORS, CYCLE)
        minutes = [_minutes(recording, hour, float(factors[hour])) for hour in range(CYCLE)]
        hours = [roll_up_rollups(one) for one in minutes]
        days = []
        for first in range(CYCLE):
            day = Rollup.empty(len(recording.series), HOURS)
            for at in range(HOURS):
                day.put((slice(None), slice(at, at + 1)), hours[(first + at) % CYCLE])
            days.append(_packed(day))
        return cls([_packed(one) for one in minutes], days, np.array([one.mean for one in minutes]))


def _minutes(recording: Recording, hour: int, factor: float) -> Rollup:
    ticks = HOUR_MS // STEP_MS
    values = np.ascontiguousarray(factor * recording.replayed(hour * _ROWS_APART, 0, ticks).T)
    return roll_up_samples(Samples(STEP_MS * np.arange(ticks), values, np.full(ticks, STEP_MS)), 0, MINUTE)


def _packed(rollup: Rollup) -> Blocks:
    return join(range(len(rollup.count)), pack_rollups(rollup), b"")


def hour_of_cycle(agent_id: int, time_ms: int) -> int:
    """Return which hour of the cycle an agent has at a time."""
    return (time_ms // HOUR_MS + agent_id * _AGENTS_APART) % CYCLE


@dataclass(frozen=True, slots=True)
class History:
    """How much is written: everything before `end_ms`, the begin of an hour, in Unix ms.

    Attributes:
        minute_days: how many days back the tier of minutes reaches, as does the tier of hours `days` back.
    """

    agents: range
    end_ms: int
    days: int
    minute_days: int

    @property
    def today_ms(self) -> int:
        """The begin of the day that is not over, and so not rolled up."""
        return self.end_ms // DAY_MS * DAY_MS

    def rows(self, cycle: Cycle, ids: dict[int, list[int]], tier: Tier, day_ms: int) -> Iterator[tuple[object, ...]]:
        """Yield a day's rows of a tier as the database takes them, hour by hour."""
        packed = cycle.days if tier is HOUR else cycle.hours
        offsets = [one.offsets.tolist() for one in packed]
        for start_ms in range(day_ms, min(day_ms + DAY_MS, self.end_ms), tier.row_ms):
            time = datetime.fromtimestamp(start_ms / 1000, UTC)
            for agent_id in self.agents:
                place = hour_of_cycle(agent_id, start_ms)
                yield agent_id, time, ids[agent_id], offsets[place], b"", packed[place].data


def write(dsn: str, recording: Recording, cycle: Cycle, history: History) -> None:
    """Write a history to a database that knows the agents and holds nothing of them yet."""
    asyncio.run(_write(dsn, recording, cycle, history))


async def _write(dsn: str, recording: Recording, cycle: Cycle, history: History) -> None:
    database = await Database.connect(dsn, connections=1)
    try:
        async with database.connection() as connection:
            ids = {one: await series.register(connection, one, recording.series) for one in history.agents}
            for tier, days in ((HOUR, history.days), (MINUTE, history.minute_days)):
                first_ms = (history.end_ms - days * DAY_MS) // DAY_MS * DAY_MS
                last_ms = history.today_ms if tier is HOUR else history.end_ms
                listed = range(first_ms, last_ms, DAY_MS)
                await partitions.ensure(connection, [at // DAY_MS for at in listed], tier.table, tier.partition_days)
                for day_ms in listed:
                    rows = history.rows(cycle, ids, tier, day_ms)
                    await connection.copy_records_to_table(tier.table, records=rows, columns=_COLUMNS)
            if history.today_ms < history.end_ms:
                for agent_id in history.agents:
                    await blocks.queue_rollup(connection, agent_id, history.today_ms)
            for statement in ("VACUUM (ANALYZE, PROCESS_TOAST FALSE)", "CHECKPOINT"):
                await connection.execute(statement, timeout=600)
    finally:
        await database.close()
