"""Logging in and out. Passwords are kept as Argon2id, sessions as hashes of random tokens."""

import asyncio
import functools
import hashlib
import secrets
import time
from datetime import UTC, datetime, timedelta

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError

from opsentrix import selfmetrics
from opsentrix.access.limiter import Limiter
from opsentrix.db import Database
from opsentrix.errors import UnauthenticatedError
from opsentrix.model.users import Login, Role, User
from opsentrix.storage import audit, users

ADMIN = "admin"
MIN_PASSWORD_CHARS = 8
_EXTEND_AFTER = timedelta(minutes=5)
# OWASP's Password Storage Cheat Sheet asks for 19 MiB and two passes at least; three passes here. More memory would
# count against the hub for each login that is checked at the same time.
_HASHER = PasswordHasher(time_cost=3, memory_cost=19 * 1024, parallelism=1)


class Logins:
    """Opens, checks and closes people's sessions."""

    def __init__(self, database: Database, lifetime: timedelta) -> None:
        self._database = database
        self._lifetime = lifetime
        self._tries = Limiter(burst=10, refill_s=10, clock=time.monotonic)
        # Many people may share an address behind a proxy; somebody who tries names at random soon has to wait.
        self._tries_from = Limiter(burst=100, refill_s=2, clock=time.monotonic)
        # Each check takes a core and 19 MiB: more at once would let strangers exhaust the machine.
        self._checking = asyncio.Semaphore(2)

    async def open(self, username: str, password: str, address: str, user_agent: str) -> tuple[User, str]:
        """Return the user and the token of a new session.

        Raises:
            UnauthenticatedError: name or password is wrong, or the user is disabled; the text does not say which.
            TooManyRequestsError: too many tries from this address, for this name or for any.
        """
        self._tries_from.take(address)
        key = f"{address}\0{username}"
        self._tries.take(key)
        async with self._database.connection() as connection:
            found = await users.with_password(connection, username)
        right = await self._verify(found[1] if found else None, password)
        if found is None or not right or found[0].disabled:
            selfmetrics.LOGINS.labels("refused").inc()
            async with self._database.connection() as connection:
                await audit.add(connection, f"user:{username[:64]}", "login.refuse", "hub", address, result="refused")
            raise UnauthenticatedError("Name or password is wrong.")
        self._tries.forgive(key)
        selfmetrics.LOGINS.labels("accepted").inc()
        user, token = found[0], secrets.token_urlsafe(32)
        async with self._database.transaction() as connection:
            expires_at = datetime.now(UTC) + self._lifetime
            await users.open_session(connection, user.id, _digest(token), expires_at, address, user_agent[:256])
            await audit.add(connection, f"user:{user.username}", "login.accept", "hub", address)
        return user, token

    async def check(self, token: str) -> Login | None:
        """Return the session of a token, and note that it is in use."""
        now = datetime.now(UTC)
        async with self._database.connection() as connection:
            login = await users.login_of(connection, _digest(token), now)
            if login is not None and now - login.last_seen_at > _EXTEND_AFTER:
                await users.extend_session(connection, login.session_id, now, now + self._lifetime)
        return login

    async def close(self, token: str, address: str) -> None:
        """End a session."""
        async with self._database.transaction() as connection:
            username = await users.close_session(connection, _digest(token))
            if username is not None:
                await audit.add(connection, f"user:{username}", "login.end", "hub", address)

    async def _verify(self, password_hash: str | None, password: str) -> bool:
        async with self._checking:
            return await asyncio.to_thread(_matches, password_hash, password)


async def ensure_admin(database: Database, wanted: str) -> str | None:
    """Make the first user of an empty database: `admin`.

    Args:
        database: the hub's.
        wanted: its password; empty for a random one.

    Returns:
        The random password, to be shown once; None when it was given or users exist already.
    """
    async with database.connection() as connection:
        if await users.count(connection):
            return None
    password = wanted or secrets.token_urlsafe(12)
    password_hash = await asyncio.to_thread(_HASHER.hash, password)
    async with database.transaction() as connection:
        new = await users.add(connection, ADMIN, password_hash, Role.ADMIN)
        if new is None:
            return None
        await audit.add(connection, "hub", "user.create", f"user:{ADMIN}", "", role=Role.ADMIN)
    return None if wanted else password


async def reset_password(database: Database, username: str, password: str) -> bool:
    """Set a user's password and end all its sessions; False when there is no such user."""
    password_hash = await asyncio.to_thread(_HASHER.hash, password)
    async with database.transaction() as connection:
        if not await users.set_password(connection, username, password_hash):
            return False
        await audit.add(connection, "hub", "user.reset_password", f"user:{username}", "")
    return True


def _matches(password_hash: str | None, password: str) -> bool:
    try:
        return _HASHER.verify(password_hash or _nobody(), password)
    except VerificationError:
        return False


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


@functools.cache
def _nobody() -> str:
    """Return a hash that no password has; checked when the name is unknown, so that both failures take equally long."""
    return _HASHER.hash(secrets.token_hex(16))
