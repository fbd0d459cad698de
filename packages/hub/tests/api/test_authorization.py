"""The table of authorization, walked through the real application. A route without a line in it fails here."""

import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.routing import APIRoute
from opsentrix.api.auth import AREAS
from opsentrix.api.http import create_api
from opsentrix.model.users import Role, Scope
from websockets.exceptions import InvalidStatus

from packages.hub.tests.kit import hub as hubs
from packages.hub.tests.kit.hub import Enrolled, RunningHub
from packages.hub.tests.kit.live import RefusedError
from scripts.generate_authorization_reference import PAGE, page

from .authorization import AGENTS, CALLERS, PEOPLE, PUBLIC, SHARED, Caller, Route, allowed, rule_of

LAB = Scope(environments=frozenset(("lab",)))
SECRET = "zz-beyond"
"""Stands in all that those who may not see the other agent must never be told."""
BODY = {"name": "a", "type": "b", "host": "c"}


def routes() -> Iterator[Route]:
    """Return method and path of every route."""
    document = create_api()
    for path, operations in document.openapi()["paths"].items():
        for method in operations:
            yield method.upper(), path
    for route in document.routes:
        if not isinstance(route, APIRoute) or not route.include_in_schema:
            for method in getattr(route, "methods", None) or ():
                if method != "HEAD":
                    yield method, getattr(route, "path", "")


def filled(path: str, agent: int = 1) -> str:
    """Return a path to an agent, and to nothing else that exists."""
    other = path.replace("{agent_id}", str(agent)).replace("{key}", "0123456789abcdef")
    return re.sub(r"{[a-z]+_id}|{serial}", "999999", other)


def no_agent(answer: httpx.Response, agent: int) -> bool:
    return answer.status_code == 404 and answer.json()["detail"] == f"There is no agent {agent}."


def test_every_route_is_listed_and_nothing_else() -> None:
    assert set(routes()) == PUBLIC | AGENTS | SHARED | PEOPLE.keys()


def test_the_table_says_what_api_tokens_are_for_as_the_routes_do() -> None:
    tags = {
        (method.upper(), path): operation["tags"]
        for path, operations in create_api().openapi()["paths"].items()
        for method, operation in operations.items()
    }
    for route in PEOPLE:
        assert rule_of(route).area == next((AREAS[tag] for tag in tags[route] if tag in AREAS), None), route


def test_the_reference_shows_the_table() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run `make docs-reference`"


class Site:
    """A hub with an agent inside the scope of those who see some, and one beyond it."""

    def __init__(self, hub: RunningHub) -> None:
        self.hub = hub
        self._inside: Enrolled | None = None
        self._outside: Enrolled | None = None

    async def inside(self) -> int:
        """Return the agent inside the scope, a new one if it was deleted meanwhile."""
        self._inside = await self._present(self._inside, "lab-1", environment="lab")
        return self._inside.id

    async def outside(self) -> int:
        """Return the agent beyond the scope, which has reported something."""
        self._outside = await self._present(
            self._outside, SECRET, environment=SECRET, tags=[SECRET], metadata={"owner": SECRET}
        )
        return self._outside.id

    async def _present(self, agent: Enrolled | None, name: str, **fields: Any) -> Enrolled:  # noqa: ANN401 - any field of a registration
        if agent is None or self.hub.hub.registry.get(agent.id) is None:
            agent = await self.hub.enroll(name, **fields)
            async with self.hub.client() as client:
                posted = await client.post(
                    f"/api/v1/agents/{agent.id}/metrics", headers=agent.headers,
                    json={"samples": [{"metric": "cpu_usage", "value": 99, "labels": {"name": name}}]},
                )  # fmt: skip
            assert posted.status_code == 200, posted.text
        return agent

    async def client(self, caller: Caller) -> httpx.AsyncClient:
        """Return a client of somebody new."""
        cookie = await self.hub.session(caller.role, scope=LAB if caller.scoped else Scope())
        if not caller.reading_token:
            return self.hub.client(cookie)
        return self.hub.bearing(await self.hub.api_token(cookie, role=caller.role, permissions=["read"]))


@pytest.fixture
async def site(dsn: str, tmp_path: Path) -> AsyncIterator[Site]:
    async with hubs.running(dsn, tmp_path, rate_limits=False) as hub:
        yield Site(hub)


@pytest.mark.parametrize("caller", CALLERS, ids=lambda one: one.name.replace(" ", "-"))
async def test_each_may_do_what_the_table_says(caller: Caller, site: Site) -> None:
    async with await site.client(caller) as client:
        for route in PEOPLE:
            method, path = route
            agent = await site.inside()
            answer = await client.request(method, filled(path, agent))
            if allowed(route, caller):
                # Next to nothing is sent: what counts is that the door is open.
                assert answer.status_code not in (401, 403, 405), (route, answer.text)
                assert answer.status_code < 500, (route, answer.text)
                assert not no_agent(answer, agent), route
            else:
                assert answer.status_code == 403, (route, answer.text)
                assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("caller", [one for one in CALLERS if one.scoped], ids=lambda one: one.role)
async def test_who_sees_some_agents_is_not_told_of_others(caller: Caller, site: Site) -> None:
    queries = {
        "/api/v1/series": "?metric=cpu_usage&across=max&by=agent,environment,type,tag,label:name",
        "/api/v1/series/top": "?metric=cpu_usage",
    }
    admin = site.hub.client(await site.hub.session())
    outside = await site.outside()
    async with admin:
        made = [
            await admin.post("/api/v1/retention-rules", json={"tag": SECRET, "keep_1s_days": 3}),
            await admin.post("/api/v1/enrollment-tokens", json={"environment": SECRET}),
        ]
        assert [one.status_code for one in made] == [201, 201]
        # What is looked for can be found: else its absence would prove nothing.
        for path in ("/api/v1/agents", "/api/v1/agents/facets", "/api/v1/retention", "/api/v1/enrollment-tokens",
                     "/api/v1/series", "/api/v1/series/top"):  # fmt: skip
            assert SECRET in (await admin.get(path + queries.get(path, ""))).text, path
    async with await site.client(caller) as client:
        for method, path in PEOPLE:
            answer = await client.request(method, filled(path, outside) + queries.get(path, ""))
            assert SECRET not in answer.text, (method, path)
            if "{agent_id}" in path:
                assert no_agent(answer, outside), (method, path, answer.text)
        series = await client.get("/api/v1/series/top?metric=cpu_usage")
        assert [one["name"] for one in series.json()["items"]] == ["lab-1"] * (await _count(client))


async def _count(client: httpx.AsyncClient) -> int:
    total: int = (await client.get("/api/v1/agents")).json()["total"]
    return total


@pytest.mark.parametrize("route", sorted(AGENTS | SHARED | PEOPLE.keys()), ids=" ".join)
async def test_nobody_gets_nothing(route: Route, hub: RunningHub) -> None:
    method, path = route
    wrong = {"Authorization": "Bearer oxa_wrong", "Cookie": "opsentrix_session=wrong; opsentrix_pass=wrong"}
    async with hub.client() as client:
        answers = [
            await client.request(method, filled(path), json=BODY),
            await client.request(method, filled(path), json=BODY, headers=wrong),
            await client.request(method, filled(path), json=BODY, headers={**wrong, "Authorization": ""}),
        ]
    for answer in answers:
        assert answer.status_code == 401, answer.text
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["www-authenticate"] == "Bearer"


async def test_a_credential_is_no_login_and_a_login_no_credential(site: Site) -> None:
    enrolled = await site.hub.enroll()
    cookie = await site.hub.session()
    token = await site.hub.api_token(cookie, role="admin")
    async with site.hub.client() as client:
        for method, path in PEOPLE:
            answer = await client.request(method, filled(path, enrolled.id), headers=enrolled.headers)
            assert answer.status_code == 401, (method, path)
    beat = f"/api/v1/agents/{enrolled.id}/heartbeat"
    async with site.hub.client(cookie) as client:
        assert (await client.post(beat, json={})).status_code == 401
    async with site.hub.bearing(token) as client:
        assert (await client.post(beat, json={})).status_code == 401
        assert (await client.post("/api/v1/agents/register", json=BODY)).status_code == 401


async def test_a_pass_opens_what_is_shared_and_nothing_else(site: Site) -> None:
    agent = await site.inside()
    secret = await site.hub.share(await site.hub.session())
    queries = {
        "/api/v1/shared/series": "?metric=cpu_usage&across=max",
        "/api/v1/shared/series/top": "?metric=cpu_usage",
    }
    async with site.hub.showing(secret) as client:
        for method, path in PEOPLE.keys() | AGENTS:
            answer = await client.request(method, filled(path, agent), json=BODY)
            assert answer.status_code == 401, (method, path)
        for method, path in SHARED:
            answer = await client.request(method, filled(path, agent) + queries.get(path, ""))
            # It is let in everywhere, and Home is no dashboard.
            assert answer.status_code == (404 if "{dashboard_id}" in path else 200), (path, answer.text)
    with pytest.raises(RefusedError):
        async with site.hub.browser("", Cookie=f"opsentrix_pass={secret}"):
            pass


async def test_a_login_is_no_pass(site: Site) -> None:
    agent = await site.inside()
    cookie = await site.hub.session()
    token = await site.hub.api_token(cookie, role="admin")
    async with site.hub.client(cookie) as person, site.hub.bearing(token) as program:
        for method, path in SHARED:
            assert (await person.request(method, filled(path, agent))).status_code == 401, path
            assert (await program.request(method, filled(path, agent))).status_code == 401, path
    with pytest.raises(RefusedError):
        async with site.hub.browser(cookie, namespace="/shared"):
            pass


async def test_the_links_of_agents_are_for_agents(site: Site) -> None:
    cookie = await site.hub.session()
    for credential in ("", "oxa_wrong", cookie, await site.hub.api_token(cookie, role="admin")):
        with pytest.raises(InvalidStatus):
            async with site.hub.agent(Enrolled(1, credential)):
                pass
    async with site.hub.greeted(await site.hub.enroll()):
        pass


@pytest.mark.parametrize(
    ("permissions", "admitted"),
    [
        ([], True),
        (["read"], True),
        (["agents:read", "metrics:read"], True),
        (["agents:write", "metrics:read"], True),
        (["agents:read"], False),
        (["metrics:read"], False),
        (["enrollment:write"], False),
    ],
)
async def test_the_live_feed_is_for_people_and_tokens_that_may_read_agents_and_metrics(
    permissions: list[str], admitted: bool, site: Site
) -> None:
    token = await site.hub.api_token(await site.hub.session(Role.VIEWER), permissions=permissions)
    try:
        async with site.hub.browser("", Authorization=f"Bearer {token}") as browser:
            assert await browser.ask("watch_fleet") == {"ok": True}
            assert admitted
    except RefusedError:
        assert not admitted
    credential = (await site.hub.enroll()).credential
    with pytest.raises(RefusedError):
        async with site.hub.browser("", Authorization=f"Bearer {credential}"):
            pass
