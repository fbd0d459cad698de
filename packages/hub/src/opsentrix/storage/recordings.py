"""Recordings of agents' flight recorders, and the parts in which they came."""

from datetime import datetime
from typing import Any

from opsentrix.db import Connection
from opsentrix.model.recordings import Recording, RecordingState

_OPEN = "state IN ('requested', 'arriving')"


async def add(
    connection: Connection, agent_id: int, window: tuple[datetime, datetime], reason: str, by: str, now: datetime
) -> Recording | None:
    """Add a recording; None where the agent has an open one, or does not exist."""
    row = await connection.fetchrow(
        f"""
        INSERT INTO recordings (agent_id, begins, ends, reason, requested_by, created_at)
        SELECT id, $2, $3, $4, $5, $6 FROM agents WHERE id = $1 FOR KEY SHARE
        ON CONFLICT (agent_id) WHERE {_OPEN} DO NOTHING RETURNING *
        """,  # noqa: S608 - constant
        agent_id, *window, reason, by, now,
    )  # fmt: skip
    return None if row is None else _recording(row)


async def get(connection: Connection, agent_id: int, recording: int) -> Recording | None:
    """Return a recording."""
    row = await connection.fetchrow("SELECT * FROM recordings WHERE agent_id = $1 AND id = $2", agent_id, recording)
    return None if row is None else _recording(row)


async def of_agent(connection: Connection, agent_id: int) -> list[Recording]:
    """Return an agent's recordings, the newest first."""
    rows = await connection.fetch("SELECT * FROM recordings WHERE agent_id = $1 ORDER BY id DESC", agent_id)
    return [_recording(row) for row in rows]


async def every_open(connection: Connection) -> list[Recording]:
    """Return all recordings that are neither complete nor failed."""
    rows = await connection.fetch(f"SELECT * FROM recordings WHERE {_OPEN}")  # noqa: S608 - constant
    return [_recording(row) for row in rows]


async def put_part(connection: Connection, one: Recording, index: int, data: bytes, total: int) -> bool:
    """Keep a part of an open recording, in the caller's transaction; False when it is not open any more.

    Part 0 begins anew: whatever came before it goes. `total` is what the recording has then, in bytes.
    """
    status = await connection.execute(
        f"UPDATE recordings SET state = 'arriving', bytes = $3 WHERE agent_id = $1 AND id = $2 AND {_OPEN}",  # noqa: S608 - constant
        one.agent_id, one.id, total,
    )  # fmt: skip
    if status.endswith(" 0"):
        return False
    await connection.execute(
        "DELETE FROM recording_parts WHERE agent_id = $1 AND recording = $2 AND index >= $3",
        one.agent_id, one.id, index,
    )  # fmt: skip
    if data:
        await connection.execute(
            "INSERT INTO recording_parts (agent_id, recording, index, data) VALUES ($1, $2, $3, $4)",
            one.agent_id, one.id, index, data,
        )  # fmt: skip
    return True


async def complete(connection: Connection, one: Recording, *, truncated: bool, now: datetime) -> None:
    """Note that all of an open recording is there."""
    await connection.execute(
        f"""
        UPDATE recordings SET state = 'complete', truncated = $3, finished_at = $4
        WHERE agent_id = $1 AND id = $2 AND {_OPEN}
        """,  # noqa: S608 - constant
        one.agent_id, one.id, truncated, now,
    )  # fmt: skip


async def fail(connection: Connection, one: Recording, error: str, now: datetime) -> None:
    """Note why an open recording will not be complete; what came of it stays."""
    await connection.execute(
        f"""
        UPDATE recordings SET state = 'failed', error = $3, finished_at = $4
        WHERE agent_id = $1 AND id = $2 AND {_OPEN}
        """,  # noqa: S608 - constant
        one.agent_id, one.id, error, now,
    )  # fmt: skip


async def parts(connection: Connection, agent_id: int, recording: int) -> list[bytes]:
    """Return what came of a recording, in order."""
    rows = await connection.fetch(
        "SELECT data FROM recording_parts WHERE agent_id = $1 AND recording = $2 ORDER BY index", agent_id, recording
    )
    return [row["data"] for row in rows]


async def delete(connection: Connection, agent_id: int, recording: int) -> bool:
    """Delete a recording; False when there is none."""
    status = await connection.execute("DELETE FROM recordings WHERE agent_id = $1 AND id = $2", agent_id, recording)
    return not status.endswith(" 0")


async def keep_newest(connection: Connection, agent_id: int, kept: int) -> int:
    """Delete an agent's oldest recordings beyond so many; return how many went."""
    return _count(
        await connection.execute(
            """
            DELETE FROM recordings WHERE agent_id = $1 AND id IN
                (SELECT id FROM recordings WHERE agent_id = $1 ORDER BY id DESC OFFSET $2)
            """,
            agent_id, kept,
        )
    )  # fmt: skip


async def remove_older(connection: Connection, before: datetime) -> int:
    """Delete what is finished and was asked for before this; return how many went."""
    return _count(
        await connection.execute(f"DELETE FROM recordings WHERE created_at < $1 AND NOT {_OPEN}", before)  # noqa: S608 - constant
    )


async def remove_beyond(connection: Connection, max_bytes: int) -> int:
    """Delete the oldest finished recordings until the rest holds no more than so many bytes; return how many went."""
    return _count(
        await connection.execute(
            f"""
            WITH newest_first AS (
                SELECT agent_id, id, sum(bytes) OVER (ORDER BY created_at DESC, id DESC) AS total
                FROM recordings WHERE bytes > 0
            )
            DELETE FROM recordings r USING newest_first n
            WHERE r.agent_id = n.agent_id AND r.id = n.id AND n.total > $1 AND NOT {_OPEN}
            """,  # noqa: S608 - constant
            max_bytes,
        )
    )


def _count(status: str) -> int:
    return int(status.rpartition(" ")[2])


def _recording(row: Any) -> Recording:  # noqa: ANN401 - asyncpg's Record has no types
    return Recording(**{**dict(row), "state": RecordingState(row["state"])})
