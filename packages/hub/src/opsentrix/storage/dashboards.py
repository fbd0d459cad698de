"""Dashboards. A deleted one stays for a while, so that deleting can be taken back."""

from datetime import datetime
from typing import Any

from opsentrix.db import Connection
from opsentrix.model.dashboards import DashboardSummary, NewDashboard, StoredDashboard

_KEPT_DELETED = 100
_SUMMARY = """
    id, name, description, version, jsonb_array_length(spec -> 'panels') AS panels, created_at, created_by, changed_at,
    changed_by
"""


async def everyone(connection: Connection) -> list[DashboardSummary]:
    """Return all dashboards, by name."""
    rows = await connection.fetch(
        f"SELECT {_SUMMARY} FROM dashboards WHERE deleted_at IS NULL ORDER BY lower(name), id"  # noqa: S608 - constant
    )
    return [DashboardSummary(**dict(row)) for row in rows]


async def count(connection: Connection) -> int:
    """Return how many there are."""
    number: int = await connection.fetchval("SELECT count(*) FROM dashboards WHERE deleted_at IS NULL")
    return number


async def get(connection: Connection, dashboard_id: int, *, to_write: bool = False) -> StoredDashboard | None:
    """Return a dashboard; as it will be until the transaction ends where it is to be written."""
    row = await connection.fetchrow(
        f"""
        SELECT {_SUMMARY}, spec FROM dashboards WHERE id = $1 AND deleted_at IS NULL {"FOR UPDATE" if to_write else ""}
        """,  # noqa: S608 - constants
        dashboard_id,
    )
    return None if row is None else _stored(row)


async def add(connection: Connection, new: NewDashboard, by: str, now: datetime) -> StoredDashboard:
    """Add a dashboard and return it; this is its version 1."""
    row = await connection.fetchrow(
        f"""
        INSERT INTO dashboards (name, description, spec, created_at, created_by, changed_at, changed_by)
        VALUES ($1, $2, $3, $4, $5, $4, $5) RETURNING {_SUMMARY}, spec
        """,  # noqa: S608 - constant
        new.name, new.description, new.spec, now, by,
    )  # fmt: skip
    return _stored(row)


async def change(
    connection: Connection, dashboard_id: int, new: NewDashboard, by: str, now: datetime
) -> StoredDashboard:
    """Write what a locked dashboard is to be, and return it."""
    row = await connection.fetchrow(
        f"""
        UPDATE dashboards SET name = $2, description = $3, spec = $4, changed_at = $5, changed_by = $6,
            version = version + 1
        WHERE id = $1 RETURNING {_SUMMARY}, spec
        """,  # noqa: S608 - constant
        dashboard_id, new.name, new.description, new.spec, now, by,
    )  # fmt: skip
    return _stored(row)


async def remove(connection: Connection, dashboard_id: int, now: datetime) -> None:
    """Delete a dashboard; of all that were deleted the newest are kept, to be restored."""
    await connection.execute("UPDATE dashboards SET deleted_at = $2 WHERE id = $1", dashboard_id, now)
    await connection.execute(
        """
        DELETE FROM dashboards WHERE id IN (
            SELECT id FROM dashboards WHERE deleted_at IS NOT NULL ORDER BY deleted_at DESC, id DESC OFFSET $1
        )
        """,
        _KEPT_DELETED,
    )


async def restore(connection: Connection, dashboard_id: int) -> StoredDashboard | None:
    """Take back that a dashboard was deleted; None when there is no such deleted one any more."""
    row = await connection.fetchrow(
        f"""
        UPDATE dashboards SET deleted_at = NULL WHERE id = $1 AND deleted_at IS NOT NULL RETURNING {_SUMMARY}, spec
        """,  # noqa: S608 - constant
        dashboard_id,
    )
    return None if row is None else _stored(row)


def _stored(row: Any) -> StoredDashboard:  # noqa: ANN401 - asyncpg's Record has no types
    fields = dict(row)
    spec = fields.pop("spec")
    return StoredDashboard(DashboardSummary(**fields), spec)
