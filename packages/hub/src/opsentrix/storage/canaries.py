"""Canaries: their times, and the removal of all that they leave behind them in the tables of alerts."""

from collections.abc import Mapping
from datetime import datetime

from opsentrix.db import Connection
from opsentrix.model.watching import CANARY_RULE, CanaryRecord, Stage, key_of

_STAGES = ", ".join(Stage)


async def begin(connection: Connection, instance: str, now: datetime) -> int:
    """Note that a canary sets out; return its number."""
    number: int = await connection.fetchval(
        "INSERT INTO canaries (instance, sampled) VALUES ($1, $2) RETURNING number", instance, now
    )
    return number


async def mark(connection: Connection, number: int, stages: Mapping[Stage, datetime]) -> None:
    """Note when a canary came through stages; what is known stays. The plan's time is that of its notice."""
    given = [stages.get(one) for one in Stage]
    known = ", ".join(f"{one} = coalesce(c.{one}, ${place})" for place, one in enumerate(Stage, 2))
    await connection.execute(f"UPDATE canaries c SET {known} WHERE number = $1", number, *given)  # noqa: S608 - constant
    await connection.execute(
        """
        UPDATE canaries c SET planned = n.planned_at FROM notifications n
        WHERE c.number = $1 AND c.planned IS NULL AND n.incident_id = -c.number AND n.kind = 'opened'
            AND n.planned_at IS NOT NULL
        """,
        number,
    )


async def lose(connection: Connection, instance: str) -> None:
    """Give up the canaries of a hub process that were not received: it sends the next."""
    await connection.execute(
        "UPDATE canaries SET lost = true WHERE received IS NULL AND NOT lost AND instance = $1", instance
    )


async def get(connection: Connection, number: int) -> CanaryRecord | None:
    """Return a canary."""
    row = await connection.fetchrow(f"SELECT number, instance, lost, {_STAGES} FROM canaries WHERE number = $1", number)  # noqa: S608
    return None if row is None else _record(dict(row))


async def since(connection: Connection, first: datetime, limit: int) -> list[CanaryRecord]:
    """Return the newest canaries since a moment, in order."""
    rows = await connection.fetch(
        f"""
        SELECT number, instance, lost, {_STAGES} FROM canaries WHERE sampled >= $1
        ORDER BY sampled DESC, number DESC LIMIT $2
        """,  # noqa: S608 - constant
        first,
        limit,
    )
    return [_record(dict(row)) for row in reversed(rows)]


async def sweep(connection: Connection, before: datetime, forget: datetime, instance: str = "") -> None:
    """Remove all that canaries from before a moment left, but for their times; those go from before `forget`.

    Args:
        connection: inside a transaction that holds the locks of alerts and incidents.
        before: what is older has had time enough to end.
        forget: rows of canaries from before it go, too.
        instance: of this one also the canaries since then: it is about to start, so nothing goes on with them.
    """
    rows = await connection.fetch(
        "SELECT number FROM canaries WHERE sampled < $1 OR instance = $2", before, instance
    )  # fmt: skip
    numbers = [row["number"] for row in rows]
    keys = [key_of(number) for number in numbers]
    incidents = [-number for number in numbers]
    await connection.execute("DELETE FROM alert_instances WHERE fingerprint = ANY ($1)", keys)
    await connection.execute("DELETE FROM alert_events WHERE fingerprint = ANY ($1)", keys)
    await connection.execute("DELETE FROM incidents WHERE id = ANY ($1)", incidents)
    await connection.execute("DELETE FROM notifications WHERE incident_id = ANY ($1)", incidents)
    await connection.execute("DELETE FROM canaries WHERE sampled < $1", forget)
    # Of canaries that are forgotten: a hub that was away for days has not seen them.
    await connection.execute("DELETE FROM incidents WHERE id < 0 AND opened_at < $1", forget)
    await connection.execute("DELETE FROM notifications WHERE incident_id < 0 AND created_at < $1", forget)
    await connection.execute("DELETE FROM alert_instances WHERE rule_id = $1 AND changed_at < $2", CANARY_RULE, forget)


def _record(row: dict[str, object]) -> CanaryRecord:
    stages = {stage: at for stage in Stage if isinstance(at := row[stage], datetime)}
    return CanaryRecord(int(str(row["number"])), str(row["instance"]), stages, bool(row["lost"]))
