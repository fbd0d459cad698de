"""Physical memory by state, from `/proc/meminfo` (proc_meminfo(5))."""

from typing import ClassVar

from opsentrix_protocol.catalogue import Kind, Metric, labels_of

from opsentrix_agent.collector import HostPaths, Reading
from opsentrix_agent.collectors.meminfo import read_meminfo
from opsentrix_agent.collectors.source import require

_KEYS = frozenset(
    (b"MemTotal", b"MemFree", b"MemAvailable", b"Buffers", b"Cached", b"SReclaimable", b"Shmem"),
)

_USAGE = Metric(
    "system.memory.usage",
    "By",
    Kind.GAUGE,
    "Physical memory by state. The states sum to the limit; cached includes reclaimable slab, used is the rest",
)
_UTILIZATION = Metric(
    "system.memory.utilization", "1", Kind.GAUGE, "Share of physical memory by state. The states sum to 1"
)
_LIMIT = Metric("system.memory.limit", "By", Kind.GAUGE, "Physical memory that the kernel manages")
_AVAILABLE = Metric(
    "system.linux.memory.available",
    "By",
    Kind.GAUGE,
    "Memory that can be given to new work without swapping, as the kernel estimates it",
)

_LABELS = tuple(labels_of(state=state) for state in ("used", "free", "cached", "buffers"))


class Memory:
    """What physical memory is used for."""

    metrics: ClassVar[tuple[Metric, ...]] = (_USAGE, _UTILIZATION, _LIMIT, _AVAILABLE)

    def __init__(self, paths: HostPaths) -> None:
        self._path = require(paths.proc / "meminfo")

    def collect(self) -> list[Reading]:
        """Return the memory by state, the limit and what is available.

        Raises:
            OSError: `/proc/meminfo` cannot be read.
            ValueError: it does not say how much memory there is, or something else than a number.
        """
        found = read_meminfo(self._path, _KEYS)
        total = found.get(b"MemTotal", 0)
        if total <= 0 or b"MemFree" not in found:
            raise ValueError(f"{self._path} does not say how much memory there is")
        # The kernel reads its counters one after the other, so under load they can sum to a little over the total.
        free = min(found[b"MemFree"], total)
        buffers = min(found.get(b"Buffers", 0), total - free)
        cached = min(found.get(b"Cached", 0) + found.get(b"SReclaimable", 0), total - free - buffers)
        states = (total - free - buffers - cached, free, cached, buffers)
        readings: list[Reading] = [
            (_LIMIT, (), total),
            (_AVAILABLE, (), min(found.get(b"MemAvailable", free + buffers + _reclaimable(found, cached)), total)),
        ]
        for labels, size in zip(_LABELS, states, strict=True):
            readings.append((_USAGE, labels, size))
            readings.append((_UTILIZATION, labels, size / total))
        return readings


def _reclaimable(found: dict[bytes, int], cached: int) -> int:
    """Return the page cache that can be dropped; for kernels before 3.14, which do not estimate what is available."""
    return max(0, cached - found.get(b"Shmem", 0))
