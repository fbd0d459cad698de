"""People who see some agents only: what they are shown, and what happens when that changes."""

import secrets
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from opsentrix.model.upgrades import Release, Rollout, RolloutState
from opsentrix.model.users import Role, Scope
from opsentrix.storage import upgrades

from packages.hub.tests.kit.agent import full_frame
from packages.hub.tests.kit.hub import Enrolled, RunningHub
from packages.hub.tests.kit.live import Browser

AGENTS = "/api/v1/agents"
PROD = Scope(environments=frozenset(("prod",)))
DB = Scope(tags=frozenset(("db",)))


async def names(client: httpx.AsyncClient, query: str = "") -> list[str]:
    return [one["name"] for one in (await client.get(AGENTS + query)).json()["items"]]


@pytest.fixture
async def fleet(hub: RunningHub) -> dict[str, Enrolled]:
    return {
        "web": await hub.enroll("web", environment="prod"),
        "db": await hub.enroll("db", environment="staging", tags=["db", "eu"]),
        "both": await hub.enroll("both", environment="prod", tags=["db"]),
        "lab": await hub.enroll("lab", environment="lab", tags=["lab-only"], type="router"),
    }


@pytest.fixture
async def operator(hub: RunningHub) -> AsyncIterator[httpx.AsyncClient]:
    async with hub.client(await hub.session(Role.OPERATOR, "olga", PROD)) as client:
        yield client


@pytest.mark.parametrize(
    ("scope", "seen"),
    [
        (Scope(), ["both", "db", "lab", "web"]),
        (PROD, ["both", "web"]),
        (DB, ["both", "db"]),
        (Scope(PROD.environments, DB.tags), ["both", "db", "web"]),
        (Scope(environments=frozenset(("nowhere",))), []),
    ],
)
async def test_lists_and_counts_know_what_is_within(
    scope: Scope, seen: list[str], hub: RunningHub, fleet: dict[str, Enrolled]
) -> None:
    async with hub.client(await hub.session(Role.VIEWER, scope=scope)) as client:
        answer = (await client.get(AGENTS)).json()
        assert ([one["name"] for one in answer["items"]], answer["total"]) == (seen, len(seen))
        assert await names(client, "?tag=db") == [one for one in seen if one in ("both", "db")]
        facets = (await client.get(f"{AGENTS}/facets")).json()
        assert sum(facets["status"].values()) == len(seen)
        assert ("lab-only" in facets["tags"], "router" in facets["types"]) == ("lab" in seen, "lab" in seen)
        paged = await client.get(f"{AGENTS}?limit=1")
        assert bool(paged.json()["next_cursor"]) is (len(seen) > 1)


async def test_what_is_beyond_looks_like_what_does_not_exist(
    operator: httpx.AsyncClient, fleet: dict[str, Enrolled]
) -> None:
    beyond, never = fleet["lab"].id, 999_999
    for method, path, fields in (
        ("GET", "/api/v1/agents/{}", {}),
        ("PATCH", "/api/v1/agents/{}", {"json": {"name": "mine"}}),
        ("GET", "/api/v1/series?agent={}", {}),
        ("GET", "/api/v1/series?agent={}&across=max&metric=cpu_usage", {}),
        ("GET", "/api/v1/series/export?agent={}", {}),
        ("POST", "/api/v1/agents/{}/pause", {}),
    ):
        one, other = [await operator.request(method, path.format(it), **fields) for it in (beyond, never)]  # type: ignore[arg-type]  # of httpx
        assert one.status_code == other.status_code == 404, path
        assert one.text.replace(f"agent {beyond}.", "") == other.text.replace(f"agent {never}.", "")


async def test_bulk_changes_stay_within(operator: httpx.AsyncClient, fleet: dict[str, Enrolled]) -> None:
    change = {"change": {"reporting_interval": 5}}
    listed = {"agents": [fleet["web"].id, fleet["lab"].id]}
    assert (await operator.post(f"{AGENTS}/bulk-config", json={**change, **listed})).status_code == 404
    selected = await operator.post(f"{AGENTS}/bulk-config", json={**change, "selector": {}})
    assert selected.json() == {"agents": 2, "changed": 2, "restarted": 0}


async def test_sums_and_ranks_are_of_what_is_within(
    hub: RunningHub, operator: httpx.AsyncClient, fleet: dict[str, Enrolled]
) -> None:
    for value, (name, enrolled) in enumerate(fleet.items(), 1):
        metrics = {"x": value, f"only.{name}": 1}
        posted = await operator.post(
            f"{AGENTS}/{enrolled.id}/metrics", json={"metrics": metrics}, headers=enrolled.headers
        )
        assert posted.status_code == 200
    known = (await operator.get("/api/v1/series/metrics")).json()
    assert [one["metric"] for one in known["items"]] == ["only.both", "only.web", "x"]
    top = (await operator.get("/api/v1/series/top?metric=x")).json()["items"]
    assert [(one["name"], one["value"]) for one in top] == [("both", 3), ("web", 1)]
    across = (await operator.get("/api/v1/series?metric=x&across=sum&by=environment")).json()["series"]
    assert [(one["group"], one["members"]) for one in across] == [({"environment": "prod"}, 2)]


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"environment": "lab"}, 403),
        ({"environment": ""}, 403),
        ({"tags": ["new"]}, 200),
        ({"environment": "prod", "name": "renamed"}, 200),
    ],
)
async def test_an_agent_cannot_be_moved_out_of_ones_own_reach(
    change: dict[str, object], status: int, operator: httpx.AsyncClient, fleet: dict[str, Enrolled]
) -> None:
    assert (await operator.patch(f"{AGENTS}/{fleet['web'].id}", json=change)).status_code == status


class TestEnrollment:
    @pytest.mark.parametrize(
        ("scope", "wanted", "status"),
        [
            (PROD, {}, 403),
            (PROD, {"environment": "lab"}, 403),
            (PROD, {"environment": "prod", "tags": ["any"]}, 201),
            (PROD, {"tags": ["prod"]}, 403),
            (DB, {"tags": ["db"]}, 201),
            (DB, {"environment": "prod", "tags": ["web"]}, 403),
        ],
    )
    async def test_tokens_are_made_within_ones_scope(
        self, scope: Scope, wanted: dict[str, object], status: int, hub: RunningHub
    ) -> None:
        async with hub.client(await hub.session(Role.OPERATOR, scope=scope)) as client:
            made = await client.post("/api/v1/enrollment-tokens", json=wanted)
            assert made.status_code == status
            if status == 201:
                bearing = {"Authorization": f"Bearer {made.json()['token']}"}
                body = {"name": "new", "type": "server", "host": "h", "environment": "elsewhere", "tags": []}
                assert (await client.post(f"{AGENTS}/register", json=body, headers=bearing)).status_code == 201
                assert await names(client) == ["new"], "what such a token lets in is within the scope"

    async def test_tokens_of_others_are_neither_listed_nor_revoked(
        self, client: httpx.AsyncClient, operator: httpx.AsyncClient
    ) -> None:
        made = [(await client.post("/api/v1/enrollment-tokens", json=one)).json()["id"]
                for one in ({"environment": "prod"}, {"environment": "lab"}, {})]  # fmt: skip
        path = "/api/v1/enrollment-tokens"
        assert [one["id"] for one in (await operator.get(path)).json()["items"]] == [made[0]]
        assert [(await operator.delete(f"{path}/{one}")).status_code for one in made] == [204, 404, 404]


async def test_retention_rules_are_shown_as_far_as_they_apply(
    client: httpx.AsyncClient, operator: httpx.AsyncClient, fleet: dict[str, Enrolled]
) -> None:
    for rule in ({"environment": "prod"}, {"tag": "db"}, {"environment": "lab"}, {"tag": "eu"}):
        assert (await client.post("/api/v1/retention-rules", json={**rule, "keep_1s_days": 3})).status_code == 201
    for path, key in (("/api/v1/retention", "rules"), ("/api/v1/retention-rules", "items")):
        rules = (await operator.get(path)).json()[key]
        assert [(one["environment"], one["tag"]) for one in rules] == [("prod", None), (None, "db")]
        assert len((await client.get(path)).json()[key]) == 4


async def test_rollouts_are_shown_as_far_as_agents_within_take_part(
    hub: RunningHub, client: httpx.AsyncClient, operator: httpx.AsyncClient, fleet: dict[str, Enrolled]
) -> None:
    now = datetime.now(UTC)
    for rings in ([[fleet["lab"].id]], [[fleet["web"].id], [fleet["both"].id, fleet["db"].id]]):
        async with hub.database.transaction() as connection:
            rollout = Rollout(
                0, secrets.token_bytes(16), Release("2.0", "ab", 1, ()), timedelta(), 0, RolloutState.FINISHED, "", 0,
                len(rings), None, "root", now, now,
            )  # fmt: skip
            await upgrades.add(connection, rollout, rings)
    first, second = (one["id"] for one in reversed((await client.get("/api/v1/upgrades")).json()["items"]))
    [shown] = (await operator.get("/api/v1/upgrades")).json()["items"]
    assert (shown["id"], [one["agents"] for one in shown["rings"]]) == (second, [1, 1])
    assert (await operator.get(f"/api/v1/upgrades/{first}")).status_code == 404
    detail = (await operator.get(f"/api/v1/upgrades/{second}")).json()
    assert [one["name"] for one in detail["agents"]] == ["web", "both"]
    assert [one["agents"] for one in (await operator.get("/api/v1/agent-releases")).json()["versions"]] == [2]
    assert [one["agents"] for one in (await client.get("/api/v1/agent-releases")).json()["versions"]] == [4]


class TestChanging:
    async def user(self, hub: RunningHub, name: str) -> int:
        [row] = await hub.fetch("SELECT id FROM users WHERE username = $1", name)
        user: int = row["id"]
        return user

    async def test_a_scope_holds_at_once_and_is_audited(
        self, hub: RunningHub, client: httpx.AsyncClient, operator: httpx.AsyncClient, fleet: dict[str, Enrolled]
    ) -> None:
        me = (await operator.get("/api/v1/auth/me")).json()
        assert me["scope"] == {"environments": ["prod"], "tags": []}
        path = f"/api/v1/users/{await self.user(hub, 'olga')}/scope"
        wanted = {"environments": [], "tags": ["db", "db"]}
        answer = await client.put(path, json=wanted)
        assert (answer.status_code, answer.json()) == (200, {"environments": [], "tags": ["db"]})
        assert await names(operator) == ["both", "db"]
        [row] = await hub.fetch("SELECT target, before, after FROM audit_log WHERE action = 'user.scope'")
        assert row["target"] == "user:olga"
        assert (row["before"]["environments"], row["after"]["tags"]) == (["prod"], ["db"])

    async def test_nobody_limits_themselves_and_only_admins_of_everything_limit_others(
        self, hub: RunningHub, operator: httpx.AsyncClient
    ) -> None:
        cookie = await hub.session(name="root")
        everything: dict[str, list[str]] = {"environments": [], "tags": []}
        async with hub.client(cookie) as root, hub.client(await hub.session(name="part", scope=PROD)) as part:
            mine = f"/api/v1/users/{await self.user(hub, 'root')}/scope"
            assert (await root.put(mine, json={**everything, "tags": ["x"]})).status_code == 409
            assert (await root.put("/api/v1/users/999999/scope", json=everything)).status_code == 404
            theirs = f"/api/v1/users/{await self.user(hub, 'part')}/scope"
            refused = await part.put(theirs, json=everything)
            assert (refused.status_code, "for all agents" in refused.json()["detail"]) == (403, True)
            assert (await operator.put(theirs, json=everything)).status_code == 403
            assert (await root.put(theirs, json={"environments": []})).status_code == 422


async def told(browser: Browser, what: str, agent: int) -> None:
    """Wait until the fleet's news name an agent."""
    while agent not in [
        one["id"] if isinstance(one, dict) else one for one in (await browser.event("fleet")).data[what]
    ]:
        pass


class TestLive:
    async def test_only_agents_within_are_told_of_and_watched(
        self, hub: RunningHub, client: httpx.AsyncClient, fleet: dict[str, Enrolled]
    ) -> None:
        async with hub.browser(await hub.session(Role.VIEWER, scope=PROD)) as browser:
            await browser.ask("watch_fleet")
            refused = await browser.ask("watch_agent", {"agent": fleet["lab"].id})
            assert refused == await browser.ask("watch_agent", {"agent": 999_999})
            assert await browser.ask("watch_agent", {"agent": fleet["web"].id}) == {"ok": True}
            for name in ("lab", "web"):
                await client.post(
                    f"{AGENTS}/{fleet[name].id}/heartbeat", json={"status": "online"}, headers=fleet[name].headers
                )
            await client.patch(f"{AGENTS}/{fleet['lab'].id}", json={"name": "lab-2"})
            await hub.enroll("lab-3", environment="lab")
            await client.delete(f"{AGENTS}/{fleet['lab'].id}")
            await client.delete(f"{AGENTS}/{fleet['web'].id}")
            seen: set[int] = set()
            while True:
                news = (await browser.event("fleet")).data
                seen |= {one["id"] for one in news["agents"]} | set(news["added"]) | set(news["removed"])
                if fleet["web"].id in news["removed"]:
                    break
            assert seen <= {fleet["web"].id, fleet["both"].id}

    async def test_samples_stop_when_an_agent_is_moved_away(
        self, hub: RunningHub, client: httpx.AsyncClient, fleet: dict[str, Enrolled]
    ) -> None:
        web = fleet["web"]
        async with hub.browser(await hub.session(Role.VIEWER, scope=PROD)) as browser, hub.greeted(web) as agent:
            await browser.ask("watch_fleet")
            await browser.ask("watch_agent", {"agent": web.id})
            await agent.paced()
            await agent.send(frame=full_frame(1))
            await agent.acked(1)
            await browser.event("samples")
            await client.patch(f"{AGENTS}/{web.id}", json={"environment": "lab"})
            await agent.send(frame=full_frame(2))
            await told(browser, "removed", web.id)
            answers = {(one := await agent.any()).WhichOneof("body"): one for _ in range(2)}
            assert (list(answers["ack"].ack.seqs), answers["pace"].pace.frame_ticks) == ([2], 0)
            assert [one.name for one in await browser.all_within(0.3) if one.name == "samples"] == []
            await client.patch(f"{AGENTS}/{web.id}", json={"environment": "prod"})
            await told(browser, "added", web.id)

    async def test_a_page_that_is_open_follows_a_new_scope(
        self, hub: RunningHub, client: httpx.AsyncClient, fleet: dict[str, Enrolled]
    ) -> None:
        cookie = await hub.session(Role.VIEWER, "vera", PROD)
        async with hub.browser(cookie) as browser:
            await browser.ask("watch_fleet")
            [row] = await hub.fetch("SELECT id FROM users WHERE username = 'vera'")
            wanted = {"environments": ["staging"], "tags": []}
            assert (await client.put(f"/api/v1/users/{row['id']}/scope", json=wanted)).status_code == 200
            await browser.event("access")
            await told(browser, "removed", fleet["web"].id)
            assert (await browser.ask("watch_agent", {"agent": fleet["web"].id}))["ok"] is False
            assert (await browser.ask("watch_agent", {"agent": fleet["db"].id}))["ok"] is True
