"""Recent minutes: whole minutes of frames that are not compacted yet, rolled up. A shortcut that may be lost."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from opsentrix.db import Connection
from opsentrix.model.minutes import ALL_PRESENT, COUNT_BYTES, VALUE_BYTES, Minute
from opsentrix.storage.layouts import signed


@dataclass(frozen=True, slots=True, eq=False)
class Recent:
    """The recent minutes of one agent and series.

    Attributes:
        covered: int64[any], minutes since 1970 whose frames need not be read, whether or not they hold the series.
        numbers: int64[minutes], those that hold it, in no order; `ticks`, `values`, `counts` belong to them.
        ticks: int64[minutes].
        values: VALUE_BYTES for each.
        counts: COUNT_BYTES for each, ALL_PRESENT where no sample is absent.
    """

    agent_id: int
    series_id: int
    covered: NDArray[np.int64]
    numbers: NDArray[np.int64]
    ticks: NDArray[np.int64]
    values: bytes
    counts: bytes


async def put(connection: Connection, minutes: Sequence[Minute]) -> None:
    """Write whole minutes, over those that are there."""
    await connection.execute(
        """
        INSERT INTO recent_minutes (agent_id, minute, layout_id, ticks, "values", counts)
        SELECT * FROM unnest($1::bigint[], $2::integer[], $3::bigint[], $4::integer[], $5::bytea[], $6::bytea[])
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


async def remove_before(connection: Connection, agent_id: int, before: int) -> None:
    """Remove an agent's minutes before this one (minutes since 1970): blocks hold them now."""
    await connection.execute("DELETE FROM recent_minutes WHERE agent_id = $1 AND minute < $2", agent_id, before)


async def between(
    connection: Connection, agent_ids: Sequence[int], series_ids: Sequence[int], first: int, last: int
) -> list[Recent]:
    """Return the minutes (since 1970) from first to last of some series, each given with its agent.

    Series of agents that have no such minute are left out.
    """
    rows = await connection.fetch(
        f"""
        WITH wanted AS (SELECT * FROM unnest($1::bigint[], $2::bigint[]) AS w (agent_id, series_id)),
        places AS MATERIALIZED (
            SELECT w.agent_id, w.series_id, l.layout_id, array_position(l.series_ids, w.series_id) - 1 AS at
            FROM wanted w JOIN layouts l ON l.agent_id = w.agent_id
            WHERE array_position(l.series_ids, w.series_id) IS NOT NULL
        )
        SELECT m.agent_id, w.series_id, array_agg(m.minute) AS covered,
            array_agg(m.minute) FILTER (WHERE p.at IS NOT NULL) AS numbers,
            array_agg(m.ticks) FILTER (WHERE p.at IS NOT NULL) AS ticks,
            string_agg(substr(m."values", p.at * {VALUE_BYTES} + 1, {VALUE_BYTES}), '') AS "values",
            string_agg(
                CASE WHEN m.counts = '' THEN $5 ELSE substr(m.counts, p.at * {COUNT_BYTES} + 1, {COUNT_BYTES}) END, ''
            ) FILTER (WHERE p.at IS NOT NULL) AS counts
        FROM wanted w JOIN recent_minutes m ON m.agent_id = w.agent_id AND m.minute BETWEEN $3 AND $4
        LEFT JOIN places p ON p.agent_id = m.agent_id AND p.series_id = w.series_id AND p.layout_id = m.layout_id
        GROUP BY m.agent_id, w.series_id
        """,  # noqa: S608 - constants
        agent_ids, series_ids, first, last, ALL_PRESENT.to_bytes(COUNT_BYTES, "little"),
    )  # fmt: skip
    return [
        Recent(
            row["agent_id"], row["series_id"], np.array(row["covered"], np.int64),
            np.array(row["numbers"] or (), np.int64), np.array(row["ticks"] or (), np.int64), row["values"] or b"",
            row["counts"] or b"",
        )
        for row in rows
    ]  # fmt: skip
