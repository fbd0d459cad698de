"""On which days something recurs: the part of RFC 5545's recurrence rules that maintenance windows and runbooks need.

FREQ=DAILY, WEEKLY, MONTHLY or YEARLY with INTERVAL, COUNT, UNTIL, BYMONTH, BYMONTHDAY, BYDAY, BYSETPOS and WKST. What
is finer than a day is refused, so that a window occurs once a day at the most. Whatever a rule says, nothing here looks
further than `HORIZON_DAYS`: a rule that never occurs costs some thousand steps. A test holds the days to those of
python-dateutil, which cannot be bounded itself: it looks for 30 February until the year 9999, for nine seconds.
"""

import calendar
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

MAX_TEXT = 512
MAX_COUNT = 1000
MAX_INTERVAL = 1000
HORIZON_DAYS = 30 * 365 + 7
_SOON_DAYS = 10 * 365 + 3
_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_DAY = re.compile(r"([+-]?[0-9]{1,2})?(MO|TU|WE|TH|FR|SA|SU)")
_UNTIL = re.compile(r"[0-9]{8}(T[0-9]{6}Z?)?")


class RecurrenceError(ValueError):
    """The text is no rule that is understood; it says why in one sentence."""


class Frequency(StrEnum):
    """What a rule counts in."""

    DAILY = "DAILY"
    WEEKLY = "WEEKLY"
    MONTHLY = "MONTHLY"
    YEARLY = "YEARLY"


@dataclass(frozen=True, slots=True)
class Recurrence:
    """A rule.

    Attributes:
        frequency: what `interval` counts.
        interval: 2 for every other one.
        count: how many times it occurs; None for no limit.
        until: the last moment at which it may begin: in UTC when it has a zone, else local; None for no limit.
        months: 1 to 12; empty for all, as with what follows.
        month_days: 1 to 31, or from the month's end -1 to -31.
        weekdays: each with its ordinal within the month or year, 0 for all of them; Monday is 0.
        positions: which of the days of a month or year, from 1 or from the end -1.
        week_start: the first day of weeks.
    """

    frequency: Frequency
    interval: int = 1
    count: int | None = None
    until: datetime | None = None
    months: tuple[int, ...] = ()
    month_days: tuple[int, ...] = ()
    weekdays: tuple[tuple[int, int], ...] = ()
    positions: tuple[int, ...] = ()
    week_start: int = 0

    @classmethod
    def parse(cls, text: str) -> "Recurrence":
        """Return the rule of a text such as `FREQ=MONTHLY;BYDAY=2SA`.

        Raises:
            RecurrenceError: it is none.
        """
        if len(text) > MAX_TEXT:
            raise RecurrenceError(f"it is longer than {MAX_TEXT} characters")
        fields: dict[str, Any] = {}
        for part in text.strip().removeprefix("RRULE:").split(";"):
            name, equals, value = part.partition("=")
            if not equals or name not in _PARTS:
                raise RecurrenceError(f"{part[:40]!r} is not understood; {', '.join(_PARTS)} are")
            field, read = _PARTS[name]
            if field in fields:
                raise RecurrenceError(f"{name} is there twice")
            fields[field] = read(name, value)
        if "frequency" not in fields:
            raise RecurrenceError("FREQ is missing")
        rule = cls(**fields)
        rule._check()
        return rule

    def _check(self) -> None:
        if self.count is not None and self.until is not None:
            raise RecurrenceError("COUNT and UNTIL cannot both be there")
        long = self.frequency in (Frequency.MONTHLY, Frequency.YEARLY)
        if not long and (self.positions or any(nth for _, nth in self.weekdays)):
            raise RecurrenceError("BYSETPOS and numbered weekdays need FREQ=MONTHLY or YEARLY")
        if self.frequency is Frequency.WEEKLY and self.month_days:
            raise RecurrenceError("BYMONTHDAY does not go with FREQ=WEEKLY")
        if self.month_days and any(nth for _, nth in self.weekdays):
            raise RecurrenceError("BYMONTHDAY does not go with numbered weekdays")
        if self.positions and not (self.months or self.month_days or self.weekdays):
            raise RecurrenceError("BYSETPOS needs BYMONTH, BYMONTHDAY or BYDAY")

    def occurs_soon(self, first: date) -> bool:
        """Return whether it occurs within ten years of its first day."""
        return any(True for _ in self._days(first, first, _SOON_DAYS))

    def days(self, first: date, since: date) -> Iterator[date]:
        """Yield its days in order.

        Args:
            first: it never occurs before, and on this day only if the rule says so.
            since: earlier days are left out; they still count for COUNT.
        """
        return self._days(first, since, HORIZON_DAYS)

    def _days(self, first: date, since: date, horizon: int) -> Iterator[date]:
        last = first + timedelta(days=horizon)
        number = 0
        # With COUNT the way is from the first day on, but it is short: COUNT is limited, and so is the horizon.
        begin = max(first, since) if self.count is None else first
        for days in self._periods(first, begin, last):
            for day in days:
                if day < first:
                    continue
                if day > last:
                    return
                number += 1
                if self.count is not None and number > self.count:
                    return
                if day >= since:
                    yield day

    def _periods(self, first: date, begin: date, last: date) -> Iterator[list[date]]:
        """Yield the days of each period, from the one that `begin` is in, or the one before, on."""
        match self.frequency:
            case Frequency.DAILY:
                skipped = (begin - first).days // self.interval * self.interval
                for ordinal in range(first.toordinal() + skipped, last.toordinal() + 1, self.interval):
                    day = date.fromordinal(ordinal)
                    yield [day] if self._fits(day) else []
            case Frequency.WEEKLY:
                monday = first.toordinal() - (first.weekday() - self.week_start) % 7
                step = 7 * self.interval
                monday += (begin.toordinal() - monday) // step * step
                wanted = {weekday for weekday, _ in self.weekdays} or {first.weekday()}
                for ordinal in range(monday, last.toordinal() + 1, step):
                    week = [date.fromordinal(ordinal + n) for n in range(7)]
                    yield [day for day in week if day.weekday() in wanted and self._in_month(day)]
            case Frequency.MONTHLY:
                number, end = first.year * 12 + first.month - 1, last.year * 12 + last.month - 1
                number += (begin.year * 12 + begin.month - 1 - number) // self.interval * self.interval
                for month in range(number, end + 1, self.interval):
                    yield self._placed(self._of_month(month // 12, month % 12 + 1, first))
            case Frequency.YEARLY:
                skipped = (begin.year - first.year) // self.interval * self.interval
                for year in range(first.year + skipped, last.year + 1, self.interval):
                    yield self._placed(self._of_year(year, first))

    def _in_month(self, day: date) -> bool:
        return not self.months or day.month in self.months

    def _fits(self, day: date) -> bool:
        """Return whether a day is in one of the months, on one of the days of the month and of the week."""
        if not self._in_month(day):
            return False
        if self.month_days:
            length = calendar.monthrange(day.year, day.month)[1]
            if day.day not in self.month_days and day.day - length - 1 not in self.month_days:
                return False
        return not self.weekdays or any(day.weekday() == weekday for weekday, _ in self.weekdays)

    def _of_month(self, year: int, month: int, first: date) -> list[date]:
        length = calendar.monthrange(year, month)[1]
        if not self.month_days and not self.weekdays:
            wanted = first.day <= length and (not self.months or month in self.months)
            return [date(year, month, first.day)] if wanted else []
        days = [day for n in range(1, length + 1) if self._fits(day := date(year, month, n))]
        return self._numbered(days)

    def _of_year(self, year: int, first: date) -> list[date]:
        if self.months or self.month_days or not self.weekdays:
            everywhere = range(1, 13) if self.month_days else (first.month,)
            return [day for month in sorted(self.months or everywhere) for day in self._of_month(year, month, first)]
        start = date(year, 1, 1).toordinal()
        length = 366 if calendar.isleap(year) else 365
        return self._numbered([day for n in range(length) if self._fits(day := date.fromordinal(start + n))])

    def _numbered(self, days: list[date]) -> list[date]:
        """Return of the days of a month or year those that are the nth of their weekday, where that is asked for."""
        if not any(nth for _, nth in self.weekdays):
            return days
        chosen = set[date]()
        for weekday, nth in self.weekdays:
            same = [day for day in days if day.weekday() == weekday]
            if nth == 0:
                chosen.update(same)
            elif abs(nth) <= len(same):
                chosen.add(same[nth - 1 if nth > 0 else nth])
        return sorted(chosen)

    def _placed(self, days: list[date]) -> list[date]:
        if not self.positions:
            return days
        return sorted({days[n - 1 if n > 0 else n] for n in self.positions if abs(n) <= len(days)})


def _number(low: int, high: int) -> Callable[[str, str], int]:
    def read(name: str, value: str) -> int:
        if not re.fullmatch(r"[0-9]{1,5}", value) or not low <= int(value) <= high:
            raise RecurrenceError(f"{name} must be a number from {low} to {high}")
        return int(value)

    return read


def _numbers(low: int, high: int) -> Callable[[str, str], tuple[int, ...]]:
    def read(name: str, value: str) -> tuple[int, ...]:
        found = []
        for text in value.split(","):
            if not re.fullmatch(r"[+-]?[0-9]{1,3}", text) or int(text) == 0 or not low <= int(text) <= high:
                raise RecurrenceError(f"{name} must be numbers from {low} to {high}, and not 0")
            found.append(int(text))
        return tuple(sorted(set(found)))

    return read


def _frequency(name: str, value: str) -> Frequency:
    if value not in list(Frequency):
        raise RecurrenceError(f"{name} must be {', '.join(Frequency)}")
    return Frequency(value)


def _weekdays(name: str, value: str) -> tuple[tuple[int, int], ...]:
    found = set()
    for text in value.split(","):
        match = _DAY.fullmatch(text)
        nth = int(match[1] or 0) if match else 0
        if match is None or abs(nth) > 53 or (match[1] and nth == 0):
            raise RecurrenceError(f"{name} must be weekdays such as MO, or 2SA and -1SU for the second and the last")
        found.add((_WEEKDAYS.index(match[2]), nth))
    return tuple(sorted(found))


def _weekday(name: str, value: str) -> int:
    if value not in _WEEKDAYS:
        raise RecurrenceError(f"{name} must be a weekday such as MO")
    return _WEEKDAYS.index(value)


def _until(name: str, value: str) -> datetime:
    if _UNTIL.fullmatch(value):
        try:
            if len(value) == 8:
                return datetime.strptime(value + "235959", "%Y%m%d%H%M%S")  # noqa: DTZ007 - local on purpose
            moment = datetime.strptime(value[:15], "%Y%m%dT%H%M%S")  # noqa: DTZ007 - local on purpose
        except ValueError:
            raise RecurrenceError(f"{name} is no date that exists") from None
        return moment.replace(tzinfo=UTC) if value.endswith("Z") else moment
    raise RecurrenceError(f"{name} must be a date such as 20301231, or a time such as 20301231T220000Z")


_PARTS: dict[str, tuple[str, Callable[[str, str], object]]] = {
    "FREQ": ("frequency", _frequency),
    "INTERVAL": ("interval", _number(1, MAX_INTERVAL)),
    "COUNT": ("count", _number(1, MAX_COUNT)),
    "UNTIL": ("until", _until),
    "BYMONTH": ("months", _numbers(1, 12)),
    "BYMONTHDAY": ("month_days", _numbers(-31, 31)),
    "BYDAY": ("weekdays", _weekdays),
    "BYSETPOS": ("positions", _numbers(-366, 366)),
    "WKST": ("week_start", _weekday),
}


def moments(rrule: str, starts: datetime, zone: str, after: datetime) -> Iterator[datetime]:
    """Yield in UTC and in order when something occurs after a moment.

    It is computed in local time, as RFC 5545 has it: a time that falls into the hour that daylight saving time skips
    takes the offset before the gap, one in the hour that comes twice is the first.

    Args:
        rrule: as `Recurrence.parse` takes it; empty for once.
        starts: a local time; when it occurs first.
        zone: an IANA name.
        after: aware.
    """
    clock = ZoneInfo(zone)
    for local in _local_moments(rrule, starts, clock, after) if rrule else (starts,):
        moment = local.replace(tzinfo=clock, fold=0).astimezone(UTC)
        if moment > after:
            yield moment


def _local_moments(rrule: str, starts: datetime, clock: ZoneInfo, after: datetime) -> Iterator[datetime]:
    rule = Recurrence.parse(rrule)
    # A day more, because a time in the gap of daylight saving time may stand for one of the next day.
    since = after.astimezone(clock).date() - timedelta(days=1)
    for day in rule.days(starts.date(), since):
        local = datetime.combine(day, starts.time())
        if rule.until is not None:
            begins = local.replace(tzinfo=clock, fold=0).astimezone(UTC) if rule.until.tzinfo else local
            if begins > rule.until:
                return
        yield local
