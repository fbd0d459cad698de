"""Which account somebody of an identity provider has: found, made, or tied to one that there is."""

from collections.abc import Callable
from datetime import datetime

from opsentrix.access.claims import username_of
from opsentrix.access.logins import Ended, utc_now
from opsentrix.access.people import MAX_USERS
from opsentrix.db import Connection, Database
from opsentrix.errors import ConflictError, IdentityTakenError, NameTakenError, NoAccessError, NotFoundError
from opsentrix.model.identities import Claimed, Identity
from opsentrix.model.users import Role, User
from opsentrix.storage import audit, identities, user_sessions, users


class Identities:
    """Ties accounts to people of identity providers."""

    def __init__(
        self, database: Database, ended: Ended, *, create: bool, clock: Callable[[], datetime] = utc_now
    ) -> None:
        """Take what is needed.

        Args:
            database: the hub's.
            ended: called when sessions ended or mean something else.
            create: whether who comes for the first time gets an account.
            clock: returns the time.
        """
        self._database = database
        self._ended = ended
        self._create = create
        self._clock = clock

    async def enter(self, who: Claimed, address: str) -> User:
        """Return the account of somebody who comes to log in, with the role that they have now.

        Accounts are known by issuer and subject alone: names and addresses are given anew to others.

        Raises:
            NoAccessError: they may not come.
            NameTakenError: they have no account, and another one has their name.
        """
        try:
            async with self._database.transaction() as connection:
                user, changed = await self._entered(connection, who, address)
        except NoAccessError:
            await self._shut_out(who, address)
            raise
        if changed:
            await self._ended()
        return user

    async def link(self, user: User, who: Claimed, address: str) -> None:
        """Tie the account of somebody who is logged in to who they are at the provider.

        Raises:
            NoAccessError: they may not come from there.
            IdentityTakenError: either is tied to another already.
        """
        _check_welcome(who)
        async with self._database.transaction() as connection:
            if not await identities.add(connection, user.id, who, self._clock(), gives_role=False):
                found = await identities.find(connection, who.issuer, who.subject)
                if found is not None and found.user_id == user.id:
                    return
                raise IdentityTakenError(f"{who.label} is linked to another account, or yours to somebody else there.")
            await audit.add(
                connection, f"user:{user.username}", "user.link_identity", f"user:{user.username}", address,
                result="ok", after={"issuer": who.issuer, "subject": who.subject, "label": who.label},
            )  # fmt: skip

    async def unlink(self, user: User, identity_id: int, address: str) -> None:
        """Untie a person's own account from who they are at the provider.

        Raises:
            NotFoundError: it is not tied to that.
            ConflictError: they could not log in any more.
        """
        async with self._database.transaction() as connection:
            before = await identities.remove(connection, user.id, identity_id)
            if before is None:
                raise NotFoundError(f"You have no identity {identity_id}.")
            if await users.password_hash_of(connection, user.id) is None:
                raise ConflictError("You have no password: you could not log in any more.")
            await audit.add(
                connection, f"user:{user.username}", "user.unlink_identity", f"user:{user.username}", address,
                result="ok", before={"issuer": before.issuer, "label": before.label},
            )  # fmt: skip

    async def of_user(self, user_id: int) -> tuple[list[Identity], bool]:
        """Return what an account is tied to, and whether it has a password."""
        async with self._database.connection() as connection:
            has_password = await users.password_hash_of(connection, user_id) is not None
            return await identities.of_user(connection, user_id), has_password

    async def is_of(self, user: User, who: Claimed) -> bool:
        """Return whether an account is tied to this somebody of a provider."""
        async with self._database.connection() as connection:
            found = await identities.find(connection, who.issuer, who.subject)
        return found is not None and found.user_id == user.id

    async def _entered(self, connection: Connection, who: Claimed, address: str) -> tuple[User, bool]:
        _check_welcome(who)
        found = await identities.find(connection, who.issuer, who.subject)
        if found is None:
            await users.lock(connection)  # who comes by two browsers at once gets one account
            found = await identities.find(connection, who.issuer, who.subject)
        if found is None:
            await self._add(connection, who, address)
            found = await identities.find(connection, who.issuer, who.subject)
        user = None if found is None else await users.find(connection, found.user_id)
        if found is None or user is None or user.disabled:
            raise NoAccessError("Your account on this hub is disabled: ask an admin.")
        await identities.note_login(connection, found.id, who.label, self._clock())
        if not found.gives_role or who.role is user.role:
            return user, False
        await self._give_role(connection, user, _role_of(who), address)
        changed = await users.find(connection, user.id)
        return changed or user, True

    async def _add(self, connection: Connection, who: Claimed, address: str) -> None:
        role = _role_of(who)
        if not self._create:
            raise NoAccessError("You have no account on this hub: ask an admin.")
        if await users.count(connection) >= MAX_USERS:
            raise NoAccessError(f"There are {MAX_USERS} users already.")
        username = username_of(who.label) or username_of(who.subject)
        user_id = await users.add(connection, username, None, role) if username else None
        if user_id is None:
            raise NameTakenError(
                f"There is an account {username} already. If it is yours, log in with its password, then link it."
            )
        await identities.add(connection, user_id, who, self._clock(), gives_role=True)
        await audit.add(
            connection, who.actor, "user.create", f"user:{username}", address, result="ok",
            after={"role": role, "issuer": who.issuer, "label": who.label},
        )  # fmt: skip

    async def _give_role(self, connection: Connection, user: User, role: Role, address: str) -> None:
        await users.set_role(connection, user.id, role)
        await user_sessions.rotate_soon(connection, user.id)
        await audit.add(
            connection, f"user:{user.username}", "user.role", f"user:{user.username}", address, result="ok",
            before={"role": user.role}, after={"role": role}, by="identity provider",
        )  # fmt: skip

    async def _shut_out(self, who: Claimed, address: str) -> None:
        """End the open sessions of somebody whom the provider gives access no more."""
        async with self._database.transaction() as connection:
            found = await identities.find(connection, who.issuer, who.subject)
            user = None if found is None else await users.find(connection, found.user_id)
            if found is None or not found.gives_role or user is None:
                return
            ended = await user_sessions.end_all(connection, user.id)
            if not ended:
                return
            await audit.add(
                connection, who.actor, "user.end_sessions", f"user:{user.username}", address, result="ok",
                sessions=ended,
            )  # fmt: skip
        await self._ended()


def _check_welcome(who: Claimed) -> None:
    if not who.welcome:
        raise NoAccessError("People of your address's domain have no access to this hub, or it is not verified.")


def _role_of(who: Claimed) -> Role:
    if who.role is None:
        raise NoAccessError("You have no role on this hub: ask whoever manages your groups.")
    return who.role
