"""A browser's end of Socket.IO: Engine.IO 4 over WebSocket, namespace /live, or /shared.

The protocol: https://socket.io/docs/v4/socket-io-protocol/
"""

import asyncio
import contextlib
import itertools
import json
from collections import deque
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

import websockets

_OPEN, _PING, _PONG = "0", "2", "3"
_CONNECT, _DISCONNECT, _EVENT, _ACK, _CONNECT_ERROR, _BINARY_EVENT = "40", "41", "42", "43", "44", "45"


@dataclass(frozen=True, slots=True)
class Event:
    """Something that the hub emitted; `ack` is what the hub wants back, if anything."""

    name: str
    data: Any
    ack: str


class RefusedError(Exception):
    """The hub did not let the browser in."""


class Browser:
    """One page that is open; it confirms what it gets unless told otherwise."""

    def __init__(self, socket: websockets.ClientConnection, namespace: str) -> None:
        self.socket = socket
        self._namespace = namespace
        self.confirms = True
        self._events: deque[Event] = deque()
        self._ids = itertools.count(1)

    @classmethod
    @contextlib.asynccontextmanager
    async def connected(
        cls, address: str, headers: Mapping[str, str], namespace: str = "/live"
    ) -> AsyncIterator["Browser"]:
        """Connect to the namespace.

        Raises:
            RefusedError: the hub says no.
        """
        url = f"ws://{address}/socket.io/?EIO=4&transport=websocket"
        connecting = websockets.connect(
            url, additional_headers=headers, compression=None, proxy=None, close_timeout=1, ping_interval=None
        )
        async with connecting as socket:
            browser = cls(socket, namespace)
            assert (await browser._next())[0] == _OPEN
            await socket.send(f"{_CONNECT}{namespace},")
            answer = await browser._next()
            if answer.startswith(_CONNECT_ERROR):
                raise RefusedError(json.loads(answer.partition(",")[2])["message"])
            assert answer.startswith(_CONNECT), answer
            yield browser

    async def ask(self, event: str, data: object = None) -> dict[str, Any]:
        """Emit an event and return what the hub answers; events that come meanwhile are kept."""
        number = str(next(self._ids))
        await self.socket.send(f"{_EVENT}{self._namespace},{number}{json.dumps([event, data])}")
        while True:
            text = await self._next()
            if text.startswith(f"{_ACK}{self._namespace},{number}["):
                answer: dict[str, Any] = json.loads(text[text.index("[") :])[0]
                return answer
            await self._keep(text)

    async def event(self, *names: str) -> Event:
        """Return the next event with one of these names; others are thrown away."""
        while True:
            while self._events:
                event = self._events.popleft()
                if event.name in names:
                    return event
            await self._keep(await self._next())

    async def all_within(self, seconds: float) -> list[Event]:
        """Return every event that comes until nothing came for so long."""
        while True:
            try:
                await self._keep(await self._next(seconds))
            except TimeoutError:
                events = list(self._events)
                self._events.clear()
                return events

    async def ended(self) -> None:
        """Wait until the hub ended the namespace: packet type 1 of Socket.IO in a message of Engine.IO."""
        async with asyncio.timeout(5):
            while not str(await self.socket.recv()).startswith(f"{_DISCONNECT}{self._namespace}"):
                pass

    async def confirm(self, event: Event) -> None:
        """Tell the hub that an event arrived."""
        await self.socket.send(f"{_ACK}{self._namespace},{event.ack}[]")

    async def _keep(self, text: str) -> None:
        kind, _, rest = text.partition(f"{self._namespace},")
        assert kind.startswith((_EVENT, _BINARY_EVENT)), text
        ack, _, body = rest.partition("[")
        name, data = json.loads(f"[{body}")
        if kind.startswith(_BINARY_EVENT):
            for key in [key for key, value in data.items() if isinstance(value, dict) and "_placeholder" in value]:
                data[key] = await self._binary()
        event = Event(name, data, ack)
        self._events.append(event)
        if ack and self.confirms:
            await self.confirm(event)

    async def _binary(self) -> bytes:
        async with asyncio.timeout(30):
            data = await self.socket.recv()
        assert isinstance(data, bytes)
        return data

    async def _next(self, seconds: float = 30.0) -> str:
        while True:
            async with asyncio.timeout(seconds):
                text = await self.socket.recv()
            assert isinstance(text, str), "binary without an event before it"
            if text != _PING:
                return text
            await self.socket.send(_PONG)
