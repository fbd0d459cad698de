"""What the kernel has a limited number of: files, threads, tracked connections; and its entropy (proc_sys(5))."""

from typing import ClassVar

from opsentrix_protocol.catalogue import Kind, Metric

from opsentrix_agent.collector import HostPaths, Reading
from opsentrix_agent.collectors.kernelfile import KernelFile, optional, required
from opsentrix_agent.collectors.pace import Pace

_HANDLES = Metric("system.linux.file_handles.usage", "{handle}", Kind.GAUGE, "Open files of all processes")
_HANDLES_LIMIT = Metric(
    "system.linux.file_handles.limit", "{handle}", Kind.GAUGE, "Files that may be open; beyond it opening fails"
)
_HANDLES_UTILIZATION = Metric(
    "system.linux.file_handles.utilization", "1", Kind.GAUGE, "Share of the file handles in use"
)
_INODES = Metric("system.linux.inodes.usage", "{inode}", Kind.GAUGE, "Inodes that the kernel holds in memory")
_THREADS_LIMIT = Metric(
    "system.thread.limit", "{thread}", Kind.GAUGE, "Threads of all processes that there may be; beyond it forking fails"
)
_THREADS_UTILIZATION = Metric("system.thread.utilization", "1", Kind.GAUGE, "Share of the threads in use")
_CONNTRACK = Metric(
    "system.network.conntrack.count", "{entry}", Kind.GAUGE, "Connections that the firewall keeps track of"
)
_CONNTRACK_MAX = Metric(
    "system.network.conntrack.max", "{entry}", Kind.GAUGE, "Connections it can track; beyond it packets are dropped"
)
_CONNTRACK_UTILIZATION = Metric(
    "system.network.conntrack.utilization", "1", Kind.GAUGE, "Share of the connection tracking table in use"
)
_CONNTRACK_DROPPED = Metric(
    "system.network.conntrack.dropped",
    "{packet}/s",
    Kind.RATE,
    "Packets dropped because a connection could not be tracked",
)
_ENTROPY = Metric(
    "system.linux.entropy.available",
    "bit",
    Kind.GAUGE,
    "Entropy for random numbers; always 256 once it is seeded, since Linux 5.18",
)

_SLOW_EVERY_TICKS = 10


class Limits:
    """What the kernel can run out of, and how close it is.

    Connection tracking is there once a firewall uses it. What changes slowly is read every 10 s.
    """

    metrics: ClassVar[tuple[Metric, ...]] = (
        _HANDLES,
        _HANDLES_LIMIT,
        _HANDLES_UTILIZATION,
        _INODES,
        _THREADS_LIMIT,
        _THREADS_UTILIZATION,
        _CONNTRACK,
        _CONNTRACK_MAX,
        _CONNTRACK_UTILIZATION,
        _CONNTRACK_DROPPED,
        _ENTROPY,
    )

    def __init__(self, paths: HostPaths) -> None:
        self._sysctl = paths.proc / "sys"
        self._files = required(self._sysctl / "fs" / "file-nr")
        self._inodes = optional(self._sysctl / "fs" / "inode-nr")
        self._entropy = optional(self._sysctl / "kernel" / "random" / "entropy_avail")
        self._loadavg = optional(paths.proc / "loadavg")
        self._threads_limits = [
            one for name in ("pid_max", "threads-max") if (one := optional(self._sysctl / "kernel" / name)) is not None
        ]
        self._conntrack_stat = paths.proc / "net" / "stat" / "nf_conntrack"
        self._conntrack: _Conntrack | None = None
        self._pace = Pace(_SLOW_EVERY_TICKS)
        self._slow: list[Reading] = []

    def collect(self) -> list[Reading]:
        """Return what is in use, and the limits.

        Raises:
            OSError: a file cannot be read any more.
            ValueError: one does not hold the numbers that it should have.
        """
        if self._pace.due():
            self._slow = self._read_slow()
        # Handles in use, free ones (always 0 since Linux 2.6), the limit.
        used, _, limit = map(int, self._files.read_all().split())
        readings: list[Reading] = [
            (_HANDLES, (), used),
            (_HANDLES_LIMIT, (), limit),
            (_HANDLES_UTILIZATION, (), _share(used, limit)),
            *self._slow,
        ]
        if self._conntrack is not None:
            self._conntrack.add(readings)
        return readings

    def _read_slow(self) -> list[Reading]:
        readings: list[Reading] = []
        if self._inodes is not None:
            # Inodes in memory, and how many of them are free.
            total, free = map(int, self._inodes.read_all().split()[:2])
            readings.append((_INODES, (), max(0, total - free)))
        if self._entropy is not None:
            readings.append((_ENTROPY, (), int(self._entropy.read_all())))
        if self._loadavg is not None and self._threads_limits:
            threads = int(self._loadavg.read_all().split()[3].partition(b"/")[2])
            limit = min(int(one.read_all()) for one in self._threads_limits)
            readings += ((_THREADS_LIMIT, (), limit), (_THREADS_UTILIZATION, (), _share(threads, limit)))
        # The module for it may be loaded, and unloaded, at any time.
        count = optional(self._sysctl / "net" / "netfilter" / "nf_conntrack_count")
        maximum = optional(self._sysctl / "net" / "netfilter" / "nf_conntrack_max")
        self._conntrack = None
        if count is not None and maximum is not None:
            self._conntrack = _Conntrack(count, int(maximum.read_all()), optional(self._conntrack_stat))
        return readings


class _Conntrack:
    """The table of tracked connections, known for some ticks."""

    __slots__ = ("_count", "_limit", "_stat")

    def __init__(self, count: KernelFile, limit: int, stat: KernelFile | None) -> None:
        self._count = count
        self._limit = limit
        self._stat = stat

    def add(self, readings: list[Reading]) -> None:
        used = int(self._count.read_all())
        readings += (
            (_CONNTRACK, (), used),
            (_CONNTRACK_MAX, (), self._limit),
            (_CONNTRACK_UTILIZATION, (), _share(used, self._limit)),
        )
        if self._stat is not None:
            # A line of names, and one of hexadecimal numbers for each CPU.
            header, *lines = self._stat.read_all().split(b"\n")
            names = header.split()
            if b"drop" in names:
                place = names.index(b"drop")
                dropped = sum(int(columns[place], 16) for line in lines if (columns := line.split()))
                readings.append((_CONNTRACK_DROPPED, (), dropped))


def _share(used: int, limit: int) -> float:
    return used / limit if limit > 0 else 0.0
