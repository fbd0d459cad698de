"""What admins do with people: invite, change, lock out, delete; and the links by which people set their password."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from opsentrix import selfmetrics
from opsentrix.access import second_factors
from opsentrix.access.logins import Ended, utc_now
from opsentrix.access.passwords import Passwords, check_strength, hash_password
from opsentrix.db import Connection, Database
from opsentrix.errors import ConflictError, NotFoundError
from opsentrix.model.tokens import digest
from opsentrix.model.users import Account, Role, User
from opsentrix.storage import audit, password_links, user_sessions, users

ADMIN = "admin"
MAX_USERS = 10_000


@dataclass(frozen=True, slots=True)
class Actor:
    """Who changes something: an admin from somewhere, or the hub's own command line (user id 0)."""

    name: str
    user_id: int
    address: str


@dataclass(frozen=True, slots=True)
class PasswordLink:
    """A link by which somebody sets their password; `token` is shown this once."""

    user: User
    token: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class LinkOwner:
    """Whose link it is, and whether it invites or resets."""

    username: str
    invitation: bool
    expires_at: datetime


class People:
    """Changes users."""

    def __init__(
        self, database: Database, passwords: Passwords, ended: Ended, clock: Callable[[], datetime] = utc_now
    ) -> None:
        self._database = database
        self._passwords = passwords
        self._ended = ended
        self._clock = clock

    async def accounts(self) -> list[Account]:
        """Return all users, by name."""
        async with self._database.connection() as connection:
            return await users.accounts(connection, self._clock(), MAX_USERS)

    async def invite(self, by: Actor, username: str, role: Role, lifetime: timedelta) -> PasswordLink:
        """Add a user who sets the password by a link.

        Raises:
            ConflictError: the name is taken, or there are too many users.
        """
        async with self._database.transaction() as connection:
            if await users.count(connection) >= MAX_USERS:
                raise ConflictError(f"There are {MAX_USERS} users already.")
            user_id = await users.add(connection, username, None, role)
            if user_id is None:
                raise ConflictError(f"There is a user {username} already.")
            link = await self._link(connection, await _found(connection, user_id), lifetime)
            await audit.add(
                connection, by.name, "user.invite", f"user:{username}", by.address, result="ok",
                after={"role": role}, expires_at=link.expires_at.isoformat(),
            )  # fmt: skip
        return link

    async def new_link(self, by: Actor, user_id: int, lifetime: timedelta) -> PasswordLink:
        """Return a new link for a user to set the password; the one before is worth nothing any more.

        Raises:
            NotFoundError: there is no such user.
            ConflictError: the user is disabled.
        """
        async with self._database.transaction() as connection:
            user = await _found(connection, user_id)
            if user.disabled:
                raise ConflictError(f"{user.username} is disabled.")
            link = await self._link(connection, user, lifetime)
            await audit.add(
                connection, by.name, "user.link", f"user:{user.username}", by.address, result="ok",
                expires_at=link.expires_at.isoformat(),
            )  # fmt: skip
        return link

    async def owner_of(self, token: str) -> LinkOwner:
        """Return whose link it is.

        Raises:
            NotFoundError: it is nobody's: wrong, used, replaced or expired.
        """
        async with self._database.connection() as connection:
            found = await password_links.find(connection, digest(token), self._clock())
        if found is None:
            selfmetrics.PASSWORD_LINKS.labels("refused").inc()
            raise NotFoundError("The link was used already, has expired, or was replaced by another.")
        user, has_password, expires_at = found
        return LinkOwner(user.username, not has_password, expires_at)

    async def set_password(self, token: str, password: str, address: str) -> str:
        """Use a link up: set the password of its user and end all their sessions; return the name.

        Raises:
            NotFoundError: it is nobody's link.
            InvalidError: the password is too weak; the link stays good.
        """
        owner = await self.owner_of(token)
        check_strength(password, owner.username)
        password_hash = await self._passwords.hash(password)
        async with self._database.transaction() as connection:
            found = await password_links.find(connection, digest(token), self._clock())
            if found is None:
                raise NotFoundError("The link was used already, has expired, or was replaced by another.")
            user, has_password, _ = found
            await _store_password(connection, user.id, password_hash)
            action = "user.reset_password" if has_password else "user.join"
            await audit.add(connection, f"user:{user.username}", action, f"user:{user.username}", address, result="ok")
        selfmetrics.PASSWORD_LINKS.labels("used").inc()
        await self._ended()
        return user.username

    async def set_role(self, by: Actor, user_id: int, role: Role) -> None:
        """Give a user a role; open sessions have it at once, and change their tokens.

        Raises:
            NotFoundError: there is no such user.
            ConflictError: it is one's own, or the last admin's.
        """
        async with self._database.transaction() as connection:
            await users.lock(connection)
            user = await _found(connection, user_id)
            if user.role is role:
                return
            await _check_may_lose(connection, by, user)
            await users.set_role(connection, user_id, role)
            await user_sessions.rotate_soon(connection, user_id)
            await audit.add(
                connection, by.name, "user.role", f"user:{user.username}", by.address, result="ok",
                before={"role": user.role}, after={"role": role},
            )  # fmt: skip
        await self._ended()

    async def set_disabled(self, by: Actor, user_id: int, *, disabled: bool) -> None:
        """Lock a user out and end their sessions, or let them in again.

        Raises:
            NotFoundError: there is no such user.
            ConflictError: it is oneself, or the last admin.
        """
        async with self._database.transaction() as connection:
            await users.lock(connection)
            user = await _found(connection, user_id)
            if user.disabled is disabled:
                return
            if disabled:
                await _check_may_lose(connection, by, user)
                await user_sessions.end_all(connection, user_id)
            await users.set_disabled(connection, user_id, disabled=disabled)
            await audit.add(
                connection, by.name, "user.disable" if disabled else "user.enable", f"user:{user.username}", by.address,
                result="ok", before={"disabled": user.disabled}, after={"disabled": disabled},
            )  # fmt: skip
        await self._ended()

    async def delete(self, by: Actor, user_id: int) -> None:
        """Delete a user.

        Raises:
            NotFoundError: there is no such user.
            ConflictError: it is oneself, or the last admin.
        """
        async with self._database.transaction() as connection:
            await users.lock(connection)
            user = await _found(connection, user_id)
            await _check_may_lose(connection, by, user)
            await users.remove(connection, user_id)
            await audit.add(
                connection, by.name, "user.delete", f"user:{user.username}", by.address, result="ok",
                before={"role": user.role, "disabled": user.disabled},
            )  # fmt: skip
        await self._ended()

    async def remove_totp(self, by: Actor, user_id: int) -> None:
        """Remove the second factor that somebody lost.

        Raises:
            NotFoundError: there is no such user.
            ConflictError: they have none.
        """
        async with self._database.transaction() as connection:
            user = await _found(connection, user_id)
            await second_factors.remove(connection, user_id, user.username, by.name, by.address)

    async def end_sessions(self, by: Actor, user_id: int) -> int:
        """End all sessions of a user; return how many.

        Raises:
            NotFoundError: there is no such user.
        """
        async with self._database.transaction() as connection:
            user = await _found(connection, user_id)
            ended = await user_sessions.end_all(connection, user_id)
            await audit.add(
                connection, by.name, "user.end_sessions", f"user:{user.username}", by.address, result="ok",
                sessions=ended,
            )  # fmt: skip
        await self._ended()
        return ended

    async def _link(self, connection: Connection, user: User, lifetime: timedelta) -> PasswordLink:
        token, expires_at = secrets.token_urlsafe(32), self._clock() + lifetime
        await password_links.put(connection, user.id, digest(token), expires_at)
        return PasswordLink(user, token, expires_at)


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
    password_hash = await hash_password(password)
    async with database.transaction() as connection:
        new = await users.add(connection, ADMIN, password_hash, Role.ADMIN)
        if new is None:
            return None
        await audit.add(connection, "hub", "user.create", f"user:{ADMIN}", "", after={"role": Role.ADMIN})
    return None if wanted else password


async def reset_password(database: Database, username: str, password: str) -> bool:
    """Set a user's password and end all its sessions; False when there is no such user."""
    password_hash = await hash_password(password)
    async with database.transaction() as connection:
        found = await users.with_password(connection, username)
        if found is None:
            return False
        await _store_password(connection, found[0].id, password_hash)
        await audit.add(connection, "hub", "user.reset_password", f"user:{found[0].username}", "", result="ok")
    return True


async def _store_password(connection: Connection, user_id: int, password_hash: str) -> None:
    await users.set_password(connection, user_id, password_hash)
    await user_sessions.end_all(connection, user_id)


async def _found(connection: Connection, user_id: int) -> User:
    user = await users.find(connection, user_id)
    if user is None:
        raise NotFoundError(f"There is no user {user_id}.")
    return user


async def _check_may_lose(connection: Connection, by: Actor, user: User) -> None:
    """Check that somebody else can still run the hub when a user loses role or login, and that it is not oneself.

    Raises:
        ConflictError: not so.
    """
    if user.id == by.user_id:
        raise ConflictError("Another admin has to do this: you could not undo it.")
    if user.role is Role.ADMIN and not await users.other_admins(connection, user.id):
        raise ConflictError(f"{user.username} is the last admin: make another one first.")
