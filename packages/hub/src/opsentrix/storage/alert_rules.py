"""Alert rules with their versions and overrides."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from opsentrix.db import Connection
from opsentrix.model.rules import Severity
from opsentrix.model.stored_alerts import NewRule, RuleOverride, StoredRule

_COLUMNS = """
    id, name, version, enabled, severity, definition, labels, annotations, group_by, loss, changed_at, changed_by,
    group_id
"""


async def begin_defaults(connection: Connection, now: datetime) -> bool:
    """Note that the default rules are being added; False when that was done before, whatever became of them."""
    first: bool | None = await connection.fetchval(
        "INSERT INTO alert_defaults (added_at) VALUES ($1) ON CONFLICT DO NOTHING RETURNING true", now
    )
    return first is not None


async def begin_hub_defaults(connection: Connection, now: datetime) -> bool:
    """Do the same for the rules about the hub itself, which came later; after `begin_defaults`."""
    first: bool | None = await connection.fetchval(
        "UPDATE alert_defaults SET hub_added_at = $1 WHERE hub_added_at IS NULL RETURNING true", now
    )
    return first is not None


async def add(connection: Connection, new: NewRule, by: str, now: datetime) -> StoredRule:
    """Add a rule and return it; this is its version 1."""
    row = await connection.fetchrow(
        f"""
        INSERT INTO alert_rules (name, enabled, severity, definition, labels, annotations, group_by, loss, group_id,
            created_at, changed_at, changed_by)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10, $11) RETURNING {_COLUMNS}
        """,  # noqa: S608 - constant
        *_said(new), now, by,
    )  # fmt: skip
    return await _remembered(connection, _rule(row))


async def change(connection: Connection, rule_id: int, new: NewRule, by: str, now: datetime) -> StoredRule | None:
    """Give a rule a new version and return it; None when there is no such rule."""
    row = await connection.fetchrow(
        f"""
        UPDATE alert_rules SET name = $1, enabled = $2, severity = $3, definition = $4, labels = $5, annotations = $6,
            group_by = $7, loss = $8, group_id = $9, changed_at = $10, changed_by = $11, version = version + 1
        WHERE id = $12 RETURNING {_COLUMNS}
        """,  # noqa: S608 - constant
        *_said(new), now, by, rule_id,
    )  # fmt: skip
    return None if row is None else await _remembered(connection, _rule(row))


async def remove(connection: Connection, rule_id: int) -> bool:
    """Delete a rule with its versions and overrides; False when there is none. End its alerts first."""
    found: int | None = await connection.fetchval("DELETE FROM alert_rules WHERE id = $1 RETURNING id", rule_id)
    return found is not None


async def get(connection: Connection, rule_id: int) -> StoredRule | None:
    """Return a rule."""
    row = await connection.fetchrow(f"SELECT {_COLUMNS} FROM alert_rules WHERE id = $1", rule_id)  # noqa: S608
    return None if row is None else _rule(row)


async def everyone(connection: Connection, *, reserved: bool = False) -> list[StoredRule]:
    """Return all rules, the oldest first; those of the hub for itself only where they are asked for."""
    rows = await connection.fetch(
        f"SELECT {_COLUMNS} FROM alert_rules WHERE id > 0 OR $1 ORDER BY id",  # noqa: S608 - constant
        reserved,
    )
    return [_rule(row) for row in rows]


async def names(connection: Connection) -> list[str]:
    """Return the names of all rules, without those of the hub for itself."""
    return [row["name"] for row in await connection.fetch("SELECT name FROM alert_rules WHERE id > 0 ORDER BY id")]


async def existing(connection: Connection, rule_ids: Collection[int]) -> set[int]:
    """Return those of some ids that rules have, those of the hub for itself included."""
    rows = await connection.fetch("SELECT id FROM alert_rules WHERE id = ANY ($1)", list(rule_ids))
    return {row["id"] for row in rows}


async def count(connection: Connection) -> int:
    """Return how many rules there are, without those of the hub for itself."""
    number: int = await connection.fetchval("SELECT count(*) FROM alert_rules WHERE id > 0")
    return number


async def versions(connection: Connection, rule_id: int, limit: int) -> list[dict[str, Any]]:
    """Return the newest versions of a rule: `version`, `body`, `changed_at`, `changed_by`."""
    rows = await connection.fetch(
        """
        SELECT version, body, changed_at, changed_by FROM alert_rule_versions
        WHERE rule_id = $1 ORDER BY version DESC LIMIT $2
        """,
        rule_id,
        limit,
    )
    return [dict(row) for row in rows]


async def version_at(
    connection: Connection, rule_id: int, moment: datetime
) -> tuple[StoredRule | None, datetime] | None:
    """Return a rule as it was at a moment, and when it was made; None where there is no such rule.

    It is None before it was made. Its `changed_at` and `changed_by` are that version's.
    """
    row = await connection.fetchrow(
        """
        SELECT r.created_at, v.version, v.body, v.changed_at, v.changed_by
        FROM alert_rules r LEFT JOIN LATERAL (
            SELECT * FROM alert_rule_versions WHERE rule_id = r.id AND changed_at <= $2 ORDER BY version DESC LIMIT 1
        ) v ON true
        WHERE r.id = $1
        """,
        rule_id,
        moment,
    )
    if row is None:
        return None
    if row["version"] is None:
        return None, row["created_at"]
    body = {"group_id": None, **row["body"]}
    there = {key: row[key] for key in ("version", "changed_at", "changed_by")}
    return _rule({"id": rule_id, **body, **there}), row["created_at"]


async def override_of(connection: Connection, rule_id: int, agent_id: int) -> tuple[RuleOverride, datetime, str] | None:
    """Return what holds for an agent instead, since when, and who wanted it."""
    row = await connection.fetchrow(
        """
        SELECT rule_id, agent_id, threshold, enabled, changed_at, changed_by FROM alert_rule_overrides
        WHERE (rule_id, agent_id) = ($1, $2)
        """,
        rule_id,
        agent_id,
    )
    if row is None:
        return None
    one = RuleOverride(row["rule_id"], row["agent_id"], row["threshold"], row["enabled"])
    return one, row["changed_at"], row["changed_by"]


async def overrides(connection: Connection, rule_id: int | None = None) -> list[RuleOverride]:
    """Return what holds for single agents instead, of one rule or of all."""
    rows = await connection.fetch(
        """
        SELECT rule_id, agent_id, threshold, enabled FROM alert_rule_overrides
        WHERE $1::bigint IS NULL OR rule_id = $1 ORDER BY rule_id, agent_id
        """,
        rule_id,
    )
    return [RuleOverride(**dict(row)) for row in rows]


async def override(connection: Connection, one: RuleOverride, by: str, now: datetime) -> None:
    """Set what holds for one agent instead."""
    await connection.execute(
        """
        INSERT INTO alert_rule_overrides (rule_id, agent_id, threshold, enabled, changed_at, changed_by)
        VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (rule_id, agent_id) DO UPDATE SET threshold = excluded.threshold, enabled = excluded.enabled,
            changed_at = excluded.changed_at, changed_by = excluded.changed_by
        """,
        one.rule_id, one.agent_id, one.threshold, one.enabled, now, by,
    )  # fmt: skip


async def remove_override(connection: Connection, rule_id: int, agent_id: int) -> bool:
    """Let the rule hold for an agent as it is; False when it did."""
    found: int | None = await connection.fetchval(
        "DELETE FROM alert_rule_overrides WHERE rule_id = $1 AND agent_id = $2 RETURNING rule_id", rule_id, agent_id
    )
    return found is not None


async def _remembered(connection: Connection, rule: StoredRule) -> StoredRule:
    body = {
        "name": rule.name, "enabled": rule.enabled, "severity": rule.severity, "definition": rule.definition,
        "labels": rule.labels, "annotations": rule.annotations, "group_by": rule.group_by, "loss": rule.loss,
        "group_id": rule.group_id,
    }  # fmt: skip
    await connection.execute(
        "INSERT INTO alert_rule_versions (rule_id, version, body, changed_at, changed_by) VALUES ($1, $2, $3, $4, $5)",
        rule.id, rule.version, body, rule.changed_at, rule.changed_by,
    )  # fmt: skip
    return rule


def _said(new: NewRule) -> tuple[object, ...]:
    return (
        new.name, new.enabled, new.severity, new.definition, new.labels, new.annotations, list(new.group_by), new.loss,
        new.group_id,
    )  # fmt: skip


def _rule(row: Any) -> StoredRule:  # noqa: ANN401 - asyncpg's Record has no types
    return StoredRule(**{**dict(row), "severity": Severity(row["severity"]), "group_by": tuple(row["group_by"])})
