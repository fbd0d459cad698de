"""ZFS: the state of pools and the cache (ARC), from `/proc/spl/kstat/zfs` (kstats of OpenZFS)."""

import os
from pathlib import Path
from typing import ClassVar

from opsentrix_protocol.catalogue import Kind, Metric, labels_of

from opsentrix_agent.collector import HostPaths, Reading
from opsentrix_agent.collectors.kernelfile import required
from opsentrix_agent.collectors.pace import Pace
from opsentrix_agent.collectors.source import printable, read

_POOL = Metric(
    "zfs.pool.online",
    "1",
    Kind.GAUGE,
    "Whether the pool is whole (ONLINE): 1, or 0 where it is degraded or worse. Read every 5 s",
)
_SIZE = Metric("zfs.arc.usage", "By", Kind.GAUGE, "Memory that the cache holds; it is given back when programs need it")
_LIMIT = Metric("zfs.arc.limit", "By", Kind.GAUGE, "Memory that the cache may hold at most")
_REQUESTS = Metric("zfs.arc.requests", "{request}/s", Kind.RATE, "Requests to the cache by result: hit or miss")
_LEFT_OUT = Metric("zfs.pool.left_out", "{pool}", Kind.GAUGE, "Pools that are not reported because there are many")

_READ_EVERY_TICKS = 5
_MAX_POOLS = 32
_ARC_METRICS = {
    b"size": (_SIZE, ()),
    b"c_max": (_LIMIT, ()),
    b"hits": (_REQUESTS, labels_of(result="hit")),
    b"misses": (_REQUESTS, labels_of(result="miss")),
}


class Zfs:
    """Whether the pools of ZFS are whole, and what its cache does. At most 32 pools are reported."""

    metrics: ClassVar[tuple[Metric, ...]] = (_POOL, _SIZE, _LIMIT, _REQUESTS, _LEFT_OUT)

    def __init__(self, paths: HostPaths) -> None:
        self._folder = paths.proc / "spl" / "kstat" / "zfs"
        self._arcstats = required(self._folder / "arcstats")
        self._pace = Pace(_READ_EVERY_TICKS)
        self._pools: list[Reading] = []

    def collect(self) -> list[Reading]:
        """Return the state of each pool, as read last, and the cache's counters.

        Raises:
            OSError: the statistics cannot be read any more.
            ValueError: they hold something else than numbers.
        """
        if self._pace.due():
            self._pools = self._read_pools()
        readings = list(self._pools)
        # name type data
        for line in self._arcstats.read_all().split(b"\n"):
            columns = line.split()
            if len(columns) == 3 and columns[0] in _ARC_METRICS:
                metric, labels = _ARC_METRICS[columns[0]]
                readings.append((metric, labels, int(columns[2])))
        return readings

    def _read_pools(self) -> list[Reading]:
        readings: list[Reading] = []
        for folder in sorted(self._folder.iterdir()):
            state = _state(folder)
            if state:
                readings.append((_POOL, labels_of(pool=printable(os.fsencode(folder.name))), float(state == b"ONLINE")))
        return [*readings[:_MAX_POOLS], (_LEFT_OUT, (), max(0, len(readings) - _MAX_POOLS))]


def _state(folder: Path) -> bytes:
    """Return the state of the pool of this folder, or nothing where it is none, or was just exported."""
    try:
        return read(os.fspath(folder / "state")).strip()
    except OSError:
        return b""
