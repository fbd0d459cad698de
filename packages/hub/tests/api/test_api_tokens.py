"""API tokens: made, used, limited, listed, revoked."""

import asyncio
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from opsentrix.access import api_tokens
from opsentrix.model.access import Permission
from opsentrix.model.users import Role, Scope

from packages.hub.tests.kit.hub import RunningHub, measured

TOKENS = "/api/v1/api-tokens"
AGENTS = "/api/v1/agents"
PROD = Scope(environments=frozenset(("prod",)))


async def change(hub: RunningHub, statement: str, *arguments: object) -> None:
    async with hub.database.connection() as connection:
        await connection.execute(statement, *arguments)


async def status(hub: RunningHub, token: str, path: str = AGENTS, method: str = "GET", **fields: object) -> int:
    async with hub.bearing(token) as client:
        return (await client.request(method, path, **fields)).status_code  # type: ignore[arg-type]  # of httpx


async def names(hub: RunningHub, token: str) -> list[str]:
    async with hub.bearing(token) as client:
        return [one["name"] for one in (await client.get(AGENTS)).json()["items"]]


class TestMaking:
    async def test_a_token_is_shown_once_and_kept_as_a_hash(self, hub: RunningHub, client: httpx.AsyncClient) -> None:
        answer = await client.post(TOKENS, json={"name": "ci", "role": "operator", "permissions": ["read", "read"]})
        assert answer.status_code == 201
        token, shown = answer.json()["token"], answer.json()["api_token"]
        assert api_tokens.well_formed(token)
        expires = datetime.fromisoformat(shown["expires_at"])
        assert abs(expires - datetime.now(UTC) - timedelta(days=90)) < timedelta(minutes=1)
        assert (shown["permissions"], shown["scope"]) == (["read"], {"environments": [], "tags": []})
        listed = await client.get(TOKENS)
        assert listed.json()["items"] == [shown]
        assert token not in listed.text
        [row] = await hub.fetch("SELECT * FROM api_tokens")
        assert token.removeprefix("opx_") not in str(dict(row))
        [entry] = await hub.fetch("SELECT * FROM audit_log WHERE action = 'api_token.create'")
        assert (entry["target"], token in str(dict(entry))) == (f"api_token:{shown['id']}", False)

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({"name": ""}, "name"),
            ({"name": "a\nb"}, "name"),
            ({"name": "x" * 65}, "name"),
            ({"name": "x", "role": "root"}, "role"),
            ({"name": "x", "permissions": ["agents:delete"]}, "permissions.0"),
            ({"name": "x", "permissions": ["read"] * (len(Permission) + 1)}, "permissions"),
            ({"name": "x", "environments": [""]}, "environments.0"),
            ({"name": "x", "tags": ["a b"]}, "tags.0"),
            ({"name": "x", "tags": [f"t{n}" for n in range(101)]}, "tags"),
            ({"name": "x", "expires_in_days": 0}, "expires_in_days"),
            ({"name": "x", "expires_in_days": 367}, "expires_in_days"),
            ({"name": "x", "expires_in_days": True}, "expires_in_days"),
        ],
    )
    async def test_what_is_not_valid_is_named(
        self, body: dict[str, object], field: str, client: httpx.AsyncClient
    ) -> None:
        answer = await client.post(TOKENS, json=body)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)

    async def test_nobody_makes_a_token_with_a_higher_role(self, hub: RunningHub) -> None:
        async with hub.client(await hub.session(Role.OPERATOR)) as client:
            answer = await client.post(TOKENS, json={"name": "x", "role": "admin"})
        assert (answer.status_code, "yours is operator" in answer.json()["detail"]) == (403, True)

    async def test_a_person_has_so_many_at_most(
        self, hub: RunningHub, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(api_tokens, "MAX_TOKENS", 2)
        made = await asyncio.gather(*(client.post(TOKENS, json={"name": "x"}) for _ in range(4)))
        assert sorted(one.status_code for one in made) == [201, 201, 409, 409]
        async with hub.client(await hub.session()) as other:
            assert (await other.post(TOKENS, json={"name": "x"})).status_code == 201

    async def test_tokens_that_expired_a_month_ago_are_forgotten(
        self, hub: RunningHub, client: httpx.AsyncClient
    ) -> None:
        await client.post(TOKENS, json={"name": "old"})
        await client.post(TOKENS, json={"name": "older"})
        await change(hub, "UPDATE api_tokens SET expires_at = now() - interval '29 days' WHERE name = 'old'")
        await change(hub, "UPDATE api_tokens SET expires_at = now() - interval '31 days' WHERE name = 'older'")
        await client.post(TOKENS, json={"name": "new"})
        assert [one["name"] for one in (await client.get(TOKENS)).json()["items"]] == ["new", "old"]


class TestUse:
    async def test_the_last_use_is_noted_to_the_minute(self, hub: RunningHub, client: httpx.AsyncClient) -> None:
        token = (await client.post(TOKENS, json={"name": "ci"})).json()["token"]

        async def used() -> tuple[str | None, str]:
            [one] = (await client.get(TOKENS)).json()["items"]
            return one["last_used_at"], one["last_used_from"]

        assert await used() == (None, "")
        assert await status(hub, token) == 200
        first = await used()
        assert first[1] == "127.0.0.1"
        assert await status(hub, token) == 200
        assert await used() == first
        await change(hub, "UPDATE api_tokens SET last_used_at = now() - interval '2 minutes'")
        assert await status(hub, token) == 200
        assert str((await used())[0]) >= str(first[0])

    @pytest.mark.parametrize("why", ["malformed", "unknown", "expired", "disabled"])
    async def test_a_token_that_is_worth_nothing_says_why_and_is_counted(self, why: str, hub: RunningHub) -> None:
        token = await hub.api_token(await hub.session(name="ann"))
        match why:
            case "malformed":
                token = token[:-1] + ("A" if token[-1] != "A" else "B")
            case "unknown":
                token = api_tokens.make()
            case "expired":
                await change(hub, "UPDATE api_tokens SET expires_at = now()")
            case "disabled":
                await change(hub, "UPDATE users SET disabled = true WHERE username = 'ann'")
        before = measured("opsentrix_api_token_refusals_total", reason=why)
        async with hub.bearing(token) as client:
            answer = await client.get(AGENTS)
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
        said = {"malformed": "mistyped", "unknown": "not known", "expired": "expired", "disabled": "disabled"}
        assert said[why] in answer.json()["detail"]
        assert measured("opsentrix_api_token_refusals_total", reason=why) == before + 1

    async def test_a_token_goes_with_its_maker(self, hub: RunningHub) -> None:
        token = await hub.api_token(await hub.session(name="ann"))
        await change(hub, "DELETE FROM users WHERE username = 'ann'")
        assert await status(hub, token) == 401

    async def test_a_token_has_no_more_than_its_maker_has_now(self, hub: RunningHub) -> None:
        await hub.enroll("prod-1", environment="prod")
        await hub.enroll("lab-1", environment="lab")
        token = await hub.api_token(await hub.session(name="ann"), role="admin", environments=["prod", "lab"])
        assert await names(hub, token) == ["lab-1", "prod-1"]
        assert await status(hub, token, "/api/v1/enrollment-tokens") == 200
        await change(hub, "UPDATE users SET role = 'viewer', scope_environments = '{prod}' WHERE username = 'ann'")
        assert await names(hub, token) == ["prod-1"]
        assert await status(hub, token, "/api/v1/enrollment-tokens") == 403

    @pytest.mark.parametrize(
        ("permissions", "reads_agents", "changes_agents", "reads_series", "enrolls"),
        [
            ([], 200, 200, 200, 201),
            (["read"], 200, 403, 200, 403),
            (["agents:write"], 200, 200, 403, 403),
            (["metrics:read"], 403, 403, 200, 403),
            (["enrollment:write"], 403, 403, 403, 201),
        ],
    )
    async def test_a_token_does_what_it_is_for(
        self, permissions: list[str], reads_agents: int, changes_agents: int, reads_series: int, enrolls: int,
        hub: RunningHub,
    ) -> None:  # fmt: skip
        agent = (await hub.enroll()).id
        token = await hub.api_token(await hub.session(), role="admin", permissions=permissions)
        path = f"{AGENTS}/{agent}"
        assert await status(hub, token, path) == reads_agents
        assert await status(hub, token, path, "PATCH", json={"name": "new"}) == changes_agents
        assert await status(hub, token, f"/api/v1/series?agent={agent}") == reads_series
        assert await status(hub, token, "/api/v1/enrollment-tokens", "POST", json={}) == enrolls

    async def test_what_is_missing_is_named(self, hub: RunningHub) -> None:
        token = await hub.api_token(await hub.session(), permissions=["metrics:read"])
        async with hub.bearing(token) as client:
            answer = await client.get(AGENTS)
        assert answer.json()["detail"] == "The API token lacks the permission agents:read."

    async def test_a_token_makes_no_tokens_and_touches_no_people(self, hub: RunningHub) -> None:
        token = await hub.api_token(await hub.session(), role="admin")
        assert await status(hub, token, TOKENS, "POST", json={"name": "another"}) == 403
        assert await status(hub, token, "/api/v1/users/1/scope", "PUT", json={"environments": [], "tags": []}) == 403

    async def test_no_page_can_send_a_token_so_its_origin_does_not_matter(self, hub: RunningHub) -> None:
        token = await hub.api_token(await hub.session(), role="admin")
        async with hub.bearing(token) as client:
            headers = {"Origin": "http://tools.example", "Sec-Fetch-Site": "cross-site"}
            assert (await client.post("/api/v1/enrollment-tokens", json={}, headers=headers)).status_code == 201

    async def test_a_token_counts_and_not_the_cookie_beside_it(self, hub: RunningHub) -> None:
        admin = await hub.session()
        token = await hub.api_token(await hub.session(Role.VIEWER))
        async with hub.client(admin) as client:
            viewer = {"Authorization": f"bearer {token}"}
            assert (await client.get("/api/v1/enrollment-tokens", headers=viewer)).status_code == 403
            wrong = {"Authorization": "Bearer opx_wrong"}
            assert (await client.get(AGENTS, headers=wrong)).status_code == 401
            of_a_proxy = {"Authorization": "Basic YTpi"}
            assert (await client.get(AGENTS, headers=of_a_proxy)).status_code == 200

    async def test_the_audit_log_names_the_token_and_its_maker(self, hub: RunningHub) -> None:
        agent = (await hub.enroll()).id
        token = await hub.api_token(await hub.session(name="ann"), role="operator")
        assert await status(hub, token, f"{AGENTS}/{agent}", "PATCH", json={"name": "new"}) == 200
        [made] = await hub.fetch("SELECT id FROM api_tokens")
        [row] = await hub.fetch("SELECT actor FROM audit_log WHERE action = 'agent.update'")
        assert row["actor"] == f"api_token:{made['id']}/user:ann"


class TestRevoking:
    async def test_a_revoked_token_is_worth_nothing_at_once(self, hub: RunningHub, client: httpx.AsyncClient) -> None:
        issued = (await client.post(TOKENS, json={"name": "ci"})).json()
        number = issued["api_token"]["id"]
        async with hub.browser("", Authorization=f"Bearer {issued['token']}") as browser:
            assert (await client.delete(f"{TOKENS}/{number}")).status_code == 204
            await browser.ended()
        assert await status(hub, issued["token"]) == 401
        assert (await client.delete(f"{TOKENS}/{number}")).status_code == 404
        [row] = await hub.fetch("SELECT target FROM audit_log WHERE action = 'api_token.revoke'")
        assert row["target"] == f"api_token:{number}"

    async def test_people_see_and_revoke_their_own_admins_all(self, hub: RunningHub) -> None:
        mine = await hub.session(Role.VIEWER, "ann")
        await hub.api_token(mine)
        [row] = await hub.fetch("SELECT id FROM api_tokens")
        for cookie, sees_all in (
            (await hub.session(Role.OPERATOR), 403),
            (await hub.session(scope=PROD), 403),
        ):
            async with hub.client(cookie) as client:
                assert (await client.get(TOKENS)).json()["items"] == []
                assert (await client.get(f"{TOKENS}?all=true")).status_code == sees_all
                assert (await client.delete(f"{TOKENS}/{row['id']}")).status_code == 404
        async with hub.client(await hub.session()) as admin:
            [one] = (await admin.get(f"{TOKENS}?all=true")).json()["items"]
            assert one["username"] == "ann"
            assert (await admin.get(TOKENS)).json()["items"] == []
            assert (await admin.delete(f"{TOKENS}/{row['id']}")).status_code == 204
        async with hub.client(mine) as client:
            assert (await client.get(TOKENS)).json()["items"] == []

    async def test_a_live_connection_ends_with_its_session(self, hub: RunningHub) -> None:
        cookie = await hub.session()
        async with hub.browser(cookie) as browser, hub.browser(await hub.session()) as other:
            await change(hub, "DELETE FROM user_sessions WHERE token_hash = sha256($1::bytea)", cookie.encode())
            await hub.hub.feed.recheck()
            await browser.ended()
            assert await other.ask("watch_fleet") == {"ok": True}

    async def test_nobody_is_sent_away_because_the_database_is_away(
        self, hub: RunningHub, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async with hub.browser(await hub.session()) as browser:
            with monkeypatch.context() as patched:
                patched.setattr(hub.hub.services.logins, "again", _unavailable)
                await hub.hub.feed.recheck()
            assert await browser.ask("watch_fleet") == {"ok": True}


async def _unavailable(_: int) -> None:
    from opsentrix.errors import UnavailableError

    raise UnavailableError("away")
