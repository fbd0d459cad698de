"""Marks on the time of machines."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from opsentrix.db import Connection
from opsentrix.model.marks import MAX_SPAN, Mark, MarkFilter, MarkKind


async def add(connection: Connection, new: Mark) -> tuple[Mark, bool]:
    """Return a mark with its id and whether it was added; of one whose key its maker used before, the one of then."""
    values = (
        new.kind, new.at, new.until, new.title, new.text, list(new.tags), new.url,
        None if new.agents is None else sorted(new.agents), new.key, new.created_by, new.created_at,
    )  # fmt: skip
    number = await connection.fetchval(
        """
        INSERT INTO annotations (kind, at, until, title, text, tags, url, agents, key, created_by, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
        ON CONFLICT (created_by, key) DO NOTHING RETURNING id
        """,
        *values,
    )
    if number is not None:
        return replace(new, id=number), True
    row = await connection.fetchrow(
        "SELECT * FROM annotations WHERE created_by = $1 AND key = $2", new.created_by, new.key
    )
    return _mark(row), False


async def get(connection: Connection, mark_id: int) -> Mark | None:
    """Return a mark."""
    row = await connection.fetchrow("SELECT * FROM annotations WHERE id = $1", mark_id)
    return None if row is None else _mark(row)


async def page(connection: Connection, wanted: MarkFilter, limit: int) -> list[Mark]:
    """Return marks, those that were made last first."""
    rows = await connection.fetch(
        """
        SELECT * FROM annotations
        WHERE at >= $1::timestamptz - $2::interval AND at < $3 AND until >= $1
            AND (cardinality($4::text[]) = 0 OR kind = ANY ($4)) AND (cardinality($5::text[]) = 0 OR tags && $5)
            AND ($6::bigint IS NULL OR agents IS NULL OR $6 = ANY (agents))
            AND ($7::bigint[] IS NULL OR agents IS NULL OR agents && $7)
            AND ($8::bigint IS NULL OR id < $8)
        ORDER BY id DESC LIMIT $9
        """,
        wanted.start, MAX_SPAN, wanted.end, list(wanted.kinds), list(wanted.tags), wanted.agent,
        None if wanted.visible is None else list(wanted.visible), wanted.before, limit,
    )  # fmt: skip
    return [_mark(row) for row in rows]


async def count(connection: Connection) -> int:
    """Return how many there are."""
    number: int = await connection.fetchval("SELECT count(*) FROM annotations")
    return number


async def remove(connection: Connection, mark_id: int) -> None:
    """Delete a mark."""
    await connection.execute("DELETE FROM annotations WHERE id = $1", mark_id)


async def remove_before(connection: Connection, before: datetime) -> None:
    """Delete marks of a time that is not kept."""
    await connection.execute("DELETE FROM annotations WHERE until < $1", before)


def _mark(row: Any) -> Mark:  # noqa: ANN401 - asyncpg's Record has no types
    agents = row["agents"]
    fields = dict(row) | {"kind": MarkKind(row["kind"]), "tags": tuple(row["tags"])}
    return Mark(**fields | {"agents": None if agents is None else frozenset(agents)})
