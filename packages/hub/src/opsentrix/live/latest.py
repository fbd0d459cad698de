"""The newest value of every series of every agent, and the top of them."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from opsentrix_protocol.catalogue import Labels, Series

from opsentrix.model.frames import Batch, Layout

_LAYOUTS_PER_AGENT = 8
"""A program that posts each metric in a call of its own has a layout for each; the newest are kept."""


@dataclass(frozen=True, slots=True)
class NewestValue:
    """The newest value of one series; Unix seconds."""

    agent_id: int
    series: Series
    time: float
    value: float


@dataclass(frozen=True, slots=True, eq=False)
class _Row:
    time: float
    layout: Layout
    values: NDArray[np.float64]


class LatestValues:
    """Holds the last tick of each agent's layouts: one row of numbers each, never an object a sample."""

    def __init__(self) -> None:
        self._rows: dict[int, dict[int, _Row]] = {}

    def push(self, batch: Batch) -> None:
        """Take a batch, unless a newer one of the same layout is known."""
        frame = batch.frame
        time = (frame.time_ms + (frame.ticks - 1) * frame.step_ms) / 1000
        rows = self._rows.setdefault(frame.agent_id, {})
        known = rows.get(batch.layout.id)
        if known is not None and known.time > time:
            return
        rows[batch.layout.id] = _Row(time, batch.layout, batch.values[:, -1].copy())
        if len(rows) > _LAYOUTS_PER_AGENT:
            del rows[min(rows, key=lambda layout_id: rows[layout_id].time)]

    def forget(self, agent_id: int) -> None:
        """Let go of a deleted agent."""
        self._rows.pop(agent_id, None)

    def top(
        self, agent_ids: Iterable[int], metric: str, labels: Labels, count: int, since: float, *, lowest: bool = False
    ) -> list[NewestValue]:
        """Return the highest values of a metric, or the lowest, over these agents.

        Args:
            agent_ids: which agents.
            metric: its name.
            labels: pairs that a series must have; it may have others too.
            count: how many values at most.
            since: values sampled before this Unix time are left out.
            lowest: begin with the lowest.
        """
        places: dict[int, NDArray[np.intp]] = {}
        owners: list[tuple[int, _Row, NDArray[np.intp]]] = []
        for agent_id in agent_ids:
            for row in self._rows.get(agent_id, {}).values():
                if row.time < since:
                    continue
                at = places.get(row.layout.id)
                if at is None:
                    at = places[row.layout.id] = _places(row.layout, metric, labels)
                if at.size:
                    owners.append((agent_id, row, at))
        if not owners:
            return []
        values = np.concatenate([row.values[at] for _, row, at in owners])
        owner = np.repeat(np.arange(len(owners)), [at.size for _, _, at in owners])
        column = np.concatenate([at for _, _, at in owners])
        present = np.flatnonzero(~np.isnan(values))
        ranked = values[present] if lowest else -values[present]
        first = present[np.argsort(ranked, kind="stable")[:count]]
        return [
            NewestValue(agent_id, row.layout.series[column[at]], row.time, float(values[at]))
            for at in first.tolist()
            for agent_id, row, _ in (owners[owner[at]],)
        ]


def _places(layout: Layout, metric: str, labels: Labels) -> NDArray[np.intp]:
    wanted = set(labels)
    matching = (at for at, one in enumerate(layout.series) if one.metric.name == metric and wanted <= set(one.labels))
    return np.fromiter(matching, dtype=np.intp)
