"""From batches to sources: what came since the last pass is gathered and handed on together, sorted by source."""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from opsentrix.alerting.agents import Agents
from opsentrix.alerting.plans import Plan
from opsentrix.alerting.sources import Rolled, Source
from opsentrix.alerting.table import Floats, Rows

MAX_WAITING_SAMPLES = 20_000_000
"""What waits for a pass is bounded: 160 MB, a minute of a large fleet. The oldest goes first."""


class Piece(NamedTuple):
    """What rules need of frames of one layout.

    Attributes:
        plan: of the layout.
        agents: the agents' row of each frame.
        last: time of each frame's last tick, Unix seconds.
        step: seconds between ticks.
        rows: intp[frames, keys].
        values: float64[frames, keys, ticks], NaN where absent.
    """

    plan: Plan
    agents: Rows
    last: Floats
    step: float
    rows: Rows
    values: Floats


class Runs(NamedTuple):
    """Samples of several series, as many of each: which row, until when, what.

    Attributes:
        last: time of each one's last sample, Unix seconds.
        values: float64[series, ticks], NaN where absent.
    """

    rows: Rows
    last: Floats
    values: Floats


class Flat(NamedTuple):
    """Samples one after the other, as long as each other."""

    rows: Rows
    times: Floats
    values: Floats


class Moment(NamedTuple):
    """What agents sent since the moment before, sorted as sources take it.

    Attributes:
        agents: the rows of those that sent anything, each once.
        newest: when each took its newest sample, Unix seconds.
        samples: by the number of the source; those of each row side by side and in the order of time.
    """

    agents: Rows
    newest: Floats
    samples: Sequence[tuple[int, Flat, Rolled | None]]


class Intake:
    """Holds pieces until the next pass.

    Attributes:
        dropped: frames that were pushed out before a pass came.
        late: frames that were history when they came.
    """

    def __init__(self, agents: Agents) -> None:
        self._agents = agents
        self._waiting: deque[Piece] = deque()
        self._samples = 0
        self.dropped = 0
        self.late = 0

    def put(self, piece: Piece) -> None:
        """Let a piece wait."""
        self._waiting.append(piece)
        self._samples += _weight(piece)
        while self._samples > MAX_WAITING_SAMPLES and len(self._waiting) > 1:
            oldest = self._waiting.popleft()
            self._samples -= _weight(oldest)
            self.dropped += len(oldest.agents)

    def forget(self, agent: int, plan: Plan | None = None) -> None:
        """Leave out what waits of an agent whose rows are given back, of one layout or of all."""
        for at, piece in enumerate(self._waiting):
            if plan is None or piece.plan.layout_id == plan.layout_id:
                theirs = piece.agents == agent
                if theirs.any():
                    self._samples -= _weight(piece)
                    self._waiting[at] = piece = _without(piece, theirs)  # noqa: PLW2901 - what is there now is weighed
                    self._samples += _weight(piece)

    def digest(self, now: float, sources: Mapping[int, Source]) -> None:
        """Hand on what waits; frames that are too old to be the present are left out and counted."""
        waiting, self._waiting, self._samples = self._waiting, deque(), 0
        limits = self._agents.judge(now)
        pieces = []
        for piece in waiting:
            stale = piece.last < limits[piece.agents]
            if stale.any():
                self._late(piece, stale)
            if not stale.all():
                pieces.append(_without(piece, stale) if stale.any() else piece)
        if not pieces:
            return
        _sampled(self._agents, pieces, now)
        stale_s = self._agents.stale_s.data
        for source, samples in _by_source(pieces, sources):
            source.take(samples.rows, samples.times, samples.values, now, stale_s)

    def take(self, moment: Moment, now: float, sources: Mapping[int, Source]) -> None:
        """Hand on what is sorted by source already, as `digest` does with what waits."""
        self._agents.sampled(moment.agents, moment.newest, now)
        for number, samples, rolled in moment.samples:
            sources[number].take(
                samples.rows, samples.times, samples.values, now, self._agents.stale_s.data, rolled
            )  # fmt: skip

    def _late(self, piece: Piece, stale: NDArray[np.bool_]) -> None:
        self.late += int(np.count_nonzero(stale))
        last = piece.last[stale]
        self._agents.came_late(piece.agents[stale], last - (piece.values.shape[2] - 1) * piece.step, last)


def _sampled(agents: Agents, pieces: Sequence[Piece], now: float) -> None:
    """Note each agent's newest sample."""
    rows = np.concatenate([one.agents for one in pieces])
    times = np.concatenate([one.last for one in pieces])
    order = np.lexsort((times, rows))
    rows, times = rows[order], times[order]
    newest = np.append(np.flatnonzero(rows[1:] != rows[:-1]), len(rows) - 1)
    agents.sampled(rows[newest], times[newest], now)


def _weight(piece: Piece) -> int:
    return piece.values.size + len(piece.agents)


def _without(piece: Piece, left_out: NDArray[np.bool_]) -> Piece:
    kept = ~left_out
    return piece._replace(
        agents=piece.agents[kept], last=piece.last[kept], rows=piece.rows[kept], values=piece.values[kept]
    )


def _by_source(pieces: Sequence[Piece], sources: Mapping[int, Source]) -> Iterator[tuple[Source, Flat]]:
    """Yield for each source its samples, those of each row side by side and in the order of time."""
    alike: dict[tuple[int, float], list[tuple[NDArray[np.int64], Runs]]] = {}
    for piece in pieces:
        for numbers, runs in (_ticked(piece), _newest(piece)):
            if numbers.size:
                ticks = runs.values.shape[1]
                alike.setdefault((ticks, piece.step if ticks > 1 else 0.0), []).append((numbers, runs))
    listed = list(sources.values())
    parts: list[list[Flat]] = [[] for _ in listed]
    for (_, step), group in alike.items():
        keys = _places(listed, np.concatenate([numbers for numbers, _ in group]))
        ordered = _chosen(_joined([runs for _, runs in group]), np.argsort(keys, kind="stable"))
        ends = np.cumsum(np.bincount(keys, minlength=len(listed))).tolist()
        for at, (first, end) in enumerate(zip([0, *ends], ends[: len(listed)], strict=False)):
            if first < end:
                parts[at].append(_flat(_chosen(ordered, slice(first, end)), step))
    several = _repeated(pieces)
    for source, found in zip(listed, parts, strict=True):
        if any(one.rows.size for one in found):
            yield source, _together(found, ordered=not several)


def _joined(group: Sequence[Runs]) -> Runs:
    if len(group) == 1:
        return group[0]
    return Runs(
        np.concatenate([one.rows for one in group]),
        np.concatenate([one.last for one in group]),
        np.concatenate([one.values for one in group]),
    )


def _chosen(runs: Runs, which: "slice | Rows") -> Runs:
    return Runs(runs.rows[which], runs.last[which], runs.values[which])


def _places(listed: Sequence[Source], numbers: NDArray[np.int64]) -> NDArray[np.uint16]:
    """Return where in a list of sources those with these numbers stand; its length for those that are not there.

    Sorting 16-bit numbers takes a fifth of the time, and there are never so many sources at once.
    """
    dense = np.full(int(numbers.max()) + 1, len(listed), np.uint16)
    for at, source in enumerate(listed):
        if source.number < len(dense):
            dense[source.number] = at
    return dense[numbers]


def _flat(runs: Runs, step: float) -> Flat:
    """Return what is there of runs with `step` seconds between samples, one sample after the other."""
    ticks = runs.values.shape[1]
    rows, times = np.repeat(runs.rows, ticks), runs.last
    if ticks > 1:
        times = (times[:, None] + step * np.arange(1 - ticks, 1)).ravel()
    values = runs.values.ravel()
    known = ~np.isnan(values) & (rows >= 0)
    return Flat(rows, times, values) if known.all() else Flat(rows[known], times[known], values[known])


def _together(parts: Sequence[Flat], *, ordered: bool) -> Flat:
    rows, times, values = parts[0]
    if len(parts) > 1:
        rows = np.concatenate([one.rows for one in parts])
        times = np.concatenate([one.times for one in parts])
        values = np.concatenate([one.values for one in parts])
    if ordered:
        return Flat(rows, times, values)
    order = np.lexsort((times, rows))
    return Flat(rows[order], times[order], values[order])


def _repeated(pieces: Sequence[Piece]) -> bool:
    """Return whether an agent has several frames, so that its samples do not lie side by side."""
    agents = np.concatenate([one.agents for one in pieces])
    return len(np.unique(agents)) < len(agents)


def _ticked(piece: Piece) -> tuple[NDArray[np.int64], Runs]:
    """Return the numbers of the sources that need every sample, and all their samples."""
    keys = piece.plan.ticked
    return _runs(piece, slice(0, keys), piece.last[:, None], piece.values[:, :keys])


def _newest(piece: Piece) -> tuple[NDArray[np.int64], Runs]:
    """Return the numbers of the other sources, and their newest samples, as far as the frame has one."""
    keys = slice(piece.plan.ticked, None)
    values, last = piece.values[:, keys, -1:], piece.last[:, None]
    absent = np.isnan(values[:, :, 0])
    if absent.any():
        values = values.copy()
        last = np.broadcast_to(last, absent.shape).copy()
        for tick in range(2, piece.values.shape[2] + 1):
            earlier = piece.values[:, keys, -tick]
            filled = absent & ~np.isnan(earlier)
            values[filled, 0] = earlier[filled]
            last[filled] -= (tick - 1) * piece.step
            absent &= ~filled
            if not absent.any():
                break
    return _runs(piece, keys, last, values)


def _runs(piece: Piece, keys: slice, last: Floats, values: Floats) -> tuple[NDArray[np.int64], Runs]:
    shape = values.shape[:2]
    if shape[0] == 1:  # machines differ, so most frames have a layout of their own: a third of the calls does
        until = last[0] if last.shape[1] == shape[1] else np.full(shape[1], last[0, 0])
        return piece.plan.numbers[keys], Runs(piece.rows[0, keys], until, values[0])
    numbers = np.broadcast_to(piece.plan.numbers[keys], shape).ravel()
    runs = Runs(piece.rows[:, keys].ravel(), np.broadcast_to(last, shape).ravel(), values.reshape(-1, values.shape[2]))
    return numbers, runs
