"""`opsentrix up`: a hub with its PostgreSQL, a worker and an agent for this machine, as children of one process."""

import asyncio
import contextlib
import functools
import os
import signal
import socket
import ssl
import sys
import urllib.error
import urllib.request
from collections.abc import Awaitable, Callable, Coroutine
from datetime import timedelta
from pathlib import Path

from opsentrix import log
from opsentrix.db import Database, embedded
from opsentrix.errors import StartupError
from opsentrix.fleet import enrollment
from opsentrix.model.agents import TokenRequest
from opsentrix.pki import names
from opsentrix.settings import Settings

READY_WITHIN_S = 120.0
STOP_WITHIN_S = 20.0
_RESTART_AFTER_S = 2.0
_log = log.get(__name__)


async def run(settings: Settings) -> int:
    """Run until SIGINT or SIGTERM, or until the hub cannot start; return the exit code.

    A child that dies later is started again. Both are stopped before this returns: the agent first, so that the hub
    can still take what it has.

    Raises:
        StartupError: the data directory or the port is used already, or the agent cannot be enrolled.
    """
    embedded.claim(settings.data_dir)
    with embedded.locked(settings.data_dir, "up"):
        if port_in_use(settings):
            # It may be a hub, too, and would answer in the place of ours.
            raise StartupError(f"Cannot listen on {settings.host} port {settings.port}: address already in use.")
        return await _run(settings)


async def _run(settings: Settings) -> int:
    stopping = asyncio.Event()
    for one in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(one, stopping.set)
    hub = await _spawn("opsentrix", "hub")
    children = {"hub": hub}
    asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, lambda: _reload(children["hub"]))
    try:
        if not await _healthy(settings, hub, stopping):
            return 0 if stopping.is_set() else await hub.wait()
        await _enroll_once(settings)
        spawn: dict[str, Callable[[], Awaitable[asyncio.subprocess.Process]]] = {
            "hub": lambda: _spawn("opsentrix", "hub"),
            "worker": lambda: _spawn("opsentrix", "worker"),
            "agent": lambda: _spawn_agent(settings),
        }
        children |= {"worker": await spawn["worker"](), "agent": await spawn["agent"]()}
        while not stopping.is_set():
            await _first(stopping.wait(), *(child.wait() for child in children.values()))
            if stopping.is_set():
                break
            for name, child in list(children.items()):
                if child.returncode is not None:
                    _log.error("a process ended; starting it again", process=name, exit_code=child.returncode)
                    children[name] = await spawn[name]()
            await _first(asyncio.sleep(_RESTART_AFTER_S), stopping.wait())
        return 0
    finally:
        # The agent first, so that the hub can still take what it has; the database goes with the hub.
        for name in ("agent", "worker", "hub"):
            if name in children:
                await _stop(children[name])
        _stop_left_over(settings)


def _stop_left_over(settings: Settings) -> None:
    """Stop the embedded PostgreSQL if the hub was killed and could not."""
    if not settings.database_url.get_secret_value() and embedded.alive(settings.data_dir):
        # Another hub may hold the lock: then it is that one's PostgreSQL.
        with contextlib.suppress(StartupError), embedded.locked(settings.data_dir, "hub"):
            _log.warning("the hub left PostgreSQL running; stopping it")
            with embedded.running(settings.data_dir):
                pass


async def _healthy(settings: Settings, hub: asyncio.subprocess.Process, stopping: asyncio.Event) -> bool:
    """Wait until the hub works; False when it ended or is to be stopped before.

    Raises:
        StartupError: it took too long.
    """
    for _ in range(round(READY_WITHIN_S / 0.1)):
        if hub.returncode is not None or stopping.is_set():
            return False
        if await asyncio.to_thread(_answers, f"{_local_url(settings)}/health"):
            return True
        await _first(asyncio.sleep(0.1), stopping.wait(), hub.wait())
    raise StartupError(f"The hub was not ready within {READY_WITHIN_S:.0f} s; its log says why.")


async def _enroll_once(settings: Settings) -> None:
    state_dir = _state_dir(settings)
    if (state_dir / "identity.json").exists():
        return
    database = await Database.connect(database_url(settings), connections=3)
    try:
        request = TokenRequest(timedelta(minutes=5))
        issued = await enrollment.issue(database, request, "hub", None, "")
    finally:
        await database.close()
    process = await _spawn(
        "opsentrix_agent", "enroll", *_agent_options(settings), "--server", _agent_url(settings), "--name",
        socket.gethostname() or "this-machine", "--token-file", "-", stdin=issued.token.encode(),
        OPSENTRIX_AGENT_TLS_CA=_agent_trust(settings),
    )  # fmt: skip
    if await process.wait() != 0:
        raise StartupError("The agent for this machine could not be enrolled; the lines above say why.")


async def _spawn_agent(settings: Settings) -> asyncio.subprocess.Process:
    # The port may have changed since the agent was enrolled.
    return await _spawn(
        "opsentrix_agent", "run", *_agent_options(settings), OPSENTRIX_SERVER_URL=_agent_url(settings),
        OPSENTRIX_AGENT_TLS_CA=_agent_trust(settings),
    )  # fmt: skip


def _agent_url(settings: Settings) -> str:
    """Return where the agent finds the hub: under a name of its certificate where that is its owner's, else here."""
    if settings.tls_cert is None:
        return _local_url(settings)
    if settings.public_url:
        return settings.url
    name = names.first_of(settings.tls_cert.read_bytes()) or _local_host(settings)
    return f"https://{f'[{name}]' if ':' in name else name}:{settings.port}"


def _agent_trust(settings: Settings) -> str:
    """Return the file that says whom the agent is to trust; empty where that is for the system to say."""
    anchor = settings.anchor_file
    known = settings.serves_tls and anchor.exists()
    return str(anchor) if known else os.environ.get("OPSENTRIX_AGENT_TLS_CA", "")


def _agent_options(settings: Settings) -> tuple[str, ...]:
    """Return the options that keep this agent apart from one that is installed on the machine."""
    state_dir = _state_dir(settings)
    config = state_dir / "agent.json"
    if not config.exists():
        state_dir.mkdir(mode=0o700, exist_ok=True)
        config.write_text("{}\n")
    return "--config", str(config), "--state-dir", str(state_dir)


def _state_dir(settings: Settings) -> Path:
    return settings.data_dir.resolve() / "agent"


def database_url(settings: Settings) -> str:
    """Return the URL of the database that the hub uses.

    Raises:
        StartupError: it is the embedded one and does not run.
    """
    return settings.database_url.get_secret_value() or embedded.url_of_running(settings.data_dir)


def port_in_use(settings: Settings) -> bool:
    """Return whether somebody takes connections where the hub is to listen."""
    try:
        with contextlib.closing(socket.create_connection((_local_host(settings), settings.port), timeout=2)):
            return True
    except OSError:
        return False


def _local_host(settings: Settings) -> str:
    return settings.host if settings.host not in ("", "0.0.0.0", "::") else "127.0.0.1"  # noqa: S104 - compared


def _local_url(settings: Settings) -> str:
    host = _local_host(settings)
    scheme = "https" if settings.serves_tls else "http"
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{settings.port}"


def _answers(url: str) -> bool:
    # Our own child, at an address for which its certificate may not be; nothing secret is sent or believed.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    asking = functools.partial(urllib.request.urlopen, url, timeout=2, context=context)
    with contextlib.suppress(urllib.error.URLError, OSError), asking():
        return True
    return False


def _reload(hub: asyncio.subprocess.Process) -> None:
    if hub.returncode is None:
        hub.send_signal(signal.SIGHUP)


async def _spawn(
    module: str, *arguments: str, stdin: bytes | None = None, **environment: str
) -> asyncio.subprocess.Process:
    # A session of its own: Ctrl-C reaches this process alone, which then stops its children in order.
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, *arguments, start_new_session=True,
        env={**os.environ, **environment},
        stdin=asyncio.subprocess.DEVNULL if stdin is None else asyncio.subprocess.PIPE,
    )  # fmt: skip
    if stdin is not None and process.stdin is not None:
        process.stdin.write(stdin)
        process.stdin.close()
    return process


async def _stop(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    process.terminate()
    try:
        async with asyncio.timeout(STOP_WITHIN_S):
            await process.wait()
    except TimeoutError:
        _log.error("a child did not stop in time and is killed", pid=process.pid)
        process.kill()
        await process.wait()


async def _first(*waits: Coroutine[object, object, object]) -> None:
    """Return as soon as one of them is done."""
    tasks = [asyncio.ensure_future(one) for one in waits]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
