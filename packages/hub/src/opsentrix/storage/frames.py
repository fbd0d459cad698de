"""Frames and the boots they belong to: the hot path of writing, and reading them back."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import asyncpg

from opsentrix.db import Connection
from opsentrix.model.frames import MAX_SPAN_MS, StoredFrame
from opsentrix.model.ranges import RangeSet
from opsentrix.storage.layouts import signed, unsigned
from opsentrix.storage.times import timestamp, unix_ms

_COLUMNS = (
    "agent_id", "time", "boot", "seq", "layout_id", "step_ms", "ticks", "value_type", "compression", "columns",
    "absent", "processes",
)  # fmt: skip
_TOUCHES_NONE = """NOT EXISTS (
    SELECT FROM unnest(${}::timestamptz[]) AS hour WHERE time < hour + interval '1 hour'
        AND time + (ticks - 1) * step_ms * interval '1 millisecond' >= hour)"""


LONG_MS = 60_000
"""Frames that span more than this have an index of their own."""


class DuplicateFramesError(Exception):
    """Some frames of an append are in the database already; nothing of it was written."""


class RefusedFramesError(Exception):
    """Something in the frames of an append can never be written; nothing of it was."""


_REFUSED = (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError, ValueError, TypeError, OverflowError)


async def append(connection: Connection, frames: Sequence[StoredFrame]) -> None:
    """Write frames by one COPY, durable when it returns.

    Raises:
        DuplicateFramesError: one of them is there already.
        RefusedFramesError: one of them has no partition, or does not fit the table.
    """
    try:
        await connection.copy_records_to_table("agent_metrics", records=map(_record, frames), columns=_COLUMNS)
    except asyncpg.UniqueViolationError as error:
        raise DuplicateFramesError from error
    except _REFUSED as error:
        raise RefusedFramesError from error


async def append_new(connection: Connection, frames: Sequence[StoredFrame]) -> int:
    """Write those frames that are not there yet and return how many that were; slower than `append`.

    Raises:
        RefusedFramesError: one of them has no partition, or does not fit the table.
    """
    try:
        status = await connection.execute(
            f"""
            INSERT INTO agent_metrics ({", ".join(_COLUMNS)})
            SELECT * FROM unnest(
                $1::bigint[], $2::timestamptz[], $3::integer[], $4::bigint[], $5::bigint[], $6::integer[],
                $7::smallint[], $8::smallint[], $9::smallint[], $10::bytea[], $11::bytea[],
                $12::bytea[])
            ON CONFLICT DO NOTHING
            """,  # noqa: S608 - constant
            *zip(*map(_record, frames), strict=True),
        )
    except _REFUSED as error:
        raise RefusedFramesError from error
    return int(status.rsplit(" ", 1)[1])


async def read(connection: Connection, agent_id: int, first_ms: int, last_ms: int) -> list[StoredFrame]:
    """Return an agent's frames that may hold ticks from `first_ms` to `last_ms` inclusive, oldest first."""
    return await read_ranges(connection, [(agent_id, first_ms, last_ms)])


async def read_ranges(connection: Connection, ranges: Sequence[tuple[int, int, int]]) -> list[StoredFrame]:
    """Return the frames that may hold ticks of any range (agent, first and last Unix ms, inclusive).

    They come in the order of agents and time, each once. The bounds of all ranges stand in the query once more, because
    they tell PostgreSQL before it begins which partitions it need not open. A frame spans an hour at most and seldom
    more than a minute: those that do have an index of their own, so that not everything of the hour before is read.
    """
    agents, first, last = zip(*ranges, strict=True)
    rows = await connection.fetch(
        f"""
        SELECT DISTINCT ON (m.agent_id, m.time, m.boot, m.seq) m.*
        FROM unnest($1::bigint[], $2::timestamptz[], $3::timestamptz[], $4::timestamptz[], $5::timestamptz[])
            AS r (agent_id, first, last, near, far)
        CROSS JOIN LATERAL (
            SELECT * FROM agent_metrics f
            WHERE f.agent_id = r.agent_id AND f.time >= r.near AND f.time <= r.last AND f.time BETWEEN $6 AND $7
            UNION ALL
            SELECT * FROM agent_metrics f
            WHERE f.agent_id = r.agent_id AND f.time >= r.far AND f.time < r.near AND f.time BETWEEN $8 AND $7
                AND (f.ticks - 1) * f.step_ms > {LONG_MS}
        ) m
        WHERE m.time + (m.ticks - 1) * m.step_ms * interval '1 millisecond' >= r.first
        ORDER BY m.agent_id, m.time, m.boot, m.seq
        """,  # noqa: S608 - constants
        agents, *([timestamp(one + back) for one in ends] for ends, back in (
            (first, 0), (last, 0), (first, -LONG_MS), (first, -MAX_SPAN_MS),
        )),
        timestamp(min(first) - LONG_MS), timestamp(max(last)), timestamp(min(first) - MAX_SPAN_MS),
    )  # fmt: skip
    return [_frame(row) for row in rows]


async def lock_history(connection: Connection, agent_id: int) -> None:
    """Keep everybody else from moving an agent's samples between tables until the transaction ends.

    Two workers can meet for a moment: one that lost the connection of its lock goes on until it notices.
    """
    await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended('history', $1))", agent_id)


async def agents_with_frames_before(connection: Connection, before_ms: int) -> list[int]:
    """Return the agents that have a frame whose first tick is earlier."""
    rows = await connection.fetch(
        """
        SELECT a.id FROM agents a
        WHERE EXISTS (SELECT FROM agent_metrics m WHERE m.agent_id = a.id AND m.time < $1) ORDER BY a.id
        """,
        timestamp(before_ms),
    )
    return [row["id"] for row in rows]


async def oldest_before(
    connection: Connection, agent_id: int, before_ms: int, closed_hours: Sequence[int] = ()
) -> int | None:
    """Return the first tick (Unix ms) of an agent's oldest frame that begins earlier than `before_ms`.

    Frames with a tick in one of `closed_hours` (their begins in Unix ms) do not count.
    """
    oldest: datetime | None = await connection.fetchval(
        f"SELECT time FROM agent_metrics WHERE agent_id = $1 AND time < $2 AND {_TOUCHES_NONE.format(3)}"  # noqa: S608 - constant
        " ORDER BY time LIMIT 1",
        agent_id, timestamp(before_ms), [timestamp(hour_ms) for hour_ms in closed_hours],
    )  # fmt: skip
    return None if oldest is None else unix_ms(oldest)


async def oldest_between(connection: Connection, agent_id: int, first_ms: int, last_ms: int) -> int | None:
    """Return the first tick (Unix ms) of an agent's oldest frame that may hold ticks from first_ms to last_ms."""
    oldest: datetime | None = await connection.fetchval(
        "SELECT time FROM agent_metrics WHERE agent_id = $1 AND time >= $2 AND time <= $3 ORDER BY time LIMIT 1",
        agent_id, timestamp(first_ms - MAX_SPAN_MS), timestamp(last_ms),
    )  # fmt: skip
    return None if oldest is None else unix_ms(oldest)


async def take(
    connection: Connection, agent_id: int, first_ms: int, before_ms: int, closed_hours: Sequence[int] = ()
) -> list[StoredFrame]:
    """Remove the frames that begin in [first_ms, before_ms) and return them, oldest first.

    Frames with a tick in one of `closed_hours` (their begins in Unix ms) stay. The caller's transaction puts the
    samples elsewhere: either both happen or neither.
    """
    rows = await connection.fetch(
        "DELETE FROM agent_metrics WHERE agent_id = $1 AND time >= $2 AND time < $3"  # noqa: S608 - constant
        f" AND {_TOUCHES_NONE.format(4)} RETURNING *",
        agent_id, timestamp(first_ms), timestamp(before_ms), [timestamp(hour_ms) for hour_ms in closed_hours],
    )  # fmt: skip
    return sorted(map(_frame, rows), key=lambda frame: (frame.time_ms, frame.boot, frame.seq))


async def ticks_between(connection: Connection, agent_id: int, first_ms: int, before_ms: int) -> list[tuple[int, int]]:
    """Return the first tick (Unix ms) and the number of ticks of the frames that begin in [first_ms, before_ms)."""
    rows = await connection.fetch(
        "SELECT time, ticks FROM agent_metrics WHERE agent_id = $1 AND time >= $2 AND time < $3 ORDER BY time",
        agent_id, timestamp(first_ms), timestamp(before_ms),
    )  # fmt: skip
    return [(unix_ms(row["time"]), row["ticks"]) for row in rows]


async def boots(connection: Connection, agent_id: int, boot_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, int]:
    """Return the numbers of an agent's boots; those not seen before get one."""
    rows = await connection.fetch(
        """
        INSERT INTO agent_boots (agent_id, boot_id) SELECT $1, unnest($2::uuid[])
        ON CONFLICT (agent_id, boot_id) DO UPDATE SET last_seen_at = now() RETURNING boot_id, id
        """,
        agent_id, list(dict.fromkeys(boot_ids)),
    )  # fmt: skip
    return {uuid.UUID(bytes=row["boot_id"].bytes): row["id"] for row in rows}


async def committed(connection: Connection, agent_id: int, boot: int) -> RangeSet:
    """Return which frames of a boot are durable, compacted or not."""
    here = await connection.fetchval(
        "SELECT range_agg(int8range(seq, seq, '[]')) FROM agent_metrics WHERE agent_id = $1 AND boot = $2",
        agent_id, boot,
    )  # fmt: skip
    # The second, because frames move from there to here: none can be missed in between.
    compacted = await connection.fetchval("SELECT compacted FROM agent_boots WHERE id = $1", boot)
    return RangeSet((one.lower, one.upper - 1) for one in (*(here or ()), *(compacted or ())))


async def note_compacted(connection: Connection, boot: int, ranges: RangeSet) -> None:
    """Note that these frames of a boot are durable though they are no longer here."""
    await connection.execute(
        "UPDATE agent_boots SET compacted = compacted + $2, last_seen_at = now() WHERE id = $1",
        boot, [asyncpg.Range(first, last + 1) for first, last in ranges],
    )  # fmt: skip


async def remove_boots(connection: Connection, before: datetime) -> int:
    """Remove boots not seen since then, but no agent's newest and none that has frames; return how many."""
    status = await connection.execute(
        """
        DELETE FROM agent_boots b WHERE b.last_seen_at < $1
            AND EXISTS (SELECT FROM agent_boots n WHERE n.agent_id = b.agent_id AND n.id > b.id)
            AND NOT EXISTS (SELECT FROM agent_metrics m WHERE m.agent_id = b.agent_id AND m.boot = b.id)
        """,
        before,
    )
    return int(status.split()[-1])


def _record(frame: StoredFrame) -> tuple[object, ...]:
    return (
        frame.agent_id, timestamp(frame.time_ms), frame.boot, frame.seq, signed(frame.layout_id), frame.step_ms,
        frame.ticks, frame.value_type, frame.compression, frame.columns, frame.absent,
        frame.processes,
    )  # fmt: skip


def _frame(row: Any) -> StoredFrame:  # noqa: ANN401 - asyncpg's Record has no types
    return StoredFrame(
        row["agent_id"], row["boot"], row["seq"], unix_ms(row["time"]), row["step_ms"], row["ticks"],
        unsigned(row["layout_id"]), row["value_type"], row["compression"], row["columns"], row["absent"],
        row["processes"],
    )  # fmt: skip
