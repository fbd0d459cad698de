"""API tokens: made by people, shown once, kept as hashes, and never worth more than their maker is now.

A token is `opx_` and 48 characters of base64url: 32 random bytes and a checksum of what stands before it (CRC-32, as in
zlib), so that a token that was mistyped or cut off is told from one that is not known, and scanners of leaked secrets
find few false ones.
"""

import base64
import re
import secrets
import zlib
from datetime import UTC, datetime, timedelta

from opsentrix import selfmetrics
from opsentrix.db import Database
from opsentrix.errors import ConflictError, ForbiddenError, NotFoundError, UnauthenticatedError
from opsentrix.model.access import Principal
from opsentrix.model.api_tokens import ApiToken, NewApiToken, PresentedToken
from opsentrix.model.tokens import digest
from opsentrix.storage import api_tokens, audit

PREFIX = "opx_"
MAX_TOKENS = 100
"""Tokens of one person."""
_RANDOM_BYTES = 32
_FORM = re.compile(r"opx_[A-Za-z0-9_-]{48}", re.ASCII)
_NOTE_USE_AFTER = timedelta(minutes=1)


def make() -> str:
    """Return a new token."""
    secret = secrets.token_bytes(_RANDOM_BYTES)
    return PREFIX + base64.urlsafe_b64encode(secret + _checksum(secret)).decode()


def well_formed(token: str) -> bool:
    """Return whether a text is a token, known or not: form and checksum are right."""
    if not _FORM.fullmatch(token):
        return False
    content = base64.urlsafe_b64decode(token.removeprefix(PREFIX))
    return content[_RANDOM_BYTES:] == _checksum(content[:_RANDOM_BYTES])


class ApiTokens:
    """Makes, checks and revokes API tokens."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def issue(self, maker: Principal, new: NewApiToken, address: str) -> tuple[ApiToken, str]:
        """Make a token; return it as it is listed, and the token itself, which is not kept in clear anywhere.

        Raises:
            ForbiddenError: it would have a higher role than its maker.
            ConflictError: the maker has too many.
        """
        if not maker.role.covers(new.role):
            raise ForbiddenError(f"A token with the role {new.role} needs that role; yours is {maker.role}.")
        token, now = make(), datetime.now(UTC)
        async with self._database.transaction() as connection:
            if await api_tokens.count(connection, maker.id) >= MAX_TOKENS:
                raise ConflictError(f"You have {MAX_TOKENS} API tokens already; revoke one of them first.")
            made = await api_tokens.add(connection, maker.id, digest(token), new, now)
            await audit.add(
                connection, maker.actor, "api_token.create", f"api_token:{made.id}", address, after=_audited(made)
            )
        return made, token

    async def check(self, token: str, address: str) -> Principal:
        """Return who acts with a token, and note that it is in use.

        Raises:
            UnauthenticatedError: it is worth nothing; the text says why.
        """
        if not well_formed(token):
            raise _refused("malformed", "This is not an API token, or it was mistyped or cut off.")
        now = datetime.now(UTC)
        async with self._database.connection() as connection:
            found = await api_tokens.find(connection, digest(token))
            if found is None or found.expires_at <= now or found.maker.disabled:
                raise _refusal(found, now)
            if found.last_used_at is None or now - found.last_used_at > _NOTE_USE_AFTER:
                await api_tokens.used(connection, found.use.id, now, address)
        return _principal(found)

    async def again(self, token_id: int) -> Principal | None:
        """Return who acts with a token as things are now, without noting a use of it; None when it is worth nothing."""
        now = datetime.now(UTC)
        async with self._database.connection() as connection:
            found = await api_tokens.find_by_id(connection, token_id)
        return None if found is None or found.expires_at <= now or found.maker.disabled else _principal(found)

    async def listed(self, user_id: int | None) -> list[ApiToken]:
        """Return the tokens of a user, or of all, the newest first."""
        async with self._database.connection() as connection:
            return await api_tokens.listed(connection, user_id)

    async def revoke(self, token_id: int, by: Principal, address: str, *, others: bool) -> None:
        """Make a token worthless from now on.

        Args:
            token_id: which.
            by: who revokes it.
            address: where they are.
            others: whether they may revoke tokens of others.

        Raises:
            NotFoundError: there is none, or it is another's.
        """
        async with self._database.transaction() as connection:
            found = await api_tokens.get(connection, token_id)
            mine = found is not None and (others or found.user_id == by.id)
            if found is None or not mine or not await api_tokens.remove(connection, token_id):
                raise NotFoundError(f"There is no API token {token_id}.")
            await audit.add(
                connection, by.actor, "api_token.revoke", f"api_token:{token_id}", address, before=_audited(found)
            )


def _principal(found: PresentedToken) -> Principal:
    return Principal.through(found.maker, found.use, found.role, found.scope)


def _refusal(found: PresentedToken | None, now: datetime) -> UnauthenticatedError:
    if found is None:
        return _refused("unknown", "The API token is not known; it may have been revoked.")
    if found.expires_at <= now:
        return _refused("expired", "The API token has expired.")
    return _refused("disabled", "The API token's owner is disabled.")


def _refused(reason: str, detail: str) -> UnauthenticatedError:
    selfmetrics.API_TOKEN_REFUSALS.labels(reason).inc()
    return UnauthenticatedError(detail)


def _audited(token: ApiToken) -> dict[str, object]:
    return {
        "name": token.name,
        "owner": token.username,
        "role": token.role,
        "environments": sorted(token.scope.environments),
        "tags": sorted(token.scope.tags),
        "permissions": sorted(token.permissions),
        "expires_at": token.expires_at.isoformat(),
    }


def _checksum(secret: bytes) -> bytes:
    return zlib.crc32(PREFIX.encode() + secret).to_bytes(4, "big")
