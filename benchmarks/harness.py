"""What every benchmark stands on: results with their targets, and processes measured through /proc."""

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

CLOCK_TICKS = os.sysconf("SC_CLK_TCK")
MEBIBYTE = 1024 * 1024
STOP_TIMEOUT_S = 30.0


class BenchmarkError(Exception):
    """A benchmark cannot be carried out; the text says what was missing or went wrong."""


@dataclass(frozen=True, slots=True)
class Result:
    """One figure with what it is held against.

    `better` says which direction is good, `target` is in the figure's unit, and `peer` names another program that was
    measured in the same run, with `peer_value` in the same unit; both are None where no peer was there.
    """

    name: str
    value: float
    unit: str
    better: Literal["lower", "higher"]
    target: float | None
    peer: str | None = None
    peer_value: float | None = None
    note: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None without a target."""
        if self.target is None:
            return None
        return self.value <= self.target if self.better == "lower" else self.value >= self.target

    def as_json(self) -> dict[str, str | float | None]:
        """Return the fields under their own names, as they stand in the results file."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Use:
    """What processes have used: CPU in seconds since they began, memory in bytes now and at its peak."""

    cpu_s: float
    rss_bytes: int
    peak_rss_bytes: int


@dataclass(frozen=True, slots=True)
class Cost:
    """What a program cost over a while: CPU in percent of one core, and its peak memory in MiB since it began."""

    cpu_percent: float
    peak_mb: float


def process_tree(pid: int, leave_out: str | None = None, proc: Path = Path("/proc")) -> list[int]:
    """Return a process and its descendants; processes named `leave_out` and what they started are left out."""
    children: dict[int, list[int]] = {}
    names: dict[int, str] = {}
    for folder in proc.iterdir():
        if not folder.name.isdigit():
            continue
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            before, _, after = (folder / "stat").read_text().rpartition(")")
            names[int(folder.name)] = before.partition("(")[2]
            children.setdefault(int(after.split()[1]), []).append(int(folder.name))
    found, waiting = [], [pid]
    while waiting:
        one = waiting.pop()
        if one in names and names[one] != leave_out:
            found.append(one)
            waiting.extend(children.get(one, ()))
    return found


def use_of(pids: Sequence[int], proc: Path = Path("/proc")) -> Use:
    """Add up what processes have used, children that they have waited for included.

    Reads utime, stime, cutime and cstime of /proc/PID/stat and VmRSS and VmHWM of /proc/PID/status, see proc(5). The
    peak of several processes is the sum of their peaks, so no lower than the true one.

    Raises:
        BenchmarkError: a process is gone.
    """
    cpu_s, rss, peak = 0.0, 0, 0
    for pid in pids:
        try:
            fields = (proc / str(pid) / "stat").read_text().rpartition(")")[2].split()
            status = (proc / str(pid) / "status").read_text()
        except (FileNotFoundError, ProcessLookupError):
            raise BenchmarkError(f"process {pid} ended while it was measured") from None
        memory = {line.split(":")[0]: line.split()[1] for line in status.splitlines() if line.startswith("Vm")}
        cpu_s += sum(int(field) for field in fields[11:15]) / CLOCK_TICKS
        rss += int(memory["VmRSS"]) * 1024
        peak += int(memory["VmHWM"]) * 1024
    return Use(cpu_s, rss, peak)


def use_of_tree(pid: int) -> Use:
    """Return what a program uses: a process and its descendants, but for a PostgreSQL among them.

    Raises:
        BenchmarkError: it is gone.
    """
    pids = process_tree(pid, leave_out="postgres")
    if not pids:
        raise BenchmarkError(f"process {pid} is gone")
    return use_of(pids)


def cost(before: Use, after: Use, elapsed_s: float) -> Cost:
    """Return what was spent between two readings."""
    return Cost(100 * (after.cpu_s - before.cpu_s) / elapsed_s, after.peak_rss_bytes / MEBIBYTE)


@contextlib.contextmanager
def spawned(command: Sequence[str], log: Path, environment: Mapping[str, str] = os.environ) -> Iterator[int]:
    """Run a program for the time of the block and yield its process id; its output goes to `log`.

    It is stopped with SIGTERM, and killed when it does not end within 30 s.
    """
    with log.open("wb") as output:
        process = subprocess.Popen(list(command), env=environment, stdout=output, stderr=subprocess.STDOUT)
    try:
        yield process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def free_port() -> int:
    """Return a TCP port of the loopback interface that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def wait_until(condition: Callable[[], bool], what: str, timeout_s: float) -> None:
    """Return when the condition holds, looking ten times a second.

    Raises:
        BenchmarkError: it did not within `timeout_s`.
    """
    deadline = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline:
            raise BenchmarkError(f"{what} within {timeout_s:g} s")
        time.sleep(0.1)
