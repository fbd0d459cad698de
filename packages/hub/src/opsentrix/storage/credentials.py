"""Credentials of agents, kept as hashes."""

from datetime import datetime
from typing import Any

from opsentrix.db import Connection
from opsentrix.model.identity import Credential, CredentialState

_COLUMNS = "hash, agent_id, state, created_at, expires_at"


async def everything(connection: Connection) -> list[Credential]:
    """Return the credentials of all agents."""
    return [_credential(row) for row in await connection.fetch(f"SELECT {_COLUMNS} FROM agent_credentials")]  # noqa: S608 - constant


async def of_agent(connection: Connection, agent_id: int) -> list[Credential]:
    """Return the credentials of one agent, the newest first."""
    rows = await connection.fetch(
        f"SELECT {_COLUMNS} FROM agent_credentials WHERE agent_id = $1 ORDER BY created_at DESC",  # noqa: S608 - constant
        agent_id,
    )
    return [_credential(row) for row in rows]


async def add_active(connection: Connection, agent_id: int, credential_hash: bytes) -> Credential:
    """Make this the agent's only credential that is worth something; those before are revoked."""
    await revoke(connection, agent_id)
    row = await connection.fetchrow(
        f"INSERT INTO agent_credentials (hash, agent_id, state) VALUES ($1, $2, 'active') RETURNING {_COLUMNS}",  # noqa: S608 - constant
        credential_hash, agent_id,
    )  # fmt: skip
    return _credential(row)


async def offer(connection: Connection, agent_id: int, credential_hash: bytes, proof: bytes) -> Credential | None:
    """Keep what an agent offers in place of what it offered before.

    Args:
        connection: inside a transaction.
        agent_id: who offers it.
        credential_hash: what it offers.
        proof: hash of the credential by which it is known; revoking and enrolling again hold the same lock.

    Returns:
        What it offers; None when the proof is worth nothing any more, or what is offered is another's or over.
    """
    await connection.execute("SELECT FROM agents WHERE id = $1 FOR UPDATE", agent_id)
    known = await connection.fetchval(
        "SELECT true FROM agent_credentials WHERE agent_id = $1 AND hash = $2 AND state <> 'revoked'", agent_id, proof
    )
    if not known:
        return None
    await connection.execute(
        "DELETE FROM agent_credentials WHERE agent_id = $1 AND state = 'offered' AND hash <> $2",
        agent_id, credential_hash,
    )  # fmt: skip
    await connection.execute(
        "INSERT INTO agent_credentials (hash, agent_id, state) VALUES ($1, $2, 'offered') ON CONFLICT DO NOTHING",
        credential_hash, agent_id,
    )  # fmt: skip
    row = await connection.fetchrow(
        f"SELECT {_COLUMNS} FROM agent_credentials"  # noqa: S608 - constant
        " WHERE hash = $1 AND agent_id = $2 AND state IN ('offered', 'active')",
        credential_hash, agent_id,
    )  # fmt: skip
    return None if row is None else _credential(row)


async def activate(connection: Connection, agent_id: int, credential_hash: bytes, expires_at: datetime | None) -> bool:
    """Make an offered credential the active one; False when it is not offered any more.

    Args:
        connection: inside a transaction.
        agent_id: whose it is.
        credential_hash: which.
        expires_at: when the active one retires for good; without it, all others are revoked at once.
    """
    held = await connection.fetchval(
        "SELECT true FROM agent_credentials WHERE agent_id = $1 AND hash = $2 AND state = 'offered' FOR UPDATE",
        agent_id, credential_hash,
    )  # fmt: skip
    if not held:
        return False
    if expires_at is None:
        await connection.execute(
            "UPDATE agent_credentials SET state = 'revoked', expires_at = NULL WHERE agent_id = $1 AND hash <> $2",
            agent_id, credential_hash,
        )  # fmt: skip
    else:
        await connection.execute(
            "UPDATE agent_credentials SET state = 'retiring', expires_at = $2 WHERE agent_id = $1 AND state = 'active'",
            agent_id, expires_at,
        )  # fmt: skip
    await connection.execute("UPDATE agent_credentials SET state = 'active' WHERE hash = $1", credential_hash)
    return True


async def revoke(connection: Connection, agent_id: int) -> None:
    """Make all credentials of an agent worthless; they are kept so that who uses them can be told."""
    await connection.execute(
        "UPDATE agent_credentials SET state = 'revoked', expires_at = NULL WHERE agent_id = $1 AND state <> 'revoked'",
        agent_id,
    )


async def remove_expired(connection: Connection, now: datetime) -> list[bytes]:
    """Remove those that have retired and return their hashes."""
    rows = await connection.fetch(
        "DELETE FROM agent_credentials WHERE state = 'retiring' AND expires_at <= $1 RETURNING hash", now
    )
    return [row["hash"] for row in rows]


def _credential(row: Any) -> Credential:  # noqa: ANN401 - asyncpg's Record has no types
    return Credential(**{**dict(row), "state": CredentialState(row["state"])})
