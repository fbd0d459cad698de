"""Process samples: which processes used most, each time that an agent looked, as columns that compress well.

Merging the messages of single tables, which appends repeated fields, makes the message of all: so the hub joins what
frames brought without looking at single processes.
"""

import zlib
from collections.abc import Iterable, Iterator
from typing import NamedTuple, cast

from google.protobuf.message import DecodeError

from opsentrix_protocol import opsentrix_pb2 as pb
from opsentrix_protocol.errors import ProtocolError, UnsupportedError
from opsentrix_protocol.frames import ZLIB_LEVEL

FIELD = "frame.process_samples"
MAX_PACKED_BYTES = 32 * 1024
MAX_PLAIN_BYTES = 256 * 1024
"""In one frame; 60 tables of 15 processes take about 30 KiB."""
STATES = ("other", "running", "sleeping", "stopped", "zombie")
"""Names of ProcessState by number."""


class ProcessSample(NamedTuple):
    """What one process used between two looks.

    Attributes:
        pid: process id.
        name: the kernel's name of it (comm).
        user: owner's name, or the number where it has none.
        state: one of `STATES`.
        threads: number of threads.
        cpu_cores: 1.0 is one core fully used; kept in hundredths, which is about how well it is known.
        memory_bytes: resident set; kept to 6 significant bits, as the two that follow.
        read_bytes: a second, from block devices.
        write_bytes: a second, to block devices.
    """

    pid: int
    name: str
    user: str
    state: str
    threads: int
    cpu_cores: float
    memory_bytes: int
    read_bytes: float = 0.0
    write_bytes: float = 0.0


class ProcessTable(NamedTuple):
    """The processes that used most, at one look (Unix milliseconds)."""

    time_ms: int
    processes: tuple[ProcessSample, ...]


def pack(tables: Iterable[ProcessTable]) -> bytes:
    """Return tables as a compressed ProcessSamples message.

    Raises:
        ValueError: a number does not fit its field.
    """
    return zlib.compress(columns(tables).SerializeToString(), ZLIB_LEVEL)


def columns(tables: Iterable[ProcessTable]) -> pb.ProcessSamples:
    """Return tables as columns; the processes of each are in the order of their ids.

    Raises:
        ValueError: a number does not fit its field.
    """
    message = pb.ProcessSamples()
    for time_ms, processes in tables:
        message.time_ms.append(time_ms)
        message.count.append(len(processes))
        for one in sorted(processes):  # tables in one order look alike, and what looks alike compresses
            message.pid.append(one.pid)
            message.name.append(one.name)
            message.user.append(one.user)
            message.state.append(_state(one.state))
            message.threads.append(one.threads)
            message.cpu_millicores.append(round(one.cpu_cores * 100) * 10)
            message.memory_kib.append(coarse(one.memory_bytes // 1024))
            message.read_bytes_per_s.append(coarse(round(one.read_bytes)))
            message.write_bytes_per_s.append(coarse(round(one.write_bytes)))
    return message


def coarse(number: int) -> int:
    """Return a number to 6 significant bits, off by 1.6 % at most: what is finer is noise that only fills the disk.

    >>> coarse(1000000)
    999424
    """
    drop = max(0, number.bit_length() - 6)
    return number + (1 << drop >> 1) >> drop << drop


def plain(data: bytes, compression: int) -> bytes:
    """Return the ProcessSamples message of a frame as it was before it was compressed.

    Raises:
        ProtocolError: too long, or not readable.
    """
    if compression == pb.COMPRESSION_NONE:
        content = data
    elif compression == pb.COMPRESSION_ZLIB:
        try:
            content = zlib.decompressobj().decompress(data, MAX_PLAIN_BYTES + 1)
        except zlib.error as error:
            raise ProtocolError(FIELD, f"is not readable zlib data ({error})") from None
    else:
        raise UnsupportedError("frame.compression", f"is {compression}; NONE and ZLIB are supported")
    if len(content) > MAX_PLAIN_BYTES:
        raise ProtocolError(FIELD, f"holds more than {MAX_PLAIN_BYTES} bytes")
    return content


def parse(content: bytes) -> pb.ProcessSamples:
    """Return a message whose columns fit together.

    Raises:
        ProtocolError: it cannot be read, or they do not.
    """
    try:
        message = pb.ProcessSamples.FromString(content)
    except DecodeError:
        raise ProtocolError(FIELD, "is not a readable ProcessSamples") from None
    return checked(message)


def checked(message: pb.ProcessSamples) -> pb.ProcessSamples:
    """Return the message, whose columns fit together.

    Raises:
        ProtocolError: they do not.
    """
    rows = len(message.pid)
    columns = (
        message.name, message.user, message.state, message.threads, message.cpu_millicores, message.memory_kib,
        message.read_bytes_per_s, message.write_bytes_per_s,
    )  # fmt: skip
    if any(len(column) != rows for column in columns) or sum(message.count) != rows:
        raise ProtocolError(FIELD, "has columns of different lengths")
    if len(message.time_ms) != len(message.count):
        raise ProtocolError(FIELD, "has not as many times as tables")
    return message


def tables(message: pb.ProcessSamples) -> Iterator[ProcessTable]:
    """Yield the tables of a message that `parse` or `checked` returned."""
    rows = zip(
        message.pid, message.name, message.user, message.state, message.threads, message.cpu_millicores,
        message.memory_kib, message.read_bytes_per_s, message.write_bytes_per_s, strict=True,
    )  # fmt: skip
    for time_ms, count in zip(message.time_ms, message.count, strict=True):
        yield ProcessTable(time_ms, tuple(_sample(next(rows)) for _ in range(count)))


def _sample(row: tuple[int, str, str, int, int, int, int, int, int]) -> ProcessSample:
    pid, name, user, state, threads, millicores, kib, read, written = row
    text = STATES[state] if 0 <= state < len(STATES) else STATES[0]
    return ProcessSample(pid, name, user, text, threads, millicores / 1000, kib * 1024, float(read), float(written))


def _state(name: str) -> "pb.ProcessState":
    return cast("pb.ProcessState", STATES.index(name) if name in STATES else 0)
