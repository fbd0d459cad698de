"""The few numbers that a list of agents shows: now, and over the last minutes."""

import math
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
_PERCENT = 0.01
_LARGEST = float(np.finfo(np.float32).max)
"""Sparklines are float32; a greater sum says nothing anyway."""

Select = Callable[[str, dict[str, str]], bool]
Combine = Callable[[list[float]], float]


@dataclass(frozen=True, slots=True)
class SummaryMetric:
    """One number of the summary: which series it is made of, and how."""

    name: str
    select: Select
    combine: Combine
    fallback: str = ""
    """A metric in percent that other programs commonly post, taken where nothing is selected."""


def _is(metric: str, **labels: str) -> Select:
    return lambda name, have: name == metric and have == labels


def _has(metric: str, **labels: str) -> Select:
    return lambda name, have: name == metric and labels.items() <= have.items()


SUMMARY = (
    SummaryMetric("cpu", _is("system.cpu.utilization", state="idle"), lambda v: max(0.0, 1 - v[0]), "cpu_usage"),
    SummaryMetric("memory", _is("system.memory.utilization", state="used"), sum, "memory_usage"),
    SummaryMetric("disk", _has("system.filesystem.utilization"), max, "disk_usage"),
    SummaryMetric("network_receive", _has("system.network.io", direction="receive"), sum),
    SummaryMetric("network_transmit", _has("system.network.io", direction="transmit"), sum),
    SummaryMetric("load_1m", _is("system.cpu.load_average.1m"), sum),
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
        self.parts: list[tuple[int, int, Combine, float]] = []
        for metric in SUMMARY:
            at = [i for i, one in enumerate(series) if metric.select(one.metric.name, dict(one.labels))]
            combine, scale = metric.combine, 1.0
            if not at and metric.fallback:
                at = [i for i, one in enumerate(series) if one.metric.name == metric.fallback]
                combine, scale = max, _PERCENT
            self.parts.append((len(places), len(places) + len(at), combine, scale))
            places += at
        self.places = np.array(places, dtype=np.intp)

    def row(self, values: NDArray[np.float64]) -> list[float | None]:
        """Return the summary of the last tick of float64[series, ticks]."""
        last = values[self.places, -1].tolist()
        row: list[float | None] = []
        for first, end, combine, scale in self.parts:
            present = [value for value in last[first:end] if not math.isnan(value)]
            number = combine(present) * scale if present else math.inf
            row.append(number if abs(number) <= _LARGEST else None)
        return row


class Summaries:
    """Newest summary and sparklines of every agent."""

    def __init__(self) -> None:
        self._plans: dict[int, _Plan] = {}
        self._newest: dict[int, list[tuple[float, float | None]]] = {}
        self._rings: dict[int, tuple[NDArray[np.int64], NDArray[np.float32]]] = {}

    def push(self, batch: Batch) -> None:
        """Take a batch; an older one than the newest known fills the sparkline only."""
        row = self._plan(batch.layout).row(batch.values)
        if not any(value is not None for value in row):
            return
        frame = batch.frame
        time = (frame.time_ms + (frame.ticks - 1) * frame.step_ms) / 1000
        self._ring(frame.agent_id, time, row)
        newest = self._newest.setdefault(frame.agent_id, [(0.0, None)] * len(NAMES))
        for at, value in enumerate(row):
            if value is not None and time >= newest[at][0]:
                newest[at] = time, value

    def newest(self, agent_id: int) -> dict[str, float | None]:
        """Return the newest numbers by name, and `time` in Unix seconds; None for what is not known.

        A program may send each number in a call of its own: those that came minutes before the newest are left out.
        """
        known = self._newest.get(agent_id)
        if known is None:
            return {"time": None, **dict.fromkeys(NAMES)}
        time = max(one for one, _ in known)
        fresh = (value if time - one <= SLOT_S * SLOTS else None for one, value in known)
        return {"time": time, **dict(zip(NAMES, fresh, strict=True))}

    def sparklines(self, agent_id: int, now: float) -> Sparklines | None:
        """Return the last minutes of an agent, or None when nothing is known of it."""
        ring = self._rings.get(agent_id)
        if ring is None:
            return None
        stamps, values = ring
        wanted = int(now // SLOT_S) - np.arange(SLOTS - 1, -1, -1)
        at = wanted % SLOTS
        current = stamps[at] == wanted
        picked = np.where(current, values[:, at], np.float32(np.nan))
        names = [NAMES.index(name) for name in SPARKLINES]
        return Sparklines(
            (wanted * SLOT_S).astype(np.float64), {name: picked[i] for name, i in zip(SPARKLINES, names, strict=True)}
        )

    def forget(self, agent_id: int) -> None:
        """Let go of a deleted agent."""
        self._newest.pop(agent_id, None)
        self._rings.pop(agent_id, None)

    def _plan(self, layout: Layout) -> _Plan:
        plan = self._plans.get(layout.id)
        if plan is None:
            if len(self._plans) >= _KEPT_PLANS:
                self._plans.clear()
            plan = self._plans[layout.id] = _Plan(layout.series)
        return plan

    def _ring(self, agent_id: int, time: float, row: Sequence[float | None]) -> None:
        ring = self._rings.get(agent_id)
        if ring is None:
            ring = self._rings[agent_id] = (
                np.zeros(SLOTS, dtype=np.int64),
                np.full((len(NAMES), SLOTS), np.nan, dtype=np.float32),
            )
        slot = int(time // SLOT_S)
        at = slot % SLOTS
        if slot > ring[0][at]:
            ring[0][at] = slot
            ring[1][:, at] = np.nan
        if slot == ring[0][at]:
            for name, value in enumerate(row):
                if value is not None:
                    ring[1][name, at] = value
