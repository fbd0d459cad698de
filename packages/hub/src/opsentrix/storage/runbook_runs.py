"""Runs of runbooks: what is under way, what became of those before, and how far triggers have come."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, NamedTuple

from opsentrix.db import Connection
from opsentrix.model.runbook_runs import Cause, Outcome, RunbookRun, RunbookState, RunStep, Truth, Verdict

_LOCK = 0x72756E626F6F6B  # "runbook"
_COLUMNS = tuple(one.name for one in fields(RunbookRun) if one.name != "id")
_NAMES = ", ".join(_COLUMNS)
_UNDER_WAY = "state IN ('checking', 'running', 'judging', 'undoing')"


class Counts(NamedTuple):
    """What limits ask of a runbook's runs; see `runbook_limits.Past`."""

    open_here: bool
    ended_here_at: datetime | None
    begun_here: int
    begun_fleet: int
    under_way: int
    counted_here: int


@dataclass(frozen=True, slots=True)
class RunFilter:
    """Which runs are listed; what is empty filters nothing. `only` are the agents within reach, None for all."""

    runbook_id: int | None = None
    agent_id: int | None = None
    incident_id: int | None = None
    states: Sequence[str] = ()
    verdicts: Sequence[str] = ()
    only: Collection[int] | None = None


async def lock(connection: Connection) -> None:
    """Wait until nobody else begins runs; nobody else does until this transaction ends."""
    await connection.execute("SELECT pg_advisory_xact_lock($1)", _LOCK)


async def stopped(connection: Connection) -> list[str]:
    """Return the names of the runbooks that stopped themselves."""
    rows = await connection.fetch("SELECT name FROM runbooks WHERE opened_at IS NOT NULL ORDER BY id")
    return [row["name"] for row in rows]


async def cursor(connection: Connection) -> int:
    """Return the newest transition that triggers have seen; at the very first, the newest that there is."""
    number: int | None = await connection.fetchval("SELECT number FROM runbook_cursor")
    if number is None:
        number = await connection.fetchval("SELECT coalesce(max(number), 0) FROM alert_events")
        await connection.execute("INSERT INTO runbook_cursor (number) VALUES ($1) ON CONFLICT DO NOTHING", number)
    return int(number or 0)


async def set_cursor(connection: Connection, number: int) -> None:
    """Note how far triggers have come."""
    await connection.execute("UPDATE runbook_cursor SET number = $1", number)


async def fires(connection: Connection, fingerprint: bytes) -> bool:
    """Return whether an alert is firing, with data or without."""
    found: bool = await connection.fetchval(
        "SELECT EXISTS (SELECT FROM alert_instances WHERE fingerprint = $1 AND state IN ('firing', 'unknown'))",
        fingerprint,
    )
    return found


async def counts(
    connection: Connection, runbook_id: int, agent_id: int, since: datetime, counted_since: datetime
) -> Counts:
    """Return what limits ask.

    Args:
        connection: any.
        runbook_id: whose runs.
        agent_id: on which machine.
        since: an hour ago.
        counted_since: from when on runs count for the breaker.
    """
    row = await connection.fetchrow(
        f"""
        SELECT coalesce(bool_or(agent_id = $2 AND ended_at IS NULL), false) AS open_here,
            max(ended_at) FILTER (WHERE agent_id = $2 AND begun_at IS NOT NULL) AS ended_here_at,
            count(*) FILTER (WHERE agent_id = $2 AND (begun_at >= $3 OR begun_at IS NULL AND {_UNDER_WAY}))
                AS begun_here,
            count(*) FILTER (WHERE begun_at >= $3 OR begun_at IS NULL AND {_UNDER_WAY}) AS begun_fleet,
            count(*) FILTER (WHERE {_UNDER_WAY}) AS under_way,
            count(*) FILTER (WHERE agent_id = $2 AND begun_at >= $4 AND cause <> 'hand') AS counted_here
        FROM runbook_runs WHERE runbook_id = $1
        """,  # noqa: S608 - constant
        runbook_id, agent_id, since, counted_since,
    )  # fmt: skip
    return Counts(**dict(row))  # type: ignore[arg-type]  # an aggregate always has one row


async def add(connection: Connection, run: RunbookRun) -> int | None:
    """Add a run and return its id; None where the same event started this runbook on this agent before."""
    values = ", ".join(f"${at}" for at in range(1, len(_COLUMNS) + 1))
    added: int | None = await connection.fetchval(
        f"INSERT INTO runbook_runs ({_NAMES}) VALUES ({values}) ON CONFLICT DO NOTHING RETURNING id",  # noqa: S608 - constants
        *_values(run),
    )
    return added


async def get(connection: Connection, run_id: int, *, lock: bool = False) -> RunbookRun | None:
    """Return a run; locked until the transaction ends, if asked."""
    row = await connection.fetchrow(
        f"SELECT id, {_NAMES} FROM runbook_runs WHERE id = $1 {'FOR UPDATE' if lock else ''}",  # noqa: S608 - constants
        run_id,
    )
    return None if row is None else _run(row)


async def put(connection: Connection, run: RunbookRun) -> None:
    """Write how a run stands."""
    changed = ", ".join(f"{name} = ${at}" for at, name in enumerate(_COLUMNS, 2))
    await connection.execute(
        f"UPDATE runbook_runs SET {changed} WHERE id = $1",  # noqa: S608 - constants
        run.id,
        *_values(run),
    )


async def every_open(connection: Connection, now: datetime) -> list[RunbookRun]:
    """Return the runs that may go on by themselves, the oldest first: those that wait for people once it is late."""
    rows = await connection.fetch(
        f"""
        SELECT id, {_NAMES} FROM runbook_runs
        WHERE ended_at IS NULL AND (state NOT IN ('suggested', 'awaiting_approval') OR expires_at <= $1) ORDER BY id
        """,  # noqa: S608 - constants
        now,
    )
    return [_run(row) for row in rows]


async def newest_ended(
    connection: Connection, runbook_id: int, since: datetime | None, limit: int
) -> list[RunbookRun]:  # fmt: skip
    """Return the runs of a runbook that had begun and ended after a moment, the newest end first."""
    rows = await connection.fetch(
        f"""
        SELECT id, {_NAMES} FROM runbook_runs
        WHERE runbook_id = $1 AND begun_at IS NOT NULL AND ended_at > coalesce($2::timestamptz, '-infinity')
            AND cause <> 'hand' AND outcome <> 'cancelled'
        ORDER BY ended_at DESC, id DESC LIMIT $3
        """,  # noqa: S608 - constants
        runbook_id, since, limit,
    )  # fmt: skip
    return [_run(row) for row in rows]


async def page(
    connection: Connection, wanted: RunFilter, before: int | None, limit: int
) -> list[tuple[RunbookRun, str]]:  # fmt: skip
    """Return runs with their agents' names, the newest first, from before an id."""
    rows = await connection.fetch(
        f"""
        SELECT r.*, a.name AS agent_name FROM runbook_runs r JOIN agents a ON a.id = r.agent_id
        WHERE {_MATCHES} AND r.id < coalesce($7, 9223372036854775807) ORDER BY r.id DESC LIMIT $8
        """,  # noqa: S608 - constant
        *_filter(wanted), before, limit,
    )  # fmt: skip
    return [(_run(row), row["agent_name"]) for row in rows]


async def count(connection: Connection, wanted: RunFilter) -> int:
    """Return how many runs match."""
    number: int = await connection.fetchval(
        f"SELECT count(*) FROM runbook_runs r WHERE {_MATCHES}",  # noqa: S608 - constant
        *_filter(wanted),
    )
    return number


async def add_step(connection: Connection, run_id: int, step: RunStep) -> None:
    """Note that a step began.

    Raises:
        asyncpg.UniqueViolationError: it had begun before; nothing may be given twice.
    """
    await connection.execute(
        "INSERT INTO runbook_run_steps (run_id, undo, position, command_id) VALUES ($1, $2, $3, $4)",
        run_id, step.undo, step.position, step.command_id,
    )  # fmt: skip


async def steps(connection: Connection, run_id: int) -> list[RunStep]:
    """Return the steps of a run that began, in order."""
    rows = await connection.fetch(
        "SELECT position, undo, command_id FROM runbook_run_steps WHERE run_id = $1 ORDER BY undo, position", run_id
    )
    return [RunStep(row["position"], row["undo"], row["command_id"]) for row in rows]


async def remove_before(connection: Connection, moment: datetime) -> None:
    """Remove runs that ended before a moment."""
    await connection.execute("DELETE FROM runbook_runs WHERE ended_at < $1", moment)


_MATCHES = """
    ($1::bigint IS NULL OR r.runbook_id = $1) AND ($2::bigint IS NULL OR r.agent_id = $2)
    AND ($3::bigint IS NULL OR r.incident_id = $3) AND ($4::text[] = '{}' OR r.state = ANY ($4))
    AND ($5::text[] = '{}' OR r.verdict = ANY ($5)) AND ($6::bigint[] IS NULL OR r.agent_id = ANY ($6))
"""


def _filter(wanted: RunFilter) -> tuple[object, ...]:
    return (
        wanted.runbook_id, wanted.agent_id, wanted.incident_id, list(wanted.states), list(wanted.verdicts),
        None if wanted.only is None else list(wanted.only),
    )  # fmt: skip


def _values(run: RunbookRun) -> list[object]:
    values = [getattr(run, name) for name in _COLUMNS]
    return [dict(one) if name in ("labels", "evidence") else one for name, one in zip(_COLUMNS, values, strict=True)]


def _run(row: Any) -> RunbookRun:  # noqa: ANN401 - asyncpg's Record has no types
    said = {name: row[name] for name in _COLUMNS}
    said |= {"cause": Cause(said["cause"]), "state": RunbookState(said["state"])}
    for name, kind in (("baseline", Truth), ("outcome", Outcome), ("verdict", Verdict)):
        said[name] = None if said[name] is None else kind(said[name])
    return RunbookRun(id=row["id"], **said)
