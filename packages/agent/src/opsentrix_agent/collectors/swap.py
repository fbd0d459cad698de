"""Swap space, from `/proc/meminfo` (proc_meminfo(5))."""

from typing import ClassVar

from opsentrix_protocol.catalogue import Kind, Metric, labels_of

from opsentrix_agent.collector import HostPaths, Reading
from opsentrix_agent.collectors.meminfo import read_meminfo
from opsentrix_agent.collectors.source import require

_KEYS = frozenset((b"SwapTotal", b"SwapFree"))

_USAGE = Metric("system.paging.usage", "By", Kind.GAUGE, "Swap space by state")
_UTILIZATION = Metric("system.paging.utilization", "1", Kind.GAUGE, "Share of swap space by state. The states sum to 1")

_USED = labels_of(state="used")
_FREE = labels_of(state="free")


class Swap:
    """How full swap is; what moves in and out of it is told by `vmstat`.

    A machine without swap has none of these series; they appear when swap is added.
    """

    metrics: ClassVar[tuple[Metric, ...]] = (_USAGE, _UTILIZATION)

    def __init__(self, paths: HostPaths) -> None:
        self._meminfo = require(paths.proc / "meminfo")

    def collect(self) -> list[Reading]:
        """Return space by state, or nothing where there is no swap.

        Raises:
            OSError: `/proc/meminfo` cannot be read.
            ValueError: it holds something else than numbers.
        """
        found = read_meminfo(self._meminfo, _KEYS)
        total = found.get(b"SwapTotal", 0)
        if total <= 0:
            return []
        free = min(found.get(b"SwapFree", 0), total)
        used = total - free
        return [
            (_USAGE, _USED, used),
            (_USAGE, _FREE, free),
            (_UTILIZATION, _USED, used / total),
            (_UTILIZATION, _FREE, free / total),
        ]
