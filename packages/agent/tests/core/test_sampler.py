import logging
import threading
from typing import cast

import pytest
from opsentrix_agent.collector import Collector, Key, Reading
from opsentrix_agent.runner import Runner
from opsentrix_agent.sampler import Sampler
from opsentrix_protocol.catalogue import Kind, Metric, labels_of

from .support import COUNTER, GAUGE, OTHER, Fixed


def sampler(*, deadline: float = 1.0, **collectors: Collector) -> Sampler:
    return Sampler(collectors, Runner(deadline))


def status(values: dict[Key, float], name: str, collector: str) -> float:
    return values[f"opsentrix.agent.collector.{name}", labels_of(collector=collector)]


def test_gauges_come_as_they_are_and_counters_as_rates() -> None:
    fixed = Fixed((GAUGE, (), 5), (COUNTER, (), 100))
    one = sampler(fixed=fixed)
    first = one.sample()
    assert first[GAUGE.name, ()] == 5
    assert (COUNTER.name, ()) not in first
    fixed.readings = [(GAUGE, (), 6), (COUNTER, (), 100)]
    second = one.sample()
    assert second[GAUGE.name, ()] == 6
    assert second[COUNTER.name, ()] == 0
    assert one.series[COUNTER.name, ()].metric is COUNTER


def test_a_failing_collector_harms_no_other_and_is_visible(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    bad, good = Fixed((GAUGE, (), 1)), Fixed((GAUGE, labels_of(of="good"), 1))
    one = sampler(bad=bad, good=good)
    one.sample()
    bad.error = RuntimeError("broken")
    for count in (1, 2, 3):
        values = one.sample()
        assert values[GAUGE.name, labels_of(of="good")] == 1
        assert (GAUGE.name, ()) not in values
        assert (status(values, "up", "bad"), status(values, "failures", "bad")) == (0, count)
        assert (status(values, "up", "good"), status(values, "failures", "good")) == (1, 0)
    assert caplog.text.count("collector bad fails: RuntimeError: broken") == 1
    bad.error = None
    values = one.sample()
    assert (status(values, "up", "bad"), status(values, "failures", "bad")) == (1, 3)
    assert caplog.text.count("collector bad works again") == 1


def test_a_hanging_collector_harms_no_other_and_is_visible() -> None:
    release = threading.Event()

    class Hanging(Fixed):
        def collect(self) -> tuple[Reading, ...]:
            release.wait(10)
            return ()

    one = sampler(deadline=0.1, stuck=Hanging(), good=Fixed((GAUGE, (), 1)))
    for failures in (1, 1):
        values = one.sample()
        assert values[GAUGE.name, ()] == 1
        assert (status(values, "up", "stuck"), status(values, "failures", "stuck")) == (0, failures)
    release.set()


@pytest.mark.parametrize(
    "reading",
    [
        (OTHER, (), 1.0),
        (Metric(GAUGE.name, "By", Kind.GAUGE), (), 1.0),
        (GAUGE, labels_of(x="y"), float("nan")),
        (GAUGE, labels_of(x="y"), float("inf")),
        (GAUGE, labels_of(x="y"), None),
        (GAUGE, labels_of(x="y"), 10**400),
        (GAUGE, (("b", "1"), ("a", "2")), 1.0),
        (GAUGE, (("a", "x" * 300),), 1.0),
        (GAUGE, (("a", "line\nbreak"),), 1.0),
        (GAUGE, [("a", "b")], 1.0),
        (GAUGE, (), 2.0),
        "nonsense",
        None,
    ],
    ids=str,
)
def test_a_bad_reading_is_dropped_alone_and_counted(reading: object) -> None:
    one = sampler(fixed=Fixed((GAUGE, (), 1.0), cast("Reading", reading), (GAUGE, labels_of(z="1"), 3.0)))
    values = one.sample()
    own = {key: value for key, value in values.items() if not key[0].startswith("opsentrix.")}
    assert own == {(GAUGE.name, ()): 1.0, (GAUGE.name, labels_of(z="1")): 3.0}
    assert (status(values, "up", "fixed"), status(values, "failures", "fixed")) == (0, 1)


def test_two_collectors_cannot_give_the_same_series() -> None:
    values = sampler(one=Fixed((GAUGE, (), 1)), two=Fixed((GAUGE, (), 2))).sample()
    assert values[GAUGE.name, ()] == 1
    assert status(values, "up", "two") == 0


def test_a_collector_that_could_not_be_made_is_shown_as_down() -> None:
    values = Sampler({}, Runner(), broken=["gone"]).sample()
    assert (status(values, "up", "gone"), status(values, "failures", "gone")) == (0, 1)


def test_series_of_gone_devices_are_forgotten() -> None:
    fixed = Fixed((GAUGE, labels_of(device="a"), 1))
    one = sampler(fixed=fixed)
    one.sample()
    fixed.readings = [(GAUGE, labels_of(device="b"), 1)]
    for _ in range(600):
        values = one.sample()
    assert (GAUGE.name, labels_of(device="a")) not in one.series
    assert set(values) <= set(one.series)


def test_collectors_that_stay_keep_their_counters_when_others_come_and_go() -> None:
    stays, goes, comes = Fixed((COUNTER, (), 10)), Fixed((GAUGE, (), 1)), Fixed((GAUGE, labels_of(name="b"), 2))
    one = sampler(stays=stays, goes=goes)
    one.sample()
    one.use({"stays": stays, "comes": comes}, ["broken"])
    values = one.sample()
    known = {key for key in values if not key[0].startswith("opsentrix.")}
    assert known == {(COUNTER.name, ()), (GAUGE.name, labels_of(name="b"))}
    assert (status(values, "up", "comes"), status(values, "up", "broken")) == (1, 0)
