"""What is to be said: the outbox of notices, who was told, and escalations under way."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from opsentrix.db import Connection
from opsentrix.model.notifications import (
    Attempt,
    DeliveryRecord,
    DeliveryState,
    Notice,
    NotificationRecord,
    Outcome,
    Planned,
)
from opsentrix.model.routing import Escalation

_PLANNER = 6_020_001
"""The advisory lock of whoever plans: notices of one incident must be planned in their order."""


async def enqueue(connection: Connection, notice: Notice) -> int:
    """Write that something must be told, in the transaction of the change that it tells of; return its id."""
    new: int = await connection.fetchval(
        "INSERT INTO notifications (incident_id, kind, agent_ids, notice, created_at) VALUES ($1, $2, $3, $4, $5)"
        " RETURNING id",
        notice.incident_id, notice.kind, notice.agent_ids, notice.as_json(), notice.at,
    )  # fmt: skip
    return new


async def lock_planning(connection: Connection) -> bool:
    """Become the one who plans until the transaction ends; False when another hub process is."""
    mine: bool = await connection.fetchval("SELECT pg_try_advisory_xact_lock($1)", _PLANNER)
    return mine


async def unplanned(connection: Connection, limit: int) -> list[tuple[int, Notice]]:
    """Return notices for which nobody was chosen yet, oldest first, with their ids."""
    rows = await connection.fetch(
        "SELECT id, notice FROM notifications WHERE planned_at IS NULL ORDER BY id LIMIT $1", limit
    )
    return [(row["id"], Notice.from_json(row["notice"])) for row in rows]


async def notice(connection: Connection, notification_id: int) -> Notice:
    """Return a notice that exists."""
    return Notice.from_json(
        await connection.fetchval("SELECT notice FROM notifications WHERE id = $1", notification_id)
    )


async def told(connection: Connection, incident_id: int) -> set[int]:
    """Return the channels that were told of an incident, or are about to be."""
    rows = await connection.fetch(
        "SELECT DISTINCT channel_id FROM notification_deliveries WHERE incident_id = $1 AND channel_id IS NOT NULL"
        " AND state NOT IN ('failed', 'cancelled')",
        incident_id,
    )
    return {row["channel_id"] for row in rows}


async def planned(connection: Connection, notification_id: int, now: datetime, decision: list[dict[str, Any]]) -> None:
    """Note that it was decided who gets a notice, and how."""
    await connection.execute(
        "UPDATE notifications SET planned_at = $2, decision = $3 WHERE id = $1", notification_id, now, decision
    )


async def add_delivery(
    connection: Connection,
    notification_id: int,
    incident_id: int | None,
    one: Planned,
    now: datetime,
    due: datetime,
    *,
    digest: bool,
) -> int | None:
    """Add a delivery; None where this step told the channel of it already, or the channel is gone.

    What of the same incident waits for the channel's digest must come before it: it is let go at once, unless this
    one waits, too.
    """
    new: int | None = await connection.fetchval(
        """
        WITH made AS (
            INSERT INTO notification_deliveries
                (notification_id, incident_id, channel_id, channel, step, why, digest, created_at, due_at)
            SELECT $1, $2, id, name, $4, $5, $6, $7, $8 FROM channels WHERE id = $3 ON CONFLICT DO NOTHING RETURNING id
        ), let_go AS (
            UPDATE notification_deliveries SET digest = false, due_at = $7
            WHERE incident_id = $2 AND channel_id = $3 AND state = 'pending' AND digest
                AND NOT $6 AND EXISTS (SELECT FROM made)
        )
        SELECT id FROM made
        """,
        notification_id, incident_id, one.channel_id, one.step, one.why, digest, now, due,
    )  # fmt: skip
    return new


async def begin_escalation(
    connection: Connection, notification_id: int, incident_id: int, one: Escalation, now: datetime
) -> None:
    """Let an escalation begin; one that runs for the incident already goes on, with the newer notice."""
    await connection.execute(
        "INSERT INTO escalation_runs (incident_id, escalation_id, notification_id, begun_at, next_at)"
        " VALUES ($1, $2, $3, $4::timestamptz, $4::timestamptz + $5) ON CONFLICT (incident_id, escalation_id)"
        " DO UPDATE SET notification_id = excluded.notification_id",
        incident_id, one.id, notification_id, now, one.moment(0),
    )  # fmt: skip


async def end_escalations(connection: Connection, incident_id: int) -> None:
    """End all escalations of an incident: it was acknowledged, or is over."""
    await connection.execute("DELETE FROM escalation_runs WHERE incident_id = $1", incident_id)


async def due_steps(connection: Connection, now: datetime, limit: int) -> list[dict[str, Any]]:
    """Return escalations whose next step is due: columns of `escalation_runs`."""
    rows = await connection.fetch(
        "SELECT * FROM escalation_runs WHERE next_at <= $1 ORDER BY next_at LIMIT $2", now, limit
    )
    return [dict(row) for row in rows]


async def next_step(connection: Connection, run_id: int, number: int, at: datetime | None) -> None:
    """Note which step comes next and when; None ends the escalation."""
    if at is None:
        await connection.execute("DELETE FROM escalation_runs WHERE id = $1", run_id)
    else:
        await connection.execute(
            "UPDATE escalation_runs SET number = $2, next_at = $3 WHERE id = $1", run_id, number, at
        )


_OUTCOMES: Mapping[Outcome, str] = {
    Outcome.FAILING: """EXISTS (SELECT FROM notification_deliveries d WHERE d.notification_id = n.id AND (
        d.state = 'failed' OR (d.state IN ('pending', 'sending') AND d.tries > 0 AND EXISTS (
            SELECT FROM notification_attempts a WHERE a.delivery_id = d.id AND a.ok IS false)) OR EXISTS (
            SELECT FROM notification_deliveries b WHERE b.id = d.bundle_id AND (b.state = 'failed' OR (
                b.state IN ('pending', 'sending') AND EXISTS (
                    SELECT FROM notification_attempts a WHERE a.delivery_id = b.id AND a.ok IS false))))))""",
    Outcome.WAITING: """(n.planned_at IS NULL OR EXISTS (SELECT FROM notification_deliveries d
        WHERE d.notification_id = n.id AND d.state IN ('pending', 'sending', 'bundled')))""",
    Outcome.DELIVERED: """(EXISTS (SELECT FROM notification_deliveries d WHERE d.notification_id = n.id)
        AND NOT EXISTS (SELECT FROM notification_deliveries d WHERE d.notification_id = n.id AND d.state <> 'sent'))""",
    Outcome.NOBODY: """(n.planned_at IS NOT NULL
        AND NOT EXISTS (SELECT FROM notification_deliveries d WHERE d.notification_id = n.id))""",
}


async def listed(
    connection: Connection,
    incident_id: int | None,
    before: int | None,
    only: Collection[int] | None,
    limit: int,
    outcome: Outcome | None = None,
) -> list[NotificationRecord]:
    """Return notices with all that became of them, newest first.

    Args:
        connection: any.
        incident_id: of this incident only.
        before: older than the one with this id.
        only: about these agents and no others; None for all.
        limit: how many at the most.
        outcome: those only of which this became; None for all.
    """
    rows = await connection.fetch(
        f"""
        SELECT * FROM notifications n
        WHERE ($1::bigint IS NULL OR incident_id = $1) AND ($2::bigint IS NULL OR id < $2)
            AND coalesce(incident_id, 1) > 0
            AND ($3::bigint[] IS NULL OR (agent_ids <@ $3 AND agent_ids <> '{{}}'))
            AND {"true" if outcome is None else _OUTCOMES[outcome]}
        ORDER BY id DESC LIMIT $4
        """,  # noqa: S608 - one of the conditions above
        incident_id, before, None if only is None else list(only), limit,
    )  # fmt: skip
    deliveries = await _deliveries(connection, [row["id"] for row in rows])
    return [
        NotificationRecord(
            row["id"], Notice.from_json(row["notice"]), row["planned_at"], row["decision"],
            tuple(deliveries.get(row["id"], ())),
        )
        for row in rows
    ]  # fmt: skip


async def _deliveries(connection: Connection, notification_ids: Sequence[int]) -> dict[int, list[DeliveryRecord]]:
    # What was told as a part of a bundle has the bundle's tries as its proof.
    rows = await connection.fetch(
        "SELECT d.*, b.why AS bundle FROM notification_deliveries d"
        " LEFT JOIN notification_deliveries b ON b.id = d.bundle_id"
        " WHERE d.notification_id = ANY ($1) ORDER BY d.id",
        notification_ids,
    )
    tries = await connection.fetch(
        "SELECT * FROM notification_attempts WHERE delivery_id = ANY ($1) ORDER BY id",
        list({row["bundle_id"] or row["id"] for row in rows} | {row["id"] for row in rows}),
    )
    attempts: dict[int, list[Attempt]] = {}
    for row in tries:
        attempts.setdefault(row["delivery_id"], []).append(
            Attempt(row["started_at"], row["finished_at"], row["ok"], row["status"], row["answer"], row["duration_ms"])
        )
    found: dict[int, list[DeliveryRecord]] = {}
    for row in rows:
        own = [*attempts.get(row["id"], ()), *attempts.get(row["bundle_id"], ())]
        found.setdefault(row["notification_id"], []).append(
            DeliveryRecord(
                row["id"],
                row["channel_id"],
                row["channel"],
                DeliveryState(row["state"]),
                row["why"],
                row["due_at"],
                row["bundle_id"],
                tuple(own),
                row["bundle"] or "",
                row["digest"],
            )
        )
    return found


async def remove_older(connection: Connection, before: datetime) -> int:
    """Remove notices from before a moment, but for incidents that are not over: their end must reach the same people.

    Returns:
        How many went.
    """
    done = await connection.execute(
        """
        DELETE FROM notifications n WHERE created_at < $1 AND planned_at IS NOT NULL
            AND NOT EXISTS (
                SELECT FROM notification_deliveries d
                WHERE d.notification_id = n.id AND d.state IN ('pending', 'sending', 'bundled')
            )
            AND (incident_id IS NULL OR EXISTS (
                SELECT FROM notifications r
                WHERE r.incident_id = n.incident_id AND r.kind = 'resolved' AND r.created_at < $1
            ))
        """,
        before,
    )
    await connection.execute(
        "DELETE FROM notification_deliveries WHERE notification_id IS NULL AND created_at < $1"
        " AND state NOT IN ('pending', 'sending')",
        before,
    )
    return int(done.split()[-1])
