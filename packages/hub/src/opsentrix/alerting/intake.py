"""From batches to sources: what came since the last pass is gathered and handed on together, sorted by source."""

from collections import deque
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from opsentrix.alerting.agents import Agents
from opsentrix.alerting.plans import Plan
from opsentrix.alerting.sources import Source
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


class Flat(NamedTuple):
    """Samples one after the other, as long as each other: of which source, row, agent, when, what."""

    numbers: NDArray[np.int64]
    rows: Rows
    times: Floats
    values: Floats


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
            self.late += int(np.count_nonzero(stale))
            if not stale.all():
                pieces.append(_without(piece, stale) if stale.any() else piece)
        if not pieces:
            return
        self._sampled(pieces, now)
        stale_s = self._agents.stale_s.data
        for source, samples in _by_source(pieces, sources):
            source.take(samples.rows, samples.times, samples.values, now, stale_s)

    def _sampled(self, pieces: Sequence[Piece], now: float) -> None:
        """Note each agent's newest sample; an agent whose clock was set back begins anew with the older time."""
        agents = np.concatenate([one.agents for one in pieces])
        times = np.concatenate([one.last for one in pieces])
        order = np.lexsort((times, agents))
        agents, times = agents[order], times[order]
        newest = np.append(np.flatnonzero(agents[1:] != agents[:-1]), len(agents) - 1)
        rows, last = agents[newest], times[newest]
        self._agents.sampled(rows, last, now)


def warm(piece: Piece, sources: Mapping[int, Source]) -> None:
    """Hand a piece on as history."""
    for source, samples in _by_source([piece], sources):
        source.warm(samples.rows, samples.times, samples.values)


def _weight(piece: Piece) -> int:
    return piece.values.size + len(piece.agents)


def _without(piece: Piece, left_out: NDArray[np.bool_]) -> Piece:
    kept = ~left_out
    return piece._replace(
        agents=piece.agents[kept], last=piece.last[kept], rows=piece.rows[kept], values=piece.values[kept]
    )


def _by_source(pieces: Sequence[Piece], sources: Mapping[int, Source]) -> list[tuple[Source, Flat]]:
    """Return for each source its samples, those of each row side by side and in the order of time."""
    flats = [flat for piece in pieces if piece.plan.keys for flat in (_ticked(piece), _newest(piece))]
    if not flats:
        return []
    together = Flat(
        np.concatenate([one.numbers for one in flats]),
        np.concatenate([one.rows for one in flats]),
        np.concatenate([one.times for one in flats]),
        np.concatenate([one.values for one in flats]),
    )
    known = ~np.isnan(together.values) & (together.rows >= 0)
    if not known.all():
        together = _chosen(together, known)
    several = _repeated(pieces)
    # Sorting 16-bit keys takes a fifth of the time, and there are never so many sources at once.
    dense = np.full(max(max(sources, default=0), int(together.numbers.max(initial=0))) + 1, len(sources), np.uint16)
    listed = list(sources.values())
    dense[[one.number for one in listed]] = np.arange(len(listed))
    keys = dense[together.numbers]
    together = _chosen(together, np.argsort(keys, kind="stable"))
    ends = np.cumsum(np.bincount(keys, minlength=len(listed) + 1)).tolist()
    result = []
    for at, (source, end) in enumerate(zip(listed, ends, strict=False)):
        first = ends[at - 1] if at else 0
        if first == end:
            continue
        samples = _chosen(together, slice(first, end))
        if several:
            samples = _chosen(samples, np.lexsort((samples.times, samples.rows)))
        result.append((source, samples))
    return result


def _chosen(flat: Flat, which: "slice | NDArray[np.bool_] | Rows") -> Flat:
    return Flat(flat.numbers[which], flat.rows[which], flat.times[which], flat.values[which])


def _repeated(pieces: Sequence[Piece]) -> bool:
    """Return whether an agent has several frames, so that its samples do not lie side by side."""
    agents = np.concatenate([one.agents for one in pieces])
    return len(np.unique(agents)) < len(agents)


def _ticked(piece: Piece) -> Flat:
    """Return every sample of the sources that need them all."""
    keys, ticks = piece.plan.ticked, piece.values.shape[2]
    offsets = piece.step * np.arange(1 - ticks, 1)
    times = np.broadcast_to((piece.last[:, None] + offsets)[:, None, :], (len(piece.last), keys, ticks))
    shape = times.shape
    return Flat(
        np.broadcast_to(piece.plan.numbers[:keys, None], shape).ravel(),
        np.broadcast_to(piece.rows[:, :keys, None], shape).ravel(),
        times.ravel(),
        piece.values[:, :keys].ravel(),
    )


def _newest(piece: Piece) -> Flat:
    """Return the newest sample of each other series, as far as the frame has one."""
    keys = piece.plan.ticked
    values = piece.values[:, keys:, -1]
    times = np.broadcast_to(piece.last[:, None], values.shape)
    absent = np.isnan(values)
    if absent.any():
        values, times = values.copy(), times.copy()
        for tick in range(2, piece.values.shape[2] + 1):
            earlier = piece.values[:, keys:, -tick]
            filled = absent & ~np.isnan(earlier)
            values[filled] = earlier[filled]
            times[filled] -= (tick - 1) * piece.step
            absent &= ~filled
            if not absent.any():
                break
    return Flat(
        np.broadcast_to(piece.plan.numbers[keys:], values.shape).ravel(),
        piece.rows[:, keys:].ravel(),
        times.ravel(),
        values.ravel(),
    )
