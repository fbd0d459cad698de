"""Traffic of whole disks, from `/proc/diskstats` (Documentation/admin-guide/iostats.rst of the kernel)."""

import os
from pathlib import Path
from typing import ClassVar

from opsentrix_protocol.catalogue import Kind, Labels, Metric, labels_of

from opsentrix_agent.collector import HostPaths, Reading
from opsentrix_agent.collectors.source import printable, read, require

_IO = Metric("system.disk.io", "By/s", Kind.RATE, "Bytes read and written")
_OPERATIONS = Metric("system.disk.operations", "{operation}/s", Kind.RATE, "Reads and writes completed")
_OPERATION_TIME = Metric(
    "system.disk.operation_time",
    "1",
    Kind.RATE,
    "Seconds a second spent on reads and writes, queueing included",
)
_LATENCY = Metric(
    "system.disk.latency",
    "s",
    Kind.GAUGE,
    "Mean time that a read or write took since the tick before, queueing included; 0 when there was none",
)
_IO_TIME = Metric(
    "system.disk.io_time", "1", Kind.RATE, "Share of the time in which the disk had work: its utilization"
)
_WEIGHTED_IO_TIME = Metric(
    "system.disk.weighted_io_time", "1", Kind.RATE, "Mean number of reads and writes waiting or in progress: its queue"
)
_LEFT_OUT = Metric("system.disk.left_out", "{disk}", Kind.GAUGE, "Disks that are not reported because there are many")

_SECTOR_BYTES = 512
"""The unit of these counters, whatever the sector size of the disk."""
_COLUMNS = 14
_WRAP_MS = 1 << 32
_MAX_DISKS = 64
_MAX_AHEAD_MS = 1 << 22
"""What 4,000 requests in flight add to a counter of time in one second."""
# Memory, and what passes each byte on to another disk without the kernel listing it as a slave.
_PSEUDO_PREFIXES = (b"loop", b"ram", b"zram", b"drbd", b"zd")


class Milliseconds:
    """A counter of milliseconds that the kernel prints with 32 bits, made continuous.

    The sampler knows wraps in the unit of the metric only, which here is the second; so the wrap is undone here. A
    counter that falls has wrapped if it is then ahead by little; else the device began anew, and the sampler sees it
    fall.
    """

    __slots__ = ("_last", "_wrapped")

    def __init__(self) -> None:
        self._last = 0
        self._wrapped = 0

    def seconds(self, raw: int) -> float:
        """Return the counter in seconds; it falls only where the device began anew."""
        if raw < self._last:
            ahead = raw + _WRAP_MS - self._last
            self._wrapped = self._wrapped + _WRAP_MS if ahead <= _MAX_AHEAD_MS else 0
        self._last = raw
        return (self._wrapped + raw) / 1000


class Latency:
    """Mean time of an operation, from the counters of operations and of the time that they took."""

    __slots__ = ("_operations", "_seconds")

    def __init__(self) -> None:
        self._operations: int | None = None
        self._seconds = 0.0

    def mean(self, operations: int, seconds: float) -> float | None:
        """Return the seconds an operation since the last call; None at the first one, and where a counter fell."""
        before, spent = self._operations, seconds - self._seconds
        self._operations, self._seconds = operations, seconds
        if before is None or operations < before or spent < 0:
            return None
        return spent / (operations - before) if operations > before else 0.0


class _Disk:
    """The labels of a disk, and its counters of time."""

    __slots__ = (
        "device",
        "io_time",
        "read",
        "read_latency",
        "read_time",
        "weighted_io_time",
        "write",
        "write_latency",
        "write_time",
    )

    def __init__(self, name: bytes) -> None:
        label = printable(name)
        self.device = labels_of(device=label)
        self.read: Labels = labels_of(device=label, direction="read")
        self.write: Labels = labels_of(device=label, direction="write")
        self.read_time = Milliseconds()
        self.write_time = Milliseconds()
        self.io_time = Milliseconds()
        self.weighted_io_time = Milliseconds()
        self.read_latency = Latency()
        self.write_latency = Latency()


class Disk:
    """What the disks do.

    Only disks at the bottom are reported, so that a sum over devices counts each byte once: no partitions, and nothing
    that lies on other disks (LVM and other device mapper volumes, md arrays, bcache: all that have slaves in
    `/sys/block`; DRBD and ZFS volumes). Loop devices and disks in memory are left out, and so is a disk that has done
    nothing since boot, such as an empty drive or a network block device that is not connected. At most 64 are reported.
    """

    metrics: ClassVar[tuple[Metric, ...]] = (
        _IO,
        _OPERATIONS,
        _OPERATION_TIME,
        _LATENCY,
        _IO_TIME,
        _WEIGHTED_IO_TIME,
        _LEFT_OUT,
    )

    def __init__(self, paths: HostPaths) -> None:
        self._path = require(paths.proc / "diskstats")
        self._sys_block = Path(require(paths.sys / "block"))
        self._disks: dict[bytes, _Disk | None] = {}

    def collect(self) -> list[Reading]:
        """Return the counters of each disk; lines that are not complete are left out.

        Raises:
            OSError: `/proc/diskstats` cannot be read.
            ValueError: it holds something else than numbers.
        """
        disks: dict[bytes, _Disk | None] = {}
        readings: list[Reading] = []
        reported = 0
        for line in read(self._path).split(b"\n"):
            columns = line.split(None, _COLUMNS)
            # What has done nothing is not judged yet: an array gets its slaves only when it is assembled.
            if len(columns) < _COLUMNS or columns[3] == columns[7] == b"0":
                continue
            name = columns[2]
            disks[name] = disk = self._disks[name] if name in self._disks else self._disk(name)
            if disk is not None:
                reported += 1
                if reported <= _MAX_DISKS:
                    _add(readings, disk, columns)
        self._disks = disks
        readings.append((_LEFT_OUT, (), max(0, reported - _MAX_DISKS)))
        return readings

    def _disk(self, name: bytes) -> _Disk | None:
        """Return the disk of this name, or None where it is none that is reported."""
        if name.startswith(_PSEUDO_PREFIXES):
            return None
        # The kernel writes the slash of a name such as cciss/c0d0 as an exclamation mark in sysfs.
        folder = self._sys_block / os.fsdecode(name.replace(b"/", b"!"))
        slaves = folder / "slaves"
        is_whole_disk = folder.is_dir()
        is_stacked = slaves.is_dir() and any(slaves.iterdir())
        return _Disk(name) if is_whole_disk and not is_stacked else None


def _add(readings: list[Reading], disk: _Disk, columns: list[bytes]) -> None:
    # major minor name reads merged sectors ms writes merged sectors ms in-flight busy-ms weighted-ms ...
    reads, writes = int(columns[3]), int(columns[7])
    read_s, write_s = disk.read_time.seconds(int(columns[6])), disk.write_time.seconds(int(columns[10]))
    readings += (
        (_IO, disk.read, int(columns[5]) * _SECTOR_BYTES),
        (_IO, disk.write, int(columns[9]) * _SECTOR_BYTES),
        (_OPERATIONS, disk.read, reads),
        (_OPERATIONS, disk.write, writes),
        (_OPERATION_TIME, disk.read, read_s),
        (_OPERATION_TIME, disk.write, write_s),
        (_IO_TIME, disk.device, disk.io_time.seconds(int(columns[12]))),
        (_WEIGHTED_IO_TIME, disk.device, disk.weighted_io_time.seconds(int(columns[13]))),
    )
    for labels, latency in (
        (disk.read, disk.read_latency.mean(reads, read_s)),
        (disk.write, disk.write_latency.mean(writes, write_s)),
    ):
        if latency is not None:
            readings.append((_LATENCY, labels, latency))
