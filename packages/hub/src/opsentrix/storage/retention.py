"""Rules of retention, and removing what they no longer keep."""

from collections.abc import Sequence
from typing import Any

import asyncpg

from opsentrix.db import Connection
from opsentrix.errors import ConflictError
from opsentrix.model.retention import Days, RetentionRule
from opsentrix.model.tiers import HOUR, MINUTE, SECOND, Tier
from opsentrix.storage.times import timestamp

_COLUMNS = {SECOND: "keep_1s_days", MINUTE: "keep_1m_days", HOUR: "keep_1h_days"}


async def rules(connection: Connection) -> list[RetentionRule]:
    """Return all rules, oldest first."""
    return [_rule(row) for row in await connection.fetch("SELECT * FROM retention_rules ORDER BY id")]


async def add(connection: Connection, environment: str | None, tag: str | None, days: Days) -> RetentionRule:
    """Add a rule.

    Raises:
        ConflictError: there is one for this environment or tag.
    """
    try:
        row = await connection.fetchrow(
            "INSERT INTO retention_rules (environment, tag, keep_1s_days, keep_1m_days, keep_1h_days)"
            " VALUES ($1, $2, $3, $4, $5) RETURNING *",
            environment, tag, *(days.get(tier) for tier in _COLUMNS),
        )  # fmt: skip
    except asyncpg.UniqueViolationError:
        raise ConflictError("There is a rule for this environment or tag already: change that one.") from None
    return _rule(row)


async def change(connection: Connection, rule_id: int, days: Days) -> RetentionRule | None:
    """Change how long a rule keeps; None when there is no such rule."""
    row = await connection.fetchrow(
        "UPDATE retention_rules SET keep_1s_days = $2, keep_1m_days = $3, keep_1h_days = $4 WHERE id = $1 RETURNING *",
        rule_id, *(days.get(tier) for tier in _COLUMNS),
    )  # fmt: skip
    return None if row is None else _rule(row)


async def get(connection: Connection, rule_id: int) -> RetentionRule | None:
    """Return a rule, locked until the transaction ends."""
    row = await connection.fetchrow("SELECT * FROM retention_rules WHERE id = $1 FOR UPDATE", rule_id)
    return None if row is None else _rule(row)


async def remove(connection: Connection, rule_id: int) -> bool:
    """Remove a rule; False when there is none."""
    return await connection.fetchval("DELETE FROM retention_rules WHERE id = $1 RETURNING id", rule_id) is not None


async def remove_before(connection: Connection, tier: Tier, agent_ids: Sequence[int], before_ms: int) -> int:
    """Remove what a tier holds of agents from before this (Unix ms), and return how many rows that were.

    Of the finest tier that includes frames: they would become such rows.
    """
    removed = 0
    for table in (tier.table, "agent_metrics") if tier is SECOND else (tier.table,):
        status = await connection.execute(
            f"DELETE FROM {table} WHERE agent_id = ANY ($1) AND time < $2",  # noqa: S608 - constant
            agent_ids, timestamp(before_ms),
        )  # fmt: skip
        removed += int(status.rsplit(" ", 1)[1])
    return removed


async def shortened(connection: Connection, limit: int) -> list[dict[str, Any]]:
    """Return the newest entries of the audit log that say what the disk guard dropped: `time` and `target`."""
    rows = await connection.fetch(
        "SELECT time, target FROM audit_log WHERE action = 'disk_guard.drop' ORDER BY id DESC LIMIT $1", limit
    )
    return [dict(row) for row in rows]


async def database_bytes(connection: Connection) -> int:
    """Return the size of this database."""
    size: int = await connection.fetchval("SELECT pg_database_size(current_database())")
    return size


def _rule(row: Any) -> RetentionRule:  # noqa: ANN401 - asyncpg's Record has no types
    days = {tier: row[column] for tier, column in _COLUMNS.items() if row[column] is not None}
    return RetentionRule(row["id"], row["environment"], row["tag"], days)
