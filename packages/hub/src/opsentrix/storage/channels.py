"""Channels, with their secrets sealed, and how they do."""

from datetime import datetime
from typing import Any

import asyncpg

from opsentrix.db import Connection
from opsentrix.errors import ConflictError
from opsentrix.model.channels import Channel, Health, NewChannel, Templates

_TAKEN = "Another channel has this name."


async def every(connection: Connection, *, reserved: bool = False) -> list[Channel]:
    """Return all channels, by name; those of the hub for itself only where they are asked for."""
    rows = await connection.fetch("SELECT * FROM channels WHERE id > 0 OR $1 ORDER BY name", reserved)
    return [_channel(row) for row in rows]


async def failing(connection: Connection) -> dict[str, datetime]:
    """Return since when channels fail that are on, by their names."""
    rows = await connection.fetch(
        "SELECT name, failing_since FROM channels WHERE id > 0 AND enabled AND failing_since IS NOT NULL"
    )
    return {row["name"]: row["failing_since"] for row in rows}


async def get(connection: Connection, channel_id: int) -> Channel | None:
    """Return a channel."""
    row = await connection.fetchrow("SELECT * FROM channels WHERE id = $1", channel_id)
    return None if row is None else _channel(row)


async def lock(connection: Connection, channel_id: int, *, wait: bool) -> Channel | None:
    """Return a channel, locked until the transaction ends; None when there is none, or when somebody else holds it.

    Args:
        connection: inside a transaction.
        channel_id: which.
        wait: for whoever holds it.
    """
    skip = "" if wait else " SKIP LOCKED"
    row = await connection.fetchrow(
        f"SELECT * FROM channels WHERE id = $1 FOR NO KEY UPDATE{skip}",  # noqa: S608 - constant
        channel_id,
    )
    return None if row is None else _channel(row)


async def add(connection: Connection, new: NewChannel, now: datetime) -> int:
    """Add a channel and return its id.

    Raises:
        ConflictError: the name is taken.
    """
    try:
        channel_id: int = await connection.fetchval(
            "INSERT INTO channels (name, kind, settings, sealed, enabled, allow_private, per_minute, digest_minutes,"
            " subject, body, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) RETURNING id",
            *_values(new), now,
        )  # fmt: skip
    except asyncpg.UniqueViolationError:
        raise ConflictError(_TAKEN) from None
    return channel_id


async def change(connection: Connection, channel_id: int, new: NewChannel) -> None:
    """Change a channel; what waits for it is tried at once.

    Raises:
        ConflictError: the name is taken.
    """
    try:
        await connection.execute(
            "UPDATE channels SET name = $2, kind = $3, settings = $4, sealed = $5, enabled = $6, allow_private = $7,"
            " per_minute = $8, digest_minutes = $9, subject = $10, body = $11, retry_at = NULL WHERE id = $1",
            channel_id, *_values(new),
        )  # fmt: skip
    except asyncpg.UniqueViolationError:
        raise ConflictError(_TAKEN) from None


async def remove(connection: Connection, channel_id: int) -> None:
    """Remove a channel; what it was told stays known."""
    await connection.execute("DELETE FROM channels WHERE id = $1", channel_id)


async def worked(connection: Connection, channel_id: int, now: datetime) -> None:
    """Note that a channel took something."""
    await connection.execute(
        "UPDATE channels SET failing_since = NULL, failures = 0, retry_at = NULL, last_error = '',"
        " last_sent_at = $2 WHERE id = $1",
        channel_id, now,
    )  # fmt: skip


async def refused(connection: Connection, channel_id: int, error: str) -> None:
    """Note that a channel refused one message for good, which says nothing about the next."""
    await connection.execute("UPDATE channels SET last_error = $2 WHERE id = $1", channel_id, error)


async def failed(connection: Connection, channel_id: int, now: datetime, retry_at: datetime, error: str) -> None:
    """Note that a channel failed, and when it may be tried again."""
    await connection.execute(
        "UPDATE channels SET failing_since = coalesce(failing_since, $2), failures = failures + 1, retry_at = $3,"
        " last_error = $4 WHERE id = $1",
        channel_id, now, retry_at, error,
    )  # fmt: skip


def _values(new: NewChannel) -> tuple[Any, ...]:
    return (
        new.name, new.kind, new.settings, new.sealed, new.enabled, new.allow_private, new.per_minute,
        new.digest_minutes, new.templates.subject, new.templates.body,
    )  # fmt: skip


def _channel(row: Any) -> Channel:  # noqa: ANN401 - a record of the driver
    new = NewChannel(
        row["name"], row["kind"], row["settings"], row["sealed"], row["enabled"], row["allow_private"],
        row["per_minute"], row["digest_minutes"], Templates(row["subject"], row["body"]),
    )  # fmt: skip
    health = Health(
        row["failing_since"], row["failures"], row["retry_at"], row["last_error"], row["last_sent_at"]
    )  # fmt: skip
    return Channel(row["id"], new, health, row["created_at"])
