"""Stands before a hub and ends TLS, as a proxy does in front of a hub that people use."""

import asyncio
import contextlib
import ssl
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path

from benchmarks.harness import free_port

CERTIFICATES = Path(__file__).parent.parent / "packages/agent/tests/core/tls"
"""A certificate for 127.0.0.1 with its key, and the authority that signed it; for tests only."""
AUTHORITY = CERTIFICATES / "ca.pem"
CHUNK_BYTES = 65536


@contextlib.contextmanager
def tls_relay(target_port: int) -> Iterator[str]:
    """Take TLS connections for the time of the block, pass them on to a local port, and yield the https URL.

    It runs in a thread of this process, so what it costs is nobody's.
    """
    port = free_port()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATES / "server.pem")
    listening: Future[Callable[[], object]] = Future()
    relays: set[asyncio.Task[None]] = set()

    async def serve() -> None:
        loop, stop = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_server(relay, "127.0.0.1", port, ssl=context)
        listening.set_result(lambda: loop.call_soon_threadsafe(stop.set))
        await stop.wait()
        server.close()
        for one in relays:
            one.cancel()
        await asyncio.gather(*relays, return_exceptions=True)

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if (task := asyncio.current_task()) is not None:
            relays.add(task)
            task.add_done_callback(relays.discard)
        upstream_reader, upstream_writer = await asyncio.open_connection("127.0.0.1", target_port)
        try:
            await asyncio.gather(copy(reader, upstream_writer), copy(upstream_reader, writer))
        finally:
            for one in (upstream_writer, writer):
                one.transport.abort()
                with contextlib.suppress(OSError):
                    await one.wait_closed()

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    stop = listening.result()
    try:
        yield f"https://127.0.0.1:{port}"
    finally:
        stop()
        thread.join()


async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Pass on what comes in, until either side ends."""
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(CHUNK_BYTES):
            writer.write(data)
            await writer.drain()
    writer.close()
