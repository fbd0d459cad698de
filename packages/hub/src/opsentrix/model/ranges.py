"""A set of whole numbers kept as ranges: which frames of a boot are committed."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator


class RangeSet:
    """Disjoint, inclusive, ascending ranges; adding numbers mostly in order costs next to nothing."""

    __slots__ = ("_firsts", "_lasts")

    def __init__(self, ranges: Iterable[tuple[int, int]] = ()) -> None:
        self._firsts: list[int] = []
        self._lasts: list[int] = []
        for first, last in ranges:
            self.add(first, last)

    def __iter__(self) -> Iterator[tuple[int, int]]:
        return iter(zip(self._firsts, self._lasts, strict=True))

    def __contains__(self, number: int) -> bool:
        at = bisect_right(self._firsts, number) - 1
        return at >= 0 and number <= self._lasts[at]

    @property
    def highest(self) -> int:
        """The highest number, or 0 when empty."""
        return self._lasts[-1] if self._lasts else 0

    def count(self, first: int, last: int) -> int:
        """Return how many numbers from first to last inclusive are in the set."""
        at = max(0, bisect_right(self._firsts, first) - 1)
        total = 0
        while at < len(self._firsts) and self._firsts[at] <= last:
            total += max(0, min(last, self._lasts[at]) - max(first, self._firsts[at]) + 1)
            at += 1
        return total

    def add(self, first: int, last: int | None = None) -> None:
        """Add a number, or all from first to last; neighbours melt together."""
        last = first if last is None else last
        start = bisect_right(self._firsts, first) - 1
        if start < 0 or self._lasts[start] < first - 1:
            start += 1
        end = start
        while end < len(self._firsts) and self._firsts[end] <= last + 1:
            first, last = min(first, self._firsts[end]), max(last, self._lasts[end])
            end += 1
        self._firsts[start:end] = [first]
        self._lasts[start:end] = [last]
