"""Bytes per sample on disk after compaction, whole days at 1 s; on the same days, one series is read and all exported.

Agents replay 24 hours of a past day in frames of a minute, which end as the same blocks as frames of five seconds.
"""

import asyncio

import asyncpg

from benchmarks import export, fleet_recording, query
from benchmarks.fleet_history import DAY_MS, past_day_ms, replay
from benchmarks.fleet_plan import Plan
from benchmarks.fleet_site import Site
from benchmarks.harness import Result
from benchmarks.peers import stores

QUICK_AGENTS = 1
FULL_AGENTS = 10
FRAME_TICKS = 60
RATE = 1000.0
TIERS = {
    "blocks_1s": "samples",
    "blocks_1m": "1-minute minimum, maximum, mean and count",
    "blocks_1h": "the same by hour",
}
CATALOGUE = ("series", "layouts", "agent_boots")


async def _sizes(dsn: str) -> dict[str, int]:
    connection = await asyncpg.connect(dsn)
    try:
        sizes = {
            table: await connection.fetchval(
                "SELECT sum(pg_total_relation_size(inhrelid))::bigint FROM pg_inherits"
                " WHERE inhparent = to_regclass($1)",
                table,
            )
            for table in TIERS
        }
        for table in CATALOGUE:
            sizes[table] = await connection.fetchval("SELECT pg_total_relation_size(to_regclass($1))", table)
    finally:
        await connection.close()
    return sizes


def results_of(plan: Plan, samples: int, sizes: dict[str, int], peers: list[stores.Figures]) -> list[Result]:
    """Make the figures: bytes of each tier, and of everything, for each sample that was taken."""
    hours = plan.frames * plan.frame_ms // 3_600_000 + 1
    how = (
        f"{plan.agents} agents x {len(fleet_recording.load().series)} series x {hours} h of 1 s samples of a 21-minute "
        "recording that goes round; table, TOAST and index; every sample compared with what was sent"
    )
    peer = next((one for one in peers if one.bytes_per_sample is not None), None)
    others = "; ".join(f"{one.name}: {one.bytes_per_sample:.2f}" for one in peers if one.bytes_per_sample is not None)
    results = [
        Result(
            "storage.bytes_per_sample", sizes["blocks_1s"] / samples, "B", "lower", 0.65,
            peer.name if peer else None, peer.bytes_per_sample if peer else None,
            f"{how}; peers {others}" if others else how,
        )
    ]  # fmt: skip
    for table, what in list(TIERS.items())[1:]:
        results.append(
            Result(
                f"storage.{table}_bytes_per_sample",
                sizes[table] / samples,
                "B",
                "lower",
                None,
                note=f"{what}, for each sample of 1 s",
            )
        )
    results.append(
        Result(
            "storage.total_bytes_per_sample", sum(sizes.values()) / samples, "B", "lower", None,
            note=f"all tiers and {', '.join(CATALOGUE)}",
        )
    )  # fmt: skip
    return results


def results(site: Site, agents: int, quick: bool, peers: list[stores.Figures]) -> list[Result]:
    """Replay a day of agents 1 to `agents` to a hub that holds nothing else yet; weigh the tables and query them.

    Raises:
        BenchmarkError: what is stored is not what was sent.
    """
    plan = Plan(site.hub.url, 1, agents, DAY_MS // (FRAME_TICKS * 1000) - 1, RATE, past_day_ms(), FRAME_TICKS)
    replay(site, plan)
    samples = agents * (plan.frames + 1) * FRAME_TICKS * len(fleet_recording.load().series)
    weighed = results_of(plan, samples, asyncio.run(_sizes(site.dsn)), peers)
    exported = export.results(site, plan, samples // agents)
    return weighed + query.results(site, plan, quick, peers) + exported
