"""The tiers of history: how fine each is, and how its rows are cut."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from opsentrix.model.blocks import Blocks, CorruptBlockError, Rollup, report, unpack_rollup, unpack_rollups
from opsentrix.model.frames import DAY_MS
from opsentrix.model.samples import Samples

MINUTE_MS = 60_000
HOUR_MS = 3_600_000


@dataclass(frozen=True, slots=True)
class Tier:
    """One tier.

    Attributes:
        name: as the API says it.
        table: where its rows are.
        row_ms: the period of one row of one agent.
        bucket_ms: the width of a bucket; 0 for samples as they are.
        partition_days: days in one partition.
    """

    name: str
    table: str
    row_ms: int
    bucket_ms: int
    partition_days: int

    @property
    def buckets(self) -> int:
        """Buckets in a row."""
        return self.row_ms // self.bucket_ms

    def unpack_row(self, row: Blocks, agent_id: int, start_ms: int) -> tuple[NDArray[np.int64], Rollup]:
        """Return the series of a row and their buckets, [series, buckets]; corrupt ones are reported and left out."""
        ids = row.series_ids

        def corrupt(at: int, error: CorruptBlockError) -> None:
            report(error, agent_id, int(ids[at]), start_ms)

        values, counts = unpack_rollups(row.parts, self.buckets, corrupt)
        count = counts.reshape(-1, self.buckets)
        parts = np.where(count > 0, values.reshape(3, -1, self.buckets).astype(np.float64), np.nan)
        held = np.any(count > 0, axis=1)
        return ids[held], Rollup(parts[0], parts[1], parts[2], count).of(held)

    def unpack(self, block: bytes) -> Rollup:
        """Return the buckets of a series' block in a row.

        Raises:
            CorruptBlockError: the bytes are not what was written.
        """
        return unpack_rollup(block, self.buckets)


SECOND = Tier("1s", "blocks_1s", HOUR_MS, 0, 1)
MINUTE = Tier("1m", "blocks_1m", HOUR_MS, MINUTE_MS, 30)
HOUR = Tier("1h", "blocks_1h", DAY_MS, HOUR_MS, 360)
TIERS = (SECOND, MINUTE, HOUR)


@np.errstate(over="ignore")  # a sum beyond all numbers is infinite, and null in the answer
def roll_up_samples(samples: Samples, start_ms: int, tier: Tier) -> Rollup:
    """Return the buckets of all series, [series, buckets], over the row that begins at `start_ms`."""
    bucket = (samples.time - start_ms) // tier.bucket_ms
    starts = np.flatnonzero(np.diff(bucket, prepend=bucket[0] - 1))
    places = bucket[starts]
    absent = np.isnan(samples.values)
    whole = Rollup.empty(len(samples.values), tier.buckets)
    if absent.any():
        count = np.add.reduceat(~absent, starts, axis=1, dtype=np.int64)
        low = np.minimum.reduceat(np.where(absent, np.inf, samples.values), starts, axis=1)
        high = np.maximum.reduceat(np.where(absent, -np.inf, samples.values), starts, axis=1)
        total = np.add.reduceat(np.where(absent, 0.0, samples.values), starts, axis=1)
    else:
        widths = np.diff(starts, append=bucket.size)
        count = np.broadcast_to(widths, (len(samples.values), widths.size))
        low = np.minimum.reduceat(samples.values, starts, axis=1)
        high = np.maximum.reduceat(samples.values, starts, axis=1)
        total = np.add.reduceat(samples.values, starts, axis=1)
    whole.put((slice(None), places), _known(low, high, total, count))
    return whole


@np.errstate(over="ignore")
def roll_up_rollups(finer: Rollup) -> Rollup:
    """Return one bucket for each series, [series, 1], made of all its buckets, [series, buckets]."""
    absent = finer.count == 0
    count = finer.count.sum(axis=1, keepdims=True)
    low = np.where(absent, np.inf, finer.minimum).min(axis=1, keepdims=True)
    high = np.where(absent, -np.inf, finer.maximum).max(axis=1, keepdims=True)
    total = np.where(absent, 0.0, finer.mean * finer.count).sum(axis=1, keepdims=True)
    return _known(low, high, total, count)


def _known(
    low: NDArray[np.float64], high: NDArray[np.float64], total: NDArray[np.float64], count: NDArray[np.int64]
) -> Rollup:
    held = count > 0
    mean = total / np.maximum(count, 1)
    return Rollup(np.where(held, low, np.nan), np.where(held, high, np.nan), np.where(held, mean, np.nan), count)


def fuller(one: Rollup, other: Rollup) -> Rollup:
    """Return each bucket from that of two rollups of one period which has more samples in it, or from `other`."""
    first = one.count > other.count
    return Rollup(
        np.where(first, one.minimum, other.minimum),
        np.where(first, one.maximum, other.maximum),
        np.where(first, one.mean, other.mean),
        np.where(first, one.count, other.count),
    )
