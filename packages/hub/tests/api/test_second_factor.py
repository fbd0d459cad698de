"""Logging in with a second factor, and turning it on and off."""

import asyncio
import base64
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import unquote

import httpx
import pyotp
import pytest
from opsentrix.api.login import CHALLENGE_COOKIE
from opsentrix.model.users import Role

from packages.hub.tests.kit import hub as hubs
from packages.hub.tests.kit import people
from packages.hub.tests.kit.hub import RunningHub, measured
from packages.hub.tests.kit.live import RefusedError
from packages.hub.tests.kit.people import CONFIRM, ME, SECOND, code_of, log_in

TOTP = "/api/v1/account/totp"


async def second(client: httpx.AsyncClient, code: str) -> httpx.Response:
    return await client.post(SECOND, json={"code": code})


async def ann(hub: RunningHub) -> tuple[int, pyotp.TOTP]:
    user = await people.add(hub, "ann")
    return user, await people.add_totp(hub, user)


async def test_the_code_comes_after_the_password(hub: RunningHub, anonymous: httpx.AsyncClient) -> None:
    _, totp = await ann(hub)
    first = await log_in(anonymous, "ann")
    assert first.status_code == 202
    left = datetime.fromisoformat(first.json()["expires_at"]) - datetime.now(UTC)
    assert timedelta(minutes=4) < left <= timedelta(minutes=5)
    cookie = first.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert "path=/api/v1/auth" in cookie
    assert (await anonymous.get(ME)).status_code == 401
    answer = await second(anonymous, code_of(totp))
    assert answer.status_code == 200
    user = answer.json()["user"]
    assert (user["username"], user["method"], user["totp"]) == ("ann", "password+totp", True)
    assert (await anonymous.get(ME)).json() == user
    assert CHALLENGE_COOKIE not in anonymous.cookies


async def test_without_the_password_a_code_is_worth_nothing(hub: RunningHub, anonymous: httpx.AsyncClient) -> None:
    _, totp = await ann(hub)
    assert (await second(anonymous, code_of(totp))).status_code == 401
    assert (await log_in(anonymous, "ann", "wrong")).status_code == 401
    assert (await second(anonymous, code_of(totp))).status_code == 401
    await log_in(anonymous, "ann")
    # Another browser has the code, but not what the password brought.
    async with hub.client() as thief:
        thief.cookies.set(CHALLENGE_COOKIE, "guessed")
        assert (await second(thief, code_of(totp))).status_code == 401


@pytest.mark.parametrize("ahead", [0, 1])
async def test_a_code_is_good_once(ahead: int, hub: RunningHub) -> None:
    _, totp = await ann(hub)
    async with hub.client() as one, hub.client() as two:
        await log_in(one, "ann")
        await log_in(two, "ann")
        code = code_of(totp, ahead)
        answers = await asyncio.gather(second(one, code), second(two, code))
    assert sorted(answer.status_code for answer in answers) == [200, 401]


async def test_older_codes_than_the_last_are_worth_nothing(hub: RunningHub, anonymous: httpx.AsyncClient) -> None:
    _, totp = await ann(hub)
    await log_in(anonymous, "ann")
    assert (await second(anonymous, code_of(totp, 1))).status_code == 200
    await log_in(anonymous, "ann")
    assert (await second(anonymous, code_of(totp))).status_code == 401


async def test_a_challenge_ends(hub: RunningHub, anonymous: httpx.AsyncClient) -> None:
    _, totp = await ann(hub)
    wrong = f"{(int(code_of(totp)) + 500_000) % 1_000_000:06}"
    await log_in(anonymous, "ann")
    refused = measured("opsentrix_logins_total", result="refused")
    for _ in range(5):
        assert (await second(anonymous, wrong)).status_code == 401
    late = await second(anonymous, code_of(totp))
    assert (late.status_code, late.json()["detail"][:27]) == (401, "The login took too long, or")
    assert measured("opsentrix_logins_total", result="refused") == refused + 6
    entries = await hub.fetch("SELECT actor FROM audit_log WHERE action = 'login.refuse'")
    assert [row["actor"] for row in entries] == ["user:ann"] * 5
    await log_in(anonymous, "ann")
    async with hub.database.connection() as connection:
        await connection.execute("UPDATE login_challenges SET expires_at = now()")
    assert (await second(anonymous, code_of(totp))).status_code == 401


async def test_waiting_logins_are_bounded_and_end_with_the_password(hub: RunningHub) -> None:
    user, totp = await ann(hub)
    async with hub.client() as client:
        for _ in range(7):
            assert (await log_in(client, "ann")).status_code == 202
        [row] = await hub.fetch("SELECT count(*) FROM login_challenges WHERE user_id = $1", user)
        assert row["count"] == 5
        async with hub.database.transaction() as connection:
            from opsentrix.storage import user_sessions

            await user_sessions.end_all(connection, user)
        assert (await second(client, code_of(totp))).status_code == 401


async def test_wrong_codes_are_limited_for_the_user_and_recovery_codes_are_not(hub: RunningHub) -> None:
    user, totp = await ann(hub)
    codes = await hub.hub.services.factors.renew_codes(user, "ann", "")
    for _ in range(15):
        hub.hub.services.factors._tries.spend(str(user))
    async with hub.client() as client:
        await log_in(client, "ann")
        limited = await second(client, code_of(totp))
        assert limited.status_code == 429
        assert 1 <= int(limited.headers["retry-after"]) <= 300
        answer = await second(client, codes[0].upper())
        assert (answer.status_code, answer.json()["user"]["method"]) == (200, "password+recovery")


async def test_a_recovery_code_is_good_once(hub: RunningHub) -> None:
    user, _ = await ann(hub)
    codes = await hub.hub.services.factors.renew_codes(user, "ann", "")
    assert len(set(codes)) == 10
    for status in (200, 401):
        async with hub.client() as client:
            await log_in(client, "ann")
            assert (await second(client, codes[3])).status_code == status
            if status == 200:
                assert (await client.get(TOTP)).json()["recovery_codes_left"] == 9
    stored = await hub.fetch("SELECT code_hash FROM recovery_codes")
    assert all(len(row["code_hash"]) == 32 for row in stored)


async def test_turning_it_on_and_off(hub: RunningHub, anonymous: httpx.AsyncClient) -> None:
    user = await people.add(hub, "ann")
    await log_in(anonymous, "ann")
    off = {"enabled": False, "required": False, "recovery_codes_left": 0}
    assert (await anonymous.get(TOTP)).json() == off
    assert (await anonymous.post(f"{TOTP}/confirm", json={"code": "123456"})).status_code == 404
    begun = (await anonymous.post(TOTP)).json()
    assert begun["uri"].startswith(f"otpauth://totp/Opsentrix:ann?secret={begun['secret']}&issuer=Opsentrix")
    assert unquote(begun["picture"]).startswith("data:image/svg+xml;charset=utf-8,<svg")
    assert len(base64.b32decode(begun["secret"])) == 20
    totp = pyotp.TOTP(begun["secret"])
    wrong = f"{(int(code_of(totp)) + 500_000) % 1_000_000:06}"
    refused = await anonymous.post(f"{TOTP}/confirm", json={"code": wrong})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "code")
    assert (await anonymous.get(ME)).json()["totp"] is False
    codes = (await anonymous.post(f"{TOTP}/confirm", json={"code": code_of(totp)})).json()["codes"]
    assert len(codes) == 10
    assert (await anonymous.get(TOTP)).json() == {"enabled": True, "required": False, "recovery_codes_left": 10}
    assert (await anonymous.post(TOTP)).status_code == 409
    [row] = await hub.fetch("SELECT sealed FROM user_totp WHERE user_id = $1", user)
    assert base64.b32decode(begun["secret"]) not in row["sealed"]
    assert (await anonymous.post("/api/v1/account/recovery-codes")).json()["codes"] != codes
    assert (await anonymous.delete(TOTP)).status_code == 204
    assert (await anonymous.delete(TOTP)).status_code == 409
    assert (await log_in(anonymous, "ann")).status_code == 200
    actions = [row["action"] for row in await hub.fetch("SELECT action FROM audit_log WHERE target = 'user:ann'")]
    assert actions == ["user.totp_enable", "user.recovery_codes", "user.totp_remove"]


async def test_a_code_that_turned_it_on_lets_nobody_in(hub: RunningHub, anonymous: httpx.AsyncClient) -> None:
    await people.add(hub, "ann")
    await log_in(anonymous, "ann")
    totp = pyotp.TOTP((await anonymous.post(TOTP)).json()["secret"])
    code = code_of(totp)
    await anonymous.post(f"{TOTP}/confirm", json={"code": code})
    await log_in(anonymous, "ann")
    assert (await second(anonymous, code)).status_code == 401


@pytest.mark.parametrize("way", ["begin", "disable", "codes"])
async def test_changing_it_needs_a_fresh_proof(way: str, hub: RunningHub, anonymous: httpx.AsyncClient) -> None:
    await people.add(hub, "ann")
    await log_in(anonymous, "ann")
    await people.age_proof(hub)
    method, path = {"begin": ("POST", TOTP), "disable": ("DELETE", TOTP),
                    "codes": ("POST", "/api/v1/account/recovery-codes")}[way]  # fmt: skip
    answer = await anonymous.request(method, path)
    assert (answer.status_code, answer.json()["type"]) == (403, "urn:opsentrix:problem:confirmation-needed")
    assert (await anonymous.post(CONFIRM, json={"password": people.PASSWORD})).status_code == 204
    assert (await anonymous.request(method, path)).status_code != 403


@pytest.mark.parametrize(("wanted", "role", "must"), [
    ("all", Role.VIEWER, True), ("admin,operator", Role.VIEWER, False), ("admin,operator", Role.OPERATOR, True),
    ("", Role.ADMIN, False),
])  # fmt: skip
async def test_the_owner_of_the_hub_may_want_it(wanted: str, role: Role, must: bool, dsn: str, tmp_path: Path) -> None:
    async with hubs.running(dsn, tmp_path, require_totp=wanted) as hub, hub.client() as client:
        await people.add(hub, "ann", role)
        answer = await log_in(client, "ann")
        assert answer.json()["user"]["must_enroll"] is must
        agents = await client.get("/api/v1/agents")
        assert agents.status_code == (403 if must else 200)
        cookie = client.cookies["opsentrix_session"]
        if not must:
            return
        assert agents.json()["type"] == "urn:opsentrix:problem:second-factor-needed"
        with pytest.raises(RefusedError):
            async with hub.browser(cookie):
                pass
        totp = pyotp.TOTP((await client.post(TOTP)).json()["secret"])
        assert (await client.post(f"{TOTP}/confirm", json={"code": code_of(totp)})).status_code == 200
        assert (await client.get("/api/v1/agents")).status_code == 200
        assert (await client.get(TOTP)).json()["required"] is True
        async with hub.browser(cookie) as browser:
            assert await browser.ask("watch_fleet") == {"ok": True}


async def test_a_lost_key_file_says_so_and_recovery_codes_still_work(hub: RunningHub) -> None:
    user, totp = await ann(hub)
    codes = await hub.hub.services.factors.renew_codes(user, "ann", "")
    async with hub.database.connection() as connection:
        await connection.execute("UPDATE user_totp SET sealed = substr(sealed, 1, 20)")
    async with hub.client() as client:
        await log_in(client, "ann")
        answer = await second(client, code_of(totp))
        assert (answer.status_code, "key file" in answer.json()["detail"]) == (503, True)
        assert (await second(client, codes[0])).status_code == 200
