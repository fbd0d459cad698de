"""Which processes used most, at a moment and over a time."""

import asyncio

from opsentrix_protocol.processes import ProcessTable

from opsentrix.db import Database
from opsentrix.model.processes import Order, Use, nearest, rank, unpack
from opsentrix.storage import processes

NEAR_MS = 60_000
"""A moment is answered by the newest table that is no older than that."""


async def at(database: Database, agent_id: int, time_ms: int) -> ProcessTable | None:
    """Return the newest table at a moment, or None where no table is near.

    Raises:
        UnavailableError: the database is away.
    """
    found = await _read(database, agent_id, time_ms - NEAR_MS, time_ms)
    return found[-1] if found else None


async def near(database: Database, agent_id: int, time_ms: int) -> ProcessTable | None:
    """Return the table nearest to a moment, before or after it, or None where no table is near.

    Raises:
        UnavailableError: the database is away.
    """
    return nearest(await _read(database, agent_id, time_ms - NEAR_MS, time_ms + NEAR_MS), time_ms)


async def over(
    database: Database, agent_id: int, first_ms: int, last_ms: int, order: Order, limit: int, text: str = ""
) -> tuple[int, list[Use]]:
    """Return how many tables there are in a time, and the processes, of those with the text, that used most over it.

    Raises:
        UnavailableError: the database is away.
    """
    found = await _read(database, agent_id, first_ms, last_ms)
    return len(found), await asyncio.to_thread(rank, found, order, limit, text)


async def _read(database: Database, agent_id: int, first_ms: int, last_ms: int) -> list[ProcessTable]:
    async with database.connection() as connection:
        stored = await processes.read(connection, agent_id, first_ms, last_ms)
    return await asyncio.to_thread(unpack, stored, first_ms, last_ms)
