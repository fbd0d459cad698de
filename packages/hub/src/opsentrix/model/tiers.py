"""The tiers of history: how fine each is, and how its rows are cut."""

from dataclasses import dataclass

import numpy as np

from opsentrix.model.blocks import Rollup, unpack_rollup
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
def roll_up_samples(samples: Samples, start_ms: int, tier: Tier) -> list[Rollup | None]:
    """Return each series' buckets over the row that begins at `start_ms`, or None where it has no sample."""
    bucket = (samples.time - start_ms) // tier.bucket_ms
    starts = np.flatnonzero(np.diff(bucket, prepend=bucket[0] - 1))
    places = bucket[starts]
    absent = np.isnan(samples.values)
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
    held = count > 0
    whole = _empty(len(samples.values), tier.buckets)
    whole.minimum[:, places] = np.where(held, low, np.nan)
    whole.maximum[:, places] = np.where(held, high, np.nan)
    whole.mean[:, places] = np.where(held, total / np.maximum(count, 1), np.nan)
    whole.count[:, places] = count
    return [
        Rollup(whole.minimum[row], whole.maximum[row], whole.mean[row], whole.count[row]) if some else None
        for row, some in enumerate(np.any(held, axis=1).tolist())
    ]


def roll_up_rollups(parts: list[tuple[int, Rollup]], tier: Tier) -> Rollup:
    """Return the buckets of a coarser tier's row, each made of a whole finer rollup.

    Args:
        parts: the bucket that each finer rollup becomes, and the rollup, which holds a sample at least.
        tier: the coarser tier.
    """
    places = np.array([place for place, _ in parts], dtype=np.int64)
    count = np.array([part.count.sum() for _, part in parts], dtype=np.int64)
    low = np.array([np.nanmin(part.minimum) for _, part in parts])
    high = np.array([np.nanmax(part.maximum) for _, part in parts])
    total = np.array([np.nansum(part.mean * part.count) for _, part in parts])
    rollup = _empty(tier.buckets)
    rollup.minimum[places] = low
    rollup.maximum[places] = high
    rollup.mean[places] = total / count
    rollup.count[places] = count
    return rollup


def fuller(one: Rollup, other: Rollup) -> Rollup:
    """Return each bucket from that of two rollups of one period which has more samples in it, or from `other`."""
    first = one.count > other.count
    return Rollup(
        np.where(first, one.minimum, other.minimum),
        np.where(first, one.maximum, other.maximum),
        np.where(first, one.mean, other.mean),
        np.where(first, one.count, other.count),
    )


def _empty(*shape: int) -> Rollup:
    return Rollup(np.full(shape, np.nan), np.full(shape, np.nan), np.full(shape, np.nan), np.zeros(shape, np.int64))
