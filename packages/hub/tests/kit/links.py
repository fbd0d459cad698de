"""An agent's end of each link, all with the same face: that of a WebSocket, as far as FakeAgent looks at it."""

import asyncio
import contextlib
import json
import ssl
from collections import deque
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Protocol, cast

import grpc
import httpx
import websockets
from opsentrix.api.links import wire
from opsentrix_protocol import delimited

from packages.hub.tests.kit import certificates
from packages.hub.tests.kit.agent import FakeAgent
from packages.hub.tests.kit.certificates import Shown
from packages.hub.tests.kit.hub import _TLS, Enrolled, RunningHub

METHOD = "/opsentrix.v1.AgentLink/Connect"


class RefusedError(Exception):
    """The hub did not let the agent in."""


class EndedError(Exception):
    """The session is over."""


ENDED = (EndedError, websockets.ConnectionClosed)
"""What sending and receiving raise on some link when the session is over."""


class Socket(Protocol):
    """What FakeAgent uses of a connection."""

    close_reason: str | None

    async def send(self, message: bytes) -> None:
        """Send a message."""

    async def recv(self, *, decode: bool) -> bytes:
        """Return the next message."""

    async def wait_closed(self) -> None:
        """Wait until the hub ends the session."""


class GrpcSocket:
    """One call of the gRPC service."""

    def __init__(self, call: Any) -> None:  # noqa: ANN401 - the library has no types
        self.close_reason: str | None = None
        self._call = call

    async def send(self, message: bytes) -> None:
        with self._ending():
            await self._call.write(message)

    async def recv(self, *, decode: bool) -> bytes:
        with self._ending():
            message = await self._call.read()
        assert isinstance(message, bytes), "the hub ended the call without an error"
        return message

    async def wait_closed(self) -> None:
        with contextlib.suppress(EndedError):
            while True:
                await self.recv(decode=False)

    @contextlib.contextmanager
    def _ending(self) -> Iterator[None]:
        try:
            yield
        except (grpc.aio.AioRpcError, asyncio.InvalidStateError) as error:
            if isinstance(error, grpc.aio.AioRpcError):
                self.close_reason = error.details()
            raise EndedError(self.close_reason) from error


def context_of(hub: RunningHub, shown: Shown | None = None) -> ssl.SSLContext | None:
    """Return what trusts a hub, and shows a certificate; None where the hub speaks plain text."""
    return certificates.client(hub.hub.tls.anchor, shown) if hub.hub.tls.front else None


def _channel(hub: RunningHub, shown: Shown | None) -> grpc.aio.Channel:
    address = f"127.0.0.1:{hub.grpc_port}"
    options = [("grpc.use_local_subchannel_pool", 1)]  # else it takes the connection of another test's agent
    if not hub.hub.tls.front:
        return grpc.aio.insecure_channel(address, options)
    pem = shown.file.read_bytes() if shown else None
    return grpc.aio.secure_channel(address, grpc.ssl_channel_credentials(hub.hub.tls.anchor, pem, pem), options)


@contextlib.asynccontextmanager
async def over_grpc(hub: RunningHub, headers: Mapping[str, str], shown: Shown | None = None) -> AsyncIterator[Socket]:
    """Connect over gRPC."""
    metadata = [(name.lower(), value) for name, value in headers.items()]
    async with _channel(hub, shown) as channel:
        call = channel.stream_stream(METHOD)(metadata=metadata)
        try:
            await call.initial_metadata()
            if call.done():
                trailing = dict(await call.trailing_metadata())
                refusal = trailing.get("opsentrix-refusal", "")
                raise RefusedError(f"{(await call.code()).name}: {await call.details()} {refusal}")
            yield GrpcSocket(call)
        except grpc.aio.AioRpcError as error:
            raise RefusedError(f"{error.code().name}: {error.details()}") from None
        finally:
            call.cancel()


class SocketIoSocket:
    """The namespace /agent: Engine.IO 4 over a WebSocket (https://socket.io/docs/v4/socket-io-protocol/)."""

    def __init__(self, socket: websockets.ClientConnection) -> None:
        self.close_reason: str | None = None
        self._socket = socket

    async def send(self, message: bytes) -> None:
        await self._socket.send('451-/agent,["message",{"_placeholder":true,"num":0}]')
        await self._socket.send(message)

    async def recv(self, *, decode: bool) -> bytes:
        while (text := await self.text()).startswith("42/agent,"):
            self._note(text)
        assert text.startswith('451-/agent,["message"'), text
        message = await self._socket.recv()
        assert isinstance(message, bytes)
        return message

    async def wait_closed(self) -> None:
        with contextlib.suppress(websockets.ConnectionClosed):
            while not (text := await self.text()).startswith("41/agent"):
                if text.startswith("451"):
                    await self._socket.recv()
                self._note(text)

    async def text(self) -> str:
        """Return the next packet that is no ping."""
        while (text := await self._socket.recv()) == "2":
            await self._socket.send("3")
        assert isinstance(text, str), "binary without an event before it"
        return text

    def _note(self, text: str) -> None:
        if text.startswith('42/agent,["closed"'):
            self.close_reason = json.loads(text.partition(",")[2])[1]["reason"]


@contextlib.asynccontextmanager
async def over_socketio(
    hub: RunningHub, headers: Mapping[str, str], shown: Shown | None = None
) -> AsyncIterator[Socket]:
    """Connect over Socket.IO."""
    tls = context_of(hub, shown)
    url = f"{'wss' if tls else 'ws'}://{hub.address}/socket.io/?EIO=4&transport=websocket"
    async with websockets.connect(
        url,
        additional_headers=headers,
        compression=None,
        proxy=None,
        close_timeout=1,
        ping_interval=None,
        max_size=None,
        ssl=tls,
    ) as socket:
        agent = SocketIoSocket(socket)
        assert (await agent.text()).startswith("0")
        await socket.send("40/agent,")
        answer = await agent.text()
        if answer.startswith("44/agent,"):
            raise RefusedError(answer)
        assert answer.startswith("40/agent,"), answer
        yield agent


class RestSocket:
    """A REST session: what is sent is posted, what comes is fetched by long poll."""

    def __init__(self, client: httpx.AsyncClient, url: str) -> None:
        self.close_reason: str | None = None
        self.session = ""
        self._client = client
        self._url = url
        self._messages: deque[bytes] = deque()

    async def send(self, message: bytes) -> None:
        await self.post(delimited.joined([message]))

    async def post(self, body: bytes) -> None:
        """Post a body as it is."""
        headers = {**self._headers(), "Content-Type": wire.PROTOBUF}
        answer = await self._client.post(self._url, content=body, headers=headers)
        self._check(answer, 204)
        self.session = answer.headers["Opsentrix-Session"]

    async def recv(self, *, decode: bool) -> bytes:
        while not self._messages:
            answer = await self._poll(20)
            self._check(answer, 200)
            self._messages.extend(delimited.split(answer.content))
        return self._messages.popleft()

    async def wait_closed(self) -> None:
        with contextlib.suppress(EndedError):
            while True:
                self._check(await self._poll(20), 200)

    async def _poll(self, wait: float) -> httpx.Response:
        return await self._client.get(self._url, params={"wait": wait}, headers=self._headers())

    def _check(self, answer: httpx.Response, expected: int) -> None:
        if answer.status_code != expected:
            self.close_reason = answer.json()["detail"]
            raise EndedError(f"{answer.status_code}: {self.close_reason}")

    def _headers(self) -> dict[str, str]:
        return {"Accept": wire.PROTOBUF, **({"Opsentrix-Session": self.session} if self.session else {})}


@contextlib.asynccontextmanager
async def over_rest(
    hub: RunningHub, headers: Mapping[str, str], agent_id: int = 1, shown: Shown | None = None
) -> AsyncIterator[Socket]:
    """Connect over REST; nothing is open before Hello is sent."""
    tls = context_of(hub, shown) or _TLS
    async with httpx.AsyncClient(base_url=hub.url, headers=headers, trust_env=False, timeout=30, verify=tls) as client:
        url = f"/api/v1/agents/{agent_id}/messages"
        if (answer := await client.get(url)).status_code in {401, 403}:
            raise RefusedError(f"{answer.text} {answer.headers.get('opsentrix-refusal', '')}")
        yield RestSocket(client, url)


@contextlib.asynccontextmanager
async def over_websocket(
    hub: RunningHub, headers: Mapping[str, str], shown: Shown | None = None
) -> AsyncIterator[Socket]:
    """Connect over WebSocket."""
    tls = context_of(hub, shown)
    url = f"{'wss' if tls else 'ws'}://{hub.address}/api/v1/agents/connect"
    try:
        async with FakeAgent.connected(url, headers, tls) as agent:
            yield cast("Socket", agent.socket)
    except websockets.InvalidStatus as error:
        raise RefusedError(f"{error} {error.response.headers.get('opsentrix-refusal', '')}") from None


@dataclass(frozen=True, slots=True)
class Way:
    """One of the links to a hub."""

    link: str
    hub: RunningHub

    def connect(
        self, headers: Mapping[str, str], agent_id: int = 1, shown: Shown | None = None
    ) -> AbstractAsyncContextManager[Socket]:
        """Connect with these headers and this certificate; RefusedError says that the hub did not want it."""
        match self.link:
            case "websocket":
                return over_websocket(self.hub, headers, shown)
            case "grpc":
                return over_grpc(self.hub, headers, shown)
            case "socketio":
                return over_socketio(self.hub, headers, shown)
        return over_rest(self.hub, headers, agent_id, shown)

    @contextlib.asynccontextmanager
    async def agent(self, enrolled: Enrolled, shown: Shown | None = None) -> AsyncIterator[FakeAgent]:
        """Connect an agent."""
        async with self.connect(enrolled.headers, enrolled.id, shown) as socket:
            yield FakeAgent(cast("websockets.ClientConnection", socket))

    @contextlib.asynccontextmanager
    async def greeted(
        self, enrolled: Enrolled, shown: Shown | None = None, capabilities: Sequence[str] = ()
    ) -> AsyncIterator[FakeAgent]:
        """Connect an agent and say hello."""
        async with self.agent(enrolled, shown) as agent:
            await agent.hello(capabilities=capabilities)
            yield agent
