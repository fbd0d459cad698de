"""The daily partitions of `agent_metrics`."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from opsentrix.db import Connection
from opsentrix.model.frames import DAY_MS

_PREFIX = "agent_metrics_"


async def ensure(connection: Connection, days: Iterable[int]) -> None:
    """Make the partitions of these days (days since 1970 in UTC) where they are missing.

    The table is made first and attached then, so that reading and writing go on meanwhile.
    """
    for day in days:
        first = datetime.fromtimestamp(day * DAY_MS / 1000, UTC)
        name = f"{_PREFIX}{first:%Y%m%d}"
        if await connection.fetchval("SELECT to_regclass($1)", name) is not None:
            continue
        bounds = f"FROM ('{first.isoformat()}') TO ('{(first + timedelta(days=1)).isoformat()}')"
        async with connection.transaction():
            # Two hubs may come here at once: the second waits and then finds the table.
            await connection.execute("SELECT pg_advisory_xact_lock(hashtext($1))", name)
            if await connection.fetchval("SELECT to_regclass($1)", name) is None:
                await connection.execute(f"CREATE TABLE {name} (LIKE agent_metrics INCLUDING ALL)")
                await connection.execute(f"ALTER TABLE agent_metrics ATTACH PARTITION {name} FOR VALUES {bounds}")


async def drop_before(connection: Connection, day: int) -> list[str]:
    """Drop the partitions of all days before this one and return their names."""
    rows = await connection.fetch(
        "SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid"
        " WHERE i.inhparent = 'agent_metrics'::regclass ORDER BY 1"
    )
    limit = f"{_PREFIX}{datetime.fromtimestamp(day * DAY_MS / 1000, UTC):%Y%m%d}"
    old = [row["relname"] for row in rows if row["relname"] < limit]
    for name in old:
        await connection.execute(f"DROP TABLE IF EXISTS {name}")  # another hub may do the same
    return old
