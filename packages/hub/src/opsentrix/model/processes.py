"""Process samples as the hub keeps and ranks them."""

import math
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from opsentrix_protocol import opsentrix_pb2 as pb
from opsentrix_protocol.errors import ProtocolError
from opsentrix_protocol.frames import ZLIB_LEVEL
from opsentrix_protocol.processes import (
    MAX_PACKED_BYTES,
    ProcessSample,
    ProcessTable,
    pack,
    parse,
    plain,
    tables,
)

from opsentrix import selfmetrics

MAX_LISTED = 50
MAX_HOUR_BYTES = 64 * 1024 * 1024
_MAX_STEP_MS = 60_000
"""A table stands for the time since the one before, but no longer: agents look at least that often."""
_MAX_CORES = 1_000_000.0


class Stored(NamedTuple):
    """Process samples as they are kept: compressed by zlib, whatever the frame was.

    Attributes:
        hours: of hours that were compacted, each as one stream or several, one behind the other.
        frames: of frames that were not.
    """

    hours: list[bytes]
    frames: list[bytes]


class Order(StrEnum):
    """By what processes are ranked."""

    CPU = "cpu"
    MEMORY = "memory"
    IO = "io"
    READ = "read"
    WRITE = "write"


@dataclass(slots=True)
class Use:
    """What a process used over a time, added up look by look.

    Attributes:
        pid: process id.
        name: the kernel's name of it.
        user: its owner.
        first_ms: Unix time of the first table that names it.
        last_ms: Unix time of the last.
        peak_ms: Unix time of the table in which it used most of what is ranked by.
        seen: how many tables name it.
        seconds: the time that these tables account for.
        cpu_seconds: CPU time within it.
        cpu_cores_max: the most cores that it used in one table.
        memory_byte_seconds: its resident set times how long it had it.
        memory_bytes_max: its largest resident set.
        read_bytes: read from block devices.
        read_max: the most that it read in one table, bytes a second.
        write_bytes: written to block devices.
        write_max: the most that it wrote in one table, bytes a second.
    """

    pid: int
    name: str
    user: str
    first_ms: int
    last_ms: int
    peak_ms: int
    seen: int = 0
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    cpu_cores_max: float = 0.0
    memory_byte_seconds: float = 0.0
    memory_bytes_max: int = 0
    read_bytes: float = 0.0
    read_max: float = 0.0
    write_bytes: float = 0.0
    write_max: float = 0.0


def of_frame(frame: pb.Frame) -> bytes:
    """Return what is to be kept of a frame's processes, compressed by zlib; too much is left out and counted."""
    packed = frame.process_samples
    if not packed:
        return pack([_table(frame.processes)]) if frame.HasField("processes") else b""
    if len(packed) > MAX_PACKED_BYTES:
        selfmetrics.BAD_PROCESS_SAMPLES.inc()
        return b""
    return packed if frame.compression == pb.COMPRESSION_ZLIB else zlib.compress(packed)


def newest(data: bytes) -> ProcessTable | None:
    """Return the newest table of a frame, or None where there is none that can be read."""
    message = _readable(data)
    return None if message is None else max(tables(message), key=_time, default=None)


def join(frames: Iterable[bytes]) -> bytes:
    """Return the samples of frames as one stream of an hour; those that cannot be read are left out and counted."""
    whole = pb.ProcessSamples()
    for data in frames:
        if (message := _readable(data)) is not None:
            whole.MergeFrom(message)
    return zlib.compress(whole.SerializeToString(), ZLIB_LEVEL) if whole.time_ms else b""


def unpack(stored: Stored, first_ms: int, last_ms: int) -> list[ProcessTable]:
    """Return the tables of a time, inclusive, oldest first; what cannot be read is left out and counted."""
    messages = [*(_readable_hour(data) for data in stored.hours), *(_readable(data) for data in stored.frames)]
    found = (table for message in messages if message is not None for table in tables(message))
    return sorted((table for table in found if first_ms <= table.time_ms <= last_ms), key=_time)


def rank(found: list[ProcessTable], order: Order, limit: int, text: str = "") -> list[Use]:
    """Return the processes that used most over all tables, the first first.

    With a text only those that have it in name or owner, in whatever case, or as their pid.

    A process is known by pid, name and owner. What it used between two tables is what the second says of it.
    """
    uses: dict[tuple[int, str, str], Use] = {}
    rate, total = _RATES[order], _TOTALS[order]
    peaks: dict[tuple[int, str, str], float] = {}
    for at, (time_ms, processes) in enumerate(found):
        before_ms = found[at - 1].time_ms if at else time_ms - 5000
        seconds = min(max(0, time_ms - before_ms), _MAX_STEP_MS) / 1000
        for one in processes:
            key = (one.pid, one.name, one.user)
            use = uses.get(key) or uses.setdefault(key, Use(*key, time_ms, time_ms, time_ms))
            if rate(one) > peaks.get(key, -1.0):
                peaks[key], use.peak_ms = rate(one), time_ms
            _add(use, one, time_ms, seconds)
    asked = text.strip().lower()
    return sorted((use for use in uses.values() if _has(use, asked)), key=total, reverse=True)[:limit]


def _has(use: Use, asked: str) -> bool:
    return asked in use.name.lower() or asked in use.user.lower() or asked == str(use.pid)


def nearest(found: list[ProcessTable], time_ms: int) -> ProcessTable | None:
    """Return the table nearest to a moment, or None where there is none.

    Of two that are equally near it is the later one: a table tells what was used since the one before.
    """
    return min(found, key=lambda table: (abs(table.time_ms - time_ms), -table.time_ms), default=None)


def _add(use: Use, one: ProcessSample, time_ms: int, seconds: float) -> None:
    use.seen += 1
    use.last_ms = time_ms
    use.seconds += seconds
    use.cpu_seconds += one.cpu_cores * seconds
    use.cpu_cores_max = max(use.cpu_cores_max, one.cpu_cores)
    use.memory_byte_seconds += one.memory_bytes * seconds
    use.memory_bytes_max = max(use.memory_bytes_max, one.memory_bytes)
    use.read_bytes += one.read_bytes * seconds
    use.read_max = max(use.read_max, one.read_bytes)
    use.write_bytes += one.write_bytes * seconds
    use.write_max = max(use.write_max, one.write_bytes)


def _readable(data: bytes) -> pb.ProcessSamples | None:
    try:
        return parse(plain(data, pb.COMPRESSION_ZLIB))
    except ProtocolError:
        selfmetrics.BAD_PROCESS_SAMPLES.inc()
        return None


def _readable_hour(data: bytes) -> pb.ProcessSamples | None:
    """Return the streams of an hour as one message; protobuf takes them as one because its fields are all repeated."""
    parts: list[bytes] = []
    room = MAX_HOUR_BYTES
    try:
        while data:
            inflater = zlib.decompressobj()
            parts.append(inflater.decompress(data, room))
            room -= len(parts[-1])
            if not inflater.eof or room <= 0:
                raise ProtocolError("processes", "does not end")
            data = inflater.unused_data
        return parse(b"".join(parts))
    except (ProtocolError, zlib.error):
        selfmetrics.BAD_PROCESS_SAMPLES.inc()
        return None


def _table(table: pb.ProcessTable) -> ProcessTable:
    rows = (
        ProcessSample(
            one.pid,
            one.name,
            one.user,
            one.state,
            one.threads,
            min(max(0.0, one.cpu), _MAX_CORES) if math.isfinite(one.cpu) else 0.0,
            min(one.memory_bytes, 1 << 62),
        )
        for one in list(table.processes)[:MAX_LISTED]
    )
    return ProcessTable(table.time_ms, tuple(rows))


def _time(table: ProcessTable) -> int:
    return table.time_ms


_RATES: dict[Order, Callable[[ProcessSample], float]] = {
    Order.CPU: lambda one: one.cpu_cores,
    Order.MEMORY: lambda one: one.memory_bytes,
    Order.IO: lambda one: one.read_bytes + one.write_bytes,
    Order.READ: lambda one: one.read_bytes,
    Order.WRITE: lambda one: one.write_bytes,
}
_TOTALS: dict[Order, Callable[[Use], float]] = {
    Order.CPU: lambda use: use.cpu_seconds,
    Order.MEMORY: lambda use: use.memory_bytes_max,
    Order.IO: lambda use: use.read_bytes + use.write_bytes,
    Order.READ: lambda use: use.read_bytes,
    Order.WRITE: lambda use: use.write_bytes,
}
