"""Second factors: secrets of one-time passwords, sealed, and recovery codes, kept as hashes."""

from collections.abc import Sequence
from datetime import datetime

from opsentrix.db import Connection


async def put_pending(connection: Connection, user_id: int, sealed: bytes) -> bool:
    """Keep a secret that is not confirmed yet; False when the user has a confirmed one."""
    done: int | None = await connection.fetchval(
        """
        INSERT INTO user_totp (user_id, sealed) VALUES ($1, $2)
        ON CONFLICT (user_id) DO UPDATE SET sealed = excluded.sealed, last_step = 0
            WHERE user_totp.confirmed_at IS NULL
        RETURNING user_id
        """,
        user_id, sealed,
    )  # fmt: skip
    return done is not None


async def sealed_of(connection: Connection, user_id: int, *, confirmed: bool) -> bytes | None:
    """Return the sealed secret, of a confirmed factor or of one that waits to be."""
    found: bytes | None = await connection.fetchval(
        "SELECT sealed FROM user_totp WHERE user_id = $1 AND (confirmed_at IS NOT NULL) = $2", user_id, confirmed
    )
    return found


async def confirm(connection: Connection, user_id: int, sealed: bytes, step: int, now: datetime) -> bool:
    """Make a waiting factor count; False when it was replaced or confirmed meanwhile."""
    done: int | None = await connection.fetchval(
        "UPDATE user_totp SET confirmed_at = $4, last_step = $3"
        " WHERE user_id = $1 AND sealed = $2 AND confirmed_at IS NULL RETURNING user_id",
        user_id, sealed, step, now,
    )  # fmt: skip
    return done is not None


async def use_step(connection: Connection, user_id: int, step: int) -> bool:
    """Use a time step up, and all before it; False when that was done already."""
    done: int | None = await connection.fetchval(
        "UPDATE user_totp SET last_step = $2 WHERE user_id = $1 AND last_step < $2 RETURNING user_id", user_id, step
    )
    return done is not None


async def remove(connection: Connection, user_id: int) -> bool:
    """Remove a user's second factor and recovery codes; False when there was none."""
    await connection.execute("DELETE FROM recovery_codes WHERE user_id = $1", user_id)
    done: bool | None = await connection.fetchval(
        "DELETE FROM user_totp WHERE user_id = $1 RETURNING confirmed_at IS NOT NULL", user_id
    )
    return bool(done)


async def put_codes(connection: Connection, user_id: int, hashes: Sequence[bytes]) -> None:
    """Replace a user's recovery codes."""
    await connection.execute("DELETE FROM recovery_codes WHERE user_id = $1", user_id)
    await connection.executemany(
        "INSERT INTO recovery_codes (user_id, code_hash) VALUES ($1, $2)", [(user_id, one) for one in hashes]
    )


async def use_code(connection: Connection, user_id: int, code_hash: bytes) -> bool:
    """Use a recovery code up; False when the user has none such."""
    done: bytes | None = await connection.fetchval(
        "DELETE FROM recovery_codes WHERE user_id = $1 AND code_hash = $2 RETURNING code_hash", user_id, code_hash
    )
    return done is not None


async def codes_left(connection: Connection, user_id: int) -> int:
    """Return how many recovery codes a user has left."""
    number: int = await connection.fetchval("SELECT count(*) FROM recovery_codes WHERE user_id = $1", user_id)
    return number
