"""The head of a request has to end, soon."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator

import pytest
import uvicorn
from opsentrix.api.heads import MAX_HEAD_BYTES, LimitedHeads
from starlette.responses import PlainTextResponse


class Impatient(LimitedHeads):
    head_within_s = 0.2


@pytest.fixture
async def port() -> AsyncIterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        config = uvicorn.Config(PlainTextResponse("fine"), http=Impatient, lifespan="off", log_config=None)
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server._serve([listener]))
        yield listener.getsockname()[1]
        server.should_exit = True
        await serving


async def answer(port: int, *parts: bytes) -> bytes:
    """Send and return all that comes back until the server ends the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    received = b""
    with contextlib.suppress(ConnectionError):
        for part in parts:
            writer.write(part)
            await writer.drain()
        received = await asyncio.wait_for(reader.read(), 10)
    writer.close()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()
    return received


async def test_requests_of_usual_size_are_answered(port: int) -> None:
    head = b"GET / HTTP/1.1\r\nHost: hub\r\nCookie: " + b"c" * 8000
    both = await answer(port, head + b"\r\n\r\n", head + b"\r\nConnection: close\r\n\r\n")
    assert both.count(b"200 OK") == 2


async def test_a_head_without_end_is_cut_off(port: int) -> None:
    assert b"200 OK" not in await answer(port, b"GET / HTTP/1.1\r\nHost: ", *[b"h" * 10_000] * (MAX_HEAD_BYTES // 5000))


@pytest.mark.parametrize("sent", [b"", b"GET / HTTP/1.1\r\nHost: hub\r\n"])
async def test_silence_is_cut_off(port: int, sent: bytes) -> None:
    assert await answer(port, sent) == b""


async def test_a_request_may_be_silent_in_its_body(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"POST / HTTP/1.1\r\nHost: hub\r\nContent-Length: 4\r\nConnection: close\r\n\r\n")
    await answer(port, b"")  # another one began later and was cut off in the meantime
    writer.write(b"body")
    assert b"fine" in await reader.read()
    writer.close()
    await writer.wait_closed()
