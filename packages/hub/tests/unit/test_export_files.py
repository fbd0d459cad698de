"""Tables become files, and files read back as what the tables held."""

import csv
import io
import struct
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from opsentrix.model.tiers import MINUTE, SECOND, Tier
from opsentrix.query import csv_table, parquet_table
from opsentrix.query.csv_table import CsvEncoder
from opsentrix.query.export import Encoder
from opsentrix.query.grid import Buckets
from opsentrix.query.parquet_table import ParquetEncoder
from opsentrix.query.table import Table, labels_text, merged
from opsentrix_protocol.catalogue import Kind, Metric, Series, labels_of
from pyarrow import parquet

BEGIN = 1_790_000_000_123
HOSTILE = '=HYPERLINK("http://x"),\\'
SERIES = (
    Series(Metric("cpu", "1", Kind.GAUGE), labels_of(state="user")),
    Series(Metric("net", "By/s", Kind.RATE), labels_of(device=HOSTILE, direction="a=b")),
)


def table(values: Sequence[Sequence[float]], *, series: Sequence[Series] = SERIES, name: str = "web-1") -> Table:
    array = np.array(values, dtype=np.float64)
    time = BEGIN + 1000 * np.arange(array.shape[1], dtype=np.int64)
    return Table(7, name, series, time, ~np.isnan(array), (array,))


def written(encoder: Encoder, *tables: Table) -> list[bytes]:
    pieces = [encoder.begin()]
    for one in tables:
        pieces += encoder.rows(one)
    return [*pieces, *encoder.end()]


def lines(pieces: Sequence[bytes]) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(b"".join(pieces).decode(), newline="")))


def bits(value: float) -> bytes:
    return struct.pack("<d", value)


def test_a_csv_file_to_the_letter() -> None:
    content = b"".join(written(CsvEncoder(SECOND), table([[1, np.nan, 2.5], [np.nan, -0.0, np.nan]], name='a "b"')))
    assert content.decode() == (
        "time,agent,agent_name,metric,labels,unit,value\r\n"
        '2026-09-21T14:13:20.123Z,7,"a ""b""",cpu,state=user,1,1.0\r\n'
        '2026-09-21T14:13:22.123Z,7,"a ""b""",cpu,state=user,1,2.5\r\n'
        '2026-09-21T14:13:21.123Z,7,"a ""b""",net,"device==HYPERLINK(""http://x"")\\,\\\\,direction=a=b",By/s,-0.0\r\n'
    )


def test_buckets_have_four_numbers() -> None:
    numbers = [np.array([[n, 2.0 * n]]) for n in (1.0, 3.0, 2.0)]
    count = np.array([[60, 1]])
    one = Table(7, "a", SERIES[:1], np.array([0, 60_000]), count > 0, (*numbers, count))
    content = b"".join(written(CsvEncoder(MINUTE), one)).split(b"\r\n")
    assert content[0].endswith(b",unit,min,max,mean,count")
    assert content[1] == b"1970-01-01T00:00:00.000Z,7,a,cpu,state=user,1,1.0,3.0,2.0,60"
    read = parquet.read_table(io.BytesIO(b"".join(written(ParquetEncoder(MINUTE), one)))).to_pylist()
    assert [(row["min"], row["max"], row["mean"], row["count"]) for row in read] == [(1, 3, 2, 60), (2, 6, 4, 1)]


@given(st.lists(st.floats(allow_nan=False, width=64), min_size=1, max_size=40))
def test_every_number_reads_back_bit_for_bit(values: list[float]) -> None:
    one = table([values], series=SERIES[:1])
    from_csv = [float(line["value"]) for line in lines(written(CsvEncoder(SECOND), one))]
    assert [bits(value) for value in from_csv] == [bits(value) for value in values]


def test_random_doubles_read_back_bit_for_bit() -> None:
    raw = np.random.default_rng(3).integers(0, 2**64, 50_000, dtype=np.uint64).view(np.float64)
    values = raw[np.isfinite(raw)]
    one = table([values.tolist()], series=SERIES[:1])
    from_csv = np.array([float(line["value"]) for line in lines(written(CsvEncoder(SECOND), one))])
    assert np.array_equal(from_csv.view(np.int64), values.view(np.int64))
    read = parquet.read_table(io.BytesIO(b"".join(written(ParquetEncoder(SECOND), one))))
    assert np.array_equal(read["value"].to_numpy().view(np.int64), values.view(np.int64))


def test_parquet_has_types_and_says_its_tier() -> None:
    read = parquet.read_table(io.BytesIO(b"".join(written(ParquetEncoder(SECOND), table([[1.5], [2.5]])))))
    text = "dictionary<values=string, indices=int32, ordered=0>"
    assert {field.name: str(field.type) for field in read.schema} == {
        "time": "timestamp[ms, tz=UTC]", "agent": "int64", "value": "double",
        **dict.fromkeys(("agent_name", "metric", "labels", "unit"), text),
    }  # fmt: skip
    assert read.schema.metadata[b"opsentrix.tier"] == b"1s"
    assert read.to_pylist()[1] | {"time": None} == {
        "time": None, "agent": 7, "agent_name": "web-1", "metric": "net", "labels": labels_text(SERIES[1].labels),
        "unit": "By/s", "value": 2.5,
    }  # fmt: skip


def test_row_groups_collect_tables_of_different_series(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet_table, "_GROUP_ROWS", 5)
    tables = [table([[float(n), n + 0.5]], series=SERIES[n % 2 :][:1], name=f"agent {n}") for n in range(7)]
    pieces = written(ParquetEncoder(SECOND), *tables)
    read = parquet.ParquetFile(io.BytesIO(b"".join(pieces)))
    assert [read.metadata.row_group(at).num_rows for at in range(read.num_row_groups)] == [6, 6, 2]
    rows = read.read().to_pylist()
    assert [row["value"] for row in rows] == [n / 2 for n in range(14)]
    assert [row["agent_name"] for row in rows] == [f"agent {n // 2}" for n in range(14)]
    assert [row["metric"] for row in rows] == ["cpu", "cpu", "net", "net"] * 3 + ["cpu", "cpu"]


@pytest.mark.parametrize("encoder", [CsvEncoder, ParquetEncoder])
def test_pieces_are_small_and_none_is_empty(encoder: type[Encoder]) -> None:
    many = table([np.random.default_rng(1).random(300_000).tolist()] * 2)
    pieces = written(encoder(SECOND), many)
    assert len(pieces) > 10
    assert all(0 < len(piece) < 1_000_000 for piece in pieces)


def test_ticks_beyond_one_slice_are_all_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_table, "_TICKS", 3)
    read = lines(written(CsvEncoder(SECOND), table([[0, 1, 2, 3, np.nan, 5, 6, 7], [np.nan] * 8])))
    assert [float(line["value"]) for line in read] == [0, 1, 2, 3, 5, 6, 7]
    assert read[-1]["time"] == "2026-09-21T14:13:27.123Z"


@pytest.mark.parametrize("tier", [SECOND, MINUTE])
def test_a_file_without_rows_is_a_file(tier: Tier) -> None:
    assert lines(written(CsvEncoder(tier))) == []
    assert parquet.read_table(io.BytesIO(b"".join(written(ParquetEncoder(tier))))).num_rows == 0


@given(st.dictionaries(st.from_regex(r"[a-z]{1,3}", fullmatch=True), st.text("a,=\\ ", max_size=6), max_size=4))
def test_labels_as_text_are_never_ambiguous(labels: dict[str, str]) -> None:
    read: dict[str, str] = {}
    part = ""
    escaped = False
    for char in labels_text(labels_of(**labels)) + ("," if labels else ""):
        if char == "," and not escaped:
            key, _, value = part.partition("=")
            read[key], part = value, ""
        elif char == "\\" and not escaped:
            escaped = True
        else:
            part, escaped = part + char, False
    assert read == labels


def test_buckets_of_one_minute_become_one() -> None:
    time = np.array([61_000, 60_000, 60_500, 0, 60_000])
    member = np.array([1, 1, 1, 1, 0])
    values = np.array([1.0, 2.0, 3.0, 1.7e308, 5.0])
    whole = merged(Buckets(member, time, time, values, values, values, np.ones(5, np.int64)), 60_000)
    assert (whole.member.tolist(), whole.time.tolist()) == ([0, 1, 1], [60_000, 0, 60_000])
    assert (whole.last.tolist(), whole.count.tolist()) == ([60_000, 0, 61_000], [1, 1, 3])
    assert whole.minimum.tolist() == [5, 1.7e308, 1]
    assert (whole.maximum.tolist(), whole.total.tolist()) == ([5, 1.7e308, 3], [5, 1.7e308, 6])
