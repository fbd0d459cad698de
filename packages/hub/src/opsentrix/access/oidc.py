"""Logging in at an OpenID Connect provider: authorization code flow with PKCE (OpenID Connect Core 1.0; RFC 9700).

What a login under way is known by lies in a sealed cookie of the browser that began it: strangers who begin many fill
nothing on the hub, and nobody can finish the login of another browser. When it comes back it is used up.
"""

import base64
import binascii
import secrets
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

import orjson

from opsentrix import log, selfmetrics
from opsentrix.access.claims import claimed
from opsentrix.access.identities import Identities
from opsentrix.access.limiter import Limiter, network_of
from opsentrix.access.logins import Logins, utc_now
from opsentrix.access.provider import Provider, Secrets
from opsentrix.db import Database
from opsentrix.errors import NotFreshError, OpsentrixError, OtherPersonError, StaleLoginError, UntrustedAnswerError
from opsentrix.model import tokens
from opsentrix.model.identities import OIDC, Claimed
from opsentrix.model.users import Login
from opsentrix.storage import audit, identities
from opsentrix.vault import SealError, Vault

LIFETIME = timedelta(minutes=10)
_SEAL = "oidc login"
_SKEW = timedelta(seconds=60)
"""How far the clocks of hub and provider may be apart."""
_log = log.get(__name__)


class Purpose(StrEnum):
    """What somebody went to the provider for."""

    LOGIN = "login"
    LINK = "link"
    CONFIRM = "confirm"


@dataclass(frozen=True, slots=True)
class Begun:
    """A login that was begun: where it goes on, and what the browser keeps meanwhile."""

    url: str
    cookie: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What a browser brought back of the provider; any of it may be missing, or made up."""

    state: str | None
    code: str | None
    error: str | None
    issuer: str | None


@dataclass(frozen=True, slots=True)
class Arrived:
    """A login that came to a good end: where to go next, and the token of the session if there is a new one."""

    purpose: Purpose
    next: str
    token: str | None


@dataclass(frozen=True, slots=True)
class _Journey:
    """A login under way, as the cookie holds it.

    Attributes:
        purpose: what it is for.
        issuer: at which provider.
        state: see `Secrets`.
        nonce: see `Secrets`.
        verifier: see `Secrets`.
        next: where to go afterwards.
        session: of whom it was begun by, if they were logged in.
        begun: when, in Unix seconds.
    """

    purpose: str
    issuer: str
    state: str
    nonce: str
    verifier: str
    next: str
    session: int | None
    begun: float

    @property
    def secrets(self) -> Secrets:
        return Secrets(self.state, self.nonce, self.verifier)


class ProviderLogins:
    """Sends people to the provider and takes them back."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        provider: Provider,
        logins: Logins,
        people: Identities,
        monotonic: Callable[[], float],
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._database = database
        self._vault = vault
        self._provider = provider
        self._logins = logins
        self._people = people
        self._clock = clock
        # Each return makes the hub ask the provider.
        self._tries_from = Limiter(burst=30, refill_s=2, clock=monotonic)

    async def begin(self, purpose: Purpose, next_page: str, session: int | None) -> Begun:
        """Begin a login.

        Args:
            purpose: what it is for.
            next_page: path of the page to go to afterwards, already checked.
            session: of whom begins it, if they are logged in.

        Raises:
            ProviderAwayError: the provider does not answer.
        """
        journey = _Journey(
            purpose, self._provider.issuer, secrets.token_urlsafe(32), secrets.token_urlsafe(32),
            secrets.token_urlsafe(48), next_page, session, self._clock().timestamp(),
        )  # fmt: skip
        url = await self._provider.login_url(journey.secrets, afresh=purpose is Purpose.CONFIRM)
        sealed = self._vault.seal(_SEAL, orjson.dumps(asdict(journey)))
        return Begun(url, base64.urlsafe_b64encode(sealed).decode())

    async def logout_url(self, back_to: str) -> str | None:
        """Return where somebody logs out of the provider too, if it has such a place and answers."""
        return await self._provider.logout_url(back_to)

    def purpose_of(self, cookie: str) -> Purpose:
        """Return what a login that comes back was for; a plain login when that cannot be told."""
        try:
            return Purpose(self._opened(cookie).purpose)
        except StaleLoginError:
            return Purpose.LOGIN

    async def arrive(self, cookie: str, answer: Answer, address: str, user_agent: str) -> Arrived:
        """Finish a login.

        Args:
            cookie: that the browser kept; empty for none.
            answer: of the provider, or of who pretends to be it.
            address: where the request comes from.
            user_agent: what the browser calls itself.

        Raises:
            TooManyRequestsError: too many came from this address.
            StaleLoginError: this browser began no such login, or too long ago, or it was used up.
            UntrustedAnswerError: the provider says no, or cannot be believed.
            ProviderAwayError: the provider does not answer.
            ForbiddenError: who came has no access, or is not who they must be.
            ConflictError: the name or identity is another account's.
        """
        self._tries_from.take(network_of(address))
        purpose, who = self.purpose_of(cookie), None
        try:
            journey = await self._checked(cookie, answer)
            claims = await self._provider.redeem(answer.code or "", journey.secrets, self._clock())
            who = claimed(claims, self._provider.rules, self._provider.issuer)
            token = await self._finish(journey, who, address, user_agent)
        except OpsentrixError as error:
            await self._refused(purpose, who, error, address)
            raise
        selfmetrics.OIDC_LOGINS.labels(purpose, "accepted").inc()
        return Arrived(purpose, journey.next, token)

    async def _checked(self, cookie: str, answer: Answer) -> _Journey:
        """Return the login that an answer is of, and use it up."""
        journey = self._opened(cookie)
        if not secrets.compare_digest(journey.state.encode(), (answer.state or "").encode()):
            raise StaleLoginError("This login was begun in another browser, or another one was begun meanwhile.")
        if journey.issuer != self._provider.issuer:
            raise StaleLoginError("The login was begun at another identity provider: begin again.")
        await self._provider.check_sender(answer.issuer)
        now = self._clock()
        async with self._database.connection() as connection:
            digest = tokens.digest(journey.state)
            if not await identities.use_state(connection, digest, now, now + LIFETIME):
                raise StaleLoginError("This login was used already: begin again.")
        if answer.error is not None:
            # The text is whatever the browser brought: not repeated to the person, and only briefly to the log.
            _log.warning("the identity provider refused a login", error=repr(answer.error)[:80])
            raise UntrustedAnswerError("The identity provider refused the login.")
        if not answer.code:
            raise UntrustedAnswerError("The identity provider sent no code.")
        return journey

    async def _finish(self, journey: _Journey, who: Claimed, address: str, user_agent: str) -> str | None:
        before = None if journey.session is None else await self._logins.again(journey.session)
        if journey.purpose == Purpose.LOGIN:
            user = await self._people.enter(who, address)
            token = await self._logins.start_session(user, OIDC, address, user_agent, who.logged_in_at)
            if before is not None:
                await self._logins.end(before, address)
            return token
        if before is None:
            raise StaleLoginError("The session that began this is over: log in first.")
        if journey.purpose == Purpose.LINK:
            await self._people.link(before.user, who, address)
            return None
        return await self._confirm(before, who, datetime.fromtimestamp(journey.begun, UTC), address)

    async def _confirm(self, login: Login, who: Claimed, begun: datetime, address: str) -> str | None:
        same = await self._people.is_of(login.user, who)
        fresh = who.logged_in_at is not None and who.logged_in_at >= begun - _SKEW
        token = await self._logins.confirmed(login, address, right=same and fresh)
        if not same:
            raise OtherPersonError(f"You logged in there as {who.label}, who is not {login.user.username} here.")
        if not fresh:
            raise NotFreshError("The identity provider did not ask you again, or does not say that it did.")
        return token

    def _opened(self, cookie: str) -> _Journey:
        """Return the login of a cookie.

        Raises:
            StaleLoginError: there is none, it is over, or this hub did not make it.
        """
        try:
            journey = _Journey(**orjson.loads(self._vault.open(_SEAL, base64.urlsafe_b64decode(cookie))))
        except (SealError, binascii.Error, ValueError, TypeError):
            raise StaleLoginError("This browser began no login, or too long ago: begin again.") from None
        if self._clock() - datetime.fromtimestamp(journey.begun, UTC) > LIFETIME:
            raise StaleLoginError("The login took too long: begin again.")
        return journey

    async def _refused(self, purpose: Purpose, who: Claimed | None, error: OpsentrixError, address: str) -> None:
        reason = error.type.rpartition(":")[2].removeprefix("oidc-")
        selfmetrics.OIDC_LOGINS.labels(purpose, reason).inc()
        if purpose is Purpose.LOGIN:
            selfmetrics.LOGINS.labels("refused").inc()
        detail: dict[str, Any] = {} if who is None else {"issuer": who.issuer, "label": who.label}
        async with self._database.transaction() as connection:
            await audit.add(
                connection, "identity:unknown" if who is None else who.actor, f"{purpose}.refuse", "hub", address,
                result="refused", step="identity provider", reason=reason, **detail,
            )  # fmt: skip
