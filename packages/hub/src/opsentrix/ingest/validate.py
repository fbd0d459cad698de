"""Checks on frames: everything that can be judged without the database."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from opsentrix_protocol import frames
from opsentrix_protocol import opsentrix_pb2 as pb
from opsentrix_protocol.errors import ProtocolError

from opsentrix.ingest.errors import FrameRejectedError, rejection
from opsentrix.model.frames import DAY_MS, MAX_SPAN_MS, with_absent

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


def samples(run: Sequence[frames.Packed], series: int) -> tuple[NDArray[np.float64], dict[int, FrameRejectedError]]:
    """Return the samples of frames as float64[frames, series, ticks], NaN where absent, and what is wrong with some.

    Args:
        run: frames that say that they have the same number of ticks and the same value type.
        series: how many their layout has.

    Returns:
        The samples, and by its place in `run` why a frame is refused: its columns cannot be read, do not fit, or hold
        NaN or infinite values. The samples of such a frame mean nothing.
    """
    refused: dict[int, FrameRejectedError] = {}
    unpacked: list[frames.Columns | None] = []
    for at, frame in enumerate(run):
        try:
            unpacked.append(frames.unpack(frame, series))
        except ProtocolError as error:
            refused[at] = rejection(error)
            unpacked.append(None)
    sound = next((one for one in unpacked if one is not None), None)
    if sound is None:
        return np.empty((len(run), series, 0)), refused
    blank = bytes(len(sound.values))
    plain = b"".join([blank if one is None else one.values for one in unpacked])
    sent = np.frombuffer(plain, "<f8" if sound.item_bytes == 8 else "<f4").reshape(len(run), series, -1)
    # A sum says it of all at once, in a third of the time; one that is too great for a number is looked at again.
    with np.errstate(over="ignore", invalid="ignore"):
        sound_sum = math.isfinite(np.add.reduce(sent, axis=None))
    if not sound_sum:
        for at, one in enumerate(sent):
            bad = np.argwhere(~np.isfinite(one))
            if bad.size:
                detail = f"holds NaN or infinity at series {bad[0][0]}, tick {bad[0][1]}"
                refused[at] = FrameRejectedError(pb.REJECT_REASON_NOT_FINITE, "frame.columns", detail)
    return with_absent(sent, [b"" if one is None else one.absent for one in unpacked]), refused


def _malformed(field: str, detail: str) -> FrameRejectedError:
    return FrameRejectedError(pb.REJECT_REASON_MALFORMED, field, detail)
