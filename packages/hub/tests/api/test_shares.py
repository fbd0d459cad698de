"""Shared pages: made, opened, limited to what is shared, ended."""

import contextlib
from datetime import UTC, datetime, timedelta
from http.cookies import SimpleCookie

import httpx
import pytest
from opsentrix.access import shares
from opsentrix.api.auth import COOKIE
from opsentrix.api.passes import PASS_COOKIE
from opsentrix.model.users import Role, Scope

from packages.hub.tests.kit.hub import Enrolled, RunningHub, until
from packages.hub.tests.kit.live import Browser, RefusedError

SHARES = "/api/v1/shares"
SHARED = "/api/v1/shared"
OPEN = "/api/v1/shared/open"
PROD = Scope(environments=frozenset(("prod",)))


async def change(hub: RunningHub, statement: str, *arguments: object) -> None:
    async with hub.database.connection() as connection:
        await connection.execute(statement, *arguments)


async def post(hub: RunningHub, agent: Enrolled, metric: str, value: float = 0.5) -> None:
    async with hub.client() as client:
        answer = await client.post(
            f"/api/v1/agents/{agent.id}/metrics", headers=agent.headers,
            json={"samples": [{"metric": metric, "value": value, "labels": {"user": "carol"}}]},
        )  # fmt: skip
    assert answer.status_code == 200, answer.text


async def status(hub: RunningHub, secret: str, path: str = SHARED) -> int:
    async with hub.showing(secret) as client:
        return (await client.get(path)).status_code


async def names(hub: RunningHub, secret: str) -> list[str]:
    async with hub.showing(secret) as client:
        return [one["name"] for one in (await client.get(f"{SHARED}/agents")).json()["items"]]


def spec(panels: list[dict[str, object]]) -> dict[str, object]:
    return {"schema_version": 1, "panels": panels}


def chart(metric: str) -> dict[str, object]:
    grid = {"x": 0, "y": 0, "w": 6, "h": 4}
    return {"id": 1, "kind": "timeseries", "grid": grid, "queries": [{"metric": metric}]}


def coloured(metric: str) -> dict[str, object]:
    return {"id": 2, "kind": "map", "grid": {"x": 6, "y": 0, "w": 6, "h": 4}, "metric": metric}


async def dashboard(client: httpx.AsyncClient, panels: list[dict[str, object]]) -> int:
    """Return the number of a new dashboard."""
    answer = await client.post("/api/v1/dashboards", json={"name": "Wall", "spec": spec(panels)})
    assert answer.status_code == 201, answer.text
    return int(answer.json()["id"])


def feed(hub: RunningHub, secret: str) -> contextlib.AbstractAsyncContextManager[Browser]:
    return hub.browser("", namespace="/shared", Cookie=f"{PASS_COOKIE}={secret}")


class TestMaking:
    async def test_the_link_is_shown_once_and_kept_as_a_hash(self, hub: RunningHub, client: httpx.AsyncClient) -> None:
        search = "a.metric=system.cpu.utilization&range=1h"
        answer = await client.post(SHARES, json={"place": "explore", "search": search, "label": "Wall"})
        assert answer.status_code == 201
        url, shown = answer.json()["url"], answer.json()["share"]
        address, _, secret = url.partition("#")
        assert address.endswith("/dashboard/shared")
        assert secret.startswith(shares.PREFIX)
        expires = datetime.fromisoformat(shown["expires_at"])
        assert abs(expires - datetime.now(UTC) - timedelta(days=7)) < timedelta(minutes=1)
        assert (shown["metrics"], shown["works"]) == (["system.cpu.utilization"], True)
        listed = await client.get(SHARES)
        assert listed.json()["items"] == [shown]
        [row] = await hub.fetch("SELECT * FROM shares")
        [entry] = await hub.fetch("SELECT * FROM audit_log WHERE action = 'share.create'")
        for text in (listed.text, str(dict(row)), str(dict(entry))):
            assert secret.removeprefix(shares.PREFIX) not in text
        assert entry["target"] == f"share:{shown['id']}"

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({"place": "commands"}, "place"),
            ({"place": "explore"}, "search"),
            ({"place": "explore", "search": "metric=cpu"}, "search"),
            ({"place": "dashboard"}, "dashboard"),
            ({"place": "dashboard", "dashboard": 7}, "dashboard"),
            ({"place": "home", "dashboard": 1}, "dashboard"),
            ({"place": "home", "search": "x" * 4097}, "search"),
            ({"place": "home", "search": "a b"}, "search"),
            ({"place": "home", "label": "a\nb"}, "label"),
            ({"place": "home", "label": "x" * 257}, "label"),
            ({"place": "home", "environments": [""]}, "environments.0"),
            ({"place": "home", "tags": ["a b"]}, "tags.0"),
            ({"place": "home", "expires_in_s": 599}, "expires_in_s"),
            ({"place": "home", "expires_in_s": 366 * 86_400 + 1}, "expires_in_s"),
            ({"place": "home", "expires_in_s": True}, "expires_in_s"),
        ],
    )
    async def test_what_is_not_valid_is_named(
        self, body: dict[str, object], field: str, client: httpx.AsyncClient
    ) -> None:
        answer = await client.post(SHARES, json=body)
        assert answer.status_code in (400, 422), answer.text
        assert answer.json()["errors"][0]["field"] == field

    async def test_a_person_shares_so_many_pages_at_most(
        self, hub: RunningHub, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(shares, "MAX_OPEN", 1)
        assert (await client.post(SHARES, json={"place": "home"})).status_code == 201
        assert (await client.post(SHARES, json={"place": "home"})).status_code == 409
        await change(hub, "UPDATE shares SET expires_at = now()")
        assert (await client.post(SHARES, json={"place": "home"})).status_code == 201

    async def test_others_see_and_end_only_their_own(self, hub: RunningHub) -> None:
        await hub.share(await hub.session(Role.OPERATOR))
        [row] = await hub.fetch("SELECT id FROM shares")
        for role, scope, may in (
            (Role.OPERATOR, Scope(), False),
            (Role.ADMIN, PROD, False),
            (Role.ADMIN, Scope(), True),
        ):
            async with hub.client(await hub.session(role, scope=scope)) as client:
                assert (await client.get(SHARES)).json()["items"] == []
                everybody = await client.get(SHARES, params={"all": True})
                assert everybody.status_code == (200 if may else 403)
                ended = await client.delete(f"{SHARES}/{row['id']}")
                assert ended.status_code == (204 if may else 404)
        [entry] = await hub.fetch("SELECT * FROM audit_log WHERE action = 'share.revoke'")
        assert entry["target"] == f"share:{row['id']}"


class TestOpening:
    async def test_a_stranger_gets_a_pass_that_scripts_cannot_read(self, hub: RunningHub) -> None:
        secret = await hub.share(await hub.session(), search="color=memory", label="Wall")
        async with hub.client() as client:
            answer = await client.post(OPEN, json={"secret": secret})
            assert answer.status_code == 200
            told = answer.json()
            assert (told["place"], told["search"], told["label"]) == ("home", "color=memory", "Wall")
            assert told["logged_in"] is False
            cookie = SimpleCookie(answer.headers["set-cookie"])[PASS_COOKIE]
            assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "strict", "/")
            assert abs(int(cookie["max-age"]) - 7 * 86_400) < 60
            assert COOKIE not in answer.headers["set-cookie"]
            assert (await client.get(SHARED)).json() == {key: told[key] for key in told if key != "logged_in"}
        [row] = await hub.fetch("SELECT last_used_at FROM shares")
        assert row["last_used_at"] is not None

    async def test_unknown_expired_revoked_and_lost_look_alike(self, hub: RunningHub) -> None:
        cookie = await hub.session()
        expired, revoked = await hub.share(cookie), await hub.share(cookie)
        lost = await hub.share(await hub.session(name="ann"))
        await change(hub, "UPDATE shares SET expires_at = now() WHERE id = 1")
        async with hub.client(cookie) as client:
            await client.delete(f"{SHARES}/2")
        await change(hub, "UPDATE users SET disabled = true WHERE username = 'ann'")
        async with hub.client() as client:
            answers = [await client.post(OPEN, json={"secret": one}) for one in (expired, revoked, lost, "oxs_unknown")]
        assert {(one.status_code, one.text) for one in answers} == {(404, answers[0].text)}
        assert not any("set-cookie" in one.headers for one in answers)
        for one in (expired, revoked, lost):
            assert await status(hub, one) == 401

    async def test_who_is_logged_in_stays_who_they_are(self, hub: RunningHub) -> None:
        cookie = await hub.session(Role.VIEWER, "bob")
        secret = await hub.share(await hub.session())
        async with hub.client(cookie) as client:
            answer = await client.post(OPEN, json={"secret": secret})
            assert (answer.status_code, answer.json()["logged_in"]) == (200, True)
            assert "set-cookie" not in answer.headers
            assert (await client.get("/api/v1/auth/me")).json()["username"] == "bob"

    async def test_another_sites_page_opens_nothing(self, hub: RunningHub) -> None:
        secret = await hub.share(await hub.session())
        async with hub.client() as client:
            answer = await client.post(OPEN, json={"secret": secret}, headers={"Sec-Fetch-Site": "cross-site"})
        assert (answer.status_code, "set-cookie" in answer.headers) == (403, False)


class TestWhatIsShown:
    async def test_fields_that_are_not_for_strangers_are_empty(self, hub: RunningHub) -> None:
        agent = await hub.enroll(
            "web-1", environment="prod", tags=["eu"], metadata={"owner": "zz-owner"}, host="zz-host.example", port=8443
        )
        secret = await hub.share(await hub.session())
        async with hub.showing(secret) as client:
            listed = await client.get(f"{SHARED}/agents")
            one = await client.get(f"{SHARED}/agents/{agent.id}")
            # What would find it by a field that is not shown.
            sought = await client.get(f"{SHARED}/agents", params={"q": "nothing like it"})
        assert listed.json()["items"] == [one.json()] == sought.json()["items"]
        shown = one.json()
        assert (shown["name"], shown["environment"], shown["tags"]) == ("web-1", "prod", ["eu"])
        assert (shown["host"], shown["port"], shown["metadata"], shown["facts"]) == ("", None, {}, {})
        assert "zz-" not in listed.text

    async def test_only_the_metrics_of_the_place_are_told(self, hub: RunningHub) -> None:
        agent = await hub.enroll()
        await post(hub, agent, "cpu_usage")
        await post(hub, agent, "logins")
        secret = await hub.share(await hub.session(), place="explore", search="a.metric=cpu_usage&metric=logins")
        asked = {
            "/series?metric=cpu_usage&across=max": 200,
            "/series/top?metric=cpu_usage": 200,
            f"/series?metric=cpu_usage&agent={agent.id}": 200,
            "/series?metric=logins&across=max": 403,
            "/series?metric=cpu_usage&metric=logins&across=max": 403,
            f"/series?agent={agent.id}": 403,
            "/series/top?metric=logins": 403,
            # Explore shows no alerts.
            "/incidents": 403,
            "/alerts": 403,
        }
        assert {path: await status(hub, secret, SHARED + path) for path in asked} == asked

    async def test_incidents_are_told_without_people_and_notes(self, hub: RunningHub) -> None:
        secret = await hub.share(await hub.session())
        await change(
            hub,
            """
            INSERT INTO incidents
                (id, kind, title, severity, state, opened_at, acknowledged_by, assignee, notes, changed_at)
            VALUES
                (1, 'alerts', 'CPU', 'critical', 'acknowledged', now(), 'zz-ann', 'zz-bob', 'zz-notes', now())
            """,
        )
        async with hub.showing(secret) as client:
            answer = await client.get(f"{SHARED}/incidents")
        [incident] = answer.json()["items"]
        assert (incident["title"], incident["severity"], incident["state"]) == (
            "CPU", "critical", "acknowledged",
        )  # fmt: skip
        assert "zz-" not in answer.text

    async def test_agents_nobody_let_in_yet_are_not_shown(self, hub: RunningHub) -> None:
        await hub.enroll("web-1")
        agent = await hub.enroll("stranger")
        await change(hub, "UPDATE agents SET admission = 'pending' WHERE id = $1", agent.id)
        await hub.hub.registry.load()
        secret = await hub.share(await hub.session())
        assert await names(hub, secret) == ["web-1"]
        assert await status(hub, secret, f"{SHARED}/agents/{agent.id}") == 404


class TestDashboards:
    async def test_one_is_shown_with_what_it_asks_and_nothing_else(
        self, hub: RunningHub, client: httpx.AsyncClient
    ) -> None:
        agent = await hub.enroll()
        for metric in ("cpu_usage", "load", "logins"):
            await post(hub, agent, metric)
        shown = await dashboard(client, [chart("cpu_usage"), coloured("load")])
        other = await dashboard(client, [chart("logins")])
        secret = await hub.share(await hub.session(), place="dashboard", dashboard=shown, search="")
        asked = {
            f"/dashboards/{shown}": 200,
            f"/dashboards/{other}": 404,
            "/series?metric=cpu_usage&across=max": 200,
            "/series/top?metric=load": 200,
            "/series?metric=logins&across=max": 403,
            "/incidents": 403,
            "/alerts": 403,
        }
        assert {path: await status(hub, secret, SHARED + path) for path in asked} == asked
        async with hub.showing(secret) as stranger:
            told = (await stranger.get(SHARED)).json()
            detail = (await stranger.get(f"{SHARED}/dashboards/{shown}")).json()
        assert (told["place"], told["dashboard"]) == ("dashboard", shown)
        assert (detail["name"], len(detail["spec"]["panels"])) == ("Wall", 2)
        assert (detail["created_by"], detail["changed_by"]) == ("", "")
        [item] = (await client.get(SHARES, params={"all": True})).json()["items"]
        assert (item["dashboard_name"], item["metrics"]) == ("Wall", ["cpu_usage", "load"])

    async def test_what_is_put_on_it_later_is_shown_too(self, hub: RunningHub, client: httpx.AsyncClient) -> None:
        number = await dashboard(client, [chart("cpu_usage")])
        secret = await hub.share(await hub.session(), place="dashboard", dashboard=number, search="")
        incidents = {"id": 2, "kind": "incidents", "grid": {"x": 6, "y": 0, "w": 6, "h": 4}}
        body = {"name": "Wall", "spec": spec([chart("load"), incidents]), "based_on": 1}
        assert (await client.put(f"/api/v1/dashboards/{number}", json=body)).status_code == 200
        asked = {
            "/series?metric=cpu_usage&across=max": 403,
            "/series?metric=load&across=max": 200,
            "/incidents": 200,
            "/alerts": 403,
        }
        assert {path: await status(hub, secret, SHARED + path) for path in asked} == asked

    async def test_a_deleted_one_shows_nothing_until_it_is_restored(
        self, hub: RunningHub, client: httpx.AsyncClient
    ) -> None:
        number = await dashboard(client, [chart("cpu_usage")])
        secret = await hub.share(await hub.session(), place="dashboard", dashboard=number, search="")
        assert (await client.delete(f"/api/v1/dashboards/{number}")).status_code == 204
        assert await status(hub, secret) == 401
        [item] = (await client.get(SHARES, params={"all": True})).json()["items"]
        assert (item["dashboard"], item["works"], item["metrics"]) == (None, False, [])
        assert (await client.post(f"/api/v1/dashboards/{number}/restore")).status_code == 200
        assert await status(hub, secret) == 200


class TestScope:
    async def test_it_is_never_wider_than_the_makers(self, hub: RunningHub) -> None:
        for name, environment, tags in (("web-1", "prod", ["eu"]), ("web-2", "prod", []), ("lab-1", "lab", ["eu"])):
            agent = await hub.enroll(name, environment=environment, tags=tags)
            await post(hub, agent, "cpu_usage")
        maker = await hub.session(Role.OPERATOR, "ann")
        narrow = await hub.share(maker, tags=["eu"])
        wide = await hub.share(maker)
        assert (await names(hub, narrow), len(await names(hub, wide))) == (["lab-1", "web-1"], 3)
        await change(hub, "UPDATE users SET scope_environments = '{prod}' WHERE username = 'ann'")
        assert (await names(hub, narrow), await names(hub, wide)) == (["web-1"], ["web-1", "web-2"])
        async with hub.showing(narrow) as client:
            top = await client.get(f"{SHARED}/series/top?metric=cpu_usage")
            assert [one["name"] for one in top.json()["items"]] == ["web-1"]
            others = await client.get(f"{SHARED}/series?metric=cpu_usage&agent=2")
            assert others.status_code == 404

    async def test_it_ends_with_the_makers_role_and_account(self, hub: RunningHub) -> None:
        secret = await hub.share(await hub.session(Role.OPERATOR, "ann"))
        for setting in ("role = 'viewer'", "role = 'admin', disabled = true"):
            assert await status(hub, secret) == 200
            await change(hub, f"UPDATE users SET {setting} WHERE username = 'ann'")  # noqa: S608 - constant
            assert await status(hub, secret) == 401
            await change(hub, "UPDATE users SET role = 'operator', disabled = false WHERE username = 'ann'")
        await change(hub, "DELETE FROM users WHERE username = 'ann'")
        assert await status(hub, secret) == 401


class TestFeed:
    async def test_it_follows_the_agents_that_are_shown_and_nothing_else(self, hub: RunningHub) -> None:
        inside = await hub.enroll("web-1", environment="prod")
        outside = await hub.enroll("lab-1", environment="lab")
        secret = await hub.share(await hub.session(), environments=["prod"])
        async with feed(hub, secret) as screen:
            assert await screen.ask("watch_fleet") == {"ok": True}
            await post(hub, outside, "cpu_usage")
            await post(hub, inside, "cpu_usage")
            told = (await screen.event("fleet")).data
            while not told["agents"]:  # that an agent is new may be told before its values
                assert set(told["added"]) <= {inside.id}
                told = (await screen.event("fleet")).data
            assert [one["id"] for one in told["agents"]] == [inside.id]

    @pytest.mark.parametrize("act", ["revoke", "expire", "demote"])
    async def test_it_ends_with_the_share_on_pages_that_are_open(self, act: str, hub: RunningHub) -> None:
        admin = await hub.session()
        secret = await hub.share(await hub.session(Role.OPERATOR, "ann"))
        async with feed(hub, secret) as screen, hub.client(admin) as client:
            assert await screen.ask("watch_fleet") == {"ok": True}
            if act == "revoke":
                assert (await client.delete(f"{SHARES}/1")).status_code == 204
            elif act == "demote":
                [ann] = await hub.fetch("SELECT id FROM users WHERE username = 'ann'")
                changed = await client.patch(f"/api/v1/users/{ann['id']}", json={"role": "viewer"})
                assert changed.status_code == 200, changed.text
            else:
                await change(hub, "UPDATE shares SET expires_at = now()")
                await hub.hub.feed.recheck()
            await screen.ended()
        with pytest.raises(RefusedError):
            async with feed(hub, secret):
                pass

    async def test_it_shrinks_with_the_makers_scope(self, hub: RunningHub) -> None:
        agent = await hub.enroll("lab-1", environment="lab")
        secret = await hub.share(await hub.session(Role.OPERATOR, "ann"))
        [ann] = await hub.fetch("SELECT id FROM users WHERE username = 'ann'")
        async with feed(hub, secret) as screen, hub.client(await hub.session()) as client:
            assert await screen.ask("watch_fleet") == {"ok": True}
            scope = {"environments": ["prod"], "tags": []}
            assert (await client.put(f"/api/v1/users/{ann['id']}/scope", json=scope)).status_code == 200
            await screen.event("access")  # upon which the page fetches its agents again
            await post(hub, agent, "cpu_usage")
            assert await screen.all_within(0.5) == []
        assert await names(hub, secret) == []

    async def test_nothing_comes_from_the_moment_on_at_which_it_expires(self, hub: RunningHub) -> None:
        agent = await hub.enroll()
        secret = await hub.share(await hub.session())
        await change(hub, "UPDATE shares SET expires_at = now() + interval '1 second'")
        async with feed(hub, secret) as screen:
            assert await screen.ask("watch_fleet") == {"ok": True}
            [row] = await hub.fetch("SELECT expires_at FROM shares")
            await until(lambda: hub.hub.services.now() > row["expires_at"])
            await screen.all_within(0.3)
            await post(hub, agent, "cpu_usage")
            assert await screen.all_within(0.5) == []
