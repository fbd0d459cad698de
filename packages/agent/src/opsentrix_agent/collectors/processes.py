"""Processes by status, threads, and who uses most, from `/proc/<pid>/stat` (proc_pid_stat(5)) and `/proc/loadavg`."""

import os
import time
from collections.abc import Callable, Iterable
from typing import ClassVar, NamedTuple

from opsentrix_protocol.catalogue import Kind, Metric, labels_of

from opsentrix_agent.collector import HostPaths, ProcessUse, Reading
from opsentrix_agent.collectors.processio import ProcessIo
from opsentrix_agent.collectors.source import finite, printable, read, require
from opsentrix_agent.collectors.users import Users
from opsentrix_agent.collectors.walkpace import WalkPace

_COUNT = Metric(
    "system.process.count",
    "{process}",
    Kind.GAUGE,
    "Processes by status; sleeping includes uninterruptible sleep and idle kernel threads. Counted every 5 s",
)
_TOTAL = Metric("system.process.total", "{process}", Kind.GAUGE, "All processes. Counted every 5 s")
_THREADS = Metric("system.thread.count", "{thread}", Kind.GAUGE, "Threads of all processes, kernel threads included")

_STATUSES = ("running", "sleeping", "stopped", "zombie", "other")
_STATUS_OF_STATE = {
    b"R": "running",
    b"S": "sleeping",
    b"D": "sleeping",
    b"I": "sleeping",
    b"T": "stopped",
    b"t": "stopped",
    b"Z": "zombie",
}

MAX_TOP = 64
NOTABLE_CORES = 0.01
NOTABLE_BYTES = 4096
"""Less, a second, is what each machine does at rest."""
_NAME_CHARS = 64
_STAT_BYTES = 2048


class _Stat(NamedTuple):
    """What `/proc/<pid>/stat` says: CPU `ticks` so far, `resident` pages; `start` tells apart two users of one pid."""

    pid: bytes
    comm: bytes
    state: bytes
    parent: int
    ticks: int
    threads: int
    start: bytes
    resident: int


class _Used(NamedTuple):
    """A process and what it used since the walk before: cores, bytes read and written a second."""

    cores: float
    stat: _Stat
    read: float
    written: float


class Processes:
    """How many processes there are, in which status, and which use most.

    Walking all processes is the costliest thing that the agent does, so it is done each 5th tick, and less often beyond
    500 processes, so that on average at most 100 are read a tick; but at once when the machine gets busier. In between
    the counts are repeated, and `top` tells of the latest walk. The threads are read each tick.

    Only files that the kernel answers without taking the lock of a process's memory are read: `cmdline`, for one, can
    hang.
    """

    metrics: ClassVar[tuple[Metric, ...]] = (_COUNT, _TOTAL, _THREADS)

    def __init__(self, paths: HostPaths, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.looks = 0
        self._loadavg = require(paths.proc / "loadavg")
        self._proc = os.fsencode(paths.proc)
        self._clock = clock
        self._users = Users(paths.etc)
        self._ticks_per_s = os.sysconf("SC_CLK_TCK")
        self._page_bytes = os.sysconf("SC_PAGE_SIZE")
        self._uptime = os.fspath(paths.proc / "uptime")
        self._pace = WalkPace()
        self._walked_at: float | None = None
        self._before: dict[bytes, tuple[bytes, int]] = {}
        self._counts: list[Reading] = []
        self._leaders: list[_Used] = []
        self._io = ProcessIo(self._proc)

    def collect(self) -> list[Reading]:
        """Return the counts of the latest walk, and the threads.

        Raises:
            OSError: `/proc` or a file in it cannot be read (processes that end meanwhile are no error).
            ValueError: a file is not of the form that it should have.
        """
        now = self._clock()
        if self._pace.due(now, self._idle_s):
            self._pace.walked(self._walk(now), now, self._idle_s)
        _, _, _, running_of_all, *_ = read(self._loadavg).split()
        return [*self._counts, (_THREADS, (), int(running_of_all.partition(b"/")[2]))]

    def top(self, count: int) -> list[ProcessUse]:
        """Return the union of the `count` processes (at most 64) with most CPU, most memory, and most bytes moved.

        Those that used less than 1 % of a core are none of those with most CPU.

        CPU is the mean between the latest two walks, so before the second walk nobody has used any.
        """
        count = min(count, MAX_TOP)
        leaders = self._leaders
        busiest = _largest(count, (one for one in leaders if one.cores >= NOTABLE_CORES), _by_cpu)
        largest = _largest(count, leaders, _by_memory)
        movers = _largest(count, (one for one in leaders if _by_bytes(one) >= NOTABLE_BYTES), _by_bytes)
        union = {one.stat.pid: one for one in (*busiest, *largest, *movers)}
        return [self._use(one) for one in union.values()]

    def _idle_s(self) -> float | None:
        try:
            return finite(read(self._uptime).split()[1])
        except (OSError, IndexError, ValueError):
            # Without it, walks come at their plain pace.
            return None

    def _walk(self, now: float) -> int:
        elapsed_s = 0.0 if self._walked_at is None else now - self._walked_at
        cores_per_tick = 1 / (elapsed_s * self._ticks_per_s) if elapsed_s > 0 else 0.0
        counts = dict.fromkeys(_STATUSES, 0)
        before: dict[bytes, tuple[bytes, int]] = {}
        used: list[_Used] = []
        with os.scandir(self._proc) as entries:
            pids = [entry.name for entry in entries if entry.name.isdigit()]
        for pid in pids:
            stat = _read_stat(self._proc, pid)
            if stat is None:
                continue
            counts[_STATUS_OF_STATE.get(stat.state, "other")] += 1
            start, ticks = self._before.get(pid, (stat.start, 0))
            spent = stat.ticks - ticks if start == stat.start else stat.ticks
            moved = self._io.rates(pid, stat.start, elapsed_s, at_work=spent > 0 or stat.state == b"D")
            used.append(_Used(max(0, spent) * cores_per_tick, stat, *moved))
            before[pid] = stat.start, stat.ticks
        self._io.walked()
        self.looks += 1
        self._walked_at = now
        self._before = before
        self._leaders = _leaders(used)
        self._counts = [(_COUNT, labels_of(status=status), number) for status, number in counts.items()]
        self._counts.append((_TOTAL, (), len(used)))
        return len(used)

    def _use(self, one: _Used) -> ProcessUse:
        stat = one.stat
        return ProcessUse(
            pid=int(stat.pid),
            name=printable(stat.comm, _NAME_CHARS),
            user=self._user(stat.pid),
            state=_STATUS_OF_STATE.get(stat.state, "other"),
            cpu_cores=one.cores,
            memory_bytes=stat.resident * self._page_bytes,
            threads=stat.threads,
            read_bytes=one.read,
            write_bytes=one.written,
            parent_pid=stat.parent,
        )

    def _user(self, pid: bytes) -> str:
        """Return the name of a process's effective user, or nothing where the process has gone.

        The owner of `/proc/<pid>` would be cheaper, but is root for each process that may not be dumped.
        """
        try:
            status = read(b"%s/%s/status" % (self._proc, pid))
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            return ""
        uids = status.partition(b"\nUid:")[2].partition(b"\n")[0].split()
        return self._users.name(int(uids[1])) if len(uids) > 1 else ""


def _by_cpu(one: _Used) -> tuple[float, int]:
    return one.cores, one.stat.resident


def _by_memory(one: _Used) -> tuple[int, float]:
    return one.stat.resident, one.cores


def _by_bytes(one: _Used) -> float:
    return one.read + one.written


def _leaders(used: list[_Used]) -> list[_Used]:
    """Return all that `top` may ask for, so that the rest of the walk needs no memory."""
    movers = [one for one in used if one.read or one.written]
    tops = (
        *_largest(MAX_TOP, used, _by_cpu),
        *_largest(MAX_TOP, used, _by_memory),
        *_largest(MAX_TOP, movers, _by_bytes),
    )
    return list({one.stat.pid: one for one in tops}.values())


def _largest(count: int, used: Iterable[_Used], key: Callable[[_Used], float | tuple[float, float]]) -> list[_Used]:
    return sorted(used, key=key, reverse=True)[:count]


def _read_stat(proc: bytes, pid: bytes) -> _Stat | None:
    """Return the stat of a process, or None where it has gone or is hidden from us."""
    try:
        descriptor = os.open(b"%s/%s/stat" % (proc, pid), os.O_RDONLY | os.O_CLOEXEC)
        try:
            # One read: the kernel writes the whole line at once.
            line = os.read(descriptor, _STAT_BYTES)
        finally:
            os.close(descriptor)
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return None
    return _parse(pid, line)


def _parse(pid: bytes, line: bytes) -> _Stat | None:
    """Return what a stat line says, or None where it is cut.

    The name is free text in parentheses and may itself hold parentheses, spaces and newlines: the last `)` ends it.
    """
    head, end, tail = line.rpartition(b")")
    columns = tail.split(None, 22)
    if not end or len(columns) < 22:
        return None
    return _Stat(
        pid=pid,
        comm=head.partition(b"(")[2],
        state=columns[0],
        parent=int(columns[1]),
        ticks=int(columns[11]) + int(columns[12]),
        threads=int(columns[17]),
        start=columns[19],
        resident=int(columns[21]),
    )
