"""Compaction: frames become blocks and rollups.

What is moved is moved in one transaction: the frames are deleted, and the blocks of every hour that they touch are
written anew with their samples merged in. So a sample is always in exactly one place, wherever the worker is killed,
and frames that come hours late take the same way as all others.
"""

from collections.abc import Awaitable, Callable

import numpy as np
from numpy.typing import NDArray
from opsentrix_protocol import opsentrix_pb2 as pb

from opsentrix import selfmetrics
from opsentrix.db import Connection, Database
from opsentrix.model.blocks import (
    CorruptBlockError,
    Rollup,
    join,
    pack_axis,
    pack_rollup,
    pack_series,
    report,
)
from opsentrix.model.frames import DAY_MS, StoredFrame
from opsentrix.model.gaps import LedgerGap, Span, filled, gaps_between
from opsentrix.model.ranges import RangeSet
from opsentrix.model.samples import assemble, together, unpack_row
from opsentrix.model.tiers import HOUR, HOUR_MS, MINUTE, MINUTE_MS, SECOND, roll_up_rollups, roll_up_samples
from opsentrix.storage import blocks, frames, gaps, layouts, minutes, partitions

GRACE_MS = 60_000
"""An hour is compacted this long after its end: most frames that straddle it have come by then."""
MAX_VALUES = 20_000_000
"""Samples that are handled at once: 160 MB."""
_NO_AXIS = b""

Pause = Callable[[], Awaitable[None]]


async def _no_pause() -> None:
    """Go on at once."""


async def run_once(database: Database, now: float, pause: Pause = _no_pause) -> int:
    """Compact every hour that is over, roll up every day that is over, and return how many frames were moved.

    Args:
        database: the hub's.
        now: Unix time in seconds.
        pause: called after each hour of an agent, so that the work does not crowd out ingest.
    """
    before_ms = (round(now * 1000) - GRACE_MS) // HOUR_MS * HOUR_MS
    async with database.connection() as connection:
        waiting = await frames.agents_with_frames_before(connection, before_ms)
    moved = 0
    for agent_id in waiting:
        try:
            while count := await compact_oldest(database, agent_id, before_ms):
                moved += count
                await pause()
        except CorruptBlockError as error:
            # Without its time axis the hour cannot be merged with; its frames stay where they are, readable.
            report(error, agent_id, None, before_ms)
    async with database.connection() as connection:
        days = await blocks.queued_rollups(connection, (round(now * 1000) - HOUR_MS) // DAY_MS * DAY_MS, limit=100_000)
    for agent_id, day_ms in days:
        await roll_up_day(database, agent_id, day_ms)
        await pause()
    return moved


async def compact_oldest(database: Database, agent_id: int, before_ms: int) -> int:
    """Move an agent's oldest hour of frames that begin before `before_ms`, or a part of it; return how many moved."""
    async with database.connection() as connection:
        oldest_ms = await frames.oldest_before(connection, agent_id, before_ms)
        if oldest_ms is None:
            return 0
        start_ms = oldest_ms // HOUR_MS * HOUR_MS
        end_ms = await _end_of_part(connection, agent_id, oldest_ms, min(start_ms + HOUR_MS, before_ms))
        # The last frame may reach into the next hour, and that into another partition.
        days = {start_ms // DAY_MS, (end_ms + HOUR_MS) // DAY_MS}
        for tier in (SECOND, MINUTE):
            await partitions.ensure(connection, days, tier.table, tier.partition_days)
    async with database.transaction() as connection:
        taken = await frames.take(connection, agent_id, oldest_ms, end_ms)
        ids = await layouts.series_ids(connection, agent_id, {frame.layout_id for frame in taken})
        spans = [Span.of(frame) for frame in taken]
        for hour_ms in _hours(spans):
            await _merge_hour(connection, agent_id, hour_ms, taken, ids)
            await blocks.queue_rollup(connection, agent_id, hour_ms)
        await _note_gaps(connection, agent_id, spans)
        await minutes.remove_before(connection, agent_id, end_ms // MINUTE_MS)
        for boot in {frame.boot for frame in taken}:
            seqs = RangeSet((frame.seq, frame.seq) for frame in taken if frame.boot == boot)
            await frames.note_compacted(connection, boot, seqs)
    selfmetrics.COMPACTED_FRAMES.inc(len(taken))
    return len(taken)


async def roll_up_day(database: Database, agent_id: int, day_ms: int) -> None:
    """Write the row of the coarsest tier of a day from its minutes."""
    async with database.connection() as connection:
        await partitions.ensure(connection, {day_ms // DAY_MS}, HOUR.table, HOUR.partition_days)
    async with database.transaction() as connection:
        by_series: dict[int, list[tuple[int, Rollup]]] = {}
        for hour in range(DAY_MS // HOUR_MS):
            row = await blocks.one(connection, MINUTE, agent_id, day_ms + hour * HOUR_MS)
            if row is None:
                continue
            for series_id, rollup in row.readable(MINUTE.unpack, agent_id, day_ms + hour * HOUR_MS):
                by_series.setdefault(series_id, []).append((hour, rollup))
        packed_days = {one: pack_rollup(roll_up_rollups(parts, HOUR)) for one, parts in by_series.items()}
        if packed_days:
            whole = join(list(packed_days), list(packed_days.values()), _NO_AXIS)
            await blocks.write(connection, HOUR, agent_id, day_ms, whole)
        await blocks.unqueue_rollup(connection, agent_id, day_ms)


async def _end_of_part(connection: Connection, agent_id: int, first_ms: int, before_ms: int) -> int:
    """Return where to stop so that no more than MAX_VALUES samples are moved at once, but one frame at least."""
    widest = await layouts.widest(connection, agent_id)
    total = 0
    listed = await frames.ticks_between(connection, agent_id, first_ms, before_ms)
    for time_ms, ticks in listed:
        total += ticks * widest
        if total > MAX_VALUES and time_ms > listed[0][0]:
            return time_ms
    return before_ms


async def _merge_hour(
    connection: Connection, agent_id: int, hour_ms: int, taken: list[StoredFrame], ids: dict[int, NDArray[np.int64]]
) -> None:
    row = await blocks.one(connection, SECOND, agent_id, hour_ms)
    parts = [*ids.values(), *([] if row is None else [row.series_ids])]
    wanted = np.unique(np.concatenate(parts)).tolist()
    samples = assemble(taken, ids, wanted, hour_ms, hour_ms + HOUR_MS - 1)
    if row is not None:
        samples = together([unpack_row(row, agent_id, hour_ms, wanted), samples])
    float32 = row is None and all(frame.value_type == pb.VALUE_TYPE_FLOAT32 for frame in taken)
    seconds = [
        (one, pack_series(values, float32=float32))
        for one, values in zip(wanted, samples.values, strict=True)
        if not np.isnan(values).all()
    ]
    if not seconds:
        return
    axis = pack_axis(samples.time, samples.step_ms)
    await blocks.write(
        connection,
        SECOND,
        agent_id,
        hour_ms,
        join([one for one, _ in seconds], [packed for _, packed in seconds], axis),
    )
    rolled = [
        (one, pack_rollup(rollup))
        for one, rollup in zip(wanted, roll_up_samples(samples, hour_ms, MINUTE), strict=True)
        if rollup is not None
    ]
    await blocks.write(
        connection, MINUTE, agent_id, hour_ms,
        join([one for one, _ in rolled], [packed for _, packed in rolled], _NO_AXIS),
    )  # fmt: skip


async def _note_gaps(connection: Connection, agent_id: int, spans: list[Span]) -> None:
    """Keep the ledger true: frames that came late fill what it holds, the others may show what is missing."""
    newest = await gaps.newest_span(connection, agent_id)
    late = [span for span in spans if newest is not None and span.first_ms < newest.last_ms]
    gone: list[LedgerGap] = []
    new: list[LedgerGap] = []
    if late:
        for known in await gaps.between(connection, agent_id, late[0].first_ms, max(span.last_ms for span in late)):
            left = filled(known, late)
            if left != [known]:
                gone.append(known)
                new += left
    fresh = [span for span in spans if newest is None or span.first_ms >= newest.last_ms]
    new += gaps_between(fresh if newest is None else [newest, *fresh])
    if gone or new:
        await gaps.replace(connection, agent_id, gone, new)
    if fresh:
        await gaps.set_newest_span(connection, agent_id, max(fresh, key=lambda span: span.last_ms))


def _hours(spans: list[Span]) -> list[int]:
    """Return the begins of the hours that the frames' ticks touch."""
    hours: set[int] = set()
    for span in spans:
        hours.update(range(span.first_ms // HOUR_MS, span.last_ms // HOUR_MS + 1))
    return [hour * HOUR_MS for hour in sorted(hours)]
