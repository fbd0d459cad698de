"""How runs of runbooks went, by runbook; and who may let a runbook act."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from opsentrix.db import Connection
from opsentrix.model.runbook_runs import Outcome, RunbookState, Verdict


@dataclass(frozen=True, slots=True)
class LastRun:
    """The newest run of a runbook."""

    id: int
    agent_id: int
    state: RunbookState
    outcome: Outcome | None
    verdict: Verdict | None
    created_at: datetime
    ended_at: datetime | None


@dataclass(slots=True)
class RunStats:
    """How runs of one runbook went: how many since a moment, and the last one of all."""

    outcomes: dict[Outcome, int] = field(default_factory=dict)
    verdicts: dict[Verdict, int] = field(default_factory=dict)
    open: int = 0
    last: LastRun | None = None


async def of_runbooks(connection: Connection, runbook_ids: Sequence[int], since: datetime) -> dict[int, RunStats]:
    """Return how runs of these runbooks went, of each of them, counting those that were made since a moment."""
    found = {one: RunStats() for one in runbook_ids}
    counted = await connection.fetch(
        """
        SELECT runbook_id, outcome, verdict, count(*) AS runs FROM runbook_runs
        WHERE runbook_id = ANY ($1) AND created_at >= $2 GROUP BY 1, 2, 3
        """,
        list(runbook_ids),
        since,
    )
    for row in counted:
        stats = found[row["runbook_id"]]
        if row["outcome"] is None:
            stats.open += row["runs"]
            continue
        outcome = Outcome(row["outcome"])
        stats.outcomes[outcome] = stats.outcomes.get(outcome, 0) + row["runs"]
        if row["verdict"] is not None:
            verdict = Verdict(row["verdict"])
            stats.verdicts[verdict] = stats.verdicts.get(verdict, 0) + row["runs"]
    for runbook_id, last in (await _last(connection, runbook_ids)).items():
        found[runbook_id].last = last
    return found


async def _last(connection: Connection, runbook_ids: Sequence[int]) -> dict[int, LastRun]:
    rows = await connection.fetch(
        """
        SELECT asked.id AS runbook_id, r.* FROM unnest($1::bigint[]) AS asked (id) CROSS JOIN LATERAL (
            SELECT id, agent_id, state, outcome, verdict, created_at, ended_at FROM runbook_runs
            WHERE runbook_id = asked.id ORDER BY id DESC LIMIT 1
        ) r
        """,
        list(runbook_ids),
    )
    return {
        row["runbook_id"]: LastRun(
            row["id"], row["agent_id"], RunbookState(row["state"]),
            None if row["outcome"] is None else Outcome(row["outcome"]),
            None if row["verdict"] is None else Verdict(row["verdict"]), row["created_at"], row["ended_at"],
        )
        for row in rows
    }  # fmt: skip


async def whose_author_may_not(connection: Connection) -> set[int]:
    """Return the runbooks that do nothing by themselves because of who made their version.

    That is when the account is gone, disabled, or not one of an admin of all agents any more.
    """
    rows = await connection.fetch(
        """
        SELECT r.id FROM runbooks r LEFT JOIN users u ON u.id = r.author_id
        WHERE u.id IS NULL OR u.disabled OR u.role <> 'admin' OR u.scope_environments <> '{}' OR u.scope_tags <> '{}'
        """
    )
    return {row["id"] for row in rows}
