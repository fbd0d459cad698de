"""Streams the audit log as a file that can be verified without the hub; model/audit_file.py has the format."""

from collections.abc import AsyncGenerator
from datetime import datetime

from opsentrix.db import Database
from opsentrix.model.audit import Link
from opsentrix.model.audit_file import checkpoint_line, end_line, entry_line, head_line
from opsentrix.storage import audit

_AT_ONCE = 500


async def stream(database: Database, hub: str, now: datetime, end: Link | None) -> AsyncGenerator[bytes, None]:
    """Yield the file piece by piece. What is stored goes out as it is: whether it is whole, its reader verifies.

    Args:
        database: the hub's.
        hub: its URL.
        now: when.
        end: the last entry that goes in, signed where that was possible; None for the newest.

    Raises:
        UnavailableError: the database is away.
    """
    async with database.connection() as connection:
        anchor, newest = await audit.ends(connection)
        signed = await audit.checkpoints(connection, anchor.number - 1, anchor.number)
    end = end or newest
    yield head_line(hub, now, anchor) + b"".join(checkpoint_line(one) for one in signed)
    last = anchor.number
    while last < end.number:
        async with database.connection() as connection:
            entries = [one for one in await audit.following(connection, last, _AT_ONCE) if one.number <= end.number]
            if not entries:
                break
            signed = await audit.checkpoints(connection, last, entries[-1].number)
        behind = {one.link.number: checkpoint_line(one) for one in signed}
        yield b"".join(entry_line(one) + behind.get(one.number, b"") for one in entries)
        last = entries[-1].number
    yield end_line(end)
