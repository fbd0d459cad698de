"""Rotas: whose turn it is, over daylight saving time and with exceptions."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opsentrix.model.rotas import Member, Override, Rota, handover_at, on_call, shifts

NAMES = ("ann", "bob", "cyd")
ZONES = ("UTC", "Europe/Paris", "America/New_York", "Australia/Lord_Howe", "Africa/Cairo", "Asia/Kathmandu")
MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2032, 1, 1)).map(lambda one: one.replace(tzinfo=UTC))  # noqa: DTZ001 - hypothesis wants naive ones


def rota(*overrides: Override, zone: str = "Europe/Paris", days: int = 7, handover: time = time(9)) -> Rota:
    members = tuple(Member(name, (number,)) for number, name in enumerate(NAMES, 1))
    return Rota(1, "core", zone, date(2026, 3, 2), handover, days, members, overrides)


@pytest.mark.parametrize(
    ("local", "name"),
    [
        ("2026-03-02T08:59:59", "cyd"),
        ("2026-03-02T09:00:00", "ann"),
        ("2026-03-09T08:59:59", "ann"),
        ("2026-03-09T09:00:00", "bob"),
        ("2026-03-30T08:59:59", "ann"),  # a day after the clocks went forward: still at nine on the wall
        ("2026-03-30T09:00:00", "bob"),
        ("2026-02-23T09:00:00", "cyd"),
    ],
)
def test_turns_follow_the_list(local: str, name: str) -> None:
    now = datetime.fromisoformat(local).replace(tzinfo=ZoneInfo("Europe/Paris"))
    assert on_call(rota(), now).member.name == name


def test_a_turn_over_the_change_of_clocks_is_an_hour_shorter_or_longer() -> None:
    spring = on_call(rota(), datetime(2026, 3, 25, tzinfo=UTC))
    assert spring.ends - spring.begins == timedelta(days=7, hours=-1)
    autumn = on_call(rota(), datetime(2026, 10, 22, tzinfo=UTC))
    assert autumn.ends - autumn.begins == timedelta(days=7, hours=1)


def test_a_handover_that_the_clocks_skip_or_repeat_happens_once() -> None:
    daily = rota(days=1, handover=time(2, 30))
    skipped = on_call(daily, datetime(2026, 3, 29, 1, 30, tzinfo=UTC))
    assert skipped.begins == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)  # 03:30 on the wall, which 02:30 became
    repeated = on_call(daily, datetime(2026, 10, 25, 0, 30, tzinfo=UTC))
    assert repeated.begins == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)  # the first 02:30
    assert repeated.ends == datetime(2026, 10, 26, 1, 30, tzinfo=UTC)


def test_the_last_override_that_covers_a_moment_counts() -> None:
    begins = datetime(2026, 3, 3, tzinfo=UTC)
    one = Override(begins, begins + timedelta(days=2), "bob")
    other = Override(begins + timedelta(days=1), begins + timedelta(days=2), "cyd")
    shift = on_call(rota(one, other), begins + timedelta(hours=3))
    assert (shift.member.name, shift.begins, shift.ends) == ("bob", begins, begins + timedelta(days=1))
    assert on_call(rota(one, other), begins + timedelta(days=1)).member.name == "cyd"
    assert on_call(rota(one, other), begins + timedelta(days=2)).member.name == "ann"


@given(MOMENTS, st.sampled_from(ZONES), st.integers(1, 30), st.times())
def test_somebody_is_on_call_at_every_moment_and_shifts_meet(now: datetime, zone: str, days: int, at: time) -> None:
    one = rota(zone=zone, days=days, handover=at.replace(second=0, microsecond=0))
    shift = on_call(one, now)
    assert shift.begins <= now < shift.ends
    assert on_call(one, shift.begins) == shift
    assert on_call(one, shift.ends - timedelta(microseconds=1)) == shift
    following = on_call(one, shift.ends)
    assert following.begins == shift.ends
    order = [member.name for member in one.members]
    assert order.index(following.member.name) == (order.index(shift.member.name) + 1) % len(order)


@given(st.integers(-400, 400), st.sampled_from(ZONES), st.integers(1, 10))
def test_handovers_are_at_the_same_time_on_the_wall(turn: int, zone: str, days: int) -> None:
    at = handover_at(rota(zone=zone, days=days), turn).astimezone(ZoneInfo(zone))
    assert at.time() == time(9)
    assert (at.date() - date(2026, 3, 2)).days == turn * days


@given(MOMENTS, st.sampled_from(ZONES), st.integers(1, 9))
def test_shifts_follow_each_other_and_say_what_each_moment_says(start: datetime, zone: str, days: int) -> None:
    other = Override(start + timedelta(days=3), start + timedelta(days=4, hours=5), "bob")
    one = rota(other, zone=zone, days=days)
    found = shifts(one, start, start + timedelta(days=30), 100)
    assert found[0].begins <= start
    assert found[-1].ends >= start + timedelta(days=30)
    for before, after in pairwise(found):
        assert before.ends == after.begins
        assert before.member != after.member
    for hour in range(0, 24 * 30, 7):
        now = start + timedelta(hours=hour)
        [shift] = [each for each in found if each.begins <= now < each.ends]
        assert shift.member == on_call(one, now).member


def test_there_are_no_more_shifts_than_asked_for() -> None:
    start = datetime(2026, 3, 2, tzinfo=UTC)
    assert len(shifts(rota(days=1), start, start + timedelta(days=92), 10)) == 10
