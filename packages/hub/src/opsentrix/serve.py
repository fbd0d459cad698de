"""The hub process: starts what the hub needs, serves until a signal comes, and ends in order."""

import asyncio
import contextlib
import gc
import resource
import signal
import socket
from collections.abc import Callable

import uvicorn

from opsentrix import log
from opsentrix.access.people import ensure_admin
from opsentrix.api.http import create_app
from opsentrix.api.links.carrier import MESSAGE_FACTOR
from opsentrix.api.peers import HttpWithPeer, WebSocketWithPeer
from opsentrix.api.server import Server, grpc_port
from opsentrix.app import Hub
from opsentrix.db import Database, embedded, migrate, watch
from opsentrix.errors import StartupError
from opsentrix.maintenance.audit import told_run
from opsentrix.settings import Settings

KEEP_ALIVE_S = 20
"""Longer than the pauses between the posts of an agent, so that it need not connect for each."""
_log = log.get(__name__)


async def serve(settings: Settings, ready: Callable[[str | None], None]) -> None:
    """Run the hub until SIGINT or SIGTERM.

    Args:
        settings: validated.
        ready: called once the hub accepts requests, with the generated password of `admin` on the very first start.

    Raises:
        StartupError: it cannot start; the text says why.
    """
    _allow_many_connections()
    this = asyncio.current_task()
    _on_signals(this.cancel if this else _nothing)
    try:
        await _serve(settings, ready)
    except asyncio.CancelledError:
        _log.info("stopped before it was up")


async def _serve(settings: Settings, ready: Callable[[str | None], None]) -> None:
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(contextlib.closing(_listen(settings.host, settings.port)))
        dsn = settings.database_url.get_secret_value()
        if not dsn:
            embedded.claim(settings.data_dir)
            stack.enter_context(embedded.locked(settings.data_dir, "hub"))
            dsn = stack.enter_context(embedded.running(settings.data_dir))
        database = await Database.connect(dsn, settings.database_connections)
        try:
            await migrate.upgrade(dsn)
            password = await ensure_admin(database, settings.admin_password.get_secret_value())
            hub = Hub(settings, database)
            async with (
                hub.running(), _database_watched(settings), told_run(settings, database), grpc_port(hub.services),
            ):  # fmt: skip
                await _serve_http(hub, listener, lambda: ready(password))
        finally:
            await database.close()


def _database_watched(settings: Settings) -> contextlib.AbstractAsyncContextManager[None]:
    """Return what keeps the embedded PostgreSQL up; a given one is its owner's task."""
    given = bool(settings.database_url.get_secret_value())
    return contextlib.nullcontext() if given else watch.watched(settings.data_dir)


def http_config(hub: Hub) -> uvicorn.Config:
    """Return how the hub is served over HTTP and WebSocket."""
    front = hub.tls.front
    return uvicorn.Config(
        create_app(hub.services),
        http=HttpWithPeer,
        ws=WebSocketWithPeer,
        ssl_context_factory=None if front is None else lambda _config, _default: front,
        ws_max_size=hub.settings.max_body_bytes * MESSAGE_FACTOR,
        ws_per_message_deflate=False,
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(hub.settings.trusted_proxies),
        forwarded_allow_ips=hub.settings.trusted_proxies,
        timeout_graceful_shutdown=5,
        timeout_keep_alive=KEEP_ALIVE_S,
    )


async def _serve_http(hub: Hub, listener: socket.socket, ready: Callable[[], None]) -> None:
    server = Server(http_config(hub), lambda: hub.services.rest_links.end_all("the hub stops"))
    # From here on the server ends by itself on a signal. Then it raises the signal again, which must not end the
    # process before the stages have written what they hold.
    _on_signals(_nothing)
    asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, hub.reload)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started and not serving.done():  # noqa: ASYNC110 - uvicorn offers no event
        await asyncio.sleep(0.01)
    if server.started:
        _calm_garbage_collector()
        ready()
    await serving


def _on_signals(act: Callable[[], object]) -> None:
    for one in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(one, act)


def _nothing() -> None:
    """Do nothing."""


def _calm_garbage_collector() -> None:
    """Make full passes of the garbage collector rare.

    With 10,000 sessions a pass stops everything for up to two seconds and finds next to nothing. Without them acks to
    10,000 agents took 0.13 s at the 99th percentile instead of 1.9 s, in one run each of a minute.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


def _allow_many_connections() -> None:
    """Raise the limit of open files as far as we may: each agent and browser takes one."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _listen(host: str, port: int) -> socket.socket:
    """Return a bound socket, so that a port in use is known before anything else starts."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise StartupError(f"Cannot listen on {host} port {port}: {(error.strerror or str(error)).lower()}.") from None
    return listener
