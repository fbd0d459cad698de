"""Who is told: routes in their order, escalations and rotas. Each keeps what it says as JSON."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time
from typing import Any

import asyncpg

from opsentrix.db import Connection
from opsentrix.errors import ConflictError
from opsentrix.model.rotas import Member, Override, Rota
from opsentrix.model.routing import Escalation, Hours, Route, Step, Target, TargetKind

_EDITING = 6_020_002


async def lock_editing(connection: Connection) -> None:
    """Be the only one who changes routes, escalations, rotas or channels until the transaction ends.

    They name each other: what one removes, another could just be naming.
    """
    await connection.execute("SELECT pg_advisory_xact_lock($1)", _EDITING)


async def routes(connection: Connection) -> list[Route]:
    """Return all routes in their order, the default one last."""
    return [_route(row) for row in await connection.fetch("SELECT * FROM routes ORDER BY is_default, position, id")]


async def put_route(connection: Connection, one: Route) -> Route:
    """Change the route of this id, or add it behind the others when the id is 0."""
    definition = {
        "targets": _plain_targets(one.targets), "labels": dict(one.labels), "severities": sorted(one.severities),
        "environments": sorted(one.environments), "tags": sorted(one.tags), "continues": one.continues,
        "enabled": one.enabled, "hours": None if one.hours is None else _plain_hours(one.hours),
    }  # fmt: skip
    if one.id:
        await connection.execute(
            "UPDATE routes SET name = $2, definition = $3 WHERE id = $1", one.id, one.name, definition
        )
        return one
    new = await connection.fetchval(
        "INSERT INTO routes (position, name, definition)"
        " SELECT coalesce(max(position), 0) + 1, $1, $2 FROM routes RETURNING id",
        one.name, definition,
    )  # fmt: skip
    return replace(one, id=new)


async def order_routes(connection: Connection, ids: Sequence[int]) -> None:
    """Put routes into this order."""
    await connection.execute(
        "UPDATE routes SET position = o.position FROM unnest($1::bigint[]) WITH ORDINALITY AS o (id, position)"
        " WHERE routes.id = o.id",
        ids,
    )


async def remove_route(connection: Connection, route_id: int) -> None:
    """Remove a route."""
    await connection.execute("DELETE FROM routes WHERE id = $1 AND NOT is_default", route_id)


async def escalations(connection: Connection) -> list[Escalation]:
    """Return all escalations, by name."""
    return [_escalation(row) for row in await connection.fetch("SELECT * FROM escalations ORDER BY name")]


async def put_escalation(connection: Connection, one: Escalation) -> Escalation:
    """Change the escalation of this id, or add it when the id is 0. Those under way go on with what it says now.

    Raises:
        ConflictError: the name is taken.
    """
    steps = [{"after_minutes": step.after_minutes, "targets": _plain_targets(step.targets)} for step in one.steps]
    definition = {"steps": steps, "repeats": one.repeats, "pause_minutes": one.pause_minutes}
    return replace(one, id=await _put(connection, "escalations", one.id, one.name, definition))


async def rotas(connection: Connection) -> list[Rota]:
    """Return all rotas, by name."""
    return [_rota(row) for row in await connection.fetch("SELECT * FROM rotas ORDER BY name")]


async def put_rota(connection: Connection, one: Rota) -> Rota:
    """Change the rota of this id, or add it when the id is 0.

    Raises:
        ConflictError: the name is taken.
    """
    definition = {
        "time_zone": one.time_zone, "first_day": one.first_day.isoformat(), "handover": one.handover.isoformat(),
        "days": one.days,
        "members": [{"name": member.name, "channels": list(member.channels)} for member in one.members],
        "overrides": [
            {"begins": part.begins.isoformat(), "ends": part.ends.isoformat(), "name": part.name}
            for part in one.overrides
        ],
    }  # fmt: skip
    return replace(one, id=await _put(connection, "rotas", one.id, one.name, definition))


async def remove(connection: Connection, table: str, row_id: int) -> None:
    """Remove a row of `escalations` or `rotas`."""
    await connection.execute(f"DELETE FROM {_checked(table)} WHERE id = $1", row_id)  # noqa: S608 - checked


async def _put(connection: Connection, table: str, row_id: int, name: str, definition: Mapping[str, Any]) -> int:
    try:
        if not row_id:
            new: int = await connection.fetchval(
                f"INSERT INTO {_checked(table)} (name, definition) VALUES ($1, $2) RETURNING id",  # noqa: S608 - checked
                name, definition,
            )  # fmt: skip
            return new
        await connection.execute(
            f"UPDATE {_checked(table)} SET name = $2, definition = $3 WHERE id = $1",  # noqa: S608 - checked
            row_id, name, definition,
        )  # fmt: skip
    except asyncpg.UniqueViolationError:
        raise ConflictError("Another one has this name.") from None
    return row_id


def _checked(table: str) -> str:
    if table not in ("escalations", "rotas"):
        raise AssertionError(table)
    return table


def _plain_targets(targets: Sequence[Target]) -> list[dict[str, Any]]:
    return [{"kind": one.kind, "id": one.id} for one in targets]


def _targets(plain: Sequence[Mapping[str, Any]]) -> tuple[Target, ...]:
    return tuple(Target(TargetKind(one["kind"]), one["id"]) for one in plain)


def _plain_hours(hours: Hours) -> dict[str, Any]:
    return {
        "time_zone": hours.time_zone, "weekdays": sorted(hours.weekdays),
        "begins": hours.begins.isoformat(), "ends": hours.ends.isoformat(),
    }  # fmt: skip


def _route(row: Any) -> Route:  # noqa: ANN401 - a record of the driver
    said, hours = row["definition"], row["definition"].get("hours")
    return Route(
        row["id"], row["name"], _targets(said["targets"]), said.get("labels", {}),
        frozenset(said.get("severities", ())), frozenset(said.get("environments", ())), frozenset(said.get("tags", ())),
        hours=hours and Hours(
            hours["time_zone"], frozenset(hours["weekdays"]), time.fromisoformat(hours["begins"]),
            time.fromisoformat(hours["ends"]),
        ),
        continues=said.get("continues", False), enabled=said.get("enabled", True), default=row["is_default"],
    )  # fmt: skip


def _escalation(row: Any) -> Escalation:  # noqa: ANN401 - a record of the driver
    said = row["definition"]
    steps = tuple(Step(one["after_minutes"], _targets(one["targets"])) for one in said["steps"])
    return Escalation(row["id"], row["name"], steps, said["repeats"], said["pause_minutes"])


def _rota(row: Any) -> Rota:  # noqa: ANN401 - a record of the driver
    said = row["definition"]
    return Rota(
        row["id"], row["name"], said["time_zone"], date.fromisoformat(said["first_day"]),
        time.fromisoformat(said["handover"]), said["days"],
        tuple(Member(one["name"], tuple(one["channels"])) for one in said["members"]),
        tuple(
            Override(datetime.fromisoformat(one["begins"]), datetime.fromisoformat(one["ends"]), one["name"])
            for one in said["overrides"]
        ),
    )  # fmt: skip
