"""What happened to one agent, out of what is stored of it anyway: a statement for each kind, each by its own index.

Each takes the agent ($1), the begin of the time ($2), the place before which it looks ($3, $4: a moment and an id) and
how many it returns at most ($5), and names its columns as `AgentEvent` does.
"""

import json
from collections.abc import Collection
from datetime import datetime
from typing import Any

from opsentrix.db import Connection
from opsentrix.model.agent_events import AgentEvent, Cursor, EventKind, LinkKind, merged
from opsentrix.model.gaps import LedgerGap, Span
from opsentrix.model.marks import MAX_SPAN
from opsentrix.storage import gaps
from opsentrix.storage.times import timestamp, unix_ms

_UNDER_WAY = MAX_SPAN
"""What began longer before a time than this is not told of it, even if it lasted into it."""
_MAX_FRAMES = 50_000
"""Frames that are looked at for gaps which are not in the ledger yet: more than two days of them."""

_LINKS = {
    EventKind.ALERT: LinkKind.INCIDENT,
    EventKind.COMMAND: LinkKind.COMMAND,
    EventKind.RUNBOOK: LinkKind.RUNBOOK_RUN,
    EventKind.UPGRADE: LinkKind.ROLLOUT,
    EventKind.RECORDING: LinkKind.RECORDING,
}

_STATEMENTS = {
    # By HTTP there are no boots, but one of the hub's own for each of its starts: only the first says something.
    EventKind.RESTART: """
        SELECT b.id, b.first_seen_at AS at, CASE WHEN b.id > o.id THEN 'restarted'
            WHEN b.first_seen_at < a.created_at + interval '10 minutes' THEN 'first' ELSE 'started' END AS state
        FROM agent_boots b JOIN agents a ON a.id = b.agent_id
            CROSS JOIN (SELECT min(id) AS id FROM agent_boots WHERE agent_id = $1) o
        WHERE b.agent_id = $1 AND b.first_seen_at >= $2 AND (b.first_seen_at, b.id) < ($3, $4::bigint)
            AND (a.version <> '' OR b.id = o.id)
        ORDER BY b.first_seen_at DESC, b.id DESC LIMIT $5
    """,
    # Pending alerts are nothing that happened; one that has no data any more still fires.
    EventKind.ALERT: """
        SELECT e.number AS id, e.at, e.rule_name AS title, e.severity, e.labels, e.reason AS detail,
            e.incident_id AS link_id, CASE e.after WHEN 'firing' THEN 'firing' ELSE 'resolved' END AS state,
            CASE e.after WHEN 'firing' THEN (
                SELECT n.at FROM alert_events n WHERE n.fingerprint = e.fingerprint AND n.number > e.number
                    AND n.after = 'inactive' ORDER BY n.number LIMIT 1
            ) END AS until,
            CASE e.after WHEN 'inactive' THEN (
                SELECT p.at FROM alert_events p WHERE p.fingerprint = e.fingerprint AND p.number < e.number
                    AND p.after = 'firing' AND p.before IN ('inactive', 'pending') ORDER BY p.number DESC LIMIT 1
            ) END AS since
        FROM (
            SELECT * FROM alert_events
            WHERE agent_id = $1 AND at >= $2 AND (at, number) < ($3, $4::bigint) AND rule_id > 0
                AND (before IN ('inactive', 'pending') AND after = 'firing'
                    OR before IN ('firing', 'unknown') AND after = 'inactive')
            ORDER BY at DESC, number DESC LIMIT $5
        ) e
        ORDER BY e.at DESC, e.number DESC
    """,
    EventKind.COMMAND: """
        SELECT r.id, coalesce(r.started_at, r.sent_at) AS at, r.ended_at AS until, c.action AS title, r.state,
            c.requested_by AS actor, c.reason AS detail, c.id AS link_id, c.params
        FROM command_runs r JOIN commands c ON c.id = r.command_id
        WHERE r.agent_id = $1 AND coalesce(r.started_at, r.sent_at) >= $2::timestamptz - $6::interval
            AND (coalesce(r.started_at, r.sent_at), r.id) < ($3, $4::bigint)
            AND coalesce(r.ended_at, 'infinity') >= $2 AND c.runbook_run_id IS NULL
        ORDER BY coalesce(r.started_at, r.sent_at) DESC, r.id DESC LIMIT $5
    """,
    EventKind.RUNBOOK: """
        SELECT id, begun_at AS at, ended_at AS until, runbook_name AS title,
            CASE WHEN outcome = 'step_failed' THEN outcome ELSE coalesce(verdict, outcome, state) END AS state,
            requested_by AS actor, note AS detail, id AS link_id
        FROM runbook_runs
        WHERE agent_id = $1 AND begun_at >= $2::timestamptz - $6::interval AND (begun_at, id) < ($3, $4::bigint)
            AND coalesce(ended_at, 'infinity') >= $2
        ORDER BY begun_at DESC, id DESC LIMIT $5
    """,
    EventKind.ANNOTATION: """
        SELECT id, at, nullif(until, at) AS until, title, kind AS state, created_by AS actor, text AS detail, url
        FROM annotations
        WHERE (agents IS NULL OR $1::bigint = ANY (agents)) AND at >= $2::timestamptz - $6::interval
            AND (at, id) < ($3, $4::bigint) AND until >= $2
        ORDER BY at DESC, id DESC LIMIT $5
    """,
    # What an agent said is known of the newest version that it judged, not of those before.
    EventKind.CONFIGURATION: """
        SELECT c.version AS id, c.created_at AS at, c.version::text AS title, c.author AS actor, c.comment AS detail,
            CASE WHEN c.version < n.version THEN 'replaced'
                WHEN coalesce((s.state ->> 'version')::bigint, 0) < c.version THEN 'wanted'
                WHEN jsonb_array_length(s.state -> 'refused') > 0 THEN 'refused' ELSE 'applied' END AS state,
            CASE WHEN c.version = n.version AND (s.state ->> 'version')::bigint = c.version THEN ARRAY(
                SELECT one ->> 'key' FROM jsonb_array_elements(s.state -> 'refused') one
            ) ELSE '{}' END AS fields
        FROM agent_configs c LEFT JOIN agent_config_states s ON s.agent_id = c.agent_id
            CROSS JOIN (SELECT max(version) AS version FROM agent_configs WHERE agent_id = $1) n
        WHERE c.agent_id = $1 AND c.created_at >= $2 AND (c.created_at, c.version) < ($3, $4::bigint)
        ORDER BY c.created_at DESC, c.version DESC LIMIT $5
    """,
    EventKind.UPGRADE: """
        SELECT * FROM (
            SELECT r.id, coalesce(u.asked_at, u.changed_at) AS at, r.version AS title, u.state, u.detail,
                r.created_by AS actor, r.id AS link_id,
                CASE WHEN u.state IN ('confirmed', 'refused', 'reverted', 'failed', 'lost') THEN u.changed_at END
                    AS until
            FROM upgrade_agents u JOIN upgrade_rollouts r ON r.id = u.rollout_id
            WHERE u.agent_id = $1 AND u.state <> 'waiting'
        ) e
        WHERE coalesce(until, 'infinity') >= $2 AND (at, id) < ($3, $4::bigint)
        ORDER BY at DESC, id DESC LIMIT $5
    """,
    EventKind.RECORDING: """
        SELECT id, created_at AS at, finished_at AS until, state, requested_by AS actor,
            CASE WHEN error <> '' THEN error ELSE reason END AS detail, id AS link_id
        FROM recordings
        WHERE agent_id = $1 AND coalesce(finished_at, 'infinity') >= $2 AND (created_at, id) < ($3, $4::bigint)
        ORDER BY created_at DESC, id DESC LIMIT $5
    """,
    # What the other kinds tell is not told twice.
    EventKind.CHANGE: """
        SELECT id, time AS at, action AS title, result AS state, actor, coalesce(detail ->> 'reason', '') AS detail,
            ARRAY(SELECT jsonb_object_keys(coalesce(after, before, '{}')) ORDER BY 1) AS fields
        FROM audit_log
        WHERE target = 'agent:' || $1::bigint AND time >= $2 AND (time, id) < ($3, $4::bigint)
            AND action NOT IN ('agent_config.change', 'recording.request')
        ORDER BY time DESC, id DESC LIMIT $5
    """,
}
_WITH_SPAN = {EventKind.COMMAND, EventKind.RUNBOOK, EventKind.ANNOTATION}


async def page(
    connection: Connection, agent_id: int, kinds: Collection[EventKind], start: datetime, before: Cursor, limit: int
) -> list[AgentEvent]:
    """Return what happened to an agent since a moment and before a place in the list, the newest first.

    What began before that moment and lasted into it is told of too: commands, runs of runbooks and annotations that
    began at most `_UNDER_WAY` before, gaps, upgrades and recordings.
    """
    found = []
    for kind in kinds:
        at, number = before.bound(kind)
        if kind is EventKind.GAP:
            found.append(await _gaps(connection, agent_id, start, (at, number), limit))
            continue
        more = [_UNDER_WAY] if kind in _WITH_SPAN else []
        rows = await connection.fetch(_STATEMENTS[kind], agent_id, start, at, number, limit, *more)
        found.append([_event(kind, row) for row in rows])
    return merged(found, limit)


def _event(kind: EventKind, row: Any) -> AgentEvent:  # noqa: ANN401 - asyncpg's Record has no types
    fields = dict(row)
    if fields.get("link_id") is not None:
        fields["link_kind"] = _LINKS[kind]
    if kind is EventKind.COMMAND:
        fields["params"] = json.loads(fields["params"])
    return AgentEvent(kind, **fields)


async def _gaps(
    connection: Connection, agent_id: int, start: datetime, before: tuple[datetime, int], limit: int
) -> list[AgentEvent]:
    """Return times without samples; the id of one is its begin in Unix ms."""
    rows = await connection.fetch(
        """
        SELECT first_tick, last_tick, reason, lost_frames FROM gaps
        WHERE agent_id = $1 AND first_tick <= $3 AND last_tick >= $2
            AND first_tick >= coalesce((SELECT max(first_tick) FROM gaps WHERE agent_id = $1 AND first_tick < $2), $2)
        ORDER BY first_tick DESC LIMIT $4
        """,
        agent_id, start, before[0], limit + 1,
    )  # fmt: skip
    events = [_gap(row["first_tick"], row["last_tick"], row["reason"], row["lost_frames"]) for row in rows]
    events += [
        _gap(timestamp(one.first_ms), timestamp(one.last_ms), one.reason, one.lost_frames)
        for one in await _fresh_gaps(connection, agent_id, start, before[0])
    ]
    known = {one.id: one for one in events if (one.at, one.id) < before}
    return merged([list(known.values())], limit)


def _gap(first: datetime, last: datetime, reason: str, lost_frames: int) -> AgentEvent:
    return AgentEvent(EventKind.GAP, unix_ms(first), first, last, state=reason, lost_frames=lost_frames)


async def _fresh_gaps(connection: Connection, agent_id: int, start: datetime, before: datetime) -> list[LedgerGap]:
    """Return the gaps between frames that are not compacted, which the ledger does not have yet."""
    newest = await gaps.newest_span(connection, agent_id)
    since = timestamp(newest.last_ms if newest else 0)
    if before <= since:
        return []
    rows = await connection.fetch(
        """
        SELECT time, ticks, step_ms, boot, seq FROM agent_metrics
        WHERE agent_id = $1 AND time >= $2 ORDER BY time DESC LIMIT $3
        """,
        agent_id, since, _MAX_FRAMES,
    )  # fmt: skip
    spans = [] if newest is None or len(rows) == _MAX_FRAMES else [newest]
    for row in reversed(rows):
        first_ms = unix_ms(row["time"])
        last_ms = first_ms + (row["ticks"] - 1) * row["step_ms"]
        spans.append(Span(first_ms, last_ms, row["step_ms"], row["boot"], row["seq"]))
    return [one for one in await gaps.explained(connection, agent_id, spans) if timestamp(one.last_ms) >= start]
