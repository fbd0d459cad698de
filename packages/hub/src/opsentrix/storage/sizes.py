"""How much room the tables take."""

from typing import NamedTuple

from opsentrix.db import Connection


class PartSize(NamedTuple):
    """A partition, or a table that has none: what it belongs to, what it is called, and its bytes with indexes."""

    table: str
    name: str
    bytes: int


async def parts(connection: Connection) -> list[PartSize]:
    """Return every table of the hub by its parts, in no order."""
    rows = await connection.fetch(
        """
        SELECT coalesce(parent.relname, c.relname) AS of_table, c.relname, pg_total_relation_size(c.oid) AS bytes
        FROM pg_class c
        LEFT JOIN pg_inherits i ON i.inhrelid = c.oid
        LEFT JOIN pg_class parent ON parent.oid = i.inhparent
        WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace
        """
    )
    # What another process drops meanwhile has no size.
    return [PartSize(row["of_table"], row["relname"], row["bytes"] or 0) for row in rows]
