"""Golden bytes: what one release writes, every later one reads, and writes the same.

`python -m packages.protocol.tests.wire.test_golden`, at the root of the repository, writes those that are missing.
"""

import zlib
from pathlib import Path

import pytest
from google.protobuf.message import Message
from opsentrix_protocol import opsentrix_pb2 as pb
from opsentrix_protocol.frames import unpack
from opsentrix_protocol.layouts import layout_from_wire, layout_id

from .messages import BOOT, MESSAGES, SERIES

GOLDEN = Path(__file__).parent / "golden"


def read(name: str) -> bytes:
    return bytes.fromhex((GOLDEN / f"{name}.hex").read_text())


def write_missing() -> None:
    for name, message in MESSAGES.items():
        path = GOLDEN / f"{name}.hex"
        if not path.exists():
            text = message.SerializeToString(deterministic=True).hex()
            path.write_text("".join(f"{text[start : start + 64]}\n" for start in range(0, len(text), 64)))


@pytest.mark.parametrize("name", MESSAGES)
def test_the_bytes_of_a_message_never_change(name: str) -> None:
    assert MESSAGES[name].SerializeToString(deterministic=True) == read(name)


@pytest.mark.parametrize("name", MESSAGES)
def test_golden_bytes_are_read_as_the_message(name: str) -> None:
    kind: type[Message] = type(MESSAGES[name])
    assert kind.FromString(read(name)) == MESSAGES[name]


def test_every_golden_file_belongs_to_a_message() -> None:
    assert {path.stem for path in GOLDEN.glob("*.hex")} == set(MESSAGES)


def test_every_kind_of_message_has_a_golden_file() -> None:
    covered = {(type(message).__name__, message.WhichOneof("body")) for message in MESSAGES.values()}
    bodies = {
        (kind.DESCRIPTOR.name, field.name)
        for kind in (pb.AgentMessage, pb.HubMessage)
        for field in kind.DESCRIPTOR.fields
    }
    assert covered == bodies


def test_a_golden_frame_is_unpacked() -> None:
    frame = pb.AgentMessage.FromString(read("frame_layout")).frame
    assert [(one.metric.name, one.labels) for one in layout_from_wire(frame.layout)] == [
        (one.metric.name, one.labels) for one in SERIES
    ]
    assert frame.layout_id == layout_id(layout_from_wire(frame.layout))
    columns = unpack(frame, len(SERIES))
    assert memoryview(columns.values).cast("d").tolist() == [0.25, 0.5, 0.75, 0.5, 1500.0, 0.1]
    assert columns.absent == b""


def test_absent_bits_count_from_the_lowest() -> None:
    columns = unpack(pb.AgentMessage.FromString(read("frame_absent")).frame, len(SERIES))
    taken = [not columns.absent[index >> 3] >> (index & 7) & 1 for index in range(6)]
    assert taken == [True, False, True, True, True, True]


def test_float32_columns_are_half_as_wide() -> None:
    columns = unpack(pb.AgentMessage.FromString(read("frame_float32")).frame, len(SERIES))
    assert columns.item_bytes == 4
    assert memoryview(columns.values).cast("f").tolist() == [0.25, 0.5, 0.75, 0.5, 1500.0, 0.125]


def test_fields_of_a_newer_release_are_skipped() -> None:
    newer = read("pace") + b"\xa2\x06\x03abc"
    assert pb.HubMessage.FromString(newer).pace.frame_ticks == 1


def test_zlib_data_of_any_level_is_read() -> None:
    frame = pb.AgentMessage.FromString(read("frame_absent")).frame
    plain = frame.columns
    for level in (0, 1, 9):
        frame.compression = pb.COMPRESSION_ZLIB
        frame.columns, frame.absent = zlib.compress(plain, level), zlib.compress(b"\x02", level)
        assert unpack(frame, len(SERIES)).values == plain
    assert frame.boot_id == BOOT


if __name__ == "__main__":
    write_missing()
