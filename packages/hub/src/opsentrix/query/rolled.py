"""What the coarser tiers hold of some series of many agents, and of the frames that are not compacted yet.

A moment's samples are in one of three places: a block of the tier, a recent minute, or frames. A recent minute is
whole, so it wins over frames, and over a block that has fewer samples of that minute: the first of an hour, of which a
frame began in the hour before. One that has no more than the block was written while the worker moved its frames.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from numpy.typing import NDArray
from opsentrix_protocol.errors import ProtocolError

from opsentrix.db import Connection
from opsentrix.model import minutes as codec
from opsentrix.model.blocks import CorruptBlockError, report, unpack_rollups
from opsentrix.model.frames import DAY_MS, StoredFrame, decode_head
from opsentrix.model.samples import Samples, report_frame
from opsentrix.model.tiers import HOUR, MINUTE, MINUTE_MS, Tier
from opsentrix.query.grid import Buckets
from opsentrix.storage import blocks, frames, layouts, minutes

Span = tuple[int, int]
"""The first and the last Unix ms that are wanted."""

_AGENT = 2**32
_FEW = 4
"""So many series of an agent are found one by one in the database; of more, all there is of the minutes is read."""

Block = tuple[int, int, int, bytes]
"""Agent, series, start in Unix ms, packed rollup."""


class Members:
    """The series that are read, in the order in which they are counted."""

    def __init__(self, pairs: Sequence[tuple[int, int]]) -> None:
        """Take (agent, series number) pairs."""
        self.agents = [agent_id for agent_id, _ in pairs]
        self.series = [series_id for _, series_id in pairs]
        self.place = {pair: at for at, pair in enumerate(pairs)}
        self.of_agent: dict[int, list[int]] = {}
        for agent_id, series_id in pairs:
            self.of_agent.setdefault(agent_id, []).append(series_id)
        self.agent_ids = list(self.of_agent)

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.place)


@dataclass(frozen=True, slots=True)
class Rolled:
    """What is stored.

    Attributes:
        buckets: of the members, in no order.
        frames: those that were read, in the order of agents and time.
        covered: by agent, int64[minutes] since 1970 in order: in these no frames were read, and none is missing.
    """

    buckets: Buckets
    frames: list[StoredFrame]
    covered: dict[int, NDArray[np.int64]]

    def runs(self, agent_id: int) -> list[list[StoredFrame]]:
        """Return an agent's frames, cut where a covered minute lies between two of them."""
        numbers = self.covered.get(agent_id, np.empty(0, np.int64))
        runs: list[list[StoredFrame]] = []
        end_ms = -1
        for frame in self.frames:
            if frame.agent_id != agent_id:
                continue
            before = np.searchsorted(numbers, end_ms // MINUTE_MS, "right")
            if end_ms < 0 or np.searchsorted(numbers, frame.time_ms // MINUTE_MS, "left") > before:
                runs.append([])
            runs[-1].append(frame)
            end_ms = max(end_ms, frame.time_ms + (frame.ticks - 1) * frame.step_ms)
        return runs


async def fetch(
    connection: Connection, tier: Tier, members: Members, first_ms: int, last_ms: int, margin_ms: int = 0
) -> Rolled:
    """Read what is stored from first_ms to last_ms inclusive, from this tier as far as it goes.

    All statements must see the same moment (a transaction with isolation repeatable read), because the worker moves
    frames into blocks meanwhile. Decoding runs in a thread.

    Args:
        connection: in such a transaction.
        tier: not the finest.
        members: what to read.
        first_ms: Unix ms.
        last_ms: Unix ms.
        margin_ms: read frames so much before each place that needs them, for whoever looks at what lies between frames.
    """
    found = {tier: await blocks.of_series(connection, tier, members.agents, members.series, first_ms, last_ms)}
    if tier is HOUR:
        await _add_waiting_days(connection, found, members, first_ms, last_ms)
    recent = await _recent(connection, members, first_ms // MINUTE_MS, last_ms // MINUTE_MS)
    span = first_ms, last_ms
    parts, covered = await asyncio.to_thread(_decode, found, recent, members, span)
    ranges = [
        (agent_id, first - margin_ms, last)
        for agent_id in members.agent_ids
        for first, last in _uncovered(covered.get(agent_id), first_ms, last_ms)
    ]
    fresh = await frames.read_ranges(connection, ranges) if ranges else []
    keys = sorted({(frame.agent_id, frame.layout_id) for frame in fresh})
    of_layouts = await layouts.series_of_many(connection, keys)
    if fresh:
        parts.append(await asyncio.to_thread(_of_frames, fresh, of_layouts, members, covered, span))
    return Rolled(Buckets.concatenate(parts), fresh, covered)


async def _recent(connection: Connection, members: Members, first: int, last: int) -> list[codec.Recent]:
    """Return the recent minutes from first to last, in minutes since 1970."""
    if len(members) <= _FEW * len(members.agent_ids):
        return await minutes.of_series(connection, members.agents, members.series, first, last)
    found = sorted(await minutes.whole(connection, members.agent_ids, first, last), key=lambda one: one.agent_id)
    of_layouts = await layouts.series_of_many(connection, sorted({(one.agent_id, one.layout_id) for one in found}))
    recent = []
    for agent_id, group in groupby(found, key=lambda one: one.agent_id):
        of_agent = {layout_id: ids for (agent, layout_id), ids in of_layouts.items() if agent == agent_id}
        recent += codec.split(list(group), of_agent, members.of_agent[agent_id])
    return recent


async def _add_waiting_days(
    connection: Connection, found: dict[Tier, list[Block]], members: Members, first_ms: int, last_ms: int
) -> None:
    """Replace the days with news: they are not rolled up yet, or no longer truly, but their minutes are."""
    waiting = await blocks.queued_days(connection, members.agent_ids)
    found[HOUR] = [one for one in found[HOUR] if (one[0], one[2]) not in waiting]
    found[MINUTE] = []
    for day_ms in sorted({day_ms for _, day_ms in waiting}):
        begin, end = max(first_ms, day_ms), min(last_ms, day_ms + DAY_MS - 1)
        pairs = [pair for pair in members.place if (pair[0], day_ms) in waiting]
        if begin <= end:
            agents, series = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
            found[MINUTE] += await blocks.of_series(connection, MINUTE, agents, series, begin, end)


def _decode(
    found: dict[Tier, list[Block]], recent: list[codec.Recent], members: Members, span: Span
) -> tuple[list[Buckets], dict[int, NDArray[np.int64]]]:
    """Return the buckets of blocks and of recent minutes, and which minutes of each agent the latter cover."""
    parts = [_of_blocks(tier, rows, members, span) for tier, rows in found.items()]
    if not recent:
        return parts, {}
    fresh, agent_of = _of_minutes(recent, members, span), np.array(members.agents, np.int64)
    keys = np.unique(np.concatenate([_key(one.agent_id, one.numbers) for one in recent]))
    fresh_keys = _key(agent_of[fresh.member], fresh.time // MINUTE_MS)
    held = np.zeros(keys.size)
    for tier, part in zip(found, parts, strict=True):
        width = tier.bucket_ms // MINUTE_MS
        count = _sums(_key(keys // _AGENT, keys % _AGENT // width), agent_of, part, tier)
        held += count if tier is MINUTE else np.where(count > 0, np.inf, 0.0)
    mine = np.bincount(np.searchsorted(keys, fresh_keys), fresh.count, keys.size)
    used = keys[(mine > held) | (held == 0)]
    if MINUTE in found:
        at = list(found).index(MINUTE)
        parts[at] = _without(parts[at], used, agent_of)
    parts.append(fresh.take(np.isin(fresh_keys, used)))
    begins = np.flatnonzero(np.diff(used // _AGENT, prepend=-1))
    covered = np.split(used % _AGENT, begins[1:]) if used.size else []
    return parts, dict(zip((used[begins] // _AGENT).tolist(), covered, strict=True))


def _sums(keys: NDArray[np.int64], agent_of: NDArray[np.int64], part: Buckets, tier: Tier) -> NDArray[np.float64]:
    """Return how many samples the buckets of a tier hold of each key's agent and bucket, float64[keys]."""
    late = np.flatnonzero(part.time >= int((keys % _AGENT).min()) * tier.bucket_ms)  # the newest alone, which are few
    of, inverse = np.unique(keys, return_inverse=True)
    mine = _key(agent_of[part.member[late]], part.time[late] // tier.bucket_ms)
    known = np.isin(mine, of)
    sums = np.bincount(np.searchsorted(of, mine[known]), part.count[late][known], of.size)
    return np.asarray(sums[inverse], np.float64)


def _without(part: Buckets, used: NDArray[np.int64], agent_of: NDArray[np.int64]) -> Buckets:
    """Return the buckets of minutes but those of `used` keys: of these a recent minute has more."""
    if not used.size:
        return part
    late = np.flatnonzero(part.time >= int((used % _AGENT).min()) * MINUTE_MS)
    gone = late[np.isin(_key(agent_of[part.member[late]], part.time[late] // MINUTE_MS), used)]
    return part.take(np.delete(np.arange(part.time.size), gone)) if gone.size else part


def _in(span: Span, time: NDArray[np.int64]) -> NDArray[np.bool_]:
    return (time >= span[0]) & (time <= span[1])


def _key(agents: NDArray[np.int64] | int, numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return one number for an agent and a minute or hour, to look for many at once."""
    return agents * _AGENT + numbers


def _of_blocks(tier: Tier, rows: list[Block], members: Members, span: Span) -> Buckets:
    def corrupt(at: int, error: CorruptBlockError) -> None:
        report(error, rows[at][0], rows[at][1], rows[at][2])

    values, count = unpack_rollups([row[3] for row in rows], tier.buckets, corrupt)
    starts = np.array([row[2] for row in rows], np.int64)
    member = np.array([members.place[row[0], row[1]] for row in rows], np.int64)
    time = (starts[:, np.newaxis] + tier.bucket_ms * np.arange(tier.buckets)).ravel()
    return _of_means(np.repeat(member, tier.buckets), time, tier.bucket_ms, values, np.where(_in(span, time), count, 0))


def _of_minutes(recent: list[codec.Recent], members: Members, span: Span) -> Buckets:
    numbers = np.concatenate([one.numbers for one in recent])
    values, count = codec.unpack(
        b"".join(one.values for one in recent),
        b"".join(one.counts for one in recent),
    )
    places = [members.place[one.agent_id, one.series_id] for one in recent]
    member, time = np.repeat(places, [one.numbers.size for one in recent]), numbers * MINUTE_MS
    return _of_means(member, time, MINUTE_MS, values, np.where(_in(span, time), count, 0))


def _of_means(
    member: NDArray[np.int64],
    time: NDArray[np.int64],
    width_ms: int,
    values: NDArray[np.float64] | NDArray[np.float32],
    count: NDArray[np.int64],
) -> Buckets:
    """Return the buckets that hold anything; their samples are taken to be spread evenly over `width_ms`.

    Args:
        member: int64[buckets].
        time: int64[buckets].
        width_ms: of each.
        values: minimum, maximum and mean, [3, buckets].
        count: int64[buckets].
    """
    some = count > 0
    if not some.all():
        member, time, values, count = member[some], time[some], values[:, some], count[some]
    last = time + width_ms - width_ms // count
    minimum, maximum, mean = values.astype(np.float64, copy=False)
    return Buckets(member, time, last, minimum, maximum, mean * count, count)


def _of_frames(
    fresh: list[StoredFrame],
    of_layouts: dict[tuple[int, int], NDArray[np.int64]],
    members: Members,
    covered: dict[int, NDArray[np.int64]],
    span: Span,
) -> Buckets:
    """Return the samples of frames; of several for one series and moment the last written one counts."""
    plans: dict[tuple[int, int], tuple[NDArray[np.intp], NDArray[np.int64], int]] = {}
    known = {agent_id: set(numbers.tolist()) for agent_id, numbers in covered.items()}
    values: list[NDArray[np.float64]] = []
    owners: list[NDArray[np.int64]] = []
    runs: list[tuple[int, int, int, int]] = []
    """Of each entry of `values`: its series, first tick, step and ticks."""
    for frame in fresh:
        key = frame.agent_id, frame.layout_id
        plan = plans.get(key) or plans.setdefault(key, _plan(frame.agent_id, of_layouts[key], members))
        places, mine, series = plan
        if not places.size:
            continue
        for first, end in _outside(frame, known.get(frame.agent_id, set())):
            try:
                head = decode_head(frame, series, int(places[-1]) + 1)[places]
            except ProtocolError as error:
                report_frame(error, frame)
                break
            values.append(head[:, first:end].ravel())
            owners.append(mine)
            runs.append((mine.size, frame.time_ms + first * frame.step_ms, frame.step_ms, end - first))
    if not runs:
        return Buckets.of(Samples(np.empty(0, np.int64), np.empty((1, 0)), np.empty(0, np.int64)))
    sizes, begin, step_ms, ticks = np.array(runs, np.int64).T
    begin, step_ms, ticks = (np.repeat(one, sizes) for one in (begin, step_ms, ticks))
    tick = np.arange(ticks.sum()) - np.repeat(np.cumsum(ticks) - ticks, ticks)
    time = np.repeat(begin, ticks) + np.repeat(step_ms, ticks) * tick
    member, value = np.repeat(np.concatenate(owners), ticks), np.concatenate(values)
    some = ~np.isnan(value) & _in(span, time)
    if not some.all():
        member, time, value = member[some], time[some], value[some]
    ordered = Buckets(member, time, time, value, value, value, np.ones(time.size, np.int64)).ordered()
    again = (np.diff(ordered.member) == 0) & (np.diff(ordered.time) == 0)
    return ordered.take(np.append(~again, np.ones(min(1, time.size), np.bool_))) if again.any() else ordered


def _plan(
    agent_id: int, series_ids: NDArray[np.int64], members: Members
) -> tuple[NDArray[np.intp], NDArray[np.int64], int]:
    """Return where members stand in a layout, which they are, and how many series the layout has."""
    wanted = members.of_agent[agent_id]
    if len(wanted) <= _FEW:
        found = [int(at) for one in wanted for at in np.flatnonzero(series_ids == one)]
        places = np.array(sorted(found), np.intp)
    else:
        places = np.flatnonzero(np.isin(series_ids, wanted))
    mine = [members.place[agent_id, one] for one in series_ids[places].tolist()]
    return places, np.array(mine, np.int64), series_ids.size


def _outside(frame: StoredFrame, numbers: set[int]) -> list[tuple[int, int]]:
    """Return the runs of ticks (first, end) of a frame that lie outside of these minutes."""
    last_ms = frame.time_ms + (frame.ticks - 1) * frame.step_ms
    touched = range(frame.time_ms // MINUTE_MS, last_ms // MINUTE_MS + 1)
    if numbers.isdisjoint(touched):
        return [(0, frame.ticks)]
    runs = []
    for number in touched:
        if number not in numbers:
            first = max(0, -(-(number * MINUTE_MS - frame.time_ms) // frame.step_ms))
            end = min(frame.ticks, -(-((number + 1) * MINUTE_MS - frame.time_ms) // frame.step_ms))
            runs.append((first, end))
    return runs


def _uncovered(covered: NDArray[np.int64] | None, first_ms: int, last_ms: int) -> list[tuple[int, int]]:
    """Return the (first, last), Unix ms, of the times around these minutes."""
    if covered is None or not covered.size:
        return [(first_ms, last_ms)]
    edges = np.concatenate(([first_ms // MINUTE_MS - 1], covered, [last_ms // MINUTE_MS + 1]))
    before = np.flatnonzero(np.diff(edges) > 1)
    begins, ends = edges[before] + 1, edges[before + 1]
    return [
        (max(first_ms, begin * MINUTE_MS), min(last_ms, end * MINUTE_MS - 1))
        for begin, end in zip(begins.tolist(), ends.tolist(), strict=True)
    ]
