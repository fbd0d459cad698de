"""Compaction: frames become blocks and rollups.

What is moved is moved in one transaction: the frames are deleted, and the blocks of every hour that they touch are
written anew with their samples merged in. So a sample is always in exactly one place, wherever the worker is killed,
and frames that come hours late take the same way as all others.
"""

from collections.abc import Awaitable, Callable, Collection

import numpy as np
from numpy.typing import NDArray
from opsentrix_protocol import opsentrix_pb2 as pb

from opsentrix import log, selfmetrics
from opsentrix.db import Connection, Database
from opsentrix.errors import UnavailableError
from opsentrix.maintenance import processes
from opsentrix.model.blocks import (
    CorruptBlockError,
    Rollup,
    join,
    pack_axis,
    pack_rollups,
    pack_samples,
    report,
)
from opsentrix.model.frames import DAY_MS, StoredFrame
from opsentrix.model.gaps import LedgerGap, Span
from opsentrix.model.ranges import RangeSet
from opsentrix.model.samples import assemble, together, unpack_row
from opsentrix.model.tiers import HOUR, HOUR_MS, MINUTE, MINUTE_MS, SECOND, fuller, roll_up_rollups, roll_up_samples
from opsentrix.storage import blocks, frames, gaps, layouts, minutes, partitions

GRACE_MS = 60_000
"""An hour is compacted this long after its end: most frames that straddle it have come by then."""
MAX_VALUES = 20_000_000
"""Samples that are handled at once: 160 MB."""
_NO_AXIS = b""
_log = log.get(__name__)

Pause = Callable[[], Awaitable[None]]


async def _no_pause() -> None:
    """Go on at once."""


class CorruptHourError(Exception):
    """Nothing can be merged into an agent's hour: `start_ms` is its begin."""

    def __init__(self, start_ms: int) -> None:
        super().__init__(start_ms)
        self.start_ms = start_ms


Closed = dict[int, set[int]]
"""By agent the hours (begins in Unix ms) that nothing can be merged into: their frames stay frames, and are read so."""


def due_before_ms(now: float) -> int:
    """Return the end of the newest hour that is to be compacted at a moment in Unix seconds, in Unix ms."""
    return (round(now * 1000) - GRACE_MS) // HOUR_MS * HOUR_MS


async def run_once(database: Database, now: float, pause: Pause = _no_pause, closed: Closed | None = None) -> int:
    """Compact every hour that is over, roll up every day that is over, and return how many frames were moved.

    Args:
        database: the hub's.
        now: Unix time in seconds.
        pause: called after each hour of an agent, so that the work does not crowd out ingest.
        closed: hours that were found corrupt in earlier passes; those of this one are added.

    Raises:
        UnavailableError: the database is away.
    """
    closed = {} if closed is None else closed
    before_ms = due_before_ms(now)
    async with database.connection() as connection:
        waiting = await frames.agents_with_frames_before(connection, before_ms)
    moved = 0
    for agent_id in waiting:
        try:
            moved += await _compact_agent(database, agent_id, before_ms, pause, closed.setdefault(agent_id, set()))
        except UnavailableError:
            raise
        except Exception:  # noqa: BLE001 - what is wrong with one agent's frames must not keep all others waiting
            selfmetrics.COMPACTION_FAILURES.inc()
            _log.exception("an agent's frames could not be compacted", agent=agent_id)
    async with database.connection() as connection:
        days = await blocks.queued_rollups(connection, (round(now * 1000) - HOUR_MS) // DAY_MS * DAY_MS, limit=100_000)
    for agent_id, day_ms in days:
        await roll_up_day(database, agent_id, day_ms)
        await pause()
    return moved


async def _compact_agent(database: Database, agent_id: int, before_ms: int, pause: Pause, closed: set[int]) -> int:
    moved = 0
    while True:
        try:
            count = await compact_oldest(database, agent_id, before_ms, closed)
        except CorruptHourError as error:
            closed.add(error.start_ms)
        else:
            if not count:
                return moved
            moved += count
            await pause()


async def compact_oldest(database: Database, agent_id: int, before_ms: int, closed: Collection[int] = ()) -> int:
    """Move an agent's oldest hour of frames that begin before `before_ms`, or a part of it; return how many moved.

    Frames that touch one of the `closed` hours stay.

    Raises:
        CorruptHourError: the frames touch an hour that nothing can be merged into; nothing was moved.
    """
    closed_hours = sorted(closed)
    async with database.connection() as connection:
        oldest_ms = await frames.oldest_before(connection, agent_id, before_ms, closed_hours)
        if oldest_ms is None:
            return 0
        start_ms = oldest_ms // HOUR_MS * HOUR_MS
        end_ms = await _end_of_part(connection, agent_id, oldest_ms, min(start_ms + HOUR_MS, before_ms))
        # The last frame may reach into the next hour, and that into another partition.
        days = {start_ms // DAY_MS, (end_ms + HOUR_MS) // DAY_MS}
        for tier in (SECOND, MINUTE):
            await partitions.ensure(connection, days, tier.table, tier.partition_days)
    async with database.transaction() as connection:
        await frames.lock_history(connection, agent_id)
        taken = await frames.take(connection, agent_id, oldest_ms, end_ms, closed_hours)
        ids = await layouts.series_ids(connection, agent_id, {frame.layout_id for frame in taken})
        spans = [Span.of(frame) for frame in taken]
        for hour_ms in _hours(spans):
            await _merge_hour(connection, agent_id, hour_ms, taken, ids)
            await blocks.queue_rollup(connection, agent_id, hour_ms)
        await processes.keep(connection, agent_id, taken)
        await minutes.remove_before(connection, agent_id, end_ms // MINUTE_MS)
        for boot in {frame.boot for frame in taken}:
            seqs = RangeSet((frame.seq, frame.seq) for frame in taken if frame.boot == boot)
            await frames.note_compacted(connection, boot, seqs)
        await _note_gaps(connection, agent_id, spans)
    selfmetrics.COMPACTED_FRAMES.inc(len(taken))
    return len(taken)


async def roll_up_day(database: Database, agent_id: int, day_ms: int) -> None:
    """Write the row of the coarsest tier of a day from its minutes."""
    async with database.connection() as connection:
        await partitions.ensure(connection, {day_ms // DAY_MS}, HOUR.table, HOUR.partition_days)
    async with database.transaction() as connection:
        await frames.lock_history(connection, agent_id)
        hours: list[tuple[int, NDArray[np.int64], Rollup]] = []
        for hour in range(DAY_MS // HOUR_MS):
            row = await blocks.one(connection, MINUTE, agent_id, day_ms + hour * HOUR_MS)
            if row is not None:
                ids, minute_rollups = MINUTE.unpack_row(row, agent_id, day_ms + hour * HOUR_MS)
                hours.append((hour, ids, roll_up_rollups(minute_rollups)))
        held = np.unique(np.concatenate([ids for _, ids, _ in hours])) if hours else np.empty(0, np.int64)
        if held.size:
            whole = Rollup.empty(held.size, HOUR.buckets)
            for hour, ids, rollups in hours:
                whole.put((np.searchsorted(held, ids), slice(hour, hour + 1)), rollups)
            await blocks.write(connection, HOUR, agent_id, day_ms, join(held.tolist(), pack_rollups(whole), _NO_AXIS))
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
        try:
            known = unpack_row(row, agent_id, hour_ms, wanted)
        except CorruptBlockError as error:
            # Without their time axis, which they share, nothing can be put between the samples of this hour.
            report(error, agent_id, None, hour_ms)
            raise CorruptHourError(hour_ms) from error
        samples = together([known, samples])
    float32 = row is None and all(frame.value_type == pb.VALUE_TYPE_FLOAT32 for frame in taken)
    packed = zip(wanted, pack_samples(samples.values, float32=float32), strict=True)
    seconds = {series_id: block for series_id, block in packed if block}
    if not seconds:
        return
    axis = pack_axis(samples.time, samples.step_ms)
    await blocks.write(connection, SECOND, agent_id, hour_ms, join(list(seconds), list(seconds.values()), axis))
    rolled = roll_up_samples(samples, hour_ms, MINUTE)
    held = np.any(rolled.count > 0, axis=1)
    minutes_of, rolled = np.array(wanted, np.int64)[held], rolled.of(held)
    if row is not None:
        minutes_of, rolled = await _with_known_minutes(connection, agent_id, hour_ms, minutes_of, rolled)
    await blocks.write(connection, MINUTE, agent_id, hour_ms, join(minutes_of.tolist(), pack_rollups(rolled), _NO_AXIS))


async def _with_known_minutes(
    connection: Connection, agent_id: int, hour_ms: int, ids: NDArray[np.int64], rolled: Rollup
) -> tuple[NDArray[np.int64], Rollup]:
    """Return the minutes of an hour's series with those that were written before and hold more samples.

    Samples are only ever added, so there are such minutes only where blocks of seconds were lost to corruption.
    """
    row = await blocks.one(connection, MINUTE, agent_id, hour_ms)
    if row is None:
        return ids, rolled
    known_ids, known = MINUTE.unpack_row(row, agent_id, hour_ms)
    every = np.union1d(known_ids, ids)
    before, after = (Rollup.empty(every.size, MINUTE.buckets) for _ in range(2))
    before.put((np.searchsorted(every, known_ids), slice(None)), known)
    after.put((np.searchsorted(every, ids), slice(None)), rolled)
    return every, fuller(before, after)


async def _note_gaps(connection: Connection, agent_id: int, spans: list[Span]) -> None:
    """Keep the ledger true: frames that came late fill what it holds, the others may show what is missing."""
    newest = await gaps.newest_span(connection, agent_id)
    late = [span for span in spans if newest is not None and span.first_ms < newest.last_ms]
    gone: list[LedgerGap] = []
    new: list[LedgerGap] = []
    if late:
        known = await gaps.between(connection, agent_id, late[0].first_ms, max(span.last_ms for span in late))
        gone, new = await gaps.filled(connection, agent_id, known, late)
    fresh = [span for span in spans if newest is None or span.first_ms >= newest.last_ms]
    new += await gaps.explained(connection, agent_id, fresh if newest is None else [newest, *fresh])
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
