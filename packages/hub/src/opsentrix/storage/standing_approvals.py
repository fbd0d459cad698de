"""Standing approvals: what operators signed so that a runbook may act where their key is demanded."""

from collections.abc import Collection
from datetime import datetime
from typing import Any, NamedTuple

import asyncpg

from opsentrix.db import Connection
from opsentrix.errors import ConflictError

MAX_APPROVALS = 1000


class KeptApproval(NamedTuple):
    """An approval; `message` is the serialized StandingApproval, signed, as agents are given it."""

    id: str
    runbook: str
    action: str
    params: str
    agent_ids: tuple[int, ...]
    message: bytes
    user_id: int | None
    approved_by: str
    created_at: datetime
    expires_at: datetime


async def add(connection: Connection, one: KeptApproval) -> None:
    """Keep an approval.

    Raises:
        ConflictError: there is one of this id, or there are too many.
    """
    if await connection.fetchval("SELECT count(*) FROM standing_approvals") >= MAX_APPROVALS:
        raise ConflictError(f"There are {MAX_APPROVALS} standing approvals; remove some first.")
    try:
        await connection.execute(
            "INSERT INTO standing_approvals VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            *one[:4], list(one.agent_ids), *one[5:],
        )  # fmt: skip
    except asyncpg.UniqueViolationError:
        raise ConflictError(f"There is a standing approval {one.id} already.") from None


async def everyone(connection: Connection, only: Collection[int] | None) -> list[KeptApproval]:
    """Return approvals, the newest first.

    Args:
        connection: any.
        only: all of whose agents are among these; None for all.
    """
    rows = await connection.fetch(
        """
        SELECT * FROM standing_approvals WHERE $1::bigint[] IS NULL OR agent_ids <@ $1
        ORDER BY created_at DESC, id
        """,
        None if only is None else list(only),
    )
    return [_approval(row) for row in rows]


async def of_step(
    connection: Connection, runbook: str, agent_id: int, action: str, params: str, now: datetime
) -> list[bytes]:  # fmt: skip
    """Return the messages of the approvals for a runbook's step on an agent, that of which is longest good first."""
    rows = await connection.fetch(
        """
        SELECT message FROM standing_approvals
        WHERE runbook = $1 AND $2 = ANY (agent_ids) AND action = $3 AND params = $4 AND expires_at > $5
        ORDER BY expires_at DESC, id
        """,
        runbook, agent_id, action, params, now,
    )  # fmt: skip
    return [row["message"] for row in rows]


async def remove(connection: Connection, approval_id: str) -> None:
    """Forget an approval: no command bears it any more."""
    await connection.execute("DELETE FROM standing_approvals WHERE id = $1", approval_id)


async def remove_expired(connection: Connection, moment: datetime) -> None:
    """Forget approvals that had expired at a moment."""
    await connection.execute("DELETE FROM standing_approvals WHERE expires_at < $1", moment)


def _approval(row: Any) -> KeptApproval:  # noqa: ANN401 - asyncpg's Record has no types
    return KeptApproval(**dict(row) | {"agent_ids": tuple(row["agent_ids"])})
