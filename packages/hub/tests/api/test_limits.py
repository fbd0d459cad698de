"""How much may be sent: by agents, people and strangers, each without harm to the others."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from unittest.mock import AsyncMock

import httpx
import pytest
import websockets
from opsentrix.access.limiter import network_of
from opsentrix.api import limits
from opsentrix.api.limits import LimitRequests
from opsentrix.api.middleware import LimitBody
from opsentrix.api.strangers import vouch
from opsentrix.model.tokens import digest
from starlette.types import Message, Receive, Scope, Send

from packages.hub.tests.kit import hub as hubs
from packages.hub.tests.kit.hub import RunningHub, measured

AGENTS = {"seven": 7, "eight": 8}


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Site:
    """An application behind the limits, which knows one session, and agents by their credentials."""

    def __init__(self) -> None:
        self.clock = Clock()
        agents = {digest(credential): agent for credential, agent in AGENTS.items()}
        self.app = LimitRequests(self._answer, agents.get, self.clock)

    async def get(self, address: str = "192.0.2.1", path: str = "/", **headers: str) -> httpx.Response:
        transport = httpx.ASGITransport(self.app, client=(address, 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://hub") as client:
            return await client.get(path, headers=headers)

    async def passed(self, tries: int, address: str = "192.0.2.1", **headers: str) -> int:
        """Return how many of these tries were not refused for their number."""
        return [(await self.get(address, **headers)).status_code for _ in range(tries)].count(429) * -1 + tries

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"])
        bearer = headers.get(b"authorization", b"").decode().removeprefix("Bearer ")
        path = scope["path"]
        known = headers.get(b"cookie") == b"opsentrix_session=right" or bearer in AGENTS
        if known and path == "/":
            vouch(scope)
        status = 200 if path == "/open" or known or not (bearer or b"cookie" in headers) else 401
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": b""})


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Site:
    for name, burst in (("AGENT", 4), ("PERSON", 6), ("STRANGER", 5), ("FAILURE", 3)):
        monkeypatch.setattr(limits, f"{name}_BURST", burst)
        monkeypatch.setattr(limits, f"{name}_PER_S", 1)
    return Site()


async def test_strangers_are_limited_by_address(site: Site) -> None:
    assert await site.passed(10) == 5
    assert await site.passed(10, "192.0.2.2") == 5
    refused = await site.get()
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "1")
    assert refused.headers["content-type"] == "application/problem+json"
    site.clock.now += 2
    assert await site.passed(10) == 2


async def test_agents_behind_one_address_do_not_harm_each_other(site: Site) -> None:
    assert await site.passed(9) == 5
    assert await site.passed(9, authorization="Bearer seven") == 4
    assert await site.passed(9, authorization="Bearer eight") == 4


async def test_who_tries_credentials_is_stopped_and_who_has_one_is_not(site: Site) -> None:
    assert await site.passed(3, cookie="opsentrix_session=right") == 3
    statuses = [(await site.get(cookie=f"opsentrix_session=guess{number}")).status_code for number in range(6)]
    assert statuses == [401, 401, 401, 429, 429, 429]
    assert (await site.get(authorization="Bearer guess")).status_code == 429
    assert (await site.get(cookie="opsentrix_session=right")).status_code == 200, "it was accepted before"
    assert (await site.get(authorization="Bearer seven")).status_code == 200
    assert (await site.get("192.0.2.2", cookie="opsentrix_session=right")).status_code == 200
    site.clock.now += 1
    assert [(await site.get(cookie=f"opsentrix_session=more{number}")).status_code for number in range(2)] == [401, 429]


async def test_passes_to_shared_pages_are_tried_no_oftener_than_sessions(site: Site) -> None:
    statuses = [(await site.get(cookie=f"opsentrix_pass=guess{number}")).status_code for number in range(6)]
    assert statuses == [
        (await site.get("192.0.2.2", cookie=f"opsentrix_session=guess{n}")).status_code for n in range(6)
    ]
    assert statuses[-1] == 429


async def test_who_makes_up_cookies_is_a_stranger_all_the_same(site: Site) -> None:
    answers = [await site.get(path="/open", cookie=f"opsentrix_session=made-up{number}") for number in range(9)]
    assert [one.status_code for one in answers] == [200] * 5 + [429] * 4
    assert not site.app._accepted, "a page for everybody says nothing of who asks"


async def test_a_session_that_ended_counts_as_unknown_again(site: Site) -> None:
    assert (await site.get(cookie="opsentrix_session=right")).status_code == 200
    (accepted,) = site.app._accepted
    for _ in range(3):
        caller = limits._Caller("person", accepted)
        site.app._note(caller, "192.0.2.1", accepted=False, refused=True)
    assert (await site.get(cookie="opsentrix_session=right")).status_code == 429


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
        ("unix", "unix"),
    ],
)
def test_an_ipv6_subscriber_is_one_whatever_address_it_takes(address: str, network: str) -> None:
    assert network_of(address) == network


class TestHub:
    @pytest.fixture
    async def hub(self, dsn: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[RunningHub]:
        for name in ("STRANGER", "FAILURE"):
            monkeypatch.setattr(limits, f"{name}_BURST", 5)
            monkeypatch.setattr(limits, f"{name}_PER_S", 0.001)
        async with hubs.running(dsn, tmp_path) as running:
            yield running

    async def test_a_flood_of_wrong_credentials_harms_no_agent(self, hub: RunningHub) -> None:
        enrolled = await hub.enroll()
        before = measured("opsentrix_http_limited_total", who="person")
        async with hub.client() as client:
            answers = [
                await client.get("/api/v1/agents", headers={"Authorization": f"Bearer {number}"})
                for number in range(20)
            ]
        assert [one.status_code for one in answers] == [401] * 4 + [429] * 16, "the enrollment was one of five"
        assert answers[-1].headers["x-content-type-options"] == "nosniff"
        assert measured("opsentrix_http_limited_total", who="person") == before + 16
        async with hub.greeted(enrolled), hub.client() as client:
            beat = await client.post(f"/api/v1/agents/{enrolled.id}/heartbeat", json={}, headers=enrolled.headers)
            assert beat.status_code == 204

    async def test_a_flood_of_websockets_is_told_to_wait(self, hub: RunningHub) -> None:
        async def status() -> int:
            with pytest.raises(websockets.InvalidStatus) as refused:
                async with websockets.connect(
                    f"ws://{hub.address}/api/v1/agents/connect", additional_headers={"Authorization": "Bearer no"},
                    proxy=None,
                ):  # fmt: skip
                    pass
            return refused.value.response.status_code

        statuses = [await status() for _ in range(8)]
        assert statuses == [401] * 5 + [429] * 3

    async def test_x_forwarded_for_counts_from_trusted_proxies_alone(self, hub: RunningHub) -> None:
        async with hub.client() as client:
            answers = await asyncio.gather(
                *(client.get("/health", headers={"X-Forwarded-For": f"198.51.100.{number}"}) for number in range(8))
            )
        assert [one.status_code for one in answers].count(429) == 3

    async def test_behind_a_trusted_proxy_strangers_are_told_apart(
        self, dsn: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(limits, "STRANGER_BURST", 2)
        monkeypatch.setattr(limits, "STRANGER_PER_S", 0.001)
        async with hubs.running(dsn, tmp_path, trusted_proxies="127.0.0.1") as proxied, proxied.client() as client:
            one = [await client.get("/health", headers={"X-Forwarded-For": "198.51.100.1"}) for _ in range(3)]
            other = await client.get("/health", headers={"X-Forwarded-For": "203.0.113.9, 198.51.100.2"})
            claimed = await client.get("/health", headers={"X-Forwarded-For": "198.51.100.3, 198.51.100.1"})
        assert [answer.status_code for answer in one] == [200, 200, 429]
        assert (other.status_code, claimed.status_code) == (200, 429), "only what the proxy itself added counts"


class TestSlowBodies:
    @pytest.fixture
    async def hub(self, dsn: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[RunningHub]:
        monkeypatch.setattr(LimitBody, "within_s", 0.2)
        async with hubs.running(dsn, tmp_path) as running:
            yield running

    async def test_a_body_that_does_not_come_is_not_waited_for(self, hub: RunningHub) -> None:
        host, _, port = hub.address.partition(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(
            b"POST /api/v1/auth/login HTTP/1.1\r\nHost: hub\r\nContent-Type: application/json\r\n"
            b'Content-Length: 100\r\n\r\n{"username":'
        )
        async with asyncio.timeout(10), hub.client() as client:
            assert (await client.get("/health")).status_code == 200
            answer = await reader.read()  # to the end: the connection is closed
        writer.close()
        assert answer.startswith(b"HTTP/1.1 408 ")
        assert b"application/problem+json" in answer

    async def test_a_request_whose_body_came_may_take_longer(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(LimitBody, "within_s", 0.02)
        left = asyncio.Event()
        came: list[str] = []

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            came.extend([(await receive())["type"], (await receive())["type"]])

        async def receive() -> Message:
            if left.is_set():
                return {"type": "http.disconnect"}
            left.set()
            return {"type": "http.request", "body": b"all"}

        async def slow_receive() -> Message:
            if left.is_set():
                await asyncio.sleep(0.06)
            return await receive()

        await LimitBody(app, 100)({"type": "http", "headers": []}, slow_receive, AsyncMock())
        assert came == ["http.request", "http.disconnect"]
