"""Logging in at an OpenID Connect provider: accounts, roles, links, proofs, and a provider that is away."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from opsentrix import doctor
from opsentrix.access import provider as providers
from opsentrix.api.auth import COOKIE
from opsentrix.model.users import Role
from starlette.responses import JSONResponse, RedirectResponse, Response

from packages.hub.tests.kit import hub as hubs
from packages.hub.tests.kit import people
from packages.hub.tests.kit import provider as fakes
from packages.hub.tests.kit.hub import RunningHub, measured
from packages.hub.tests.kit.people import ME
from packages.hub.tests.kit.provider import CALLBACK, LOGIN, FakeProvider, audited, begin, log_in, query_of

IDENTITIES = "/api/v1/account/identities"
CONFIRM = "/api/v1/auth/oidc/confirm"


@pytest.fixture
async def provider() -> AsyncIterator[FakeProvider]:
    async with fakes.running() as provider:
        yield provider


@pytest.fixture
async def hub(dsn: str, tmp_path: Path, provider: FakeProvider) -> AsyncIterator[RunningHub]:
    async with hubs.running(dsn, tmp_path, **fakes.settings(provider)) as running:
        yield running


async def me(client: httpx.AsyncClient) -> dict[str, Any]:
    answer = await client.get(ME)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def kind(answer: httpx.Response) -> str:
    return str(answer.json()["type"]).rpartition(":")[2]


async def test_the_first_login_makes_an_account(hub: RunningHub, provider: FakeProvider) -> None:
    before = measured("opsentrix_oidc_logins_total", purpose="login", result="accepted")
    async with hub.client() as client:
        answer = await log_in(client, provider, next="/dashboard/agents/1?range=1h")
        assert (answer.status_code, answer.headers["location"]) == (303, "/dashboard/agents/1?range=1h#logged-in")
        cookie = next(one for one in answer.headers.get_list("set-cookie") if one.startswith(COOKIE)).lower()
        assert "httponly" in cookie
        assert "samesite=strict" in cookie
        found = await me(client)
        assert (found["username"], found["role"], found["method"]) == ("ann", "admin", "oidc")
        assert (await client.get("/api/v1/account/sessions")).json()["items"][0]["method"] == "oidc"
    assert (await audited(hub, "user.create"))[-1]["after"]["role"] == "admin"
    assert (await audited(hub, "login.accept"))[-1]["method"] == "oidc"
    assert measured("opsentrix_oidc_logins_total", purpose="login", result="accepted") == before + 1


async def test_what_goes_to_the_provider(hub: RunningHub, provider: FakeProvider) -> None:
    async with hub.client() as client:
        url = await begin(client)
        query = query_of(url)
        cookie = next(iter(client.cookies.jar))
        assert (cookie.path, cookie.has_nonstandard_attr("HttpOnly")) == ("/api/v1/auth/oidc", True)
        await client.get(CALLBACK, params=provider.grant(url))
    assert url.startswith(f"{provider.issuer}/authorize?")
    assert query["response_type"] == "code"
    assert query["code_challenge_method"] == "S256"
    assert query["redirect_uri"].endswith(CALLBACK)
    assert min(len(query[one]) for one in ("state", "nonce", "code_challenge")) == 43
    (form,) = provider.forms
    assert form["authorization"].startswith("Basic ")
    assert "client_secret" not in form


@pytest.mark.parametrize(
    ("secret", "methods", "sent"),
    [
        ("s", ["client_secret_post"], {"client_id": fakes.CLIENT_ID, "client_secret": "s", "authorization": ""}),
        ("", ["none"], {"client_id": fakes.CLIENT_ID, "client_secret": None, "authorization": ""}),
    ],
)
async def test_other_ways_to_be_a_client(
    secret: str, methods: list[str], sent: dict[str, str | None], dsn: str, tmp_path: Path, provider: FakeProvider
) -> None:
    provider.metadata = {"token_endpoint_auth_methods_supported": methods}
    known = fakes.settings(provider, oidc_client_secret=secret)
    async with hubs.running(dsn, tmp_path, **known) as hub, hub.client() as client:
        assert (await log_in(client, provider)).status_code == 303
    assert {name: provider.forms[0].get(name) for name in sent} == sent


async def test_the_role_follows_the_claims(hub: RunningHub, provider: FakeProvider) -> None:
    async with hub.client() as first, hub.client() as second:
        await log_in(first, provider)
        provider.claims["groups"] = ["dev", "guest", 3, None]
        await log_in(second, provider)
        assert (await me(first))["role"] == (await me(second))["role"] == "operator"
        assert (await me(first))["id"] == (await me(second))["id"]
    assert (await audited(hub, "user.role"))[-1]["after"] == {"role": "operator"}


async def test_who_loses_the_role_loses_the_sessions_too(hub: RunningHub, provider: FakeProvider) -> None:
    async with hub.client() as first, hub.client() as second:
        await log_in(first, provider)
        provider.claims["groups"] = []
        answer = await log_in(second, provider)
        assert (answer.status_code, kind(answer)) == (403, "oidc-no-access")
        assert COOKIE not in second.cookies
        assert (await first.get(ME)).status_code == 401
    assert (await audited(hub, "login.refuse"))[-1]["reason"] == "no-access"


@pytest.mark.parametrize(
    "claims",
    [
        {"preferred_username": "Admin"},
        {"preferred_username": None, "email": "admin", "email_verified": True},
        {"preferred_username": "admin", "email": "admin@hub.example", "email_verified": True},
    ],
)
async def test_nobody_gets_somebody_elses_account_by_a_name(
    claims: dict[str, Any], hub: RunningHub, provider: FakeProvider
) -> None:
    provider.claims |= claims
    async with hub.client() as client:
        answer = await log_in(client, provider)
        assert (answer.status_code, kind(answer)) == (409, "oidc-name-taken")
        assert (await client.get(ME)).status_code == 401
    assert await hub.fetch("SELECT 1 FROM user_identities") == []


async def test_an_account_is_linked_by_its_owner(hub: RunningHub, provider: FakeProvider) -> None:
    user = await people.add(hub, "bea", Role.OPERATOR)
    async with hub.client() as client:
        await people.log_in(client, "bea")
        await people.age_proof(hub)
        assert kind(await client.post(IDENTITIES)) == "confirmation-needed"
        await client.post(people.CONFIRM, json={"password": people.PASSWORD})
        url = (await client.post(IDENTITIES)).json()["url"]
        answer = await client.get(CALLBACK, params=provider.grant(url))
        assert answer.headers["location"] == "/dashboard/account"
        (linked,) = (await client.get(IDENTITIES)).json()["items"]
        assert (linked["label"], linked["provider"], linked["gives_role"]) == ("ann", "Example ID", False)
    async with hub.client() as client:
        await log_in(client, provider)
        found = await me(client)
        assert (found["id"], found["role"]) == (user, "operator")
        assert (await client.delete(f"{IDENTITIES}/{linked['id']}")).status_code == 204
        assert (await client.get(IDENTITIES)).json() == {"items": [], "has_password": True}
    assert (await audited(hub, "user.link_identity"))[-1]["actor"] == "user:bea"
    assert (await audited(hub, "user.unlink_identity"))[-1]["before"]["label"] == "ann"


async def test_an_identity_is_of_one_account(hub: RunningHub, provider: FakeProvider) -> None:
    async with hub.client() as client:
        await log_in(client, provider)
        (own,) = (await client.get(IDENTITIES)).json()["items"]
        answer = await client.delete(f"{IDENTITIES}/{own['id']}")
        assert (answer.status_code, answer.json()["detail"][:20]) == (409, "You have no password")
    await people.add(hub, "bea")
    async with hub.client() as client:
        await people.log_in(client, "bea")
        url = (await client.post(IDENTITIES)).json()["url"]
        answer = await client.get(CALLBACK, params=provider.grant(url))
        assert (answer.status_code, kind(answer)) == (409, "oidc-identity-taken")
        assert (await client.delete(f"{IDENTITIES}/{own['id']}")).status_code == 404


async def test_a_link_is_lost_with_the_session_that_began_it(hub: RunningHub, provider: FakeProvider) -> None:
    await people.add(hub, "bea")
    async with hub.client() as client:
        await people.log_in(client, "bea")
        url = (await client.post(IDENTITIES)).json()["url"]
        assert (await client.post("/api/v1/auth/logout")).status_code == 204
        assert kind(await client.get(CALLBACK, params=provider.grant(url))) == "oidc-stale"
    assert await hub.fetch("SELECT 1 FROM user_identities") == []


async def test_the_disabled_stay_out(hub: RunningHub, provider: FakeProvider) -> None:
    async with hub.client() as client:
        await log_in(client, provider)
        await hub.fetch("UPDATE users SET disabled = true WHERE username = 'ann'")
        answer = await log_in(client, provider)
        assert (answer.status_code, kind(answer)) == (403, "oidc-no-access")


@pytest.mark.parametrize(
    ("email", "verified", "status"),
    [
        ("ann@example.org", True, 303), ("ann@EXAMPLE.org", True, 303), ("ann@example.org", False, 403),
        ("ann@example.org", "true", 403), ("ann@example.org.evil.example", True, 403), (None, True, 403),
        ("example.org", True, 403),
    ],
)  # fmt: skip
async def test_addresses_may_have_to_be_of_a_domain(
    email: str | None, verified: object, status: int, dsn: str, tmp_path: Path, provider: FakeProvider
) -> None:
    provider.claims |= {"email": email, "email_verified": verified}
    domains = fakes.settings(provider, oidc_email_domains="example.com, example.org")
    async with hubs.running(dsn, tmp_path, **domains) as hub, hub.client() as client:
        assert (await log_in(client, provider)).status_code == status


async def test_accounts_may_have_to_be_there_first(dsn: str, tmp_path: Path, provider: FakeProvider) -> None:
    closed = fakes.settings(provider, oidc_create_users=False)
    async with hubs.running(dsn, tmp_path, **closed) as hub, hub.client() as client:
        assert kind(await log_in(client, provider)) == "oidc-no-access"


async def test_the_session_before_ends(hub: RunningHub, provider: FakeProvider) -> None:
    await people.add(hub, "bea")
    async with hub.client() as client:
        await people.log_in(client, "bea")
        before = client.cookies[COOKIE]
        await log_in(client, provider)
        assert (await me(client))["username"] == "ann"
    async with hub.client(before) as client:
        assert (await client.get(ME)).status_code == 401


async def test_a_proof_is_a_fresh_login_at_the_provider(hub: RunningHub, provider: FakeProvider) -> None:
    async with hub.client() as client:
        await log_in(client, provider)
        await people.age_proof(hub)
        assert kind(await client.post(IDENTITIES)) == "confirmation-needed"
        url = (await client.post(CONFIRM)).json()["url"]
        assert (query_of(url)["prompt"], query_of(url)["max_age"]) == ("login", "0")
        before = client.cookies[COOKIE]
        answer = await client.get(CALLBACK, params=provider.grant(url))
        assert answer.headers["location"] == "/dashboard/confirmed"
        assert client.cookies[COOKIE] != before
        assert (await client.post(IDENTITIES)).status_code == 200


@pytest.mark.parametrize(
    ("claims", "problem"),
    [
        ({"auth_time": 1_700_000_000}, "oidc-not-fresh"),
        ({"auth_time": None}, "oidc-not-fresh"),
        ({"sub": "u-2", "preferred_username": "eve"}, "oidc-other-person"),
    ],
)
async def test_not_every_login_is_a_proof(
    claims: dict[str, Any], problem: str, hub: RunningHub, provider: FakeProvider
) -> None:
    async with hub.client() as client:
        await log_in(client, provider)
        await people.age_proof(hub)
        url = (await client.post(CONFIRM)).json()["url"]
        provider.claims |= claims
        answer = await client.get(CALLBACK, params=provider.grant(url))
        assert (answer.status_code, kind(answer)) == (403, problem)
        assert kind(await client.post(IDENTITIES)) == "confirmation-needed"
    assert (await audited(hub, "login.confirm"))[-1]["result"] == "refused"
    assert await hub.fetch("SELECT 1 FROM users WHERE username = 'eve'") == []


async def test_a_login_without_asking_is_no_proof(hub: RunningHub, provider: FakeProvider) -> None:
    provider.claims["auth_time"] = 1_700_000_000
    async with hub.client() as client:
        await log_in(client, provider)
        assert kind(await client.post(IDENTITIES)) == "confirmation-needed"


async def test_logging_out_tells_where_to_log_out_of_the_provider(hub: RunningHub, provider: FakeProvider) -> None:
    async with hub.client() as client:
        await log_in(client, provider)
        answer = await client.post("/api/v1/auth/logout")
        assert (answer.status_code, answer.json()["provider"]) == (200, "Example ID")
        assert answer.json()["url"].startswith(f"{provider.issuer}/end?client_id=")
        assert (await client.get(ME)).status_code == 401


async def test_userinfo_fills_what_the_token_lacks(hub: RunningHub, provider: FakeProvider) -> None:
    provider.claims = {"sub": "u-1", "auth_time": 1_700_000_000}
    provider.userinfo = {"sub": "u-1", "name": "Ann Lee", "groups": "dev", "auth_time": 32_503_680_000}
    async with hub.client() as client:
        await log_in(client, provider)
        found = await me(client)
        assert (found["username"], found["role"]) == ("Ann-Lee", "operator")
        assert kind(await client.post(IDENTITIES)) == "confirmation-needed"  # what the token says counts
        provider.userinfo["sub"] = "u-2"
        assert kind(await log_in(client, provider)) == "oidc-untrusted"


async def test_two_browsers_of_somebody_new_get_one_account(hub: RunningHub, provider: FakeProvider) -> None:
    async with hub.client() as first, hub.client() as second:
        answers = await asyncio.gather(log_in(first, provider), log_in(second, provider))
        assert [one.status_code for one in answers] == [303, 303]
        assert (await me(first))["id"] == (await me(second))["id"]


async def test_admins_see_who_comes_that_way(hub: RunningHub, provider: FakeProvider) -> None:
    async with hub.client() as client:
        await log_in(client, provider)
        found = {one["username"]: one for one in (await client.get("/api/v1/users")).json()["items"]}
    assert (found["ann"]["identity"], found["ann"]["invited"]) == (True, False)
    assert (found["admin"]["identity"], found["admin"]["invited"]) == (False, False)


async def test_a_hub_without_a_provider(dsn: str, tmp_path: Path) -> None:
    async with hubs.running(dsn, tmp_path) as hub, hub.client() as client:
        assert (await client.get("/api/v1/auth/providers")).json() == {"items": []}
        assert (await client.get(LOGIN)).status_code == 404
        assert (await client.get(CALLBACK)).status_code == 404


async def test_browsers_are_shown_a_page(hub: RunningHub, provider: FakeProvider) -> None:
    pages = {"accept": "text/html,*/*"}
    provider.claims["groups"] = []
    async with hub.client() as client:
        assert (await client.get("/api/v1/auth/providers")).json()["items"] == [
            {"name": "Example ID", "login_url": LOGIN}
        ]
        url = await begin(client)
        answer = await client.get(CALLBACK, params=provider.grant(url), headers=pages)
        assert (answer.status_code, answer.headers["location"]) == (303, "/dashboard/login?refused=no-access")
        answer = await client.get(CALLBACK, headers=pages)
        assert answer.headers["location"] == "/dashboard/login?refused=stale"


def _redirecting(to: str) -> Callable[[str], Response | None]:
    return lambda _: RedirectResponse(to)


BROKEN: dict[str, tuple[dict[str, Any], Callable[[str], Response | None]]] = {
    "another name": ({"issuer": "https://other.example"}, lambda _: None),
    "an error": ({}, lambda _: Response("oh", 500)),
    "no JSON": ({}, lambda _: Response("<html>")),
    "no object": ({}, lambda _: JSONResponse([])),
    "deep": ({}, lambda _: Response("[" * 200_000)),
    "too long": ({}, lambda _: Response(" " * 300_000)),
    "another place": ({}, _redirecting("https://other.example")),
    "plain http elsewhere": ({"token_endpoint": "http://other.example/token"}, lambda _: None),
    "no text": ({"jwks_uri": 3}, lambda _: None),
    "no PKCE": ({"code_challenge_methods_supported": ["plain"]}, lambda _: None),
}


@pytest.mark.parametrize("broken", BROKEN)
async def test_a_broken_provider_is_told_and_passwords_go_on(
    broken: str, hub: RunningHub, provider: FakeProvider
) -> None:
    provider.metadata, provider.answer = BROKEN[broken]
    await people.add(hub, "bea")
    async with hub.client() as client:
        answer = await client.get(LOGIN)
        assert (answer.status_code, kind(answer)) == (503, "oidc-away")
        assert (await client.get(LOGIN)).status_code == 503
        assert (await people.log_in(client, "bea")).status_code == 200
        answer = await client.get(LOGIN, headers={"accept": "text/html"})
        assert answer.headers["location"] == "/dashboard/login?refused=away"
    assert len(provider.asked) == 1  # a failure is not repeated for each that comes


async def test_the_doctor_asks_the_provider(hub: RunningHub, provider: FakeProvider) -> None:
    async def told() -> tuple[bool, str]:
        found = await doctor.examine(hub.hub.settings)
        return next((one.good, one.detail) for one in found if one.what == "identity provider")

    assert await told() == (True, f"{provider.issuer} answers")
    provider.published = []
    assert await told() == (False, "The identity provider cannot be used: it has no keys. Passwords work as ever.")
    provider.metadata = {"issuer": "https://other.example"}
    assert "it calls itself 'https://other.example'" in (await told())[1]


async def test_a_provider_that_hangs(hub: RunningHub, provider: FakeProvider, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        provider.metadata = {"token_endpoint": f"http://127.0.0.1:{silent.getsockname()[1]}/token"}
        async with hub.client() as client:
            url = await begin(client)
            monkeypatch.setattr(providers, "_DEADLINE_S", 0.05)
            assert kind(await client.get(CALLBACK, params=provider.grant(url))) == "oidc-away"


async def test_a_hub_that_the_provider_does_not_know(hub: RunningHub, provider: FakeProvider) -> None:
    def refused(path: str) -> Response | None:
        return JSONResponse({"error": "invalid_client"}, 401) if path == "/token" else None

    provider.answer = refused
    async with hub.client() as client:
        assert kind(await log_in(client, provider)) == "oidc-away"
