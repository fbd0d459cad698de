"""Talking to an OpenID Connect provider: what it says of itself, its keys, and codes made into claims.

Whatever comes of it is hostile input: bounded in size and time, never followed to another address.
"""

import asyncio
import base64
import hashlib
import json
import ssl
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar
from urllib.parse import quote_plus, urlencode, urlsplit

import httpx

from opsentrix import log, selfmetrics
from opsentrix.access.claims import ClaimRules
from opsentrix.access.id_tokens import Claims, Expected, Key, key_for, keys_of, verified
from opsentrix.errors import ProviderAwayError, UntrustedAnswerError
from opsentrix.model.users import Role
from opsentrix.settings import LOOPBACK, Settings, trustworthy

_DEADLINE_S = 10.0
_CONNECT_S = 4.0
_MAX_BYTES = 262_144
_AT_ONCE = 8
_KEEP_S = 3600.0
_HOLD_S = 5.0
"""For so long after a failure nobody asks again."""
_REFRESH_S = 60.0
"""Tokens that name unknown keys make the hub ask for the keys this often at most."""
_log = log.get(__name__)
_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True)
class Client:
    """What this hub is to a provider.

    Attributes:
        issuer: the provider's name for itself.
        client_id: its name for this hub.
        secret: empty for a public client.
        scopes: with spaces.
        redirect_uri: where it sends people back to.
    """

    issuer: str
    client_id: str
    secret: str
    scopes: str
    redirect_uri: str


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a provider says of itself (OpenID Connect Discovery 1.0, section 3).

    Attributes:
        authorization: where people log in.
        token: where codes become tokens.
        keys: where its public keys lie.
        userinfo: where more about somebody is told, if anywhere.
        end_session: where people log out, if anywhere (RP-Initiated Logout 1.0).
        basic: whether the client's secret goes into a header rather than the body.
        names_itself: whether it says in its answers who it is (RFC 9207).
    """

    authorization: str
    token: str
    keys: str
    userinfo: str | None
    end_session: str | None
    basic: bool
    names_itself: bool


@dataclass(frozen=True, slots=True)
class Secrets:
    """What one login is known by.

    Attributes:
        state: comes back with the answer.
        nonce: stands in the ID token.
        verifier: proves that who redeems the code began the login (PKCE, RFC 7636).
    """

    state: str
    nonce: str
    verifier: str


class Provider:
    """One provider."""

    def __init__(self, client: Client, rules: ClaimRules, monotonic: Callable[[], float]) -> None:
        self.issuer = client.issuer
        self.rules = rules
        self._client = client
        self._local = urlsplit(client.issuer).hostname in LOOPBACK
        self._tls: ssl.SSLContext | None = None
        self._room = asyncio.Semaphore(_AT_ONCE)
        self._metadata = _Kept(self._fetch_metadata, monotonic)
        self._keys = _Kept(self._fetch_keys, monotonic)

    async def check(self) -> None:
        """Check that people could log in there, as far as the provider's own documents tell.

        Raises:
            ProviderAwayError: they could not; the text says why.
        """
        await self._metadata.get()
        await self._keys.get()

    async def login_url(self, secrets: Secrets, *, afresh: bool) -> str:
        """Return where somebody logs in.

        Args:
            secrets: of this login.
            afresh: whether the provider must ask who it is even if it knows.

        Raises:
            ProviderAwayError: the provider does not answer.
        """
        challenge = base64.urlsafe_b64encode(hashlib.sha256(secrets.verifier.encode()).digest()).rstrip(b"=").decode()
        query = {
            "response_type": "code",
            "client_id": self._client.client_id,
            "redirect_uri": self._client.redirect_uri,
            "scope": self._client.scopes,
            "state": secrets.state,
            "nonce": secrets.nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        } | ({"prompt": "login", "max_age": "0"} if afresh else {})
        return _with_query((await self._metadata.get()).authorization, query)

    async def logout_url(self, back_to: str) -> str | None:
        """Return where somebody logs out of the provider too; None when it has no such place or does not answer."""
        try:
            place = (await self._metadata.get()).end_session
        except ProviderAwayError:
            return None  # counted and logged where it was asked
        query = {"client_id": self._client.client_id, "post_logout_redirect_uri": back_to}
        return None if place is None else _with_query(place, query)

    async def check_sender(self, issuer: str | None) -> None:
        """Check that an answer is this provider's, not one of another that the login was mixed up with (RFC 9207).

        Raises:
            UntrustedAnswerError: not so.
            ProviderAwayError: the provider does not answer.
        """
        missing = issuer is None and (await self._metadata.get()).names_itself
        if missing or issuer not in (None, self.issuer):
            raise UntrustedAnswerError("The answer comes from another identity provider than the login was begun at.")

    async def redeem(self, code: str, secrets: Secrets, now: datetime) -> Claims:
        """Return what the provider claims of who logged in: of the ID token, and of userinfo when that lacks something.

        Raises:
            UntrustedAnswerError: the provider does not take the code, or what it sent cannot be trusted.
            ProviderAwayError: the provider does not answer.
        """
        metadata = await self._metadata.get()
        answer = await self._tokens(metadata, code, secrets)
        token, access = answer.get("id_token"), answer.get("access_token")
        if not isinstance(token, str):
            raise UntrustedAnswerError("The identity provider sent no ID token.")
        expected = Expected(self.issuer, self._client.client_id, secrets.nonce)
        claims = verified(token, await self._key(token), expected, now)
        if self.rules.complete(claims) or metadata.userinfo is None or not isinstance(access, str):
            return claims
        _, more = await self._ask("userinfo", "GET", metadata.userinfo, {"Authorization": f"Bearer {access}"})
        if more.get("sub") != claims["sub"]:
            raise UntrustedAnswerError("The identity provider's userinfo is about somebody else.")
        return more | claims

    async def _key(self, token: str) -> Key:
        found = key_for(token, await self._keys.get())
        if found is None:
            found = key_for(token, await self._keys.get(older_than_s=_REFRESH_S))
        if found is None:
            raise UntrustedAnswerError("The identity provider's answer cannot be trusted: no key of its signed it.")
        return found

    async def _tokens(self, metadata: Metadata, code: str, secrets: Secrets) -> Claims:
        client, headers = self._client, {}
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": client.redirect_uri,
            "code_verifier": secrets.verifier,
        }
        if client.secret and metadata.basic:
            pair = f"{quote_plus(client.client_id)}:{quote_plus(client.secret)}"  # RFC 6749, section 2.3.1
            headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        else:
            form |= {"client_id": client.client_id} | ({"client_secret": client.secret} if client.secret else {})
        status, answer = await self._ask("token", "POST", metadata.token, headers, form)
        if status == 200:
            return answer
        error = answer.get("error")
        if error == "invalid_grant":
            raise UntrustedAnswerError("The identity provider does not know this login: it was used, or took too long.")
        _log.error("the identity provider refuses this hub", status=status, error=repr(error)[:80])
        raise ProviderAwayError("The identity provider refuses this hub; its log says more. Passwords work as ever.")

    async def _fetch_metadata(self) -> Metadata:
        place = f"{self.issuer.rstrip('/')}/.well-known/openid-configuration"
        _, document = await self._ask("discovery", "GET", place)
        if document.get("issuer") != self.issuer:
            raise self._unusable(f"it calls itself {str(document.get('issuer'))[:200]!r}")
        challenges = document.get("code_challenge_methods_supported")
        if isinstance(challenges, list) and "S256" not in challenges:
            raise self._unusable("it has no PKCE with S256")
        methods = document.get("token_endpoint_auth_methods_supported")
        return Metadata(
            authorization=self._endpoint(document, "authorization_endpoint"),
            token=self._endpoint(document, "token_endpoint"),
            keys=self._endpoint(document, "jwks_uri"),
            userinfo=self._endpoint(document, "userinfo_endpoint") if "userinfo_endpoint" in document else None,
            end_session=self._endpoint(document, "end_session_endpoint")
            if "end_session_endpoint" in document
            else None,
            basic=not isinstance(methods, list) or "client_secret_basic" in methods,
            names_itself=document.get("authorization_response_iss_parameter_supported") is True,
        )

    async def _fetch_keys(self) -> list[Key]:
        _, document = await self._ask("keys", "GET", (await self._metadata.get()).keys)
        listed = document.get("keys")
        found = keys_of(listed[:100]) if isinstance(listed, list) else []
        if not found:
            raise self._unusable("it has no keys")
        return found

    def _endpoint(self, document: Claims, name: str) -> str:
        url = document.get(name)
        if not isinstance(url, str) or not trustworthy(url, self.issuer):
            raise self._unusable(f"its {name} is no https URL")
        return url

    async def _ask(
        self, what: str, method: str, url: str, headers: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
    ) -> tuple[int, Claims]:  # fmt: skip
        """Send a request; return the answer's status (200, or 400 to 403 with an error in it) and its JSON object.

        Raises:
            ProviderAwayError: no answer, or none of this kind, in time.
        """
        try:
            async with asyncio.timeout(_DEADLINE_S), self._room:
                status, body = await self._transfer(method, url, headers, form)
            answer = json.loads(body)
        except (httpx.HTTPError, httpx.InvalidURL, OSError, TimeoutError, ValueError, RecursionError) as error:
            selfmetrics.OIDC_REQUESTS.labels(what, "failed").inc()
            _log.warning("the identity provider does not answer", asked=what, reason=repr(error)[:200])
            raise ProviderAwayError("The identity provider does not answer. Passwords work as ever.") from error
        if not isinstance(answer, dict) or not (status == 200 or (400 <= status <= 403 and form is not None)):
            selfmetrics.OIDC_REQUESTS.labels(what, "refused").inc()
            raise self._unusable(f"it answers {status} when asked for {what}")
        selfmetrics.OIDC_REQUESTS.labels(what, "ok").inc()
        return status, answer

    async def _transfer(
        self, method: str, url: str, headers: Mapping[str, str] | None, form: Mapping[str, str] | None
    ) -> tuple[int, bytes]:
        # Reading the authorities' certificates takes a while; the hub's other work need not wait.
        if self._tls is None:
            self._tls = await asyncio.to_thread(httpx.create_ssl_context)
        # Nothing compressed: a small answer must not become a large one.
        sent = {"Accept": "application/json", "Accept-Encoding": "identity"} | dict(headers or {})
        async with (
            httpx.AsyncClient(
                verify=self._tls, trust_env=not self._local, follow_redirects=False, headers=sent,
                timeout=httpx.Timeout(_DEADLINE_S, connect=_CONNECT_S),
            ) as client,
            client.stream(method, url, data=form) as answer,
        ):  # fmt: skip
            body = bytearray()
            async for chunk in answer.aiter_raw():
                body += chunk
                if len(body) > _MAX_BYTES:
                    raise ValueError("the answer is too long")
            return answer.status_code, bytes(body)

    def _unusable(self, why: str) -> ProviderAwayError:
        _log.error("the identity provider cannot be used", issuer=self.issuer, reason=why)
        return ProviderAwayError(f"The identity provider cannot be used: {why}. Passwords work as ever.")


class _Kept(Generic[_Value]):
    """Something that is fetched when it is needed, and kept for a while."""

    def __init__(self, fetch: Callable[[], Awaitable[_Value]], monotonic: Callable[[], float]) -> None:
        self._fetch = fetch
        self._clock = monotonic
        self._lock = asyncio.Lock()
        self._value: _Value | None = None
        self._fetched = 0.0
        self._failed: float | None = None

    async def get(self, older_than_s: float = _KEEP_S) -> _Value:
        """Return it, fetched anew when it is older than this.

        Raises:
            ProviderAwayError: it cannot be fetched, or could not a moment ago.
        """
        async with self._lock:
            now = self._clock()
            if self._value is not None and now - self._fetched < older_than_s:
                return self._value
            if self._failed is not None and now - self._failed < _HOLD_S:
                raise ProviderAwayError("The identity provider did not answer a moment ago. Passwords work as ever.")
            try:
                self._value = await self._fetch()
            except ProviderAwayError:
                self._failed = self._clock()
                raise
            self._fetched, self._failed = self._clock(), None
            return self._value


def configured(settings: Settings, callback: str) -> Provider | None:
    """Return the provider of the settings, if there is one.

    Args:
        settings: validated.
        callback: path of the route that takes people back.
    """
    if not settings.oidc_issuer:
        return None
    client = Client(
        issuer=settings.oidc_issuer,
        client_id=settings.oidc_client_id,
        secret=settings.oidc_secret(),
        scopes=settings.oidc_scopes,
        redirect_uri=f"{settings.url}{callback}",
    )
    rules = ClaimRules(
        role_claim=settings.oidc_role_claim,
        roles={value: Role(role) for value, role in settings.oidc_role_map.items()},
        default_role=Role(settings.oidc_default_role) if settings.oidc_default_role else None,
        domains=settings.oidc_domains,
    )
    return Provider(client, rules, time.monotonic)


def _with_query(url: str, query: Mapping[str, str]) -> str:
    return f"{url}{'&' if '?' in url else '?'}{urlencode(query)}"
