"""Programs that a collector needs, run without waiting for them: started at one tick, read at the next ones.

The interpreter's own `subprocess` would cost the agent 2 MB of memory; `posix_spawn` needs none of it.
"""

import contextlib
import os
import signal
import time
from typing import NamedTuple

_READ_BYTES = 65_536
_MAX_ERROR_BYTES = 500
_STOP_LOOKS = 50
_STOP_LOOK_S = 0.002


class Finished(NamedTuple):
    """What became of a program.

    Attributes:
        exit_code: as it exited; negative for the signal that ended it.
        output: what it wrote to standard output.
        problem: why the output is not to be used (too slow, too much), or nothing.
        errors: the beginning of what it wrote to standard error, where that is kept.
    """

    exit_code: int
    output: bytes
    problem: str
    errors: bytes = b""


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

    def __init__(self, deadline_s: float, max_bytes: int, *, keep_errors: bool = False) -> None:
        """Take the limits of each run.

        Args:
            deadline_s: seconds until it is killed.
            max_bytes: of all that it may write.
            keep_errors: whether to keep the beginning of its standard error, which else goes nowhere.
        """
        self._deadline_s = deadline_s
        self._max_bytes = max_bytes
        self._keep_errors = keep_errors
        self._pid = 0
        self._pipe = -1
        self._error_pipe = -1
        self._kill_at = 0.0
        self._left = 0
        self._output = bytearray()
        self._errors = bytearray()
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
        null = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
        self._pipe, write = os.pipe()
        self._error_pipe, errors = os.pipe() if self._keep_errors else (-1, os.dup(null))
        actions = [(os.POSIX_SPAWN_DUP2, null, 0), (os.POSIX_SPAWN_DUP2, write, 1), (os.POSIX_SPAWN_DUP2, errors, 2)]
        environment = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}
        try:
            self._pid = os.posix_spawn(argv[0], argv, environment, file_actions=actions, setpgroup=0)
        except OSError as error:
            self._close()
            raise ChildError(f"{argv[0]} cannot be started: {error.strerror}") from None
        finally:
            for descriptor in (null, write, errors):
                os.close(descriptor)
        for pipe in (self._pipe, self._error_pipe):
            if pipe >= 0:
                os.set_blocking(pipe, False)
        self._kill_at = now + self._deadline_s
        self._left = self._max_bytes
        self._output, self._errors = bytearray(), bytearray()
        self._problem = ""

    def poll(self, now: float) -> Finished | None:
        """Take what the program has written, and return what became of it once it has ended."""
        if not self._pid:
            return None
        self._drain()
        if os.waitid(os.P_PID, self._pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
            if not self._problem and now >= self._kill_at:
                self._give_up(f"it took more than {self._deadline_s:g} s")
            return None
        self._drain()  # what it wrote between the last look and its end
        self._kill_group()  # what it left behind; until it is waited for, its number belongs to nobody else
        _, status = os.waitpid(self._pid, 0)
        self._pid = 0
        self._close()
        return Finished(os.waitstatus_to_exitcode(status), bytes(self._output), self._problem, bytes(self._errors))

    def stop(self) -> None:
        """Kill what runs, and wait a moment for its end: one that hangs in the kernel is left to it."""
        if not self._pid:
            return
        self._give_up("it was stopped")
        for _ in range(_STOP_LOOKS):
            if os.waitpid(self._pid, os.WNOHANG)[0]:
                break
            time.sleep(_STOP_LOOK_S)
        self._pid = 0

    def _drain(self) -> None:
        while (data := _available(self._pipe)) and self._takes(data):
            self._output += data
        while (data := _available(self._error_pipe)) and self._takes(data):
            self._errors += data[: _MAX_ERROR_BYTES - len(self._errors)]

    def _takes(self, data: bytes) -> bool:
        self._left -= len(data)
        if self._left < 0:
            self._give_up(f"it wrote more than {self._max_bytes} bytes")
        return self._left >= 0

    def _give_up(self, problem: str) -> None:
        self._problem = problem
        self._output.clear()
        self._close()
        self._kill_group()

    def _kill_group(self) -> None:
        # All that it started: a script's own children would else go on.
        with contextlib.suppress(ProcessLookupError, PermissionError):  # ended by itself; macOS refuses for a zombie
            os.killpg(self._pid, signal.SIGKILL)

    def _close(self) -> None:
        for pipe in (self._pipe, self._error_pipe):
            if pipe >= 0:
                os.close(pipe)
        self._pipe = self._error_pipe = -1

    def __del__(self) -> None:
        self._close()


def _available(pipe: int) -> bytes:
    """Return what can be read now; nothing from a closed pipe, at its end, and when there is nothing."""
    if pipe < 0:
        return b""
    try:
        return os.read(pipe, _READ_BYTES)
    except BlockingIOError:
        return b""
