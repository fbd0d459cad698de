"""One tick: runs every collector, checks what it gives, and turns counters into rates."""

import logging
import math
import time
from collections.abc import Callable, Iterable, Mapping
from functools import partial

from opsentrix_protocol.catalogue import Kind, Labels, Metric, Series, labels_of
from opsentrix_protocol.layouts import check_labels, check_metric

from opsentrix_agent.collector import Collector, Key, PerSecond, Reading, Source
from opsentrix_agent.rates import Rates
from opsentrix_agent.runner import Job, Outcome, Runner, State
from opsentrix_agent.selfmetrics import COLLECTOR_DURATION, COLLECTOR_FAILURES, COLLECTOR_METRICS, COLLECTOR_UP

log = logging.getLogger(__name__)

_RECHECK_TICKS = 600
"""After so many ticks the series known by heart are learnt anew, so that those of gone devices are forgotten."""


class Sampler:
    """Owns the collectors and what is known of each.

    Attributes:
        series: every series seen lately, by key; holds at least those of the last sample.
    """

    def __init__(
        self,
        collectors: Mapping[str, Source],
        runner: Runner,
        own: Collector | None = None,
        broken: Iterable[str] = (),
    ) -> None:
        """Take the collectors by name.

        Args:
            collectors: those that could be made.
            runner: calls them.
            own: the agent's metrics of itself, called without the runner.
            broken: names of collectors that could not be made because of an error; they are shown as down.
        """
        self.series: dict[Key, Series] = {}
        self._runner = runner
        self._rates = Rates()
        self._ticks = 0
        self._sources: dict[str, _Watched] = {}
        self._jobs: list[Job[list[Reading]]] = []
        self._own = own
        declared = (*(own.metrics if own else ()), *COLLECTOR_METRICS)
        self._own_source = _Watched("agent", lambda: declared)
        self._broken: list[_Watched] = []
        self.use(collectors, broken)

    def use(self, collectors: Mapping[str, Source], broken: Iterable[str] = ()) -> None:
        """Sample these collectors from now on; what is known of those that stay is kept."""
        known = self._sources
        self._sources = {
            name: known.get(name) or _Watched(name, partial(_metrics_of, one)) for name, one in collectors.items()
        }
        self._jobs = [(name, _job(collector)) for name, collector in collectors.items()]
        self._broken = [_Watched(name, tuple, failures=1) for name in broken]

    def sample(self) -> dict[Key, float]:
        """Return the values of this tick: gauges as they are, counters as rates since they were last read."""
        self._ticks += 1
        if self._ticks % _RECHECK_TICKS == 0:
            self.series.clear()
        values: dict[Key, float] = {}
        statuses: list[Reading] = []
        for outcome in self._runner.run(self._jobs):
            source = self._sources[outcome.name]
            error = outcome.error or self._admit(source, outcome.result or (), outcome.started, values)
            source.note(outcome, error)
            statuses.extend(source.readings())
        for source in self._broken:
            statuses.extend(source.readings())
        now = time.monotonic()
        own = self._own.collect() if self._own else ()
        if problem := self._admit(self._own_source, (*own, *statuses), now, values):
            log.error("the agent's own metrics are wrong: %s", problem)
        self._rates.forget(now)
        return values

    def _admit(self, source: "_Watched", readings: Iterable[Reading], read_at: float, values: dict[Key, float]) -> str:
        """Add the good readings to `values` and return what is wrong with the first bad one, or nothing."""
        problem = ""
        known = self.series
        for reading in readings:
            try:
                metric, labels, raw = reading
                key = (metric.name, labels)
                seen = known.get(key)
                if seen is None or seen.metric is not metric or key in values:
                    known[key] = source.learn(metric, labels, repeated=key in values)
                value = float(raw)
                if not math.isfinite(value):
                    raise ValueError(f"{metric.name} is {value}")
                if metric.kind is Kind.RATE and type(raw) is not PerSecond:
                    rate = self._rates.rate(key, metric.counter_bits, value, read_at)
                    if rate is not None:
                        values[key] = rate
                else:
                    values[key] = value
            except (TypeError, ValueError, AttributeError, OverflowError) as error:  # noqa: PERF203 - the others count
                problem = problem or f"bad reading: {error}"
        return problem


class _Watched:
    """What is known of one collector: what it declares and how it fares."""

    def __init__(self, name: str, metrics: Callable[[], Iterable[Metric]], failures: int = 0) -> None:
        self._name = name
        self._metrics = metrics
        self._declared: dict[str, Metric] = {}
        self._labels = labels_of(collector=name)
        self._failures = failures
        self._up = failures == 0
        self._duration = 0.0

    def learn(self, metric: Metric, labels: Labels, *, repeated: bool) -> Series:
        """Return a new series, after the checks that are too dear for every tick.

        Raises:
            ValueError: the collector does not declare this metric, its labels are not valid, or it stands twice in
                one tick.
        """
        if repeated:
            raise ValueError(f"{metric.name} {dict(labels)} came twice in one tick")
        if self._declared.get(metric.name) != metric:
            self._declared = {one.name: one for one in self._metrics()}
        if self._declared.get(metric.name) != metric:
            raise ValueError(f"{metric.name} is not what {self._name} declares")
        check_metric("metric", metric.name, metric.unit)
        check_labels("metric", labels)
        return Series(metric, labels)

    def note(self, outcome: Outcome[list[Reading]], error: str) -> None:
        """Take one outcome into account, and log it when it differs from the one before."""
        self._duration = outcome.duration
        up = not error
        if not up and outcome.state is not State.SKIPPED:
            self._failures += 1
        if up != self._up:
            self._up = up
            if up:
                log.info("collector %s works again", self._name)
            else:
                log.warning("collector %s fails: %s", self._name, error)

    def readings(self) -> tuple[Reading, ...]:
        """Return this collector's state as metrics."""
        return (
            (COLLECTOR_UP, self._labels, float(self._up)),
            (COLLECTOR_FAILURES, self._labels, float(self._failures)),
            (COLLECTOR_DURATION, self._labels, self._duration),
        )


def _job(collector: Source) -> Callable[[], list[Reading]]:
    # The list is made in the worker: a generator would else run, and fail or hang, in the sampler's own thread.
    return lambda: list(collector.collect())


def _metrics_of(source: Source) -> tuple[Metric, ...]:
    return source.metrics
