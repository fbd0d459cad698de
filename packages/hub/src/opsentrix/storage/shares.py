"""Shares, their secrets kept as hashes."""

from datetime import datetime, timedelta
from typing import Any

from opsentrix.db import Connection
from opsentrix.model.shares import NewShare, Place, PlaceKind, Share, SharedDashboard
from opsentrix.model.users import Scope
from opsentrix.storage.users import USER_COLUMNS, user_of

_KEPT_EXPIRED = timedelta(days=30)
_SHARES = f"""
    SELECT s.id AS share_id, s.label, s.place, s.search, s.scope_environments AS share_environments,
        s.scope_tags AS share_tags, s.created_at AS made_at, s.expires_at, s.last_used_at, {USER_COLUMNS},
        d.id AS dashboard, d.name AS dashboard_name, d.spec
    FROM shares s JOIN users u ON u.id = s.user_id
    LEFT JOIN dashboards d ON d.id = s.dashboard_id AND d.deleted_at IS NULL
"""  # noqa: S608 - constant


async def add(connection: Connection, user_id: int, secret_hash: bytes, new: NewShare, now: datetime) -> int:
    """Keep a new share and return its number; those that expired long ago are cleared at the same time."""
    await connection.execute("DELETE FROM shares WHERE expires_at < $1", now - _KEPT_EXPIRED)
    number: int = await connection.fetchval(
        """
        INSERT INTO shares
            (user_id, secret_hash, label, place, search, dashboard_id, scope_environments, scope_tags, created_at,
            expires_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING id
        """,
        user_id, secret_hash, new.label, new.place.kind, new.place.search,
        None if new.place.dashboard is None else new.place.dashboard.id, sorted(new.scope.environments),
        sorted(new.scope.tags), now, new.expires_at,
    )  # fmt: skip
    return number


async def count_open(connection: Connection, user_id: int, now: datetime) -> int:
    """Return how many shares of a user have not expired; nobody adds one to them until this transaction ends."""
    await connection.execute("SELECT FROM users WHERE id = $1 FOR NO KEY UPDATE", user_id)
    number: int = await connection.fetchval(
        "SELECT count(*) FROM shares WHERE user_id = $1 AND expires_at > $2", user_id, now
    )
    return number


async def find(connection: Connection, secret_hash: bytes) -> Share | None:
    """Return the share whose secret has this hash."""
    return _share(await connection.fetchrow(f"{_SHARES} WHERE s.secret_hash = $1", secret_hash))


async def get(connection: Connection, share_id: int) -> Share | None:
    """Return the share of this number."""
    return _share(await connection.fetchrow(f"{_SHARES} WHERE s.id = $1", share_id))


async def listed(connection: Connection, user_id: int | None) -> list[Share]:
    """Return the shares of a user, or of all, the newest first; expired ones for a month."""
    rows = await connection.fetch(
        f"{_SHARES} WHERE $1::bigint IS NULL OR s.user_id = $1 ORDER BY s.id DESC LIMIT 10000", user_id
    )
    return [share for row in rows if (share := _share(row)) is not None]


async def used(connection: Connection, share_id: int, now: datetime) -> None:
    """Note that a share is in use."""
    await connection.execute("UPDATE shares SET last_used_at = $2 WHERE id = $1", share_id, now)


async def remove(connection: Connection, share_id: int) -> bool:
    """Remove a share; False when there is none."""
    done: int | None = await connection.fetchval("DELETE FROM shares WHERE id = $1 RETURNING id", share_id)
    return done is not None


def _share(row: Any) -> Share | None:  # noqa: ANN401 - asyncpg's Record has no types
    if row is None:
        return None
    dashboard = None
    if row["dashboard"] is not None:
        dashboard = SharedDashboard(row["dashboard"], row["dashboard_name"], row["spec"])
    return Share(
        id=row["share_id"],
        maker=user_of(row),
        label=row["label"],
        place=Place(PlaceKind(row["place"]), row["search"], dashboard),
        scope=Scope(frozenset(row["share_environments"]), frozenset(row["share_tags"])),
        created_at=row["made_at"],
        expires_at=row["expires_at"],
        last_used_at=row["last_used_at"],
    )
