"""The audit log: who did what to what, and from where. Entries are only ever added; model/audit.py has the chain."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from opsentrix.db import Connection
from opsentrix.model.audit import Checkpoint, Content, Entry, Link, content_of

_COLUMNS = "number, time, actor, action, target, address, result, before, after, detail, hash"


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which entries are wanted; what is empty filters nothing.

    Attributes:
        actors: whole names, such as `user:ann`.
        actions: whole names, or nouns that end in a dot for all of their verbs, such as `agent.`.
        targets: whole names.
        results: one of `Result`.
        since: this moment and later.
        until: before this moment.
        text: in actor, action, target, address, or anywhere in what was changed.
    """

    actors: Sequence[str] = ()
    actions: Sequence[str] = ()
    targets: Sequence[str] = ()
    results: Sequence[str] = ()
    since: datetime | None = None
    until: datetime | None = None
    text: str = ""


async def add(
    connection: Connection,
    actor: str,
    action: str,
    target: str,
    address: str,
    *,
    result: str = "ok",
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
    **detail: object,
) -> None:
    """Write one entry, in the transaction of the change that it tells of. It gets its number and hash at its commit.

    Args:
        connection: inside the change's transaction.
        actor: `user:<name>`, `agent:<id>` or `hub`.
        action: noun and verb, such as `agent.delete`.
        target: what was acted on, such as `agent:12`.
        address: where the request came from; empty for the hub itself.
        result: `ok`, `refused` or `failed`.
        before: what was changed, as it was before; never a secret.
        after: the same as it is now.
        detail: more about it; never a secret. Each of these three is cut when its JSON is larger than 8 KiB.
    """
    content = content_of(actor, action, target, address, result=result, before=before, after=after, detail=detail)
    await connection.execute(
        "INSERT INTO audit_log (actor, action, target, address, result, before, after, detail, content)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        content.actor, content.action, content.target, content.address, content.result, content.before, content.after,
        content.detail or {}, content.digest(),
    )  # fmt: skip


async def newest(connection: Connection, wanted: AuditFilter, before: int | None, limit: int) -> list[Entry]:
    """Return entries, the newest first, from before a number."""
    rows = await connection.fetch(
        f"""
        SELECT {_COLUMNS} FROM audit_log
        WHERE number < coalesce($1, 9223372036854775807)
            AND ($2::text[] = '{{}}' OR actor = ANY ($2))
            AND ($3::text[] = '{{}}' OR action = ANY ($3) OR split_part(action, '.', 1) || '.' = ANY ($3))
            AND ($4::text[] = '{{}}' OR target = ANY ($4))
            AND ($5::text[] = '{{}}' OR result = ANY ($5))
            AND ($6::timestamptz IS NULL OR time >= $6)
            AND ($7::timestamptz IS NULL OR time < $7)
            AND ($8 = ''
                OR strpos(lower(concat_ws(' ', actor, action, target, address, before, after, detail)), $8) > 0)
        ORDER BY number DESC LIMIT $9
        """,  # noqa: S608 - columns of ours
        before, wanted.actors, wanted.actions, wanted.targets, wanted.results, wanted.since, wanted.until,
        wanted.text.lower(), limit,
    )  # fmt: skip
    return [_entry(row) for row in rows]


async def following(connection: Connection, number: int, limit: int) -> list[Entry]:
    """Return the entries that come next after a number, oldest first."""
    rows = await connection.fetch(
        f"SELECT {_COLUMNS} FROM audit_log WHERE number > $1 ORDER BY number LIMIT $2",  # noqa: S608 - columns of ours
        number, limit,
    )  # fmt: skip
    return [_entry(row) for row in rows]


async def actions(connection: Connection) -> list[str]:
    """Return the actions that the log has, sorted."""
    # From one value to the next by the index: a DISTINCT would read all entries.
    rows = await connection.fetch(
        """
        WITH RECURSIVE known AS (
            SELECT min(action) AS action FROM audit_log
            UNION ALL
            SELECT (SELECT min(action) FROM audit_log WHERE action > known.action) FROM known WHERE action IS NOT NULL
        )
        SELECT action FROM known WHERE action IS NOT NULL
        """
    )
    return [row["action"] for row in rows]


async def ends(connection: Connection) -> tuple[Link, Link]:
    """Return the link that the oldest entry follows, which is the last one that retention removed, and the newest."""
    row = await connection.fetchrow("SELECT * FROM audit_head")
    if row is None:
        raise AssertionError("the migration made the row")
    return Link(row["anchor_number"], row["anchor_hash"]), Link(row["number"], row["hash"])


async def head(connection: Connection) -> Link | None:
    """Return the newest link of any database; None when it has no chain."""
    if await connection.fetchval("SELECT to_regclass('audit_head')") is None:
        return None
    return (await ends(connection))[1]


async def link(connection: Connection, number: int) -> Link | None:
    """Return the link of one entry, or None when there is none of this number."""
    found: bytes | None = await connection.fetchval("SELECT hash FROM audit_log WHERE number = $1", number)
    return None if found is None else Link(number, found)


async def checkpoints(connection: Connection, after: int, until: int) -> list[Checkpoint]:
    """Return the checkpoints of entries after a number and up to another, oldest first."""
    rows = await connection.fetch(
        "SELECT * FROM audit_checkpoints WHERE number > $1 AND number <= $2 ORDER BY number", after, until
    )
    return [_checkpoint(row) for row in rows]


async def last_checkpoint(connection: Connection) -> Checkpoint | None:
    """Return the newest checkpoint."""
    row = await connection.fetchrow("SELECT * FROM audit_checkpoints ORDER BY number DESC LIMIT 1")
    return None if row is None else _checkpoint(row)


async def add_checkpoint(connection: Connection, new: Checkpoint) -> None:
    """Keep a checkpoint; it takes the place of one at the same entry."""
    await connection.execute(
        "INSERT INTO audit_checkpoints (number, hash, signed_at, public_key, signature) VALUES ($1, $2, $3, $4, $5)"
        " ON CONFLICT (number) DO UPDATE SET hash = excluded.hash, signed_at = excluded.signed_at,"
        " public_key = excluded.public_key, signature = excluded.signature",
        new.link.number, new.link.hash, new.signed_at, new.public_key, new.signature,
    )  # fmt: skip


async def keys(connection: Connection) -> list[tuple[bytes, bytes]]:
    """Return the signing keys, newest first: public half, and sealed private half."""
    rows = await connection.fetch("SELECT public_key, sealed FROM audit_keys ORDER BY id DESC")
    return [(row["public_key"], row["sealed"]) for row in rows]


async def add_key(connection: Connection, public_key: bytes, sealed: bytes) -> None:
    """Keep a signing key."""
    await connection.execute("INSERT INTO audit_keys (public_key, sealed) VALUES ($1, $2)", public_key, sealed)


async def prune(connection: Connection, before: datetime) -> tuple[Link, int] | None:
    """Remove entries up to the oldest checkpoint whose entry is from before this moment.

    Call it inside a transaction, and write an entry that tells of it in the same.

    Returns:
        The link of the newest entry that went, and how many went; None when there is no such checkpoint.
    """
    row = await connection.fetchrow(
        """
        UPDATE audit_head SET anchor_number = found.number, anchor_hash = found.hash
        FROM (
            SELECT c.number, c.hash FROM audit_checkpoints c JOIN audit_log l ON l.number = c.number AND l.hash = c.hash
            WHERE l.time < $1 ORDER BY c.number LIMIT 1
        ) found
        RETURNING anchor_number, anchor_hash
        """,
        before,
    )
    if row is None:
        return None
    done = await connection.execute("DELETE FROM audit_log WHERE number <= $1", row["anchor_number"])
    await connection.execute("DELETE FROM audit_checkpoints WHERE number < $1", row["anchor_number"])
    return Link(row["anchor_number"], row["anchor_hash"]), int(done.split()[-1])


def _entry(row: Any) -> Entry:  # noqa: ANN401 - a record of the driver
    content = Content(
        row["actor"], row["action"], row["target"], row["address"], row["result"], row["before"], row["after"],
        row["detail"],
    )  # fmt: skip
    return Entry(row["number"], row["time"], content, row["hash"])


def _checkpoint(row: Any) -> Checkpoint:  # noqa: ANN401 - a record of the driver
    link = Link(row["number"], row["hash"])
    return Checkpoint(link, row["signed_at"], row["public_key"], row["signature"])
