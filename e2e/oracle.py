"""What simulated agents made, held against what the hub has: in its tables, and in its answers."""

import asyncio
import time
from dataclasses import dataclass
from datetime import UTC, datetime

import asyncpg
import numpy as np
from numpy.typing import NDArray
from opsentrix.db import Connection, Database
from opsentrix.maintenance import compaction
from opsentrix.model.frames import MAX_SPAN_MS
from opsentrix.model.samples import assemble, unpack_row
from opsentrix.model.tiers import HOUR, HOUR_MS, MINUTE, SECOND, Tier
from opsentrix.storage import blocks, frames, layouts, series

from e2e.deployment import Deployment
from e2e.fleet import LAYOUTS, METRIC, SERIES, STEP_MS, Fleet, SimulatedAgent, values_of
from e2e.processes import wait_until

_DAY_MS = 86_400_000
_DRAIN_WITHIN_S = 120.0


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """Samples of SERIES: time int64[ticks] in Unix ms, ascending, and values float64[series, ticks], NaN if absent."""

    time: NDArray[np.int64]
    values: NDArray[np.float64]

    def between(self, first_ms: int, last_ms: int) -> "History":
        """Return the ticks from first_ms to last_ms inclusive."""
        inside = (self.time >= first_ms) & (self.time <= last_ms)
        return History(self.time[inside], self.values[:, inside])

    def holes(self) -> list[tuple[float, float]]:
        """Return between which neighbouring ticks (Unix seconds) others are missing."""
        ends = np.flatnonzero(np.diff(self.time) > STEP_MS)
        return [(self.time[at] / 1000, self.time[at + 1] / 1000) for at in ends.tolist()]

    def bucket(self, first_ms: int, width_ms: int) -> NDArray[np.float64]:
        """Return minimum, maximum, mean and count of one bucket, float64[4, series]; NaN and 0 where it is empty."""
        values = self.between(first_ms, first_ms + width_ms - 1).values
        found = np.full((4, len(SERIES)), np.nan)
        for row, some in enumerate(values):
            present = some[~np.isnan(some)]
            found[3, row] = present.size
            if present.size:
                found[:3, row] = present.min(), present.max(), present.mean()
        return found


def expected(agent: SimulatedAgent, stored: NDArray[np.int64]) -> History:
    """Return what must be stored of an agent: every acked frame, and of those sent without an ack the ones that are.

    Raises:
        AssertionError: a frame was acked that was never sent, or not remembered as acked; one is stored in part.
    """
    ledger = agent.ledger
    assert not ledger.forgotten, "frames were acked, and Welcome did not name them as committed"
    assert ledger.acked <= ledger.sent, "frames were acked that were never sent"
    kept = []
    for key in ledger.sent:
        made = ledger.frames[key]
        times = made.times()
        there = stored[np.searchsorted(stored, times) % stored.size] == times
        assert there.all() or not there.any(), f"a part of frame {key[1]} is stored"
        assert there.all() or key not in ledger.acked, f"agent {agent.id}: acked frame {key[1]} is lost: {made}"
        if there.any():
            kept.append(made)
    kept.sort(key=lambda made: made.first_ms)
    time = np.concatenate([made.times() for made in kept])
    values = np.array([values_of(agent.id, number, time) for number in range(len(SERIES))])
    layout = np.repeat([made.layout for made in kept], [made.ticks for made in kept])
    for place, listed in enumerate(LAYOUTS):
        for number in set(range(len(SERIES))) - set(listed):
            values[number, layout == place] = np.nan
    return History(time, values)


async def read_stored(database: Database, agent: SimulatedAgent) -> History:
    """Return an agent's samples as they lie in the tables.

    Raises:
        AssertionError: a tick is stored twice, in blocks or in frames.
    """
    first_ms = min(made.first_ms for made in agent.ledger.frames.values())
    last_ms = max(made.first_ms for made in agent.ledger.frames.values()) + MAX_SPAN_MS
    times, values = [], []
    async with database.snapshot() as connection:
        ids = await _series_ids(connection, agent)
        for start_ms, row in await blocks.rows_between(connection, SECOND, agent.id, first_ms, last_ms, ids):
            samples = unpack_row(row, agent.id, start_ms, ids)
            assert np.all((samples.time >= start_ms) & (samples.time < start_ms + HOUR_MS)), "a tick in another's hour"
            times.append(samples.time)
            values.append(samples.values)
        fresh = await frames.read(connection, agent.id, first_ms, last_ms)
        of_layouts = await layouts.series_ids(connection, agent.id, {frame.layout_id for frame in fresh})
    for frame in fresh:
        samples = assemble([frame], of_layouts, ids, first_ms, last_ms)
        times.append(samples.time)
        values.append(samples.values)
    time, matrix = np.concatenate(times), np.concatenate(values, axis=1)
    order = np.argsort(time, kind="stable")
    assert np.all(np.diff(time[order]) > 0), f"agent {agent.id}: ticks are stored twice"
    return History(time[order], matrix[:, order])


async def _series_ids(connection: Connection, agent: SimulatedAgent) -> list[int]:
    """Return the database's numbers of SERIES, -1 for those that the agent never sent."""
    known = {one.series: one.id for one in await series.known(connection, agent.id, [METRIC.name])}
    return [known.get(one, -1) for one in SERIES]


def assert_same(what: str, have: History, wanted: History) -> None:
    """Compare two histories bit for bit."""
    assert np.array_equal(have.time, wanted.time), f"{what}: other ticks than were sent"
    absent = np.isnan(wanted.values)
    assert np.array_equal(np.isnan(have.values), absent), f"{what}: other samples are absent than were sent"
    bits, sent = (np.where(absent, 0.0, one.values).view(np.int64) for one in (have, wanted))
    assert np.array_equal(bits, sent), f"{what}: other values than were sent"


async def assert_tier(database: Database, tier: Tier, agent: SimulatedAgent, truth: History, before_ms: int) -> int:
    """Compare the buckets of a tier with the samples before a time; return how many buckets there are."""
    first_ms = int(truth.time[0])
    compared = 0
    async with database.snapshot() as connection:
        ids = await _series_ids(connection, agent)
        rows = dict(await blocks.rows_between(connection, tier, agent.id, first_ms, before_ms - 1, ids))
    starts = set((np.unique(truth.time[truth.time < before_ms] // tier.row_ms) * tier.row_ms).tolist())
    assert set(rows) == starts, f"tier {tier.name} of agent {agent.id} has rows of other times than there are samples"
    for start_ms, row in rows.items():
        have = np.full((4, len(SERIES), tier.buckets), np.nan)
        have[3] = 0
        for series_id, rollup in row.readable(tier.unpack, agent.id, start_ms):
            have[:, ids.index(series_id)] = rollup.minimum, rollup.maximum, rollup.mean, rollup.count
        within = truth.between(start_ms, start_ms + tier.row_ms - 1)
        wanted = np.stack(
            [within.bucket(start_ms + place * tier.bucket_ms, tier.bucket_ms) for place in range(tier.buckets)], axis=2
        )
        text = f"tier {tier.name} of agent {agent.id} at {datetime.fromtimestamp(start_ms / 1000, UTC)}"
        np.testing.assert_array_equal(have[3], wanted[3], f"{text}: counts")
        np.testing.assert_array_equal(have[:2].astype("f4"), wanted[:2].astype("f4"), f"{text}: extremes")
        np.testing.assert_allclose(have[2], wanted[2], rtol=1e-6, err_msg=f"{text}: means")
        compared += int((wanted[3] > 0).sum())
    return compared


def assert_api_shows(deployment: Deployment, agent: SimulatedAgent, truth: History) -> None:
    """Compare the answers of /api/v1/series with an agent's samples: hours bit for bit, days by minute and by hour."""
    first_ms, last_ms = int(truth.time[0]), int(truth.time[-1])
    for hour_ms in (np.unique(truth.time // HOUR_MS) * HOUR_MS).tolist():
        within = truth.between(hour_ms, hour_ms + HOUR_MS - 1)
        have, _, gaps = _answer(deployment, agent, hour_ms, hour_ms + HOUR_MS - 1, 3600, within.time)
        assert_same(f"the API on agent {agent.id}", have, within)
        holes = [gap for gap in gaps if gap[0] < last_ms / 1000]  # that after the last sample is the time since
        assert holes == within.holes(), f"the API shows other gaps of agent {agent.id} than there are"
    for day_ms in range(first_ms // _DAY_MS * _DAY_MS, last_ms + 1, _DAY_MS):
        within = truth.between(day_ms, day_ms + _DAY_MS - 1)
        if within.time.size:
            for tier in (MINUTE, HOUR):
                _assert_api_buckets(deployment, agent, within, day_ms, tier)


def _assert_api_buckets(deployment: Deployment, agent: SimulatedAgent, truth: History, day_ms: int, tier: Tier) -> None:
    starts = np.unique(truth.time // tier.bucket_ms) * tier.bucket_ms
    points = _DAY_MS // tier.bucket_ms
    have, extremes, _ = _answer(deployment, agent, day_ms, day_ms + _DAY_MS - STEP_MS, points, starts)
    assert np.array_equal(have.time, starts)
    wanted = np.stack([truth.bucket(start, tier.bucket_ms) for start in starts.tolist()], axis=2)
    text = f"tier {tier.name} of agent {agent.id} as the API shows it"
    np.testing.assert_allclose(extremes, wanted[:2], rtol=1e-6, err_msg=f"{text}: extremes")
    np.testing.assert_allclose(have.values, wanted[2], rtol=1e-6, err_msg=f"{text}: means")


def _answer(
    deployment: Deployment, agent: SimulatedAgent, first_ms: int, last_ms: int, points: int, time: NDArray[np.int64]
) -> tuple[History, NDArray[np.float64], list[tuple[float, float]]]:
    """Return an answer on the ticks that it has, its extremes float64[2, series, ticks], and its gaps."""
    answer = deployment.get(
        "/api/v1/series", **{"agent": agent.id, "from": first_ms / 1000, "to": last_ms / 1000, "points": points}
    )
    have = np.full((3, len(SERIES), time.size), np.nan)
    shown = time
    for one in answer["series"]:
        shown = np.round(np.array(one["t"]) * 1000).astype(np.int64)
        if not np.array_equal(shown, time):
            break
        row = int(one["labels"]["number"])
        have[0, row] = np.array(one["v"], np.float64)
        if one["min"] is not None:
            have[1:, row] = np.array(one["min"], np.float64), np.array(one["max"], np.float64)
    return History(shown, have[0]), have[1:], [(gap["from"], gap["to"]) for gap in answer["gaps"]]


def drain(deployment: Deployment, fleet: Fleet) -> int:
    """Wait until every frame is acked and all history is compacted; return up to when (Unix ms) the worker is done."""
    fleet.finish()
    wait_until(lambda: not any(one.waiting for one in fleet.agents), "all frames are acked", _DRAIN_WITHIN_S)
    done_ms = (time.time_ns() // 1_000_000 - compaction.GRACE_MS) // HOUR_MS * HOUR_MS - HOUR_MS
    url = deployment.database_url()
    wait_until(lambda: asyncio.run(_backlog(url, done_ms)) == 0, "all history is compacted", _DRAIN_WITHIN_S)
    return done_ms


async def verify(deployment: Deployment, fleet: Fleet, done_ms: int) -> dict[str, int]:
    """Compare everything that is stored with what was sent; return how much that was."""
    compared = {"samples": 0, "minutes": 0, "hours": 0}
    database = await Database.connect(deployment.database_url(), 2)
    try:
        for agent in fleet.agents:
            have = await read_stored(database, agent)
            truth = expected(agent, have.time)
            assert_same(f"the database on agent {agent.id}", have, truth)
            assert_api_shows(deployment, agent, truth)
            compared["samples"] += have.values.size
            compared["minutes"] += await assert_tier(database, MINUTE, agent, truth, done_ms)
            compared["hours"] += await assert_tier(database, HOUR, agent, truth, done_ms // _DAY_MS * _DAY_MS)
    finally:
        await database.close()
    return compared


async def _backlog(dsn: str, before_ms: int) -> int:
    """Return how many frames and days of before a time the worker still has to turn into blocks and hours."""
    connection = await asyncpg.connect(dsn)
    try:
        number: int = await connection.fetchval(
            "SELECT (SELECT count(*) FROM agent_metrics WHERE time < $1)"
            " + (SELECT count(*) FROM rollup_queue WHERE day < date_trunc('day', $1, 'UTC'))",
            datetime.fromtimestamp(before_ms / 1000, UTC),
        )
        return number
    finally:
        await connection.close()
