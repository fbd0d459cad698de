"""Process samples: in the frames that brought them, and joined beside the blocks of their hour."""

from opsentrix.db import Connection
from opsentrix.model.frames import MAX_SPAN_MS
from opsentrix.model.processes import Stored
from opsentrix.storage.times import timestamp

_OF_HOUR = "blocks_1s"


async def append(connection: Connection, agent_id: int, hour_ms: int, piece: bytes) -> bool:
    """Put a piece behind those of an agent's hour, in the caller's transaction; False where the hour has no row."""
    status = await connection.execute(
        f"UPDATE {_OF_HOUR} SET processes = processes || $3 WHERE agent_id = $1 AND time = $2",  # noqa: S608 - constant
        agent_id, timestamp(hour_ms), piece,
    )  # fmt: skip
    return not status.endswith(" 0")


async def read(connection: Connection, agent_id: int, first_ms: int, last_ms: int) -> Stored:
    """Return what may hold tables from first_ms to last_ms inclusive.

    One statement, so that nothing is missed or seen twice while the worker moves it.
    """
    rows = await connection.fetch(
        f"""
        SELECT true AS of_hour, processes FROM {_OF_HOUR}
        WHERE agent_id = $1 AND time BETWEEN $2 AND $4 AND processes <> ''
        UNION ALL
        SELECT false, processes FROM agent_metrics
        WHERE agent_id = $1 AND time BETWEEN $3 AND $4 AND processes <> ''
        """,  # noqa: S608 - constant
        agent_id, timestamp(first_ms - 2 * MAX_SPAN_MS), timestamp(first_ms - MAX_SPAN_MS), timestamp(last_ms),
    )  # fmt: skip
    return Stored(
        [row["processes"] for row in rows if row["of_hour"]], [row["processes"] for row in rows if not row["of_hour"]]
    )
