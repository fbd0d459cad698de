"""Silences and maintenance windows: whom they meet and when, daylight saving time included."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opsentrix.model.quiet import (
    MaintenanceWindow,
    Matcher,
    Op,
    Quiet,
    Reach,
    Silence,
    Subject,
    active,
    in_maintenance,
    upcoming,
)
from opsentrix.model.rules import Severity
from opsentrix.model.stored_alerts import AgentFacts
from opsentrix.model.users import Scope

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
WEB = AgentFacts(1, "web-1", "server", "prod", frozenset(("eu", "rack:7")))
CPU = Subject(WEB, Severity.WARNING, "High CPU", {"device": "sda"})
EVERYTHING = Reach((Matcher("agent", Op.GLOB, "*"),))
ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC", "Africa/Casablanca")


def window(
    start: datetime | str, zone: str = "UTC", hours: float = 1, rrule: str = "", reach: Reach = EVERYTHING
) -> MaintenanceWindow:
    begins = datetime.fromisoformat(start) if isinstance(start, str) else start
    return MaintenanceWindow(4, "patches", reach, begins, zone, timedelta(hours=hours), rrule, "", "ann", NOW)


def silence(
    *matchers: Matcher, starts: int = -1, ends: int = 1, within: tuple[Scope, ...] = (), number: int = 12
) -> Silence:
    return Silence(
        number, Reach(matchers, within), NOW + timedelta(hours=starts), NOW + timedelta(hours=ends), "", "ann", NOW
    )


@pytest.mark.parametrize(
    ("key", "op", "value", "meets"),
    [
        ("agent", Op.IS, "web-1", True),
        ("agent", Op.IS, "web-2", False),
        ("agent", Op.GLOB, "web-*", True),
        ("agent", Op.GLOB, "web-?0", False),
        ("agent", Op.IS_NOT, "web-1", False),
        ("type", Op.IS, "server", True),
        ("environment", Op.IS_NOT, "lab", True),
        ("tag", Op.IS, "eu", True),
        ("tag", Op.IS_NOT, "eu", False),
        ("tag", Op.GLOB, "rack:*", True),
        ("severity", Op.IS, "critical", False),
        ("rule", Op.GLOB, "High *", True),
        ("label.device", Op.IS, "sda", True),
        ("label.other", Op.IS, "", True),
        ("label.other", Op.GLOB, "?*", False),
    ],
)
def test_matchers(key: str, op: Op, value: str, *, meets: bool) -> None:
    assert Reach((Matcher(key, op, value),)).meets(CPU) is meets


def test_a_silence_of_somebody_with_a_scope_stays_within_it() -> None:
    everything = Matcher("agent", Op.GLOB, "*")
    lab, prod = Scope(frozenset(("lab",))), Scope(frozenset(("prod",)))
    counted = Subject(None, Severity.WARNING, "3 of 10")
    assert not Reach((everything,), (lab,)).meets(CPU)
    assert Reach((everything,), (prod,)).meets(CPU)
    anything = Matcher("severity", Op.GLOB, "*")
    assert not Reach((anything,), (prod,)).meets(counted)
    assert Reach((anything,)).meets(counted)


def test_of_several_silences_the_longest_counts() -> None:
    web = Matcher("agent", Op.IS, "web-1")
    over = silence(web, starts=-3, ends=0)
    ahead = silence(web, starts=2, ends=3)
    quiet = Quiet([over, ahead, silence(web, number=7), silence(web, ends=5, number=8)], [], NOW)
    hush = quiet.of(CPU)
    assert hush is not None
    assert (hush.reason, hush.until) == ("silence 8", NOW + timedelta(hours=5))
    assert quiet.changes_at == NOW + timedelta(hours=1)
    assert Quiet([over], [], NOW).changes_at is None
    assert Quiet([over], [], NOW).of(CPU) is None


def test_a_window_in_the_hour_that_is_skipped_takes_the_offset_before() -> None:
    # Berlin, 29 March 2026: 02:00 becomes 03:00. 02:30 at +01:00 is 01:30 UTC.
    nightly = window("2026-03-27 02:30", "Europe/Berlin", 1, "FREQ=DAILY")
    found = upcoming(nightly, datetime(2026, 3, 27, 12, tzinfo=UTC), 3)
    assert [span.begins for span in found] == [
        datetime(2026, 3, 28, 1, 30, tzinfo=UTC),
        datetime(2026, 3, 29, 1, 30, tzinfo=UTC),
        datetime(2026, 3, 30, 0, 30, tzinfo=UTC),
    ]


def test_a_window_in_the_hour_that_comes_twice_is_the_first_and_lasts_its_time() -> None:
    # Berlin, 25 October 2026: 03:00 becomes 02:00. The first 02:30 is 00:30 UTC.
    once = window("2026-10-25 02:30", "Europe/Berlin", 2)
    assert active(once, datetime(2026, 10, 25, 0, 29, tzinfo=UTC)) is None
    assert active(once, datetime(2026, 10, 25, 0, 30, tzinfo=UTC)) == datetime(2026, 10, 25, 2, 30, tzinfo=UTC)
    assert active(once, datetime(2026, 10, 25, 2, 30, tzinfo=UTC)) is None


@settings(deadline=None, max_examples=150)
@given(
    st.sampled_from(ZONES),
    st.datetimes(datetime.fromisoformat("2020-01-01"), datetime.fromisoformat("2030-01-01")),
    st.sampled_from(("FREQ=DAILY", "FREQ=DAILY;INTERVAL=3", "FREQ=WEEKLY;BYDAY=SU", "FREQ=MONTHLY;BYDAY=-1SU")),
    st.integers(1, 31 * 24),
    st.integers(0, 400 * 24),
)
def test_occurrences_keep_their_local_time_and_agree_with_active(
    zone: str, start: datetime, rrule: str, hours: int, later: int
) -> None:
    one = window(start.replace(second=0, microsecond=0), zone, hours, rrule)
    now = start.replace(tzinfo=UTC) + timedelta(hours=later)
    spans = upcoming(one, now, 5)
    assert len(spans) == 5
    for span in spans:
        local = span.begins.astimezone(ZoneInfo(zone))
        shifted = local.replace(tzinfo=None) - datetime.combine(local.date(), one.starts_local.time())
        # What falls into a gap moves by the gap, which may carry it over midnight; nothing else moves.
        assert shifted in (timedelta(), timedelta(hours=1), timedelta(minutes=30), timedelta(hours=-23))
        assert span.ends - span.begins == one.duration
        ends = active(one, span.begins)
        assert ends == span.ends
        assert (active(one, span.begins - timedelta(seconds=1)) is None) or hours >= 23
    first = spans[0].begins
    assert all(now < span.begins for span in spans)
    assert upcoming(one, first, 4) == spans[1:]


def test_until_counts_in_its_own_time() -> None:
    before = datetime(2026, 6, 1, tzinfo=UTC)
    for text, occurrences in (
        ("20260703", 3), ("20260703T005959", 2), ("20260703T010000", 3),
        ("20260702T230000Z", 3), ("20260702T225959Z", 2),
    ):  # fmt: skip
        assert (
            len(upcoming(window("2026-07-01 01:00", "Europe/Berlin", rrule=f"FREQ=DAILY;UNTIL={text}"), before, 9))
            == occurrences
        ), text


def test_windows_that_overlap_themselves_end_with_the_last() -> None:
    long = window("2026-11-01 00:00", hours=36, rrule="FREQ=DAILY")
    assert active(long, NOW) == datetime(2026, 11, 22, 12, tzinfo=UTC)
    assert active(long, NOW - timedelta(seconds=1)) == datetime(2026, 11, 22, 12, tzinfo=UTC)


def test_quiet_changes_when_windows_begin_and_end() -> None:
    daily = window("2026-11-01 13:00", rrule="FREQ=DAILY")
    before, during = Quiet([], [daily], NOW), Quiet([], [daily], NOW + timedelta(hours=1))
    assert (before.of(CPU), before.changes_at) == (None, NOW + timedelta(hours=1))
    hush = during.of(CPU)
    assert hush is not None
    assert (hush.reason, hush.until) == ("maintenance 4 (patches)", NOW + timedelta(hours=2))
    assert during.changes_at == NOW + timedelta(hours=2)


def test_an_agent_is_in_maintenance_only_by_a_window_about_agents() -> None:
    start = "2026-11-21 11:30"
    whole, part = window(start), window(start, reach=Reach((Matcher("rule", Op.IS, "High CPU"),)))
    other = window(start, reach=Reach((Matcher("environment", Op.IS, "lab"),)))
    assert in_maintenance([whole, part], WEB, NOW) == NOW + timedelta(minutes=30)
    assert in_maintenance([part, other], WEB, NOW) is None


def test_chosen_agents_are_meant_by_their_numbers() -> None:
    assert CPU.agent is not None
    mine, other = Reach((), agents=frozenset((CPU.agent.id, 99))), Reach((), agents=frozenset((99,)))
    assert mine.meets(CPU)
    assert not other.meets(CPU)
    assert not mine.meets(Subject(None, CPU.severity, CPU.rule))
    assert mine.whole_agents
