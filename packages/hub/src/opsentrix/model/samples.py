"""Samples of several series on one time axis, put together from frames."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from numpy.typing import NDArray
from opsentrix_protocol import frames as codec
from opsentrix_protocol.errors import ProtocolError

from opsentrix import log, selfmetrics
from opsentrix.model.blocks import Blocks, unpack_axis, unpack_series
from opsentrix.model.frames import StoredFrame, decode_run

_log = log.get(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """Raw samples of some series: time int64[ticks] in Unix ms, values float64[series, ticks], step int64[ticks]."""

    time: NDArray[np.int64]
    values: NDArray[np.float64]
    step_ms: NDArray[np.int64]


def assemble(
    stored: Sequence[StoredFrame],
    ids: dict[int, NDArray[np.int64]],
    wanted: Sequence[int],
    first_ms: int,
    last_ms: int,
) -> Samples:
    """Put frames side by side.

    Args:
        stored: frames of one agent, in any order.
        ids: for each of their layouts the series numbers, in order.
        wanted: the series numbers to take.
        first_ms: ticks before it are left out.
        last_ms: ticks after it are left out.

    Returns:
        Ticks in ascending order, each once; of several samples for one series and tick the one made last counts.
        Frames that cannot be read are reported and left out.
    """
    row_of = {number: row for row, number in enumerate(wanted)}
    parts = []
    for (layout_id, ticks, _), group in groupby(
        # In the order they were made: where a clock was set back, the later sample of a moment counts.
        sorted(stored, key=lambda frame: (frame.boot, frame.seq)),
        key=lambda frame: (frame.layout_id, frame.ticks, frame.value_type),
    ):
        listed = ids[layout_id].tolist()
        places = np.array([at for at, one in enumerate(listed) if one in row_of], dtype=np.intp)
        if not places.size:
            continue
        run, decoded = _decode_readable(list(group), len(listed))
        if not run:
            continue
        rows = np.array([row_of[listed[at]] for at in places], dtype=np.intp)
        values = np.full((len(wanted), len(run) * ticks), np.nan)
        values[rows] = decoded[places]
        step_ms = np.repeat([frame.step_ms for frame in run], ticks).astype(np.int64)
        first = np.repeat([frame.time_ms for frame in run], ticks).astype(np.int64)
        parts.append(Samples(first + step_ms * np.tile(np.arange(ticks), len(run)), values, step_ms))
    if not parts:
        return Samples(np.empty(0, np.int64), np.empty((len(wanted), 0)), np.empty(0, np.int64))
    whole = together(parts)
    inside = (whole.time >= first_ms) & (whole.time <= last_ms)
    if inside.all():
        return whole
    return Samples(whole.time[inside], whole.values[:, inside], whole.step_ms[inside])


def _decode_readable(run: list[StoredFrame], series: int) -> tuple[list[StoredFrame], NDArray[np.float64]]:
    """Return the frames that can be read, and their samples; those that cannot be are reported and counted."""
    try:
        return run, decode_run(run, series)
    except ProtocolError:
        good = [frame for frame in run if readable(frame, series)]
        return good, decode_run(good, series) if good else np.empty((series, 0))


def readable(frame: StoredFrame, series: int) -> bool:
    """Return whether a stored frame of so many series can be decoded; report and count it if not."""
    try:
        codec.unpack(frame, series)
    except ProtocolError as error:
        report_frame(error, frame)
        return False
    return True


def report_frame(error: ProtocolError, frame: StoredFrame) -> None:
    """Log and count a frame that cannot be read."""
    selfmetrics.CORRUPT_FRAMES.inc()
    _log.error(
        "a frame is corrupt", agent=frame.agent_id, boot=frame.boot, seq=frame.seq, start_ms=frame.time_ms,
        reason=str(error),
    )  # fmt: skip


def merge(samples: Samples) -> Samples:
    """Return the samples in order of time; of several for one series and tick the last one counts."""
    if np.all(np.diff(samples.time) > 0):
        return samples
    order = np.argsort(samples.time, kind="stable")
    time, values, step = samples.time[order], samples.values[:, order], samples.step_ms[order]
    starts = np.flatnonzero(np.diff(time, prepend=time[0] - 1))
    return Samples(time[starts], last_present(values, np.isnan(values), starts), step[starts])


def last_present(
    values: NDArray[np.float64], absent: NDArray[np.bool_], starts: NDArray[np.intp]
) -> NDArray[np.float64]:
    """Return the last present value of each group of neighbouring columns, NaN where a group has none."""
    place = np.where(absent, -1, np.arange(values.shape[1]))
    last = np.maximum.reduceat(place, starts, axis=1)
    return np.where(last < starts, np.nan, np.take_along_axis(values, np.maximum(last, 0), axis=1))


def unpack_row(row: Blocks, agent_id: int, start_ms: int, wanted: Sequence[int]) -> Samples:
    """Return the samples of a row of the finest tier, in the order of `wanted`; NaN for series that it does not hold.

    Raises:
        CorruptBlockError: its time axis cannot be read.
    """
    time, step_ms = unpack_axis(row.axis)
    row_of = {series_id: at for at, series_id in enumerate(wanted)}
    values = np.full((len(wanted), time.size), np.nan)
    for series_id, one in row.readable(lambda block: unpack_series(block, time.size), agent_id, start_ms):
        if series_id in row_of:
            values[row_of[series_id]] = one
    return Samples(time, values, step_ms)


def together(parts: Sequence[Samples]) -> Samples:
    """Return parts with the same series on one axis; where two have the same tick, the later part counts."""
    if len(parts) == 1:
        return merge(parts[0])
    return merge(
        Samples(
            np.concatenate([part.time for part in parts]),
            np.concatenate([part.values for part in parts], axis=1),
            np.concatenate([part.step_ms for part in parts]),
        )
    )
