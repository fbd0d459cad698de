"""How history grows, how large it becomes, and when the room for it ends. Days are days since 1970 in UTC."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_NEWEST = 7
"""So many of the newest whole partitions tell how much a day takes: a fleet grows, and old days were smaller."""


@dataclass(frozen=True, slots=True)
class Part:
    """A partition: its first day, how many it holds, and its bytes."""

    first_day: int
    days: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Growth:
    """How a tier grows.

    Attributes:
        bytes: what it takes now.
        per_day: bytes that a day adds; None until a whole day is known.
        days_left: for so many days it grows still; then as much goes as comes.
    """

    bytes: int
    per_day: float | None
    days_left: float

    @property
    def settled(self) -> float | None:
        """What it takes once as much goes as comes."""
        return None if self.per_day is None else self.bytes + self.per_day * self.days_left


def growth(parts: Sequence[Part], since: float, now: float, kept_days: int) -> Growth:
    """Return how a tier grows.

    Args:
        parts: its partitions.
        since: when the first sample can have come.
        now: the moment in question.
        kept_days: how long it is kept.
    """
    whole = sorted((one for one in parts if one.first_day >= since and one.first_day + one.days <= now),
                   key=lambda one: one.first_day)[-_NEWEST:]  # fmt: skip
    total = sum(one.bytes for one in parts)
    held = max(0.0, now - max(since, min((one.first_day for one in parts), default=now)))
    if whole:
        per_day: float | None = sum(one.bytes for one in whole) / sum(one.days for one in whole)
    else:
        per_day = total / held if held >= 1 else None
    return Growth(total, per_day, max(0.0, kept_days - held))


def days_until(room: int, growths: Iterable[Growth]) -> float | None:
    """Return after how many days this much room is used up; None when it never is.

    Tiers stop growing one after the other, so the room shrinks ever more slowly.
    """
    at, left = 0.0, max(0.0, float(room))
    growing = sorted((one for one in growths if one.per_day), key=lambda one: one.days_left)
    for done, one in enumerate(growing):
        rate = sum(each.per_day or 0.0 for each in growing[done:])
        if rate * (one.days_left - at) >= left:
            return at + left / rate
        left -= rate * (one.days_left - at)
        at = one.days_left
    return None
