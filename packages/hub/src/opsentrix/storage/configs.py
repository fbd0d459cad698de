"""Configurations of agents: every version that was wanted, and what the agents say."""

from collections.abc import Mapping, Sequence
from typing import Any

from opsentrix.db import Connection
from opsentrix.model.agents import AgentFilter
from opsentrix.model.configs import ConfigState, ConfigVersion, Content
from opsentrix.storage import agents

KEPT_VERSIONS = 200


async def newest(connection: Connection, agent_id: int) -> ConfigVersion | None:
    """Return the version that holds, if the hub wants anything of this agent."""
    row = await connection.fetchrow(
        "SELECT * FROM agent_configs WHERE agent_id = $1 ORDER BY version DESC LIMIT 1", agent_id
    )
    return None if row is None else _version(row)


async def get(connection: Connection, agent_id: int, version: int) -> ConfigVersion | None:
    """Return one version."""
    row = await connection.fetchrow(
        "SELECT * FROM agent_configs WHERE agent_id = $1 AND version = $2", agent_id, version
    )
    return None if row is None else _version(row)


async def versions(connection: Connection, agent_id: int) -> list[ConfigVersion]:
    """Return all versions that are kept, the newest first."""
    rows = await connection.fetch("SELECT * FROM agent_configs WHERE agent_id = $1 ORDER BY version DESC", agent_id)
    return [_version(row) for row in rows]


async def lock(connection: Connection, agent_ids: Sequence[int]) -> dict[int, ConfigVersion | None]:
    """Return the versions that hold, by agent; nobody else changes them until this transaction ends.

    Agents that do not exist are left out.
    """
    rows = await connection.fetch(
        "SELECT id FROM agents WHERE id = ANY ($1) ORDER BY id FOR NO KEY UPDATE", list(agent_ids)
    )
    held: dict[int, ConfigVersion | None] = {row["id"]: None for row in rows}
    for row in await connection.fetch(
        "SELECT DISTINCT ON (agent_id) * FROM agent_configs WHERE agent_id = ANY ($1) ORDER BY agent_id, version DESC",
        list(held),
    ):
        held[row["agent_id"]] = _version(row)
    return held


async def matching(connection: Connection, wanted: AgentFilter, limit: int) -> list[int]:
    """Return the ids of the agents that match, `limit` at the most, in the order of their names."""
    return [agent.id for agent in await agents.page(connection, wanted, None, limit)]


async def add(
    connection: Connection, wanted: Sequence[tuple[int, int, Content]], author: str, comment: str
) -> list[ConfigVersion]:
    """Add versions, given as agent, number and content, and forget those beyond `KEPT_VERSIONS`."""
    ids, numbers, contents = [one[0] for one in wanted], [one[1] for one in wanted], [dict(one[2]) for one in wanted]
    rows = await connection.fetch(
        """
        INSERT INTO agent_configs (agent_id, version, content, author, comment)
        SELECT n.agent_id, n.version, n.content, $4, $5
        FROM unnest($1::bigint[], $2::bigint[], $3::jsonb[]) AS n (agent_id, version, content)
        RETURNING *
        """,
        ids, numbers, contents, author, comment,
    )  # fmt: skip
    await connection.execute(
        """
        DELETE FROM agent_configs c USING unnest($1::bigint[], $2::bigint[]) AS n (agent_id, version)
        WHERE c.agent_id = n.agent_id AND c.version <= n.version - $3
        """,
        ids, numbers, KEPT_VERSIONS,
    )  # fmt: skip
    return [_version(row) for row in rows]


async def state(connection: Connection, agent_id: int) -> ConfigState | None:
    """Return what an agent said of its configuration last."""
    row = await connection.fetchrow("SELECT state, reported_at FROM agent_config_states WHERE agent_id = $1", agent_id)
    return None if row is None else ConfigState(row["state"], row["reported_at"])


async def set_state(connection: Connection, agent_id: int, told: Mapping[str, Any]) -> None:
    """Keep what an agent says of its configuration; of one that was deleted meanwhile, nothing."""
    await connection.execute(
        """
        INSERT INTO agent_config_states (agent_id, state) SELECT id, $2 FROM agents WHERE id = $1 FOR KEY SHARE
        ON CONFLICT (agent_id) DO UPDATE SET state = excluded.state, reported_at = now()
        """,
        agent_id, dict(told),
    )  # fmt: skip


def _version(row: Any) -> ConfigVersion:  # noqa: ANN401 - asyncpg's Record has no types
    return ConfigVersion(**dict(row))
