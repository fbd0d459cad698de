"""Incidents with their alerts and timelines, and how far they have come with the transitions of alerts."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from opsentrix.db import Connection
from opsentrix.model.incidents import Entry, EntryKind, Incident, IncidentKind, IncidentState, Member
from opsentrix.model.rules import Severity

_LOCK = 0x696E636964656E74  # "incident"
_INCIDENT = """
    id, kind, severity, opened_at, title, state, acknowledged_by, acknowledged_until, assignee, notes, kept_open,
    resolved_at, resolved_by, merged_into, told, told_at, told_severity, due_at
"""
_MEMBER = """
    incident_id, fingerprint, rule_id, rule_name, agent_id, agent_name, labels, severity, loss, since, fired_at, value,
    known, over_at, changes, loud_at, told, quiet, moved_to
"""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far incidents have come.

    Attributes:
        number: the newest transition that is in them.
        last_incident: the newest incident.
        as_of: the moment that they have come to; None before the first.
        due_at: when quiet changes next.
    """

    number: int
    last_incident: int
    as_of: datetime | None
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class IncidentFilter:
    """Which incidents are listed; what is empty filters nothing. `only` are the agents within reach, None for all."""

    states: Sequence[str] = ()
    severities: Sequence[str] = ()
    agents: Sequence[int] = ()
    rules: Sequence[int] = ()
    assignee: str = ""
    text: str = ""
    only: Collection[int] | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """What somebody is shown of an incident's alerts: how many, how many are not over or hidden, and the first.

    `agents` counts those that the alerts are about.
    """

    agents: int
    alerts: int
    firing: int
    hidden: int
    first: str


async def lock(connection: Connection) -> None:
    """Wait until nobody else changes incidents; nobody else does until this transaction ends."""
    await connection.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)


async def due(connection: Connection, now: datetime) -> bool:
    """Return whether there are transitions to take, or something is due."""
    answer: bool = await connection.fetchval(
        """
        SELECT EXISTS (SELECT FROM alert_events WHERE number > c.number) OR c.due_at <= $1
            OR EXISTS (SELECT FROM incidents WHERE due_at <= $1)
        FROM incident_cursor c
        """,
        now,
    )
    return bool(answer)


async def progress(connection: Connection) -> Progress:
    """Return how far incidents have come."""
    row = await connection.fetchrow("SELECT number, last_incident, as_of, due_at FROM incident_cursor")
    return Progress(**dict(row))  # type: ignore[arg-type]  # the table always has one row


async def set_progress(connection: Connection, one: Progress) -> None:
    """Write how far incidents have come."""
    await connection.execute(
        "UPDATE incident_cursor SET number = $1, last_incident = $2, as_of = $3, due_at = $4",
        one.number, one.last_incident, one.as_of, one.due_at,
    )  # fmt: skip


async def look_again(connection: Connection, now: datetime) -> None:
    """Let incidents be looked at at once: silences, windows or dependencies changed."""
    await connection.execute("UPDATE incident_cursor SET due_at = least(due_at, $1)", now)


async def lately(connection: Connection, since: datetime, also: Sequence[int] = ()) -> list[Incident]:
    """Return incidents that are open, were resolved since, or have an alert that still says that its agent is lost.

    Args:
        connection: any.
        since: alerts that have been over for longer are left out.
        also: incidents that are returned in any case, with all of their alerts.
    """
    incidents = {
        row["id"]: _incident(row)
        for row in await connection.fetch(
            f"""
            SELECT {_INCIDENT} FROM incidents i WHERE state <> 'resolved' OR resolved_at >= $1 OR id IN (
                SELECT incident_id FROM incident_alerts WHERE loss AND over_at IS NULL AND moved_to IS NULL
            ) OR id = ANY ($2) ORDER BY id
            """,  # noqa: S608 - constant
            since,
            list(also),
        )
    }
    rows = await connection.fetch(
        f"""
        SELECT {_MEMBER} FROM incident_alerts
        WHERE incident_id = ANY ($1) AND moved_to IS NULL
            AND (over_at IS NULL OR over_at >= $2 OR incident_id = ANY ($3))
        ORDER BY incident_id, fired_at, fingerprint
        """,  # noqa: S608 - constant
        list(incidents), since, list(also),
    )  # fmt: skip
    for row in rows:
        incidents[row["incident_id"]].members[row["fingerprint"]] = _member(row)
    return list(incidents.values())


async def write(
    connection: Connection,
    incidents: Collection[Incident],
    members: Mapping[tuple[int, bytes], Member],
    entries: Iterable[Entry],
    now: datetime,
) -> None:
    """Write incidents, their alerts, and lines of their timelines as they are now."""
    names = [one.strip() for one in _INCIDENT.split(",")]
    changed = ", ".join(f"{one} = excluded.{one}" for one in names if one != "id")
    await connection.executemany(
        f"""
        INSERT INTO incidents ({_INCIDENT}, changed_at) VALUES ({_placeholders(len(names) + 1)})
        ON CONFLICT (id) DO UPDATE SET {changed}, changed_at = excluded.changed_at
        """,  # noqa: S608 - constant
        [(*(getattr(one, name) for name in names), now) for one in incidents],
    )
    names = [one.strip() for one in _MEMBER.split(",")]
    changed = ", ".join(f"{one} = excluded.{one}" for one in names[2:])
    await connection.executemany(
        f"""
        INSERT INTO incident_alerts ({_MEMBER}) VALUES ({_placeholders(len(names))})
        ON CONFLICT (incident_id, fingerprint) DO UPDATE SET {changed}
        """,  # noqa: S608 - constant
        [(incident, *(getattr(one, name) for name in names[1:])) for (incident, _), one in members.items()],
    )
    await add_entries(connection, entries)


async def add_entries(connection: Connection, entries: Iterable[Entry]) -> None:
    """Add lines to timelines: of what was done about incidents, where these do not change by it, too.

    Those of incidents that are not there any more are left out; of one that was merged, they go into the other.
    """
    await connection.executemany(
        """
        INSERT INTO incident_events (incident_id, at, kind, text, actor, fingerprint, agent_ids)
        SELECT coalesce(merged_into, id), $2, $3, $4, $5, $6, $7 FROM incidents WHERE id = $1
        """,
        [
            (one.incident_id, one.at, one.kind, one.text, one.actor, one.fingerprint, list(one.agent_ids))
            for one in entries
        ],
    )


async def page(connection: Connection, wanted: IncidentFilter, before: int | None, limit: int) -> list[Incident]:
    """Return incidents without their alerts, the newest first, from before an id."""
    rows = await connection.fetch(
        f"""
        SELECT {_INCIDENT} FROM incidents i WHERE {_MATCHES} AND ($8::bigint IS NULL OR id < $8)
        ORDER BY id DESC LIMIT $9
        """,  # noqa: S608 - constant
        *_filter(wanted), before, limit,
    )  # fmt: skip
    return [_incident(row) for row in rows]


async def count(connection: Connection, wanted: IncidentFilter) -> int:
    """Return how many incidents match."""
    number: int = await connection.fetchval(
        f"SELECT count(*) FROM incidents i WHERE {_MATCHES}",  # noqa: S608 - constant
        *_filter(wanted),
    )
    return number


async def get(connection: Connection, incident_id: int) -> Incident | None:
    """Return an incident with all of its alerts, those that went elsewhere included."""
    incident = await head(connection, incident_id)
    if incident is not None:
        incident.members = (await members(connection, [incident_id]))[incident_id]
    return incident


async def head(connection: Connection, incident_id: int) -> Incident | None:
    """Return an incident without its alerts."""
    row = await connection.fetchrow(f"SELECT {_INCIDENT} FROM incidents WHERE id = $1", incident_id)  # noqa: S608
    return None if row is None else _incident(row)


async def places(connection: Connection, fingerprint: bytes, limit: int) -> list[tuple[int, Member]]:
    """Return the incidents that an alert is, or was, in, the newest first, with what they say of it."""
    rows = await connection.fetch(
        f"SELECT {_MEMBER} FROM incident_alerts WHERE fingerprint = $1 ORDER BY incident_id DESC LIMIT $2",  # noqa: S608
        fingerprint,
        limit,
    )
    return [(row["incident_id"], _member(row)) for row in rows]


async def members(connection: Connection, incident_ids: Sequence[int]) -> dict[int, dict[bytes, Member]]:
    """Return the alerts of incidents, those that went elsewhere included."""
    found: dict[int, dict[bytes, Member]] = {one: {} for one in incident_ids}
    rows = await connection.fetch(
        f"SELECT {_MEMBER} FROM incident_alerts WHERE incident_id = ANY ($1) ORDER BY fired_at, fingerprint",  # noqa: S608
        list(incident_ids),
    )
    for row in rows:
        found[row["incident_id"]][row["fingerprint"]] = _member(row)
    return found


async def shown(
    connection: Connection, incident_ids: Sequence[int], only: Collection[int] | None, now: datetime
) -> dict[int, Shown]:
    """Return for each incident how many alerts it has that are shown to somebody, and how many of them are not over.

    Args:
        connection: any.
        incident_ids: which.
        only: the agents within reach; None for all.
        now: the moment.
    """
    rows = await connection.fetch(
        """
        SELECT i.incident_id, count(DISTINCT m.agent_id) FILTER (WHERE seen) AS agents,
            count(m.*) FILTER (WHERE seen) AS alerts, count(m.*) FILTER (WHERE NOT seen) AS hidden,
            count(m.*) FILTER (WHERE seen AND (over_at IS NULL OR over_at > $3)) AS firing,
            coalesce(
                (array_agg(rule_name || ' on ' || agent_name ORDER BY fired_at) FILTER (WHERE seen))[1], ''
            ) AS first
        FROM unnest($1::bigint[]) AS i (incident_id)
        LEFT JOIN (
            SELECT *, $2::bigint[] IS NULL OR coalesce(agent_id IN (SELECT unnest($2)), false) AS seen
            FROM incident_alerts WHERE incident_id = ANY ($1)
        ) m USING (incident_id)
        GROUP BY i.incident_id
        """,
        list(incident_ids), None if only is None else list(only), now,
    )  # fmt: skip
    return {
        row["incident_id"]: Shown(row["agents"], row["alerts"], row["firing"], row["hidden"], row["first"])
        for row in rows
    }


async def timeline(
    connection: Connection, incident_id: int, before: int | None, limit: int
) -> list[tuple[int, Entry]]:  # fmt: skip
    """Return the newest lines of a timeline from before an id, each with its id, in order."""
    rows = await connection.fetch(
        """
        SELECT id, incident_id, at, kind, text, actor, fingerprint, agent_ids FROM incident_events
        WHERE incident_id = $1 AND ($2::bigint IS NULL OR id < $2) ORDER BY id DESC LIMIT $3
        """,
        incident_id, before, limit,
    )  # fmt: skip
    return [(row["id"], _entry(row)) for row in reversed(rows)]


async def lines_about(
    connection: Connection, incident_ids: Sequence[int], fingerprint: bytes, limit: int
) -> list[Entry]:
    """Return the newest lines of timelines that are about one alert, or about no single one, in order."""
    rows = await connection.fetch(
        """
        SELECT incident_id, at, kind, text, actor, fingerprint, agent_ids FROM incident_events
        WHERE incident_id = ANY ($1) AND (fingerprint IS NULL OR fingerprint = $2) ORDER BY id DESC LIMIT $3
        """,
        list(incident_ids), fingerprint, limit,
    )  # fmt: skip
    return [_entry(row) for row in reversed(rows)]


async def trim(connection: Connection, before: datetime) -> int:
    """Delete incidents that were resolved before a moment, and transitions older than it; return how many rows."""
    gone: int = await connection.fetchval(
        """
        WITH i AS (DELETE FROM incidents WHERE resolved_at < $1 RETURNING 1),
        e AS (
            DELETE FROM alert_events WHERE recorded_at < $1 AND number <= (SELECT number FROM incident_cursor)
            RETURNING 1
        )
        SELECT (SELECT count(*) FROM i) + (SELECT count(*) FROM e)
        """,
        before,
    )
    return gone


_MATCHES = """
    (cardinality($1::text[]) = 0 OR i.state = ANY ($1)) AND (cardinality($2::text[]) = 0 OR i.severity = ANY ($2))
    AND (cardinality($3::bigint[]) = 0 OR EXISTS (
        SELECT FROM incident_alerts m WHERE m.incident_id = i.id AND m.agent_id = ANY ($3)))
    AND (cardinality($4::bigint[]) = 0 OR EXISTS (
        SELECT FROM incident_alerts m WHERE m.incident_id = i.id AND m.rule_id = ANY ($4)))
    AND ($5 = '' OR i.assignee = $5)
    AND ($6::bigint[] IS NULL OR EXISTS (
        SELECT FROM incident_alerts m WHERE m.incident_id = i.id AND m.agent_id IN (SELECT unnest($6))))
    AND ($7 = '' OR EXISTS (
        SELECT FROM incident_alerts m WHERE m.incident_id = i.id
        AND ($6::bigint[] IS NULL OR m.agent_id IN (SELECT unnest($6)))
        AND strpos(lower(m.rule_name || ' on ' || m.agent_name), lower($7)) > 0)
    OR ($6::bigint[] IS NULL AND strpos(lower(i.title), lower($7)) > 0))
    AND i.id > 0
"""


def _filter(wanted: IncidentFilter) -> tuple[object, ...]:
    only = None if wanted.only is None else list(wanted.only)
    return (
        list(wanted.states), list(wanted.severities), list(wanted.agents), list(wanted.rules), wanted.assignee, only,
        wanted.text,
    )  # fmt: skip


def _placeholders(count: int) -> str:
    return ", ".join(f"${number}" for number in range(1, count + 1))


def _entry(row: Any) -> Entry:  # noqa: ANN401 - asyncpg's Record has no types
    return Entry(
        row["incident_id"], row["at"], EntryKind(row["kind"]), row["text"], row["actor"], row["fingerprint"],
        tuple(row["agent_ids"]),
    )  # fmt: skip


def _incident(row: Any) -> Incident:  # noqa: ANN401 - asyncpg's Record has no types
    return Incident(
        **{
            **dict(row),
            "kind": IncidentKind(row["kind"]),
            "severity": Severity(row["severity"]),
            "state": IncidentState(row["state"]),
        }
    )


def _member(row: Any) -> Member:  # noqa: ANN401 - asyncpg's Record has no types
    # By position, as _MEMBER has them: there may be thousands of them in each pass.
    _, key, rule_id, rule, agent_id, agent, labels, severity, loss, since, fired_at, value, known, over_at, *others = (
        row
    )
    return Member(
        key, rule_id, rule, agent_id, agent, labels, Severity(severity), loss, since, fired_at, value, known, over_at,
        *others,
    )  # fmt: skip
