"""What the kernel's memory management does, from `/proc/vmstat` (proc_vmstat(5))."""

from typing import ClassVar

from opsentrix_protocol.catalogue import Kind, Labels, Metric, labels_of

from opsentrix_agent.collector import HostPaths, Reading
from opsentrix_agent.collectors.kernelfile import optional, required
from opsentrix_agent.collectors.pace import Pace

_FAULTS = Metric(
    "system.paging.faults",
    "{fault}/s",
    Kind.RATE,
    "Page faults; major ones waited for a disk, so many of them mean that memory is short",
)
_OPERATIONS = Metric(
    "system.paging.operations", "{operation}/s", Kind.RATE, "Pages swapped in and out; a steady flow means thrashing"
)
_OOM_KILLS = Metric(
    "system.linux.memory.oom_kills",
    "{process}/s",
    Kind.RATE,
    "Processes that the kernel killed because memory, of the machine or of a control group, ran out",
)

_MINOR = labels_of(kind="minor")
_MAJOR = labels_of(kind="major")
_Counters = tuple[tuple[Metric, Labels, bytes], ...]
_COUNTERS: _Counters = ((_OOM_KILLS, (), b"\noom_kill "),)
_SWAP_COUNTERS: _Counters = (
    (_OPERATIONS, labels_of(direction="in"), b"\npswpin "),
    (_OPERATIONS, labels_of(direction="out"), b"\npswpout "),
)
_FAULTS_KEY = b"\npgfault "
_MAJOR_KEY = b"\npgmajfault "
_SWAP_EVERY_TICKS = 30


class Vmstat:
    """Page faults, processes killed for want of memory (which kernels since 4.13 count), and swapping.

    Of a machine without swap there is nothing to tell about swapping; whether it has some is looked up every 30 s.
    """

    metrics: ClassVar[tuple[Metric, ...]] = (_FAULTS, _OPERATIONS, _OOM_KILLS)

    def __init__(self, paths: HostPaths) -> None:
        self._file = required(paths.proc / "vmstat")
        self._swaps = optional(paths.proc / "swaps")
        self._swap_pace = Pace(_SWAP_EVERY_TICKS)
        self._counters = _COUNTERS

    def collect(self) -> list[Reading]:
        """Return the counters that this kernel has.

        Raises:
            OSError: a file cannot be read any more.
            ValueError: `/proc/vmstat` holds something else than numbers.
        """
        if self._swaps is not None and self._swap_pace.due():
            # A line of headings, and one for each swap area.
            has_swap = self._swaps.read_all().count(b"\n") > 1
            self._counters = _COUNTERS + _SWAP_COUNTERS if has_swap else _COUNTERS
        # Of nearly 200 lines five are wanted, so the text is searched and not taken apart.
        text = b"\n%b\n" % self._file.read_all()
        readings: list[Reading] = []
        faults, major = _find(text, _FAULTS_KEY), _find(text, _MAJOR_KEY)
        if faults is not None and major is not None:
            readings += ((_FAULTS, _MINOR, max(0, faults - major)), (_FAULTS, _MAJOR, major))
        for metric, labels, key in self._counters:
            value = _find(text, key)
            if value is not None:
                readings.append((metric, labels, value))
        return readings


def _find(text: bytes, key: bytes) -> int | None:
    start = text.find(key)
    if start < 0:
        return None
    start += len(key)
    return int(text[start : text.find(b"\n", start)])
