"""The runs of commands on agents, and what they wrote."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from opsentrix.db import Connection
from opsentrix.model.commands import BAD, OPEN, Run, RunState

# As constants, or the partial index would not serve.
_OPEN = "state IN ('waiting', 'sent', 'running')"
_UNSETTLED = "state IN ('sent', 'running', 'unknown')"
_LIGHT = "id, command_id, agent_id, key, turn, state, sent_at, retry_at, started_at"


class Piece(NamedTuple):
    """A piece of output; `stream` is 1 for standard output and 2 for standard error."""

    stream: int
    data: bytes
    seq: int = 0


async def open_of(connection: Connection, command_id: int) -> tuple[list[Run], int]:
    """Return the open runs of a command in the order of their turns, and how many others did not end well.

    The runs are locked until the transaction ends: what agents say of them meanwhile waits, and is not overwritten.
    """
    rows = await connection.fetch(
        "SELECT * FROM command_runs WHERE command_id = $1 AND state = ANY ($2) ORDER BY turn, id FOR UPDATE",
        command_id, list(OPEN),
    )  # fmt: skip
    bad: int = await connection.fetchval(
        "SELECT count(*) FROM command_runs WHERE command_id = $1 AND state = ANY ($2)", command_id, list(BAD)
    )
    return [_run(row) for row in rows], bad


async def of_command(
    connection: Connection, command_id: int, only: Collection[int] | None, after: int, limit: int
) -> list[tuple[Run, str]]:
    """Return runs of a command with their agents' names, in the order of their turns, from after a run's id.

    Args:
        connection: any.
        command_id: whose.
        only: of these agents; None for all.
        after: a run's id, 0 for the first ones.
        limit: at most so many.
    """
    rows = await connection.fetch(
        """
        SELECT r.*, a.name FROM command_runs r JOIN agents a ON a.id = r.agent_id
        WHERE r.command_id = $1 AND r.id > $2 AND ($3::bigint[] IS NULL OR r.agent_id = ANY ($3))
        ORDER BY r.id LIMIT $4
        """,
        command_id, after, None if only is None else list(only), limit,
    )  # fmt: skip
    return [(_run(row), row["name"]) for row in rows]


async def agents_of(connection: Connection, command_ids: Collection[int]) -> set[int]:
    """Return the agents of any of some commands."""
    rows = await connection.fetch(
        "SELECT DISTINCT agent_id FROM command_runs WHERE command_id = ANY($1::bigint[])", list(command_ids)
    )
    return {row["agent_id"] for row in rows}


async def find(connection: Connection, agent_id: int, key: str, *, lock: bool = False) -> Run | None:
    """Return a run by what its agent calls it; another agent's is none. Locked, if asked."""
    row = await connection.fetchrow(
        f"SELECT * FROM command_runs WHERE key = $1 AND agent_id = $2 {'FOR UPDATE' if lock else ''}",  # noqa: S608 - constants
        key, agent_id,
    )  # fmt: skip
    return None if row is None else _run(row)


async def get(connection: Connection, command_id: int, agent_id: int) -> Run | None:
    """Return the run of a command on an agent."""
    row = await connection.fetchrow(
        "SELECT * FROM command_runs WHERE command_id = $1 AND agent_id = $2", command_id, agent_id
    )
    return None if row is None else _run(row)


async def unsettled_of(connection: Connection, agent_ids: Collection[int]) -> list[Run]:
    """Return the runs that were sent to some agents and of which they have not told the end."""
    rows = await connection.fetch(
        f"SELECT * FROM command_runs WHERE {_UNSETTLED} AND agent_id = ANY ($1) ORDER BY id",  # noqa: S608 - constant
        list(agent_ids),
    )
    return [_run(row) for row in rows]


async def every_open(connection: Connection) -> list[Run]:
    """Return all open runs, in the order of their commands and turns; their messages are left out."""
    rows = await connection.fetch(
        f"SELECT {_LIGHT} FROM command_runs WHERE {_OPEN} ORDER BY command_id, turn, id"  # noqa: S608 - constants
    )
    return [
        Run(
            id=row["id"], command_id=row["command_id"], agent_id=row["agent_id"], key=row["key"], turn=row["turn"],
            state=RunState(row["state"]), sent_at=row["sent_at"], retry_at=row["retry_at"],
            started_at=row["started_at"],
        )
        for row in rows
    ]  # fmt: skip


async def count_open(connection: Connection) -> int:
    """Return how many runs are open."""
    counted: int = await connection.fetchval(f"SELECT count(*) FROM command_runs WHERE {_OPEN}")  # noqa: S608 - constant
    return counted


async def bad_of(connection: Connection, command_ids: Sequence[int]) -> dict[int, int]:
    """Return how many runs of commands did not end well."""
    rows = await connection.fetch(
        "SELECT command_id, count(*) AS n FROM command_runs WHERE command_id = ANY ($1) AND state = ANY ($2)"
        " GROUP BY command_id",
        list(command_ids), list(BAD),
    )  # fmt: skip
    return {row["command_id"]: row["n"] for row in rows}


async def put(connection: Connection, runs: Sequence[Run]) -> None:
    """Write how runs stand."""
    await connection.executemany(
        """
        UPDATE command_runs SET state = $2, message = $3, taken = $4, cancelling = $5, sent_at = $6, retry_at = $7,
            started_at = $8, ended_at = $9, exit_code = $10, duration_ms = $11, error = $12, output_seq = $13,
            output_kept = $14, output_bytes = $15, output_truncated = $16
        WHERE id = $1
        """,
        [
            (
                one.id, one.state, one.message, one.taken, one.cancelling, one.sent_at, one.retry_at, one.started_at,
                one.ended_at, one.exit_code, one.duration_ms, one.error, one.output_seq, one.output_kept,
                one.output_bytes, one.output_truncated,
            )
            for one in runs
        ],
    )  # fmt: skip


async def add_output(connection: Connection, run_id: int, seq: int, piece: Piece) -> None:
    """Keep a piece of output."""
    await connection.execute(
        "INSERT INTO command_output (run_id, seq, stream, data) VALUES ($1, $2, $3, $4)",
        run_id, seq, piece.stream, piece.data,
    )  # fmt: skip


async def first_names(
    connection: Connection, command_ids: Sequence[int], only: Collection[int] | None, most: int
) -> dict[int, list[str]]:
    """Return the names of the first agents of each command, in the order of their turns.

    Args:
        connection: any.
        command_ids: whose.
        only: of these agents; None for all.
        most: names of each.
    """
    rows = await connection.fetch(
        """
        SELECT asked.id, a.name FROM unnest($1::bigint[]) AS asked (id)
        CROSS JOIN LATERAL (
            SELECT r.id, r.agent_id FROM command_runs r
            WHERE r.command_id = asked.id AND ($2::bigint[] IS NULL OR r.agent_id = ANY ($2))
            ORDER BY r.id LIMIT $3
        ) AS run JOIN agents a ON a.id = run.agent_id
        ORDER BY asked.id, run.id
        """,
        list(command_ids), None if only is None else list(only), most,
    )  # fmt: skip
    found: dict[int, list[str]] = {one: [] for one in command_ids}
    for row in rows:
        found[row["id"]].append(row["name"])
    return found


async def output(connection: Connection, run_id: int, streams: Sequence[int], after: int) -> list[Piece]:
    """Return what is kept of a run's output on some streams, in order, behind a piece's number."""
    rows = await connection.fetch(
        "SELECT stream, data, seq FROM command_output"
        " WHERE run_id = $1 AND stream = ANY ($2) AND seq > $3 ORDER BY seq",
        run_id, list(streams), after,
    )  # fmt: skip
    return [Piece(row["stream"], row["data"], row["seq"]) for row in rows]


async def remove_output_before(connection: Connection, moment: datetime) -> int:
    """Remove the output of runs that ended before a moment; return of how many."""
    rows = await connection.fetch(
        """
        UPDATE command_runs SET output_removed = true
        WHERE ended_at < $1 AND output_kept > 0 AND NOT output_removed RETURNING id
        """,
        moment,
    )
    ids = [row["id"] for row in rows]
    await connection.execute("DELETE FROM command_output WHERE run_id = ANY ($1)", ids)
    return len(ids)


def _run(row: Any) -> Run:  # noqa: ANN401 - asyncpg's Record has no types
    return Run(
        id=row["id"],
        command_id=row["command_id"],
        agent_id=row["agent_id"],
        key=row["key"],
        turn=row["turn"],
        state=RunState(row["state"]),
        message=row["message"],
        taken=row["taken"],
        cancelling=row["cancelling"],
        sent_at=row["sent_at"],
        retry_at=row["retry_at"],
        started_at=row["started_at"],
        ended_at=row["ended_at"],
        exit_code=row["exit_code"],
        duration_ms=row["duration_ms"],
        error=row["error"],
        output_seq=row["output_seq"],
        output_kept=row["output_kept"],
        output_bytes=row["output_bytes"],
        output_truncated=row["output_truncated"],
        output_removed=row["output_removed"],
    )
