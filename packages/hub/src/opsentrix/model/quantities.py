"""Numbers with units, as rules have them: `90%`, `50ms`, `1GiB`, `10MB/s`; and lengths of time, as `90s`, `2h`.

A number is held in its base unit, and written in the largest unit of which it is a whole number. Reading and writing
is done in decimals, so that what is written is read back as the very same number.
"""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from math import isfinite

from opsentrix.errors import InvalidError


class RuleError(InvalidError):
    """A rule cannot be understood, or is beyond what a rule may be.

    Attributes:
        position: of the first character that is wrong, counted from 0; None where there is no text.
        expected: what could have stood there.
        hint: what may have been meant; empty when nothing comes to mind.
    """

    title = "Rule not valid"

    def __init__(
        self, detail: str, position: int | None = None, expected: tuple[str, ...] = (), hint: str = ""
    ) -> None:
        super().__init__(detail)
        self.position = position
        self.expected = expected
        self.hint = hint


class Dimension(StrEnum):
    """What a number measures; the value is its canonical base unit as written."""

    NUMBER = ""
    SHARE = "%"
    TIME = "s"
    SIZE = "B"

    @property
    def units(self) -> dict[str, Decimal]:
        """The units by name, largest first of those that are preferred, each in base units."""
        return _UNITS[self]


_UNITS: dict[Dimension, dict[str, Decimal]] = {
    Dimension.NUMBER: {"": Decimal(1)},
    Dimension.SHARE: {"%": Decimal("0.01")},
    Dimension.TIME: {
        "d": Decimal(86_400), "h": Decimal(3_600), "m": Decimal(60), "s": Decimal(1),
        "ms": Decimal("1e-3"), "us": Decimal("1e-6"), "ns": Decimal("1e-9"),
    },
    Dimension.SIZE: {
        "PiB": Decimal(2**50), "TiB": Decimal(2**40), "GiB": Decimal(2**30), "MiB": Decimal(2**20),
        "KiB": Decimal(2**10), "PB": Decimal(10**15), "TB": Decimal(10**12), "GB": Decimal(10**9),
        "MB": Decimal(10**6), "kB": Decimal(10**3), "B": Decimal(1),
    },
}  # fmt: skip
DIMENSION_OF = {name: dimension for dimension, units in _UNITS.items() for name in units}
"""The dimension of each unit by its name."""
LARGEST, SMALLEST = 1e24, 1e-12
"""Beyond these no metric has a value, and the decimals would not suffice."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number in its base unit (1, seconds, bytes; a share of 1), and how people write it.

    Attributes:
        value: finite.
        dimension: of which unit it is written.
        per_second: whether it is so much each second.

    Raises:
        RuleError: the value is not finite, too large or too small.
    """

    value: float
    dimension: Dimension = Dimension.NUMBER
    per_second: bool = False

    def __post_init__(self) -> None:
        if not isfinite(self.value) or abs(self.value) > LARGEST or 0 < abs(self.value) < SMALLEST:
            raise RuleError(f"{self.value:g} is not a number that a metric can be compared with")

    def __str__(self) -> str:
        """Write it canonically."""
        return f"{_written(self.value, self.dimension)}{'/s' if self.per_second else ''}"


def read(number: str, unit: str, *, per_second: bool = False) -> Quantity:
    """Return a number as written, of one of `DIMENSION_OF`.

    Raises:
        RuleError: it is too large or too small.
    """
    dimension = DIMENSION_OF[unit]
    return Quantity(float(Decimal(number) * dimension.units[unit]), dimension, per_second)


def write_duration(seconds: float) -> str:
    """Return a length of time canonically, such as `90s` or `2h`."""
    return _written(seconds, Dimension.TIME)


def _written(value: float, dimension: Dimension) -> str:
    exact = Decimal(repr(float(value)))
    if dimension is Dimension.SHARE:
        return f"{_plain(exact * 100)}%"
    for name, size in dimension.units.items():
        if size >= 1 and exact and exact % size == 0:
            return f"{_plain(exact / size)}{name}"
    smaller = [(name, size) for name, size in dimension.units.items() if size < 1]
    for name, size in smaller:
        if exact and abs(exact) < 1 and exact % size == 0:
            return f"{_plain(exact / size)}{name}"
    return f"{_plain(exact)}{dimension.value}"


def _plain(number: Decimal) -> str:
    """Return a decimal without exponent, and without zeros that say nothing."""
    text = f"{number:f}" if number else "0"
    return text.rstrip("0").rstrip(".") if "." in text else text
