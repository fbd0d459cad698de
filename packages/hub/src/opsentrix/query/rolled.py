"""What the coarser tiers hold of some series of many agents, and of the frames that are not compacted yet.

A moment's samples are in one of three places: a block of the tier, a recent minute, or frames. Blocks win over recent
minutes, because a minute may have been written while the worker moved its frames; and frames are read where neither is.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from opsentrix.db import Connection
from opsentrix.model import minutes as codec
from opsentrix.model.blocks import Blocks
from opsentrix.model.frames import DAY_MS, StoredFrame
from opsentrix.model.samples import assemble
from opsentrix.model.tiers import HOUR, MINUTE, MINUTE_MS, Tier
from opsentrix.query.grid import Buckets
from opsentrix.storage import blocks, frames, layouts, minutes

Wanted = Mapping[int, Sequence[int]]
"""Agents, and the series wanted of each."""


@dataclass(frozen=True, slots=True)
class Rolled:
    """What is stored of one agent.

    Attributes:
        buckets: of the series in the order that they were asked for; their times are in no order.
        runs: the frames that were read, in runs without a gap in reading.
    """

    buckets: Buckets
    runs: list[list[StoredFrame]]


async def fetch(
    connection: Connection, tier: Tier, wanted: Wanted, first_ms: int, last_ms: int, margin_ms: int = 0
) -> dict[int, Rolled]:
    """Read what is stored from first_ms to last_ms inclusive, from this tier as far as it goes.

    All statements must see the same moment (a transaction with isolation repeatable read), because the worker moves
    frames into blocks meanwhile. Decoding runs in a thread.

    Args:
        connection: in such a transaction.
        tier: not the finest.
        wanted: what to read.
        first_ms: Unix ms.
        last_ms: Unix ms.
        margin_ms: read frames so much before each place that needs them, for whoever looks at what lies between frames.
    """
    agents = [agent_id for agent_id, ids in wanted.items() for _ in ids]
    series = [one for ids in wanted.values() for one in ids]
    rows = [(tier, *row) for row in await blocks.between(connection, tier, agents, series, first_ms, last_ms)]
    if tier is HOUR:
        rows = await _with_waiting_days(connection, rows, wanted, first_ms, last_ms)
    recent = await minutes.between(connection, agents, series, first_ms // MINUTE_MS, last_ms // MINUTE_MS)
    parts = {agent_id: _Parts(agent_id, ids, first_ms, last_ms) for agent_id, ids in wanted.items()}
    await asyncio.to_thread(_decode, parts, rows, recent)
    ranges = [one for part in parts.values() for one in part.uncovered(margin_ms)]
    of_layouts: dict[int, dict[int, NDArray[np.int64]]] = {}
    if ranges:
        for frame in await frames.read_ranges(connection, ranges):
            parts[frame.agent_id].frames.append(frame)
        keys = {(frame.agent_id, frame.layout_id) for part in parts.values() for frame in part.frames}
        of_layouts = await layouts.series_of_many(connection, sorted(keys))
    return await asyncio.to_thread(
        lambda: {agent_id: part.rolled(of_layouts.get(agent_id, {})) for agent_id, part in parts.items()}
    )


async def _with_waiting_days(
    connection: Connection, rows: list[tuple[Tier, int, int, Blocks]], wanted: Wanted, first_ms: int, last_ms: int
) -> list[tuple[Tier, int, int, Blocks]]:
    """Replace the days with news: they are not rolled up yet, or no longer truly, but their minutes are."""
    waiting = await blocks.queued_days(connection, list(wanted))
    kept = [one for one in rows if (one[1], one[2]) not in waiting]
    for day_ms in sorted({day_ms for _, day_ms in waiting}):
        begin, end = max(first_ms, day_ms), min(last_ms, day_ms + DAY_MS - 1)
        if begin > end:
            continue
        agents = [agent_id for agent_id, ids in wanted.items() if (agent_id, day_ms) in waiting for _ in ids]
        series = [one for agent_id, ids in wanted.items() if (agent_id, day_ms) in waiting for one in ids]
        kept += [(MINUTE, *row) for row in await blocks.between(connection, MINUTE, agents, series, begin, end)]
    return kept


def _decode(
    parts: dict[int, "_Parts"], rows: list[tuple[Tier, int, int, Blocks]], recent: list[minutes.Recent]
) -> None:
    for tier, agent_id, start_ms, row in rows:
        parts[agent_id].rows.append((tier, start_ms, row))
    for one in recent:
        parts[one.agent_id].recent.append(one)
    for part in parts.values():
        part.add_rows()
        part.add_minutes()


@dataclass(slots=True)
class _Parts:
    """What was found of one agent."""

    agent_id: int
    series_ids: Sequence[int]
    first_ms: int
    last_ms: int
    rows: list[tuple[Tier, int, Blocks]] = field(default_factory=list)
    recent: list[minutes.Recent] = field(default_factory=list)
    frames: list[StoredFrame] = field(default_factory=list)
    buckets: list[Buckets] = field(default_factory=list)
    covered: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))

    def add_rows(self) -> None:
        """Unpack the blocks."""
        ends = np.cumsum([0, *(tier.buckets for tier, _, _ in self.rows)]).tolist()
        time = np.empty(ends[-1], np.int64)
        values = np.full((3, len(self.series_ids), ends[-1]), np.nan)
        count = np.zeros((len(self.series_ids), ends[-1]), np.int64)
        for (tier, start_ms, row), first, end in zip(self.rows, ends, ends[1:], strict=False):
            time[first:end] = np.arange(start_ms, start_ms + tier.row_ms, tier.bucket_ms)
            for series_id, rollup in row.readable(tier.unpack, self.agent_id, start_ms):
                at = self.series_ids.index(series_id)
                values[0, at, first:end] = rollup.minimum
                values[1, at, first:end] = rollup.maximum
                values[2, at, first:end] = rollup.mean
                count[at, first:end] = rollup.count
        width_ms = np.repeat([tier.bucket_ms for tier, _, _ in self.rows], [tier.buckets for tier, _, _ in self.rows])
        self.buckets.append(Buckets.of_means(time, width_ms.astype(np.int64), values, count))

    def add_minutes(self) -> None:
        """Take the recent minutes that no block knows anything of."""
        if not self.recent:
            return
        known = self.recent[0].covered
        unknown = np.ones(known.size, np.bool_)
        (held,) = self.buckets
        for tier, start_ms, _ in self.rows:
            within = (held.time >= start_ms) & (held.time < start_ms + tier.row_ms) & held.count.any(axis=0)
            unknown &= ~np.isin(known * MINUTE_MS // tier.bucket_ms, held.time[within] // tier.bucket_ms)
        self.covered = np.sort(known[unknown])
        values = np.full((3, len(self.series_ids), self.covered.size), np.nan)
        count = np.zeros((len(self.series_ids), self.covered.size), np.int64)
        for one in self.recent:
            used = np.isin(one.numbers, self.covered)
            at, row = np.searchsorted(self.covered, one.numbers[used]), self.series_ids.index(one.series_id)
            rolled, present = codec.unpack(one.values, one.counts, one.ticks)
            values[:, row, at] = rolled[:, used]
            count[row, at] = present[used]
        self.buckets.append(Buckets.of_means(self.covered * MINUTE_MS, MINUTE_MS, values, count))

    def uncovered(self, margin_ms: int) -> list[tuple[int, int, int]]:
        """Return (agent, first, last), Unix ms, of the times whose frames must be read."""
        first, last = self.first_ms // MINUTE_MS, self.last_ms // MINUTE_MS
        edges = np.concatenate(([first - 1], self.covered, [last + 1]))
        holes = np.flatnonzero(np.diff(edges) > 1)
        return [
            (self.agent_id, max(self.first_ms, begin * MINUTE_MS) - margin_ms, min(self.last_ms, end * MINUTE_MS - 1))
            for begin, end in zip((edges[holes] + 1).tolist(), edges[holes + 1].tolist(), strict=True)
        ]

    def rolled(self, of_layouts: dict[int, NDArray[np.int64]]) -> Rolled:
        """Return everything together."""
        needed = [one for one in self.frames if not self._is_covered(one)]
        fresh = Buckets.of(assemble(needed, of_layouts, self.series_ids, self.first_ms, self.last_ms))
        parts = [*self.buckets, fresh.take(np.flatnonzero(~np.isin(fresh.time // MINUTE_MS, self.covered)))]
        return Rolled(Buckets.concatenate(parts).between(self.first_ms, self.last_ms), self._runs())

    def _is_covered(self, frame: StoredFrame) -> bool:
        first = frame.time_ms // MINUTE_MS
        last = (frame.time_ms + (frame.ticks - 1) * frame.step_ms) // MINUTE_MS
        inside = np.searchsorted(self.covered, last, "right") - np.searchsorted(self.covered, first, "left")
        return bool(inside == last - first + 1)

    def _runs(self) -> list[list[StoredFrame]]:
        """Return the frames, cut where a covered minute lies between two of them."""
        runs: list[list[StoredFrame]] = []
        end_ms = None
        for frame in self.frames:
            between = end_ms is not None and self.covered.size and (
                np.searchsorted(self.covered, frame.time_ms // MINUTE_MS, "left")
                > np.searchsorted(self.covered, end_ms // MINUTE_MS, "right")
            )  # fmt: skip
            if end_ms is None or between:
                runs.append([])
            runs[-1].append(frame)
            end_ms = max(end_ms or 0, frame.time_ms + (frame.ticks - 1) * frame.step_ms)
        return runs
