"""Tables as Apache Parquet (https://parquet.apache.org), by pyarrow, imported when the first one is written."""

import io
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from opsentrix.model.tiers import Tier
from opsentrix.query.table import Table, labels_text, value_columns

_GROUP_ROWS = 500_000
"""Rows that a row group has at least, but for the last: what the file says of its groups is held until its end."""
_PIECE_BYTES = 500_000
_TEXTS = ("agent_name", "metric", "labels", "unit")


class ParquetEncoder:
    """Writes tables as Parquet. Its footer comes last, so a file that was cut off cannot be opened."""

    suffix: ClassVar[str] = "parquet"
    media_type: ClassVar[str] = "application/vnd.apache.parquet"

    def __init__(self, tier: Tier) -> None:
        self._tier = tier
        self._sink = _Sink()
        self._writer: Any = None
        self._schema: Any = None
        self._waiting: list[Any] = []
        self._waiting_rows = 0

    def begin(self) -> bytes:
        """Return the first bytes of the file."""
        import pyarrow as pa
        from pyarrow import parquet

        text = pa.dictionary(pa.int32(), pa.string())
        numbers = [(name, pa.int64() if name == "count" else pa.float64()) for name in value_columns(self._tier)]
        self._schema = pa.schema(
            [("time", pa.timestamp("ms", "UTC")), ("agent", pa.int64()), *((one, text) for one in _TEXTS), *numbers],
            {"opsentrix.tier": self._tier.name},
        )
        # On recorded host metrics a sample takes 0.89 bytes so; with dictionaries for the numbers too 1.20, with their
        # bytes split into streams 1.13, with Snappy and all defaults 2.23.
        self._writer = parquet.ParquetWriter(
            self._sink, self._schema, compression="zstd", compression_level=1, use_dictionary=["agent", *_TEXTS],
            column_encoding={"time": "DELTA_BINARY_PACKED"},
        )  # fmt: skip
        return self._sink.drain()

    def rows(self, table: Table) -> Iterator[bytes]:
        """Take in a table and yield what can be written by now."""
        batch = self._batch(table)
        if batch.num_rows:
            self._waiting.append(batch)
            self._waiting_rows += batch.num_rows
        if self._waiting_rows >= _GROUP_ROWS:
            self._write_group()
            yield from _cut(self._sink.drain())

    def end(self) -> Iterator[bytes]:
        """Yield the rest of the file."""
        import pyarrow as pa

        if self._waiting:
            self._write_group()
        self._writer.close()
        pa.default_memory_pool().release_unused()
        yield from _cut(self._sink.drain())

    def _write_group(self) -> None:
        import pyarrow as pa

        group = pa.Table.from_batches(self._waiting).unify_dictionaries()
        self._waiting, self._waiting_rows = [], 0
        self._writer.write_table(group, row_group_size=group.num_rows)

    def _batch(self, table: Table) -> Any:  # noqa: ANN401 - pyarrow has no types
        import pyarrow as pa

        counts = np.count_nonzero(table.present, axis=1)
        series = np.repeat(np.arange(counts.size, dtype=np.int32), counts)
        time = np.broadcast_to(table.time, table.present.shape)[table.present]

        def text(values: Sequence[str]) -> Any:  # noqa: ANN401 - pyarrow has no types
            distinct, place = _distinct(values)
            return pa.DictionaryArray.from_arrays(pa.array(place[series]), pa.array(distinct, pa.string()))

        arrays = [
            pa.array(time).view(self._schema.field("time").type),
            pa.array(np.full(series.size, table.agent_id)),
            text([table.agent_name] * counts.size),
            text([one.metric.name for one in table.series]),
            text([labels_text(one.labels) for one in table.series]),
            text([one.metric.unit for one in table.series]),
            *(pa.array(column[table.present]) for column in table.columns),
        ]
        return pa.RecordBatch.from_arrays(arrays, schema=self._schema)


class _Sink(io.RawIOBase):
    """A file that is taken away piece by piece while it is written."""

    def __init__(self) -> None:
        super().__init__()
        self._pieces: list[bytes] = []
        self._written = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:  # noqa: ANN401 - any buffer
        piece = bytes(data)
        self._pieces.append(piece)
        self._written += len(piece)
        return len(piece)

    def tell(self) -> int:
        return self._written

    def drain(self) -> bytes:
        """Return what was written since the last time."""
        whole = b"".join(self._pieces)
        self._pieces = []
        return whole


def _cut(data: bytes) -> Iterator[bytes]:
    for first in range(0, len(data), _PIECE_BYTES):
        yield data[first : first + _PIECE_BYTES]


def _distinct(values: Sequence[str]) -> tuple[list[str], NDArray[np.int32]]:
    """Return each value once, and for each of `values` its place there."""
    places: dict[str, int] = {}
    place = np.array([places.setdefault(one, len(places)) for one in values], np.int32)
    return list(places), place
