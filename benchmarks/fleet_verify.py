"""Is every acked frame stored exactly once, with the very values that were sent? Asked of the database itself."""

import asyncio
from dataclasses import dataclass

import asyncpg
import numpy as np
from numpy.typing import NDArray
from opsentrix.model.blocks import Blocks
from opsentrix.model.samples import unpack_row

from benchmarks import fleet_recording
from benchmarks.fleet_plan import Plan, Report, identity
from benchmarks.fleet_recording import STEP_MS
from benchmarks.harness import BenchmarkError

_HOUR_TICKS = 3600


@dataclass(frozen=True, slots=True)
class Found:
    """What the database holds of a plan's frames.

    Attributes:
        frames: how many it holds, compacted or not.
        missing: acked frames that it does not hold.
        doubled: frames that it holds twice.
    """

    frames: int
    missing: int
    doubled: int


def stored_frames(dsn: str, plan: Plan, report: Report) -> Found:
    """Count what is stored of a run: by agent and boot, the frames that wait and the ranges that are compacted."""
    return asyncio.run(_stored_frames(dsn, plan, report))


async def _stored_frames(dsn: str, plan: Plan, report: Report) -> Found:
    unacked = set(report.unacked)
    connection = await asyncpg.connect(dsn)
    try:
        rows = await connection.fetch(
            """
            SELECT agent_id, array(SELECT unnest(compacted)) || array(
                SELECT int8range(seq, seq, '[]') FROM agent_metrics m WHERE m.agent_id = b.agent_id AND m.boot = b.id
            ) AS ranges
            FROM agent_boots b WHERE agent_id = ANY ($1)
            """,
            list(plan.ids),
        )
    finally:
        await connection.close()
    frames = distinct = missing = 0
    seqs: dict[int, set[int]] = {agent_id: set() for agent_id in plan.ids}
    for row in rows:
        held = [seq for one in row["ranges"] for seq in range(one.lower, one.upper)]
        frames += len(held)
        seqs[row["agent_id"]].update(held)
    for agent_id, held_by_agent in seqs.items():
        distinct += len(held_by_agent)
        acked = {seq for seq in range(1, plan.frames + 2) if (agent_id, seq) not in unacked}
        missing += len(acked - held_by_agent)
    return Found(distinct, missing, frames - distinct)


def check_compacted(dsn: str, plan: Plan) -> int:
    """Compare every sample in the blocks of the finest tier with what was sent, bit for bit; return their number.

    All frames of the plan must be acked and compacted.

    Raises:
        BenchmarkError: a sample is missing, doubled or changed.
    """
    return asyncio.run(_check_compacted(dsn, plan))


async def _check_compacted(dsn: str, plan: Plan) -> int:
    connection = await asyncpg.connect(dsn)
    total = 0
    try:
        for agent_id in plan.ids:
            layout = await connection.fetchval("SELECT series_ids FROM layouts WHERE agent_id = $1", agent_id)
            rows = await connection.fetch(
                "SELECT time, series_ids, offsets, axis, data FROM blocks_1s WHERE agent_id = $1 ORDER BY time",
                agent_id,
            )
            times, values = [], []
            for row in rows:
                ids, offsets = np.array(row["series_ids"], np.int64), np.array(row["offsets"], np.int32)
                blocks = Blocks(ids, offsets, row["axis"], row["data"])
                samples = unpack_row(blocks, agent_id, round(row["time"].timestamp() * 1000), layout)
                times.append(samples.time)
                values.append(samples.values)
            total += check_agent(plan, agent_id, np.concatenate(times), np.concatenate(values, axis=1))
    finally:
        await connection.close()
    return total


def check_agent(plan: Plan, agent_id: int, times: NDArray[np.int64], values: NDArray[np.float64]) -> int:
    """Compare one agent's compacted samples, time int64[ticks] and values float64[series, ticks], with what it sent.

    Raises:
        BenchmarkError: a tick is missing, doubled or at another time, or a value differs in any bit.
    """
    ticks = (plan.frames + 1) * plan.ticks
    expected_times = plan.tick_ms(agent_id, 0) + STEP_MS * np.arange(ticks)
    if not np.array_equal(times, expected_times):
        raise BenchmarkError(f"agent {agent_id} has {times.size} ticks compacted; {ticks} were sent, or at other times")
    expected = fleet_recording.load().replayed(identity(agent_id).offset, 0, ticks).T
    if not np.array_equal(values.view(np.int64), np.ascontiguousarray(expected).view(np.int64)):
        raise BenchmarkError(f"agent {agent_id} has samples that are not those it sent")
    return values.size
