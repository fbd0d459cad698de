"""Commands: requests for actions, and how they stand."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg

from opsentrix.db import Connection
from opsentrix.errors import ConflictError
from opsentrix.model.commands import Batch, Command, CommandState, Effect, NewRun, RunState


@dataclass(frozen=True, slots=True)
class CommandFilter:
    """Which commands are wanted; what is empty filters nothing.

    Attributes:
        only: commands with one of these agents; None for no limit.
    """

    agent_id: int | None = None
    action: str = ""
    states: Sequence[str] = ()
    requested_by: str = ""
    only: Collection[int] | None = None


async def add(connection: Connection, command: Command, runs: Sequence[NewRun]) -> int:
    """Add a command with its runs and return its id.

    Raises:
        ConflictError: a run's key is known: what an operator signed counts once.
    """
    command_id: int = await connection.fetchval(
        """
        INSERT INTO commands (action, params, effect, reason, requested_by, requester_id, created_at, expires_at,
            timeout_s, batch_size, pause_s, stop_after, turns, runs, state, runbook_run_id, incident_id)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17) RETURNING id
        """,
        command.action, command.params, command.effect, command.reason, command.requested_by, command.requester_id,
        command.created_at, command.expires_at, command.timeout_s, command.batch.size, command.batch.pause_s,
        command.batch.stop_after, command.turns, command.runs, command.state, command.runbook_run_id,
        command.incident_id,
    )  # fmt: skip
    try:
        await connection.execute(
            """
            INSERT INTO command_runs (command_id, agent_id, key, turn, message)
            SELECT $1, n.* FROM unnest($2::bigint[], $3::text[], $4::int[], $5::bytea[]) AS n
            """,
            command_id, [one.agent_id for one in runs], [one.key for one in runs], [one.turn for one in runs],
            [one.message for one in runs],
        )  # fmt: skip
    except asyncpg.UniqueViolationError:
        raise ConflictError("These signatures were used before: prepare the command again.") from None
    return command_id


async def get(connection: Connection, command_id: int, *, lock: bool = False) -> Command | None:
    """Return a command; locked until the transaction ends, if asked."""
    row = await connection.fetchrow(
        f"SELECT * FROM commands WHERE id = $1 {'FOR UPDATE' if lock else ''}",  # noqa: S608 - constants
        command_id,
    )
    return None if row is None else _command(row)


async def put(connection: Connection, command: Command) -> None:
    """Write how a command stands."""
    await connection.execute(
        """
        UPDATE commands SET turn = $2, turn_over_at = $3, state = $4, note = $5, decided_by = $6, decided_at = $7,
            ended_at = $8
        WHERE id = $1
        """,
        command.id, command.turn, command.turn_over_at, command.state, command.note, command.decided_by,
        command.decided_at, command.ended_at,
    )  # fmt: skip


async def every_open(connection: Connection) -> list[Command]:
    """Return the commands that have not ended, the oldest first."""
    rows = await connection.fetch("SELECT * FROM commands WHERE ended_at IS NULL ORDER BY id")
    return [_command(row) for row in rows]


async def without_right(connection: Connection) -> list[int]:
    """Return commands of which something waits, and whose requester may not give commands any more."""
    rows = await connection.fetch(
        """
        SELECT c.id FROM commands c LEFT JOIN users u ON u.id = c.requester_id
        WHERE c.ended_at IS NULL AND c.state IN ('awaiting_approval', 'running')
            AND (u.id IS NULL OR u.disabled OR u.role = 'viewer')
            AND EXISTS (SELECT FROM command_runs r WHERE r.command_id = c.id AND r.state = 'waiting')
        """
    )
    return [row["id"] for row in rows]


async def newest(connection: Connection, wanted: CommandFilter, before: int | None, limit: int) -> list[Command]:
    """Return commands, the newest first, from before an id."""
    rows = await connection.fetch(
        """
        SELECT * FROM commands c
        WHERE id < coalesce($1, 9223372036854775807)
            AND ($2::bigint IS NULL
                OR EXISTS (SELECT FROM command_runs r WHERE r.command_id = c.id AND r.agent_id = $2))
            AND ($3 = '' OR action = $3)
            AND ($4::text[] = '{}' OR state = ANY ($4))
            AND ($5 = '' OR requested_by = $5)
            AND ($6::bigint[] IS NULL
                OR EXISTS (SELECT FROM command_runs r WHERE r.command_id = c.id AND r.agent_id = ANY ($6)))
        ORDER BY id DESC LIMIT $7
        """,
        before, wanted.agent_id, wanted.action, list(wanted.states), wanted.requested_by,
        None if wanted.only is None else list(wanted.only), limit,
    )  # fmt: skip
    return [_command(row) for row in rows]


async def counts(
    connection: Connection, command_ids: Sequence[int], only: Collection[int] | None
) -> dict[int, dict[RunState, int]]:
    """Return how many runs of each command are in each state.

    Args:
        connection: any.
        command_ids: of which commands.
        only: of these agents; None for all.
    """
    found: dict[int, dict[RunState, int]] = {one: {} for one in command_ids}
    for row in await connection.fetch(
        """
        SELECT command_id, state, count(*) AS n FROM command_runs
        WHERE command_id = ANY ($1) AND ($2::bigint[] IS NULL OR agent_id = ANY ($2))
        GROUP BY command_id, state
        """,
        list(command_ids),
        None if only is None else list(only),
    ):
        found[row["command_id"]][RunState(row["state"])] = row["n"]
    return found


async def remove_before(connection: Connection, moment: datetime) -> int:
    """Remove commands that ended before a moment, with their runs and output; return how many."""
    status = await connection.execute("DELETE FROM commands WHERE ended_at < $1", moment)
    return int(status.rpartition(" ")[2])


def _command(row: Any) -> Command:  # noqa: ANN401 - asyncpg's Record has no types
    return Command(
        id=row["id"],
        action=row["action"],
        params=row["params"],
        effect=Effect(row["effect"]),
        reason=row["reason"],
        requested_by=row["requested_by"],
        requester_id=row["requester_id"],
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        timeout_s=row["timeout_s"],
        batch=Batch(row["batch_size"], row["pause_s"], row["stop_after"]),
        turns=row["turns"],
        runs=row["runs"],
        state=CommandState(row["state"]),
        turn=row["turn"],
        turn_over_at=row["turn_over_at"],
        note=row["note"],
        decided_by=row["decided_by"],
        decided_at=row["decided_at"],
        ended_at=row["ended_at"],
        runbook_run_id=row["runbook_run_id"],
        incident_id=row["incident_id"],
    )
