"""How agents got in and whether they stay."""

from datetime import datetime

from opsentrix.db import Connection
from opsentrix.model.identity import Admission, AdmissionRecord

_COLUMNS = """
    admission, admission_at, admission_by, admission_reason, enrolled_with, enrolled_from, rotation_requested_at,
    rotation_error, created_at
"""


async def record(connection: Connection, agent_id: int) -> AdmissionRecord | None:
    """Return how an agent got in and stands."""
    row = await connection.fetchrow(f"SELECT {_COLUMNS} FROM agents WHERE id = $1", agent_id)  # noqa: S608 - constant
    return None if row is None else AdmissionRecord(**{**dict(row), "admission": Admission(row["admission"])})


async def enrolled(connection: Connection, agent_id: int, admission: Admission, token_id: int, address: str) -> None:
    """Note that an agent enrolled, for the first time or again."""
    await connection.execute(
        """
        UPDATE agents SET admission = $2, admission_at = now(), admission_by = '', admission_reason = '',
            enrolled_with = $3, enrolled_from = $4, rotation_requested_at = NULL, rotation_error = '',
            updated_at = now()
        WHERE id = $1
        """,
        agent_id, admission, token_id, address,
    )  # fmt: skip


async def change(
    connection: Connection, agent_id: int, allowed: tuple[Admission, ...], to: Admission, by: str, reason: str
) -> Admission | None:
    """Change an agent's admission and return what it was before; None when that is not one of those allowed."""
    before: str | None = await connection.fetchval("SELECT admission FROM agents WHERE id = $1 FOR UPDATE", agent_id)
    if before is None or Admission(before) not in allowed:
        return None
    await connection.execute(
        """
        UPDATE agents SET admission = $2, admission_at = now(), admission_by = $3, admission_reason = $4,
            updated_at = now() WHERE id = $1
        """,
        agent_id, to, by, reason,
    )  # fmt: skip
    return Admission(before)


async def older(connection: Connection, admission: Admission, before: datetime, limit: int) -> list[int]:
    """Return agents that have stood like this since before a time, the oldest first."""
    rows = await connection.fetch(
        "SELECT id FROM agents WHERE admission = $1 AND admission_at < $2 ORDER BY admission_at LIMIT $3",
        admission, before, limit,
    )  # fmt: skip
    return [row["id"] for row in rows]


async def rotation_requests(connection: Connection) -> list[int]:
    """Return the agents of which a person wants a new credential."""
    rows = await connection.fetch("SELECT id FROM agents WHERE rotation_requested_at IS NOT NULL")
    return [row["id"] for row in rows]


async def request_rotation(connection: Connection, agent_id: int) -> None:
    """Note that a person wants a new credential of an agent."""
    await connection.execute(
        "UPDATE agents SET rotation_requested_at = now(), rotation_error = '' WHERE id = $1", agent_id
    )


async def rotated(connection: Connection, agent_id: int, error: str) -> None:
    """Note that an agent has a new credential, or why it could make none; either way nobody waits any more."""
    await connection.execute(
        "UPDATE agents SET rotation_requested_at = NULL, rotation_error = $2 WHERE id = $1", agent_id, error
    )
