"""Shares: made by people, opened by whoever has the link, and never worth more than their maker is now."""

import secrets
from collections.abc import Callable
from datetime import datetime, timedelta

from opsentrix.db import Database
from opsentrix.errors import ConflictError, NotFoundError
from opsentrix.model.access import Principal
from opsentrix.model.shares import NewShare, Share
from opsentrix.model.tokens import digest
from opsentrix.storage import audit, shares

PREFIX = "oxs_"
MAX_OPEN = 50
"""Shares of one person that have not expired."""
_NOTE_USE_AFTER = timedelta(minutes=1)


class Shares:
    """Makes, checks and revokes shares."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now

    async def issue(self, maker: Principal, new: NewShare, address: str) -> tuple[Share, str]:
        """Make a share; return it as it is listed, and its secret, which is not kept in clear anywhere.

        Raises:
            ConflictError: the maker has too many.
        """
        secret, now = PREFIX + secrets.token_urlsafe(32), self._now()
        async with self._database.transaction() as connection:
            if await shares.count_open(connection, maker.id, now) >= MAX_OPEN:
                raise ConflictError(f"You share {MAX_OPEN} pages already; revoke one of these links first.")
            number = await shares.add(connection, maker.id, digest(secret), new, now)
            made = await shares.get(connection, number)
            if made is None:
                raise NotFoundError("The share went with its maker.")
            await audit.add(connection, maker.actor, "share.create", f"share:{made.id}", address, after=_audited(made))
        return made, secret

    async def check(self, secret: str) -> Share | None:
        """Return the share of a secret and note that it is in use; None when it shows nothing, whatever the reason."""
        now = self._now()
        async with self._database.connection() as connection:
            found = await shares.find(connection, digest(secret))
            if found is None or not found.works(now):
                return None
            if found.last_used_at is None or now - found.last_used_at > _NOTE_USE_AFTER:
                await shares.used(connection, found.id, now)
        return found

    async def again(self, share_id: int) -> Share | None:
        """Return a share as things are now, without noting a use of it; None when it shows nothing any more."""
        async with self._database.connection() as connection:
            found = await shares.get(connection, share_id)
        return found if found is not None and found.works(self._now()) else None

    async def listed(self, user_id: int | None) -> list[Share]:
        """Return the shares of a user, or of all, the newest first."""
        async with self._database.connection() as connection:
            return await shares.listed(connection, user_id)

    async def revoke(self, share_id: int, by: Principal, address: str, *, others: bool) -> None:
        """End a share.

        Args:
            share_id: which.
            by: who revokes it.
            address: where they are.
            others: whether they may revoke those of others.

        Raises:
            NotFoundError: there is none, or it is another's.
        """
        async with self._database.transaction() as connection:
            found = await shares.get(connection, share_id)
            mine = found is not None and (others or found.maker.id == by.id)
            if found is None or not mine or not await shares.remove(connection, share_id):
                raise NotFoundError(f"There is no share {share_id}.")
            await audit.add(connection, by.actor, "share.revoke", f"share:{share_id}", address, before=_audited(found))


def _audited(share: Share) -> dict[str, object]:
    return {
        "label": share.label,
        "owner": share.maker.username,
        "place": share.place.kind,
        "search": share.place.search,
        "dashboard": None if share.place.dashboard is None else share.place.dashboard.name,
        "environments": sorted(share.scope.environments),
        "tags": sorted(share.scope.tags),
        "expires_at": share.expires_at.isoformat(),
    }
