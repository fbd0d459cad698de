"""RangeSet against a plain set."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from opsentrix.model.ranges import RangeSet

_ranges = st.lists(st.tuples(st.integers(1, 60), st.integers(0, 8)), max_size=40)


@given(_ranges)
def test_holds_what_a_set_holds(added: list[tuple[int, int]]) -> None:
    ranges, plain = RangeSet(), set[int]()
    for first, more in added:
        ranges.add(first, first + more)
        plain.update(range(first, first + more + 1))
    assert {number for number in range(80) if number in ranges} == plain
    assert ranges.highest == max(plain, default=0)


@given(_ranges)
def test_ranges_are_ascending_apart_and_complete(added: list[tuple[int, int]]) -> None:
    ranges = RangeSet((first, first + more) for first, more in added)
    listed = list(ranges)
    assert {one for first, last in listed for one in range(first, last + 1)} == {
        one for first, more in added for one in range(first, first + more + 1)
    }
    # Neighbours melt together: at least one number is missing between two ranges.
    assert all(last + 1 < first for (_, last), (first, _) in pairwise(listed))


def test_many_numbers_in_order_are_one_range() -> None:
    ranges = RangeSet()
    for number in range(1, 10_001):
        ranges.add(number)
    assert list(ranges) == [(1, 10_000)]
