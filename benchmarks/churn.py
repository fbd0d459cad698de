"""What short-lived series cost: a host on which containers come and go, for a simulated day.

Each minute 20 series appear that were never seen before and live for ten minutes; the agent's layout keeps them for ten
more. The hub's own parts do the work, without a network between them: layouts are admitted, frames written, hours
compacted, and what nothing needs is removed after each hour.
"""

import asyncio
import statistics
import tempfile
import time
from array import array
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from opsentrix.db import Connection, Database, embedded, migrate
from opsentrix.ingest.layouts import LayoutBook
from opsentrix.maintenance import compaction, housekeeping
from opsentrix.model.agents import NewAgent
from opsentrix.model.frames import StoredFrame
from opsentrix.model.series import Aggregation
from opsentrix.query import series as query
from opsentrix.storage import agents, frames, partitions
from opsentrix_protocol import frames as codec
from opsentrix_protocol import opsentrix_pb2 as pb
from opsentrix_protocol.catalogue import Kind, Metric, Series, labels_of

from benchmarks.harness import Result

QUICK_HOURS = 1
FULL_HOURS = 24
NEW_A_MINUTE = 20
LIFE_MINUTES = 10
STAY_MINUTES = 20
TICKS = 60
UNGUARDED = 1_000_000
DEFAULT_LIMIT = 5000
_HOUR_S = 3600
_HOST = [Series(Metric("host.value", "1", Kind.GAUGE), labels_of(n=str(n))) for n in range(150)]
_CONTAINER = Metric("container.cpu.usage", "1", Kind.GAUGE)


@dataclass
class Day:
    """A day of one such host; `admits` are the seconds that each new layout took."""

    database: Database
    book: LayoutBook
    agent_id: int
    begin_s: int
    admits: list[float] = field(default_factory=list)
    samples: int = 0

    async def minute(self, number: int) -> None:
        """Take a frame of one minute."""
        first = max(0, number - STAY_MINUTES + 1)
        living = range(first * NEW_A_MINUTE, (number + 1) * NEW_A_MINUTE)
        listed = [*_HOST, *(Series(_CONTAINER, labels_of(id=f"{one:032x}")) for one in living)]
        started = time.perf_counter()
        admission = await self.book.admit(self.agent_id, listed)
        self.admits.append(time.perf_counter() - started)
        taken = listed if admission.columns is None else [listed[at] for at in admission.columns]
        values, absent, count = _values(taken, number)
        self.samples += count
        packed = pb.Frame(ticks=TICKS)
        codec.pack(packed, values, absent)
        stored = StoredFrame(
            self.agent_id, 1, number + 1, (self.begin_s + number * 60) * 1000, 1000, TICKS, admission.layout.id,
            packed.value_type, packed.compression, packed.columns, packed.absent,
        )  # fmt: skip
        async with self.database.connection() as connection:
            await partitions.ensure(connection, {stored.time_ms // 86_400_000})
            await frames.append(connection, [stored])
            await _as_of(connection, "layouts", "first_seen_at", stored.time_ms / 1000)

    async def hour_is_over(self, number: int) -> None:
        """Let the worker do what it does after an hour."""
        now = self.begin_s + (number + 1) * _HOUR_S + 61
        await compaction.run_once(self.database, now)
        before = datetime.fromtimestamp(now - housekeeping.UNUSED_S, UTC)
        await housekeeping.remove_layouts(self.database, self.agent_id, before)
        async with self.database.connection() as connection:
            await _as_of(connection, "series", "ended_at", now)

    async def ask(self, hours: int) -> float:
        """Return how many seconds it takes to read the containers of the last minutes."""
        end = self.begin_s + hours * _HOUR_S - 1
        asked = query.SeriesQuery(
            self.agent_id, (_CONTAINER.name,), labels_of(id=f"{hours * 60 * NEW_A_MINUTE - 1:032x}"), end - 900, end,
            1000, Aggregation.AVG,
        )  # fmt: skip
        started = time.perf_counter()
        await query.read(self.database, asked)
        return time.perf_counter() - started


async def _as_of(connection: Connection, table: str, column: str, now: float) -> None:
    """Let what was written just now have been written then: the database's own clock knows nothing of this day."""
    await connection.execute(
        f"UPDATE {table} SET {column} = to_timestamp($1)"  # noqa: S608 - constants
        f" WHERE {column} > now() - interval '30 minutes' AND {column} < 'infinity'",
        now,
    )


def _values(listed: list[Series], minute: int) -> tuple["array[float]", bytes, int]:
    """Return values and bitmap of a minute, in which a container older than its life has no samples."""
    values = array("d")
    absent = 0
    taken = 0
    for row, one in enumerate(listed):
        values.extend(float((row * 31 + minute * TICKS + tick) % 97) for tick in range(TICKS))
        number = dict(one.labels).get("id")
        if number is not None and int(number, 16) // NEW_A_MINUTE <= minute - LIFE_MINUTES:
            absent |= ((1 << TICKS) - 1) << (row * TICKS)
        else:
            taken += TICKS
    return values, absent.to_bytes((len(listed) * TICKS + 7) // 8, "little"), taken


async def _live(dsn: str, hours: int, limit: int) -> tuple[Day, dict[str, int], float]:
    database = await Database.connect(dsn, 4)
    try:
        async with database.connection() as connection:
            agent = await agents.add(connection, NewAgent("churn", "host", "h"))
        begin = int(time.time()) // _HOUR_S * _HOUR_S - (hours + 1) * _HOUR_S
        day = Day(database, LayoutBook(database, limit), agent.id, begin)
        for hour in range(hours):
            for minute in range(60):
                await day.minute(hour * 60 + minute)
            await day.hour_is_over(hour)
        asked = statistics.median([await day.ask(hours) for _ in range(10)])
        return day, await _sizes(database), asked
    finally:
        await database.close()


async def _sizes(database: Database) -> dict[str, int]:
    async with database.connection() as connection:
        sizes = {
            table: await connection.fetchval("SELECT pg_total_relation_size(to_regclass($1))", table)
            for table in ("series", "layouts")
        }
        sizes["blocks"] = await connection.fetchval(
            "SELECT sum(pg_total_relation_size(inhrelid))::bigint FROM pg_inherits"
            " WHERE inhparent = 'blocks_1s'::regclass"
        )
        for table in ("series", "layouts"):
            sizes[f"{table} rows"] = await connection.fetchval(f"SELECT count(*) FROM {table}")  # noqa: S608 - constant
    return sizes


def measure(quick: bool) -> list[Result]:
    """Live through some hours twice: as if there was no limit, and with the default one."""
    hours = QUICK_HOURS if quick else FULL_HOURS
    results = []
    for limit, name in ((UNGUARDED, "churn"), (DEFAULT_LIMIT, "churn.limited")):
        day, sizes, asked = _run(hours, limit)
        late = statistics.median(day.admits[-60:])
        how = (
            f"{NEW_A_MINUTE} new series a minute for {hours} h beside {len(_HOST)} lasting ones, at most {limit} a day"
        )
        rows = f"{sizes['series rows']} series, {sizes['layouts rows']} layouts"
        results += [
            Result(f"{name}.admit_ms", late * 1000, "ms", "lower", None, note=f"{how}; median of the last hour"),
            Result(f"{name}.query_ms", asked * 1000, "ms", "lower", None, note="15 minutes of one living series"),
            Result(f"{name}.catalogue_mb", (sizes["series"] + sizes["layouts"]) / 1e6, "MB", "lower", None, note=rows),
            Result(f"{name}.bytes_per_sample", sizes["blocks"] / day.samples, "B", "lower", None, note="tier 1s"),
        ]
    return results


def _run(hours: int, limit: int) -> tuple[Day, dict[str, int], float]:
    async def on(dsn: str) -> tuple[Day, dict[str, int], float]:
        await migrate.upgrade(dsn)
        return await _live(dsn, hours, limit)

    with tempfile.TemporaryDirectory() as folder, embedded.running(Path(folder)) as dsn:
        return asyncio.run(on(dsn))
