"""What a recording holds, look by look, and what happened meanwhile."""

import asyncio

from opsentrix.db import Database
from opsentrix.model.recordings import Recorded, Recording, plain_parts, recorded
from opsentrix.storage import recordings


async def read(database: Database, one: Recording) -> Recorded:
    """Return what was recorded within the window; of one that failed, what came.

    Raises:
        UnavailableError: the database is away.
    """
    async with database.connection() as connection:
        parts = await recordings.parts(connection, one.agent_id, one.id)
    first_ms, last_ms = round(one.begins.timestamp() * 1000), round(one.ends.timestamp() * 1000)
    return await asyncio.to_thread(recorded, parts, first_ms, last_ms)


async def raw(database: Database, one: Recording) -> bytes:
    """Return all that came of a recording as one serialized RecordedMoments, reaching beyond the window or not.

    Raises:
        UnavailableError: the database is away.
    """
    async with database.connection() as connection:
        parts = await recordings.parts(connection, one.agent_id, one.id)
    return b"".join(await asyncio.to_thread(plain_parts, parts))
