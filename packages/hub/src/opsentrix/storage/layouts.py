"""Layouts: which of an agent's series stand in its frames, in which order."""

from collections.abc import Iterable, Sequence
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from opsentrix.db import Connection

_REMOVING = 0x6F70_6C79
"""An advisory lock: shared by who writes frames or layouts, alone for who removes layouts."""


async def one(connection: Connection, agent_id: int, layout_id: int) -> list[int] | None:
    """Return the series numbers of a layout that the agent used before."""
    ids: list[int] | None = await connection.fetchval(
        "SELECT series_ids FROM layouts WHERE agent_id = $1 AND layout_id = $2", agent_id, signed(layout_id)
    )
    return ids


async def known(connection: Connection, agent_id: int, layout_ids: Sequence[int]) -> list[int]:
    """Return which of these layouts the agent used before."""
    rows = await connection.fetch(
        "SELECT layout_id FROM layouts WHERE agent_id = $1 AND layout_id = ANY ($2)",
        agent_id, [signed(one) for one in layout_ids],
    )  # fmt: skip
    return [unsigned(row["layout_id"]) for row in rows]


async def add(connection: Connection, agent_id: int, layout_id: int, series_ids: Sequence[int]) -> None:
    """Keep a layout."""
    await connection.execute(
        "INSERT INTO layouts (agent_id, layout_id, series_ids) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        agent_id, signed(layout_id), list(series_ids),
    )  # fmt: skip


async def series_ids(connection: Connection, agent_id: int, layout_ids: Iterable[int]) -> dict[int, NDArray[np.int64]]:
    """Return the series numbers, int64[series], of each of an agent's layouts."""
    rows = await connection.fetch(
        "SELECT layout_id, series_ids FROM layouts WHERE agent_id = $1 AND layout_id = ANY ($2)",
        agent_id, [signed(one) for one in layout_ids],
    )  # fmt: skip
    return {unsigned(row["layout_id"]): np.array(row["series_ids"], dtype=np.int64) for row in rows}


async def series_of_many(
    connection: Connection, keys: Sequence[tuple[int, int]]
) -> dict[tuple[int, int], NDArray[np.int64]]:
    """Return the series numbers, int64[series], of layouts, each given as (agent, layout)."""
    if not keys:
        return {}
    agents, listed = zip(*keys, strict=True)
    rows = await connection.fetch(
        """
        SELECT l.agent_id, l.layout_id, l.series_ids
        FROM unnest($1::bigint[], $2::bigint[]) AS k (agent_id, layout_id)
        JOIN layouts l ON l.agent_id = k.agent_id AND l.layout_id = k.layout_id
        """,
        agents, [signed(one) for one in listed],
    )  # fmt: skip
    return {(row["agent_id"], unsigned(row["layout_id"])): np.array(row["series_ids"], dtype=np.int64) for row in rows}


async def count(connection: Connection, agent_id: int) -> int:
    """Return how many layouts of an agent are kept."""
    number: int = await connection.fetchval("SELECT count(*) FROM layouts WHERE agent_id = $1", agent_id)
    return number


async def hold(connection: Connection) -> int:
    """Let no layout be removed until this transaction ends; return how many removals there were before.

    A hub that remembers layouts asks before it writes frames or layouts: while the number is the one that it knows, all
    that it saw of layouts is still so.
    """
    await connection.execute("SELECT pg_advisory_xact_lock_shared($1)", _REMOVING)
    removals: int = await connection.fetchval("SELECT last_value + is_called::integer FROM layout_removals")
    return removals


async def crowded(connection: Connection, before: datetime) -> list[int]:
    """Return the agents with several layouts from before this and no frame from then: they may need fewer of them."""
    rows = await connection.fetch(
        """
        SELECT l.agent_id FROM (
            SELECT agent_id FROM layouts WHERE first_seen_at < $1 GROUP BY agent_id HAVING count(*) > 1
        ) l
        WHERE NOT EXISTS (SELECT FROM agent_metrics m WHERE m.agent_id = l.agent_id AND m.time < $1)
        ORDER BY l.agent_id
        """,
        before,
    )
    return [row["agent_id"] for row in rows]


async def remove_unused(connection: Connection, agent_id: int, before: datetime) -> tuple[int, list[int]]:
    """Remove an agent's layouts from before this that nothing stored needs; return how many, and their series.

    The caller's transaction keeps frames from being written from here until it ends.
    """
    await connection.execute("SELECT pg_advisory_xact_lock($1)", _REMOVING)
    rows = await connection.fetch(
        """
        DELETE FROM layouts l WHERE l.agent_id = $1 AND l.first_seen_at < $2
            AND l.layout_id NOT IN (SELECT layout_id FROM agent_metrics WHERE agent_id = $1)
            AND l.layout_id NOT IN (SELECT layout_id FROM recent_minutes WHERE agent_id = $1)
        RETURNING series_ids
        """,
        agent_id, before,
    )  # fmt: skip
    if rows:
        await connection.fetchval("SELECT nextval('layout_removals')")
    return len(rows), sorted({one for row in rows for one in row["series_ids"]})


async def missing(connection: Connection, keys: Sequence[tuple[int, int]]) -> set[tuple[int, int]]:
    """Return those of these layouts, each given as (agent, layout), that are not kept; one at least is needed."""
    agents, listed = zip(*keys, strict=True)
    rows = await connection.fetch(
        """
        SELECT k.agent_id, k.layout_id FROM unnest($1::bigint[], $2::bigint[]) AS k (agent_id, layout_id)
        WHERE NOT EXISTS (
            SELECT FROM layouts l WHERE l.agent_id = k.agent_id AND l.layout_id = k.layout_id
        )
        """,
        agents, [signed(one) for one in listed],
    )  # fmt: skip
    return {(row["agent_id"], unsigned(row["layout_id"])) for row in rows}


async def widest(connection: Connection, agent_id: int) -> int:
    """Return how many series the largest layout of an agent has; 1 when there is none."""
    number: int | None = await connection.fetchval(
        "SELECT max(cardinality(series_ids)) FROM layouts WHERE agent_id = $1", agent_id
    )
    return number or 1


def signed(layout_id: int) -> int:
    """Return the same 64 bits read as a signed number, because PostgreSQL has no unsigned ones."""
    return layout_id - (1 << 64) if layout_id >= 1 << 63 else layout_id


def unsigned(layout_id: int) -> int:
    """Undo `signed`."""
    return layout_id % (1 << 64)
