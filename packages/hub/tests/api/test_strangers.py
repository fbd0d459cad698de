"""Connections of strangers are bounded in number and in patience; whoever is known is not touched."""

import asyncio
import contextlib
import json
import socket
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import uvicorn
import websockets
from opsentrix.api import socketio_limits
from opsentrix.api.heads import LimitedHeads
from opsentrix.api.links import carrier
from opsentrix.api.strangers import Door
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from packages.hub.tests.kit import hub as hubs
from packages.hub.tests.kit.hub import RunningHub, measured, until


class TestDoor:
    def enter(self, door: Door, ended: list[str], address: str, name: str) -> None:
        door.enter(address, lambda: ended.append(name))

    def test_the_oldest_of_an_address_goes(self) -> None:
        door, ended = Door(per_address=2, in_all=100), list[str]()
        for name in ("a", "b", "c", "d"):
            self.enter(door, ended, "192.0.2.1", name)
        self.enter(door, ended, "192.0.2.2", "other")
        assert ended == ["a", "b"]

    def test_of_all_the_oldest_of_the_address_with_most_goes(self) -> None:
        door, ended = Door(per_address=100, in_all=4), list[str]()
        for address, name in (("192.0.2.1", "a"), ("192.0.2.2", "b"), ("192.0.2.2", "c"), ("192.0.2.2", "d")):
            self.enter(door, ended, address, name)
        assert ended == []
        self.enter(door, ended, "192.0.2.3", "e")
        assert ended == ["b"]

    def test_addresses_of_one_ipv6_subscriber_are_one(self) -> None:
        door, ended = Door(per_address=1, in_all=100), list[str]()
        self.enter(door, ended, "2001:db8::1", "a")
        self.enter(door, ended, "2001:db8::2", "b")
        assert ended == ["a"]

    def test_who_left_does_not_count(self) -> None:
        door, ended = Door(per_address=1, in_all=1), list[str]()
        for _ in range(3):
            ticket = door.enter("192.0.2.1", lambda: ended.append("x"))
            ticket.leave()
            ticket.leave()
        assert ended == []
        assert measured("opsentrix_http_strangers") == 0


@pytest.fixture
async def hub(dsn: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[RunningHub]:
    """A hub with room for three strangers, whose patience is short."""
    monkeypatch.setattr(LimitedHeads, "door", Door(per_address=3, in_all=3))
    monkeypatch.setattr(socketio_limits, "LOGIN_WITHIN_S", 0.2)
    monkeypatch.setattr(socketio_limits, "MESSAGE_BURST", 20)
    monkeypatch.setattr(carrier, "HELLO_WITHIN_S", 0.2)
    async with hubs.running(dsn, tmp_path) as running:
        yield running


async def test_a_crowd_of_silent_strangers_ends_itself_and_nobody_who_is_known(hub: RunningHub) -> None:
    host, _, port = hub.address.partition(":")
    enrolled, cookie = await hub.enroll(), await hub.session()
    before = measured("opsentrix_http_strangers_ended_total", limit="address")
    async with hub.greeted(enrolled) as agent, hub.client(cookie) as person, hub.browser(cookie) as browser:
        assert (await person.get("/api/v1/auth/me")).status_code == 200
        crowd = [await asyncio.open_connection(host, int(port)) for _ in range(12)]
        for reader, _ in crowd[:9]:
            assert await asyncio.wait_for(_all_of(reader), 10) == b""
        assert measured("opsentrix_http_strangers_ended_total", limit="address") == before + 9
        assert (await person.get("/api/v1/auth/me")).status_code == 200
        assert (await browser.ask("watch_fleet"))["ok"]
        other = await hub.enroll("web-2")
        async with hub.greeted(other):
            await agent.quiet(0.05)
        for _, writer in crowd:
            writer.close()


async def test_an_agent_says_hello_or_goes(hub: RunningHub) -> None:
    enrolled = await hub.enroll()
    async with hub.agent(enrolled) as silent:
        assert await silent.closed() == "the agent said no hello"
    async with hub.greeted(enrolled) as agent:
        await agent.quiet(0.4)


class TestLiveFeed:
    @contextlib.asynccontextmanager
    async def opened(self, hub: RunningHub) -> AsyncIterator[websockets.ClientConnection]:
        url = f"ws://{hub.address}/socket.io/?EIO=4&transport=websocket"
        async with websockets.connect(url, proxy=None, close_timeout=1, ping_interval=None) as opened:
            assert json.loads(str(await opened.recv())[1:])["sid"]
            yield opened

    async def test_who_does_not_log_in_has_to_go(self, hub: RunningHub) -> None:
        before = measured("opsentrix_live_refused_total", why="no login")
        for said in ([], ["40/live,"], ["40/nothing,", "40"]):
            async with self.opened(hub) as stranger:
                for one in said:
                    await stranger.send(one)
                await _to_its_end(stranger)
        assert measured("opsentrix_live_refused_total", why="no login") == before + 3

    async def test_who_logged_in_stays(self, hub: RunningHub) -> None:
        async with hub.browser(await hub.session()) as browser:
            await asyncio.sleep(0.4)
            assert (await browser.ask("watch_fleet"))["ok"]

    @pytest.mark.parametrize("message", ["40/live,", '42/live,["watch_fleet"]', "garbage"])
    async def test_a_flood_of_messages_ends_the_connection(self, message: str, hub: RunningHub) -> None:
        async with hub.browser(await hub.session()) as browser, self.opened(hub) as stranger:
            with contextlib.suppress(websockets.ConnectionClosed):
                for _ in range(200):
                    await stranger.send(message)
            await _to_its_end(stranger)
            assert (await browser.ask("watch_fleet"))["ok"], "others are not harmed"


SIZE = 3_000_000
"""More than the kernel takes of an answer that nobody reads."""


class Impatient(LimitedHeads):
    stall_s = 0.3
    door = Door()


async def _large(scope: Scope, receive: Receive, send: Send) -> None:
    await Response(bytes(SIZE))(scope, receive, send)


async def _in_pieces(scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    for _ in range(300):
        await send({"type": "http.response.body", "body": bytes(65_536), "more_body": True})
    await send({"type": "http.response.body", "body": b""})


class TestSlowReaders:
    @contextlib.asynccontextmanager
    async def asked(self, app: Callable[..., object], room: int = 4096) -> AsyncIterator[socket.socket]:
        """Serve an application and give a connection with little room on which it was asked for its answer."""
        with socket.create_server(("127.0.0.1", 0)) as listener, socket.socket() as client:
            server = uvicorn.Server(uvicorn.Config(app, http=Impatient, lifespan="off", log_config=None))
            serving = asyncio.create_task(server._serve([listener]))
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)
            client.setblocking(False)
            loop = asyncio.get_running_loop()
            await loop.sock_connect(client, listener.getsockname())
            await loop.sock_sendall(client, b"GET / HTTP/1.1\r\nHost: hub\r\n\r\n")
            yield client
            server.should_exit = True
            await serving

    @pytest.mark.parametrize("app", [_large, _in_pieces])
    async def test_who_reads_nothing_is_cut_off(self, app: Callable[..., object]) -> None:
        before = measured("opsentrix_http_stalled_total")
        async with self.asked(app):
            await until(lambda: measured("opsentrix_http_stalled_total") == before + 1)

    async def test_who_reads_slowly_gets_it_all(self) -> None:
        loop, received = asyncio.get_running_loop(), 0
        before = measured("opsentrix_http_stalled_total")
        async with self.asked(_large, 262_144) as client:
            while received < SIZE and (data := await loop.sock_recv(client, 20_000)):
                received += len(data)
                await asyncio.sleep(0.005)
        assert received >= SIZE
        assert measured("opsentrix_http_stalled_total") == before


async def _to_its_end(opened: websockets.ClientConnection) -> None:
    """Read on, for a client that reads nothing does not notice, but never leave by itself."""
    async with asyncio.timeout(10):
        with contextlib.suppress(websockets.ConnectionClosed):
            while True:
                await opened.recv()


async def _all_of(reader: asyncio.StreamReader) -> bytes:
    with contextlib.suppress(ConnectionError):
        return await reader.read()
    return b""
