"""Numbers as the command line writes them."""

from datetime import UTC, datetime

import pytest
import typer
from opsentrix.commands.amounts import amount, elapsed, length_of_time, shown_unit, since, sparkline


@pytest.mark.parametrize(
    ("value", "unit", "written"),
    [
        (None, "By", "-"), (float("nan"), "1", "-"), (0.0, "%", "0 %"), (0.9996, "%", "100 %"), (1.5, "%", "150 %"),
        (0.999, "%", "99.9 %"), (1023.97, "By", "1.00 KiB"), (1023.0, "By", "1023 B"), (2**40, "By/s", "1.00 TiB/s"),
        (999.6, "1", "1.00k"), (7, "{thread}", "7"), (45.25, "Cel", "45.2 Cel"), (-1500.0, "By/s", "-1.46 KiB/s"),
        (2e-6, "s", "2.00 us"), (90.0, "s", "90.0 s"), (3700.0, "s", "1 h 1 min"),
    ],
)  # fmt: skip
def test_a_number_has_three_digits_and_its_unit(value: float | None, unit: str, written: str) -> None:
    assert amount(value, unit) == written


def test_shares_are_per_cent_and_loads_are_not() -> None:
    assert shown_unit("system.cpu.utilization", "1") == "%"
    assert shown_unit("system.cpu.load_average.1m", "1") == "1"


@pytest.mark.parametrize(("seconds", "written"), [(-5, "0 s"), (60, "1 min"), (86_460, "1 d"), (3_661, "1 h 1 min")])
def test_a_length_of_time_has_two_parts(seconds: float, written: str) -> None:
    assert elapsed(seconds) == written


def test_a_moment_is_told_from_now() -> None:
    now = datetime(2026, 3, 1, 12, 0, 30, tzinfo=UTC)
    assert since("2026-03-01T12:00:00Z", now) == "30 s"
    assert since(None, now) == "never"


@pytest.mark.parametrize(
    ("values", "drawn"),
    [([], ""), ([None, None], ""), ([5.0, 5.0], "▁▁"), ([0.0, None, 7.0], "▁ █"), ([*range(8)], "▁▂▃▄▅▆▇█")],
)
def test_a_line_of_bars(values: list[float | None], drawn: str) -> None:
    assert sparkline(values) == drawn


def test_a_line_of_bars_on_a_scale() -> None:
    assert sparkline([0.0, 0.5, 1.0, 1.5, -1.0], scale=(0, 1)) == "▁▄██▁"


def test_a_peak_is_not_lost_in_a_narrow_line() -> None:
    values: list[float | None] = [0.0] * 1000
    values[777] = 1.0
    assert sparkline(values, 10) == "▁▁▁▁▁▁▁█▁▁"


@pytest.mark.parametrize("text", ["", "5", "m", "5 m", "1w", "-5m", "5.5h", "9999999999s"])
def test_what_is_no_length_of_time_is_refused(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="90s, 15m, 2h"):
        length_of_time(text)


def test_lengths_of_time() -> None:
    assert [length_of_time(one) for one in ("90s", "15m", "2h", "7d")] == [90, 900, 7200, 604_800]
