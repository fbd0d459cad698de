"""Blocks: the rows of the tiers, and which days wait to be rolled up."""

from collections.abc import Sequence

import numpy as np

from opsentrix.db import Connection
from opsentrix.model.blocks import Blocks, join
from opsentrix.model.frames import DAY_MS
from opsentrix.model.tiers import Tier
from opsentrix.storage.times import timestamp, unix_ms

# PostgreSQL keeps `data` uncompressed and in pieces, so that `substr` reads the pieces of these series only; no value
# is larger than 1 GiB. Where offsets are corrupt the block is empty, which nobody takes for a good one.
_PART = """CASE WHEN b.offsets[s.at] BETWEEN 0 AND b.offsets[s.at + 1] AND b.offsets[s.at] < 1073741824
    THEN substr(b.data, b.offsets[s.at] + 1, b.offsets[s.at + 1] - b.offsets[s.at]) ELSE '' END"""
_FEW = 4
"""So many series of an agent are found faster one by one than by looking at all that a row holds."""
_FEW_PLACES = """
    unnest($1::bigint[], $2::bigint[]) AS w (agent_id, id) JOIN {table} b ON b.agent_id = w.agent_id
    CROSS JOIN LATERAL (SELECT w.id, array_position(b.series_ids, w.id) AS at OFFSET 0) s
"""
_MANY_PLACES = """
    (
        SELECT agent_id, array_agg(id) AS ids FROM unnest($1::bigint[], $2::bigint[]) AS u (agent_id, id)
        GROUP BY agent_id
    ) w
    JOIN {table} b ON b.agent_id = w.agent_id
    CROSS JOIN LATERAL (
        SELECT id, at FROM unnest(b.series_ids) WITH ORDINALITY AS u (id, at) WHERE id = ANY (w.ids)
    ) s
"""


async def write(connection: Connection, tier: Tier, agent_id: int, start_ms: int, blocks: Blocks) -> None:
    """Write the row of an agent and period, over the one that is there."""
    await connection.execute(
        f"""
        INSERT INTO {tier.table} (agent_id, time, series_ids, offsets, axis, data) VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (agent_id, time) DO UPDATE SET series_ids = excluded.series_ids, offsets = excluded.offsets,
            axis = excluded.axis, data = excluded.data
        """,  # noqa: S608 - constant
        agent_id, timestamp(start_ms), blocks.series_ids.tolist(), blocks.offsets.tolist(), blocks.axis, blocks.data,
    )  # fmt: skip


async def one(connection: Connection, tier: Tier, agent_id: int, start_ms: int) -> Blocks | None:
    """Return the row of an agent and period, locked until the transaction ends."""
    row = await connection.fetchrow(
        f"SELECT series_ids, offsets, axis, data FROM {tier.table} WHERE agent_id = $1 AND time = $2 FOR UPDATE",  # noqa: S608
        agent_id, timestamp(start_ms),
    )  # fmt: skip
    if row is None:
        return None
    ids, offsets = np.array(row["series_ids"], np.int64), np.array(row["offsets"], np.int32)
    return Blocks(ids, offsets, row["axis"], row["data"])


async def rows_between(
    connection: Connection, tier: Tier, agent_id: int, first_ms: int, last_ms: int, series_ids: Sequence[int]
) -> list[tuple[int, Blocks]]:
    """Return (start, blocks) of an agent's rows that touch first_ms to last_ms, oldest first, of these series alone."""
    rows = await connection.fetch(
        f"""
        SELECT b.time, b.axis, array_agg(s.id) AS ids, array_agg({_PART}) AS parts
        FROM {tier.table} b CROSS JOIN LATERAL unnest(b.series_ids) WITH ORDINALITY AS s (id, at)
        WHERE b.agent_id = $1 AND b.time > $2 AND b.time <= $3 AND s.id = ANY ($4)
        GROUP BY b.agent_id, b.time
        ORDER BY b.time
        """,  # noqa: S608 - constant
        agent_id, timestamp(first_ms - tier.row_ms), timestamp(last_ms), list(series_ids),
    )  # fmt: skip
    result = []
    for row in rows:
        offsets = np.cumsum([0, *map(len, row["parts"])]).astype(np.int32)
        blocks = Blocks(np.array(row["ids"], np.int64), offsets, row["axis"], b"".join(row["parts"]))
        result.append((unix_ms(row["time"]), blocks))
    return result


async def rows_of_agents(
    connection: Connection, tier: Tier, agent_ids: Sequence[int], series_ids: Sequence[int], first_ms: int, last_ms: int
) -> list[tuple[int, int, Blocks]]:
    """Return (agent, start in Unix ms, blocks) of all of these agents' rows that touch first_ms to last_ms, in order.

    The blocks are of these series alone; a row that holds none of them is there for its time axis.
    """
    rows = await connection.fetch(
        f"""
        SELECT b.agent_id, b.time, b.axis, p.ids, p.parts
        FROM {tier.table} b CROSS JOIN LATERAL (
            SELECT array_agg(s.id) AS ids, array_agg({_PART}) AS parts
            FROM unnest(b.series_ids) WITH ORDINALITY AS s (id, at) WHERE s.id = ANY ($2)
        ) p
        WHERE b.agent_id = ANY ($1) AND b.time > $3 AND b.time <= $4 ORDER BY b.agent_id, b.time
        """,  # noqa: S608 - constant
        list(agent_ids), list(series_ids), timestamp(first_ms - tier.row_ms), timestamp(last_ms),
    )  # fmt: skip
    return [(agent, unix_ms(time), join(ids or (), parts or (), axis)) for agent, time, axis, ids, parts in rows]


async def of_series(
    connection: Connection, tier: Tier, agent_ids: Sequence[int], series_ids: Sequence[int], first_ms: int, last_ms: int
) -> list[tuple[int, int, int, bytes]]:
    """Return (agent, series, start in Unix ms, block) for the rows that touch first_ms to last_ms, in no order.

    Args:
        connection: the database's.
        tier: which.
        agent_ids: of each series, its agent.
        series_ids: as many.
        first_ms: Unix ms.
        last_ms: Unix ms, inclusive.
    """
    few = len(series_ids) <= _FEW * len(set(agent_ids))
    rows = await connection.fetch(
        f"""
        SELECT b.agent_id, s.id, b.time, {_PART} AS part
        FROM {_FEW_PLACES if few else _MANY_PLACES}
        WHERE b.time > $3 AND b.time <= $4 AND s.at IS NOT NULL
        """.format(table=tier.table),  # noqa: S608 - constants
        agent_ids, series_ids, timestamp(first_ms - tier.row_ms), timestamp(last_ms),
    )  # fmt: skip
    return [(agent_id, series_id, unix_ms(time), part) for agent_id, series_id, time, part in rows]


async def oldest(
    connection: Connection, tier: Tier, agent_ids: Sequence[int], first_ms: int, last_ms: int
) -> dict[int, int]:
    """Return the start (Unix ms) of each agent's oldest row that touches first_ms to last_ms, where there is one."""
    rows = await connection.fetch(
        f"""
        SELECT a.id, b.time FROM unnest($1::bigint[]) AS a (id)
        CROSS JOIN LATERAL (
            SELECT time FROM {tier.table} WHERE agent_id = a.id AND time > $2 AND time <= $3 ORDER BY time LIMIT 1
        ) b
        """,  # noqa: S608 - constant
        list(agent_ids), timestamp(first_ms - tier.row_ms), timestamp(last_ms),
    )  # fmt: skip
    return {row["id"]: unix_ms(row["time"]) for row in rows}


async def queue_rollup(connection: Connection, agent_id: int, start_ms: int) -> None:
    """Note that an hour of this day is new: its row of the coarsest tier does not say so yet."""
    await connection.execute(
        "INSERT INTO rollup_queue (agent_id, day) VALUES ($1, $2) ON CONFLICT DO NOTHING",
        agent_id, timestamp(start_ms // DAY_MS * DAY_MS),
    )  # fmt: skip


async def queued_rollups(connection: Connection, before_ms: int, limit: int) -> list[tuple[int, int]]:
    """Return (agent, day in Unix ms) of days that began before and wait to be rolled up, oldest first."""
    rows = await connection.fetch(
        "SELECT agent_id, day FROM rollup_queue WHERE day < $1 ORDER BY day, agent_id LIMIT $2",
        timestamp(before_ms),
        limit,
    )
    return [(row["agent_id"], unix_ms(row["day"])) for row in rows]


async def queued_days(connection: Connection, agent_ids: Sequence[int]) -> set[tuple[int, int]]:
    """Return (agent, day in Unix ms) of these agents' days that wait to be rolled up: a finer tier has them."""
    rows = await connection.fetch("SELECT agent_id, day FROM rollup_queue WHERE agent_id = ANY ($1)", agent_ids)
    return {(row["agent_id"], unix_ms(row["day"])) for row in rows}


async def unqueue_rollup(connection: Connection, agent_id: int, day_ms: int) -> None:
    """Note that a day is rolled up, in the transaction that did it."""
    await connection.execute("DELETE FROM rollup_queue WHERE agent_id = $1 AND day = $2", agent_id, timestamp(day_ms))
