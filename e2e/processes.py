"""Processes of the product, started and ended by the tests, and a search for any that they left behind."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

POLL_S = 0.02
STOP_WITHIN_S = 20.0
HOG = "five-second-hog"


class Program:
    """One command, started as often as a test likes; its output is appended to a file.

    Attributes:
        log: what all runs wrote to standard output and standard error.
    """

    def __init__(
        self, module: str, *arguments: str, log: Path, environment: Mapping[str, str], within: Sequence[str] = ()
    ) -> None:
        """Take a module with its arguments; `within` are the words of a program that becomes it somewhere else."""
        self._command = (*within, sys.executable, "-m", module, *arguments)
        self._environment = clean_environment(environment)
        self._process: subprocess.Popen[bytes] | None = None
        self.log = log

    def start(self) -> None:
        """Start it, in a session of its own."""
        assert not self.running, f"{self._command} runs already"
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(
                self._command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=self._environment,
                start_new_session=True,
            )  # fmt: skip

    @property
    def running(self) -> bool:
        """Whether it runs now."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        """Its process id."""
        assert self._process is not None
        return self._process.pid

    def kill(self) -> None:
        """End it as a crash would: it gets no chance to tidy up."""
        os.kill(self.pid, signal.SIGKILL)
        self.wait()

    def stop(self, number: signal.Signals = signal.SIGTERM, within_s: float = STOP_WITHIN_S) -> int:
        """Ask it to end and return its exit code."""
        os.kill(self.pid, number)
        return self.wait(within_s)

    def wait(self, within_s: float = STOP_WITHIN_S) -> int:
        """Wait for its end and return its exit code."""
        assert self._process is not None
        return self._process.wait(within_s)

    def end(self) -> None:
        """Stop it if it runs, whatever it takes."""
        if self.running:
            try:
                self.stop()
            except subprocess.TimeoutExpired:
                self.kill()

    def output(self) -> str:
        """Return what all runs have written so far."""
        return self.log.read_text(encoding="utf-8", errors="replace") if self.log.exists() else ""


def clean_environment(settings: Mapping[str, str]) -> dict[str, str]:
    """Return this process' environment with these settings of the product and no others."""
    return {name: value for name, value in os.environ.items() if not name.startswith("OPSENTRIX_")} | {**settings}


def run_to_end(arguments: Sequence[str], environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a short command of a module and return how it ended."""
    return subprocess.run(
        [sys.executable, "-m", *arguments], env=clean_environment(environment), stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def wait_until(met: Callable[[], bool], what: str, within_s: float = 30.0) -> float:
    """Poll until a condition is met and return the seconds that took.

    Raises:
        AssertionError: it was not met in time; the text says what was waited for.
    """
    started = time.monotonic()
    while not met():
        waited = time.monotonic() - started
        assert waited < within_s, f"not within {within_s:.0f} s: {what}"
        time.sleep(POLL_S)
    return time.monotonic() - started


def sleep_into_a_second(fraction: float) -> None:
    """Sleep until the wall clock shows this fraction of a second: agents sample and send on whole seconds."""
    time.sleep((fraction - time.time()) % 1.0)


def left_behind(folder: Path) -> dict[int, str]:
    """Return the command lines, by process id, of all processes that belong to a folder.

    Such a process works in the folder (each of PostgreSQL's does), or names it in its arguments or environment.
    """
    found = {}
    for entry in Path("/proc").iterdir():
        if (
            entry.name.isdigit()
            and int(entry.name) != os.getpid()
            and any(os.fsencode(folder) in one for one in _traces(entry))
        ):
            found[int(entry.name)] = b"".join(_traces(entry)[:1]).replace(b"\0", b" ").decode(errors="replace").strip()
    return found


def _traces(process: Path) -> list[bytes]:
    """Return what /proc tells of a process and may be read: arguments, environment, working directory."""
    reads: tuple[Callable[[], bytes], ...] = (
        (process / "cmdline").read_bytes,
        (process / "environ").read_bytes,
        lambda: os.fsencode((process / "cwd").readlink()),
    )
    traces = []
    for read in reads:
        with contextlib.suppress(OSError):
            traces.append(read())
    return traces


def end_left_behind(folder: Path) -> dict[int, str]:
    """Wait a little for the processes of a folder to end; kill and return those that do not."""
    until = time.monotonic() + 5
    while (left := left_behind(folder)) and time.monotonic() < until:
        time.sleep(POLL_S)
    for pid in left:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    return left


def run_hog(folder: Path) -> None:
    """Let a process named `HOG` take a core until the kernel ends it, after five seconds of CPU time."""
    shell = folder / HOG
    shell.symlink_to("/bin/sh")  # the kernel names a process by the file that was executed
    subprocess.run([str(shell), "-c", "ulimit -t 5; while :; do :; done"], check=False, timeout=180)
