"""Rollouts of releases of the agent."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import asyncpg

from opsentrix.db import Connection
from opsentrix.errors import ConflictError
from opsentrix.model.upgrades import (
    IN_PROGRESS,
    AgentState,
    Release,
    Rollout,
    RolloutAgent,
    RolloutState,
    Signature,
    Step,
)

KEPT_ROLLOUTS = 100


@dataclass(frozen=True, slots=True)
class Candidate:
    """An agent as a rollout sees it."""

    id: int
    name: str
    version: str
    allows: bool


@dataclass(frozen=True, slots=True)
class Progress:
    """One agent of a rollout, with its name."""

    agent: RolloutAgent
    name: str
    changed_at: datetime


async def set_allowed(connection: Connection, agent_id: int, *, allowed: bool) -> None:
    """Note whether the owner of an agent allows upgrades."""
    await connection.execute(
        "UPDATE agents SET allows_upgrades = $2 WHERE id = $1 AND allows_upgrades <> $2", agent_id, allowed
    )


async def versions(connection: Connection, only: Collection[int] | None) -> list[dict[str, Any]]:
    """Return how many agents run each version, and how many of them allow upgrades: `version`, `agents`, `allowed`.

    Args:
        connection: any.
        only: of these agents; None for all.
    """
    rows = await connection.fetch(
        """
        SELECT version, count(*) AS agents, count(*) FILTER (WHERE allows_upgrades) AS allowed
        FROM agents WHERE $1::bigint[] IS NULL OR id IN (SELECT unnest($1))
        GROUP BY version ORDER BY agents DESC, version
        """,
        None if only is None else list(only),
    )
    return [dict(row) for row in rows]


async def candidates(connection: Connection, agent_ids: Sequence[int]) -> list[Candidate]:
    """Return agents in the order of their ids; those that do not exist are left out."""
    rows = await connection.fetch(
        "SELECT id, name, version, allows_upgrades AS allows FROM agents WHERE id = ANY ($1) ORDER BY id",
        list(agent_ids),
    )
    return [Candidate(**dict(row)) for row in rows]


async def add(
    connection: Connection, rollout: Rollout, rings: Sequence[Sequence[int]]
) -> Rollout:  # fmt: skip
    """Add a rollout with its agents, forget the oldest beyond `KEPT_ROLLOUTS`, and return it with its id.

    Raises:
        ConflictError: another one is under way.
    """
    release = rollout.release
    signatures = [{"key_id": one.key_id, "signature": one.signature.hex()} for one in release.signatures]
    try:
        rollout_id: int = await connection.fetchval(
            """
            INSERT INTO upgrade_rollouts (key, version, sha256, size, signatures, soak_s, max_failures, state, rings,
                created_by, created_at, changed_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11) RETURNING id
            """,
            rollout.key, release.version, release.sha256, release.size, signatures,
            int(rollout.soak.total_seconds()), rollout.max_failures, rollout.state, len(rings), rollout.created_by,
            rollout.created_at,
        )  # fmt: skip
    except asyncpg.UniqueViolationError:
        raise ConflictError("Another rollout is under way: stop it first, or wait for its end.") from None
    pairs = [(agent_id, number) for number, ring in enumerate(rings) for agent_id in ring]
    await connection.execute(
        """
        INSERT INTO upgrade_agents (rollout_id, agent_id, ring, state, changed_at)
        SELECT $1, n.agent_id, n.ring, 'waiting', $4 FROM unnest($2::bigint[], $3::integer[]) AS n (agent_id, ring)
        """,
        rollout_id, [one[0] for one in pairs], [one[1] for one in pairs], rollout.created_at,
    )  # fmt: skip
    await connection.execute("DELETE FROM upgrade_rollouts WHERE id <= $1", rollout_id - KEPT_ROLLOUTS)
    found = await get(connection, rollout_id)
    if found is None:
        raise ConflictError("The rollout was deleted at once.")
    return found


async def get(connection: Connection, rollout_id: int, *, lock: bool = False) -> Rollout | None:
    """Return a rollout; locked until the transaction ends, if asked."""
    row = await connection.fetchrow(
        f"SELECT * FROM upgrade_rollouts WHERE id = $1 {'FOR UPDATE' if lock else ''}",  # noqa: S608 - constants
        rollout_id,
    )
    return None if row is None else _rollout(row)


async def newest(connection: Connection, limit: int) -> list[Rollout]:
    """Return rollouts, the newest first."""
    rows = await connection.fetch("SELECT * FROM upgrade_rollouts ORDER BY id DESC LIMIT $1", limit)
    return [_rollout(row) for row in rows]


async def under_way(connection: Connection) -> Rollout | None:
    """Return the rollout that is running or paused, locked until the transaction ends."""
    row = await connection.fetchrow("SELECT * FROM upgrade_rollouts WHERE state IN ('running', 'paused') FOR UPDATE")
    return None if row is None else _rollout(row)


async def counts(
    connection: Connection, rollout_ids: Sequence[int], only: Collection[int] | None
) -> dict[int, dict[tuple[int, AgentState], int]]:
    """Return how many agents of each ring are in each state, by rollout.

    Args:
        connection: any.
        rollout_ids: which rollouts.
        only: of these agents; None for all.
    """
    found: dict[int, dict[tuple[int, AgentState], int]] = {one: {} for one in rollout_ids}
    for row in await connection.fetch(
        """
        SELECT rollout_id, ring, state, count(*) AS n FROM upgrade_agents
        WHERE rollout_id = ANY ($1) AND ($2::bigint[] IS NULL OR agent_id IN (SELECT unnest($2)))
        GROUP BY rollout_id, ring, state
        """,
        list(rollout_ids),
        None if only is None else list(only),
    ):
        found[row["rollout_id"]][row["ring"], AgentState(row["state"])] = row["n"]
    return found


async def agents_of(connection: Connection, rollout_id: int) -> list[Progress]:
    """Return the agents of a rollout in the order in which they have their turn."""
    rows = await connection.fetch(
        """
        SELECT u.*, a.name FROM upgrade_agents u JOIN agents a ON a.id = u.agent_id
        WHERE u.rollout_id = $1 ORDER BY u.ring, u.agent_id
        """,
        rollout_id,
    )
    return [
        Progress(
            RolloutAgent(row["agent_id"], row["ring"], AgentState(row["state"]), row["detail"], row["asked_at"]),
            row["name"], row["changed_at"],
        )
        for row in rows
    ]  # fmt: skip


async def take(connection: Connection, rollout_id: int, step: Step, now: datetime) -> None:
    """Write what a step decided."""
    await connection.execute(
        """
        UPDATE upgrade_rollouts SET state = $2, reason = $3, ring = $4, ring_done_at = $5,
            changed_at = CASE WHEN state = $2 THEN changed_at ELSE $6 END
        WHERE id = $1
        """,
        rollout_id, step.state, step.reason, step.ring, step.ring_done_at, now,
    )  # fmt: skip
    for state, ids, detail in (
        (AgentState.ASKED, step.ask, ""), (AgentState.LOST, step.lost, "It was asked and did not say how it ended."),
    ):  # fmt: skip
        await connection.execute(
            """
            UPDATE upgrade_agents SET state = $3, detail = $4, changed_at = $5,
                asked_at = CASE WHEN $3 = 'asked' THEN $5 ELSE asked_at END
            WHERE rollout_id = $1 AND agent_id = ANY ($2)
            """,
            rollout_id, ids, state, detail, now,
        )  # fmt: skip


async def set_state(connection: Connection, rollout_id: int, state: RolloutState, reason: str, now: datetime) -> None:
    """Write how a rollout stands."""
    await connection.execute(
        "UPDATE upgrade_rollouts SET state = $2, reason = $3, changed_at = $4 WHERE id = $1",
        rollout_id, state, reason, now,
    )  # fmt: skip


async def report(
    connection: Connection, agent_id: int, key: bytes, state: AgentState, detail: str, now: datetime
) -> None:
    """Write how far an agent says that it is; only of a rollout in which it was asked."""
    await connection.execute(
        """
        UPDATE upgrade_agents u SET state = $3, detail = $4, changed_at = $5
        FROM upgrade_rollouts r
        WHERE r.id = u.rollout_id AND r.key = $2 AND u.agent_id = $1 AND u.state <> 'waiting'
            AND (u.state, u.detail) IS DISTINCT FROM ($3, $4)
        """,
        agent_id, key, state, detail, now,
    )  # fmt: skip


async def order_for(connection: Connection, agent_id: int) -> Rollout | None:
    """Return the rollout of which an agent that connects has to be told again: it was asked and has not ended."""
    row = await connection.fetchrow(
        """
        SELECT r.* FROM upgrade_agents u JOIN upgrade_rollouts r ON r.id = u.rollout_id
        WHERE u.agent_id = $1 AND u.state = ANY ($2) AND r.state IN ('running', 'paused')
        """,
        agent_id, list(IN_PROGRESS),
    )  # fmt: skip
    return None if row is None else _rollout(row)


def _rollout(row: Any) -> Rollout:  # noqa: ANN401 - asyncpg's Record has no types
    signatures = tuple(Signature(one["key_id"], bytes.fromhex(one["signature"])) for one in row["signatures"])
    return Rollout(
        id=row["id"],
        key=row["key"],
        release=Release(row["version"], row["sha256"], row["size"], signatures),
        soak=timedelta(seconds=row["soak_s"]),
        max_failures=row["max_failures"],
        state=RolloutState(row["state"]),
        reason=row["reason"],
        ring=row["ring"],
        rings=row["rings"],
        ring_done_at=row["ring_done_at"],
        created_by=row["created_by"],
        created_at=row["created_at"],
        changed_at=row["changed_at"],
    )
