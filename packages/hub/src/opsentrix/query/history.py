"""Stored history of some series of many agents, moment by moment and in bounded pieces: what a backtest replays."""

import asyncio
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from itertools import groupby
from operator import attrgetter, itemgetter

import numpy as np
from numpy.typing import NDArray
from opsentrix_protocol.catalogue import Series

from opsentrix.db import Database
from opsentrix.model.blocks import Blocks, CorruptBlockError, report, unpack_axis
from opsentrix.model.frames import StoredFrame
from opsentrix.model.history import Bounds, Chunk, Stretch, Wanted
from opsentrix.model.samples import Samples, assemble, together, unpack_row
from opsentrix.model.tiers import HOUR_MS, SECOND, Tier
from opsentrix.query import rolled
from opsentrix.query.grid import Buckets
from opsentrix.storage import blocks, frames, layouts
from opsentrix.storage import series as stored_series

_HELD = 1_000_000
"""So many values are decoded at once, as far as the least window allows."""
_LEAST_MS = HOUR_MS // 12
_MOST_ROWS = 48
"""Rows of a tier that are read at once, of each agent."""
_AGENTS_AT_ONCE = 50


async def read(database: Database, wanted: Wanted) -> AsyncGenerator[Chunk, None]:
    """Yield what is stored, in order of time. Decoding runs in a thread, so that the event loop stays free."""
    if wanted.tier is SECOND:
        for first_ms, end_ms in _windows(wanted):
            stretches: list[Stretch] = []
            for at in range(0, len(wanted.agent_ids), _AGENTS_AT_ONCE):
                stretches += await _sampled(
                    database, wanted, wanted.agent_ids[at : at + _AGENTS_AT_ONCE], first_ms, end_ms
                )
            yield Chunk(first_ms / 1000, end_ms / 1000, stretches)
        return
    async with database.connection() as connection:
        there = await stored_series.longest_sent(connection, wanted.agent_ids)
    named = {(agent_id, number): one for agent_id, number, one in wanted.series}
    pairs = sorted({*named, *((agent_id, number) for agent_id, (number, _) in there.items())})
    members = rolled.Members(pairs)
    for first_ms, end_ms in _windows(wanted) if pairs else ():
        async with database.snapshot() as connection:
            found = await rolled.fetch(connection, wanted.tier, members, first_ms, end_ms - 1)
        span = (first_ms, end_ms)
        yield Chunk(
            first_ms / 1000, end_ms / 1000,
            await asyncio.to_thread(_of_buckets, found.buckets, pairs, named, wanted.tier, span),
        )  # fmt: skip


def _windows(wanted: Wanted) -> Iterator[tuple[int, int]]:
    """Yield (first, end) in Unix ms of pieces that are small enough; they begin where a row or a part of it does."""
    series = max(1, len(wanted.series))
    if wanted.tier is SECOND:
        width = HOUR_MS
        while width > _LEAST_MS and series * width // 1000 > _HELD:
            width //= 2
    else:
        rows = _HELD // (series * wanted.tier.buckets)
        width = wanted.tier.row_ms * min(max(rows, 1), _MOST_ROWS)
    first = wanted.first_ms
    while first < wanted.end_ms:
        end = min((first // width + 1) * width, wanted.end_ms)
        yield first, end
        first = end


async def _sampled(
    database: Database, wanted: Wanted, agent_ids: Sequence[int], first_ms: int, end_ms: int
) -> list[Stretch]:
    """Return the samples of some agents."""
    of_agent = {agent_id: dict[int, Series]() for agent_id in agent_ids}
    for agent_id, number, one in wanted.series:
        if agent_id in of_agent:
            of_agent[agent_id][number] = one
    ids = [number for mine in of_agent.values() for number in mine]
    async with database.snapshot() as connection:
        fresh = await frames.read_ranges(connection, [(one, first_ms, end_ms - 1) for one in agent_ids])
        of_layouts = await layouts.series_of_many(connection, sorted({(one.agent_id, one.layout_id) for one in fresh}))
        rows = await blocks.rows_of_agents(connection, SECOND, agent_ids, ids, first_ms, end_ms - 1)
    frames_of = {agent_id: list(group) for agent_id, group in groupby(fresh, key=attrgetter("agent_id"))}
    rows_of = {agent_id: [one[1:] for one in group] for agent_id, group in groupby(rows, key=itemgetter(0))}

    def decoded() -> list[Stretch]:
        found = []
        for agent_id, mine in of_agent.items():
            fresh, rows = frames_of.get(agent_id, []), rows_of.get(agent_id, [])
            if fresh or rows:
                listed = {layout: one for (agent, layout), one in of_layouts.items() if agent == agent_id}
                found.append(_of_samples(agent_id, mine, rows, fresh, listed, (first_ms, end_ms)))
        return [one for one in found if one.time.size]

    return await asyncio.to_thread(decoded)


def _of_samples(
    agent_id: int,
    named: Mapping[int, Series],
    rows: Sequence[tuple[int, Blocks]],
    fresh: Sequence[StoredFrame],
    of_layouts: dict[int, NDArray[np.int64]],
    span_ms: tuple[int, int],
) -> Stretch:
    """Return an agent's samples; the time is that of all of its ticks, whatever series they have."""
    first_ms, end_ms = span_ms
    ids = list(named)
    times = [one.time_ms + one.step_ms * np.arange(one.ticks) for one in fresh]
    parts: list[Samples] = []
    for start_ms, row in rows:
        try:
            times.append(unpack_axis(row.axis)[0])
            if row.series_ids.size:
                parts.append(unpack_row(row, agent_id, start_ms, ids))
        except CorruptBlockError as error:
            report(error, agent_id, None, start_ms)
    if ids:
        parts.append(assemble(fresh, of_layouts, ids, first_ms, end_ms - 1))
    ticks = np.unique(np.concatenate(times)) if times else np.empty(0, np.int64)
    ticks = ticks[(ticks >= first_ms) & (ticks < end_ms)]
    values = np.full((len(ids), ticks.size), np.nan)
    if parts and ticks.size:
        whole = together(parts)
        inside = (whole.time >= first_ms) & (whole.time < end_ms)
        values[:, np.searchsorted(ticks, whole.time[inside])] = whole.values[:, inside]
    held = np.flatnonzero(~np.isnan(values).all(axis=1))
    return Stretch(agent_id, tuple(named[ids[at]] for at in held), ticks / 1000, values[held])


def _of_buckets(
    found: Buckets,
    pairs: Sequence[tuple[int, int]],
    named: Mapping[tuple[int, int], Series],
    tier: Tier,
    span_ms: tuple[int, int],
) -> list[Stretch]:
    """Return buckets by agents; each stands where it begins."""
    first, end = span_ms[0] // tier.bucket_ms, -(-span_ms[1] // tier.bucket_ms)
    shape = len(pairs), end - first
    total, bounds = _gridded(found, shape, first, tier.bucket_ms)
    with np.errstate(invalid="ignore", divide="ignore"):
        values = total / bounds.count
    time = (first + np.arange(shape[1])) * tier.bucket_ms / 1000
    stretches = []
    for agent_id, group in groupby(enumerate(pairs), key=lambda one: one[1][0]):
        listed = list(group)
        mine = slice(listed[0][0], listed[-1][0] + 1)
        there = np.flatnonzero(bounds.count[mine].any(axis=0))
        held = [at for at, pair in listed if pair in named and bounds.count[at].any()]
        if there.size:
            place = np.ix_(np.array(held, np.intp), there)
            stretches.append(
                Stretch(
                    agent_id, tuple(named[pairs[at]] for at in held), time[there], values[place],
                    Bounds(bounds.low[place], bounds.high[place], bounds.count[place]),
                )
            )  # fmt: skip
    return stretches


def _gridded(found: Buckets, shape: tuple[int, int], first: int, width_ms: int) -> tuple[NDArray[np.float64], Bounds]:
    """Return sums and bounds, [members, buckets], of buckets and samples that may share a bucket."""
    total, count = np.full(shape, np.nan), np.zeros(shape, np.int64)
    bounds = Bounds(np.full(shape, np.nan), np.full(shape, np.nan), count)
    at = found.time // width_ms - first
    inside = np.flatnonzero((at >= 0) & (at < shape[1]))
    key = found.member[inside] * shape[1] + at[inside]
    order = np.argsort(key, kind="stable")
    key, inside = key[order], inside[order]
    starts = np.flatnonzero(np.diff(key, prepend=-1))
    if starts.size:
        place = key[starts]
        total.ravel()[place] = np.add.reduceat(found.total[inside], starts)
        count.ravel()[place] = np.add.reduceat(found.count[inside], starts)
        bounds.low.ravel()[place] = np.minimum.reduceat(found.minimum[inside], starts)
        bounds.high.ravel()[place] = np.maximum.reduceat(found.maximum[inside], starts)
    return total, bounds
