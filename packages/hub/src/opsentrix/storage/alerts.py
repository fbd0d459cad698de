"""Alerts and their transitions.

Whoever writes a transition holds a lock until its commit, so that transitions are numbered in the order in which they
become visible: a reader that went past a number never misses one below it.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from opsentrix.db import Connection
from opsentrix.model.rules import Severity
from opsentrix.model.stored_alerts import AGENT_DELETED, Alert, AlertEvent, AlertState, Transition

_LOCK = 0x616C65727473  # "alerts"
_EVENT = """
    number, fingerprint, rule_id, rule_version, rule_name, agent_id, labels, severity, loss, before, after, at,
    recorded_at, value, threshold, reason, incident_id
"""
_ALERT = (
    "fingerprint, rule_id, rule_version, agent_id, labels, severity, state, since, value, last_sample_at, clear_since"
)


@dataclass(frozen=True, slots=True)
class ListedAlert:
    """An alert as people see it listed; `quiet` is what keeps it quiet, empty for nothing."""

    alert: Alert
    rule_name: str
    agent_name: str
    incident_id: int | None
    quiet: str


@dataclass(frozen=True, slots=True)
class AlertCounts:
    """How many alerts of a rule fire, those without data any more included, and how many may soon."""

    firing: int
    pending: int


@dataclass(frozen=True, slots=True)
class AlertFilter:
    """Which alerts are listed; what is empty filters nothing. `only` are the agents within reach, None for all."""

    states: Sequence[str] = ()
    severities: Sequence[str] = ()
    agents: Sequence[int] = ()
    rules: Sequence[int] = ()
    only: Collection[int] | None = None


async def lock(connection: Connection) -> None:
    """Wait until nobody else writes transitions; nobody else does until this transaction ends."""
    await connection.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)


async def record(connection: Connection, transitions: Sequence[Transition], now: datetime) -> int:
    """Write transitions and what the alerts are now, in this transaction; return how many were written.

    Those of agents and rules that are not there any more are left out: whoever deleted them ended their alerts. What
    the hub watches in itself has reserved numbers up to 0, and no row of `agents`.
    """
    await lock(connection)
    columns = _columns([one.alert for one in transitions])
    written: int = await connection.fetchval(
        """
        WITH given AS (
            SELECT * FROM unnest(
                $1::bytea[], $2::bigint[], $3::integer[], $4::bigint[], $5::jsonb[], $6::text[], $7::text[],
                $8::timestamptz[], $9::float8[], $10::timestamptz[], $11::timestamptz[], $12::text[],
                $13::timestamptz[], $14::float8[], $15::text[]
            ) WITH ORDINALITY AS g (
                fingerprint, rule_id, rule_version, agent_id, labels, severity, state, since, value, last_sample_at,
                clear_since, before, at, threshold, reason, position
            )
        ),
        events AS (
            INSERT INTO alert_events (
                fingerprint, rule_id, rule_version, rule_name, agent_id, labels, severity, loss, before, after, at,
                recorded_at, value, threshold, reason
            )
            SELECT fingerprint, rule_id, rule_version, r.name, agent_id, g.labels, g.severity, r.loss, before, state,
                at, $16, value, threshold, reason
            FROM given g JOIN alert_rules r ON r.id = g.rule_id
            WHERE agent_id IS NULL OR agent_id <= 0 OR EXISTS (SELECT FROM agents a WHERE a.id = agent_id)
            ORDER BY position
            RETURNING number
        )
        SELECT count(*) FROM events
        """,
        *columns,
        [one.before for one in transitions],
        [one.at for one in transitions],
        [one.threshold for one in transitions],
        [one.reason for one in transitions],
        now,
    )
    # Of several transitions of one alert, the last says how it is.
    newest = {one.alert.fingerprint: one.alert for one in transitions}
    await _forget(connection, [key for key, one in newest.items() if one.state is AlertState.INACTIVE])
    await keep(connection, [one for one in newest.values() if one.state is not AlertState.INACTIVE], now)
    return written


async def keep(connection: Connection, alerts: Sequence[Alert], now: datetime) -> None:
    """Write how alerts are without a transition: what pending ones need after a restart.

    What is not known of a value stays: timers go on without one.
    """
    if not alerts:
        return
    await connection.execute(
        """
        INSERT INTO alert_instances (
            fingerprint, rule_id, rule_version, agent_id, labels, severity, state, since, value, last_sample_at,
            clear_since, changed_at
        )
        SELECT g.fingerprint, g.rule_id, g.rule_version, g.agent_id, g.labels, g.severity, g.state, g.since, g.value,
            g.last_sample_at, g.clear_since, $12
        FROM unnest(
            $1::bytea[], $2::bigint[], $3::integer[], $4::bigint[], $5::jsonb[], $6::text[], $7::text[],
            $8::timestamptz[], $9::float8[], $10::timestamptz[], $11::timestamptz[]
        ) AS g (
            fingerprint, rule_id, rule_version, agent_id, labels, severity, state, since, value, last_sample_at,
            clear_since
        )
        JOIN alert_rules r ON r.id = g.rule_id
        WHERE g.agent_id IS NULL OR g.agent_id <= 0 OR EXISTS (SELECT FROM agents a WHERE a.id = g.agent_id)
        ON CONFLICT (fingerprint) DO UPDATE SET rule_version = excluded.rule_version, severity = excluded.severity,
            state = excluded.state, since = excluded.since, value = coalesce(excluded.value, alert_instances.value),
            last_sample_at = excluded.last_sample_at, clear_since = excluded.clear_since,
            changed_at = excluded.changed_at
        """,
        *_columns(alerts),
        now,
    )


async def forget_pending(connection: Connection, but: Collection[bytes]) -> None:
    """Forget alerts that are pending no more and never came to fire: all but these fingerprints."""
    await connection.execute(
        "DELETE FROM alert_instances WHERE state = 'pending' AND NOT fingerprint = ANY ($1::bytea[])", list(but)
    )


async def retire_agents(connection: Connection, agent_ids: Sequence[int], now: datetime) -> int:
    """End all alerts of agents that are being deleted, in the same transaction; return how many."""
    return await _retire(connection, "agent_id", agent_ids, AGENT_DELETED, now)


async def retire_rule(connection: Connection, rule_id: int, reason: str, now: datetime) -> int:
    """End all alerts of a rule in the transaction that deletes it or switches it off; return how many.

    Args:
        connection: inside a transaction that has not deleted the rule yet: its name goes into the transitions.
        rule_id: which.
        reason: `RULE_DELETED` or `RULE_OFF`.
        now: the moment of it.
    """
    return await _retire(connection, "rule_id", [rule_id], reason, now)


async def _retire(connection: Connection, column: str, ids: Sequence[int], reason: str, now: datetime) -> int:
    await lock(connection)
    ended = await connection.fetch(
        f"""
        WITH gone AS (DELETE FROM alert_instances WHERE {column} = ANY ($1::bigint[]) RETURNING *)
        INSERT INTO alert_events (
            fingerprint, rule_id, rule_version, rule_name, agent_id, labels, severity, loss, before, after, at,
            recorded_at, value, reason
        )
        SELECT g.fingerprint, g.rule_id, g.rule_version, coalesce(r.name, ''), g.agent_id, g.labels, g.severity,
            coalesce(r.loss, false), g.state, 'inactive', $2, $2, g.value, $3
        FROM gone g LEFT JOIN alert_rules r ON r.id = g.rule_id
        ORDER BY g.fingerprint RETURNING number
        """,  # noqa: S608 - constant
        ids,
        now,
        reason,
    )
    return len(ended)


async def everyone(connection: Connection) -> list[Alert]:
    """Return all alerts that are not inactive: what an engine that starts goes on from."""
    return [_alert(row) for row in await connection.fetch(f"SELECT {_ALERT} FROM alert_instances")]  # noqa: S608


async def page(
    connection: Connection, wanted: AlertFilter, after: tuple[datetime, bytes] | None, limit: int
) -> list[ListedAlert]:
    """Return alerts, the newest first, beginning after the given (since, fingerprint)."""
    rows = await connection.fetch(
        f"""
        SELECT i.*, coalesce(r.name, '') AS rule_name,
            CASE i.agent_id WHEN 0 THEN 'hub' ELSE coalesce(a.name, '') END AS agent_name,
            g.incident_id, coalesce(g.quiet, '') AS quiet
        FROM alert_instances i LEFT JOIN alert_rules r ON r.id = i.rule_id LEFT JOIN agents a ON a.id = i.agent_id
        LEFT JOIN LATERAL (
            SELECT m.incident_id, m.quiet FROM incident_alerts m JOIN incidents n ON n.id = m.incident_id
            WHERE m.fingerprint = i.fingerprint AND m.moved_to IS NULL AND n.state <> 'resolved'
            ORDER BY m.incident_id DESC LIMIT 1
        ) g ON true
        WHERE {_MATCHES} AND ($6::timestamptz IS NULL OR (i.since, i.fingerprint) < ($6, $7::bytea))
        ORDER BY i.since DESC, i.fingerprint DESC LIMIT $8
        """,  # noqa: S608 - constant
        *_filter(wanted), *(after or (None, None)), limit,
    )  # fmt: skip
    return [
        ListedAlert(_alert(row), row["rule_name"], row["agent_name"], row["incident_id"], row["quiet"]) for row in rows
    ]


async def count(connection: Connection, wanted: AlertFilter) -> int:
    """Return how many alerts match."""
    number: int = await connection.fetchval(
        f"SELECT count(*) FROM alert_instances i WHERE {_MATCHES}",  # noqa: S608 - constant
        *_filter(wanted),
    )
    return number


async def counts(connection: Connection) -> dict[int, AlertCounts]:
    """Return how many alerts there are of each rule that has any."""
    rows = await connection.fetch(
        """
        SELECT rule_id, count(*) FILTER (WHERE state <> 'pending') AS firing,
            count(*) FILTER (WHERE state = 'pending') AS pending
        FROM alert_instances GROUP BY rule_id
        """
    )
    return {row["rule_id"]: AlertCounts(row["firing"], row["pending"]) for row in rows}


async def events_after(connection: Connection, number: int, limit: int) -> list[AlertEvent]:
    """Return the oldest transitions after a number."""
    rows = await connection.fetch(
        f"SELECT {_EVENT} FROM alert_events WHERE number > $1 ORDER BY number LIMIT $2",  # noqa: S608 - constant
        number,
        limit,
    )
    return [_event(row) for row in rows]


async def losses(connection: Connection, since: datetime, until: datetime, limit: int) -> list[AlertEvent]:
    """Return the oldest transitions between two moments that are about agents that are lost, or not any more."""
    rows = await connection.fetch(
        f"""
        SELECT {_EVENT} FROM alert_events WHERE loss AND recorded_at BETWEEN $1 AND $2 ORDER BY number LIMIT $3
        """,  # noqa: S608 - constant
        since, until, limit,
    )  # fmt: skip
    return [_event(row) for row in rows]


async def history(connection: Connection, fingerprint: bytes, limit: int) -> list[AlertEvent]:
    """Return the newest transitions of one alert, the newest first."""
    rows = await connection.fetch(
        f"SELECT {_EVENT} FROM alert_events WHERE fingerprint = $1 ORDER BY number DESC LIMIT $2",  # noqa: S608
        fingerprint,
        limit,
    )
    return [_event(row) for row in rows]


async def until(connection: Connection, fingerprint: bytes, moment: datetime, limit: int) -> list[AlertEvent]:
    """Return the newest transitions of one alert that were, by either clock, not after a moment, the newest first."""
    rows = await connection.fetch(
        f"""
        SELECT {_EVENT} FROM alert_events WHERE fingerprint = $1 AND least(at, recorded_at) <= $2
        ORDER BY number DESC LIMIT $3
        """,  # noqa: S608 - constant
        fingerprint, moment, limit,
    )  # fmt: skip
    return [_event(row) for row in rows]


async def newest_of(
    connection: Connection, agent_id: int | None, rule_ids: Sequence[int], moment: datetime, limit: int
) -> list[AlertEvent]:
    """Return for each alert of these rules on an agent, or on no single one, its newest transition up to a moment."""
    rows = await connection.fetch(
        f"""
        SELECT DISTINCT ON (fingerprint) {_EVENT} FROM alert_events
        WHERE (agent_id = $1 OR agent_id IS NULL) AND rule_id = ANY ($2) AND least(at, recorded_at) <= $3
        ORDER BY fingerprint, number DESC LIMIT $4
        """,  # noqa: S608 - constant
        agent_id, list(rule_ids), moment, limit,
    )  # fmt: skip
    return [_event(row) for row in rows]


async def target(connection: Connection, fingerprint: bytes) -> tuple[int, int | None, dict[str, str]] | None:
    """Return the rule, the agent and the labels of an alert that is, or was; None where nothing is known of it."""
    row = await connection.fetchrow(
        """
        (SELECT rule_id, agent_id, labels FROM alert_instances WHERE fingerprint = $1)
        UNION ALL
        (SELECT rule_id, agent_id, labels FROM alert_events WHERE fingerprint = $1 ORDER BY number DESC LIMIT 1)
        LIMIT 1
        """,
        fingerprint,
    )
    return None if row is None else (row["rule_id"], row["agent_id"], row["labels"])


async def grouped(connection: Connection, incidents: Sequence[tuple[int, int]]) -> None:
    """Note into which incident transitions went: (number, incident)."""
    await connection.execute(
        """
        UPDATE alert_events e SET incident_id = g.incident_id
        FROM unnest($1::bigint[], $2::bigint[]) AS g (number, incident_id) WHERE e.number = g.number
        """,
        [one[0] for one in incidents],
        [one[1] for one in incidents],
    )


_MATCHES = """
    (cardinality($1::text[]) = 0 OR i.state = ANY ($1)) AND (cardinality($2::text[]) = 0 OR i.severity = ANY ($2))
    AND (cardinality($3::bigint[]) = 0 OR i.agent_id = ANY ($3))
    AND (cardinality($4::bigint[]) = 0 OR i.rule_id = ANY ($4))
    AND ($5::bigint[] IS NULL OR i.agent_id IN (SELECT unnest($5))) AND i.rule_id > 0
"""


def _filter(wanted: AlertFilter) -> tuple[object, ...]:
    only = None if wanted.only is None else list(wanted.only)
    return list(wanted.states), list(wanted.severities), list(wanted.agents), list(wanted.rules), only


async def _forget(connection: Connection, fingerprints: Sequence[bytes]) -> None:
    if fingerprints:
        await connection.execute("DELETE FROM alert_instances WHERE fingerprint = ANY ($1)", list(fingerprints))


def _columns(alerts: Sequence[Alert]) -> list[list[object]]:
    rows = [
        (
            one.fingerprint, one.rule_id, one.rule_version, one.agent_id, dict(one.labels), one.severity, one.state,
            one.since, one.value, one.last_sample_at, one.clear_since,
        )
        for one in alerts
    ]  # fmt: skip
    return [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in range(11)]


def _alert(row: Any) -> Alert:  # noqa: ANN401 - asyncpg's Record has no types
    return Alert(
        row["fingerprint"], row["rule_id"], row["rule_version"], row["agent_id"], row["labels"],
        Severity(row["severity"]), AlertState(row["state"]), row["since"], row["value"], row["last_sample_at"],
        row["clear_since"],
    )  # fmt: skip


def _event(row: Any) -> AlertEvent:  # noqa: ANN401 - asyncpg's Record has no types
    states = {name: AlertState(row[name]) for name in ("before", "after")}
    return AlertEvent(**{**dict(row), **states, "severity": Severity(row["severity"])})
