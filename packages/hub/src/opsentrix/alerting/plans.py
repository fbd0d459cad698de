"""Which samples of a layout go to which rows: found once for a layout, and kept for every agent that has it."""

from collections.abc import Callable, Sequence
from itertools import groupby

import numpy as np
from numpy.typing import NDArray
from opsentrix_protocol.catalogue import Labels, Series

from opsentrix.alerting.sources import Source, places
from opsentrix.alerting.table import Floats, Rows

Key = tuple[int, Labels]
"""A source's number and a target's labels."""
Allocate = Callable[[Source, Sequence[int], Sequence[Labels]], Rows]
"""Takes rows of a source for agents (their rows) and labels; -1 where there is no room."""


class Plan:
    """The places of one layout that rules look at.

    Those of sources that need every tick come first, `ticked` of them. `rows` has for each agent, by its row, the rows
    of the sources in the order of `keys`; `seen` when the agent last used the layout, on the engine's own clock.
    """

    def __init__(self, version: int, layout_id: int, series: Sequence[Series], sources: Sequence[Source]) -> None:
        self.version = version
        self.layout_id = layout_id
        listed: dict[str, list[tuple[int, Series]]] = {}
        for at, one in enumerate(series):
            listed.setdefault(one.metric.name, []).append((at, one))
        ordered = sorted(
            (one for one in sources if one.metric.name in listed), key=lambda one: (not one.every_tick, one.number)
        )
        by_key = {
            (source.number, one.labels): (source, one) for source in ordered for one in places(source.metric, listed)
        }
        found = list(by_key.values())
        self.keys: list[Key] = list(by_key)
        self.index = {key: at for at, key in enumerate(self.keys)}
        self.sources = [source for source, _ in found]
        self.ticked = sum(1 for source in self.sources if source.every_tick)
        self.numbers = np.array([source.number for source in self.sources], np.int64)
        self._at = np.array([place.at for _, place in found], np.intp)
        self._rest = np.array([place.rest for _, place in found], np.bool_)
        self._per = np.array([place.per for _, place in found], np.intp)
        self._divided = np.flatnonzero(self._per >= 0)
        self.spans: dict[int, tuple[int, int]] = {}
        """Where the keys of each source begin and end."""
        for at, source in enumerate(self.sources):
            self.spans[source.number] = (self.spans.get(source.number, (at, at))[0], at + 1)
        self.rows: dict[int, Rows] = {}
        self.seen: dict[int, float] = {}

    def values(self, samples: Floats) -> Floats:
        """Return the targets' values, float64[frames, keys, ticks], of [frames, series, ticks]; NaN where absent."""
        found = samples[:, self._at]
        if self._rest.any():
            found[:, self._rest] = 1 - found[:, self._rest]
        if self._divided.size:
            with np.errstate(divide="ignore", invalid="ignore"):
                found[:, self._divided] /= samples[:, self._per[self._divided]]
        found[~np.isfinite(found)] = np.nan
        return found

    def bounds(self, low: Floats, high: Floats, means: Floats) -> tuple[Floats, Floats]:
        """Return the lowest and highest values of targets, of those of series; of a share only its mean is known."""
        least, most = self.values(low), self.values(high)
        for one in (least, most):
            one[:, self._divided] = means[:, self._divided]
        return np.minimum(least, most), np.maximum(least, most)

    def counts(self, counts: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return how many samples are behind each target's value, int64[keys, ticks], of [series, ticks]."""
        return counts[self._at]

    def admit(self, agents: Sequence[int], others: Callable[[int], Sequence["Plan"]], allocate: Allocate) -> None:
        """Give rows to agents that have not had this layout before.

        Args:
            agents: their rows, each once.
            others: the plans of an agent's other layouts: a series that is in one of them has its row already.
            allocate: gives new rows.
        """
        fresh = np.full((len(agents), len(self.keys)), -1, np.intp)
        for at, agent in enumerate(agents):
            for plan in others(agent):
                theirs = plan.rows[agent]
                for place, key in enumerate(self.keys):
                    known = plan.index.get(key)
                    if known is not None:
                        fresh[at, place] = theirs[known]
        first = 0
        for _, group in groupby(self.sources, key=lambda one: one.number):
            sources = list(group)
            columns = slice(first, first + len(sources))
            block = fresh[:, columns]
            which, where = (one.tolist() for one in np.nonzero(block < 0))
            labels = [self.keys[first + one][1] for one in where]
            block[which, where] = allocate(sources[0], [agents[one] for one in which], labels)
            first += len(sources)
        for at, agent in enumerate(agents):
            self.rows[agent] = fresh[at]

    def labels_of(self, number: int, agent: int, row: int) -> Labels | None:
        """Return the labels of a row of a source; None where it is not in this layout of the agent."""
        first, end = self.spans.get(number, (0, 0))
        mine = self.rows[agent][first:end].tolist()
        return self.keys[first + mine.index(row)][1] if row in mine else None

    def rows_of(self, agents: Sequence[int]) -> NDArray[np.intp]:
        """Return intp[agents, keys]."""
        return np.array([self.rows[one] for one in agents], np.intp).reshape(len(agents), len(self.keys))
