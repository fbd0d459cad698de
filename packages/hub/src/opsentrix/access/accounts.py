"""What people do with their own account: their password and their sessions."""

from collections.abc import Callable
from datetime import datetime

from opsentrix.access.logins import Ended, Logins, utc_now
from opsentrix.access.passwords import Passwords, check_strength
from opsentrix.db import Database
from opsentrix.errors import FieldError, InvalidError, NotFoundError
from opsentrix.model.users import SessionInfo, User
from opsentrix.storage import audit, user_sessions, users


class Accounts:
    """Changes a person's own account."""

    def __init__(
        self,
        database: Database,
        passwords: Passwords,
        logins: Logins,
        ended: Ended,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._database = database
        self._passwords = passwords
        self._logins = logins
        self._ended = ended
        self._clock = clock

    async def change_password(self, user: User, session_id: int, old: str, new: str, address: str) -> None:
        """Set a person's own password and end their other sessions.

        Raises:
            InvalidError: the old password is wrong, or the new one is too weak.
            TooManyRequestsError: too many wrong ones came.
        """
        check_strength(new, user.username)
        actor = f"user:{user.username}"
        if not await self._logins.knows_password(user, old, address):
            async with self._database.transaction() as connection:
                await audit.add(connection, actor, "user.password", actor, address, result="refused")
            raise InvalidError("Not valid: old_password.", FieldError("old_password", "is wrong"))
        password_hash = await self._passwords.hash(new)
        async with self._database.transaction() as connection:
            await users.set_password(connection, user.id, password_hash)
            await user_sessions.end_all(connection, user.id, but=session_id)
            await audit.add(connection, actor, "user.password", actor, address, result="ok")
        await self._ended()

    async def sessions(self, user_id: int) -> list[SessionInfo]:
        """Return a person's open sessions, the one used last first."""
        async with self._database.connection() as connection:
            return await user_sessions.listed(connection, user_id, self._clock())

    async def end_session(self, user: User, session_id: int, address: str) -> None:
        """End one of a person's own sessions.

        Raises:
            NotFoundError: they have none of this id.
        """
        actor = f"user:{user.username}"
        async with self._database.transaction() as connection:
            if not await user_sessions.end(connection, user.id, session_id):
                raise NotFoundError(f"You have no session {session_id}.")
            await audit.add(connection, actor, "session.end", f"session:{session_id}", address, result="ok")
        await self._ended()

    async def end_others(self, user: User, session_id: int, address: str) -> int:
        """End all of a person's sessions but this one; return how many ended."""
        actor = f"user:{user.username}"
        async with self._database.transaction() as connection:
            ended = await user_sessions.end_all(connection, user.id, but=session_id)
            await audit.add(connection, actor, "session.end_others", actor, address, result="ok", sessions=ended)
        await self._ended()
        return ended
