"""Checks on frames: everything that can be judged without the database."""

import math

import numpy as np
from numpy.typing import NDArray
from opsentrix_protocol import frames
from opsentrix_protocol import opsentrix_pb2 as pb
from opsentrix_protocol.errors import ProtocolError

from opsentrix.ingest.errors import FrameRejectedError, rejection
from opsentrix.model.frames import DAY_MS, MAX_SPAN_MS, matrix

FUTURE_MS = 300_000
"""How far an agent's clock may be ahead."""
MAX_SEQ = 2**63 - 1
_MAX_STEP_MS = 86_400_000


def check_header(frame: pb.Frame, now_ms: tuple[int, int], retention_days: int) -> None:
    """Check what a frame says of itself.

    Args:
        frame: as it was received.
        now_ms: the earliest and the latest Unix time in milliseconds that it may be on the hub.
        retention_days: how long samples are kept; older ones are of no use.

    Raises:
        FrameRejectedError: a field is out of range, or the ticks lie in the future or too far in the past.
    """
    if len(frame.boot_id) != 16:
        raise _malformed("frame.boot_id", f"has {len(frame.boot_id)} bytes; 16 are needed")
    if not 1 <= frame.seq <= MAX_SEQ:
        raise _malformed("frame.seq", f"is {frame.seq}; it counts from 1")
    if not 1 <= frame.ticks <= frames.MAX_TICKS:
        raise _malformed("frame.ticks", f"is {frame.ticks}; 1 to {frames.MAX_TICKS} are allowed")
    if not 1 <= frame.step_ms <= _MAX_STEP_MS:
        raise _malformed("frame.step_ms", f"is {frame.step_ms}; 1 to {_MAX_STEP_MS} are allowed")
    span = (frame.ticks - 1) * frame.step_ms
    if span > MAX_SPAN_MS:
        raise _malformed("frame.ticks", f"times step_ms spans {span} ms; at most {MAX_SPAN_MS} are allowed")
    ahead = frame.first_tick_ms + span - now_ms[1]
    if ahead > FUTURE_MS:
        raise FrameRejectedError(
            pb.REJECT_REASON_TIME_IN_FUTURE,
            "frame.first_tick_ms",
            f"lies {ahead / 1000:.0f} s ahead of the hub's clock",
        )
    if now_ms[0] - frame.first_tick_ms > retention_days * DAY_MS:
        raise FrameRejectedError(
            pb.REJECT_REASON_TIME_TOO_OLD,
            "frame.first_tick_ms",
            f"is older than the {retention_days} days that are kept",
        )


def samples(frame: pb.Frame, series: int) -> NDArray[np.float64]:
    """Return a frame's samples as float64[series, ticks], NaN where absent.

    Raises:
        FrameRejectedError: the columns cannot be read, do not fit, or hold NaN or infinite values.
    """
    try:
        columns = frames.unpack(frame, series)
    except ProtocolError as error:
        raise rejection(error) from None
    values = matrix(columns, frame.ticks)
    # A sum says it of all at once, in a third of the time; one that is too great for a number is looked at again.
    if not math.isfinite(np.add.reduce(values, axis=None)):
        # Samples marked absent were made NaN just now; any other NaN or infinity came over the wire.
        sent = np.frombuffer(columns.values, dtype="<f8" if columns.item_bytes == 8 else "<f4")
        bad = np.flatnonzero(~np.isfinite(sent))
        if bad.size:
            row, tick = divmod(int(bad[0]), frame.ticks)
            raise FrameRejectedError(
                pb.REJECT_REASON_NOT_FINITE, "frame.columns", f"holds NaN or infinity at series {row}, tick {tick}"
            )
    return values


def _malformed(field: str, detail: str) -> FrameRejectedError:
    return FrameRejectedError(pb.REJECT_REASON_MALFORMED, field, detail)
