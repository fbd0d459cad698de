import zlib

import pytest
from opsentrix_protocol import opsentrix_pb2 as pb
from opsentrix_protocol.errors import ProtocolError
from opsentrix_protocol.processes import (
    MAX_PLAIN_BYTES,
    ProcessSample,
    ProcessTable,
    coarse,
    pack,
    parse,
    plain,
    tables,
)

HOG = ProcessSample(4711, "hog", "anna", "running", 2, 1.998, 3 << 20, 1e6, 2e6)
INIT = ProcessSample(1, "init", "root", "sleeping", 1, 0.0, 12 << 20)
TABLES = [ProcessTable(1000, (INIT, HOG)), ProcessTable(6000, ()), ProcessTable(11_000, (HOG,))]


def read(data: bytes) -> list[ProcessTable]:
    return list(tables(parse(plain(data, pb.COMPRESSION_ZLIB))))


def test_tables_come_back_rounded() -> None:
    rounded = HOG._replace(cpu_cores=2.0, read_bytes=999424.0, write_bytes=1998848.0)

    assert read(pack(TABLES)) == [
        ProcessTable(1000, (INIT, rounded)),
        ProcessTable(6000, ()),
        ProcessTable(11_000, (rounded,)),
    ]


def test_messages_one_behind_the_other_are_one() -> None:
    joined = b"".join(plain(pack([one]), pb.COMPRESSION_ZLIB) for one in TABLES)

    assert list(tables(parse(joined))) == read(pack(TABLES))


def test_tables_are_in_one_order_whatever_the_rank() -> None:
    assert pack([ProcessTable(1, (HOG, INIT))]) == pack([ProcessTable(1, (INIT, HOG))])


@pytest.mark.parametrize(
    ("number", "kept"), [(0, 0), (63, 63), (64, 64), (65, 66), (1000, 1008), (1007, 1008), (2**40 + 1, 2**40)]
)
def test_numbers_keep_six_bits(number: int, kept: int) -> None:
    assert coarse(number) == kept
    assert abs(kept - number) <= number / 64


def test_a_state_that_is_not_known_is_another() -> None:
    message = parse(plain(pack([ProcessTable(1, (HOG._replace(state="dancing"),))]), pb.COMPRESSION_ZLIB))

    assert next(tables(message)).processes[0].state == "other"


def columns(**changes: list[int]) -> bytes:
    fields: dict[str, list[int]] = {
        "time_ms": [1], "count": [1], "pid": [1], "state": [0], "threads": [1], "cpu_millicores": [1],
        "memory_kib": [1], "read_bytes_per_s": [0], "write_bytes_per_s": [0],
    }  # fmt: skip
    return pb.ProcessSamples(**(fields | changes), name=["a"], user=["b"]).SerializeToString()  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (columns(count=[2]), "different lengths"),
        (columns(count=[1, 0]), "as many times"),
        (columns(pid=[1, 2]), "different lengths"),
        (columns(threads=[]), "different lengths"),
        (columns(memory_kib=[1, 2]), "different lengths"),
        (b"\xff\xff", "not a readable"),
        (b"\x1a\x05ab", "not a readable"),
    ],
)
def test_columns_that_do_not_fit_are_refused(content: bytes, says: str) -> None:
    with pytest.raises(ProtocolError, match=says):
        parse(plain(content, pb.COMPRESSION_NONE))


@pytest.mark.parametrize(
    ("data", "compression", "says"),
    [
        (b"junk", pb.COMPRESSION_ZLIB, "not readable zlib"),
        (zlib.compress(bytes(MAX_PLAIN_BYTES * 4)), pb.COMPRESSION_ZLIB, "more than"),
        (bytes(MAX_PLAIN_BYTES + 1), pb.COMPRESSION_NONE, "more than"),
        (b"", 9, "NONE and ZLIB"),
    ],
)
def test_data_that_cannot_be_read_is_refused(data: bytes, compression: int, says: str) -> None:
    with pytest.raises(ProtocolError, match=says):
        plain(data, compression)


def test_a_state_of_a_newer_release_is_another() -> None:
    assert next(tables(parse(columns(state=[77])))).processes[0].state == "other"
