"""Logging in and out, and what keeps strangers out."""

import asyncio
import contextlib
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from opsentrix.access import people
from opsentrix.api.auth import COOKIE
from opsentrix.errors import OpsentrixError
from opsentrix.model.users import Role

from packages.hub.tests.kit import hub as hubs
from packages.hub.tests.kit.hub import RunningHub, measured
from packages.hub.tests.kit.postgres import ADMIN_PASSWORD

LOGIN = "/api/v1/auth/login"
ME = "/api/v1/auth/me"
RIGHT = {"username": "admin", "password": ADMIN_PASSWORD}
WRONG = {"username": "admin", "password": "wrong-horse"}


async def audit(hub: RunningHub) -> list[tuple[str, str]]:
    return [(row["actor"], row["action"]) for row in await hub.fetch("SELECT actor, action FROM audit_log ORDER BY id")]


async def test_login_opens_a_session_and_logout_ends_it(hub: RunningHub, anonymous: httpx.AsyncClient) -> None:
    answer = await anonymous.post(LOGIN, json=RIGHT)
    assert answer.status_code == 200
    user = answer.json()["user"]
    assert (user["username"], user["role"]) == ("admin", "admin")
    assert (await anonymous.get(ME)).json() == user
    token = anonymous.cookies[COOKIE]
    out = await anonymous.post("/api/v1/auth/logout")
    assert out.status_code == 204
    assert COOKIE not in anonymous.cookies
    async with hub.client(token) as thief:
        assert (await thief.get(ME)).status_code == 401
    assert (await audit(hub))[-2:] == [("user:admin", "login.accept"), ("user:admin", "login.end")]


async def test_the_cookie_is_kept_from_scripts_and_other_sites(anonymous: httpx.AsyncClient) -> None:
    cookie = (await anonymous.post(LOGIN, json=RIGHT)).headers["set-cookie"]
    name, *flags = (part.strip().lower() for part in cookie.split(";"))
    assert name.startswith(f"{COOKIE}=")
    assert set(flags) == {"httponly", "samesite=strict", "path=/", f"max-age={168 * 3600}"}


async def test_the_cookie_goes_over_https_only_when_the_hub_does(dsn: str, tmp_path: Path) -> None:
    async with (
        hubs.running(dsn, tmp_path, public_url="https://hub.example") as hub,
        hub.client() as client,
    ):
        assert "secure" in (await client.post(LOGIN, json=RIGHT)).headers["set-cookie"].lower()


@pytest.mark.parametrize(
    "body", [WRONG, {"username": "nobody", "password": ADMIN_PASSWORD}, {"username": "a\0b", "password": "x"}]
)
async def test_a_wrong_login_does_not_say_what_is_wrong(
    body: dict[str, str], hub: RunningHub, anonymous: httpx.AsyncClient
) -> None:
    refused = measured("opsentrix_logins_total", result="refused")
    answer = await anonymous.post(LOGIN, json=body)
    assert answer.headers["content-type"] == "application/problem+json"
    if "\0" in body["username"]:
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "username")
        return
    assert (answer.status_code, answer.json()["detail"]) == (401, "Name or password is wrong.")
    assert "set-cookie" not in answer.headers
    assert measured("opsentrix_logins_total", result="refused") == refused + 1
    assert (await audit(hub))[-1] == (f"user:{body['username']}", "login.refuse")


async def test_too_many_tries_have_to_wait_even_with_the_right_password(anonymous: httpx.AsyncClient) -> None:
    answers = [await anonymous.post(LOGIN, json=WRONG) for _ in range(11)]
    assert [one.status_code for one in answers] == [401] * 10 + [429]
    late = await anonymous.post(LOGIN, json=RIGHT)
    assert late.status_code == 429
    assert 1 <= int(late.headers["retry-after"]) <= 10
    # Others are not shut out by it.
    other = await anonymous.post(LOGIN, json={**WRONG, "username": "ann"})
    assert other.status_code == 401


async def test_many_names_from_one_address_have_to_wait_too(hub: RunningHub, anonymous: httpx.AsyncClient) -> None:
    for _ in range(99):
        hub.hub.services.logins._tries_from.take("127.0.0.1")
    answers = [await anonymous.post(LOGIN, json={**WRONG, "username": name}) for name in ("ann", "bob")]
    assert [one.status_code for one in answers] == [401, 429]


async def test_the_disabled_and_the_expired_are_nobody(hub: RunningHub) -> None:
    for statement in (
        "UPDATE users SET disabled = true WHERE role = 'viewer'",
        "UPDATE user_sessions SET expires_at = now() - interval '1 s'",
        "DELETE FROM users WHERE role = 'viewer'",
    ):
        async with hub.client(await hub.session(Role.VIEWER)) as client:
            assert (await client.get(ME)).status_code == 200
            async with hub.database.connection() as connection:
                await connection.execute(statement)
            assert (await client.get(ME)).status_code == 401


async def test_a_disabled_user_cannot_log_in(hub: RunningHub, anonymous: httpx.AsyncClient) -> None:
    async with hub.database.connection() as connection:
        await connection.execute("UPDATE users SET disabled = true")
    assert (await anonymous.post(LOGIN, json=RIGHT)).status_code == 401


async def test_a_session_in_use_is_extended(hub: RunningHub) -> None:
    async with hub.client(await hub.session()) as client:
        async with hub.database.connection() as connection:
            await connection.execute("UPDATE user_sessions SET last_seen_at = now() - interval '6 minutes'")
        assert (await client.get(ME)).status_code == 200
    [row] = await hub.fetch("SELECT expires_at, last_seen_at FROM user_sessions")
    assert row["expires_at"] - datetime.now(UTC) > timedelta(hours=167)
    assert datetime.now(UTC) - row["last_seen_at"] < timedelta(minutes=1)


async def test_a_new_password_ends_all_sessions(hub: RunningHub, anonymous: httpx.AsyncClient) -> None:
    await anonymous.post(LOGIN, json=RIGHT)
    assert await people.reset_password(hub.database, "admin", "battery-staple")
    assert (await anonymous.get(ME)).status_code == 401
    assert (await anonymous.post(LOGIN, json=RIGHT)).status_code == 401
    assert (await anonymous.post(LOGIN, json={**RIGHT, "password": "battery-staple"})).status_code == 200
    assert not await people.reset_password(hub.database, "nobody", "battery-staple")


async def test_the_first_start_makes_one_admin_and_tells_its_password_once(hub: RunningHub) -> None:
    async with hub.database.connection() as connection:
        await connection.execute("DELETE FROM users")
    made = await asyncio.gather(*(people.ensure_admin(hub.database, "") for _ in range(3)))
    [password] = [one for one in made if one is not None]
    async with hub.client() as client:
        answer = await client.post(LOGIN, json={"username": "admin", "password": password})
    assert answer.status_code == 200
    assert await people.ensure_admin(hub.database, "another") is None


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 201),
        ({"Sec-Fetch-Site": "same-origin"}, 201),
        ({"Sec-Fetch-Site": "none"}, 201),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://{host}"}, 201),
        ({"Origin": "http://{host}.evil.example"}, 403),
    ],
)
async def test_pages_of_other_sites_cannot_act_for_a_person(
    headers: dict[str, str], status: int, hub: RunningHub, client: httpx.AsyncClient
) -> None:
    sent = {name: value.format(host=hub.address) for name, value in headers.items()}
    assert (await client.post("/api/v1/enrollment-tokens", json={}, headers=sent)).status_code == status
    login = await client.post(LOGIN, json=RIGHT, headers=sent)
    assert login.status_code == (200 if status == 201 else 403)


@pytest.mark.parametrize("cookie", ["", "x", "%00", '"', "é".encode().decode("latin-1")])
async def test_cookies_of_nobody(cookie: str, hub: RunningHub) -> None:
    async with httpx.AsyncClient(base_url=hub.url, trust_env=False) as client:
        answer = await client.get(ME, headers=[(b"Cookie", f"{COOKIE}={cookie}".encode("latin-1"))])
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"]


async def test_ten_thousand_wrong_passwords_keep_nobody_else_out(hub: RunningHub) -> None:
    opened = hub.hub.services.logins

    async def wrong(address: str) -> str:
        try:
            await opened.open("admin", "wrong-horse", address, "")
        except OpsentrixError as error:
            return type(error).__name__
        return "in"

    flood = [asyncio.ensure_future(wrong("203.0.113.9")) for _ in range(10_000)]
    async with hub.client() as client:
        assert (await client.post(LOGIN, json=RIGHT)).status_code == 200
        results = Counter(await asyncio.gather(*flood))
        # Most are not even looked at; the machine is not busy with them, nor full of what it remembers.
        assert results["TooManyRequestsError"] >= 10_000 - 10
        assert set(results) == {"TooManyRequestsError", "UnauthenticatedError"}
        assert len(opened._tries._full_at) == 1
        assert (await client.post(LOGIN, json=RIGHT)).status_code == 200


async def test_names_without_end_fill_nothing(hub: RunningHub) -> None:
    opened = hub.hub.services.logins
    for at in range(12_000):
        with contextlib.suppress(OpsentrixError):
            opened._take(f"2001:db8:{at:x}::/64", f"user-{at}")
    assert len(opened._tries._full_at) == len(opened._tries_from._full_at) == 10_000


@pytest.mark.parametrize(
    ("settings", "headers", "status"),
    [
        ({"public_url": "https://hub.example"}, {"Origin": "https://hub.example"}, 200),
        ({"public_url": "https://hub.example"}, {"Origin": "https://HUB.example"}, 200),
        ({"public_url": "https://hub.example"}, {"Origin": "http://hub.example"}, 403),
        ({"public_url": "https://hub.example"}, {"Origin": "https://hub.example.evil"}, 403),
        ({"public_url": "https://hub.example"}, {"Origin": "https://evil@hub.example"}, 403),
        ({"public_url": "https://hub.example"}, {"Host": "evil.example", "Origin": "http://evil.example"}, 403),
        ({"public_url": "http://hub.lan"}, {"Origin": "http://hub.lan"}, 200),
        ({}, {"Host": "hub.lan", "Origin": "http://hub.lan"}, 200),
        ({}, {"Host": "hub.lan", "Origin": "https://hub.lan"}, 200),
        ({}, {"Host": "hub.lan", "Origin": "http://hub.lan:81"}, 403),
        ({}, {"Host": "hub.lan", "Origin": "file://"}, 403),
        ({}, {"Host": "hub.lan", "Origin": ""}, 403),
        (
            {"trusted_proxies": "127.0.0.1"},
            {"Host": "hub.lan", "Origin": "http://hub.lan", "X-Forwarded-Proto": "https"},
            403,
        ),
        (
            {"trusted_proxies": "127.0.0.1"},
            {"Host": "hub.lan", "Origin": "https://hub.lan", "X-Forwarded-Proto": "https"},
            200,
        ),
    ],
)
async def test_origins_behind_a_proxy(
    settings: dict[str, Any], headers: dict[str, str], status: int, dsn: str, tmp_path: Path
) -> None:
    async with hubs.running(dsn, tmp_path, **settings) as hub, hub.client() as client:
        assert (await client.post(LOGIN, json=RIGHT, headers=headers)).status_code == status
