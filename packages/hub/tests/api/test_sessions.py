"""Sessions: their tokens change, they are listed and ended, and with them what is open for them."""

from collections.abc import AsyncIterator

import httpx
import pytest
from opsentrix.api.auth import COOKIE
from opsentrix.model.users import Role
from websockets.exceptions import ConnectionClosed

from packages.hub.tests.kit import people
from packages.hub.tests.kit.hub import RunningHub
from packages.hub.tests.kit.live import Browser
from packages.hub.tests.kit.people import CONFIRM, LOGIN, ME, PASSWORD, log_in

SESSIONS = "/api/v1/account/sessions"


@pytest.fixture
async def ann(hub: RunningHub) -> AsyncIterator[httpx.AsyncClient]:
    """A browser in which ann is logged in."""
    await people.add(hub, "ann", Role.ADMIN)
    async with hub.client() as client:
        assert (await log_in(client, "ann")).status_code == 200
        yield client


async def later(hub: RunningHub, minutes: int) -> None:
    """Let everything that sessions remember be so long ago."""
    async with hub.database.connection() as connection:
        await connection.execute(
            "UPDATE user_sessions SET last_seen_at = last_seen_at - $1 * interval '1 minute',"
            " rotated_at = rotated_at - $1 * interval '1 minute',"
            " previous_until = previous_until - $1 * interval '1 minute'",
            minutes,
        )


def cookie_of(answer: httpx.Response) -> str | None:
    """Return the session's token that an answer sets."""
    found = [one for one in answer.headers.get_list("set-cookie") if one.startswith(f"{COOKIE}=")]
    return found[-1].partition("=")[2].partition(";")[0] if found else None


async def works(hub: RunningHub, token: str) -> bool:
    async with hub.client(token) as client:
        return (await client.get(ME)).status_code == 200


async def closed(browser: Browser) -> bool:
    """Return whether the hub ends the browser's live feed within a second."""
    try:
        while not (await browser._next(1.0)).startswith("41/live"):
            pass
    except TimeoutError:
        return False
    except ConnectionClosed:
        return True
    return True


async def test_the_cookie_slides_with_the_session(hub: RunningHub, ann: httpx.AsyncClient) -> None:
    token = ann.cookies[COOKIE]
    assert cookie_of(await ann.get(ME)) is None
    await later(hub, 6)
    answer = await ann.get(ME)
    assert cookie_of(answer) == token
    assert "max-age=604800" in answer.headers["set-cookie"].lower()
    assert cookie_of(await ann.get(ME)) is None


async def test_a_token_changes_hourly_and_the_one_before_is_good_for_a_moment(
    hub: RunningHub, ann: httpx.AsyncClient
) -> None:
    first = ann.cookies[COOKIE]
    await later(hub, 61)
    second = cookie_of(await ann.get(ME))
    assert second not in (None, first)
    assert second == ann.cookies[COOKIE]
    assert await works(hub, first)
    assert await works(hub, second)
    assert await works(hub, first)
    await later(hub, 2)
    assert not await works(hub, first)
    assert await works(hub, second)


async def test_requests_under_way_get_one_new_token(hub: RunningHub, ann: httpx.AsyncClient) -> None:
    first = ann.cookies[COOKIE]
    await later(hub, 61)
    async with hub.client(first) as one, hub.client(first) as two:
        answers = [await one.get(ME), await two.get(ME), await one.get(ME)]
    assert [answer.status_code for answer in answers] == [200] * 3
    assert len([token for answer in answers if (token := cookie_of(answer))]) == 1


async def test_a_browser_that_did_not_get_the_new_token_gets_another(hub: RunningHub, ann: httpx.AsyncClient) -> None:
    first = ann.cookies[COOKIE]
    await later(hub, 61)
    async with hub.client(first) as client:
        lost = cookie_of(await client.get(ME))
        assert lost is not None
        await later(hub, 2)
        third = cookie_of(await client.get(ME))
    assert third not in (None, first, lost)
    assert not await works(hub, lost)
    assert await works(hub, third)
    await later(hub, 2)
    assert not await works(hub, first)


async def test_a_token_changes_with_the_role_and_with_a_proof(hub: RunningHub, ann: httpx.AsyncClient) -> None:
    bob = await people.add(hub, "bob")
    async with hub.client() as client:
        await log_in(client, "bob")
        before = client.cookies[COOKIE]
        assert (await ann.patch(f"/api/v1/users/{bob}", json={"role": "operator"})).status_code == 200
        answer = await client.get(ME)
        assert answer.json()["role"] == "operator"
        assert cookie_of(answer) not in (None, before)
        before = client.cookies[COOKIE]
        assert cookie_of(await client.post(CONFIRM, json={"password": PASSWORD})) not in (None, before)
        assert (await client.get(ME)).status_code == 200


async def test_a_session_that_somebody_planted_is_not_taken_over(hub: RunningHub, ann: httpx.AsyncClient) -> None:
    for planted in ("planted", ann.cookies[COOKIE]):
        async with hub.client() as client:
            client.cookies.set(COOKIE, planted)
            answer = await log_in(client, "ann")
            token = cookie_of(answer)
            assert token not in (None, planted)
            assert not await works(hub, planted)
            assert token is not None
            assert await works(hub, token)


async def test_sessions_are_listed_and_ended(hub: RunningHub, ann: httpx.AsyncClient) -> None:
    for agent in ("Phone", "x" * 300):
        async with hub.client() as client:
            await client.post(LOGIN, json={"username": "ann", "password": PASSWORD}, headers={"User-Agent": agent})
    found = (await ann.get(SESSIONS)).json()["items"]
    assert [(one["user_agent"], one["current"]) for one in found[:2]] == [("x" * 256, False), ("Phone", False)]
    assert [one["current"] for one in found] == [False, False, True]
    assert found[0]["address"] == "127.0.0.1"
    assert (await ann.delete(f"{SESSIONS}/{found[0]['id']}")).status_code == 204
    assert (await ann.delete(f"{SESSIONS}/{found[0]['id']}")).status_code == 404
    assert (await ann.delete(SESSIONS)).json() == {"ended": 1}
    assert [one["current"] for one in (await ann.get(SESSIONS)).json()["items"]] == [True]
    ended = await ann.delete(f"{SESSIONS}/{found[2]['id']}")
    assert ended.status_code == 204
    assert COOKIE not in ann.cookies


async def test_nobody_ends_the_sessions_of_others_by_their_number(hub: RunningHub, ann: httpx.AsyncClient) -> None:
    async with hub.client(await hub.session()) as other:
        [mine] = (await other.get(SESSIONS)).json()["items"]
        assert (await ann.delete(f"{SESSIONS}/{mine['id']}")).status_code == 404
        assert (await other.get(ME)).status_code == 200


@pytest.mark.parametrize("way", ["logout", "end", "others", "password", "disable", "delete", "end of admin", "link"])
async def test_the_live_feed_ends_with_the_session(way: str, hub: RunningHub, ann: httpx.AsyncClient) -> None:
    bob = await people.add(hub, "bob")
    async with hub.client() as client, hub.client() as again:
        await log_in(client, "bob")
        await log_in(again, "bob")
        async with hub.browser(client.cookies[COOKIE]) as browser, hub.browser(ann.cookies[COOKIE]) as other:
            session = next(one["id"] for one in (await client.get(SESSIONS)).json()["items"] if one["current"])
            match way:
                case "logout":
                    answer = await client.post("/api/v1/auth/logout")
                case "end":
                    answer = await again.delete(f"{SESSIONS}/{session}")
                case "others":
                    answer = await again.delete(SESSIONS)
                case "password":
                    answer = await again.put(
                        "/api/v1/account/password", json={"old_password": PASSWORD, "password": "new-battery"}
                    )
                case "disable":
                    answer = await ann.patch(f"/api/v1/users/{bob}", json={"disabled": True})
                case "delete":
                    answer = await ann.delete(f"/api/v1/users/{bob}")
                case "end of admin":
                    answer = await ann.delete(f"/api/v1/users/{bob}/sessions")
                case _:
                    link = (await ann.post(f"/api/v1/users/{bob}/password-link", json={})).json()["url"]
                    answer = await again.post(
                        "/api/v1/auth/password-link/use",
                        json={"token": link.partition("#")[2], "password": "new-battery"},
                    )
            assert answer.status_code in (200, 204), answer.text
            assert await closed(browser)
            assert await other.ask("watch_fleet") == {"ok": True}
        assert (await client.get(ME)).status_code == 401
        assert (await again.get(ME)).status_code == (200 if way in ("logout", "end", "others", "password") else 401)
