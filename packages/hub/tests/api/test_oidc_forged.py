"""Forged tokens, swapped codes, replayed and foreign answers: each is refused, counted, audited, and nobody is in."""

import base64
import hmac
import json
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from joserfc import jwt
from joserfc.jws import JWSRegistry
from joserfc.registry import HeaderParameter
from opsentrix.access.oidc import ProviderLogins
from opsentrix.api.auth import COOKIE
from starlette.responses import JSONResponse

from packages.hub.tests.kit import hub as hubs
from packages.hub.tests.kit import provider as fakes
from packages.hub.tests.kit.hub import RunningHub, measured
from packages.hub.tests.kit.provider import CALLBACK, LOGIN, Claims, FakeProvider, audited, begin, log_in, signed

PEM = fakes.key().as_pem(private=False)


@pytest.fixture
async def provider() -> AsyncIterator[FakeProvider]:
    async with fakes.running() as provider:
        yield provider


@pytest.fixture
async def hub(dsn: str, tmp_path: Path, provider: FakeProvider) -> AsyncIterator[RunningHub]:
    async with hubs.running(dsn, tmp_path, **fakes.settings(provider)) as running:
        yield running


def logins_of(hub: RunningHub) -> ProviderLogins:
    found = hub.hub.services.provider_logins
    assert found is not None
    return found


async def refused(hub: RunningHub, client: httpx.AsyncClient, answer: httpx.Response, kind: str) -> bool:
    """Return whether an answer refuses with this problem, and nobody is logged in for it."""
    problem = answer.json()["type"].rpartition(":oidc-")[2]
    made = await hub.fetch("SELECT 1 FROM user_sessions UNION ALL SELECT 1 FROM user_identities")
    return (answer.status_code, problem, made, COOKIE in client.cookies) == (401, kind, [], False)


def by_secret(secret: bytes, alg: str = "HS256", kid: str = "first") -> Callable[[Claims], str]:
    """Return what signs by a secret as an attacker does: the library refuses to."""

    def sign(claims: Claims) -> str:
        parts = [base64url(json.dumps(one).encode()) for one in ({"alg": alg, "kid": kid}, claims)]
        mac = b"" if alg == "none" else hmac.digest(secret, ".".join(parts).encode(), "sha256")
        return ".".join((*parts, base64url(mac)))

    return sign


def base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def changed(**claims: object) -> Callable[[Claims], str]:
    return lambda given: signed({**given, **claims})


def moved(**seconds: int) -> Callable[[Claims], str]:
    """Return what signs with times so many seconds from now."""
    return lambda given: signed({**given, **{name: given["iat"] + by for name, by in seconds.items()}})


def without(name: str) -> Callable[[Claims], str]:
    return lambda given: signed({key: value for key, value in given.items() if key != name})


def tampered(claims: Claims) -> str:
    """Return a good token with the claims of another."""
    head, _, signature = signed(claims).split(".")
    return ".".join((head, signed({**claims, "groups": ["sre"], "sub": "root"}).split(".")[1], signature))


def crit(claims: Claims) -> str:
    """Return a token that says that a header of it must be understood."""
    header = {"alg": "RS256", "kid": "first", "crit": ["urn:x"], "urn:x": 1}
    known = JWSRegistry({"urn:x": HeaderParameter("x", "int")}, ["RS256"])
    return jwt.encode(header, claims, fakes.key(), registry=known)


FORGED: dict[str, Callable[[Claims], str]] = {
    "none": by_secret(b"", "none"),
    "None": by_secret(b"", "None"),
    "HS256 with the public key": by_secret(PEM),
    "HS256 with the public key, no line end": by_secret(PEM.strip()),
    "HS256 with the secret": by_secret(fakes.CLIENT_SECRET.encode()),
    "another key under the same name": lambda claims: signed(claims, fakes.key("other"), kid="first"),
    "a key of its own": lambda claims: signed(
        claims, fakes.key("other"), kid="first", jwk=fakes.key("other").as_dict(private=False)
    ),
    "an unknown key": lambda claims: signed(claims, fakes.key("other"), kid="other"),
    "a header that must be understood": crit,
    "claims of another": tampered,
    "no signature": lambda claims: signed(claims).rpartition(".")[0] + ".",
    "half": lambda claims: signed(claims)[:40],
    "no token": lambda _: "ä\0",
    "empty": lambda _: "",
    "another issuer": changed(iss="https://other.example"),
    "another issuer by a slash": lambda claims: signed({**claims, "iss": claims["iss"] + "/"}),
    "no issuer": without("iss"),
    "another audience": changed(aud="other"),
    "no audience": without("aud"),
    "an audience that only contains ours": changed(aud=f"{fakes.CLIENT_ID}-2"),
    "several audiences, made for nobody": changed(aud=[fakes.CLIENT_ID, "other"]),
    "made for another": changed(aud=[fakes.CLIENT_ID, "other"], azp="other"),
    "made for another, one audience": changed(azp="other"),
    "another nonce": changed(nonce="x" * 43),
    "no nonce": without("nonce"),
    "expired": moved(exp=-120, iat=-500),
    "no end": without("exp"),
    "an end that is text": changed(exp="32503680000"),
    "an end that is true": changed(exp=True),
    "not yet issued": moved(iat=600),
    "not yet issued, though valid": moved(iat=600, nbf=-10),
    "not yet valid": moved(nbf=600),
    "valid from text": changed(nbf="now"),
    "no subject": without("sub"),
    "a subject that is a number": changed(sub=1),
    "an empty subject": changed(sub=""),
    "a long subject": changed(sub="x" * 256),
    "a subject with a line end": changed(sub="u-1\nadmin"),
}


@pytest.mark.parametrize("forgery", FORGED)
async def test_a_forged_token_lets_nobody_in(forgery: str, hub: RunningHub, provider: FakeProvider) -> None:
    before = measured("opsentrix_oidc_logins_total", purpose="login", result="untrusted")
    provider.sign = FORGED[forgery]
    async with hub.client() as client:
        assert await refused(hub, client, await log_in(client, provider), "untrusted")
    assert measured("opsentrix_oidc_logins_total", purpose="login", result="untrusted") == before + 1
    (entry,) = await audited(hub, "login.refuse")
    assert (entry["actor"], entry["reason"]) == ("identity:unknown", "untrusted")


async def test_what_is_in_order_passes(hub: RunningHub, provider: FakeProvider) -> None:
    """The other tests prove nothing unless tokens that differ from theirs in one thing are taken."""
    good: tuple[Callable[[Claims], str], ...] = (
        changed(aud=[fakes.CLIENT_ID, "other"], azp=fakes.CLIENT_ID),
        moved(exp=-10, iat=-100),
        moved(iat=20, nbf=20),
        lambda claims: signed(claims, x5t="abc"),
    )
    for sign in good:
        provider.sign = sign
        async with hub.client() as client:
            assert (await log_in(client, provider)).status_code == 303


async def test_an_unknown_key_is_looked_up_once_a_minute(hub: RunningHub, provider: FakeProvider) -> None:
    async with hub.client() as client:
        await log_in(client, provider)
        provider.published = [fakes.key("other")]
        provider.sign = lambda claims: signed(claims, fakes.key("other"), kid="other")
        for _ in range(3):
            assert (await log_in(client, provider)).status_code == 401
        assert provider.asked.count("/keys") == 1
        logins_of(hub)._provider._keys._fetched -= 61
        assert (await log_in(client, provider)).status_code == 303
        assert provider.asked.count("/keys") == 2
        provider.sign = signed
        assert (await log_in(client, provider)).status_code == 401  # what was withdrawn is not believed any more


async def test_a_key_set_full_of_rubbish(hub: RunningHub, provider: FakeProvider) -> None:
    weak = {"kty": "RSA", "n": "AQAB", "e": "AQAB", "kid": "weak"}
    rubbish = [
        3,
        None,
        {},
        {"kty": "EC", "crv": "P-256"},
        {"kty": "oct", "k": base64url(b"x" * 20), "kid": "oct"},
        weak,
    ]
    good = fakes.key().as_dict(private=False)
    listed = [*rubbish, {**good, "use": "enc", "kid": "enc"}, good]
    provider.answer = lambda path: JSONResponse({"keys": listed}) if path == "/keys" else None
    async with hub.client() as client:
        assert (await log_in(client, provider)).status_code == 303
        for sign in (by_secret(b"x" * 20, kid="oct"), lambda claims: signed(claims, kid="enc")):
            provider.sign = sign
            assert (await log_in(client, provider)).status_code == 401


async def test_a_code_of_another_login(hub: RunningHub, provider: FakeProvider) -> None:
    async with hub.client() as mine, hub.client() as theirs:
        own = provider.grant(await begin(mine))
        foreign = provider.grant(await begin(theirs))
        answer = await mine.get(CALLBACK, params={**own, "code": foreign["code"]})
        assert await refused(hub, mine, answer, "untrusted")


async def test_an_answer_counts_once(hub: RunningHub, provider: FakeProvider) -> None:
    async with hub.client() as client:
        answer = provider.grant(await begin(client))
        kept = dict(client.cookies)
        assert (await client.get(CALLBACK, params=answer)).status_code == 303
        assert "opsentrix_oidc" not in client.cookies
        asked = len(provider.forms)
    async with hub.client() as client:
        client.cookies.update(kept)
        again = await client.get(CALLBACK, params=answer)
        assert (again.status_code, again.json()["type"]) == (401, "urn:opsentrix:problem:oidc-stale")
        assert COOKIE not in client.cookies
    assert len(provider.forms) == asked


async def test_an_answer_for_another_browser(hub: RunningHub, provider: FakeProvider) -> None:
    async with hub.client() as client:
        answer = provider.grant(await begin(client))
    async with hub.client() as stranger:
        assert await refused(hub, stranger, await stranger.get(CALLBACK, params=answer), "stale")
        await begin(stranger)
        assert await refused(hub, stranger, await stranger.get(CALLBACK, params=answer), "stale")
    assert provider.forms == []


@pytest.mark.parametrize("cookie", ["", "x", "AAAA", "ä", "e30=", "A" * 4000])
async def test_a_cookie_that_the_hub_did_not_make(cookie: str, hub: RunningHub, provider: FakeProvider) -> None:
    async with hub.client() as client:
        answer = provider.grant(await begin(client))
    async with hub.client() as client:
        client.headers["Cookie"] = f"opsentrix_oidc={cookie}".encode().decode("latin-1")
        assert await refused(hub, client, await client.get(CALLBACK, params=answer), "stale")


async def test_a_sealed_secret_of_another_kind_is_no_cookie(hub: RunningHub, provider: FakeProvider) -> None:
    sealed = base64.urlsafe_b64encode(hub.hub.services.vault.seal("totp:1", b"{}")).decode()
    async with hub.client() as client:
        client.headers["Cookie"] = f"opsentrix_oidc={sealed}"
        assert await refused(hub, client, await client.get(CALLBACK, params={"state": "", "code": "c"}), "stale")


async def test_a_login_that_took_too_long(hub: RunningHub, provider: FakeProvider) -> None:
    async with hub.client() as client:
        answer = provider.grant(await begin(client))
        logins_of(hub)._clock = lambda: datetime.now(UTC) + timedelta(minutes=11)
        assert await refused(hub, client, await client.get(CALLBACK, params=answer), "stale")


@pytest.mark.parametrize("issuer", ["https://other.example", "", None])
async def test_an_answer_of_another_provider(issuer: str | None, hub: RunningHub, provider: FakeProvider) -> None:
    async with hub.client() as client:
        answer = provider.grant(await begin(client))
        answer.pop("iss")
        mixed = answer if issuer is None else {**answer, "iss": issuer}
        assert await refused(hub, client, await client.get(CALLBACK, params=mixed), "untrusted")
    assert provider.forms == []


async def test_a_login_begun_at_another_provider(hub: RunningHub, provider: FakeProvider) -> None:
    async with hub.client() as client:
        answer = provider.grant(await begin(client))
        logins_of(hub)._provider.issuer = "https://other.example"
        answer["iss"] = "https://other.example"
        assert await refused(hub, client, await client.get(CALLBACK, params=answer), "stale")
    assert provider.forms == []


@pytest.mark.parametrize("extra", [{"error": "access_denied"}, {"error": "<b>\n", "code": "c"}, {}, {"code": ""}])
async def test_a_provider_that_says_no(extra: dict[str, str], hub: RunningHub, provider: FakeProvider) -> None:
    async with hub.client() as client:
        answer = provider.grant(await begin(client))
        answer.pop("code")
        refusal = await client.get(CALLBACK, params={**answer, **extra})
        assert await refused(hub, client, refusal, "untrusted")
        assert "<b>" not in refusal.text
    assert provider.forms == []


@pytest.mark.parametrize(
    "page",
    [
        "https://evil.example", "//evil.example", "/\\evil.example", "/dashboard//evil.example", "/dashboard/\\evil",
        "/dashboard@evil.example", "/dashboard.evil.example", "javascript:alert(1)", "/api/v1/auth/logout", "",
        "/dashboard/\r\nSet-Cookie: a=b", "/dashboard/" + "a" * 600, "/dashboard/ä", "dashboard/",
    ],
)  # fmt: skip
async def test_nobody_is_led_elsewhere(page: str, hub: RunningHub, provider: FakeProvider) -> None:
    async with hub.client() as client:
        assert (await client.get(LOGIN, params={"next": page})).status_code == 422


async def test_returns_are_limited_by_address(hub: RunningHub, provider: FakeProvider) -> None:
    async with hub.client() as client:
        statuses = [(await client.get(CALLBACK, params={"code": "c"})).status_code for _ in range(32)]
    assert statuses[:30] == [401] * 30
    assert statuses[-1] == 429
    assert provider.forms == []
