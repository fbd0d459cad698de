"""Agents."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from opsentrix.db import Connection
from opsentrix.model.agents import Agent, AgentFilter, AgentStatus, NewAgent
from opsentrix.model.identity import Admission

_COLUMNS = """
    id, name, type, host, port, environment, metadata, tags, status, last_heartbeat, version, reporting_interval, facts,
    created_at, must_seal, admission
"""
_HISTORY = (
    "agent_metrics", "recent_minutes", "blocks_1s", "blocks_1m", "blocks_1h", "rollup_queue", "gaps", "compacted_until",
    "frame_causes",
)  # fmt: skip
_MATCHES = """
    (cardinality($1::text[]) = 0 OR status = ANY ($1))
    AND (cardinality($2::text[]) = 0 OR type = ANY ($2))
    AND (cardinality($3::text[]) = 0 OR environment = ANY ($3))
    AND (cardinality($4::text[]) = 0 OR tags && $4)
    AND ($5 = '' OR strpos(lower(name), lower($5)) > 0 OR strpos(lower(host), lower($5)) > 0)
    AND (cardinality($6::text[]) = 0 OR admission = ANY ($6))
"""


async def add(connection: Connection, new: NewAgent) -> Agent:
    """Add an agent and return it."""
    row = await connection.fetchrow(
        f"""
        INSERT INTO agents
            (name, type, host, port, environment, metadata, tags, reporting_interval)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING {_COLUMNS}
        """,  # noqa: S608 - constant
        new.name, new.type, new.host, new.port, new.environment, new.metadata, list(new.tags), new.reporting_interval,
    )  # fmt: skip
    return _agent(row)


async def get(connection: Connection, agent_id: int) -> Agent | None:
    """Return an agent."""
    row = await connection.fetchrow(f"SELECT {_COLUMNS} FROM agents WHERE id = $1", agent_id)  # noqa: S608 - constant
    return None if row is None else _agent(row)


async def everyone(connection: Connection) -> list[Agent]:
    """Return all agents."""
    return [_agent(row) for row in await connection.fetch(f"SELECT {_COLUMNS} FROM agents")]  # noqa: S608 - constant


async def page(connection: Connection, wanted: AgentFilter, after: tuple[str, int] | None, limit: int) -> list[Agent]:
    """Return agents in the order of their names, beginning after the given (name, id)."""
    name, agent_id = after or ("", 0)
    rows = await connection.fetch(
        f"""
        SELECT {_COLUMNS} FROM agents WHERE {_MATCHES} AND (lower(name), id) > (lower($7), $8)
        ORDER BY lower(name), id LIMIT $9
        """,  # noqa: S608 - constant
        *_filter(wanted), name, agent_id, limit,
    )  # fmt: skip
    return [_agent(row) for row in rows]


async def count(connection: Connection, wanted: AgentFilter) -> int:
    """Return how many agents match."""
    number: int = await connection.fetchval(
        f"SELECT count(*) FROM agents WHERE {_MATCHES}",  # noqa: S608 - constant
        *_filter(wanted),
    )
    return number


async def facets(connection: Connection) -> dict[str, Any]:
    """Return what agents can be filtered by: counts by status, and the types, environments and tags in use."""
    row = await connection.fetchrow(
        """
        SELECT
            (SELECT coalesce(jsonb_object_agg(status, n), '{}')
             FROM (SELECT status, count(*) AS n FROM agents GROUP BY status) s) AS status,
            (SELECT coalesce(jsonb_object_agg(admission, n), '{}')
             FROM (SELECT admission, count(*) AS n FROM agents GROUP BY admission) s) AS admission,
            ARRAY(SELECT DISTINCT type FROM agents ORDER BY 1) AS types,
            ARRAY(SELECT DISTINCT environment FROM agents WHERE environment <> '' ORDER BY 1) AS environments,
            ARRAY(SELECT DISTINCT unnest(tags) FROM agents ORDER BY 1) AS tags
        """
    )
    return dict(row)  # type: ignore[arg-type]  # the statement always returns one row


async def update(connection: Connection, agent: Agent) -> None:
    """Write what people may change of an agent."""
    await connection.execute(
        """
        UPDATE agents SET name = $2, type = $3, host = $4, port = $5, environment = $6, metadata = $7, tags = $8,
            updated_at = now() WHERE id = $1
        """,
        agent.id, agent.name, agent.type, agent.host, agent.port, agent.environment, agent.metadata, list(agent.tags),
    )  # fmt: skip


async def set_must_seal(connection: Connection, agent_id: int, *, must_seal: bool) -> None:
    """Write whether an agent must seal what it sends."""
    await connection.execute("UPDATE agents SET must_seal = $2, updated_at = now() WHERE id = $1", agent_id, must_seal)


async def set_facts(
    connection: Connection, agent_id: int, version: str, interval: float, facts: dict[str, str]
) -> None:
    """Write what the agent told of itself when it connected."""
    await connection.execute(
        "UPDATE agents SET version = $2, reporting_interval = $3, facts = $4, updated_at = now() WHERE id = $1",
        agent_id, version, interval, facts,
    )  # fmt: skip


async def set_liveness(connection: Connection, liveness: Sequence[tuple[int, AgentStatus, datetime | None]]) -> None:
    """Write status and last heartbeat of many agents in one statement."""
    ids, statuses, heartbeats = zip(*liveness, strict=True)
    await connection.execute(
        """
        UPDATE agents a SET status = n.status, last_heartbeat = n.last_heartbeat
        FROM unnest($1::bigint[], $2::text[], $3::timestamptz[]) AS n (id, status, last_heartbeat)
        WHERE a.id = n.id
        """,
        ids, statuses, heartbeats,
    )  # fmt: skip


async def delete(connection: Connection, agent_id: int) -> bool:
    """Delete an agent with its history; False when there is none."""
    for table in _HISTORY:
        await connection.execute(f"DELETE FROM {table} WHERE agent_id = $1", agent_id)  # noqa: S608 - constant
    done: int | None = await connection.fetchval("DELETE FROM agents WHERE id = $1 RETURNING id", agent_id)
    return done is not None


def _filter(wanted: AgentFilter) -> tuple[object, ...]:
    return (
        list(wanted.status),
        list(wanted.type),
        list(wanted.environment),
        list(wanted.tag),
        wanted.q,
        list(wanted.admission),
    )


def _agent(row: Any) -> Agent:  # noqa: ANN401 - asyncpg's Record has no types
    fields = dict(row) | {"tags": tuple(row["tags"]), "status": AgentStatus(row["status"])}
    return Agent(**fields | {"admission": Admission(row["admission"])})
