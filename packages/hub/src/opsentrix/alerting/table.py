"""Columns of numbers that grow together: a row is taken when a target appears and used again when it is gone."""

from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

Floats = NDArray[np.float64]
Rows = NDArray[np.intp]
Flags = NDArray[np.bool_]

_FIRST = 16


class Column:
    """One column; `data` is [capacity] or [capacity, width] and is another array once the table has grown."""

    __slots__ = ("data", "fill")

    def __init__(self, capacity: int, dtype: DTypeLike, fill: float, width: int) -> None:
        self.fill = fill
        self.data: NDArray[Any] = np.full((capacity, width) if width else capacity, fill, dtype)

    @property
    def row_bytes(self) -> int:
        """What a row takes."""
        return int(self.data[0].nbytes)

    def grow(self, capacity: int) -> None:
        """Make room."""
        larger = np.full((capacity, *self.data.shape[1:]), self.fill, self.data.dtype)
        larger[: len(self.data)] = self.data
        self.data = larger


class Table:
    """Hands out rows. A row that is not in use has every column's `fill` in it."""

    def __init__(self) -> None:
        self._capacity = _FIRST
        self._columns: list[Column] = []
        self._free: list[int] = []
        self._row_bytes = 0
        self.size = 0
        """Rows below this are, or were, in use."""
        self.live = self.column(np.bool_, fill=False)

    @property
    def used(self) -> int:
        """How many rows are in use."""
        return self.size - len(self._free)

    @property
    def row_bytes(self) -> int:
        """What a row of all columns takes."""
        return self._row_bytes

    @property
    def nbytes(self) -> int:
        """What all columns take, rows that are not in use included."""
        return sum(one.data.nbytes for one in self._columns)

    def column(self, dtype: DTypeLike, fill: float, width: int = 0) -> Column:
        """Add a column."""
        made = Column(self._capacity, dtype, fill, width)
        self._columns.append(made)
        self._row_bytes += made.row_bytes
        return made

    def drop(self, column: Column) -> None:
        """Remove a column."""
        self._columns.remove(column)
        self._row_bytes -= column.row_bytes

    def allocate(self, count: int) -> Rows:
        """Take rows."""
        again = [self._free.pop() for _ in range(min(count, len(self._free)))]
        first, self.size = self.size, self.size + count - len(again)
        if self.size > self._capacity:
            self._capacity = max(self.size, self._capacity * 3 // 2)
            for one in self._columns:
                one.grow(self._capacity)
        rows = np.array(again + list(range(first, self.size)), np.intp)
        self.live.data[rows] = True
        return rows

    def release(self, rows: Rows) -> None:
        """Give rows back."""
        for one in self._columns:
            one.data[rows] = one.fill
        self._free.extend(rows.tolist())
