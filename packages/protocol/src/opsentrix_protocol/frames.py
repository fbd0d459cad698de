"""The frame codec: columns of floats, packed and unpacked without looking at single samples.

Both sides use it. It knows bytes only: the agent fills an `array`, the hub reads the result with NumPy.
"""

import functools
import importlib
import sys
import zlib
from array import array
from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

from opsentrix_protocol import opsentrix_pb2 as pb
from opsentrix_protocol.errors import ColumnLengthError, ProtocolError, UnsupportedError

MAX_TICKS = 3600
MAX_SAMPLES = 500_000
"""Series times ticks in one frame; the decompressed columns stay within 4 MB."""
ZLIB_LEVEL = 6

_ITEM_BYTES: dict[int, int] = {pb.VALUE_TYPE_FLOAT64: 8, pb.VALUE_TYPE_FLOAT32: 4}


@functools.cache
def inflation() -> Any:  # noqa: ANN401 - zlib, or what has its interface and no types
    """Return the module that inflates: zlib-ng's with the extra `fast`, in 60 % of the time, else zlib.

    It is imported when it is first used: whoever only packs does without.
    """
    try:
        return importlib.import_module("zlib_ng.zlib_ng")
    except ImportError:
        return zlib


class Packed(Protocol):
    """What holds packed samples: a Frame message, or a row that keeps a frame's fields."""

    @property
    def ticks(self) -> int:
        """Ticks in the frame."""

    @property
    def value_type(self) -> int:
        """ValueType of the wire."""

    @property
    def compression(self) -> int:
        """Compression of the wire."""

    @property
    def columns(self) -> bytes:
        """Packed values."""

    @property
    def absent(self) -> bytes:
        """Packed bitmap."""


class Columns(NamedTuple):
    """The unpacked samples of a frame.

    Attributes:
        values: series after series, `ticks` little-endian floats each.
        item_bytes: 8 or 4, the width of a float.
        absent: one bit a sample, lowest bit first; empty when all are present.
    """

    values: bytes
    item_bytes: int
    absent: bytes


def pack(frame: pb.Frame, values: "array[float]", absent: bytes = b"") -> None:
    """Put samples into a frame, compressed.

    Args:
        frame: its `value_type`, `compression`, `columns` and `absent` are set.
        values: type code `d` or `f`, series after series, one value for each tick.
        absent: one bit a sample as in `Columns.absent`.
    """
    if sys.byteorder == "big":
        values = values[:]
        values.byteswap()
    frame.value_type = pb.VALUE_TYPE_FLOAT64 if values.typecode == "d" else pb.VALUE_TYPE_FLOAT32
    frame.compression = pb.COMPRESSION_ZLIB
    frame.columns = zlib.compress(memoryview(values), ZLIB_LEVEL)
    frame.absent = zlib.compress(absent, ZLIB_LEVEL) if any(absent) else b""


def item_size(value_type: int) -> int:
    """Return the bytes of one value.

    Raises:
        UnsupportedError: the type is not known here.
    """
    size = _ITEM_BYTES.get(value_type)
    if size is None:
        raise UnsupportedError("frame.value_type", f"is {value_type}; FLOAT64 and FLOAT32 are supported")
    return size


def unpack_head(frame: Packed, series: int, wanted: int) -> Columns:
    """Return the samples of the first `wanted` series of a frame whose layout has `series`: less has to be inflated.

    The frame must have been checked as a whole before, by `unpack`.

    Raises:
        ProtocolError: compressed data that cannot be read, or ends too soon.
    """
    item_bytes = item_size(frame.value_type)
    needed = wanted * frame.ticks * item_bytes
    if frame.compression == pb.COMPRESSION_NONE:
        values = frame.columns[:needed]
    else:
        try:
            values = inflation().decompressobj().decompress(frame.columns, max(needed, 1))
        except inflation().error as error:
            raise ProtocolError("frame.columns", f"is not readable zlib data ({error})") from None
    if len(values) < needed:
        raise ColumnLengthError("frame.columns", f"holds {len(values)} bytes; {needed} are needed")
    absent = b""
    if frame.absent:
        absent = decompress("frame.absent", frame.absent, frame.compression, (series * frame.ticks + 7) // 8)
    return Columns(values[:needed], item_bytes, absent)


def unpack(frame: Packed, series: int) -> Columns:
    """Return the samples of a frame whose layout has this many series.

    Raises:
        UnsupportedError: value type or compression is not known here.
        ColumnLengthError: the columns hold more or fewer samples than series x ticks.
        ProtocolError: ticks out of range, or compressed data that cannot be read.
    """
    item_bytes = item_size(frame.value_type)
    if not 1 <= frame.ticks <= MAX_TICKS:
        raise ProtocolError("frame.ticks", f"is {frame.ticks}; 1 to {MAX_TICKS} are allowed")
    samples = series * frame.ticks
    if samples > MAX_SAMPLES:
        raise ProtocolError("frame.ticks", f"makes {samples} samples; at most {MAX_SAMPLES} are allowed")
    values = decompress("frame.columns", frame.columns, frame.compression, samples * item_bytes)
    absent = b""
    if frame.absent:
        absent = decompress("frame.absent", frame.absent, frame.compression, (samples + 7) // 8)
    return Columns(values, item_bytes, absent)


def unpack_run(run: Sequence[Packed], series: int) -> tuple[bytes, list[bytes]]:
    """Return the values of frames one after the other, and the `Columns.absent` of each.

    All must have as many series and ticks and the same value type.

    Raises:
        ProtocolError: as `unpack` does for any of them.
    """
    first = unpack(run[0], series)
    values, absent = [first.values], [first.absent]
    for frame in run[1:]:
        values.append(decompress("frame.columns", frame.columns, frame.compression, len(first.values)))
        absent.append(
            decompress("frame.absent", frame.absent, frame.compression, (series * frame.ticks + 7) // 8)
            if frame.absent
            else b""
        )
    return b"".join(values), absent


def decompress(field: str, data: bytes, compression: int, expected: int) -> bytes:
    """Return exactly `expected` bytes, and never inflate more than that.

    Raises:
        UnsupportedError: the compression is not known here.
        ColumnLengthError: the data holds more or fewer bytes.
        ProtocolError: the data cannot be read.
    """
    if compression == pb.COMPRESSION_NONE:
        plain = data
    elif compression == pb.COMPRESSION_ZLIB:
        inflater = inflation().decompressobj()
        try:
            plain = inflater.decompress(data, expected + 1)
        except inflation().error as error:
            raise ProtocolError(field, f"is not readable zlib data ({error})") from None
        if len(plain) <= expected and not inflater.eof:
            raise ColumnLengthError(field, "ends before its compressed data does")
    else:
        raise UnsupportedError("frame.compression", f"is {compression}; NONE and ZLIB are supported")
    if len(plain) != expected:
        held = f"{len(plain)}" if len(plain) < expected else f"more than {expected}"
        raise ColumnLengthError(field, f"holds {held} bytes; layout and ticks need {expected}")
    return plain
