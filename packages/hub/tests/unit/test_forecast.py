"""How history grows, and when the room for it ends."""

import pytest
from opsentrix.model.forecast import Growth, Part, days_until, growth

TODAY = 20_000.5


def daily(*sizes: int) -> list[Part]:
    """Partitions of a day each, the last one of today."""
    return [Part(20_001 - len(sizes) + at, 1, size) for at, size in enumerate(sizes)]


def test_whole_days_alone_tell_how_much_a_day_takes() -> None:
    # The first day began at noon, and today is not over.
    grown = growth(daily(50, 100, 120, 30), 19_997.5, TODAY, 30)
    assert (grown.bytes, grown.per_day, grown.days_left) == (300, 110, 27)
    assert grown.settled == 300 + 110 * 27


def test_the_newest_week_counts_as_fleets_grow() -> None:
    assert growth(daily(1, 1, *[70] * 7, 5), 0, TODAY, 30).per_day == 70


def test_before_a_day_is_over_nothing_is_known() -> None:
    grown = growth(daily(0, 40), 20_000.1, TODAY, 30)
    assert (grown.bytes, grown.per_day, grown.settled) == (40, None, None)


def test_a_month_that_is_not_over_is_divided_by_its_days_with_samples() -> None:
    month = [Part(19_980, 30, 1000), Part(20_010, 30, 0)]
    assert growth(month, 19_990.5, TODAY, 365).per_day == 100


def test_what_is_kept_no_longer_does_not_grow() -> None:
    assert growth(daily(*[10] * 40), 0, TODAY, 30).days_left == 0


@pytest.mark.parametrize(("room", "days"), [(0, 0), (-5, 0), (150, 10), (225, 15), (300, 22.5), (325, 25), (326, None)])
def test_room_ends_ever_more_slowly_as_tiers_stop_growing(room: int, days: float | None) -> None:
    growths = [Growth(0, 10, 25), Growth(0, 5, 15), Growth(0, None, 99), Growth(0, 0.0, 99)]
    assert days_until(room, growths) == days
