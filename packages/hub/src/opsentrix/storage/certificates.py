"""Certificates that the hub's own CA issued to agents."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from opsentrix.db import Connection
from opsentrix.model.certificates import AgentCertificate

_COLUMNS = "serial, agent_id, authority, not_before, not_after, created_at, revoked_at, used_at"


async def add(connection: Connection, new: AgentCertificate) -> None:
    """Keep a certificate that was just signed."""
    await connection.execute(
        """
        INSERT INTO certificates (serial, agent_id, authority, not_before, not_after, created_at)
        VALUES ($1, $2, $3, $4, $5, $6)
        """,
        new.serial, new.agent_id, new.authority, new.not_before, new.not_after, new.created_at,
    )  # fmt: skip


async def count_valid(connection: Connection, agent_id: int, now: datetime) -> int | None:
    """Return how many certificates of an agent are valid, with the agent locked until the transaction ends.

    None means that there is no such agent.
    """
    if not await connection.fetchval("SELECT id FROM agents WHERE id = $1 FOR UPDATE", agent_id):
        return None
    number: int = await connection.fetchval(
        "SELECT count(*) FROM certificates WHERE agent_id = $1 AND not_after > $2 AND revoked_at IS NULL", agent_id, now
    )
    return number


@dataclass(frozen=True, slots=True)
class Standing:
    """How an agent stands with its certificates.

    Attributes:
        shown: it has shown one that is valid.
        revoked: the newest was revoked since the agent has its credential: not because it was enrolled again.
    """

    shown: bool
    revoked: bool


async def standing(connection: Connection, agent_id: int, authority: str, now: datetime) -> Standing:
    """Return how an agent stands with its certificates of one CA."""
    row = await connection.fetchrow(
        """
        SELECT
            EXISTS (
                SELECT FROM certificates
                WHERE agent_id = $1 AND authority = $2 AND not_after > $3 AND used_at IS NOT NULL
                    AND revoked_at IS NULL
            ) AS shown,
            coalesce((
                SELECT revoked_at > (
                    SELECT created_at FROM agent_credentials WHERE agent_id = $1 AND state = 'active'
                ) FROM certificates WHERE agent_id = $1
                ORDER BY created_at DESC, serial LIMIT 1
            ), false) AS revoked
        """,
        agent_id, authority, now,
    )  # fmt: skip
    return Standing(**dict(row))  # type: ignore[arg-type]  # the statement always returns one row


async def use(connection: Connection, serials: list[str]) -> None:
    """Note that certificates were shown by their agents."""
    await connection.execute(
        """
        UPDATE certificates SET used_at = clock_timestamp(), changed_at = clock_timestamp()
        WHERE serial = ANY ($1) AND used_at IS NULL
        """,
        serials,
    )


async def remove_older(connection: Connection, agent_id: int, than: datetime) -> None:
    """Forget an agent's certificates that expired before this."""
    await connection.execute("DELETE FROM certificates WHERE agent_id = $1 AND not_after < $2", agent_id, than)


async def changed(connection: Connection, since: datetime | None) -> list[tuple[AgentCertificate, datetime]]:
    """Return what was issued or revoked at this time or later, with the time of that; without a time, everything."""
    rows = await connection.fetch(
        f"""
        SELECT {_COLUMNS}, changed_at FROM certificates WHERE $1::timestamptz IS NULL OR changed_at >= $1
        ORDER BY changed_at
        """,  # noqa: S608 - constant
        since,
    )
    return [(_certificate(row), row["changed_at"]) for row in rows]


async def owner(connection: Connection, serial: str) -> int | None:
    """Return the agent that a certificate was issued to; None when there is none with this serial number."""
    found: int | None = await connection.fetchval("SELECT agent_id FROM certificates WHERE serial = $1", serial)
    return found


async def newest(connection: Connection, agent_ids: Collection[int] | None, limit: int) -> list[AgentCertificate]:
    """Return certificates of some agents or of all, newest first."""
    rows = await connection.fetch(
        f"""
        SELECT {_COLUMNS} FROM certificates WHERE $1::bigint[] IS NULL OR agent_id = ANY ($1)
        ORDER BY created_at DESC, serial LIMIT $2
        """,  # noqa: S608 - constant
        None if agent_ids is None else list(agent_ids), limit,
    )  # fmt: skip
    return [_certificate(row) for row in rows]


async def revoke(connection: Connection, serial: str | None, agent_id: int | None) -> list[AgentCertificate]:
    """Revoke one certificate by its serial number, or all of an agent; return those that were not revoked before."""
    rows = await connection.fetch(
        f"""
        UPDATE certificates SET revoked_at = now(), changed_at = clock_timestamp()
        WHERE (serial = $1 OR agent_id = $2) AND revoked_at IS NULL RETURNING {_COLUMNS}
        """,  # noqa: S608 - constant
        serial, agent_id,
    )  # fmt: skip
    return [_certificate(row) for row in rows]


def _certificate(row: Any) -> AgentCertificate:  # noqa: ANN401 - asyncpg's Record has no types
    return AgentCertificate(
        row["serial"], row["agent_id"], row["authority"], row["not_before"], row["not_after"], row["created_at"],
        row["revoked_at"], row["used_at"],
    )  # fmt: skip
