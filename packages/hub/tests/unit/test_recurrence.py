"""Recurrence rules: the same days as python-dateutil's, in bounded time."""

import itertools
from datetime import date, datetime, timedelta

import pytest
from dateutil.rrule import rrulestr
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from opsentrix.model.recurrence import MAX_TEXT, Recurrence, RecurrenceError

WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
FIRST = st.dates(date(1999, 1, 1), date(2035, 12, 31))


def joined(values: st.SearchStrategy[object]) -> st.SearchStrategy[str]:
    return st.lists(values, min_size=1, max_size=4, unique=True).map(lambda some: ",".join(map(str, some)))


def some_of(**parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    optional = [st.none() | part.map(f"{name}={{}}".format) for name, part in parts.items()]
    return st.tuples(*optional).map(lambda chosen: ";".join(filter(None, chosen)))


MONTHS = joined(st.integers(1, 12))
DAYS = joined(st.integers(1, 31) | st.integers(-31, -1))
PLAIN = joined(st.sampled_from(WEEKDAYS))
NUMBERED = joined(st.tuples(st.sampled_from(("1", "2", "-1", "5", "-5")), st.sampled_from(WEEKDAYS)).map("".join))
COMMON = some_of(
    INTERVAL=st.integers(1, 5).map(str),
    COUNT=st.integers(1, 40).map(str),
    WKST=st.sampled_from(WEEKDAYS),
)
RULES = st.one_of(
    st.tuples(st.just("FREQ=DAILY"), COMMON, some_of(BYMONTH=MONTHS, BYMONTHDAY=DAYS, BYDAY=PLAIN)),
    st.tuples(st.just("FREQ=WEEKLY"), COMMON, some_of(BYMONTH=MONTHS, BYDAY=PLAIN)),
    st.tuples(st.sampled_from(("FREQ=MONTHLY", "FREQ=YEARLY")), COMMON, some_of(BYMONTH=MONTHS, BYMONTHDAY=DAYS)),
    st.tuples(
        st.sampled_from(("FREQ=MONTHLY", "FREQ=YEARLY")), COMMON, some_of(BYMONTH=MONTHS, BYDAY=NUMBERED | PLAIN)
    ),
    st.tuples(
        st.sampled_from(("FREQ=MONTHLY", "FREQ=YEARLY")),
        COMMON,
        some_of(BYMONTH=MONTHS, BYMONTHDAY=DAYS),
        st.just("BYDAY=MO,TU,WE,TH,FR"),
        joined(st.integers(1, 6) | st.integers(-6, -1)).map("BYSETPOS={}".format),
    ),
).map(lambda parts: ";".join(filter(None, parts)))


# dateutil takes seconds for some rules, so there are few, always the same, and they are not shrunk.
@settings(max_examples=60, derandomize=True, deadline=None, phases=(Phase.generate,))
@given(RULES, FIRST, st.integers(0, 3000))
def test_days_are_those_of_dateutil(text: str, first: date, later: int) -> None:
    rule = Recurrence.parse(text)
    start = datetime.combine(first, datetime.min.time())
    horizon = first + timedelta(days=5000)
    # Seen to its end: dateutil looks for a rule that never occurs until the year 9999.
    oracle = rrulestr(f"{text};UNTIL={horizon:%Y%m%d}" if "COUNT" not in text else text, dtstart=start)
    found = list(itertools.takewhile(lambda day: day <= horizon, rule.days(first, first)))
    if not found and not rule.occurs_soon(first):
        return
    expected = [one.date() for one in itertools.takewhile(lambda one: one.date() <= horizon, oracle)]
    assert found == expected
    since = first + timedelta(days=later)
    late = list(itertools.takewhile(lambda day: day <= horizon, rule.days(first, since)))
    assert late == [day for day in expected if day >= since]


@pytest.mark.parametrize(
    "text",
    ["FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=7"],
)
def test_what_never_occurs_is_found_out_at_once(text: str) -> None:
    rule = Recurrence.parse(text)
    assert not rule.occurs_soon(date(2026, 1, 1))
    assert list(rule.days(date(2026, 1, 1), date(2026, 1, 1))) == []


def test_numbered_and_other_weekdays_add_up() -> None:
    # python-dateutil returns nothing for these; RFC 5545 has them as a list of days.
    days = Recurrence.parse("FREQ=MONTHLY;BYDAY=1MO,SU").days(date(2026, 11, 1), date(2026, 11, 1))
    assert [day.day for day in itertools.islice(days, 6)] == [1, 2, 8, 15, 22, 29]


def test_nothing_goes_on_for_ever() -> None:
    days = list(Recurrence.parse("FREQ=DAILY").days(date(2026, 1, 1), date(2026, 1, 1)))
    assert (len(days), days[-1].year) == (10_958, 2056)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "'' is not understood"),
        ("FREQ=HOURLY", "FREQ must be DAILY, WEEKLY"),
        ("FREQ=SECONDLY", "FREQ must be"),
        ("FREQ=DAILY;BYSECOND=1,2", "'BYSECOND=1,2' is not understood"),
        ("FREQ=DAILY;BYHOUR=3", "is not understood"),
        ("freq=daily", "is not understood"),
        ("INTERVAL=2", "FREQ is missing"),
        ("FREQ=DAILY;FREQ=WEEKLY", "FREQ is there twice"),
        ("FREQ=DAILY;INTERVAL=0", "INTERVAL must be a number from 1 to 1000"),
        ("FREQ=DAILY;INTERVAL=99999999999", "INTERVAL must be"),
        ("FREQ=DAILY;INTERVAL=²", "INTERVAL must be"),
        ("FREQ=DAILY;COUNT=1001", "COUNT must be"),
        ("FREQ=DAILY;COUNT=2;UNTIL=20300101", "cannot both"),
        ("FREQ=DAILY;UNTIL=20300230", "no date that exists"),
        ("FREQ=DAILY;UNTIL=tomorrow", "UNTIL must be a date"),
        ("FREQ=DAILY;BYDAY=1MO", "numbered weekdays need"),
        ("FREQ=MONTHLY;BYDAY=0MO", "BYDAY must be weekdays"),
        ("FREQ=MONTHLY;BYDAY=54MO", "BYDAY must be weekdays"),
        ("FREQ=MONTHLY;BYDAY=MO;BYSETPOS=0", "BYSETPOS must be numbers"),
        ("FREQ=MONTHLY;BYSETPOS=1", "BYSETPOS needs"),
        ("FREQ=WEEKLY;BYMONTHDAY=1", "does not go with FREQ=WEEKLY"),
        ("FREQ=YEARLY;BYMONTHDAY=1;BYDAY=1MO", "does not go with numbered"),
        ("FREQ=YEARLY;BYMONTH=13", "BYMONTH must be"),
        ("FREQ=DAILY;" + ";" * MAX_TEXT, "longer than 512"),
    ],
)
def test_what_is_wrong_is_said(text: str, why: str) -> None:
    with pytest.raises(RecurrenceError, match=why.replace("(", r"\(")):
        Recurrence.parse(text)


@given(
    st.text(max_size=60)
    | st.lists(st.sampled_from(("FREQ=", "DAILY", ";", "BYDAY=", "-", "1", "MO", ","))).map("".join)
)
def test_any_text_is_a_rule_or_an_error(text: str) -> None:
    try:
        rule = Recurrence.parse(text)
    except RecurrenceError:
        return
    assert len(list(itertools.islice(rule.days(date(2026, 1, 31), date(2026, 1, 31)), 3))) <= 3
