"""Swap space and traffic, from `/proc/meminfo` and `/proc/vmstat` (proc_meminfo(5), proc_vmstat(5))."""

import os
from typing import ClassVar

from opsentrix_protocol.catalogue import Kind, Metric, labels_of

from opsentrix_agent.collector import HostPaths, Reading
from opsentrix_agent.collectors.meminfo import read_meminfo
from opsentrix_agent.collectors.source import read, require

_KEYS = frozenset((b"SwapTotal", b"SwapFree"))

_USAGE = Metric("system.paging.usage", "By", Kind.GAUGE, "Swap space by state")
_UTILIZATION = Metric("system.paging.utilization", "1", Kind.GAUGE, "Share of swap space by state. The states sum to 1")
_OPERATIONS = Metric(
    "system.paging.operations", "{operation}/s", Kind.RATE, "Pages swapped in and out; a steady flow means thrashing"
)

_USED = labels_of(state="used")
_FREE = labels_of(state="free")
_DIRECTIONS = {b"pswpin": labels_of(direction="in"), b"pswpout": labels_of(direction="out")}


class Swap:
    """How full swap is, and how much moves.

    A machine without swap has none of these series; they appear when swap is added.
    """

    metrics: ClassVar[tuple[Metric, ...]] = (_USAGE, _UTILIZATION, _OPERATIONS)

    def __init__(self, paths: HostPaths) -> None:
        self._meminfo = require(paths.proc / "meminfo")
        self._vmstat = os.fspath(paths.proc / "vmstat")

    def collect(self) -> list[Reading]:
        """Return space by state and the pages swapped so far, or nothing where there is no swap.

        Raises:
            OSError: a file cannot be read.
            ValueError: a file holds something else than numbers.
        """
        found = read_meminfo(self._meminfo, _KEYS)
        total = found.get(b"SwapTotal", 0)
        if total <= 0:
            return []
        free = min(found.get(b"SwapFree", 0), total)
        used = total - free
        readings: list[Reading] = [
            (_USAGE, _USED, used),
            (_USAGE, _FREE, free),
            (_UTILIZATION, _USED, used / total),
            (_UTILIZATION, _FREE, free / total),
        ]
        for line in read(self._vmstat).split(b"\n"):
            key, _, value = line.partition(b" ")
            if labels := _DIRECTIONS.get(key):
                readings.append((_OPERATIONS, labels, int(value)))
        return readings
