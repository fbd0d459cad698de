"""Routes, their hours, and escalations."""

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from opsentrix.model.notifications import Notice, NoticeKind
from opsentrix.model.routing import Escalation, Hours, Route, Step, Target, TargetKind, verdicts

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)  # a Monday
CHANNEL = (Target(TargetKind.CHANNEL, 1),)


def notice(**fields: Any) -> Notice:  # noqa: ANN401 - fields of a notice
    given: dict[str, Any] = {"severity": "critical", "environments": ("production",), "tags": ("web", "eu")}
    return Notice(NoticeKind.OPENED, title="t", at=NOW, started_at=NOW, **(given | fields))


def taken(*routes: Route, **fields: Any) -> list[str]:  # noqa: ANN401 - fields of a notice
    return [one.route.name for one in verdicts(routes, notice(**fields), NOW) if one.taken]


@pytest.mark.parametrize(
    ("conditions", "why"),
    [
        ({}, ""),
        ({"severities": frozenset({"critical", "warning"})}, ""),
        ({"severities": frozenset({"info"})}, "the severity is critical, not info"),
        ({"environments": frozenset({"production", "lab"})}, ""),
        ({"environments": frozenset({"lab"})}, "no agent is of the environment lab"),
        ({"tags": frozenset({"eu"})}, ""),
        ({"tags": frozenset({"db"})}, "no agent has the tag db"),
        ({"labels": {"device": "sd*"}}, ""),
        ({"labels": {"device": "nvme?"}}, "the label device is 'sda', not 'nvme?'"),
        ({"labels": {"team": "core"}}, "the label team is '', not 'core'"),
        ({"labels": {"team": ""}}, ""),
        ({"enabled": False}, "it is off"),
        ({"hours": Hours("UTC", frozenset({1}), time(13), time(14))}, "it is outside its hours"),
    ],
)
def test_a_route_says_why_it_does_not_take_a_notice(conditions: dict[str, Any], why: str) -> None:
    [verdict] = verdicts([Route(1, "r", CHANNEL, **conditions)], notice(labels={"device": "sda"}), NOW)
    assert (verdict.taken, verdict.why) == ((True, "all conditions hold") if not why else (False, why))


def test_the_first_route_stops_unless_it_continues_and_the_default_takes_the_rest() -> None:
    first, second = Route(1, "first", CHANNEL), Route(2, "second", CHANNEL)
    default = Route(9, "default", CHANNEL, default=True)
    assert taken(default, first, second) == ["first"]
    assert taken(Route(1, "first", CHANNEL, continues=True), second, default) == ["first", "second"]
    assert taken(Route(1, "first", CHANNEL, severities=frozenset({"info"})), default) == ["default"]


@pytest.mark.parametrize(
    ("moment", "covered"),
    [
        ("2026-03-02T08:59:59+00:00", False),
        ("2026-03-02T09:00:00+00:00", True),
        ("2026-03-02T16:59:59+00:00", True),
        ("2026-03-02T17:00:00+00:00", False),
        ("2026-03-07T12:00:00+00:00", False),  # a Saturday
    ],
)
def test_office_hours(moment: str, covered: bool) -> None:
    hours = Hours("Europe/London", frozenset(range(1, 6)), time(9), time(17))
    assert hours.cover(datetime.fromisoformat(moment)) is covered


@pytest.mark.parametrize(
    ("moment", "covered"),
    [
        ("2026-03-06T21:59:00+01:00", False),
        ("2026-03-06T22:00:00+01:00", True),  # Friday evening
        ("2026-03-07T05:59:00+01:00", True),  # which lasts into Saturday
        ("2026-03-07T06:00:00+01:00", False),
        ("2026-03-07T23:00:00+01:00", False),  # Saturday's own evening is not meant
        ("2026-03-09T03:00:00+01:00", False),  # nor that of Sunday
    ],
)
def test_hours_over_midnight_belong_to_the_day_on_which_they_begin(moment: str, covered: bool) -> None:
    hours = Hours("Europe/Paris", frozenset({5}), time(22), time(6))
    assert hours.cover(datetime.fromisoformat(moment)) is covered


def test_hours_follow_the_clock_on_the_wall_over_daylight_saving_time() -> None:
    hours = Hours("Europe/Paris", frozenset(range(1, 8)), time(9), time(10))
    assert hours.cover(datetime(2026, 3, 28, 8, 30, tzinfo=UTC))
    assert not hours.cover(datetime(2026, 3, 29, 8, 30, tzinfo=UTC))
    assert hours.cover(datetime(2026, 3, 29, 7, 30, tzinfo=UTC))


def test_the_moments_of_an_escalation_and_its_repetitions() -> None:
    one = Escalation(1, "e", (Step(0, CHANNEL), Step(5, CHANNEL), Step(15, CHANNEL)), repeats=1, pause_minutes=10)
    minutes = [one.moment(number) for number in range(7)]
    assert minutes == [*(timedelta(minutes=m) for m in (0, 5, 15, 25, 30, 40)), None]
    assert one.step(4) is one.steps[1]
