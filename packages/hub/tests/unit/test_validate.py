"""Checks on frames that need no database."""

import math
import struct
import zlib
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from opsentrix.ingest import validate
from opsentrix.ingest.errors import FrameRejectedError
from opsentrix.model.frames import DAY_MS
from opsentrix_protocol import opsentrix_pb2 as pb

from packages.hub.tests.kit.agent import SERIES, bare_frame

NOW = 1_800_000_000_000
ABSENT_FIRST = b"\x01\x00"


def read(frame: pb.Frame, series: int) -> NDArray[np.float64]:
    """Return the samples of one frame, or raise why it is refused."""
    values, refused = validate.samples([frame], series)
    for error in refused.values():
        raise error
    return np.asarray(values[0])


def header(**fields: object) -> pb.Frame:
    frame = bare_frame(1, first_ms=NOW)
    for name, value in fields.items():
        setattr(frame, name, value)
    return frame


@pytest.mark.parametrize(
    "fields",
    [
        {}, {"seq": 2**63 - 1}, {"ticks": 3600}, {"step_ms": 86_400_000, "ticks": 1},
        {"first_tick_ms": NOW + validate.FUTURE_MS, "ticks": 1}, {"first_tick_ms": NOW - 30 * DAY_MS},
    ],
)  # fmt: skip
def test_headers_that_are_taken(fields: dict[str, Any]) -> None:
    if fields.get("ticks") == 3600:
        fields["first_tick_ms"] = NOW - 3_599_000
    validate.check_header(header(**fields), (NOW, NOW), 30)


@pytest.mark.parametrize(
    ("fields", "reason", "field"),
    [
        ({"boot_id": b""}, "MALFORMED", "frame.boot_id"),
        ({"boot_id": b"x" * 17}, "MALFORMED", "frame.boot_id"),
        ({"seq": 0}, "MALFORMED", "frame.seq"),
        ({"seq": 2**63}, "MALFORMED", "frame.seq"),
        ({"ticks": 0}, "MALFORMED", "frame.ticks"),
        ({"ticks": 3601}, "MALFORMED", "frame.ticks"),
        ({"step_ms": 0}, "MALFORMED", "frame.step_ms"),
        ({"step_ms": 86_400_001}, "MALFORMED", "frame.step_ms"),
        ({"step_ms": 1001, "ticks": 3600}, "MALFORMED", "frame.ticks"),
        ({"first_tick_ms": NOW + validate.FUTURE_MS + 1, "ticks": 1}, "TIME_IN_FUTURE", "frame.first_tick_ms"),
        ({"first_tick_ms": NOW + validate.FUTURE_MS - 3000}, "TIME_IN_FUTURE", "frame.first_tick_ms"),
        ({"first_tick_ms": 2**63 - 1}, "TIME_IN_FUTURE", "frame.first_tick_ms"),
        ({"first_tick_ms": NOW - 30 * DAY_MS - 1}, "TIME_TOO_OLD", "frame.first_tick_ms"),
        ({"first_tick_ms": -(2**63)}, "TIME_TOO_OLD", "frame.first_tick_ms"),
    ],
)
def test_headers_that_are_refused_with_their_field(fields: dict[str, Any], reason: str, field: str) -> None:
    with pytest.raises(FrameRejectedError) as refused:
        validate.check_header(header(**fields), (NOW, NOW), 30)
    assert (pb.RejectReason.Name(refused.value.reason), refused.value.field) == (f"REJECT_REASON_{reason}", field)
    assert refused.value.permanent


def test_samples_are_read_by_series_and_absent_ones_are_nan() -> None:
    frame = bare_frame(1, ticks=2, values=[0, 2, 3, 4, 5, 6], absent=b"\x01")
    expected = np.array([[np.nan, 2], [3, 4], [5, 6]])
    assert np.array_equal(read(frame, len(SERIES)), expected, equal_nan=True)


def test_float32_and_no_compression_are_read() -> None:
    frame = bare_frame(1, ticks=1)
    frame.value_type, frame.compression = pb.VALUE_TYPE_FLOAT32, pb.COMPRESSION_NONE
    frame.columns = struct.pack("<3f", 1.5, -2, 0)
    assert read(frame, 3).tolist() == [[1.5], [-2], [0]]


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("absent", [b"", ABSENT_FIRST])
def test_what_is_not_finite_is_refused_with_its_place(value: float, absent: bytes) -> None:
    frame = bare_frame(1, values=[1.0] * 7 + [value] + [1.0] * 7, absent=absent)
    with pytest.raises(FrameRejectedError, match="series 1, tick 2") as refused:
        read(frame, 3)
    assert (refused.value.reason, refused.value.field) == (pb.REJECT_REASON_NOT_FINITE, "frame.columns")


@pytest.mark.parametrize(
    ("change", "reason", "field"),
    [
        ({"columns": zlib.compress(b"\0" * 8 * 14)}, "COLUMN_LENGTH", "frame.columns"),
        ({"columns": zlib.compress(b"\0" * 8 * 16)}, "COLUMN_LENGTH", "frame.columns"),
        ({"columns": zlib.compress(b"\0" * 50_000_000)}, "COLUMN_LENGTH", "frame.columns"),
        ({"columns": zlib.compress(b"\0" * 8 * 15)[:-3]}, "COLUMN_LENGTH", "frame.columns"),
        ({"columns": b"not zlib"}, "MALFORMED", "frame.columns"),
        ({"columns": b""}, "COLUMN_LENGTH", "frame.columns"),
        ({"absent": zlib.compress(b"\0")}, "COLUMN_LENGTH", "frame.absent"),
        ({"value_type": pb.VALUE_TYPE_UNSPECIFIED}, "UNSUPPORTED", "frame.value_type"),
        ({"compression": pb.COMPRESSION_UNSPECIFIED}, "UNSUPPORTED", "frame.compression"),
    ],
)
def test_columns_that_are_refused_with_their_field(change: dict[str, Any], reason: str, field: str) -> None:
    frame = header(**change)
    with pytest.raises(FrameRejectedError) as refused:
        read(frame, 3)
    assert (pb.RejectReason.Name(refused.value.reason), refused.value.field) == (f"REJECT_REASON_{reason}", field)


def test_more_samples_than_a_frame_may_hold_are_refused() -> None:
    with pytest.raises(FrameRejectedError, match=r"frame\.ticks"):
        read(header(ticks=3600), 5000)


def test_of_many_frames_only_those_at_fault_are_refused() -> None:
    short, broken = bare_frame(2), bare_frame(3)
    short.columns = zlib.compress(bytes(8))
    broken.columns = b"not zlib"
    infinite = bare_frame(4, values=[math.inf] + [1.0] * 14)
    partly = bare_frame(5, values=[9.0] + [5.0] * 14, absent=ABSENT_FIRST)
    values, refused = validate.samples([broken, bare_frame(1), short, infinite, partly], 3)
    assert {at: pb.RejectReason.Name(error.reason) for at, error in refused.items()} == {
        0: "REJECT_REASON_MALFORMED",
        2: "REJECT_REASON_COLUMN_LENGTH",
        3: "REJECT_REASON_NOT_FINITE",
    }
    assert values[1].tolist() == [[1.0] * 5] * 3
    assert np.isnan(values[4][0][0])
    assert values[4].ravel()[1:].tolist() == [5.0] * 14


def test_numbers_whose_sum_is_too_great_are_taken() -> None:
    values, refused = validate.samples([bare_frame(1, values=[1e308] * 15), bare_frame(2, values=[1e308] * 15)], 3)
    assert not refused
    assert (values == 1e308).all()
