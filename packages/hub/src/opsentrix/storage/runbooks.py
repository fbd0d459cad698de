"""Runbooks with their versions, and their breakers."""

from datetime import datetime
from typing import Any

import asyncpg

from opsentrix.db import Connection
from opsentrix.errors import ConflictError
from opsentrix.model import runbook_json
from opsentrix.model.stored_runbooks import Author, NewRunbook, RunbookVersion, StoredRunbook

_TAKEN = "There is a runbook of this name already."
_COLUMNS = """
    id, name, version, enabled, definition, sha256, created_at, changed_at, changed_by, author_id, opened_at,
    opened_why, closed_at, next_at
"""


async def add(connection: Connection, new: NewRunbook, author: Author, now: datetime) -> StoredRunbook:
    """Add a runbook and return it; this is its version 1.

    Raises:
        ConflictError: the name is taken.
    """
    try:
        row = await connection.fetchrow(
            f"""
            INSERT INTO runbooks
                (name, enabled, definition, sha256, next_at, created_at, changed_at, changed_by, author_id)
            VALUES ($1, $2, $3, $4, $5, $6, $6, $7, $8) RETURNING {_COLUMNS}
            """,  # noqa: S608 - constant
            *_said(new), now, author.name, author.id,
        )  # fmt: skip
    except asyncpg.UniqueViolationError:
        raise ConflictError(_TAKEN) from None
    return await _remembered(connection, _runbook(row))


async def change(
    connection: Connection, runbook_id: int, new: NewRunbook, author: Author, now: datetime
) -> StoredRunbook | None:
    """Give a runbook a new version and return it; None when there is no such runbook. Its breaker stays as it is.

    Raises:
        ConflictError: the name is taken.
    """
    try:
        row = await connection.fetchrow(
            f"""
            UPDATE runbooks SET name = $1, enabled = $2, definition = $3, sha256 = $4, next_at = $5, changed_at = $6,
                changed_by = $7, author_id = $8, version = version + 1
            WHERE id = $9 RETURNING {_COLUMNS}
            """,  # noqa: S608 - constant
            *_said(new), now, author.name, author.id, runbook_id,
        )  # fmt: skip
    except asyncpg.UniqueViolationError:
        raise ConflictError(_TAKEN) from None
    return None if row is None else await _remembered(connection, _runbook(row))


async def remove(connection: Connection, runbook_id: int) -> bool:
    """Delete a runbook with its versions; False when there is none. Its runs stay, each with what it did."""
    found: int | None = await connection.fetchval("DELETE FROM runbooks WHERE id = $1 RETURNING id", runbook_id)
    return found is not None


async def get(connection: Connection, runbook_id: int, *, to_write: bool = False) -> StoredRunbook | None:
    """Return a runbook; as it will be until the transaction ends where it is to be written."""
    row = await connection.fetchrow(
        f"SELECT {_COLUMNS} FROM runbooks WHERE id = $1 {'FOR UPDATE' if to_write else ''}",  # noqa: S608 - constant
        runbook_id,
    )
    return None if row is None else _runbook(row)


async def everyone(connection: Connection) -> list[StoredRunbook]:
    """Return all runbooks, by name."""
    rows = await connection.fetch(f"SELECT {_COLUMNS} FROM runbooks ORDER BY lower(name), id")  # noqa: S608 - constant
    return [_runbook(row) for row in rows]


async def count(connection: Connection) -> int:
    """Return how many there are."""
    number: int = await connection.fetchval("SELECT count(*) FROM runbooks")
    return number


async def versions(connection: Connection, runbook_id: int, limit: int) -> list[RunbookVersion]:
    """Return the newest versions of a runbook, the newest first."""
    rows = await connection.fetch(
        """
        SELECT version, enabled, definition, sha256, changed_at, changed_by FROM runbook_versions
        WHERE runbook_id = $1 ORDER BY version DESC LIMIT $2
        """,
        runbook_id,
        limit,
    )
    return [RunbookVersion(**dict(row)) for row in rows]


async def open_breaker(connection: Connection, runbook_id: int, why: str, now: datetime) -> bool:
    """Let a runbook do nothing by itself any more; False when that was so before."""
    found: int | None = await connection.fetchval(
        "UPDATE runbooks SET opened_at = $2, opened_why = $3 WHERE id = $1 AND opened_at IS NULL RETURNING id",
        runbook_id, now, why,
    )  # fmt: skip
    return found is not None


async def close_breaker(connection: Connection, runbook_id: int, now: datetime) -> bool:
    """Let a runbook act again; False when it could."""
    found: int | None = await connection.fetchval(
        """
        UPDATE runbooks SET opened_at = NULL, opened_why = '', closed_at = $2
        WHERE id = $1 AND opened_at IS NOT NULL RETURNING id
        """,
        runbook_id,
        now,
    )
    return found is not None


async def set_next(connection: Connection, runbook_id: int, next_at: datetime | None) -> None:
    """Note when a schedule triggers a runbook next; None for never."""
    await connection.execute("UPDATE runbooks SET next_at = $2 WHERE id = $1", runbook_id, next_at)


async def _remembered(connection: Connection, one: StoredRunbook) -> StoredRunbook:
    await connection.execute(
        """
        INSERT INTO runbook_versions (runbook_id, version, enabled, definition, sha256, changed_at, changed_by)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        """,
        one.id, one.version, one.enabled, one.definition, one.sha256, one.changed_at, one.changed_by,
    )  # fmt: skip
    return one


def _runbook(row: Any) -> StoredRunbook:  # noqa: ANN401 - asyncpg's Record has no types
    return StoredRunbook(**dict(row))


def _said(new: NewRunbook) -> tuple[Any, ...]:
    runbook = new.runbook
    return runbook.name, new.enabled, runbook_json.to_json(runbook), runbook_json.digest(runbook), new.next_at
