"""Admins and people: invitations, resets, roles, locking out; and what keeps the last admin in."""

import asyncio

import httpx
import pytest
from opsentrix.model.users import Role

from packages.hub.tests.kit import people
from packages.hub.tests.kit.hub import RunningHub, measured
from packages.hub.tests.kit.people import CONFIRM, ME, PASSWORD, log_in
from packages.hub.tests.kit.postgres import ADMIN_PASSWORD

USERS = "/api/v1/users"
LINK = "/api/v1/auth/password-link"
NEW = "new-battery-staple"


async def invite(client: httpx.AsyncClient, username: str = "ann", **body: object) -> str:
    """Invite somebody and return the token of the link."""
    answer = await client.post(USERS, json={"username": username, **body})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["url"]).partition("#")[2]


async def use(client: httpx.AsyncClient, token: str, password: str = NEW) -> httpx.Response:
    return await client.post(f"{LINK}/use", json={"token": token, "password": password})


async def account(client: httpx.AsyncClient, username: str) -> dict[str, object]:
    found: list[dict[str, object]] = (await client.get(USERS)).json()["items"]
    return next(one for one in found if one["username"] == username)


async def test_an_invitation_is_good_once(
    hub: RunningHub, client: httpx.AsyncClient, anonymous: httpx.AsyncClient
) -> None:
    token = await invite(client, role="operator")
    seen = await account(client, "ann")
    assert (seen["invited"], seen["role"], seen["last_login_at"]) == (True, "operator", None)
    assert seen["link_expires_at"] is not None
    assert (await log_in(anonymous, "ann", "")).status_code == 422
    assert (await log_in(anonymous, "ann", token)).status_code == 401
    told = await anonymous.post(LINK, json={"token": token})
    assert (told.json()["username"], told.json()["invitation"]) == ("ann", True)
    used = measured("opsentrix_password_links_total", result="used")
    both = await asyncio.gather(use(anonymous, token), use(anonymous, token, "another-battery"))
    assert sorted(one.status_code for one in both) == [200, 404]
    assert measured("opsentrix_password_links_total", result="used") == used + 1
    password = NEW if both[0].status_code == 200 else "another-battery"
    # Nobody is logged in by a link: with a second factor, that would go round it.
    assert (await anonymous.get(ME)).status_code == 401
    answer = await log_in(anonymous, "ANN", password)
    assert answer.json()["user"]["username"] == "ann"
    assert answer.json()["user"]["role"] == "operator"
    seen = await account(client, "ann")
    assert (seen["invited"], seen["sessions"], seen["link_expires_at"]) == (False, 1, None)
    assert seen["last_login_at"] is not None
    stored = await hub.fetch("SELECT before, after, detail FROM audit_log")
    assert not any(token in str(dict(row)) for row in stored)


@pytest.mark.parametrize("what", ["wrong", "expired", "replaced", "of a disabled user", "of a deleted user"])
async def test_links_that_are_nobodys(
    what: str, hub: RunningHub, client: httpx.AsyncClient, anonymous: httpx.AsyncClient
) -> None:
    token = await invite(client)
    path = f"{USERS}/{(await account(client, 'ann'))['id']}"
    match what:
        case "wrong":
            token = token[:-1]
        case "expired":
            async with hub.database.connection() as connection:
                await connection.execute("UPDATE password_links SET expires_at = now()")
        case "replaced":
            assert (await client.post(f"{path}/password-link", json={})).status_code == 201
        case "of a disabled user":
            assert (await client.patch(path, json={"disabled": True})).status_code == 200
        case _:
            assert (await client.delete(path)).status_code == 204
    refused = measured("opsentrix_password_links_total", result="refused")
    for answer in (await anonymous.post(LINK, json={"token": token}), await use(anonymous, token)):
        assert (answer.status_code, answer.json()["title"]) == (404, "Not found")
    assert measured("opsentrix_password_links_total", result="refused") == refused + 2


async def test_a_reset_leaves_the_old_password_until_it_is_used(
    hub: RunningHub, client: httpx.AsyncClient, anonymous: httpx.AsyncClient
) -> None:
    user = await people.add(hub, "ann")
    await people.add_totp(hub, user)
    link = (await client.post(f"{USERS}/{user}/password-link", json={"expires_in_s": 600})).json()
    token = link["url"].partition("#")[2]
    assert link["url"].startswith(f"{hub.hub.settings.url}/dashboard/welcome#")
    assert (await log_in(anonymous, "ann")).status_code == 202
    assert (await anonymous.post(LINK, json={"token": token})).json()["invitation"] is False
    weak = await use(anonymous, token, "password1")
    assert (weak.status_code, weak.json()["errors"][0]["field"]) == (422, "password")
    assert (await use(anonymous, token)).status_code == 200
    assert (await log_in(anonymous, "ann")).status_code == 401
    # The second factor stays: who only reads the mail does not get in.
    assert (await log_in(anonymous, "ann", NEW)).status_code == 202
    actions = [row["action"] for row in await hub.fetch("SELECT action FROM audit_log WHERE target = 'user:ann'")]
    assert actions == ["user.link", "user.reset_password"]


async def test_roles_hold_at_once(hub: RunningHub, client: httpx.AsyncClient, anonymous: httpx.AsyncClient) -> None:
    user = await people.add(hub, "ann")
    await log_in(anonymous, "ann")
    assert (await anonymous.get("/api/v1/enrollment-tokens")).status_code == 403
    changed = await client.patch(f"{USERS}/{user}", json={"role": "operator"})
    assert (changed.status_code, changed.json()["role"]) == (200, "operator")
    assert (await anonymous.get("/api/v1/enrollment-tokens")).status_code == 200
    await client.patch(f"{USERS}/{user}", json={"role": "viewer"})
    assert (await anonymous.get("/api/v1/enrollment-tokens")).status_code == 403
    [row] = await hub.fetch("SELECT count(*) FROM audit_log WHERE action = 'user.role'")
    assert row["count"] == 2


async def test_who_is_locked_out_can_come_back(
    hub: RunningHub, client: httpx.AsyncClient, anonymous: httpx.AsyncClient
) -> None:
    user = await people.add(hub, "ann")
    await log_in(anonymous, "ann")
    assert (await client.patch(f"{USERS}/{user}", json={"disabled": True})).json()["disabled"] is True
    assert (await anonymous.get(ME)).status_code == 401
    assert (await log_in(anonymous, "ann")).status_code == 401
    assert (await client.post(f"{USERS}/{user}/password-link", json={})).status_code == 409
    assert (await client.patch(f"{USERS}/{user}", json={"disabled": False})).json()["disabled"] is False
    assert (await anonymous.get(ME)).status_code == 401
    assert (await log_in(anonymous, "ann")).status_code == 200


@pytest.mark.parametrize("way", ["role", "disable", "delete"])
async def test_the_last_admin_stays(way: str, hub: RunningHub, anonymous: httpx.AsyncClient) -> None:
    await log_in(anonymous, "admin", ADMIN_PASSWORD)
    me = (await anonymous.get(ME)).json()["id"]

    async def lose(client: httpx.AsyncClient, user: int) -> httpx.Response:
        if way == "delete":
            return await client.delete(f"{USERS}/{user}")
        return await client.patch(f"{USERS}/{user}", json={"role": "viewer"} if way == "role" else {"disabled": True})

    own = await lose(anonymous, me)
    assert (own.status_code, "Another admin" in own.json()["detail"]) == (409, True)
    await invite(anonymous, "invited", role="admin")
    bob = await people.add(hub, "bob", Role.ADMIN)
    assert (await lose(anonymous, bob)).status_code in (200, 204)
    # Two admins who do it to each other at once: one of them stays.
    eve = await people.add(hub, "eve", Role.ADMIN)
    async with hub.client() as other:
        await log_in(other, "eve")
        answers = await asyncio.gather(lose(anonymous, eve), lose(other, me))
    assert sorted(one.status_code for one in answers)[1] in (401, 403, 409)
    [row] = await hub.fetch(
        "SELECT count(*) FROM users WHERE role = 'admin' AND NOT disabled AND password_hash IS NOT NULL"
    )
    assert row["count"] == 1


async def test_a_lost_second_factor_is_removed_by_an_admin(
    hub: RunningHub, client: httpx.AsyncClient, anonymous: httpx.AsyncClient
) -> None:
    user = await people.add(hub, "ann")
    await people.add_totp(hub, user)
    assert (await account(client, "ann"))["totp"] is True
    assert (await client.delete(f"{USERS}/{user}/totp")).status_code == 204
    assert (await client.delete(f"{USERS}/{user}/totp")).status_code == 409
    assert (await log_in(anonymous, "ann")).status_code == 200
    [row] = await hub.fetch("SELECT actor FROM audit_log WHERE action = 'user.totp_remove'")
    assert row["actor"].startswith("user:admin-")


@pytest.mark.parametrize(
    "username", ["", "a b", "ann\n", "-ann", "a\0b", "ann<b>", "x" * 65, "änn", "api_token:1/user:ann"]
)
async def test_names_that_nobody_gets(username: str, client: httpx.AsyncClient) -> None:
    answer = await client.post(USERS, json={"username": username})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "username")


async def test_names_are_taken_whatever_their_case(hub: RunningHub, client: httpx.AsyncClient) -> None:
    await invite(client, "Ann.Smith@example.org")
    assert (await client.post(USERS, json={"username": "ann.smith@EXAMPLE.org"})).status_code == 409
    assert (await client.post(USERS, json={"username": "Admin"})).status_code == 409


async def test_there_may_be_many_users_but_not_endlessly_many(
    hub: RunningHub, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("opsentrix.access.people.MAX_USERS", 3)
    await invite(client)
    assert (await client.post(USERS, json={"username": "bob"})).status_code == 409


async def test_an_own_password_needs_the_old_one(hub: RunningHub, anonymous: httpx.AsyncClient) -> None:
    await people.add(hub, "ann")
    await log_in(anonymous, "ann")
    path = "/api/v1/account/password"
    wrong = await anonymous.put(path, json={"old_password": "wrong", "password": NEW})
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "old_password")
    weak = await anonymous.put(path, json={"old_password": PASSWORD, "password": "ann12345"})
    assert (weak.status_code, weak.json()["errors"][0]["field"]) == (422, "password")
    assert (await anonymous.put(path, json={"old_password": PASSWORD, "password": NEW})).status_code == 204
    assert (await anonymous.get(ME)).status_code == 200
    assert (await log_in(anonymous, "ann")).status_code == 401
    assert (await log_in(anonymous, "ann", NEW)).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", USERS, {"username": "bob"}),
        ("PATCH", f"{USERS}/{{user}}", {"role": "admin"}),
        ("DELETE", f"{USERS}/{{user}}", None),
        ("POST", f"{USERS}/{{user}}/password-link", {}),
        ("DELETE", f"{USERS}/{{user}}/totp", None),
        ("PUT", f"{USERS}/{{user}}/scope", {"environments": [], "tags": []}),
        ("DELETE", "/api/v1/agents/{agent}", None),
        ("POST", "/api/v1/api-tokens", {"name": "ci", "role": "admin"}),
    ],
)
async def test_dangerous_acts_need_a_fresh_proof(
    method: str, path: str, body: object, hub: RunningHub, anonymous: httpx.AsyncClient
) -> None:
    user, agent = await people.add(hub, "ann"), (await hub.enroll()).id
    await people.add_totp(hub, user)
    await log_in(anonymous, "admin", ADMIN_PASSWORD)
    await people.age_proof(hub)
    path = path.format(user=user, agent=agent)
    answer = await anonymous.request(method, path, json=body)
    assert (answer.status_code, answer.json()["type"]) == (403, "urn:opsentrix:problem:confirmation-needed")
    wrong = await anonymous.post(CONFIRM, json={"password": "wrong", "code": "123456"})
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (422, "password")
    assert (await anonymous.request(method, path, json=body)).status_code == 403
    assert (await anonymous.post(CONFIRM, json={"password": ADMIN_PASSWORD})).status_code == 204
    assert (await anonymous.request(method, path, json=body)).status_code in (200, 201, 204)


async def test_who_has_a_second_factor_proves_it_by_that_alone(hub: RunningHub, anonymous: httpx.AsyncClient) -> None:
    user = await people.add(hub, "ann")
    await log_in(anonymous, "ann")
    totp = await people.add_totp(hub, user)
    await people.age_proof(hub)
    by_password = await anonymous.post(CONFIRM, json={"password": PASSWORD})
    assert (by_password.status_code, by_password.json()["errors"][0]["field"]) == (422, "code")
    assert (await anonymous.post("/api/v1/account/totp")).status_code == 403
    code = people.code_of(totp)
    assert (await anonymous.post(CONFIRM, json={"code": code})).status_code == 204
    assert (await anonymous.post("/api/v1/account/totp")).status_code == 409
    assert (await anonymous.post(CONFIRM, json={"code": code})).status_code == 422


async def test_proofs_are_limited(hub: RunningHub, anonymous: httpx.AsyncClient) -> None:
    await people.add(hub, "ann")
    await log_in(anonymous, "ann")
    answers = [await anonymous.post(CONFIRM, json={"password": "wrong"}) for _ in range(11)]
    assert [one.status_code for one in answers] == [422] * 10 + [429]
