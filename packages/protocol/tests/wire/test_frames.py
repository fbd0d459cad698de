import importlib
import struct
import zlib
from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opsentrix_protocol import frames
from opsentrix_protocol import opsentrix_pb2 as pb
from opsentrix_protocol.errors import ColumnLengthError, ProtocolError, UnsupportedError
from opsentrix_protocol.frames import MAX_SAMPLES, MAX_TICKS, decompress, pack, unpack, unpack_head

from .messages import uncompressed

SIX = array("d", [1.0, 2.0, 3.0, 4.0, 5.0, 6.0])


def frame() -> pb.Frame:
    return uncompressed(SIX)


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=200), st.sampled_from("df"))
def test_what_is_packed_is_unpacked(values: list[float], typecode: str) -> None:
    try:
        packed = array(typecode, values)
    except OverflowError:
        packed = array("d", values)
    message = pb.Frame(ticks=1)
    pack(message, packed)
    columns = unpack(message, len(values))
    assert columns.values == packed.tobytes()
    assert columns.item_bytes == packed.itemsize


def test_columns_are_little_endian() -> None:
    message = pb.Frame(ticks=3)
    pack(message, array("d", [1.5, -2.0, 1e300]))
    assert unpack(message, 1).values == struct.pack("<3d", 1.5, -2.0, 1e300)


def test_absent_bits_that_say_nothing_are_not_sent() -> None:
    message = pb.Frame(ticks=2)
    pack(message, SIX, b"\x00")
    assert message.absent == b""
    pack(message, SIX, b"\x05")
    assert unpack(message, 3).absent == b"\x05"


@pytest.mark.parametrize("change", [-1, 1, -8, 8, -48])
def test_short_and_long_columns_are_refused(change: int) -> None:
    broken = frame()
    broken.columns = broken.columns[:change] if change < 0 else broken.columns + bytes(change)
    with pytest.raises(ColumnLengthError, match=r"^frame\.columns: holds"):
        unpack(broken, 3)


def test_a_layout_of_another_size_is_refused() -> None:
    for series in (2, 4):
        with pytest.raises(ColumnLengthError):
            unpack(frame(), series)


def test_a_bitmap_of_another_size_is_refused() -> None:
    broken = frame()
    broken.absent = b"\x01\x00"
    with pytest.raises(ColumnLengthError, match=r"^frame\.absent: holds more than 1 bytes"):
        unpack(broken, 3)


def test_a_bomb_is_not_inflated() -> None:
    broken = frame()
    broken.compression = pb.COMPRESSION_ZLIB
    broken.columns = zlib.compress(bytes(200_000_000), 9)
    with pytest.raises(ColumnLengthError, match="more than 48"):
        unpack(broken, 3)


@pytest.mark.parametrize("cut", [1, 2, 5])
def test_compressed_data_that_ends_early_is_refused(cut: int) -> None:
    broken = frame()
    broken.compression = pb.COMPRESSION_ZLIB
    broken.columns = zlib.compress(SIX.tobytes())[:-cut]
    with pytest.raises(ProtocolError, match=r"^frame\.columns"):
        unpack(broken, 3)


def test_data_that_is_no_zlib_is_refused() -> None:
    broken = frame()
    broken.compression = pb.COMPRESSION_ZLIB
    broken.columns = b"not zlib at all"
    with pytest.raises(ProtocolError, match="is not readable zlib data"):
        unpack(broken, 3)


@pytest.mark.parametrize("compression", [0, 3, 99])
def test_an_unknown_compression_is_unsupported(compression: int) -> None:
    with pytest.raises(UnsupportedError, match=r"^frame\.compression"):
        decompress("frame.columns", b"", compression, 0)


def test_an_unknown_value_type_is_unsupported() -> None:
    broken = frame()
    broken.value_type = pb.VALUE_TYPE_UNSPECIFIED
    with pytest.raises(UnsupportedError, match=r"^frame\.value_type"):
        unpack(broken, 3)


@pytest.mark.parametrize("ticks", [0, MAX_TICKS + 1, 2**32 - 1])
def test_ticks_out_of_range_are_refused(ticks: int) -> None:
    broken = frame()
    broken.ticks = ticks
    with pytest.raises(ProtocolError, match=r"^frame\.ticks"):
        unpack(broken, 3)


def test_too_many_samples_are_refused_before_anything_is_inflated() -> None:
    with pytest.raises(ProtocolError, match=f"at most {MAX_SAMPLES}"):
        unpack(frame(), MAX_SAMPLES)


def test_an_error_names_its_field() -> None:
    with pytest.raises(ProtocolError) as caught:
        unpack(frame(), 4)
    assert (caught.value.field, str(caught.value)) == ("frame.columns", f"frame.columns: {caught.value.detail}")


@pytest.mark.parametrize("library", ["zlib", "zlib_ng.zlib_ng"])
def test_every_inflation_library_reads_and_refuses_the_same(library: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frames, "inflation", lambda: importlib.import_module(library))
    packed = zlib.compress(bytes(range(200)) * 10)
    assert decompress("f", packed, pb.COMPRESSION_ZLIB, 2000) == bytes(range(200)) * 10
    for bad in (packed[:-1], packed[:50], b"", b"no zlib", packed[:20] + b"\xff" * 20 + packed[40:]):
        with pytest.raises(ProtocolError):
            decompress("f", bad, pb.COMPRESSION_ZLIB, 2000)
    for length in (1999, 2001):
        with pytest.raises(ColumnLengthError):
            decompress("f", packed, pb.COMPRESSION_ZLIB, length)


@pytest.mark.parametrize("compressed", [True, False])
@pytest.mark.parametrize("wanted", [1, 7, 30])
def test_the_first_series_are_read_without_the_others(wanted: int, compressed: bool) -> None:
    values, absent = array("d", range(120)), bytes([1]) + bytes(14)
    frame = uncompressed(values, absent)
    frame.ticks = 4
    if compressed:
        pack(frame, values, absent)
    head = unpack_head(frame, 30, wanted)
    assert head.values == unpack(frame, 30).values[: wanted * 4 * 8]
    assert head.absent == unpack(frame, 30).absent


def test_a_head_that_is_not_there_is_refused() -> None:
    frame = pb.Frame(ticks=4, value_type=pb.VALUE_TYPE_FLOAT64, compression=pb.COMPRESSION_ZLIB)
    frame.columns = zlib.compress(bytes(8 * 4 * 2))
    assert unpack_head(frame, 3, 2).values == bytes(64)
    with pytest.raises(ColumnLengthError):
        unpack_head(frame, 3, 3)
    frame.columns = b"no zlib"
    with pytest.raises(ProtocolError):
        unpack_head(frame, 3, 1)
