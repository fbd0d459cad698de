"""What agents said last of their owners' policies."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from opsentrix.db import Connection
from opsentrix.model.policies import Policy


async def put(connection: Connection, agent_id: int, policy: Policy, now: datetime) -> None:
    """Keep what an agent says, in the place of what it said before."""
    await connection.execute(
        """
        INSERT INTO agent_policies (agent_id, allowed, sha256, problem, told_at)
        SELECT id, $2, $3, $4, $5 FROM agents WHERE id = $1
        ON CONFLICT (agent_id) DO UPDATE SET allowed = $2, sha256 = $3, problem = $4, told_at = $5
        """,
        agent_id, policy.allowed, policy.sha256, policy.problem, now,
    )  # fmt: skip


async def remove(connection: Connection, agent_ids: Collection[int]) -> None:
    """Forget what agents said: they allow nothing any more."""
    await connection.execute("DELETE FROM agent_policies WHERE agent_id = ANY ($1)", list(agent_ids))


async def get(connection: Connection, agent_id: int) -> tuple[Policy, datetime] | None:
    """Return what an agent said last, and when."""
    row = await connection.fetchrow("SELECT * FROM agent_policies WHERE agent_id = $1", agent_id)
    return None if row is None else (_policy(row), row["told_at"])


async def of_agents(connection: Connection, agent_ids: Sequence[int]) -> dict[int, Policy]:
    """Return what agents said last, by id; those that said nothing are left out."""
    rows = await connection.fetch("SELECT * FROM agent_policies WHERE agent_id = ANY ($1)", list(agent_ids))
    return {row["agent_id"]: _policy(row) for row in rows}


async def allowed_nowhere(connection: Connection, actions: Sequence[str], agent_ids: Sequence[int]) -> frozenset[str]:
    """Return which of these actions none of these agents allows."""
    rows = await connection.fetch(
        """
        SELECT asked.action FROM unnest($1::text[]) AS asked (action) WHERE NOT EXISTS (
            SELECT FROM agent_policies p WHERE p.agent_id = ANY ($2) AND p.allowed -> 'actions' ? asked.action
        )
        """,
        list(actions),
        list(agent_ids),
    )
    return frozenset(row["action"] for row in rows)


def _policy(row: Any) -> Policy:  # noqa: ANN401 - asyncpg's Record has no types
    return Policy(row["allowed"], row["sha256"], row["problem"])
