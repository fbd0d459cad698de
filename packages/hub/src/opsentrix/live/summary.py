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
    """Where the summary's series stand in one list of series."""

    __slots__ = ("parts", "scale")

    def __init__(self, series: Sequence[Series]) -> None:
        self.parts: list[tuple[list[int], Combine]] = []
        self.scale: list[float] = []
        for metric in SUMMARY:
            at = [i for i, one in enumerate(series) if metric.select(one.metric.name, dict(one.labels))]
            if at or not metric.fallback:
                self.parts.append((at, metric.combine))
                self.scale.append(1.0)
            else:
                self.parts.append(([i for i, one in enumerate(series) if one.metric.name == metric.fallback], max))
                self.scale.append(0.01)


class Summaries:
    """Newest summary and sparklines of every agent."""

    def __init__(self) -> None:
        self._plans: dict[int, _Plan] = {}
        self._newest: dict[int, tuple[float, tuple[float | None, ...]]] = {}
        self._rings: dict[int, tuple[NDArray[np.int64], NDArray[np.float32]]] = {}

    def push(self, batch: Batch) -> None:
        """Take a batch; an older one than the newest known fills the sparkline only."""
        plan = self._plan(batch.layout)
        frame = batch.frame
        last = batch.values[:, -1].tolist()
        row: list[float | None] = []
        for (places, combine), scale in zip(plan.parts, plan.scale, strict=True):
            present = [value for at in places if not math.isnan(value := last[at])]
            row.append(combine(present) * scale if present else None)
        time = (frame.time_ms + (frame.ticks - 1) * frame.step_ms) / 1000
        if all(value is None for value in row):
            return
        self._ring(frame.agent_id, time, row)
        newest = self._newest.get(frame.agent_id)
        if newest is None or time >= newest[0]:
            self._newest[frame.agent_id] = time, tuple(row)

    def newest(self, agent_id: int) -> dict[str, float | None]:
        """Return the newest numbers by name, and `time` in Unix seconds; None for what is not known."""
        time, row = self._newest.get(agent_id, (None, (None,) * len(NAMES)))
        return {"time": time, **dict(zip(NAMES, row, strict=True))}

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
        if slot >= ring[0][at]:
            ring[0][at] = slot
            ring[1][:, at] = [np.nan if value is None else value for value in row]
