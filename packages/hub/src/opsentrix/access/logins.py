"""Logging in, staying logged in and logging out. Session tokens are random and kept as hashes."""

import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from opsentrix import selfmetrics
from opsentrix.access.limiter import Limiter, network_of
from opsentrix.access.passwords import Passwords
from opsentrix.access.second_factors import SecondFactors
from opsentrix.db import Database
from opsentrix.errors import FieldError, InvalidError, TooManyRequestsError, UnauthenticatedError
from opsentrix.model.tokens import digest
from opsentrix.model.users import Login, Method, User
from opsentrix.storage import audit, user_sessions, users

CHALLENGE_LIFETIME = timedelta(minutes=5)
_CHALLENGE_TRIES = 5
_CHALLENGES = 5
"""Logins of one user that may wait for their second factor."""
_EXTEND_AFTER = timedelta(minutes=5)
_ROTATE_AFTER = timedelta(hours=1)
_OVERLAP = timedelta(seconds=60)
"""How long a token is good after the next one was used, for requests that were under way."""

Ended = Callable[[], Awaitable[None]]
"""Called when sessions ended or mean something else: whoever holds connections open for them looks again."""


@dataclass(frozen=True, slots=True)
class LoginRules:
    """What the owner of the hub decided.

    Attributes:
        lifetime: how long a session lasts without use.
        totp_roles: who must have a second factor.
    """

    lifetime: timedelta
    totp_roles: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Opened:
    """What a right password brings: the token of a session, or of a login that waits for its second factor."""

    user: User
    token: str
    complete: bool


def utc_now() -> datetime:
    """Return the time."""
    return datetime.now(UTC)


class Logins:
    """Opens, checks, renews and ends people's sessions."""

    def __init__(
        self,
        database: Database,
        passwords: Passwords,
        factors: SecondFactors,
        rules: LoginRules,
        ended: Ended,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._database = database
        self._passwords = passwords
        self._factors = factors
        self._rules = rules
        self._ended = ended
        self._clock = clock
        self._tries = Limiter(burst=10, refill_s=10, clock=time.monotonic)
        # Many people may share an address behind a proxy; somebody who tries names at random soon has to wait.
        self._tries_from = Limiter(burst=100, refill_s=2, clock=time.monotonic)

    async def open(self, username: str, password: str, address: str, user_agent: str) -> Opened:
        """Check name and password; open a session unless there is a second factor to ask for.

        Raises:
            UnauthenticatedError: name or password is wrong, or the user is disabled; the text does not say which.
            TooManyRequestsError: too many tries from this address, for this name or for any.
        """
        network = network_of(address)
        key = self._take(network, username)
        async with self._database.connection() as connection:
            found = await users.with_password(connection, username)
            known = found is not None and await user_sessions.any_from(connection, found[0].id, address)
        right = await self._passwords.verify(found[1] if found else None, password, network, known=known)
        if found is None or not right or found[0].disabled:
            await self._refused(username, address, "password")
            raise UnauthenticatedError("Name or password is wrong.")
        self._tries.forgive(key)
        user, _, has_factor = found
        if not has_factor:
            return Opened(user, await self.start_session(user, Method.PASSWORD, address, user_agent), complete=True)
        selfmetrics.LOGINS.labels("second_factor_asked").inc()
        token, now = secrets.token_urlsafe(32), self._clock()
        async with self._database.transaction() as connection:
            await user_sessions.add_challenge(
                connection, user.id, digest(token), now, CHALLENGE_LIFETIME, _CHALLENGES
            )  # fmt: skip
        return Opened(user, token, complete=False)

    async def complete(self, challenge: str, code: str, address: str, user_agent: str) -> tuple[User, str]:
        """Check the second factor of a login; return the user and the token of a new session.

        Args:
            challenge: the token that the right password brought.
            code: six digits of the app, or a recovery code.
            address: where the request comes from.
            user_agent: what the browser calls itself.

        Raises:
            UnauthenticatedError: the login took too long or was tried too often, or the code is wrong or used.
            TooManyRequestsError: too many wrong codes came from this address or for this user.
        """
        self._tries_from.take(network_of(address))
        async with self._database.connection() as connection:
            user = await user_sessions.try_challenge(connection, digest(challenge), self._clock(), _CHALLENGE_TRIES)
        if user is None:
            selfmetrics.LOGINS.labels("refused").inc()
            raise UnauthenticatedError("The login took too long, or had too many wrong codes: log in again.")
        method = await self._second_factor(user.id, code)
        if method is None:
            await self._refused(user.username, address, "second factor")
            raise UnauthenticatedError("The code is wrong, or was used already.")
        async with self._database.connection() as connection:
            if not await user_sessions.end_challenge(connection, digest(challenge)):
                raise UnauthenticatedError("The login was ended meanwhile: log in again.")
        return user, await self.start_session(user, method, address, user_agent)

    async def start_session(
        self, user: User, method: str, address: str, user_agent: str, proven_at: datetime | None = None
    ) -> str:
        """Open a session for somebody who proved who they are, and return its token.

        Args:
            user: who.
            method: how they proved it.
            address: where the request comes from.
            user_agent: what the browser calls itself.
            proven_at: when they proved it, if it was not just now.
        """
        token, now = secrets.token_urlsafe(32), self._clock()
        async with self._database.transaction() as connection:
            session_id = await user_sessions.add(
                connection, user.id, digest(token), now, now + self._rules.lifetime, method, address, user_agent[:256]
            )
            if proven_at is not None:
                await user_sessions.prove(connection, session_id, min(proven_at, now))
            await users.note_login(connection, user.id, now)
            await audit.add(
                connection, f"user:{user.username}", "login.accept", "hub", address, result="ok", method=method
            )
        selfmetrics.LOGINS.labels("accepted").inc()
        return token

    async def check(self, token: str) -> Login | None:
        """Return the session of a token, or None when it is over."""
        now, hashed = self._clock(), digest(token)
        async with self._database.connection() as connection:
            login = await user_sessions.by_token(connection, hashed, now)
            if login is not None and login.current and login.unconfirmed:
                await user_sessions.confirm_token(connection, login.session_id, hashed, now + _OVERLAP)
        return self._judged(login)

    async def again(self, session_id: int) -> Login | None:
        """Return a session as it is now, without noting a use of it; None when it is over."""
        async with self._database.connection() as connection:
            return self._judged(await user_sessions.by_id(connection, session_id, self._clock()))

    async def renew(self, login: Login, token: str) -> str | None:
        """Note that a session is in use, and give it a new token now and then.

        Args:
            login: the session, as the token was checked.
            token: that the request bore.

        Returns:
            The token for the browser to keep from now on; None when nothing is new for it.
        """
        now = self._clock()
        since = now - login.rotated_at
        # A browser that comes with the token before the newest, a while after that was sent, did not get it.
        lost = not login.current and login.unconfirmed and since > _OVERLAP
        if lost or (login.current and since > _ROTATE_AFTER):
            return await self._rotated(login, now)
        if not login.current or now - login.last_seen_at <= _EXTEND_AFTER:
            return None
        async with self._database.connection() as connection:
            extended = await user_sessions.extend(connection, login, now, now + self._rules.lifetime)
        return token if extended else None

    async def confirm(self, session_id: int, password: str, code: str, address: str) -> str | None:
        """Check again that the owner of a session is at the keyboard.

        Args:
            session_id: an open session.
            password: for those without a second factor.
            code: of the app, or a recovery code, for those who have one.
            address: where the request comes from.

        Returns:
            The session's new token; None when another request changed it at the same time.

        Raises:
            UnauthenticatedError: the session is over.
            InvalidError: password or code is wrong.
            TooManyRequestsError: too many wrong ones came.
        """
        login = await self.again(session_id)
        if login is None:
            raise UnauthenticatedError("Log in first.")
        user = login.user
        if login.totp:
            self._tries_from.take(network_of(address))
            right, field = await self._second_factor(user.id, code) is not None, "code"
        else:
            right, field = await self.knows_password(user, password, address), "password"
        token = await self.confirmed(login, address, right=right)
        if not right:
            raise InvalidError(f"Not valid: {field}.", FieldError(field, "is wrong, or was used already"))
        return token

    async def confirmed(self, login: Login, address: str, *, right: bool) -> str | None:
        """Note whether the owner of a session proved again to be themselves.

        Returns:
            The session's new token; None when they did not, or another request changed it at the same time.
        """
        selfmetrics.CONFIRMATIONS.labels("accepted" if right else "refused").inc()
        now = self._clock()
        async with self._database.transaction() as connection:
            if right:
                await user_sessions.prove(connection, login.session_id, now)
            await audit.add(
                connection, f"user:{login.user.username}", "login.confirm", "hub", address,
                result="ok" if right else "refused",
            )  # fmt: skip
        return await self._rotated(login, now) if right else None

    async def knows_password(self, user: User, password: str, address: str) -> bool:
        """Return whether somebody who is logged in knows their password.

        Raises:
            TooManyRequestsError: too many wrong ones came.
        """
        network = network_of(address)
        key = self._take(network, user.username)
        async with self._database.connection() as connection:
            password_hash = await users.password_hash_of(connection, user.id)
        right = await self._passwords.verify(password_hash, password, network, known=True)
        if right:
            self._tries.forgive(key)
        return right

    async def close(self, token: str, address: str) -> Login | None:
        """End the session of a token, if it is one, and return it as it was."""
        login = await self.check(token)
        if login is not None:
            await self.end(login, address)
        return login

    async def end(self, login: Login, address: str) -> None:
        """End an open session."""
        async with self._database.transaction() as connection:
            await user_sessions.end(connection, login.user.id, login.session_id)
            await audit.add(connection, f"user:{login.user.username}", "login.end", "hub", address, result="ok")
        await self._ended()

    def _judged(self, login: Login | None) -> Login | None:
        """Return a session, with whether its owner has to set up a second factor before anything else."""
        if login is None or login.totp or login.method not in list(Method):
            return login  # who comes by an identity provider has their second factor there
        return replace(login, must_enroll=login.user.role in self._rules.totp_roles)

    async def _rotated(self, login: Login, now: datetime) -> str | None:
        token = secrets.token_urlsafe(32)
        async with self._database.connection() as connection:
            done = await user_sessions.rotate(connection, login, digest(token), now, now + self._rules.lifetime)
        return token if done else None

    async def _second_factor(self, user_id: int, code: str) -> Method | None:
        """Use a code up and return what it is, or None when it is wrong."""
        typed = "".join(code.split())
        if typed.isascii() and typed.isdigit():
            return Method.TOTP if await self._factors.check(user_id, typed) else None
        return Method.RECOVERY_CODE if await self._factors.use_recovery_code(user_id, typed) else None

    def _take(self, network: str, username: str) -> str:
        """Count a try of a password; return what to forgive when it is right."""
        key = f"{network}\0{username.casefold()}"
        try:
            self._tries_from.take(network)
            self._tries.take(key)
        except TooManyRequestsError:
            selfmetrics.LOGINS.labels("limited").inc()
            raise
        return key

    async def _refused(self, username: str, address: str, step: str) -> None:
        selfmetrics.LOGINS.labels("refused").inc()
        async with self._database.transaction() as connection:
            await audit.add(
                connection, f"user:{username[:64]}", "login.refuse", "hub", address, result="refused", step=step
            )
