"""What is stored of some series of one agent: frames not yet compacted, and rows of a tier."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from opsentrix.db import Connection
from opsentrix.model.blocks import Blocks, CorruptBlockError, report, unpack_rollup
from opsentrix.model.frames import DAY_MS, StoredFrame
from opsentrix.model.gaps import LedgerGap, Span, gaps_between
from opsentrix.model.samples import Samples, assemble, together, unpack_row
from opsentrix.model.tiers import HOUR, MINUTE, Tier
from opsentrix.query.grid import Buckets
from opsentrix.storage import blocks, frames, gaps, layouts


@dataclass(frozen=True, slots=True)
class Stored:
    """Rows as they were read; decoding them is the work of `samples_of` and `buckets_of`, outside of the transaction.

    Attributes:
        rows: tier, start (Unix ms) and blocks of each.
        layouts: the series numbers of each layout that the frames have.
        gaps: why samples are missing between frames, compacted or not.
    """

    agent_id: int
    series_ids: Sequence[int]
    first_ms: int
    last_ms: int
    frames: list[StoredFrame]
    layouts: dict[int, NDArray[np.int64]]
    rows: list[tuple[Tier, int, Blocks]]
    gaps: list[LedgerGap]


async def fetch(
    connection: Connection, tier: Tier, agent_id: int, series_ids: Sequence[int], first_ms: int, last_ms: int
) -> Stored:
    """Read what is stored from first_ms to last_ms inclusive, from this tier as far as it goes.

    All statements must see the same moment (a transaction with isolation repeatable read), because the worker moves
    frames into blocks meanwhile.
    """
    fresh = await frames.read(connection, agent_id, first_ms, last_ms)
    of_layouts = await layouts.series_ids(connection, agent_id, {frame.layout_id for frame in fresh})
    found = await blocks.between(connection, tier, agent_id, first_ms, last_ms, series_ids)
    rows = [(tier, start_ms, row) for start_ms, row in found]
    if tier is HOUR:
        # Days with news are not rolled up yet, or no longer truly: their minutes are.
        waiting = set(await blocks.queued_days(connection, agent_id))
        rows = [one for one in rows if one[1] not in waiting]
        for day_ms in sorted(waiting):
            begin, end = max(first_ms, day_ms), min(last_ms, day_ms + DAY_MS - 1)
            if begin <= end:
                minutes = await blocks.between(connection, MINUTE, agent_id, begin, end, series_ids)
                rows += [(MINUTE, start_ms, row) for start_ms, row in minutes]
    ledger = await gaps.between(connection, agent_id, first_ms, last_ms)
    newest = await gaps.newest_span(connection, agent_id)
    spans = [Span.of(frame) for frame in fresh if newest is None or frame.time_ms >= newest.last_ms]
    ledger += gaps_between(spans if newest is None else [newest, *spans])
    return Stored(agent_id, series_ids, first_ms, last_ms, fresh, of_layouts, rows, ledger)


def samples_of(stored: Stored) -> Samples:
    """Return the samples of the finest tier and of the frames, in the order of `stored.series_ids`."""
    parts = []
    for _, start_ms, row in stored.rows:
        try:
            parts.append(unpack_row(row, stored.agent_id, start_ms, stored.series_ids))
        except CorruptBlockError as error:
            report(error, stored.agent_id, None, start_ms)
    parts.append(assemble(stored.frames, stored.layouts, stored.series_ids, stored.first_ms, stored.last_ms))
    whole = together(parts)
    inside = (whole.time >= stored.first_ms) & (whole.time <= stored.last_ms)
    return Samples(whole.time[inside], whole.values[:, inside], whole.step_ms[inside])


def buckets_of(stored: Stored) -> Buckets:
    """Return the buckets of the rows, and each sample of the frames as a bucket of its own, in no order."""
    fresh = assemble(stored.frames, stored.layouts, stored.series_ids, stored.first_ms, stored.last_ms)
    parts = [Buckets.of(fresh)]
    for tier, start_ms, row in stored.rows:
        parts.append(_row_buckets(stored, tier, start_ms, row))
    whole = Buckets.concatenate(parts)
    return whole.between(stored.first_ms, stored.last_ms)


def _row_buckets(stored: Stored, tier: Tier, start_ms: int, row: Blocks) -> Buckets:
    row_of = {series_id: at for at, series_id in enumerate(stored.series_ids)}
    time = start_ms + tier.bucket_ms * np.arange(tier.buckets, dtype=np.int64)
    buckets = Buckets.empty(len(row_of), time)
    for series_id, rollup in row.readable(lambda block: unpack_rollup(block, tier.buckets), stored.agent_id, start_ms):
        at, held = row_of.get(series_id), rollup.count > 0
        if at is not None:
            buckets.minimum[at, held] = rollup.minimum[held]
            buckets.maximum[at, held] = rollup.maximum[held]
            buckets.total[at, held] = rollup.mean[held] * rollup.count[held]
            buckets.count[at] = rollup.count
    return buckets
