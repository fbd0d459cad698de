"""Signs of life of the processes that work on this database."""

from datetime import datetime

from opsentrix.db import Connection
from opsentrix.model.watching import WORKER, Pulse


async def beat(connection: Connection, name: str, now: datetime, done_to: datetime | None = None) -> None:
    """Note that a process lives, and up to when its work is done; without `done_to` that stays as it was."""
    await connection.execute(
        """
        INSERT INTO pulses (name, beat_at, done_to) VALUES ($1, $2, $3)
        ON CONFLICT (name) DO UPDATE SET beat_at = excluded.beat_at,
            done_to = coalesce(excluded.done_to, pulses.done_to)
        """,
        name, now, done_to,
    )  # fmt: skip


async def get(connection: Connection, name: str) -> Pulse | None:
    """Return the last sign of life of a process; None when it never gave one."""
    row = await connection.fetchrow("SELECT beat_at, done_to FROM pulses WHERE name = $1", name)
    return None if row is None else Pulse(row["beat_at"], row["done_to"])


async def remove_older(connection: Connection, before: datetime) -> None:
    """Forget processes that have been silent since a moment, save the worker: hubs come and go."""
    await connection.execute("DELETE FROM pulses WHERE beat_at < $1 AND name <> $2", before, WORKER)
