"""The hub's certificate authorities: the one in use, and those before it. Their keys are sealed."""

from dataclasses import dataclass

from opsentrix.db import Connection


@dataclass(frozen=True, slots=True)
class StoredAuthority:
    """A CA as it is kept: its certificate in PEM, and its key sealed."""

    fingerprint: str
    certificate: str
    sealed_key: bytes


async def in_use(connection: Connection) -> StoredAuthority | None:
    """Return the CA that signs now."""
    row = await connection.fetchrow(
        "SELECT fingerprint, certificate, sealed_key FROM authorities WHERE retired_at IS NULL"
    )
    return None if row is None else StoredAuthority(**dict(row))


async def add(connection: Connection, new: StoredAuthority) -> bool:
    """Keep a CA and use it from now on; False when another one is in use."""
    added: str | None = await connection.fetchval(
        """
        INSERT INTO authorities (fingerprint, certificate, sealed_key) VALUES ($1, $2, $3)
        ON CONFLICT DO NOTHING RETURNING fingerprint
        """,
        new.fingerprint, new.certificate, new.sealed_key,
    )  # fmt: skip
    return added is not None


async def retire(connection: Connection) -> None:
    """Stop using the present CA, and forget its key."""
    await connection.execute("UPDATE authorities SET retired_at = now(), sealed_key = '' WHERE retired_at IS NULL")
