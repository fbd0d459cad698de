"""When alert rules were evaluated, and what came too late for it: without either, a silence has no reason."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from opsentrix.db import Connection
from opsentrix.model.why import Late, Run

_TOGETHER = timedelta(minutes=2)
"""What comes late within so long of what came late before is one row with it."""


async def begin(connection: Connection, now: datetime) -> int:
    """Note that a hub begins to evaluate rules; return the run's id."""
    number: int = await connection.fetchval(
        "INSERT INTO alert_engine_runs (began_at, seen_at) VALUES ($1, $1) RETURNING id", now
    )
    return number


async def go_on(connection: Connection, run: int, late: Sequence[Late], now: datetime) -> None:
    """Note that a run goes on, and whose samples were too old to be judged when they came: an agent once at most."""
    await connection.execute("UPDATE alert_engine_runs SET seen_at = greatest(seen_at, $2) WHERE id = $1", run, now)
    if not late:
        return
    await connection.execute(
        """
        WITH given AS (
            SELECT g.* FROM unnest($1::bigint[], $2::timestamptz[], $3::timestamptz[], $4::timestamptz[])
                AS g (agent_id, first_at, last_at, came_at)
            WHERE EXISTS (SELECT FROM agents a WHERE a.id = g.agent_id)
        ), longer AS (
            UPDATE alert_late_samples l SET first_at = least(l.first_at, g.first_at),
                last_at = greatest(l.last_at, g.last_at), came_until = greatest(l.came_until, $5)
            FROM given g WHERE l.id = (
                SELECT id FROM alert_late_samples o WHERE o.agent_id = g.agent_id ORDER BY came_until DESC LIMIT 1
            ) AND l.came_until >= $5::timestamptz - $6::interval
            RETURNING l.agent_id
        )
        INSERT INTO alert_late_samples (agent_id, first_at, last_at, came_at, came_until)
        SELECT agent_id, first_at, last_at, came_at, greatest(came_at, $5) FROM given
        WHERE agent_id NOT IN (SELECT agent_id FROM longer)
        """,
        [one.agent_id for one in late], [one.first_at for one in late], [one.last_at for one in late],
        [one.came_at for one in late], now, _TOGETHER,
    )  # fmt: skip


async def runs_around(connection: Connection, moment: datetime) -> list[Run]:
    """Return the runs that were under way at a moment, the one that ended last before it, and the next after it."""
    rows = await connection.fetch(
        """
        SELECT began_at, seen_at FROM alert_engine_runs WHERE began_at <= $1 AND seen_at >= $1
        UNION ALL (SELECT began_at, seen_at FROM alert_engine_runs WHERE seen_at < $1 ORDER BY seen_at DESC LIMIT 1)
        UNION ALL (SELECT began_at, seen_at FROM alert_engine_runs WHERE began_at > $1 ORDER BY began_at LIMIT 1)
        ORDER BY began_at
        """,
        moment,
    )
    return [Run(row["began_at"], row["seen_at"]) for row in rows]


async def late(connection: Connection, agent_id: int, moment: datetime) -> list[Late]:
    """Return what an agent's samples of about a moment came late with, in the order in which it came."""
    rows = await connection.fetch(
        """
        SELECT agent_id, first_at, last_at, came_at FROM alert_late_samples
        WHERE agent_id = $1 AND first_at <= $2 AND last_at >= $2 ORDER BY came_at LIMIT 10
        """,
        agent_id,
        moment,
    )
    return [Late(**dict(row)) for row in rows]


async def trim(connection: Connection, before: datetime) -> int:
    """Delete what is from before a moment; return how many rows."""
    gone: int = await connection.fetchval(
        """
        WITH r AS (DELETE FROM alert_engine_runs WHERE seen_at < $1 RETURNING 1),
        l AS (DELETE FROM alert_late_samples WHERE came_until < $1 RETURNING 1)
        SELECT (SELECT count(*) FROM r) + (SELECT count(*) FROM l)
        """,
        before,
    )
    return gone
