"""What was done on a machine, for marks on its charts: runs of runbooks, and commands beside them."""

from datetime import datetime
from typing import NamedTuple

from opsentrix.db import Connection


class Annotation(NamedTuple):
    """One mark; `until` is None while it goes on."""

    at: datetime
    until: datetime | None
    kind: str
    number: int
    title: str
    state: str
    verdict: str | None


async def between(
    connection: Connection, agent_id: int, start: datetime, end: datetime, limit: int
) -> list[Annotation]:  # fmt: skip
    """Return what was under way on an agent between two moments, the newest first; steps of runs are not told apart."""
    rows = await connection.fetch(
        """
        (
            SELECT begun_at AS at, ended_at AS until, 'run' AS kind, id AS number, runbook_name AS title, state, verdict
            FROM runbook_runs
            WHERE agent_id = $1 AND begun_at < $3 AND coalesce(ended_at, 'infinity') >= $2
            ORDER BY begun_at DESC LIMIT $4
        )
        UNION ALL
        (
            SELECT coalesce(r.started_at, r.sent_at), r.ended_at, 'command', c.id, c.action, r.state, NULL
            FROM command_runs r JOIN commands c ON c.id = r.command_id
            WHERE r.agent_id = $1 AND r.sent_at < $3 AND coalesce(r.ended_at, 'infinity') >= $2
                AND c.runbook_run_id IS NULL
            ORDER BY r.sent_at DESC LIMIT $4
        )
        ORDER BY at DESC LIMIT $4
        """,
        agent_id, start, end, limit,
    )  # fmt: skip
    return [Annotation(**dict(row)) for row in rows]
