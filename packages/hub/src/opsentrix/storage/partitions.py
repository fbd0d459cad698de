"""Partitions by time of the tables that hold samples."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from opsentrix.db import Connection
from opsentrix.model.frames import DAY_MS

FRAMES = "agent_metrics"


async def ensure(connection: Connection, days: Iterable[int], table: str = FRAMES, width: int = 1) -> None:
    """Make the partitions of these days (days since 1970 in UTC) where they are missing.

    The partition is made first and attached then, so that reading and writing go on meanwhile.

    Args:
        connection: outside of a transaction.
        days: which days must have a place.
        table: the partitioned table.
        width: days in one partition.
    """
    for begin in sorted({day // width * width for day in days}):
        first = _date(begin)
        name = f"{table}_{first:%Y%m%d}"
        if await connection.fetchval("SELECT to_regclass($1)", name) is not None:
            continue
        bounds = f"FROM ('{first.isoformat()}') TO ('{(first + timedelta(days=width)).isoformat()}')"
        async with connection.transaction():
            # Two hubs may come here at once: the second waits and then finds the table.
            await _lock(connection, name)
            # It asks the catalogue itself: to_regclass answers from a cache that waiting for this lock does not renew.
            if not await connection.fetchval(
                "SELECT EXISTS (SELECT FROM pg_class WHERE relname = $1 AND pg_table_is_visible(oid))", name
            ):
                await connection.execute(f"CREATE TABLE {name} (LIKE {table} INCLUDING ALL)")
                await connection.execute(f"ALTER TABLE {table} ATTACH PARTITION {name} FOR VALUES {bounds}")


async def drop_before(connection: Connection, day: int, table: str = FRAMES, width: int = 1) -> list[str]:
    """Drop the partitions that end before this day begins and return their names."""
    old = await ended_before(connection, day, table, width)
    for name in old:
        await drop(connection, name)
    return old


async def ended_before(connection: Connection, day: int, table: str = FRAMES, width: int = 1) -> list[str]:
    """Return the names of the partitions that end before this day begins, oldest first."""
    rows = await connection.fetch(
        "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
        " WHERE i.inhparent = to_regclass($1) ORDER BY 1",
        table,
    )
    limit = f"{table}_{_date(day - width + 1):%Y%m%d}"
    return [row["relname"] for row in rows if row["relname"] < limit]


async def drop(connection: Connection, name: str) -> None:
    """Drop a partition; another process may do the same."""
    async with connection.transaction():
        await _lock(connection, name)
        await connection.execute(f"DROP TABLE IF EXISTS {name}")


async def _lock(connection: Connection, name: str) -> None:
    """Be the only one who makes or drops this partition, until the transaction ends.

    Two that drop the same at once end in an internal error of PostgreSQL now and then.
    """
    await connection.execute("SELECT pg_advisory_xact_lock(hashtext($1))", name)


def _date(day: int) -> datetime:
    return datetime.fromtimestamp(day * DAY_MS / 1000, UTC)
