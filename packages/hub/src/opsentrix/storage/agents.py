"""Agents."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from opsentrix.db import Connection
from opsentrix.model.agents import Agent, AgentFilter, AgentStatus, NewAgent
from opsentrix.model.identity import Admission
from opsentrix.model.stored_alerts import AgentFacts
from opsentrix.model.users import Scope

_COLUMNS = """
    id, name, type, host, port, environment, metadata, tags, status, last_heartbeat, version, reporting_interval, facts,
    created_at, must_seal, admission, enrolled_with
"""
_HISTORY = (
    "agent_metrics", "recent_minutes", "blocks_1s", "blocks_1m", "blocks_1h", "rollup_queue", "gaps", "compacted_until",
    "frame_causes",
)  # fmt: skip
_DELETED_AT_ONCE = 200
"""A statement may take no longer than the pool lets it."""
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


async def some(connection: Connection, agent_ids: Sequence[int], *, lock: bool = False) -> dict[int, Agent]:
    """Return agents by id, those that do not exist left out.

    Args:
        connection: inside a transaction where they are locked.
        agent_ids: which.
        lock: whether nobody else may change them until the transaction ends.
    """
    locking = "ORDER BY id FOR NO KEY UPDATE" if lock else ""
    rows = await connection.fetch(
        f"SELECT {_COLUMNS} FROM agents WHERE id = ANY ($1) {locking}",  # noqa: S608 - constant
        agent_ids,
    )
    return {row["id"]: _agent(row) for row in rows}


async def everyone(connection: Connection) -> list[Agent]:
    """Return all agents."""
    return [_agent(row) for row in await connection.fetch(f"SELECT {_COLUMNS} FROM agents")]  # noqa: S608 - constant


async def first_created(connection: Connection) -> datetime | None:
    """Return when the first agent came that still is; None when there is none."""
    created: datetime | None = await connection.fetchval("SELECT min(created_at) FROM agents")
    return created


async def facts(connection: Connection) -> list[AgentFacts]:
    """Return what grouping and quiet look at of all agents that are, or once were, let in."""
    rows = await connection.fetch(
        "SELECT id, name, type, environment, tags FROM agents WHERE admission IN ('admitted', 'revoked')"
    )
    return [AgentFacts(row[0], row[1], row[2], row[3], frozenset(row[4])) for row in rows]


async def names(connection: Connection, agent_ids: Collection[int]) -> dict[int, str]:
    """Return the names of agents, by id and in the order of names; those that do not exist are left out."""
    rows = await connection.fetch("SELECT id, name FROM agents WHERE id = ANY ($1) ORDER BY name, id", list(agent_ids))
    return {row["id"]: row["name"] for row in rows}


async def page(connection: Connection, wanted: AgentFilter, after: tuple[str, int] | None, limit: int) -> list[Agent]:
    """Return agents in the order of their names, beginning after the given (name, id)."""
    name, agent_id = after or ("", 0)
    within, scopes = _within(wanted.scopes, 10)
    rows = await connection.fetch(
        f"""
        SELECT {_COLUMNS} FROM agents WHERE {_MATCHES} AND (lower(name), id) > (lower($7), $8) {within}
        ORDER BY lower(name), id LIMIT $9
        """,  # noqa: S608 - constant
        *_filter(wanted), name, agent_id, limit, *scopes,
    )  # fmt: skip
    return [_agent(row) for row in rows]


async def count(connection: Connection, wanted: AgentFilter) -> int:
    """Return how many agents match."""
    within, scopes = _within(wanted.scopes, 7)
    number: int = await connection.fetchval(
        f"SELECT count(*) FROM agents WHERE {_MATCHES} {within}",  # noqa: S608 - constant
        *_filter(wanted),
        *scopes,
    )
    return number


async def facets(connection: Connection, scopes: Sequence[Scope]) -> dict[str, Any]:
    """Return what agents can be filtered by: counts by status, and the types, environments and tags in use.

    Args:
        connection: any.
        scopes: only agents within all of them count.
    """
    within, texts = _within(scopes, 1)
    row = await connection.fetchrow(
        f"""
        WITH seen AS NOT MATERIALIZED (
            SELECT status, admission, type, environment, tags FROM agents WHERE true {within}
        )
        SELECT
            (SELECT coalesce(jsonb_object_agg(status, n), '{{}}')
             FROM (SELECT status, count(*) AS n FROM seen GROUP BY status) s) AS status,
            (SELECT coalesce(jsonb_object_agg(admission, n), '{{}}')
             FROM (SELECT admission, count(*) AS n FROM seen GROUP BY admission) s) AS admission,
            ARRAY(SELECT DISTINCT type FROM seen ORDER BY 1) AS types,
            ARRAY(SELECT DISTINCT environment FROM seen WHERE environment <> '' ORDER BY 1) AS environments,
            ARRAY(SELECT DISTINCT unnest(tags) FROM seen ORDER BY 1) AS tags
        """,  # noqa: S608 - constant
        *texts,
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


async def set_tags(connection: Connection, changed: Sequence[Agent]) -> None:
    """Write environment and tags of many agents in one statement."""
    # An array of arrays must be a rectangle, and agents have different numbers of tags: so they come as JSON.
    await connection.execute(
        """
        UPDATE agents a SET environment = n.environment, tags = ARRAY(SELECT jsonb_array_elements_text(n.tags)),
            updated_at = now()
        FROM jsonb_to_recordset($1::jsonb) AS n (id bigint, environment text, tags jsonb)
        WHERE a.id = n.id
        """,
        [{"id": one.id, "environment": one.environment, "tags": one.tags} for one in changed],
    )


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


async def delete_history(connection: Connection, agent_ids: Sequence[int]) -> None:
    """Delete what agents reported, before they are deleted themselves in the same transaction."""
    for first in range(0, len(agent_ids), _DELETED_AT_ONCE):
        some = agent_ids[first : first + _DELETED_AT_ONCE]
        for table in _HISTORY:
            await connection.execute(f"DELETE FROM {table} WHERE agent_id = ANY ($1)", some)  # noqa: S608 - constant


async def delete(connection: Connection, agent_ids: Sequence[int]) -> int:
    """Delete agents whose history is deleted, and return how many there were."""
    deleted = 0
    for first in range(0, len(agent_ids), _DELETED_AT_ONCE):
        some = agent_ids[first : first + _DELETED_AT_ONCE]
        deleted += len(await connection.fetch("DELETE FROM agents WHERE id = ANY ($1) RETURNING id", some))
    return deleted


def _filter(wanted: AgentFilter) -> tuple[object, ...]:
    return (
        list(wanted.status),
        list(wanted.type),
        list(wanted.environment),
        list(wanted.tag),
        wanted.q,
        list(wanted.admission),
    )


def _within(scopes: Sequence[Scope], first: int) -> tuple[str, list[list[str]]]:
    """Return conditions that say what `Scope.covers` says, to follow others, and their arguments from `$first` on.

    Nothing for no scopes. The ids of those within would do too, but 10,000 of them take 9 ms for a page, and this 1.6.
    """
    conditions, arguments = "", list[list[str]]()
    for scope in (one for one in scopes if not one.everything):
        at = first + len(arguments)
        conditions += f" AND (environment = ANY (${at}::text[]) OR tags && ${at + 1}::text[])"
        arguments += [list(scope.environments), list(scope.tags)]
    return conditions, arguments


def _agent(row: Any) -> Agent:  # noqa: ANN401 - asyncpg's Record has no types
    fields = dict(row) | {"tags": tuple(row["tags"]), "status": AgentStatus(row["status"])}
    return Agent(**fields | {"admission": Admission(row["admission"])})
