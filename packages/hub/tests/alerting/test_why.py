"""What the chain from samples to a receipt makes of rows: ends that a hub under test is not easily brought to."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from opsentrix.alerting.evidence import Episode, Evidence, RuleThen, episode
from opsentrix.alerting.explain import Explanation, standings
from opsentrix.alerting.lookback import Stretch, look_back, reach_s
from opsentrix.alerting.targeting import chosen
from opsentrix.alerting.why import chain
from opsentrix.db import Database
from opsentrix.model.alerts import State, fingerprint
from opsentrix.model.incidents import Entry, EntryKind, Incident, IncidentKind, IncidentState
from opsentrix.model.notifications import (
    Attempt,
    DeliveryRecord,
    DeliveryState,
    Notice,
    NoticeKind,
    NotificationRecord,
)
from opsentrix.model.rule_text import parse
from opsentrix.model.rules import AlertRule, Override, Severity
from opsentrix.model.selectors import Member
from opsentrix.model.stored_alerts import AlertEvent, AlertState
from opsentrix.model.why import Late, Verdict
from opsentrix.storage import evaluations
from opsentrix_protocol.catalogue import Labels

from packages.hub.tests.kit.batches import series_of

START = datetime(2026, 11, 21, 12, tzinfo=UTC)
KEY = fingerprint(1, 1, ())
WEB = Member(1, "web-1", interval_s=1)
RULE = AlertRule(1, 1, "Hot", parse("m > 30"))


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def event(second: float, after: AlertState, before: AlertState = AlertState.INACTIVE, late: float = 0) -> AlertEvent:
    return AlertEvent(
        int(second), KEY, 1, 1, "Hot", 1, {}, Severity.WARNING, False, before, after, at(second), at(second + late),
        31.0, 30.0, incident_id=7,
    )  # fmt: skip


def story(*seconds: float) -> list[AlertEvent]:
    """Return transitions, the newest first: it fires and is over in turns."""
    turns = (AlertState.FIRING, AlertState.INACTIVE)
    return [event(one, turns[n % 2], turns[1 - n % 2]) for n, one in enumerate(seconds)][::-1]


@pytest.mark.parametrize(
    ("asked", "fired"),
    [
        (-301, None), (-1, 0), (0, 0), (5, 0), (10, 0), (200, 0), (311, None), (750, 1000), (1000, 1000), (1009, 1000),
        (1310, 1000), (1311, None), (2500, 2000),
    ],
)  # fmt: skip
def test_the_episode_is_the_one_of_the_moment_or_the_nearest_one(asked: float, fired: float | None) -> None:
    found = episode(story(0, 10, 1000, 1010, 2000), at(asked))
    assert (None if found is None else found.fired.at) == (None if fired is None else at(fired))


def test_an_alert_without_data_goes_on() -> None:
    events = [event(9, AlertState.FIRING, AlertState.UNKNOWN), event(5, AlertState.UNKNOWN, AlertState.FIRING)]
    events.append(event(0, AlertState.FIRING))
    assert episode(events, at(1000)) == Episode(events[-1], None)


def told(
    kind: NoticeKind = NoticeKind.OPENED, second: float = 3, *deliveries: DeliveryRecord, agents: tuple[int, ...] = (1,)
) -> NotificationRecord:
    notice = Notice(kind, "warning", "Hot on web-1", at(second), START, 7, agent_ids=agents, fingerprints=(KEY.hex(),))
    decision = [{"route": "ops", "taken": True, "why": "all conditions hold", "told": ["hook"], "targets": 1}]
    return NotificationRecord(1, notice, at(second), decision, deliveries)


def delivery(state: DeliveryState, *attempts: Attempt, due: float = 60) -> DeliveryRecord:
    return DeliveryRecord(1, 1, "hook", state, "route ops", at(due), None, attempts)


def tried(second: float, status: int | None, answer: str = "") -> Attempt:
    return Attempt(at(second), at(second + 1), status == 200, status, answer, 5)


def evidence(*notices: NotificationRecord, **fields: object) -> Evidence:
    incident = Incident(7, IncidentKind.ALERTS, Severity.WARNING, START)
    made = Evidence(
        at(10), at(100), RuleThen(1, "Hot", RULE, START, "ann"), WEB, "web-1", (), KEY, events=story(0),
        incident=incident, notices=notices,
    )  # fmt: skip
    return replace(made, **fields)  # type: ignore[arg-type]  # of any of its fields


def line(second: float, kind: EntryKind, text: str, key: bytes | None = KEY, agents: tuple[int, ...] = (1,)) -> Entry:
    return Entry(7, at(second), kind, text, "hub", key, agents)


@pytest.mark.parametrize(
    ("one", "paged", "said"),
    [
        (delivery(DeliveryState.SENT, tried(4, 200, "ok")), True, "Hook took it at 2026-11-21 12:00:05 UTC (200 ok)"),
        (delivery(DeliveryState.FAILED, tried(4, 400, "no")), False, "given up after 1 tries: 400 no"),
        (delivery(DeliveryState.CANCELLED), False, "was removed or switched off before it took it"),
        (delivery(DeliveryState.PENDING), None, "It is on its way to hook"),
        (delivery(DeliveryState.PENDING, tried(4, None, "timed out")), None, "tries: timed out; the next is at"),
        (delivery(DeliveryState.SENDING, Attempt(at(4), None, None, None, "", None)), None, "It is on its way"),
        (replace(delivery(DeliveryState.BUNDLED), bundle="digest"), None, "as a part of a bundle (digest)"),
    ],
)
def test_how_far_a_delivery_is(one: DeliveryRecord, paged: bool | None, said: str) -> None:
    found = chain(evidence(told(NoticeKind.OPENED, 3, one)))
    assert (found.paged, said in found.verdict) == (paged, True), found.verdict


def test_one_channel_that_took_it_is_enough() -> None:
    both = (delivery(DeliveryState.FAILED, tried(4, 400)), delivery(DeliveryState.SENT, tried(5, 200, "ok")))
    assert chain(evidence(told(NoticeKind.OPENED, 3, *both))).paged is True


def test_an_escalation_that_has_not_begun() -> None:
    found = chain(evidence(told()))
    assert (found.paged, found.verdict) == (None, "Not settled yet. An escalation waits for its first step.")


def test_quiet_until_it_was_told() -> None:
    sent = told(NoticeKind.OPENED, 60, delivery(DeliveryState.SENT, tried(61, 200, "ok")))
    quiet = [line(0, EntryKind.QUIET, "Hot on web-1 is quiet: silence 3"), line(57, EntryKind.LOUD, "quiet is over")]
    found = chain(evidence(sent, entries=quiet))
    assert (found.paged, "60 s after it fired" in found.stages[3].text) == (True, True)
    hushed = chain(evidence(sent, entries=quiet[:1]))
    assert (hushed.paged, hushed.verdict) == (False, "Not paged. Nobody was told: Hot on web-1 is quiet: silence 3.")


def test_an_end_is_between_what_people_knew_and_what_fires_now() -> None:
    first, over = told(NoticeKind.OPENED, -100), told(NoticeKind.RESOLVED, -50)
    assert "People knew" in chain(evidence(first)).stages[3].text
    assert chain(evidence(first, over)).stages[3].verdict is Verdict.UNKNOWN


def test_resolved_by_a_person_before_anybody_was_told() -> None:
    closed = Incident(
        7, IncidentKind.ALERTS, Severity.WARNING, START, state=IncidentState.RESOLVED, resolved_by="ann",
        resolved_at=at(2),
    )  # fmt: skip
    assert chain(evidence(incident=closed)).verdict == "Not paged. Nobody was told: the incident was resolved by ann."


def test_what_is_not_grouped_yet_is_not_settled() -> None:
    fresh = [replace(one, incident_id=None) for one in story(0)]
    found = chain(evidence(events=fresh, incident=None))
    assert (found.paged, found.stages[2].verdict) == (None, Verdict.UNKNOWN)


def test_it_moved_to_another_incident() -> None:
    entries = [
        line(0, EntryKind.OPENED, "Hot on web-1 fires", None),
        line(5, EntryKind.JOINED, "Hot on web-1 joined: behind gw-1"),
        line(6, EntryKind.FLAPPING, "Hot on web-1 flaps"),
    ]
    found = chain(evidence(entries=entries))
    assert found.stages[2].text == "It is in incident 7: behind gw-1."
    assert [one.text for one in found.stages[3].details] == ["Hot on web-1 flaps"]


def test_names_beyond_ones_scope_are_left_out() -> None:
    sent = told(NoticeKind.OPENED, 3, delivery(DeliveryState.SENT, tried(4, 200, "ok")), agents=(1, 2))
    entries = [line(1, EntryKind.JOINED, "Hot on web-1 joined: behind gw-1", KEY, (1, 2))]
    found = chain(evidence(sent, entries=entries, only=frozenset((1,))))
    assert found.paged is True
    assert "gw-1" not in str(found)
    assert "hook" not in str(found)
    assert "A channel beyond your scope took it" in found.verdict


def test_what_is_stored_says_it_would_have_fired() -> None:
    firing = Explanation(True, State.FIRING, at(0).timestamp(), None, 31.0, 30.0, None, "", ())
    found = chain(evidence(events=[], incident=None, standing=firing))
    assert (found.paged, "would have fired (31 against 30)" in found.verdict) == (None, True)


def stretch(values: list[float], start: float = 1_700_000_000.0) -> Stretch:
    times = np.arange(len(values), dtype=np.float64) + start
    return Stretch(start, float(times[-1]), (series_of("m"),), times, np.array([values], np.float64))


@pytest.mark.parametrize(
    ("text", "values", "state", "value"),
    [
        ("m > 30", [20, 31], State.FIRING, 31),
        ("m > 30 for 5s", [20, 31, 31, 31], State.PENDING, 31),
        ("m > 30 for 5s", [20, *[31] * 9], State.FIRING, 31),
        ("m > 30 clear < 10", [31, 20], State.FIRING, 20),
        ("avg(m, 4s) > 30", [40] * 9 + [10, 10, 10, 10], State.INACTIVE, 10),
        ("m > 30 on type=db", [31, 31], State.INACTIVE, 31),
    ],
)
def test_a_replay_is_the_engine_itself(text: str, values: list[float], state: State, value: float) -> None:
    engine, _ = look_back([AlertRule(1, 1, "Hot", parse(text))], {}, WEB, stretch(values))
    found = standings(engine, 1, 1)[()]
    assert (found.state, found.value) == (state, value)


def test_a_replay_knows_overrides_and_silence() -> None:
    engine, moved = look_back([RULE], {1: Override(50)}, WEB, stretch([40.0] * 5))
    assert (standings(engine, 1, 1)[()].threshold, moved) == (50, [])
    silent = replace(stretch([20.0]), end=1_700_000_100.0)
    engine, moved = look_back([AlertRule(2, 1, "Gone", parse("absent(agent) for 1m"))], {}, WEB, silent)
    assert standings(engine, 2, 1)[()].state is State.FIRING
    assert reach_s(parse("change(avg(m, 5m), 1h) > 2 for 10m")) == 300 + 3600 + 600 + 150


def test_the_target_that_is_meant() -> None:
    def stands(state: State, value: float) -> Explanation:
        return Explanation(True, state, None, None, value, 30.0, None, "", ())

    a: Labels = (("d", "a"),)
    b: Labels = (("d", "b"),)
    calm = {a: stands(State.INACTIVE, 1.0), b: stands(State.INACTIVE, 2.0)}
    assert chosen(parse("m > 30"), (), calm, (), START) == b
    assert chosen(parse("m < 1"), (), calm, (), START) == a
    assert chosen(parse("m > 30"), a, calm, (), START) == a
    assert chosen(parse("m > 30"), (("d", "z"),), calm, (), START) == (("d", "z"),)
    pending = {**calm, a: stands(State.PENDING, 0.0)}
    assert chosen(parse("m > 30"), (), pending, (), START) == a
    fired = [replace(event(0, AlertState.FIRING), labels={"d": "b"})]
    assert chosen(parse("m > 30"), (), pending, fired, at(1)) == b


async def test_what_comes_late_in_a_row_is_one_row(database: Database) -> None:
    async with database.transaction() as connection:
        agent = await connection.fetchval(
            "INSERT INTO agents (name, type, host, reporting_interval) VALUES ('a', 'b', 'c', 5) RETURNING id"
        )
        run = await evaluations.begin(connection, at(0))
        for second, first in ((10, -100), (70, -50), (400, 0)):
            late = [Late(agent, at(first), at(first + 60), at(second)), Late(999, at(0), at(1), at(second))]
            await evaluations.go_on(connection, run, late, at(second))
        found = await evaluations.late(connection, agent, at(5))
        assert [(one.first_at, one.last_at, one.came_at) for one in found] == [
            (at(-100), at(10), at(10)), (at(0), at(60), at(400)),
        ]  # fmt: skip
        assert [(one.began_at, one.seen_at) for one in await evaluations.runs_around(connection, at(100))] == [
            (at(0), at(400))
        ]
        assert await evaluations.trim(connection, at(300)) == 1
        assert await evaluations.trim(connection, at(900)) == 2
