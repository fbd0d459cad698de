"""Silences, maintenance windows, and which agents are behind which."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from opsentrix.db import Connection
from opsentrix.model.quiet import MaintenanceWindow, Matcher, Op, Reach, Silence
from opsentrix.model.users import Scope

_WINDOW = """
    id, name, matchers, within, agents, starts_local, zone, duration_s, rrule, comment, created_by, created_at
"""


async def add_silence(connection: Connection, new: Silence) -> Silence:
    """Add a silence and return it with its id."""
    number = await connection.fetchval(
        """
        INSERT INTO silences (matchers, within, agents, starts_at, ends_at, comment, created_by, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id
        """,
        *_reach(new.reach), new.starts_at, new.ends_at, new.comment, new.created_by, new.created_at,
    )  # fmt: skip
    return Silence(number, new.reach, new.starts_at, new.ends_at, new.comment, new.created_by, new.created_at)


async def silence(connection: Connection, silence_id: int) -> Silence | None:
    """Return a silence."""
    row = await connection.fetchrow("SELECT * FROM silences WHERE id = $1", silence_id)
    return None if row is None else _silence(row)


async def silences(connection: Connection, since: datetime) -> list[Silence]:
    """Return silences that end after a moment, the newest first."""
    rows = await connection.fetch("SELECT * FROM silences WHERE ends_at > $1 ORDER BY id DESC", since)
    return [_silence(row) for row in rows]


async def set_end(connection: Connection, silence_id: int, ends_at: datetime) -> None:
    """Let a silence end at another moment."""
    await connection.execute("UPDATE silences SET ends_at = $2 WHERE id = $1", silence_id, ends_at)


async def expire(connection: Connection, silence_id: int, by: str, now: datetime) -> None:
    """Let a silence end now; one that has not begun, before it begins."""
    await connection.execute(
        """
        UPDATE silences SET ends_at = $2, starts_at = least(starts_at, $2), expired_by = $3
        WHERE id = $1 AND ends_at > $2
        """,
        silence_id, now, by,
    )  # fmt: skip


async def trim_silences(connection: Connection, before: datetime) -> int:
    """Delete silences that ended before a moment; return how many."""
    rows = await connection.fetch("DELETE FROM silences WHERE ends_at < $1 RETURNING id", before)
    return len(rows)


async def add_window(connection: Connection, new: MaintenanceWindow) -> MaintenanceWindow:
    """Add a maintenance window and return it with its id."""
    row = await connection.fetchrow(
        f"""
        INSERT INTO maintenance_windows (matchers, within, agents, name, starts_local, zone, duration_s, rrule,
            comment, created_by, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) RETURNING {_WINDOW}
        """,  # noqa: S608 - constant
        *_reach(new.reach), new.name, new.starts_local, new.zone, int(new.duration.total_seconds()), new.rrule,
        new.comment, new.created_by, new.created_at,
    )  # fmt: skip
    return _window(row)


async def change_window(connection: Connection, one: MaintenanceWindow) -> None:
    """Write what people may change of a window."""
    await connection.execute(
        """
        UPDATE maintenance_windows SET matchers = $2, within = $3, agents = $4, name = $5, starts_local = $6,
            zone = $7, duration_s = $8, rrule = $9, comment = $10 WHERE id = $1
        """,
        one.id, *_reach(one.reach), one.name, one.starts_local, one.zone, int(one.duration.total_seconds()), one.rrule,
        one.comment,
    )  # fmt: skip


async def window(connection: Connection, window_id: int) -> MaintenanceWindow | None:
    """Return a maintenance window."""
    row = await connection.fetchrow(
        f"SELECT {_WINDOW} FROM maintenance_windows WHERE id = $1",  # noqa: S608 - constant
        window_id,
    )
    return None if row is None else _window(row)


async def windows(connection: Connection) -> list[MaintenanceWindow]:
    """Return all maintenance windows, the oldest first."""
    rows = await connection.fetch(f"SELECT {_WINDOW} FROM maintenance_windows ORDER BY id")  # noqa: S608 - constant
    return [_window(row) for row in rows]


async def remove_window(connection: Connection, window_id: int) -> bool:
    """Delete a maintenance window; False when there is none."""
    found = await connection.fetchval("DELETE FROM maintenance_windows WHERE id = $1 RETURNING id", window_id)
    return found is not None


async def dependencies(connection: Connection) -> dict[int, list[int]]:
    """Return for each agent that is behind others, those."""
    found: dict[int, list[int]] = {}
    for row in await connection.fetch("SELECT agent_id, behind_id FROM dependencies ORDER BY agent_id, behind_id"):
        found.setdefault(row["agent_id"], []).append(row["behind_id"])
    return found


async def set_dependencies(
    connection: Connection, agent_id: int, behind: Collection[int], by: str, now: datetime
) -> None:
    """Set which agents an agent is behind; whoever calls holds `incidents.lock` and has looked for a cycle."""
    await connection.execute("DELETE FROM dependencies WHERE agent_id = $1", agent_id)
    await connection.execute(
        """
        INSERT INTO dependencies (agent_id, behind_id, created_at, created_by)
        SELECT $1, unnest($2::bigint[]), $3, $4
        """,
        agent_id, list(behind), now, by,
    )  # fmt: skip


def matchers_json(matchers: Sequence[Matcher]) -> list[dict[str, str]]:
    """Return matchers as plain JSON."""
    return [{"key": one.key, "op": str(one.op), "value": one.value} for one in matchers]


def _reach(reach: Reach) -> tuple[object, object, object]:
    within = [{"environments": sorted(one.environments), "tags": sorted(one.tags)} for one in reach.within]
    return matchers_json(reach.matchers), within, sorted(reach.agents)


def _reach_of(row: Any) -> Reach:  # noqa: ANN401 - asyncpg's Record has no types
    return Reach(
        tuple(Matcher(one["key"], Op(one["op"]), one["value"]) for one in row["matchers"]),
        tuple(Scope(frozenset(one["environments"]), frozenset(one["tags"])) for one in row["within"]),
        frozenset(row["agents"]),
    )


def _silence(row: Any) -> Silence:  # noqa: ANN401 - asyncpg's Record has no types
    return Silence(
        row["id"], _reach_of(row), row["starts_at"], row["ends_at"], row["comment"], row["created_by"],
        row["created_at"], row["expired_by"],
    )  # fmt: skip


def _window(row: Any) -> MaintenanceWindow:  # noqa: ANN401 - asyncpg's Record has no types
    return MaintenanceWindow(
        row["id"], row["name"], _reach_of(row), row["starts_local"], row["zone"],
        timedelta(seconds=row["duration_s"]), row["rrule"], row["comment"], row["created_by"], row["created_at"],
    )  # fmt: skip
