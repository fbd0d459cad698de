"""The rules about the hub: silent while it works, heard when it does not, then over; about nothing else."""

import math
from collections.abc import Mapping

import pytest
from opsentrix.alerting.engine import Engine
from opsentrix.alerting.hub_defaults import hub_rules
from opsentrix.model.alerts import State, Transition
from opsentrix.model.rule_format import write
from opsentrix.model.rule_text import parse
from opsentrix.model.rules import AlertRule, Severity
from opsentrix.model.selectors import Member
from opsentrix.model.watching import HUB, HUB_AGENT
from opsentrix.watch import readings
from opsentrix_protocol.catalogue import Metric

WELL: Mapping[Metric, float] = {
    readings.CLOSED: 0, readings.STALLED: 0.2, readings.QUEUE: 0.01, readings.AWAY: 0, readings.SILENT: 12,
    readings.BEHIND: 3700, readings.FREE: 50e9, readings.RESERVE: 5e9, readings.PASS: 0.05, readings.GAP: 1.1,
    readings.UNWRITTEN: 0, readings.WAITING: 20, readings.GIVEN_UP: 3, readings.CHANNEL: 0, readings.BROKEN: 0,
    readings.LEFT: 60 * 86_400, readings.CANARY: 6, readings.DEADMAN: 0, readings.RUNBOOK: 0,
}  # fmt: skip
SICK: Mapping[str, Mapping[Metric, float]] = {
    "Hub: samples refused": {readings.CLOSED: 1},
    "Hub: samples not written": {readings.STALLED: 40},
    "Hub: write queue full": {readings.QUEUE: 0.9},
    "Hub: database away": {readings.AWAY: 15},
    "Hub: worker silent": {readings.SILENT: 150},
    "Hub: compaction behind": {readings.BEHIND: 3 * 3600 + 60},
    "Hub: disk low": {readings.FREE: 5.5e9},
    "Hub: evaluation slow": {readings.PASS: 0.8},
    "Hub: evaluation skipped": {readings.GAP: 12},
    "Hub: alerts not written": {readings.UNWRITTEN: 31},
    "Hub: notifications waiting": {readings.WAITING: 301},
    "Hub: notifications given up": {readings.GIVEN_UP: 4},
    "Hub: channel failing": {readings.CHANNEL: 901},
    "Hub: audit log changed": {readings.BROKEN: 1},
    "Hub: certificate ends": {readings.LEFT: 20 * 86_400},
    "Hub: canary late": {readings.CANARY: 61},
    "Hub: dead man's switch fails": {readings.DEADMAN: 901},
    "Hub: runbook stopped itself": {readings.RUNBOOK: 1},
}

STEP_S = 5
"""Between two passes: each second would show no more."""


class Watched:
    """An engine with the hub's rules, in a time of its own."""

    def __init__(self, rules: list[AlertRule]) -> None:
        self.engine = Engine()
        self.engine.put_agent(HUB)
        for rule in rules:
            self.engine.put_rule(rule)
        self.now = 1_700_000_000.0
        self.told: list[Transition] = []

    def go_on(self, seconds: int, values: Mapping[Metric, float]) -> None:
        """Let time pass with the same readings."""
        named = {readings.series(one, "here:8000"): value for one, value in values.items()}
        for _ in range(0, seconds, STEP_S):
            self.now += STEP_S
            self.engine.push(readings.batch(HUB_AGENT, named, self.now, 1))
            self.told += self.engine.evaluate(self.now, self.now)

    def states(self) -> list[State]:
        """Return what alarmed and what was over, in order."""
        return [one.after for one in self.told if State.FIRING in (one.before, one.after)]


def test_nothing_is_heard_of_a_hub_that_works() -> None:
    watched = Watched(hub_rules())
    watched.go_on(1200, WELL)
    assert watched.states() == []


@pytest.mark.parametrize("name", [one.name for one in hub_rules()])
def test_each_is_heard_once_and_is_over_once(name: str) -> None:
    watched = Watched([one for one in hub_rules() if one.name == name])
    watched.go_on(620, WELL)
    watched.go_on(400, {**WELL, **SICK[name]})
    assert watched.states() == [State.FIRING]
    [fired] = [one for one in watched.told if one.after is State.FIRING]
    assert (fired.agent_id, dict(fired.labels)["instance"]) == (HUB_AGENT, "here:8000")
    watched.go_on(1300, WELL if name != "Hub: notifications given up" else {**WELL, **SICK[name]})
    assert watched.states() == [State.FIRING, State.INACTIVE]


@pytest.mark.parametrize("name", ["Hub: database away", "Hub: alerts not written", "Hub: samples not written"])
def test_what_could_not_be_told_meanwhile_lasts_until_it_can(name: str) -> None:
    watched = Watched([one for one in hub_rules() if one.name == name])
    watched.go_on(60, WELL)
    watched.go_on(60, {**WELL, **SICK[name]})
    watched.go_on(110, WELL)
    assert watched.states() == [State.FIRING]


def test_what_is_not_known_is_neither_well_nor_sick() -> None:
    watched = Watched(hub_rules())
    watched.go_on(300, {**WELL, readings.SILENT: math.nan, readings.BEHIND: math.nan, readings.WAITING: math.nan})
    assert watched.states() == []


def test_no_agent_can_speak_for_the_hub() -> None:
    watched = Watched(hub_rules())
    watched.engine.put_agent(Member(7, "hub", "hub"))
    named = {
        readings.series(one, "here:8000"): value for one, value in {**WELL, **SICK["Hub: audit log changed"]}.items()
    }
    for _ in range(60):
        watched.engine.push(readings.batch(7, named, watched.now, 1))
        watched.go_on(STEP_S, WELL)
    assert watched.states() == []


@pytest.mark.parametrize("text", ["absent(agent) for 5s", "absent(app.queue) for 5s", "count(absent(agent)) >= 1"])
def test_what_is_about_agents_is_not_about_the_hub(text: str) -> None:
    watched = Watched([AlertRule(1, 1, "x", parse(text), Severity.WARNING)])
    for _ in range(60):
        watched.now += 1
        watched.told += watched.engine.evaluate(watched.now, watched.now)
    assert watched.states() == []


def test_each_is_said_in_full() -> None:
    listed = hub_rules(5)
    assert {one.name for one in listed} == set(SICK)
    assert [one.id for one in listed] == list(range(5, 5 + len(listed)))
    assert {metric.name for metric in readings.METRICS} == {metric.name for metric in WELL}
    for one in listed:
        assert parse(write(one.rule)) == one.rule
        assert one.summary.endswith((".", "!"))
        assert one.advice.endswith(".")
