"""A provider: a real HTTP server that keeps what it gets and answers as it is told."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import orjson


@dataclass(frozen=True, slots=True)
class Got:
    """A request that came."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:  # noqa: ANN401 - JSON
        return orjson.loads(self.body)


@dataclass(frozen=True, slots=True)
class Answer:
    """What is answered."""

    status: int = 200
    body: bytes = b"ok"
    headers: dict[str, str] = field(default_factory=dict)


class Receiver:
    """Requests in the order in which they came; set `answer`, or `react` for answers that wait or depend."""

    def __init__(self) -> None:
        self.port = 0
        self.got: list[Got] = []
        self.read_to_the_end = 0
        self.answer = Answer()
        self.react: Callable[[Got], Awaitable[Answer]] | None = None
        self.scheme = "http"

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}/hook"

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])}
            got = Got(head[0].split()[1], headers, await reader.readexactly(int(headers.get("content-length", "0"))))
            self.got.append(got)
            answer = self.answer if self.react is None else await self.react(got)
            extra = "".join(f"{name}: {value}\r\n" for name, value in answer.headers.items())
            writer.write(f"HTTP/1.1 {answer.status} Told\r\nContent-Length: {len(answer.body)}\r\n{extra}\r\n".encode())
            writer.write(answer.body)
            await writer.drain()
            self.read_to_the_end += 1
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


@contextlib.asynccontextmanager
async def receiving(tls: ssl.SSLContext | None = None) -> AsyncIterator[Receiver]:
    """Run a receiver on a free port of 127.0.0.1."""
    receiver = Receiver()
    server = await asyncio.start_server(receiver.handle, "127.0.0.1", 0, ssl=tls)
    receiver.port = server.sockets[0].getsockname()[1]
    receiver.scheme = "https" if tls else "http"
    try:
        yield receiver
    finally:
        server.close()
