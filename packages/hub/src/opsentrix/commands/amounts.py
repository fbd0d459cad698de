"""Numbers with their units and moments as the command line writes them; the dashboard writes them alike."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import pairwise
from math import floor, isfinite, log10

import typer

from opsentrix.model import quantities

NONE = "-"
"""Instead of a number that is not known: no data is not zero."""
_BINARY = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")
_DECIMAL = ("", "k", "M", "G", "T")
_SHARES = (
    ".utilization", "_utilization", ".io_time", ".operation_time", ".stall_time", ".pressure.average", ".sync.progress",
    ".battery.charge", ".physical_disk.spare",
)  # fmt: skip
"""Ends of the names of metrics that are a share of a whole."""
_PARTS = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))
_BARS = "▁▂▃▄▅▆▇█"


def amount(value: float | None, unit: str) -> str:
    """Return a number with its unit, of three digits.

    Args:
        value: in the unit; None when nothing is known.
        unit: UCUM, or `%` for a share of 1.

    >>> amount(1_572_864, "By/s"), amount(0.382, "%"), amount(1250, "{packet}/s"), amount(0.0042, "s")
    ('1.50 MiB/s', '38.2 %', '1.25k/s', '4.20 ms')
    """
    if value is None or not isfinite(value):
        return NONE
    if unit == "%":
        return "0 %" if value == 0 else f"{value * 100:.{0 if abs(value) >= 0.9995 else 1}f} %"
    if unit in ("By", "By/s"):
        number, prefix = _scaled(value, 1024, _BINARY)
        return f"{number} {prefix}{unit[2:]}"
    if unit == "s":
        return _seconds(value)
    number, prefix = _scaled(value, 1000, _DECIMAL)
    bare = re.sub(r"\{[^}]*\}", "", unit)
    end = "" if bare == "1" else bare
    return f"{number}{prefix}{end if end.startswith('/') or not end else f' {end}'}"


def shown_unit(metric: str, unit: str) -> str:
    """Return the unit that a metric is written in: shares of a whole in per cent, all else as it is."""
    return "%" if unit in ("1", "s/s") and metric.endswith(_SHARES) else unit


def elapsed(seconds: float) -> str:
    """Return a length of time in its two largest units.

    >>> elapsed(183_600), elapsed(59.6), elapsed(0)
    ('2 d 3 h', '1 min', '0 s')
    """
    rest = max(0, round(seconds))
    found = []
    for size, name in _PARTS:
        count, rest = divmod(rest, size)
        found.append((count, name))
    first = next((at for at, (count, _) in enumerate(found) if count), len(found) - 1)
    shown = [f"{count} {name}" for count, name in found[first : first + 2] if count]
    return " ".join(shown) or "0 s"


def since(moment: str | None, now: datetime | None = None) -> str:
    """Return how long ago something was, of an RFC 3339 time; `never` for None."""
    if moment is None:
        return "never"
    return elapsed(((now or datetime.now(UTC)) - datetime.fromisoformat(moment)).total_seconds())


def sparkline(values: Sequence[float | None], width: int = 20, scale: tuple[float, float] | None = None) -> str:
    """Return values as a line of bars between the lowest and the highest, a blank where nothing is known.

    Args:
        values: in order; where there are more than `width`, the highest of each part counts.
        width: how many characters at most.
        scale: what the lowest and the highest bar stand for; the lowest and highest value when left out.

    >>> sparkline([0, 1, None, 7])
    '▁▂ █'
    """
    parts = [values] if not values else _parted(values, width)
    highest = [max((one for one in part if one is not None), default=None) for part in parts]
    known = [one for one in highest if one is not None]
    if not known:
        return ""
    low, high = scale or (min(known), max(known))
    steps = [None if one is None else (one - low) / (high - low) * 7 if high > low else 0.0 for one in highest]
    return "".join(" " if one is None else _BARS[max(0, min(7, int(one)))] for one in steps)


def length_of_time(text: str | float) -> float:
    """Return seconds of a length of time as `90s`, `15m`, `2h` or `7d`: the parser of an option, and of its default.

    Raises:
        typer.BadParameter: it is none.
    """
    if isinstance(text, float):
        return text
    found = re.fullmatch(r"(\d{1,9})([smhd])", text)
    if found is None:
        raise typer.BadParameter("Write a length of time as 90s, 15m, 2h or 7d.")
    return quantities.read(found[1], found[2]).value


def _parted(values: Sequence[float | None], width: int) -> list[Sequence[float | None]]:
    count = min(width, len(values))
    edges = [at * len(values) // count for at in range(count + 1)]
    return [values[first:last] for first, last in pairwise(edges)]


def _scaled(value: float, base: int, names: Sequence[str]) -> tuple[str, str]:
    rest, power = value, 0
    # 999.5 would be written as 1000: the next prefix starts where rounding would need a fourth digit.
    while abs(rest) >= base - (0.5 if base == 1000 else 0.05) and power < len(names) - 1:
        rest, power = rest / base, power + 1
    return str(int(rest)) if power == 0 and value == int(value) else _digits(rest), names[power]


def _digits(value: float) -> str:
    before = floor(log10(abs(value))) + 1 if abs(value) >= 1 else 1
    return f"{value:.{max(0, 3 - before)}f}"


def _seconds(value: float) -> str:
    size = abs(value)
    if size == 0:
        return "0 s"
    if size < 1e-3:
        return f"{_digits(value * 1e6)} us"
    if size < 1:
        return f"{_digits(value * 1e3)} ms"
    return f"{_digits(value)} s" if size < 120 else elapsed(value)
