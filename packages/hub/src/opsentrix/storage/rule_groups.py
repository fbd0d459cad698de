"""Groups of alert rules."""

from datetime import datetime
from typing import Any

import asyncpg

from opsentrix.db import Connection
from opsentrix.errors import ConflictError
from opsentrix.model.stored_alerts import NewGroup, StoredGroup

_TAKEN = "There is a group of this name already."
_COLUMNS = """
    g.id, g.name, g.selector, g.enabled, g.description, g.version, g.changed_at, g.changed_by,
    (SELECT count(*) FROM alert_rules r WHERE r.group_id = g.id) AS rules
"""


async def everyone(connection: Connection) -> list[StoredGroup]:
    """Return all groups, the oldest first."""
    rows = await connection.fetch(f"SELECT {_COLUMNS} FROM alert_rule_groups g ORDER BY g.id")  # noqa: S608 - constant
    return [_group(row) for row in rows]


async def add(connection: Connection, new: NewGroup, by: str, now: datetime) -> StoredGroup:
    """Add a group and return it.

    Raises:
        ConflictError: the name is taken.
    """
    try:
        number: int = await connection.fetchval(
            """
            INSERT INTO alert_rule_groups (name, selector, enabled, description, created_at, changed_at, changed_by)
            VALUES ($1, $2, $3, $4, $5, $5, $6) RETURNING id
            """,
            new.name, new.selector, new.enabled, new.description, now, by,
        )  # fmt: skip
    except asyncpg.UniqueViolationError:
        raise ConflictError(_TAKEN) from None
    return StoredGroup(number, new, 1, now, by, 0)


async def get(connection: Connection, group_id: int) -> StoredGroup | None:
    """Return a group."""
    row = await connection.fetchrow(f"SELECT {_COLUMNS} FROM alert_rule_groups g WHERE g.id = $1", group_id)  # noqa: S608
    return None if row is None else _group(row)


async def lock(connection: Connection, group_id: int, *, to_write: bool) -> StoredGroup | None:
    """Return a group that stays there, and if it is to be written, as it is, until the transaction ends."""
    row = await connection.fetchrow(
        f"SELECT {_COLUMNS} FROM alert_rule_groups g WHERE g.id = $1 FOR {'UPDATE' if to_write else 'KEY SHARE'}",  # noqa: S608
        group_id,
    )
    return None if row is None else _group(row)


async def change(connection: Connection, group_id: int, new: NewGroup, by: str, now: datetime) -> None:
    """Write a new version of a group that is there.

    Raises:
        ConflictError: the name is taken.
    """
    try:
        await connection.execute(
            """
            UPDATE alert_rule_groups SET name = $2, selector = $3, enabled = $4, description = $5, changed_at = $6,
                changed_by = $7, version = version + 1 WHERE id = $1
            """,
            group_id, new.name, new.selector, new.enabled, new.description, now, by,
        )  # fmt: skip
    except asyncpg.UniqueViolationError:
        raise ConflictError(_TAKEN) from None


async def remove(connection: Connection, group_id: int) -> None:
    """Delete a group that has no rules."""
    await connection.execute("DELETE FROM alert_rule_groups WHERE id = $1", group_id)


def _group(row: Any) -> StoredGroup:  # noqa: ANN401 - asyncpg's Record has no types
    new = NewGroup(row["name"], row["selector"], row["enabled"], row["description"])
    return StoredGroup(row["id"], new, row["version"], row["changed_at"], row["changed_by"], row["rules"])
