"""Frames and layouts as the hub's stages hand them on."""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from opsentrix_protocol import frames as codec
from opsentrix_protocol import opsentrix_pb2 as pb
from opsentrix_protocol.catalogue import Series

DAY_MS = 86_400_000
MAX_SPAN_MS = 3_600_000
"""The longest time from a frame's first tick to its last; longer ones are refused."""


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """The ordered series of an agent's frames.

    Attributes:
        id: the identity that the protocol derives from `series`.
        series: shared between all agents whose layouts are equal.
        series_ids: the database's number of each series of this agent, in the same order; int64[series].
    """

    id: int
    series: tuple[Series, ...]
    series_ids: NDArray[np.int64]


class StoredFrame(NamedTuple):
    """A frame as it is written to and read from the database; `columns` and `absent` are still compressed.

    Attributes:
        boot: the database's number of the agent's boot.
        time_ms: Unix time of the first tick.
        processes: process samples, compressed by zlib; empty when there are none.
    """

    agent_id: int
    boot: int
    seq: int
    time_ms: int
    step_ms: int
    ticks: int
    layout_id: int
    value_type: int
    compression: int
    columns: bytes
    absent: bytes
    processes: bytes = b""


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Validated frames on their way through the sinks: all with the same layout, step, number of ticks and value type.

    Attributes:
        frames: in the order in which they came; one agent's may be several.
        layouts: of each frame; they differ in `series_ids` only.
        values: float64[frames, series, ticks]; NaN where a sample is absent.
    """

    frames: Sequence[StoredFrame]
    layouts: Sequence[Layout]
    values: NDArray[np.float64]

    @property
    def last_ticks_s(self) -> NDArray[np.float64]:
        """Unix time in seconds of each frame's last tick, float64[frames]."""
        one = self.frames[0]
        first_ms = np.array([frame.time_ms for frame in self.frames], np.float64)
        return (first_ms + (one.ticks - 1) * one.step_ms) / 1000


def with_absent(sent: NDArray[np.floating], absent: Sequence[bytes]) -> NDArray[np.float64]:
    """Return samples as float64[frames, series, ticks] with NaN where one is absent.

    Args:
        sent: as they came, [frames, series, ticks]; it may not be writable.
        absent: the unpacked bitmap of each frame, empty where all samples are present.
    """
    values = sent.astype(np.float64, copy=any(absent))
    for at, bitmap in enumerate(absent):
        if bitmap:
            values[at][_absent(bitmap, *values.shape[1:])] = np.nan
    return values


def repack(frame: pb.Frame, values: NDArray[np.float64]) -> None:
    """Put other samples, float64[series, ticks] with NaN where absent, into a frame; its value type stays."""
    absent = np.isnan(values)
    columns: array[float] = array("d" if frame.value_type == pb.VALUE_TYPE_FLOAT64 else "f")
    columns.frombytes(np.where(absent, 0.0, values).astype(columns.typecode).tobytes())
    codec.pack(frame, columns, np.packbits(absent, bitorder="little").tobytes())


def decode(frame: StoredFrame, series: int) -> NDArray[np.float64]:
    """Return a stored frame's samples as float64[series, ticks] with NaN where a sample is absent."""
    return decode_run([frame], series)


def decode_head(frame: StoredFrame, series: int, wanted: int) -> NDArray[np.float64]:
    """Return the samples of the first `wanted` series of a stored frame, as `decode` does of all."""
    columns = codec.unpack_head(frame, series, wanted)
    values = np.frombuffer(columns.values, "<f8" if columns.item_bytes == 8 else "<f4").reshape(wanted, frame.ticks)
    if not columns.absent:
        return values.astype(np.float64, copy=False)
    result = values.astype(np.float64)
    result[_absent(columns.absent, series, frame.ticks)[:wanted]] = np.nan
    return result


def decode_run(run: Sequence[StoredFrame], series: int) -> NDArray[np.float64]:
    """Return the samples of frames side by side, as float64[series, frames * ticks].

    All must have the same number of series and ticks and the same value type: then they are turned at once.
    """
    plain, absent = codec.unpack_run(run, series)
    ticks, dtype = run[0].ticks, np.dtype("<f8" if codec.item_size(run[0].value_type) == 8 else "<f4")
    # All ticks of a series in a frame are moved as one item, which takes half the time.
    columns = np.frombuffer(plain, np.dtype((np.void, ticks * dtype.itemsize))).reshape(len(run), series)
    values = columns.T.copy(order="C").view(dtype)
    result = values.astype(np.float64, copy=False)
    for at, bitmap in enumerate(absent):
        if bitmap:
            result[:, at * ticks : (at + 1) * ticks][_absent(bitmap, series, ticks)] = np.nan
    return result


def _absent(bitmap: bytes, series: int, ticks: int) -> NDArray[np.bool_]:
    bits = np.unpackbits(np.frombuffer(bitmap, dtype=np.uint8), count=series * ticks, bitorder="little")
    return bits.reshape(series, ticks).astype(bool)
