"""Tables: samples or buckets of some series of one agent, as an export writes them. Pure functions on what was read."""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from opsentrix_protocol.catalogue import Labels, Series

from opsentrix.model.blocks import Blocks, CorruptBlockError, join, unpack_axis
from opsentrix.model.frames import StoredFrame
from opsentrix.model.samples import assemble, together
from opsentrix.model.series import KnownSeries
from opsentrix.model.tiers import SECOND, Tier
from opsentrix.query.grid import Buckets
from opsentrix.query.stored import Stored, samples_of

Numbers = NDArray[np.float64] | NDArray[np.int64]
HELD_VALUES = 600_000
"""So many samples or buckets are decoded at once: an hour of 166 series at 1 s."""


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """A part of an export.

    Attributes:
        series: one for each row of the arrays.
        time: int64[ticks], Unix ms, ascending: of each sample, or the begin of each bucket.
        present: bool[series, ticks]; what is absent is not written.
        columns: [series, ticks] each, in the order of `value_columns`.
    """

    agent_id: int
    agent_name: str
    series: Sequence[Series]
    time: NDArray[np.int64]
    present: NDArray[np.bool_]
    columns: tuple[Numbers, ...]


def value_columns(tier: Tier) -> tuple[str, ...]:
    """Return the names of the columns that hold numbers; all are float64 but `count`, which is int64."""
    return ("value",) if tier is SECOND else ("min", "max", "mean", "count")


def labels_text(labels: Labels) -> str:
    r"""Return labels as text: `k=v,k2=v2` by key, with `\,` for a comma in a value and `\\` for a backslash.

    Keys hold neither, nor `=`, so the first `=` of a pair ends its key.

    >>> labels_text((("device", "a,b"), ("state", "x=y")))
    'device=a\\,b,state=x=y'
    """
    return ",".join(f"{key}={value}".replace("\\", "\\\\").replace(",", "\\,") for key, value in labels)


def groups(known: Sequence[KnownSeries], ticks: int) -> list[Sequence[KnownSeries]]:
    """Return series in groups that are small enough to be decoded at once, when each has so many ticks."""
    size = max(1, HELD_VALUES // max(1, ticks))
    return [known[at : at + size] for at in range(0, len(known), size)]


def held_groups(stored: Stored, known: Sequence[KnownSeries]) -> list[Sequence[KnownSeries]]:
    """Return those series that what was read holds, in groups that are small enough to be decoded at once."""
    held: set[int] = set()
    ticks = sum(frame.ticks for frame in stored.frames)
    for _, row in stored.rows:
        held.update(row.series_ids.tolist())
        with contextlib.suppress(CorruptBlockError):  # reading the samples reports it
            ticks += unpack_axis(row.axis)[0].size
    for listed in stored.layouts.values():
        held.update(listed.tolist())
    return groups([one for one in known if one.id in held], ticks)


def samples_table(stored: Stored, group: Sequence[KnownSeries], agent_name: str) -> Table:
    """Decode the samples of these series. Blocks that cannot be read are reported, counted and left out."""
    ids = [one.id for one in group]
    rows = [(start_ms, _only(row, ids)) for start_ms, row in stored.rows]
    compacted = samples_of(replace(stored, series_ids=ids, frames=[], rows=rows))
    fresh = (assemble(run, stored.layouts, ids, stored.first_ms, stored.last_ms) for run in _runs(stored))
    samples = together([compacted, *fresh])
    listed = [one.series for one in group]
    return Table(
        stored.agent_id, agent_name, listed, samples.time, ~np.isnan(samples.values), (samples.values,)
    )  # fmt: skip


def buckets_table(buckets: Buckets, group: Sequence[KnownSeries], agent_id: int, agent_name: str) -> Table:
    """Return merged buckets as a table; their members are the series of the group, counted from 0."""
    time, tick = np.unique(buckets.time, return_inverse=True)
    shape = len(group), time.size
    columns = tuple(np.zeros(shape) for _ in range(3))
    for column, values in zip(columns, (buckets.minimum, buckets.maximum, buckets.total / buckets.count), strict=True):
        column[buckets.member, tick] = values
    count = np.zeros(shape, np.int64)
    count[buckets.member, tick] = buckets.count
    listed = [one.series for one in group]
    return Table(agent_id, agent_name, listed, time, count > 0, (*columns, count))


@np.errstate(over="ignore")  # a mean beyond all numbers is infinite
def merged(buckets: Buckets, width_ms: int) -> Buckets:
    """Return one bucket for each member and multiple of `width_ms` that has any, by member and time."""
    if not buckets.time.size:
        return buckets
    whole = replace(buckets, time=buckets.time // width_ms * width_ms).ordered()
    starts = np.flatnonzero((np.diff(whole.member, prepend=-1) != 0) | (np.diff(whole.time, prepend=-1) != 0))
    return Buckets(
        whole.member[starts],
        whole.time[starts],
        np.maximum.reduceat(whole.last, starts),
        np.minimum.reduceat(whole.minimum, starts),
        np.maximum.reduceat(whole.maximum, starts),
        np.add.reduceat(whole.total, starts),
        np.add.reduceat(whole.count, starts),
    )


def _runs(stored: Stored) -> Iterator[list[StoredFrame]]:
    """Yield the frames in runs: all series of a frame are decoded, wanted or not."""
    run: list[StoredFrame] = []
    values = 0
    for frame in stored.frames:
        run.append(frame)
        values += frame.ticks * stored.layouts[frame.layout_id].size
        if values >= HELD_VALUES:
            yield run
            run, values = [], 0
    if run:
        yield run


def _only(row: Blocks, ids: Sequence[int]) -> Blocks:
    """Return a row with the blocks of these series alone."""
    wanted = set(ids)
    ends = row.offsets.tolist()
    places = [at for at, series_id in enumerate(row.series_ids.tolist()) if series_id in wanted]
    listed = [int(row.series_ids[at]) for at in places]
    return join(listed, [row.data[ends[at] : ends[at + 1]] for at in places], row.axis)
