"""What a recording holds, look by look."""

import asyncio

from opsentrix.db import Database
from opsentrix.model.recordings import RecordedLook, Recording, looks, plain_parts
from opsentrix.storage import recordings


async def read(database: Database, one: Recording) -> list[RecordedLook]:
    """Return the looks within a recording's window, oldest first; of one that failed, those that came.

    Raises:
        UnavailableError: the database is away.
    """
    async with database.connection() as connection:
        parts = await recordings.parts(connection, one.agent_id, one.id)
    first_ms, last_ms = round(one.begins.timestamp() * 1000), round(one.ends.timestamp() * 1000)
    return await asyncio.to_thread(looks, parts, first_ms, last_ms)


async def raw(database: Database, one: Recording) -> bytes:
    """Return all that came of a recording as one serialized RecordedMoments, reaching beyond the window or not.

    Raises:
        UnavailableError: the database is away.
    """
    async with database.connection() as connection:
        parts = await recordings.parts(connection, one.agent_id, one.id)
    return b"".join(await asyncio.to_thread(plain_parts, parts))
