"""The few numbers that a list of agents shows: now, and over the last minutes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from opsentrix_protocol.catalogue import Series

from opsentrix.model.frames import Batch, Layout

SLOT_S = 5
SLOTS = 60
"""Sparklines hold this many slots of SLOT_S seconds: five minutes."""

_KEPT_PLANS = 10_000
_LAYOUTS_PER_AGENT = 8
"""A program that posts each metric in a call of its own has a layout for each; the newest are kept."""
_LARGEST = float(np.finfo(np.float32).max)
"""Sparklines are float32; a greater sum says nothing anyway."""

Values = NDArray[np.float64]
Select = Callable[[str, dict[str, str]], bool]
Combine = Callable[[Values], Values]
"""Makes float64[rows] of float64[rows, series], NaN where absent."""


@dataclass(frozen=True, slots=True)
class SummaryMetric:
    """One number of the summary: which series it is made of, and how."""

    name: str
    select: Select
    combine: Combine
    fallback: str = ""
    """A metric in percent that other programs commonly post, taken where nothing is selected."""


def _sum(values: Values) -> Values:
    absent = np.isnan(values)
    total = np.where(absent, 0.0, values).sum(axis=1)
    total[absent.all(axis=1)] = np.nan
    return np.asarray(total, np.float64)


def _most(values: Values) -> Values:
    return np.asarray(np.fmax.reduce(values, axis=1), np.float64)


def _busy(idle: Values) -> Values:
    return np.maximum(1 - idle[:, 0], 0.0)


def _percent(values: Values) -> Values:
    return _most(values) * 0.01


def _is(metric: str, **labels: str) -> Select:
    return lambda name, have: name == metric and have == labels


def _has(metric: str, **labels: str) -> Select:
    return lambda name, have: name == metric and labels.items() <= have.items()


SUMMARY = (
    SummaryMetric("cpu", _is("system.cpu.utilization", state="idle"), _busy, "cpu_usage"),
    SummaryMetric("memory", _is("system.memory.utilization", state="used"), _sum, "memory_usage"),
    SummaryMetric("disk", _has("system.filesystem.utilization"), _most, "disk_usage"),
    SummaryMetric("network_receive", _has("system.network.io", direction="receive"), _sum),
    SummaryMetric("network_transmit", _has("system.network.io", direction="transmit"), _sum),
    SummaryMetric("load_1m", _is("system.cpu.load_average.1m"), _sum),
)
NAMES = tuple(one.name for one in SUMMARY)
SPARKLINES = tuple(name for name in NAMES if name != "load_1m")


@dataclass(frozen=True, slots=True, eq=False)
class Sparklines:
    """The last minutes of one agent: time float64[slots] in Unix seconds, values by name, NaN where there is none."""

    time: NDArray[np.float64]
    values: dict[str, NDArray[np.float32]]


class _Plan:
    """Where the summary's series stand in one list of series: all places in a row, and how many belong to each."""

    __slots__ = ("parts", "places")

    def __init__(self, series: Sequence[Series]) -> None:
        places: list[int] = []
        self.parts: list[tuple[int, int, Combine]] = []
        for metric in SUMMARY:
            at = [i for i, one in enumerate(series) if metric.select(one.metric.name, dict(one.labels))]
            combine = metric.combine
            if not at and metric.fallback:
                at = [i for i, one in enumerate(series) if one.metric.name == metric.fallback]
                combine = _percent
            self.parts.append((len(places), len(places) + len(at), combine))
            places += at
        self.places = np.array(places, dtype=np.intp)

    @np.errstate(over="ignore")  # what is too great for a number is not known
    def rows(self, values: Values) -> Values:
        """Return float64[rows, summary] of float64[rows, places], NaN for what is not known."""
        rows = np.full((len(values), len(self.parts)), np.nan)
        for at, (first, end, combine) in enumerate(self.parts):
            if first < end:
                rows[:, at] = combine(values[:, first:end])
        rows[~(np.abs(rows) <= _LARGEST)] = np.nan
        return rows


class _Ring:
    """The last tick of each slot of one agent and layout, as far as the summary needs it."""

    __slots__ = ("_picked", "_plan", "_slots", "_times", "newest")

    def __init__(self, plan: _Plan) -> None:
        self._plan = plan
        self._slots = np.full(SLOTS, -1, np.int64)
        self._times = np.zeros(SLOTS)
        self._picked = np.full((SLOTS, plan.places.size), np.nan)
        self.newest = -1.0

    def put(self, time: float, picked: NDArray[np.float64]) -> None:
        """Take a tick (Unix seconds): float64[places]."""
        slot = int(time // SLOT_S)
        at = slot % SLOTS
        if slot < self._slots[at] or (slot == self._slots[at] and time < self._times[at]):
            return
        self._slots[at] = slot
        self._times[at] = time
        self._picked[at] = picked
        self.newest = max(self.newest, time)

    def at(self, wanted: NDArray[np.int64]) -> Values:
        """Return float64[slots, summary] of these slots."""
        places = wanted % SLOTS
        rows = self._plan.rows(self._picked[places])
        rows[self._slots[places] != wanted] = np.nan
        return rows

    def last(self) -> Values:
        """Return the newest tick that is known of each number, as float64[summary]."""
        newest = int(self.newest // SLOT_S)
        row = self.at(np.array([newest]))
        if np.isnan(row).any():
            row = self.at(newest - np.arange(SLOTS))
        present = ~np.isnan(row)
        return np.asarray(row[present.argmax(axis=0), np.arange(row.shape[1])], np.float64)  # NaN where none is present


class Summaries:
    """Newest summary and sparklines of every agent."""

    def __init__(self) -> None:
        self._plans: dict[int, _Plan] = {}
        self._rings: dict[int, dict[int, _Ring]] = {}

    def push(self, batch: Batch) -> None:
        """Take a batch; an older one than the newest known fills the sparkline only."""
        layout = batch.layouts[0]
        plan = self._plan(layout)
        if not plan.places.size:
            return
        picked = batch.values[:, plan.places, -1]
        for frame, time, row in zip(batch.frames, batch.last_ticks_s.tolist(), picked, strict=True):
            rings = self._rings.get(frame.agent_id)
            if rings is None:
                rings = self._rings[frame.agent_id] = {}
            ring = rings.get(layout.id)
            if ring is None:
                ring = rings[layout.id] = _Ring(plan)
            ring.put(time, row)
            if len(rings) > _LAYOUTS_PER_AGENT:
                del rings[min(rings, key=lambda one: rings[one].newest)]

    def newest(self, agent_id: int) -> dict[str, float | None]:
        """Return the newest numbers by name, and `time` in Unix seconds; None for what is not known.

        A program may send each number in a call of its own: those that came minutes before the newest are left out.
        """
        rings = sorted(self._rings.get(agent_id, {}).values(), key=lambda ring: ring.newest, reverse=True)
        if not rings:
            return {"time": None, **dict.fromkeys(NAMES)}
        row = np.full(len(NAMES), np.nan)
        for ring in rings:
            if rings[0].newest - ring.newest <= SLOT_S * SLOTS:
                row = np.where(np.isnan(row), ring.last(), row)
        values = (None if value != value else value for value in row.tolist())  # noqa: PLR0124 - only NaN differs
        return {"time": rings[0].newest, **dict(zip(NAMES, values, strict=True))}

    def sparklines(self, agent_id: int, now: float) -> Sparklines | None:
        """Return the last minutes of an agent, or None when nothing is known of it."""
        rings = sorted(self._rings.get(agent_id, {}).values(), key=lambda ring: ring.newest, reverse=True)
        if not rings:
            return None
        wanted = int(now // SLOT_S) - np.arange(SLOTS - 1, -1, -1)
        rows = rings[0].at(wanted)
        for ring in rings[1:]:
            rows = np.where(np.isnan(rows), ring.at(wanted), rows)
        lines = rows.T.astype(np.float32)
        return Sparklines((wanted * SLOT_S).astype(np.float64), {name: lines[NAMES.index(name)] for name in SPARKLINES})

    def forget(self, agent_id: int) -> None:
        """Let go of a deleted agent."""
        self._rings.pop(agent_id, None)

    def _plan(self, layout: Layout) -> _Plan:
        plan = self._plans.get(layout.id)
        if plan is None:
            if len(self._plans) >= _KEPT_PLANS:
                self._plans.clear()
            plan = self._plans[layout.id] = _Plan(layout.series)
        return plan
