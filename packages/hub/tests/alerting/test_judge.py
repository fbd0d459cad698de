"""The judge: nothing but samples of after a moment, tick by tick, and what is not known is not said."""

from collections.abc import Mapping, Sequence

import pytest
from opsentrix.alerting.judge import Judge
from opsentrix.model import freshness
from opsentrix.model.rule_text import parse
from opsentrix.model.rules import Override
from opsentrix.model.runbook_checks import Answer, OfAlert, Question
from opsentrix.model.runbook_runs import Truth
from opsentrix.model.selectors import Member
from opsentrix_protocol.catalogue import Series

from packages.hub.tests.kit.batches import batch, series_of

START = 1_700_000_000.0
WEB = Member(1, "web", interval_s=1.0)
A, B = series_of("app.alive", site="a"), series_of("app.alive", site="b")
ERRORS = series_of("app.errors")


class Bench:
    """A judge with one question, in a time of its own."""

    def __init__(self, rule: str, *, every: bool = True, alert: OfAlert | None = None) -> None:
        self.now = START
        self.judge = Judge(lambda: self.now)
        self.judge.follow([1])
        self.judge.ask("q", Question(WEB, parse(rule), START, every, alert))

    def at(
        self, second: float, values: Mapping[Series, Sequence[float]], *, agent: int = 1, late: float = 0
    ) -> Answer:  # fmt: skip
        """Let a frame come whose last tick was so many seconds after the start; return what is known then."""
        self.now = START + second + late
        if values:
            self.judge.push(batch(values, agent=agent, time_s=START + second))
        self.judge.step(self.now)
        found = self.judge.answer("q")
        assert found is not None
        return found


def test_samples_of_before_and_of_others_say_nothing() -> None:
    bench = Bench("app.alive > 0")
    assert bench.at(-1, {A: [1.0]}).truth is Truth.UNKNOWN
    assert bench.at(1, {A: [1.0]}, agent=2).truth is Truth.UNKNOWN
    known = bench.at(2, {A: [1.0, 1.0, 1.0, 1.0]})
    assert (known.truth, known.since) == (Truth.HOLDS, START)  # the tick of the start is the first one that counts
    assert known.evidence["series"][0]["value"] == 1.0


def test_a_moment_within_a_frame_at_which_it_did_not_hold_is_seen() -> None:
    bench = Bench("app.alive > 0 for 3s")
    bench.at(1, {A: [1.0]})
    known = bench.at(5, {A: [1.0, 0.0, 1.0, 1.0]})
    assert (known.truth, known.lasting, known.failed) == (Truth.UNKNOWN, True, True)
    assert bench.at(7, {A: [1.0, 1.0]}).truth is Truth.HOLDS


def test_all_series_must_suit_or_any_one() -> None:
    mixed = {A: [1.0], B: [0.0]}
    assert Bench("app.alive > 0").at(1, mixed).truth is Truth.FAILS
    assert Bench("app.alive > 0", every=False).at(1, mixed).truth is Truth.HOLDS
    joined = "app.alive > 0 and app.errors < 5"
    assert Bench(joined).at(1, mixed | {ERRORS: [0.0]}).truth is Truth.FAILS
    assert Bench(joined, every=False).at(1, mixed | {ERRORS: [0.0]}).truth is Truth.HOLDS
    assert Bench(joined).at(1, {A: [1.0], B: [1.0], ERRORS: [0.0]}).truth is Truth.HOLDS
    assert Bench(joined).at(1, {A: [1.0]}).truth is Truth.UNKNOWN


def test_what_is_heard_no_more_is_known_no_more() -> None:
    bench = Bench("app.alive > 0")
    assert bench.at(1, {A: [0.0]}).truth is Truth.FAILS
    assert bench.at(20, {}).truth is Truth.FAILS
    assert bench.at(40, {}).truth is Truth.UNKNOWN
    assert bench.at(42, {A: [1.0]}, late=60).truth is Truth.UNKNOWN  # history when it came


def test_a_window_is_of_samples_of_after_the_moment_alone() -> None:
    bench = Bench("avg(app.alive, 10s) > 0.9")
    assert bench.at(3, {A: [1.0, 1.0, 1.0]}).truth is Truth.UNKNOWN
    assert bench.at(9, {A: [1.0] * 6}).truth is Truth.HOLDS


@pytest.mark.parametrize("condition", ["absent(app.alive)", "absent(agent)"])
def test_what_is_not_absent_yet_is_not_said_to_be_there(condition: str) -> None:
    bench = Bench(condition)
    assert bench.at(1, {}).truth is Truth.UNKNOWN
    if condition == "absent(agent)":
        assert bench.at(2, {ERRORS: [0.0]}).truth is Truth.FAILS
        for second in range(3, 70, 4):
            known = bench.at(second, {})
    else:
        for second in range(2, 70, 4):
            known = bench.at(second, {ERRORS: [0.0]})
            assert known.truth is (Truth.UNKNOWN if second <= 32 else Truth.HOLDS)
        assert bench.at(71, {ERRORS: [0.0], A: [1.0]}).truth is Truth.FAILS
        return
    assert known.truth is Truth.HOLDS


def test_an_alert_is_resolved_by_its_own_clear_and_keep_and_the_agents_threshold() -> None:
    alert = OfAlert((("site", "a"),))
    bench = Bench("app.alive < 1 for 5m clear > 3 keep 2s", alert=alert)
    assert bench.at(1, {B: [9.0]}).truth is Truth.UNKNOWN  # of another series
    assert bench.at(2, {A: [0.0], B: [9.0]}).truth is Truth.FAILS
    assert bench.at(3, {A: [2.0], B: [9.0]}).truth is Truth.FAILS
    assert bench.at(4, {A: [4.0], B: [9.0]}).truth is Truth.FAILS
    assert bench.at(6, {A: [4.0, 4.0], B: [9.0, 9.0]}).truth is Truth.HOLDS
    own = OfAlert((("site", "a"),), Override(0.5))
    assert Bench("app.alive < 1", alert=own).at(1, {A: [0.7]}).truth is Truth.HOLDS
    lost = Bench("absent(agent) for 1m", alert=OfAlert(()))
    assert lost.at(1, {}).truth is not Truth.HOLDS
    assert lost.at(2, {A: [1.0]}).truth is Truth.HOLDS


def test_a_clock_that_is_ahead_is_known_and_one_that_is_behind_says_nothing() -> None:
    bench = Bench("app.alive > 0")
    assert bench.judge.ahead_s(1) is None
    bench.at(1, {A: [1.0]}, late=30)
    assert bench.judge.ahead_s(1) == 0.0
    bench.at(50, {A: [1.0]}, late=-20)
    assert bench.judge.ahead_s(1) == 20.0
    bench.judge.follow([])
    assert bench.judge.ahead_s(1) is None


def test_closed_questions_cost_and_say_nothing() -> None:
    bench = Bench("app.alive > 0")
    bench.judge.keep([])
    bench.judge.push(batch({A: [1.0]}, time_s=START + 1))
    bench.judge.step(START + 1)
    assert bench.judge.answer("q") is None


@pytest.mark.parametrize(
    ("condition", "seconds"),
    [
        ("app.alive > 0", 0.0),
        ("system.filesystem.utilization < 0.5", 0.0),
        ("systemd.unit.state{unit=nginx} == 1", 20.0),
        ("container.healthy == 1 and plugin.app.alive > 0", 45.0),
        ("hw.physical_disk.healthy == 1", 1860.0),
        ("absent(agent)", 0.0),
    ],
)
def test_how_old_a_value_may_be(condition: str, seconds: float) -> None:
    assert freshness.oldest_s(parse(condition).condition) == seconds
