"""Programs that a collector needs, run without waiting for them: started at one tick, read at the next ones.

The interpreter's own `subprocess` would cost the agent 2 MB of memory; `posix_spawn` needs none of it.
"""

import contextlib
import os
import signal
from typing import NamedTuple

_READ_BYTES = 65_536


class Finished(NamedTuple):
    """What became of a program.

    Attributes:
        exit_code: as it exited; negative for the signal that ended it.
        output: what it wrote to standard output.
        problem: why the output is not to be used (too slow, too much), or nothing.
    """

    exit_code: int
    output: bytes
    problem: str


class ChildError(Exception):
    """A program cannot be run, or did not do what it should."""


def find(name: str, search: str | None = None) -> str | None:
    """Return the path of a program, or None where there is none.

    Args:
        name: of the program.
        search: folders with colons between them, instead of those of `PATH`.
    """
    folders = os.environ.get("PATH", os.defpath) if search is None else search
    for folder in folders.split(":"):
        path = f"{folder}/{name}"
        if folder.startswith("/") and os.access(path, os.X_OK):
            return path
    return None


class Child:
    """One program at a time, with a deadline and a limit of its output; no shell, nothing inherited but `PATH`."""

    def __init__(self, deadline_s: float, max_bytes: int) -> None:
        """Take the limits of each run."""
        self._deadline_s = deadline_s
        self._max_bytes = max_bytes
        self._pid = 0
        self._pipe = -1
        self._kill_at = 0.0
        self._output = bytearray()
        self._problem = ""

    @property
    def busy(self) -> bool:
        """Whether a program runs."""
        return self._pid != 0

    def start(self, argv: list[str], now: float) -> None:
        """Start a program; none may run.

        Args:
            argv: an absolute path and arguments.
            now: monotonic seconds.

        Raises:
            ChildError: it cannot be started.
        """
        read, write = os.pipe()
        null = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
        actions = [(os.POSIX_SPAWN_DUP2, null, 0), (os.POSIX_SPAWN_DUP2, write, 1), (os.POSIX_SPAWN_DUP2, null, 2)]
        environment = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}
        try:
            self._pid = os.posix_spawn(argv[0], argv, environment, file_actions=actions, setpgroup=0)
        except OSError as error:
            os.close(read)
            raise ChildError(f"{argv[0]} cannot be started: {error.strerror}") from None
        finally:
            os.close(write)
            os.close(null)
        os.set_blocking(read, False)
        self._pipe = read
        self._kill_at = now + self._deadline_s
        self._output = bytearray()
        self._problem = ""

    def poll(self, now: float) -> Finished | None:
        """Take what the program has written, and return what became of it once it has ended."""
        if not self._pid:
            return None
        self._drain()
        pid, status = os.waitpid(self._pid, os.WNOHANG)
        if not pid:
            if not self._problem and now >= self._kill_at:
                self._give_up(f"it took more than {self._deadline_s:g} s")
            return None
        self._drain()  # what it wrote between the last look and its end
        self._pid = 0
        self._close()
        return Finished(os.waitstatus_to_exitcode(status), bytes(self._output), self._problem)

    def _drain(self) -> None:
        while self._pipe >= 0:
            try:
                data = os.read(self._pipe, _READ_BYTES)
            except BlockingIOError:
                return
            if not data:
                self._close()
                return
            self._output += data
            if len(self._output) > self._max_bytes:
                self._give_up(f"it wrote more than {self._max_bytes} bytes")

    def _give_up(self, problem: str) -> None:
        self._problem = problem
        self._output.clear()
        self._close()
        with contextlib.suppress(ProcessLookupError):  # it may just have ended by itself
            # All that it started: a script's own children would else go on.
            os.killpg(self._pid, signal.SIGKILL)

    def _close(self) -> None:
        if self._pipe >= 0:
            os.close(self._pipe)
            self._pipe = -1

    def __del__(self) -> None:
        self._close()
