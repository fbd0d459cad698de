"""Recent minutes: whole minutes of frames that are not compacted yet, rolled up. A shortcut that may be lost."""

from collections.abc import Sequence

import numpy as np

from opsentrix.db import Connection
from opsentrix.model.minutes import COUNT_BYTES, VALUE_BYTES, Minute, Recent
from opsentrix.storage.layouts import signed, unsigned

_NUMBERS = np.dtype(">i4")  # as int4send writes them


async def put(connection: Connection, minutes: Sequence[Minute]) -> None:
    """Write whole minutes, over those that are there."""
    await connection.execute(
        """
        INSERT INTO recent_minutes (agent_id, minute, layout_id, ticks, "values", counts)
        SELECT * FROM unnest($1::bigint[], $2::integer[], $3::bigint[], $4::smallint[], $5::bytea[], $6::bytea[])
        ON CONFLICT (agent_id, minute) DO UPDATE SET layout_id = excluded.layout_id, ticks = excluded.ticks,
            "values" = excluded."values", counts = excluded.counts
        """,
        [one.agent_id for one in minutes], [one.number for one in minutes],
        [signed(one.layout_id) for one in minutes], [one.ticks for one in minutes], [one.values for one in minutes],
        [one.counts for one in minutes],
    )  # fmt: skip


async def remove(connection: Connection, keys: Sequence[tuple[int, int]]) -> None:
    """Remove minutes, each given as (agent, minutes since 1970)."""
    agents, numbers = zip(*keys, strict=True)
    await connection.execute(
        """
        DELETE FROM recent_minutes m USING unnest($1::bigint[], $2::integer[]) AS k (agent_id, minute)
        WHERE m.agent_id = k.agent_id AND m.minute = k.minute
        """,
        agents, numbers,
    )  # fmt: skip


async def remove_all(connection: Connection) -> None:
    """Remove every minute."""
    await connection.execute("DELETE FROM recent_minutes")


async def remove_all_before(connection: Connection, before: int) -> None:
    """Remove everybody's minutes before this one (minutes since 1970)."""
    await connection.execute("DELETE FROM recent_minutes WHERE minute < $1", before)


async def remove_before(connection: Connection, agent_id: int, before: int) -> None:
    """Remove an agent's minutes before this one (minutes since 1970): blocks hold them now."""
    await connection.execute("DELETE FROM recent_minutes WHERE agent_id = $1 AND minute < $2", agent_id, before)


async def of_series(
    connection: Connection, agent_ids: Sequence[int], series_ids: Sequence[int], first: int, last: int
) -> list[Recent]:
    """Return the minutes (since 1970) from first to last of some series, each given with its agent.

    Best for a few series of each agent: each is found in each minute. Agents without such minutes are left out.
    """
    rows = await connection.fetch(
        f"""
        WITH used AS MATERIALIZED (
            SELECT DISTINCT agent_id, layout_id FROM recent_minutes
            WHERE agent_id = ANY ($1) AND minute BETWEEN $3 AND $4
        ), places AS MATERIALIZED (
            SELECT agent_id, layout_id, series_id, array_position(series_ids, series_id) - 1 AS at
            FROM unnest($1::bigint[], $2::bigint[]) AS w (agent_id, series_id)
            JOIN used USING (agent_id) JOIN layouts USING (agent_id, layout_id)
        )
        SELECT m.agent_id, p.series_id, string_agg(int4send(m.minute), '') AS numbers,
            string_agg(coalesce(substr(m."values", p.at * {VALUE_BYTES} + 1, {VALUE_BYTES}), $5), '') AS "values",
            string_agg(CASE WHEN p.at IS NULL THEN int2send(0::smallint) WHEN m.counts = '' THEN int2send(m.ticks)
                ELSE substr(m.counts, p.at * {COUNT_BYTES} + 1, {COUNT_BYTES}) END, '') AS counts
        FROM places p JOIN recent_minutes m ON m.agent_id = p.agent_id AND m.layout_id = p.layout_id
            AND m.minute BETWEEN $3 AND $4
        GROUP BY m.agent_id, p.series_id
        """,  # noqa: S608 - constants
        agent_ids, series_ids, first, last, bytes(VALUE_BYTES),
    )  # fmt: skip
    return [
        Recent(agent_id, series_id, np.frombuffer(numbers, _NUMBERS).astype(np.int64), values, counts)
        for agent_id, series_id, numbers, values, counts in rows
    ]


async def whole(connection: Connection, agent_ids: Sequence[int], first: int, last: int) -> list[Minute]:
    """Return all there is of these agents' minutes (since 1970) from first to last."""
    rows = await connection.fetch(
        """
        SELECT agent_id, minute, layout_id, ticks, "values", counts FROM recent_minutes
        WHERE agent_id = ANY ($1) AND minute BETWEEN $2 AND $3
        """,
        agent_ids, first, last,
    )  # fmt: skip
    return [
        Minute(agent_id, number, unsigned(layout_id), ticks, values, counts)
        for agent_id, number, layout_id, ticks, values, counts in rows
    ]
