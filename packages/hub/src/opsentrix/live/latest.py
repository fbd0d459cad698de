"""The newest value of every series of every agent, and the top of them."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from opsentrix_protocol import layouts
from opsentrix_protocol.catalogue import Labels, Series

from opsentrix.model.frames import Batch, Layout, StoredFrame

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
class Column:
    """The newest values of some series of one layout, for all agents that have it.

    Attributes:
        series: those that were looked for.
        agent_ids: int64[agents].
        time: float64[agents], Unix seconds.
        values: float64[agents, series], NaN where absent.
    """

    series: Sequence[Series]
    agent_ids: NDArray[np.int64]
    time: NDArray[np.float64]
    values: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SentLayout:
    """Series that some agents send.

    Attributes:
        agents: how many of those asked about send them, or did.
        newest: when the newest sample of these was taken, Unix seconds.
    """

    series: Sequence[Series]
    agents: int
    newest: float


class _Table:
    """The last tick of every agent with the same layout: a row each."""

    def __init__(self, series: Sequence[Series]) -> None:
        self.series = series
        self._by_metric: dict[str, list[int]] | None = None
        self.row_of: dict[int, int] = {}
        self._agent_ids = np.zeros(1, np.int64)
        self.time = np.full(1, -np.inf)
        self._values = np.full((1, len(series)), np.nan)

    def add(self, agent_id: int) -> int:
        """Give an agent a row."""
        row = len(self.row_of)
        if row == self.time.size:
            self._agent_ids, self.time, self._values = (
                np.concatenate((one, np.zeros_like(one))) for one in (self._agent_ids, self.time, self._values)
            )
        self.row_of[agent_id] = row
        self._agent_ids[row] = agent_id
        self.time[row] = -np.inf
        return row

    def put(self, rows: NDArray[np.intp], times: NDArray[np.float64], values: NDArray[np.float64]) -> None:
        """Note ticks that are the newest of their rows: Unix seconds float64[ticks] and float64[ticks, series]."""
        order = np.argsort(times, kind="stable")  # where one row stands twice, the later tick is put last
        order = order[times[order] >= self.time[rows[order]]]
        self.time[rows[order]] = times[order]
        self._values[rows[order]] = values[order]

    def remove(self, agent_id: int) -> None:
        """Let go of an agent; the last row takes its place."""
        row, last = self.row_of.pop(agent_id), len(self.row_of)
        if row != last:
            moved = int(self._agent_ids[last])
            self.row_of[moved] = row
            for one in (self._agent_ids, self.time, self._values):
                one[row] = one[last]

    def places(self, metrics: Sequence[str]) -> list[int]:
        """Return where the series of some metrics stand."""
        if self._by_metric is None:
            self._by_metric = {}
            for at, one in enumerate(self.series):
                self._by_metric.setdefault(one.metric.name, []).append(at)
        return [at for metric in metrics for at in self._by_metric.get(metric, ())]

    def ticks(self, places: Sequence[int]) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
        """Return the agents, when each was sampled, and float64[agents, places]."""
        agents = len(self.row_of)
        return self._agent_ids[:agents], self.time[:agents], self._values[:agents].take(places, axis=1)

    def column(self, metric: str, labels: Labels) -> Column | None:
        """Return the values of a metric's series that have these labels."""
        wanted = set(labels)
        places = [at for at in self.places([metric]) if wanted <= set(self.series[at].labels)]
        if not places:
            return None
        agents = len(self.row_of)
        return Column(
            [self.series[at] for at in places], self._agent_ids[:agents], self.time[:agents],
            self._values[:agents, places],
        )  # fmt: skip


class LatestValues:
    """Holds the last tick of each agent's layouts, agents with the same layout side by side."""

    def __init__(self) -> None:
        self._tables: dict[int, _Table] = {}
        self._layouts_of: dict[int, list[int]] = {}

    def push(self, batch: Batch) -> None:
        """Take a batch; of each agent what is newer than what is known of the same layout."""
        layout = batch.layouts[0]
        table = self._tables.get(layout.id)
        if table is None:
            table = self._tables[layout.id] = _Table(layout.series)
        for frame in batch.frames:
            if frame.agent_id not in table.row_of:
                self._add(table, frame.agent_id, layout.id)
        rows = np.array([table.row_of[frame.agent_id] for frame in batch.frames], np.intp)
        table.put(rows, batch.last_ticks_s, batch.values[:, :, -1])

    def forget(self, agent_id: int) -> None:
        """Let go of a deleted agent."""
        for layout_id in self._layouts_of.pop(agent_id, ()):
            self._remove(agent_id, layout_id)

    def columns(self, metric: str, labels: Labels) -> Iterator[Column]:
        """Yield the newest values of a metric's series that have these labels, or more, of the whole fleet."""
        for table in self._tables.values():
            column = table.column(metric, labels)
            if column is not None:
                yield column

    def sends(self, metric: str) -> bool:
        """Return whether any agent sends a metric, or did."""
        return any(table.places([metric]) for table in self._tables.values())

    def batches(self, metrics: Sequence[str], *, everybody: bool = False) -> list[Batch]:
        """Return the newest tick of each agent, of these metrics alone.

        Args:
            metrics: names.
            everybody: also of agents that send none of them: their batches have no series.
        """
        alike: dict[tuple[Series, ...], list[tuple[_Table, list[int]]]] = {}
        for table in self._tables.values():
            places = table.places(metrics)
            if places or everybody:
                alike.setdefault(tuple(table.series[at] for at in places), []).append((table, places))
        return [_batch(series, group) for series, group in alike.items()]

    def top(
        self,
        agent_ids: Collection[int],
        metric: str,
        labels: Labels,
        count: int,
        since: float,
        *,
        lowest: bool = False,
        per_agent: bool = False,
    ) -> list[NewestValue]:
        """Return the highest values of a metric, or the lowest, over these agents.

        Args:
            agent_ids: which agents.
            metric: its name.
            labels: pairs that a series must have; it may have others too.
            count: how many values at most.
            since: values sampled before this Unix time are left out.
            lowest: begin with the lowest.
            per_agent: of each agent only the highest value, or the lowest.
        """
        columns = list(self.columns(metric, labels))
        if not columns:
            return []
        agents, times = (np.concatenate(one) for one in zip(*((it.agent_ids, it.time) for it in columns), strict=True))
        widths = np.repeat([len(one.series) for one in columns], [one.time.size for one in columns])
        usable = np.isin(agents, np.fromiter(agent_ids, np.int64, len(agent_ids))) & (times >= since)
        values = np.concatenate([one.values.ravel() for one in columns])
        values[np.repeat(~usable, widths)] = np.nan
        ranked = values if lowest else -values
        first = _lowest_of_each(ranked, widths, agents)[:count] if per_agent else _lowest(ranked, count)
        ends, firsts = np.cumsum(widths), np.cumsum([0, *(one.time.size for one in columns)])
        newest = []
        for at in first[~np.isnan(values[first])].tolist():
            row = int(np.searchsorted(ends, at, "right"))
            column = columns[int(np.searchsorted(firsts, row, "right")) - 1]
            series = column.series[at - int(ends[row] - widths[row])]
            newest.append(NewestValue(int(agents[row]), series, float(times[row]), float(values[at])))
        return newest

    def layouts(self, agent_ids: Collection[int]) -> Iterator[SentLayout]:
        """Yield each layout that one of these agents has, the layouts of most agents first."""
        wanted = frozenset(agent_ids)
        for table in sorted(self._tables.values(), key=lambda one: -len(one.row_of)):
            rows = [row for agent_id, row in table.row_of.items() if agent_id in wanted]
            if rows:
                yield SentLayout(table.series, len(rows), float(table.time[rows].max()))

    def _add(self, table: _Table, agent_id: int, layout_id: int) -> None:
        table.add(agent_id)
        mine = self._layouts_of.setdefault(agent_id, [])
        mine.append(layout_id)
        if len(mine) > _LAYOUTS_PER_AGENT:
            oldest = min(mine[:-1], key=lambda one: self._tables[one].time[self._tables[one].row_of[agent_id]])
            mine.remove(oldest)
            self._remove(agent_id, oldest)

    def _remove(self, agent_id: int, layout_id: int) -> None:
        table = self._tables[layout_id]
        table.remove(agent_id)
        if not table.row_of:
            del self._tables[layout_id]


def _batch(series: tuple[Series, ...], group: Sequence[tuple[_Table, list[int]]]) -> Batch:
    """Return the newest ticks of tables that have the same series at some places."""
    layout = Layout(layouts.layout_id(series), series, np.arange(len(series)))
    agents, times, values = zip(*(table.ticks(places) for table, places in group), strict=True)
    times_ms = np.round(np.concatenate(times) * 1000).astype(np.int64).tolist()
    frames = [
        StoredFrame(agent, 0, 0, time_ms, 1000, 1, layout.id, 0, 0, b"", b"")
        for agent, time_ms in zip(np.concatenate(agents).tolist(), times_ms, strict=True)
    ]
    return Batch(frames, [layout] * len(frames), np.concatenate(values)[:, :, np.newaxis])


def _lowest(ranked: NDArray[np.float64], count: int) -> NDArray[np.intp]:
    """Return the places of the lowest numbers in order, of equals the first, NaN last."""
    places = np.arange(ranked.size)
    if ranked.size > count:
        limit = np.partition(ranked, count - 1)[count - 1]
        places = np.flatnonzero(~(ranked > limit))  # all of them where the limit is NaN
    return places[np.argsort(ranked[places], kind="stable")[:count]]


def _lowest_of_each(
    ranked: NDArray[np.float64], widths: NDArray[np.intp], agents: NDArray[np.int64]
) -> NDArray[np.intp]:
    """Return the place of each agent's lowest number, in order, of equals the first.

    Args:
        ranked: float64[sum(widths)], rows of numbers one after the other; NaN is no number.
        widths: of each row.
        agents: whose each row is; one may have several.
    """
    lowest = np.fmin.reduceat(ranked, np.cumsum(widths) - widths)
    places = np.flatnonzero(ranked == np.repeat(lowest, widths))
    places = places[np.argsort(ranked[places], kind="stable")]
    _, first = np.unique(np.repeat(agents, widths)[places], return_index=True)
    return places[np.sort(first)]
